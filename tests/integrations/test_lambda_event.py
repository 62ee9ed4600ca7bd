"""What the function gets."""

from __future__ import annotations

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.context import Deployment
from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.wsgi import call_app

ROOT = "Root=1-5f0c1a2b-0123456789abcdef01234567"


def event_of(environ, **options):
    events = []
    call_app(LambdaProxy(lambda event, context: events.append(event) or {}, **options), environ)
    return events[0]


def test_the_event_has_twelve_members(request_of):
    assert list(event_of(request_of())) == [
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body",
        "isBase64Encoded",
    ]  # fmt: skip


def test_what_is_empty_is_null(request_of):
    event = event_of(request_of("POST"))
    empty = [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ]
    assert {name: event[name] for name in empty} == dict.fromkeys(empty)
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        pytest.param("/a/b/", "/a/b/", id="a trailing slash is kept"),
        pytest.param("//a//b", "/a//b", id="doubled leading slashes are not"),
        pytest.param("/test%2Balias%40x/+", "/test%2Balias%40x/+", id="nothing is decoded"),
        pytest.param("/", "/", id="root"),
    ],
)
def test_path(sent, path, request_of):
    environ = request_of("GET", sent)
    environ["wsgi_gateway.context"].path = sent
    event = event_of(environ)
    assert event["path"] == path
    assert event["requestContext"]["path"] == "/dev" + sent


def test_query_parameters_are_decoded_and_the_last_value_is_the_single_one(request_of):
    event = event_of(request_of("GET", "/?a=1&b=x+y%2B&a=2&c="))
    assert event["queryStringParameters"] == {"a": "2", "b": "x y+", "c": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y+"], "c": [""]}


def test_parameters_and_variables(request_of):
    environ = request_of(
        path_parameters={"id": "a%20b"}, deployment=Deployment(stage="dev", stage_variables={"tier": "gold"})
    )
    environ["wsgi_gateway.context"].resource_path = "/pets/{id}"
    event = event_of(environ)
    assert (event["resource"], event["pathParameters"], event["stageVariables"]) == (
        "/pets/{id}",
        {"id": "a%20b"},
        {"tier": "gold"},
    )


def test_headers_are_the_clients_and_those_of_the_way_here(request_of):
    environ = request_of(
        HTTP_ACCEPT="*/*", HTTP_HOST="api.example", CONTENT_TYPE="text/x", HTTP_TE="x",
        HTTP_CONNECTION="close",
        HTTP_X_AMZN_TRACE_ID=ROOT + ";Parent=89abcdef01234567;Sampled=1",
    )  # fmt: skip
    event = event_of(environ)
    assert event["headers"] == {
        "Accept": "*/*",
        "Host": "api.example",
        "Content-Type": "text/x",
        "X-Amzn-Trace-Id": ROOT + ";Parent=89abcdef01234567;Sampled=1",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "8080",
        "X-Forwarded-Proto": "http",
    }
    assert event["multiValueHeaders"] == {name: [value] for name, value in event["headers"].items()}


def test_an_empty_content_type_is_none(request_of):
    headers = event_of(request_of(CONTENT_TYPE="", HTTP_X_EMPTY=""))["headers"]
    assert "Content-Type" not in headers
    assert headers["X-Empty"] == ""


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        pytest.param(
            "10.0.0.1", "10.0.0.1, 203.0.113.7", id="the client's own claim is followed by the truth"
        ),
        pytest.param(
            "10.0.0.1, 203.0.113.7", "10.0.0.1, 203.0.113.7", id="a hop added further out counts once"
        ),
        pytest.param("203.0.113.7", "203.0.113.7", id="alone"),
    ],
)
def test_x_forwarded_for(given, sent, request_of):
    assert event_of(request_of(HTTP_X_FORWARDED_FOR=given))["headers"]["X-Forwarded-For"] == sent


def test_forwarded_port_and_proto_cannot_be_claimed(request_of):
    headers = event_of(request_of(HTTP_X_FORWARDED_PROTO="https", HTTP_X_FORWARDED_PORT="1"))["headers"]
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Port"]) == ("http", "8080")


def test_request_context(request_of):
    environ = request_of("PUT", "/x", HTTP_HOST="id.example.com:8080", HTTP_USER_AGENT="conf/1")
    context = environ["wsgi_gateway.context"]
    context.resource_id, context.resource_path = "abc", "/x"
    seen = event_of(environ)["requestContext"]
    assert sorted(seen) == [
        "accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod",
        "identity", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "resourceId",
        "resourcePath", "stage",
    ]  # fmt: skip
    assert (seen["httpMethod"], seen["stage"], seen["domainPrefix"]) == ("PUT", "dev", "id")
    assert {name for name, value in seen["identity"].items() if value is not None} == {
        "sourceIp",
        "userAgent",
    }
    assert len(seen["identity"]) == 12


def test_the_clients_method_is_told_not_the_integrations(request_of):
    environ = request_of("GET")
    assert event_of({**environ, "REQUEST_METHOD": "POST"})["httpMethod"] == "GET"


def test_api_key_canary_and_authorizer_appear_only_if_there_are_any(request_of):
    environ = request_of()
    context = environ["wsgi_gateway.context"]
    context.api_key, context.api_key_id, context.is_canary_request = "k", "id1", True
    context.authorizer = {"principalId": "me", "claims": {"sub": "1"}}
    seen = event_of(environ)["requestContext"]
    assert (seen["identity"]["apiKey"], seen["identity"]["apiKeyId"]) == ("k", "id1")
    assert seen["isCanaryRequest"] is True
    assert seen["authorizer"] == context.authorizer
    seen["authorizer"]["claims"]["sub"] = "changed"
    assert context.authorizer["claims"]["sub"] == "1"


@pytest.mark.parametrize(
    ("types", "content_type", "body", "seen"),
    [
        pytest.param([], "text/plain", b"words", ("words", False), id="text"),
        pytest.param(["image/png"], "image/png", b"\x89\xff", ("if8=", True), id="a binary type"),
        pytest.param(["image/*"], "Image/PNG; q=1", b"\x89\xff", ("if8=", True), id="a binary range"),
        pytest.param(["*/*"], "text/plain", b"words", ("d29yZHM=", True), id="everything is binary"),
        pytest.param(["image/png"], "text/plain", b"a\xffb", ("a�b", False), id="bad UTF-8 in text"),
        pytest.param(["image/png"], "image/png", b"", (None, False), id="nothing"),
    ],
)
def test_body(types, content_type, body, seen, request_of):
    environ = request_of("POST", body=body, CONTENT_TYPE=content_type)
    event = event_of(environ, binary_media_types=types)
    assert (event["body"], event["isBase64Encoded"]) == seen


def test_a_mapping_changes_nothing_of_it(request_of):
    """A method without mappings has a chain without the stage that maps."""
    seen = []
    for parameters in ({}, {"integration.request.header.x-more": "'1'"}):
        config = IntegrationConfig(
            type="AWS_PROXY",
            uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
            http_method="POST",
            request_parameters=parameters,
        )
        method = MethodConfig(http_method="PUT", integration=config)
        gateway = Gateway(
            RestApiConfig(resources={"/{id}": {"PUT": method}}),
            lambdas={"f": lambda event: seen.append(event) or {}},
        )
        trace_id = ROOT + ";Parent=89abcdef01234567"
        environ = request_of("PUT", "/7?a=1", body=b"{}", HTTP_X_AMZN_TRACE_ID=trace_id)
        environ["CONTENT_TYPE"] = "application/json"
        assert call_app(gateway, environ).status_code == 200
    plain, mapped = seen
    for name in ("extendedRequestId", "requestId", "requestTime", "requestTimeEpoch"):
        assert plain["requestContext"].pop(name)
        assert mapped["requestContext"].pop(name)
    assert plain == mapped
