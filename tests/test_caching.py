"""Response caches of a Gateway: which methods have one, whose answers they give, when they forget them."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from authorizers.signers import KEY, SECRET, sent

from wsgi_gateway.authorizers import allow
from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.caching import Caching
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodSettingConfig,
    RestApiConfig,
    StageConfig,
    UsagePlanConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.response_cache import WARNING
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.wsgi import Response, call_app

ON = MethodSettingConfig(caching_enabled=True, require_authorization_for_cache_control=False)


class App:
    """Counts, and tells of a request what an app might make its answer of."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, environ, start_response):
        self.count += 1
        told = {
            name: environ.get(name)
            for name in ("PATH_INFO", "QUERY_STRING", "HTTP_AUTHORIZATION", "REMOTE_USER", "HTTP_HOST")
        }
        body = json.dumps({"number": self.count, **told}).encode()
        return Response("200 OK", [("Content-Type", "application/json")], [body])(environ, start_response)


def stage(*, enabled: bool = True, **settings: MethodSettingConfig) -> StageConfig:
    named = {key.replace("_ALL_", "*/*"): setting for key, setting in (settings or {"_ALL_": ON}).items()}
    return StageConfig(method_settings=named, cache_cluster_enabled=enabled)


def api(method: MethodConfig, path: str = "/reports", **more: Any) -> RestApiConfig:
    return RestApiConfig(resources={path: {method.http_method: method}}, **more)


def get(gateway: Any, path: str = "/reports", query: str = "", verb: str = "GET", **more: Any) -> Response:
    environ = {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "203.0.113.7",
        "wsgi.input": io.BytesIO(),
        "CONTENT_LENGTH": "0",
        **more,
    }
    return call_app(gateway, environ)


def number(response: Response) -> int:
    return json.loads(response.body())["number"]


def wrapped(verb: str = "GET", **more: Any) -> MethodConfig:
    return MethodConfig(http_method=verb, **more)


def keyed(*parameters: str, path: str = "{id}", **more: Any) -> MethodConfig:
    names = [name for name in parameters if name.startswith("method.")]
    return MethodConfig(
        http_method="GET",
        request_parameters=dict.fromkeys(names, False),
        integration=IntegrationConfig(type="WSGI_PROXY", cache_key_parameters=parameters, **more),
    )


# --------------------------------------------------------------------------- which methods


@pytest.mark.parametrize(
    ("told", "is_kept"),
    [
        pytest.param(stage(), True, id="all methods"),
        pytest.param(stage(**{"/reports/GET": ON}), True, id="this one"),
        pytest.param(stage(enabled=False), False, id="no cache cluster"),
        pytest.param(
            stage(**{"/reports/GET": MethodSettingConfig(caching_enabled=False), "_ALL_": ON}),
            False,
            id="all but it",
        ),
        pytest.param(StageConfig(cache_cluster_enabled=True), False, id="no setting"),
    ],
)
def test_answers_are_kept_where_the_stage_says_so(told: StageConfig, is_kept: bool) -> None:
    app = App()
    gateway = Gateway(api(wrapped()), app, stage=told)
    assert [number(get(gateway)), number(get(gateway))] == [1, 1 if is_kept else 2]


def test_of_any_method_get_is_kept_and_verbs_that_are_named() -> None:
    gateway = Gateway(api(wrapped("ANY")), App(), stage=stage(**{"_ALL_": ON, "/reports/PUT": ON}))
    numbers = [number(get(gateway, verb=verb)) for verb in ("GET", "GET", "PUT", "PUT", "POST", "POST")]
    assert numbers == [1, 1, 2, 2, 3, 4]


def test_a_method_override_is_cached_as_the_verb_that_it_is() -> None:
    gateway = Gateway(api(wrapped("ANY")), App(), stage=stage())
    assert number(get(gateway)) == 1
    assert number(get(gateway, HTTP_X_HTTP_METHOD_OVERRIDE="DELETE")) == 2
    assert number(get(gateway)) == 1


def test_a_method_that_streams_keeps_nothing_and_cannot_be_told_to() -> None:
    method = MethodConfig(
        http_method="GET",
        integration=IntegrationConfig(
            type="HTTP_PROXY", http_method="GET", uri="http://127.0.0.1:9/", response_transfer_mode="STREAM"
        ),
    )
    app = App()
    given = Gateway(api(method), stage=stage())._parts[0].given
    assert Caching(api(method), stage(), given).around(app, "/reports", method, lambda: None) is app
    with pytest.raises(ConfigError, match="STREAM"):
        Gateway(api(method), stage=stage(**{"/reports/GET": ON}))


def test_mapped_answers_are_kept_as_they_are_mapped() -> None:
    integration = IntegrationConfig(
        type="MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=[
            IntegrationResponseConfig(
                status_code=200,
                response_parameters={"method.response.header.X-Id": "context.requestId"},
                response_templates={"application/json": "$context.requestId"},
            )
        ],
    )
    gateway = Gateway(api(MethodConfig(http_method="GET", integration=integration)), stage=stage())
    first, second = get(gateway), get(gateway)
    assert first.body() == second.body() == first.header("X-Id").encode()
    assert second.header("X-Id") == first.header("x-amzn-RequestId") != second.header("x-amzn-RequestId")


def test_settings_that_do_nothing_are_told() -> None:
    method = keyed("method.request.querystring.q", cache_namespace="n")
    off = Gateway(api(method), App(), stage=stage(enabled=False))
    assert sorted(problem.message.partition(" ")[0] for problem in off.warnings) == [
        "cache_key_parameters",
        "caching_enabled",
    ]
    assert Gateway(api(method), App(), stage=stage()).warnings == ()


# --------------------------------------------------------------------------- keys


def test_only_key_parameters_count_as_on_aws() -> None:
    gateway = Gateway(api(keyed("method.request.querystring.type")), App(), stage=stage())
    asked = [number(get(gateway, query=query)) for query in ("type=a", "type=a&page=2", "type=b", "page=3")]
    assert asked == [1, 1, 2, 3]


def test_without_an_integration_the_whole_target_counts() -> None:
    gateway = Gateway(api(wrapped(), "/{path+}"), App(), stage=stage())
    targets = [("/a", ""), ("/b", ""), ("/a", "q=1"), ("/a", "")]
    assert [number(get(gateway, *target)) for target in targets] == [1, 2, 3, 1]


def test_a_path_variable_that_is_no_key_is_warned_of_and_does_not_count() -> None:
    loose = Gateway(api(keyed(), "/pets/{id}"), App(), stage=stage())
    [warning] = loose.warnings
    assert warning.code == "cache-key-path"
    assert number(get(loose, "/pets/1")) == number(get(loose, "/pets/2"))
    tight = Gateway(api(keyed("method.request.path.id"), "/pets/{id}"), App(), stage=stage())
    assert tight.warnings == ()
    assert number(get(tight, "/pets/1")) != number(get(tight, "/pets/2"))


def test_a_key_parameter_that_the_method_has_not_stops_the_load() -> None:
    method = MethodConfig(
        http_method="GET",
        integration=IntegrationConfig(
            type="WSGI_PROXY", cache_key_parameters=["method.request.querystring.q"]
        ),
    )
    for enabled in (True, False):
        with pytest.raises(ConfigError, match="Invalid cache key parameter specified"):
            Gateway(api(method), App(), stage=stage(enabled=enabled))


def test_resources_of_one_namespace_share_answers() -> None:
    one, two = (keyed("method.request.querystring.q", cache_namespace="n") for _ in range(2))
    config = RestApiConfig(resources={"/one": {"GET": one}, "/two": {"GET": two}})
    gateway = Gateway(config, App(), stage=stage())
    assert number(get(gateway, "/one", "q=1")) == number(get(gateway, "/two", "q=1"))


# --------------------------------------------------------------------------- callers

TENANTS = ("red", "blue")
AUTHORIZERS = {
    "token": AuthorizerConfig(name="token", identity_source=("method.request.header.Authorization",)),
    "parts": AuthorizerConfig(
        name="parts",
        type="REQUEST",
        identity_source=("method.request.header.X-Tenant", "method.request.querystring.tenant"),
    ),
}


def guard(event: Any) -> dict[str, Any]:
    """One principal for all: only what the authorizer reads tells the tenants apart."""
    return allow("everybody")


def plain(kind: str) -> dict[str, Any]:
    return {
        "config": api(
            MethodConfig(
                http_method="GET",
                authorization_type="NONE" if kind == "none" else "CUSTOM",
                authorizer=None if kind == "none" else kind,
                integration=IntegrationConfig(type="WSGI_PROXY"),
            ),
            authorizers=AUTHORIZERS,
        )
    }


TRICKS = [
    pytest.param(
        "none", lambda t: {"HTTP_AUTHORIZATION": f"Bearer {t}"}, id="a token that the app reads itself"
    ),
    pytest.param("none", lambda t: {"HTTP_COOKIE": f"session={t}"}, id="a session"),
    pytest.param("none", lambda t: {"HTTP_X_API_KEY": t}, id="a key that no plan asks for"),
    pytest.param("none", lambda t: {"HTTP_HOST": f"{t}.example.com"}, id="a host"),
    pytest.param("none", lambda t: {"HTTP_X_FORWARDED_HOST": t}, id="a forwarded host"),
    pytest.param("none", lambda t: {"HTTP_FORWARDED": f"host={t}"}, id="a forwarded host, in the new way"),
    pytest.param("none", lambda t: {"SCRIPT_NAME": f"/{t}"}, id="a mount point"),
    pytest.param("none", lambda t: {"wsgi.url_scheme": "https" if t == "red" else "http"}, id="a scheme"),
    pytest.param(
        "none", lambda t: {"wsgi.input": io.BytesIO(t.encode()), "CONTENT_LENGTH": str(len(t))}, id="a body"
    ),
    pytest.param("token", lambda t: {"HTTP_AUTHORIZATION": t}, id="a token of an authorizer"),
    pytest.param(
        "parts", lambda t: {"HTTP_X_TENANT": t, "query": "tenant=x"}, id="a header of an authorizer"
    ),
    pytest.param(
        "parts", lambda t: {"HTTP_X_TENANT": "x", "query": f"tenant={t}"}, id="a query of an authorizer"
    ),
]


@pytest.mark.parametrize(("kind", "trick"), TRICKS)
def test_two_tenants_never_see_each_others_answers(kind: str, trick: Any) -> None:
    lambdas = {"authorizers": {"token": guard, "parts": guard}} if kind != "none" else {}
    gateway = Gateway(plain(kind)["config"], App(), stage=stage(), **lambdas)
    asked = [number(get(gateway, **trick(tenant))) for tenant in (*TENANTS, *TENANTS)]
    assert asked == [1, 2, 1, 2]


def test_whoever_says_so_shares_between_tenants() -> None:
    shared = MethodSettingConfig(caching_enabled=True, cache_per_caller=False)
    gateway = Gateway(
        plain("token")["config"],
        App(),
        stage=stage(_ALL_=shared),
        authorizers={"token": guard, "parts": guard},
    )
    assert [number(get(gateway, HTTP_AUTHORIZATION=tenant)) for tenant in TENANTS] == [1, 1]


def test_a_request_is_authorized_and_counted_before_anything_kept_is_given() -> None:
    values = {name: f"{name}-0123456789abcdefghij" for name in TENANTS}
    config = api(
        wrapped(api_key_required=True, authorization_type="CUSTOM", authorizer="token"),
        authorizers={"token": AUTHORIZERS["token"]},
        api_keys=[ApiKeyConfig(id=name, value=value) for name, value in values.items()],
        usage_plans=[UsagePlanConfig(id="p", keys=TENANTS, api_stages=[ApiStageConfig(stage="default")])],
    )

    def only_red(event: Any) -> dict[str, Any]:
        if event["authorizationToken"] != "red":
            raise Exception("Unauthorized")
        return allow("red")

    gateway = Gateway(config, App(), stage=stage(), authorizers={"token": only_red})
    ok = {"HTTP_AUTHORIZATION": "red", "HTTP_X_API_KEY": values["red"]}
    assert number(get(gateway, **ok)) == number(get(gateway, **ok)) == 1
    assert get(gateway, **{**ok, "HTTP_AUTHORIZATION": "blue"}).status_code == 401
    assert get(gateway, **{**ok, "HTTP_X_API_KEY": "x" * 20}).status_code == 403
    assert number(get(gateway, **{**ok, "HTTP_X_API_KEY": values["blue"]})) == 2


NAMES_A_CALLER = (
    "HTTP_X_FORWARDED_USER HTTP_X_REMOTE_USER HTTP_X_AUTH_REQUEST_USER HTTP_X_AUTH_TOKEN HTTP_X_ACCESS_TOKEN "
    "HTTP_X_AMZN_OIDC_DATA HTTP_X_AMZ_SECURITY_TOKEN HTTP_PROXY_AUTHORIZATION HTTP_X_GOOG_IAP_JWT_ASSERTION "
    "HTTP_CF_ACCESS_JWT_ASSERTION HTTP_X_TENANT_ID HTTP_X_CSRF_TOKEN HTTP_OIDC_CLAIM_SUB "
    "HTTP_X_FORWARDED_FOR HTTP_X_REAL_IP HTTP_X_OF_OUR_OWN REMOTE_USER REMOTE_ADDR SSL_CLIENT_M_SERIAL "
    "SSL_CLIENT_S_DN_CN SSL_CLIENT_CERT OIDC_CLAIM_sub peercert"
).split()


@pytest.mark.parametrize("name", NAMES_A_CALLER)
def test_what_an_app_reads_of_its_caller_is_for_that_caller_alone(name: str) -> None:
    def mailbox(environ, start_response):
        return Response("200 OK", [], [f"mail of {environ.get(name)}".encode()])(environ, start_response)

    integrated = MethodConfig(http_method="GET", integration=IntegrationConfig(type="WSGI_PROXY"))
    for method in (wrapped(), integrated):
        gateway = Gateway(api(method), mailbox, stage=stage())
        bodies = [get(gateway, **{name: user}).body() for user in ("alice", "bob", "alice")]
        assert bodies == [b"mail of alice", b"mail of bob", b"mail of alice"]


@pytest.mark.parametrize(
    "name",
    "HOST X_HOST X_FORWARDED_HOST X_FORWARDED_SERVER X_FORWARDED_PREFIX ORIGIN REFERER USER_AGENT".split(),
)
def test_what_an_app_repeats_of_a_header_reaches_nobody_else(name: str) -> None:
    def echo(environ, start_response):
        return Response("200 OK", [], [repr(sorted(environ.items(), key=str)).encode()])(
            environ, start_response
        )

    gateway = Gateway(api(wrapped()), echo, stage=stage())
    assert b"evil.example" in get(gateway, **{f"HTTP_{name}": "evil.example"}).body()
    assert b"evil.example" not in get(gateway).body()


def test_what_a_lambda_function_reads_of_its_caller_is_for_that_caller_alone() -> None:
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:mail/invocations"
    )
    method = MethodConfig(
        http_method="GET", integration=IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=uri)
    )

    def mail(event: Any, context: Any) -> dict[str, Any]:
        told = [event["headers"].get("X-Forwarded-User"), event["requestContext"]["identity"]["sourceIp"]]
        return {"statusCode": 200, "body": json.dumps(told)}

    gateway = Gateway(api(method), stage=stage(), lambdas={"mail": mail})
    callers = [("alice", "192.0.2.1"), ("bob", "192.0.2.1"), ("bob", "192.0.2.2")]
    answers = [get(gateway, HTTP_X_FORWARDED_USER=user, REMOTE_ADDR=at).body() for user, at in callers]
    assert [tuple(json.loads(answer)) for answer in answers] == callers


def test_what_a_template_reads_of_its_caller_is_for_that_caller_alone() -> None:
    integration = IntegrationConfig(
        type="MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=[
            IntegrationResponseConfig(
                status_code=200,
                response_templates={
                    "application/json": "$context.identity.userAgent $context.identity.sourceIp"
                },
            )
        ],
    )
    gateway = Gateway(api(MethodConfig(http_method="GET", integration=integration)), stage=stage())
    callers = [("a", "192.0.2.1"), ("b", "192.0.2.1"), ("b", "192.0.2.2")]
    answers = [get(gateway, HTTP_USER_AGENT=agent, REMOTE_ADDR=at).body() for agent, at in callers]
    assert answers == [f"{agent} {at}".encode() for agent, at in callers]


def test_what_proxies_number_and_a_connection_is_like_costs_no_hit() -> None:
    gateway = Gateway(api(wrapped()), App(), stage=stage())
    requests = [
        {
            "HTTP_X_REQUEST_ID": f"{turn:032x}",
            "HTTP_CONNECTION": ("close", "keep-alive")[turn],
            "REMOTE_PORT": str(turn),
        }
        for turn in range(2)
    ]
    assert [number(get(gateway, HTTP_HOST="a", **request)) for request in requests] == [1, 1]


# --------------------------------------------------------------------------- invalidating and flushing


def test_a_flush_forgets_all_answers() -> None:
    gateway = Gateway(api(wrapped()), App(), stage=stage())
    assert number(get(gateway)) == 1
    gateway.flush_stage_cache()
    assert number(get(gateway)) == 2


def test_nobody_who_did_not_sign_may_invalidate_where_that_takes_a_right() -> None:
    setting = MethodSettingConfig(caching_enabled=True)
    gateway = Gateway(api(wrapped()), App(), stage=stage(_ALL_=setting))
    get(gateway)
    response = get(gateway, HTTP_CACHE_CONTROL="max-age=0")
    assert (number(response), response.header("Warning")) == (1, WARNING)


def test_who_signed_and_may_invalidates() -> None:
    one = sent("/reports", Cache_Control="max-age=0")

    def numbers(*actions: str) -> list[int]:
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [allowed]}
        alice = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", policies=(policy,))
        gateway = Gateway(
            api(wrapped(authorization_type="AWS_IAM")),
            App(),
            stage=stage(_ALL_=MethodSettingConfig(caching_enabled=True)),
            credentials=[Credential(KEY, SECRET, principal=alice)],
            clock=lambda: one.time,
        )
        return [number(call_app(gateway, {**one.environ, "wsgi.url_scheme": "https"})) for _ in range(2)]

    assert numbers("execute-api:Invoke") == [1, 1]
    assert numbers("execute-api:Invoke", "execute-api:InvalidateCache") == [1, 2]


# --------------------------------------------------------------------------- a real backend


class Site(BaseHTTPRequestHandler):
    """Answers by path: whole, too long, or cut short."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        size = {"/large": 1_048_577, "/cut": 10}.get(self.path, 5)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * (size if self.path != "/cut" else 4))
        self.close_connection = self.path == "/cut"

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Any]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def proxied(site: Any, path: str) -> Gateway:
    uri = f"http://127.0.0.1:{site.server_port}{path}"
    integration = IntegrationConfig(type="HTTP_PROXY", http_method="GET", uri=uri)
    return Gateway(api(MethodConfig(http_method="GET", integration=integration)), stage=stage())


def test_the_answer_of_a_backend_is_given_again_byte_for_byte(site: Any) -> None:
    gateway = proxied(site, "/whole")
    first, second = get(gateway), get(gateway)
    own = {"x-amzn-requestid", "x-amz-apigw-id"}
    assert site.asked == ["/whole"]
    assert first.body() == second.body() == b"xxxxx"
    one, two = ([pair for pair in each.headerlist if pair[0].lower() not in own] for each in (first, second))
    assert one == two
    assert second.header("Content-Length") == "5"


def test_what_is_too_long_is_fetched_each_time_and_comes_whole(site: Any) -> None:
    gateway = proxied(site, "/large")
    for _ in range(2):
        response = get(gateway)
        assert len(response.body()) == 1_048_577
    assert site.asked == ["/large", "/large"]


def test_what_was_cut_short_is_no_success_and_is_not_kept(site: Any) -> None:
    gateway = proxied(site, "/cut")
    assert [get(gateway).status_code // 100 for _ in range(2)] == [5, 5]
    assert set(site.asked) == {"/cut"}
    assert len(gateway._parts[0].caching.kept) == 0


# --------------------------------------------------------------------------- stores


class Shared(MemoryStore):
    shared_between_processes = True


def test_gateways_with_one_store_share_answers_and_flushes() -> None:
    store, clock = Shared(), [1_000_000.0]
    app = App()

    def worker(api_id: str = "a1b2c3") -> Gateway:
        return Gateway(api(wrapped(), id=api_id), app, stage=stage(), store=store, clock=lambda: clock[0])

    one, two, other = worker(), worker(), worker("other")
    assert [number(get(gateway)) for gateway in (one, two, other)] == [1, 1, 2]
    one.flush_stage_cache()
    clock[0] += 2
    assert [number(get(gateway)) for gateway in (one, two)] == [3, 3]


def test_an_api_without_an_id_of_its_own_shares_with_nobody() -> None:
    store, app = Shared(), App()
    one, two = (Gateway(api(wrapped()), app, stage=stage(), store=store) for _ in range(2))
    assert [number(get(one)), number(get(two))] == [1, 2]


def test_another_definition_does_not_get_the_answers_of_the_one_before() -> None:
    store, app = Shared(), App()
    old = Gateway(api(wrapped(), id="a1"), app, stage=stage(), store=store)
    changed = api(wrapped(operation_name="other"), id="a1")
    new = Gateway(changed, app, stage=stage(), store=store)
    assert [number(get(old)), number(get(new))] == [1, 2]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_workers_of_one_host_share_answers_in_lmdb(tmp_path: Path) -> None:
    pytest.importorskip("lmdb")
    app = App()
    gateway = Gateway(api(wrapped(), id="a1"), app, stage=stage(), store=f"lmdb:{tmp_path}")
    assert number(get(gateway)) == 1
    child = os.fork()
    if child == 0:  # pragma: no cover - not traced here
        app.count = 100
        os._exit(number(get(gateway)))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1, "the answer of its parent"
    gateway.flush_stage_cache()
    assert number(get(gateway)) == 2


def test_a_store_that_fails_costs_no_request() -> None:
    class Down(Shared):
        def recall(self, *args: Any) -> Any:
            raise ConnectionError("down")

        generation = keep = advance = recall

    gateway = Gateway(api(wrapped(), id="a1"), App(), stage=stage(), store=Down())
    assert [number(get(gateway)) for _ in range(2)] == [1, 1]
    with pytest.raises(StoreUnavailable):
        gateway.flush_stage_cache()
    assert number(get(gateway)) == 2
