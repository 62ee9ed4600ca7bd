"""A watched rendering as a listing: the template line by line, and below each line what it did.

::

       1 | #set($order = $input.path('$'))
         >     $order = {id=7, lines=[{"sku":"a"},{"sku":"b"}]}
       2 | #foreach($line in $order.lines)
         >     #foreach: 2 turns
         >     turn 1: $line = {sku=a}
         >     turn 2: $line = {sku=b}
       3 | "$line.sku"#if($foreach.hasNext),#end
         >     turn 1: $line.sku = a; #if($foreach.hasNext): true
         >     turn 2: $line.sku = b; #if($foreach.hasNext): false
       4 | #end

A line that ran many times is told by its first times, the last one before a failure, and how many there were
between; if it always did the same, once. Values are cut, and control characters escaped: they are strangers'.

Not for programs; these read the steps of the :class:`~wsgi_gateway.mapping.trial.rendering.Rendering`.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.mapping.trial.passes import Note, Pass, cut, passes_by_line, shown
from wsgi_gateway.mapping.trial.rendering import Lines, Rendering
from wsgi_gateway.mapping.velocity.errors import below
from wsgi_gateway.trace import printable

if TYPE_CHECKING:
    from wsgi_gateway.mapping.velocity import TemplateError

WIDTH = 110
"""Characters of a line, gutter included, beyond which notes stand below each other."""
FIRST = 3
"""Times that are told of a line which ran more often."""
MANY = 40
"""Notes that are told of one line in one turn."""
SOURCE = 160
"""Characters of a template's line."""
OUTPUT = 4000
"""Characters of the output."""


class Row(NamedTuple):
    """One line: ``kind`` is title, source, note, missing (a note with an unresolved reference), error,
    warning or output.
    """

    kind: str
    text: str


def listing(rendering: Rendering) -> Iterator[Row]:
    """All rows, in order."""
    lines, error = rendering.lines, rendering.error
    done = passes_by_line(rendering)
    digits = max(4, len(str(len(lines))))
    gutter = " " * digits + " >     "
    yield Row("title", f"{printable(rendering.name)} (profile {rendering.profile})")
    for number in range(1, len(lines) + (lines.line(len(lines)) != "")):
        failed = error is not None and error.line == number
        line, caret = _window(lines.line(number), error.column if error and failed else 0)
        yield Row("source", f"{number:>{digits}} | {line}".rstrip())
        if error and failed:
            yield Row("error", f"{'':{digits}} | {caret}^ {printable(error.message)}")
        for note in _told(done.get(number, []), failed, WIDTH - len(gutter)):
            yield Row("missing" if note.missing else "note", gutter + note.text)
    yield from _ending(rendering)


def pointed(source: str, error: TemplateError) -> list[str]:
    """The line of a template where it failed, and a caret below the place; nothing if that is not known."""
    if not error.line:
        return []
    line, caret = _window(Lines(source).line(error.line), error.column)
    return [line, caret + "^"]


def _window(line: str, column: int) -> tuple[str, str]:
    """The part of a long line around a column (from one), without control characters; the blanks that stand
    below what is before the column.
    """
    start = max(0, column - SOURCE // 2) if len(line) > SOURCE else 0
    end = start + SOURCE
    before = ("..." if start else "") + _plain(line[start : max(start, column - 1)])
    more = f"... ({len(line) - end:,} more characters)" if len(line) > end else ""
    return ("..." if start else "") + _plain(line[start:end]) + more, below(before)


def _plain(text: str) -> str:
    return printable(text.expandtabs(4) if "\t" in text else text)


def _told(passes: list[Pass], failed: bool, width: int) -> Iterator[Note]:
    """The notes of one line, those outside of a loop before those of its turns."""
    for depth in sorted({len(one.turns) for one in passes}):
        yield from _told_of([one for one in passes if len(one.turns) == depth], failed, width)


def _told_of(passes: list[Pass], failed: bool, width: int) -> Iterator[Note]:
    if len(passes) > 1 and all(one.notes == passes[0].notes for one in passes):
        unit = "turns" if passes[0].turns else "times"
        yield from _set_out(f"all {len(passes):,} {unit}: ", passes[0].notes, width)
        return
    first = FIRST if len(passes) > FIRST + 1 else len(passes)  # "one more" takes a line as well
    last = passes[-1:] if failed and len(passes) > first else []
    hidden = passes[first : len(passes) - len(last)]
    for number, one in enumerate(passes[:first], 1):
        yield from _set_out(_label(one, number if len(passes) > 1 else 0), one.notes, width)
    if hidden:
        yield _left_out(hidden)
    for one in last:
        yield from _set_out(_label(one, len(passes)), one.notes, width)


def _label(one: Pass, number: int) -> str:
    if one.turns:
        return f"turn {'.'.join(map(str, one.turns))}: "
    return f"time {number}: " if number else ""


def _left_out(hidden: list[Pass]) -> Note:
    """How many times a line ran besides, and whether a reference had no value then."""
    missing = sum(any(note.missing for note in one.notes) for one in hidden)
    unit = ("turn" if hidden[0].turns else "time") + ("" if len(hidden) == 1 else "s")
    without = f", {missing:,} with a reference without a value" if missing else ""
    return Note(f"... {len(hidden):,} more {unit}{without}", missing > 0)


def _set_out(label: str, notes: list[Note], width: int) -> Iterator[Note]:
    """On one line if they fit, else below each other."""
    joined = label + "; ".join(note.text for note in notes[:MANY])
    if len(notes) == 1 or (len(joined) <= width and len(notes) <= MANY):
        yield Note(joined, any(note.missing for note in notes))
        return
    for number, note in enumerate(notes[:MANY]):
        yield Note((" " * len(label) if number else label) + note.text, note.missing)
    if len(notes) > MANY:
        more = any(note.missing for note in notes[MANY:])
        yield Note(" " * len(label) + f"... {len(notes) - MANY:,} more", more)


def _ending(rendering: Rendering) -> Iterator[Row]:
    """The output, what was written besides, and the failure."""
    text = rendering.text
    until = " until it failed" if rendering.error else ""
    yield Row("title", f"output{until}: {len(text):,} character{'' if len(text) == 1 else 's'}")
    yield from (Row("output", _plain(line)) for line in _shown(text))
    for name in ("requestOverride", "responseOverride"):
        override = rendering.request_override if name == "requestOverride" else rendering.response_override
        if override:
            yield Row("title", f"written to $context.{name}:")
            yield from (Row("output", f"    {_plain(line)}") for line in members(override))
    yield from (Row("warning", f"warning: {printable(text)}") for text in rendering.warnings)
    if not rendering.complete:
        yield Row("missing", f"only the first {len(rendering.steps):,} steps are told")
    if rendering.error is not None:
        yield Row("error", printable(f"error: {rendering.error}"))


def _shown(text: str) -> Iterable[str]:
    lines = text[:OUTPUT].splitlines()
    if len(text) > OUTPUT:
        lines.append(f"... {len(text) - OUTPUT:,} more characters")
    return lines


def members(override: dict[str, Any]) -> Iterator[str]:
    """What was written to an override: ``header.x-tenant = a``, one a line."""
    for group, value in override.items():
        if isinstance(value, dict) and value:
            for name, member in value.items():
                yield f"{cut(group)}.{cut(name)} = {_written(member)}"
        else:
            yield f"{cut(group)} = {_written(value)}"


def _written(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return cut(reprlib.repr(value))  # bounded: it may hold itself, and many times over
    return shown(value if isinstance(value, str) else json.dumps(value))
