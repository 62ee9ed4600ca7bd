"""What reaches the backend."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import call_app


def sent(app, environ, backend):
    """``(request line, [header lines], body)`` of the one request that ``environ`` makes."""
    response = call_app(app, environ)
    assert response.status_code == 200, environ["wsgi_gateway.context"].error.reason
    response.body()
    lines = backend.heads[-1].decode("latin-1").split("\r\n")[:-1]
    return lines[0], lines[1:], backend.bodies[-1]


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
        "http://a..b/",
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
        {"streams_at_once": True},
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
            "/{a}", "/", {"a": "//evil.example//"}, "/evil.example//", id="a value that looks like a host"
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
        pytest.param("/v1/{a}", "/", {"a": "//x"}, "/v1///x", id="slashes behind a prefix"),
        pytest.param("/{a}/x", "/", {"a": ""}, "/x", id="an empty value at the beginning"),
        pytest.param("//x", "/", {}, "/x", id="a URI that looks like two hosts"),
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
                b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=b; Path=/\r\n"
                b"Content-Length: 2\r\n\r\nok"
            )

    backend = serve(talk)
    app = Http(backend.url)
    for _ in range(2):
        response = call_app(app, request_of())
        assert (response.status_code, response.header("Location")) == (302, "/elsewhere")
    assert [head.split(b"\r\n")[0] for head in backend.heads] == [b"GET / HTTP/1.1"] * 2
    assert b"cookie" not in backend.heads[1].lower()
