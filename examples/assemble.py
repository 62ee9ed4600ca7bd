"""Stages put together by hand, one of them our own, around a plain WSGI app. No definition file, no Gateway.

Run it: ``python examples/assemble.py``. A stage is a class with ``on_request`` or ``on_response``; to
answer it returns a WSGI app, to go on it returns None. Whatever it refuses is rendered by GatewayResponses,
further out.
"""

from __future__ import annotations

from wsgi_gateway import (
    GatewayError,
    GatewayResponseConfig,
    GatewayResponses,
    LifecycleStage,
    MethodConfig,
    MethodRequest,
    Response,
    pipeline,
)
from wsgi_gateway.errors import DEFAULT_5XX
from wsgi_gateway.wsgi import call_app


class OpeningHours(LifecycleStage):
    """Answers 503 outside of opening hours, and says to whoever gets through when we close."""

    def __init__(self, app, *, opens: int, closes: int, hour) -> None:
        super().__init__(app)
        if not 0 <= opens < closes <= 24:
            raise ValueError("a shop opens before it closes, on the same day")
        self._hours = range(opens, closes)
        self._hour = hour

    def on_request(self, ctx):
        if self._hour() not in self._hours:
            return GatewayError(DEFAULT_5XX, f"We open at {self._hours.start}", status=503)
        return None

    def on_response(self, ctx, response: Response):
        response.set_header("X-Closes-At", str(self._hours.stop))


def greeter(environ, start_response):
    """The wrapped app, plain WSGI."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"Good day, {environ['QUERY_STRING'].removeprefix('name=')}!".encode()]


def make_app(hour):
    greeting = MethodConfig(http_method="GET", request_parameters={"method.request.querystring.name": True})
    refusals = [
        GatewayResponseConfig(
            response_type="DEFAULT_5XX",
            response_templates={"text/plain": "Sorry. $context.error.message.\n"},
        )
    ]
    return pipeline(
        GatewayResponses.layer(refusals),
        OpeningHours.layer(opens=9, closes=17, hour=hour),
        MethodRequest.layer(greeting),
    )(greeter)


def main() -> None:
    for hour, query in [(10, "name=Ada"), (10, ""), (20, "name=Ada")]:
        app = make_app(lambda hour=hour: hour)
        answer = call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": query})
        text = answer.body().decode().strip()
        print(
            f"{hour:02}:00 ?{query:<9} {answer.status:<24} {text} (closes at {answer.header('X-Closes-At')})"
        )


if __name__ == "__main__":
    main()
