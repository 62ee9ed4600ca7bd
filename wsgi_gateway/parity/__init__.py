"""The parity ledger: what becomes of every field of a definition, and what stands behind that.

::

    from wsgi_gateway.parity import ledger
    from wsgi_gateway.sources.reading import read

    for row in ledger(read("api.yaml"), problems):
        print(row.mark, row.place, row.entry, row.why)

Every leaf of a document is marked: *as AWS*, *beyond AWS*, *accepted and without effect here*, or *refused*,
the last two with the reason. The tables (:mod:`~wsgi_gateway.parity.fields`,
:mod:`~wsgi_gateway.parity.forms`) name the tests, the recorded behaviour and the page of AWS behind each
mark; what the load of this very document says of a leaf wins over them. A leaf that no table knows is marked
*unclassified*, which is a fault of the ledger.

``wsgi-gateway parity FILE`` tells a ledger; ``python -m wsgi_gateway.parity`` writes docs/parity-fields.md.

Not for: behaviour that no single field asks for, such as routing; docs/parity.md has that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wsgi_gateway.errors import NAME_WITHOUT_EFFECT, Place, Problem
from wsgi_gateway.parity.marks import Entry, Mark
from wsgi_gateway.parity.walk import Leaf, leaves
from wsgi_gateway.parity.words import ENTRIES
from wsgi_gateway.sources.document import Document

__all__ = ["ENTRIES", "Entry", "Mark", "Row", "ledger"]

_LAST_NAME = re.compile(r"\w+")

_MADE = re.compile(r"\$\.Resources(?:\.\w+|\['[^']*'\])(?:\.Properties)?")
"""The path of a whole resource; a SAM template may have a property for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A leaf of a document with its mark. ``entry``: of the ledger, None if no table knows it. ``code``: of
    the problem that decided, None if the tables did.
    """

    place: Place
    mark: Mark
    why: str
    entry: Entry | None
    code: str | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """Files of the tests, conformance areas and pages."""
        return self.entry.evidence if self.entry is not None else ()


def ledger(document: Document, problems: Iterable[Problem] = ()) -> Iterator[Row]:
    """A row for every leaf of a document, in its order, and for every name of which the load said that it has
    no effect.

    :param problems: what was said when it was loaded, errors and warnings, with their places.
    """
    said, found = list(problems), list(leaves(document))
    rulings = _Rulings(said, frozenset(place.path for leaf in found for place in leaf.way))
    is_refused = any(problem.severity == "error" for problem in said)
    names = {one.place.path: one for one in said if one.code in NAME_WITHOUT_EFFECT}
    for leaf in found:
        for place in leaf.way if names else ():
            if (told := names.pop(place.path, None)) is not None:
                yield Row(place, Mark.WITHOUT_EFFECT, told.message, None, told.code)
        yield _row(leaf, rulings.on(leaf), is_refused)


def _row(leaf: Leaf, ruling: Problem | None, is_refused: bool) -> Row:
    entry = ENTRIES.get(leaf.entry) if leaf.entry is not None else None
    if ruling is not None:
        mark = Mark.REFUSED if ruling.severity == "error" else Mark.WITHOUT_EFFECT
        return Row(leaf.place, mark, ruling.message, entry, ruling.code)
    if entry is None and is_refused:
        return Row(leaf.place, Mark.REFUSED, "nothing knows it, and the definition is refused", None)
    if entry is None:
        return Row(leaf.place, Mark.UNCLASSIFIED, "no table of the ledger knows it", None)
    return Row(leaf.place, *entry.of(leaf.value), entry)


class _Rulings:
    """What the load said, by path; what it said of the template that is made of a SAM template, whose paths
    are not those of the document, by line and column.
    """

    def __init__(self, problems: Iterable[Problem], paths: frozenset[str]) -> None:
        self._by_path: dict[str, Problem] = {}
        self._by_line: dict[tuple[str | None, int | None, int | None], Problem] = {}
        for problem in sorted(problems, key=lambda one: one.severity != "error"):
            place = problem.place
            if problem.severity != "error" and not problem.is_without_effect:
                continue
            if place.path in paths and place.path != "$":
                self._by_path.setdefault(place.path, problem)
            elif place.path not in paths and place.line is not None:
                self._by_line.setdefault((place.file, place.line, place.column), problem)

    def on(self, leaf: Leaf) -> Problem | None:
        """What was said of a leaf, or of the nearest that it is part of; an error before anything else."""
        if not self._by_path and not self._by_line:
            return None
        said = [
            self._by_path.get(place.path) or self._at(place, is_leaf=place is leaf.way[-1])
            for place in reversed(leaf.way)
        ]
        found = [problem for problem in said if problem is not None]
        return next((one for one in found if one.severity == "error"), next(iter(found), None))

    def _at(self, place: Place, *, is_leaf: bool) -> Problem | None:
        """A warning is for a leaf, for the member that it names, or for the property that a whole resource is
        made of: all else that stands there has nothing to do with it.
        """
        if not self._by_line or place.path == "$":
            return None
        found = self._by_line.get((place.file, place.line, place.column))
        if found is None or found.severity == "error" or is_leaf:
            return found
        is_made_of_it = ".Properties." in place.path and _MADE.fullmatch(found.place.path)
        return found if is_made_of_it or _last_name(found.place.path) == _last_name(place.path) else None


def _last_name(path: str) -> str:
    """The last member of a path, as model and document both spell it but for case and underscores."""
    return "".join(_LAST_NAME.findall(path)[-1:]).replace("_", "").lower()
