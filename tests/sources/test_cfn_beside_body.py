"""A RestApi's own policy, source of keys and gateway responses beside those of its Body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition
from wsgi_gateway.config.frozen import freeze

X = "x-amazon-apigateway-"
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
ALLOW = {"Version": "2012-10-17", "Statement": [ANYBODY]}
DENY = {"Version": "2012-10-17", "Statement": [{**ANYBODY, "Effect": "Deny"}]}


def template_of(said: dict[str, Any], properties: dict[str, Any], **resources: Any) -> dict[str, Any]:
    body = {"openapi": "3.0.1", "info": {"title": "pets"}, "paths": {"/": {"get": {"responses": {}}}}, **said}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body, **properties}}
    return {"Resources": {"Api": api, **resources}}


def test_two_policies_that_differ_are_refused() -> None:
    for inner, outer in ((DENY, ALLOW), (ALLOW, DENY), (DENY, json.dumps(ALLOW))):
        with pytest.raises(ConfigError) as caught:
            load_definition(template_of({X + "policy": inner}, {"Policy": outer}))
        (problem,) = caught.value.problems
        assert (problem.code, problem.place.path) == ("policy-twice", "$.Resources.Api.Properties.Policy")


@pytest.mark.parametrize("outer", [DENY, json.dumps(DENY), ""], ids=["equal", "equal, as text", "empty"])
def test_one_policy_that_is_written_twice_is_one(outer: Any) -> None:
    assert load_definition(template_of({X + "policy": DENY}, {"Policy": outer})).api.policy == freeze(DENY)


def test_two_policies_of_a_sam_template_are_refused() -> None:
    get = {"Type": "Api", "Properties": {"Path": "/", "Method": "get", "RestApiId": {"Ref": "Api"}}}
    code = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": "python3.12", "Events": {"Get": get}}
    shut = {"ResourcePolicy": {"IpRangeBlacklist": ["203.0.113.9"]}}
    properties = {"StageName": "prod", "Policy": ALLOW, "Auth": shut}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": properties},
            "Pets": {"Type": "AWS::Serverless::Function", "Properties": code},
        },
    }
    with pytest.raises(ConfigError, match="two resource policies that differ"):
        load_definition(template)
    del properties["Policy"]
    assert load_definition(template).api.policy is not None


def test_what_takes_the_place_of_something_in_the_body_is_a_warning() -> None:
    refused = {"Type": "AWS::ApiGateway::GatewayResponse"}
    owner = {"RestApiId": {"Ref": "Api"}, "ResponseType": "DEFAULT_4XX"}
    said = {
        X + "api-key-source": "AUTHORIZER",
        X + "gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
    }
    template = template_of(said, {"ApiKeySourceType": "HEADER"}, Refused={**refused, "Properties": owner})
    warnings: list[Any] = []
    api = load_definition(template, warnings=warnings).api
    assert {(one.code, one.place.path) for one in warnings} == {
        ("merge-replaced", "$.Resources.Api.Properties.ApiKeySourceType"),
        ("merge-replaced", "$.Resources.Refused.Properties"),
    }
    assert api.api_key_source == "HEADER"
    assert api.gateway_responses["DEFAULT_4XX"].status_code is None


def test_what_says_the_same_as_the_body_is_no_warning() -> None:
    same = {"RestApiId": {"Ref": "Api"}, "ResponseType": "DEFAULT_4XX", "StatusCode": 418}
    said = {
        X + "api-key-source": "AUTHORIZER",
        X + "gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
    }
    refused = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": same}
    warnings: list[Any] = []
    load_definition(template_of(said, {"ApiKeySourceType": "AUTHORIZER"}, Refused=refused), warnings=warnings)
    assert warnings == []
