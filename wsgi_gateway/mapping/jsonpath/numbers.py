"""Numbers as the dialect compares and prints them: exactly, and in Java's spelling.

A double counts as the shortest decimal that stands for it, so 0.1 is one tenth; whole numbers have no limit::

    >>> number_text(1e7), java_text(1e7), compare(0.1, Decimal("0.1000000000000000055"))
    ('1.0E+7', '1.0E7', -1)

`number_text` is what a number becomes when it is compared with a text, `java_text` what `concat()` prints.
Not for the JSON output of a mapping template.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import TypeAlias

Number: TypeAlias = int | float | Decimal

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,12}))?")
_EXACT = 2**53
_MAX_DIGITS = 4000
_MAX_EXPONENT = 2**31 - 1


def parse_number(text: str) -> Number | None:
    """The number a text stands for, or None; an int or float where that loses nothing."""
    match = _DECIMAL.fullmatch(text)
    if match is None or (match[1] and abs(int(match[1])) > _MAX_EXPONENT):
        return None
    exact = Decimal(text)
    if text.isdecimal() and len(text) < _MAX_DIGITS:
        return int(text)
    return exact


def plain(number: Number) -> Number:
    """The same number in the type that compares fastest."""
    if not isinstance(number, Decimal) or not abs(number.adjusted()) < 15:
        return number
    if number == (whole := int(number)):
        return whole
    double = float(number)
    return double if Decimal(repr(double)) == number else number


def exact(number: Number) -> Decimal:
    """The number as the decimal it is compared as."""
    if isinstance(number, Decimal):
        return number
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def compare(left: Number, right: Number) -> int:
    """-1, 0 or 1; 2 when one of them is no number at all."""
    if left != left or right != right:
        return 2
    if isinstance(left, int) and isinstance(right, int):
        return (left > right) - (left < right)
    # Doubles and their shortest decimals come in the same order, so the quick comparison is right as long as
    # whole numbers have an exact double.
    if isinstance(left, Decimal) or isinstance(right, Decimal) or not (-_EXACT < left < _EXACT):
        left, right = exact(left), exact(right)
    return (left > right) - (left < right)


def number_text(number: Number) -> str:
    """The number as a decimal prints itself: 42, 1.0, 1.0E+7."""
    if isinstance(number, int):
        return whole_text(number)
    if isinstance(number, float):
        if not math.isfinite(number):
            return java_text(number)
        number = Decimal(java_text(number))
    return str(number.copy_abs() if number.is_zero() else number)


def whole_text(number: int) -> str:
    """All digits of a whole number, beyond the limit Python sets for str()."""
    return str(number) if number.bit_length() < 3 * _MAX_DIGITS else str(Decimal(number))


def java_text(number: Number) -> str:
    """The number as Java prints it: 42, 1.0, 1.0E7, 1.0E-4."""
    if isinstance(number, int):
        return whole_text(number)
    if isinstance(number, Decimal):
        return str(number)
    if not math.isfinite(number):
        return "NaN" if number != number else ("Infinity" if number > 0 else "-Infinity")
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    return _scientific(number)


def _scientific(number: float) -> str:
    shortest = Decimal(repr(number))
    text = "".join(map(str, shortest.as_tuple().digits)).rstrip("0")
    sign = number < 0
    if len(text) == 1:
        # Java prints at least two digits and chooses the nearest pair, as the smallest doubles show.
        mantissa, _, tail = f"{abs(number):.1e}".partition("e")
        return f"{'-' * sign}{mantissa}E{int(tail)}"
    return f"{'-' * sign}{text[0]}.{text[1:]}E{shortest.adjusted()}"


def low_bits(number: Number) -> int:
    """The number cut to a 32-bit integer, as a size is read."""
    if isinstance(number, float) and not math.isfinite(number):
        return 0
    whole = int(number) if not isinstance(number, Decimal) or number.adjusted() < 1000 else 0
    return (whole + 2**31) % 2**32 - 2**31
