from __future__ import annotations

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, MethodResponseConfig, RestApiConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import WsgiApp
from wsgi_gateway.wsgi import Response, call_app


class Inner:
    """An app that remembers what it was called with."""

    def __init__(self, answer=None):
        self.seen = []
        self.answer = answer or Response("202 Accepted", [("X-Inner", "1")], [b"ab"])

    def __call__(self, environ, start_response):
        self.seen.append(environ)
        return self.answer(environ, start_response)


def test_without_a_path_the_environ_goes_on_untouched(request_of):
    inner, environ = Inner(), request_of("POST", "/pets/7?x=1", body=b"abc")
    before = dict(environ)
    response = call_app(WsgiApp(inner), environ)
    assert (response.status, response.headerlist, response.body()) == (
        "202 Accepted",
        [("X-Inner", "1")],
        b"ab",
    )
    assert inner.seen[0] is environ
    assert environ == before
    assert environ["wsgi.input"].read() == b"abc"


class Closing:
    def __init__(self):
        self.closed = 0

    def __iter__(self):
        return iter([b"a", b"b"])

    def close(self):
        self.closed += 1


def test_the_body_streams_and_is_closed_once(request_of):
    body = Closing()
    response = call_app(WsgiApp(Inner(Response("200 OK", [], body))), request_of())
    assert response.app_iter is body
    response.close()
    assert body.closed == 1


def test_exceptions_of_the_app_fly_on(request_of):
    def broken(environ, start_response):
        raise LookupError("inner")

    with pytest.raises(LookupError):
        call_app(WsgiApp(broken), request_of())


@pytest.mark.parametrize(
    "path",
    [
        "/open/%2e%2e/secret",
        "/open/../secret",
        "/open/%2E./secret",
        "/open/.",
        "/open/%2e/x",
        "/open%2Fsecret",
        "/open%2fsecret",
        "/open%5Csecret",
        "/open%5csecret",
        "/..",
    ],
)
def test_a_path_that_means_another_route_when_decoded_is_refused(path, request_of):
    inner = Inner()
    assert call_app(WsgiApp(inner), request_of("GET", path)).status_code == 400
    assert inner.seen == []


@pytest.mark.parametrize(
    "path", ["/a//b/", "/a.b/..c/.d/e..", "/a%20b", "/a%252Fb", "/...", "/caf%C3%A9", "/"]
)
def test_other_paths_pass(path, request_of):
    assert call_app(WsgiApp(Inner()), request_of("GET", path)).status_code == 202


def test_the_path_that_was_routed_on_counts_as_well_as_the_one_of_the_app(request_of):
    inner, environ = Inner(), request_of("GET", "/fine")
    environ["wsgi_gateway.context"].path = "/a%2Fb"
    assert call_app(WsgiApp(inner), environ).status_code == 400
    environ = request_of("GET", "/fine", PATH_INFO="/a/../b")
    environ["wsgi_gateway.context"].path = "/fine"
    assert call_app(WsgiApp(inner), environ).status_code == 400
    assert inner.seen == []


def test_a_path_template_is_filled_and_the_environ_tells_one_story(request_of):
    inner = Inner()
    environ = request_of(
        "GET",
        "/pets/7?x=1",
        integration_path={"id": "a%20b"},
        path_parameters={"id": "7"},
        SCRIPT_NAME="/m n",
    )
    call_app(WsgiApp(inner, path="/v2/{id}/{other}"), environ)
    seen = inner.seen[0]
    assert seen["PATH_INFO"] == "/v2/a b/{other}"
    assert seen["RAW_URI"] == "/m%20n/v2/a%20b/{other}?x=1"
    assert seen["QUERY_STRING"] == "x=1"
    assert "REQUEST_URI" not in seen
    assert environ["PATH_INFO"] == "/pets/7"


def test_without_an_integration_request_the_paths_own_parameters_are_used(request_of):
    inner = Inner()
    call_app(
        WsgiApp(inner, path="/v2/{proxy}"), request_of(path_parameters={"proxy": "a/b//c"}, REQUEST_URI="/x")
    )
    assert inner.seen[0]["PATH_INFO"] == "/v2/a/b//c"
    assert inner.seen[0]["REQUEST_URI"] == "/v2/a/b//c"


@pytest.mark.parametrize(
    "value", ["..", "a/../b", "%2e%2e", "a%2Fb", "a%5Cb", "a\\b", "%252e%252e/x", "a\r\nb", "."]
)
def test_values_that_would_leave_their_place_are_refused(value, request_of):
    inner = Inner()
    app = WsgiApp(inner, path="/v2/{id}")
    assert call_app(app, request_of(path_parameters={"id": value})).status_code == 400
    assert inner.seen == []


@pytest.mark.parametrize("path", ["v2", "", "/a/../b", "/a\nb", "/a?b=c", "/a#b"])
def test_a_path_that_cannot_be_called_is_a_config_error(path):
    with pytest.raises(ConfigError):
        WsgiApp(Inner(), path=path)


OTHER_VERBS = {"HTTP_X_HTTP_METHOD": "DELETE", "HTTP_X_METHOD_OVERRIDE": "DELETE"}


@pytest.mark.parametrize("path", [None, "/v2"], ids=["its own path", "another path"])
def test_a_client_names_no_other_verb_to_the_app(request_of, path):
    inner, environ = Inner(), request_of(**OTHER_VERBS, HTTP_X_METHOD="GET")
    call_app(WsgiApp(inner, path=path), environ)
    assert not OTHER_VERBS.keys() & inner.seen[0].keys()
    assert inner.seen[0]["HTTP_X_METHOD"] == "GET"
    assert OTHER_VERBS.keys() <= environ.keys()


@pytest.mark.parametrize(
    ("kind", "mapped", "seen"),
    [
        pytest.param(None, {}, [None, None], id="without an integration"),
        pytest.param("WSGI_PROXY", {}, [None, None], id="through a proxy"),
        pytest.param("WSGI", {}, [None, None], id="reshaped"),
        pytest.param("WSGI_PROXY", {"X-HTTP-Method": "'MERGE'"}, ["MERGE", None], id="mapped, by a proxy"),
        pytest.param("WSGI", {"X-Method-Override": "'MERGE'"}, [None, "MERGE"], id="mapped"),
    ],
)
def test_only_the_definition_names_another_verb(request_of, kind, mapped, seen):
    parameters = {f"integration.request.header.{name}": value for name, value in mapped.items()}
    integration = IntegrationConfig(type=kind, request_parameters=parameters) if kind else None
    method = MethodConfig(
        http_method="POST",
        integration=integration,
        method_responses={202: MethodResponseConfig(status_code=202)},
    )
    inner = Inner()
    gateway = Gateway(RestApiConfig(resources={"/": {"POST": method}}), inner)
    call_app(gateway, request_of("POST", "/", **OTHER_VERBS)).body()
    assert [inner.seen[0].get(key) for key in OTHER_VERBS] == seen
