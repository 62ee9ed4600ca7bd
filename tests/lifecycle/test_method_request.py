"""Required parameters, then the body's model; what is not declared is not looked at."""

from __future__ import annotations

import io
import json

import pytest

from wsgi_gateway.config import MethodConfig, ModelConfig, RequestValidatorConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError
from wsgi_gateway.lifecycle.method_request import MethodRequest
from wsgi_gateway.wsgi import Response, call_app

SIZE = ModelConfig(name="Size", schema={"type": "object", "required": ["width"]})


def method(*required, models=None):
    return MethodConfig(
        http_method="POST",
        request_parameters={f"method.request.{key}": True for key in required},
        request_models=models or {},
    )


def call(stage_method, body=b"", *, path=None, validator=None, **environ):
    options = {} if validator is None else {"validator": validator}
    seen = {}

    def app(environ, start_response):
        seen["body"] = environ["wsgi.input"].read()
        return Response("200 OK", [], [b"passed"])(environ, start_response)

    stage = MethodRequest(app, stage_method, models={"Size": SIZE}, **options)
    env = {
        "REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **environ,
    }
    context = env[CONTEXT_KEY] = Context(env)
    context.path_parameters = path or {}
    response = call_app(stage, env)
    return response.status_code, response.body(), seen.get("body"), context


def test_missing_names_come_as_headers_then_path_then_query():
    declared = method("querystring.zone", "path.bay", "header.x-crew", "header.a")
    status, body, _, _ = call(declared)
    assert status == 400
    assert json.loads(body) == {"message": "Missing required request parameters: [a, x-crew, bay, zone]"}


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"QUERY_STRING": "zone=", "HTTP_X_CREW": "1"}, id="a blank query value"),
        pytest.param({"QUERY_STRING": "zone=%20", "HTTP_X_CREW": "1"}, id="a value of blanks"),
        pytest.param({"QUERY_STRING": "zone=1", "HTTP_X_CREW": ""}, id="an empty header"),
    ],
)
def test_a_blank_value_is_missing(environ):
    assert call(method("querystring.zone", "header.x-crew"), **environ)[0] == 400


def test_all_present_passes_and_types_are_not_checked():
    declared = method("querystring.zone", "path.bay", "header.Content-Type")
    assert call(declared, path={"bay": "x"}, QUERY_STRING="zone=n", CONTENT_TYPE="text/x")[0] == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        pytest.param("application/json", b'{"width": 1}', 200, id="a fitting body"),
        pytest.param("application/json; charset=utf-8", b"{}", 400, id="parameters of the type do not count"),
        pytest.param("Application/JSON", b"{}", 400, id="nor does its case"),
        pytest.param(None, b"{}", 400, id="no Content-Type is application/json"),
        pytest.param("application/json", b"", 400, id="an empty body is an empty object"),
        pytest.param("application/json", b"{", 400, id="no JSON"),
        pytest.param("application/json", b'{"width": 1, "width": 2}', 400, id="duplicate members"),
        pytest.param("text/plain", b"anything", 200, id="a type without model is not checked"),
    ],
)
def test_the_body_by_its_content_type(content_type, body, status):
    environ = {} if content_type is None else {"CONTENT_TYPE": content_type}
    found, answer, seen, _ = call(method(models={"application/json": "Size"}), body, **environ)
    assert found == status
    if status == 200:
        assert seen == body
    else:
        assert json.loads(answer) == {"message": "Invalid request body"}


def test_default_model_serves_every_other_type():
    declared = method(models={"$default": "Size"})
    assert call(declared, b"{}", CONTENT_TYPE="text/plain")[0] == 400


def test_parameters_come_before_the_body():
    declared = method("querystring.zone", models={"application/json": "Size"})
    assert b"Missing required" in call(declared, b"{")[1]


def test_every_violation_is_kept_for_the_gateway_response():
    _, _, _, context = call(method(models={"application/json": "Size"}), b"[]")
    assert context.error.validation_error_string == (
        '[instance type (array) does not match any allowed primitive type (allowed: ["object"])]'
    )


@pytest.mark.parametrize(
    ("body", "parameters", "statuses"),
    [(True, False, (200, 400)), (False, True, (400, 200)), (False, False, (200, 200))],
    ids=["body only", "parameters only", "neither"],
)
def test_the_validator_switches_the_checks(body, parameters, statuses):
    validator = RequestValidatorConfig(
        name="v", validate_request_body=body, validate_request_parameters=parameters
    )
    lacks_parameter = call(method("querystring.zone"), validator=validator)[0]
    wrong_body = call(method(models={"application/json": "Size"}), b"[]", validator=validator)[0]
    assert (lacks_parameter, wrong_body) == statuses


def test_a_body_without_model_is_not_read():
    class Untouchable:
        def read(self, size=-1):
            raise AssertionError("the body was read")

    stage = MethodRequest(
        Response("200 OK", [], []), method(models={"application/json": "Size"}), models={"Size": SIZE}
    )
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "video/mp4",
        "CONTENT_LENGTH": "9",
        "wsgi.input": Untouchable(),
    }
    assert call_app(stage, environ).status_code == 200


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(method(models={"application/json": "Nobody"}), id="an unknown model"),
        pytest.param(
            MethodConfig(http_method="GET", request_parameters={"method.request.cookie.a": True}),
            id="a place that is none",
        ),
        pytest.param(MethodConfig(http_method="GET", request_parameters={"header.a": True}), id="a bare key"),
    ],
)
def test_what_cannot_work_is_refused_by_the_constructor(declared):
    with pytest.raises(ConfigError):
        MethodRequest(Response(), declared, models={"Size": SIZE})
