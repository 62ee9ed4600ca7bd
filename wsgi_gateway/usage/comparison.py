"""Comparison: two back-tests of the same requests, and whom the change from one to the other hits.

::

    comparison = Comparison(before=BackTest(old, MemoryStore()), now=BackTest(new, MemoryStore()))
    for request in requests:
        comparison.replay(request)
    comparison.changes["ada"].newly_refused

The two tests have stores of their own: their counters have the same names.

Not for: plans one after the other; both begin with the first request.

Source: this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wsgi_gateway.usage.back_test import BackTest
    from wsgi_gateway.usage.traffic import Request


class Change(NamedTuple):
    """What two plans disagree about, of one caller."""

    newly_refused: int = 0
    newly_admitted: int = 0
    first: int | None = None
    """When the first request was refused that had been admitted, in microseconds since the epoch."""


class Comparison:
    """Two tests of the same requests: who was admitted ``before`` and is refused ``now``."""

    def __init__(self, before: BackTest, now: BackTest) -> None:
        self.before, self.now = before, now
        self.changes: dict[str | None, Change] = {}
        """By caller; those for whom nothing changes are not there."""

    def replay(self, request: Request) -> None:
        """Decide a request by both. Raises as :meth:`BackTest.replay` does."""
        before, now = self.before.replay(request), self.now.replay(request)
        if (before is None) is (now is None):
            return
        refused, admitted, first = self.changes.get(request.caller, Change())
        if now is None:
            admitted += 1
        else:
            refused += 1
            first = request.at if first is None else first
        self.changes[request.caller] = Change(refused, admitted, first)
