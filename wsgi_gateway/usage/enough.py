"""What would have been enough: the smallest limit that refuses none of the requests it was shown.

Each limit of a back-test is watched by one of these, which sees every request, also those that some limit
refuses: what it tells is enough when all limits are made as large as they are told to be::

    >>> from wsgi_gateway.usage.enough import BucketNeed
    >>> from wsgi_gateway.usage.throttle import TokenBucket
    >>> need = BucketNeed("throttle", "plan:basic:ada:throttle", TokenBucket(rate_limit=1, burst_limit=2))
    >>> for instant in (0, 0, 500_000, 500_000):
    ...     need.count(instant)
    >>> need.burst_enough, need.rate_enough
    (4, 4)

Requests come in the order of time. Everything is exact, in the whole numbers of
:mod:`wsgi_gateway.usage.throttle`: one token of the burst less, one millionth of the rate less, and the same
requests would meet a refusal.

The rate is a matter of the steepest line: it is the greatest of ``(n - burst) / t`` over all stretches of
``n`` requests in ``t`` seconds. Only the lower convex hull of the requests since the bucket was last full
can begin such a stretch, so that is all that is kept of them: a handful of pairs as a rule, also for callers
who never pause.

Not for: deciding; a store does, by the limits themselves.

Source: this project's own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wsgi_gateway.usage.throttle import TOKEN, TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.usage.quota import Quota


class BucketNeed:
    """The burst, or the rate, that a token bucket should have had. ``kind`` and ``name`` are for reports."""

    __slots__ = (
        "_at", "_hull", "_most", "_rate", "_rate_used", "_used", "bucket", "kind", "name", "refused",
        "requests",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, bucket: TokenBucket) -> None:
        self.kind = kind
        self.name = name
        self.bucket = bucket
        self.requests = 0
        """How many requests it was shown."""
        self.refused = 0
        """How many the limit has refused; whoever decides counts them here."""
        self._at = self._used = self._most = self._rate_used = 0
        self._rate = bucket.refill
        # (instant, number of requests before) of those that may begin the steepest stretch; None: none is.
        self._hull: list[tuple[int, int]] | None = []

    def count(self, at: int) -> None:
        """Show it a request at ``at``, in microseconds, no earlier than the one before."""
        elapsed = at - self._at
        self._at = at
        # What is missing from the full bucket does not depend on its size, as long as nothing is refused.
        used = max(0, self._used - elapsed * self.bucket.refill) + TOKEN
        self._used = used
        if used > self._most:
            self._most = used
        hull = self._hull
        if hull is not None:
            before = self._rate_used - elapsed * self._rate
            if before <= 0:
                hull[:] = ((at, self.requests),)
                before = 0
            elif at > hull[-1][0]:
                _push(hull, (at, self.requests))
            self._rate_used = before + TOKEN
            if self._rate_used > self.bucket.capacity:
                self._raise_rate(hull, at)
        self.requests += 1

    def _raise_rate(self, hull: list[tuple[int, int]], at: int) -> None:
        """Find the least rate under which this request gets its token, and go on with that."""
        taken = [(at - since, self.requests - index + 1) for since, index in hull]
        burst = self.bucket.burst_limit
        if any(count > burst and not elapsed for elapsed, count in taken):
            self._hull = None
            return
        self._rate = max(-(-(count - burst) * TOKEN // elapsed) for elapsed, count in taken if elapsed)
        used = [count * TOKEN - elapsed * self._rate for elapsed, count in taken]
        self._rate_used = max(used)
        # Under the higher rate the bucket was full where the most has been used since.
        del hull[: used.index(self._rate_used)]

    @property
    def burst_enough(self) -> int:
        """The smallest burst that refuses nothing at the present rate."""
        return -(-self._most // TOKEN)

    @property
    def rate_enough(self) -> float | None:
        """The smallest rate that refuses nothing with the present burst, to the millionth of a request per
        second; the present rate if that does. None if no rate does: more come at one instant than a burst.
        """
        if self._hull is None:
            return None
        if self._rate == self.bucket.refill:
            return self.bucket.rate_limit
        whole, rest = divmod(self._rate, 1_000_000)
        rate = float(whole) if not rest else self._rate / 1_000_000
        while TokenBucket(rate, 1).refill < self._rate:  # a float has no room for so many digits
            rate = math.nextafter(rate, math.inf)
        return int(rate) if rate.is_integer() else rate


def _push(hull: list[tuple[int, int]], point: tuple[int, int]) -> None:
    """Add the last point to a lower convex hull, and drop those that are above it now."""
    at, index = point
    while len(hull) > 1:
        (at1, index1), (at2, index2) = hull[-2:]
        if (index2 - index1) * (at - at2) < (index - index2) * (at2 - at1):
            break
        hull.pop()
    hull.append(point)


class QuotaNeed:
    """The limit that a quota should have had. ``kind`` and ``name`` are kept for reports."""

    __slots__ = ("_end", "_used", "kind", "limit_enough", "name", "quota", "refused", "requests")

    def __init__(self, kind: str, name: str, quota: Quota) -> None:
        self.kind = kind
        self.name = name
        self.quota = quota
        self.requests = 0
        """How many requests it was shown."""
        self.refused = 0
        """How many the limit has refused; whoever decides counts them here."""
        self.limit_enough = 0
        """The smallest limit that refuses nothing, its offset included."""
        self._used = quota.offset
        self._end = 0

    def count(self, at: int) -> None:
        """Show it a request at ``at``, in microseconds, no earlier than the one before."""
        if at >= self._end:
            if self._end:
                self._used = 0
            self._end = self.quota.period_end(at)
        self._used += 1
        self.requests += 1
        if self._used > self.limit_enough:
            self.limit_enough = self._used
