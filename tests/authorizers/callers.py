"""What the tests of authorizers share: guards, requests, and the app behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

from wsgi_gateway.authorizers import AuthorizerCache, allow
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY
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


TOKEN_SOURCE = ("method.request.header.Authorization",)


def token_config(**more: Any) -> AuthorizerConfig:
    return AuthorizerConfig(name="guard", **{"identity_source": TOKEN_SOURCE, **more})


def request_config(**more: Any) -> AuthorizerConfig:
    return AuthorizerConfig(name="guard", type="REQUEST", **more)


def context(**more: Any) -> Context:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/pets/7",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        **more,
    }
    return Context(environ, Deployment(api_id="api", stage="prod"))


GRANT = Grant(allow("alice"))


class Asked:
    """A function to ask, which counts."""

    def __init__(self, outcome: Any = GRANT) -> None:
        self.outcome, self.calls = outcome, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.outcome


def fetch(
    cache: AuthorizerCache, ask: Callable[[], Any], key: bytes = b"k", clock: Any = None, ttl: int = 300
) -> Any:
    return cache.fetch(key, ttl, clock or Clock(), ask)
