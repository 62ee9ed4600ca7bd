"""What each line of a template did, in words: the steps of a watched rendering, by line and by turn.

A line runs once, or in every turn of the loops around it, or whenever its macro is called. Each of these is a
:class:`Pass` with a :class:`Note` for every reference and directive, in the order in which they ran. What is
still as it was told there is not told again.

Not for the layout; :mod:`wsgi_gateway.mapping.trial.listing` puts these below the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.mapping.velocity.lookahead import Lookahead
from wsgi_gateway.mapping.velocity.scanner import Scanner
from wsgi_gateway.trace import printable

if TYPE_CHECKING:
    from wsgi_gateway.mapping.trial.rendering import Rendering
    from wsgi_gateway.mapping.velocity.observed import Step

VALUE = 70
"""Characters of a value, and of a reference's notation."""

_TARGET = re.compile(r"[ \t]*#\{?set\}?\s*\(\s*(.*?)\s*=", re.DOTALL)
_VARIABLE = re.compile(r"#\{?(?:foreach|define)\}?\s*\(\s*(\$[^\s)]+)")
_OPENING = frozenset(("IF", "FOREACH", "MACRO", "DEFINE", "LITERAL", "BLOCK_CALL"))


class Note(NamedTuple):
    """What one step did; ``missing``: a reference had no value; ``about``: what has the value told."""

    text: str
    missing: bool = False
    about: str = ""


class Pass:
    """What a line did once: in which turns of the loops around it, and the notes."""

    def __init__(self, turns: tuple[int, ...]) -> None:
        self.turns = turns
        self.notes: list[Note] = []
        self.seen: set[tuple[str, int]] = set()
        self.known: dict[str, str] = {}

    def add(self, step: Step, note: Note) -> None:
        """Take a step's note, unless the line has just said so: a loop's variable, and then its use."""
        self.seen.add((step.kind, step.start))
        if not note.about or self.known.get(note.about) != note.text:
            self.notes.append(note)
            self.known[note.about] = note.text


def passes_by_line(rendering: Rendering) -> dict[int, list[Pass]]:
    """The passes of each line, told apart by the turns of the loops around, and by steps that come again."""
    found: dict[int, list[Pass]] = {}
    latest: dict[tuple[int, tuple[int, ...]], Pass] = {}
    blocks = _Blocks(rendering.source)
    made = turns_made(rendering.steps, rendering.complete)
    for position, step in enumerate(rendering.steps):
        turns = blocks.turns_of(step)
        note = _note(step, rendering.source, made.get(position, 0))
        if note is not None:
            line = rendering.lines.at(blocks.place(step))[0]
            one = latest.get((line, turns))
            if one is None or (step.kind, step.start) in one.seen:
                one = latest[line, turns] = Pass(turns)
                found.setdefault(line, []).append(one)
            one.add(step, note)
    return found


def turns_made(steps: Sequence[Step], complete: bool) -> dict[int, int]:
    """The turns of each loop, by the position of its step: fewer than it says if it was left or failed. What
    is not ``complete`` is taken at its word.
    """
    latest: dict[tuple[int, int], int] = {}
    made: dict[int, int] = {}
    for position, step in enumerate(steps):
        loop = step.start, step.depth
        if step.kind == "foreach":
            latest[loop] = position
            made[position] = 0 if complete else int(step.value or 0)
        elif step.kind == "turn" and complete and loop in latest:
            made[latest[loop]] += 1
    return made


class _Blocks:
    """Which turns a step is in. What a macro does is in the loops around its text, not around its calls."""

    def __init__(self, source: str) -> None:
        self.extents: list[tuple[int, int]] = []
        self.elses: dict[int, int] = {}
        self.around: dict[int, list[int]] = {}
        self.turns: dict[int, int] = {}
        self.bodies: dict[int, int] = {}
        """Where the body of each loop begins: in its head no turn of it has begun."""
        self._find(source)

    def _find(self, source: str) -> None:
        """From where to where each loop goes, outer ones first; where the `#else` of each `#if` is."""
        opened: list[Any] = []
        for token in Lookahead(Scanner(source).tokens(), frozenset()).tokens():
            if token.type in _OPENING:
                opened.append(token)
            elif token.type == "ELSE" and opened:
                self.elses[opened[-1].start] = token.start
            elif token.type == "END" and opened:
                first = opened.pop()
                if first.type == "FOREACH":
                    self.extents.append((first.start, token.start))
        self.extents.sort()

    def place(self, step: Step) -> int:
        """Where to tell of it: an `#else` is known by its `#if`."""
        return self.elses.get(step.start, step.start) if step.kind == "else" else step.start

    def turns_of(self, step: Step) -> tuple[int, ...]:
        """The turns of the loops around, outermost first; a turn is in itself, a loop is not."""
        at = step.start
        if at not in self.around:
            self.around[at] = [first for first, last in self.extents if first < at < last]
        turns = tuple(self.turns[loop] for loop in self.around[at] if at >= self.bodies.get(loop, at + 1))
        if step.kind == "foreach":
            self.turns[at], self.bodies[at] = 0, step.end
        elif step.kind == "turn":
            self.turns[at] = self.turns.get(at, 0) + 1
            return (*turns, self.turns[at])
        return turns


def _note(step: Step, source: str, turns: int) -> Note | None:
    """What a step did, in a few words; None for text, which speaks for itself. ``turns``: of a loop."""
    value = step.value
    match step.kind:
        case "text":
            return None
        case "reference":
            return _referred(source[step.start : step.end], value, step.why)
        case "set":
            target = _TARGET.match(source, step.start)
            return _assigned(target[1] if target else "#set", value, "is not set: there is no value")
        case "if" | "elseif":
            return Note(f"{_condition(step, source)}: {'true' if value else 'false'}")
        case "else":
            return Note("#else: taken")
        case "foreach":
            return Note(f"#foreach: {_counted(turns, int(value or 0), step.items or 0)}")
        case "turn":
            variable = _VARIABLE.match(source, step.start)
            return _assigned(variable[1] if variable else "the item", value, "is null")
        case "define":
            variable = _VARIABLE.match(source, step.start)
            return Note(f"#define: {variable[1] if variable else 'it'} is a block")
        case "stop":
            return Note("#stop: the template ends here")
    what = cut(source[step.start : step.end].strip() or f"#{step.kind}")
    return Note(what if value is None else f"{what}: {shown(value)}")


def _condition(step: Step, source: str) -> str:
    """The directive as it stands there; of an `#elseif` only the condition is known."""
    head = source[step.start : step.end].strip()
    return cut(head if head.startswith("#") else f"#{step.kind}({head})" if head else f"#{step.kind}")


def _referred(what: str, value: Any, why: str | None) -> Note:
    if value is None:
        return _assigned(what, None, f"has no value: {cut(why)}" if why else "has no value")
    return Note(f"{cut(what)} is {why}", about=what) if why else _assigned(what, value, "")


def _assigned(what: str, value: Any, nothing: str) -> Note:
    if value is None:
        return Note(f"{cut(what)} {nothing}", missing=True, about=what)
    return Note(f"{cut(what)} = {shown(value)}", about=what)


def _counted(turns: int, most: int, items: int) -> str:
    if turns < most:
        return f"{turns:,} of {items:,} turns"
    if turns < items:
        return f"{turns:,} of {items:,} turns: API Gateway ends a loop there"
    return "no turn" if not turns else "1 turn" if turns == 1 else f"{turns:,} turns"


def shown(value: Any) -> str:
    """A value on one line; in quotes where its ends could not be seen."""
    text = str(value)
    clear = len(text) > VALUE or (text and text == text.strip())
    return cut(text if clear else f'"{text}"')


def cut(text: str) -> str:
    """The beginning of a text on one line, without control characters."""
    short = printable(text[: VALUE + 1])
    return short if len(short) <= VALUE else short[: VALUE - 3] + "..."
