"""What stands for a request in the response cache: the resource, and the values of its cache key parameters.

::

    >>> from wsgi_gateway.context import Context
    >>> key = CacheKey("reports", ("method.request.querystring.year",))
    >>> one, other = ({"REQUEST_METHOD": "GET", "QUERY_STRING": f"year={year}"} for year in (2024, 2025))
    >>> key(Context(one)) == key(Context(dict(one))), key(Context(one)) == key(Context(other))
    (True, False)

A key is the SHA-256 of a JSON text, so no two requests share one because parts of them run together.

* A parameter is one of the method's (``method.request.{path|querystring|header}.NAME``) or, as it was mapped,
  of the integration's (``integration.request...``). All values of a repeated query parameter count, in their
  order, and one that is missing is not one that is empty.
* ``namespace``, the resource's path by default, is AWS's ``cacheNamespace``: resources of one namespace share
  answers where their parameters have the same names and values. API, stage and verb always count.
* ``per_caller`` adds whatever can tell callers apart, since any header may name one to somebody: what the
  authorizer found, the API key's id, **every request header** but :data:`HEADERS_OF_NOBODY`, every variable
  of the environ that is text, bytes or a number (``REMOTE_USER``, ``REMOTE_ADDR``, ``SSL_CLIENT_*``,
  ``SCRIPT_NAME``) but :data:`VARIABLES_OF_NOBODY` and what servers keep there (``wsgi.*``), and a body.
* ``whole_target`` adds path and query string as they are, for methods which can declare no parameters.

Not for: what parameters a method ought to have; of path variables that are none a warning tells. Not for
callers who are named by the query string, which counts only as far as it is declared, as on AWS, or by an
object that a middleware left in the environ.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html; the verb and
all that ``per_caller`` adds are this project's own, AWS's key has the declared parameters alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wsgi_gateway import wsgi
from wsgi_gateway.context import Context, request_path
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.mapping.expressions import RequestMapping, request_source

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIEnvironment

HEADERS_OF_NOBODY = frozenset(
    # what the connection, or the framing of a body, is like
    "connection keep-alive te trailer transfer-encoding expect content-length "
    # what a client knows already, or wants anew: that is the cache's own business
    "cache-control pragma if-match if-modified-since if-none-match if-range if-unmodified-since range date "
    # one request's own numbers, made by tracers and proxies
    "b3 cf-ray traceparent tracestate x-amz-cf-id x-amzn-requestid x-amzn-trace-id x-b3-flags "
    "x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-cloud-trace-context x-request-id "
    "x-request-start".split()
)
"""The request headers that ``per_caller`` leaves out, if their values look as they ought to. All others
count.
"""

VARIABLES_OF_NOBODY = frozenset(
    "CONTENT_LENGTH CONTEXT_DOCUMENT_ROOT CONTEXT_PREFIX DOCUMENT_ROOT DOCUMENT_URI GATEWAY_INTERFACE "
    "PATH_INFO PATH_TRANSLATED QUERY_STRING RAW_URI REDIRECT_QUERY_STRING REDIRECT_UNIQUE_ID REDIRECT_URL "
    "REMOTE_PORT REQUEST_URI SCRIPT_FILENAME SCRIPT_URI SCRIPT_URL SERVER_ADDR SERVER_ADMIN SERVER_NAME "
    "SERVER_PORT SERVER_PROTOCOL SERVER_SIGNATURE SERVER_SOFTWARE UNIQUE_ID".split()
)
"""The other variables of an environ that ``per_caller`` leaves out: the target, of which the key parameters
count, and the server.
"""

_HEADERS_LEFT_OUT = frozenset("HTTP_" + name.upper().replace("-", "_") for name in HEADERS_OF_NOBODY)
_LEFT_OUT = _HEADERS_LEFT_OUT | VARIABLES_OF_NOBODY
_OF_THE_SERVER = ("wsgi.", "wsgi_gateway.", "mod_wsgi.", "uwsgi.", "gunicorn.")
# No markup: what an app may repeat of it in an answer does no harm to somebody else.
_HARMLESS = re.compile(r'[A-Za-z0-9 ,;:=._+*"/@-]{0,512}')
_LOCATIONS = frozenset({"path", "querystring", "header", "multivaluequerystring", "multivalueheader"})


class CacheKey:
    """Compiled; ``key(ctx)`` is 32 bytes.

    :param namespace: None for the path of the resource.
    :param parameters: the cache key parameters.
    :param mapped: the integration's ``request_parameters``, which those of the integration are looked up in.
    :param declared: the parameters of the method; None if that does not matter.
    :param identity: sources of who asks, those of an authorizer; for what is no header.
    :param scope: what else is part of every key.

    Raises ConfigError for parameters that are none, or that the method has not.
    """

    def __init__(
        self,
        namespace: str | None = None,
        parameters: Sequence[str] = (),
        *,
        mapped: Mapping[str, str] | None = None,
        declared: Collection[str] | None = None,
        identity: Sequence[str] = (),
        per_caller: bool = True,
        whole_target: bool = False,
        scope: str = "",
    ) -> None:
        self._namespace, self._scope = namespace, scope
        self._per_caller, self._whole_target = per_caller, whole_target
        named = sorted(set(parameters))
        problems = [one for name in named for one in _wrong(name, mapped or {}, declared)]
        if problems:
            raise ConfigError(problems)
        of_method = [name for name in named if name.startswith("method.")]
        self._sources = [(name, request_source(_every(name))) for name in of_method]
        self._mapping = RequestMapping(
            {name: (mapped or {})[name] for name in named if name not in of_method}
        )
        self._identity = [request_source(_every(name)) for name in identity] if per_caller else []
        named_headers = _headers(named, mapped or {}, identity if per_caller else ())
        self._headers = frozenset(named_headers)

    def __call__(self, ctx: Context) -> bytes:
        """The key of a request. Raises GatewayError where a mapping would: 400 for a body that is no JSON."""
        deployment = ctx.deployment
        resource = ctx.resource_path if ctx.resource_path is not None else ctx.path
        parts: list[Any] = [
            (self._scope, deployment.account_id, deployment.region, deployment.api_id, deployment.stage),
            (self._namespace, None) if self._namespace is not None else (None, resource),
            ctx.http_method,
            [(name, source(ctx, None)) for name, source in self._sources],
        ]
        if self._mapping.targets:
            parts.append(
                [(target.location, target.name, value) for target, value in self._mapping.values(ctx)]
            )
        if self._whole_target or resource is None:
            path = ctx.path if ctx.path is not None else request_path(ctx.client)
            parts.append((path, ctx.client.get("QUERY_STRING", "")))
        if self._per_caller:
            parts.append(self._caller(ctx))
        return sha256(json.dumps(parts, default=str).encode()).digest()

    def covers(self, header: str) -> bool:
        """Whether the values of a request header are part of the key, whatever they are."""
        name = header.lower()
        return name in self._headers or (self._per_caller and name != "*" and name not in HEADERS_OF_NOBODY)

    def _caller(self, ctx: Context) -> list[Any]:
        environ = ctx.client
        has_body = environ.get("CONTENT_LENGTH", "") not in ("", "0") or wsgi.is_chunked(environ)
        return [
            _of_the_caller(environ),
            environ.get("wsgi.url_scheme"),
            None if "HTTP_HOST" in environ else (environ.get("SERVER_NAME"), environ.get("SERVER_PORT")),
            [source(ctx, None) for source in self._identity],
            ctx.authorizer,
            ctx.identity and sorted(ctx.identity.items()),
            ctx.api_key_id,
            sha256(ctx.body()).hexdigest() if has_body else None,
        ]


def _of_the_caller(environ: WSGIEnvironment) -> str:
    """The variables of an environ that can say who asks, or by which name of ours."""
    found = [
        (name, value)
        for name, value in environ.items()
        if name not in _LEFT_OUT
        and isinstance(value, (str, bytes, int))
        and not name.startswith(_OF_THE_SERVER)
    ]
    found += [
        (name, environ[name]) for name in _HEADERS_LEFT_OUT & environ.keys() if _does_harm(environ[name])
    ]
    # As literals, because JSON has no bytes: what looks alike must not be the same.
    return repr(sorted(found))


def _does_harm(value: object) -> bool:
    return not isinstance(value, str) or _HARMLESS.fullmatch(value) is None


def _wrong(name: str, mapped: Mapping[str, str], declared: Collection[str] | None) -> list[Problem]:
    side, _, rest = name.partition(".request.")
    location, _, last = rest.partition(".")
    if side not in ("method", "integration") or location not in _LOCATIONS or not last:
        message = f"Invalid cache key parameter specified: {name[:120]}"
        hint = "method.request.{path|querystring|header}.NAME, or integration.request... as it is mapped"
        return [Problem("cache-key", message, hint=hint)]
    if side == "integration" and name not in mapped:
        message = f"the cache key parameter {name[:120]} is none of the integration's request parameters"
        return [Problem("cache-key", message, hint="map it, or use the method's own parameter")]
    if side == "method" and declared is not None and not _is_declared(location, last, declared):
        message = f"the cache key parameter {name[:120]} is not declared by the method"
        return [Problem("cache-key", message, hint="declare it among the method's request parameters")]
    return []


def _is_declared(location: str, name: str, declared: Collection[str]) -> bool:
    wanted = f"method.request.{location.removeprefix('multivalue')}.{name}"
    if wanted in declared:
        return True
    return location.endswith("header") and wanted.lower() in {one.lower() for one in declared}


def _every(name: str) -> str:
    """The expression for all values of a parameter: of a repeated one an app may read any."""
    return name.replace("method.request.querystring.", "method.request.multivaluequerystring.", 1)


def _headers(parameters: Sequence[str], mapped: Mapping[str, str], identity: Sequence[str]) -> set[str]:
    expressions = [mapped.get(name, name) for name in (*parameters, *identity)]
    return {
        expression.split(".", 3)[3].lower()
        for expression in expressions
        if expression.startswith(("method.request.header.", "method.request.multivalueheader."))
    }
