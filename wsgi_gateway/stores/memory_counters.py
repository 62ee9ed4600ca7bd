"""Counters in memory: a limit and its state, changed in place.

::

    counter = counter_of(TokenBucket(1, 5), (4 * 10**12, 7))
    counter.state                      # (4 * 10**12, 7), as TokenBucket.take knows it
    counter.keep(TokenBucket(1, 3), (10**12, 9))

The numbers lie in slots, so that :class:`~wsgi_gateway.stores.memory.MemoryStore` decides without making a
tuple. The state is that of :mod:`wsgi_gateway.usage`, number by number; it is put together when it is asked
for.

A request of known counters is decided right here, by :func:`take_known`, with the arithmetic of
:meth:`TokenBucket.take <wsgi_gateway.usage.throttle.TokenBucket.take>` and :meth:`Quota.take
<wsgi_gateway.usage.quota.Quota.take>` written out: to call them, and to make the tuples that they take and
return, would cost more than it does. A test holds both to the same decisions and states.

Not for: locks; and what comes and goes, which is the store's.

Source: this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wsgi_gateway.usage.quota import DAY
from wsgi_gateway.usage.throttle import CLOCK_JITTER, TOKEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota, State
    from wsgi_gateway.usage.throttle import TokenBucket

    Limit: TypeAlias = TokenBucket | Quota


class Level:
    """What is in a bucket: ``tokens``, in pico-tokens, at the instant ``at``."""

    __slots__ = ("at", "limit", "tokens")

    def __init__(self, limit: TokenBucket, state: tuple[int, int]) -> None:
        self.keep(limit, state)

    def keep(self, limit: TokenBucket, state: tuple[int, int]) -> None:
        """Go on from another state, of another limit."""
        self.limit = limit
        self.tokens, self.at = state

    @property
    def state(self) -> tuple[int, int]:
        """``(level, instant)``."""
        return self.tokens, self.at


class Count:
    """What is used of a quota."""

    __slots__ = ("day", "end", "limit", "today", "until", "used")

    def __init__(self, limit: Quota, state: State) -> None:
        self.keep(limit, state)

    def keep(self, limit: Quota, state: State) -> None:
        """Go on from another state, of another limit."""
        self.limit = limit
        self.used, self.end, self.day, self.today = state
        # The first instant of another period or another day. Before it a request is counted without a look
        # at the calendar.
        self.until = min(self.end, (self.day + 1) * DAY)

    @property
    def state(self) -> State:
        """``(used, end of the period, day, admitted on that day)``."""
        return self.used, self.end, self.day, self.today


Counter: TypeAlias = Level | Count
Counters: TypeAlias = dict[str, Counter]


def counter_of(limit: Any, state: Any) -> Counter:
    """A counter of the kind that the state is of."""
    return Count(limit, state) if len(state) == 4 else Level(limit, state)


def unused(limit: Any, state: Any) -> Any:
    """The state of a counter that was used for the first time just now, without that."""
    if len(state) == 4:
        return limit.offset, *state[1:3], 0
    return limit.capacity, state[1]


def take_known(
    counters: Counters,
    buckets: Sequence[tuple[str, TokenBucket]],
    quotas: Sequence[tuple[str, Quota]],
    now: int,
) -> str | Literal[False] | None:
    """Take one of everything or nothing; the name of the first limit that refuses, or None.

    False, and nothing is changed, if a counter is new or of another day, or if there is more than one quota.
    """
    get: Any = counters.get
    count = full = None
    for key, quota in quotas:
        if count is not None:
            return False
        count = get(key)
        if count is None or now >= count.until:
            return False
        if count.used >= quota.limit:
            full = key
    may_be_undone = full is not None or len(buckets) > 1
    taken: Any = None
    for key, bucket in buckets:
        level = get(key)
        if level is None:
            _untake(taken)
            return False
        tokens, at = level.tokens, level.at
        elapsed = now - at
        if may_be_undone:
            taken = level, level.limit, (tokens, at), taken
        if elapsed > 0:
            tokens += elapsed * bucket.refill
        if tokens > bucket.capacity:
            tokens = bucket.capacity
        if tokens < TOKEN:
            # What this one keeps is the refill, and a clock that was set; the others took nothing.
            _untake(taken)
            level.keep(bucket, (tokens, now if elapsed > 0 or elapsed < -CLOCK_JITTER else at))
            return key
        # The instant first: whatever comes between must not refill twice.
        if elapsed > 0 or elapsed < -CLOCK_JITTER:
            level.at = now
        level.limit, level.tokens = bucket, tokens - TOKEN
    if count is not None:
        count.limit = quota
        if full is not None:
            _untake(taken)
            return full
        count.used += 1
        count.today += 1
    return None


def _untake(taken: Any) -> None:
    """Put back what was taken, the last first."""
    while taken is not None:
        counter, limit, state, taken = taken
        counter.keep(limit, state)


def states_of(counters: Counters, limits: Sequence[tuple[str, Limit]]) -> list[Any]:
    """The states of limits, in the order given; None for one never used."""
    found = [counters.get(key) for key, _ in limits]
    return [None if counter is None else counter.state for counter in found]
