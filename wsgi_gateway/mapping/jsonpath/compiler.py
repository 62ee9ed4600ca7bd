"""From a parsed path to one function.

A path is a head of plain look-ups (`lookups`) and whatever comes after: a chain of stages, each taking a list
of nodes to a list of nodes (`selectors`, `scan`, `calls`)::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> compile_document_path(parse("$.a[*]"))({"a": [7]})
    [7]

The functions hold no state, so threads may share them.  Not for caching; that is done where paths come in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath import lookups, nodes, scan, selectors
from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.calls import function
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathBudgetExceeded, PathNotFound, PlaceMissing
from wsgi_gateway.mapping.jsonpath.hazards import last_hazard
from wsgi_gateway.mapping.jsonpath.kinds import KeySet
from wsgi_gateway.mapping.jsonpath.nodes import Filter, Function, Index, Member, Path, Scan, Step, Wildcard
from wsgi_gateway.mapping.jsonpath.predicates import Evaluator, Test, compile_filter
from wsgi_gateway.mapping.jsonpath.selectors import Stage

Find: TypeAlias = Callable[[Any], Any]

_STAGE = 4
"""What running a stage costs, in nodes; filters inside filters run many stages that find little."""


def compile_document_path(path: Path) -> Find:
    """The function from a document to the path's answer."""
    if all(isinstance(step, (Member, Index)) for step in path.steps):
        return lookups.look_up_all(path)
    evaluate = compile_evaluator(path, False, path.is_definite)
    has_keys = any(isinstance(step, Function) and step.name == "keys" for step in path.steps)
    text = path.text

    def find(document: Any) -> Any:
        if document is None:
            raise InvalidPath(text, 0, lookups.NO_DOCUMENT)
        try:
            found = evaluate(document, Call(text, document))
        except RecursionError:
            raise PathBudgetExceeded(text, 0, "the path or the document is nested too deeply") from None
        return _without_key_sets(found) if has_keys else found

    return find


def _without_key_sets(found: Any) -> Any:
    if isinstance(found, list):
        return [item.names if isinstance(item, KeySet) else item for item in found]
    return found.names if isinstance(found, KeySet) else found


def compile_evaluator(path: Path, strict: bool, definite: bool) -> Evaluator:
    """The function from a node and a call to the path's answer; for documents and for elements under test."""
    pairs = lookups.pairs_of(path.steps)
    rest = path.steps[len(pairs) :]
    if not rest and definite:
        return lookups.look_up(pairs)
    head = lookups.head(pairs)
    chain = _forgiving(
        compile_chain(rest, True, strict), any(isinstance(step, Index) for step in path.steps[: len(pairs)])
    )

    def evaluate(node: Any, call: Call) -> Any:
        found = chain(head(node, call), call)
        if not definite:
            return found
        if not found:
            raise PathNotFound(call.path)
        return found[-1]

    return evaluate


def compile_chain(steps: tuple[Step, ...], definite: bool, strict: bool) -> Stage:
    """The stages for these steps, run one after the other."""
    stages: list[Stage] = []
    hazard = last_hazard(steps)
    place = 0
    while place < len(steps):
        step, rest = steps[place], len(steps) - place - 1
        if isinstance(step, Scan):
            stage, used = _scan(steps[place:], strict)
        elif isinstance(step, Function):
            after = compile_chain(steps[place + 1 :], definite and not step.of_scan, strict) if rest else None
            stage, used = function(step, strict, compile_evaluator, after), rest + 1
        elif place <= hazard and isinstance(step, _TAKING_LISTS_APART):
            stage, used = _each(steps[place:], definite, strict), rest + 1
        else:
            stage, used = compile_step(step, definite, not rest, strict), 1
        stages.append(stage)
        definite = definite and isinstance(step, (Member, Index))
        place += used
    return _in_turn(tuple(stages))


def _forgiving(chain: Stage, forgives: bool) -> Stage:
    """A whole path: a place among its first look-ups turns a missed place into an absence."""

    def forgiving(found: list[Any], call: Call) -> list[Any]:
        try:
            return chain(found, call)
        except PlaceMissing as error:
            if forgives:
                return error.found
            error.found = []
            raise
        except PathNotFound as error:
            error.found = []
            raise

    return forgiving


_TAKING_LISTS_APART = (Index, nodes.Indexes, nodes.Slice, Wildcard, nodes.Filter)


def _each(steps: tuple[Step, ...], definite: bool, strict: bool) -> Stage:
    first = compile_step(steps[0], definite, False, strict)
    rest = compile_chain(steps[1:], definite and isinstance(steps[0], Index), strict)
    forgives = isinstance(steps[0], Wildcard) and not strict
    return selectors.each(first, rest, forgives=forgives, one_by_one=isinstance(steps[0], nodes.Filter))


def _in_turn(stages: tuple[Stage, ...]) -> Stage:
    def chain(found: list[Any], call: Call) -> list[Any]:
        for place, stage in enumerate(stages, 1):
            if not found:
                break
            try:
                found = stage(found, call)
            except (PlaceMissing, PathNotFound) as error:
                error.found = _in_turn(stages[place:])(error.found, call)
                raise
            call.charge(len(found) + _STAGE)
        return found

    return chain


def compile_step(step: Step, definite: bool, last: bool, strict: bool) -> Stage:
    """The stage of one step that is neither a scan nor a call."""
    match step:
        case nodes.Member():
            return selectors.member(step.name, definite=definite, last=last, strict=strict)
        case nodes.Members():
            return selectors.members(step.names, definite=definite, last=last, strict=strict)
        case nodes.Index():
            return selectors.indexes((step.index,), definite=definite)
        case nodes.Indexes():
            return selectors.indexes(step.indexes, definite=definite)
        case nodes.Slice():
            return selectors.slices(step.start, step.stop, definite=definite)
        case nodes.Filter():
            return selectors.filters(_test(step, strict), at=step.at, definite=definite)
        case _:
            return selectors.wildcard


@lru_cache(maxsize=512)
def _test(step: Filter, strict: bool) -> Test:
    """Cached by identity: some steps ask twice, and with filters nested in filters that would multiply."""
    return compile_filter(step.condition, step.at, strict, _compile_inner)


def _compile_inner(path: Path, strict: bool) -> Evaluator:
    return compile_evaluator(path, strict, path.is_definite)


def _scan(steps: tuple[Step, ...], strict: bool) -> tuple[Stage, int]:
    """The stage of `..` and the steps it is fused with, and how many steps that are."""
    if len(steps) == 1:
        return _nothing_to_scan_for(steps[0]), 1
    target, last = steps[1], len(steps) == 2
    if isinstance(target, Member):
        return scan.scan_member(target.name), 2
    if isinstance(target, Function):
        return scan.nowhere, len(steps)
    step, fits = compile_step(target, False, last, strict), _fits(target, last, strict)
    if len(steps) == 3 and isinstance(steps[2], (Member, Wildcard)) and not isinstance(target, nodes.Members):
        name = steps[2].name if isinstance(steps[2], Member) else None
        counts = isinstance(target, Index) and not (isinstance(steps[2], Wildcard) and steps[2].added)
        place = target.index if isinstance(target, Index) and counts else None
        return scan.scan_placed(fits, step, place, name, strict=strict), 3
    return scan.scan(fits, step, last=last), 2


def _fits(target: Step, last: bool, strict: bool) -> scan.Fits:
    """What the step behind `..` is tried on."""
    if isinstance(target, nodes.Members):
        return scan.has_all(target.names) if last else scan.is_object
    if isinstance(target, Filter):
        return _test(target, strict)
    return scan.is_any if isinstance(target, Wildcard) else scan.is_list


def _nothing_to_scan_for(step: Step) -> Stage:
    def stage(found: list[Any], call: Call) -> list[Any]:
        call.at = step.at
        call.fail("nothing follows the ..")

    return stage
