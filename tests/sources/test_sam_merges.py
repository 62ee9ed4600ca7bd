"""MergeDefinitions: an event takes no protection from the definition."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition

HEADER = {"type": "apiKey", "name": "Authorization", "in": "header"}
SCHEMES = {
    "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "sigv4": {**HEADER, "x-amazon-apigateway-authtype": "awsSigv4"},
}
MOCK = {"type": "mock", "responses": {"default": {"statusCode": 200}}}
SIGNED, KEYED = {"security": [{"sigv4": []}]}, {"security": [{"api_key": []}]}
REQUIRED = {"parameters": [{"name": "X", "in": "header", "required": True}]}
X, Y = "method.request.header.X", "method.request.header.Y"
EVENT = "$.Resources.Pets.Properties.Events.Get"


def merged(event: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    operation = {**method, "responses": {}, "x-amazon-apigateway-integration": MOCK}
    body = {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1"},
        "components": {"securitySchemes": SCHEMES},
        "paths": {"/pets": {"get": operation}},
    }
    api = {"StageName": "prod", "DefinitionBody": body, "MergeDefinitions": True}
    properties = {"RestApiId": {"Ref": "Api"}, "Path": "/pets", "Method": "get", **event}
    code = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": "python3.12"}
    events = {"Get": {"Type": "Api", "Properties": properties}}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": api},
            "Pets": {"Type": "AWS::Serverless::Function", "Properties": {**code, "Events": events}},
        },
    }


@pytest.mark.parametrize(
    ("event", "method"),
    [
        pytest.param({"Auth": {"ApiKeyRequired": True}}, SIGNED, id="an authorizer"),
        pytest.param({"RequestParameters": [Y]}, REQUIRED, id="a required parameter"),
    ],
)
def test_a_list_that_an_event_replaces_is_refused(event: dict[str, Any], method: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_definition(merged(event, method))
    assert [(one.code, one.place.path) for one in caught.value.problems] == [("event-protection", EVENT)]


@pytest.mark.parametrize(
    ("event", "method"),
    [
        pytest.param({}, SIGNED, id="nothing is replaced"),
        pytest.param({"RequestParameters": [X]}, REQUIRED, id="the event names the parameter"),
        pytest.param({"RequestParameters": [Y]}, KEYED, id="another list"),
    ],
)
def test_what_stays_or_the_event_says_is_served(event: dict[str, Any], method: dict[str, Any]) -> None:
    assert load_definition(merged(event, method)).api.resources
