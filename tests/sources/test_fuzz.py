"""Whatever stands in a document or model, wherever: a sound model or a ConfigError, never a traceback."""

from __future__ import annotations

import copy
import dataclasses
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.everything import EVERYTHING, OPENAPI_30

from wsgi_gateway import config
from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load


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
    *(
        "method.request.header.a",
        "arn:aws:apigateway:r:s:path/x",
        "x-amazon-apigateway-integration",
        "x-amazon-apigateway-nothing",
    ),
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


def own_members_of(document):
    """Those of OpenAPI 3.1 that 3.0 has, too, are changed there."""
    known = () if document is OPENAPI_30 else set(members_of(OPENAPI_30))
    return [path for path in members_of(document) if len(path) == 1 or path not in known]


def changed(document, path, value):
    document = holder = copy.copy(document)
    for step in path[:-1]:
        holder[step] = copy.copy(holder[step])
        holder = holder[step]
    holder[path[-1]] = value
    return document


def nested(depth):
    value = 1
    for _ in range(depth):
        value = {"a": value}
    return value


every_document = pytest.mark.parametrize(
    "document", [pytest.param(document, id=name) for name, document in EVERYTHING.items()]
)


@every_document
@pytest.mark.parametrize("basepath", ["ignore", "prepend", "split"])
def test_the_documents_to_be_changed_are_sound(document, basepath):
    assert load(document, basepath=basepath).resources


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="null"),
        pytest.param(True, id="true"),
        pytest.param(10**30, id="a huge number"),
        pytest.param("text", id="text"),
        pytest.param([[]], id="lists"),
        pytest.param({"x": 1}, id="a mapping"),
        pytest.param(nested(100), id="a deep one"),
    ],
)
@every_document
def test_every_member_may_be_of_every_type(document, value):
    for path in own_members_of(document):
        with suppress(ConfigError):
            load(changed(document, path, value), basepath="prepend")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(EVERYTHING.values())),
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
        found = check(load(document, basepath=basepath, warnings=warnings))
        assert [problem for problem in found if problem.severity == "error"] == []
        told = {(warning.code, warning.message) for warning in warnings}
        assert {(problem.code, problem.message) for problem in found} <= told


MODELS = [getattr(config, name) for name in config.__all__ if name != "RestApiConfig"]
SOUND = load(OPENAPI_30)


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
