"""JSON text without mistakes, in half the time: one match per member, no events.

What is not plain (a mistake, a duplicate key, half a surrogate pair, a limit that is passed) is left to
:mod:`~wsgi_gateway.sources.json_text`, which says what and where::

    document = read_quickly(text, "api.json")      # None: let the exact parser tell

Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.document import DEPTH_LIMIT, NODE_LIMIT, Document, Mark, too_large
from wsgi_gateway.sources.json_text import number

_BLANK = r"[ \t\r\n]*"
_STRING = r'"([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)"'
_VALUE = (
    rf"(?:{_STRING}|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![\w.])"
    r"|(true|false|null)(?!\w)|([{\[]))"
)
_MEMBER = re.compile(rf"{_BLANK}{_STRING}{_BLANK}:{_BLANK}{_VALUE}{_BLANK}")
_ELEMENT = re.compile(rf"{_BLANK}(){_VALUE}{_BLANK}")
_KEY, _TEXT, _NUMBER, _WORD = 1, 2, 3, 4
"""Groups of both patterns; the fifth is an opening bracket."""

_AFTER = re.compile(rf"([}}\]]){_BLANK}")
_FIRST = re.compile(rf"{_BLANK}([{{\[]){_BLANK}")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_WORDS = {"true": True, "false": False, "null": None}


def read_quickly(text: str, file: str | None = None) -> Document | None:
    """The document; None for a text that is not plain JSON within all limits, or that is a scalar.

    :raises ConfigError: for too many values.
    """
    first = _FIRST.match(text)
    if first is None or _SURROGATE.search(text):
        return None
    reading = _Reading(text, file, {} if first[1] == "{" else [])
    try:
        reading.run(first.end())
    except ConfigError:
        raise
    except (_Unusual, ValueError, IndexError):
        return None
    return Document(reading.root, file, reading.marks)


class _Unusual(Exception):
    """The exact parser has to look."""


class _Reading:
    """``open`` holds the containers around the present position, the innermost last."""

    def __init__(self, text: str, file: str | None, root: Any) -> None:
        self.text, self.file = text, file
        self.root = root
        self.open: list[Any] = [self.root]
        self.marks: dict[int, dict[str | int, Mark]] = {id(self.root): {}}
        self.count = 1
        self.newlines = [match.start() for match in re.finditer("\n", text)] + [len(text) + 1]
        self.line = 0

    def run(self, position: int) -> None:
        while self.open:
            position = self.members(position)
        if position != len(self.text):
            raise _Unusual

    def members(self, position: int) -> int:
        """Read members of the innermost container up to its end, or up to a container that begins in it."""
        text, container, newlines, line = self.text, self.open[-1], self.newlines, self.line
        is_object = type(container) is dict
        pattern, marks = _MEMBER if is_object else _ELEMENT, self.marks[id(container)]
        while True:
            match = pattern.match(text, position)
            if match is None:
                return self.closed(position) if not container else self.unusual()
            kind, position = match.lastindex or 0, match.end()
            where = match.start(_KEY) - 1 if is_object else match.start(kind) - (kind == _TEXT)
            while newlines[line] < where:
                line += 1
            column = where - newlines[line - 1] if line else where + 1
            value, written = self.value(match, kind)
            if is_object:
                key = _unescaped(match[_KEY])
                if key in container:
                    raise _Unusual
                container[key] = value
            else:
                key = len(container)
                container.append(value)
            marks[key] = Mark(line + 1, column, written)
            self.count += 1 + is_object
            if self.count > NODE_LIMIT:
                raise too_large(self.file, line + 1, column)
            if kind > _WORD:
                self.line = line
                return self.opened(value, position)
            if text[position] != ",":
                self.line = line
                return self.closed(position)
            position += 1

    def value(self, match: re.Match[str], kind: int) -> tuple[Any, str | None]:
        """A value, and the text of a scalar that is no string."""
        if kind == _TEXT:
            return _unescaped(match[_TEXT]), None
        if kind == _WORD:
            return _WORDS[match[_WORD]], match[_WORD]
        if kind == _NUMBER:
            return number(match[_NUMBER]), match[_NUMBER]
        return ({} if match[kind] == "{" else []), None

    def opened(self, container: Any, position: int) -> int:
        if len(self.open) >= DEPTH_LIMIT:
            raise _Unusual
        self.open.append(container)
        self.marks[id(container)] = {}
        return position

    def closed(self, position: int) -> int:
        """Behind the brackets that close here, and behind the comma after them."""
        while self.open:
            match = _AFTER.match(self.text, position)
            if match is None or (match[1] == "}") != (type(self.open.pop()) is dict):
                raise _Unusual
            position = match.end()
            if self.open and self.text[position] == ",":
                return position + 1
        return position

    def unusual(self) -> int:
        raise _Unusual


def _unescaped(text: str) -> Any:
    return json.loads(f'"{text}"') if "\\" in text else text
