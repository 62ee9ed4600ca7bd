"""What stands between `[` and `]`: names, numbers, a slice, a star or a filter.

One list never mixes kinds, and one list of names never mixes quotes::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> parse("$[-1]").steps, parse("$['a', 'b']").steps
    ((Index(at=1, index=-1),), (Members(at=1, names=('a', 'b')),))

Not for the inside of a filter; that is a language of its own (`conditions`).
"""

from __future__ import annotations

from collections.abc import Callable

from wsgi_gateway.mapping.jsonpath.conditions import read_filter
from wsgi_gateway.mapping.jsonpath.cursor import Cursor
from wsgi_gateway.mapping.jsonpath.nodes import (
    Filter,
    Index,
    Indexes,
    Member,
    Members,
    Path,
    Slice,
    Step,
    Wildcard,
)
from wsgi_gateway.mapping.jsonpath.text import unescape

INT_MIN, INT_MAX = -(2**31), 2**31 - 1


def read_bracket(cursor: Cursor, read_path: Callable[[Cursor], Path]) -> Step:
    """Read one bracketed step and move behind its `]`."""
    first = cursor.significant_char_after(cursor.at)
    if first in "'\"":
        return _read_names(cursor, first)
    if first in "-:" or is_digit(first):
        return _read_numbers(cursor)
    if first == "*":
        return _read_star(cursor)
    if first == "?":
        return _read_filter(cursor, read_path)
    return cursor.fail("expected a quoted name, a number, * or ? after [")


def is_digit(char: str) -> bool:
    """Whether a character is a decimal digit of any script (inside the BMP)."""
    return char.isdecimal() and char <= "\uffff"


def _read_names(cursor: Cursor, quote: str) -> Step:
    place = cursor.position()
    names: list[str] = []
    at = close = cursor.at + 1
    comma = False
    # The dialect passes over whatever stands outside the quotes and is neither a comma nor the end.
    while cursor.within(at) and cursor.text[at] != "]":
        char = cursor.text[at]
        if char == quote:
            close = _closing_quote(cursor, at, quote)
            names.append(_name(cursor, at + 1, close))
            at, comma = close, False
        elif char == ",":
            if comma:
                cursor.fail("a name is missing", at)
            comma = True
        elif char == "\\":
            at += 1
        at += 1
    if comma:
        cursor.fail("a name is missing", at)
    cursor.at = cursor.significant_after(close) + 1
    return Member(place, names[0]) if len(names) == 1 else Members(place, tuple(names))


def _closing_quote(cursor: Cursor, at: int, quote: str) -> int:
    close = cursor.unescaped(at, quote)
    if close == -1:
        cursor.fail(f"no closing {quote}", at)
    if cursor.significant_char_after(close) not in "],":
        cursor.fail("expected ] or , after a name", close + 1)
    return close


def _name(cursor: Cursor, begin: int, end: int) -> str:
    try:
        return unescape(cursor.text[begin:end])
    except ValueError:
        cursor.fail("\\u needs four hexadecimal digits", begin)


def _read_numbers(cursor: Cursor) -> Step:
    place = cursor.position()
    end = cursor.text.find("]", cursor.at + 1, cursor.last + 1)
    if end == -1:
        cursor.fail("no closing ]")
    inside = cursor.text[cursor.at + 1 : end].strip(_TRIMMED)
    if not all(char in ",-: " or is_digit(char) for char in inside):
        cursor.fail("expected numbers between [ and ]", cursor.at + 1)
    step = _slice(cursor, place, inside) if ":" in inside else _indexes(cursor, place, inside)
    cursor.at = end + 1
    return step


_TRIMMED = "".join(map(chr, range(33)))


def _indexes(cursor: Cursor, place: int, inside: str) -> Step:
    indexes = tuple(_integer(cursor, part.strip(" ")) for part in inside.split(","))
    return Index(place, indexes[0]) if len(indexes) == 1 else Indexes(place, indexes)


def _slice(cursor: Cursor, place: int, inside: str) -> Slice:
    """`start:stop`, one of them at least; anything after a second colon is accepted and means nothing."""
    if "," in inside or " " in inside:
        cursor.fail("a slice is two numbers with a colon")
    start, stop = (_integer(cursor, part) if part else None for part in inside.split(":")[:2])
    if start is None and stop is None:
        cursor.fail("a slice needs a start or an end")
    return Slice(place, start, stop)


def _integer(cursor: Cursor, digits: str) -> int:
    if "-" in digits[1:] or " " in digits or digits in ("", "-") or len(digits) > 40:
        cursor.fail("expected a number")
    number = int(digits)
    if not INT_MIN <= number <= INT_MAX:
        cursor.fail("an index must fit into 32 bits")
    return number


def _read_star(cursor: Cursor) -> Wildcard:
    place = cursor.position()
    end = cursor.significant_after(cursor.significant_after(cursor.at))
    if not cursor.within(end) or cursor.text[end] != "]":
        cursor.fail("expected ] after *", end)
    cursor.at = end + 1
    return Wildcard(place)


def _read_filter(cursor: Cursor, read_path: Callable[[Cursor], Path]) -> Filter:
    begin = cursor.at
    parenthesis = cursor.significant_after(cursor.significant_after(begin))
    if cursor.char(parenthesis) != "(":
        cursor.fail("expected ( after ?", parenthesis)
    close = cursor.closing(parenthesis, "(", ")", skip_patterns=True)
    end = cursor.significant_after(close) if close != -1 else -1
    if not cursor.within(end) or cursor.text[end] != "]":
        cursor.fail("a filter is not closed with )]", begin)
    condition = read_filter(cursor.part(parenthesis, close + 1), read_path)
    place = cursor.position(begin)
    cursor.at = end + 1
    return Filter(place, condition)
