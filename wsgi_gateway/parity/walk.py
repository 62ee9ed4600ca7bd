"""Every leaf of a document with its word: the walk that the ledger is made by.

::

    for leaf in leaves(document):
        leaf.path, leaf.entry        # "$.info.title", "RestApiConfig.name"

A leaf is a text, a number, a switch, null, or an empty mapping or list. ``entry`` is None for one that the
tables do not know. Functions of templates (``Fn::Sub`` and the like) are leaves of the property for which
they stand; both branches of an ``Fn::If`` are looked into. What an ``Fn::ForEach`` makes is what it would be
without the loop.

Not for: references; what they lead to is met where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wsgi_gateway.errors import Place, json_path
from wsgi_gateway.parity.words import ANY, KINDS, Word
from wsgi_gateway.sources.cfn_template import LOOP
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.node import is_foreign

_REFERENCE = Word("openapi.reference")
_FOREIGN = Word("openapi.foreign")
_UNKNOWN = Word("")
_LOOP = Word("template.loop")
_CONDITION_FUNCTION = "Fn::If"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its way there (the places of all that it is part of, outermost first, its own last), its value,
    and its entry, or None.
    """

    way: tuple[Place, ...]
    value: Any
    entry: str | None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.way[-1]


@dataclass(frozen=True, slots=True)
class _Step:
    """A value to be looked at: below which word, of which kind its objects are, and whether below names."""

    value: Any
    way: tuple[Place, ...]
    word: Word
    is_named: bool
    is_loop: bool = False
    """Whether it is what stands at an Fn::ForEach: a name, values, and members as they are without a loop."""


def leaves(document: Document) -> Iterator[Leaf]:
    """Every leaf of a document, in its order."""
    is_api = isinstance(document.data, dict) and ("openapi" in document.data or "swagger" in document.data)
    root = Word("", "document" if is_api else "template")
    waiting = [_Step(document.data, (Place(document.file),), root, False)]
    while waiting:
        step = waiting.pop()
        if not isinstance(step.value, (dict, list)) or not step.value:
            yield Leaf(step.way, step.value, step.word.entry or None)
        else:
            waiting.extend(reversed(list(_below(step, document))))


def _below(step: _Step, document: Document) -> Iterator[_Step]:
    function = _function(step.value)
    members = enumerate(step.value) if isinstance(step.value, list) else step.value.items()
    for member, value in members:
        mark = document.mark(step.value, member)
        above = step.way[-1]
        line, column = (mark.line, mark.column) if mark else (above.line, above.column)
        place = Place(document.file, line, column, json_path(above.path, member))
        if isinstance(member, str) and member.startswith(LOOP) and isinstance(value, list):
            yield _Step(value, (*step.way, place), step.word, step.is_named, is_loop=True)
        elif step.is_loop and not isinstance(value, dict):
            yield _Step(value, (*step.way, place), _LOOP, False)
        else:
            yield _Step(value, (*step.way, place), *_word(step, member, value, function))


def _function(value: Any) -> str | None:
    """The name of the function of a template that a value is, if it is one."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name = next(iter(value))
    is_one = name in ("Ref", "Condition") or (name.startswith("Fn::") and not name.startswith(LOOP))
    return name if is_one else None


def _word(step: _Step, member: str | int, value: Any, function: str | None) -> tuple[Word, bool]:
    """What a member is, and whether names stand below it."""
    word = step.word
    if word.kind is None:
        return word, False
    if function is not None:
        is_branch = function == _CONDITION_FUNCTION and isinstance(value, list)
        return (word, step.is_named) if is_branch else (Word(word.entry), False)
    if isinstance(member, int):
        return word, step.is_named
    if step.is_named:
        return _named(word, member), False
    return _member(step, member, value)


def _named(word: Word, name: str) -> Word:
    """What stands below a name: an object of the kind, unless the name is an extension of somebody else."""
    return _FOREIGN if is_foreign(name) and word.kind in ("path-item", "response") else word


def _member(step: _Step, name: str, value: Any) -> tuple[Word, bool]:
    kind = _kind_of(step.word.kind or "", step.value)
    words = KINDS.get(kind, {})
    is_template = kind in ("template", "resource") or kind.startswith("AWS::")
    found = words.get(name)
    if found is None and not is_template:
        found = _REFERENCE if name == "$ref" else _FOREIGN if is_foreign(name) else None
    found = found or words.get(ANY) or _UNKNOWN
    if kind == "resource" and name == "Properties":
        found = _properties(step.value)
    if kind == "event" and name == "Properties":
        found = _FUNCTION_EVENT if step.value.get("Type") == "Api" else _OTHER
    return found, found.is_named


_FUNCTION_EVENT = Word("sam.event", "event.Api")
_OTHER = Word("template.other-resource")


def _properties(resource: dict[str, Any]) -> Word:
    kind = resource.get("Type")
    is_known = isinstance(kind, str) and kind.startswith("AWS::") and kind in KINDS
    return Word("template.other-resource", kind if is_known else None)


def _kind_of(kind: str, value: dict[str, Any]) -> str:
    """The kind of an object; that of a parameter is told by its place."""
    return "body-parameter" if kind == "parameter" and value.get("in") == "body" else kind
