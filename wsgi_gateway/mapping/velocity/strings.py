"""The methods of java.lang.String; see `characters` for java.lang.Character.

Java counts UTF-16 units: a character beyond U+FFFF has length 2 and can be cut in half. Strings that have
such characters are taken apart into units for the methods that count, all others are handled as they are.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from wsgi_gateway.mapping.velocity import regex
from wsgi_gateway.mapping.velocity.arithmetic import equals, join
from wsgi_gateway.mapping.velocity.budget import (
    LARGE,
    charge,
    charge_text,
    check,
    in_slices,
    slices,
)
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.formatting import formatted
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.values import MAX_LIST, Array, Char, MapView

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_HALF = re.compile("[\ud800-\udfff]")
_UTF_16 = f"utf-16-{sys.byteorder[0]}e"
_SHORT = 16
_CHAR = 96
_BLANKS = "".join(map(chr, range(0x21)))


def units(value: str) -> str:
    """One character for each UTF-16 unit."""
    if value.isascii() or not _ASTRAL.search(value):
        return value
    return in_slices(_units, slices(value))


def _units(value: str) -> str:
    return "".join(map(chr, memoryview(value.encode(_UTF_16, "surrogatepass")).cast("H")))


def _length(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode(_UTF_16, "surrogatepass")) // 2


def joined(value: str) -> str:
    """Units put together again; half a character stays half."""
    if value.isascii() or not _HALF.search(value):
        return value
    return in_slices(_joined, whole_pieces(value))


def _joined(value: str) -> str:
    return value.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def whole_pieces(value: str) -> Iterator[str]:
    """Like `slices`, never between the halves of a character."""
    at = 0
    while at < len(value):
        check()
        end = at + LARGE
        end += "\ud800" <= value[end - 1 : end] < "\udc00"
        yield value[at:end]
        at = end


def hash_code(value: str) -> int:
    """`String.hashCode`"""
    result = 0
    for piece in slices(units(value)):
        for unit in piece:
            result = (result * 31 + ord(unit)) & 0xFFFFFFFF
    return result - (1 << 32) if result >> 31 else result


def _present(function: Callable[..., Any]) -> Callable[..., Any]:
    """Java's NullPointerException for a null among the arguments."""

    def checked(self: str, *arguments: Any) -> Any:
        if None in arguments:
            raise TemplateRuntimeError("a method of String was given null")
        return function(self, *arguments)

    return checked


def _char_at(self: str, index: int) -> Char:
    whole = units(self)
    if not 0 <= index < len(whole):
        raise TemplateRuntimeError(f"String index out of range: {index}")
    return Char(whole[index])


def _code_point_at(self: str, index: int) -> int:
    whole = units(self)
    if not 0 <= index < len(whole):
        raise TemplateRuntimeError(f"String index out of range: {index}")
    return ord(joined(whole[index:])[0])


def _substring(self: str, begin: int, end: int | None = None) -> str:
    whole = units(self)
    stop = len(whole) if end is None else end
    if not 0 <= begin <= stop <= len(whole):
        raise TemplateRuntimeError(f"begin {begin}, end {stop}, length {len(whole)}")
    return joined(whole[begin:stop])


def _index_of(self: str, part: str, start: int = 0) -> int:
    whole = units(self)
    return whole.find(units(part), min(max(start, 0), len(whole)))


def _index_of_code(self: str, code: int, start: int = 0) -> int:
    return _index_of(self, chr(code), start) if 0 <= code < 0x110000 else -1


def _last_index_of(self: str, part: str, start: int | None = None) -> int:
    whole, wanted = units(self), units(part)
    if start is None:
        return _rfind(whole, wanted)
    return _rfind(whole[: start + len(wanted)], wanted) if start >= 0 else -1


def _rfind(whole: str, wanted: str) -> int:
    if len(wanted) < _SHORT:
        return whole.rfind(wanted)
    # Python's `rfind` takes time by the product of both lengths, `find` by their sum.
    found = whole[::-1].find(wanted[::-1])
    return len(whole) - len(wanted) - found if found >= 0 else -1


def _last_index_of_code(self: str, code: int, start: int | None = None) -> int:
    return _last_index_of(self, chr(code), start) if 0 <= code < 0x110000 else -1


def _starts_with(self: str, part: str | None, start: int = 0) -> bool:
    if start < 0:
        return False
    if part is None:
        raise TemplateRuntimeError("a method of String was given null")
    return start <= len(units(self)) and units(self).startswith(units(part), start)


def _compare(left: str, right: str) -> int:
    one, two = units(left), units(right)
    for ours, theirs in zip(slices(one), slices(two), strict=False):
        if ours != theirs:
            for a, b in zip(ours, theirs, strict=False):
                if a != b:
                    return ord(a) - ord(b)
    return len(one) - len(two)


def other_class(_self: str, _other: Any) -> int:
    """`compareTo(Object)`: there is one in every class, and all it does is to fail."""
    raise TemplateRuntimeError("java.lang.ClassCastException")


def _fold(value: str) -> str:
    return in_slices(_fold_piece, slices(value))


def _fold_piece(value: str) -> str:
    if value.isascii():
        return value.lower()
    return "".join(
        c if len(c.upper()) != 1 or len(c.upper().lower()) != 1 else c.upper().lower() for c in value
    )


def _replace(self: str, old: str, new: str) -> str:
    grown = len(self) + (self.count(old) if old else len(self) + 1) * max(len(new) - len(old), 0)
    charge_text(grown, self.isascii() and new.isascii())
    return self.replace(old, new)


def _replace_all(self: str, pattern: str | None, replacement: str | None) -> str:
    if replacement is None and pattern is not None and not regex.found(self, pattern):
        return self  # Java looks at the replacement when there is something to replace
    replaced: str = _present(regex.replace)(self, pattern, replacement)
    return replaced


def _region_matches(self: str, offset: int, other: str, other_offset: int, length: int) -> bool:
    one, two = units(self), units(other)
    if offset < 0 or other_offset < 0 or offset > len(one) - length or other_offset > len(two) - length:
        return False
    size = max(length, 0)
    return one[offset : offset + size] == two[other_offset : other_offset + size]


def _region_matches_case(
    self: str, fold: bool, offset: int, other: str, other_offset: int, length: int
) -> bool:
    if fold:
        return _region_matches(_fold(self), offset, _fold(other), other_offset, length)
    return _region_matches(self, offset, other, other_offset, length)


def _repeat(self: str, times: int) -> str:
    if times < 0:
        raise TemplateRuntimeError(f"count is negative: {times}")
    charge_text(len(self) * times, self.isascii())
    return self * times


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


_CHARSETS = {"UTF-8": "utf-8", "UTF8": "utf-8", "US-ASCII": "ascii", "ISO-8859-1": "latin-1"}


def _get_bytes(self: str, charset: str | None = "UTF-8") -> Array | None:
    if charset is None:
        return None  # Java cannot tell which method is meant
    codec = _CHARSETS.get(charset.upper())
    if codec is None:
        raise TemplateRuntimeError(f"java.io.UnsupportedEncodingException: {charset[:80]}")
    raw = self.encode(codec, "replace")
    _room(len(raw))
    return Array([_signed(b) for b in raw], "[B")


def _to_char_array(self: str) -> Array:
    whole = units(self)
    _room(len(whole))
    return Array([Char(c) for c in whole], "[C")


def _room(members: int) -> None:
    if members > MAX_LIST:
        raise TemplateRuntimeError("an array is too large")
    charge(_CHAR * members)


def _lower(self: str) -> str:
    # Java and Python agree but for the final sigma, where both follow Unicode.
    charge_text(len(self) + self.count("\u0130"), self.isascii())
    return self.lower()


def _upper(self: str) -> str:
    return self.upper() if len(self) <= LARGE else in_slices(str.upper, slices(self))


def _join(_self: str, between: str, parts: Any) -> str:
    """`String.join`, which wants strings."""
    members = parts.items() if isinstance(parts, MapView) else parts
    if any(member is not None and not isinstance(member, str) for member in members):
        raise TemplateRuntimeError("java.lang.ClassCastException")
    pieces = ["null" if member is None else member for member in members]
    size = sum(map(len, pieces)) + len(between) * len(pieces)
    charge_text(size, between.isascii() and all(map(str.isascii, pieces)))
    return between.join(pieces)


def _join_some(self: str, between: str, *parts: Any) -> str:
    joined_parts: str = _present(_join)(self, between, list(parts))
    return joined_parts


def _format(pattern: str | None, *arguments: Any) -> str:
    if pattern is None:
        raise TemplateRuntimeError("a method of String was given null")
    array = len(arguments) == 1 and isinstance(arguments[0], Array)
    return formatted(pattern, list(arguments[0] if array else arguments))


EQUALS = [("o", lambda s, o: isinstance(o, str) and type(s) is type(o) and equals(s, o))]

STRING: Table = {
    "length": [("", _length)],
    "isEmpty": [("", lambda s: not s)],
    "isBlank": [("", lambda s: not s.strip())],
    "charAt": [("i", _char_at)],
    "codePointAt": [("i", _code_point_at)],
    "substring": [("i", _substring), ("ii", _substring)],
    "subSequence": [("ii", _substring)],
    "indexOf": [
        ("s", _present(_index_of)),
        ("si", _present(_index_of)),
        ("i", _index_of_code),
        ("ii", _index_of_code),
    ],
    "lastIndexOf": [
        ("s", _present(_last_index_of)),
        ("si", _present(_last_index_of)),
        ("i", _last_index_of_code),
        ("ii", _last_index_of_code),
    ],
    "contains": [("q", _present(lambda s, o: o in s))],
    "startsWith": [("s", _starts_with), ("si", _starts_with)],
    "endsWith": [("s", _present(lambda s, o: s.endswith(o)))],
    "equals": EQUALS,
    "contentEquals": [("q", _present(lambda s, o: s == o))],
    "equalsIgnoreCase": [("s", lambda s, o: o is not None and _fold(s) == _fold(o))],
    "compareTo": [("s", _present(_compare)), ("o", other_class)],
    "compare": [("qq", _present(lambda s, a, b: _compare(a, b)))],
    "compareToIgnoreCase": [("s", _present(lambda s, o: _compare(_fold(s), _fold(o))))],
    "join": [("qC", _present(_join)), *(("q" * count, _join_some) for count in range(2, 8))],
    "format": [("s" + "o" * count, lambda s, p, *a: _format(p, *a)) for count in range(10)],
    "concat": [("s", _present(join))],
    "replace": [("cc", _replace), ("qq", _present(_replace))],
    "replaceAll": [("ss", _replace_all)],
    "replaceFirst": [("ss", _present(lambda s, p, r: regex.replace(s, p, r, once=True)))],
    "matches": [("s", _present(regex.matches))],
    "split": [
        ("s", _present(lambda s, p: Array(regex.split(s, p), "[Ljava.lang.String;"))),
        ("si", _present(lambda s, p, n: Array(regex.split(s, p, n), "[Ljava.lang.String;"))),
    ],
    "trim": [("", lambda s: s.strip(_BLANKS))],
    "strip": [("", lambda s: s.strip())],
    "stripLeading": [("", lambda s: s.lstrip())],
    "stripTrailing": [("", lambda s: s.rstrip())],
    "repeat": [("i", _repeat)],
    "toUpperCase": [("", _upper)],
    "toLowerCase": [("", _lower)],
    "toString": [("", lambda s: s)],
    "intern": [("", lambda s: s)],
    "hashCode": [("", hash_code)],
    "toCharArray": [("", _to_char_array)],
    "getBytes": [("", _get_bytes), ("s", _get_bytes)],
    "regionMatches": [("isii", _present(_region_matches)), ("zisii", _present(_region_matches_case))],
    "valueOf": [("o", lambda s, o: "null" if o is None else text(o))],
}
