"""What the function may answer."""

from __future__ import annotations

import base64
import json

import pytest

from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.integrations.lambda_answer import PAYLOAD_LIMIT, MalformedAnswer, proxy_answer
from wsgi_gateway.wsgi import call_app


def answer_to(output, environ, **options):
    return call_app(LambdaProxy(lambda event, context: output, **options), environ)


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
    "a body that the status forbids": ({"statusCode": 204, "body": "x"}, 204, [], b""),
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


def test_a_body_beyond_lambdas_own_limit_is_malformed():
    with pytest.raises(MalformedAnswer):
        proxy_answer({"body": "x" * (PAYLOAD_LIMIT + 1)}, decode=False)
    assert proxy_answer({"body": "x" * PAYLOAD_LIMIT}, decode=False).status_code == 200
