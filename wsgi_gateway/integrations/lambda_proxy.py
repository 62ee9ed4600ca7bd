"""LambdaProxy: a Lambda function, written as a Python callable, as a proxy integration.

Why: the function sees the whole request as one event and decides the whole answer, and the same function runs
on AWS::

    >>> from wsgi_gateway.integrations.lambda_proxy import LambdaProxy
    >>> from wsgi_gateway.wsgi import call_app
    >>> def hello(event, context):
    ...     return {"statusCode": 200, "body": "hello from " + event["path"]}
    >>> call_app(LambdaProxy(hello), {"REQUEST_METHOD": "GET", "PATH_INFO": "/x"}).body()
    b'hello from /x'

The function is called with the event of :mod:`~wsgi_gateway.integrations.lambda_event` and an
:class:`Invocation`; what it may return is in :mod:`~wsgi_gateway.integrations.lambda_answer`. A malformed
answer and an exception are a 502 with AWS's text; nothing of either reaches the client. An integration method
other than POST is a 500 on every request, as recorded on AWS.

A plain callable runs on the thread of the request: **its timeout cannot be enforced**. It is told how much
time is left, and a function that takes no notice of that takes as long as it takes; :class:`.LambdaFunction`
gives it a timeout. Functions elsewhere (:class:`.LambdaService`, :class:`.FunctionUrl`) are given up after
the integration's timeout: 504. One that we may not invoke is a 500, one that is throttled or not there a 502.

Lambda's limits hold for all of them (:mod:`~wsgi_gateway.integrations.lambda_payload`): an event of more than
6 MB is a 413 REQUEST_TOO_LARGE and does not reach the function, an answer of more than 6 MB a 502, and so is
one above the gateway's own payload limit. Not confirmed on AWS: the status of either.

Not for: mapping templates, which are :class:`.LambdaCustom`'s; answers that stream,
:class:`.LambdaStream`'s.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import DEFAULT_5XX, INTEGRATION_FAILURE, GatewayError
from wsgi_gateway.functions import FunctionElsewhere, FunctionUnreachable
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer, proxy_answer, python_answer
from wsgi_gateway.integrations.lambda_call import FunctionCall
from wsgi_gateway.integrations.lambda_event import proxy_event
from wsgi_gateway.integrations.lambda_failure import log_failure, no_answer
from wsgi_gateway.integrations.lambda_payload import RESPONSE_LIMIT
from wsgi_gateway.mapping.content import BinaryMediaTypes, accepted_type
from wsgi_gateway.pipeline import buffered

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment


class LambdaProxy:
    """A function as AWS_PROXY integration, a terminal WSGI app.

    :param function: a Lambda handler: takes the event, and the invocation if it has a second argument;
        returns JSON-like data. Or a function elsewhere.
    :param http_method: the integration's method; all but ``POST`` make every request a 500, as on AWS.
    :param binary_media_types: media types and ranges, such as ``image/*``, whose bodies travel as bytes.
    :param timeout: seconds, see the module.
    :param name: the function's name, as it is told it; default the callable's.

    Raises ConfigError if ``function`` cannot be called or the timeout is not positive.
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
        is_elsewhere = isinstance(self._call.function, FunctionElsewhere)
        # What comes from elsewhere is JSON, and was counted as it came.
        self._respond = proxy_answer if is_elsewhere else python_answer
        self._is_post = http_method == "POST"
        self._binary = BinaryMediaTypes(binary_media_types)

    def __repr__(self) -> str:
        return f"<LambdaProxy {self._call.name}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        return self._answer(context_of(environ), environ)(environ, start_response)

    def _answer(self, ctx: Context, environ: WSGIEnvironment) -> WSGIApplication:
        if not self._is_post:
            return GatewayError(
                INTEGRATION_FAILURE, status=500, reason="a Lambda proxy integration's method is POST"
            )
        try:
            event = proxy_event(ctx, environ, self._binary)
            output = self._invoke(event, ctx)
            accept = environ.get("HTTP_ACCEPT")
            # Without an Accept header nothing is decoded (recorded).
            response = self._respond(output, decode=bool(accept) and accepted_type(accept) in self._binary)
            if ctx.deployment.payload_limit < RESPONSE_LIMIT:
                buffered(response, ctx)
        except MalformedAnswer as malformed:
            return _bad_gateway(f"malformed Lambda proxy response: {malformed}")
        except GatewayError as refusal:
            return refusal
        ctx.integration_status = response.status_code
        return response

    def _invoke(self, event: dict[str, Any], ctx: Context) -> Any:
        try:
            return self._call(event, ctx.request_id)
        except (Exception, SystemExit) as error:
            log_failure(self._call.name, error)
            if isinstance(error, FunctionUnreachable):
                raise no_answer(error, status=502) from None
            raise _bad_gateway(f"the function raised {type(error).__name__}") from error


def _bad_gateway(reason: str) -> GatewayError:
    return GatewayError(DEFAULT_5XX, status=502, reason=reason)
