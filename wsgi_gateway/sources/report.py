"""Everything wrong with one document, gathered while it is read.

Reading goes on after a mistake, so that an author sees all mistakes at once::

    report = Report()
    report.error("uri", "Invalid HTTP endpoint specified for URI", place)
    report.errors        # what must stop the load
    report.warnings      # what AWS would ignore

What a document says nobody may see has asterisks in them (:mod:`~wsgi_gateway.config.masking`).

Not for syntax errors: a text that cannot be parsed raises at its first mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from wsgi_gateway.config.masking import Hidden
from wsgi_gateway.config.secrets import masked
from wsgi_gateway.errors import Place, Problem

LIMIT = 500
"""Errors kept of one document, and warnings: tiny mistakes must not buy unbounded work."""


class Report:
    """Errors and warnings without repetitions (same code, path and message)."""

    def __init__(self, hidden: Hidden | None = None) -> None:
        self._errors: dict[tuple[str, str, str], Problem] = {}
        self._warnings: dict[tuple[str, str, str], Problem] = {}
        self._warned: Counter[str] = Counter()
        self._hidden = Hidden() if hidden is None else hidden

    def apart(self) -> Report:
        """A report of its own that hides what this one does, and the other way round."""
        return Report(self._hidden)

    def hide(self, value: Any, *, said: Any = None) -> None:
        """Show asterisks for the texts of a value from now on, but for those parts of them which ``said``
        has, that the document says openly.
        """
        known = self._hidden
        secrets = [text for text in _texts(value) if text not in known] if not known.is_full else []
        open_texts = Hidden(_texts(said)) if secrets and said is not None else Hidden()
        for secret in secrets:
            for part in open_texts.rest(secret):
                known.add(part)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is shown as asterisks, the longest first."""
        return self._hidden.texts

    def masked(self, text: str) -> str:
        """A text with asterisks for what is hidden."""
        return self._hidden.masked(text)

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
        is_error = problem.severity == "error"
        kept = self._errors if is_error else self._warnings
        if not is_error:
            self._warned[problem.code] += 1
        if len(kept) < LIMIT:
            problem = masked(problem, self._hidden)
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


def _texts(value: Any) -> Iterator[str]:
    """Every text of a value, names of members too."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += (*one.keys(), *one.values())
        elif isinstance(one, (list, tuple)):
            waiting += one


def _line(problem: Problem) -> tuple[int, int]:
    return problem.place.line or 0, problem.place.column or 0
