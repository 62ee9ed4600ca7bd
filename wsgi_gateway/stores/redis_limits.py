"""What a Redis store says of limits to its scripts, and what it understands of their replies.

::

    arguments = as_arguments(limit)      # three arguments, as they go over the wire
    state = state_of(limit, held)        # as wsgi_gateway.usage has it

Numbers too large to be exact in a double are cut here, to 2**53 and to rates of 10**9 a second.

Not for: keys and slots (:mod:`wsgi_gateway.stores.redis_records`).

Source: this project's own.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import redis_scripts as scripts
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_connection import packed
from wsgi_gateway.usage.quota import DAY
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota

MOST = 2**53
"""The largest number that is kept: up to here every whole number is a double."""

COUNT = Struct("<d")
"""How many were taken, in a reply."""

_FASTEST = 10**9 * 1_000_000
_MICRO, _PICO = 10**6, 10**12
_REMEMBERED = 4096


def buckets_among(rules: Sequence[TokenBucket | Quota]) -> int:
    """How many of the rules are buckets; these are first."""
    return sum(isinstance(rule, TokenBucket) for rule in rules)


@lru_cache(256)
def shape(told: bool, buckets: int) -> bytes:
    """The arguments of ADMIT that say whether states are to be told, and how many buckets there are."""
    return packed("1" if told else "", buckets)


@lru_cache(_REMEMBERED)
def as_arguments(limit: TokenBucket | Quota) -> bytes:
    """The three arguments that tell a script what a limit says."""
    if isinstance(limit, TokenBucket):
        return packed(*divmod(min(limit.refill, _FASTEST), _MICRO), min(limit.burst_limit, MOST))
    return packed(min(limit.limit, MOST), limit.period[0], min(limit.offset, MOST))


def counted_in(state: tuple[int, int, int, int]) -> bytes:
    """The three arguments that tell a script when requests were counted, by the state of then."""
    return packed(state[1] // DAY, state[2], "")


def counted_at(quota: Quota, instant: int) -> bytes:
    """The same, by the microsecond of then."""
    return packed(quota.period_end(instant) // DAY, instant // DAY, "")


def state_of(limit: TokenBucket | Quota, held: bytes) -> Any:
    """A state as :mod:`wsgi_gateway.usage` has it. StoreUnavailable for what is none."""
    if not held:
        return None
    if len(held) != (scripts.BUCKET if isinstance(limit, TokenBucket) else scripts.QUOTA).size:
        raise StoreUnavailable("Redis: WRONGTYPE")
    if isinstance(limit, TokenBucket):
        whole, micro, pico, s, us = scripts.BUCKET.unpack(held)
        return int(whole) * _PICO + micro * _MICRO + pico, int(s) * _MICRO + us
    used, end, day, admitted = scripts.QUOTA.unpack(held)
    return int(used), end * DAY, day, int(admitted)
