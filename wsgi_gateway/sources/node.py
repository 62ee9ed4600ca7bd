"""``Node``: a value in a document, where it stands, and what it ought to be.

A reader walks nodes and asks for types; what is wrong goes into the report and is None, False or empty to the
reader, who goes on::

    title = root.get("info").text("title") or "api"
    for path, item in root.members("paths"):
        ...

``null`` counts as absent, unless it stands where something was to be protected
(:mod:`~wsgi_gateway.sources.protection`). A number stands for its text where text is expected (as it was
written: ``1.10`` stays ``1.10``), and digits for a number where one is expected (``"200"``); nothing else is
converted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import unquote

from wsgi_gateway.config.model_names import unescaped
from wsgi_gateway.config.spelling import closest, did_you_mean
from wsgi_gateway.errors import Place, json_path
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.protection import LOST, is_extension, is_protective
from wsgi_gateway.sources.report import LIMIT, Report

_DIGITS = re.compile(r"-?[0-9]{1,15}")
_HOPS = 50
_BESIDE = frozenset({"$ref", "summary", "description"})
_VERBS = frozenset("get put post delete options head patch trace".split())


class Node:
    """One value. ``members_path``: the keys and indices that lead to it. ``line`` and ``column`` are those of
    its key (of itself in a list).
    """

    __slots__ = ("_text", "column", "document", "line", "members_path", "report", "value")

    def __init__(
        self,
        value: Any,
        document: Document,
        report: Report,
        members_path: tuple[str | int, ...] = (),
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
    ) -> None:
        self.value = value
        self.document = document
        self.report = report
        self.members_path = members_path
        self.line, self.column = line, column
        self._text = text

    @classmethod
    def root(cls, document: Document, report: Report) -> Node:
        """The document's outermost value."""
        line = 1 if document.file is not None else None
        return cls(document.data, document, report, document.path, line, line)

    @property
    def place(self) -> Place:
        """File, line, column, JSON path."""
        return Place(self.document.file, self.line, self.column, json_path("$", *self.members_path))

    @property
    def key(self) -> str:
        """The last step of its path."""
        return str(self.members_path[-1]) if self.members_path else "$"

    @property
    def is_mapping(self) -> bool:
        """Whether it has named members."""
        return isinstance(self.value, dict)

    def error(self, code: str, message: str, hint: str | None = None) -> None:
        """This value must not be."""
        self.report.error(code, message, self.place, hint)

    def warning(self, code: str, message: str, hint: str | None = None) -> None:
        """This value is without effect."""
        self.report.warning(code, message, self.place, hint)

    def wrong_type(self, expected: str, hint: str | None = None) -> None:
        """Report that ``expected`` should stand here."""
        hint = hint or _hint_for_function(self.value)
        self.error("wrong-type", f"{expected} was expected, not {_kind(self.value)}", hint)

    def __contains__(self, name: str) -> bool:
        return self.is_mapping and self.value.get(name) is not None

    def child(self, member: str | int) -> Node:
        """The member, which exists."""
        mark = self.document.mark(self.value, member)
        line, column, text = mark or (self.line, self.column, None)
        path = (*self.members_path, member)
        return Node(self.value[member], self.document, self.report, path, line, column, text)

    def get(self, name: str) -> Node | None:
        """A member of a mapping, or None."""
        return self.child(name) if name in self else None

    def each(self) -> Iterator[tuple[str, Node]]:
        """The members of what should be a mapping; null members too."""
        if not self.is_mapping:
            self.wrong_type("a mapping")
            return
        for name in self.value:
            yield name, self.child(name)

    def members(self, name: str) -> Iterator[tuple[str, Node]]:
        """The members of the mapping ``name``, none if it is absent."""
        node = self.get(name)
        return iter(()) if node is None else node.each()

    def elements(self) -> Iterator[Node]:
        """The elements of what should be a list."""
        if not isinstance(self.value, list):
            self.wrong_type("a list")
            return
        for index in range(len(self.value)):
            yield self.child(index)

    def as_text(self) -> str | None:
        """The string here; reports anything else."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, (int, float)) and not isinstance(self.value, bool):
            return self._text or str(self.value)
        self.wrong_type("text", "put it in quotes" if isinstance(self.value, bool) else None)
        return None

    def as_integer(self, refusal: str | None = None) -> int | None:
        """The whole number here, also if it is written as text. ``refusal``: as of :meth:`integer`."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        if isinstance(self.value, str) and _DIGITS.fullmatch(self.value):
            return int(self.value)
        if refusal is None:
            self.wrong_type("a whole number")
        else:
            self.error("wrong-type", refusal, "write a whole number")
        return None

    def text(self, name: str) -> str | None:
        """A member that is text."""
        node = self.get(name)
        return None if node is None else node.as_text()

    def integer(self, name: str, refusal: str | None = None) -> int | None:
        """A member that is a whole number. ``refusal``: AWS's words for one that is none."""
        node = self.get(name)
        return None if node is None else node.as_integer(refusal)

    def boolean(self, name: str, default: bool = False) -> bool:
        """A member that is true or false, or those words as text."""
        node = self.get(name)
        if node is None:
            return default
        if node.value in ("true", "false"):
            return bool(node.value == "true")
        if not isinstance(node.value, bool):
            is_word = str(node.value).lower() in ("yes", "no", "on", "off", "y", "n")
            node.wrong_type("true or false", "YAML 1.2 has true and false alone" if is_word else None)
            return default
        return node.value

    def choice(self, name: str, allowed: Collection[str], code: str) -> str | None:
        """A member that is one of a few words; their case does not matter."""
        node = self.get(name)
        word = None if node is None else node.as_text()
        if node is None or word is None:
            return None
        if word.upper() in allowed:
            return word.upper()
        hint = did_you_mean(word, allowed, f"one of {', '.join(sorted(allowed))}")
        node.error(code, f"{name} {word[:80]!r} is unknown", hint)
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A member that is a list of texts."""
        node = self.get(name)
        found = () if node is None else (element.as_text() for element in node.elements())
        return tuple(text for text in found if text is not None)

    def text_map(self, name: str) -> dict[str, str]:
        """A member that maps names to texts; null is the empty text."""
        found: dict[str, str] = {}
        for key, node in self.members(name):
            text = "" if node.value is None else node.as_text()
            if text is not None:
                found[key] = text
        return found

    def only(self, known: Collection[str], code: str, what: str) -> None:
        """Report members that have no meaning here; foreign ``x-`` members are nobody's business."""
        for name in self.value if self.is_mapping else ():
            if self.report.full:
                return
            if name not in known and not is_foreign(name) and not self._unfollowed(name):
                hint = did_you_mean(name, known, "remove it")
                self.child(name).error(code, f"unknown member {name[:80]!r} of {what}", hint)

    def mostly(self, known: Collection[str], code: str, what: str) -> None:
        """Like :meth:`only`, but what neither resembles a known name nor would protect is a warning."""
        for name in self.value if self.is_mapping else ():
            if self.report.full:
                return
            if name in known or name.startswith("x-") or self._unfollowed(name):
                continue
            if self.report.warned(code) >= LIMIT:
                self.error("too-many-unknown", f"more than {LIMIT} members that nobody knows")
                return
            near, member = closest(name, known), self.child(name)
            report = member.error if near or is_protective(name) else member.warning
            hint = LOST if is_protective(name) else None
            report(code, f"unknown member {name[:80]!r} of {what}", did_you_mean(name, known, hint))

    def unread(self, known: Collection[str], code: str, what: str) -> None:
        """A warning for every member that nothing reads, of an object where none of them protects."""
        for name in self.value if self.is_mapping else ():
            is_told = name in known or name.startswith("x-") or is_protective(name) or self._unfollowed(name)
            if not is_told and self.report.warned(code) < LIMIT:
                message = f"unknown member {name[:80]!r} of {what}"
                self.child(name).warning(code, message, did_you_mean(name, known))

    def _unfollowed(self, name: str) -> bool:
        """Whether a member that nothing reads is a ``$ref``: reported, as all that it leads to is lost."""
        if name == "$ref":
            self.child(name).error("ref-unfollowed", "no $ref is followed here", "write out what it leads to")
        return name == "$ref"

    def resolve(self) -> Node | None:
        """What ``$ref`` leads to, or the node itself; None if it leads nowhere (reported)."""
        node: Node = self
        hops = 0
        while isinstance(node.value, dict) and "$ref" in node.value:
            hops += 1
            pointer = node.child("$ref").value
            node._beside_reference()
            following = node.follow(pointer) if hops <= _HOPS else None
            if following is None:
                if hops > _HOPS:
                    self.error("ref-circular", "$ref leads back to itself")
                return None
            node = following
        return node

    def _beside_reference(self) -> None:
        """Report members that a ``$ref`` hides: an error for what would be a method, or would protect."""
        for name in self.value:
            if name in _BESIDE or is_foreign(name) or self.report.full:
                continue
            member, message = self.child(name), f"{name[:80]!r} has no effect beside $ref"
            if name in _VERBS or is_extension(name) or is_protective(name):
                member.error("ref-siblings", message, "move it to where $ref leads")
            else:
                member.warning("ref-siblings", message)

    def follow(self, pointer: Any, *, within: Node | None = None) -> Node | None:
        """The node at a JSON pointer such as ``#/components/schemas/Pet``, which begins at the document or at
        the node ``within``. None, reported here, if it leads nowhere.
        """
        if pointer is None:
            quotes = 'put it in quotes, "#/...": after a blank # begins a comment'
            self.child("$ref").error("wrong-type", "$ref is empty", quotes)
            return None
        if not isinstance(pointer, str):
            self.child("$ref").wrong_type("text")
            return None
        if not pointer.startswith("#/"):
            message = f"$ref {pointer[:200]!r} leads out of the document"
            self.error("ref-external", message, "only references within the document are supported: #/...")
            return None
        node, hint = within or Node.root(self.document, self.report), None
        for step in pointer[2:].split("/"):
            member = unescaped(unquote(step))
            if not isinstance(node.value, dict) or member not in node.value:
                if isinstance(node.value, dict):
                    hint = did_you_mean(member, node.value)
                self.error("ref-not-found", f"$ref {pointer[:200]!r} leads nowhere", hint)
                return None
            node = node.child(member)
        return node


def is_foreign(name: str) -> bool:
    """Whether a member is an extension of somebody else."""
    return name.startswith("x-") and not name.startswith("x-amazon-apigateway")


def _hint_for_function(value: Any) -> str | None:
    """What to do about an intrinsic function, which files that templates include are full of."""
    name = next(iter(value), "") if isinstance(value, dict) and len(value) == 1 else ""
    if name == "Ref" or name.lower().startswith("fn::"):
        return f"{name[:40]} is CloudFormation's; load the template that includes this document"
    return None


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return str({None: "null", True: "true", False: "false"}[value])
    return "text" if isinstance(value, str) else "a number"
