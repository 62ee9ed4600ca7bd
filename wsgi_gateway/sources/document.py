"""Documents: a YAML or JSON file, or parsed data, as plain Python data that knows where everything stands.

::

    document = read("api.yaml")
    document.data["paths"]["/pets"]
    document.mark(document.data["paths"], "/pets")     # Mark(line=12, column=3, text=None)

A document is data from someone else. Whatever it holds, reading it ends in data or in one readable
:class:`~wsgi_gateway.errors.ConfigError`, soon and in little memory: size, nesting and the number of values
(aliases and merge keys counted as often as they are used) are bounded, duplicate keys and tags are refused,
and nothing recurses. Keys are text. Scalars are YAML 1.2's: ``no``, ``on``, ``010`` and dates are text.

Not for: remote files; an external ``$ref`` is refused where it is met.

Source: https://yaml.org/spec/1.2.2/#103-core-schema, RFC 8259; AWS's limit for imports is 6 MB.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wsgi_gateway.errors import ConfigError, Place, Problem

SIZE_LIMIT = 6 * 1024 * 1024
"""Bytes of a file."""

DEPTH_LIMIT = 128
"""Nested mappings and lists."""

NODE_LIMIT = 250_000
"""Keys and values, those which aliases and merge keys repeat counted again."""


class Mark(NamedTuple):
    """Where a member stands (from one), and the text of a scalar that is not a string."""

    line: int
    column: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """``data`` and the marks of its members. ``file`` is None for data that came parsed."""

    data: Any
    file: str | None = None
    marks: Mapping[int, Mapping[str | int, Mark]] = field(default_factory=dict, repr=False)

    def mark(self, container: Any, member: str | int) -> Mark | None:
        """Where ``container[member]`` stands, if ``container`` is part of this document."""
        members = self.marks.get(id(container))
        return members.get(member) if members else None


class Builder:
    """Turns the events of a parser into a :class:`Document`, refusing what goes too far.

    A parser calls :meth:`open`, :meth:`scalar`, :meth:`alias` and :meth:`close` in document order.
    """

    def __init__(self, file: str | None = None) -> None:
        self.file = file
        self._marks: dict[int, dict[str | int, Mark]] = {}
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._nodes = 0
        self._data: Any = None

    def document(self) -> Document:
        """What was built."""
        return Document(self._data, self.file, self._marks)

    def fail(self, code: str, message: str, line: int, column: int, hint: str | None = None) -> ConfigError:
        """The error to raise for a document that cannot be read on."""
        return ConfigError([Problem(code, message, Place(self.file, line, column), hint)])

    def open(self, container: Any, line: int, column: int, anchor: str | None = None) -> None:
        """A mapping or list begins; ``container`` is a new ``{}`` or ``[]``."""
        if len(self._stack) >= DEPTH_LIMIT:
            raise self._too_deep(line, column)
        if self._stack and self._stack[-1].wants_key:
            raise self.fail("key-type", "a key must be text", line, column)
        if anchor:
            self._anchors[anchor] = None
        self._marks[id(container)] = {}
        self._stack.append(_Frame(container, line, column, anchor))

    def close(self) -> None:
        """The mapping or list opened last is complete."""
        frame = self._stack.pop()
        anchored = _Anchored(frame.container, frame.size, frame.height)
        if frame.anchor:
            self._anchors[frame.anchor] = anchored
        self._attach(anchored, Mark(frame.line, frame.column))

    def scalar(self, value: Any, text: str, line: int, column: int, anchor: str | None = None) -> None:
        """A key or value; ``text`` as written, which is what a key is."""
        if not is_encodable(value):
            raise self.fail("encoding", "half a surrogate pair is no character", line, column)
        frame = self._stack[-1] if self._stack else None
        anchored = _Anchored(value, 1, 0)
        if anchor:
            self._anchors[anchor] = anchored
        if frame is not None and frame.wants_key:
            self._key(frame, text if value is None or not isinstance(value, str) else value, line, column)
        else:
            self._count(1, line, column)
            self._attach(anchored, Mark(line, column, None if isinstance(value, str) else text))

    def merge(self) -> None:
        """The key that comes next is YAML's ``<<``."""
        self._stack[-1].merging = True

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is a key."""
        return bool(self._stack) and self._stack[-1].wants_key

    def alias(self, name: str, line: int, column: int) -> None:
        """``*name``: the anchored value once more."""
        if name not in self._anchors:
            raise self.fail("alias-unknown", f"no anchor named {name[:80]!r} before this alias", line, column)
        anchored = self._anchors[name]
        if anchored is None:
            raise self.fail("alias-recursive", f"{name[:80]!r} contains itself", line, column)
        if len(self._stack) + anchored.height > DEPTH_LIMIT:
            raise self._too_deep(line, column)
        self._count(anchored.size, line, column)
        if self.wants_key:
            if not isinstance(anchored.value, str):
                raise self.fail("key-type", "a key must be text", line, column)
            self._key(self._stack[-1], anchored.value, line, column)
        else:
            self._attach(anchored, Mark(line, column))

    def _key(self, frame: _Frame, key: str, line: int, column: int) -> None:
        if key in frame.container and key not in frame.merged:
            raise self.fail(
                "duplicate-key", f"duplicate key {key[:80]!r}", line, column, "each name may occur once"
            )
        self._count(1, line, column)
        frame.merged.discard(key)
        frame.key, frame.mark = key, Mark(line, column)
        if not frame.merging:
            frame.container[key] = None

    def _attach(self, child: _Anchored, mark: Mark) -> None:
        if not self._stack:
            self._data = child.value
            return
        frame = self._stack[-1]
        frame.size += child.size
        frame.height = max(frame.height, child.height + 1)
        if frame.merging:
            self._merge(frame, child, mark)
        else:
            member = frame.put(child.value)
            key_mark = frame.mark or mark
            self._marks[id(frame.container)][member] = key_mark._replace(text=mark.text)
        frame.key = frame.mark = None

    def _merge(self, frame: _Frame, child: _Anchored, mark: Mark) -> None:
        """YAML's merge key: explicit members win, then earlier mappings."""
        frame.merging = False
        sources = child.value if isinstance(child.value, list) else [child.value]
        marks = self._marks[id(frame.container)]
        for source in sources:
            if not isinstance(source, dict):
                raise self.fail(
                    "merge-key", "'<<' takes a mapping or a list of mappings", mark.line, mark.column
                )
            for key, value in source.items():
                if key not in frame.container:
                    frame.container[key] = value
                    frame.merged.add(key)
                    marks[key] = self._marks[id(source)][key]

    def _count(self, nodes: int, line: int, column: int) -> None:
        self._nodes += nodes
        if self._nodes > NODE_LIMIT:
            message = f"more than {NODE_LIMIT} values, counting those repeated by aliases"
            raise self.fail("document-too-large", message, line, column)

    def _too_deep(self, line: int, column: int) -> ConfigError:
        return self.fail("document-too-deep", f"nested more than {DEPTH_LIMIT} levels deep", line, column)


class _Anchored(NamedTuple):
    value: Any
    size: int
    height: int


class _Frame:
    """One open mapping or list."""

    __slots__ = (
        "anchor",
        "column",
        "container",
        "height",
        "key",
        "line",
        "mark",
        "merged",
        "merging",
        "size",
    )

    def __init__(self, container: Any, line: int, column: int, anchor: str | None) -> None:
        self.container = container
        self.line, self.column, self.anchor = line, column, anchor
        self.key: str | None = None
        self.mark: Mark | None = None
        self.merged: set[str] = set()
        self.merging = False
        self.size, self.height = 1, 0

    @property
    def wants_key(self) -> bool:
        return self.key is None and isinstance(self.container, dict)

    def put(self, value: Any) -> str | int:
        if self.key is None:
            self.container.append(value)
            return len(self.container) - 1
        self.container[self.key] = value
        return self.key


def is_encodable(value: Any) -> bool:
    """Whether a string can be sent as UTF-8; True for whatever is not a string."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read(source: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    """A file (by its path) or parsed data as a :class:`Document`.

    :raises ConfigError: one problem: unreadable, not UTF-8, not YAML or JSON, too large, too deep.
    """
    if isinstance(source, Mapping):
        from wsgi_gateway.sources.parsed import read_parsed

        return read_parsed(source)
    if not isinstance(source, (str, os.PathLike)):
        raise ConfigError(f"a path or a mapping was expected, not {type(source).__name__}")
    file = os.fspath(source)
    if not isinstance(file, str):
        raise ConfigError("a path must be text, not bytes")
    return _parse(_text(file), file)


def _text(file: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        hint = "pass a path, or the parsed document" if "\n" in file or file[:1] == "{" else None
        reason = getattr(error, "strerror", None) or "not a path"
        raise ConfigError([Problem("file-unreadable", reason, Place(file[:200]), hint)]) from None
    builder = Builder(file)
    if len(raw) > SIZE_LIMIT:
        raise builder.fail(
            "document-too-large", f"larger than {SIZE_LIMIT} bytes", 1, 1, "AWS's limit for imports"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise builder.fail("encoding", "the file is not UTF-8", line, column) from None


def _parse(text: str, file: str) -> Document:
    """By the file's extension; a brace at the start of anything else makes JSON the first guess."""
    from wsgi_gateway.sources.json_text import read_json
    from wsgi_gateway.sources.yaml_text import read_yaml

    extension = Path(file).suffix.lower()
    if extension == ".json":
        return read_json(text, file)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_json(text, file)
        except ConfigError as error:
            if error.problems[0].code != "json-syntax":
                raise
    return read_yaml(text, file)
