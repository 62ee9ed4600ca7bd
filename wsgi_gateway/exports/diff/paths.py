"""Which requests have to be looked at, so that no two APIs differ for one that was not: paths of all shapes.

::

    >>> shapes(["/pets/{id}", "/{rest+}"]).found
    [('pets', '{}'), ('{+}',), ('{}',), ('{}', '{}')]

A shape is a path with its variables' names left aside. ``{}`` stands for a segment that no template writes
out, ``{+}`` for more such segments than any template has. Which templates a path meets decides who answers
it, and at most three of them: the one that answered, the one that will, the one that keeps it from that. So
the shapes are those of the templates, those that two or three of them have in common, and of those that end
in a greedy variable the shorter ones.

Not for: choosing among the templates; the Router does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

Shape = tuple[str, ...]
_ONE, _REST = "{}", "{+}"
_VARIABLE = re.compile(r"\{[^{}]*?(\+?)\}")
_END = "/"
"""Marks the end of a shape in a tree; no segment has it."""

_MOST = 10_000
"""Shapes beside those of the templates: hostile templates have many in common."""

_LONGEST = 300
"""Segments of a template that is looked at; the Router goes down a step for each."""


class Shapes(NamedTuple):
    """``found``: the shapes, those of templates first. ``are_all``: whether none was left out."""

    found: list[Shape]
    are_all: bool


class _Tree(dict[str, "_Tree"]):
    """Shapes by their segments."""


def shape_of(path: str) -> Shape:
    """``"/pets/{id}"`` to ``("pets", "{}")``."""
    inner = path.strip("/")
    return tuple(_VARIABLE.sub(r"{\1}", part) for part in inner.split("/")) if inner else ()


def shapes(paths: Iterable[str]) -> Shapes:
    """All shapes of paths for which templates may differ."""
    every = dict.fromkeys(map(shape_of, paths))
    declared = [shape for shape in every if len(shape) <= _LONGEST]
    found, limit = dict.fromkeys(declared), len(declared) + _MOST
    longest = max(map(len, declared), default=0)
    tree = _tree(declared)
    for _ in range(2):
        for shape in _in_common(_tree(found), tree):
            found[shape] = None
            if len(found) > limit:
                return Shapes(list(found), are_all=False)
    for shape in list(found):
        for shorter in _shorter(shape, longest):
            found[shorter] = None
        if len(found) > limit:
            return Shapes(list(found), are_all=False)
    return Shapes(list(found), are_all=len(declared) == len(every))


def common(one: Shape, other: Shape) -> Shape | None:
    """The shape of the paths that two templates have in common; None if there are none."""
    return next(_in_common(_tree([one]), _tree([other])), None)


def most_general(found: Iterable[Shape]) -> list[Shape]:
    """Those whose paths are not all of another, too."""
    every = list(found)
    tree = _tree(every)
    return [shape for shape in every if all(other == shape for other in _covering(tree, shape))]


def spelled(shape: Shape) -> str:
    """A shape that is no template's, for people: ``/pets/{*}``."""
    return "/" + "/".join({_ONE: "{*}", _REST: "{*+}"}.get(part, part) for part in shape)


def written(found: Iterable[Shape]) -> Iterator[tuple[Shape, str]]:
    """Each shape with a path that is of it, and of no other unless all paths of it are."""
    every = list(found)
    strange = "x" * (1 + max((len(part) for shape in every for part in shape), default=0))
    longest = max(map(len, every), default=0)
    for shape in every:
        parts = [strange if part in (_ONE, _REST) else quote(part, safe=":,") for part in shape]
        more = longest + 1 - len(shape) if shape[-1:] == (_REST,) else 0
        yield shape, "/" + "/".join([*parts, *[strange] * more])


def _shorter(shape: Shape, longest: int) -> Iterator[Shape]:
    if shape[-1:] == (_REST,):
        for number in range(1, longest - len(shape) + 2):
            yield shape[:-1] + (_ONE,) * number


def _tree(found: Iterable[Shape]) -> _Tree:
    root = _Tree()
    for shape in found:
        node = root
        for part in shape:
            node = node.setdefault(part, _Tree())
        node[_END] = _Tree()
    return root


def _in_common(one: _Tree, other: _Tree) -> Iterator[Shape]:
    """What a shape of one tree has in common with one of the other, for each two that have."""
    waiting: list[tuple[Shape, _Tree, _Tree]] = [((), one, other)]
    while waiting:
        path, first, second = waiting.pop()
        if _END in first and _END in second:
            yield path
        if _REST in first:
            yield from _below(path, second)
        if _REST in second:
            yield from _below(path, first)
        for part, below in first.items():
            if part not in (_END, _REST):
                waiting.extend(((*path, name), below, node) for name, node in _meeting(part, second))


def _meeting(part: str, tree: _Tree) -> Iterator[tuple[str, _Tree]]:
    """The branches that a segment may take, and the segment that it is then."""
    if part == _ONE:
        yield from ((name, node) for name, node in tree.items() if name not in (_END, _REST))
        return
    for name in (part, _ONE):
        if name in tree:
            yield part, tree[name]


def _covering(tree: _Tree, shape: Shape) -> Iterator[Shape]:
    """The shapes of a tree to which all paths of a shape belong, itself among them."""
    waiting: list[tuple[Shape, _Tree]] = [((), tree)]
    while waiting:
        path, node = waiting.pop()
        rest = shape[len(path) :]
        if rest and _REST in node:
            yield (*path, _REST)
        if not rest and _END in node:
            yield path
        if rest and rest[0] != _REST:
            waiting.extend(((*path, part), node[part]) for part in {rest[0], _ONE} & node.keys())


def _below(path: Shape, tree: _Tree) -> Iterator[Shape]:
    """All shapes of a tree but that of its root, which has no segment for a greedy variable."""
    waiting = [((*path, part), node) for part, node in tree.items() if part != _END]
    while waiting:
        at, node = waiting.pop()
        if _END in node:
            yield at
        waiting.extend(((*at, part), below) for part, below in node.items() if part != _END)
