"""Calling a path function: working out its arguments, and what follows it.

Path arguments are read from the document whatever the call stands behind, once per evaluation.  `length` is a
case of its own: with an argument it looks at the children of what the argument leads to, and only counts them
if they are a list::

    >>> from wsgi_gateway.mapping.jsonpath import compile_path
    >>> document = {"a": [1, 2, 3], "b": 0}
    >>> compile_path("$.length($.a)")(document), compile_path("$..a.length()")(document)
    (2, 3)

Not for the functions themselves (`functions`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import PathNotFound, PlaceMissing
from wsgi_gateway.mapping.jsonpath.functions import FUNCTIONS, MALFORMED
from wsgi_gateway.mapping.jsonpath.nodes import Function, JsonArgument, Path, Wildcard
from wsgi_gateway.mapping.jsonpath.predicates import Evaluator
from wsgi_gateway.mapping.jsonpath.selectors import Stage

CompileArgument: TypeAlias = Callable[[Path, bool, bool], Evaluator]
"""Takes a path, whether every name in it is required, and whether it counts as definite."""


def function(step: Function, strict: bool, compile_path: CompileArgument, rest: Stage | None) -> Stage:
    """A call on every node.  When steps follow (`rest`), its own answers are results as well as theirs."""
    invoke = _invocation(step, strict, compile_path)

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        try:
            for node in nodes:
                call.at = step.at
                call.charge(1)
                answer = invoke(node, call)
                found.append(answer)
                if rest is not None:
                    found += rest([answer], call)
        except (PlaceMissing, PathNotFound) as error:
            error.found[:0] = found
            raise
        return found

    return stage


def _invocation(step: Function, strict: bool, compile_path: CompileArgument) -> Evaluator:
    known = FUNCTIONS.get(step.name)
    if known is None:
        return lambda node, call: call.mismatch(f"there is no function {step.name}()")
    arguments = [_argument(argument, strict, compile_path) for argument in step.arguments]
    if not arguments:
        return lambda node, call: known(node, [], call)
    if step.name in ("length", "size"):
        return _length_of_argument(step, strict, compile_path, arguments)
    return lambda node, call: known(node, [argument(node, call) for argument in arguments], call)


def _argument(argument: Path | JsonArgument, strict: bool, compile_path: CompileArgument) -> Evaluator:
    if isinstance(argument, JsonArgument):
        value = argument.value if argument.valid else MALFORMED
        return lambda node, call: value
    evaluate = compile_path(argument, strict, argument.is_definite)

    def value_in_document(node: Any, call: Call) -> Any:
        if evaluate not in call.cache:
            call.cache[evaluate] = evaluate(call.root, call)
        return call.cache[evaluate]

    return value_in_document


def _length_of_argument(
    step: Function, strict: bool, compile_path: CompileArgument, arguments: list[Evaluator]
) -> Evaluator:
    path = step.arguments[0]
    if isinstance(path, JsonArgument):
        return _length_of_json(arguments)
    definite = path.is_definite
    if path.steps and not path.ends_in_function:
        path = replace(path, steps=(*path.steps, Wildcard(step.at, added=True)))
    children = compile_path(path, strict, definite)
    count = FUNCTIONS[step.name]

    def length(node: Any, call: Call) -> Any:
        _evaluate_all(arguments, node, call)
        if node is None:
            call.fail("null has no length")
        found = children(node, Call(call.path, node, call.budget))
        return len(found) if isinstance(found, list) else count(node, [], call)

    return length


def _length_of_json(arguments: list[Evaluator]) -> Evaluator:
    def length(node: Any, call: Call) -> Any:
        _evaluate_all(arguments, node, call)
        call.fail("length() takes a path")

    return length


def _evaluate_all(arguments: list[Evaluator], node: Any, call: Call) -> None:
    """A missing argument matters even to a function that does not use it."""
    for argument in arguments:
        argument(node, call)
