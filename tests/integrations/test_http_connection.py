"""Connections: found, kept, given up."""

from __future__ import annotations

import json
import socket
import threading

from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import call_app


def test_a_connection_is_used_again(echo, request_of):
    app = Http(echo.url)
    for _ in range(3):
        call_app(app, request_of("POST", body=b"abc")).body()
    assert (echo.connections, len(echo.heads)) == (1, 3)
    app.close()
    call_app(app, request_of()).body()
    assert echo.connections == 2


def test_a_connection_the_backend_closed_meanwhile_is_not(serve, request_of):
    closed = threading.Semaphore(0)

    def talk(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        peer.file.close()
        peer.socket.shutdown(socket.SHUT_RDWR)
        closed.release()

    backend = serve(talk)
    app = Http(backend.url)
    for _ in range(3):
        # A POST: it is never sent again, so the connection must not even be tried.
        assert call_app(app, request_of("POST", body=b"abc")).status_code == 200
        assert closed.acquire(timeout=5)
    assert backend.connections == 3


def test_a_connection_with_an_answer_too_many_is_not(serve, request_of):
    def talk(peer):
        while peer.request():
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            peer.send(answer + answer.replace(b"ok", b"no"))

    backend = serve(talk)
    app = Http(backend.url)
    assert [call_app(app, request_of()).body() for _ in range(4)] == [b"ok"] * 4
    assert backend.connections == 4


def test_a_connection_with_something_unread_on_it_is_not(serve, request_of):
    answered, strayed = threading.Event(), threading.Event()

    def talk(peer):
        while peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            if peer.backend.connections == 1:
                assert answered.wait(5)
                peer.send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
                strayed.set()

    backend = serve(talk)
    app = Http(backend.url)
    assert call_app(app, request_of("POST", body=b"abc")).status_code == 200
    answered.set()
    assert strayed.wait(5)
    assert call_app(app, request_of("POST", body=b"abc")).status_code == 200
    assert backend.connections == 2


def test_a_new_connection_is_tried_once_whatever_happens(serve, request_of):
    def talk(peer):
        peer.request()

    backend = serve(talk)
    app = Http(backend.url)
    assert call_app(app, request_of()).status_code == 502
    assert (backend.connections, len(backend.heads)) == (1, 1)


def test_many_threads_share_one_app(echo, request_of):
    app = Http(echo.url + "/{n}")
    answers = []

    def ask(number):
        for turn in range(20):
            environ = request_of("POST", body=b"abc", integration_path={"n": f"{number}-{turn}"})
            answers.append(call_app(app, environ).body())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"ok"] * 160
    assert len(set(echo.heads)) == 160
    assert echo.connections <= 8
    app.close()


def test_a_forked_process_opens_connections_of_its_own(echo, request_of):
    import os

    app = Http(echo.url)
    call_app(app, request_of()).body()
    pid = os.fork()
    if pid == 0:
        status = call_app(app, request_of()).status_code
        os._exit(0 if status == 200 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert call_app(app, request_of()).status_code == 200
    assert echo.connections == 2


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


def test_the_second_address_has_time_left_when_the_first_is_silent(echo, request_of, monkeypatch):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        silent = listener.getsockname()
        # Connections that nobody accepts fill the queue, so that the next one gets no answer.
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(silent)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*kind, silent), (*kind, ("127.0.0.1", echo.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
        assert call_app(Http("http://backend.invalid/", timeout=0.6), request_of()).status_code == 200
        for sock in waiting:
            sock.close()


def test_no_socket_left_is_504(echo, request_of, monkeypatch):
    def fail(*args, **options):
        raise OSError(24, "Too many open files")

    app, environ = Http(echo.url), request_of()
    monkeypatch.setattr(socket, "socket", fail)
    assert call_app(app, environ).status_code == 504


def test_the_second_address_is_tried_when_the_first_refuses(echo, request_of, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        unused = listener.getsockname()
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    found = [(*kind, unused), (*kind, ("127.0.0.1", echo.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)
    assert call_app(Http("http://backend.invalid/"), request_of()).status_code == 200
