"""Everything wrong with one document, gathered while it is read.

Reading goes on after a mistake, so that an author sees all mistakes at once::

    report = Report()
    report.error("uri", "Invalid HTTP endpoint specified for URI", place)
    report.errors        # what must stop the load
    report.warnings      # what AWS would ignore

Not for syntax errors: a text that cannot be parsed raises at its first mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from wsgi_gateway.errors import Place, Problem

LIMIT = 500
"""Problems kept of one document. A hostile document must not buy unbounded work with tiny mistakes."""


class Report:
    """An ordered list of problems without repetitions (same code, path and message)."""

    def __init__(self) -> None:
        self._problems: dict[tuple[str, str, str], Problem] = {}

    @property
    def full(self) -> bool:
        """Whether :data:`LIMIT` is reached: further problems are not kept, so need not be worked out."""
        return len(self._problems) >= LIMIT

    def error(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        """Something that must stop the load."""
        self.add(Problem(code, message, place, hint))

    def warning(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        """Something that AWS ignores, and so do we."""
        self.add(Problem(code, message, place, hint, severity="warning"))

    def add(self, problem: Problem) -> None:
        """One problem more, unless the report is full or has it."""
        if not self.full:
            self._problems.setdefault((problem.code, problem.place.path, problem.message), problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Problems found elsewhere."""
        for problem in problems:
            self.add(problem)

    @property
    def errors(self) -> list[Problem]:
        """What stops the load, in the order of the document."""
        return sorted((p for p in self._problems.values() if p.severity == "error"), key=_line)

    @property
    def warnings(self) -> list[Problem]:
        """What is ignored, in the order of the document."""
        return sorted((p for p in self._problems.values() if p.severity != "error"), key=_line)


def _line(problem: Problem) -> tuple[int, int]:
    return problem.place.line or 0, problem.place.column or 0
