"""Requests as they were sent: what a signature was made of, before anything has been changed.

::

    request = from_environ(environ)       # or from_context(ctx), behind other stages
    request.headers["host"]

Text is as WSGI carries it, bytes as latin-1 code points. The path is percent-encoded as the client sent it,
which only the server knows: it must set ``RAW_URI`` or ``REQUEST_URI``.

Not for: routing; that path is :func:`wsgi_gateway.context.request_path`'s, and :func:`signed_path` tells
whether both are the same.

Source: https://peps.python.org/pep-3333/; AWS has no part in this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from wsgi_gateway.context import Context, context_of, request_path

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIEnvironment

METHOD_OVERRIDE = "x-http-method-override"


class WireRequest:
    """A request as it was sent, text as WSGI carries it (bytes as latin-1).

    ``path``: percent-encoded, from the first slash on. ``query``: what follows the question mark.
    ``headers``: pairs; repeated ones are joined by a comma, names in lower case. ``body``: gives the bytes.
    """

    __slots__ = ("body", "headers", "method", "path", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: Callable[[], bytes] = bytes,
    ) -> None:
        self.method, self.path, self.query, self.body = method, path, query, body
        self.headers: dict[str, str] = {}
        for name, value in headers:
            key, value = name.lower(), value.strip(" \t\r\n")
            self.headers[key] = f"{self.headers[key]},{value}" if key in self.headers else value


def from_environ(environ: WSGIEnvironment) -> WireRequest:
    """The request of a WSGI environ, before anything has been changed in it. Its body stays readable."""
    return from_context(context_of(environ))


def from_context(ctx: Context) -> WireRequest:
    """The request of a Context. The body is read only when asked for; reading it may raise GatewayError."""
    environ = ctx.client
    request = WireRequest(ctx.client_method, _sent_path(environ), environ.get("QUERY_STRING", ""))
    request.body = ctx.body
    headers = request.headers
    for key, value in environ.items():
        if key[:5] == "HTTP_":
            headers[key[5:].replace("_", "-").lower()] = value
    if "CONTENT_TYPE" in environ:
        headers["content-type"] = environ["CONTENT_TYPE"]
    if "CONTENT_LENGTH" in environ:
        headers["content-length"] = environ["CONTENT_LENGTH"]
    if ctx.http_method != ctx.client_method:
        headers.setdefault(METHOD_OVERRIDE, ctx.http_method)  # the router takes the header away
    return request


def _sent_path(environ: WSGIEnvironment) -> str:
    script_name = environ.get("SCRIPT_NAME", "")
    if not script_name:
        return request_path(environ)
    raw: WSGIEnvironment = {name: environ[name] for name in ("RAW_URI", "REQUEST_URI") if name in environ}
    return request_path({**raw, "PATH_INFO": script_name + environ.get("PATH_INFO", "")})


def signed_path(request: WireRequest) -> str:
    """The path that a signature of this request covers: no empty segments, no ``.`` and ``..``.

    Percent-encoded once, as in the request. What is decided by path must be decided by this one::

        routed = quote(environ["SCRIPT_NAME"], encoding="latin-1") + ctx.path
        canonical_path(signed_path(request)) == canonical_path(routed)

    with :func:`~wsgi_gateway.context.canonical_path`, for which ``//`` and ``/`` are one. The verifier itself
    refuses ``.`` and ``..``, so that for an admitted request it holds wherever ``ctx.path`` is the request's.
    """
    return normal_path(request.path)


def normal_path(path: str) -> str:
    """A path without empty segments, ``.`` and ``..``, as AWS's signatures have it: ``/a/..`` is ``/``."""
    if "//" not in path and "/." not in path:
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment and segment != ".":
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")
