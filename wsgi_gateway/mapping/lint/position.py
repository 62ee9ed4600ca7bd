"""Where in a JSON document the output has got to: inside a string or not, and after which character.

A template has many outputs, one a way through its #if's. A :class:`Position` stands for all of them at one
point: the states that are possible, and the marks that may have been written last. Each mark knows under
which #if's it was written, so that only what one way surely writes is reported::

    {"a": 1, #if($b) "b": 2 #end }     a comma before the bracket, when the #if is not taken
    [#foreach($x in $l) $x #if($foreach.hasNext),#end #end]     fine: the comma has a condition of its own

Not for values; they are marks without meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from wsgi_gateway.mapping.lint.findings import Findings

OUT, IN, ESCAPE = "out", "in", "escape"
_CLOSERS = {"}": "{", "]": "["}
_WORD, _VALUE = "word", "value"
_VALUE_ENDS = frozenset(("}", "]", "end of a string", _WORD, _VALUE))
_TAIL = 24
_HASHES = "## begins a comment; write #[[##]]# for these two characters"
_COMMENT = re.compile(r"##[^\r\n]*")
_MANY = 64


class Mark(NamedTuple):
    """A character outside of strings, its place, the #if's around it, and the #if's skipped since."""

    character: str
    offset: int
    ifs: frozenset[int] = frozenset()
    skipped: frozenset[str] = frozenset()


_ANYTHING = frozenset((Mark("anything", 0),))


@dataclass(slots=True)
class Position:
    """``states`` is empty where the output never gets to; ``brackets`` is None when they are not known."""

    states: frozenset[str] = frozenset((OUT,))
    last: frozenset[Mark] = _ANYTHING
    brackets: tuple[Mark, ...] | None = ()
    quote: int = 0
    tail: str = ""

    def copy(self) -> Position:
        """The same, to go another way with."""
        return replace(self)

    def reset(self, other: Position) -> None:
        """Become the other."""
        self.states, self.last, self.brackets = other.states, other.last, other.brackets
        self.quote, self.tail = other.quote, other.tail

    def stop(self) -> None:
        """After ``#stop`` and ``#break`` nothing is written."""
        self.states = frozenset()

    def skip(self, condition: str, sure: bool) -> None:
        """An ``#if`` without ``#else`` was not taken.

        That is not ``sure`` to be possible of one with ``#elseif``, which may name all cases, and of one
        inside another that asks the same; nor is it of two in a row that ask the same.
        """
        if not sure:
            self.last = frozenset()
            return
        self.last = frozenset(
            mark._replace(skipped=mark.skipped | {condition})
            for mark in self.last
            if condition not in mark.skipped and len(mark.skipped) < _MANY
        )

    def surely(self, state: str) -> bool:
        """Whether there is no other state."""
        return self.states == {state}

    def value(self, known_brackets: bool) -> None:
        """A reference was printed."""
        if self.surely(OUT):
            self.last = _ANYTHING
        if not known_brackets:
            self.brackets = None
        self.tail = ""


def joined(positions: Iterable[Position]) -> Position:
    """Where several ways meet."""
    alive = [position for position in positions if position.states]
    if not alive:
        return Position(frozenset())
    first = alive[0]
    last = frozenset[Mark]().union(*(position.last for position in alive))
    return Position(
        frozenset[str]().union(*(position.states for position in alive)),
        last if len(last) <= _MANY else _ANYTHING,
        first.brackets if all(position.brackets == first.brackets for position in alive) else None,
        first.quote,
        first.tail if all(position.tail == first.tail for position in alive) else "",
    )


class Writer:
    """Writes text at a position and notes what no JSON parser would take."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._broken = False

    def write(self, at: Position, text: str, offset: int, ifs: frozenset[int]) -> None:
        """Go on by ``text``, whose first character stands at ``offset``."""
        at.tail = (at.tail + text)[-_TAIL:]
        if len(at.states) != 1:
            at.states = frozenset(_end_state(state, text) for state in at.states)
            at.last, at.brackets = _ANYTHING, None
            return
        (state,) = at.states
        for index, character in enumerate(text):
            if state == OUT:
                state = self._outside(at, character, offset + index, ifs)
            else:
                state = self._inside(at, state, character, offset + index, ifs)
        at.states = frozenset((state,))

    def value(self, at: Position, offset: int, ifs: frozenset[int], surely: bool) -> None:
        """A JSON value was printed as a whole, or a value that may be absent if not ``surely``."""
        outside = at.surely(OUT)
        if outside and surely:
            self._check(at, '"', offset, ifs)
        at.value(known_brackets=True)
        if outside:
            at.last = frozenset((Mark(_VALUE, offset, ifs),))

    def comment(self, at: Position, source: str, offset: int) -> None:
        """Inside a string: with a comment at ``offset`` that has a quote, nobody knows how it goes on."""
        comment = _COMMENT.match(source, offset)
        if comment is None or '"' not in comment[0]:
            return
        message = "## begins a comment, which takes the quote after it out of the JSON string"
        self._findings.add("invalid-json", offset, message, _HASHES)
        at.states, at.last, at.brackets = frozenset((IN, OUT)), _ANYTHING, None

    def _inside(self, at: Position, state: str, character: str, offset: int, ifs: frozenset[int]) -> str:
        if state == ESCAPE:
            return IN
        if character == '"':
            at.last = frozenset((Mark("end of a string", offset, ifs),))
            return OUT
        if character in "\r\n" and not self._broken:
            self._broken = True
            message = "a line ends inside a JSON string: a JSON parser refuses the control character"
            self._findings.add(
                "invalid-json", at.quote, message, r"close the string on its line, or write \n"
            )
        return ESCAPE if character == "\\" else IN

    def _outside(self, at: Position, character: str, offset: int, ifs: frozenset[int]) -> str:
        if character.isspace():
            return OUT
        self._check(at, character, offset, ifs)
        if character == '"':
            at.quote = offset
            return IN
        if character not in '{}[],:"':
            at.last = frozenset((Mark(_WORD if character.isalnum() else "sign", offset, ifs),))
            return OUT
        mark = Mark(character, offset, ifs)
        at.last = frozenset((mark,))
        if at.brackets is not None and character in "{[":
            at.brackets = (*at.brackets, mark) if len(at.brackets) < _MANY else None
        elif at.brackets is not None and character in _CLOSERS:
            at.brackets = self._closed(at.brackets, mark)
        return OUT

    def _closed(self, brackets: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...] | None:
        if brackets and brackets[-1].character == _CLOSERS[mark.character]:
            return brackets[:-1]
        what = f"closes {brackets[-1].character!r}" if brackets else "closes nothing"
        message = f"{mark.character!r} {what}: the output is no JSON"
        self._findings.add("invalid-json", mark.offset, message, "balance the brackets")
        return None

    def _check(self, at: Position, character: str, offset: int, ifs: frozenset[int]) -> None:
        if character in '{["' and all(mark.character in _VALUE_ENDS for mark in at.last) and at.last:
            self._add("missing-comma", offset, frozenset())
        for mark in at.last if character in ",}]" else ():
            if mark.ifs != ifs or _one_question(mark.skipped):
                continue
            if mark.character == ":":
                self._add("missing-value", mark.offset, mark.skipped)
            elif character != "," and mark.character == ",":
                self._add("trailing-comma", mark.offset, mark.skipped)
            elif character == "," and mark.character in ",{[":
                self._add("extra-comma", offset, mark.skipped)

    def _add(self, code: str, offset: int, skipped: frozenset[str]) -> None:
        message, hint = _TEXTS[code]
        when = f", when #if({min(skipped)}) is not taken" if skipped else ""
        self._findings.add(code, offset, f"{message}{when}: the output is no JSON", hint)

    def end(self, at: Position, start: int) -> None:
        """The template is over."""
        if at.surely(IN) and at.brackets is not None and not self._broken:
            message = "the JSON string that begins here is never closed: the output is no JSON"
            line = self._findings.source[at.quote :].partition("\n")[0]
            hint = _HASHES if "##" in line else "close it with a quote"
            self._findings.add("invalid-json", at.quote or start, message, hint)
        elif at.surely(OUT) and at.brackets:
            mark = at.brackets[-1]
            message = f"{mark.character!r} is never closed: the output is no JSON"
            self._findings.add("invalid-json", mark.offset, message, "balance the brackets")


def _one_question(conditions: frozenset[str]) -> bool:
    """Whether several #if's ask what one value is: they may leave no case out."""
    return len(conditions) > 1 and len({text.partition("==")[0] for text in conditions}) == 1


_TEXTS = {
    "missing-comma": (
        "nothing separates this from the value before it",
        "write a comma between; in a loop #if($foreach.hasNext),#end",
    ),
    "missing-value": ("the member has no value", "give it one, or leave the whole member out"),
    "trailing-comma": (
        "the last one is followed by a comma",
        "in a loop write #if($foreach.hasNext),#end; of optional members put one that is always there last",
    ),
    "extra-comma": (
        "no value stands before this comma",
        "put the comma inside the #if, with the member it separates",
    ),
}


def _end_state(state: str, text: str) -> str:
    for character in text:
        if state == ESCAPE:
            state = IN
        elif character == '"':
            state = OUT if state == IN else IN
        elif character == "\\" and state == IN:
            state = ESCAPE
    return state
