"""What is mapped has to be declared; the words are AWS's."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import (
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    RestApiConfig,
)
from wsgi_gateway.config.check import check


def problems_of(*, parameters=(), headers=(), path="/pets/{id}", answers=(200,), **integration):
    fields = {"type": "HTTP_PROXY", "http_method": "GET", "uri": "http://backend.internal/", **integration}
    responses = {
        status: MethodResponseConfig(
            status_code=status,
            response_parameters={f"method.response.header.{name}": False for name in headers},
        )
        for status in answers
    }
    method = MethodConfig(
        http_method="GET",
        request_parameters={f"method.request.{name}": False for name in parameters},
        method_responses=responses,
        integration=IntegrationConfig(**fields),
    )
    return check(RestApiConfig(resources={path: {"GET": method}}))


def words(problems):
    return [(problem.severity, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("method.request.header.X-Shop", ["header.X-Shop"]),
        ("method.request.header.x-shop", ["header.X-Shop"]),
        ("method.request.multivalueheader.X-Shop", ["header.X-Shop"]),
        ("method.request.querystring.q", ["querystring.q"]),
        ("method.request.multivaluequerystring.q", ["querystring.q"]),
        ("method.request.path.id", []),
        ("method.request.path.id", ["path.id"]),
        ("method.request.path.proxy", ["path.proxy"]),
        ("method.request.body", []),
        ("method.request.body.name", []),
        ("context.requestId", []),
        ("stageVariables.shop", []),
        ("'method.request.header.X-Shop'", []),
    ],
)
def test_what_is_declared_is_mapped(source, parameters):
    mapped = {"integration.request.header.X": source}
    assert problems_of(parameters=parameters, request_parameters=mapped) == []


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        ("method.request.header.X-Shop", []),
        ("method.request.header.X-Shop", ["querystring.X-Shop"]),
        ("method.request.multivalueheader.X-Shop", ["header.X-Shops"]),
        ("method.request.querystring.q", []),
        ("method.request.querystring.q", ["querystring.Q"]),
        ("method.request.path.key", ["path.id"]),
    ],
)
def test_what_is_not_declared_is_refused_in_the_words_of_aws(source, parameters):
    (problem,) = problems_of(
        parameters=parameters, request_parameters={"integration.request.header.X": source}
    )
    assert problem.severity == "error"
    assert problem.message == (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
        f"[Invalid mapping expression parameter specified: {source}]"
    )
    place = "$.resources['/pets/{id}'].GET.integration.request_parameters['integration.request.header.X']"
    assert problem.place.path == place


@pytest.mark.parametrize(
    ("declared", "statuses", "expected"),
    [
        pytest.param(["Location"], (200,), [], id="declared"),
        pytest.param(["location"], (200,), [], id="without case"),
        pytest.param([], (200,), [("error", "mapping-undeclared")], id="undeclared"),
        pytest.param(["Locations"], (200,), [("error", "mapping-undeclared")], id="another"),
        pytest.param([], (), [], id="a method without responses"),
    ],
)
def test_headers_of_answers_are_declared(declared, statuses, expected):
    answer = IntegrationResponseConfig(
        status_code=200, response_parameters={"method.response.header.Location": "'/pets'"}
    )
    found = problems_of(type="HTTP", headers=declared, answers=statuses, integration_responses=[answer])
    assert words(found) == expected


def test_a_proxy_has_no_use_for_them():
    answer = IntegrationResponseConfig(
        status_code=200, response_parameters={"method.response.header.Location": "'/pets'"}
    )
    assert problems_of(integration_responses=[answer]) == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("method.request.querystring.q", []),
        ("method.request.path.id", []),
        ("integration.request.header.X", []),
        (
            "method.request.querystring.p",
            ["method.request.querystring.p"],
        ),
        (
            "integration.request.header.Y",
            ["integration.request.header.Y"],
        ),
        ("q", ["q"]),
        ("method.request.body", ["method.request.body"]),
    ],
)
def test_cache_key_parameters_are_declared(key, expected):
    found = problems_of(
        parameters=["querystring.q"],
        cache_key_parameters=[key],
        request_parameters={"integration.request.header.X": "'x'"},
    )
    told = [f"Invalid cache key parameter specified: {one}" for one in expected]
    assert [problem.message for problem in found] == told


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("application/json", True),
        ("application/vnd.shop+json; charset=utf-8", True),
        ("$default", True),
        ("*/*", True),
        ("123", False),
        ("json", False),
        ("", False),
        ("application/", False),
    ],
)
def test_templates_stand_under_media_types(name, is_one):
    answer = IntegrationResponseConfig(status_code=200, response_templates={name: "{}"})
    for fields in ({"request_templates": {name: "{}"}}, {"integration_responses": [answer]}):
        found = problems_of(**{"type": "HTTP", "integration_responses": [replaced(answer)], **fields})
        assert words(found) == ([] if is_one else [("error", "content-type")])
        for problem in found:
            assert f"errors : [Invalid content type specified: {name}]" in problem.message


def replaced(answer):
    return IntegrationResponseConfig(status_code=answer.status_code)
