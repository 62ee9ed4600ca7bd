"""`String.format`, which templates reach through any string: `$e.format('%05d', $n)`.

`%s`, `%S`, `%b`, `%c`, `%d`, `%x`, `%X`, `%o`, `%f`, `%e`, `%n` and `%%`, with the flags, widths, precisions
and argument numbers of Java::

    >>> from wsgi_gateway.mapping.velocity.formatting import formatted
    >>> formatted('%05d %.2f', [42, 1.005])
    '00042 1.01'

Digits are those of the printed number, rounded half up. Not for dates (`%t`), hexadecimal floats or locales:
those are refused. See https://docs.oracle.com/javase/8/docs/api/java/util/Formatter.html
"""

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from wsgi_gateway.mapping.velocity.budget import charge_text, check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import integer, text
from wsgi_gateway.mapping.velocity.values import BigDecimal, Char

_FIELD = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)([1-9]\d*)?(?:\.(\d+))?([a-zA-Z%])")
_NUMBER_FLAGS = frozenset("+ ,(0")
_WIDEST = 10_000
_WIDE = Context(prec=4000)


def formatted(pattern: str, arguments: list[Any]) -> str:
    """The pattern with the arguments in it; TemplateRuntimeError where Java raises."""
    out: list[str] = []
    position = size = ordinary = last = 0
    for field in _FIELD.finditer(pattern):
        check()
        out.append(_plain(pattern[position : field.start()]))
        number, flags, width, precision, kind = field.groups()
        position = field.end()
        value: Any = None
        if kind in "%n":
            if "<" in flags or (kind == "n" and width):
                raise _wrong(field[0])
        else:
            if number is None and "<" not in flags:
                ordinary += 1
            last = last if "<" in flags else int(number or ordinary)
            if not 0 < last <= len(arguments):
                raise _wrong(field[0])
            value = arguments[last - 1]
        out.append(_field(value, flags.replace("<", ""), width, precision, kind, field[0]))
        size += len(out[-1])
        charge_text(size, ascii_only=False)
    out.append(_plain(pattern[position:]))
    return "".join(out)


def _wrong(what: str) -> TemplateRuntimeError:
    return TemplateRuntimeError(f"java.util.IllegalFormatException: {what[:80]!r}")


def _plain(piece: str) -> str:
    if "%" in piece:
        raise _wrong(piece)
    return piece


def _field(value: Any, flags: str, width: str | None, precision: str | None, kind: str, source: str) -> str:
    columns, digits = int((width or "0")[:6]), None if precision is None else int(precision[:6])
    if len(set(flags)) != len(flags) or max(columns, digits or 0) > _WIDEST:
        raise _wrong(source)
    left, zero = "-" in flags, "0" in flags
    if ((left or zero) and not columns) or (left and zero) or ("+" in flags and " " in flags):
        raise _wrong(source)
    make = _KINDS.get(kind)
    if make is None:
        raise _wrong(source)
    shown = make(value, flags, digits, source)
    if zero and (shown[:1].isdigit() or shown[1:2].isdigit()):
        sign = "" if shown[0].isdigit() else shown[0]
        return sign + shown[len(sign) :].rjust(columns - len(sign), "0")
    return shown.ljust(columns) if left else shown.rjust(columns)


def _text(value: Any, flags: str, digits: int | None, source: str) -> str:
    if set(flags) - {"-"}:
        raise _wrong(source)
    return ("null" if value is None else text(value))[:digits]


def _boolean(value: Any, flags: str, digits: int | None, source: str) -> str:
    return _text("false" if value is None or value is False else "true", flags, digits, source)


def _character(value: Any, flags: str, digits: int | None, source: str) -> str:
    if digits is not None or set(flags) - {"-"}:
        raise _wrong(source)
    if value is None or type(value) is Char:
        return _text(value, flags, None, source)
    if type(value) is not int or not 0 <= value <= 0x10FFFF:
        raise _wrong(source)
    return chr(value)


def _signed(negative: bool, size: str, flags: str) -> str:
    if negative:
        return f"({size})" if "(" in flags else f"-{size}"
    return ("+" if "+" in flags else " " if " " in flags else "") + size


def _grouped(whole: str, flags: str) -> str:
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", whole) if "," in flags else whole


def _decimal(value: Any, flags: str, digits: int | None, source: str) -> str:
    if digits is not None or "#" in flags or (value is not None and type(value) is not int):
        raise _wrong(source)
    if value is None:
        return "null"
    return _signed(value < 0, _grouped(integer(abs(value)), flags), flags)


def _in_base(base: str, prefix: str) -> Callable[[Any, str, int | None, str], str]:
    def shown(value: Any, flags: str, digits: int | None, source: str) -> str:
        bits = 0 if type(value) is not int else value.bit_length() + (value < 0)
        narrow = bits <= 64
        if digits is not None or (value is not None and type(value) is not int):
            raise _wrong(source)
        if "," in flags or (narrow and set(flags) & set("+ (")):
            raise _wrong(source)
        if value is None:
            return "null"
        if narrow:  # a negative int or long shows its bits
            value &= (1 << (32 if -(2**31) <= value < 2**31 else 64)) - 1
        size = (prefix if "#" in flags else "") + format(abs(value), base)
        return _signed(value < 0, size, flags)

    return shown


def _number(value: Any, flags: str, source: str) -> Decimal | str:
    """The value to be written with a point; or its text if it is none that could be."""
    if value is None:
        return "null"
    if type(value) is BigDecimal:
        return value.value
    if type(value) is not float:
        raise _wrong(source)
    if not math.isfinite(value):
        return "NaN" if value != value else _signed(value < 0, "Infinity", flags)
    return Decimal(text(value))


def _fixed(value: Any, flags: str, digits: int | None, source: str) -> str:
    number = _number(value, flags, source)
    if isinstance(number, str):
        return number
    places = 6 if digits is None else digits
    rounded = abs(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    whole, _, part = format(rounded, "f").partition(".")
    point = "." + part if part else "." if "#" in flags else ""
    return _signed(number.is_signed(), _grouped(whole, flags) + point, flags)


def _scientific(value: Any, flags: str, digits: int | None, source: str) -> str:
    number = _number(value, flags, source)
    if "," in flags:
        raise _wrong(source)
    if isinstance(number, str):
        return number
    size, places = abs(number), 6 if digits is None else digits
    power = size.adjusted() if size else 0
    rounded = size.scaleb(-power, _WIDE).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    if rounded >= 10:
        power, rounded = power + 1, (rounded / 10).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    point = "." if "#" in flags and not places else ""
    return _signed(
        number.is_signed(), f"{rounded:f}{point}e{'-' if power < 0 else '+'}{abs(power):02d}", flags
    )


def _upper(make: Callable[[Any, str, int | None, str], str]) -> Callable[[Any, str, int | None, str], str]:
    return lambda value, flags, digits, source: make(value, flags, digits, source).upper()


def _line_end(_value: Any, flags: str, digits: int | None, source: str) -> str:
    if flags or digits is not None:
        raise _wrong(source)
    return "\n"


def _percent(_value: Any, flags: str, digits: int | None, source: str) -> str:
    if set(flags) - {"-"} or digits is not None:
        raise _wrong(source)
    return "%"


_KINDS: dict[str, Callable[[Any, str, int | None, str], str]] = {
    "s": _text,
    "b": _boolean,
    "c": _character,
    "d": _decimal,
    "x": _in_base("x", "0x"),
    "o": _in_base("o", "0"),
    "f": _fixed,
    "e": _scientific,
}
_KINDS |= {kind.upper(): _upper(_KINDS[kind]) for kind in "sbcxe"} | {"n": _line_end, "%": _percent}
