"""Parameter mapping expressions: ``method.request.header.X``, ``context.requestId``, ``'literal'`` and the
rest.

An expression is compiled once into a function. On the request side it takes the
:class:`~wsgi_gateway.context.Context`, on the response side also the integration's
:class:`~wsgi_gateway.wsgi.Response`. The value is text, a list of texts (multi-value sources), or None when
the source is missing, and then the target is not sent at all (recorded on AWS)::

    >>> mapping = RequestMapping({"integration.request.header.x-user": "context.authorizer.principalId"},
    "integration.request")
    >>> [target.name for target in mapping.targets]
    ['x-user']

Single-value sources take the last of repeated values. A mapped body that begins like JSON and is not JSON
refuses the request: 400 ``Invalid JSON in request body``, on the response side 500.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html and
facts recorded on AWS (missing values, multi values, empty body as ``{}``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import Context
from wsgi_gateway.errors import (
    API_CONFIGURATION_ERROR,
    DEFAULT_4XX,
    ConfigError,
    GatewayError,
    Place,
    Problem,
)
from wsgi_gateway.mapping.documents import to_json
from wsgi_gateway.mapping.jsonpath import InvalidPath, PathNotFound, compile_path
from wsgi_gateway.redaction import redacted_text
from wsgi_gateway.variables import variable
from wsgi_gateway.wsgi import header_value, is_header_name

if TYPE_CHECKING:
    from wsgi_gateway.wsgi import Response

Value = str | list[str] | None
Source = Callable[[Context, Any], Value]
"""``(context, payload)`` to a value; the payload is a :class:`Payload` where a body may be read, else
None.
"""

_NAME = re.compile(r"[a-zA-Z0-9._$:-]+")
_NOWHERE = Place()
_PARAMETER = "Invalid mapping expression parameter specified"


def invalid(expression: str) -> ConfigError:
    """AWS's refusal of a mapping expression."""
    return ConfigError(
        "Invalid mapping expression specified: Validation Result: warnings : [], "
        f"errors : [Invalid mapping expression specified: {redacted_text(expression[:200])}]"
    )


def named(key: str, error: ConfigError, place: Place, hint: str | None = None) -> list[Problem]:
    """The problems of an expression, with the parameter it was written for, and where that stands."""
    hint = hint or "static values stand in single quotes, as in \"'*'\""
    return [
        Problem("mapping-expression", f"{problem.message} (parameter {key[:200]})", place, hint)
        for problem in error.problems
    ]


class Payload:
    """A body as the expressions of one mapping see it: read, and parsed, at most once."""

    __slots__ = ("_document", "_refusal", "text")

    _UNREAD: Any = object()

    def __init__(self, body: bytes, refusal: Callable[[], GatewayError]) -> None:
        self.text = body.decode("utf-8", "replace").strip() or "{}"
        self._document: Any = self._UNREAD
        self._refusal = refusal

    def check(self) -> None:
        """Refuse a body that begins like JSON and is none."""
        if self._document is self._UNREAD:
            try:
                self._document = json.loads(self.text)
            except (ValueError, RecursionError) as error:
                if self.text.lstrip()[:1] in ("{", "[", '"', "'"):
                    raise self._refusal() from error
                self._document = None

    def find(self, path: Callable[[Any], Any]) -> Value:
        """The text at a JSONPath, None where there is nothing. Refuses a document that is too large to
        search.
        """
        if self._document is None:
            return None
        try:
            value = path(self._document)
        except PathNotFound:
            return None
        except InvalidPath as error:
            raise self._refusal() from error
        if value is None or isinstance(value, str):
            return value
        return to_json(value)


def _invalid_json() -> GatewayError:
    return GatewayError(DEFAULT_4XX, "Invalid JSON in request body")


def _bad_response_json() -> GatewayError:
    return GatewayError(API_CONFIGURATION_ERROR, reason="invalid JSON in the integration response")


def _literal(expression: str) -> Source | None:
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        text = expression[1:-1]
        return lambda ctx, payload: text
    return None


def _common(expression: str) -> Source | None:
    """Sources that both sides have: literals, stage variables, context variables."""
    head, _, name = expression.partition(".")
    if head == "stageVariables" and name:
        return lambda ctx, payload: ctx.stage_variables.get(name)
    if head == "context" and name:
        get = variable(name)
        return lambda ctx, payload: _text(get(ctx))
    return _literal(expression)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return to_json(value) if isinstance(value, (bool, dict, list)) else str(value)


def _body(rest: str, expression: str) -> Source:
    if not rest:
        return lambda ctx, payload: payload.text
    try:
        path = compile_path("$." + rest)
    except InvalidPath as error:
        raise invalid(expression) from error
    return lambda ctx, payload: payload.find(path)


def _query_values(name: str) -> Source:
    return lambda ctx, payload: [value for key, value in ctx.query if key == name] or None


def _last_query_value(name: str) -> Source:
    values = _query_values(name)

    def last(ctx: Context, payload: Any) -> Value:
        found = values(ctx, payload)
        return found[-1] if found else None

    return last


def _exact(response: Response, name: str) -> list[str]:
    """Values of a header by its exact name: case matters here (documented)."""
    return [header_value(value) for key, value in response.headerlist if key == name]


_REQUEST_SOURCES: dict[str, Callable[[str], Source]] = {
    "path": lambda name: lambda ctx, payload: ctx.path_parameters.get(name),
    "querystring": _last_query_value,
    "multivaluequerystring": _query_values,
    "header": lambda name: lambda ctx, payload: ctx.headers.get(name),
    "multivalueheader": lambda name: lambda ctx, payload: ctx.headers.get(name),
}
_RESPONSE_SOURCES: dict[str, Callable[[str], Source]] = {
    "header": lambda name: lambda ctx, payload: "".join(_exact(payload.response, name)[-1:]),
    "multivalueheader": lambda name: lambda ctx, payload: ",".join(_exact(payload.response, name)),
}


def _compile(
    expression: Any, prefix: str, sources: Mapping[str, Callable[[str], Source]]
) -> tuple[Source, bool]:
    """The source of an expression and whether it reads the body. ``prefix``: where its own side's sources
    begin.
    """
    if not isinstance(expression, str):
        raise invalid(str(expression))
    found = _common(expression)
    if found is not None:
        return found, False
    if expression.startswith(prefix):
        kind, _, name = expression[len(prefix) :].partition(".")
        if kind == "body" and prefix != "method.request.path.":
            return _body(name, expression), True
        if kind in sources and name:
            return sources[kind](name), False
    raise invalid(expression)


def request_source(expression: str) -> Source:
    """Compile an expression that reads no body, as gateway responses have them."""
    source, reads_body = _compile(expression, "method.request.", _REQUEST_SOURCES)
    if reads_body:
        raise invalid(expression)
    return source


@dataclass(frozen=True, slots=True)
class Target:
    """Where a mapped value goes: ``location`` (header, querystring, path), ``name``, and its compiled
    source.
    """

    location: str
    name: str
    source: Source
    is_client_path: bool
    is_configured: bool


class _Mapping:
    """``{target: expression}`` compiled; raises ConfigError for targets and expressions AWS refuses."""

    prefix: str
    sources: Mapping[str, Callable[[str], Source]]

    def __init__(
        self, parameters: Mapping[str, str], target_prefix: str, locations: tuple[str, ...], place: Place
    ) -> None:
        targets = []
        problems: list[Problem] = []
        self.reads_body = False
        for key, expression in parameters.items():
            try:
                location, name = _target(key, target_prefix, locations)
                source, reads_body = _compile(expression, self.prefix, self.sources)
            except ConfigError as error:
                hint = self._hint(error, [f"{target_prefix}.{one}.NAME" for one in locations], expression)
                problems.extend(named(key, error, place.at(str(key)), hint))
                continue
            self.reads_body = self.reads_body or reads_body
            targets.append(
                Target(
                    location,
                    name,
                    source,
                    is_client_path=expression.startswith("method.request.path."),
                    is_configured=expression[:1] == "'" or expression.startswith("stageVariables."),
                )
            )
        if problems:
            raise ConfigError(problems)
        self.targets = tuple(targets)

    def _hint(self, error: ConfigError, targets: list[str], expression: object) -> str | None:
        """How a parameter is written, or the source of a value; None for static values."""
        if error.problems[0].message.startswith(_PARAMETER):
            return f"write {' or '.join(targets)}"
        if str(expression).startswith(("method.", "integration.")):
            kinds = [f"{self.prefix}{kind}.NAME" for kind in self.sources]
            return f"write {', '.join(kinds)} or {self.prefix}body"
        return None

    def _values(self, ctx: Context, payload: Any) -> Iterator[tuple[Target, str | list[str]]]:
        for target in self.targets:
            value = target.source(ctx, payload)
            if value:  # an empty source counts as missing
                yield target, value


def _target(key: str, prefix: str, locations: tuple[str, ...]) -> tuple[str, str]:
    location, _, name = key.removeprefix(prefix + ".").partition(".")
    is_named = is_header_name(name) if location == "header" else _NAME.fullmatch(name)
    if not key.startswith(prefix + ".") or location not in locations or not is_named:
        raise ConfigError(f"{_PARAMETER}: {key}")
    return location, name


class RequestMapping(_Mapping):
    """``requestParameters`` of an integration."""

    prefix = "method.request."
    sources = _REQUEST_SOURCES

    def __init__(
        self,
        parameters: Mapping[str, str],
        target_prefix: str = "integration.request",
        place: Place = _NOWHERE,
    ) -> None:
        super().__init__(parameters, target_prefix, ("header", "querystring", "path"), place)

    def values(self, ctx: Context) -> Iterator[tuple[Target, str | list[str]]]:
        """``(target, value)`` for every source that is present. Raises GatewayError 400 for a body that is
        no JSON.
        """
        payload = None
        if self.reads_body:
            payload = Payload(ctx.body(), _invalid_json)
            payload.check()
        return self._values(ctx, payload)


class _ResponsePayload(Payload):
    __slots__ = ("response",)

    def __init__(self, response: Response, body: bytes) -> None:
        super().__init__(body, _bad_response_json)
        self.response = response


class ResponseMapping(_Mapping):
    """``responseParameters`` of an integration response: headers of the method response."""

    prefix = "integration.response."
    sources = _RESPONSE_SOURCES

    def __init__(self, parameters: Mapping[str, str], place: Place = _NOWHERE) -> None:
        super().__init__(parameters, "method.response", ("header",), place)

    def values(self, ctx: Context, response: Response) -> Iterator[tuple[Target, str | list[str]]]:
        """``(target, value)`` for every source that is present. Raises GatewayError 500 for a body that is
        no JSON.
        """
        payload = _ResponsePayload(response, response.body() if self.reads_body else b"")
        if self.reads_body:
            payload.check()
        return self._values(ctx, payload)
