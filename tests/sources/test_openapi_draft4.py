"""Schemas of OpenAPI 3.1 in the words of draft 4: what they admit stays the same."""

from __future__ import annotations

import pytest

from wsgi_gateway.config.frozen import thaw
from wsgi_gateway.mapping.models import Model
from wsgi_gateway.sources import load


def model_of(schema, warnings=None, **others):
    document = {"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema, **others}}}
    return thaw(load(document, warnings=warnings).models["A"].schema)


REFERENCE = {"$ref": "#/components/schemas/B"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"const": 5}, {"enum": [5]}, id="a constant"),
        pytest.param({"const": None}, {"enum": [None]}, id="the constant null"),
        pytest.param(
            {"const": 5, "enum": [5, 6]},
            {"enum": [5, 6], "allOf": [{"enum": [5]}]},
            id="a constant and an enum",
        ),
        pytest.param(
            {"exclusiveMinimum": 5}, {"minimum": 5, "exclusiveMinimum": True}, id="an exclusive bound"
        ),
        pytest.param(
            {"exclusiveMaximum": 5, "maximum": 9},
            {"maximum": 5, "exclusiveMaximum": True},
            id="the stricter bound",
        ),
        pytest.param({"exclusiveMinimum": 5, "minimum": 9}, {"minimum": 9}, id="the stricter bound without"),
        pytest.param(
            {"exclusiveMinimum": True, "minimum": 5},
            {"exclusiveMinimum": True, "minimum": 5},
            id="draft 4's own",
        ),
        pytest.param(
            {"prefixItems": [{"type": "string"}, {"const": 5}], "items": False},
            {"items": [{"type": "string"}, {"enum": [5]}], "additionalItems": {"not": {}}},
            id="a tuple that is closed",
        ),
        pytest.param({"prefixItems": [True]}, {"items": [{}]}, id="a tuple that is open"),
        pytest.param(
            {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"const": 5}}},
            {"dependencies": {"a": ["b"], "c": {"enum": [5]}}},
            id="dependencies of both kinds",
        ),
        pytest.param(
            {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"a": {"type": "object"}}},
            {"dependencies": {"a": {"allOf": [{"required": ["b"]}, {"type": "object"}]}}},
            id="both kinds for one name",
        ),
        pytest.param({"dependentRequired": {"a": []}}, {}, id="a dependency on nothing"),
        pytest.param({"type": ["string", "null"]}, {"type": ["string", "null"]}, id="several types"),
    ],
)
def test_what_draft_4_has_words_for(schema, expected):
    warnings = []
    assert model_of(schema, warnings) == expected
    assert warnings == []


def test_keywords_beside_a_reference_hold_too():
    warnings = []
    schema = {**REFERENCE, "description": "d", "maxLength": 3}
    found = model_of(schema, warnings, B={"minLength": 2})
    assert found == {
        "maxLength": 3,
        "allOf": [{"$ref": "#/definitions/B"}],
        "definitions": {"B": {"minLength": 2}},
    }
    assert warnings == []
    assert [Model(found).violations(text) == () for text in ("a", "ab", "abc", "abcd")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("version", ["3.0.1", "3.1.0"])
def test_keywords_beside_the_reference_of_a_whole_body_are_not_lost_in_silence(version):
    content = {"application/json": {"schema": {**REFERENCE, "required": ["name"]}}}
    post = {"requestBody": {"content": content}, "responses": {"200": {"description": "ok"}}}
    document = {
        "openapi": version,
        "info": {"title": "pets", "version": "1"},
        "paths": {"/pets": {"post": post}},
        "components": {"schemas": {"B": {"type": "object"}}},
    }
    warnings = []
    api = load(document, warnings=warnings)
    model = api.models[api.resources["/pets"]["POST"].request_models["application/json"]]
    is_told = any(one.message == "required has no effect beside $ref" for one in warnings)
    holds = Model(thaw(model.schema)).violations({}) != ()
    assert (holds, is_told) == ((True, False) if version == "3.1.0" else (False, True))


def test_words_beside_a_reference_change_nothing():
    assert model_of({**REFERENCE, "description": "d"}, B={})["$ref"] == "#/definitions/B"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        pytest.param({"const": {"a": [1]}}, {"a": [1]}, {"a": [2]}, id="a constant"),
        pytest.param({"exclusiveMinimum": 5}, 5.5, 5, id="an exclusive minimum"),
        pytest.param({"exclusiveMaximum": 5, "maximum": 4}, 4, 4.5, id="two maxima"),
        pytest.param({"prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 1], id="a tuple"),
        pytest.param(
            {"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}, {"a": 1}, id="required with another"
        ),
        pytest.param(
            {"dependentSchemas": {"a": {"maxProperties": 1}}},
            {"a": 1},
            {"a": 1, "b": 2},
            id="a schema with another",
        ),
    ],
)
def test_values_are_judged_as_they_were_meant(schema, good, bad):
    model = Model(model_of(schema))
    assert (model.violations(good) == (), model.violations(bad) == ()) == (True, False)


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"if": {}, "then": {}}, id="conditions"),
        pytest.param({"contains": {}}, id="contains"),
        pytest.param({"propertyNames": {}}, id="names of properties"),
        pytest.param({"prefixItems": 5}, id="a tuple that is none"),
        pytest.param({"dependentRequired": {"a": 5}}, id="a dependency that is none"),
    ],
)
def test_what_draft_4_cannot_say_is_a_warning(schema):
    warnings = []
    assert model_of(schema, warnings) == schema
    assert {problem.code for problem in warnings} == {"schema-keyword-ignored"}
