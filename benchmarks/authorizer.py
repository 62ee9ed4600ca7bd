"""What Authorizer costs per request, beside the bare app: ``python benchmarks/authorizer.py``.

Printed in microseconds (best of many short rounds, all in this process), and as the ratio to the bare app of
the same run, which is what may be compared between machines and days. A stage that does nothing is measured
too: what Authorizer adds to it is what deciding costs. Below: bytes that a kept answer takes, and the worst
patterns that a policy may hold.
"""

from __future__ import annotations

import gc
import timeit
import tracemalloc
from collections.abc import Callable
from typing import Any

from wsgi_gateway.authorizers import AuthorizerCache, Policy, allow
from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig
from wsgi_gateway.context import Context
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.pipeline import LifecycleStage

ROUNDS, CALLS, CALLERS = 150, 500, 3_000
ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/pets/7",
    "RAW_URI": "/pets/7",
    "QUERY_STRING": "tenant=a",
    "HTTP_AUTHORIZATION": "Bearer " + "t" * 93,
}
LONG = "Bearer " + "t" * 993
ARNS = [f"arn:aws:execute-api:*:*:*/*/GET/{name}/*" for name in ("cats", "dogs", "fish", "birds", "pets")]
TOKEN = ("method.request.header.Authorization",)


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
    return None


class Nothing(LifecycleStage):
    def on_request(self, ctx: Context) -> None:
        return None


def authorizer(answer: Any, ttl: int = 300, **more: Any) -> Authorizer:
    config = AuthorizerConfig(
        name="guard", authorizer_result_ttl_in_seconds=ttl, **{"identity_source": TOKEN, **more}
    )
    return Authorizer(app, config, authorize=lambda event: answer)


def microseconds(call: Callable[[], Any], calls: int = CALLS) -> float:
    return min(timeit.repeat(call, number=calls, repeat=ROUNDS)) / calls * 1e6


def per_request() -> None:
    both = (*TOKEN, "method.request.querystring.tenant")
    stacks = {
        "bare app": app,
        "a stage that does nothing": Nothing(app),
        "TOKEN, kept, resource *": authorizer(allow("alice")),
        "TOKEN, kept, five resources": authorizer(allow("alice", ARNS)),
        "TOKEN, kept, validated shape": authorizer(
            allow("alice"), identity_validation_expression="Bearer .+"
        ),
        "TOKEN, kept, context of ten": authorizer(allow("alice", **{f"k{n}": n for n in range(10)})),
        "REQUEST, kept, two sources": authorizer(allow("alice"), type="REQUEST", identity_source=both),
        "TOKEN, asked every time": authorizer(allow("alice"), 0),
        "REQUEST, asked every time": authorizer(allow("alice"), 0, type="REQUEST"),
    }
    times = {
        name: microseconds(lambda stack=stack: stack(dict(ENVIRON), start_response))  # type: ignore[misc]
        for name, stack in stacks.items()
    }
    kept = stacks["TOKEN, kept, resource *"]
    times["the same, token of 1000"] = microseconds(
        lambda: kept({**ENVIRON, "HTTP_AUTHORIZATION": LONG}, start_response)
    )
    bare, nothing = times["bare app"], times["a stage that does nothing"]
    for name, taken in times.items():
        print(f"{name:32} {taken:7.2f} us {taken / bare:7.1f} x bare {taken - nothing:+8.2f} us over nothing")


def hooks() -> None:
    """What the stage itself takes for a request that was routed: what it adds to a chain."""
    ctx = Context(dict(ENVIRON))
    ctx.path = "/pets/7"
    for name, stage in {
        "TOKEN, kept, resource *": authorizer(allow("alice")),
        "TOKEN, kept, five resources": authorizer(allow("alice", ARNS)),
    }.items():
        taken = microseconds(lambda stage=stage: stage.on_request(ctx))  # type: ignore[misc]
        print(f"{name:32} {taken:7.2f} us, the hook alone, routed")


def in_a_gateway() -> None:
    """What a method's authorization adds to a whole gateway, which has routed the request already."""
    office = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
    }
    office["Condition"] = {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
    guard = AuthorizerConfig(name="guard", identity_source=TOKEN)
    environ = {**ENVIRON, "REMOTE_ADDR": "192.0.2.7"}

    def gateway(kind: str, policy: Any = None) -> Gateway:
        method = MethodConfig(
            http_method="GET", authorization_type=kind, authorizer="guard" if kind == "CUSTOM" else None
        )
        custom = {"guard": guard} if kind == "CUSTOM" else {}
        api = RestApiConfig(resources={"/pets/{id}": {"GET": method}}, authorizers=custom, policy=policy)
        return Gateway(api, app, lambdas={"guard": lambda event: allow("alice")})

    rules = {"Statement": [everyone, office]}
    stacks = {
        "no authorization": gateway("NONE"),
        "resource policy of two": gateway("NONE", rules),
        "TOKEN, kept": gateway("CUSTOM"),
        "TOKEN, kept, and the policy": gateway("CUSTOM", rules),
    }
    times = {
        name: microseconds(lambda stack=stack: list(stack(dict(environ), start_response)))  # type: ignore[misc]
        for name, stack in stacks.items()
    }
    print("in a Gateway:")
    for name, taken in times.items():
        print(f"{name:32} {taken:7.2f} us {taken - times['no authorization']:+8.2f} us over no authorization")


def per_caller() -> None:
    cache = AuthorizerCache()
    config = AuthorizerConfig(name="guard", identity_source=TOKEN)
    stack = Authorizer(
        app, config, authorize=lambda event: allow(event["authorizationToken"][:8]), cache=cache
    )
    gc.collect()
    tracemalloc.start()
    for number in range(CALLERS):
        stack({**ENVIRON, "HTTP_AUTHORIZATION": f"{number:08}".ljust(500, "x")}, start_response)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(
        f"{len(cache)} callers kept: {taken / CALLERS:.0f} bytes each, estimated {cache.size / CALLERS:.0f}"
    )


def worst_patterns() -> None:
    long = "a" * 254
    for pattern in ("*a*a*a*b*", "*a" * 255 + "b*", "*" + "a?" * 254 + "b*", f"*{long}*{long}b*"):
        policy = Policy(allow("alice", pattern)["policyDocument"])
        text = "a" * 1600
        taken = microseconds(lambda policy=policy, text=text: policy.decide(text), 50)  # type: ignore[misc]
        print(f"{pattern[:12] + '...':16} of {len(pattern):3} on 1600 characters {taken:9.2f} us")


if __name__ == "__main__":
    per_request()
    hooks()
    in_a_gateway()
    per_caller()
    worst_patterns()
