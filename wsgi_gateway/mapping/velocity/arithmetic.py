"""Arithmetic and comparison, as Velocity does them on Java's numbers.

Integers grow (int, long, BigInteger), division and remainder truncate toward zero, a division by zero and
anything that is no number give null, which `#set` then ignores. `+` joins if either side is a String. `==`
compares numbers by value, things of one class with equals, and everything else by what they print.
"""

import math
from decimal import ROUND_HALF_DOWN, Context, Decimal, DecimalException
from typing import Any

from wsgi_gateway.mapping.velocity.budget import LARGE, SMALL, charge_text, check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.values import BigDecimal, Char, Entry, MapView, is_number, plain_key

_LONG = range(-(2**63), 2**63)
_MIN, _MAX = -(2**63), 2**63 - 1
_SMALL = 2**62
_MAX_BITS = 13_000
"""Of an integer: 3,914 digits, which Python prints without ado."""
_EXACT = Context(prec=4000, Emax=20_000, Emin=-20_000)


def join(left: str, right: str) -> str:
    """Concatenate, within the budget."""
    size = len(left) + len(right)
    if size > SMALL:
        charge_text(size, left.isascii() and right.isascii())
    return left + right


def add(left: Any, right: Any, source: str, start: int, end: int, right_start: int, right_end: int) -> Any:
    """`left + right`; beside a string, what has no value counts as its source."""
    if type(left) is str or type(right) is str:
        ours = source[start:end] if left is None else text(left)
        return join(ours, source[right_start:right_end] if right is None else text(right))
    if type(left) is int and type(right) is int and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL:
        return left + right
    return _calculate("+", left, right)


def subtract(left: Any, right: Any) -> Any:
    """`left - right`"""
    return _calculate("-", left, right)


def multiply(left: Any, right: Any) -> Any:
    """`left * right`"""
    return _calculate("*", left, right)


def divide(left: Any, right: Any) -> Any:
    """`left / right`"""
    return _calculate("/", left, right)


def modulo(left: Any, right: Any) -> Any:
    """`left % right`"""
    return _calculate("%", left, right)


def _calculate(operator: str, left: Any, right: Any) -> Any:
    if not is_number(left) or not is_number(right):
        return None
    if operator in "/%" and not _as_decimal(right):
        return None
    if type(left) is int and type(right) is int:
        return _integers(operator, left, right)
    big = BigDecimal in (type(left), type(right)) or any(
        type(n) is int and n not in _LONG for n in (left, right)
    )
    return _decimals(operator, left, right) if big else _doubles(operator, float(left), float(right))


def _integers(operator: str, left: int, right: int) -> int:
    if left.bit_length() + right.bit_length() > _MAX_BITS:
        raise TemplateRuntimeError("an integer grew too large")
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    quotient, remainder = divmod(abs(left), abs(right))
    if operator == "/":
        return quotient if (left < 0) == (right < 0) else -quotient
    if left not in _LONG or right not in _LONG:
        # BigInteger.mod is never negative, and refuses a negative modulus.
        if right < 0:
            raise TemplateRuntimeError("modulus not positive")
        return left % right
    return -remainder if left < 0 else remainder


def _doubles(operator: str, left: float, right: float) -> float:
    try:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        if operator == "/":
            return left / right
        return math.fmod(left, right)
    except (OverflowError, ValueError):
        return math.nan


def _as_decimal(value: Any) -> Decimal:
    return value.value if type(value) is BigDecimal else Decimal(value)


def _decimals(operator: str, left: Any, right: Any) -> Any:
    one, two = _as_decimal(left), _as_decimal(right)
    if not (one.is_finite() and two.is_finite()):
        raise TemplateRuntimeError("Infinite or NaN")
    try:
        return _exactly(operator, one, two)
    except DecimalException:
        raise TemplateRuntimeError("a decimal grew too large") from None


def _exactly(operator: str, one: Decimal, two: Decimal) -> BigDecimal:
    if operator == "+":
        return BigDecimal(_EXACT.add(one, two))
    if operator == "-":
        return BigDecimal(_EXACT.subtract(one, two))
    if operator == "*":
        return BigDecimal(_EXACT.multiply(one, two))
    if operator == "%":
        raise TemplateRuntimeError("Cannot calculate the modulo of BigDecimals.")
    scale = Decimal(1).scaleb(int(one.as_tuple().exponent))
    return BigDecimal(_EXACT.divide(one, two).quantize(scale, ROUND_HALF_DOWN, _EXACT))


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 for two numbers, else None."""
    if not is_number(left) or not is_number(right):
        return None
    if BigDecimal in (type(left), type(right)):
        left, right = _as_decimal(left), _as_decimal(right)
    elif type(left) is not type(right) and _MIN <= left <= _MAX and _MIN <= right <= _MAX:
        left, right = float(left), float(right)
    return -1 if left < right else 1 if left > right else 0


def less(left: Any, right: Any) -> bool:
    """`left < right`"""
    return compare(left, right) == -1


def less_equal(left: Any, right: Any) -> bool:
    """`left <= right`"""
    return compare(left, right) in (-1, 0)


def greater(left: Any, right: Any) -> bool:
    """`left > right`"""
    return compare(left, right) == 1


def greater_equal(left: Any, right: Any) -> bool:
    """`left >= right`"""
    return compare(left, right) in (0, 1)


def equal(left: Any, right: Any) -> bool:
    """`left == right`"""
    if type(left) is str and type(right) is str:
        if len(left) > LARGE:
            check()
        return left == right
    order = compare(left, right)
    if order is not None:
        return order == 0
    if left is None or right is None:
        return left is right
    if same_class(left, right):
        return equals(left, right)
    return text(left) == text(right)


def not_equal(left: Any, right: Any) -> bool:
    """`left != right`"""
    return not equal(left, right)


def same_class(left: Any, right: Any) -> bool:
    """Whether one's class can be assigned from the other's."""
    if (type(left) is Char) != (type(right) is Char):
        return False
    return isinstance(left, type(right)) or isinstance(right, type(left))


def equals(left: Any, right: Any, budget: list[int] | None = None) -> bool:
    """`left.equals(right)`: content for collections, never across classes of number."""
    budget = budget if budget is not None else [100_000]
    budget[0] -= 1
    if not budget[0] & 255:
        check()
    if budget[0] < 0:
        raise TemplateRuntimeError("comparing two collections takes too long")
    if left is right:
        return True
    if isinstance(left, str) and len(left) > LARGE:
        check()
    if isinstance(left, dict) and isinstance(right, dict):
        if len(left) != len(right):
            return False
        return all(key in right and equals(value, right[key], budget) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equals(a, b, budget) for a, b in zip(left, right, strict=True))
    if isinstance(left, MapView) and isinstance(right, MapView):
        return equals(left.items(), right.items(), budget)
    if isinstance(left, Entry) and isinstance(right, Entry):
        ours, theirs = left.source.get(left.key), right.source.get(right.key)
        return bool(plain_key(left.key) == plain_key(right.key)) and equals(ours, theirs, budget)
    if type(left) is type(right) is Char:
        return str.__eq__(left, right)
    if type(left) is not type(right) or left.__class__.__module__.startswith("wsgi_gateway"):
        return type(left) is type(right) is BigDecimal and left.value == right.value
    return bool(left == right)
