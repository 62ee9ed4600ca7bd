"""The plain look-ups a path begins with: `.name` and `[0]`, most often all there is.

A run of them is a loop over (type, key) pairs, which costs a few dozen nanoseconds a step::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> look_up_all(parse("$.a[0]"))({"a": [7]})
    7

Not for anything that can find more than one value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathNotFound
from wsgi_gateway.mapping.jsonpath.nodes import Index, Member, Path, Step

Pairs: TypeAlias = tuple[tuple[Any, Any], ...]

NO_DOCUMENT = "null is no document"


def pairs_of(steps: tuple[Step, ...]) -> Pairs:
    """The type a value must have and the key to look up in it, for each look-up the steps begin with."""
    pairs: list[tuple[Any, Any]] = []
    for step in steps:
        if isinstance(step, Member):
            pairs.append((dict, step.name))
        elif isinstance(step, Index):
            pairs.append((list, step.index))
        else:
            break
    return tuple(pairs)


def look_up_all(path: Path) -> Callable[[Any], Any]:
    """The whole path, for documents."""
    pairs = pairs_of(path.steps)
    text = path.text

    def find(document: Any) -> Any:
        value = document
        try:
            for kind, key in pairs:
                value = value[key] if value.__class__ is kind else _look_up(value, kind, key)
        except LookupError:
            pass
        else:
            if document is not None:
                return value
        if document is None:
            raise InvalidPath(text, 0, NO_DOCUMENT)
        raise PathNotFound(text)

    return find


def look_up(pairs: Pairs) -> Callable[[Any, Call], Any]:
    """The same inside another path."""

    def evaluate(node: Any, call: Call) -> Any:
        try:
            for kind, key in pairs:
                node = node[key] if node.__class__ is kind else _look_up(node, kind, key)
        except LookupError:
            raise PathNotFound(call.path) from None
        return node

    return evaluate


def head(pairs: Pairs) -> Callable[[Any, Call], list[Any]]:
    """The look-ups before other steps; a place beyond the end of a list is nothing there, and no error."""

    def nodes(node: Any, call: Call) -> list[Any]:
        try:
            for kind, key in pairs:
                node = node[key] if node.__class__ is kind else _look_up(node, kind, key)
        except IndexError:
            return []
        except KeyError:
            raise PathNotFound(call.path) from None
        return [node]

    return nodes


def _look_up(value: Any, kind: Any, key: Any) -> Any:
    """The same for subclasses, which might invent members, and for values that have none."""
    if isinstance(value, kind) and (kind is list or key in value):
        return value[key]
    raise KeyError(key)
