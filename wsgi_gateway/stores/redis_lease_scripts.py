"""The scripts that a Redis server runs to hand out many at once, and to take back what was not used.

As those of :mod:`wsgi_gateway.stores.redis_scripts`, with the same states, the same arithmetic and the same
beginning::

    >>> from wsgi_gateway.stores.redis_lease_scripts import TAKE_SOME
    >>> TAKE_SOME.text.count("redis.call('TIME')")
    1

What is counted is below 2**53 as everything else is: nobody takes more than there is, and what is used does
not fall below ``-2**53``, however much is given back.

Not for: one decision at a time (ADMIT does less).

Source: the arithmetic is that of :mod:`wsgi_gateway.usage.throttle` and :mod:`wsgi_gateway.usage.quota`.
"""

from __future__ import annotations

from wsgi_gateway.stores.redis_scripts import BUCKETS, QUOTAS, STEP, TIME, Script

# ARGV: how many are wanted, number of buckets; of each limit what ADMIT gets. Replies with the place of the
# limit that has none, or with a text: code, time, and behind its length each how many were taken and the
# states of the quotas.
TAKE_SOME = Script(
    TIME,
    STEP,
    BUCKETS,
    QUOTAS,
    """
local count, buckets = tonumber(ARGV[4]), tonumber(ARGV[5])
local new, refused = {}, 0
for i = 1, #KEYS do
  local a = 3 * i + 3
  if i <= buckets then
    local whole, micro, burst = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
    local tok, mic, pic, as, au = refilled(KEYS[i], whole, micro, burst)
    count = math.min(count, tok)
    new[i] = {tok, mic, pic, as, au, whole, micro, burst}
  else
    local limit, offset = tonumber(ARGV[a]), tonumber(ARGV[a + 2])
    local state = present(KEYS[i], ARGV[a + 1], offset, limit)
    count = math.min(count, limit - state[1])
    state.offset = offset
    new[i] = state
  end
  if count < 1 then
    count, refused = 0, i
    break
  end
end
-- Of a refusal what is kept is the refill of the limit that refused, and a clock that was set.
local parts = {struct.pack('<dddBd', nonce, s, us, 8, count)}
for i = refused > 0 and refused or 1, refused > 0 and refused or #KEYS do
  local state = new[i]
  if i <= buckets then
    state[1] = state[1] - count
    write_bucket(KEYS[i], unpack(state))
  else
    state[1], state[4] = state[1] + count, state[4] + count
    local held = write_quota(KEYS[i], state, state.offset)
    parts[#parts + 1] = string.char(#held) .. held
  end
end
if refused > 0 then return nonce + refused * step end
return table.concat(parts)
""",
)

# ARGV: number of buckets, how many come back; of each bucket what ADMIT gets; of each quota the end of the
# period and the day in which they were counted, and nothing. What is not there, or over, stays as it is.
GIVE_BACK = Script(
    TIME,
    BUCKETS,
    QUOTAS,
    """
local buckets, count = tonumber(ARGV[4]), tonumber(ARGV[5])
local taken = tonumber(ARGV[3 * #KEYS + 6])
if taken then
  -- A server that has been started since may have forgotten what was taken: it is lost then.
  local up = tonumber(string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)'))
  if not up or taken < s - up + 2 then return nonce end
end
for i = 1, #KEYS do
  local key, a = KEYS[i], 3 * i + 3
  if i <= buckets then
    local held, burst = redis.call('GET', key), tonumber(ARGV[a + 2])
    if held then
      local tok, mic, pic, as, au = read_bucket(held)
      tok = tok + count
      if tok >= burst then tok, mic, pic = burst, 0, 0 end
      write_bucket(key, tok, mic, pic, as, au, tonumber(ARGV[a]), tonumber(ARGV[a + 1]), burst)
    end
  else
    local held, set = redis.call('HGET', key, 's'), tonumber(redis.call('HGET', key, 'm') or '')
    -- Whoever set a quota said what is used; what was taken before is part of that.
    if held and not (set and (taken or s) <= set) then
      local used, last, day, today = read_quota(held)
      if last == tonumber(ARGV[a]) then
        if day == tonumber(ARGV[a + 1]) then today = math.max(0, today - count) end
        write_quota(key, {math.max(used - count, -2^53), last, day, today}, 0)
      end
    end
  end
end
return nonce
""",
)
