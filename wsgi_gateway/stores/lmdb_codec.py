"""What stands in the LMDB files: keys and values of counters, records, generations and usage by day.

A key is one byte for what it is and the name's UTF-8; a name that LMDB's 511 bytes do not hold is its first
bytes and its SHA-256, and the whole name then stands before the value. A counter carries its limit beside
its state, so that whoever reclaims it can tell from when on it says nothing::

    >>> from wsgi_gateway.stores.lmdb_codec import counter_key, bucket_value, bucket_state
    >>> from wsgi_gateway.usage import TokenBucket
    >>> counter_key("plan:p:k:throttle")
    b'aplan:p:k:throttle'
    >>> bucket_state(bucket_value(TokenBucket(1, 5), (4 * 10**12, 7)))
    (4000000000000, 7)

Numbers are signed 64-bit integers where they fit; the level of a bucket with a burst above nine million has
16 bytes; what fits in neither is JSON. Nothing is ever rounded or cut off.

Not for: where the values are put (:mod:`wsgi_gateway.stores.lmdb_store`), or what they mean
(:mod:`wsgi_gateway.usage`).
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeAlias

from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.usage.quota import State

Transaction: TypeAlias = Any
"""A transaction of lmdb. Its own type says that a value may be a memoryview, which it never is here."""

COUNTER, RECORD, END_OF_RING = b"a", b"b", b"c"
"""First bytes of the keys that are reclaimed; they lie side by side, so that one round passes all of them."""

CHANGED, UNDER_WAY = b"d", b"f"
"""First bytes of the notes about what has to be made durable, and what is just being made."""

GENERATION, HISTORY = b"g", b"h"
"""First bytes of the keys of generations, and of usage by day."""

HAND, RECLAIMED_AT = b"mhand", b"mreclaimed"
"""Where the last reclaimer stopped, and the latest time at which one has dropped something."""

FAMILIAR = b"mfamiliar"
"""Stands in a durable file that has been told of all quotas there are."""

NOTED, ENDLESS, QUOTA = 1, 2, 4
"""Bits of a counter's first byte: it is noted as changed, it never expires, it is no bucket."""

PENDING, GONE, EXPIRING, OVER_DURABLE = b"PTEO"
"""First bytes of records: for good and not yet durable; forgotten and not yet durably; until an instant; the
same, in the place of one that is durable."""

_LONG_KEY = 510
_HEAD = _LONG_KEY - 1 - 32
_BUCKET = struct.Struct("<Bqqdq")
_LARGE_BUCKET = struct.Struct("<B16sqdq")
_QUOTA = struct.Struct("<Bqqqqq")
_LEVEL_AND_TIME = struct.Struct("<qq")
_TIME = struct.Struct("<q")
_FOUR = struct.Struct("<qqqq")
_NUMBER = struct.Struct("<q")
_LENGTH = struct.Struct("<I")
_LATEST = 2**63 - 1
_WIDE = 64  # longer than all structs, so that the length tells the form


def key_of(kind: bytes, name: str) -> bytes:
    """The key of a name of a kind: at most 510 bytes."""
    encoded = name.encode("utf-8", "surrogatepass")
    if len(encoded) < _LONG_KEY - 1:
        return kind + encoded
    return kind + encoded[:_HEAD] + sha256(encoded).digest()


@lru_cache(16_384)
def counter_key(name: str) -> bytes:
    """The key of a counter; the ones asked for lately are remembered."""
    return key_of(COUNTER, name)


# ------------------------------------------------------------ counters


def bucket_value(bucket: TokenBucket, state: tuple[int, int]) -> bytes:
    """A bucket's state, and the bucket itself."""
    level, at = state
    try:
        if bucket.capacity <= _LATEST:
            return _BUCKET.pack(0, level, at, bucket.rate_limit, bucket.burst_limit)
        large = level.to_bytes(16, "little", signed=True)
        return _LARGE_BUCKET.pack(0, large, at, bucket.rate_limit, bucket.burst_limit)
    except (struct.error, OverflowError):
        return _wide(0, [level, at, bucket.rate_limit, bucket.burst_limit])


def bucket_state(value: bytes) -> tuple[int, int]:
    """``(level, instant)`` as :meth:`TokenBucket.take` knows it."""
    size = len(value)
    if size == _BUCKET.size:
        state: tuple[int, int] = _LEVEL_AND_TIME.unpack_from(value, 1)
        return state
    if size == _LARGE_BUCKET.size:
        return int.from_bytes(value[1:17], "little", signed=True), _TIME.unpack_from(value, 17)[0]
    level, at, *_ = json.loads(value[1:])
    return level, at


def quota_value(quota: Quota, state: State, flags: int) -> bytes:
    """A quota's state, and the quota itself. ``flags``: NOTED or nothing."""
    flags |= QUOTA | ENDLESS if quota.offset else QUOTA
    try:
        return _QUOTA.pack(flags, quota.limit, *state)
    except struct.error:
        return _wide(flags, [quota.limit, *state])


def quota_state(value: bytes) -> State:
    """``(used, end, day, today)`` as :meth:`Quota.take` knows it."""
    if len(value) < _WIDE:
        state: State = _FOUR.unpack_from(value, 9)
        return state
    _, used, end, day, today = json.loads(value[1:])
    return used, end, day, today


def limit_of(value: bytes) -> tuple[TokenBucket | Quota, tuple[int, ...]]:
    """The limit that a counter's value carries, as far as it is needed to reclaim it, and its state."""
    flags = value[0]
    if flags & QUOTA:
        limit = _QUOTA.unpack(value)[1] if len(value) < _WIDE else json.loads(value[1:])[0]
        # When it ends is in the state, so that the period is of no account.
        return _quota(limit, "DAY", 1 if flags & ENDLESS else 0), quota_state(value)
    if len(value) < _WIDE:
        *_, rate, burst = (_BUCKET if len(value) == _BUCKET.size else _LARGE_BUCKET).unpack(value)
    else:
        *_, rate, burst = json.loads(value[1:])
    return _bucket(rate, burst), bucket_state(value)


def without_note(value: bytes) -> bytes:
    """A counter's value that is no longer noted as changed."""
    return bytes((value[0] & ~NOTED,)) + value[1:]


_bucket = lru_cache(1024)(TokenBucket)
_quota = lru_cache(1024)(Quota)


def _wide(flags: int, numbers: list[float]) -> bytes:
    return bytes((flags,)) + json.dumps(numbers).encode().ljust(_WIDE)


# ------------------------------------------------------------ records


def body_of(key: bytes, name: str, value: bytes) -> bytes:
    """A record's value, behind the name where that is not readable in the key."""
    if len(key) < _LONG_KEY:
        return value
    encoded = name.encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(encoded)) + encoded + value


def value_of(key: bytes, body: bytes) -> bytes:
    """What :func:`body_of` was given."""
    return body if len(key) < _LONG_KEY else body[4 + _LENGTH.unpack_from(body)[0] :]


def name_of(key: bytes, body: bytes) -> bytes:
    """A record's name as UTF-8."""
    return key[1:] if len(key) < _LONG_KEY else body[4 : 4 + _LENGTH.unpack_from(body)[0]]


def start_of(name: bytes) -> bytes:
    """The key from which on all names lie that do not sort before this one."""
    return RECORD + name[:_HEAD]


def neighbours(name: bytes) -> bytes:
    """Names with different neighbours are sorted by their keys; among long ones with the same, keys are not
    in the order of the names.
    """
    return name[:_HEAD]


def record(tag: int, body: bytes, expires_at: int = 0) -> bytes:
    """A record as it stands in the counters' file."""
    if tag in (EXPIRING, OVER_DURABLE):
        return bytes((tag,)) + _NUMBER.pack(min(expires_at, _LATEST)) + body
    return bytes((tag,)) + body


def expires_at(value: bytes) -> int:
    """When an expiring record ends."""
    end: int = _NUMBER.unpack_from(value, 1)[0]
    return end


def body_in(value: bytes) -> bytes:
    """The body of a record of the counters' file."""
    return value[9:] if value[0] in (EXPIRING, OVER_DURABLE) else value[1:]


# ------------------------------------------------------------ numbers, and usage by day


def number(value: bytes | None) -> int:
    """A whole number; 0 for none."""
    return 0 if value is None else int.from_bytes(value, "little", signed=True)


def number_value(count: int) -> bytes:
    """What :func:`number` reads."""
    return count.to_bytes(16, "little", signed=True)


def days_of(value: bytes | None) -> dict[int, tuple[int, int]]:
    """Usage by day: requests admitted, and what remained."""
    days = [] if value is None else json.loads(value)
    return {day: (used, remained) for day, used, remained in days}


def days_value(days: dict[int, tuple[int, int]]) -> bytes:
    """What :func:`days_of` reads."""
    return json.dumps([[day, *pair] for day, pair in days.items()], separators=(",", ":")).encode()
