"""What the client gets when the backend does not speak HTTP by the letter."""

from __future__ import annotations

import json
import threading

import pytest

from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_answer import (
    HEAD_LIMIT,
    BackendBroken,
    Incoming,
)
from wsgi_gateway.integrations.http_response import READ_AHEAD
from wsgi_gateway.wsgi import call_app

every_mode = pytest.mark.parametrize(
    "mode",
    [{}, {"proxy": True}, {"proxy": True, "streams_at_once": True}],
    ids=["buffered", "read ahead", "at once"],
)


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
    "many short headers": OK + b"a:\r\n" * 257 + LENGTH + b"\r\nok",
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


@every_mode
@pytest.mark.parametrize("data", by_id(BROKEN_HEADS))
def test_a_broken_head_is_502(data, mode, answering, request_of):
    backend, environ = answering(data), request_of()
    assert_bad_gateway(call_app(Http(backend.url, **mode), environ), environ)
    assert backend.hung_up.acquire(timeout=5)
    assert backend.connections == 1


@pytest.mark.parametrize("proxy", [False, True], ids=["buffered", "read ahead"])
@pytest.mark.parametrize("data", by_id(BROKEN_BODIES))
def test_a_broken_body_is_502_as_long_as_the_head_is_held_back(data, proxy, answering, request_of):
    backend, environ = answering(data), request_of()
    assert_bad_gateway(call_app(Http(backend.url, proxy=proxy), environ), environ)
    assert backend.hung_up.acquire(timeout=5)


@pytest.mark.parametrize("data", by_id(BROKEN_BODIES))
def test_a_broken_body_never_ends_cleanly_when_it_streams_at_once(data, answering, request_of):
    backend, environ = answering(data), request_of()
    response = call_app(Http(backend.url, proxy=True, streams_at_once=True), environ)
    assert response.status_code == 200
    body = iter(response.app_iter)
    assert next(body) == b""  # makes the server send the head
    with pytest.raises(BackendBroken):
        b"".join(body)
    assert list(response.app_iter) == []
    response.close()
    assert backend.hung_up.acquire(timeout=5)


LONG = b"x" * (READ_AHEAD + 1)
LONG_CHUNK = b"%x\r\n%b\r\n" % (len(LONG), LONG)


@pytest.mark.parametrize(
    "data",
    by_id(
        {
            "shorter than its length": OK + b"Content-Length: 1000000\r\n\r\n" + LONG,
            "cut behind a chunk": CHUNKED + LONG_CHUNK,
            "cut in a chunk": CHUNKED + LONG_CHUNK + b"9\r\nx",
            "a bad chunk": CHUNKED + LONG_CHUNK + b"ZZ\r\nok",
        }
    ),
)
def test_what_breaks_after_the_head_is_out_raises_behind_what_came(data, answering, request_of):
    backend, environ = answering(data), request_of()
    response = call_app(Http(backend.url, proxy=True), environ)
    assert response.status_code == 200
    body, got = iter(response.app_iter), []
    with pytest.raises(BackendBroken):
        got.extend(body)
    assert b"".join(got).startswith(LONG)
    assert list(body) == []
    assert backend.hung_up.acquire(timeout=5)


def test_a_long_answer_that_breaks_early_is_502(answering, request_of):
    environ = request_of()
    backend = answering(OK + b"Content-Length: 1000000\r\n\r\n" + b"x" * (READ_AHEAD - 1))
    assert_bad_gateway(call_app(Http(backend.url, proxy=True), environ), environ)
    assert backend.hung_up.acquire(timeout=5)


@every_mode
def test_a_reset_in_the_body_is_no_end(mode, serve, request_of):
    def talk(peer):
        peer.request()
        peer.send(CHUNKED + b"5\r\nhello\r\n")
        started.wait(5)
        peer.reset()

    started = threading.Event()
    backend, environ = serve(talk), request_of()
    if "streams_at_once" in mode:
        body = iter(call_app(Http(backend.url, **mode), environ).app_iter)
        assert [next(body), next(body)] == [b"", b"hello"]
        started.set()
        with pytest.raises(BackendBroken):
            next(body)
    else:
        started.set()
        assert_bad_gateway(call_app(Http(backend.url, **mode), environ), environ)


@every_mode
def test_a_reset_before_the_head_is_502(mode, serve, request_of):
    def talk(peer):
        peer.request()
        peer.reset()

    environ = request_of()
    assert_bad_gateway(call_app(Http(serve(talk).url, **mode), environ), environ)


@pytest.mark.parametrize("line", [b"a\rb\r\n", b"\r\r\n", b"a\n", b"\n", b"abcdefgh\r\n"])
def test_a_line_ends_with_its_only_line_end(line):
    with pytest.raises(BackendBroken):
        Incoming(iter([line, b""]).__next__).line(9)
