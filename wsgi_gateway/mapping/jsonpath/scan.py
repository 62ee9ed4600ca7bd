"""`..`: a step tried on every list and object below, each before what it contains.

    >>> from wsgi_gateway.mapping.jsonpath.call import Call
    >>> scan_member("k")([{"k": {"k": 1}, "z": [{"k": None}]}], Call("", {}))
    [{'k': 1}, 1, None]

The walk keeps its own stack, so a document may be nested as deeply as memory allows.  `scan_member` is the
common case, `$..name` and `$..name.more`; `scan` takes any step.

The dialect has an oddity here, kept on purpose. When the step after `..` is meant for lists (`[0]`, `*`, a
filter) and is not the last one, a list that fits hands *all* its elements to the step after it. If that one
is a name or a star and ends the path, only the members of the element whose place is the written index count,
and from the first list on, those of objects count no more: `scan_placed`.

Not for functions behind a scan; the parser turns those around (`$..x.sum()` is `$.sum($..x)`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import PathNotFound
from wsgi_gateway.mapping.jsonpath.selectors import Stage

Fits: TypeAlias = Callable[[Any, Call], bool]
Visit: TypeAlias = Callable[[Any], None]

_SCALARS = frozenset({str, int, float, bool, type(None)})


def scan_member(name: str) -> Stage:
    """`..name`"""

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []
        left = call.budget.left
        scalars = _SCALARS
        stack = nodes[::-1]
        push = stack.append
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                if name in node:
                    found.append(node[name])
                inside: Any = node.values()
            elif isinstance(node, list):
                inside = node
            else:
                continue
            left -= len(node) + 1
            if left < 0:
                left = call.refill(left)
            for child in reversed(inside):
                if child.__class__ not in scalars:
                    push(child)
        call.budget.left = left
        return found

    return stage


def _walk(nodes: list[Any], call: Call, visit: Visit) -> None:
    stack = nodes[::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            visit(node)
            inside: Any = node.values()
        elif isinstance(node, list):
            visit(node)
            inside = node
        else:
            continue
        call.charge(len(inside) + 1)
        stack += [child for child in reversed(inside) if child.__class__ not in _SCALARS]


def scan(fits: Fits, step: Stage, *, last: bool) -> Stage:
    """Any other step after `..`; `fits` tells the lists and objects it is tried on."""

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []

        def visit(node: Any) -> None:
            if fits(node, call):
                found.extend(node if isinstance(node, list) and not last else step([node], call))

        _walk(nodes, call, visit)
        return found

    return stage


def scan_placed(fits: Fits, step: Stage, place: int | None, name: str | None, *, strict: bool) -> Stage:
    """`..[0].name` and `..*.name` at the end of a path; `place` is the index if the step is one.

    Without a `name` it is `..[0].*`.  That a list was seen is remembered from one element under test to the
    next.
    """

    def stage(nodes: list[Any], call: Call) -> list[Any]:
        found: list[Any] = []

        def take(node: Any, counts: bool) -> None:
            if isinstance(node, dict):
                found.extend(_members(node, name, counts, strict, call))
            elif name is None and isinstance(node, list):
                found.extend(node)

        def visit(node: Any) -> None:
            if not fits(node, call):
                return
            if isinstance(node, list):
                call.charge(len(node))
                for at, element in enumerate(node):
                    take(element, at == place)
                call.cache[stage] = bool(node) or call.cache.get(stage, False)
            else:
                for hit in step([node], call):
                    take(hit, not call.cache.get(stage, False))

        _walk(nodes, call, visit)
        return found

    return stage


def _members(node: dict[str, Any], name: str | None, counts: bool, strict: bool, call: Call) -> list[Any]:
    if name is None:
        call.charge(len(node))
        return list(node.values()) if counts else []
    if strict and name not in node:
        raise PathNotFound(call.path)
    return [node[name]] if counts and name in node else []


def is_list(node: Any, call: Call) -> bool:
    """Fits indexes and slices."""
    return isinstance(node, list)


def is_any(node: Any, call: Call) -> bool:
    """Fits a star."""
    return True


def has_all(names: tuple[str, ...]) -> Fits:
    """Fits a list of names at the end of a path: an object must have every one."""
    return lambda node, call: isinstance(node, dict) and all(name in node for name in names)


def is_object(node: Any, call: Call) -> bool:
    """Fits a list of names that is not the end."""
    return isinstance(node, dict)


def nowhere(nodes: list[Any], call: Call) -> list[Any]:
    """A function right behind `..` is tried on nothing."""
    return []
