from __future__ import annotations

import base64
import json

import pytest

from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.wsgi import call_app

ROOT = "Root=1-5f0c1a2b-0123456789abcdef01234567"


def event_of(environ, **options):
    events = []
    call_app(LambdaProxy(lambda event, context: events.append(event) or {}, **options), environ)
    return events[0]


def answer_to(output, environ, **options):
    return call_app(LambdaProxy(lambda event, context: output, **options), environ)


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
        HTTP_ACCEPT="*/*", HTTP_HOST="api.example", CONTENT_TYPE="text/x", HTTP_TE="x", HTTP_CONNECTION="close",
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


@pytest.mark.parametrize(("length", "status"), [(9, 400), (20_000_000, 413)])
def test_a_body_that_cannot_be_read_never_reaches_the_function(length, status, request_of):
    calls = []
    app = LambdaProxy(lambda event, context: calls.append(event) or {})
    assert call_app(app, request_of("POST", body=b"abc", length=length)).status_code == status
    assert calls == []


def test_the_event_is_json(request_of):
    json.dumps(event_of(request_of("POST", "/x?y=1", body=b"z")))


def test_the_invocation_knows_its_request_and_its_time(request_of):
    seen = []

    def function(event, context):
        seen.extend([context.aws_request_id, context.function_name, context.get_remaining_time_in_millis()])
        return {}

    environ = request_of()
    call_app(LambdaProxy(function, timeout=7), environ)
    assert seen[:2] == [environ["wsgi_gateway.context"].request_id, "function"]
    assert 0 < seen[2] <= 7000


# ------------------------------------------------------------------ answers

JSON = ("Content-Type", "application/json")
GOOD = {
    "nothing at all": ({}, 200, [JSON], b""),
    "a status": ({"statusCode": 404}, 404, [JSON], b""),
    "a numeric string for a status": ({"statusCode": "201"}, 201, [JSON], b""),
    "null for headers": ({"headers": None, "multiValueHeaders": None, "body": None}, 200, [JSON], b""),
    "headers without a status": ({"headers": {"X-A": "b"}}, 200, [("X-A", "b"), JSON], b""),
    "booleans and numbers in headers": (
        {"headers": {"a": True, "b": False, "c": 1, "d": 1.5}},
        200,
        [("a", "true"), ("b", "false"), ("c", "1"), ("d", "1.5"), JSON],
        b"",
    ),
    "its own type": (
        {"headers": {"content-type": "text/x"}, "body": "é"},
        200,
        [("content-type", "text/x")],
        "é".encode(),
    ),
    "several values": (
        {"multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}},
        200,
        [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), JSON],
        b"",
    ),
    "multi values before the single one": (
        {"multiValueHeaders": {"X-maNY": ["plural"]}, "headers": {"x-many": "single", "y": "z"}},
        200,
        [("X-maNY", "plural"), ("X-maNY", "single"), ("y", "z"), JSON],
        b"",
    ),
    "text beyond latin-1 in a header": ({"headers": {"a": "€"}}, 200, [("a", "â\x82¬"), JSON], b""),
    "base64 nobody asked for": ({"body": "b3du", "isBase64Encoded": True}, 200, [JSON], b"b3du"),
    "a false length": (
        {"headers": {"Content-Length": "9", "Transfer-Encoding": "chunked"}},
        200,
        [JSON],
        b"",
    ),
    "a true length": (
        {"headers": {"Content-Length": "2"}, "body": "ok"},
        200,
        [("Content-Length", "2"), JSON],
        b"ok",
    ),
    "a body that the status forbids": ({"statusCode": 204, "body": "x"}, 204, [JSON], b""),
}
MALFORMED = {
    "null": None,
    "a string": "bare string",
    "a list": [],
    "a number": 200,
    "an unknown member": {"statusCode": 200, "surplus": "value"},
    "a word for a status": {"statusCode": "test"},
    "a boolean for a status": {"statusCode": True},
    "null for a status": {"statusCode": None},
    "a fraction for a status": {"statusCode": 200.5},
    "an interim status": {"statusCode": 101},
    "a status above all classes": {"statusCode": 999},
    "a status of foreign digits": {"statusCode": "\uff12\uff10\uff10"},
    "headers that are a list": {"headers": []},
    "a header that is null": {"headers": {"a": None}},
    "a header that is an object": {"headers": {"a": {}}},
    "a header name with a blank": {"headers": {"a b": "c"}},
    "an empty header name": {"headers": {"": "c"}},
    "a header value with a line end": {"headers": {"a": "b\r\nSet-Cookie: c=d"}},
    "a header value with NUL": {"headers": {"a": "b\0"}},
    "a header value with half a character": {"headers": {"a": "\ud800"}},
    "a multi value that is no list": {"multiValueHeaders": {"m": "alone"}},
    "a list of lists": {"multiValueHeaders": {"m": [[]]}},
    "multi values that are a list": {"multiValueHeaders": ["m"]},
    "an object for a body": {"body": {"a": 1}},
    "bytes for a body": {"body": b"abc"},
    "a word for isBase64Encoded": {"body": "YQ==", "isBase64Encoded": "true"},
}


@pytest.mark.parametrize(
    ("output", "status", "headers", "body"), [pytest.param(*row, id=name) for name, row in GOOD.items()]
)
def test_an_answer_may_have(output, status, headers, body, request_of):
    environ = request_of()
    response = answer_to(output, environ)
    assert (response.status_code, response.headerlist, response.body()) == (status, headers, body)
    assert environ["wsgi_gateway.context"].integration_status == status
    assert environ["wsgi_gateway.context"].error is None


@pytest.mark.parametrize("output", [pytest.param(value, id=name) for name, value in MALFORMED.items()])
def test_an_answer_may_not_be(output, request_of):
    environ = request_of()
    response = answer_to(output, environ)
    assert response.status_code == 502
    assert response.header("x-amzn-ErrorType") == "InternalServerErrorException"
    assert json.loads(response.body()) == {"message": "Internal server error"}
    assert environ["wsgi_gateway.context"].error.response_type.name == "DEFAULT_5XX"
    assert environ["wsgi_gateway.context"].integration_status is None


@pytest.mark.parametrize(
    ("types", "accept", "body"),
    [
        pytest.param(["image/png"], "image/png", b"own-data", id="the type itself"),
        pytest.param(["image/png"], "image/png;q=0.5, text/html", b"own-data", id="the first of several"),
        pytest.param(["image/png"], "text/html, image/png", None, id="not the second"),
        pytest.param(["image/*"], "image/webp", b"own-data", id="a range of ours"),
        pytest.param(["image/png"], "image/*", None, id="not a range of the client's"),
        pytest.param(["image/png"], "*/*", None, id="not the client's anything"),
        pytest.param(["*/png"], "image/png", None, id="not a range of main types"),
        pytest.param(["*/*"], "text/html", b"own-data", id="our anything"),
        pytest.param([], "image/png", None, id="nothing is binary"),
    ],
)
def test_base64_is_decoded_if_the_clients_first_type_is_binary(types, accept, body, request_of):
    text = base64.b64encode(b"own-data").decode()
    output = {"body": text, "isBase64Encoded": True, "headers": {"Content-Type": "text/plain"}}
    response = answer_to(output, request_of(HTTP_ACCEPT=accept), binary_media_types=types)
    assert response.body() == (text.encode() if body is None else body)


@pytest.mark.parametrize("body", ["no base64!", "abc", "é", "YQ==YQ=="])
def test_what_says_it_is_base64_and_is_not_is_500(body, request_of):
    environ = request_of(HTTP_ACCEPT="image/png")
    response = answer_to({"body": body, "isBase64Encoded": True}, environ, binary_media_types=["image/png"])
    assert response.status_code == 500
    assert environ["wsgi_gateway.context"].error.response_type.name == "API_CONFIGURATION_ERROR"


@pytest.mark.parametrize("failure", [LookupError("s3cret"), SystemExit("s3cret"), RecursionError("s3cret")])
def test_a_function_that_raises_is_502_and_says_nothing(failure, request_of):
    def function(event, context):
        raise failure

    environ = request_of()
    response = call_app(LambdaProxy(function), environ)
    error = environ["wsgi_gateway.context"].error
    assert response.status_code == 502
    assert b"s3cret" not in response.body()
    assert "s3cret" not in f"{error!r}{error.reason}{error.message}"
    assert type(failure).__name__ in error.reason


@pytest.mark.parametrize("method", ["GET", "ANY", "post"])
def test_an_integration_method_other_than_post_is_500_whatever_the_client_sends(method, request_of):
    calls = []
    environ = request_of("POST")
    response = call_app(LambdaProxy(lambda *args: calls.append(args) or {}, http_method=method), environ)
    assert (response.status_code, response.body()) == (500, b'{"message":"Internal server error"}')
    assert environ["wsgi_gateway.context"].error.response_type.name == "INTEGRATION_FAILURE"
    assert calls == []


@pytest.mark.parametrize("options", [{"function": "name"}, {"timeout": 0}, {"timeout": float("nan")}])
def test_options_that_cannot_work_are_config_errors(options):
    with pytest.raises(ConfigError):
        LambdaProxy(**{"function": dict, **options})


def test_the_function_may_be_anything_callable(request_of):
    class Function:
        def __call__(self, event, context):
            return {"body": context.function_name}

    assert call_app(LambdaProxy(Function()), request_of()).body() == b"Function"
