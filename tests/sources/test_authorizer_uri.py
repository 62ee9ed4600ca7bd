"""Definitions name the function of an authorizer by the URI that invokes it, and by nothing else."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

X = "x-amazon-apigateway-"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:guard"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
WRONG = [
    "guard",
    FUNCTION,
    "arn:aws:apigateway:eu-west-1:sns:path/x",
    URI.removesuffix("/invocations"),
    "https://a.example/",
]
WORDS = "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."


def in_openapi(uri):
    guard = {"type": "token", "authorizerUri": uri}
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", X + "authorizer": guard}
    paths = {"/": {"get": {"security": [{"guard": []}]}}}
    return {"openapi": "3.0.1", "paths": paths, "components": {"securitySchemes": {"guard": scheme}}}


def in_template(uri):
    guard = {
        "RestApiId": {"Ref": "Api"},
        "Name": "guard",
        "Type": "TOKEN",
        "AuthorizerUri": uri,
        "IdentitySource": "method.request.header.Authorization",
    }
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
            "Guard": {"Type": "AWS::ApiGateway::Authorizer", "Properties": guard},
        }
    }


@pytest.mark.parametrize("document", [in_openapi, in_template])
@pytest.mark.parametrize(
    "uri",
    [
        URI,
        URI.replace("lambda:path/", "lambda:path//"),
        URI.replace(FUNCTION, "${stageVariables.guard}"),
        URI.replace(FUNCTION, FUNCTION + ":live"),
    ],
)
def test_an_invocation_of_a_function(document, uri):
    assert load(document(uri)).authorizers["guard"].authorizer_uri == uri


@pytest.mark.parametrize("document", [in_openapi, in_template])
@pytest.mark.parametrize("uri", WRONG)
def test_anything_else_is_refused_in_the_words_of_aws(document, uri):
    with pytest.raises(ConfigError) as caught:
        load(document(uri))
    (problem,) = caught.value.problems
    assert problem.message == f"Invalid Authorizer URI: {uri}. {WORDS}"
