"""Java's regular expressions in the syntax of google-re2.

Every atom is written out so that it needs no flags: `a` under `i` becomes a class of two letters, a dot
leaves out all line ends Java knows, comments vanish.  Three things the engine lacks can be kept without
losing linear time:

* lookahead at the very start: a question of its own, answered beside the match;
* intersection of classes: worked out beforehand (`charsets`);
* possessive repetition, where giving back could never help: before a character that the repeated one
  excludes, and at the end of the pattern.

    >>> translate("(?=a)[a-c&&[^b]]++", "")
    ('(?:[\\\\x{61}\\\\x{63}]+)', [(True, '(?:a)')])

Anything else it lacks raises ValueError.  Not for running patterns (`regex`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsgi_gateway.mapping.jsonpath.charsets import LINE_END, CharSet
from wsgi_gateway.mapping.jsonpath.java_classes import Scanner

FLAGS = "dixmsuU"
MAX_DEPTH = 64
_REPEAT = re.compile(r"[*+?]|\{(\d{1,9})(,?)(\d{0,9})\}")
_GROUP_FLAGS = re.compile(r"([dixmsuU]*)(?:-([dixmsuU]*))?([:)])")
_NAME = re.compile(r"<[A-Za-z][A-Za-z0-9]*>")
_ANCHORS = {"b": r"\b", "B": r"\B", "A": r"\A", "z": r"\z", "Z": r"\z"}


@dataclass(slots=True)
class _Item:
    """One atom with its repetition."""

    expression: str
    characters: CharSet | None = None
    least: int = 1
    possessive: bool = False


def translate(source: str, flags: str) -> tuple[str, list[tuple[bool, str]]]:
    """The expression for the whole text, and lookaheads at its start, each with whether it must match."""
    translator = _Translator(source, frozenset(flags))
    expression = translator.alternatives()
    if not translator.scanner.done:
        raise ValueError("unmatched ) in the pattern")
    return expression, translator.aheads


class _Translator:
    def __init__(self, source: str, flags: frozenset[str]) -> None:
        self.scanner = Scanner(source, flags)
        self.aheads: list[tuple[bool, str]] = []
        self.names: set[str] = set()
        self.branched = False
        self.depth = 0

    def alternatives(self) -> str:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ValueError("the pattern is nested too deeply")
        flags = self.scanner.flags
        branches = [self.sequence()]
        while self.scanner.take("|"):
            if self.depth == 1 and self.aheads:
                raise ValueError("a lookahead before an alternative is not supported")
            self.branched = self.branched or self.depth == 1
            branches.append(self.sequence())
        self.scanner.flags = flags
        self.depth -= 1
        return f"(?:{'|'.join(branches)})"

    def sequence(self) -> str:
        items: list[_Item] = []
        self.scanner.skip_comments()
        while not self.scanner.done and self.scanner.peek() not in "|)":
            item = self.atom(first=not items)
            if item is not None:
                items.append(self.repeated(item))
            self.scanner.skip_comments()
        self.check_possessive(items)
        return "".join(item.expression for item in items)

    def check_possessive(self, items: list[_Item]) -> None:
        for place, item in enumerate(items):
            follower = items[place + 1] if place + 1 < len(items) else None
            if item.possessive and not self.never_gives_back(item, follower):
                raise ValueError("this possessive repetition is not supported")

    def never_gives_back(self, item: _Item, follower: _Item | None) -> bool:
        if item.characters is None:
            return False
        if follower is None:
            return self.depth == 1 and self.scanner.done
        if follower.characters is None or follower.least == 0:
            return False
        return item.characters.disjoint(follower.characters)

    def repeated(self, item: _Item) -> _Item:
        scanner = self.scanner
        scanner.skip_comments()
        match = _REPEAT.match(scanner.source, scanner.at)
        if match is None:
            if not scanner.done and scanner.peek() == "{":
                raise ValueError("an illegal repetition")
            return item
        if item.characters is None and not item.expression.startswith("(?:"):
            item.expression = f"(?:{item.expression})"
        scanner.at = match.end()
        mode = scanner.peek() if not scanner.done and scanner.peek() in "?+" else ""
        scanner.at += len(mode)
        least = 0 if match[0] in "*?" else 1 if match[0] == "+" else int(match[1])
        lazy = "?" if mode == "?" else ""
        return _Item(f"{item.expression}{match[0]}{lazy}", item.characters, least, mode == "+")

    def atom(self, first: bool) -> _Item | None:
        scanner = self.scanner
        char = scanner.next()
        if char == "(":
            return self.group(first)
        if char == "[":
            return self.of(scanner.char_class())
        if char == ".":
            return self.of(self.dot())
        if char in "^$":
            multiline = "m" in scanner.flags
            return _Item(f"(?m){char}(?-m)" if multiline else {"^": r"\A", "$": r"\z"}[char], None, 0)
        if char in "*+?":
            raise ValueError(f"nothing to repeat before {char}")
        if char == "{":
            raise ValueError("an illegal repetition")
        return self.escape() if char == "\\" else self.of(CharSet.of(char), char)

    def dot(self) -> CharSet:
        if "s" in self.scanner.flags:
            return CharSet().complement()
        return (CharSet.of("\n") if "d" in self.scanner.flags else LINE_END).complement()

    def of(self, characters: CharSet, char: str = "") -> _Item:
        """An item for a set of characters, under the flags in force."""
        flags = self.scanner.flags
        if "i" not in flags:
            plain = char.isalnum() and char.isascii()
            return _Item(char if plain else characters.expression(), characters)
        if "u" in flags or "U" in flags:
            # The engine knows the other cases; not knowing them here rules out possessive repetition.
            folded = CharSet(characters.ranges, (*characters.named, "unknown"), characters.negated)
            return _Item(f"(?i:{characters.inverse_expression()})", folded)
        characters = characters.ignoring_case()
        # The engine may take a class of both cases for "any case", which has more letters than ASCII.
        cases = [rf"\x{{{low:x}}}" for low, high in characters.ranges if char and low == high]
        return _Item(f"(?:{'|'.join(cases)})" if len(cases) == 2 else characters.expression(), characters)

    def escape(self) -> _Item:
        scanner = self.scanner
        char = scanner.peek()
        if char in _ANCHORS:
            scanner.at += 1
            return _Item(_ANCHORS[char], None, 0)
        if char == "R":
            scanner.at += 1
            return _Item(r"(?:\r\n|[\n\v\f\r\x{85}\x{2028}\x{2029}])")
        if char == "Q":
            scanner.at += 1
            return self.quotation()
        return self.of(scanner.escaped())

    def quotation(self) -> _Item:
        text = self.scanner.until(r"\E")
        expressions = [self.of(CharSet.of(char), char).expression for char in text]
        if len(text) == 1:
            return self.of(CharSet.of(text), text)
        if self.scanner.source[self.scanner.at : self.scanner.at + 1] in tuple("*+?{"):
            raise ValueError("repetition after a quotation is not supported")
        return _Item("".join(expressions))

    def group(self, first: bool) -> _Item | None:
        scanner = self.scanner
        if not scanner.take("?"):
            return self.closed()
        for sign, wanted in (("=", True), ("!", False)):
            if scanner.take(sign):
                self.ahead(first, wanted)
                return None
        if match := _NAME.match(scanner.source, scanner.at):
            if match[0] in self.names:
                raise ValueError("two groups have the same name")
            self.names.add(match[0])
            scanner.at = match.end()
            return self.closed()
        match = _GROUP_FLAGS.match(scanner.source, scanner.at)
        if match is None:
            raise ValueError("this kind of group is not supported")
        scanner.at = match.end()
        outer = scanner.flags
        scanner.flags = (outer | set(match[1])) - set(match[2] or "")
        if match[3] == ")":
            return None  # in force until the group around ends
        item = self.closed()
        scanner.flags = outer
        return item

    def closed(self) -> _Item:
        expression = self.alternatives()
        if not self.scanner.take(")"):
            raise ValueError("a group is not closed")
        return _Item(expression, None, 0)

    def ahead(self, first: bool, wanted: bool) -> None:
        if not first or self.depth != 1 or self.branched:
            raise ValueError("lookahead is supported at the start of a pattern only")
        inner = _Translator(self.scanner.source, self.scanner.flags)
        inner.scanner.at, inner.depth, inner.names = self.scanner.at, self.depth, self.names
        self.aheads.append((wanted, inner.closed().expression))
        self.scanner.at = inner.scanner.at
