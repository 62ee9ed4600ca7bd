"""The line of a problem with its caret: under the right column, cut to the terminal, without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsgi_gateway.cli.problem_excerpt import Excerpts
from wsgi_gateway.errors import Place, Problem

GUTTER = len("    1 | ")


@pytest.fixture
def drawn(tmp_path: Path):
    def draw(text: str, line: int, column: int, width: int = 80, name: str = "api.yaml") -> list[str]:
        file = tmp_path / name
        file.write_bytes(text.encode())
        return Excerpts(width=width).of(Place(str(file), line, column, "$.a"))

    return draw


def under_the_carets(excerpt: list[str]) -> str:
    """What stands above the carets, where every character has one column."""
    line, below = excerpt
    start = below.index("^")
    return line[start : start + below.count("^")]


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        pytest.param("uri: ftp://example.org", 1, "uri", id="a key"),
        pytest.param("a: {uri: x, type: y}", 13, "type", id="a key in braces"),
        pytest.param('{"uri": "x"}', 2, '"uri"', id="a quoted key"),
        pytest.param("'/pets/{id}': x", 1, "'/pets/{id}'", id="a path in quotes"),
        pytest.param("AWS::Region: x", 1, "AWS::Region", id="a name with colons"),
        pytest.param("- first", 3, "first", id="an element"),
        pytest.param('"never closed', 1, '"', id="a quote that is not closed"),
    ],
)
def test_the_carets_are_under_the_word_at_the_place(drawn, text: str, column: int, word: str) -> None:
    excerpt = drawn(text, 1, column)
    assert excerpt[0] == f"    1 | {text}"
    assert under_the_carets(excerpt) == word


def test_a_tab_is_drawn_as_spaces_and_the_caret_goes_with_it(drawn) -> None:
    line, below = drawn('{\n\t"uri": 1}', 2, 2)
    assert line == '    2 |   "uri": 1}'
    assert below.index("^") == line.index('"')


def test_wide_characters_have_two_columns_and_combining_ones_none(drawn) -> None:
    line, below = drawn("{日本: e\u0301, uri: x}", 1, 10)
    before = line[: line.index("uri")]
    assert below.index("^") == len(before) + 2 - 1


def test_characters_that_a_terminal_obeys_are_question_marks(drawn) -> None:
    (line, _) = drawn("a: \x1b[31mred\u202e\x07", 1, 1)
    assert line == "    1 | a: ?[31mred??"


@pytest.mark.parametrize("at", [0, 30, 500, 990])
def test_a_long_line_is_cut_so_that_the_caret_stays_in_sight(drawn, at: int) -> None:
    words = "x" * at + " uri " + "y" * (1000 - at)
    line, below = excerpt = drawn(words, 1, at + 2, width=60)
    assert max(len(line), len(below)) <= 60
    assert under_the_carets(excerpt) == "uri"
    assert line.endswith("...") is (at < 990)
    assert line[GUTTER:].startswith("...") is (at > 30)


def test_a_line_as_long_as_the_terminal_is_not_cut(drawn) -> None:
    text = "u" * (60 - GUTTER)
    assert drawn(text, 1, 1, width=60)[0] == f"    1 | {text}"


def test_a_minified_document_of_one_line_is_cut_too(drawn) -> None:
    text = '{"a": [' + ",".join(['"日本"'] * 20_000) + '], "uri": 1}'
    line, below = drawn(text, 1, text.index('"uri"') + 1, width=80, name="api.json")
    assert '"uri"' in line
    assert below.count("^") == 5


@pytest.mark.parametrize(
    ("line", "column"),
    [(0, 1), (9, 1), (2, 1)],
    ids=["line nought", "a line beyond the end", "an empty line"],
)
def test_where_there_is_no_text_nothing_is_drawn(drawn, line: int, column: int) -> None:
    assert drawn("a: 1\n\nb: 2", line, column) == []


def test_a_column_beyond_the_line_is_at_its_end(drawn) -> None:
    line, below = drawn("a: 1", 1, 99)
    assert below.index("^") == len(line)


def test_what_is_about_the_whole_document_has_no_excerpt(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 3.0.1\n")
    assert Excerpts().of(Place(str(file), 1, 1)) == []


def test_a_problem_without_a_line_or_a_file_has_no_excerpt(tmp_path: Path) -> None:
    assert Excerpts().of(Place(None, 3, 1)) == []
    assert Excerpts().of(Place(str(tmp_path / "api.yaml"), None, None)) == []
    assert Excerpts().of(Place(str(tmp_path), 1, 1)) == []
    assert Excerpts().of(Place(str(tmp_path / "nowhere.yaml"), 1, 1)) == []


def test_a_document_that_is_not_utf_8_is_drawn_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_bytes(b"a: \xff1\n")
    assert Excerpts(width=80).of(Place(str(file), 1, 1, "$.a"))[0] == "    1 | a: \ufffd1"


def test_lines_are_counted_as_each_form_counts_them(drawn) -> None:
    assert drawn("a: x\u2028b: y", 2, 1)[0] == "    2 | b: y"
    assert drawn('{"a": "x\u2028",\n"b": 1}', 2, 1, name="api.json")[0] == '    2 | "b": 1}'


def test_a_message_is_told_without_the_secrets_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "stack.yaml"
    file.write_text("Parameters: {Key: {Type: String, NoEcho: true, Default: hush-hush}}\nResources: {}\n")
    said = Problem("code", "hush-hush\x1b is no number", Place(str(file), 1, 1), "not hush-hush")
    hidden = Excerpts().hidden(said)
    assert (hidden.message, hidden.hint) == ("(redacted)? is no number", "not (redacted)")


def test_a_document_that_lies_elsewhere_is_read_there(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_text("uri: x\n")
    assert Excerpts({"<stdin>": str(file)}).of(Place("<stdin>", 1, 1, "$.uri"))[0] == "    1 | uri: x"
