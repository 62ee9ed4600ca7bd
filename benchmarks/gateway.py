"""What a whole gateway adds to a raw WSGI app: an admitted request with everything on, and refusals.

    python benchmarks/gateway.py

Everything on: a cached TOKEN authorizer, an API key, throttle, quota, and a small JSON body validated against
a model. Every figure is taken in the same run as the bare app's and printed as the difference and as a ratio
to it. A 100 MB answer through a passthrough method shows what memory the gateway adds.
"""

from __future__ import annotations

import io
import statistics
import time
import tracemalloc
from typing import Any

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    Gateway,
    MethodConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    RestApiConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.authorizers import allow

KEY = "0123456789abcdefghij"
BODY = b'{"name": "Rex", "kind": "dog", "age": 3}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", "2")]


def bare(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", HEADERS)
    return [b"{}"]


def api(**method: Any) -> RestApiConfig:
    return RestApiConfig(
        resources={"/pets/{id}": {"POST": MethodConfig(http_method="POST", **method)}},
        authorizers={
            "guard": AuthorizerConfig(name="guard", identity_source=["method.request.header.Authorization"])
        },
        models={
            "Pet": ModelConfig(
                name="Pet",
                schema={
                    "type": "object",
                    "required": ["name", "kind"],
                    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
                },
            )
        },
        request_validators={"body": RequestValidatorConfig(name="body", validate_request_body=True)},
        api_keys=[ApiKeyConfig(id="k", value=KEY)],
        usage_plans=[
            UsagePlanConfig(
                id="p",
                keys=["k"],
                api_stages=[ApiStageConfig(stage="default")],
                throttle=ThrottleConfig(rate_limit=1e9, burst_limit=10**9),
                quota=QuotaConfig(limit=10**12, period="DAY"),
            )
        ],
    )


EVERYTHING = {
    "authorization_type": "CUSTOM",
    "authorizer": "guard",
    "api_key_required": True,
    "request_validator": "body",
    "request_models": {"application/json": "Pet"},
}


def environ(**more: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/pets/7",
        "RAW_URI": "/pets/7",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "*/*",
        "HTTP_USER_AGENT": "benchmark/1",
        "HTTP_AUTHORIZATION": "token",
        "HTTP_X_API_KEY": KEY,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(BODY),
        **more,
    }


def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
    """Take the head as a server would."""


def microseconds(app: Any, count: int = 3_000, rounds: int = 15, **more: Any) -> float:
    """The best of several rounds; building the environ is not counted."""
    best = []
    for _ in range(rounds):
        environs = [environ(**more) for _ in range(count)]
        start = time.perf_counter()
        for env in environs:
            app(env, start_response)
        best.append((time.perf_counter() - start) / count * 1e6)
    return min(best)


def row(name: str, value: float, base: float) -> None:
    print(f"{name:<58} +{value - base:7.2f} us   {value / base:6.1f} x bare")


def main() -> None:
    guard = {"guard": lambda event: allow("user", team="blue")}
    whole = Gateway(api(**EVERYTHING), bare, authorizers=guard)
    empty = Gateway(api(), bare)
    base = statistics.median(microseconds(bare) for _ in range(3))
    print(f"{'bare app':<58}  {base:7.2f} us")
    row("gateway, a method that asks for nothing", microseconds(empty), base)
    row("gateway, everything on, admitted", microseconds(whole), base)
    row("refused: no route", microseconds(whole, PATH_INFO="/x", RAW_URI="/x"), base)
    row("refused: no token", microseconds(whole, HTTP_AUTHORIZATION=""), base)
    row("refused: wrong API key", microseconds(whole, HTTP_X_API_KEY="x" * 20), base)
    memory()


def memory() -> None:
    chunk = b"x" * 65_536

    def large(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [])
        return (chunk for _ in range(1_600))

    gateway = Gateway(api(), large)
    tracemalloc.start()
    sent = sum(len(part) for part in gateway(environ(), start_response))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{sent / 1e6:.0f} MB through a passthrough method: {peak / 1e6:.3f} MB more at the peak")


if __name__ == "__main__":
    main()
