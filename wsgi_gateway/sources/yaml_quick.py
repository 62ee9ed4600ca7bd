"""YAML text without peculiarities, in half the time: the parser's events become data directly.

What is not plain (anchors, tags, ``<<``, a mistake, a duplicate key) is left to
:mod:`~wsgi_gateway.sources.yaml_text`, which can do it all, and says what is wrong and where::

    document = read_quickly(events, "api.yaml")      # None: let the exact reader tell

Source: https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from wsgi_gateway.sources.document import (
    DEPTH_LIMIT,
    NODE_LIMIT,
    Document,
    Mark,
    is_encodable,
    too_large,
)


def read_quickly(
    events: Iterable[Any], resolve: Callable[[Any, str, bool], Any], file: str | None
) -> Document | None:
    """The document of PyYAML's events; None for one that is not plain within all limits, or no mapping.

    ``resolve``: the value of a scalar, by its tag, its text, and whether it is written without quotes.
    Errors of the parser pass through; ConfigError for too many values.
    """
    reading = _Reading(resolve)
    for event in events:
        handle = _HANDLERS.get(type(event).__name__)
        if handle is not None and not handle(reading, event):
            return None
        if reading.count > NODE_LIMIT:
            raise too_large(file, event.start_mark.line + 1, event.start_mark.column + 1)
    if type(reading.root) is not dict:
        return None
    return Document(reading.root, file, reading.marks)


class _Reading:
    """``open`` has the containers around the present event, the innermost last, each with its marks."""

    def __init__(self, resolve: Callable[[Any, str, bool], Any]) -> None:
        self.resolve = resolve
        self.root: Any = None
        self.open: list[tuple[Any, dict[str | int, Mark]]] = []
        self.keys: list[tuple[str, int, int] | None] = []
        self.marks: dict[int, dict[str | int, Mark]] = {}
        self.count = 0

    def scalar(self, event: Any) -> bool:
        """A key or a value; False if it is not plain."""
        text = event.value
        if event.anchor or event.tag or not self.open or not is_encodable(text):
            return False
        value = self.resolve(None, text, event.implicit[0])
        container, marks = self.open[-1]
        start = event.start_mark
        self.count += 1
        if type(container) is list:
            marks[len(container)] = Mark(start.line + 1, start.column + 1, None if value is text else text)
            container.append(value)
            return True
        key = self.keys[-1]
        if key is None:
            self.keys[-1] = text, start.line + 1, start.column + 1
            return text != "<<" and text not in container
        self.keys[-1] = None
        container[key[0]] = value
        marks[key[0]] = Mark(key[1], key[2], None if value is text else text)
        return True

    def mapping(self, event: Any) -> bool:
        """A mapping begins."""
        return self.begin({}, event)

    def sequence(self, event: Any) -> bool:
        """A list begins."""
        return self.begin([], event)

    def begin(self, made: Any, event: Any) -> bool:
        """A container begins; False if it is not plain, or too deep."""
        self.count += 1
        if event.anchor or event.tag or len(self.open) >= DEPTH_LIMIT:
            return False
        if self.open:
            container, marks = self.open[-1]
            if type(container) is list:
                start = event.start_mark
                marks[len(container)] = Mark(start.line + 1, start.column + 1)
                container.append(made)
            else:
                key = self.keys[-1]
                if key is None:
                    return False
                self.keys[-1] = None
                container[key[0]] = made
                marks[key[0]] = Mark(key[1], key[2])
        elif self.root is not None:
            return False
        else:
            self.root = made
        marks = self.marks[id(made)] = {}
        self.open.append((made, marks))
        self.keys.append(None)
        return True

    def end(self, event: Any) -> bool:
        """The innermost container ends."""
        self.open.pop()
        self.keys.pop()
        return True

    def unusual(self, event: Any) -> bool:
        """For the exact reader."""
        return False


_HANDLERS: dict[str, Callable[[_Reading, Any], bool]] = {
    "ScalarEvent": _Reading.scalar,
    "MappingStartEvent": _Reading.mapping,
    "SequenceStartEvent": _Reading.sequence,
    "MappingEndEvent": _Reading.end,
    "SequenceEndEvent": _Reading.end,
    "AliasEvent": _Reading.unusual,
}
