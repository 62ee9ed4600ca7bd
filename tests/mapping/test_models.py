"""Models: verdicts, wording, references, patterns; the same verdict with and without jsonschema-rs."""

from __future__ import annotations

import tracemalloc

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping.documents import MAX_DEPTH, strict_json
from wsgi_gateway.mapping.models import Model

SIZE = {"type": "object", "required": ["width"], "properties": {"width": {"type": "number", "minimum": 1}}}


@pytest.fixture(params=["with jsonschema-rs", "with jsonschema alone"])
def model(request):
    def make(schema, models=None):
        compiled = Model(schema, models)
        assert compiled._accepts is not None, "the tests need jsonschema-rs"
        if request.param == "with jsonschema alone":
            compiled._accepts = None
        return compiled

    return make


@pytest.mark.parametrize(
    ("schema", "document", "violation"),
    [
        pytest.param(SIZE, {}, 'object has missing required properties (["width"])', id="required"),
        pytest.param(
            SIZE,
            {"width": "x"},
            'instance type (string) does not match any allowed primitive type (allowed: ["number"])',
            id="type",
        ),
        pytest.param(
            SIZE,
            {"width": 0},
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
            id="minimum",
        ),
        pytest.param(
            {"enum": ["a"]}, "b", 'instance value ("b") not found in enum (possible values: ["a"])', id="enum"
        ),
        pytest.param(
            {"additionalProperties": False},
            {"z": 1},
            'object instance has properties which are not allowed by the schema: ["z"]',
            id="additionalProperties",
        ),
        pytest.param(
            {"pattern": "^a"}, "b", 'ECMA 262 regex "^a" does not match input string "b"', id="pattern"
        ),
        pytest.param(
            {"uniqueItems": True},
            [1, 1.0],
            "array must not contain duplicate elements",
            id="1 and 1.0 are equal",
        ),
        pytest.param(
            {"oneOf": [{"type": "string"}, {"maxLength": 3}]},
            "ab",
            "instance failed to match exactly one schema (matched 2 out of 2)",
            id="oneOf",
        ),
    ],
)
def test_a_violation_is_worded(model, schema, document, violation):
    assert model(schema).violations(document) == (violation,)


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        pytest.param(SIZE, {"width": 1.5}, id="a fitting object"),
        pytest.param({"uniqueItems": True}, [1, True], id="1 and true differ"),
        pytest.param(
            {"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False},
            {"x-a": "b"},
            id="pattern properties",
        ),
    ],
)
def test_a_valid_document_has_no_violations(model, schema, document):
    assert model(schema).violations(document) == ()


def test_all_violations_are_kept(model):
    schema = {"required": ["a", "b"], "properties": {"c": {"type": "string"}}}
    assert len(model(schema).violations({"c": 1})) == 2


@pytest.mark.parametrize(
    "ref",
    [
        "#/definitions/Pet",
        "#/components/schemas/Pet",
        "https://apigateway.amazonaws.com/restapis/abc/models/Pet",
    ],
)
def test_a_reference_to_another_model_of_the_api(model, ref):
    pets = model({"type": "array", "items": {"$ref": ref}}, {"Pet": {"required": ["name"]}})
    assert pets.violations([{"name": "Rex"}]) == ()
    assert pets.violations([{}]) != ()


@pytest.mark.parametrize("prefix", ["#/definitions/", "#/components/schemas/"])
def test_a_reference_into_another_model_of_the_api(model, prefix):
    holder = {"properties": {"id": {"type": "integer"}}}
    numbers = model({"items": {"$ref": prefix + "a~1b/properties/id"}}, {"a/b": holder})
    assert numbers.violations([1]) == ()
    assert numbers.violations(["one"]) != ()


def test_circular_models_validate(model):
    tree = {"properties": {"children": {"items": {"$ref": "#/definitions/Tree"}}}, "required": ["name"]}
    compiled = model(tree, {"Tree": tree})
    assert compiled.violations({"name": "a", "children": [{"name": "b"}]}) == ()
    assert compiled.violations({"name": "a", "children": [{}]}) != ()


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        pytest.param({"type": "strin"}, "model-schema", id="no JSON Schema"),
        pytest.param({"$ref": "http://localhost:1/x.json"}, "model-ref", id="outside"),
        pytest.param({"$ref": "file:///etc/passwd"}, "model-ref", id="a file"),
        pytest.param({"$ref": "#/definitions/None"}, "model-ref", id="nowhere"),
        pytest.param({"$ref": "#"}, "model-ref-cycle", id="itself"),
        pytest.param({"pattern": "(?=a)b"}, "pattern-not-linear", id="look-ahead"),
        pytest.param({"pattern": "("}, "model-schema", id="no regular expression"),
    ],
)
def test_a_model_that_cannot_be_served_stops_the_load(schema, code):
    with pytest.raises(ConfigError) as caught:
        Model(schema)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_catastrophic_pattern_is_harmless(model):
    assert model({"pattern": "^(a+)+$"}).violations("a" * 5_000 + "b") != ()


def test_a_long_array_of_objects_is_compared_in_linear_time(model):
    items = [{"n": n} for n in range(20_000)]
    assert model({"uniqueItems": True}).violations([*items, {"n": 7}]) != ()


def test_the_deepest_document_that_is_read_is_followed(model):
    document = strict_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert model({"items": {"$ref": "#"}, "type": "array"}).violations(document) == ()


def test_alternatives_do_not_repeat_a_large_document(model):
    compiled = model({"oneOf": [{"enum": [str(n)]} for n in range(100)]})
    document = "x" * 1_000_000
    tracemalloc.start()
    try:
        (violation,) = compiled.violations(document)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert violation == "instance failed to match exactly one schema (matched 0 out of 100)"


def test_a_sentence_does_not_repeat_a_large_document_whole(model):
    (violation,) = model({"enum": ["a"]}).violations("x" * 1_000_000)
    assert len(violation) < 1_100
