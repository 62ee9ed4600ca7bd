"""WsgiApp: the wrapped WSGI application as an integration.

Why: the backend of most gateways built with this package is a Flask, Django or Pyramid app in the same
process, and it needs no socket in between. Without a path the request goes on as it came; with one, the path
is replaced::

    >>> from wsgi_gateway.integrations.wsgi import WsgiApp
    >>> from wsgi_gateway.wsgi import Response, call_app
    >>> def flask_app(environ, start_response):
    ...     return Response("200 OK", [], [environ["PATH_INFO"].encode()])(environ, start_response)
    >>> call_app(WsgiApp(flask_app, path="/v2/pets"), {"REQUEST_METHOD": "GET", "PATH_INFO": "/pets"}).body()
    b'/v2/pets'

What was authorised is a path as the client wrote it; what the app dispatches on is PATH_INFO, which is
decoded. The two mean different routes when the written path contains an encoded slash or backslash, or a
segment that decodes to ``.`` or ``..``: such a request is refused with 400.

A client's ``X-HTTP-Method`` and ``X-Method-Override`` are not passed on, nor is ``X-HTTP-Method-Override``,
which has changed the verb already: an app that goes by them would do what was not authorised. What an
integration maps to such a header is passed on. A verb in a form or a query string (``_method``) is not seen.

Bodies stream both ways. Exceptions of the app are not caught here.

Not for: apps that must not see the gateway's environ keys; they stay.
AWS has no such integration: types WSGI and WSGI_PROXY are of this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from wsgi_gateway.context import context_of, request_path
from wsgi_gateway.errors import DEFAULT_4XX, ConfigError, GatewayError
from wsgi_gateway.integrations.path_template import PathTemplate

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

_ANOTHER_ROUTE = re.compile(r"%2f|%5c|/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_ANOTHER_PATH_INFO = re.compile(r"/\.{1,2}(?=/|$)")
_PATH = re.compile(r"/[^?#]*")
_OTHER_VERBS = ("HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
_RAW_TARGETS = ("RAW_URI", "REQUEST_URI")


class WsgiApp:
    """A WSGI app as a terminal app.

    :param app: the application.
    :param path: the path it is called with, such as ``/v2/{id}``; None leaves the request's own.

    Raises ConfigError for a path that does not begin with a slash or is more than a path.
    """

    def __init__(self, app: WSGIApplication, *, path: str | None = None) -> None:
        if path is not None and not _PATH.fullmatch(path):
            raise ConfigError(f"the path of a WSGI integration begins with a slash, has no query: {path!r}")
        self._app = app
        self._path = None if path is None else PathTemplate(path)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        ctx = context_of(environ)
        try:
            environ = self._aim(ctx, environ)
        except GatewayError as refusal:
            return refusal(environ, start_response)
        return self._app(environ, start_response)

    def _aim(self, ctx: Context, environ: WSGIEnvironment) -> WSGIEnvironment:
        """The environ for the app. Raises GatewayError 400 if its PATH_INFO would name another route."""
        if self._path is None:
            raw = ctx.path if ctx.path is not None else request_path(environ)
            path_info = environ.get("PATH_INFO", "")
        else:
            values = ctx.path_parameters if ctx.integration_path is None else ctx.integration_path
            raw = self._path.path(values)
            path_info = unquote_to_bytes(raw).decode("latin-1")
        # Most paths have neither an escape nor a dot and need no search.
        if "\\" in path_info or (
            ("%" in raw or "." in path_info)
            and (_ANOTHER_ROUTE.search(raw) or _ANOTHER_PATH_INFO.search(path_info))
        ):
            raise GatewayError(DEFAULT_4XX, reason="decoded, the path would name another route of the app")
        # An IntegrationRequest in front has seen to it, and mapped what it was told to.
        if ctx.integration_path is None and any(key in environ for key in _OTHER_VERBS):
            environ = {key: value for key, value in environ.items() if key not in _OTHER_VERBS}
        return environ if self._path is None else _with_path(environ, raw, path_info)


def _with_path(environ: WSGIEnvironment, raw: str, path_info: str) -> WSGIEnvironment:
    """A copy of the environ which tells one story about its path."""
    environ = {**environ, "PATH_INFO": path_info}
    query = environ.get("QUERY_STRING")
    target = quote(environ.get("SCRIPT_NAME", ""), encoding="latin-1") + raw + (f"?{query}" if query else "")
    for key in _RAW_TARGETS:
        if key in environ:
            environ[key] = target
    return environ
