"""HTTP and HTTP_PROXY behind a Gateway: what a client gets of an answer's framing and coding."""

from __future__ import annotations

import gzip

import pytest

from wsgi_gateway import (
    Gateway,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    RestApiConfig,
)
from wsgi_gateway.wsgi import call_app

TEXT = b"tea and " * 200


def gateway_of(backend, kind="HTTP_PROXY", *, statuses=(200,), minimum=None, verb="ANY", **integration):
    config = IntegrationConfig(type=kind, http_method=verb, uri=backend.url, **integration)
    declared = {status: MethodResponseConfig(status_code=status) for status in statuses}
    method = MethodConfig(http_method="ANY", integration=config, method_responses=declared)
    return Gateway(RestApiConfig(resources={"/": {"ANY": method}}, minimum_compression_size=minimum))


def lengths(response):
    return response.header_values("Content-Length"), response.header_values("x-amzn-Remapped-Content-Length")


@pytest.mark.parametrize(
    ("data", "remapped"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ["2"], id="by its length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", [], id="in chunks"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nok", [], id="until the end"),
    ],
)
def test_a_length_that_the_backend_did_not_send_is_not_renamed(data, remapped, answering, request_of):
    response = call_app(gateway_of(answering(data)), request_of())
    assert response.body() == b"ok"
    assert lengths(response) == (["2"], remapped)


@pytest.mark.parametrize(
    ("told", "length", "remapped"),
    [
        pytest.param(b"Content-Length: 5\r\n", ["5"], ["5"], id="as the backend tells it"),
        pytest.param(b"Content-Length: 0\r\n", ["0"], ["0"], id="even none"),
        pytest.param(b"Transfer-Encoding: chunked\r\n", [], [], id="or not at all"),
    ],
)
def test_the_answer_to_a_head_tells_the_length_of_another(told, length, remapped, answering, request_of):
    response = call_app(gateway_of(answering(b"HTTP/1.1 200 OK\r\n" + told + b"\r\n")), request_of("HEAD"))
    assert (response.status_code, response.body()) == (200, b"")
    assert lengths(response) == (length, remapped)


def test_a_head_that_was_none_for_the_client_is_not_framed_as_one(answering, request_of):
    backend = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    response = call_app(gateway_of(backend), request_of("POST", HTTP_X_HTTP_METHOD_OVERRIDE="HEAD"))
    assert (response.body(), response.header_values("Content-Length")) == (b"", [])


def test_one_answer_without_a_length_does_not_matter_to_the_next(serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    gateway = gateway_of(serve(talk))
    assert [lengths(call_app(gateway, request_of()))[1] for _ in range(2)] == [[], ["2"]]


def coded(data, *headers):
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(data), *headers, b"", data]
    return b"\r\n".join(lines)


def test_an_answer_that_the_backend_coded_is_what_the_client_reads(answering, request_of):
    backend = answering(coded(gzip.compress(TEXT), b"Content-Encoding: gzip"))
    response = call_app(gateway_of(backend, minimum=0), request_of(HTTP_ACCEPT_ENCODING="gzip"))
    assert response.header_values("Content-Encoding") == ["gzip"]
    assert gzip.decompress(response.body()) == TEXT
    assert b"\r\nAccept-Encoding: gzip\r\n" in backend.heads[0]


@pytest.mark.parametrize("size", [1600, 300_000], ids=["a short one", "one that streams"])
def test_an_answer_that_it_did_not_is_compressed_by_the_gateway(size, answering, request_of):
    data = b"x" * size
    backend = answering(coded(data, b"Content-Encoding: identity"))
    response = call_app(gateway_of(backend, minimum=1000), request_of(HTTP_ACCEPT_ENCODING="gzip"))
    assert response.header_values("Content-Encoding") == ["gzip"]
    body = b"".join(response.app_iter)
    response.close()
    assert gzip.decompress(body) == data


def test_a_mapped_answer_is_measured_as_it_goes_out(answering, request_of):
    backend = answering(coded(b"{}"))
    entry = IntegrationResponseConfig(status_code=200, response_templates={"application/json": "x" * 2000})
    gateway = gateway_of(backend, "HTTP", minimum=1000, integration_responses=[entry])
    response = call_app(gateway, request_of(HTTP_ACCEPT_ENCODING="deflate, gzip;q=0.9"))
    assert response.header("Content-Encoding") == "deflate"
    assert lengths(response)[0] == [str(len(response.body()))]


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_coded_request_reaches_the_backend_decoded_with_one_length(kind, echo, request_of):
    entry = IntegrationResponseConfig(status_code=200)
    gateway = gateway_of(echo, kind, integration_responses=[] if kind == "HTTP_PROXY" else [entry])
    body = gzip.compress(TEXT)
    request = request_of("POST", body=body, HTTP_CONTENT_ENCODING="gzip", CONTENT_TYPE="text/plain")
    assert call_app(gateway, request).status_code == 200
    assert echo.bodies == [TEXT]
    head = echo.heads[0].lower()
    assert head.count(b"content-length: %d\r\n" % len(TEXT)) == 1
    assert b"content-encoding" not in head
    assert b"transfer-encoding" not in head


def test_a_coded_request_that_is_not_what_it_says_never_reaches_the_backend(echo, request_of):
    request = request_of("POST", body=b"plain", HTTP_CONTENT_ENCODING="gzip")
    assert call_app(gateway_of(echo), request).status_code == 415
    assert echo.heads == []


@pytest.mark.parametrize(
    ("backend_status", "pattern", "statuses", "status"),
    [
        pytest.param(400, None, (200,), 200, id="only a default one: the client never sees the 400"),
        pytest.param(404, "4..", (200, 410), 410, id="a pattern over all of the status"),
        pytest.param(404, "40", (200, 410), 200, id="a pattern over a part of it does not match"),
        pytest.param(200, ".*", (200, 410), 410, id="a pattern for everything hides the default one"),
    ],
)
def test_what_a_status_of_the_backend_means(backend_status, pattern, statuses, status, answering, request_of):
    backend = answering(b"HTTP/1.1 %d X\r\nContent-Length: 2\r\n\r\nno" % backend_status)
    entries = [IntegrationResponseConfig(status_code=200)]
    if pattern is not None:
        entries.insert(0, IntegrationResponseConfig(status_code=410, selection_pattern=pattern))
    gateway = gateway_of(backend, "HTTP", statuses=statuses, integration_responses=entries)
    assert call_app(gateway, request_of()).status_code == status


def test_a_status_that_the_method_does_not_declare_is_a_server_error_and_told(answering, request_of):
    backend = answering(b"HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno")
    entries = [IntegrationResponseConfig(status_code=410, selection_pattern="4..")]
    gateway = gateway_of(backend, "HTTP", integration_responses=entries)
    assert "status-undeclared" in [problem.code for problem in gateway.warnings]
    assert call_app(gateway, request_of()).status_code == 500
