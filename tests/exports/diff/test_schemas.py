"""What is told of two schemas holds for the bodies that jsonschema accepts."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wsgi_gateway.exports.diff.schemas import SchemaChange, schema_changes

TYPES = st.sampled_from(["string", "integer", "number", "object", "array", "null"])
LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=2, unique=True)),
        "minimum": st.integers(0, 2),
        "maxLength": st.integers(0, 2),
        "minItems": st.integers(0, 2),
        "enum": st.lists(st.sampled_from(["a", 1, None, []]), min_size=1, max_size=3, unique_by=repr),
        "required": st.lists(st.sampled_from("ab"), min_size=1, unique=True),
        "pattern": st.sampled_from(["^a", "b"]),
        "uniqueItems": st.booleans(),
    },
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.tuples(
        LEAVES,
        st.fixed_dictionaries(
            {},
            optional={
                "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
                "items": inner,
                "additionalProperties": st.one_of(st.booleans(), inner),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
            },
        ),
    ).map(lambda parts: parts[0] | parts[1]),
    max_leaves=4,
)
BODIES = st.recursive(
    st.one_of(st.none(), st.integers(-1, 3), st.sampled_from(["", "a", "ab", "bbb"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)


def accepts(schema: Any, body: Any) -> bool:
    return jsonschema.Draft4Validator(schema).is_valid(body)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, SCHEMAS, st.lists(BODIES, min_size=5, max_size=12))
def test_a_body_is_refused_only_where_something_narrows_or_is_undecided(
    old: Any, new: Any, bodies: list[Any]
) -> None:
    kinds = {one.narrows for one in schema_changes(old, new)}
    for body in bodies:
        if accepts(old, body) and not accepts(new, body):
            assert kinds & {True, None}
        if accepts(new, body) and not accepts(old, body):
            assert kinds & {False, None}


@given(SCHEMAS)
def test_equal_schemas_have_no_changes(schema: Any) -> None:
    assert schema_changes(schema, dict(schema)) == []


CASES = {
    "a required member more": ({}, {"required": ["a"]}, "$.required", True),
    "a required member less": ({"required": ["a", "b"]}, {"required": ["a"]}, "$.required", False),
    "an integer becomes a number": ({"type": "integer"}, {"type": "number"}, "$.type", False),
    "a number becomes an integer": ({"type": "number"}, {"type": "integer"}, "$.type", True),
    "a type more": ({"type": "string"}, {"type": ["string", "null"]}, "$.type", False),
    "a type at last": ({}, {"type": "object"}, "$.type", True),
    "a longer text": ({"maxLength": 5}, {"maxLength": 9}, "$.maxLength", False),
    "a higher minimum": ({"minimum": 1}, {"minimum": 2}, "$.minimum", True),
    "another pattern": ({"pattern": "a"}, {"pattern": "b"}, "$.pattern", None),
    "no pattern any more": ({"pattern": "a"}, {}, "$.pattern", False),
    "a value of the enum less": ({"enum": ["a", "b"]}, {"enum": ["a"]}, "$.enum", True),
    "a closed object": ({}, {"additionalProperties": False}, "$.additionalProperties", True),
    "a member of a closed object": (
        {"additionalProperties": False},
        {"additionalProperties": False, "properties": {"a": {"minLength": 1}}},
        "$.properties.a",
        False,
    ),
    "what lies below items": (
        {"items": {"type": "string"}},
        {"items": {"type": "string", "maxLength": 1}},
        "$.items.maxLength",
        True,
    ),
    "another combination": ({"anyOf": [{}]}, {"anyOf": [{"type": "null"}]}, "$.anyOf", None),
    "what a reference leads to": (
        {"items": {"$ref": "#/definitions/A"}, "definitions": {"A": {"minimum": 1}}},
        {"items": {"$ref": "#/definitions/B"}, "definitions": {"B": {"minimum": 0}}},
        "$.items.minimum",
        False,
    ),
    "a combination whose reference leads elsewhere": (
        {"allOf": [{"$ref": "#/definitions/A"}], "definitions": {"A": {"minimum": 1}}},
        {"allOf": [{"$ref": "#/definitions/A"}], "definitions": {"A": {"minimum": 2}}},
        "$.allOf",
        None,
    ),
}


@pytest.mark.parametrize(("old", "new", "path", "narrows"), CASES.values(), ids=CASES)
def test_a_change_is_told_with_its_place(old: Any, new: Any, path: str, narrows: bool | None) -> None:
    assert schema_changes(old, new) == [SchemaChange(path, narrows)]


def test_annotations_and_names_of_definitions_are_no_changes() -> None:
    old = {"title": "a", "items": {"$ref": "#/definitions/A"}, "definitions": {"A": {"type": "null"}}}
    new = {"description": "b", "items": {"$ref": "#/definitions/B"}, "definitions": {"B": {"type": "null"}}}
    assert schema_changes(old, new) == []


def test_a_schema_that_contains_itself_comes_to_an_end() -> None:
    def tree(limit: int) -> dict[str, Any]:
        node = {"properties": {"left": {"$ref": "#/definitions/T"}}, "maxProperties": limit}
        return {**node, "definitions": {"T": node}}

    assert SchemaChange("$.maxProperties", False) in schema_changes(tree(1), tree(2))
