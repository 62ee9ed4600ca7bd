"""JSON text as a document that knows the line and column of everything in it.

Why not :mod:`json` alone: it tells no positions, lets the last of duplicate keys win and recurses.

Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from math import isfinite
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.builder import Builder
from wsgi_gateway.sources.document import Document

_TOKEN = re.compile(
    r"[ \t\r\n]*(?:"
    r'(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![\w.])"
    r"|(?P<word>true|false|null)(?!\w)"
    r"|(?P<punctuation>[\[\]{},:]))"
)
_BLANK = re.compile(r"[ \t\r\n]*")
_WORDS = {"true": True, "false": False, "null": None}
_SCALAR = frozenset({"string", "number", "word"})


def number(text: str) -> int | float:
    """The number that ``text`` spells, by JSON's grammar.

    :raises ValueError: too many digits, or too large for a float.
    """
    if text.lstrip("-").isdigit():
        return int(text)
    value = float(text)
    if not isfinite(value):
        raise ValueError("out of range")
    return value


def read_json(text: str, file: str | None = None) -> Document:
    """Parse JSON text.

    :raises ConfigError: with the line and column of the first mistake.
    """
    return _Parser(text, file).parse()


class _Parser:
    """A state machine: ``expected`` names what may come next; the builder holds the open brackets."""

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.builder = Builder(file)
        self.brackets: list[str] = []
        self.position = 0
        self.lines = [match.start() for match in re.finditer("\n", text)]
        self.expected = "value"

    def parse(self) -> Document:
        match = _TOKEN.match(self.text)
        while match is not None:
            kind = str(match.lastgroup)
            self.position = match.start(kind)
            if self.expected == "end":
                raise self._syntax()
            self._token(kind, match[kind])
            self.position = match.end()
            match = _TOKEN.match(self.text, self.position)
        blank = _BLANK.match(self.text, self.position)
        self.position = blank.end() if blank else self.position
        if self.position < len(self.text) or self.expected != "end":
            raise self._syntax()
        return self.builder.document()

    def _place(self) -> tuple[int, int]:
        """Line and column of the present token, from one."""
        line = bisect_left(self.lines, self.position)
        return line + 1, self.position - (self.lines[line - 1] if line else -1)

    def _token(self, kind: str, token: str) -> None:
        if kind in _SCALAR:
            self._scalar(kind, token)
        elif token in "{[":
            self._open(token)
        elif token in "}]":
            self._close(token)
        elif token == "," and self.expected == "comma":
            self.expected = "key" if self.brackets[-1] == "}" else "value"
        elif token == ":" and self.expected == "colon":
            self.expected = "value"
        else:
            raise self._syntax()

    def _scalar(self, kind: str, token: str) -> None:
        is_key = self.expected in ("key", "first-key")
        if not is_key and self.expected not in ("value", "first-value"):
            raise self._syntax()
        if is_key and kind != "string":
            raise self._syntax()
        self.builder.scalar(self._value(kind, token), token, *self._place())
        self.expected = "colon" if is_key else self._after_value()

    def _value(self, kind: str, token: str) -> Any:
        try:
            if kind == "number":
                return number(token)
            if kind == "word":
                return _WORDS[token]
            return json.loads(token) if "\\" in token else token[1:-1]
        except ValueError:
            raise self._syntax("a value that JSON cannot hold") from None

    def _open(self, token: str) -> None:
        if self.expected not in ("value", "first-value"):
            raise self._syntax()
        self.builder.open({} if token == "{" else [], *self._place())
        self.brackets.append("}" if token == "{" else "]")
        self.expected = "first-key" if token == "{" else "first-value"

    def _close(self, token: str) -> None:
        first = "first-key" if token == "}" else "first-value"
        if not self.brackets or self.brackets[-1] != token or self.expected not in ("comma", first):
            raise self._syntax()
        self.brackets.pop()
        self.builder.close()
        self.expected = self._after_value()

    def _after_value(self) -> str:
        return "comma" if self.brackets else "end"

    def _syntax(self, message: str | None = None) -> ConfigError:
        found = (
            repr(self.text[self.position : self.position + 20])
            if self.position < len(self.text)
            else "the end"
        )
        expected = {"comma": "',' or a closing bracket", "first-value": "a value", "first-key": "a key"}
        message = message or f"expected {expected.get(self.expected, self.expected)}, found {found}"
        return self.builder.fail("json-syntax", message, *self._place(), self._hint())

    def _hint(self) -> str | None:
        """What people write that JSON has not."""
        if self.text.startswith(("//", "/*", "#"), self.position):
            return "JSON has no comments"
        if self.text.startswith("'", self.position):
            return "texts stand in double quotes"
        if self.expected in ("key", "value") and self.text.startswith(("}", "]"), self.position):
            return "remove the comma before it, or write what is missing"
        return None
