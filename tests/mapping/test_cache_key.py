"""What an answer is found by: never the same for two requests that a key parameter or caller tells apart."""

from __future__ import annotations

import io
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping.cache_key import HEADERS_OF_NOBODY, VARIABLES_OF_NOBODY, CacheKey

Q = "method.request.querystring."
H = "method.request.header."
P = "method.request.path."


def ctx(query: str = "", path: dict[str, str] | None = None, body: bytes = b"", **more: Any) -> Context:
    attributes = {name: more.pop(name) for name in list(more) if name.isidentifier() and name.islower()}
    deployment = attributes.pop("deployment", Deployment())
    environ = {
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **more,
    }
    made = Context(environ, deployment)
    made.resource_path, made.path_parameters = "/pets/{id}", path or {}
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


ONE = CacheKey(parameters=[Q + "a", Q + "b", H + "x-tenant", P + "id"])


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        pytest.param(ONE, ctx("a=1"), ctx("a=2"), id="another value"),
        pytest.param(ONE, ctx("a=1"), ctx("b=1"), id="the value of another parameter"),
        pytest.param(ONE, ctx("a="), ctx(), id="empty is not missing"),
        pytest.param(ONE, ctx("a=x&a=y"), ctx("a=y"), id="repeated is not the last one alone"),
        pytest.param(ONE, ctx("a=x&a=y"), ctx("a=y&a=x"), id="repeated in another order"),
        pytest.param(ONE, ctx("a=x%22%2C%22y"), ctx("a=x&b=y"), id="quotes and commas in a value"),
        pytest.param(ONE, ctx("a=x%26b%3Dy"), ctx("a=x&b=y"), id="an ampersand in a value"),
        pytest.param(ONE, ctx(path={"id": "7"}), ctx(path={"id": "8"}), id="another path"),
        pytest.param(ONE, ctx(path={"id": "a%2Fb"}), ctx(path={"id": "a/b"}), id="an encoded slash"),
        pytest.param(ONE, ctx(HTTP_X_TENANT="a"), ctx(HTTP_X_TENANT="A"), id="the case of a header's value"),
        pytest.param(ONE, ctx(http_method="GET"), ctx(http_method="HEAD"), id="another verb"),
        pytest.param(ONE, ctx(resource_path="/a"), ctx(resource_path="/b"), id="another resource"),
        pytest.param(
            ONE,
            ctx(deployment=Deployment(stage="a")),
            ctx(deployment=Deployment(stage="b")),
            id="another stage",
        ),
        pytest.param(
            ONE,
            ctx(deployment=Deployment(api_id="a")),
            ctx(deployment=Deployment(api_id="b")),
            id="another API",
        ),
        pytest.param(
            ONE, ctx(authorizer={"principalId": "a"}), ctx(authorizer={"principalId": "b"}), id="another user"
        ),
        pytest.param(
            ONE,
            ctx(authorizer={"principalId": "a", "tenant": "1"}),
            ctx(authorizer={"principalId": "a", "tenant": "2"}),
            id="one user in two tenants",
        ),
        pytest.param(ONE, ctx(authorizer={"principalId": "a"}), ctx(), id="nobody"),
        pytest.param(
            ONE, ctx(identity={"userArn": "a"}), ctx(identity={"userArn": "b"}), id="another signer"
        ),
        pytest.param(ONE, ctx(api_key_id="a"), ctx(api_key_id="b"), id="another API key"),
        *(
            pytest.param(ONE, ctx(**{name: "a"}), ctx(**{name: "b"}), id=f"another {name}")
            for name in (
                "HTTP_AUTHORIZATION HTTP_COOKIE HTTP_X_API_KEY HTTP_HOST HTTP_FORWARDED "
                "HTTP_X_FORWARDED_HOST HTTP_X_FORWARDED_USER HTTP_X_FORWARDED_FOR HTTP_PROXY_AUTHORIZATION "
                "HTTP_X_AMZ_SECURITY_TOKEN HTTP_X_AMZN_OIDC_DATA HTTP_ORIGIN HTTP_USER_AGENT HTTP_REFERER "
                "HTTP_ACCEPT HTTP_ACCEPT_LANGUAGE HTTP_ACCEPT_ENCODING HTTP_X_ANY_AT_ALL CONTENT_TYPE "
                "REMOTE_USER REMOTE_ADDR REMOTE_IDENT AUTH_TYPE SSL_CLIENT_S_DN SSL_CLIENT_CERT "
                "OIDC_CLAIM_sub MELLON_NAME_ID wsgi.url_scheme SCRIPT_NAME repoze.who.userid "
                "SERVER_NAME SERVER_PORT"
            ).split()
        ),
        pytest.param(ONE, ctx(REMOTE_USER="7"), ctx(REMOTE_USER=7), id="a text and a number"),
        pytest.param(ONE, ctx(REMOTE_USER=b"a"), ctx(REMOTE_USER="b'a'"), id="a text and bytes"),
        pytest.param(
            ONE, ctx(REMOTE_USER="a"), ctx(HTTP_REMOTE_USER="a"), id="a header of a variable's name"
        ),
        pytest.param(ONE, ctx(HTTP_X_USER=""), ctx(), id="an empty header and none"),
        *(
            pytest.param(ONE, ctx(**{_variable(name): "<script>"}), ctx(), id=f"markup in {name}")
            for name in sorted(HEADERS_OF_NOBODY - {"content-length"})
        ),
        pytest.param(ONE, ctx(HTTP_X_REQUEST_ID="a" * 513), ctx(), id="a request id that goes on and on"),
        pytest.param(ONE, ctx(body=b"a"), ctx(body=b"b"), id="another body"),
        pytest.param(ONE, ctx(body=b"a"), ctx(), id="no body"),
        pytest.param(
            CacheKey(whole_target=True), ctx("x=1"), ctx("x=2"), id="the query string of a whole target"
        ),
        pytest.param(
            CacheKey(whole_target=True),
            ctx(PATH_INFO="/a"),
            ctx(PATH_INFO="/b"),
            id="the path of a whole target",
        ),
        pytest.param(
            CacheKey(identity=[H + "token"]),
            ctx(HTTP_TOKEN="a"),
            ctx(HTTP_TOKEN="b"),
            id="what an authorizer reads",
        ),
    ],
)
def test_two_requests_have_two_keys(key: CacheKey, one: Context, other: Context) -> None:
    assert key(one) != key(other)
    assert len(key(one)) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(ctx("a=1&z=1"), ctx("a=1&z=2"), id="a parameter that is not named"),
        pytest.param(ctx("a=1&b=2"), ctx("b=2&a=1"), id="the order of parameters"),
        pytest.param(ctx("a=%31"), ctx("a=1"), id="another spelling of a value"),
        *(
            pytest.param(ctx(**{_variable(name): "a"}), ctx(**{_variable(name): "b"}), id=name)
            for name in sorted(HEADERS_OF_NOBODY)
        ),
        *(
            pytest.param(ctx(HTTP_HOST="a", **{name: "1"}), ctx(HTTP_HOST="a", **{name: "2"}), id=name)
            for name in sorted(VARIABLES_OF_NOBODY - {"CONTENT_LENGTH", "QUERY_STRING"})
        ),
        *(
            pytest.param(ctx(**{name: one}), ctx(**{name: two}), id=name)
            for name, one, two in [
                ("HTTP_IF_NONE_MATCH", '"a", W/"b"', "*"),
                ("HTTP_IF_MODIFIED_SINCE", "Mon, 23 Nov 2026 22:05:33 GMT", "Mon, 23 Nov 2026 22:05:34 GMT"),
                ("HTTP_CACHE_CONTROL", 'max-age="0", no-cache', "max-age=0"),
                ("HTTP_RANGE", "bytes=0-1,5-", "bytes=-7"),
                ("HTTP_X_AMZN_TRACE_ID", "Root=1-a-b;Parent=c;Sampled=1;Lineage=a:0", "Root=1-a-d"),
                ("HTTP_TRACESTATE", "tenant@vendor=a/b,c=d", "e=f"),
                ("uwsgi.core", 1, 2),
                ("mod_wsgi.request_id", "a", "b"),
                ("a.client", object(), object()),
            ]
        ),
    ],
)
def test_what_is_not_named_does_not_count(one: Context, other: Context) -> None:
    assert ONE(one) == ONE(other)


def test_as_on_aws_only_the_parameters_count() -> None:
    key = CacheKey(parameters=[Q + "a"], per_caller=False, identity=[H + "token"])
    caller = ctx("a=1", HTTP_AUTHORIZATION="t", HTTP_COOKIE="c", HTTP_TOKEN="x", body=b"b", api_key_id="k")
    caller.authorizer = {"principalId": "alice"}
    caller.client.update({"HTTP_X_FORWARDED_USER": "alice", "REMOTE_USER": "alice"})
    assert key(caller) == key(ctx("a=1"))
    assert key(caller) != key(ctx("a=2"))


def test_the_order_in_which_a_server_has_its_variables_does_not_count() -> None:
    one, other = {"HTTP_A": "1", "REMOTE_USER": "u"}, {"REMOTE_USER": "u", "HTTP_A": "1"}
    assert ONE(ctx(**one)) == ONE(ctx(**other))


def test_a_header_that_names_nobody_counts_where_it_is_a_key_parameter() -> None:
    key = CacheKey(parameters=[H + "X-Request-Id"])
    assert key(ctx(HTTP_X_REQUEST_ID="a")) != key(ctx(HTTP_X_REQUEST_ID="b"))
    assert key.covers("x-request-id")


def test_resources_of_one_namespace_share() -> None:
    shared, own = CacheKey("ns", [Q + "a"]), CacheKey(None, [Q + "a"])
    one, other = ctx("a=1", resource_path="/one"), ctx("a=1", resource_path="/two")
    assert shared(one) == shared(other)
    assert own(one) != own(other)
    assert CacheKey("/one", [Q + "a"])(one) != own(one), "a namespace is no resource of the same name"


def test_a_scope_is_part_of_every_key() -> None:
    assert CacheKey(scope="canary")(ctx()) != CacheKey()(ctx())


def test_parameters_of_the_integration_are_read_as_they_are_mapped() -> None:
    mapped = {
        "integration.request.querystring.q": "method.request.header.x",
        "integration.request.header.who": "context.identity.sourceIp",
    }
    key = CacheKey(parameters=list(mapped), mapped=mapped, per_caller=False)
    assert key(ctx(HTTP_X="1")) != key(ctx(HTTP_X="2"))
    assert key(ctx(REMOTE_ADDR="192.0.2.1")) != key(ctx(REMOTE_ADDR="192.0.2.2"))
    assert key(ctx(HTTP_Y="1")) == key(ctx())


@pytest.mark.parametrize(
    "name",
    [
        "page",
        "method.request.body",
        "method.request.querystring.",
        "method.request.cookie.a",
        "context.stage",
        "stageVariables.a",
        "integration.response.header.a",
        "integration.request.header.not-mapped",
    ],
)
def test_a_parameter_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as refused:
        CacheKey(parameters=[name])
    assert [problem.code for problem in refused.value.problems] == ["cache-key"]


def test_a_parameter_that_the_method_has_not_is_refused_and_all_of_them_are_told() -> None:
    declared = {Q + "a": False, "method.request.header.X-Tenant": True}
    CacheKey(
        parameters=[Q + "a", H + "x-tenant", "method.request.multivaluequerystring.a"], declared=declared
    )
    with pytest.raises(ConfigError) as refused:
        CacheKey(parameters=[Q + "a", Q + "A", P + "id"], declared=declared)
    assert len(refused.value.problems) == 2


def test_it_knows_the_headers_that_it_covers() -> None:
    mapped = {"integration.request.header.y": "method.request.header.Accept-Language"}
    key = CacheKey(parameters=[H + "X-Tenant", *mapped], mapped=mapped, identity=[H + "token"])
    own = ("x-tenant", "Accept-Language", "token")
    assert all(map(key.covers, (*own, "authorization", "cookie", "origin", "accept-encoding", "x-any")))
    assert not any(map(key.covers, ("*", "range", "If-None-Match", "x-request-id")))
    shared = CacheKey(parameters=[H + "X-Tenant"], per_caller=False)
    assert [name for name in (*own, "cookie", "accept-encoding") if shared.covers(name)] == ["x-tenant"]


TEXTS = st.text(st.sampled_from('ab,:"[]&=\\|\x00é'), max_size=4)


@given(st.lists(st.lists(st.none() | TEXTS, min_size=4, max_size=4), min_size=2, max_size=6, unique_by=tuple))
def test_no_two_callers_share_a_key_however_their_values_run_together(rows: list[list[str | None]]) -> None:
    names = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_API_KEY", "HTTP_X_TENANT")
    callers = [
        ctx(**{name: value for name, value in zip(names, row, strict=True) if value is not None})
        for row in rows
    ]
    for one, other in combinations([ONE(caller) for caller in callers], 2):
        assert one != other
