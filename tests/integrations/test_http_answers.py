"""What the client gets of what the backend says."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsgi_gateway.context import Deployment
from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_answer import (
    BackendBroken,
    Incoming,
    read_body,
    read_head,
)
from wsgi_gateway.wsgi import call_app

every_mode = pytest.mark.parametrize(
    "mode",
    [{}, {"proxy": True}, {"proxy": True, "streams_at_once": True}],
    ids=["buffered", "read ahead", "at once"],
)
OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def by_id(table):
    return [pytest.param(value, id=name) for name, value in table.items()]


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
        OK + b"Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nUpgrade: x\r\n"
        b"Proxy-Authenticate: Basic\r\n"
        b"Proxy-Connection: close\r\nproxy-anything: 1\r\nDate: now\r\nServer: s\r\nVia: v\r\n"
        b"Trailer: X-T\r\ntrailers: x\r\nTE: trailers\r\n" + LENGTH + b"\r\nok",
        200,
        [("Date", "now"), ("Server", "s"), ("Via", "v"), ("TE", "trailers"), ("Content-Length", "2")],
        b"ok",
    ),
    "a CGI status": (
        OK + b"Status: 500 Bad\r\nX-Status: 1\r\n" + LENGTH + b"\r\nok",
        200,
        [("X-Status", "1"), ("Content-Length", "2")],
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


@every_mode
@pytest.mark.parametrize(
    ("data", "status", "headers", "body"), [pytest.param(*row, id=name) for name, row in GOOD.items()]
)
def test_a_good_answer(data, status, headers, body, mode, answering, request_of):
    environ = request_of()
    response = call_app(Http(answering(data).url, **mode), environ)
    if mode == {"proxy": True} and status == 200 and b"content-length" not in data.lower():
        headers = [*headers, ("Content-Length", str(len(body)))]  # it is known by then
    renamed = ("x-amzn-Remapped-Connection",)  # a proxy says what the connection's header was
    kept = [pair for pair in response.headerlist if pair[0] not in renamed]
    assert (response.status_code, kept, response.body()) == (status, headers, body)
    assert (len(kept) < len(response.headerlist)) is (bool(mode) and b"\r\nConnection:" in data)
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


@every_mode
def test_the_answer_to_head_has_a_length_and_no_body(mode, echo, request_of):
    app = Http(echo.url, **mode)
    for _ in range(2):
        response = call_app(app, request_of("HEAD"))
        assert (response.header("Content-Length"), response.body()) == ("2", b"")
    assert echo.connections == 1


@every_mode
def test_no_length_is_made_up_for_what_has_no_body(mode, answering, request_of):
    for method, data in (("HEAD", CHUNKED), ("HEAD", OK + b"\r\n"), ("GET", b"HTTP/1.1 204 No\r\n\r\n")):
        response = call_app(Http(answering(data).url, **mode), request_of(method))
        assert (response.headerlist, response.body()) == ([], b"")


def test_a_get_that_becomes_a_head_has_no_false_length(echo, request_of):
    response = call_app(Http(echo.url, http_method="HEAD"), request_of("GET"))
    assert (response.headerlist, response.body()) == ([("X-Backend", "yes")], b"")


@every_mode
def test_bodies_are_not_decoded(mode, answering, request_of):
    bomb = gzip.compress(bytes(1_000_000))
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    response = call_app(Http(answering(head + bomb).url, **mode), request_of())
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
    assert call_app(Http(answering(data).url), environ).status_code == 502


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
    assert call_app(Http(backend.url), environ).status_code == 502
    assert backend.hung_up.acquire(timeout=5)


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
