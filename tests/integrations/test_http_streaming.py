"""Answers that stream to the client, and what is read of them before their head goes out."""

from __future__ import annotations

import threading
import tracemalloc
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_answer import Head
from wsgi_gateway.integrations.http_response import READ_AHEAD, read_ahead
from wsgi_gateway.wsgi import call_app

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
both_streams = pytest.mark.parametrize("at_once", [False, True], ids=["read ahead", "at once"])


def by_length(data):
    return OK + b"Content-Length: %d\r\n\r\n" % len(data) + data


def in_chunks(data):
    parts = [data[at : at + 1000] for at in range(0, len(data), 1000)]
    return CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def until_the_end(data):
    return OK + b"\r\n" + data


every_framing = pytest.mark.parametrize(
    "framed",
    [
        pytest.param(by_length, id="by its length"),
        pytest.param(in_chunks, id="in chunks"),
        pytest.param(until_the_end, id="until the end"),
    ],
)


@every_framing
@pytest.mark.parametrize("size", [0, 1, READ_AHEAD - 1, READ_AHEAD])
def test_what_ends_within_64_kilobytes_goes_out_whole_with_its_length(size, framed, answering, request_of):
    data = b"x" * size
    response = call_app(Http(answering(framed(data)).url, proxy=True), request_of())
    assert response.app_iter == [data]
    assert response.header_values("Content-Length") == [str(size)]


@every_framing
def test_what_does_not_streams(framed, answering, request_of):
    data = bytes(range(256)) * 1000
    response = call_app(Http(answering(framed(data)).url, proxy=True), request_of())
    parts = list(response.app_iter)
    assert b"".join(parts) == data
    assert READ_AHEAD < len(parts[0]) <= 2 * READ_AHEAD
    assert len(parts) > 1
    declared = [str(len(data))] if framed is by_length else []
    assert response.header_values("Content-Length") == declared


def test_reading_ahead_holds_no_more_than_it_reads():
    class Reply:
        head = Head(200, [], None, is_chunked=True, keeps_alive=True)

        def __iter__(self):
            return (bytes(range(2)) for _ in range(READ_AHEAD // 2))

    tracemalloc.start()
    try:
        response = read_ahead(Reply(), [], 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(response.body()) == READ_AHEAD
    assert peak < 4 * READ_AHEAD


@both_streams
@pytest.mark.parametrize("chunked", [False, True], ids=["by its length", "in chunks"])
def test_100_megabytes_stream_through_less_than_one(chunked, at_once, serve, request_of):
    part, parts = b"x" * 1_000_000, 100
    length = b"" if chunked else b"Content-Length: %d\r\n\r\n" % (len(part) * parts)
    before, after = (b"%x\r\n" % len(part), b"\r\n") if chunked else (b"", b"")

    def talk(peer):
        peer.request()
        peer.send(CHUNKED if chunked else OK + length)
        for _ in range(parts):
            for piece in (before, part, after):
                peer.send(piece)
        peer.send(b"0\r\n\r\n" if chunked else b"")
        peer.wait_for_close()

    app = Http(serve(talk).url, proxy=True, streams_at_once=at_once)
    app._endpoint()  # what it imports is not the answer's
    environ = request_of()
    tracemalloc.start()
    try:
        response = call_app(app, environ)
        assert sum(len(piece) for piece in response.app_iter) == 100_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    app.close()


def test_the_head_and_the_parts_go_on_as_they_come_when_it_streams_at_once(serve, request_of):
    seen = threading.Semaphore(0)

    def talk(peer):
        peer.request()
        for part in (CHUNKED, b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"):
            peer.send(part)
            assert seen.acquire(timeout=5)
        peer.request()

    backend = serve(talk)
    parts = []
    response = call_app(Http(backend.url, proxy=True, streams_at_once=True), request_of())
    assert response.status_code == 200
    for part in response.app_iter:
        parts.append(part)
        seen.release()
    seen.release()
    assert parts == [b"", b"a", b"b"]


def test_parts_go_on_as_they_come_after_what_was_read_ahead(serve, request_of):
    seen = threading.Semaphore(0)
    first = b"x" * (READ_AHEAD + 1)

    def talk(peer):
        peer.request()
        peer.send(CHUNKED)
        for part in (first, b"a", b"b", b""):
            peer.send(b"%x\r\n%b\r\n" % (len(part), part))
            assert seen.acquire(timeout=5)
        peer.request()

    backend = serve(talk)
    body = iter(call_app(Http(backend.url, proxy=True), request_of()).app_iter)
    read_bytes, parts = 0, []
    for part in body:
        read_bytes += len(part)
        if read_bytes >= len(first):
            parts.append(part)
            seen.release()
    seen.release()
    assert parts[1:] == [b"a", b"b"]
    assert read_bytes == len(first) + 2


LONG_PART = b"%x\r\n" % 100_000 + b"x" * 100_000 + b"\r\n"


@both_streams
def test_a_client_that_goes_away_closes_the_backends_connection(at_once, serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED + LONG_PART)
        peer.wait_for_close()

    backend = serve(talk)
    response = call_app(Http(backend.url, proxy=True, streams_at_once=at_once), request_of())
    next(iter(response.app_iter))
    for _ in range(2):
        response.app_iter.close()
    assert backend.hung_up.acquire(timeout=5)
    assert not backend.hung_up.acquire(blocking=False)
    assert list(response.app_iter) == []


@both_streams
def test_a_client_that_goes_away_before_the_body_does_too(at_once, serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED + LONG_PART)
        peer.wait_for_close()

    backend = serve(talk)
    response = call_app(Http(backend.url, proxy=True, streams_at_once=at_once), request_of())
    body = response.app_iter
    response.close()
    assert list(body) == []
    assert backend.hung_up.acquire(timeout=5)


@both_streams
@pytest.mark.parametrize("part", [b"5\r\nhello\r\n", LONG_PART], ids=["short", "long"])
def test_an_answer_gives_its_connection_back_once(part, at_once, serve, request_of):
    def talk(peer):
        while peer.request():
            peer.send(CHUNKED + part + b"0\r\n\r\n")

    backend = serve(talk)
    app = Http(backend.url, proxy=True, streams_at_once=at_once)
    for _ in range(3):
        response = call_app(app, request_of())
        assert len(b"".join(response.app_iter)) == int(part.partition(b"\r")[0], 16)
        if at_once or part is LONG_PART:
            response.app_iter.close()
        response.close()
    assert backend.connections == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_streaming_at_once_keeps_the_protocol(method, serve):
    def talk(peer):
        peer.request()
        body = b"" if method == "HEAD" else b"2\r\nok\r\n0\r\n\r\n"
        peer.send(OK + b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        peer.wait_for_close()

    environ = {"REQUEST_METHOD": method}
    setup_testing_defaults(environ)
    environ["QUERY_STRING"] = ""
    app = Http(serve(talk).url, proxy=True, streams_at_once=True)
    assert call_app(validator(app), environ).body() == (b"" if method == "HEAD" else b"ok")
    app.close()


@pytest.mark.parametrize(("transfer", "first"), [("BUFFERED", b"ok"), ("STREAM", b"")])
def test_the_response_transfer_mode_decides_in_a_gateway(transfer, first, answering, request_of):
    backend = answering(CHUNKED + b"2\r\nok\r\n0\r\n\r\n")
    integration = IntegrationConfig(
        type="HTTP_PROXY", http_method="GET", uri=backend.url, response_transfer_mode=transfer
    )
    method = MethodConfig(http_method="GET", integration=integration)
    gateway = Gateway(RestApiConfig(name="an API", resources={"/": {"GET": method}}))
    response = call_app(gateway, request_of())
    body = iter(response.app_iter)
    assert (next(body), b"".join(body)) == (first, b"ok"[len(first) :])


@both_streams
def test_an_answer_without_a_body_gives_its_connection_back_even_unread(at_once, echo, request_of):
    app = Http(echo.url, proxy=True, streams_at_once=at_once)
    for _ in range(2):
        call_app(app, request_of("HEAD")).close()
    assert echo.connections == 1
    app.close()
