"""One evaluation: the document, and how much work is left to it.

A path is compiled once and shared; what belongs to a single answer is kept here::

    >>> call = Call("$..x", {"x": 1})
    >>> call.charge(10)
    >>> call.budget.left == BUDGET - 10
    True

Paths such as `$..*..*..*` multiply what they visit with every step.  Every visited node is charged, and
`PathBudgetExceeded` ends the evaluation long before it hurts.  Not for values that outlive a request.
"""

from __future__ import annotations

from typing import Any, NoReturn

from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathBudgetExceeded, QueryFailed

BUDGET = 1_000_000
"""How many nodes one evaluation may visit."""


class Budget:
    """The work left; shared by all paths of one evaluation."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class Call:
    """The document (`root`), the path's text, the place of the step at work, and answers worked out once."""

    __slots__ = ("at", "budget", "cache", "path", "root")

    def __init__(self, path: str, root: Any, budget: Budget | None = None) -> None:
        self.path = path
        self.root = root
        self.budget = budget or Budget(BUDGET)
        self.cache: dict[object, Any] = {}
        self.at = 0

    def charge(self, nodes: int) -> None:
        """Take `nodes` from the budget."""
        self.budget.left -= nodes
        if self.budget.left < 0:
            self.exhausted()

    def charge_text(self, text: str) -> None:
        """Take what reading a text costs; only long ones count, for a filter may read one per element."""
        if len(text) > 63:
            self.charge(len(text) >> 6)

    def exhausted(self) -> NoReturn:
        """Give up."""
        raise PathBudgetExceeded(self.path, self.at, f"the path visits more than {BUDGET} nodes")

    def mismatch(self, message: str) -> NoReturn:
        """Refuse; inside a filter this only means that the element does not match."""
        raise InvalidPath(self.path, self.at, message)

    def fail(self, message: str) -> NoReturn:
        """Fail the whole query, from wherever it is."""
        raise QueryFailed(self.path, self.at, message)
