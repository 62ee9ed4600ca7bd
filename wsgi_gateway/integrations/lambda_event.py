"""The event which a function of a Lambda proxy integration gets: payload format 1.0, field by field.

::

    event = proxy_event(ctx, environ, binary_media_types)
    event["requestContext"]["identity"]["sourceIp"]

Recorded on AWS: ``path`` loses doubled leading slashes and ``requestContext.path`` keeps them; path
parameters stay percent-encoded, query parameters are form-decoded; a repeated query parameter's last value is
the single one; maps without members and an empty body are null. WSGI has joined repeated headers with commas
and lost the case of names, so every header has one value here and names are in Title-Case.

An event of more than :data:`~.lambda_payload.REQUEST_LIMIT` bytes of JSON, Lambda's own limit, is a 413 (not
confirmed on AWS). It is counted for bodies above :data:`UNCOUNTED` characters.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import DROPPED_ON_ARRIVAL, Context, request_path
from wsgi_gateway.errors import REQUEST_TOO_LARGE, GatewayError
from wsgi_gateway.integrations.lambda_payload import BYTES_PER_CHARACTER, REQUEST_LIMIT, size_of
from wsgi_gateway.integrations.payload import read_payload
from wsgi_gateway.mapping.content import encode_base64, media_type
from wsgi_gateway.variables import IDENTITY, VARIABLES, base_path
from wsgi_gateway.wsgi import header_value

if TYPE_CHECKING:
    from wsgi_gateway.mapping.content import BinaryMediaTypes
    from wsgi_gateway.typing import WSGIEnvironment

UNCOUNTED = REQUEST_LIMIT // (BYTES_PER_CHARACTER + 2)
"""Characters of a body that keep an event below the limit, however they are escaped, and leave a quarter of
it to the rest, which servers bound.
"""


def proxy_event(ctx: Context, environ: WSGIEnvironment, binary: BinaryMediaTypes) -> dict[str, Any]:
    """The event as JSON-like data, all of it the function's own to change.

    ``binary``: the request types whose bodies are handed over in base64.
    Raises GatewayError: 413 for a body above the payload limit and an event above Lambda's, 400 for a body
    that is cut short.
    """
    path = ctx.path if ctx.path is not None else request_path(environ)
    headers = _headers(ctx, environ)
    many = _values(ctx)
    body, is_base64_encoded = _body(ctx, environ, binary)
    event = {
        "resource": ctx.resource_path if ctx.resource_path is not None else path,
        "path": (base_path(ctx) or "") + "/" + path.lstrip("/"),
        "httpMethod": ctx.http_method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in many.items()} or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": dict(ctx.path_parameters) or None,
        "stageVariables": dict(ctx.stage_variables) or None,
        "requestContext": _request_context(ctx),
        "body": body,
        "isBase64Encoded": is_base64_encoded,
    }
    if body is not None and len(body) > UNCOUNTED and size_of(event) > REQUEST_LIMIT:
        raise GatewayError(REQUEST_TOO_LARGE, reason=f"an event of more than {REQUEST_LIMIT} bytes")
    return event


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str | None:
    """The header that a key of an environ stands for, in Title-Case; None for other keys, and for headers
    that are dropped on arrival.
    """
    if not key.startswith("HTTP_"):
        return "Content-Type" if key == "CONTENT_TYPE" else None
    name = key[5:].replace("_", "-").title()
    return None if name.lower() in DROPPED_ON_ARRIVAL else name


def _headers(ctx: Context, environ: WSGIEnvironment) -> dict[str, str]:
    headers = {}
    for key, value in environ.items():
        # Names are worked out once for all requests: most of them say the same headers.
        name = _header_name(key)
        if name is not None and (value or name != "Content-Type"):
            headers[name] = value if value.isascii() else header_value(value)
    client = environ.get("REMOTE_ADDR")
    hops = [hop for hop in (headers.get("X-Forwarded-For"), client) if hop]
    # The hop may have been added further out; twice would be a lie about the number of proxies.
    if client and len(hops) == 2 and hops[0].rpartition(",")[2].strip() == client:
        hops.pop()
    headers["X-Forwarded-For"] = ", ".join(hops)
    headers["X-Forwarded-Port"] = str(environ.get("SERVER_PORT", "443"))
    headers["X-Forwarded-Proto"] = environ.get("wsgi.url_scheme", "https")
    headers["X-Amzn-Trace-Id"] = ctx.trace_id
    return headers


def _values(ctx: Context) -> dict[str, list[str]]:
    many: dict[str, list[str]] = {}
    if ctx.query:
        for name, value in ctx.query:
            many.setdefault(name, []).append(value)
    return many


def _request_context(ctx: Context) -> dict[str, Any]:
    members = {name: read(ctx) for name, read in VARIABLES.items()}
    identity = {name: read(ctx) for name, read in IDENTITY.items()}
    if ctx.api_key is not None:
        identity["apiKey"] = ctx.api_key
        identity["apiKeyId"] = ctx.api_key_id
    members["identity"] = identity
    if ctx.authorizer is not None:
        # Cached authorizer results are shared between requests; a function may change what it is given.
        members["authorizer"] = copy.deepcopy(ctx.authorizer)
    if ctx.is_canary_request is not None:
        members["isCanaryRequest"] = ctx.is_canary_request
    return members


def _body(ctx: Context, environ: WSGIEnvironment, binary: BinaryMediaTypes) -> tuple[str | None, bool]:
    data = read_payload(environ, ctx.deployment.payload_limit)
    if data and media_type(environ.get("CONTENT_TYPE")) in binary:
        return encode_base64(data).decode("ascii"), True
    return data.decode("utf-8", "replace") or None, False
