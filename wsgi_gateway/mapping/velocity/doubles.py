"""`Double.toString` as Java did it until version 18, for the numbers where that is not the shortest text.

A double has many decimal texts that read back as itself. Python prints the shortest; so does Java from 19 on.
Java before that stops at the first digit that its estimate of the error allows, and for large numbers and
for denormal ones that may be a digit later. Which Java API Gateway runs is not known; the one that answered
the shared cases is 17::

    >>> from wsgi_gateway.mapping.velocity.doubles import digits
    >>> digits(2e23)
    ('19999999999999998', 24)

Between a thousandth and 10**15 both agree, and `printing` does not come here. Not for negative numbers, zero,
infinities and NaN. The steps are those of Steele and White's and of David Gay's paper "Correctly rounded
binary-decimal and decimal-binary conversions" (AT&T Bell Laboratories, 1990).
"""

import math
import struct

_FRACTION = 52
_BIAS = 1023
_EXACT = 62
"""Whole numbers up to this power of two are taken as a long."""


def digits(value: float) -> tuple[str, int]:
    """The digits of a positive `value`, and where the decimal point stands: 0 is before the first digit."""
    fraction, exponent, significant = _parts(value)
    zeros = (fraction & -fraction).bit_length() - 1
    bits = _FRACTION + 1 - zeros
    if max(0, bits - exponent - 1) == 0 and exponent <= _EXACT:
        return _whole(fraction, exponent, significant)
    return _generate(fraction >> zeros, exponent, bits, significant)


def _parts(value: float) -> tuple[int, int, int]:
    """The fraction with its leading bit, the binary exponent, and how many of the bits mean anything."""
    raw: int = struct.unpack(">q", struct.pack(">d", value))[0]
    fraction, exponent = raw & ((1 << _FRACTION) - 1), raw >> _FRACTION
    if exponent:
        return fraction | 1 << _FRACTION, exponent - _BIAS, _FRACTION + 1
    significant = fraction.bit_length()
    shift = _FRACTION + 1 - significant
    return fraction << shift, 1 - shift - _BIAS, significant


def _whole(fraction: int, exponent: int, significant: int) -> tuple[str, int]:
    number = fraction << exponent - _FRACTION if exponent >= _FRACTION else fraction >> _FRACTION - exponent
    unused = max(0, exponent - significant - 1)
    dropped = int(unused * math.log10(2)) if exponent > significant else 0
    if dropped:
        number, rest = divmod(number, 10**dropped)
        number += rest >= 10**dropped // 2
    shown = str(number)
    return shown.rstrip("0"), len(shown) + dropped


def _generate(fraction: int, exponent: int, bits: int, significant: int) -> tuple[str, int]:
    point = _estimate(fraction << _FRACTION + 1 - bits, exponent)
    tiny = max(0, bits - exponent - 1)
    fives, halves = max(0, -point), max(0, point)
    numerator = max(0, -point) + tiny + exponent
    denominator = halves + tiny
    error = numerator - significant
    numerator -= bits - 1
    common = min(numerator, denominator)
    numerator, denominator, error = numerator - common, denominator - common, error - common
    error -= bits == 1  # below a power of two the next number is half as far away
    more = max(0, -error)
    numerator, denominator, error = numerator + more, denominator + more, error + more
    rest, unit = fraction * 5**fives << numerator, 5**halves << denominator
    large = bits + numerator + _five_bits(fives) >= 64 or denominator + 1 + _five_bits(halves + 1) >= 64
    return _digits(rest, unit, 5**fives << error, point, large)


def _digits(rest: int, unit: int, error: int, point: int, large: bool) -> tuple[str, int]:
    digit, rest = divmod(rest, unit)
    rest, error = rest * 10, error * 10
    found = [digit]
    if digit == 0 and not _above(rest, unit, error, large):
        found, point = [], point - 1
    low = high = False  # not yet: there is always a digit after the point
    while not (low or high):
        digit, rest = divmod(rest, unit)
        rest, error = rest * 10, error * 10
        low, high = rest < error, _above(rest, unit, error, large)
        found.append(digit)
    half = rest - 5 * unit
    if high and (not low or half > 0 or (half == 0 and found[-1] & 1)):
        return _rounded_up(found, point + 1)
    return "".join(map(str, found)).rstrip("0") or "0", point + 1


def _above(rest: int, unit: int, error: int, large: bool) -> bool:
    # Beyond a long Java counts a tie in.
    return rest + error >= 10 * unit if large else rest + error > 10 * unit


def _rounded_up(found: list[int], point: int) -> tuple[str, int]:
    shown = str(int("".join(map(str, found))) + 1)
    return shown.rstrip("0"), point + len(shown) - len(found)


def _five_bits(power: int) -> int:
    return (5**power).bit_length() if power and power < 27 else 3 * power


def _estimate(fraction: int, exponent: int) -> int:
    mantissa = fraction / (1 << _FRACTION)
    return math.floor((mantissa - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981)
