"""What stages cost that do nothing: ``python benchmarks/pipeline.py``.

Printed in microseconds, and as the ratio to the bare app of the same run, which is what may be compared
between machines and days: absolute times drift.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from wsgi_gateway.context import Context
from wsgi_gateway.errors import CONTEXT_KEY
from wsgi_gateway.pipeline import LifecycleStage, fuse
from wsgi_gateway.wsgi import Response

ROUNDS, CALLS = 9, 20_000


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


class Both(LifecycleStage):
    def on_request(self, ctx: Context) -> None:
        return None

    def on_response(self, ctx: Context, response: Response) -> None:
        return None


class RequestOnly(LifecycleStage):
    def on_request(self, ctx: Context) -> None:
        return None


def nested(kind: type[LifecycleStage], count: int) -> Any:
    stack: Any = app
    for _ in range(count):
        stack = kind(stack)
    return stack


def microseconds(stack: Any) -> float:
    """Best of several rounds, for one request."""

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], object]:
        return print

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/pets/1",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }

    def request() -> None:
        environ.pop(CONTEXT_KEY, None)
        for _ in stack(environ, start_response):
            pass

    return min(timeit.repeat(request, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


def main() -> None:
    stacks = {
        "bare app": app,
        "one stage without hooks": nested(LifecycleStage, 1),
        "five request-only stages, nested": nested(RequestOnly, 5),
        "five request-only stages, fused": fuse(nested(RequestOnly, 5)),
        "seven stages with both hooks, nested": nested(Both, 7),
        "seven stages with both hooks, fused": fuse(nested(Both, 7)),
    }
    bare = microseconds(app)
    for name, stack in stacks.items():
        taken = microseconds(stack)
        print(f"{name:40} {taken:8.2f} us {taken / bare:8.1f} x bare")


if __name__ == "__main__":
    main()
