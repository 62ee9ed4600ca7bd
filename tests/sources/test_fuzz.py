"""Whatever stands in a document or model, wherever: a sound model or a ConfigError, never a traceback."""

from __future__ import annotations

import copy
import dataclasses
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wsgi_gateway import config
from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

X = "x-amazon-apigateway-"
FUNCTION = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations"
PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "nullable": True}}}
OPERATION = {
    "operationId": "o",
    "tags": ["t"],
    "parameters": [{"name": "q", "in": "query", "required": True}],
    "responses": {"200": {"headers": {"X": {}}, "content": {"application/json": {"schema": PET}}}},
    "security": [{"guard": ["s"], "key": []}],
    X + "request-validator": "all",
    X + "integration": {
        "type": "http",
        "httpMethod": "POST",
        "uri": "http://h:8000/{id}",
        "requestParameters": {"integration.request.path.id": "method.request.path.id"},
        "requestTemplates": {"application/json": "{}"},
        "passthroughBehavior": "never",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 1000,
        "cacheKeyParameters": ["a"],
        "tlsConfig": {"insecureSkipVerification": False},
        "responses": {
            "default": {"statusCode": "200", "responseTemplates": {"application/json": ""}},
        },
    },
}
SCHEMES = {
    "guard": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        X + "authtype": "custom",
        X + "authorizer": {"type": "token", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 1},
    },
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
}
ROOT = {
    "info": {"title": "t", "version": "1"},
    X + "api-key-source": "HEADER",
    X + "binary-media-types": ["image/*"],
    X + "minimum-compression-size": 5,
    X + "request-validators": {"all": {"validateRequestBody": True}},
    X + "gateway-responses": {
        "THROTTLED": {"statusCode": 420, "responseTemplates": {"application/json": "{}"}}
    },
    X + "documentation": {"version": "1"},
}
OPENAPI = {
    "openapi": "3.0.1",
    **ROOT,
    "servers": [{"url": "https://h/{basePath}/x", "variables": {"basePath": {"default": "b"}}}],
    "paths": {
        "/pets/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": OPERATION,
            X + "any-method": {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
                }
            },
        },
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True}},
        "schemas": {"Pet": PET, "Pets": {"items": {"$ref": "#/components/schemas/Pet"}, "maxItems": 3}},
        "securitySchemes": SCHEMES,
    },
}
SWAGGER = {
    "swagger": "2.0",
    **ROOT,
    "basePath": "/b/c",
    "consumes": ["application/json"],
    "paths": {
        "/pets": {
            "post": {
                **OPERATION,
                "parameters": [{"name": "p", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/Pet"}}},
            }
        }
    },
    "definitions": {"Pet": PET},
    "securityDefinitions": SCHEMES,
}


def members_of(value, path=()):
    """Paths of all members of a document, containers and scalars."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from members_of(inner, (*path, key))


WORDS = (
    *(
        "",
        "$ref",
        "default",
        "200",
        "2XX",
        "/a",
        "/{b+}",
        "x-y",
        "http",
        "aws_proxy",
        "request",
        "NONE",
        "true",
    ),
    *("#/paths", "#/components/schemas/Pet", "#/", "#", "${x}", "{", "\x00", "é", "-1", "http://[", "wsgi:x"),
    *("method.request.header.a", "arn:aws:apigateway:r:s:path/x", X + "integration", X + "nothing"),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=8)
    | st.binary(max_size=2)
)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | scalars, inner, max_size=3)
    ),
    max_leaves=6,
)


def changed(document, path, value):
    document = copy.deepcopy(document)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document", [pytest.param(OPENAPI, id="OpenAPI"), pytest.param(SWAGGER, id="Swagger")]
)
@pytest.mark.parametrize("basepath", ["ignore", "prepend", "split"])
def test_the_documents_to_be_changed_are_sound(document, basepath):
    assert len(load(document, basepath=basepath).resources) == 1


@pytest.mark.parametrize(
    "value", [None, True, 5, 1.5, "text", "", [], ["x"], [None], [[]], {}, {"x": 1}, {"$ref": "#/x"}]
)
@pytest.mark.parametrize(
    "document", [pytest.param(OPENAPI, id="OpenAPI"), pytest.param(SWAGGER, id="Swagger")]
)
def test_every_member_may_be_of_every_type(document, value):
    for path in members_of(document):
        with suppress(ConfigError):
            load(changed(document, path, value), basepath="prepend")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([OPENAPI, SWAGGER]),
    st.lists(st.tuples(st.integers(0, 10_000), junk), min_size=1, max_size=3),
    st.sampled_from(["ignore", "prepend", "split"]),
)
def test_mutated_documents_load_or_are_refused(document, changes, basepath):
    for position, value in changes:
        paths = list(members_of(document))
        if paths:
            document = changed(document, paths[position % len(paths)], value)
    warnings = []
    with suppress(ConfigError):
        assert check(load(document, basepath=basepath, warnings=warnings)) == [] or warnings


MODELS = [getattr(config, name) for name in config.__all__ if name != "RestApiConfig"]
SOUND = load(OPENAPI)


def configs_in(value, path=()):
    """Field paths of a model: where each could be replaced."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name != "place":
                yield (*path, field.name)
                yield from configs_in(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from configs_in(inner, (*path, key))


def replaced(value, path, new):
    step, *rest = path
    if dataclasses.is_dataclass(value):
        inner = replaced(getattr(value, step), rest, new) if rest else new
        return dataclasses.replace(value, **{step: inner})
    return {**value, step: replaced(value[step], rest, new) if rest else new}


PLACES = list(configs_in(SOUND))
VALUES = st.one_of(junk, st.sampled_from(MODELS), st.just(object()))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), VALUES)
def test_a_model_of_anything_is_checked_without_a_traceback(path, value):
    for problem in check(replaced(SOUND, path, value)):
        assert str(problem)


@pytest.mark.parametrize(
    "field", [field.name for field in dataclasses.fields(RestApiConfig) if field.name != "place"]
)
def test_an_object_is_no_value_of_any_field(field):
    if field == "policy":
        problems = check(RestApiConfig(policy=object()))
    else:
        problems = check(RestApiConfig(**{field: object()}))
    assert [(problem.code, problem.place.path) for problem in problems] == [("wrong-type", f"$.{field}")]


def test_a_model_nested_too_deeply_is_refused():
    schema = {"type": "object"}
    for _ in range(140):
        schema = {"not": schema}
    with pytest.raises(ConfigError, match="document-too-deep"):
        load({"openapi": "3.0.1", "paths": {}, "components": {"schemas": {"A": schema}}})


def test_a_model_as_deep_as_allowed_loads():
    schema = {"type": "object"}
    for _ in range(120):
        schema = {"not": schema}
    api = load({"openapi": "3.0.1", "paths": {}, "components": {"schemas": {"A": schema}}})
    assert check(api) == []
