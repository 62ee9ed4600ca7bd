"""The Authorizer stage: whom it lets through, what it answers the others, what the app behind it learns."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from wsgi_gateway.authorizers import AuthorizerCache, allow, deny
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, THROTTLED, ConfigError, GatewayError
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.pipeline import fuse
from wsgi_gateway.wsgi import Response, call_app

ROOT = "arn:aws:execute-api:us-east-1:123456789012:api/dev"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Guard:
    """An authorizer function that remembers its events."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer or (lambda event: allow("alice"))
        self.events: list[Any] = []

    def __call__(self, event: Any) -> Any:
        self.events.append(event)
        return self.answer(event)


class Inner:
    """The wrapped app, which remembers its environs."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.seen.append(dict(environ))
        return Response("200 OK", [("Content-Type", "text/plain")], [b"inside"])(environ, start_response)


def config(**more: Any) -> AuthorizerConfig:
    settings: dict[str, Any] = {
        "name": "guard",
        "identity_source": ("method.request.header.Authorization",),
        "authorizer_result_ttl_in_seconds": 0,
        **more,
    }
    return AuthorizerConfig(**settings)


def request(
    app: Any, token: str | None = "tok", method: str = "GET", path: str = "/pets", **more: Any
) -> tuple[Response, Context]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": path,
    }
    environ.update({"QUERY_STRING": "", **more})
    if token is not None:
        environ["HTTP_AUTHORIZATION"] = token
    setup_testing_defaults(environ)
    ctx = environ.setdefault(CONTEXT_KEY, Context(environ, Deployment(api_id="api", stage="dev")))
    return call_app(app, environ), ctx


def answer(response: Response) -> tuple[int, str | None, Any]:
    return response.status_code, response.header("x-amzn-ErrorType"), json.loads(response.body())


def raises(text: str) -> Callable[[Any], Any]:
    def function(event: Any) -> Any:
        raise Exception(text)

    return function


UNAUTHORIZED = (401, "UnauthorizedException", {"message": "Unauthorized"})
SILENT = (403, "AccessDeniedException", {"Message": "User is not authorized to access this resource"})
DENIED = (
    403,
    "AccessDeniedException",
    {"Message": "User is not authorized to access this resource with an explicit deny"},
)
BROKEN = (500, "AuthorizerConfigurationException", {"message": None})


# ------------------------------------------------------------------------------------------- who passes


@pytest.mark.parametrize("wrap", [lambda app: app, fuse], ids=["nested", "fused"])
def test_an_allowed_request_reaches_the_app(wrap: Any) -> None:
    inner, guard = Inner(), Guard()
    response, _ = request(wrap(Authorizer(inner, config(), authorize=guard)))
    assert (response.status_code, response.body()) == (200, b"inside")
    assert len(inner.seen) == 1
    assert guard.events == [{"type": "TOKEN", "authorizationToken": "tok", "methodArn": f"{ROOT}/GET/pets"}]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(lambda event: deny("alice"), DENIED, id="the policy denies"),
        pytest.param(lambda event: allow("alice", "arn:x"), SILENT, id="the policy is silent"),
        pytest.param(lambda event: allow("alice", f"{ROOT}/PUT/*"), SILENT, id="another verb is allowed"),
        pytest.param(raises("Unauthorized"), UNAUTHORIZED, id="the function says Unauthorized"),
        pytest.param(raises("kaput"), BROKEN, id="the function fails"),
        pytest.param(lambda event: None, BROKEN, id="the function answers nothing"),
        pytest.param(lambda event: True, BROKEN, id="the function answers True"),
        pytest.param(lambda event: allow("alice", "a" * 513), BROKEN, id="a resource is too long"),
        pytest.param(lambda event: allow("alice", x=[1]), BROKEN, id="the context holds a list"),
    ],
)
@pytest.mark.parametrize("ttl", [0, 300], ids=["not kept", "kept"])
def test_a_refused_request_never_reaches_the_app(function: Any, expected: Any, ttl: int) -> None:
    inner = Inner()
    app = Authorizer(inner, config(authorizer_result_ttl_in_seconds=ttl), authorize=function)
    for _ in range(2):
        assert answer(request(app)[0]) == expected
    assert inner.seen == []


@pytest.mark.parametrize("token", [None, "", " "], ids=["absent", "empty", "blank"])
def test_without_a_token_the_function_is_not_asked(token: str | None) -> None:
    inner, guard = Inner(), Guard()
    assert answer(request(Authorizer(inner, config(), authorize=guard), token)[0]) == UNAUTHORIZED
    assert (inner.seen, guard.events) == ([], [])


@pytest.mark.parametrize("ttl", [0, 300], ids=["not kept", "kept"])
def test_a_token_of_the_wrong_shape_is_refused_without_asking(ttl: int) -> None:
    guard, inner = Guard(), Inner()
    declared = config(identity_validation_expression="Bearer .+", authorizer_result_ttl_in_seconds=ttl)
    app = Authorizer(inner, declared, authorize=guard)
    for _ in range(2):
        assert answer(request(app, "Basic x")[0]) == UNAUTHORIZED
    assert (inner.seen, guard.events) == ([], [])
    for _ in range(2):
        assert request(app, "Bearer x")[0].status_code == 200
        assert answer(request(app, "xBearer x")[0]) == UNAUTHORIZED


def test_a_kept_answer_does_not_pass_a_shape_that_another_authorizer_demands() -> None:
    cache, guard = AuthorizerCache(), Guard()
    anything = config(authorizer_result_ttl_in_seconds=300)
    strict = config(authorizer_result_ttl_in_seconds=300, identity_validation_expression="Bearer .+")
    assert request(Authorizer(Inner(), anything, authorize=guard, cache=cache))[0].status_code == 200
    assert request(Authorizer(Inner(), strict, authorize=guard, cache=cache))[0].status_code == 401


@pytest.mark.parametrize(("ttl", "status", "calls"), [(0, 200, 1), (300, 401, 0)], ids=["not kept", "kept"])
def test_a_request_authorizer_is_asked_without_its_sources_only_if_nothing_is_kept(
    ttl: int, status: int, calls: int
) -> None:
    guard = Guard()
    app = Authorizer(Inner(), config(type="REQUEST", authorizer_result_ttl_in_seconds=ttl), authorize=guard)
    assert request(app, None)[0].status_code == status
    assert len(guard.events) == calls


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 414)], ids=["1600 bytes", "1601 bytes"])
def test_a_method_arn_may_have_1600_bytes(extra: int, status: int) -> None:
    guard = Guard()
    path = "/" + "a" * (1600 - len(f"{ROOT}/GET/") + extra)
    response, _ = request(Authorizer(Inner(), config(), authorize=guard), path=path)
    assert response.status_code == status
    assert len(guard.events) == (status == 200)
    if status == 414:
        assert json.loads(response.body()) == {"message": "Request URI too long"}


def test_a_refusal_raised_by_the_function_is_the_answer() -> None:
    def busy(event: Any) -> Any:
        raise GatewayError(THROTTLED)

    assert request(Authorizer(Inner(), config(), authorize=busy))[0].status_code == 429


def test_a_refusal_goes_through_the_responder() -> None:
    app = Authorizer(Inner(), config(), authorize=lambda event: deny("alice", team="blue"))
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET"}
    ctx = environ[CONTEXT_KEY] = Context(environ)
    ctx.responder = lambda error, context: Response(
        "403 Forbidden", [], [f"{error.response_type} {context.authorizer['team']}".encode()]
    )
    assert request(app, **environ)[0].body() == b"ACCESS_DENIED blue"


def test_the_client_is_told_nothing_of_what_went_wrong() -> None:
    response, _ = request(Authorizer(Inner(), config(), authorize=raises("/etc/secret tok")))
    assert response.body() == b'{"message":null}'
    assert "secret" not in repr(response.headerlist)


# ----------------------------------------------------------------------------------- what the app learns


def test_the_app_learns_who_is_calling() -> None:
    inner = Inner()
    guard = Guard(lambda event: allow("Žofie", usage_identifier_key="key-1", level=3, admin=True))
    _, ctx = request(Authorizer(inner, config(), authorize=guard))
    environ = inner.seen[0]
    assert environ["REMOTE_USER"].encode("latin-1").decode() == "Žofie"
    assert environ["AUTH_TYPE"] == "custom"
    assert environ["wsgi_gateway.authorizer"] == {"principalId": "Žofie", "level": 3, "admin": True}
    assert environ["wsgi_gateway.usage_identifier_key"] == "key-1"
    assert ctx.authorizer == {"principalId": "Žofie", "level": "3", "admin": "true"}


def test_what_stood_there_before_does_not_survive() -> None:
    inner = Inner()
    request(
        Authorizer(inner, config(), authorize=Guard()),
        REMOTE_USER="root",
        AUTH_TYPE="Basic",
        **{"wsgi_gateway.authorizer": {"principalId": "root"}, "wsgi_gateway.usage_identifier_key": "stolen"},
    )
    environ = inner.seen[0]
    assert environ["REMOTE_USER"] == "alice"
    assert environ["AUTH_TYPE"] == "custom"
    assert environ["wsgi_gateway.authorizer"] == {"principalId": "alice"}
    assert "wsgi_gateway.usage_identifier_key" not in environ


def test_an_app_that_changes_what_it_learns_changes_it_for_nobody_else() -> None:
    seen = []

    def careless(environ: Any, start_response: Any) -> Any:
        seen.append((dict(environ["wsgi_gateway.authorizer"]), dict(environ[CONTEXT_KEY].authorizer)))
        environ["wsgi_gateway.authorizer"]["principalId"] = "root"
        environ[CONTEXT_KEY].authorizer["principalId"] = "root"
        return Response()(environ, start_response)

    app = Authorizer(careless, config(authorizer_result_ttl_in_seconds=300), authorize=Guard())
    for _ in range(2):
        request(app)
    assert seen == [({"principalId": "alice"}, {"principalId": "alice"})] * 2


def test_behind_the_stage_everything_is_wsgi() -> None:
    app = validator(Authorizer(validator(Inner()), config(), authorize=Guard()))
    environ: dict[str, Any] = {"HTTP_AUTHORIZATION": "tok", "QUERY_STRING": ""}
    setup_testing_defaults(environ)
    response = call_app(app, environ)
    assert response.body() == b"inside"


# ------------------------------------------------------------------------------------------------ keeping


def kept(**more: Any) -> AuthorizerConfig:
    return config(**{"authorizer_result_ttl_in_seconds": 300, **more})


def test_a_kept_policy_is_used_until_its_ttl_has_passed() -> None:
    clock, guard = Clock(), Guard()
    app = Authorizer(Inner(), kept(), authorize=guard, clock=clock)
    for passed, calls in [(0, 1), (299, 1), (1, 2), (300, 3)]:
        clock.now += passed
        assert request(app)[0].status_code == 200
        assert len(guard.events) == calls


def test_without_a_ttl_every_request_asks() -> None:
    guard = Guard()
    app = Authorizer(Inner(), config(), authorize=guard, cache=AuthorizerCache())
    for _ in range(3):
        request(app)
    assert len(guard.events) == 3


def test_the_ttl_is_five_minutes_unless_said_otherwise() -> None:
    clock, guard = Clock(), Guard()
    declared = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))
    app = Authorizer(Inner(), declared, authorize=guard, clock=clock)
    for _ in range(2):
        request(app)
        clock.now += 299
    assert len(guard.events) == 1


GET_ONLY = {"principalId": "alice", "policyDocument": allow("alice", f"{ROOT}/GET/*")["policyDocument"]}
NOT_DELETE = {
    "principalId": "alice",
    "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{ROOT}/DELETE/*"},
        ],
    },
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(
            GET_ONLY, {"GET": 200, "HEAD": 403, "POST": 403, "DELETE": 403}, id="only GET is allowed"
        ),
        pytest.param(
            NOT_DELETE, {"GET": 200, "HEAD": 200, "POST": 200, "DELETE": 403}, id="DELETE is denied"
        ),
    ],
)
@pytest.mark.parametrize("first", ["GET", "DELETE"], ids="asked for {} first".format)
def test_a_kept_policy_is_evaluated_for_every_method(
    policy: Any, expected: dict[str, int], first: str
) -> None:
    guard = Guard(lambda event: policy)
    cache = AuthorizerCache()
    declared = kept()
    apps = {method: Authorizer(Inner(), declared, authorize=guard, cache=cache) for method in expected}
    for method in [first, *expected, *expected]:
        assert request(apps[method], method=method)[0].status_code == expected[method], method
    assert len(guard.events) == 1


@pytest.mark.parametrize(
    "function",
    [raises("Unauthorized"), raises("kaput"), lambda event: None],
    ids=["Unauthorized", "an exception", "an unusable answer"],
)
def test_a_failure_is_not_kept(function: Any) -> None:
    guard = Guard(function)
    app = Authorizer(Inner(), kept(), authorize=guard)
    assert request(app)[0].status_code in (401, 500)
    guard.answer = lambda event: allow("alice")
    assert request(app)[0].status_code == 200


def test_a_denying_policy_is_kept() -> None:
    guard = Guard(lambda event: deny("alice"))
    app = Authorizer(Inner(), kept(), authorize=guard)
    assert [request(app)[0].status_code for _ in range(3)] == [403] * 3
    assert len(guard.events) == 1


def whoever(event: Any) -> Any:
    return allow(event.get("authorizationToken") or event["requestContext"]["stage"])


def test_callers_apis_stages_and_authorizers_share_a_cache_and_nothing_else() -> None:
    cache, inner = AuthorizerCache(), Inner()
    guards = [Guard(whoever) for _ in range(3)]
    apps = [
        Authorizer(inner, kept(), authorize=guards[0], cache=cache),
        Authorizer(inner, kept(), authorize=guards[1], cache=cache),
        Authorizer(inner, kept(name="other"), authorize=guards[2], cache=cache),
    ]
    for _ in range(2):
        for app in apps:
            for token in ("a", "b"):
                for api_id, stage in [("x", "dev"), ("x", "prod"), ("y", "dev")]:
                    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
                    environ[CONTEXT_KEY] = Context(environ, Deployment(api_id=api_id, stage=stage))
                    request(app, token, **environ)
                    assert inner.seen[-1]["REMOTE_USER"] == token
    assert [len(guard.events) for guard in guards] == [6, 6, 6]


def test_stages_of_one_authorizer_share_what_is_kept() -> None:
    cache, guard, declared = AuthorizerCache(), Guard(), kept()
    for _ in range(3):
        request(Authorizer(Inner(), declared, authorize=guard, cache=cache))
    assert len(guard.events) == 1


def test_every_identity_source_of_a_request_authorizer_counts() -> None:
    guard, inner = Guard(lambda event: allow(json.dumps(event["multiValueQueryStringParameters"]))), Inner()
    sources = ("method.request.header.Authorization", "method.request.querystring.tenant")
    app = Authorizer(inner, kept(type="REQUEST", identity_source=sources), authorize=guard)
    queries = [
        "tenant=a",
        "tenant=b",
        "tenant=a&tenant=b",
        "tenant=b&tenant=a",
        "tenant=a",
        "tenant=b&other=1",
    ]
    for query in queries:
        assert request(app, QUERY_STRING=query)[0].status_code == 200
    assert len(guard.events) == 4


def test_many_threads_never_see_each_others_principal() -> None:
    together = threading.Barrier(8)

    def echo(environ: Any, start_response: Any) -> Any:
        who = environ["REMOTE_USER"] + environ[CONTEXT_KEY].authorizer["principalId"]
        return Response("200 OK", [], [who.encode()])(environ, start_response)

    app = Authorizer(echo, kept(), authorize=whoever, cache=AuthorizerCache(max_entries=7))

    def work(worker: int) -> list[str]:
        together.wait(20)
        wrong = []
        for number in range(300):
            token = f"t{(number * 5 + worker) % 12}"
            if request(app, token)[0].body().decode() != token * 2:
                wrong.append(token)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert [wrong for one in pool.map(work, range(8)) for wrong in one] == []


# -------------------------------------------------------------------------------------------------- trace


class Notes:
    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []

    def note(self, stage: str, details: dict[str, Any]) -> None:
        self.notes.append((stage, details))

    def watch(self, step: Any) -> Any:
        return step

    def refused(self, error: GatewayError) -> None:
        pass


def noted(app: Any, token: str | None = "s3cret-token") -> dict[str, Any]:
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/pets", "RAW_URI": "/pets"}
    ctx = environ[CONTEXT_KEY] = Context(environ, Deployment(api_id="api", stage="dev"))
    ctx.trace = notes = Notes()  # type: ignore[assignment]
    request(app, token, **environ)
    ((stage, details),) = notes.notes
    assert stage == "authorizer"
    assert "s3cret" not in repr(details)
    return details


def test_a_trace_tells_which_authorizer_decided_how_and_why_and_never_the_token() -> None:
    app = Authorizer(Inner(), kept(), authorize=lambda event: NOT_DELETE)
    expected = {"name": "guard", "effect": "Allow", "statement": 0, "reason": None}
    assert noted(app) == {**expected, "cache": "miss"}
    assert noted(app) == {**expected, "cache": "hit"}
    assert noted(Authorizer(Inner(), config(), authorize=lambda event: NOT_DELETE)) == {
        **expected,
        "cache": "off",
    }


@pytest.mark.parametrize(
    ("function", "token", "expected"),
    [
        pytest.param(None, None, {"cache": None, "reason": "identity source"}, id="no token"),
        pytest.param(
            lambda event: deny("alice"),
            "s3cret",
            {"effect": "Deny", "statement": 0, "reason": "denies"},
            id="deny",
        ),
        pytest.param(
            lambda event: allow("a", "b"), "s3cret", {"effect": None, "reason": "no statement"}, id="silence"
        ),
        pytest.param(raises("s3cret"), "s3cret", {"reason": "raised Exception"}, id="failure"),
        pytest.param(lambda event: {}, "s3cret", {"reason": "principalId"}, id="unusable answer"),
    ],
)
def test_a_trace_tells_why_a_request_was_refused(function: Any, token: Any, expected: dict[str, Any]) -> None:
    details = noted(Authorizer(Inner(), config(), authorize=function or Guard()), token)
    assert expected.pop("reason") in details["reason"]
    assert {name: details[name] for name in expected} == expected


# ------------------------------------------------------------------------------------------ configuration


@pytest.mark.parametrize("kind", ["COGNITO_USER_POOLS", "JWT", "AWS_IAM", "NONE", ""], ids=repr)
def test_what_is_not_supported_is_refused_and_never_admits(kind: str) -> None:
    with pytest.raises(ConfigError, match="not supported"):
        Authorizer(Inner(), config(type=kind), authorize=Guard())


def test_a_ttl_needs_something_to_keep_an_answer_by() -> None:
    with pytest.raises(ConfigError, match="identity_source"):
        Authorizer(Inner(), kept(type="REQUEST", identity_source=()), authorize=Guard())
