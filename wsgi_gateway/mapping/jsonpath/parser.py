"""From the text of a path to its steps.

The reader goes from step to step: what follows a `.`, a `[` or nothing at all decides which.  It is as
lenient as the dialect: a path without root gets `$.` in front, and one character left over at the end is
ignored::

    >>> [type(step).__name__ for step in parse("lines[*]..sku").steps]
    ['Member', 'Wildcard', 'Scan', 'Member']

The reader loops over steps, so the length of a path costs no stack; only what lies inside brackets recurses,
and is counted.  Not for evaluation (`compiler`), nor for what stands between `[` and `]` (`brackets`).
"""

from __future__ import annotations

from dataclasses import replace

from wsgi_gateway.mapping.jsonpath.arguments import read_arguments
from wsgi_gateway.mapping.jsonpath.brackets import read_bracket
from wsgi_gateway.mapping.jsonpath.cursor import MAX_NESTING, Cursor
from wsgi_gateway.mapping.jsonpath.nodes import Function, Member, Path, Scan, Step, Wildcard


def parse(path: str) -> Path:
    """The path in parts; InvalidPath when it is none."""
    return read_rooted(Cursor(path, path))


def read_rooted(cursor: Cursor) -> Path:
    """Read all of the cursor's text as a path that may lack its root and may have blanks behind it."""
    if not cursor.text:
        cursor.fail("the path is empty")
    if cursor.text[0] not in "$@":
        whole = Cursor("$." + cursor.text, cursor.path, cursor.offset - 2)
        whole.depth = cursor.depth
        cursor = whole
    cursor.trim_end()
    if cursor.text[cursor.last] == ".":
        cursor.fail("a path must not end with a dot", cursor.last)
    return read_path(cursor)


def read_path(cursor: Cursor) -> Path:
    """Read a path from its root on."""
    root = cursor.current
    if root not in "$@":
        cursor.fail("a path starts with $ or @")
    steps: list[Step] = []
    if not cursor.done:
        cursor.at += 1
        if cursor.current not in ".[":
            cursor.fail("expected . or [")
        _read_step(cursor, steps)
        while not cursor.done:
            _read_step(cursor, steps)
    if sum(isinstance(step, Function) for step in steps) > MAX_NESTING:
        cursor.fail("too many calls in one path")
    return _scan_as_argument(Path(cursor.text[: cursor.last + 1], root, tuple(steps)))


def _scan_as_argument(path: Path) -> Path:
    """`$..x.sum()` means `$.sum($..x)`: a function at the end of a deep scan sees all hits at once."""
    if not (path.ends_in_function and isinstance(path.steps[0], Scan)):
        return path
    place = next(place for place, step in enumerate(path.steps) if isinstance(step, Function))
    scan = Path(path.text, path.root, path.steps[:place])
    function = path.steps[place]
    assert isinstance(function, Function)
    return replace(path, steps=(replace(function, arguments=(scan,), of_scan=True), *path.steps[place + 1 :]))


def _read_step(cursor: Cursor, steps: list[Step]) -> None:
    if cursor.current == ".":
        _read_dots(cursor, steps)
    if cursor.current == "[":
        steps.append(read_bracket(cursor, read_rooted))
    elif cursor.current == "*":
        steps.append(Wildcard(cursor.position()))
        cursor.at += 1
    else:
        steps.append(_read_name(cursor))


def _read_dots(cursor: Cursor, steps: list[Step]) -> None:
    if cursor.within(cursor.at + 1) and cursor.text[cursor.at + 1] == ".":
        steps.append(Scan(cursor.position()))
        cursor.at += 2
    elif cursor.within(cursor.at + 1):
        cursor.at += 1
    else:
        cursor.fail("a path must not end with a dot")
    if cursor.current == ".":
        cursor.fail("a dot too many")


def _read_name(cursor: Cursor) -> Member | Function:
    """`name`, up to a dot or bracket, or `name(...)`; almost any other character is part of the name."""
    begin = cursor.at
    if cursor.current == " ":
        cursor.fail("a name with blanks needs brackets and quotes")
    end = begin
    while cursor.within(end) and cursor.text[end] not in ".[(":
        if cursor.text[end] == " ":
            cursor.fail("a name with blanks needs brackets and quotes", end)
        end += 1
    name = cursor.text[begin:end]
    place = cursor.position(begin)
    cursor.at = end
    if not cursor.within(end) or cursor.text[end] != "(":
        return Member(place, name)
    return Function(place, name, read_arguments(cursor, read_path))
