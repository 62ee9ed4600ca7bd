"""The builder of documents: what a parser reports, one event after the other, becomes data and places.

All bounds of :mod:`~wsgi_gateway.sources.document` are kept here, for every syntax alike::

    builder = Builder("api.yaml")
    builder.open({}, line=1, column=1)
    builder.scalar("openapi", "openapi", 1, 1)
    builder.scalar("3.0.1", "3.0.1", 1, 10)
    builder.close()
    document = builder.document()

Source: https://yaml.org/spec/1.2.2/#3222-anchors-and-aliases; https://yaml.org/type/merge.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.document import (
    DEPTH_LIMIT,
    NODE_LIMIT,
    Document,
    Mark,
    broken,
    is_encodable,
    too_large,
)


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
        return broken(code, message, self.file, line, column, hint)

    def open(self, container: Any, line: int, column: int, anchor: str | None = None) -> None:
        """A mapping or list begins; ``container`` is a new ``{}`` or ``[]``."""
        if len(self._stack) >= DEPTH_LIMIT:
            raise self._too_deep(line, column)
        if self._stack and self._stack[-1].wants_key:
            raise self.fail("key-type", "a key must be text", line, column)
        self._count(1, line, column)
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
            raise too_large(self.file, line, column)

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
