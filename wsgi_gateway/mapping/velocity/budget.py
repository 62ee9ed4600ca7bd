"""The budgets of the rendering that runs in this thread: its time, and the memory it holds.

The account is that of `wsgi_gateway.mapping.budget`; here is what templates take from it. Loops look at the
clock themselves. A single call can take long or much as well (a pattern that matches a million times, a list
added to itself), and what does the work there knows of no rendering: it says here what it is about to make,
before it makes it.

`charge` takes bytes from an allowance. What was made and thrown away again is not told to anybody, so when
the allowance is spent the rendering looks at what it really holds (`held`) and goes on with what is left.
Estimates may therefore be rough, and on the safe side. Small texts are free when they are made, since only a
list or a map can hold many of them; these charge for what they are given.

Not for anything outside a rendering, where nothing is bounded.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from sys import getsizeof
from typing import Any

from wsgi_gateway.mapping.budget import Meter, charge, current, start
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError

__all__ = [
    "LARGE",
    "MAX_HELD",
    "MAX_TEXT",
    "PAIR",
    "SLOT",
    "SMALL",
    "Meter",
    "Output",
    "charge",
    "charge_member",
    "charge_text",
    "check",
    "in_slices",
    "join",
    "slices",
    "start",
]

MAX_TEXT = 10 * 1024 * 1024
"""Characters of one text."""
MAX_HELD = 96 * 1024 * 1024
"""Bytes that the variables of a rendering and what it has written may take together, roughly."""
LARGE = 65_536
"""What works through more than this (characters, members) looks at the clock."""
SMALL = 256
"""Characters which a text may have free of charge."""
SLOT = 48
"""Bytes for a place in a list, and a bit for what is there."""
PAIR = 128
"""Bytes for an entry of a map, its key being a small one."""


def check() -> None:
    """Raise if the time is over."""
    if time.monotonic() > current.meter.end:
        raise TemplateRuntimeError("the template takes too long")


def charge_member(value: Any) -> None:
    """`value` becomes a member of a list or map."""
    charge(SLOT + getsizeof(value))


def charge_text(length: int, ascii_only: bool = True) -> None:
    """A text of `length` characters is about to be made: raise if it is too long, or one too many."""
    if length > MAX_TEXT:
        raise TemplateRuntimeError(f"a text is longer than {MAX_TEXT} characters")
    if length > SMALL:
        charge(length if ascii_only else 4 * length)


def join(parts: "tuple[str, ...] | list[str]") -> str:
    """`''.join`, within the budgets."""
    size = sum(map(len, parts))
    if size > SMALL:
        charge_text(size, all(map(str.isascii, parts)))
    return "".join(parts)


def slices(value: str) -> Iterator[str]:
    """A text in pieces of moderate length, with a look at the clock before each."""
    for at in range(0, len(value), LARGE):
        check()
        yield value[at : at + LARGE]


def in_slices(function: Callable[[str], str], pieces: Iterable[str]) -> str:
    """The results of a function for each piece, joined; refused as soon as they are too long."""
    out = Output()
    for piece in pieces:
        out.append(function(piece))
        out.measure()
    return out.text()


class Output(list[str]):
    """What is being written. Many small pieces become one now and then: a piece takes more memory than its
    characters do."""

    size = counted = sealed = 0
    _MANY = 4096
    _FEW = 64

    def measure(self) -> None:
        """Add up what was written since the last time; raise if it is too much."""
        counted, written = self.counted, len(self)
        size = self.size = self.size + sum(map(len, self[counted:] if counted else self))
        if size > MAX_TEXT:
            raise TemplateRuntimeError(f"the output is longer than {MAX_TEXT} characters")
        if written - self.sealed > self._MANY:
            self[self.sealed :] = [join(self[self.sealed :])]
            self.sealed += 1
            written = self.sealed
        self.counted = written

    def text(self, free: int = SMALL) -> str:
        """All of it; up to `free` characters are not charged."""
        if not self.counted and len(self) <= self._FEW and sum(map(len, self)) <= free:
            return "".join(self)
        self.measure()
        size = self.size
        if size > free:
            charge(size if size > LARGE and all(map(str.isascii, self)) else 4 * size)
        return "".join(self)
