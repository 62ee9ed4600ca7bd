"""MethodResponse: the public interface on the way out; declared statuses, renamed and dropped headers.

::

    from wsgi_gateway import MethodResponse, MethodResponseConfig

    app = MethodResponse(app, {200: MethodResponseConfig(status_code=200)}, integration_type="HTTP")

A status that the method does not declare is 500, unless a template's override set it (recorded on AWS: an
override needs no declaration). A method that declares nothing declares 200.

Some headers belong to the connection or to the gateway. By type of integration they are renamed to
``x-amzn-Remapped-NAME`` or dropped; the tables are the recorded ones, which differ from the documented ones.
Proxy integrations have no method responses: for them only the tables apply, and the body streams. An HTTP
backend's answer without a Content-Type is sent as ``application/json`` (documented).

HTTP_PROXY drops a ``Content-Encoding`` that means nothing, such as ``identity`` (reported). One that says how
to read the body passes, as documented: without it the client could not.

The answer of an HTTP backend or a wrapped app to a HEAD keeps the Content-Length it has, or has not (not
confirmed).

``X-Amzn-Trace-Id`` goes back to the client for HTTP and AWS types, never for MOCK or a refusal (recorded).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wsgi_gateway.config.integration import PROXY_TYPES
from wsgi_gateway.context import Context
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, GatewayError
from wsgi_gateway.pipeline import LifecycleStage
from wsgi_gateway.wsgi import Response

if TYPE_CHECKING:
    from wsgi_gateway.config import MethodResponseConfig
    from wsgi_gateway.typing import HeaderList, WSGIApplication

_MAPPED_REMAPPED = frozenset(
    "authorization connection content-length content-md5 date expect host max-forwards "
    "proxy-authenticate server trailer upgrade user-agent www-authenticate".split()
)
REMAPPED: dict[str | None, frozenset[str]] = {
    "HTTP": _MAPPED_REMAPPED,
    "AWS": _MAPPED_REMAPPED,
    "WSGI": _MAPPED_REMAPPED,
    "MOCK": _MAPPED_REMAPPED,
    "HTTP_PROXY": frozenset({"connection", "content-length", "date", "server", "x-amzn-requestid"}),
    "AWS_PROXY": frozenset({"connection", "content-length", "date", "server"}),
}
"""Lower-case names of headers renamed to ``x-amzn-Remapped-*``, by type of integration (recorded)."""

DROPPED: dict[str | None, frozenset[str]] = {
    "HTTP_PROXY": frozenset({"content-encoding", "via", "transfer-encoding"}),
    "AWS_PROXY": frozenset({"expect", "proxy-authenticate", "te", "trailer", "upgrade"}),
}
"""Lower-case names of headers dropped, by type of integration (AWS_PROXY's are documented, not recorded);
Transfer-Encoding always is.
"""

_ALWAYS_DROPPED = frozenset({"transfer-encoding", "keep-alive", "proxy-connection", "trailers", "status"})
_TRACED = frozenset({"HTTP", "AWS", "AWS_PROXY"})
_BODILESS = ("204", "304")
_TELL_OF_ANOTHER = frozenset({"HTTP_PROXY", "WSGI_PROXY"})
_LENGTH = frozenset({"content-length"})
_LENGTH_IS_OURS = "wsgi_gateway.length_is_ours"
_CODED = re.compile(
    r"(?:gzip|x-gzip|deflate|br|zstd)(?:\s*,\s*(?:gzip|x-gzip|deflate|br|zstd))*", re.IGNORECASE
)


class MethodResponse(LifecycleStage):
    """Checks the status and filters the headers of what goes to the client.

    :param responses: declared statuses.
    :param integration_type: chooses the header tables; None applies none.
    """

    def __init__(
        self,
        app: WSGIApplication,
        responses: Mapping[int, MethodResponseConfig] | None = None,
        *,
        integration_type: str | None = None,
    ) -> None:
        super().__init__(app)
        self._declared = None if integration_type in PROXY_TYPES else frozenset(responses or (200,))
        self._remapped = REMAPPED.get(integration_type, frozenset())
        self._dropped = DROPPED.get(integration_type, frozenset()) | _ALWAYS_DROPPED
        self._touched = self._remapped | self._dropped
        self._traced = integration_type in _TRACED
        self._tells_of_another = integration_type in _TELL_OF_ANOTHER
        self._is_http_proxy = integration_type == "HTTP_PROXY"

    def on_response(self, ctx: Context, response: Response) -> None:
        """Check and filter; refusals pass."""
        if ctx.error is not None:
            return
        if self._declared is not None:
            self._check_status(ctx, response)
        length = response.header("Content-Length") if self._declared is None else None
        if length is not None and ctx.environ.get(_LENGTH_IS_OURS):
            response.remove_headers(_LENGTH)
        response.headerlist = self._filtered(response.headerlist)
        if self._traced:
            response.set_header("X-Amzn-Trace-Id", ctx.trace_id)
        if self._is_http_proxy and response.header("Content-Type") is None:
            response.headerlist.append(("Content-Type", "application/json"))
        _frame(response, length, of_another=self._tells_of_another and ctx.client_method == "HEAD")

    def _check_status(self, ctx: Context, response: Response) -> None:
        status = response.status_code
        if status not in self._declared and (ctx.response_override or {}).get("status") is None:  # type: ignore[operator]
            raise GatewayError(
                API_CONFIGURATION_ERROR, reason=f"status {status} is not a declared method response"
            )

    def _filtered(self, headers: HeaderList) -> HeaderList:
        kept: HeaderList = []
        for name, value in headers:
            lower = name.lower()
            if lower not in self._touched or (lower == "content-encoding" and _CODED.fullmatch(value)):
                kept.append((name, value))
            elif lower in self._remapped:
                kept.append((f"x-amzn-Remapped-{name}", value))
        return kept


def _frame(response: Response, length: str | None, *, of_another: bool) -> None:
    """Content-Length as it truly is: a mapped one was renamed, a proxied one belongs to the same body.

    ``of_another``: whether an empty body answers a HEAD, and the length is that of what a GET would have got.
    """
    if response.status[:3] in _BODILESS:
        response.remove_headers(frozenset({"content-type", "content-length"}))
        return
    if isinstance(response.app_iter, list):
        there = sum(map(len, response.app_iter))
        if there or not of_another:
            length = str(there)
    if length is not None and not any(name.lower() == "content-length" for name, _ in response.headerlist):
        response.headerlist.append(("Content-Length", length))
