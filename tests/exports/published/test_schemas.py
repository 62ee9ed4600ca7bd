"""Draft 4 in the words of OpenAPI 3.0 and Swagger 2.0."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.errors import Problem
from wsgi_gateway.exports.published.schemas import published_schemas


def written(schema: Any, form: str = "oas30") -> tuple[Any, list[Problem]]:
    told: list[Problem] = []
    return published_schemas({"M": schema}, form, told)["M"], told


def case(schema: Any, oas30: Any, swagger: Any, id: str) -> Any:
    return pytest.param(schema, oas30, swagger, id=id)


@pytest.mark.parametrize(
    ("schema", "oas30", "swagger"),
    [
        case(
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "id": "x",
                "type": "object",
                "required": [],
            },
            {"type": "object"},
            {"type": "object"},
            id="words about the schema",
        ),
        case(
            {"type": ["string", "null"], "enum": ["a", None]},
            {"type": "string", "nullable": True, "enum": ["a", None]},
            {"type": "string", "enum": ["a", None]},
            id="a type or null",
        ),
        case({"type": "null"}, {"nullable": True, "enum": [None]}, {}, id="null alone"),
        case({"type": "array"}, *[{"type": "array", "items": {}}] * 2, id="an array of anything"),
        case(
            {"minimum": 1, "exclusiveMinimum": True},
            *[{"minimum": 1, "exclusiveMinimum": True}] * 2,
            id="an exclusive bound",
        ),
        case(
            {"exclusiveMaximum": 5},
            *[{"maximum": 5, "exclusiveMaximum": True}] * 2,
            id="an exclusive bound of later drafts",
        ),
        case({"const": 1}, *[{"enum": [1]}] * 2, id="a constant"),
        case(
            {"title": "A pet", "properties": {"a": {"title": "T", "x-own": 1}}},
            *[{"description": "A pet", "properties": {"a": {"title": "T"}}}] * 2,
            id="a title, and words of others",
        ),
        case(
            {"title": "no", "description": "yes"},
            *[{"description": "yes"}] * 2,
            id="a title and a description",
        ),
        case(
            {"allOf": [{"$ref": "#"}, {"$ref": "#/properties/a"}]},
            {"allOf": [{"$ref": f"#/components/schemas/M{rest}"} for rest in ("", "/properties/a")]},
            {"allOf": [{"$ref": f"#/definitions/M{rest}"} for rest in ("", "/properties/a")]},
            id="references to itself",
        ),
        case(
            {"additionalProperties": {"type": "integer"}},
            *[{"additionalProperties": {"type": "integer"}}] * 2,
            id="a map",
        ),
        case({"additionalProperties": False}, *[{"additionalProperties": False}] * 2, id="a closed object"),
        case(
            {"enum": [{"$ref": "#"}], "default": {"title": 1}},
            *[{"enum": [{"$ref": "#"}], "default": {"title": 1}}] * 2,
            id="data that look like schemas",
        ),
    ],
)
def test_what_a_schema_says_is_said(schema: Any, oas30: Any, swagger: Any) -> None:
    assert written(schema) == (oas30, [])
    assert written(schema, "swagger") == (swagger, [])


@pytest.mark.parametrize(
    ("schema", "oas30", "lost"),
    [
        pytest.param(
            {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
            {"additionalProperties": {"type": "integer"}},
            ["patternProperties"],
            id="one pattern of properties",
        ),
        pytest.param(
            {"patternProperties": {"^a": {}, "^b": {}}, "additionalProperties": False},
            {"additionalProperties": True},
            ["patternProperties"],
            id="several patterns",
        ),
        pytest.param({"dependencies": {"a": ["b"]}}, {}, ["dependencies"], id="dependencies"),
        pytest.param(
            {"items": [{"type": "string"}, {}], "additionalItems": False},
            {"items": {"anyOf": [{"type": "string"}, {}]}},
            ["additionalItems"],
            id="an item for each place",
        ),
    ],
)
def test_what_openapi_cannot_say_is_left_out_and_told(schema: Any, oas30: Any, lost: list[str]) -> None:
    found, told = written({"properties": {"a": schema}})
    assert found == {"properties": {"a": oas30}}
    [problem] = told
    assert problem.severity == "warning"
    assert problem.message == f"the model M loses in the document: {', '.join(lost)}"


@pytest.mark.parametrize("word", ["anyOf", "oneOf"])
def test_choices_are_openapi_3s_alone(word: str) -> None:
    schema = {word: [{"type": "string"}, {"type": "null"}]}
    found, told = written(schema)
    assert (found[word][0], told) == ({"type": "string"}, [])
    found, told = written(schema, "swagger")
    assert found == {}
    assert word in told[0].message


def test_several_types_are_a_choice_beside_other_choices() -> None:
    found, told = written({"type": ["string", "array"], "anyOf": [{"maxLength": 3}, {"maxItems": 3}]})
    assert told == []
    assert found == {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {}}],
        "allOf": [{"anyOf": [{"maxLength": 3}, {"maxItems": 3}]}],
    }
    assert "type" in written({"type": ["string", "array"]}, "swagger")[1][0].message


def test_what_a_model_defines_for_itself_gets_a_name_of_its_own() -> None:
    schemas = {
        "Order": {
            "items": {"$ref": "#/definitions/line"},
            "definitions": {"line": {"title": "One", "properties": {"next": {"$ref": "#/definitions/line"}}}},
        },
        "OrderLine": {"$ref": "#/definitions/Order"},
    }
    found = published_schemas(schemas, "swagger", [])
    assert found == {
        "Order": {"items": {"$ref": "#/definitions/OrderLine2"}},
        "OrderLine": {"$ref": "#/definitions/Order"},
        "OrderLine2": {"description": "One", "properties": {"next": {"$ref": "#/definitions/OrderLine2"}}},
    }
