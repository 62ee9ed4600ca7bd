"""How Java prints what a template writes.

Numbers as `Double.toString` does (`1.0E7`), maps as `{a=1, b=[2, 3]}`, lists as `[a, b]`; lists that came
from JSON as compact JSON, also inside maps, which is what API Gateway was seen to do. The text of one value
is bounded: a list that holds itself twice, and so on sixty times, would not fit in any memory.
"""

import math
from decimal import Decimal
from typing import Any

from wsgi_gateway.mapping.velocity.budget import LARGE, MAX_TEXT, Output, check, slices
from wsgi_gateway.mapping.velocity.doubles import digits
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.values import (
    Array,
    BigDecimal,
    Cursor,
    Entry,
    HostObject,
    JsonArray,
    MapView,
    SilentMap,
    plain_key,
)

_MAX_DEPTH = 300
_PLAIN = 10**18
_LOOK = 16_384
_JSON_ESCAPES = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x2000, 0x2100))},
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("/"): "\\/",
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
}


def double(value: float) -> str:
    """`Double.toString`."""
    if 1e-3 <= value < 1e7:
        return repr(value)
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    size = abs(value)
    if size == 0.0 or 1e-3 <= size < 1e7:
        text = repr(value)
        return text if "e" not in text else format(Decimal(text), "f")
    if 1e-3 <= size < 1e15:
        _, shortest, exponent = Decimal(repr(size)).as_tuple()
        shown, point = "".join(map(str, shortest)).rstrip("0"), len(shortest) + int(exponent)
    else:
        shown, point = digits(size)
    return f"{'-' if value < 0 else ''}{shown[0]}.{shown[1:] or '0'}E{point - 1}"


def text(value: Any) -> str:
    """What `value` prints; the empty string for null."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if kind is int:
        return str(value) if -_PLAIN < value < _PLAIN else integer(value)
    if kind is float:
        return double(value)
    if kind is bool:
        return "true" if value else "false"
    parts = Output()
    ValueWriter(parts).write(value)
    return parts.text()


def integer(value: int) -> str:
    """The digits; numbers beyond reason are refused before Python would refuse them."""
    if value.bit_length() > 13_000:
        raise TemplateRuntimeError("an integer of too many digits")
    return str(value)


def json_text(value: Any) -> str:
    """Compact JSON, `/` left alone: what `$input.json()` gives."""
    parts = Output()
    ValueWriter(parts).json(value)
    return parts.text()


def simple(value: Any) -> str | None:
    """The text of anything but collections."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return double(value)
    if isinstance(value, BigDecimal):
        return str(value.value).replace("E+", "E+")
    if isinstance(value, HostObject):
        return value.velocity_text()
    if isinstance(value, Array):
        return f"{value.code}@{abs(hash(value.code)) % 0xFFFFFF:x}"
    if isinstance(value, Cursor):
        return "java.util.Iterator@1"
    return None


class ValueWriter:
    """Prints one value, piece by piece, within the budgets."""

    def __init__(self, parts: Output) -> None:
        self.parts = parts
        self.size = 0
        self.next = _LOOK
        self.depth = 0
        self.open: list[int] = []

    def add(self, piece: str) -> None:
        """Write a piece."""
        self.size += len(piece) + 1
        if self.size > self.next:
            self.look()
        self.parts.append(piece)

    def look(self) -> None:
        """Look at the budgets."""
        if self.size > MAX_TEXT:
            raise TemplateRuntimeError("a value prints more than the output budget")
        self.next = self.size + _LOOK
        check()
        self.parts.measure()

    def write(self, value: Any) -> None:
        """Print any value as `toString()` does."""
        known = simple(value)
        if known is not None:
            self.add(known)
            return
        self.enter()
        self.open.append(id(value))
        if isinstance(value, JsonArray):
            self.json(value)
        elif isinstance(value, SilentMap):
            pass
        elif isinstance(value, dict):
            self.map(value)
        elif isinstance(value, Entry):
            self.inner(plain_key(value.key))
            self.add("=")
            self.inner(value.source.get(value.key))
        else:
            self.sequence(value.items() if isinstance(value, MapView) else value)
        self.open.pop()
        self.depth -= 1

    def enter(self) -> None:
        """One level further in."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise TemplateRuntimeError("a value is nested too deeply to be printed")

    def inner(self, value: Any) -> None:
        """Print a member."""
        # As in Java, a collection that holds itself says so instead of going round for ever.
        if self.open and id(value) == self.open[-1]:
            self.add("(this Map)" if isinstance(value, dict) else "(this Collection)")
        else:
            self.write(value)

    def map(self, value: dict[Any, Any]) -> None:
        """`{a=1, b=2}`"""
        self.add("{")
        first = True
        for key in value:
            if not first:
                self.add(", ")
            first = False
            self.inner(plain_key(key))
            self.add("=")
            self.inner(value[key])
        self.add("}")

    def sequence(self, items: list[Any]) -> None:
        """`[1, 2]`"""
        self.add("[")
        for position, item in enumerate(items):
            if position:
                self.add(", ")
            self.inner(item)
        self.add("]")

    def json(self, value: Any) -> None:
        """Print any value as compact JSON."""
        if isinstance(value, dict):
            self.enter()
            self.add("{")
            for position, key in enumerate(value):
                if position:
                    self.add(",")
                self.quoted(text(plain_key(key)))
                self.add(":")
                self.json(value[key])
            self.add("}")
            self.depth -= 1
        elif isinstance(value, (list, MapView)) and not isinstance(value, Array):
            self.enter()
            self.add("[")
            for position, item in enumerate(value.items() if isinstance(value, MapView) else value):
                if position:
                    self.add(",")
                self.json(item)
            self.add("]")
            self.depth -= 1
        elif value is None or isinstance(value, (bool, int)):
            self.add(simple(value) or "null")
        elif isinstance(value, float):
            self.add(double(value) if math.isfinite(value) else "null")
        else:
            self.quoted(text(value))

    def quoted(self, value: str) -> None:
        """A string of JSON."""
        if len(value) <= LARGE:
            self.add('"' + value.translate(_JSON_MINIMUM) + '"')
            return
        self.add('"')
        for piece in slices(value):
            self.add(piece.translate(_JSON_MINIMUM))
        self.add('"')


# `/` stays as it is: clients saw no "\/" from $input.json, and it is the same JSON either way.
_JSON_MINIMUM = {code: escape for code, escape in _JSON_ESCAPES.items() if code != ord("/")}
