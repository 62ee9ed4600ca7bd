"""The one thing that is tried again: a kept connection that ends before the first byte of an answer."""

from __future__ import annotations

import socket
import threading

import pytest
import requests

from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_connection import Connection, ConnectionPool
from wsgi_gateway.wsgi import call_app

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def keeping_once(end):
    """A backend whose first connection serves one request and then does ``end(peer)``; others serve on."""

    def talk(peer):
        is_first = peer.backend.connections == 1
        peer.request()
        peer.send(ANSWER)
        if is_first:
            end(peer)
            return
        while peer.request():
            peer.send(ANSWER)

    return talk


def ends(peer):
    peer.request()


def resets(peer):
    peer.request()
    peer.reset()


def used_app(backend, request_of, **options):
    """An app with one connection that has served a request."""
    app = Http(backend.url, **options)
    assert call_app(app, request_of()).status_code == 200
    return app


SENT_AGAIN = [
    ("GET", b""),
    ("HEAD", b""),
    ("OPTIONS", b""),
    ("PUT", b"abc"),
    ("DELETE", b""),
    ("DELETE", b"a"),
]


@pytest.mark.parametrize("end", [ends, resets])
@pytest.mark.parametrize(("method", "body"), SENT_AGAIN)
def test_a_kept_connection_that_ends_is_replaced_for_what_may_be_sent_twice(
    method, body, end, serve, request_of
):
    backend = serve(keeping_once(end))
    app = used_app(backend, request_of)
    assert call_app(app, request_of(method, body=body)).status_code == 200
    assert backend.connections == 2
    assert backend.heads[1] == backend.heads[2]
    assert backend.bodies[1:] == [body, body]
    app.close()


def test_a_backend_that_closes_while_its_connection_is_taken_is_asked_on_another(
    serve, request_of, monkeypatch
):
    closed = threading.Event()

    def closes(peer):
        peer.file.close()
        peer.socket.close()
        closed.set()

    backend = serve(keeping_once(closes))
    app = used_app(backend, request_of)
    assert closed.wait(5)
    monkeypatch.setattr(Connection, "has_news", False)  # it looked good a moment ago
    assert call_app(app, request_of("PUT", body=b"x" * 60_000)).status_code == 200
    assert (backend.connections, len(backend.heads), len(backend.bodies[-1])) == (2, 2, 60_000)
    app.close()


@pytest.mark.parametrize("end", [ends, resets])
@pytest.mark.parametrize(
    ("method", "size"),
    [
        pytest.param("POST", 0, id="a POST"),
        pytest.param("PATCH", 3, id="a PATCH"),
        pytest.param("PUT", 200_000, id="a PUT with a body that is not in memory any more"),
    ],
)
def test_what_must_not_be_sent_twice_is_not(method, size, end, serve, request_of):
    backend = serve(keeping_once(end))
    app = used_app(backend, request_of)
    assert call_app(app, request_of(method, body=b"x" * size)).status_code == 502
    assert (backend.connections, len(backend.heads)) == (1, 2)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"H", id="one byte"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="an interim answer"),
        pytest.param(b"hello\r\n", id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", id="a body cut short"),
    ],
)
@pytest.mark.parametrize("proxy", [False, True])
def test_what_has_begun_to_be_answered_is_not_sent_twice(data, proxy, serve, request_of):
    def breaks(peer):
        peer.request()
        peer.send(data)

    backend = serve(keeping_once(breaks))
    app = used_app(backend, request_of, proxy=proxy)
    assert call_app(app, request_of()).status_code == 502
    assert (backend.connections, len(backend.heads)) == (1, 2)


def test_silence_is_no_reason_to_send_twice(serve, request_of):
    def silent(peer):
        peer.request()
        peer.wait_for_close()

    backend = serve(keeping_once(silent))
    app = used_app(backend, request_of, timeout=0.3)
    assert call_app(app, request_of()).status_code == 504
    assert backend.hung_up.acquire(timeout=5)
    assert (backend.connections, len(backend.heads)) == (1, 2)


def test_there_is_no_third_try(serve, request_of):
    def talk(peer):
        if peer.backend.connections == 1:
            peer.request()
            peer.send(ANSWER)
        peer.request()

    backend = serve(talk)
    app = used_app(backend, request_of)
    assert call_app(app, request_of()).status_code == 502
    assert (backend.connections, len(backend.heads)) == (2, 3)


def test_the_second_try_is_on_a_new_connection_and_not_on_another_kept_one(serve, request_of):
    together = threading.Barrier(2, timeout=5)

    def talk(peer):
        is_kept = peer.backend.connections <= 2
        peer.request()
        if is_kept:
            together.wait()
        peer.send(ANSWER)
        peer.request()

    backend = serve(talk)
    app = Http(backend.url)
    asking = [threading.Thread(target=call_app, args=(app, request_of())) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert backend.connections == 2
    assert call_app(app, request_of()).status_code == 200
    assert (backend.connections, len(backend.heads)) == (3, 4)
    app.close()


def test_both_tries_have_one_deadline(serve, request_of, monkeypatch):
    deadlines = []
    take, connect = ConnectionPool.take, ConnectionPool.connect
    monkeypatch.setattr(
        ConnectionPool, "take", lambda pool, deadline: deadlines.append(deadline) or take(pool, deadline)
    )
    backend = serve(keeping_once(ends))
    app = used_app(backend, request_of)
    monkeypatch.setattr(
        ConnectionPool,
        "connect",
        lambda pool, deadline: deadlines.append(deadline) or connect(pool, deadline),
    )
    assert call_app(app, request_of()).status_code == 200
    assert len(deadlines) == 3
    assert deadlines[1] is deadlines[2]
    app.close()


def test_a_backend_that_is_gone_for_good_refuses_the_second_try(serve, request_of):
    def goes(peer):
        peer.request()
        peer.backend._listener.shutdown(socket.SHUT_RDWR)

    backend = serve(keeping_once(goes))
    app = used_app(backend, request_of)
    assert call_app(app, request_of()).status_code == 500
    assert len(backend.heads) == 2


def test_a_session_sees_one_answer(serve, request_of):
    seen = []
    backend = serve(keeping_once(ends))
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **options: seen.append(response.status_code))
        app = used_app(backend, request_of, session=session)
        assert call_app(app, request_of()).status_code == 200
    assert seen == [200, 200]
    app.close()
