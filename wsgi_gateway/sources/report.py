"""Everything wrong with one document, gathered while it is read.

Reading goes on after a mistake, so that an author sees all mistakes at once::

    report = Report()
    report.error("uri", "Invalid HTTP endpoint specified for URI", place)
    report.errors        # what must stop the load
    report.warnings      # what AWS would ignore

Not for syntax errors: a text that cannot be parsed raises at its first mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from wsgi_gateway.errors import Place, Problem

_SHORTEST_SECRET = 4
LIMIT = 500
"""Errors kept of one document, and warnings: tiny mistakes must not buy unbounded work."""


class Report:
    """Errors and warnings without repetitions (same code, path and message)."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, str, str], Problem] = {}
        self._warnings: dict[tuple[str, str, str], Problem] = {}
        self._warned: Counter[str] = Counter()
        self._hidden: tuple[str, ...] = ()

    def hide(self, secret: str) -> None:
        """Show asterisks for this text from now on; nothing shorter than four characters is a secret."""
        if len(secret) >= _SHORTEST_SECRET and secret not in self._hidden:
            self._hidden = tuple(sorted((*self._hidden, secret), key=len, reverse=True))

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is shown as asterisks, the longest first."""
        return self._hidden

    @property
    def full(self) -> bool:
        """Whether there are :data:`LIMIT` errors: the load fails, so further ones need not be worked out."""
        return len(self._errors) >= LIMIT

    def warned(self, code: str) -> int:
        """How many warnings there were of one code, kept or not."""
        return self._warned[code]

    def error(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        """Something that must stop the load."""
        self.add(Problem(code, message, place, hint))

    def warning(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        """Something that AWS ignores, and so do we."""
        self.add(Problem(code, message, place, hint, severity="warning"))

    def add(self, problem: Problem) -> None:
        """One problem more. Warnings never crowd out an error."""
        if self._hidden:
            problem = masked(problem, self._hidden)
        is_error = problem.severity == "error"
        kept = self._errors if is_error else self._warnings
        if not is_error:
            self._warned[problem.code] += 1
        if len(kept) < LIMIT:
            kept.setdefault((problem.code, problem.place.path, problem.message), problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Problems found elsewhere."""
        for problem in problems:
            self.add(problem)

    def add_unseen(self, problems: Iterable[Problem]) -> None:
        """Problems found in the model, without those that follow from an error at the same place."""
        told = {path for _, path, _ in self._errors}
        self.extend(problem for problem in problems if problem.place.path not in told)

    @property
    def errors(self) -> list[Problem]:
        """What stops the load, in the order of the document."""
        return sorted(self._errors.values(), key=_line)

    @property
    def warnings(self) -> list[Problem]:
        """What is ignored, in the order of the document."""
        return sorted(self._warnings.values(), key=_line)


def masked(problem: Problem, secrets: Iterable[str]) -> Problem:
    """The problem with asterisks for every one of these texts."""
    message, path, hint = problem.message, problem.place.path, problem.hint
    for secret in secrets:
        message, path = message.replace(secret, "****"), path.replace(secret, "****")
        hint = hint.replace(secret, "****") if hint else hint
    return replace(problem, message=message, hint=hint, place=replace(problem.place, path=path))


def _line(problem: Problem) -> tuple[int, int]:
    return problem.place.line or 0, problem.place.column or 0
