"""A place in a path's text, and the few ways of looking around from it.

The dialect is defined by what a reader does character by character: only U+0020 is a blank, a bracket search
skips quoted text, and one last character may go unread.  These rules live here once::

    >>> cursor = Cursor("$.a[ 'b' ]", "$.a[ 'b' ]")
    >>> cursor.significant_after(3)
    5

Not for knowing what a step or a filter is; see `parser` and `conditions`.
"""

from __future__ import annotations

from typing import NoReturn

from wsgi_gateway.mapping.jsonpath.errors import InvalidPath

MAX_NESTING = 64
"""How deep filters, parentheses and function arguments may lie inside each other."""


class Cursor:
    """A position in `text`, where index `last` is the last character that counts.

    `text` may be a part of the user's whole `path`, beginning at `offset`; errors speak about the whole.
    """

    __slots__ = ("at", "depth", "last", "offset", "path", "text")

    def __init__(self, text: str, path: str, offset: int = 0, depth: int = 0) -> None:
        self.text = text
        self.path = path
        self.offset = offset
        self.depth = depth
        self.at = 0
        self.last = len(text) - 1
        if depth > MAX_NESTING:
            self.fail("nested too deeply")

    def part(self, begin: int, end: int) -> Cursor:
        """A cursor over text[begin:end], one level deeper."""
        return Cursor(self.text[begin:end], self.path, self.offset + begin, self.depth + 1)

    def fail(self, message: str, at: int | None = None) -> NoReturn:
        """Raise InvalidPath for position `at`, by default here."""
        raise InvalidPath(self.path, self.position(at), message)

    def position(self, at: int | None = None) -> int:
        """The position in the user's path of index `at`, by default of the cursor."""
        place = (self.at if at is None else at) + self.offset
        return min(max(place, 0), len(self.path))

    def deeper(self) -> None:
        """Count one more level of nesting."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail("nested too deeply")

    def char(self, at: int) -> str:
        """The character at an index; reading outside the text is an error of the path."""
        if not 0 <= at < len(self.text):
            self.fail("the path ends too early", at)
        return self.text[at]

    @property
    def current(self) -> str:
        """The character under the cursor."""
        return self.char(self.at)

    def within(self, at: int) -> bool:
        """Whether an index counts."""
        return 0 <= at <= self.last

    @property
    def done(self) -> bool:
        """Whether at most one character is left; a single last one is swallowed without a word."""
        if self.at == self.last:
            # Characters outside the BMP count as two in the dialect's own reckoning.
            return self.text[self.at] <= "\uffff"
        return self.at > self.last

    def trim_end(self) -> None:
        """Leave out blanks at the end."""
        while self.at < self.last and self.text[self.last] == " ":
            self.last -= 1

    def skip_blanks(self) -> None:
        """Move on to something that is not a blank, but never over the last character."""
        while self.at < self.last and self.text[self.at] == " ":
            self.at += 1

    def significant_after(self, at: int) -> int:
        """The index of the first character after `at` that is no blank; may lie past the end."""
        at += 1
        while self.within(at) and self.text[at] == " ":
            at += 1
        return at

    def significant_char_after(self, at: int) -> str:
        """That character, or a blank when there is none."""
        at = self.significant_after(at)
        return self.text[at] if self.within(at) else " "

    def unescaped(self, at: int, char: str) -> int:
        """The index of the next `char` after `at` that has no backslash before it, or -1."""
        at += 1
        while self.within(at):
            if self.text[at] == "\\":
                at += 1
            elif self.text[at] == char:
                return at
            at += 1
        return -1

    def closing(self, at: int, opening: str, closing: str, skip_patterns: bool = False) -> int:
        """The index of the bracket that closes the one at `at`, past quoted text; -1 when there is none."""
        level = 1
        at += 1
        while self.within(at):
            at = self._past(at, "'\"")
            if skip_patterns:
                at = self._past(at, "/")
            char = self.char(at)
            if char == opening:
                level += 1
            if char == closing:
                level -= 1
                if level == 0:
                    return at
            at += 1
        return -1

    def _past(self, at: int, delimiters: str) -> int:
        delimiter = self.char(at)
        if delimiter not in delimiters:
            return at
        end = self.unescaped(at, delimiter)
        if end == -1:
            self.fail(f"no closing {delimiter}", at)
        return end + 1
