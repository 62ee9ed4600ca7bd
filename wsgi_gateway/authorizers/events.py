"""The events that Lambda authorizers get, member for member as AWS builds them.

TOKEN: ``type``, ``authorizationToken`` (the header as sent), ``methodArn``; nothing else. REQUEST: what is
below, with headers, query string, path parameters, stage variables and ``requestContext``::

    >>> token = token_event("HTTP_AUTHORIZATION")
    >>> sorted(token(Context({"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": "tok"})))
    ['authorizationToken', 'methodArn', 'type']

Empty maps are ``{}`` here, where an integration's event has null. ``Content-Length`` is among the headers,
and ``identity.apiKey`` is there if a key was sent. The request's body is never part of an event, and never
read.

Not for: integrations; theirs is in :mod:`wsgi_gateway.integrations`.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html, and
the members of a REQUEST event recorded on AWS in June 2024.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wsgi_gateway.context import Context, HeaderMap, request_path
from wsgi_gateway.variables import IDENTITY, VARIABLES, base_path

Event = dict[str, Any]


def token_event(key: str) -> Callable[[Context], Event]:
    """What builds TOKEN events for the token in the header with this environ key."""
    return lambda ctx: {
        "type": "TOKEN",
        "authorizationToken": ctx.environ[key],
        "methodArn": ctx.method_arn,
    }


def request_event(ctx: Context) -> Event:
    """AWS's REQUEST event: all about the request but its body. Nothing in it is shared with the Context."""
    headers = HeaderMap(ctx.headers)
    if ctx.environ.get("CONTENT_LENGTH"):
        headers["Content-Length"] = ctx.environ["CONTENT_LENGTH"]
    query: dict[str, list[str]] = {}
    for name, value in ctx.query:
        query.setdefault(name, []).append(value)
    path = ctx.path if ctx.path is not None else request_path(ctx.environ)
    return {
        "type": "REQUEST",
        "methodArn": ctx.method_arn,
        "resource": ctx.resource_path,
        "path": (base_path(ctx) or "") + "/" + path.lstrip("/"),
        "httpMethod": ctx.http_method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()},
        "multiValueQueryStringParameters": query,
        "pathParameters": dict(ctx.path_parameters),
        "stageVariables": dict(ctx.stage_variables),
        "requestContext": _request_context(ctx),
    }


def _request_context(ctx: Context) -> Mapping[str, Any]:
    identity = {name: get(ctx) for name, get in IDENTITY.items()}
    if "HTTP_X_API_KEY" in ctx.environ:
        identity["apiKey"] = ctx.environ["HTTP_X_API_KEY"]
    return {**{name: get(ctx) for name, get in VARIABLES.items()}, "identity": identity}
