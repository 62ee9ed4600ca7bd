"""What the operators of a filter mean.

Each takes the two values and answers yes or no.  The rules are the dialect's, and some are surprising: the
left side decides how a text and a number compare, and a missing value is equal to nothing, not even to
another missing one::

    >>> from wsgi_gateway.mapping.jsonpath.call import Call
    >>> OPERATORS["=="]("1", 1.0, Call("", {})), OPERATORS["=="](1.0, "1", Call("", {}))
    (False, True)

An operator applied to a kind it is not made for is a mismatch (`Call.mismatch`): the element is not selected,
not even behind a `!`.  Not for paths alone, which ask for existence (`predicates`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.equality import equal, same
from wsgi_gateway.mapping.jsonpath.kinds import elements, kind, parsed
from wsgi_gateway.mapping.jsonpath.numbers import compare, low_bits, number_text
from wsgi_gateway.mapping.jsonpath.regex import Pattern
from wsgi_gateway.mapping.jsonpath.text import utf16_key, utf16_length

Operator: TypeAlias = Callable[[Any, Any, Call], bool]

_STATES = 4
"""A pattern may keep many possibilities open at each character; 16 of them cost as much as a node."""


def _not_equal(left: Any, right: Any, call: Call) -> bool:
    return not equal(left, right, call)


def _identical(left: Any, right: Any, call: Call) -> bool:
    return kind(left) == kind(right) and equal(left, right, call)


def _not_identical(left: Any, right: Any, call: Call) -> bool:
    return not _identical(left, right, call)


def _order(left: Any, right: Any, call: Call) -> int:
    """-1, 0, 1, or 2 for values without an order."""
    kinds = kind(left), kind(right)
    if kinds == ("number", "number"):
        return compare(left, right)
    if kinds != ("text", "text"):
        return 2
    call.charge_text(left)
    if not (left.isascii() or right.isascii()):
        left, right = utf16_key(left), utf16_key(right)
    return int(left > right) - int(left < right)


def _ordered(*wanted: int) -> Operator:
    def ordered(left: Any, right: Any, call: Call) -> bool:
        return _order(left, right, call) in wanted

    return ordered


def _in(left: Any, right: Any, call: Call) -> bool:
    values = elements(right, call)
    return values is not None and any(same(left, value) for value in values)


def _not_in(left: Any, right: Any, call: Call) -> bool:
    return not _in(left, right, call)


def _contains(left: Any, right: Any, call: Call) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        call.charge_text(left)
        return right in left
    return kind(left) == "json" and _in(right, left, call)


def _lists(left: Any, right: Any, call: Call) -> tuple[list[Any], list[Any]] | None:
    others = elements(right, call)
    if others is None:
        return None
    values = elements(left, call)
    if values is None:
        return None
    call.charge(len(values) * len(others))
    return values, others


def _subset_of(left: Any, right: Any, call: Call) -> bool:
    lists = _lists(left, right, call)
    return lists is not None and all(any(same(value, other) for other in lists[1]) for value in lists[0])


def _meet(lists: tuple[list[Any], list[Any]]) -> bool:
    return any(same(value, other) for value in lists[0] for other in lists[1])


def _any_of(left: Any, right: Any, call: Call) -> bool:
    lists = _lists(left, right, call)
    return lists is not None and _meet(lists)


def _none_of(left: Any, right: Any, call: Call) -> bool:
    lists = _lists(left, right, call)
    return lists is not None and not _meet(lists)


def _size(left: Any, right: Any, call: Call) -> bool:
    if kind(right) != "number":
        return False
    if isinstance(left, str):
        return utf16_length(left) == low_bits(right)
    if kind(left) != "json":
        return False
    value = parsed(left, call)
    return (len(value) if isinstance(value, list) else -1) == low_bits(right)


def _empty(left: Any, right: Any, call: Call) -> bool:
    if not isinstance(left, str):
        if kind(left) != "json":
            return False
        left = parsed(left, call)
        if isinstance(left, dict):
            call.fail("empty cannot be asked of an object")
    if not isinstance(right, bool):
        call.mismatch("empty needs true or false on its right")
    return (not left) == right


def _matches(left: Any, right: Any, call: Call) -> bool:
    """`=~`: one side is a pattern, and it must match the whole of the other, or of one of its elements."""
    if isinstance(left, Pattern) == isinstance(right, Pattern):
        return False
    pattern, value = (left, right) if isinstance(left, Pattern) else (right, left)
    values = elements(value, call) if kind(value) == "json" else None
    return any(_match(pattern, _input(item, call), call) for item in ([value] if values is None else values))


def _match(pattern: Pattern, text: str, call: Call) -> bool:
    call.charge(pattern.size * len(text) >> _STATES)
    return pattern.matches(text)


def _input(value: Any, call: Call) -> str:
    """The text a pattern is tried on; what has none counts as the empty text."""
    if isinstance(value, str):
        call.charge_text(value)
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if kind(value) == "number" else ""


def _exists(left: Any, right: Any, call: Call) -> bool:
    """The word `exists` compares booleans; it is not the question whether a path leads anywhere."""
    if not isinstance(left, bool) and not isinstance(right, bool):
        call.fail("exists compares booleans")
    if not (isinstance(left, bool) and isinstance(right, bool)):
        call.mismatch("exists compares booleans")
    return left == right


def _never(left: Any, right: Any, call: Call) -> NoReturn:
    """`all`, `type` and `matches` can be read, but no value that a path can express makes them true."""
    call.mismatch("the operator cannot be applied")


OPERATORS: dict[str, Operator] = {
    "==": equal,
    "!=": _not_equal,
    "===": _identical,
    "!==": _not_identical,
    "<": _ordered(-1),
    "<=": _ordered(-1, 0),
    ">": _ordered(1),
    ">=": _ordered(0, 1),
    "=~": _matches,
    "IN": _in,
    "NIN": _not_in,
    "CONTAINS": _contains,
    "SUBSETOF": _subset_of,
    "ANYOF": _any_of,
    "NONEOF": _none_of,
    "SIZE": _size,
    "EMPTY": _empty,
    "EXISTS": _exists,
    "ALL": _never,
    "TYPE": _never,
    "MATCHES": _never,
}
