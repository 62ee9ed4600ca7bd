"""A test invocation: what a mapping template is given when there is no request.

``$input``, ``$context``, ``$stageVariables`` and ``$util`` are the gateway's own; only the request behind
them is invented, always the same one, so that an output can be compared::

    >>> given = invocation({"id": 7}, header={"x-tenant": "a"})
    >>> given["input"].params("X-Tenant"), given["context"]["stage"]
    ('a', 'test-invoke-stage')

Every call gives new maps, so a template may change them. Headers come as from a client: look-ups ignore case,
names are listed in ``Title-Case``, and those that AWS drops on arrival are not there.

Not for requests; :mod:`wsgi_gateway.mapping.templates` makes the same of a real one.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from wsgi_gateway.context import DROPPED_ON_ARRIVAL, Context, Deployment, HeaderMap
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.templates import UTIL, ContextMap
from wsgi_gateway.mapping.velocity import HostObject, Input, JsonArray, SilentMap

__tracebackhide__ = True  # a failed test shows its own lines, not these

MAX_DEPTH = 100
"""Levels of maps and lists in what is given."""

TEST_INVOCATION: dict[str, Any] = {
    "resourceId": "test-invoke-resource",
    "resourcePath": "/",
    "httpMethod": "POST",
    "extendedRequestId": "test-invoke-extendedRequestId",
    "requestTime": "09/Apr/2015:12:34:56 +0000",
    "path": "/test-invoke-stage/",
    "accountId": "123456789012",
    "protocol": "HTTP/1.1",
    "stage": "test-invoke-stage",
    "domainPrefix": "testPrefix",
    "requestTimeEpoch": 1428582896000,
    "requestId": "test-invoke-request",
    "identity": {
        "sourceIp": "test-invoke-source-ip",
        "userAgent": "test-invoke-user-agent",
        "apiKey": "test-invoke-api-key",
        "apiKeyId": "test-invoke-api-key-id",
    },
    "domainName": "testPrefix.testDomainName",
    "deploymentId": "test-invoke-deployment",
    "apiId": "test-invoke-api",
}
"""``$context`` of the invented request, where AWS's own test invocation is known in AWS's words."""

_ENVIRON = {"REQUEST_METHOD": "POST"}
_DEPLOYMENT = Deployment()
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class GivenError(ConfigError):
    """What was given to a template cannot be. A ConfigError of values rather than of a definition, so its
    text is the message, behind the place in a file if there is one.
    """

    def __str__(self) -> str:
        return "\n".join(_placed(problem) for problem in self.problems)


def _placed(problem: Problem) -> str:
    place = (problem.place.file, problem.place.line, problem.place.column)
    return ": ".join([*([":".join(map(str, place))] if place[0] else []), problem.message])


def invocation(
    body: Any = None,
    *,
    path: Mapping[str, Any] | None = None,
    querystring: Mapping[str, Any] | None = None,
    header: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The four references of one rendering.

    ``body``: text, UTF-8 bytes, anything JSON can express, or None for no body. ``path``, ``querystring``,
    ``header``, ``stage_variables``: one text a name. ``context``: merged into :data:`TEST_INVOCATION`, member
    by member. Raises GivenError for what no request could bring.
    """
    text = body_text(body)
    headers = {_header_name(name): value for name, value in texts("header", header).items()}
    parameters: dict[str, Mapping[str, str]] = {
        "path": texts("path", path),
        "querystring": texts("querystring", querystring),
        "header": HeaderMap(
            {name.title(): value for name, value in headers.items() if name.lower() not in DROPPED_ON_ARRIVAL}
        ),
    }
    return {
        "input": Input(lambda: text, lambda: parameters, compile_path),
        "context": _context({} if context is None else context),
        "stageVariables": SilentMap(texts("stage_variables", stage_variables)),
        "util": UTIL,
    }


def body_text(body: Any) -> str:
    """A payload as the gateway reads it: bytes that are not UTF-8 become U+FFFD. Raises GivenError."""
    if body is None:
        return ""
    if isinstance(body, str):
        return body
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body).decode("utf-8", "replace")
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise GivenError(f"body: {error}") from None


def texts(what: str, given: Mapping[str, Any] | None) -> dict[str, str]:
    """Parameters by name, numbers and booleans as JSON writes them. Raises GivenError, which names
    ``what``.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise GivenError(f"{what}: a mapping of names to texts was expected, not {_kind(given)}")
    return {_name(what, name): _text(f"{what} {name!r}", value) for name, value in given.items()}


def _name(what: str, name: Any) -> str:
    if not isinstance(name, str):
        raise GivenError(f"{what}: a name must be text, not {name!r}")
    return name


def _header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise GivenError(f"header {name!r}: no header has such a name")
    return name


def _text(what: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    hint = "; of a repeated one, templates see the last value" if isinstance(value, (list, tuple)) else ""
    raise GivenError(f"{what}: text was expected, not {_kind(value)}{hint}")


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _context(given: Mapping[str, Any]) -> ContextMap:
    if not isinstance(given, Mapping):
        raise GivenError(f"context: a mapping was expected, not {_kind(given)}")
    tree = ContextMap(Context(dict(_ENVIRON), _DEPLOYMENT))
    tree.values()  # worked out now, so that nothing replaces later what is merged here
    for source in (TEST_INVOCATION, given):
        _merge(tree, copied(source, "context", SilentMap))
    return tree


def _merge(tree: dict[str, Any], given: dict[str, Any], what: str = "context") -> None:
    for name, value in given.items():
        below = dict.get(tree, name)
        if isinstance(below, dict):
            if not isinstance(value, dict):
                raise GivenError(f"{what}.{name}: names and values were expected, not {_kind(value)}")
            _merge(below, value, f"{what}.{name}")
        else:
            tree[name] = value


def copied(value: Any, what: str, maps: type[dict[Any, Any]] = dict, depth: int = 0) -> Any:
    """A copy of what a user gave, in the types that a template can hold; ``maps`` is the one for mappings.

    Raises GivenError, which names ``what``.
    """
    if depth > MAX_DEPTH:
        raise GivenError(f"{what}: nested too deeply")
    if value is None or isinstance(value, (str, bool, int, float, HostObject)):
        return value
    if isinstance(value, (list, tuple)):
        items = [copied(item, what, maps, depth + 1) for item in value]
        return JsonArray(items) if isinstance(value, JsonArray) else items
    if isinstance(value, Mapping):
        made = SilentMap() if isinstance(value, SilentMap) else maps()
        for name, item in value.items():
            made[_name(what, name)] = copied(item, f"{what}.{name}", maps, depth + 1)
        return made
    raise GivenError(f"{what}: a template cannot hold a value of type {_kind(value)}")
