"""Wildcards of IAM policies: what they match, and that their work is bounded by the sizes involved."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from wsgi_gateway.authorizers.wildcard import anything, compile_wildcard


def matches_by_definition(pattern: str, text: str) -> bool:
    """The textbook's table: no cleverness, no sharing with the product."""
    row = [True] + [False] * len(text)
    for p in pattern:
        if p == "*":
            row = [any(row[: i + 1]) for i in range(len(text) + 1)]
        else:
            row = [False] + [row[i] and p in ("?", text[i]) for i in range(len(text))]
    return row[-1]


@pytest.mark.parametrize("length", range(6), ids="patterns of {} characters".format)
def test_short_patterns_match_exactly_what_their_definition_says(length: int) -> None:
    texts = ["".join(t) for n in range(6) for t in itertools.product("ab", repeat=n)]
    for pattern in map("".join, itertools.product("ab*?", repeat=length)):
        matches = compile_wildcard(pattern)
        for text in texts:
            assert matches(text) is matches_by_definition(pattern, text), (pattern, text)


@pytest.mark.parametrize("seed", range(20), ids="seed {}".format)
def test_long_random_patterns_match_exactly_what_their_definition_says(seed: int) -> None:
    random_ = random.Random(seed)
    hits = 0
    for _ in range(200):
        pattern = "".join(random_.choices("ab/*?", (4, 2, 1, 2, 2), k=random_.randint(1, 24)))
        text = "".join(
            "".join(random_.choices("aab/", k=random_.randint(0, 4)))
            if c == "*"
            else random_.choice("ab/")
            if c == "?" or random_.random() < 0.02
            else c
            for c in pattern
        )
        expected = matches_by_definition(pattern, text)
        hits += expected
        assert compile_wildcard(pattern)(text) is expected, (pattern, text)
    assert 50 < hits < 200


def test_case_matters() -> None:
    assert not compile_wildcard("arn:*/Pets")("arn:x/pets")


@pytest.mark.parametrize("text", ["", "a", "a/b:c", "\n", "é", "*", "?"], ids=ascii)
def test_a_star_alone_matches_everything_and_is_recognised(text: str) -> None:
    assert compile_wildcard("*") is anything
    assert compile_wildcard("***") is anything
    assert anything(text)


def test_characters_that_mean_something_elsewhere_mean_themselves() -> None:
    for pattern in ("a.c", "[ab]", "a+", "(a|b)", "a\\", "^a$", "{a}"):
        assert compile_wildcard(pattern)(pattern)
        assert compile_wildcard(pattern + "*")(pattern + "x")
    assert not compile_wildcard("a.c")("abc")
    assert not compile_wildcard("[ab]")("a")


def test_wildcards_in_the_text_are_only_text() -> None:
    assert not compile_wildcard("a/b")("*")
    assert not compile_wildcard("a?c")("a*")
    assert compile_wildcard("a?c")("a*c")


class Counting(str):
    """A text that counts how many of its characters a matcher looks at."""

    __slots__ = ("looks",)

    def __new__(cls, text: str) -> Counting:
        made = super().__new__(cls, text)
        made.looks = 0
        return made

    def __getitem__(self, place: Any) -> str:
        self.looks += 1
        return super().__getitem__(place)

    def find(self, piece: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        end = len(self) if end is None else end
        found = super().find(piece, start, end)
        self.looks += (end if found < 0 else found + len(piece)) - start
        return found

    def startswith(self, piece: str, start: int = 0) -> bool:  # type: ignore[override]
        self.looks += len(piece)
        return super().startswith(piece, start)

    def endswith(self, piece: str) -> bool:  # type: ignore[override]
        self.looks += len(piece)
        return super().endswith(piece)


@pytest.mark.parametrize(
    "pattern",
    [
        "*a*a*a*b",
        "*a*a*a*b*",
        "*a" * 255 + "b*",
        "*" + "a" * 100 + "*" + "a" * 100 + "b*",
        "*?a" * 170 + "b*",
        "*?a" * 170 + "b",
        "*" + "a?" * 255 + "b",
        "*" + "?" * 255 + "*" + "?" * 255 + "b",
        "a?" * 256,
        "*a?b" * 128,
    ],
    ids=lambda pattern: f"{pattern[:12]}... of {len(pattern)}",
)
def test_no_pattern_of_the_longest_kind_makes_more_steps_than_the_sizes_add_up_to(pattern: str) -> None:
    text = Counting("a" * 1600)
    assert not compile_wildcard(pattern)(text)
    assert text.looks <= len(text) + len(pattern) + 2
