"""Sets of characters, for the classes of a pattern.

Java's classes have unions and intersections, which the engine does not; so they are worked out here, as
sorted ranges of code points::

    >>> letters = CharSet(((97, 122),))
    >>> letters.intersection(CharSet(((98, 98),)).complement()).expression()
    '[\\\\x{61}\\\\x{63}-\\\\x{7a}]'

A property such as `\\p{L}` is kept by name (`named`); it can be in a union, but not in an intersection.  Not
for reading a class from a pattern (`java_classes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Range: TypeAlias = tuple[int, int]
LAST = 0x10FFFF


@dataclass(frozen=True, slots=True)
class CharSet:
    """Ranges of code points and names of properties; everything else if `negated`."""

    ranges: tuple[Range, ...] = ()
    named: tuple[str, ...] = ()
    negated: bool = False

    @classmethod
    def of(cls, characters: str) -> CharSet:
        """The set of these characters."""
        return cls(_merged([(ord(char), ord(char)) for char in characters]))

    def complement(self) -> CharSet:
        """All other characters."""
        if self.named:
            return CharSet(self.ranges, self.named, not self.negated)
        return CharSet(_gaps(self.ranges))

    def union(self, other: CharSet) -> CharSet:
        """The characters in either."""
        if self == CharSet():
            return other
        if self.negated or other.negated:
            raise ValueError("a negated property cannot be combined with other characters")
        return CharSet(_merged([*self.ranges, *other.ranges]), (*self.named, *other.named))

    def intersection(self, other: CharSet) -> CharSet:
        """The characters in both."""
        if self.named or other.named:
            raise ValueError("a property cannot be in an intersection")
        return CharSet(_gaps(_merged([*_gaps(self.ranges), *_gaps(other.ranges)])))

    def ignoring_case(self) -> CharSet:
        """With the other case of each ASCII letter."""
        more = list(self.ranges)
        for first, last in self.ranges:
            for begin, end, shift in ((65, 90, 32), (97, 122, -32)):
                low, high = max(first, begin), min(last, end)
                if low <= high:
                    more.append((low + shift, high + shift))
        return CharSet(_merged(more), self.named, self.negated)

    def disjoint(self, other: CharSet) -> bool:
        """Whether no character is in both, as far as can be told."""
        return not (self.named or other.named or self.intersection(other).ranges)

    def inverse_expression(self) -> str:
        """The same, as what it leaves out if it reaches to the last code point.

        The engine adds other cases first and negates then, so `[^k]` is no k whatever the cases of the rest.
        """
        left_out = () if self.named or not self.ranges or self.ranges[-1][1] != LAST else _gaps(self.ranges)
        return CharSet(left_out, (), True).expression() if left_out else self.expression()

    def expression(self) -> str:
        """The set in the engine's syntax."""
        if not (self.ranges or self.named):
            return r"[^\x{0}-\x{10ffff}]"
        inside = "".join(
            rf"\x{{{first:x}}}" if first == last else rf"\x{{{first:x}}}-\x{{{last:x}}}"
            for first, last in self.ranges
        )
        return f"[{'^' * self.negated}{inside}{''.join(self.named)}]"


def _merged(ranges: list[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _gaps(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    gaps: list[Range] = []
    begin = 0
    for first, last in ranges:
        if begin < first:
            gaps.append((begin, first - 1))
        begin = last + 1
    if begin <= LAST:
        gaps.append((begin, LAST))
    return tuple(gaps)


DIGITS = CharSet.of("0123456789")
WORD = CharSet(((48, 57), (65, 90), (95, 95), (97, 122)))
SPACE = CharSet.of(" \t\n\v\f\r")
BLANK = CharSet.of(" \t\xa0\u1680\u180e\u202f\u205f\u3000").union(CharSet(((0x2000, 0x200A),)))
BREAK = CharSet.of("\n\v\f\r\x85\u2028\u2029")
LINE_END = CharSet.of("\n\r\x85\u2028\u2029")

CLASSES = {"d": DIGITS, "w": WORD, "s": SPACE, "h": BLANK, "v": BREAK}
UNICODE_CLASSES = {
    "d": CharSet((), (r"\p{Nd}",)),
    "w": CharSet((), (r"\p{L}", r"\p{M}", r"\p{Nd}", r"\p{Pc}")),
    "s": SPACE.union(CharSet(((0x85, 0x85),), (r"\p{Z}",))),
    "h": BLANK,
    "v": BREAK,
}
POSIX = {
    "Lower": CharSet(((97, 122),)),
    "Upper": CharSet(((65, 90),)),
    "ASCII": CharSet(((0, 127),)),
    "Alpha": CharSet(((65, 90), (97, 122))),
    "Digit": DIGITS,
    "Alnum": CharSet(((48, 57), (65, 90), (97, 122))),
    "Punct": CharSet(((33, 47), (58, 64), (91, 96), (123, 126))),
    "Graph": CharSet(((33, 126),)),
    "Print": CharSet(((32, 126),)),
    "Blank": CharSet.of(" \t"),
    "Cntrl": CharSet(((0, 31), (127, 127))),
    "XDigit": CharSet(((48, 57), (65, 70), (97, 102))),
    "Space": SPACE,
}
