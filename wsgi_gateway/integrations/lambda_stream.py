r"""LambdaStream: a Lambda function whose answer goes to the client as the function makes it.

Why: a long answer need not be whole in memory, and its beginning need not wait for its end::

    >>> from wsgi_gateway.integrations.lambda_stream import LambdaStream
    >>> from wsgi_gateway.wsgi import call_app
    >>> def report(event, context):
    ...     return {"statusCode": 200, "body": (b"line %d\n" % n for n in range(2))}
    >>> call_app(LambdaStream(report), {"REQUEST_METHOD": "GET"}).body()
    b'line 0\nline 1\n'

This is AWS_PROXY with the response transfer mode STREAM. The event is the usual one. A function elsewhere
answers in Lambda's form: a JSON object, eight NUL bytes, and then the body, with the object and the NULs in
the first 16 KiB. A Python callable may return:

* an iterable of bytes in that form, such as a generator of its own, or bytes;
* a dict with the same members and ``body``: bytes, text, or an iterable of bytes.

The members are ``statusCode`` (200 if it is missing), ``headers``, ``multiValueHeaders`` and ``cookies``, a
list of Set-Cookie values; no others. ``Content-Length`` is renamed and ``Transfer-Encoding`` left out, as in
answers that are whole: what is sent is framed here.

Until the head is out, an answer in the wrong form is a 500, a function that fails a 502, and waiting longer
than ``timeout`` a 504. After that a failure cuts the connection, and so do a body of more than
:data:`LONGEST` seconds and :data:`MOST_IDLE` seconds without a part. Python cannot interrupt a callable: its
parts are looked at as they come. ``close()`` reaches the function's iterable when the client goes.

Limits: only Python callables and :class:`.LambdaService` stream; compression and ``isBase64Encoded`` have no
part in it. The wait for a part of a LambdaService's answer is ``timeout`` too, which boto3 has one of.

Not confirmed on AWS: the type of an answer that names none, here ``application/json``; the status of a
function that fails; that ``timeout`` ends with the head.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import (
    API_CONFIGURATION_ERROR,
    DEFAULT_5XX,
    INTEGRATION_FAILURE,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.functions import FunctionElsewhere, FunctionUnreachable, event_payload
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer, as_json, stream_head
from wsgi_gateway.integrations.lambda_call import FunctionCall
from wsgi_gateway.integrations.lambda_event import proxy_event
from wsgi_gateway.integrations.lambda_failure import log_failure, no_answer
from wsgi_gateway.integrations.lambda_parts import Parts, metadata
from wsgi_gateway.mapping.content import BinaryMediaTypes
from wsgi_gateway.wsgi import Response, status_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment


class LambdaStream:
    """A function as AWS_PROXY integration that streams, a terminal WSGI app.

    :param function: a Lambda handler, or a LambdaService.
    :param http_method: the integration's method; all but ``POST`` make every request a 500.
    :param binary_media_types: request types whose bodies the event has in base64.
    :param timeout: seconds until the answer's head has to be there.
    :param name: the function's name; default the callable's.

    Raises ConfigError if ``function`` cannot be called or cannot stream, or the timeout is not positive.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        http_method: str = "POST",
        binary_media_types: Sequence[str] = (),
        timeout: float = 29.0,
        name: str | None = None,
    ) -> None:
        self._call = FunctionCall(function, timeout=timeout, name=name)
        called = self._call.function
        is_elsewhere = isinstance(called, FunctionElsewhere)
        if is_elsewhere and not called.can_stream:
            raise ConfigError(
                "responseTransferMode STREAM: a function behind a URL answers whole, not in parts"
            )
        self._output: Callable[[Any, str], Any] = self._streamed_elsewhere if is_elsewhere else self._call
        self._is_post = http_method == "POST"
        self._binary = BinaryMediaTypes(binary_media_types)
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"<LambdaStream {self._call.name}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> WSGIApplication:
        ctx = context_of(environ)
        if not self._is_post:
            return GatewayError(
                INTEGRATION_FAILURE, status=500, reason="a Lambda proxy integration's method is POST"
            )
        try:
            event = proxy_event(ctx, environ, self._binary)
        except GatewayError as refusal:
            return refusal
        parts = Parts(self._call.name, self._timeout)
        try:
            response = self._begun(parts, event, ctx.request_id)
        except MalformedAnswer as malformed:
            parts.close()
            return GatewayError(API_CONFIGURATION_ERROR, reason=f"malformed streamed answer: {malformed}")
        except FunctionUnreachable as error:
            parts.close()
            log_failure(self._call.name, error)
            return no_answer(error, status=502)
        except (Exception, SystemExit) as error:
            parts.close()
            log_failure(self._call.name, error)
            return GatewayError(DEFAULT_5XX, status=502, reason=f"the function raised {type(error).__name__}")
        ctx.integration_status = response.status_code
        return response

    def _begun(self, parts: Parts, event: dict[str, Any], request_id: str) -> Response:
        """The answer up to its head; ``parts`` becomes its body."""
        output = self._output(event, request_id)
        if isinstance(output, dict):
            members = dict(output)
            parts.take(members.pop("body", None))
        else:
            parts.take(output)
            members = metadata(parts)
        try:
            status, headers = stream_head(members)
        except MalformedAnswer:
            status, headers = stream_head(as_json(members)[0])
        if status in (204, 304):
            parts.close()
            return Response(status_line(status), headers, [])
        parts.begin()
        return Response(status_line(status), headers, parts)

    def _streamed_elsewhere(self, event: Any, request_id: str) -> Any:
        return self._call.function.stream(event_payload(event))
