"""The request body as a terminal app that needs all of it reads it.

Not for: the client's body as the method saw it; that is :meth:`wsgi_gateway.context.Context.body`, which
keeps what it has read. An integration gets the body that the integration request made, and that lies in its
own environ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway import wsgi
from wsgi_gateway.errors import DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIEnvironment


def read_payload(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body of ``environ``, at most ``limit`` bytes.

    Raises GatewayError: 413 above the limit, 400 when the client's framing is wrong or the body is cut short.
    """
    try:
        return wsgi.read_body(environ, limit)
    except wsgi.BodyTooLarge as error:
        raise GatewayError(REQUEST_TOO_LARGE, reason=str(error)) from error
    except wsgi.BodyMalformed as error:
        raise GatewayError(DEFAULT_4XX, reason=str(error)) from error
