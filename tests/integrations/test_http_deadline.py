"""The timeout is a deadline for the whole exchange, however the backend fills the time."""

from __future__ import annotations

import json
import socket

import pytest

from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_answer import Head
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded
from wsgi_gateway.integrations.http_response import READ_AHEAD
from wsgi_gateway.integrations.http_session import Reply
from wsgi_gateway.integrations.http_upload import Upload
from wsgi_gateway.wsgi import call_app

SHORT = 0.3
TICK = 0.02
HEAD = b"HTTP/1.1 200 OK\r\n"
every_mode = pytest.mark.parametrize(
    "mode",
    [{}, {"proxy": True}, {"proxy": True, "streams_at_once": True}],
    ids=["buffered", "read ahead", "at once"],
)


def dripping(before, drop):
    """Send ``before`` at once and then ``drop`` again and again, until the gateway hangs up."""

    def talk(peer):
        peer.request()
        try:
            peer.send(before)
            while not peer.backend.stopping.wait(TICK):
                peer.send(drop)
        finally:
            peer.backend.hung_up.release()

    return talk


def silent(peer):
    peer.request()
    peer.wait_for_close()


HEADS = {
    "silence": silent,
    "a head that drips": dripping(b"HTTP/1.1 200 O", b"K"),
    "headers that drip": dripping(HEAD, b"X-A: 1\r\n"),
    "interim answers that drip": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
BODIES = {
    "a body that drips": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "chunks that drip": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "a chunk's size that drips": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers that drip": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-T: 1\r\n"),
    "an endless body that drips": dripping(HEAD + b"\r\n", b"x"),
}


def by_id(table):
    return [pytest.param(value, id=name) for name, value in table.items()]


def assert_timed_out(response, environ):
    assert (response.status_code, json.loads(response.body())) == (
        504,
        {"message": "Endpoint request timed out"},
    )
    assert environ["wsgi_gateway.context"].error.response_type.name == "INTEGRATION_TIMEOUT"
    assert environ["wsgi_gateway.context"].integration_status is None


@every_mode
@pytest.mark.parametrize("talk", by_id(HEADS))
def test_a_head_that_does_not_come_is_504(talk, mode, serve, request_of):
    backend, environ = serve(talk), request_of()
    assert_timed_out(call_app(Http(backend.url, timeout=SHORT, **mode), environ), environ)
    assert backend.hung_up.acquire(timeout=5)
    assert (backend.connections, len(backend.heads)) == (1, 1)


@pytest.mark.parametrize("proxy", [False, True], ids=["buffered", "read ahead"])
@pytest.mark.parametrize("talk", by_id(BODIES))
def test_a_body_that_does_not_end_is_504_as_long_as_the_head_is_held_back(talk, proxy, serve, request_of):
    backend, environ = serve(talk), request_of()
    assert_timed_out(call_app(Http(backend.url, timeout=SHORT, proxy=proxy), environ), environ)
    assert backend.hung_up.acquire(timeout=5)


@pytest.mark.parametrize("talk", by_id(BODIES))
def test_a_body_that_does_not_end_is_cut_when_it_streams_at_once(talk, serve, request_of):
    backend, environ = serve(talk), request_of()
    response = call_app(Http(backend.url, timeout=SHORT, proxy=True, streams_at_once=True), environ)
    assert response.status_code == 200
    with pytest.raises(DeadlineExceeded):
        for _ in response.app_iter:
            pass
    assert backend.hung_up.acquire(timeout=5)


def test_a_long_body_that_does_not_end_is_cut(serve, request_of):
    first = b"x" * (READ_AHEAD + 1)
    backend = serve(dripping(HEAD + b"Content-Length: 1000000\r\n\r\n" + first, b"x"))
    response = call_app(Http(backend.url, timeout=SHORT, proxy=True), request_of())
    body = iter(response.app_iter)
    assert len(next(body)) > READ_AHEAD
    with pytest.raises(DeadlineExceeded):
        for _ in body:
            pass
    assert backend.hung_up.acquire(timeout=5)


def test_a_backend_that_does_not_read_is_504(serve, request_of):
    def talk(peer):
        peer.backend.stopping.wait(5)

    environ = request_of("POST", body=b"x" * 9_000_000)
    assert_timed_out(call_app(Http(serve(talk).url, timeout=SHORT), environ), environ)


def test_a_backend_that_does_not_accept_is_504(request_of):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # Connections that nobody accepts fill the queue, so that the next one gets no answer.
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        environ = request_of()
        response = call_app(Http(f"http://127.0.0.1:{address[1]}/", timeout=SHORT), environ)
        for sock in waiting:
            sock.close()
    assert_timed_out(response, environ)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_the_time_a_client_takes_to_send_does_not_count(request_of):
    clock = Clock()

    class Slow:
        def read(self, size):
            clock.now += 100
            return b"x" * size

    deadline = Deadline(10, clock)
    upload = Upload(request_of("POST", body=Slow(), length=200_000), "POST", 200_000, deadline)
    assert len(upload.first) + sum(map(len, upload)) == 200_000
    assert deadline.remaining() == 10
    assert clock.now == 100 + 4 * 100


def test_the_time_a_client_takes_to_read_does_not_count():
    clock = Clock()

    def body():
        for part in (b"a", b"b"):
            clock.now += 1
            yield part

    class OneConnection:
        deadline = Deadline(10, clock)

    class Exchange:
        finished = 0

        def finish(self, connection, reusable):
            self.finished += 1

    exchange = Exchange()
    head = Head(200, [], None, is_chunked=False, keeps_alive=True)
    parts = []
    for part in Reply(head, body(), OneConnection(), exchange):
        parts.append(part)
        clock.now += 100
    OneConnection.deadline.resume()
    assert (parts, OneConnection.deadline.remaining(), exchange.finished) == ([b"a", b"b"], 8, 1)


def test_a_deadline_counts_down_and_stands_still_when_paused():
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 4
    assert deadline.remaining() == 6
    deadline.pause()
    clock.now += 100
    deadline.pause()
    clock.now += 100
    deadline.resume()
    deadline.resume()
    assert deadline.remaining() == 6
    clock.now += 6
    with pytest.raises(DeadlineExceeded):
        deadline.remaining()
