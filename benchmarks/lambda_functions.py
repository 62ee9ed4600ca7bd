"""What a Lambda function behind the gateway costs over calling it.

    python benchmarks/lambda_functions.py

The request is a realistic one: a dozen headers, a query string, a path parameter, a small JSON body. The
function does next to nothing, so that what is measured is the event made for it and the answer made of what
it returns. Every figure is from the same run and is the difference to calling the function with an event that
is there already; the last column has it as a ratio to the same gateway around a bare WSGI app.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

from wsgi_gateway import Gateway, IntegrationConfig, IntegrationResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.integrations import LambdaFunction, LambdaProxy
from wsgi_gateway.wsgi import call_app

CEILING = 60.0
"""Microseconds that AWS_PROXY may add to calling a Python callable."""

BODY = b'{"name": "Rex", "kind": "dog", "age": 3}'
ARN = "arn:aws:lambda:us-east-1:123456789012:function:pets"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}/invocations"
STREAMING = (
    f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{ARN}/response-streaming-invocations"
)


def pets(event: Any, context: Any) -> dict[str, Any]:
    """The function: its whole answer is a constant."""
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": '{"ok": true}'}


def streamed(event: Any, context: Any) -> dict[str, Any]:
    """The same answer, in parts."""
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": [b'{"ok": true}']}


def bare(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """A wrapped app."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "12")])
    return [b'{"ok": true}']


def environ() -> dict[str, Any]:
    """A request as gunicorn hands it over."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/pets/7",
        "RAW_URI": "/pets/7?page=1&sort=name&tag=a&tag=b",
        "QUERY_STRING": "page=1&sort=name&tag=a&tag=b",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "HTTP_HOST": "pets.example.com",
        "HTTP_ACCEPT": "application/json",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate, br",
        "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
        "HTTP_AUTHORIZATION": "Bearer eyJhbGciOiJub25lIn0.e30.",
        "HTTP_CACHE_CONTROL": "no-cache",
        "HTTP_COOKIE": "session=0123456789abcdef; theme=dark",
        "HTTP_ORIGIN": "https://shop.example.com",
        "HTTP_REFERER": "https://shop.example.com/pets",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "HTTP_X_REQUEST_ID": "8f14e45f",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(BODY),
    }


def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
    """Take the head as a server would."""


def gateway(function: Any = None, **integration: Any) -> Gateway:
    """One method; its integration is the function, or a wrapped app."""
    config = IntegrationConfig(http_method="POST", **integration) if integration else None
    api = RestApiConfig(
        resources={"/pets/{id}": {"POST": MethodConfig(http_method="POST", integration=config)}}
    )
    return Gateway(api, bare, lambdas={"pets": function} if function else None)


def microseconds(call: Callable[[dict[str, Any]], object], count: int = 2_000, rounds: int = 15) -> float:
    """The best of several rounds; requests are let go of as they are answered, as a server does."""
    best = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            call(environ())
        best.append((time.perf_counter() - start) / count * 1e6)
    return min(best)


def requests(app: Any) -> Callable[[dict[str, Any]], object]:
    """One request to ``app``, its body read to the end."""

    def call(env: dict[str, Any]) -> None:
        for _ in app(env, start_response):
            pass

    return call


def main() -> None:
    """Print the table."""
    event: list[Any] = []
    call_app(LambdaProxy(lambda given: event.append(given) or {}), environ())
    answers = [IntegrationResponseConfig(status_code=200)]
    calling = microseconds(lambda env: pets(event[0], None))
    wrapped = microseconds(requests(gateway())) - calling
    print(f"{'the gateway around a wrapped app':<42} {wrapped:6.1f} us over calling the function")
    for name, app in {
        "AWS_PROXY, the integration alone": LambdaProxy(pets),
        "AWS_PROXY, the whole gateway": gateway(pets, type="AWS_PROXY", uri=URI),
        "AWS_PROXY, a function with a timeout": gateway(LambdaFunction(pets), type="AWS_PROXY", uri=URI),
        "AWS_PROXY, streaming": gateway(
            streamed, type="AWS_PROXY", uri=STREAMING, response_transfer_mode="STREAM"
        ),
        "AWS (custom), passed through": gateway(pets, type="AWS", uri=URI, integration_responses=answers),
    }.items():
        added = microseconds(requests(app)) - calling
        print(f"{name:<42} {added:6.1f} us over calling the function, {added / wrapped:5.2f} x")
        if name == "AWS_PROXY, the whole gateway":
            print(f"{'':<42} {'within' if added <= CEILING else 'ABOVE'} the ceiling of {CEILING:.0f} us")


if __name__ == "__main__":
    main()
