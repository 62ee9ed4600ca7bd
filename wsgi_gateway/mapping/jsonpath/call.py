"""One evaluation: the document, and how much work is left to it.

A path is compiled once and shared; what belongs to a single answer is kept here::

    >>> call = Call("$..x", {"x": 1})
    >>> call.charge(10)
    >>> call.budget.left == SLICE - 10
    True

Paths such as `$..*..*..*` multiply what they visit with every step.  Every visited node is charged, and after
a `SLICE` of them the clock and the account of the rendering are looked at (`mapping.budget`); there is an end
to nodes and seconds for evaluations that belong to no rendering as well.  `PathBudgetExceeded` ends the
evaluation before it hurts.  Not for values that outlive a request.
"""

from __future__ import annotations

import time
from typing import Any, NoReturn

from wsgi_gateway.mapping import budget as account
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathBudgetExceeded, PlaceMissing, QueryFailed

BUDGET = 5_000_000
"""How many nodes one evaluation may visit."""
SLICE = 4096
"""How many of them until the next look at the clock."""
SECONDS = 1.0
_NODE = 8
"""Bytes that a visited node takes: its place among what was found."""


class Budget:
    """The work left, all in all and in this slice; shared by all paths of one evaluation."""

    __slots__ = ("end", "left", "whole")

    def __init__(self) -> None:
        self.left = SLICE
        self.whole = BUDGET
        self.end = 0.0


class Call:
    """The document (`root`), the path's text, the place of the step at work, and answers worked out once."""

    __slots__ = ("at", "budget", "cache", "path", "root")

    def __init__(self, path: str, root: Any, budget: Budget | None = None) -> None:
        self.path = path
        self.root = root
        self.budget = budget or Budget()
        self.cache: dict[object, Any] = {}
        self.at = 0

    def charge(self, nodes: int) -> None:
        """Take `nodes` from the budget."""
        self.budget.left -= nodes
        if self.budget.left < 0:
            self.refill(self.budget.left)

    def charge_text(self, text: str) -> None:
        """Take what reading a text costs; only long ones count, for a filter may read one per element."""
        if len(text) > 63:
            self.charge(len(text) >> 6)

    def refill(self, left: int) -> int:
        """A slice is spent and `left` is below zero: begin the next one if there may be one; its size."""
        budget, work = self.budget, SLICE - left
        budget.whole -= work
        if budget.whole < 0:
            raise PathBudgetExceeded(self.path, self.at, f"the path visits more than {BUDGET} nodes")
        account.charge(_NODE * work)
        # The work of this thread, so that others do not change what a path may do.
        now = time.thread_time()
        if now > (budget.end or now):
            raise PathBudgetExceeded(self.path, self.at, f"the path takes over {SECONDS} seconds of work")
        budget.end = budget.end or now + SECONDS
        budget.left = SLICE
        return SLICE

    def mismatch(self, message: str) -> NoReturn:
        """Refuse; inside a filter this only means that the element does not match."""
        raise InvalidPath(self.path, self.at, message)

    def no_such_place(self, message: str) -> NoReturn:
        """Fail for want of an element; a place in a list on the way here makes that a mere absence."""
        raise PlaceMissing(self.path, self.at, message)

    def fail(self, message: str) -> NoReturn:
        """Fail the whole query, from wherever it is."""
        raise QueryFailed(self.path, self.at, message)
