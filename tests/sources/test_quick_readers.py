"""The quick readers of plain JSON and YAML: what they take is what the exact ones read, places and all."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import json_quick, json_text, yaml_text
from wsgi_gateway.sources.document import DEPTH_LIMIT

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
documents = st.dictionaries(texts, values, max_size=5)


def everything(document):
    """Data with the marks of every container, in order."""

    def walk(value):
        if isinstance(value, dict):
            return [(key, document.marks[id(value)][key], walk(inner)) for key, inner in value.items()]
        if isinstance(value, list):
            return [(document.marks[id(value)][index], walk(inner)) for index, inner in enumerate(value)]
        return type(value), value

    return walk(document.data)


def exact_yaml(text, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(yaml_text, "_plain", lambda events, file: None)
        return yaml_text.read_yaml(text, "a.yaml")


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from([None, 0, 2]), st.booleans())
def test_json_is_read_alike(data, indent, is_ascii):
    text = json.dumps(data, indent=indent, ensure_ascii=is_ascii)
    quick = json_quick.read_quickly(text, "a.json")
    if quick is None:
        assert "\\u" in text
    else:
        assert everything(quick) == everything(json_text.read_json(text, "a.json"))
        assert quick.data == data


@given(st.text(alphabet='{}[]:,"\\abu01 e.-\n\ttruefalsn', max_size=12).map(lambda text: "{" + text))
def test_what_the_exact_reader_refuses_is_not_taken(text):
    quick = json_quick.read_quickly(text)
    try:
        exact = json_text.read_json(text)
    except ConfigError:
        assert quick is None
    else:
        assert quick is None or everything(quick) == everything(exact)


@settings(max_examples=150, deadline=None)
@given(documents, st.booleans())
def test_yaml_is_read_alike(data, is_flow):
    text = yaml.safe_dump(data, default_flow_style=is_flow, allow_unicode=True)
    with pytest.MonkeyPatch.context() as patch:
        assert everything(yaml_text.read_yaml(text)) == everything(exact_yaml(text, patch))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x 1\nb: *x\n", id="an alias"),
        pytest.param("a: &x {b: 1}\n", id="an anchor of a mapping"),
        pytest.param("a: {<<: {b: 1}}\n", id="a merge key"),
        pytest.param("a: !!str 5\n", id="a tag"),
        pytest.param("a: !!seq []\n", id="a tag of a list"),
        pytest.param("- a\n", id="a list at the root"),
        pytest.param("a", id="a scalar at the root"),
        pytest.param("", id="nothing"),
    ],
)
def test_peculiar_yaml_is_left_to_the_exact_reader(text, monkeypatch):
    assert everything(yaml_text.read_yaml(text)) == everything(exact_yaml(text, monkeypatch))
    events = yaml.parse(text, Loader=yaml.SafeLoader)
    assert yaml_text._plain(events, None) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: 1\na: 2\n", id="a duplicate key"),
        pytest.param("? [a]\n: 1\n", id="a list as key"),
        pytest.param("? {a: 1}\n: 1\n", id="a mapping as key"),
        pytest.param("a: 1\n---\nb: 2\n", id="two documents"),
        pytest.param("a: " + "9" * 5_000, id="a number of too many digits"),
        pytest.param("a: " + "[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1), id="too deep"),
        pytest.param("a: [1", id="an open bracket"),
        pytest.param("a: \x01", id="a control character"),
    ],
)
def test_mistakes_in_yaml_are_told_by_the_exact_reader(text, monkeypatch):
    with pytest.raises(ConfigError) as quick:
        yaml_text.read_yaml(text, "a.yaml")
    with pytest.raises(ConfigError) as exact:
        exact_yaml(text, monkeypatch)
    assert quick.value.problems == exact.value.problems


@pytest.mark.parametrize("depth", [DEPTH_LIMIT - 1, DEPTH_LIMIT])
def test_json_as_deep_as_allowed(depth):
    text = '{"a":' + "[" * depth + "]" * depth + "}"
    assert (json_quick.read_quickly(text) is None) == (depth == DEPTH_LIMIT)


@pytest.mark.parametrize(
    ("name", "text", "column"),
    [
        pytest.param("a.json", '{"a": 1, "b": [1, 2, 3]}', 22, id="json"),
        pytest.param("a.yaml", "{a: 1, b: [1, 2, 3]}", 18, id="yaml"),
    ],
)
def test_too_many_values_are_told_where_they_are(name, text, column, monkeypatch):
    for module in ("json_quick", "yaml_quick", "builder"):
        monkeypatch.setattr(f"wsgi_gateway.sources.{module}.NODE_LIMIT", 7)
    read = json_text.read_json if name == "a.json" else yaml_text.read_yaml
    if name == "a.json":
        with pytest.raises(ConfigError) as quick:
            json_quick.read_quickly(text, name)
        with pytest.raises(ConfigError) as exact:
            read(text, name)
        assert quick.value.problems == exact.value.problems
    with pytest.raises(ConfigError) as caught:
        read(text, name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.line, problem.place.column) == ("document-too-large", 1, column)
