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

The function runs in this process, on the thread of the request: **its timeout cannot be enforced**. It is
told how much time is left, and a function that takes no notice of that takes as long as it takes.

Not for: functions deployed on AWS.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import DEFAULT_5XX, INTEGRATION_FAILURE, ConfigError, GatewayError
from wsgi_gateway.functions import Invocation, arguments, place_of
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer, proxy_answer
from wsgi_gateway.integrations.lambda_event import proxy_event
from wsgi_gateway.mapping.content import BinaryMediaTypes, accepted_type

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger("wsgi_gateway")

LambdaFunction = Callable[..., Any]
"""A Lambda handler: takes the event, and the invocation if it has a second argument; returns JSON-like
data.
"""


class LambdaProxy:
    """A Python callable as AWS_PROXY integration, a terminal WSGI app.

    :param function: a Lambda handler.
    :param http_method: the integration's method; all but ``POST`` make every request a 500, as on AWS.
    :param binary_media_types: media types and ranges, such as ``image/*``, whose bodies travel as bytes.
    :param timeout: seconds; only told to the function.

    Raises ConfigError if ``function`` cannot be called or the timeout is not positive.
    """

    def __init__(
        self,
        function: LambdaFunction,
        *,
        http_method: str = "POST",
        binary_media_types: Sequence[str] = (),
        timeout: float = 29.0,
    ) -> None:
        if not callable(function):
            raise ConfigError("a Lambda proxy integration needs a callable")
        if not timeout > 0:
            raise ConfigError("a timeout is a positive number of seconds")
        self._function = function
        self._takes_context = arguments(function, "a Lambda function", prefer=2) == 2
        self._name = getattr(function, "__name__", type(function).__name__)
        self._is_post = http_method == "POST"
        self._binary = BinaryMediaTypes(binary_media_types)
        self._timeout = timeout

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
            response = proxy_answer(output, decode=bool(accept) and accepted_type(accept) in self._binary)
        except MalformedAnswer as malformed:
            return _bad_gateway(f"malformed Lambda proxy response: {malformed}")
        except GatewayError as refusal:
            return refusal
        ctx.integration_status = response.status_code
        return response

    def _invoke(self, event: dict[str, Any], ctx: Context) -> Any:
        try:
            if not self._takes_context:
                return self._function(event)
            return self._function(event, Invocation(self._name, ctx.request_id, self._timeout))
        except (Exception, SystemExit) as error:
            # The text may hold whatever the function worked on; its type and place are enough for a log line.
            logger.error("%s raised %s in %s", self._name, type(error).__name__, place_of(error))
            raise _bad_gateway(f"the function raised {type(error).__name__}") from error


def _bad_gateway(reason: str) -> GatewayError:
    return GatewayError(DEFAULT_5XX, status=502, reason=reason)
