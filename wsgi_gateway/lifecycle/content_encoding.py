"""Content codings, both ways: RequestDecoding and ResponseCompression.

::

    from wsgi_gateway.lifecycle.content_encoding import RequestDecoding, ResponseCompression

    app = ResponseCompression(RequestDecoding(legacy_app), minimum_compression_size=1024)

Requests: a body in gzip or deflate is decoded before anything reads it, within the payload limit (413 above
it, however small it came). A coding that is not known, or a body that is not what it says, is 415. What
follows gets the decoded body with its length and no ``Content-Encoding``; templates and mappings still see
the header. ``keeps_header`` leaves it in the request too, as the event of AWS_PROXY has it.

Answers: those of at least ``minimum_compression_size`` bytes, measured as they would go out, are sent in the
coding that the client likes best, if that is gzip or deflate. Not touched are answers that have a
``Content-Encoding``, refusals, answers to HEAD, those without a body, parts of something (206), and what
``Cache-Control: no-transform`` forbids to change. ``Content-Length`` is made anew, ``ETag`` stays.

A body that streams is compressed as it streams, in bounded memory. If its length is not known it counts as
long enough, and every part goes out at once, so that events reach the client when they happen.

In a gateway requests are decoded for every method with an integration, as AWS always does; for wrapped apps
as they come only where the gateway reads the body. Answers are compressed for every method of an API that
sets ``minimumCompressionSize``, but not in the response transfer mode STREAM (documented).

Not confirmed on AWS: 413 for what is too large once decoded; that the event of AWS_PROXY has the decoded
body; that several codings at once are 415; that refusals are not compressed. This package's own: ``Vary`` on
answers that depend on what the client accepts, ``no-transform``.

Not for: codings that a backend makes; its answers pass as they are.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway import wsgi
from wsgi_gateway.context import Context
from wsgi_gateway.errors import REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, ConfigError, GatewayError
from wsgi_gateway.mapping.codings import (
    CodingBroken,
    CodingUnknown,
    DecodedTooLarge,
    EncodedParts,
    accepted_coding,
    coding_of,
    decoded,
    encoded,
)
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.config import IntegrationConfig
    from wsgi_gateway.typing import WSGIApplication
    from wsgi_gateway.wsgi import Response

LARGEST_MINIMUM = 10_485_760
"""Bytes that ``minimumCompressionSize`` may be at the most."""

_NOT_COMPRESSED = frozenset({"204", "205", "206", "304"})


class RequestDecoding(LifecycleStage):
    """Decodes request bodies.

    :param keeps_header: whether ``Content-Encoding`` stays in the request that goes on.
    """

    def __init__(self, app: WSGIApplication, *, keeps_header: bool = False) -> None:
        super().__init__(app)
        self._keeps_header = keeps_header

    def on_request(self, ctx: Context) -> GatewayError | None:
        """Put the decoded body into the request. Refuse with 413 or 415."""
        declared = ctx.environ.get("HTTP_CONTENT_ENCODING")
        if not declared or not (data := ctx.body()):
            return None
        try:
            coding = coding_of(declared)
            body = data if coding is None else decoded(data, coding, ctx.deployment.payload_limit)
        except DecodedTooLarge as error:
            return GatewayError(REQUEST_TOO_LARGE, reason=str(error))
        except (CodingUnknown, CodingBroken) as error:
            return GatewayError(UNSUPPORTED_MEDIA_TYPE, reason=str(error))
        environ = dict(ctx.environ)
        if not self._keeps_header:
            del environ["HTTP_CONTENT_ENCODING"]
        wsgi.set_body(environ, body)
        ctx.reshape(environ)
        ctx._body = body  # a signature may have been checked over the one that came
        return None


def decodes(integration: IntegrationConfig | None, *, validates_body: bool) -> bool:
    """Whether a method's requests are decoded: always for an integration of AWS's, for a wrapped app if the
    gateway reads the body.
    """
    if validates_body or integration is None or integration.type != "WSGI_PROXY":
        return validates_body or integration is not None
    mapped = integration.request_parameters.values()
    return integration.content_handling is not None or any(
        source.startswith("method.request.body") for source in mapped
    )


class ResponseCompression(LifecycleStage):
    """Compresses answers for clients that want them so.

    :param minimum_compression_size: bytes from which on an answer is compressed, 0 to 10485760.

    Raises ConfigError for another size.
    """

    def __init__(self, app: WSGIApplication, *, minimum_compression_size: int) -> None:
        super().__init__(app)
        if not 0 <= minimum_compression_size <= LARGEST_MINIMUM:
            raise ConfigError(f"Invalid minimum compression size, must be between 0 and {LARGEST_MINIMUM}")
        self._minimum = minimum_compression_size

    def on_response(self, ctx: Context, response: Response) -> None:
        """Compress the answer, or leave it alone."""
        if ctx.error is not None or ctx.client_method == "HEAD" or not _may_change(response):
            return
        size = _size(response)
        if size is not None and (size < self._minimum or size == 0):
            return
        _vary(response)
        coding = accepted_coding(ctx.client.get("HTTP_ACCEPT_ENCODING", ""))
        if coding is not None:
            response.headerlist.append(("Content-Encoding", coding))
            _encode(response, coding, size)


def _may_change(response: Response) -> bool:
    return (
        response.status[:3] not in _NOT_COMPRESSED
        and response.header("Content-Encoding") is None
        and not any("no-transform" in value.lower() for value in response.header_values("Cache-Control"))
    )


def _size(response: Response) -> int | None:
    """Bytes of the body; None if only its end will tell."""
    if isinstance(response.app_iter, list):
        return sum(map(len, response.app_iter))
    declared = response.header("Content-Length")
    return int(declared) if declared is not None and declared.isascii() and declared.isdigit() else None


def _vary(response: Response) -> None:
    """Say that the answer depends on what the client accepts, and make the list of headers our own."""
    named = ",".join(response.header_values("Vary")).lower().split(",")
    more = (
        [] if {"*", "accept-encoding"} & {name.strip() for name in named} else [("Vary", "Accept-Encoding")]
    )
    response.headerlist = [*response.headerlist, *more]


def _encode(response: Response, coding: str, size: int | None) -> None:
    if isinstance(response.app_iter, list):
        response.set_body(encoded(b"".join(response.app_iter), coding))
    else:
        response.remove_headers(frozenset({"content-length"}))
        response.app_iter = EncodedParts(response.app_iter, coding, flushes=size is None)
