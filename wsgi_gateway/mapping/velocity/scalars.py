"""The methods of java.lang.Integer, Long, Double, Boolean and java.math.BigInteger.

An int of Python's has no width: it is an Integer, a Long or a BigInteger by how large it is.
"""

import math
import struct
from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.velocity.arithmetic import compare, equals
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import integer, text
from wsgi_gateway.mapping.velocity.signatures import Overload, Table

_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "+Infinity": math.inf}
_MAX_RADIX_BITS = 4096
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def wrap(value: int, bits: int) -> int:
    """The low `bits` of `value`, signed."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _clamp(value: float, bits: int) -> int:
    if value != value:
        return 0
    if math.isinf(value):
        return (1 << (bits - 1)) - 1 if value > 0 else -(1 << (bits - 1))
    return max(-(1 << (bits - 1)), min(int(value), (1 << (bits - 1)) - 1))


def parse_integer(value: str | None, bits: int, radix: int = 10) -> int:
    """`Integer.parseInt` and `Long.parseLong`."""
    digits = (value or "").removeprefix("-").removeprefix("+") if value else ""
    signs = len(value or "") - len(digits)
    good = digits and signs <= 1 and len(digits) < 70 and 2 <= radix <= 36
    if not good or any(_digit(c) >= radix for c in digits):
        raise TemplateRuntimeError(f"java.lang.NumberFormatException: For input string: {text(value)[:80]!r}")
    number = 0
    for c in digits:
        number = number * radix + _digit(c)
    number = -number if value and value[0] == "-" else number
    if wrap(number, bits) != number:
        raise TemplateRuntimeError(f"java.lang.NumberFormatException: For input string: {text(value)[:80]!r}")
    return number


def _digit(char: str) -> int:
    if char.isdecimal():
        return int(char)
    at = _DIGITS.find(char.lower())
    return at if at >= 0 and char.isascii() else 99


def parse_double(value: str | None) -> float:
    """`Double.parseDouble`"""
    stripped = (value or "").strip("".join(map(chr, range(33))))
    if stripped in _NOT_FINITE:
        return _NOT_FINITE[stripped]
    plain = stripped[:-1] if stripped[-1:] in ("d", "D", "f", "F") else stripped
    try:
        if (
            len(plain) > 1000
            or "_" in plain
            or not plain.isascii()
            or plain[-1:].isalpha()
            or "n" in plain.lower()
        ):
            raise ValueError
        return float(plain)
    except ValueError:
        raise TemplateRuntimeError(f"java.lang.NumberFormatException: {stripped[:80]!r}") from None


def _radix(value: int, radix: int) -> str:
    if not 2 <= radix <= len(_DIGITS) or radix == 10:
        return integer(value)
    if value == 0:
        return "0"
    if value.bit_length() > _MAX_RADIX_BITS:
        raise TemplateRuntimeError("an integer of too many digits")
    size, out = abs(value), []
    while size:
        size, digit = divmod(size, radix)
        out.append(_DIGITS[digit])
    return "-" * (value < 0) + "".join(reversed(out))


def double_bits(value: float) -> int:
    """`Double.doubleToLongBits`, signed."""
    bits: int = struct.unpack(">q", struct.pack(">d", value))[0]
    return 0x7FF8000000000000 if value != value else bits


def _double_hash(value: float) -> int:
    return long_hash(double_bits(value))


def long_hash(value: int) -> int:
    """`Long.hashCode`"""
    return wrap((value & (2**64 - 1)) ^ ((value & (2**64 - 1)) >> 32), 32)


def big_hash(value: int) -> int:
    """`BigInteger.hashCode`"""
    size, result, words = abs(value), 0, []
    while size:
        words.append(size & 0xFFFFFFFF)
        size >>= 32
    for word in reversed(words):
        result = (31 * result + word) & 0xFFFFFFFF
    return wrap(result * (-1 if value < 0 else 1), 32)


def _float(value: Any) -> float:
    """`floatValue()`: the double that prints as the float would."""
    try:
        single = struct.pack(">f", float(value))
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    exact: float = struct.unpack(">f", single)[0]
    if exact != exact or math.isinf(exact):
        return exact
    shown = (f"{exact:.{size}g}" for size in range(1, 10))
    return next(float(text) for text in shown if struct.pack(">f", float(text)) == single)


def class_of(value: Any) -> str:
    """Which of Java's classes a number or boolean is of, in a letter."""
    if type(value) is not int:
        return type(value).__name__
    return "i" if wrap(value, 32) == value else "l" if wrap(value, 64) == value else "b"


def _compare_to(left: Any, right: Any) -> int | None:
    if class_of(left) != class_of(right):
        # There is a compareTo(Object) in every class, and all it does with another's is to fail.
        raise TemplateRuntimeError("java.lang.ClassCastException")
    if type(left) is bool:
        return left - int(right)
    return _total_order(left, right) if type(left) is float else compare(left, right)


def _total_order(left: float, right: float) -> int:
    """`Double.compare`: NaN is above all, and zero above its negative."""
    one, two = ((v != v, 0.0 if v != v else v, math.copysign(1, v)) for v in (left, right))
    return (one > two) - (one < two)


_EQUALS: list[Overload] = [("o", equals)]
_COMPARE: list[Overload] = [("o", _compare_to)]


def _number(name: str, bits: int, hashed: Callable[[int], int]) -> dict[str, list[Overload]]:
    kind = "i" if bits == 32 else "l"
    masks = (1 << bits) - 1
    return {
        "intValue": [("", lambda v: wrap(v, 32))],
        "longValue": [("", lambda v: wrap(v, 64))],
        "shortValue": [("", lambda v: wrap(v, 16))],
        "byteValue": [("", lambda v: wrap(v, 8))],
        "doubleValue": [("", float)],
        "floatValue": [("", _float)],
        "toString": [
            ("", integer),
            (kind, lambda v, o: integer(o)),
            (kind + "i", lambda v, o, r: _radix(o, r)),
        ],
        "hashCode": [("", hashed), (kind, lambda v, o: hashed(o))],
        "equals": _EQUALS,
        "compareTo": _COMPARE,
        "compare": [(kind + kind, lambda v, a, b: compare(a, b))],
        f"parse{name}": [
            ("s", lambda v, s: parse_integer(s, bits)),
            ("si", lambda v, s, r: parse_integer(s, bits, r)),
        ],
        "valueOf": [
            ("s", lambda v, s: parse_integer(s, bits)),
            ("si", lambda v, s, r: parse_integer(s, bits, r)),
            (kind, lambda v, o: o),
        ],
        "max": [(kind + kind, lambda v, a, b: max(a, b))],
        "min": [(kind + kind, lambda v, a, b: min(a, b))],
        "sum": [(kind + kind, lambda v, a, b: wrap(a + b, bits))],
        "signum": [(kind, lambda v, a: (a > 0) - (a < 0))],
        "bitCount": [(kind, lambda v, a: (a & masks).bit_count())],
        "toHexString": [(kind, lambda v, a: format(a & masks, "x"))],
        "toOctalString": [(kind, lambda v, a: format(a & masks, "o"))],
        "toBinaryString": [(kind, lambda v, a: format(a & masks, "b"))],
    }


INTEGER: Table = _number("Int", 32, lambda v: v)
LONG: Table = _number("Long", 64, long_hash)
BIG_INTEGER: Table = {
    **{name: INTEGER[name] for name in ("intValue", "longValue", "shortValue", "byteValue")},
    **{name: INTEGER[name] for name in ("doubleValue", "floatValue")},
    "toString": [("", integer), ("i", _radix)],
    "hashCode": [("", big_hash)],
    "equals": _EQUALS,
    "compareTo": _COMPARE,
    "signum": [("", lambda v: (v > 0) - (v < 0))],
    "negate": [("", lambda v: -v)],
    "abs": [("", abs)],
    "bitLength": [("", int.bit_length)],
}
DOUBLE: Table = {
    "intValue": [("", lambda v: _clamp(v, 32))],
    "longValue": [("", lambda v: _clamp(v, 64))],
    "shortValue": [("", lambda v: wrap(_clamp(v, 32), 16))],
    "byteValue": [("", lambda v: wrap(_clamp(v, 32), 8))],
    "doubleValue": [("", lambda v: v)],
    "floatValue": [("", _float)],
    "isNaN": [("", math.isnan), ("d", lambda v, o: math.isnan(o))],
    "isInfinite": [("", math.isinf), ("d", lambda v, o: math.isinf(o))],
    "toString": [("", text), ("d", lambda v, o: text(float(o)))],
    "hashCode": [("", _double_hash), ("d", lambda v, o: _double_hash(float(o)))],
    "equals": _EQUALS,
    "compareTo": _COMPARE,
    "compare": [("dd", lambda v, a, b: _total_order(float(a), float(b)))],
    "parseDouble": [("s", lambda v, s: parse_double(s))],
    "valueOf": [("s", lambda v, s: parse_double(s)), ("d", lambda v, o: float(o))],
    "max": [("dd", lambda v, a, b: max(float(a), float(b)))],
    "min": [("dd", lambda v, a, b: min(float(a), float(b)))],
    "sum": [("dd", lambda v, a, b: float(a) + float(b))],
}
BIG_DECIMAL: Table = {
    "intValue": [("", lambda v: wrap(int(v.value), 32))],
    "longValue": [("", lambda v: wrap(int(v.value), 64))],
    "doubleValue": [("", lambda v: float(v.value))],
    "toString": [("", text)],
    "toPlainString": [("", lambda v: format(v.value, "f"))],
    "equals": _EQUALS,
    "compareTo": _COMPARE,
}


def _parse_boolean(_self: bool, value: str | None) -> bool:
    return value is not None and value.lower() == "true"


def _boolean_hash(value: bool) -> int:
    return 1231 if value else 1237


BOOLEAN: Table = {
    "booleanValue": [("", lambda v: v)],
    "toString": [("", text), ("z", lambda v, o: text(o))],
    "hashCode": [("", _boolean_hash), ("z", lambda v, o: _boolean_hash(o))],
    "compare": [("zz", lambda v, a, b: a - b)],
    "equals": _EQUALS,
    "compareTo": _COMPARE,
    "parseBoolean": [("s", _parse_boolean)],
    "valueOf": [("z", lambda v, o: o), ("s", _parse_boolean)],
    "logicalAnd": [("zz", lambda v, a, b: a and b)],
    "logicalOr": [("zz", lambda v, a, b: a or b)],
    "logicalXor": [("zz", lambda v, a, b: a != b)],
}
