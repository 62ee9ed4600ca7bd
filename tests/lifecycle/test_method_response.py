"""What goes to the client: declared statuses, header tables by type of integration, true framing."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.config import MethodResponseConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import CONTEXT_KEY, THROTTLED, GatewayError
from wsgi_gateway.lifecycle.method_response import MethodResponse
from wsgi_gateway.wsgi import Response, call_app

REMAPPED = [
    "Authorization",
    "Connection",
    "Content-Length",
    "Content-MD5",
    "Date",
    "Expect",
    "Host",
    "Max-Forwards",
    "Proxy-Authenticate",
    "Server",
    "Trailer",
    "Upgrade",
    "User-Agent",
    "WWW-Authenticate",
]
PASSED = [
    "Accept",
    "Age",
    "Content-Encoding",
    "Content-Type",
    "Pragma",
    "Range",
    "Referer",
    "TE",
    "Via",
    "Warn",
]


def respond(backend, kind, statuses=(200,), override=None):
    env = {"REQUEST_METHOD": "GET"}
    context = env[CONTEXT_KEY] = Context(env)
    context.response_override = override
    declared = {status: MethodResponseConfig(status_code=status) for status in statuses}
    return call_app(MethodResponse(backend, declared, integration_type=kind), env)


def names(response):
    return {name.lower() for name, _ in response.headerlist}


@pytest.mark.parametrize("name", REMAPPED)
def test_a_mapped_header_of_the_connection_is_renamed(name):
    response = respond(Response("200 OK", [(name, "v")], [b"x"]), "HTTP")
    assert response.header(f"x-amzn-Remapped-{name}") == "v"
    assert response.header(name) in (None, "1")  # Content-Length is sent afresh


@pytest.mark.parametrize("name", PASSED)
def test_other_headers_pass(name):
    assert respond(Response("200 OK", [(name, "v")], [b"x"]), "HTTP").header(name) == "v"


def test_http_proxy_renames_four_and_drops_three():
    sent = [
        "Connection",
        "Content-Length",
        "Date",
        "Server",
        "x-amzn-RequestId",
        "Via",
        "Content-Encoding",
        "Transfer-Encoding",
        "Authorization",
    ]
    response = respond(Response("200 OK", [(name, "7") for name in sent], iter([b"7 bytes"])), "HTTP_PROXY")
    assert names(response) == {
        "x-amzn-remapped-connection",
        "x-amzn-remapped-content-length",
        "x-amzn-remapped-date",
        "x-amzn-remapped-server",
        "x-amzn-remapped-x-amzn-requestid",
        "authorization",
        "content-length",
        "content-type",
    }


def test_an_undeclared_status_is_500():
    response = respond(Response("201 Created"), "HTTP")
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})


def test_an_overridden_status_needs_no_declaration():
    assert respond(Response("444 X"), "MOCK", override={"status": 444}).status_code == 444


def test_a_method_that_declares_nothing_declares_200():
    assert respond(Response("200 OK"), "HTTP", statuses=()).status_code == 200
    assert respond(Response("201 X"), "HTTP", statuses=()).status_code == 500


def test_a_proxy_needs_no_declaration_and_streams():
    pulled = []

    def body():
        pulled.append(1)
        yield b"x"

    response = respond(Response("418 X", [], body()), "HTTP_PROXY")
    assert (response.status_code, pulled) == (418, [])


@pytest.mark.parametrize(
    ("kind", "traced"), [("HTTP", True), ("AWS_PROXY", True), ("MOCK", False), ("HTTP_PROXY", False)]
)
def test_the_trace_id_goes_back_for_some_types(kind, traced):
    assert (respond(Response(), kind).header("X-Amzn-Trace-Id") is not None) is traced


def test_a_refusal_passes_untouched():
    response = respond(GatewayError(THROTTLED), "HTTP")
    assert response.status_code == 429
    assert response.header("X-Amzn-Trace-Id") is None


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_no_type_and_no_length(status):
    response = respond(Response(f"{status} X", [("Content-Type", "a/b")], [b""]), "HTTP", statuses=(status,))
    assert not {"content-type", "content-length"} & names(response)


def test_alone_it_passes_what_the_app_says():
    app = MethodResponse(
        Response("200 OK", [("Server", "x")], [b"hi"]), {200: MethodResponseConfig(status_code=200)}
    )
    assert call_app(app, {"REQUEST_METHOD": "GET"}).header("Server") == "x"


def test_a_proxied_answer_without_a_type_is_json():
    assert (
        respond(Response("200 OK", [], iter([b"x"])), "HTTP_PROXY").header("Content-Type")
        == "application/json"
    )
    typed = Response("200 OK", [("content-type", "text/x")], iter([b"x"]))
    assert respond(typed, "HTTP_PROXY").header_values("Content-Type") == ["text/x"]


def test_the_trace_id_is_the_clients_whole():
    env = {"REQUEST_METHOD": "GET", "HTTP_X_AMZN_TRACE_ID": "Root=1-a;Parent=b;Sampled=1"}
    app = MethodResponse(Response(), {}, integration_type="HTTP")
    assert call_app(app, env).header("X-Amzn-Trace-Id") == "Root=1-a;Parent=b;Sampled=1"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "deflate, gzip"])
def test_an_http_proxy_keeps_a_coding_without_which_the_body_cannot_be_read(coding):
    response = respond(Response("200 OK", [("Content-Encoding", coding)], iter([b"x"])), "HTTP_PROXY")
    assert response.header("Content-Encoding") == coding


@pytest.mark.parametrize("coding", ["identity", "", "utf-8", "gzip, identity", "aws-chunked", "gzipped"])
def test_and_drops_any_other(coding):
    response = respond(Response("200 OK", [("Content-Encoding", coding)], iter([b"x"])), "HTTP_PROXY")
    assert response.header("Content-Encoding") is None


@pytest.mark.parametrize(
    ("kind", "length"), [("HTTP_PROXY", "5"), ("WSGI_PROXY", "5"), ("AWS_PROXY", "0"), ("HTTP", "0")]
)
def test_the_length_in_the_answer_to_a_head(kind, length):
    declared = {200: MethodResponseConfig(status_code=200)}
    backend = Response("200 OK", [("Content-Length", "5")], [b""])
    app = MethodResponse(backend, declared, integration_type=kind)
    assert call_app(app, {"REQUEST_METHOD": "HEAD"}).header("Content-Length") == length
