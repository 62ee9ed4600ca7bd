"""The words of all forms, by kind of object: the tables of the two forms, made ready to look up.

::

    KINDS["operation"]["operationId"]    # Word(entry="MethodConfig.operation_name", kind=None)

Not for: which kind an object is; :mod:`wsgi_gateway.parity.walk` follows the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wsgi_gateway.parity import words_openapi, words_sam, words_templates
from wsgi_gateway.parity.fields import FIELDS
from wsgi_gateway.parity.forms import FORMS
from wsgi_gateway.parity.marks import Entry, Mark, rows

ENTRIES: Mapping[str, Entry] = {**FIELDS, **FORMS}
"""The whole ledger: every field of the model, and every word that is none."""

ANY = "*"
"""The word of a kind that stands for all others."""


@dataclass(frozen=True, slots=True)
class Word:
    """``entry``: its name in :data:`ENTRIES`. ``kind``: of the objects below it, None if it is whole.
    ``is_named``: whether those stand below names.
    """

    entry: str
    kind: str | None = None
    is_named: bool = False


def _read(text: str) -> Iterator[tuple[str, str, Word]]:
    for kind, (names, entry, *below) in rows(text):
        child = below[0] if below else ""
        word = Word(entry, child.strip("{}") or None, child.startswith("{"))
        for name in names.split():
            yield kind, name, word


def _kinds() -> dict[str, dict[str, Word]]:
    kinds: dict[str, dict[str, Word]] = {}
    tables = (words_openapi.WORDS, words_templates.WORDS, words_sam.WORDS)
    for kind, name, word in (row for table in tables for row in _read(table)):
        kinds.setdefault(kind, {})[name] = word
    for name in FORMS:
        owner, _, property_name = name.rpartition(".")
        if owner.startswith("AWS::"):
            kinds.setdefault(owner, {}).setdefault(property_name, Word(name))
    stage = {
        name: word for name, word in kinds["AWS::ApiGateway::Stage"].items() if name in _OF_STAGE_DESCRIPTION
    }
    kinds["AWS::ApiGateway::Deployment.StageDescription"].update(stage)
    return kinds


_OF_STAGE_DESCRIPTION = frozenset(
    name.rpartition(".")[2]
    for name, entry in FORMS.items()
    if name.startswith("AWS::ApiGateway::Stage.") and entry.mark is Mark.WITHOUT_EFFECT
)

KINDS: Mapping[str, Mapping[str, Word]] = _kinds()
"""Words by kind of object and name."""
