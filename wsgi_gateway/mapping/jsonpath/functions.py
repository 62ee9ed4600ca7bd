"""The functions a path may call: `length()`, `sum()`, `concat()`, ...

A function works on the value the path has reached, a list mostly, and on its arguments::

    >>> from wsgi_gateway.mapping.jsonpath import compile_path
    >>> compile_path("$.n.sum(4)")({"n": [1, 2, "x"]}), compile_path("$.n.length()")({"n": [1, 2, "x"]})
    (7.0, 3)

Arithmetic is in doubles and ignores what is no number.  Documents are never changed: `append()` answers a new
list.  Not for a step after a star that should see all hits together; only a deep scan does that
(`$..price.sum()`).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.kinds import KeySet
from wsgi_gateway.mapping.jsonpath.numbers import java_text, low_bits

MALFORMED = object()
"""Stands for an argument that is no JSON, until a function wants to use it."""

PathFunction: TypeAlias = Callable[[Any, list[Any], Call], Any]

_SMALLEST_DOUBLE = 5e-324
_PIECE = 2
"""Four characters that are joined cost as much as a node."""


def _numbers(value: Any, call: Call) -> list[Any]:
    if value is MALFORMED:
        call.fail("an argument is malformed JSON")
    values = value if isinstance(value, list) else [value]
    call.charge(len(values))
    return [item for item in values if isinstance(item, (int, float)) and not isinstance(item, bool)]


def _all_numbers(model: Any, arguments: list[Any], call: Call) -> list[float]:
    numbers = _numbers(model, call) if isinstance(model, list) else []
    for argument in arguments:
        numbers += _numbers(argument, call)
    if not numbers:
        call.fail("there is no number to aggregate")
    return [_double(number) for number in numbers]


def _double(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _sum(numbers: list[float]) -> float:
    # Left to right and without compensation, which sum() has from Python 3.12 on.
    total = 0.0
    for number in numbers:
        total += number
    return total


def _avg(numbers: list[float]) -> float:
    return _sum(numbers) / len(numbers)


def _min(numbers: list[float]) -> float:
    return min([sys.float_info.max, *numbers])


def _max(numbers: list[float]) -> float:
    # The search starts at the smallest positive double, so that is the answer for negative numbers.
    return max([_SMALLEST_DOUBLE, *numbers])


def _stddev(numbers: list[float]) -> float:
    count = len(numbers)
    total = _sum(numbers)
    variance = _sum([number * number for number in numbers]) / count - total * total / count / count
    return math.sqrt(variance) if variance >= 0 else math.nan


def _aggregate(function: Callable[[list[float]], float]) -> PathFunction:
    def aggregate(model: Any, arguments: list[Any], call: Call) -> float:
        return function(_all_numbers(model, arguments, call))

    return aggregate


def _at(model: Any, place: int, call: Call) -> Any:
    """A negative place counts from the end, but the first element cannot be reached that way."""
    if not isinstance(model, list):
        call.fail("only a list has a first, last or numbered element")
    if place >= len(model):
        call.no_such_place("the list is too short")
    if place < 0 and len(model) + place <= 0:
        call.fail("the first element cannot be counted from the end")
    return model[place]


def _first(model: Any, arguments: list[Any], call: Call) -> Any:
    return _at(model, 0, call)


def _last(model: Any, arguments: list[Any], call: Call) -> Any:
    return _at(model, -1, call)


def _index(model: Any, arguments: list[Any], call: Call) -> Any:
    numbers: list[Any] = []
    if isinstance(model, list):
        for argument in arguments:
            numbers += _numbers(argument, call)
        if not numbers:
            call.no_such_place("index() needs a number")
    return _at(model, _place(numbers[0]) if numbers else 0, call)


def _place(number: int | float) -> int:
    """A whole number is cut to 32 bits; a double stops at their ends."""
    return int(min(max(number, -(2**31)), 2**31 - 1)) if isinstance(number, float) else low_bits(number)


def _keys(model: Any, arguments: list[Any], call: Call) -> KeySet | None:
    return KeySet(list(model)) if isinstance(model, dict) else None


def _append(model: Any, arguments: list[Any], call: Call) -> Any:
    if not isinstance(model, list) or not arguments:
        return model
    if MALFORMED in arguments:
        call.fail("an argument is malformed JSON")
    call.charge(len(model))
    return [*model, *(argument.names if isinstance(argument, KeySet) else argument for argument in arguments)]


def _concat(model: Any, arguments: list[Any], call: Call) -> str:
    pieces: list[str] = []
    if isinstance(model, list):
        call.charge(len(model))
        pieces += [item for item in model if isinstance(item, str)]
    for argument in arguments:
        if argument is MALFORMED:
            call.fail("an argument is malformed JSON")
        items = argument if isinstance(argument, list) else [argument]
        pieces += [_java_string(item, call) for item in items if item is not None]
    for piece in pieces:
        call.charge(len(piece) >> _PIECE)
    return "".join(pieces)


def _java_string(value: Any, call: Call) -> str:
    """A value as Java prints it, lists and objects included: [1, 2] and {a=1}."""
    call.charge(1)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        pieces = [f"{name}={_java_string(item, call)}" for name, item in value.items()]
    elif isinstance(value, (list, KeySet)):
        items = value.names if isinstance(value, KeySet) else value
        pieces = [_java_string(item, call) for item in items]
    else:
        return java_text(value)
    for piece in pieces:
        call.charge(len(piece) >> _PIECE)
    inside = ", ".join(pieces)
    return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"


def length(model: Any) -> int | None:
    """The number of elements or members; None for anything else, texts included."""
    return len(model) if isinstance(model, (list, dict)) else None


FUNCTIONS: dict[str, PathFunction] = {
    "length": lambda model, arguments, call: length(model),
    "size": lambda model, arguments, call: length(model),
    "keys": _keys,
    "first": _first,
    "last": _last,
    "index": _index,
    "append": _append,
    "concat": _concat,
    "min": _aggregate(_min),
    "max": _aggregate(_max),
    "avg": _aggregate(_avg),
    "sum": _aggregate(_sum),
    "stddev": _aggregate(_stddev),
}
