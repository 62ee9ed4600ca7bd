"""The Authorizer stage: whom it lets through, what it answers the others, what the app behind it learns."""

from __future__ import annotations

import json
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from authorizers.callers import ROOT, Guard, Inner, answer, config, raises, request

from wsgi_gateway.authorizers import AuthorizerCache, allow, deny
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, THROTTLED, ConfigError, GatewayError
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.pipeline import fuse
from wsgi_gateway.wsgi import Response, call_app

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


# -------------------------------------------------------------------------------------------------- trace


BY_VERB = {
    "principalId": "alice",
    "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{ROOT}/DELETE/*"},
        ],
    },
}


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
    assert stage == "Authorizer"
    assert "s3cret" not in repr(details)
    return details


def test_a_trace_tells_which_authorizer_decided_how_and_why_and_never_the_token() -> None:
    app = Authorizer(Inner(), config(authorizer_result_ttl_in_seconds=300), authorize=lambda event: BY_VERB)
    expected = {"name": "guard", "type": "TOKEN", "effect": "Allow", "statement": 0}
    expected |= {"why": "statement 0: Allow"}
    assert noted(app) == {**expected, "cache": "miss"}
    assert noted(app) == {**expected, "cache": "hit"}
    assert noted(Authorizer(Inner(), config(), authorize=lambda event: BY_VERB)) == {
        **expected,
        "cache": "off",
    }


@pytest.mark.parametrize(
    ("function", "token", "expected"),
    [
        pytest.param(
            None,
            None,
            {"reason": "identity source", "missing": "method.request.header.Authorization"},
            id="no token",
        ),
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


@pytest.mark.parametrize("kind", ["AWS_IAM", "NONE", ""], ids=repr)
def test_what_is_not_supported_is_refused_and_never_admits(kind: str) -> None:
    with pytest.raises(ConfigError, match="not supported"):
        Authorizer(Inner(), config(type=kind), authorize=Guard())


def test_scopes_are_refused_where_they_would_do_nothing() -> None:
    with pytest.raises(ConfigError, match="scopes"):
        Authorizer(Inner(), config(), authorize=Guard(), scopes=("pets/read",))


def test_a_ttl_needs_something_to_keep_an_answer_by() -> None:
    with pytest.raises(ConfigError, match="identity_source"):
        Authorizer(
            Inner(),
            config(authorizer_result_ttl_in_seconds=300, type="REQUEST", identity_source=()),
            authorize=Guard(),
        )
