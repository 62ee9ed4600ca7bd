"""One step of a path, applied to a list of nodes.

A stage takes the nodes found so far and returns what the step finds in them, in order.  `definite` tells that
the steps before lead to one place only: then a step that does not fit is an error, and otherwise it finds
nothing. `strict` is the question whether a path exists, for which every name is required::

    >>> from wsgi_gateway.mapping.jsonpath.call import Call
    >>> member("a", definite=False, last=True, strict=False)([{"a": 1}, {}, 5], Call("", {}))
    [1]

Not for deep scans (`scan`) and functions (`functions`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import PathNotFound, PlaceMissing
from wsgi_gateway.mapping.jsonpath.predicates import Test

Stage: TypeAlias = Callable[[list[Any], Call], list[Any]]

_OBJECT = 32
"""What a new object costs, in nodes; it takes the memory of as many."""


def member(name: str, *, definite: bool, last: bool, strict: bool) -> Stage:
    """`.name`"""
    required = strict or (definite and not last)

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if not isinstance(node, dict):
                if definite:
                    raise PathNotFound(call.path)
            elif name in node:
                found.append(node[name])
            elif required:
                raise PathNotFound(call.path)
        return found

    return stage


def members(names: tuple[str, ...], *, definite: bool, last: bool, strict: bool) -> Stage:
    """`['a','b']`: a smaller object at the end, the members one by one before it."""

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            call.charge(len(names))
            if isinstance(node, dict):
                if strict and not all(name in node for name in names):
                    raise PathNotFound(call.path)
                if last:
                    call.charge(_OBJECT)
                    found.append({name: node[name] for name in names if name in node})
                else:
                    found.extend([node[name] for name in names if name in node])
            elif definite:
                raise PathNotFound(call.path)
        return found

    return stage


def indexes(places: tuple[int, ...], *, definite: bool) -> Stage:
    """`[0]` and `[0,2,-1]`"""

    def choose(node: list[Any]) -> list[Any]:
        length = len(node)
        return [node[place] for place in places if -length <= place < length]

    return _of_lists(choose, len(places), definite)


def slices(start: int | None, stop: int | None, *, definite: bool) -> Stage:
    """`[1:3]`, `[1:]`, `[:3]`"""
    if start is None:
        return _of_lists(lambda node: node[:stop], 0, definite)
    if stop is None:
        return _of_lists(lambda node: node[start:], 0, definite)
    if start >= 0:
        # An end that counts from the back never lies behind such a start.
        return _of_lists(lambda node: node[start : max(stop, 0)], 0, definite)

    def around(node: list[Any]) -> list[Any]:
        """Each place from one end to the other is looked up, the negative ones from the back."""
        length = len(node)
        return [node[place] for place in range(max(start, -length), min(stop, length))]

    return _of_lists(around, 0, definite)


def _of_lists(choose: Callable[[list[Any]], list[Any]], cost: int, definite: bool) -> Stage:
    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, list):
                chosen = choose(node)
                call.charge(cost or len(chosen))
                found += chosen
            elif definite:
                raise PathNotFound(call.path)
        return found

    return stage


def wildcard(nodes: list[Any], call: Call) -> list[Any]:
    """`*`"""
    found: list[Any] = []
    for node in nodes:
        if isinstance(node, dict):
            found += node.values()
        elif isinstance(node, list):
            found += node
        else:
            continue
        call.charge(len(node))
    return found


def each(step: Stage, rest: Stage, *, forgives: bool, one_by_one: bool) -> Stage:
    """A step that takes lists apart, and what follows it, element by element.

    The dialect goes on with the next element when a function behind the step misses a place, and, `forgives`
    says, when an argument finds nothing.  What was found until then stays.  A filter is tried `one_by_one`,
    for its own failures are not forgiven.
    """

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            in_list = isinstance(node, list)
            for part in [[element] for element in node] if in_list and one_by_one else [node]:
                try:
                    values = step([part], call)
                except PlaceMissing as error:
                    error.found[:0] = found
                    raise
                for value in values:
                    try:
                        found += rest([value], call)
                    except (PlaceMissing, PathNotFound) as error:
                        found += error.found
                        if not in_list or (isinstance(error, PathNotFound) and not forgives):
                            error.found[:] = found
                            raise
        return found

    return stage


def filters(test: Test, *, at: int, definite: bool) -> Stage:
    """`[?(...)]`: the elements of a list that pass; an object is tested itself."""

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        for node in nodes:
            if isinstance(node, list):
                call.charge(len(node))
                found += [element for element in node if test(element, call)]
            elif isinstance(node, dict):
                call.charge(1)
                if test(node, call):
                    found.append(node)
            elif definite:
                call.at = at
                call.mismatch("a filter needs a list or an object")
        return found

    return stage
