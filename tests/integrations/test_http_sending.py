"""What reaches the backend."""

from __future__ import annotations

import io
import json
import socket
import threading

import pytest
import requests

from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import BodyTooLarge, call_app


def sent(app, environ, backend):
    """``(request line, [header lines], body)`` of the one request that ``environ`` makes."""
    response = call_app(app, environ)
    assert response.status_code == 200, environ["wsgi_gateway.context"].error.reason
    response.body()
    lines = backend.heads[-1].decode("latin-1").split("\r\n")[:-1]
    return lines[0], lines[1:], backend.bodies[-1]


# ------------------------------------------------------------------ the endpoint


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "host",
        "/path",
        "ftp://host/",
        "http:/host",
        "http://",
        "http:///path",
        "http://:80/",
        "//host/",
        "http://user@host/",
        "http://user:secret@host/",
        "http://{host}/",
        "http://a.{b}.c/",
        "http://host{x}/",
        "http://host\\@evil/",
        "http://ho st/",
        "http://host:port/",
        "http://host:0/",
        "http://host:65536/",
        "http://host:/",
        "http://.host/",
        "http://-host/",
        "http://[::1/",
        "http://h\xf6st/",
        "http://host#f",
        "http://host/#f",
        "http://host/a\r\nb",
        "http://host?a\nb",
        " http://host/",
        "http://host/%2e%2e/x",
        "http://host/a/../b",
    ],
)
def test_a_uri_that_cannot_be_called_is_a_config_error(uri):
    with pytest.raises(ConfigError):
        Http(uri)


@pytest.mark.parametrize(
    "uri", ["http://host", "HTTPS://Host.Name./x?y={z}", "http://[::1]:8080/{x}", "http://a_b/"]
)
def test_a_uri_that_can(uri):
    assert "Http" in repr(Http(uri))


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"http_method": "GE T"},
        {"http_method": "\n"},
    ],
)
def test_options_that_cannot_work_are_config_errors(options):
    with pytest.raises(ConfigError):
        Http("http://host/", **options)


def test_an_endpoint_without_a_host_is_500_on_every_request(request_of):
    environ = request_of()
    response = call_app(Http.unreachable(), environ)
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})
    assert environ["wsgi_gateway.context"].error.response_type.name == "API_CONFIGURATION_ERROR"


# ------------------------------------------------------------------ the request line


@pytest.mark.parametrize(
    ("uri", "request_path", "values", "target"),
    [
        pytest.param("", "/", {}, "/", id="no path"),
        pytest.param("?a=1", "/", {}, "/?a=1", id="a query string only"),
        pytest.param("/fixed", "/x?b=2", {}, "/fixed?b=2", id="the request's query string"),
        pytest.param(
            "/f?a={v}", "/?b=2&a=%C3%A9+", {"v": "1"}, "/f?a=1&b=2&a=%C3%A9+", id="the URI's own comes first"
        ),
        pytest.param("/{a}/{b}", "/", {"a": "x%2Fy"}, "/x%2Fy/{b}", id="placeholders"),
        pytest.param(
            "/{a}", "/", {"a": "//evil.example/"}, "///evil.example/", id="a value that looks like a host"
        ),
        pytest.param(
            "/{a}",
            "/",
            {"a": "@evil.example:1"},
            "/@evil.example:1",
            id="a value that looks like user information",
        ),
        pytest.param(
            "/f", '/?a=b c#d"<\xe9', {}, "/f?a=b%20c%23d%22%3C%E9", id="what a query string must not have"
        ),
        pytest.param("/f", "/?a|{b}^`\\", {}, "/f?a|{b}^`\\", id="what it may have"),
        pytest.param("/f?", "/?", {}, "/f", id="empty query strings"),
    ],
)
def test_the_target(uri, request_path, values, target, echo, request_of):
    line, _, _ = sent(Http(echo.url + uri), request_of("GET", request_path, integration_path=values), echo)
    assert line == f"GET {target} HTTP/1.1"


@pytest.mark.parametrize(
    ("http_method", "verb"),
    [pytest.param("PUT", "PUT"), pytest.param("ANY", "DELETE"), pytest.param(None, "DELETE")],
)
def test_the_method(http_method, verb, echo, request_of):
    line, _, _ = sent(Http(echo.url, http_method=http_method), request_of("DELETE"), echo)
    assert line == f"{verb} / HTTP/1.1"


BAD_REQUESTS = {
    "a line end in the query string": {"path": "/?a=b\r\nX: y"},
    "NUL in the query string": {"path": "/?a=\0"},
    "a line end in a value": {"integration_path": {"p": "a\r\nHost: evil"}},
    "a path that leaves its place": {"integration_path": {"p": "../admin"}},
    "a double-encoded one": {"integration_path": {"p": "%252e%252e%252fadmin"}},
    "a line end in a header": {"HTTP_X_A": "b\r\nX-C: d"},
    "a bare line feed in a header": {"HTTP_X_A": "b\nX-C: d"},
    "NUL in a header": {"HTTP_X_A": "b\0"},
    "a control character in a header": {"HTTP_X_A": "b\x1b"},
    "DEL in a header": {"HTTP_X_A": "b\x7f"},
    "a line end in the type": {"CONTENT_TYPE": "text/x\r\nX-C: d"},
    "a header name with a colon": {"HTTP_X:A": "b"},
    "a header name with a line end": {"HTTP_X\r\nA": "b"},
    "an empty header name": {"HTTP_": "b"},
    "a line end in the mapped host": {"wsgi_gateway.mapped_host": "a\r\nX: y"},
    "a blank in the mapped host": {"wsgi_gateway.mapped_host": "a b"},
    "a method with a blank": {"method": "GET /x"},
    "a method with a line end": {"method": "GET\r\nX: y"},
    "a length that is no number": {"CONTENT_LENGTH": "+5", "method": "POST"},
}


@pytest.mark.parametrize("options", [pytest.param(value, id=name) for name, value in BAD_REQUESTS.items()])
def test_what_http_cannot_carry_is_400_and_never_sent(options, echo, request_of):
    response = call_app(Http(echo.url + "/in/{p}"), request_of(**options))
    assert response.status_code == 400
    assert (echo.heads, echo.bodies) == ([], [])


# ------------------------------------------------------------------ headers


def test_a_get_has_the_headers_of_the_environ_and_a_host_and_nothing_else(echo, request_of):
    _, headers, _ = sent(
        Http(echo.url), request_of(HTTP_X_FOO_BAR="1, 2", HTTP_ACCEPT="*/*", CONTENT_TYPE=""), echo
    )
    assert headers == [f"Host: 127.0.0.1:{echo.port}", "X-Foo-Bar: 1, 2", "Accept: */*"]


def test_hop_by_hop_headers_and_those_connection_lists_stay_behind(echo, request_of):
    environ = request_of(
        HTTP_CONNECTION="close, X-Listed",
        HTTP_X_LISTED="1",
        HTTP_KEEP_ALIVE="1",
        HTTP_PROXY_CONNECTION="1",
        HTTP_PROXY_AUTHORIZATION="1",
        HTTP_PROXY_AUTHENTICATE="1",
        HTTP_TE="1",
        HTTP_TRANSFER_ENCODING="chunked",
        HTTP_EXPECT="100-continue",
        HTTP_HOST="client.example",
        HTTP_CONTENT_LENGTH="7",
        HTTP_VIA="1",
        HTTP_CONTENT_TYPE="a/b",
    )
    _, headers, _ = sent(Http(echo.url), environ, echo)
    assert headers == [f"Host: 127.0.0.1:{echo.port}"]


def test_headers_that_may_be_mapped_go_out(echo, request_of):
    names = [
        "Trailer",
        "Upgrade",
        "Server",
        "Www-Authenticate",
        "Max-Forwards",
        "Content-Md5",
        "Content-Encoding",
    ]
    environ = request_of(**{"HTTP_" + name.upper().replace("-", "_"): "v" for name in names})
    _, headers, _ = sent(Http(echo.url), environ, echo)
    assert headers[1:] == [f"{name}: v" for name in names]


def test_a_mapped_host_replaces_the_endpoints(echo, request_of):
    environ = request_of(HTTP_HOST="ignored", **{"wsgi_gateway.mapped_host": "mapped.example"})
    _, headers, _ = sent(Http(echo.url), environ, echo)
    assert headers == ["Host: mapped.example"]


@pytest.mark.parametrize(
    ("value", "line"), [("\xe9", "X-A: \xe9"), ("a\tb", "X-A: a\tb"), ("€", "X-A: â\x82¬")]
)
def test_header_values_keep_their_bytes(value, line, echo, request_of):
    _, headers, _ = sent(Http(echo.url), request_of(HTTP_X_A=value), echo)
    assert headers[1:] == [line]


def test_nothing_is_taken_from_the_process_environment(echo, request_of, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password s3cret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    _, headers, _ = sent(Http(echo.url), request_of(), echo)
    assert len(headers) == 1


def test_cookies_are_not_kept_and_redirects_not_followed(serve, request_of):
    def talk(peer):
        while peer.request():
            peer.send(
                b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\nok"
            )

    backend = serve(talk)
    app = Http(backend.url)
    for _ in range(2):
        response = call_app(app, request_of())
        assert (response.status_code, response.header("Location")) == (302, "/elsewhere")
    assert [head.split(b"\r\n")[0] for head in backend.heads] == [b"GET / HTTP/1.1"] * 2
    assert b"cookie" not in backend.heads[1].lower()


# ------------------------------------------------------------------ bodies and framing


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
    import tracemalloc

    class Endless:
        def read(self, size):
            return b"x" * size

    app = Http(echo.url)
    call_app(app, request_of()).body()
    tracemalloc.start()
    try:
        environ = request_of("POST", body=Endless(), length=9_000_000)
        # The backend thread of this process keeps what it read, which is not the gateway's.
        line, _, seen = sent(app, environ, echo)
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
    body = Waiting()
    response = call_app(Http(backend.url), request_of("POST", body=body, length=9_000_000))
    assert (response.status_code, response.body()) == (413, b"big")
    assert body.read_bytes < 1_000_000
    assert backend.hung_up.acquire(timeout=5)


# ------------------------------------------------------------------ connections


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
        assert call_app(app, request_of()).status_code == 200
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


def test_a_backend_is_called_once_whatever_happens(serve, request_of):
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
        app.close()
        os._exit(0 if status == 200 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert call_app(app, request_of()).status_code == 200
    assert echo.connections == 2


# ------------------------------------------------------------------ sessions


def test_a_session_of_the_callers_is_used_and_left_as_it_was(echo, request_of):
    seen = []
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **options: seen.append(response.status_code))
        adapters = dict(session.adapters)
        first, second = Http(echo.url, session=session), Http(echo.url, session=session)
        assert call_app(first, request_of()).status_code == 200
        assert call_app(second, request_of()).status_code == 200
        assert dict(session.adapters) == adapters
    assert seen == [200, 200]


def test_a_session_that_does_not_verify_is_a_config_error():
    with requests.Session() as session:
        session.verify = False
        with pytest.raises(ConfigError):
            Http("https://host/", session=session)
        Http("https://host/", session=session, insecure_skip_verification=True)


def test_a_hook_that_replaces_the_answer_is_a_broken_one(echo, request_of):
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **options: requests.Response())
        assert call_app(Http(echo.url, session=session), request_of()).status_code == 502


def test_requests_is_not_imported_before_the_first_request():
    import subprocess
    import sys

    script = "import sys; from wsgi_gateway.integrations import Http; Http('http://h/'); sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
