"""Backends made of raw sockets, on loopback, that may answer as badly as a test likes."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wsgi_gateway.context import Context, Deployment

LATEST = 5.0
"""Seconds after which a backend gives up waiting: a failure, never part of a test that passes."""


class Peer:
    """The backend's end of one connection."""

    def __init__(self, sock: socket.socket, backend: RawBackend) -> None:
        self.socket = sock
        self.file = sock.makefile("rb")
        self.backend = backend

    def request(self) -> bytes:
        """Read one request and record it: its head, and its body if it came whole."""
        lines = []
        while (line := self.file.readline()) not in (b"\r\n", b""):
            lines.append(line)
        if not lines:
            return b""
        head = b"".join(lines)
        self.backend.heads.append(head)
        self.backend.bodies.append(self._body(head.lower()))
        return head

    def _body(self, head: bytes) -> bytes | None:
        if b"transfer-encoding: chunked" in head:
            body = b""
            while size := int(self.file.readline() or b"-1", 16):
                chunk = self.file.read(size + 2) if size > 0 else b""
                if len(chunk) < size + 2 or size < 0:
                    return None
                body += chunk[:-2]
            self.file.readline()
            return body
        _, found, rest = head.partition(b"content-length: ")
        length = int(rest.split(b"\r\n")[0]) if found else 0
        body = self.file.read(length)
        return body if len(body) == length else None

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """Close so that the other side gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    def wait_for_close(self) -> None:
        """Until the gateway has hung up."""
        with contextlib.suppress(ConnectionError):
            while self.socket.recv(65_536):
                pass
        self.backend.hung_up.release()


class RawBackend:
    """A server whose every connection runs ``talk(peer)`` on a thread of its own."""

    def __init__(self, talk: Callable[[Peer], None], wrap: Callable[[socket.socket], socket.socket]) -> None:
        self.heads: list[bytes] = []
        self.bodies: list[bytes | None] = []
        self.connections = 0
        self.failures: list[BaseException] = []
        self.hung_up = threading.Semaphore(0)
        self.stopping = threading.Event()
        self._talk = talk
        self._wrap = wrap
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(LATEST)
            self.connections += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), self._wrap(sock) as wrapped:
            peer = Peer(wrapped, self)
            try:
                self._talk(peer)
            except ConnectionError:
                # The gateway has hung up while it was being sent something.
                self.hung_up.release()
            except OSError:
                pass
            except BaseException as failure:
                self.failures.append(failure)
            finally:
                peer.file.close()

    def close(self) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(LATEST)
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(LATEST)
        assert self.failures == []


@pytest.fixture
def serve() -> Iterator[Callable[..., RawBackend]]:
    """``serve(talk)`` starts a backend; all of them end with the test."""
    backends: list[RawBackend] = []

    def start(
        talk: Callable[[Peer], None], wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock
    ) -> RawBackend:
        backends.append(RawBackend(talk, wrap))
        return backends[-1]

    yield start
    for backend in backends:
        backend.close()


@pytest.fixture
def answering(serve: Callable[..., RawBackend]) -> Callable[[bytes], RawBackend]:
    """``answering(data)``: a backend that reads a request, sends ``data`` and closes."""

    def start(data: bytes) -> RawBackend:
        def talk(peer: Peer) -> None:
            peer.request()
            with contextlib.suppress(OSError):  # the gateway need not wait for the end
                peer.send(data)
                peer.socket.shutdown(socket.SHUT_WR)
            peer.wait_for_close()

        return serve(talk)

    return start


@pytest.fixture
def echo(serve: Callable[..., RawBackend]) -> RawBackend:
    """A backend that keeps connections alive and answers ``ok`` to everything."""

    def talk(peer: Peer) -> None:
        while head := peer.request():
            body = b"" if head.startswith(b"HEAD") else b"ok"
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Backend: yes\r\n\r\n" + body)

    return serve(talk)


@pytest.fixture
def request_of() -> Callable[..., dict[str, Any]]:
    """``request_of("POST", body=b"..", HTTP_X_A="1")``: an environ, with a Context of its own."""

    def make(
        method: str = "GET",
        path: str = "/",
        *,
        body: bytes | Any = b"",
        length: int | None = None,
        deployment: Deployment | None = None,
        path_parameters: dict[str, str] | None = None,
        integration_path: dict[str, str] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        from urllib.parse import unquote

        raw, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(raw, "latin-1"),
            "RAW_URI": path,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_PORT": "8080",
            "REMOTE_ADDR": "203.0.113.7",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body) if isinstance(body, bytes) else body,
            **more,
        }
        if length is None and isinstance(body, bytes) and body:
            length = len(body)
        if length is not None:
            environ["CONTENT_LENGTH"] = str(length)
        context = Context(environ, deployment or Deployment(stage="dev"))
        context.path_parameters = path_parameters or {}
        context.integration_path = integration_path
        environ["wsgi_gateway.context"] = context
        return environ

    return make
