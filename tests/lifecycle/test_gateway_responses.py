"""Every refusal: AWS's defaults, what customised types inherit, substitution, and nothing from inside."""

from __future__ import annotations

import json
import logging

import pytest

from wsgi_gateway.config import GatewayResponseConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    BAD_REQUEST_BODY,
    CONTEXT_KEY,
    DEFAULT_5XX,
    RESPONSE_TYPES,
    THROTTLED,
    UNAUTHORIZED,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.lifecycle.gateway_responses import GatewayResponses
from wsgi_gateway.wsgi import Response, call_app


def answer(app, *customised, **environ):
    return call_app(GatewayResponses(app, customised), {"REQUEST_METHOD": "GET", **environ})


def customised(response_type, **fields):
    return GatewayResponseConfig(response_type=response_type, **fields)


@pytest.mark.parametrize("row", [r for r in RESPONSE_TYPES.values() if r.status], ids=str)
def test_the_default_form_of_every_type(row):
    response = answer(GatewayError(row))
    assert response.status_code == row.status
    member = "Message" if row is ACCESS_DENIED else "message"
    assert json.loads(response.body()) == {member: row.message}
    assert response.header("x-amzn-ErrorType") == row.error_type
    assert response.header("Content-Type") == "application/json"
    assert response.header("Content-Length") == str(len(response.body()))


def test_every_answer_carries_the_two_identifiers_once():
    backend = Response("200 OK", [("x-amzn-RequestId", "backend"), ("X-Own", "1")], [b"x"])
    response = answer(backend)
    assert len(response.header_values("x-amzn-RequestId")) == 1
    assert response.header("x-amzn-RequestId") != "backend"
    assert response.header("x-amz-apigw-id").endswith("=")
    assert response.header("X-Own") == "1"


@pytest.mark.parametrize(
    ("error", "customised_types", "status", "body"),
    [
        pytest.param(
            GatewayError(THROTTLED),
            [customised("DEFAULT_4XX", status_code=499)],
            499,
            {"message": "Too Many Requests"},
            id="an uncustomised type takes the default's status",
        ),
        pytest.param(
            GatewayError(THROTTLED),
            [
                customised(
                    "DEFAULT_4XX", status_code=499, response_templates={"application/json": '{"d": 1}'}
                ),
                customised("THROTTLED", response_parameters={"gatewayresponse.header.a": "'b'"}),
            ],
            429,
            {"message": "Too Many Requests"},
            id="a customised type takes nothing from the default",
        ),
        pytest.param(
            GatewayError(DEFAULT_5XX, status=502),
            [customised("DEFAULT_4XX", status_code=418)],
            502,
            {"message": "Internal server error"},
            id="DEFAULT_4XX leaves 5xx alone",
        ),
        pytest.param(
            GatewayError(UNAUTHORIZED),
            [
                customised(
                    "UNAUTHORIZED",
                    response_templates={"application/json": '{"t": "$context.error.responseType"}'},
                )
            ],
            401,
            {"t": "UNAUTHORIZED"},
            id="a template alone keeps the status",
        ),
    ],
)
def test_inheritance(error, customised_types, status, body):
    response = answer(error, *customised_types)
    assert (response.status_code, json.loads(response.body())) == (status, body)


def test_a_template_substitutes_variables_and_nothing_else():
    template = (
        "$context.error.messageString|${context.error.message}|$context.error.validationErrorString|"
        "$context.stage|$stageVariables.tier|$stageVariables.none|$method.request.header.X-Who|"
        "$method.request.querystring.q|$context.httpMethod.|#set($a = 1)$a|$contextual"
    )
    environ = {"REQUEST_METHOD": "GET", "HTTP_X_WHO": "me", "QUERY_STRING": "q=1&q=2"}
    environ[CONTEXT_KEY] = Context(environ, Deployment(stage="dev", stage_variables={"tier": "gold"}))
    app = GatewayResponses(
        GatewayError(BAD_REQUEST_BODY, validation_errors=["one", "two"]),
        [customised("BAD_REQUEST_BODY", response_templates={"text/plain": template})],
    )
    response = call_app(app, environ)
    assert response.body().decode() == (
        '"Invalid request body"|Invalid request body|[one, two]|'
        "dev|gold||me|2|GET.|#set($a = 1)$a|$contextual"
    )
    assert response.header("Content-Type") == "text/plain"


def test_the_template_is_chosen_by_accept():
    templates = {"text/xml": "<e/>", "application/json": "{}"}
    form = customised("UNAUTHORIZED", response_templates=templates)
    assert answer(GatewayError(UNAUTHORIZED), form, HTTP_ACCEPT="text/xml;q=1, */*").body() == b"<e/>"
    assert answer(GatewayError(UNAUTHORIZED), form, HTTP_ACCEPT="image/png").body() == b"{}"


def test_a_header_whose_source_is_missing_is_left_out():
    form = customised(
        "UNAUTHORIZED",
        response_parameters={
            "gatewayresponse.header.a": "method.request.header.None",
            "gatewayresponse.header.b": "context.requestId",
        },
    )
    response = answer(GatewayError(UNAUTHORIZED), form)
    assert response.header("a") is None
    assert response.header("b") == response.header("x-amzn-RequestId")


def test_a_line_break_from_a_client_never_becomes_a_header():
    form = customised(
        "UNAUTHORIZED", response_parameters={"gatewayresponse.header.a": "method.request.querystring.q"}
    )
    response = answer(GatewayError(UNAUTHORIZED), form, QUERY_STRING="q=1%0d%0aSet-Cookie:+x=1")
    assert response.header("a") is None
    assert all("\n" not in value for _, value in response.headerlist)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status):
    response = answer(GatewayError(UNAUTHORIZED), customised("UNAUTHORIZED", status_code=status))
    assert response.body() == b""
    assert response.header("Content-Type") is None


def test_an_unforeseen_failure_says_nothing_to_the_client(caplog):
    def app(environ, start_response):
        raise ValueError("the secret of the house")

    with caplog.at_level(logging.ERROR, logger="wsgi_gateway"):
        response = answer(app)
    assert response.status_code == 500
    assert response.body() == b'{"message":"Internal server error"}'
    assert "secret" not in repr(response.headerlist)
    assert response.header("x-amzn-RequestId") in caplog.text


def test_a_refusal_flying_as_an_exception_is_rendered():
    def app(environ, start_response):
        raise GatewayError(THROTTLED)

    assert answer(app).status_code == 429


def test_head_has_no_body_but_its_length():
    response = answer(GatewayError(THROTTLED), REQUEST_METHOD="HEAD")
    assert response.body() == b""
    assert response.header("Content-Length") == str(len(b'{"message":"Too Many Requests"}'))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(customised("NO_SUCH_TYPE"), id="an unknown type"),
        pytest.param(
            customised("THROTTLED", response_parameters={"method.response.header.a": "'b'"}),
            id="a foreign target",
        ),
        pytest.param(
            customised("THROTTLED", response_parameters={"gatewayresponse.header.a": "b"}),
            id="an unquoted literal",
        ),
        pytest.param(
            customised("THROTTLED", response_parameters={"gatewayresponse.header.a": "method.request.body"}),
            id="the body",
        ),
    ],
)
def test_what_cannot_work_is_refused_by_the_constructor(config):
    with pytest.raises(ConfigError):
        GatewayResponses(Response(), [config])
