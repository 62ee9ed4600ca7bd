"""Two notions of being equal.

`equal` is the operator `==`; `same` is how a list is searched.  They differ for lists and objects only, and
both inherit the dialect's asymmetries::

    >>> from wsgi_gateway.mapping.jsonpath.call import Call
    >>> equal([1], JsonLiteral("[1]"), Call("", {})), equal(JsonLiteral("[1]"), [1], Call("", {}))
    (True, False)

Inside lists and objects 1 and 1.0 are different things.  Not for ordering (`operators`).
"""

from __future__ import annotations

import math
from typing import Any

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.kinds import kind, parsed
from wsgi_gateway.mapping.jsonpath.literals import JsonLiteral
from wsgi_gateway.mapping.jsonpath.numbers import compare, number_text, parse_number


def equal(left: Any, right: Any, call: Call) -> bool:
    """Whether left == right."""
    if kind(left) == kind(right) == "json":
        right = parsed(right, call)
        # A literal on the left is compared as the text it was written as, so it equals nothing.
        return not isinstance(left, JsonLiteral) and deep_equal(left, right, call)
    if isinstance(left, str):
        call.charge_text(left)
    if isinstance(right, str):
        call.charge_text(right)
    return same(left, right)


def same(left: Any, right: Any) -> bool:
    """Whether an element of a list is the one looked for."""
    left_kind, right_kind = kind(left), kind(right)
    if left_kind == "text":
        if right_kind == "number":
            right, right_kind = number_text(right), "text"
        return right_kind == "text" and bool(left == right)
    if left_kind == "number":
        if right_kind == "text":
            right = parse_number(right)
            return right is not None and compare(left, right) == 0
        return right_kind == "number" and compare(left, right) == 0
    if left_kind in ("bool", "null"):
        return right_kind == left_kind and bool(left == right)
    return isinstance(left, JsonLiteral) and isinstance(right, JsonLiteral) and left.text == right.text


def deep_equal(left: Any, right: Any, call: Call) -> bool:
    """Whether two documents are the same, down to the types of their numbers; without recursion."""
    pairs = [(left, right)]
    while pairs:
        left, right = pairs.pop()
        call.charge(1)
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pairs.extend(zip(left, right, strict=True))
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            pairs.extend((left[name], right[name]) for name in left)
        elif not _scalars_equal(left, right):
            return False
    return True


def _scalars_equal(left: Any, right: Any) -> bool:
    if kind(left) != kind(right) or isinstance(left, (list, dict)):
        return False
    if kind(left) != "number":
        return bool(left == right)
    if isinstance(left, int) or isinstance(right, int):
        return isinstance(left, int) and isinstance(right, int) and left == right
    if isinstance(left, float) and isinstance(right, float):
        return (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        ) or left != left != right != right
    return type(left) is type(right) and bool(left == right)
