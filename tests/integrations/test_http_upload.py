"""The body that reaches the backend, and its framing."""

from __future__ import annotations

import io
import threading
import tracemalloc

import pytest

from wsgi_gateway.context import Deployment
from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import BodyTooLarge, call_app


def sent(app, environ, backend):
    """``(request line, [header lines], body)`` of the one request that ``environ`` makes."""
    response = call_app(app, environ)
    assert response.status_code == 200, environ["wsgi_gateway.context"].error.reason
    response.body()
    lines = backend.heads[-1].decode("latin-1").split("\r\n")[:-1]
    return lines[0], lines[1:], backend.bodies[-1]


def framing(headers):
    return [line for line in headers if line.lower().startswith(("content-length", "transfer-encoding"))]


@pytest.mark.parametrize("terminated", [False, True], ids=["plain server", "server that reports the end"])
@pytest.mark.parametrize(
    ("method", "body", "lines"),
    [
        ("POST", b"", ["Content-Length: 0"]),
        ("PUT", b"", ["Content-Length: 0"]),
        ("PATCH", b"", ["Content-Length: 0"]),
        ("DELETE", b"", []),
        ("POST", b"abc", ["Content-Length: 3"]),
        ("DELETE", b"abc", ["Content-Length: 3"]),
        ("GET", b"abc", []),
        ("HEAD", b"abc", []),
        ("OPTIONS", b"abc", []),
        ("GET", b"", []),
    ],
)
def test_one_framing_header_if_any(method, body, lines, terminated, echo, request_of):
    environ = request_of(method, body=body, **{"wsgi.input_terminated": terminated})
    _, headers, seen = sent(Http(echo.url), environ, echo)
    assert framing(headers) == lines
    assert seen == (body if lines else b"")


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        pytest.param(10, ["Content-Length: 10"], id="a short one gets a length"),
        pytest.param(65_535, ["Content-Length: 65535"], id="one part less one"),
        pytest.param(65_536, ["Transfer-Encoding: chunked"], id="one part"),
        pytest.param(300_000, ["Transfer-Encoding: chunked"], id="a long one goes in chunks"),
    ],
)
def test_a_body_without_a_declared_length(size, lines, echo, request_of):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    environ = request_of("POST", body=io.BytesIO(body), HTTP_TRANSFER_ENCODING="chunked")
    _, headers, seen = sent(Http(echo.url), environ, echo)
    assert framing(headers) == lines
    assert seen == body


class Stuttering:
    """An input that gives a few bytes at a time, whatever is asked for."""

    def __init__(self, data, step=7):
        self._raw = io.BytesIO(data)
        self._step = step

    def read(self, size):
        return self._raw.read(min(size, self._step))


def test_an_input_that_reads_short_is_sent_whole(echo, request_of):
    environ = request_of("POST", body=Stuttering(b"abc" * 40), length=120)
    _, headers, seen = sent(Http(echo.url), environ, echo)
    assert (framing(headers), seen) == (["Content-Length: 120"], b"abc" * 40)


def test_a_long_body_streams_through_bounded_memory(echo, request_of):

    class Endless:
        def read(self, size):
            return b"x" * size

    app = Http(echo.url)
    call_app(app, request_of()).body()
    tracemalloc.start()
    try:
        environ = request_of("POST", body=Endless(), length=9_000_000)
        # The backend thread of this process keeps what it read, which is not the gateway's.
        _, _, seen = sent(app, environ, echo)
        assert len(seen) == 9_000_000
        del seen
        echo.bodies.clear()
        current, _ = tracemalloc.get_traced_memory()
        assert current < 1_000_000
    finally:
        tracemalloc.stop()


class Broken(io.BytesIO):
    """An input that fails like a server's does when the client's chunks are bad."""

    def read(self, size=-1):
        data = super().read(size)
        if not data:
            raise OSError("s3cret detail")
        return data


class Overflowing(Broken):
    def read(self, size=-1):
        raise BodyTooLarge("the body grew past its limit")


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        pytest.param(io.BytesIO(b"abc"), 9, 400, id="shorter than declared"),
        pytest.param(io.BytesIO(b""), 9, 400, id="nothing of what was declared"),
        pytest.param(Broken(b"abc"), None, 400, id="bad chunks"),
        pytest.param(Broken(b"abc"), 9, 400, id="the server fails"),
        pytest.param(Overflowing(), None, 413, id="the server's limit"),
        pytest.param(io.BytesIO(b"x"), 2_000_000, 413, id="declared above the limit"),
    ],
)
def test_a_short_upload_that_fails_never_reaches_the_backend(body, length, status, echo, request_of):
    environ = request_of(
        "POST",
        body=body,
        length=length,
        deployment=Deployment(payload_limit=1_000_000),
        HTTP_TRANSFER_ENCODING="" if length else "chunked",
    )
    assert call_app(Http(echo.url), environ).status_code == status
    assert echo.connections == 0


@pytest.mark.parametrize(
    ("body", "length", "status"),
    [
        pytest.param(io.BytesIO(b"x" * 200_000), 400_000, 400, id="shorter than declared"),
        pytest.param(Broken(b"x" * 200_000), None, 400, id="bad chunks"),
        pytest.param(io.BytesIO(b"x" * 2_000_000), None, 413, id="chunks above the limit"),
    ],
)
def test_a_long_upload_that_fails_never_looks_complete(body, length, status, serve, request_of):
    def talk(peer):
        peer.request()
        peer.hung_up = peer.backend.hung_up.release()

    backend = serve(talk)
    environ = request_of(
        "POST",
        body=body,
        length=length,
        deployment=Deployment(payload_limit=1_000_000),
        HTTP_TRANSFER_ENCODING="" if length else "chunked",
    )
    assert call_app(Http(backend.url), environ).status_code == status
    assert backend.hung_up.acquire(timeout=5)
    assert backend.bodies == [None]


def test_an_interim_answer_does_not_stop_the_upload(serve, request_of):
    hinted = threading.Event()

    def talk(peer):
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        hinted.set()
        while peer.request():
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    class Waiting:
        def __init__(self):
            self.read_bytes = 0

        def read(self, size):
            assert self.read_bytes < 65_536 or hinted.wait(5)
            self.read_bytes += size
            return b"x" * size

    backend = serve(talk)
    environ = request_of("POST", body=Waiting(), length=1_000_000)
    assert call_app(Http(backend.url), environ).status_code == 200
    assert len(backend.bodies[0]) == 1_000_000


def test_exactly_the_limit_passes(echo, request_of):
    environ = request_of("POST", body=b"x" * 1000, deployment=Deployment(payload_limit=1000))
    assert sent(Http(echo.url), environ, echo)[2] == b"x" * 1000


def test_an_answer_that_comes_before_the_body_is_taken_and_the_rest_not_sent(serve, request_of):
    refused = threading.Event()

    def talk(peer):
        while peer.file.readline() != b"\r\n":
            pass
        peer.send(b"HTTP/1.1 413 Too Big\r\nContent-Length: 3\r\n\r\nbig")
        refused.set()
        peer.wait_for_close()

    class Waiting:
        """Hands out its second half only when the backend has answered."""

        def __init__(self):
            self.read_bytes = 0

        def read(self, size):
            if self.read_bytes >= 65_536:
                assert refused.wait(5)
            self.read_bytes += size
            return b"x" * size

    backend = serve(talk)
    body, app = Waiting(), Http(backend.url)
    response = call_app(app, request_of("POST", body=body, length=9_000_000))
    assert (response.status_code, response.body()) == (413, b"big")
    assert body.read_bytes < 1_000_000
    assert backend.hung_up.acquire(timeout=5)
    app.close()
