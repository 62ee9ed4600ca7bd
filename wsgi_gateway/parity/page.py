"""The generated page of the ledger, docs/parity-fields.md: every field of the model and every word of a form.

::

    python -m wsgi_gateway.parity > docs/parity-fields.md

A test says whether the page is current.

Not for: a definition's own ledger; ``wsgi-gateway parity FILE`` tells that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wsgi_gateway.parity.fields import FIELDS
from wsgi_gateway.parity.forms import FORMS
from wsgi_gateway.parity.marks import Entry, Mark
from wsgi_gateway.parity.words import KINDS

_HEAD = """\
# Parity, field by field

What becomes of every field of a definition: as AWS, beyond AWS, accepted and without effect here (a load
warns of it), or refused (a load stops). `wsgi-gateway parity FILE` tells the same of every leaf of a
definition of yours. Behaviour that no single field asks for is in [the parity ledger](parity.md).

This page is written by `python -m wsgi_gateway.parity`; its tables are `wsgi_gateway/parity/`.
"""
_MODEL = "## Fields of the model\n"
_FORMS = "## Words of documents that no field of the model has\n"
_STAR = "\\* The ledger alone tells of it; a load does not warn of what stands beside the API.\n"


def spelled(evidence: str) -> str:
    """Evidence as people look it up: a file below ``tests``, or a page."""
    if evidence.startswith("https:"):
        return evidence
    kind, colon, area = evidence.partition(":")
    return f"tests/conformance/cases/{area}.json" if colon and kind == "c" else f"tests/{evidence}.py"


def cell(text: str) -> str:
    """Text that may stand in a table of Markdown."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a table; the cells are Markdown already."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    yield f"|{'|'.join('---' for _ in names)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def page() -> str:
    """The page."""
    spellings = _spellings()
    lines = [_HEAD, _MODEL]
    for title, entries in _by_owner(FIELDS.values()):
        lines += [f"### {title}\n", *_entries(entries, spellings), ""]
    lines += [_FORMS, _STAR]
    for title, entries in _by_owner(FORMS.values()):
        lines += [f"### {title}\n", *_entries(entries, spellings), ""]
    return "\n".join(lines)


def _by_owner(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    owners: dict[str, list[Entry]] = {}
    for entry in entries:
        owners.setdefault(entry.name.rpartition(".")[0], []).append(entry)
    yield from owners.items()


def _spellings() -> dict[str, list[str]]:
    """The words of all forms by entry."""
    found: dict[str, list[str]] = {}
    for words in KINDS.values():
        for name, word in words.items():
            spellings = found.setdefault(word.entry, [])
            if name not in spellings:
                spellings.append(name)
    return found


def _entries(entries: Iterable[Entry], spellings: dict[str, list[str]]) -> Iterator[str]:
    return table(
        ("field", "written as", "mark", "behind it"),
        (
            (
                f"`{entry.name.rpartition('.')[2]}`",
                ", ".join(f"`{name}`" for name in spellings.get(entry.name, [])),
                cell(_mark(entry)),
                ", ".join(_link(evidence) for evidence in entry.evidence),
            )
            for entry in entries
        ),
    )


def _mark(entry: Entry) -> str:
    star = "" if entry.is_told or entry.mark not in (Mark.WITHOUT_EFFECT, Mark.REFUSED) else "*"
    told = [f"{entry.mark.words}{star}{f': {entry.why}' if entry.why else ''}"]
    told += [f"{one.value.pattern}: {one.mark.words}: {one.why}" for one in entry.conditions]
    return "; ".join(told)


def _link(evidence: str) -> str:
    if evidence.startswith("https:"):
        return f"[AWS]({evidence})"
    if evidence.startswith("c:"):
        return f"conformance {evidence.removeprefix('c:')}"
    return f"`{evidence}`"
