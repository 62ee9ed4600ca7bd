"""Identity sources: the places of a request that say who is calling.

``method.request.header.NAME``, ``method.request.querystring.NAME``, ``stageVariables.NAME`` and
``context.NAME`` are compiled into functions of the Context::

    >>> source = compile_source("method.request.header.Authorization")
    >>> source(Context({"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": "tok"}))
    ('tok',)

A source gives *all* its values, because what is part of a cache key must be whole:
``?token=mine&token=yours`` and ``?token=yours`` are not the same caller. Where one value is wanted it is
the last, as everywhere. ``context.identity.apiKey`` is the ``x-api-key`` header as sent; no key has been
looked up yet.

Not for: parameter mapping, which knows bodies and literals: :mod:`wsgi_gateway.mapping.expressions`.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html (identitySource)
"""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters, digits

from wsgi_gateway.context import DROPPED_ON_ARRIVAL, Context
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.variables import IDENTITY, VARIABLES, variable

Values = tuple[str, ...]
Source = Callable[[Context], Values]
"""All values a request has at a source; an empty tuple where it has none."""

_HEADER_NAME = frozenset(ascii_letters + digits + "!#$%&'*+-.^_`|~")
_HEADER = "method.request.header."
_QUERY = "method.request.querystring."


def compile_source(expression: str) -> Source:
    """Compile one source. Raises ConfigError for one that AWS refuses, or that can never have a value."""
    if expression.startswith(_HEADER):
        return _header(header_key(expression))
    if expression.startswith(_QUERY) and expression != _QUERY:
        return _query(expression.removeprefix(_QUERY))
    head, _, name = expression.partition(".")
    if head == "stageVariables" and name:
        return lambda ctx: _single(ctx.stage_variables.get(name))
    if head == "context" and name:
        return _context(name, expression)
    return _refuse(expression)


def header_key(expression: str) -> str:
    """The environ key of ``method.request.header.NAME``. Raises ConfigError for anything else."""
    name = expression.removeprefix(_HEADER)
    if name == expression or not name or not _HEADER_NAME.issuperset(name):
        _refuse(expression)
    if name.lower() in DROPPED_ON_ARRIVAL:
        raise ConfigError(f"identity source {expression!r}: this header never arrives")
    key = name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else "HTTP_" + key


def _refuse(expression: str) -> Source:
    raise ConfigError(f"Invalid mapping expression specified: {expression!r} cannot be an identity source")


def _single(value: str | None) -> Values:
    return () if value is None else (value,)


def _header(key: str) -> Source:
    return lambda ctx: _single(ctx.environ.get(key))


def _query(name: str) -> Source:
    return lambda ctx: tuple(value for key, value in ctx.query if key == name)


def _context(name: str, expression: str) -> Source:
    if name == "identity.apiKey":
        return _header("HTTP_X_API_KEY")
    known = name.removeprefix("identity.") in IDENTITY if name.startswith("identity.") else name in VARIABLES
    if not known:
        return _refuse(expression)
    get = variable(name)

    def find(ctx: Context) -> Values:
        value = get(ctx)
        return () if value is None else (str(value),)

    return find
