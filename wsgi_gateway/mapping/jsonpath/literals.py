"""JSON as filters may write it: quotes single, double or none, commas to taste.

A list or object on the right of an operator is read leniently::

    >>> JsonLiteral("[1, 'two', three,,]").value
    [1, 'two', 'three']

A text that stays malformed is no error until an operator needs its value; then the whole query fails.  Not
for documents or function arguments, which are strict JSON.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

MAX_DEPTH = 100
_BLANKS = " \t\r\n"
_STRUCTURE = ":,[]{}\"'"
_IN_LIST, _IN_KEY, _IN_VALUE = ",]", ":", ",}"
_INTEGER = re.compile(r"-?[0-9]+|-")
_NUMBER = re.compile(r"-?[0-9]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b", "\\": "\\", "/": "/", "'": "'", '"': '"'}


class JsonLiteral:
    """A list or object written in a filter; known by its text, parsed once."""

    __slots__ = ("_value", "failure", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.failure = ""
        self._value: Any = None
        try:
            self._value = _Reader(text).document()
        except (ValueError, IndexError, ArithmeticError) as error:
            self.failure = f"malformed JSON in a filter: {error}"

    @property
    def value(self) -> Any:
        """The list or object; ValueError when the text is malformed."""
        if self.failure:
            raise ValueError(self.failure)
        return self._value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text + "\0"
        self.end = len(text)
        self.at = 0
        self.depth = 0

    def document(self) -> Any:
        """The value the text begins with; what follows it goes unread."""
        return self.value("")

    def skip_blanks(self) -> str:
        while self.text[self.at] in _BLANKS:
            self.at += 1
        return self.text[self.at]

    def value(self, stops: str) -> Any:
        char = self.skip_blanks()
        if char in ":]}" or self.at >= self.end:
            raise ValueError(f"no value at {self.at}")
        if char in "[{":
            return self.nested(char)
        if char in "\"'":
            return self.quoted(char)
        if char == "-" or char in "0123456789":
            return self.number(stops)
        word = self.bare(stops)
        return {"null": None, "true": True, "false": False, "NaN": float("nan")}.get(word, word)

    def nested(self, char: str) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
        self.at += 1
        value = self.array() if char == "[" else self.object()
        self.depth -= 1
        return value

    def array(self) -> list[Any]:
        items: list[Any] = []
        while (char := self.skip_blanks()) != "]":
            if char == ",":
                self.at += 1
            else:
                items.append(self.value(_IN_LIST))
        self.at += 1
        return items

    def object(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while (char := self.skip_blanks()) != "}":
            if char == ",":
                self.at += 1
                continue
            if char in ":][{" or self.at >= self.end:
                raise ValueError(f"no name at {self.at}")
            name = self.quoted(char) if char in "\"'" else self.bare(_IN_KEY)
            if self.skip_blanks() != ":":
                raise ValueError(f"no colon at {self.at}")
            self.at += 1
            members[name] = self.value(_IN_VALUE)
            if self.skip_blanks() not in ",}":
                raise ValueError(f"no comma at {self.at}")
        self.at += 1
        return members

    def bare(self, stops: str, begin: int | None = None) -> str:
        begin = self.at if begin is None else begin
        while self.at < self.end and self.text[self.at] not in stops:
            self.at += 1
        return self.text[begin : self.at].strip()

    def number(self, stops: str) -> Any:
        """A number, or the text it begins when something else follows before the next stop."""
        begin = self.at
        match = _NUMBER.match(self.text, begin)
        assert match is not None
        self.at = match.end()
        if self.skip_blanks() not in stops and self.at < self.end:
            return self.bare(stops, begin)
        digits = match.group()
        if _INTEGER.fullmatch(digits):
            return int(Decimal(digits)) if digits != "-" else 0
        # Long fractions are kept exact, and so never equal the double of a document.
        return Decimal(digits) if len(digits) > 18 else float(digits)

    def quoted(self, quote: str) -> str:
        end = self.text.find(quote, self.at + 1, self.end)
        if end == -1:
            raise ValueError(f"no closing quote for the one at {self.at}")
        plain = self.text[self.at + 1 : end]
        if "\\" not in plain:
            self.at = end + 1
            return plain
        return self.escaped(quote)

    def escaped(self, quote: str) -> str:
        pieces: list[str] = []
        self.at += 1
        while (char := self.text[self.at]) != quote:
            if self.at >= self.end:
                raise ValueError("no closing quote")
            self.at += 1
            if char == "\\":
                pieces.append(self.escape())
            elif char >= " " and char != "\x7f":
                pieces.append(char)
        self.at += 1
        return "".join(pieces)

    def escape(self) -> str:
        char = self.text[self.at]
        self.at += 1
        digits = {"u": 4, "x": 2}.get(char, 0)
        if not digits:
            return _ESCAPES.get(char, "")
        code = int(self.text[self.at : self.at + digits], 16)
        self.at += digits
        return chr(code)
