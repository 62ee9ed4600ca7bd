"""Empty and Error: every API has them, as AWS gives them, in every door and every stage."""

from __future__ import annotations

import io
import json

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.config import (
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    RequestValidatorConfig,
    RestApiConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.exports import export
from wsgi_gateway.exports.diff import diff
from wsgi_gateway.sources import load
from wsgi_gateway.wsgi import Response, call_app

VALIDATORS = {"body": RequestValidatorConfig(name="body", validate_request_body=True)}


def api_of(name, **models):
    method = MethodConfig(
        http_method="POST", request_models={"application/json": name}, request_validator="body"
    )
    return RestApiConfig(resources={"/": {"POST": method}}, request_validators=VALIDATORS, models=models)


def status_of(api, body):
    app = Gateway(api, Response("200 OK", [], [b""]))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    return call_app(app, environ).status_code


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("Empty", b"{}", 200),
        ("Empty", b'{"message": 5}', 200),
        ("Empty", b"[]", 400),
        ("Error", b'{"message": "no"}', 200),
        ("Error", b'{"message": 5}', 400),
    ],
)
def test_requests_are_checked_by_them(name, body, status):
    assert status_of(api_of(name), body) == status


def test_one_that_the_api_declares_comes_before():
    own = ModelConfig(name="Empty", schema={"type": "array"})
    assert status_of(api_of("Empty", Empty=own), b"[]") == 200
    assert status_of(api_of("Empty", Empty=own), b"{}") == 400


def test_a_model_may_refer_to_them():
    reference = {"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Error"}
    model = ModelConfig(name="Errors", schema={"type": "array", "items": reference})
    assert status_of(api_of("Errors", Errors=model), b'[{"message": "no"}]') == 200
    assert status_of(api_of("Errors", Errors=model), b'[{"message": 5}]') == 400


def test_other_names_need_a_declaration():
    with pytest.raises(ConfigError, match="Invalid model identifier specified: Emtpy"):
        Gateway(api_of("Emtpy"), Response("200 OK", [], [b""]))


@pytest.mark.parametrize("form", ["oas30", "swagger"])
def test_an_export_declares_those_that_methods_name(form):
    api = load(export(api_of("Error"), form=form))
    assert status_of(api, b'{"message": 5}') == 400
    assert list(api.models) == ["Error"]


def test_a_definition_need_not_have_what_it_refers_to():
    responses = {"200": {"schema": {"$ref": "#/definitions/Empty"}}}
    body = {"in": "body", "name": "b", "schema": {"type": "array", "items": {"$ref": "#/definitions/Error"}}}
    x = "x-amazon-apigateway-request-validator"
    api = load(
        {
            "swagger": "2.0",
            x: "body",
            f"{x}s": {"body": {"validateRequestBody": True}},
            "paths": {"/": {"post": {"parameters": [body], "responses": responses}}},
        }
    )
    method = api.resources["/"]["POST"]
    assert method.method_responses == {
        200: MethodResponseConfig(status_code=200, response_models={"application/json": "Empty"})
    }
    assert status_of(api, json.dumps([{"message": "no"}]).encode()) == 200
    assert status_of(api, json.dumps([{"message": 5}]).encode()) == 400


def test_a_member_that_they_do_not_have_is_refused():
    schema = {"$ref": "#/components/schemas/Error/properties/code"}
    operation = {"requestBody": {"content": {"application/json": {"schema": {"items": schema}}}}}
    with pytest.raises(ConfigError, match="leads nowhere"):
        load({"openapi": "3.0.1", "paths": {"/": {"post": operation}}})


def test_who_turns_from_one_to_the_other_is_told():
    assert [change.effect for change in diff(api_of("Empty"), api_of("Error"))] == ["breaking"]
