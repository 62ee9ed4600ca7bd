"""Refusals: AWS's closed table, errors as values, exceptions and apps; what is said of a bad definition."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from wsgi_gateway import errors
from wsgi_gateway.context import context_of
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    BAD_REQUEST_BODY,
    BAD_REQUEST_PARAMETERS,
    DEFAULT_4XX,
    DEFAULT_5XX,
    INTEGRATION_FAILURE,
    RESPONSE_TYPES,
    THROTTLED,
    UNAUTHORIZED,
    ConfigError,
    GatewayError,
    Place,
    Problem,
    default_response,
    json_path,
)
from wsgi_gateway.wsgi import Response, call_app

STATUSES = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""

every_type = pytest.mark.parametrize("kind", RESPONSE_TYPES.values(), ids=str)


def answer_of(error: GatewayError, environ: dict[str, Any] | None = None) -> Response:
    return call_app(error, {"REQUEST_METHOD": "GET"} if environ is None else environ)


# ---------------------------------------------------------------------------------------------- the table


def test_the_table_has_awss_21_types_with_their_default_statuses() -> None:
    assert {name: kind.status for name, kind in RESPONSE_TYPES.items()} == STATUSES
    assert len(STATUSES) == 21


@every_type
def test_every_type_is_a_constant_of_its_own_name_and_cannot_be_changed(kind: errors.ResponseType) -> None:
    assert getattr(errors, kind.name) is kind
    with pytest.raises(AttributeError):
        kind.status = 200  # type: ignore[misc]


@every_type
def test_every_types_default_answer_is_json_of_one_member_with_an_error_type(
    kind: errors.ResponseType,
) -> None:
    answer = answer_of(GatewayError(kind))
    body = answer.body()
    member = "Message" if kind is ACCESS_DENIED else "message"
    assert json.loads(body) == {member: kind.message}
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("Content-Length") == str(len(body))
    assert answer.header("x-amzn-ErrorType") == kind.error_type
    assert kind.error_type.endswith("Exception")
    assert answer.status_code == (kind.status or {"DEFAULT_4XX": 400, "DEFAULT_5XX": 500}[kind.name])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(
            ACCESS_DENIED, '{"Message":"User is not authorized to access this resource"}', id="capital M"
        ),
        pytest.param(AUTHORIZER_FAILURE, '{"message":null}', id="authorizer failure is null"),
        pytest.param(
            AUTHORIZER_CONFIGURATION_ERROR, '{"message":null}', id="authorizer configuration is null"
        ),
        pytest.param(UNAUTHORIZED, '{"message":"Unauthorized"}', id="unauthorized"),
        pytest.param(DEFAULT_5XX, '{"message":"Internal server error"}', id="server error"),
    ],
)
def test_default_bodies_are_awss_to_the_byte(kind: errors.ResponseType, body: str) -> None:
    assert GatewayError(kind).default_body() == body


@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("BAD_REQUEST_BODY", "BadRequestException"),
        ("BAD_REQUEST_PARAMETERS", "BadRequestException"),
        ("UNSUPPORTED_MEDIA_TYPE", "BadRequestException"),
        ("INVALID_API_KEY", "ForbiddenException"),
        ("MISSING_AUTHENTICATION_TOKEN", "MissingAuthenticationTokenException"),
        ("API_CONFIGURATION_ERROR", "InternalServerErrorException"),
        ("INTEGRATION_FAILURE", "InternalServerErrorException"),
        ("INTEGRATION_TIMEOUT", "InternalServerErrorException"),
    ],
)
def test_the_error_type_header_is_the_one_recorded(name: str, error_type: str) -> None:
    assert RESPONSE_TYPES[name].error_type == error_type


# -------------------------------------------------------------------------------------------- GatewayError


def test_errors_are_equal_by_what_the_client_sees() -> None:
    assert GatewayError(THROTTLED) == GatewayError(THROTTLED, "Too Many Requests", status=429)
    assert GatewayError(THROTTLED, reason="one") == GatewayError(THROTTLED, reason="another")
    assert len({GatewayError(THROTTLED), GatewayError(THROTTLED), GatewayError(UNAUTHORIZED)}) == 2
    assert GatewayError(THROTTLED) != "THROTTLED"


@pytest.mark.parametrize(
    "more",
    [
        {"message": "other"},
        {"status": 503},
        {"error_type": "OtherException"},
        {"validation_errors": ["a"]},
        {"headers": [("X", "1")]},
    ],
    ids=lambda more: next(iter(more)),
)
def test_errors_differ_in_every_field_the_client_sees(more: dict[str, Any]) -> None:
    assert GatewayError(THROTTLED, **more) != GatewayError(THROTTLED)


def test_an_error_passes_through_a_context_manager_as_itself() -> None:
    @contextlib.contextmanager
    def spanning() -> Iterator[None]:
        yield

    error = GatewayError(UNAUTHORIZED)
    with pytest.raises(GatewayError) as caught, spanning():
        raise error
    assert caught.value is error


def test_the_reason_never_reaches_client_text_or_repr() -> None:
    error = GatewayError(INTEGRATION_FAILURE, reason="password=hunter2")
    answer = answer_of(error)
    seen = f"{answer.status} {answer.headerlist} {answer.body()!r} {error!r} {error} {error.args}"
    assert "hunter2" not in seen
    assert error.reason == "password=hunter2"


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_an_error_survives_copying_with_everything_it_says(twin: Any) -> None:
    error = GatewayError(
        ACCESS_DENIED, "m", status=418, headers=[("X", "1")], validation_errors=["v"], reason="r"
    )
    copied = twin(error)
    assert copied == error
    assert copied.reason == "r"
    assert copied.default_body() == '{"Message":"m"}'


def test_what_is_given_overrides_the_types_own() -> None:
    error = GatewayError(
        THROTTLED, "slow down", status=503, error_type="XException", headers=[("Retry-After", "1")]
    )
    answer = answer_of(error)
    assert (answer.status, answer.body()) == ("503 Service Unavailable", b'{"message":"slow down"}')
    assert (answer.header("Retry-After"), answer.header("x-amzn-errortype")) == ("1", "XException")


@pytest.mark.parametrize("message", ['say "no"', "a\nb", "é€\u2028", "\\", "</script>", ""], ids=ascii)
def test_any_message_is_quoted_as_json(message: str) -> None:
    error = GatewayError(BAD_REQUEST_BODY, message)
    assert json.loads(error.message_string) == message
    assert json.loads(error.default_body()) == {"message": message}


def test_the_validation_error_string_lists_every_violation_or_is_undefined() -> None:
    assert GatewayError(BAD_REQUEST_PARAMETERS).validation_error_string is None
    assert GatewayError(BAD_REQUEST_BODY, validation_errors=["a", "b"]).validation_error_string == "[a, b]"


def test_called_with_a_context_an_error_is_set_on_it_traced_and_rendered_by_its_responder() -> None:
    class Trace:
        refusals: list[GatewayError] = []

        def refused(self, error: GatewayError) -> None:
            self.refusals.append(error)

    environ: dict[str, Any] = {"REQUEST_METHOD": "GET"}
    context, error = context_of(environ), GatewayError(THROTTLED)
    context.trace = Trace()  # type: ignore[assignment]
    assert answer_of(error, environ).status_code == 429
    assert (context.error, Trace.refusals) == (error, [error])
    context.responder = lambda refusal, ctx: Response("418 Teapot", [("X", refusal.error_type)], [b""])
    assert answer_of(error, environ).header("X") == "TooManyRequestsException"


def test_the_default_response_is_made_afresh_for_each_request() -> None:
    error = GatewayError(DEFAULT_4XX)
    default_response(error).headerlist.append(("Set-Cookie", "somebody's"))
    assert default_response(error).header("Set-Cookie") is None


# --------------------------------------------------------------------------------------------- ConfigError


def test_a_config_error_lists_every_problem_with_its_place_and_hint() -> None:
    place = Place("api.yaml", 12, 3).at("paths", "/pets", 0)
    error = ConfigError(
        [
            Problem("type.unknown", "no such type", place, hint="did you mean MOCK?"),
            Problem("x", "also wrong"),
        ]
    )
    assert str(error).splitlines() == [
        "api.yaml:12:3 $.paths['/pets'][0]: error: no such type [type.unknown] (did you mean MOCK?)",
        "$: error: also wrong [x]",
    ]
    assert isinstance(error, ValueError)


def test_a_config_error_of_one_text_is_one_problem() -> None:
    assert [str(problem) for problem in ConfigError("burst must be positive").problems] == [
        "$: error: burst must be positive [option]"
    ]


def test_a_config_error_survives_pickling_with_its_problems() -> None:
    error = ConfigError([Problem("a", "b", Place("f", 1, 2, "$.x"))])
    again = pickle.loads(pickle.dumps(error))
    assert (again.problems, str(again)) == (error.problems, str(error))


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ((), "$"),
        (("paths", "/pets", "get"), "$.paths['/pets'].get"),
        ((0, "a", 1), "$[0].a[1]"),
        (("it's",), '$["it\'s"]'),
    ],
    ids=["root", "names", "indexes", "quotes"],
)
def test_json_paths_quote_what_is_no_identifier(members: tuple[str | int, ...], path: str) -> None:
    assert json_path("$", *members) == path
