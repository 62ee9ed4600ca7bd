"""Patterns in filters: what Java's syntax means, on an engine that cannot be made to hang."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.mapping.jsonpath import InvalidPath, compile_path
from wsgi_gateway.mapping.jsonpath.regex import Pattern


@pytest.mark.parametrize(
    ("source", "flags", "matching", "other"),
    [
        ("al.*", "", ["al", "alpha"], ["pal", "AL"]),
        ("a.b", "", ["a\tb"], ["a\nb", "a\rb", "a\u2028b"]),
        ("a.b", "d", ["a\rb"], ["a\nb"]),
        ("a.b", "s", ["a\nb"], ["ab"]),
        ("(?s).*b", "", ["a\nb"], []),
        ("(?s:.)-.", "", ["\n-x"], ["x-\n"]),
        ("(?i)ab(?-i)c", "", ["ABc"], ["ABC"]),
        ("((?i)a)b", "", ["Ab"], ["AB"]),
        ("é|k", "i", ["é", "K"], ["É", "\u212a"]),
        ("é|k", "iu", ["é", "É", "K"], ["x"]),
        ("[a-fé]+", "i", ["aBé"], ["É", "g"]),
        ("[^a]", "i", ["b", "\n"], ["a", "A"]),
        ("a b # c\n+", "x", ["ab", "abb"], ["a b"]),
        ("[a b]", "x", ["a", "b"], [" "]),
        (r"a\ b", "x", ["a b"], ["ab"]),
        (r"\Qa.\E", "", ["a."], ["ab"]),
        (r"[\Q]^\E]", "", ["]", "^"], ["Q"]),
        ("[a-z&&[^b-d]]", "", ["a", "e"], ["c", "A"]),
        ("[a-c[x-z]]", "", ["b", "y"], ["d"]),
        ("[^a-c[x-z]]", "", ["d"], ["b", "y"]),
        ("[a-z&&b-y&&[^c]]", "", ["b", "d"], ["a", "c", "z"]),
        ("[]a]", "", ["]", "a"], ["b"]),
        ("[a-]", "", ["a", "-"], ["b"]),
        (r"[^\p{L}]", "", ["1"], ["a", "é"]),
        (r"\D", "U", ["a"], ["5", "\u0663"]),
        ("[a&&b]", "", [], ["a", "b", ""]),
        (r"\cA\Qa\E+", "", ["\x01aa"], ["\x01"]),
        ("[a&b]", "", ["&"], ["c"]),
        (r"[\d\-x]+", "", ["1-x"], ["d"]),
        (r"\d+\h\H", "", ["12 x", "1\u3000x"], ["1\nx"]),
        (r"\d", "", ["5"], ["\u0663"]),
        (r"\d\w", "U", ["\u0663é"], ["x1"]),
        (r"\x41\u0042\x{43}\0104", "", ["ABCD"], ["abcd"]),
        (r"\p{Lu}\p{Lower}\P{Alpha}", "", ["Éa1"], ["eaa"]),
        (r"\p{L}\pN[\p{IsGreek}_]", "", ["é1λ", "é1_"], ["11λ"]),
        (r"a\Rb", "", ["a\r\nb", "a\nb"], ["ab"]),
        (r"\ta\.", "", ["\ta."], ["tab"]),
        (r"^a$", "", ["a"], ["a\n"]),
        ("a$\n^b", "m", ["a\nb"], []),
        (r".*\bx\b.*", "", ["a x b"], ["axb"]),
        ("(?<name>a)(?:b)?c{2}d{1,2}?e{0,}", "", ["abccd", "accdde"], ["acd"]),
        ("(?=.*[0-9])(?=.*[a-z])[a-z0-9]{3,}", "", ["ab1"], ["abc", "123", "a1"]),
        ("(?!no).*", "", ["yes"], ["no", "none"]),
        ("a++b", "", ["aab"], ["b"]),
        ("[a-z]*+[0-9]", "", ["ab1", "1"], ["ab"]),
        ("xa?+", "", ["x", "xa"], ["xaa"]),
        ("", "", [""], ["a"]),
        ("a||b", "", ["a", "", "b"], ["ab"]),
        (r"^*a\b?", "", ["a"], [""]),
        (r"[\d-_]+", "", ["1-_"], ["a"]),
        (r"[&&[a-c]]", "", ["b"], ["d", "&"]),
        (r"[a-c&&]", "", ["b"], ["d", "&"]),
        (r"[^&&[a-c]]", "", ["d"], ["b"]),
        (r"\p{Lu}\P{Ll}", "i", ["a1", "A1"], ["1a", "aa"]),
        (r"[^\w]", "iu", ["-"], ["k", "K", "s"]),
        (r"[^k]", "iu", ["a"], ["k", "K"]),
    ],
)
def test_pattern(source, flags, matching, other):
    pattern = Pattern(source, flags)
    assert [text for text in matching if not pattern.matches(text)] == []
    assert [text for text in other if pattern.matches(text)] == []


@pytest.mark.parametrize(
    "source",
    [
        "*a", "a**", "[a", "[z-a]", "a{", "{1}", "(a", "a)", "\\", r"\y", r"(a)\1", r"\k<x>", "(?<=a)b",
        "(?<!a)b", "(?>a)b", "a(?=b)", "(?=a)b|c", "a++a", "(?:ab)++c", "a++b*", r"[\p{L}&&[a]]", r"\p{Nope}",
        "(?P<x>a)", "a{2000}", "(" * 100 + ")" * 100, "[" * 100 + "]" * 100, "(?", "[a&&", r"\x{110000}",
        r"\x", "(?z)a", "^(?=a).*", r"\Qa.b\E+", r"(?U)[\Da]", "a|(?=b)b", "(?<n>a)(?<n>b)",
        r"(?!(?<n>a))(?<n>b)", r"[a-\d]", r"[\.-\p{L}]", "[^&&]",
    ],
)  # fmt: skip
def test_refused(source):
    with pytest.raises(ValueError):
        Pattern(source, "")


@pytest.mark.parametrize("source", ["(a+)+b", "(a|a)*b", "(.*)*x", "a{0,500}a{500}"])
def test_a_pattern_that_would_backtrack_for_ever_ends(source):
    assert not Pattern(source, "").matches("a" * 100_000 + "!")


def test_without_the_engine_patterns_are_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(InvalidPath, match="google-re2"):
        compile_path("$[?(@.a =~ /never compiled before/)]")


def test_lone_surrogates_are_text_too():
    assert Pattern("a.", "").matches("a\ud800")
    assert not Pattern("a", "").matches("\udfff")


def test_in_a_path():
    document = [{"s": "Alpha"}, {"s": ["x", "alpha"]}, {"s": None}, {}, {"s": 42}, {"s": {"a": 1}}]
    assert compile_path("$[?(@.s =~ /al.*/i)].s")(document) == ["Alpha", ["x", "alpha"]]
    assert compile_path("$[?(@.s =~ /[0-9]+/)].s")(document) == [42]
    assert len(compile_path("$[?(@.s =~ /.{0}/)]")(document)) == 3
    for path in ("$[?(@.s =~ /[/)]", "$[?(@.s =~ /a/g)]", r"$[?(@.s =~ /(a)\1/)]"):
        with pytest.raises(InvalidPath):
            compile_path(path)


# Where Java and Python agree: ASCII letters, classes, groups, greedy repetition.
ATOMS = st.sampled_from(["a", "b", "c", "[ab]", "[^a]", "[b-c]", r"\w", r"\d", r"\.", "(?:ab)", "x?"])
REPEATS = st.sampled_from(["", "*", "+", "?", "{2}", "{1,2}", "*?"])
SEQUENCES = st.lists(st.tuples(ATOMS, REPEATS).filter(lambda pair: not pair[0].endswith("?")), max_size=4)


@settings(deadline=None)
@given(st.lists(SEQUENCES, min_size=1, max_size=3), st.text("abcx1.B", max_size=8), st.booleans())
def test_agrees_with_re_on_common_ground(branches, text, ignore_case):
    source = "|".join("".join(atom + repeat for atom, repeat in branch) for branch in branches)
    expected = re.fullmatch(source, text, re.ASCII | (re.IGNORECASE if ignore_case else re.NOFLAG))
    assert Pattern(source, "i" * ignore_case).matches(text) == (expected is not None)
