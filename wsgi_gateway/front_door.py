"""The front door: what is decided about a request before anybody asks where it goes.

:class:`PayloadLimit` is the stage between GatewayResponses and the Router. AWS ends request bodies at 10 MB
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html); the status is 413, its text could
not be confirmed. A length that is not declared (chunks) is counted while the body is read: what reads none of
it, such as MOCK without a template that does, or answers before its end, answers whatever its length.

A transfer coding other than ``chunked`` is 400: servers take the chunks off and hand on what they hold, which
would be taken for the body. What AWS answers could not be confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway import wsgi
from wsgi_gateway.context import Context
from wsgi_gateway.errors import DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIEnvironment


class PayloadLimit(LifecycleStage):
    """The front door: a request body above the limit is 413 before anything is done for it."""

    def on_request(self, ctx: Context) -> GatewayError | None:
        """Refuse a declared length above the limit and a body in codings; watch a length that is not
        declared.
        """
        environ, limit = ctx.environ, ctx.deployment.payload_limit
        if not wsgi.is_framing_known(environ):
            return GatewayError(DEFAULT_4XX, reason="a transfer coding other than chunked")
        try:
            length = wsgi.content_length(environ)
        except wsgi.BodyMalformed as error:
            return GatewayError(DEFAULT_4XX, reason=str(error))
        if length is None:
            if wsgi.is_chunked(environ):
                environ["wsgi.input"] = wsgi.LimitedInput(environ["wsgi.input"], limit)
            elif environ.get("CONTENT_TYPE") == "text/plain" and "SERVER_SOFTWARE" in environ:
                _forget_invented_type(environ)
        elif length > limit:
            return GatewayError(REQUEST_TOO_LARGE, reason=f"{length} bytes declared, {limit} allowed")
        return None


def _forget_invented_type(environ: WSGIEnvironment) -> None:
    """wsgiref, and with it Django's runserver, says text/plain where a client sent neither type nor body."""
    if environ["SERVER_SOFTWARE"].startswith("WSGIServer/"):
        del environ["CONTENT_TYPE"]
