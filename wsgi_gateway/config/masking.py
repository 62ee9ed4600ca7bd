"""``Hidden``: texts that nobody may see, and asterisks for them in what is told.

::

    hidden = Hidden()
    hidden.add("hunter2-and-more")
    hidden.masked("there is no stage 'HUNTER2-AND-M'")      # "there is no stage '****'"

Messages cut values, quote them and change their case. So what is searched for is not a text as a whole but
any :data:`RUN` characters of it in a row, or its first half, in either case, as they are and as Python and
JSON escape them.

Not for: texts of less than :data:`SHORTEST` characters, which are no secrets; what a message says in words
of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache

SHORTEST = 4
"""Characters of the shortest text that is hidden."""

RUN = 8
"""So many characters of a text in a row are hidden."""

ENDS = 4096
"""Of a longer text so many characters of its beginning are hidden, and of its end: messages show no more."""

MOST = 100_000
"""With more characters than these everything that is told is hidden."""

_MASK = "****"


class Hidden:
    """Grows text by text; ``is_full`` tells that there were too many."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.is_full = False
        self._texts: dict[str, None] = {}
        self._runs: set[str] = set()
        self._heads: dict[str, list[str]] = {}
        self._sizes: tuple[int, ...] = ()
        self._room = MOST
        for text in texts:
            self.add(text)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    @property
    def texts(self) -> tuple[str, ...]:
        """What is hidden, the longest first."""
        return tuple(sorted(self._texts, key=len, reverse=True))

    def add(self, text: str) -> None:
        """Hide one text more."""
        if len(text) < SHORTEST or text in self._texts or self.is_full:
            return
        self._texts[text] = None
        for part in _ends(text):
            self._room -= len(part)
            self.is_full = self.is_full or self._room < 0
            for form in _forms(part) if not self.is_full else ():
                self._add_form(form)

    def _add_form(self, form: str) -> None:
        self._runs.update(form[at : at + RUN] for at in range(len(form) - RUN + 1))
        size = max(SHORTEST, (len(form) + 1) // 2)
        if size < RUN and len(form) >= size:
            self._heads.setdefault(form[:size], []).append(form)
            self._sizes = tuple(sorted({*self._sizes, size}))

    def masked(self, text: str) -> str:
        """The text with asterisks for what is hidden."""
        if self.is_full:
            return _MASK
        found, end = "", 0
        for start, stop in self._spans(text):
            found, end = f"{found}{text[end:start]}{_MASK}", stop
        return found + text[end:]

    def rest(self, text: str) -> Iterator[str]:
        """What is left of a text, of a long one its ends, without that which would be hidden."""
        for part in _ends(text):
            end = 0
            for start, stop in () if self.is_full else self._spans(part):
                yield part[end:start]
                end = stop
            yield part[end:]

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where something that is hidden begins and ends; such as overlap or touch are one."""
        lowered = _lowered(text)
        start = stop = -1
        for at in range(len(lowered) - SHORTEST + 1 if self._texts else 0):
            length = self._length(lowered, at)
            if not length:
                continue
            if at > stop:
                if stop > start:
                    yield start, stop
                start = at
            stop = max(stop, at + length)
        if stop > start:
            yield start, stop

    def _length(self, lowered: str, at: int) -> int:
        """How many characters from there are hidden."""
        longest = RUN if lowered[at : at + RUN] in self._runs else 0
        for size in self._sizes:
            for form in self._heads.get(lowered[at : at + size], ()):
                longest = max(longest, _alike(form, lowered, at))
        return longest


@lru_cache(maxsize=4)
def hiding(texts: tuple[str, ...]) -> Hidden:
    """What hides these texts. It is asked for message by message, and making it takes long."""
    return Hidden(texts)


def _ends(text: str) -> tuple[str, ...]:
    return (text,) if len(text) <= 2 * ENDS else (text[:ENDS], text[-ENDS:])


def _forms(text: str) -> set[str]:
    """How a text may be written in a message, case aside."""
    escaped = {
        text,
        repr(text)[1:-1],
        repr(f"{text}'\"")[1:-4],  # in a text with both kinds of quotes one of them is escaped
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    }
    return {_lowered(form) for one in escaped for form in (one, one.upper(), one.lower())}


def _lowered(text: str) -> str:
    """In lower case, and of the same length: a few letters have two in lower case."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _alike(form: str, text: str, at: int) -> int:
    """How many characters of ``form`` stand in ``text`` from there."""
    length = 0
    while length < len(form) and text[at + length : at + length + 1] == form[length]:
        length += 1
    return length
