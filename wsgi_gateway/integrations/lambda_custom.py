"""LambdaCustom: a function behind mapping templates, the integration type AWS with a function's URI.

Why: the function gets what the request template makes and gives what the response template reads; it knows
nothing of HTTP::

    >>> from wsgi_gateway.integrations.lambda_custom import LambdaCustom
    >>> from wsgi_gateway.wsgi import call_app
    >>> call_app(LambdaCustom(lambda event: {"seen": event}), {"REQUEST_METHOD": "POST"}).body()
    b'{"seen": {}}'

The request body, ``{}`` if it is empty (recorded), is the event. The answer is 200 with the function's result
as JSON, **also if the function failed**: then it is Lambda's error document
(:mod:`~wsgi_gateway.integrations.lambda_failure`), and an integration response is selected by its
``errorMessage``.

``X-Amz-Invocation-Type``, mapped as a header, says how the function is invoked:

===================  ======================================================================================
``RequestResponse``  as said above; the default
``Event``            the answer is 202 without a body, at once; the default integration response makes it 200
                     and empty (recorded). See :mod:`~wsgi_gateway.integrations.lambda_background`
``DryRun``           the answer is 204 without a body, and the function does not run; whether it could be
                     invoked at all is not looked at
===================  ======================================================================================

504 when we give up waiting (:mod:`~wsgi_gateway.integrations.lambda_call`), 500 if the function elsewhere may
not be called, is throttled or cannot be reached, and with an integration method other than POST. An event
above Lambda's own limits (:mod:`~wsgi_gateway.integrations.lambda_payload`) does not reach the function: 413
REQUEST_TOO_LARGE above 6 MB; 500 above the 1 MB of an ``Event``, an error of the service as all others are.

Not confirmed on AWS: the 500 of all but permissions; the 413; the 400 for an event that is no JSON (its text
is the beginning of Lambda's own) and for other invocation types; what becomes of other mapped headers, which
reach no function here. An event has to be strict JSON (:mod:`~wsgi_gateway.mapping.documents`).

Not for: functions that answer HTTP themselves; :class:`.LambdaProxy` is.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import DEFAULT_4XX, INTEGRATION_FAILURE, GatewayError
from wsgi_gateway.functions import FunctionElsewhere, FunctionUnreachable
from wsgi_gateway.integrations.lambda_background import start_later
from wsgi_gateway.integrations.lambda_call import FunctionCall
from wsgi_gateway.integrations.lambda_failure import error_text, log_failure, no_answer, output_text
from wsgi_gateway.integrations.lambda_payload import EVENT_LIMIT, REQUEST_LIMIT
from wsgi_gateway.integrations.payload import read_payload
from wsgi_gateway.mapping.documents import strict_json
from wsgi_gateway.wsgi import Response

if TYPE_CHECKING:
    from wsgi_gateway.typing import HeaderList, StartResponse, WSGIApplication, WSGIEnvironment

_INVOCATION_TYPE = "HTTP_X_AMZ_INVOCATION_TYPE"
_HEADERS: HeaderList = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", "$LATEST")]
_FAILED: HeaderList = [*_HEADERS, ("X-Amz-Function-Error", "Unhandled")]


class LambdaCustom:
    """A function as integration of type AWS, a terminal WSGI app.

    :param function: a callable, or a function elsewhere.
    :param http_method: the integration's method; all but ``POST`` make every request a 500.
    :param timeout: seconds, see the module.
    :param name: the function's name; default the callable's.

    Raises ConfigError if ``function`` cannot be called or the timeout is not positive.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        http_method: str = "POST",
        timeout: float = 29.0,
        name: str | None = None,
    ) -> None:
        self._call = FunctionCall(function, timeout=timeout, name=name)
        self._is_post = http_method == "POST"
        elsewhere = self._call.function
        self._text = self._text_elsewhere if isinstance(elsewhere, FunctionElsewhere) else self._text_here
        self._starts_there = isinstance(elsewhere, FunctionElsewhere) and elsewhere.can_start
        self._by_type: dict[str, Callable[[bytes, Any, str], Response]] = {
            "RequestResponse": self._answered,
            "Event": self._started,
            "DryRun": lambda payload, event, request_id: Response("204 No Content"),
        }

    def __repr__(self) -> str:
        return f"<LambdaCustom {self._call.name}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> WSGIApplication:
        ctx = context_of(environ)
        if not self._is_post:
            return GatewayError(INTEGRATION_FAILURE, status=500, reason="functions are invoked by POST")
        invoke = self._by_type.get(environ.get(_INVOCATION_TYPE) or "RequestResponse")
        if invoke is None:
            return GatewayError(DEFAULT_4XX, reason="no such invocation type")
        try:
            limit = min(ctx.deployment.payload_limit, REQUEST_LIMIT)
            payload = read_payload(environ, limit) or b"{}"
            response = invoke(payload, _event(payload), ctx.request_id)
        except GatewayError as refusal:
            return refusal
        except FunctionUnreachable as error:
            log_failure(self._call.name, error)
            return no_answer(error, status=500)
        ctx.integration_status = response.status_code
        return response

    def _answered(self, payload: bytes, event: Any, request_id: str) -> Response:
        try:
            text, is_whole = self._text(payload, event, request_id)
        except FunctionUnreachable:
            raise
        except (Exception, SystemExit) as error:
            log_failure(self._call.name, error)
            text, is_whole = error_text(error, request_id), False
        return Response("200 OK", list(_HEADERS if is_whole else _FAILED), [text])

    def _text_here(self, payload: bytes, event: Any, request_id: str) -> tuple[bytes, bool]:
        return output_text(self._call(event, request_id), request_id)

    def _text_elsewhere(self, payload: bytes, event: Any, request_id: str) -> tuple[bytes, bool]:
        return self._call.function.answer(payload), True

    def _started(self, payload: bytes, event: Any, request_id: str) -> Response:
        name = self._call.name
        if len(payload) > EVENT_LIMIT:
            raise FunctionUnreachable(
                f"{name}: RequestTooLargeException, an event of {len(payload)} bytes; {EVENT_LIMIT} may wait"
            )
        if self._starts_there:
            self._call.function.start(payload)
        elif not start_later(name, lambda: self._call(_event(payload), request_id), len(payload)):
            raise FunctionUnreachable(f"{name}: too many events wait for their function")
        return Response("202 Accepted")


def _event(payload: bytes) -> Any:
    try:
        return strict_json(payload)
    except ValueError as error:
        raise GatewayError(
            DEFAULT_4XX, "Could not parse request body into json", reason="the event is not strict JSON"
        ) from error
