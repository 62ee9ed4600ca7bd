"""Throttling: the token bucket of API Gateway, exact.

A bucket holds at most ``burst_limit`` tokens, starts full and gains ``rate_limit`` tokens a second; a request
takes one, and a request that finds none is refused. Over any stretch of ``t`` seconds no more than
``burst_limit + rate_limit * t`` requests get through::

    >>> from wsgi_gateway.usage.throttle import TokenBucket
    >>> bucket = TokenBucket(rate_limit=0.5, burst_limit=1)
    >>> admitted, state = bucket.take(None, now=0)
    >>> admitted
    True
    >>> bucket.take(state, now=1_999_999)[0], bucket.take(state, now=2_000_000)[0]
    (False, True)

Why whole numbers: a float bucket loses or invents tokens after some thousands of requests. The rate is kept
in whole micro-tokens per second and time in whole microseconds; their product is in whole pico-tokens, so
nothing is ever rounded. A rate with more than six decimals is cut to six, towards the stricter side.

A clock that goes back never refills, never drains and never overfills. A step back of up to
:data:`CLOCK_JITTER` is taken for two threads that overtook each other: the bucket waits for the clock to
return. After a larger one the clock has been set: the bucket goes on from the new time, because else nobody
would get a token until the old time came again. ``t`` above is then what the clock moved forwards.

Not for: counting requests per day (:mod:`wsgi_gateway.usage.quota`), or keeping state (a store does).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    from wsgi_gateway.config import ThrottleConfig

TOKEN = 10**12
"""One token, in pico-tokens: the unit in which a bucket's level is kept."""

CLOCK_JITTER = 10_000_000
"""Microseconds by which the clock may step back before it counts as having been set."""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """A limit of ``rate_limit`` requests per second with bursts of up to ``burst_limit`` requests.

    A value without state: many counters may share one bucket. Burst 0 admits nothing; rate 0 never refills.
    Raises :class:`~wsgi_gateway.errors.ConfigError` for what is no limit: negative, not finite, a rate of
    less than one request in eleven days (which is nothing, or a quota), a burst that is no whole number.
    """

    rate_limit: float
    burst_limit: int
    refill: int = field(init=False, repr=False, compare=False)
    """Micro-tokens per second, which are pico-tokens per microsecond."""
    capacity: int = field(init=False, repr=False, compare=False)
    """The level of a full bucket, in pico-tokens."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "refill", _micro_tokens(self.rate_limit))
        object.__setattr__(self, "capacity", _whole(self.burst_limit) * TOKEN)

    @classmethod
    def of(cls, config: ThrottleConfig) -> TokenBucket:
        """The bucket that a :class:`~wsgi_gateway.config.ThrottleConfig` declares."""
        return cls(config.rate_limit, config.burst_limit)

    def take(self, state: tuple[int, int] | None, now: int) -> tuple[bool, tuple[int, int]]:
        """Take one token at ``now``; ``(admitted, state to keep)``.

        ``state`` is ``(level in pico-tokens, instant in microseconds)``, ``None`` for a bucket never used,
        which is full. What a refusal gives back has been refilled and nothing else.
        """
        if state is None:
            level, at = self.capacity, now
        else:
            level, at = state
            elapsed = now - at
            if elapsed > 0:
                level += elapsed * self.refill
                at = now
            elif elapsed < -CLOCK_JITTER:
                at = now
            if level > self.capacity:
                level = self.capacity
        if level < TOKEN:
            return False, (level, at)
        return True, (level - TOKEN, at)

    def take_some(self, state: tuple[int, int] | None, now: int, wanted: int) -> tuple[int, tuple[int, int]]:
        """Take up to ``wanted`` tokens at ``now``; ``(how many, state to keep)``."""
        admitted, (level, at) = self.take(state, now)
        if not admitted:
            return 0, (level, at)
        more = min(wanted - 1, level // TOKEN)
        return 1 + more, (level - more * TOKEN, at)

    def tokens(self, state: tuple[int, int] | None, now: int) -> int:
        """How many whole tokens there are at ``now``."""
        if state is None:
            return self.burst_limit
        level, at = state
        return min(self.capacity, level + max(0, now - at) * self.refill) // TOKEN

    def wait(self, state: tuple[int, int] | None, now: int) -> int | None:
        """Microseconds until there is a token; ``None`` if there never will be."""
        if self.tokens(state, now):
            return 0
        if state is None or not self.refill or self.capacity < TOKEN:
            return None
        level, at = state
        return max(0, at - (level - TOKEN) // self.refill - now)  # rounded up

    def expires_at(self, state: tuple[int, int]) -> int | None:
        """The instant from which the bucket is full, as one never used is; ``None`` if it never will be."""
        level, at = state
        missing = self.capacity - level
        if missing <= 0:
            return at
        return at - (-missing // self.refill) if self.refill else None  # rounded up


def _micro_tokens(rate_limit: float) -> int:
    """Tokens per second, as written in decimal, to whole micro-tokens per second."""
    if isinstance(rate_limit, bool) or not isinstance(rate_limit, (int, float)):
        raise ConfigError(f"rate_limit is {rate_limit!r}, which is no number of requests per second")
    if rate_limit > 10**300 or not math.isfinite(rate_limit) or rate_limit < 0:
        raise ConfigError(f"rate_limit is {rate_limit!r}; it must be a finite number, zero or more")
    # 0.1 means one tenth here, not the binary float next to it.
    micro_tokens = math.floor(Fraction(str(rate_limit)) * 1_000_000)
    if rate_limit and not micro_tokens:
        raise ConfigError(f"rate_limit is {rate_limit!r}; the least that works, beside 0, is 0.000001")
    return micro_tokens


def _whole(burst_limit: int) -> int:
    if isinstance(burst_limit, bool) or not isinstance(burst_limit, int) or burst_limit < 0:
        raise ConfigError(f"burst_limit is {burst_limit!r}; it must be a whole number, zero or more")
    return burst_limit
