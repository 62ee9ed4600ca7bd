"""What the client gets of what the backend says."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsgi_gateway.context import Deployment
from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_answer import (
    HEAD_LIMIT,
    BackendBroken,
    Incoming,
    read_body,
    read_head,
)
from wsgi_gateway.wsgi import call_app

both_modes = pytest.mark.parametrize("proxy", [False, True], ids=["buffered", "streamed"])


def by_id(table):
    return [pytest.param(value, id=name) for name, value in table.items()]


OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
BROKEN_HEADS = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "HTTP/0.9": b"<html>ok</html>",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.2": b"HTTP/1.2 200 OK\r\n\r\n",
    "a lower-case version": b"http/1.1 200 OK\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "the status line cut": b"HTTP/1.1 200",
    "the status line without its line end": b"HTTP/1.1 200 OK",
    "the head cut behind the status line": OK,
    "the head cut in a header": OK + b"X-A: 1",
    "the head cut behind a header": OK + b"X-A: 1\r\n",
    "the head cut in its last line end": OK + LENGTH + b"\r",
    "status 000": b"HTTP/1.1 000 None\r\n\r\n",
    "status 99": b"HTTP/1.1 99 Low\r\n\r\n",
    "status 999": b"HTTP/1.1 999 High\r\n\r\n",
    "status 600": b"HTTP/1.1 600 High\r\n\r\n",
    "status 0200": b"HTTP/1.1 0200 OK\r\n\r\n",
    "status -20": b"HTTP/1.1 -20 OK\r\n\r\n",
    "status 2e2": b"HTTP/1.1 2e2 OK\r\n\r\n",
    "status 101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "status 199": b"HTTP/1.1 199 Odd\r\n\r\n",
    "no blank before the status": b"HTTP/1.1200 OK\r\n\r\n",
    "two blanks before the status": b"HTTP/1.1  200 OK\r\n\r\n",
    "NUL in the reason": b"HTTP/1.1 200 O\0K\r\n\r\n",
    "line feeds for line ends": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "a bare line feed in a header": OK + b"X-A: 1\nX-B: 2\r\n" + LENGTH + b"\r\nok",
    "a bare carriage return in a header": OK + b"X-A: 1\rX-B: 2\r\n" + LENGTH + b"\r\nok",
    "a doubled carriage return": OK + b"X-A: 1\r\r\n" + LENGTH + b"\r\nok",
    "a bare line feed for the end of the head": OK + LENGTH + b"\nok",
    "a folded header": OK + b"X-A: 1\r\n X-B: 2\r\n" + LENGTH + b"\r\nok",
    "a folded first header": OK + b"\tX-B: 2\r\n" + LENGTH + b"\r\nok",
    "a blank before the colon": OK + b"X-A : 1\r\n" + LENGTH + b"\r\nok",
    "a header without a colon": OK + b"X-A\r\n" + LENGTH + b"\r\nok",
    "a header without a name": OK + b": 1\r\n" + LENGTH + b"\r\nok",
    "a header name with a blank": OK + b"X A: 1\r\n" + LENGTH + b"\r\nok",
    "a header name of 8 bits": OK + b"X-\xe9: 1\r\n" + LENGTH + b"\r\nok",
    "NUL in a header": OK + b"X-A: 1\x002\r\n" + LENGTH + b"\r\nok",
    "a control character in a header": OK + b"X-A: 1\x1b[2J\r\n" + LENGTH + b"\r\nok",
    "DEL in a header": OK + b"X-A: 1\x7f\r\n" + LENGTH + b"\r\nok",
    "a next-line character in a header": OK + b"X-A: 1\x85X-B: 2\r\n" + LENGTH + b"\r\nok",
    "a next-line character in UTF-8": OK + b"X-A: 1\xc2\x85X-B: 2\r\n" + LENGTH + b"\r\nok",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
    "two lengths in one": OK + b"Content-Length: 2, 3\r\n\r\nok!",
    "a length and chunks": OK + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -2\r\n\r\nok",
    "a length with a sign": OK + b"Content-Length: +2\r\n\r\nok",
    "a hexadecimal length": OK + b"Content-Length: 0x2\r\n\r\nok",
    "an empty length": OK + b"Content-Length:\r\n\r\nok",
    "an endless length": OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nok",
    "chunks twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunks and something else": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks in two headers": OK
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "an unknown coding": OK + b"Transfer-Encoding: identity\r\n\r\nok",
    "a coding with a vertical tab": OK + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "interim answers without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 51 + OK + LENGTH + b"\r\nok",
    "an interim answer only": b"HTTP/1.1 100 Continue\r\n\r\n",
    "an endless header": OK + b"X-A: " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
    "endless headers": OK + b"X-A: 1\r\n" * 10_000 + b"\r\n",
    "an endless status line": b"HTTP/1.1 200 " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
}
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN_BODIES = {
    "shorter than its length": OK + b"Content-Length: 9\r\n\r\nshort",
    "no body at all": OK + b"Content-Length: 9\r\n\r\n",
    "no chunk at all": CHUNKED,
    "cut in a chunk's size": CHUNKED + b"5",
    "cut in a chunk": CHUNKED + b"5\r\nhel",
    "cut behind a chunk": CHUNKED + b"5\r\nhello",
    "cut behind a chunk's line end": CHUNKED + b"5\r\nhello\r\n",
    "cut before the trailers' end": CHUNKED + b"5\r\nhello\r\n0\r\n",
    "cut in a trailer": CHUNKED + b"5\r\nhello\r\n0\r\nX-T: 1\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nhello\r\n0\r\n\r\n",
    "a chunk without a size": CHUNKED + b"\r\nhello\r\n0\r\n\r\n",
    "a chunk with a negative size": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a signed size": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a prefixed size": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk with an underscored size": CHUNKED + b"0_5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a blank before its size": CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n",
    "a chunk with an endless size": CHUNKED + b"0" * 100 + b"5\r\nhello\r\n0\r\n\r\n",
    "a chunk with a word for its size": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
    "line feeds for line ends": CHUNKED + b"5\nhello\n0\n\n",
    "a NUL in an extension": CHUNKED + b"5;a=\0\r\nhello\r\n0\r\n\r\n",
    "an endless extension": CHUNKED + b"5;" + b"a" * HEAD_LIMIT + b"\r\nhello\r\n0\r\n\r\n",
    "a malformed trailer": CHUNKED + b"5\r\nhello\r\n0\r\nno colon\r\n\r\n",
    "endless trailers": CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X-T: 1\r\n" * 10_000 + b"\r\n",
}


def assert_bad_gateway(response, environ):
    assert response.status_code == 502
    assert json.loads(response.body()) == {"message": "Internal server error"}
    assert {name for name, _ in response.headerlist} == {"Content-Type", "Content-Length", "x-amzn-ErrorType"}
    assert environ["wsgi_gateway.context"].error.response_type.name == "INTEGRATION_FAILURE"
    assert environ["wsgi_gateway.context"].integration_status is None


@both_modes
@pytest.mark.parametrize("data", by_id(BROKEN_HEADS))
def test_a_broken_head_is_502(data, proxy, answering, request_of):
    backend, environ = answering(data), request_of()
    assert_bad_gateway(call_app(Http(backend.url, proxy=proxy), environ), environ)
    assert backend.hung_up.acquire(timeout=5)
    assert backend.connections == 1


@pytest.mark.parametrize("data", by_id(BROKEN_BODIES))
def test_a_broken_body_is_502_when_buffered(data, answering, request_of):
    backend, environ = answering(data), request_of()
    assert_bad_gateway(call_app(Http(backend.url), environ), environ)
    assert backend.hung_up.acquire(timeout=5)


@pytest.mark.parametrize("data", by_id(BROKEN_BODIES))
def test_a_broken_body_never_ends_cleanly_when_streamed(data, answering, request_of):
    backend, environ = answering(data), request_of()
    response = call_app(Http(backend.url, proxy=True), environ)
    if response.status_code == 200:
        assert response.header("Content-Length") is None
        with pytest.raises(BackendBroken):
            b"".join(response.app_iter)
        assert list(response.app_iter) == []
        response.close()
    else:
        assert_bad_gateway(response, environ)
    assert backend.hung_up.acquire(timeout=5)


@both_modes
def test_a_reset_in_the_body_is_no_end(proxy, serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED + b"5\r\nhello\r\n")
        started.wait(5)
        peer.reset()

    started = threading.Event()
    backend, environ = serve(talk), request_of()
    if proxy:
        body = iter(call_app(Http(backend.url, proxy=True), environ).app_iter)
        assert next(body) == b"hello"
        started.set()
        with pytest.raises(BackendBroken):
            next(body)
    else:
        started.set()
        assert_bad_gateway(call_app(Http(backend.url), environ), environ)


@both_modes
def test_a_reset_before_the_head_is_502(proxy, serve, request_of):
    def talk(peer):
        peer.request()
        peer.reset()

    environ = request_of()
    assert_bad_gateway(call_app(Http(serve(talk).url, proxy=proxy), environ), environ)


GOOD = {
    "a length": (OK + LENGTH + b"\r\nok", 200, [("Content-Length", "2")], b"ok"),
    "the same length twice": (OK + LENGTH * 2 + b"\r\nok", 200, [("Content-Length", "2")], b"ok"),
    "the same length twice in one": (
        OK + b"content-length: 2, 2\r\n\r\nok",
        200,
        [("content-length", "2")],
        b"ok",
    ),
    "chunks": (CHUNKED + b"2\r\nok\r\n3;a=b\r\n!!!\r\n0\r\nX-T: 1\r\n\r\n", 200, [], b"ok!!!"),
    "chunks in capitals": (
        OK + b"TRANSFER-ENCODING: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
        200,
        [],
        b"0123456789",
    ),
    "an end of the connection": (OK + b"\r\nok", 200, [], b"ok"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", 200, [], b"ok"),
    "no reason": (b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, [("Content-Length", "0")], b""),
    "an unknown status": (
        b"HTTP/1.1 299 Fine\r\n" + LENGTH + b"\r\nok",
        299,
        [("Content-Length", "2")],
        b"ok",
    ),
    "204 with a length": (b"HTTP/1.1 204 No\r\n" + LENGTH + b"\r\nok", 204, [], b""),
    "304 with a length": (b"HTTP/1.1 304 No\r\nETag: a\r\n" + LENGTH + b"\r\n", 304, [("ETag", "a")], b""),
    "interim answers": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 2
        + b"HTTP/1.1 100 C\r\n\r\n" * 48
        + OK
        + LENGTH
        + b"\r\nok",
        200,
        [("Content-Length", "2")],
        b"ok",
    ),
    "blanks around values": (
        OK + b"X-A:\t 1 2 \t\r\nX-B:\r\n" + LENGTH + b"\r\nok",
        200,
        [("X-A", "1 2"), ("X-B", ""), ("Content-Length", "2")],
        b"ok",
    ),
    "repeated headers in their order": (
        OK + b"Set-Cookie: a=1\r\nx-b: 1\r\nset-cookie: b=2\r\n" + LENGTH + b"\r\nok",
        200,
        [("Set-Cookie", "a=1"), ("x-b", "1"), ("set-cookie", "b=2"), ("Content-Length", "2")],
        b"ok",
    ),
    "latin-1 and UTF-8 in headers": (
        OK + b"X-A: \xe9\r\nX-B: \xc3\x80\r\n" + LENGTH + b"\r\nok",
        200,
        [("X-A", "\xe9"), ("X-B", "\xc3\x80"), ("Content-Length", "2")],
        b"ok",
    ),
    "hop-by-hop headers": (
        OK
        + b"Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: x\r\nProxy-Authenticate: Basic\r\n"
        b"Proxy-Connection: close\r\nproxy-anything: 1\r\nDate: now\r\nServer: s\r\nVia: v\r\n"
        + LENGTH
        + b"\r\nok",
        200,
        [("Date", "now"), ("Server", "s"), ("Via", "v"), ("Content-Length", "2")],
        b"ok",
    ),
    "a length that Connection lists": (
        OK + b"Connection: content-length\r\n" + LENGTH + b"\r\nok",
        200,
        [("Content-Length", "2")],
        b"ok",
    ),
    "an answer too many": ((OK + LENGTH + b"\r\nok") * 2, 200, [("Content-Length", "2")], b"ok"),
}


@both_modes
@pytest.mark.parametrize(
    ("data", "status", "headers", "body"), [pytest.param(*row, id=name) for name, row in GOOD.items()]
)
def test_a_good_answer(data, status, headers, body, proxy, answering, request_of):
    environ = request_of()
    response = call_app(Http(answering(data).url, proxy=proxy), environ)
    assert (response.status_code, response.headerlist, response.body()) == (status, headers, body)
    assert environ["wsgi_gateway.context"].integration_status == status
    assert environ["wsgi_gateway.context"].error is None


@pytest.mark.parametrize(
    "data", by_id({name: row[0] for name, row in GOOD.items() if name != "an answer too many"})
)
def test_a_good_answer_may_come_byte_by_byte(data):
    receive = iter([data[at : at + 1] for at in range(len(data))])
    incoming = Incoming(lambda: next(receive, b""))
    head = read_head(incoming, "GET")
    whole = Incoming(iter([data, b""]).__next__)
    assert head == read_head(whole, "GET")
    assert b"".join(read_body(incoming, head)) == b"".join(read_body(whole, head))


@both_modes
def test_the_answer_to_head_has_a_length_and_no_body(proxy, echo, request_of):
    app = Http(echo.url, proxy=proxy)
    for _ in range(2):
        response = call_app(app, request_of("HEAD"))
        assert (response.header("Content-Length"), response.body()) == ("2", b"")
    assert echo.connections == 1


def test_a_get_that_becomes_a_head_has_no_false_length(echo, request_of):
    response = call_app(Http(echo.url, http_method="HEAD"), request_of("GET"))
    assert (response.headerlist, response.body()) == ([("X-Backend", "yes")], b"")


@both_modes
def test_bodies_are_not_decoded(proxy, answering, request_of):
    bomb = gzip.compress(bytes(1_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    response = call_app(Http(answering(head + bomb).url, proxy=proxy), request_of())
    assert response.body() == bomb
    assert response.header("Content-Encoding") == "gzip"


@pytest.mark.parametrize(
    "data",
    by_id(
        {
            "by its length": OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
            "in chunks": CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
            "until the end": OK + b"\r\n" + b"x" * 1001,
        }
    ),
)
def test_an_answer_above_the_payload_limit_is_502_when_buffered(data, answering, request_of):
    environ = request_of(deployment=Deployment(payload_limit=1000))
    assert_bad_gateway(call_app(Http(answering(data).url), environ), environ)


def test_an_answer_at_the_payload_limit_passes(answering, request_of):
    data = OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000
    environ = request_of(deployment=Deployment(payload_limit=1000))
    assert len(call_app(Http(answering(data).url), environ).body()) == 1000


@pytest.mark.parametrize("ending", [b"", b"Transfer-Encoding: chunked\r\n"], ids=["plain", "chunked"])
def test_an_endless_answer_is_cut_at_the_limit(ending, serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(OK + ending + b"\r\n")
        part = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        try:
            while not peer.backend.stopping.is_set():
                peer.send(part)
        finally:
            peer.backend.hung_up.release()

    backend = serve(talk)
    environ = request_of(deployment=Deployment(payload_limit=1_000_000))
    assert_bad_gateway(call_app(Http(backend.url), environ), environ)
    assert backend.hung_up.acquire(timeout=5)


# ------------------------------------------------------------------ streaming


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


# ------------------------------------------------------------------ no way there


def test_a_refused_connection_is_500(request_of):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environ = request_of()
    response = call_app(Http(f"http://127.0.0.1:{port}/"), environ)
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})
    assert environ["wsgi_gateway.context"].error.response_type.name == "INTEGRATION_FAILURE"


def test_a_name_that_does_not_resolve_is_500(request_of, monkeypatch):
    def fail(*args, **options):
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert call_app(Http("http://backend.invalid/"), request_of()).status_code == 500


def test_no_way_to_the_network_is_504(request_of, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("255.255.255.255", 9))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    environ = request_of()
    response = call_app(Http("http://backend.invalid/"), environ)
    assert response.status_code == 504
    assert json.loads(response.body()) == {"message": "Network error communicating with endpoint"}


def test_the_second_address_is_tried_when_the_first_refuses(echo, request_of, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        unused = listener.getsockname()
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    found = [(*kind, unused), (*kind, ("127.0.0.1", echo.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    assert call_app(Http("http://backend.invalid/"), request_of()).status_code == 200


# ------------------------------------------------------------------ any bytes at all


def read_all(data, method):
    """Head and body of ``data`` as a backend's whole connection."""
    incoming = Incoming(iter([data, b"", b"", b"", b""]).__next__)
    head = read_head(incoming, method)
    return head, b"".join(read_body(incoming, head))


pieces = st.lists(
    st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 204\r\n",
            b"HTTP/1.1 100 C\r\n\r\n",
            b"Content-Length: 3\r\n",
            b"X: \xff\r\n",
            b"Content-Length: 4\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"\r\n",
            b"\n",
            b"\r",
            b"3\r\nabc\r\n",
            b"0\r\n\r\n",
            b"abc",
            b" ",
            b":",
            b"\0",
            b"Connection: close\r\n",
        ]
    )
    | st.binary(max_size=3),
    max_size=12,
)


@given(pieces, st.sampled_from(["GET", "HEAD"]))
@example([b"HTTP/1.1 200 OK\r\n", b"Content-Length: 3\r\n", b"\r\n", b"abc"], "GET")
def test_whatever_comes_is_an_answer_by_the_letter_or_broken(parts, method):
    try:
        head, body = read_all(b"".join(parts), method)
    except BackendBroken:
        return
    assert 200 <= head.status <= 599
    assert head.length is None or head.length == len(body)
    for name, value in head.headers:
        assert name.isascii()
        assert not {"\r", "\n", "\0", ":", " "} & set(name)
        assert not {"\r", "\n", "\0"} & set(value)
        assert len(value.splitlines()) <= 1
