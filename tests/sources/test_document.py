"""Texts become data with places, or one readable refusal."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import builder as builder_module
from wsgi_gateway.sources import load
from wsgi_gateway.sources.document import Mark
from wsgi_gateway.sources.json_text import read_json
from wsgi_gateway.sources.parsed import read_parsed
from wsgi_gateway.sources.reading import read
from wsgi_gateway.sources.yaml_text import read_yaml


def refusal(call, *arguments):
    with pytest.raises(ConfigError) as caught:
        call(*arguments)
    (problem,) = caught.value.problems
    return problem.code, problem.place.line, problem.place.column


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("no", "no", id="no stays a word"),
        pytest.param("on", "on", id="on stays a word"),
        pytest.param("010", "010", id="a leading zero makes text"),
        pytest.param("2024-01-01", "2024-01-01", id="a date stays text"),
        pytest.param("12:30:00", "12:30:00", id="a time stays text"),
        pytest.param("1_000", "1_000", id="an underscore makes text"),
        pytest.param("0x1F", "0x1F", id="hexadecimal stays text"),
        pytest.param("=", "=", id="an equals sign stays text"),
        pytest.param("true", True, id="true is a boolean"),
        pytest.param("False", False, id="False is a boolean"),
        pytest.param("null", None, id="null is nothing"),
        pytest.param("~", None, id="a tilde is nothing"),
        pytest.param("", None, id="an empty value is nothing"),
        pytest.param("200", 200, id="digits are a number"),
        pytest.param("-1.5e3", -1500.0, id="a decimal is a number"),
        pytest.param("'true'", "true", id="quotes make text"),
        pytest.param("!!str 200", "200", id="the str tag makes text"),
        pytest.param("! 200", "200", id="the bare tag makes text"),
        pytest.param("!!int 200", 200, id="the int tag is allowed"),
        pytest.param("|\n  a\n  b\n", "a\nb\n", id="a literal block keeps its lines"),
    ],
)
def test_yaml_scalars_are_those_of_version_1_2(text, value):
    found = read_yaml(f"x: {text}").data["x"]
    assert (type(found), found) == (type(value), value)


def test_yaml_keys_are_text():
    assert read_yaml("{200: a, true: b, null: c, on: d}").data == {
        "200": "a",
        "true": "b",
        "null": "c",
        "on": "d",
    }


def test_yaml_members_know_their_place_and_source_text():
    document = read_yaml("a:\n  b: 1.10\n  c:\n    - x\n    - y: 2\n")
    inner = document.data["a"]
    assert document.mark(document.data, "a") == Mark(1, 1)
    assert document.mark(inner, "b") == Mark(2, 3, "1.10")
    assert document.mark(inner["c"], 1) == Mark(5, 7)
    assert document.mark(inner["c"][1], "y") == Mark(5, 7, "2")
    assert document.mark(inner, "nothing") is None


def test_aliases_repeat_what_was_anchored():
    document = read_yaml("a: &a {k: [1, 2]}\nb: *a\nc: &s text\n*s : d\n")
    assert document.data == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": "text", "text": "d"}


def test_an_alias_of_a_mapping_is_no_key():
    assert refusal(read_yaml, "a: &a {k: 1}\n*a : d\n")[0] == "key-type"


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param(
            "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"x": 1, "y": 3}, id="a member written later wins"
        ),
        pytest.param(
            "a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a}", {"y": 3, "x": 1}, id="a member written before wins"
        ),
        pytest.param(
            "a: &a {x: 1}\nc: &c {x: 2, z: 4}\nb: {<<: [*a, *c]}", {"x": 1, "z": 4}, id="the first wins"
        ),
        pytest.param("b: {<<: {x: 1}}", {"x": 1}, id="a mapping may stand in place"),
        pytest.param("b: {'<<': 1}", {"<<": 1}, id="quoted it is an ordinary key"),
    ],
)
def test_merge_keys(text, data):
    assert read_yaml(text).data["b"] == data


def test_merged_members_know_where_they_were_written():
    document = read_yaml("a: &a\n  x: 1\nb:\n  <<: *a\n")
    assert document.mark(document.data["b"], "x") == Mark(2, 3, "1")


def test_a_merge_key_takes_mappings_only():
    assert refusal(read_yaml, "a:\n  <<: 5\n") == ("merge-key", 2, 7)


@pytest.mark.parametrize("read_text", [read_json, read_yaml])
def test_duplicate_keys_are_refused_where_the_second_stands(read_text):
    assert refusal(read_text, '{"a": 1,\n "b": 2,\n "a": 3}') == ("duplicate-key", 3, 2)


def test_aliases_count_as_often_as_they_are_used(monkeypatch):
    monkeypatch.setattr(builder_module, "NODE_LIMIT", 22)
    text = "a: &a [1, 2, 3]\nb: [*a, *a]\nc: [*a, *a]\n"
    assert refusal(read_yaml, text) == ("document-too-large", 3, 9)


def test_depth_reached_by_an_alias_counts(monkeypatch):
    monkeypatch.setattr(builder_module, "DEPTH_LIMIT", 4)
    assert read_yaml("a: &a [[1]]\nb: [*a]\n").data["b"] == [[[1]]]
    assert refusal(read_yaml, "a: &a [[1]]\nb: [[*a]]\n") == ("document-too-deep", 2, 6)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        pytest.param('{"a": 1,}', 1, 9, id="a trailing comma in a mapping"),
        pytest.param("[1,\n 2,\n]", 3, 1, id="a trailing comma in a list"),
        pytest.param('{"a" 1}', 1, 6, id="a missing colon"),
        pytest.param('{"a": 1 "b": 2}', 1, 9, id="a missing comma"),
        pytest.param("{1: 2}", 1, 2, id="a number as key"),
        pytest.param('{"a": [1}', 1, 9, id="the wrong bracket"),
        pytest.param("]", 1, 1, id="a bracket too many"),
        pytest.param('{"a": 01}', 1, 7, id="a leading zero"),
        pytest.param('{"a": "x\ny"}', 1, 7, id="a line end in a string"),
        pytest.param('{"a": "\\x"}', 1, 7, id="an unknown escape"),
        pytest.param('{"a": truely}', 1, 7, id="an unknown word"),
        pytest.param('\n\n{"a":', 3, 6, id="the end too soon"),
        pytest.param("", 1, 1, id="nothing"),
        pytest.param("[:]", 1, 2, id="a colon in a list"),
        pytest.param("[[] []]", 1, 5, id="lists without a comma"),
        pytest.param('{"a": 1} 2', 1, 10, id="a second value"),
    ],
)
def test_json_mistakes_are_shown_where_they_are(text, line, column):
    assert refusal(read_json, text) == ("json-syntax", line, column)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=15,
)


@given(json_values, st.sampled_from([None, 0, 2]), st.booleans())
def test_json_reads_what_the_standard_library_wrote(value, indent, ascii_only):
    assert read_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only)).data == value


@given(st.text(alphabet='{}[]",:01-.eEtruefalsn \n\\u', max_size=25))
def test_json_accepts_exactly_what_the_standard_library_accepts(text):
    def strict_pairs(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("duplicate")
        return dict(pairs)

    try:
        expected = json.loads(text, object_pairs_hook=strict_pairs)
        json.dumps(expected, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        with pytest.raises(ConfigError):
            read_json(text)
    else:
        assert read_json(text).data == expected


@given(json_values)
def test_yaml_reads_json_of_plain_characters(value):
    text = json.dumps({"x": value})
    if "\\u" not in text and "\\b" not in text and "\x7f" not in text and len(text) < 1000:
        assert read_yaml(text).data == {"x": value}


@given(st.text(max_size=60))
def test_any_text_is_data_or_a_config_error(text):
    for read_text in (read_yaml, read_json):
        with suppress(ConfigError):
            read_text(text)


def test_parsed_data_become_plain_data():
    source = OrderedDict([(200, (1, 2)), ("a", {"b": None, 1.5: True})])
    assert read_parsed(source).data == {"200": [1, 2], "a": {"b": None, "1.5": True}}


def circular():
    loop: dict[str, object] = {}
    loop["x"] = loop
    return loop


@pytest.mark.parametrize(
    ("source", "code"),
    [
        pytest.param({"a": {"b": object()}}, "value-type", id="an object"),
        pytest.param({"a": b"x"}, "value-type", id="bytes"),
        pytest.param({"a": {1, 2}}, "value-type", id="a set"),
        pytest.param({"a": float("nan")}, "value-type", id="not a number"),
        pytest.param({"a": 10**5000}, "value-type", id="a number too long to print"),
        pytest.param({"a": "\ud800"}, "encoding", id="half a surrogate pair"),
        pytest.param({"\ud800": 1}, "encoding", id="half a surrogate pair as key"),
        pytest.param({("a",): 1}, "key-type", id="a tuple as key"),
        pytest.param({10**5000: 1}, "key-type", id="a key too long to print"),
        pytest.param({200: 1, "200": 2}, "duplicate-key", id="keys with the same text"),
        pytest.param(circular(), "document-too-deep", id="a mapping that contains itself"),
        pytest.param({"a": [0] * 1_000_000}, "document-too-large", id="a million values"),
    ],
)
def test_parsed_data_are_bounded(source, code):
    assert refusal(read_parsed, source)[0] == code


def test_a_refused_value_tells_its_path():
    with pytest.raises(ConfigError, match=r"\$\.a\[1\]\.b: error: a bytes is nothing that JSON knows"):
        read({"a": [1, {"b": b"x"}]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.yaml", "a: 1", id="yaml by its extension"),
        pytest.param("a.yml", '{"a": 1}', id="json in a yaml file"),
        pytest.param("a.yaml", "{a: 1}", id="flow style in a yaml file"),
        pytest.param("a.json", '{"a": 1}', id="json by its extension"),
        pytest.param("a", '\ufeff{"a":\t1}', id="json without extension after a byte order mark"),
        pytest.param("a", "a: 1", id="yaml without extension"),
    ],
)
def test_files_are_read_by_extension_and_content(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read(path).data == {"a": 1}
    assert read(str(path)).file == str(path)


def test_a_duplicate_key_in_json_is_not_tried_as_yaml(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text('{"a": 1, "a": 2}')
    assert refusal(read, path) == ("duplicate-key", 1, 10)


@pytest.mark.parametrize(
    "source", ["", "missing/file.yaml", "a\0b", '{"openapi": "3.0.1"}', "openapi: 3\npaths: {}"]
)
def test_what_is_no_readable_file_is_said_to_be_none(source):
    assert refusal(read, source)[0] == "file-unreadable"


def test_a_text_given_as_path_gets_a_hint():
    with pytest.raises(ConfigError, match="pass a path, or the parsed document"):
        read("openapi: 3.0.1\npaths: {}")


@pytest.mark.parametrize("source", [None, 5, b"a.yaml", ["a.yaml"]])
def test_sources_of_other_types_are_refused(source):
    assert refusal(read, source)[0] == "option"


def test_bytes_that_are_not_utf8_are_shown_where_they_are(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    assert refusal(read, path) == ("encoding", 2, 4)


def test_yaml_works_without_libyaml(monkeypatch):
    import yaml

    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert read_yaml("a: [1, {b: no}]").data == {"a": [1, {"b": "no"}]}
    assert refusal(read_yaml, "a: [1\nb") == ("yaml-syntax", 2, 2)
    assert refusal(read_yaml, "a: 1\nb: \x01") == ("yaml-syntax", 2, 4)


def test_yaml_is_imported_when_first_needed():
    import subprocess

    code = "import sys, wsgi_gateway.sources; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\tb: 1\n", "begins with a tab"),
        ("a:\n   b: 1\n  c: 2\n", "compare the indentation"),
        ("a:\n  b: 1\n \u00a0c: 2\n", "blanks of another kind"),
        ("a: b: c\n", "a text with ': ' in it stands in quotes; or compare the indentation"),
        ("a: @b\n", "a text that begins with @, ` or % stands in quotes"),
        ("a: *b* c\n", "a text that begins with * stands in quotes"),
        ("a: 1\nb: {c: 1\nd: 2\n", "the { of line 2 is not closed"),
        ("a: 1\nb: [c, d\ne: 2\n", "the [ of line 2 is not closed"),
        ("a: {$ref: #/b}\nc: 1\n", "after a blank # begins a comment"),
    ],
)
def test_broken_yaml_comes_with_a_hint(tmp_path, text, hint):
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert hint in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"a": 1,\n}', "remove the comma"),
        ('{"a": [1, ]}', "remove the comma"),
        ('{"a": 1, // one\n "b": 2}', "JSON has no comments"),
        ("{'a': 1}", "texts stand in double quotes"),
        ('{"a": 1 "b": 2}', None),
    ],
)
def test_broken_json_comes_with_a_hint(text, hint):
    with pytest.raises(ConfigError) as caught:
        read_json(text)
    (problem,) = caught.value.problems
    assert problem.hint is None if hint is None else hint in problem.hint
