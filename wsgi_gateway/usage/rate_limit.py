"""What a caller may be told of limits: RateLimit header fields, and when to come again.

::

    told = RateLimits(now)
    told.add("plan", TokenBucket(10, 20), state)
    told.fields()      # [("RateLimit-Policy", '"plan";q=20;w=2'), ("RateLimit", '"plan";r=19;t=1')]
    told.retry_after() # seconds, or None

A policy says how many requests (``q``) in how many seconds (``w``): of a token bucket its burst, and the time
in which it fills; of a quota its limit, or what is left of it if that was extended beyond, and its period. A
limit says how many are left (``r``) and in how
many seconds there will be as many as at first (``t``). Everything is rounded so that who believes it is not
refused.

Not for: limits that callers share; those would tell one caller about the others.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (version 10); RFC 9110, section
10.2.3.
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket

_SECOND = 1_000_000


class RateLimits:
    """Limits and their states at one instant, ``now``, in microseconds since the epoch."""

    __slots__ = ("_limits", "_now", "refused")

    def __init__(self, now: int) -> None:
        self._now = now
        self._limits: list[tuple[str, TokenBucket | Quota, Any]] = []
        self.refused: tuple[TokenBucket | Quota, Any] | None = None
        """The limit that refused, and its state; None for a request that was admitted."""

    def add(self, name: str, limit: TokenBucket | Quota, state: Any) -> None:
        """One more limit; ``name`` of letters, digits and ``-``, ``state`` as a store keeps it."""
        self._limits.append((name, limit, state))

    def fields(self) -> list[tuple[str, str]]:
        """The two header fields; none without limits."""
        if not self._limits:
            return []
        policies = [
            f'"{name}";q={_quantity(limit, state, self._now)}{_window(limit, self._now)}'
            for name, limit, state in self._limits
        ]
        limits = [f'"{name}";{_left(limit, state, self._now)}' for name, limit, state in self._limits]
        return [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(limits))]

    def retry_after(self) -> int | None:
        """Seconds until the limit that refused admits again, at least one; None if it never will."""
        if self.refused is None:
            return None
        limit, state = self.refused
        if isinstance(limit, TokenBucket):
            wait = limit.wait(state, self._now)
            return None if wait is None else max(1, _up(wait))
        return None if not limit.limit else max(1, _up(limit.present(state, self._now)[1] - self._now))


def _quantity(limit: TokenBucket | Quota, state: Any, now: int) -> int:
    if isinstance(limit, TokenBucket):
        return limit.burst_limit
    return max(limit.limit, limit.remaining(state, now))


def _window(limit: TokenBucket | Quota, now: int) -> str:
    """``;w=`` and the seconds of a whole window; nothing for a bucket that never fills."""
    if isinstance(limit, Quota):
        return f";w={(limit.period_end(now) - limit.period_start(now)) // _SECOND}"
    return f";w={max(1, -(-limit.capacity // (limit.refill * _SECOND)))}" if limit.refill else ""


def _left(limit: TokenBucket | Quota, state: Any, now: int) -> str:
    """``r=`` and what is left; ``;t=`` and the seconds until all is there again, if ever."""
    if isinstance(limit, Quota):
        return f"r={limit.remaining(state, now)};t={_up(limit.present(state, now)[1] - now)}"
    full = now if state is None else limit.expires_at(state)
    return f"r={limit.tokens(state, now)}" + ("" if full is None else f";t={_up(max(0, full - now))}")


def _up(microseconds: int) -> int:
    return -(-microseconds // _SECOND)
