"""Routing: precedence, backtracking, values as sent, and no way around a method's own chain."""

from __future__ import annotations

from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.context import Context
from wsgi_gateway.errors import GatewayError
from wsgi_gateway.router import Router
from wsgi_gateway.wsgi import Response, call_app


def served_by(name):
    return Response("200 OK", [], [name.encode()])


def router(*routes):
    table = {}
    for route in routes:
        verb, path = route.split(" ")
        table.setdefault(path, {})[verb] = served_by(route)
    return Router(table)


def found(router, verb, path):
    match = router.match(path, verb)
    return None if match is None else (match[0].app.app_iter[0].decode(), match[1])


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        pytest.param("GET /", ("GET /", {}), id="the root"),
        pytest.param("GET /pets", ("GET /pets", {}), id="a literal"),
        pytest.param("GET /pets/", ("GET /pets", {}), id="a trailing slash does not count"),
        pytest.param("GET //pets", ("GET /pets", {}), id="a doubled leading slash does not count"),
        pytest.param("GET /%70ets", ("GET /pets", {}), id="literals are compared decoded"),
        pytest.param("GET /pets/7", ("GET /pets/{id}", {"id": "7"}), id="a parameter"),
        pytest.param(
            "GET /pets/a%2Fb", ("GET /pets/{id}", {"id": "a%2Fb"}), id="an encoded slash separates nothing"
        ),
        pytest.param(
            "GET /pets/7/8", ("ANY /{rest+}", {"rest": "pets/7/8"}), id="backtracks to the greedy sibling"
        ),
        pytest.param(
            "PUT /pets", ("ANY /{rest+}", {"rest": "pets"}), id="backtracks when the verb is missing"
        ),
        pytest.param(
            "GET /a//b/", ("ANY /{rest+}", {"rest": "a//b"}), id="inner slashes stay, one trailing one goes"
        ),
        pytest.param("GET /pets//", ("GET /pets", {}), id="nor do two trailing slashes"),
        pytest.param(
            "GET /a//b//", ("ANY /{rest+}", {"rest": "a//b/"}), id="of two trailing slashes one goes"
        ),
        pytest.param("FOO /pets", None, id="ANY is seven verbs, not everything"),
        pytest.param("PUT /", None, id="a greedy variable does not match its parent"),
    ],
)
def test_the_most_specific_route_that_has_the_verb(request_line, expected):
    routes = router("GET /", "GET /pets", "GET /pets/{id}", "ANY /{rest+}")
    assert found(routes, *request_line.split(" ")) == expected


def test_an_explicit_verb_beats_any_and_any_keeps_the_rest():
    routes = router("ANY /a", "GET /a", "GET /{p+}")
    assert found(routes, "GET", "/a") == ("GET /a", {})
    assert found(routes, "PUT", "/a") == ("ANY /a", {})


def test_the_order_of_definition_does_not_matter():
    lines = ["GET /{p+}", "GET /a/{q+}", "GET /a/b/{r}", "GET /a/b/c"]
    paths = ["/a/b/c", "/a/b/d", "/a/x", "/z", "/a/b/c/d"]
    forward, backward = router(*lines), router(*reversed(lines))
    assert [found(forward, "GET", p) for p in paths] == [found(backward, "GET", p) for p in paths]


def environ(path, verb="GET", **more):
    return {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, encoding="latin-1"),
        "RAW_URI": path,
        **more,
    }


def test_the_method_override_changes_the_verb_for_everything_behind():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return Response()(environ, start_response)

    call_app(Router({"/a": {"DELETE": app}}), environ("/a", "POST", HTTP_X_HTTP_METHOD_OVERRIDE="delete"))
    assert seen["REQUEST_METHOD"] == "DELETE"
    assert "HTTP_X_HTTP_METHOD_OVERRIDE" not in seen


def test_path_parameters_reach_the_app_by_wsgiorg_routing_args():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return Response()(environ, start_response)

    call_app(Router({"/a/{b}/{c+}": {"GET": app}}), environ("/a/1/2/3"))
    assert seen["wsgiorg.routing_args"] == ((), {"b": "1", "c": "2/3"})


def test_no_route_is_the_refusal_of_a_missing_token():
    response = call_app(Router({}), environ("/a"))
    assert response.status_code == 403
    assert response.body() == b'{"message":"Missing Authentication Token"}'


SEGMENT = st.text(alphabet="ab/%.;+ é", max_size=4).map(lambda text: quote(text, safe=";+."))
PATHS = st.lists(SEGMENT, max_size=4).map(lambda parts: "/" + "/".join(parts))


@settings(max_examples=500, deadline=None)
@given(
    path=PATHS,
    templates=st.lists(st.sampled_from(["/a", "/a/b", "/{x}", "/a/{x}", "/{x}/b", "/{x+}", "/a/{x+}"])),
)
def test_a_match_is_what_a_brute_force_reading_of_the_rules_finds(path, templates):
    routes = Router({template: {"GET": served_by(template)} for template in templates})
    match = routes.match(path, "GET")
    expected = brute_force(path, templates)
    assert (None if match is None else match[0].resource_path) == expected


def brute_force(path, templates):
    trimmed = path.strip("/")
    segments = trimmed.split("/") if trimmed else []
    fitting = [(rank, t) for t in templates if (rank := fits(t.strip("/").split("/"), segments)) is not None]
    return min(fitting)[1] if fitting else None


def fits(parts, segments):
    """The specificity of a fit, level by level: 0 literal, 1 parameter, 2 greedy; None if it does not fit."""
    rank = []
    for index, part in enumerate(parts):
        if index >= len(segments):
            return None
        if part.endswith("+}"):
            return [*rank, 2]
        if part.startswith("{"):
            if not segments[index]:
                return None
            rank.append(1)
        elif part == unquote(segments[index]):
            rank.append(0)
        else:
            return None
    return rank if len(parts) == len(segments) else None


def test_the_route_is_decided_on_the_path_the_app_dispatches_on():
    """A raw target that does not decode to PATH_INFO is not believed."""
    seen = []
    routes = Router({"/open": {"GET": served_by("open")}, "/closed": {"GET": GatewayError_named(seen)}})
    forged = environ("/closed")
    forged["RAW_URI"] = "/open"
    call_app(routes, forged)
    assert seen == ["/closed"]


def GatewayError_named(seen):
    def app(environ, start_response):
        seen.append(environ["wsgi_gateway.context"].path)
        return Response()(environ, start_response)

    return app


def test_the_context_learns_the_resource():
    env = environ("/pets/7")
    context = env["wsgi_gateway.context"] = Context(env)
    call_app(Router({"/pets/{id}": {"GET": served_by("x")}}), env)
    assert (context.resource_path, context.path_parameters, context.path) == (
        "/pets/{id}",
        {"id": "7"},
        "/pets/7",
    )
    assert len(context.resource_id) == 10


def test_unknown_verbs_and_paths_give_the_same_refusal():
    assert isinstance(Router({}).app, GatewayError)


def test_nothing_falls_back_to_an_app_that_dispatches_itself_from_a_path_that_is_declared():
    table = {"/admin": {"GET": served_by("admin")}, "/{rest+}": {"ANY": served_by("rest")}}
    wrapped = Router(table, dispatching={("/{rest+}", "ANY")})
    assert found(wrapped, "GET", "/admin") == ("admin", {})
    assert found(wrapped, "HEAD", "/admin") is None
    assert found(wrapped, "HEAD", "/%61dmin/") is None
    assert found(wrapped, "HEAD", "/other") == ("rest", {"rest": "other"})
    assert found(Router(table), "HEAD", "/admin") == ("rest", {"rest": "admin"})


@pytest.mark.parametrize("path", ["/admin//users", "/admin///users/", "/admin;x/users", "/admin/users;x=1"])
def test_a_path_that_some_apps_read_as_a_declared_one_does_not_reach_them_by_another(path):
    table = {"/admin/users": {"GET": served_by("users")}, "/{rest+}": {"ANY": served_by("rest")}}
    wrapped = Router(table, dispatching={("/{rest+}", "ANY")})
    assert found(wrapped, "GET", path) is None
    assert found(wrapped, "GET", "/fetch/http://example.org/x") == (
        "rest",
        {"rest": "fetch/http://example.org/x"},
    )
