"""Reading single characters, escapes and classes of a Java pattern.

    >>> Scanner("a-z&&[^b]]", frozenset()).char_class().ranges
    ((97, 97), (99, 122))

Under the flag `x` blanks and comments are skipped, inside a class as well.  Not for groups and repetition
(`java_regex`).
"""

from __future__ import annotations

import re
from functools import reduce

from wsgi_gateway.mapping.jsonpath.charsets import CLASSES, POSIX, UNICODE_CLASSES, CharSet

MAX_DEPTH = 64
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_CODE = re.compile(
    r"x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|0([0-3]?[0-7]{1,2})", re.ASCII
)
_PROPERTY = re.compile(r"([pP])(?:\{(\^?)(?:script=|sc=|Is|general_category=|gc=)?(\w+)\}|(\w))")


class Scanner:
    """A place in the pattern and the flags in force there."""

    __slots__ = ("at", "depth", "flags", "source")

    def __init__(self, source: str, flags: frozenset[str]) -> None:
        self.source = source
        self.flags: frozenset[str] = flags
        self.at = 0
        self.depth = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.source)

    def peek(self) -> str:
        """The next character; ValueError at the end."""
        if self.done:
            raise ValueError("the pattern ends too early")
        return self.source[self.at]

    def next(self) -> str:
        """The next character, moving behind it."""
        char = self.peek()
        self.at += 1
        return char

    def take(self, text: str) -> bool:
        """Move behind `text` if it comes next."""
        found = self.source.startswith(text, self.at)
        self.at += len(text) * found
        return found

    def until(self, end: str) -> str:
        """The text up to `end`, or to the end of the pattern, moving behind it."""
        place = self.source.find(end, self.at)
        text = self.source[self.at :] if place == -1 else self.source[self.at : place]
        self.at += len(text) + (len(end) if place != -1 else 0)
        return text

    def skip_comments(self) -> None:
        """Under `x`, move behind blanks and comments."""
        if "x" not in self.flags:
            return
        while not self.done and (self.peek() in " \t\n\v\f\r" or self.peek() == "#"):
            if self.next() == "#":
                self.until("\n")

    def escaped(self) -> CharSet:
        """The characters an escape stands for, read from behind the backslash."""
        if match := _CODE.match(self.source, self.at):
            self.at = match.end()
            octal = match[4]
            return CharSet.of(chr(int(octal, 8) if octal else int(match[1] or match[2] or match[3], 16)))
        if match := _PROPERTY.match(self.source, self.at):
            self.at = match.end()
            name = match[3] or match[4]
            if "i" in self.flags and name in _CASES:
                name = "L&"
            return _property(name, (match[1] == "P") != bool(match[2]))
        char = self.next()
        classes = UNICODE_CLASSES if "U" in self.flags else CLASSES
        if char in classes:
            return classes[char]
        if char.lower() in classes and char.isascii():
            return classes[char.lower()].complement()
        if char == "c":
            return CharSet.of(chr(ord(self.next()) ^ 64))
        if char in _CONTROL:
            return CharSet.of(_CONTROL[char])
        if char.isalnum() and char.isascii():
            raise ValueError(f"\\{char} is not supported in a pattern")
        return CharSet.of(char)

    def char_class(self) -> CharSet:
        """A class, read from behind its `[`: a union of parts, then intersections with more unions."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("classes are nested too deeply")
        negated = self.take("^")
        sides = [self._parts(first=True)]
        while self.take("&&"):
            sides.append(self._parts(first=False))
        # A side of && that is not written leaves the others as they are.
        written = [side for side in sides if side is not None]
        if not written:
            raise ValueError("a class without characters")
        characters = reduce(CharSet.intersection, written)
        self.next()
        self.depth -= 1
        return characters.complement() if negated else characters

    def _parts(self, first: bool) -> CharSet | None:
        characters = None
        self.skip_comments()
        while not (self.peek() == "]" and not first) and not self.source.startswith("&&", self.at):
            part = self._part()
            characters = part if characters is None else characters.union(part)
            first = False
            self.skip_comments()
        return characters

    def _part(self) -> CharSet:
        """A nested class, or a character, or a range of them."""
        if self.take("["):
            return self.char_class()
        if self.take(r"\Q"):
            return self._folded(CharSet.of(self.until(r"\E")))
        begin = self._single()
        if _lone(begin) is None or not self.source.startswith("-", self.at):
            return self._folded(begin)
        if self.source[self.at + 1 : self.at + 2] in ("]", "[", ""):
            return self._folded(begin)
        self.at += 1
        end = self._single()
        first, last = _lone(begin), _lone(end)
        if first is None or last is None or last < first:
            raise ValueError("an illegal range in a class")
        return self._folded(CharSet(((first, last),)))

    def _single(self) -> CharSet:
        return self.escaped() if self.take("\\") else CharSet.of(self.next())

    def _folded(self, characters: CharSet) -> CharSet:
        return characters.ignoring_case() if "i" in self.flags else characters


def _lone(characters: CharSet) -> int | None:
    """The code of the only character; None for more than one, as `\\d` has."""
    codes = [first for first, last in characters.ranges if first == last]
    return codes[0] if len(codes) == len(characters.ranges) == 1 and not characters.named else None


_CASES = frozenset({"Lu", "Ll", "Lt"})


def _property(name: str, negated: bool) -> CharSet:
    if name == "L&":
        return CharSet((), (r"\p{Lu}", r"\p{Ll}", r"\p{Lt}"), negated)
    if name in POSIX:
        return POSIX[name].complement() if negated else POSIX[name]
    return CharSet((), (rf"\{'P' if negated else 'p'}{{{name}}}",))
