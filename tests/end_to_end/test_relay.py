"""Clients that go away in the middle, and codings on the wire, through gunicorn."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading

import pytest

from end_to_end.gunicorn_process import gunicorn, until

CLIENTS = 20
TEXT = b'{"tea": "black"}' * 500
PART = b"x" * 65_536


class Backend:
    """An HTTP server: /mirror gives back the body and forgets its coding, /endless has no end."""

    def __init__(self):
        self.hung_up = 0
        self.mirrored = []
        self._counting = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=CLIENTS)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            while line := lines.readline():
                head = list(iter(lines.readline, b"\r\n"))
                length = [
                    int(header[15:]) for header in head if header.lower().startswith(b"content-length:")
                ]
                body = lines.read(length[0]) if length else b""
                if b"/mirror" in line:
                    self.mirrored.append(b"".join(head).lower())
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                else:
                    self._endless(connection)

    def _endless(self, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                connection.sendall(b"%x\r\n%b\r\n" % (len(PART), PART))
        except ConnectionError:
            with self._counting:
                self.hung_up += 1
            raise

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(scope="module")
def backend():
    running = Backend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(backend, tmp_path_factory):
    # One worker, because the app counts what it closes.
    options = ("--workers", "1", "--threads", "4", "--env", f"RELAY_BACKEND={backend.port}")
    with gunicorn("relay:application()", tmp_path_factory.mktemp("relay"), *options) as running:
        yield running


def leave_in_the_middle(server, path, *headers):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall("\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode())
        assert client.recv(12) == b"HTTP/1.1 200"
        client.recv(100_000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@pytest.mark.parametrize("path", ["/proxied", "/at-once"])
def test_a_client_that_goes_away_hangs_up_on_the_backend(path, server, backend):
    before = backend.hung_up
    for _ in range(CLIENTS):
        leave_in_the_middle(server, path)
    until(lambda: backend.hung_up == before + CLIENTS)


@pytest.mark.parametrize("headers", [(), ("Accept-Encoding: gzip",)], ids=["as it is", "compressed"])
def test_a_client_that_goes_away_closes_the_apps_body_once(headers, server):
    before = int(server.ask("GET", "/closed").body)
    for _ in range(CLIENTS):
        leave_in_the_middle(server, "/wrapped", *headers)
    until(lambda: int(server.ask("GET", "/closed").body) >= before + CLIENTS)
    assert int(server.ask("GET", "/closed").body) == before + CLIENTS


def test_codings_end_at_the_gateway_both_ways(server, backend):
    headers = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip;q=0.5, identity;q=0.1"}
    answer = server.ask("POST", "/mirror", gzip.compress(TEXT), headers)
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert int(answer.headers["content-length"]) == len(answer.body) < len(TEXT)
    assert gzip.decompress(answer.body) == TEXT
    assert b"content-length: %d\r\n" % len(TEXT) in backend.mirrored[-1]
    assert b"content-encoding" not in backend.mirrored[-1]


def test_a_bomb_is_413_and_never_reaches_the_backend(server, backend):
    before = len(backend.mirrored)
    bomb = gzip.compress(bytes(10 * 1024 * 1024 + 1))
    answer = server.ask("POST", "/mirror", bomb, {"Content-Encoding": "gzip"})
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})
    assert len(backend.mirrored) == before
