"""From a filter's condition to a function that tests one element.

The function takes the element and the `Call`.  Paths inside the condition are compiled by the caller's
`compile_path`, because filters contain paths and paths contain filters.  Three rules are easy to miss:

* a path alone asks whether it leads anywhere, and then every name in it is required, even behind a star;
* in that question `$` is the element, while in a comparison it is the document;
* an answer of a `$` path is worked out once per evaluation.

Not for choosing the elements to test (`selectors`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathNotFound, QueryFailed
from wsgi_gateway.mapping.jsonpath.kinds import UNDEFINED, KeySet
from wsgi_gateway.mapping.jsonpath.nodes import (
    And,
    Comparison,
    Condition,
    Exists,
    Literal,
    Not,
    Operand,
    Path,
)
from wsgi_gateway.mapping.jsonpath.numbers import plain
from wsgi_gateway.mapping.jsonpath.operators import OPERATORS

Evaluator: TypeAlias = Callable[[Any, Call], Any]
Test: TypeAlias = Callable[[Any, Call], bool]
CompilePath: TypeAlias = Callable[[Path, bool], Evaluator]
"""Takes a path, and whether every name in it is required."""

_QUICK: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_filter(condition: Condition, at: int, strict: bool, compile_path: CompilePath) -> Test:
    """The test of a whole filter, for which a mismatch anywhere means no."""
    test = _compile(condition, strict, compile_path)

    def accept(element: Any, call: Call) -> bool:
        call.at = at
        try:
            return test(element, call)
        except QueryFailed:
            raise
        except (InvalidPath, PathNotFound):
            return False

    return accept


def _compile(condition: Condition, strict: bool, compile_path: CompilePath) -> Test:
    if isinstance(condition, Exists):
        return _exists(condition, compile_path)
    if isinstance(condition, Comparison):
        return _comparison(condition, strict, compile_path)
    if isinstance(condition, Not):
        return _not(_compile(condition.term, strict, compile_path))
    tests = tuple(_compile(term, strict, compile_path) for term in condition.terms)
    return _all(tests) if isinstance(condition, And) else _any(tests)


def _not(test: Test) -> Test:
    return lambda element, call: not test(element, call)


def _all(tests: tuple[Test, ...]) -> Test:
    def every(element: Any, call: Call) -> bool:
        for test in tests:  # noqa: SIM110 - a generator would cost more than the tests
            if not test(element, call):
                return False
        return True

    return every


def _any(tests: tuple[Test, ...]) -> Test:
    def some(element: Any, call: Call) -> bool:
        for test in tests:  # noqa: SIM110 - as above
            if test(element, call):
                return True
        return False

    return some


def _exists(condition: Exists, compile_path: CompilePath) -> Test:
    evaluate = compile_path(condition.path, True)
    wanted = condition.wanted

    def exists(element: Any, call: Call) -> bool:
        try:
            evaluate(element, call)
        except PathNotFound:
            return not wanted
        return wanted

    return exists


def _comparison(condition: Comparison, strict: bool, compile_path: CompilePath) -> Test:
    left = _operand(condition.left, strict, compile_path)
    compare = OPERATORS[condition.operator]
    if not isinstance(condition.right, Literal):
        right = _operand(condition.right, strict, compile_path)
        return lambda element, call: compare(left(element, call), right(element, call), call)
    literal = condition.right.value
    quick = _QUICK.get(condition.operator)
    if quick is not None:
        if isinstance(literal, str):
            return _with_constant(left, compare, literal, quick, literal, (str,))
        if isinstance(literal, (int, float, Decimal)) and not isinstance(literal, bool):
            constant = plain(literal)
            if not isinstance(constant, Decimal):
                return _with_constant(left, compare, literal, quick, constant, (int, float))
    return lambda element, call: compare(left(element, call), literal, call)


def _with_constant(
    left: Evaluator,
    compare: Callable[[Any, Any, Call], bool],
    literal: Any,
    quick: Callable[[Any, Any], bool],
    constant: Any,
    types: tuple[type, ...],
) -> Test:
    """The common `@.n > 5` and `@.s == 'x'`: Python's own operator where it gives the same answer."""
    if constant.__class__ is str and not constant.isascii() and quick not in (operator.eq, operator.ne):
        types = ()

    def test(element: Any, call: Call) -> bool:
        value = left(element, call)
        if value.__class__ in types:
            return quick(value, constant)
        return compare(value, literal, call)

    return test


def _operand(operand: Operand, strict: bool, compile_path: CompilePath) -> Evaluator:
    if isinstance(operand, Literal):
        value = operand.value
        return lambda element, call: value
    evaluate = compile_path(operand, strict)
    return _from_root(evaluate) if operand.root == "$" else _from_element(evaluate)


def _from_element(evaluate: Evaluator) -> Evaluator:
    def value(element: Any, call: Call) -> Any:
        try:
            found = evaluate(element, call)
        except PathNotFound:
            return UNDEFINED
        if found.__class__ is KeySet:
            call.fail("the answer of keys() cannot be compared")
        return found

    return value


def _from_root(evaluate: Evaluator) -> Evaluator:
    find = _from_element(evaluate)

    def value(element: Any, call: Call) -> Any:
        if find not in call.cache:
            call.cache[find] = find(call.root, call)
        return call.cache[find]

    return value
