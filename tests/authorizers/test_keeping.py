"""Answers that are kept: for how long, for whom, and what is evaluated anew for every request."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from authorizers.callers import ROOT, Clock, Guard, Inner, config, raises, request

from wsgi_gateway.authorizers import AuthorizerCache, allow, deny
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.wsgi import Response


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
