"""Arguments of a path function.

A path (`$..` or `@..`), or JSON that begins with a digit, `-`, `{` or `"`.  Anything else is dropped without
a word, single-quoted text included, which surprises everybody once::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> parse('$.concat("a", true, 1)').steps[0].arguments
    (JsonArgument(value='a', valid=True), JsonArgument(value=1, valid=True))

Not for what the functions do with them (`functions`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn

from wsgi_gateway.mapping.jsonpath.brackets import is_digit
from wsgi_gateway.mapping.jsonpath.cursor import Cursor
from wsgi_gateway.mapping.jsonpath.nodes import JsonArgument, Path

_BLANKS = " \t\n\r"


def read_arguments(cursor: Cursor, read_path: Callable[[Cursor], Path]) -> tuple[Path | JsonArgument, ...]:
    """Read from the opening parenthesis on.

    After `()` the cursor stays *on* the `)`; in the dialect, what follows is a name that begins with `)`.
    """
    _check_closed(cursor)
    cursor.at += 1
    if cursor.current == ")":
        return ()
    reader = _Arguments(cursor, read_path)
    while not reader.complete and cursor.within(cursor.at):
        reader.read_char()
    reader.check_brackets()
    return tuple(reader.found)


def _check_closed(cursor: Cursor) -> None:
    level = 0
    for at in range(cursor.at, cursor.last + 1):
        level += {"(": 1, ")": -1}.get(cursor.text[at], 0)
        if level == 0:
            return
    cursor.fail("the arguments of a function are not closed")


class _Arguments:
    """Splits at commas and closing parentheses while counting brackets, braces and double quotes.

    The counting is crude, and what it does to an argument is part of the dialect: a comma inside a quoted
    text is lost, `()` inside a filter gains a parenthesis (and is then no path), and a double quote without
    its second swallows the rest of the path.
    """

    def __init__(self, cursor: Cursor, read_path: Callable[[Cursor], Path]) -> None:
        self.cursor = cursor
        self.read_path = read_path
        self.found: list[Path | JsonArgument] = []
        self.complete = False
        self.kind = ""  # "path" or "json" once an argument has begun
        self.begin = 0
        self.text: list[str] = []
        self.open = {"(": 1, "[": 0, "{": 0, '"': 0}
        self.previous = ""

    def check_brackets(self) -> None:
        """Refuse brackets left open at the end; an open quote only costs its argument."""
        if any(self.open[bracket] for bracket in "([{"):
            self.cursor.fail("the arguments of a function are not closed")

    def read_char(self) -> None:
        cursor = self.cursor
        char = cursor.text[cursor.at]
        cursor.at += 1
        if not self.kind:
            if char in _BLANKS:
                return
            self._start(char)
        self._count(char)
        if char == ")" and (self.previous == "(" or self.open["("] < 0):
            self.text.append(char)
        if char in "),":
            self._end(char)
        if self.kind and not (char == "," and self._outside):
            self.text.append(char)
        self.previous = char

    @property
    def _outside(self) -> bool:
        return self.open["("] == 1 and not self.open["["] and not self.open["{"]

    def _start(self, char: str) -> None:
        self.begin = self.cursor.at - 1
        if char in "$@":
            self.kind = "path"
        elif char in '{"-' or is_digit(char):
            self.kind = "json"

    def _count(self, char: str) -> None:
        if char == '"':
            self.open['"'] += -1 if self.previous != "\\" and self.open['"'] > 0 else 1
        elif char in "([{":
            self.open[char] += 1
        elif char in ")]}":
            kind = {")": "(", "]": "[", "}": "{"}[char]
            if kind != "(" and self.open[kind] == 0:
                self.cursor.fail(f"unexpected {char} between the arguments of a function")
            self.open[kind] -= 1

    def _end(self, char: str) -> None:
        last = self.open["("] == 0 and char == ")"
        if self.open["["] or self.open["{"] or self.open['"'] or not (last or self.open["("] == 1):
            return
        self.complete = last
        if self.kind:
            self.found.append(self._argument("".join(self.text)))
            self.text.clear()
            self.kind = ""

    def _argument(self, text: str) -> Path | JsonArgument:
        if self.kind == "json":
            return _json(text)
        cursor = self.cursor
        return self.read_path(Cursor(text, cursor.path, cursor.offset + self.begin, cursor.depth + 1))


def _json(text: str) -> JsonArgument:
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return JsonArgument(None, False)
    # Text after a complete value goes unread, but a number must be set off.
    stuck = isinstance(value, (int, float)) and text[end : end + 1] not in ("", *_BLANKS)
    return JsonArgument(value, not stuck)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)
