"""``$context`` by name."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import BAD_REQUEST_BODY, UNAUTHORIZED, GatewayError
from wsgi_gateway.variables import IDENTITY, VARIABLES, variable

DEPLOYMENT = Deployment(api_id="abc", account_id="1", stage="dev", deployment_id="d1")


def context_of_a_request(**environ: Any) -> Context:
    context = Context(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/pets/1",
            "HTTP_HOST": "api.example.com:8443",
            "HTTP_USER_AGENT": "curl",
            "REMOTE_ADDR": "203.0.113.7",
            "SERVER_PROTOCOL": "HTTP/1.1",
            **environ,
        },
        DEPLOYMENT,
    )
    context.request_time = 1_600_000_000.25
    return context


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("apiId", "abc"),
        ("accountId", "1"),
        ("stage", "dev"),
        ("deploymentId", "d1"),
        ("httpMethod", "GET"),
        ("path", "/dev/pets/1"),
        ("protocol", "HTTP/1.1"),
        ("domainName", "api.example.com"),
        ("domainPrefix", "api"),
        ("requestTime", "13/Sep/2020:12:26:40 +0000"),
        ("requestTimeEpoch", 1_600_000_000_250),
        ("identity.sourceIp", "203.0.113.7"),
        ("identity.userAgent", "curl"),
        ("identity.caller", None),
        ("resourcePath", None),
        ("isCanaryRequest", None),
        ("error.message", None),
        ("no.such.variable", None),
        ("__class__", None),
        ("environ", None),
        ("authorizer", None),
        ("authorizer.principalId", None),
    ],
)
def test_a_context_variable_has_its_value_or_is_undefined(name: str, value: Any) -> None:
    assert variable(name)(context_of_a_request()) == value


def test_identifiers_are_those_of_the_request() -> None:
    context = context_of_a_request()
    for name, value in [
        ("requestId", context.request_id),
        ("extendedRequestId", context.extended_request_id),
        ("xrayTraceId", context.trace_id),
    ]:
        assert variable(name)(context) == value


def test_maps_are_looked_into_and_never_given_away_whole() -> None:
    context = context_of_a_request()
    context.authorizer = {"principalId": "me", "claims": {"sub": "1", "nested": {"deep": 2}}}
    found = {
        name: variable(f"authorizer.{name}")(context)
        for name in ("principalId", "claims.sub", "claims", "x.y")
    }
    assert found == {"principalId": "me", "claims.sub": "1", "claims": None, "x.y": None}
    assert variable("authorizer.claims.nested.deep")(context) == 2
    assert variable("authorizer.principalId.too.far")(context) is None


def test_error_variables_tell_the_refusal() -> None:
    context = context_of_a_request()
    context.error = GatewayError(BAD_REQUEST_BODY, 'say "no"', validation_errors=["a", "b"])
    found = {
        name: variable(f"error.{name}")(context)
        for name in ("message", "messageString", "validationErrorString")
    }
    assert found == {
        "message": 'say "no"',
        "messageString": '"say \\"no\\""',
        "validationErrorString": "[a, b]",
    }
    assert str(variable("error.responseType")(context)) == "BAD_REQUEST_BODY"
    context.error = GatewayError(UNAUTHORIZED)
    assert variable("error.validationErrorString")(context) is None


@pytest.mark.parametrize(("canary", "text"), [(True, "true"), (False, "false")], ids=["canary", "no canary"])
def test_is_canary_request_is_text(canary: bool, text: str) -> None:
    context = context_of_a_request()
    context.is_canary_request = canary
    assert variable("isCanaryRequest")(context) == text


def test_api_keys_are_known_once_admitted() -> None:
    context = context_of_a_request()
    assert variable("identity.apiKey")(context) is None
    context.api_key, context.api_key_id = "value", "id"
    assert [variable(f"identity.{name}")(context) for name in ("apiKey", "apiKeyId")] == ["value", "id"]


def test_the_tables_have_awss_members() -> None:
    assert len(IDENTITY) == 12
    assert len(VARIABLES) == 15
    assert all(callable(variable(name)) for name in VARIABLES)


def test_a_request_without_host_has_no_domain() -> None:
    context = Context({"REQUEST_METHOD": "GET"})
    assert (variable("domainName")(context), variable("domainPrefix")(context)) == (None, None)
