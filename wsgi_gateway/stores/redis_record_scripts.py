"""The scripts that a Redis server runs for records and generations; as those for counters.

A record is a string: its end in microseconds or nothing, a colon, and its bytes::

    >>> from wsgi_gateway.stores.redis_record_scripts import KEEP
    >>> len(KEEP.sha)
    40

Its expiry in Redis only gives memory back, a millisecond later, or a day later by a caller's clock; what
counts is the end in the record.

Not for: counters (:mod:`wsgi_gateway.stores.redis_scripts`).

Source: this project's own.
"""

from __future__ import annotations

from wsgi_gateway.stores.redis_scripts import TIME, Script

RECALL = Script(TIME, "return {nonce, s, us, redis.call('GET', KEYS[1])}")

# KEYS: the record, all names, names by their end. ARGV: name, record, its end in microseconds or nothing.
# Names whose records have expired are dropped a few at a time, so that there are never many more than live.
KEEP = Script(
    TIME,
    """
local now, ends = s * 1000000 + us, tonumber(ARGV[6])
local until_now = string.format('%.0f', now)
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', until_now, 'LIMIT', 0, 4)) do
  redis.call('ZREM', KEYS[2], name)
  redis.call('ZREM', KEYS[3], name)
end
redis.call('SET', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], 0, ARGV[4])
if ends then
  local left = math.max(1, math.ceil((ends - now) / 1000))
  if grace > 60 then left = left + grace * 1000 end
  if left < 3000000000000 then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
  redis.call('ZADD', KEYS[3], string.format('%.0f', ends), ARGV[4])
else
  redis.call('ZREM', KEYS[3], ARGV[4])
end
return nonce
""",
)

FORGET = Script(
    TIME,
    """
local gone = redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[4])
redis.call('ZREM', KEYS[3], ARGV[4])
return {nonce, gone}
""",
)

# ARGV: from where, to where, how many.
NAMES = Script(
    TIME, "return {nonce, redis.call('ZRANGEBYLEX', KEYS[1], ARGV[4], ARGV[5], 'LIMIT', 0, ARGV[6])}"
)

GENERATION = Script(TIME, "return {nonce, tonumber(redis.call('GET', KEYS[1]) or 0)}")

# The run's id is another one after a restart, the replication's when a replica has taken over. Empty if it is
# not told, as by a server whose users must not ask for it.
INCARNATION = Script(
    TIME,
    """
local function told(section, name)
  local text = redis.pcall('INFO', section)
  return type(text) == 'string' and string.match(text, name .. ':(%x+)') or ''
end
return {nonce, told('server', 'run_id') .. told('replication', 'master_replid')}
""",
)

ADVANCE = Script(TIME, "return {nonce, redis.call('INCR', KEYS[1])}")
