"""AWS's events for TOKEN and REQUEST authorizers."""

from __future__ import annotations

import json
from typing import Any

from authorizers.callers import context, request_config, token_config

from wsgi_gateway.authorizers import allow
from wsgi_gateway.authorizers.lambda_function import LambdaAuthorizer
from wsgi_gateway.context import Context


def test_a_token_event_is_exactly_three_members() -> None:
    authorizer = LambdaAuthorizer(token_config(), allow)
    event = authorizer.event(context(HTTP_AUTHORIZATION="Bearer  x"))
    assert event == {
        "type": "TOKEN",
        "authorizationToken": "Bearer  x",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:api/prod/POST/pets/7",
    }


def test_a_request_event_has_the_members_recorded_on_aws() -> None:
    ctx = context(
        HTTP_HOST="api.execute-api.us-east-1.amazonaws.com",
        HTTP_USER_AGENT="HTTPie/3.2.2",
        HTTP_CONNECTION="keep-alive",
        CONTENT_LENGTH="5",
        CONTENT_TYPE="text/plain",
        REMOTE_ADDR="15.248.3.126",
    )
    ctx.resource_path, ctx.resource_id, ctx.request_time = "/pets/{id}", "w567jh", 1718636523.035
    headers = {
        "Host": "api.execute-api.us-east-1.amazonaws.com",
        "User-Agent": "HTTPie/3.2.2",
        "Content-Type": "text/plain",
        "Content-Length": "5",
    }
    event = LambdaAuthorizer(request_config(authorizer_result_ttl_in_seconds=0), allow).event(ctx)
    assert json.loads(json.dumps(event)) == {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:api/prod/POST/pets/7",
        "resource": "/pets/{id}",
        "path": "/pets/7",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "resourceId": "w567jh",
            "resourcePath": "/pets/{id}",
            "httpMethod": "POST",
            "extendedRequestId": ctx.extended_request_id,
            "requestTime": "17/Jun/2024:15:02:03 +0000",
            "path": "/prod/pets/7",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "api",
            "requestTimeEpoch": 1718636523035,
            "requestId": ctx.request_id,
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": "15.248.3.126",
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": "HTTPie/3.2.2",
                "user": None,
            },
            "domainName": "api.execute-api.us-east-1.amazonaws.com",
            "deploymentId": "local",
            "apiId": "api",
        },
    }


def request_event(ctx: Context) -> dict[str, Any]:
    return LambdaAuthorizer(request_config(authorizer_result_ttl_in_seconds=0), allow).event(ctx)


def test_a_request_event_has_all_values_of_a_query_parameter_and_the_last_as_the_one() -> None:
    event = request_event(context(QUERY_STRING="a=1&a=2&b=x+y&c="))
    assert event["queryStringParameters"] == {"a": "2", "b": "x y", "c": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y"], "c": [""]}


def test_the_path_of_a_request_event_drops_a_doubled_leading_slash_and_keeps_the_trailing_one() -> None:
    ctx = context()
    ctx.path = "//pets/7/"
    event = request_event(ctx)
    assert event["path"] == "/pets/7/"
    assert event["requestContext"]["path"] == "/prod//pets/7/"


def test_an_api_key_that_was_sent_is_in_the_identity_of_a_request_event() -> None:
    assert request_event(context(HTTP_X_API_KEY="key"))["requestContext"]["identity"]["apiKey"] == "key"


def test_headers_of_a_request_event_are_found_in_any_case() -> None:
    assert request_event(context(HTTP_X_USER="u"))["headers"]["x-user"] == "u"


def test_a_function_that_changes_its_event_changes_nothing_else() -> None:
    ctx = context(HTTP_X_USER="u", QUERY_STRING="a=1")
    ctx.path_parameters, ctx.stage_variables = {"id": "7"}, {"colour": "blue"}
    event = request_event(ctx)
    for member in ("headers", "pathParameters", "stageVariables", "queryStringParameters"):
        event[member].clear()
    event["multiValueQueryStringParameters"]["a"].append("2")
    assert ctx.headers["X-User"] == "u"
    assert ctx.path_parameters == {"id": "7"}
    assert ctx.stage_variables == {"colour": "blue"}
    assert ctx.query == [("a", "1")]


class Unreadable:
    def read(self, size: int = -1) -> bytes:
        raise AssertionError("an authorizer never reads the body")


def test_the_body_is_never_read() -> None:
    event = request_event(context(**{"wsgi.input": Unreadable(), "CONTENT_LENGTH": "5"}))
    assert "body" not in event
