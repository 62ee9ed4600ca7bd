"""The scripts that a Redis server runs to count: each verb is one of them, and so is atomic.

A script is asked for by its SHA-1; a server that does not know it (it was restarted, or replaced) gets the
text in the next message::

    >>> from wsgi_gateway.stores.redis_scripts import ADMIT
    >>> len(ADMIT.sha), ADMIT.text.count("redis.call('TIME')")
    (40, 1)

The first three arguments of every script are a nonce, which it sends back so that no reply can be taken for
another's, and the time as seconds and microseconds; both empty for the server's own clock.

**Exact in doubles.** Lua has no whole numbers but those that a double holds, up to 2**53, and a level in
pico-tokens does not fit. So a level is three numbers (whole tokens, micro-tokens, pico-tokens), a rate two
(tokens and micro-tokens per second) and an instant two (seconds, microseconds). Every product and sum that
can end below a bucket's capacity stays below 2**53 for rates up to 10**9, bursts and limits up to 2**53 and
instants up to the year 2255; whatever ends above is a full bucket. ``fmod`` is exact; Lua's ``%`` and ``/``
are used where they are. Numbers become text by ``%.0f``, never by ``..``, which keeps fourteen digits.

What is stored: a bucket is a string, :data:`BUCKET`; a quota is a hash, whose field ``s`` is
:data:`QUOTA` (the end of the period and the day as numbers of days since 1970-01-01), whose field ``m`` is
the second in which somebody set it, and whose other fields are days that are over, ``count remaining``, both
as text. Binary, because writing and reading doubles as text took as long as the rest of a decision.

The end of a period is a matter of the calendar and of the time that the script goes by, so the script finds
it itself; a gateway with a wrong clock cannot open a period on a server that goes by its own.

Expiry only gives memory back: a bucket's key lives a while longer than it takes to fill, a quota's a hundred
days longer than its period (for usage by day), and for good with an offset, which counts only once.

Not for: Redis before 5, which replicates scripts and not their effects, and so forbids TIME before a write.

Source: the arithmetic is that of :mod:`wsgi_gateway.usage.throttle` and :mod:`wsgi_gateway.usage.quota`.
"""

from __future__ import annotations

from hashlib import sha1
from struct import Struct

HISTORY_DAYS = 100
"""How many days usage is known for."""

NONCE_BITS = 40
"""A nonce is less than ``2**NONCE_BITS``; ADMIT adds the number of the limit that refused times that. No
power of ten times a digit is a multiple of it, so a reply with one wrong digit is no other valid reply."""


BUCKET, QUOTA = Struct("<dIIdI"), Struct("<diid")
"""``(tokens, micro-tokens, pico-tokens, seconds, microseconds)``; ``(used, end, day, admitted on it)``."""


class Script:
    """A Lua script and the SHA-1 by which a server knows it."""

    __slots__ = ("sha", "text")

    def __init__(self, *parts: str) -> None:
        self.text = "\n".join(parts)
        self.sha = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


STEP = f"local step = {2**NONCE_BITS}"
"""What the place of a refusing limit is multiplied by, on top of the nonce."""

TIME = """
local nonce, s, us = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local grace = 86400
if not s then
  local t = redis.call('TIME')
  s, us, grace = tonumber(t[1]), tonumber(t[2]), 60
end
"""
"""How every script begins."""

BUCKETS = """
local ceil, fmod = math.ceil, math.fmod
local M = 1000000

local function read_bucket(held)
  if #held ~= 28 then error('WRONGTYPE a key of the store holds something else') end
  return struct.unpack('<dI4I4dI4', held)
end

-- What a bucket holds now, and its time.
local function refilled(key, whole, micro, burst)
  local held = redis.call('GET', key)
  if not held then return burst, 0, 0, s, us end
  local tok, mic, pic, as, au = read_bucket(held)
  local es, eu = s - as, us - au
  if eu < 0 then es, eu = es - 1, eu + M end
  if es > 0 or (es == 0 and eu > 0) then
    local p = eu * micro + pic
    pic = fmod(p, M)
    local x, y = es * micro, eu * whole + (p - pic) / M + mic
    local xr, yr = fmod(x, M), fmod(y, M)
    local z = xr + yr
    mic = fmod(z, M)
    tok = tok + es * whole + (x - xr) / M + (y - yr) / M + (z - mic) / M
    as, au = s, us
  elseif es < -10 then
    as, au = s, us
  end
  if tok >= burst then return burst, 0, 0, as, au end
  return tok, mic, pic, as, au
end

local function write_bucket(key, tok, mic, pic, as, au, whole, micro, burst)
  local held, seconds = struct.pack('<dI4I4dI4', tok, mic, pic, as, au), 0
  if tok < burst then seconds = (burst - tok) / (whole + micro / M) end
  if seconds > 3000000000 then
    redis.call('SET', key, held)
  else
    redis.call('SET', key, held, 'PX', ceil((seconds + grace) * 1000))
  end
  return held
end
"""

QUOTAS = f"""
local today = math.floor(s / 86400)

local function days_before(year)
  local y = year - 1
  return 365 * (year - 1970) + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400) - 477
end

local function period_end(period, day)
  if period == 'D' then return day + 1 end
  if period == 'W' then return day - (day - 4) % 7 + 7 end
  local year = 1970 + math.floor(day / 365.2425)
  while days_before(year) > day do year = year - 1 end
  while days_before(year + 1) <= day do year = year + 1 end
  local first = days_before(year)
  local leap = days_before(year + 1) - first - 365
  for _, days in ipairs({{31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}}) do
    first = first + days
    if first > day then return first end
  end
end

local function read_quota(held)
  if #held ~= 24 then error('WRONGTYPE a key of the store holds something else') end
  return struct.unpack('<di4i4d', held)
end

-- The state as it is now, as a table: used, end, day, count; and what has to be done with the key beside.
local function present(key, period, offset, limit)
  local held = redis.call('HGET', key, 's')
  if not held then return {{offset, period_end(period, today), today, 0, fresh = true}} end
  local used, last, day, count = read_quota(held)
  local filed, fresh
  local before = used
  if today >= last then used, last, fresh = 0, period_end(period, today), true end
  if today > day then
    if count > 0 then filed = {{day, string.format('%.0f %.0f', count, math.max(0, limit - before))}} end
    day, count, fresh = today, 0, true
  end
  return {{used, last, day, count, fresh = fresh, filed = filed}}
end

local function write_quota(key, state, offset)
  if state.filed then
    redis.call('HSET', key, string.format('%.0f', state.filed[1]), state.filed[2])
    if redis.call('HLEN', key) > {HISTORY_DAYS + 2} then
      for _, field in ipairs(redis.call('HKEYS', key)) do
        local day = tonumber(field)
        if day and day <= state[3] - {HISTORY_DAYS} then redis.call('HDEL', key, field) end
      end
    end
  end
  local held = struct.pack('<di4i4d', state[1], state[2], state[3], state[4])
  redis.call('HSET', key, 's', held)
  if state.fresh and offset > 0 then
    redis.call('PERSIST', key)
  elseif state.fresh then
    redis.call('EXPIRE', key, (state[2] - today + {HISTORY_DAYS + 1}) * 86400)
  end
  return held
end
"""

# One string is read by the caller in a third of the time of a list of lists: the code and the time as
# doubles, then every state behind its length.
_LOOK = """
local function tell(code, held)
  local parts = {struct.pack('<ddd', code, s, us)}
  for i = 1, #KEYS do parts[i + 1] = string.char(#held[i]) .. held[i] end
  return table.concat(parts)
end

local function look(buckets)
  local held = {}
  for i = 1, #KEYS do
    if i <= buckets then
      held[i] = redis.call('GET', KEYS[i]) or ''
    else
      held[i] = redis.call('HGET', KEYS[i], 's') or ''
    end
  end
  return held
end
"""

# ARGV: told, number of buckets; of each bucket: tokens and micro-tokens per second, burst; of each quota:
# limit, period, offset.
ADMIT = Script(
    TIME,
    BUCKETS,
    QUOTAS,
    _LOOK,
    STEP,
    """
local buckets = tonumber(ARGV[5])
local new, refused = {}, 0
for i = 1, #KEYS do
  local key, a = KEYS[i], 3 * i + 3
  if i <= buckets then
    local whole, micro, burst = tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
    local tok, mic, pic, as, au = refilled(key, whole, micro, burst)
    if tok < 1 then refused = i else tok = tok - 1 end
    new[i] = {tok, mic, pic, as, au, whole, micro, burst}
  else
    local limit, offset = tonumber(ARGV[a]), tonumber(ARGV[a + 2])
    local state = present(key, ARGV[a + 1], offset, limit)
    if state[1] >= limit then
      refused = i
    else
      state[1], state[4] = state[1] + 1, state[4] + 1
    end
    state.offset = offset
    new[i] = state
  end
  if refused > 0 then break end
end
-- Of a refusal what is kept is the refill of the limit that refused, and a clock that was set.
local held = {}
for i = refused > 0 and refused or 1, refused > 0 and refused or #KEYS do
  if i <= buckets then
    held[i] = write_bucket(KEYS[i], unpack(new[i]))
  else
    held[i] = write_quota(KEYS[i], new[i], new[i].offset)
  end
end
local code = nonce + refused * step
if ARGV[4] == '' then return code end
return tell(code, refused > 0 and look(buckets) or held)
""",
)

# ARGV: number of buckets.
STATES = Script(TIME, BUCKETS, QUOTAS, _LOOK, "return tell(nonce, look(tonumber(ARGV[4])))")

# ARGV: used, limit, period, offset.
SET_USED = Script(
    TIME,
    QUOTAS,
    """
local offset = tonumber(ARGV[7])
local state = present(KEYS[1], ARGV[6], offset, tonumber(ARGV[5]))
state[1] = tonumber(ARGV[4])
write_quota(KEYS[1], state, offset)
redis.call('HSET', KEYS[1], 'm', string.format('%.0f', s))
return nonce
""",
)

DAYS = Script(TIME, "return {nonce, redis.call('HGETALL', KEYS[1])}")
