"""Answers that stream to the client."""

from __future__ import annotations

import threading
import tracemalloc

from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import call_app

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def test_100_megabytes_stream_through_less_than_one(serve, request_of):
    part, parts = b"x" * 1_000_000, 100

    def talk(peer):
        peer.request()
        peer.send(OK + b"Content-Length: %d\r\n\r\n" % (len(part) * parts))
        for _ in range(parts):
            peer.send(part)
        peer.wait_for_close()

    response = call_app(Http(serve(talk).url, proxy=True), request_of())
    assert response.header("Content-Length") == "100000000"
    tracemalloc.start()
    try:
        assert sum(len(piece) for piece in response.app_iter) == 100_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_parts_go_on_as_they_come(serve, request_of):
    seen = threading.Semaphore(0)

    def talk(peer):
        peer.request()
        peer.send(CHUNKED)
        for part in (b"1\r\na\r\n", b"1\r\nb\r\n", b"0\r\n\r\n"):
            peer.send(part)
            seen.acquire(timeout=5)
        peer.request()

    backend = serve(talk)
    parts = []
    for part in call_app(Http(backend.url, proxy=True), request_of()).app_iter:
        parts.append(part)
        seen.release()
    seen.release()
    assert parts == [b"a", b"b"]


def test_a_client_that_goes_away_closes_the_backends_connection(serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED + b"5\r\nhello\r\n")
        peer.wait_for_close()

    backend = serve(talk)
    response = call_app(Http(backend.url, proxy=True), request_of())
    assert next(iter(response.app_iter)) == b"hello"
    for _ in range(2):
        response.app_iter.close()
    assert backend.hung_up.acquire(timeout=5)
    assert not backend.hung_up.acquire(blocking=False)
    assert list(response.app_iter) == []


def test_a_client_that_goes_away_before_the_body_does_too(serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED)
        peer.wait_for_close()

    backend = serve(talk)
    call_app(Http(backend.url, proxy=True), request_of()).close()
    assert backend.hung_up.acquire(timeout=5)


def test_a_streamed_answer_gives_its_connection_back_once(serve, request_of):
    def talk(peer):
        while peer.request():
            peer.send(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")

    backend = serve(talk)
    app = Http(backend.url, proxy=True)
    for _ in range(3):
        response = call_app(app, request_of())
        assert b"".join(response.app_iter) == b"hello"
        response.app_iter.close()
        response.close()
    assert backend.connections == 1
