"""CallerRecord: what happened to the requests of one caller, in a bounded number of figures.

::

    record = CallerRecord("ada")
    record.count(at, None, None)                                  # a request that was admitted
    record.count(at, "throttle", "plan:basic:ada:throttle")       # and one that was not
    record.refusals, record.first_refusal, record.longest, record.second.most

Requests come in the order of time. Seconds and minutes are those of the clock, in UTC: a peak of 10 in a
second may be one of up to 20 in some stretch of a second.

Not for: deciding (:mod:`wsgi_gateway.usage.back_test`).

Source: this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wsgi_gateway.usage.enough import BucketNeed, QuotaNeed

SECOND, MINUTE = 1_000_000, 60_000_000


class Peak:
    """The most requests in one stretch of the clock; ``length`` in microseconds."""

    __slots__ = ("_begin", "_length", "_present", "at", "most")

    def __init__(self, length: int) -> None:
        self._length = length
        self._begin = -1
        self._present = 0
        self.most = 0
        """How many."""
        self.at = 0
        """Where the first such stretch begins, in microseconds since the epoch."""

    def count(self, at: int) -> None:
        """One request more, no earlier than the one before."""
        begin = at - at % self._length
        if begin != self._begin:
            self._begin, self._present = begin, 0
        self._present += 1
        if self._present > self.most:
            self.most, self.at = self._present, begin


class Stretch(NamedTuple):
    """Requests refused one after the other, none admitted in between; instants in microseconds."""

    begin: int = 0
    end: int = 0
    requests: int = 0


_NONE = Stretch()


class CallerRecord:
    """Figures of one caller."""

    __slots__ = (
        "_run", "first_refusal", "longest", "minute", "name", "needs", "refused", "requests", "second",
    )  # fmt: skip

    def __init__(self, name: str | None) -> None:
        self.name = name
        """As the traffic names it; None for requests that name nobody."""
        self.requests = 0
        self.refused: dict[str, int] = {}
        """How many were refused, by the kind of what refused them."""
        self.first_refusal: tuple[int, str] | None = None
        """When, in microseconds since the epoch, and by which limit."""
        self.longest = _NONE
        """The stretch of refusals that took most time; of those that took as long, the most requests;
        of those the first.
        """
        self.second = Peak(SECOND)
        self.minute = Peak(MINUTE)
        self.needs: list[BucketNeed | QuotaNeed] = []
        """Its own limits, and what would have been enough of each."""
        self._run = _NONE

    @property
    def refusals(self) -> int:
        """How many of its requests were refused."""
        return sum(self.refused.values())

    def count(self, at: int, kind: str | None, limit: str | None) -> None:
        """One of its requests, and what refused it, if anything did."""
        self.requests += 1
        self.second.count(at)
        self.minute.count(at)
        if kind is None or limit is None:
            if self._run.requests:
                self._run = _NONE
            return
        self.refused[kind] = self.refused.get(kind, 0) + 1
        if self.first_refusal is None:
            self.first_refusal = (at, limit)
        run = self._run
        run = self._run = Stretch(run.begin if run.requests else at, at, run.requests + 1)
        longest = self.longest
        if (run.end - run.begin, run.requests) > (longest.end - longest.begin, longest.requests):
            self.longest = run
