"""What the function may answer."""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from decimal import Decimal
from enum import Enum
from http import HTTPStatus

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer, proxy_answer, python_answer
from wsgi_gateway.integrations.lambda_payload import RESPONSE_LIMIT
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
        [("x-amzn-Remapped-Content-Length", "9"), JSON],
        b"",
    ),
    "a true length": (
        {"multiValueHeaders": {"content-length": ["2"]}, "body": "ok"},
        200,
        [("x-amzn-Remapped-content-length", "2"), JSON],
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
    "a status of 5,000 digits": {"statusCode": 10**5000},
    "a status of 5,000 digits as text": {"statusCode": "2" * 5000},
    "a header of 5,000 digits": {"headers": {"a": 10**5000}},
    "a multi value of 5,000 digits": {"multiValueHeaders": {"a": [10**5000]}},
    "NaN in a header": {"headers": {"a": float("nan")}},
    "Infinity in a header": {"headers": {"a": float("inf")}},
    "less than Infinity in a multi value": {"multiValueHeaders": {"a": [float("-inf")]}},
    "an infinite status": {"statusCode": float("inf")},
    "a Decimal beyond a double": {"headers": {"a": Decimal("1E+999999")}},
    "a Decimal that is no number": {"headers": {"a": Decimal("sNaN")}},
    "a tuple of pairs": (("statusCode", 200),),
    "a set": {"multiValueHeaders": {"a": {"b"}}},
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


class Word(str):
    """Text, and not the type itself."""


class Colour(str, Enum):  # noqa: UP042 - the older way, whose str() is not its text
    RED = "red"


@pytest.mark.parametrize(
    ("output", "status", "headers", "body"),
    [
        pytest.param({"statusCode": HTTPStatus.CREATED}, 201, [JSON], b"", id="an enumerated status"),
        pytest.param({"headers": {"a": HTTPStatus.OK}}, 200, [("a", "200"), JSON], b"", id="or header value"),
        pytest.param(
            {"multiValueHeaders": {"a": ("b", "c")}}, 200, [("a", "b"), ("a", "c"), JSON], b"", id="a tuple"
        ),
        pytest.param(
            {Word("statusCode"): Word("202"), "headers": {Word("a"): Word("b")}, "body": Word("c")},
            202,
            [("a", "b"), JSON],
            b"c",
            id="text of another class",
        ),
        pytest.param(
            {"headers": {Colour.RED: Colour.RED}, "body": Colour.RED},
            200,
            [("red", "red"), JSON],
            b"red",
            id="enumerated text",
        ),
        pytest.param(
            {"headers": {5: "a"}}, 200, [("5", "a"), JSON], b"", id="a header whose name is a number"
        ),
        pytest.param({"statusCode": Decimal("203")}, 203, [JSON], b"", id="a Decimal for a status"),
        pytest.param(
            {"headers": {"a": Decimal("1.5")}}, 200, [("a", "1.5"), JSON], b"", id="and in a header"
        ),
        pytest.param(OrderedDict(body="x"), 200, [JSON], b"x", id="an ordered dict"),
    ],
)
def test_what_lambdas_runtime_marshals_is_taken_as_it_marshals_it(output, status, headers, body, request_of):
    response = answer_to(output, request_of())
    assert (response.status_code, response.headerlist, response.body()) == (status, headers, body)
    assert {type(text) for pair in response.headerlist for text in pair} == {str}


def through_a_gateway(output, **options):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    method = MethodConfig(
        http_method="GET", integration=IntegrationConfig(type="AWS_PROXY", uri=uri, http_method="POST")
    )
    api = RestApiConfig(resources={"/": {"GET": method}})
    app = Gateway(api, lambdas={"f": lambda event: output}, **options)
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/"})


def test_a_length_that_lies_is_renamed_and_the_true_one_sent():
    response = through_a_gateway({"headers": {"Content-Length": "999"}, "body": "true"})
    assert response.header_values("Content-Length") == ["4"]
    assert response.header_values("x-amzn-Remapped-Content-Length") == ["999"]


def sized(output, member):
    """``output`` with as much text, through ``member``, as Lambda takes to the byte."""
    output[member] = ""
    output[member] = "x" * (RESPONSE_LIMIT - len(json.dumps(output)))
    return output


@pytest.mark.parametrize(
    ("character", "size"),
    [
        pytest.param("x", 1, id="letters"),
        pytest.param('"', 2, id="quotes, which are escaped"),
        pytest.param("\0", 6, id="control characters"),
        pytest.param("\u20ac", 3, id="characters of three bytes"),
        pytest.param("\U0001f600", 4, id="characters of four bytes"),
    ],
)
def test_an_answer_is_counted_in_the_bytes_of_its_json(character, size):
    count = (RESPONSE_LIMIT - len('{"body": ""}')) // size
    assert python_answer({"body": character * count}, decode=False).status_code == 200
    with pytest.raises(MalformedAnswer, match="bytes as JSON"):
        python_answer({"body": character * (count + 1)}, decode=False)


def test_the_last_byte_that_lambda_takes():
    output = sized({"statusCode": 200}, "body")
    assert python_answer(output, decode=False).status_code == 200
    output["body"] += "x"
    with pytest.raises(MalformedAnswer):
        python_answer(output, decode=False)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param({"headers": {f"x{n}": "y" * 10_000 for n in range(700)}}, id="single values"),
        pytest.param({"multiValueHeaders": {"x": ["y" * 10_000] * 700}}, id="many values"),
        pytest.param({"multiValueHeaders": {"x": ("y" * 10_000,) * 700}}, id="a tuple of values"),
        pytest.param({"multiValueHeaders": {"x" * 7_000_000: []}}, id="a name without a value"),
        pytest.param(
            {"headers": {"x" * 7_000: "", **{f"n{n}": "" for n in range(700_000)}}}, id="empty ones"
        ),
        pytest.param({"headers": {f"x{n}": 10**4000 for n in range(2000)}}, id="long numbers"),
    ],
)
def test_headers_count_too(output):
    with pytest.raises(MalformedAnswer, match="bytes as JSON"):
        python_answer(output, decode=False)


def test_json_from_elsewhere_was_counted_where_it_came_in():
    output = {"headers": {f"x{n}": "" for n in range(9)}, "body": "x" * RESPONSE_LIMIT}
    assert proxy_answer(output, decode=False).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 502)])
def test_the_gateways_own_limit_holds_where_it_is_the_lower_one(size, status):
    assert through_a_gateway({"body": "x" * size}, payload_limit=1000).status_code == status
