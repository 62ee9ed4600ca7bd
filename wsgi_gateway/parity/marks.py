"""Marks, and what is known of one field: the rows of the ledger's tables, which are text.

::

    uri | as-aws | c:http_integration integrations/test_http_sending | what the method calls

reads as: the field, its mark, what stands behind that, and why. Evidence is a conformance area (``c:``), a
file of the tests (its path below ``tests/``, without ``.py``), or a page of AWS (``https:``).

Not for: finding the fields of a document; :mod:`wsgi_gateway.parity.walk` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum


class Mark(StrEnum):
    """What becomes of a field of a definition."""

    AS_AWS = "as-aws"
    BEYOND = "beyond-aws"
    WITHOUT_EFFECT = "without-effect"
    REFUSED = "refused"
    UNCLASSIFIED = "unclassified"

    @property
    def words(self) -> str:
        """As people read it."""
        return _WORDS[self]


_CONTINUED = re.compile(r"\n {6,}")
_WORDS = {
    Mark.AS_AWS: "as AWS",
    Mark.BEYOND: "beyond AWS",
    Mark.WITHOUT_EFFECT: "accepted and without effect here",
    Mark.REFUSED: "refused",
    Mark.UNCLASSIFIED: "unclassified",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A value for which a field has another mark. ``value``: matches the whole value as text."""

    value: re.Pattern[str]
    mark: Mark
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: ``name`` is ``Class.field`` of the model, or ``form.word`` for what the model has not.

    ``evidence``: files of the tests, conformance areas and pages, as the docstring of this module has them.
    ``is_told``: whether the load itself warns of (or refuses) what is marked so; the ledger alone tells of
    the others.
    """

    name: str
    mark: Mark
    why: str = ""
    evidence: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    is_told: bool = True

    def of(self, value: object) -> tuple[Mark, str]:
        """The mark for a value, and why."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        for condition in self.conditions:
            if condition.value.fullmatch(text):
                return condition.mark, condition.why
        return self.mark, self.why


def rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of a table with blocks: the block's name, and a row's cells. What is indented further goes on
    with the row before.
    """
    block = ""
    for line in _CONTINUED.sub(" ", text).splitlines():
        if line.strip() and not line.startswith(" "):
            block = line.strip()
        elif line.strip():
            yield block, [cell.strip() for cell in line.split("|")]


def entries(fields: str, conditions: str = "") -> dict[str, Entry]:
    """The entries of a table of fields, with those of a table of conditions put to them."""
    found: dict[str, Entry] = {}
    for block, (name, mark, evidence, *why) in rows(fields):
        owner, _, page = block.partition(" ")
        is_told = not mark.endswith("*")
        proof = (*evidence.split(), *([page] if page else []))
        entry = Entry(f"{owner}.{name}", Mark(mark.rstrip("*")), " ".join(why), proof, (), is_told)
        found[entry.name] = entry
    for owner, (name, value, other_mark, reason) in rows(conditions):
        entry = found[f"{owner}.{name}"]
        one = Condition(re.compile(value, re.IGNORECASE), Mark(other_mark), reason)
        found[entry.name] = replace(entry, conditions=(*entry.conditions, one))
    return found
