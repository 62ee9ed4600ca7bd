"""GatewayResponses: how every refusal looks, and the identifiers every answer carries.

The outermost stage. It renders each refusal of the stages inside by AWS's 21 types, with the definition's own
statuses, headers and templates where it has them, and answers 500 for whatever fails unforeseen, so that no
exception text ever reaches a client::

    from wsgi_gateway import GatewayResponseConfig, GatewayResponses

    app = GatewayResponses(app, [
        GatewayResponseConfig(
            response_type="DEFAULT_4XX",
            response_parameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        ),
    ])

What a type inherits (seen on AWS): a type that is customised itself takes nothing from DEFAULT_4XX or
DEFAULT_5XX; one that is not takes status, headers and template of its class's default, if that is customised.
Templates are not Velocity: ``$context.*``, ``$stageVariables.*`` and
``$method.request.{header|path|querystring}.*`` are replaced, nothing else.

Not for: answers of the wrapped app, which pass unchanged but for the two identifiers.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html.
Which template an Accept header selects here is not documented; the rule of integration responses is used.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from wsgi_gateway.context import Context
from wsgi_gateway.errors import (
    DEFAULT_5XX,
    REQUEST_TOO_LARGE,
    RESPONSE_TYPES,
    ConfigError,
    GatewayError,
    Problem,
)
from wsgi_gateway.mapping.content import by_media_type, for_response
from wsgi_gateway.mapping.expressions import Source, Value, named, request_source
from wsgi_gateway.pipeline import LifecycleStage
from wsgi_gateway.variables import variable
from wsgi_gateway.wsgi import BodyTooLarge, Response, header_text, is_header_name, status_line

if TYPE_CHECKING:
    from wsgi_gateway.config import GatewayResponseConfig
    from wsgi_gateway.typing import WSGIApplication

logger = logging.getLogger("wsgi_gateway")

_TEMPLATE_VARIABLE = re.compile(
    r"\$(\{)?((?:context|stageVariables)(?:\.\w+)+|method\.request\.(?:header|path|querystring)\.[\w-]+)(?(1)\})"
)
_BODILESS = frozenset({"204", "304"})
_HEADER_PREFIX = "gatewayresponse.header."
_WITHOUT_EFFECT = ("gatewayresponse.path.", "gatewayresponse.querystring.")


class GatewayResponses(LifecycleStage):
    """Renders refusals; signs answers with ``x-amzn-RequestId`` and ``x-amz-apigw-id``.

    :param responses: customised types: an iterable of GatewayResponseConfig, or a mapping of them by type
        name.

    Raises ConfigError for unknown types, parameters that are no headers, and expressions AWS does not have.
    """

    def __init__(
        self,
        app: WSGIApplication,
        responses: Iterable[GatewayResponseConfig] | Mapping[str, GatewayResponseConfig] | None = None,
    ) -> None:
        super().__init__(app)
        configs = responses.values() if isinstance(responses, Mapping) else (responses or ())
        self._custom = {config.response_type: _Form(config) for config in configs}

    def on_request(self, ctx: Context) -> None:
        """Become the one who renders refusals."""
        ctx.responder = self._respond

    def on_response(self, ctx: Context, response: Response) -> None:
        """Add the identifiers; send no body where the client expects none."""
        _sign(ctx, response)
        if ctx.client_method == "HEAD" or ctx.http_method == "HEAD" or response.status[:3] in _BODILESS:
            _without_body(ctx, response)

    def on_exception(self, ctx: Context, error: Exception) -> WSGIApplication:
        """Answer for a failure nobody foresaw: 500 and no word about it, to the client."""
        if isinstance(error, GatewayError):
            refusal = error
        elif isinstance(error, BodyTooLarge):
            refusal = GatewayError(REQUEST_TOO_LARGE, reason=str(error))
        else:
            logger.error("request %s failed", ctx.request_id, exc_info=error)
            refusal = GatewayError(DEFAULT_5XX, reason=f"unhandled {type(error).__name__}")
        ctx.error = refusal
        answer = self._respond(refusal, ctx)
        _sign(ctx, answer)
        return answer

    def _respond(self, error: GatewayError, ctx: Context) -> Response:
        form = self._custom.get(error.response_type.name) or self._custom.get(
            "DEFAULT_4XX" if error.status < 500 else "DEFAULT_5XX"
        )
        if form is None:
            status, media, body, headers = error.status, "application/json", error.default_body(), []
        else:
            status = form.status or error.status
            media, body = form.body(error, ctx)
            headers = form.headers(ctx)
        return _answer(
            ctx, status, media, body, [*headers, ("x-amzn-ErrorType", error.error_type), *error.headers]
        )


def _answer(ctx: Context, status: int, media: str, body: str, headers: list[tuple[str, str]]) -> Response:
    data = body.encode("utf-8", "replace")
    if status < 200 or status in (204, 304):
        return Response(status_line(status), headers, [])
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", media))
    headers.append(("Content-Length", str(len(data))))
    return Response(status_line(status), headers, [] if ctx.client_method == "HEAD" else [data])


def _without_body(ctx: Context, response: Response) -> None:
    """What follows the head of such an answer would be read as the next one."""
    is_head = ctx.client_method == "HEAD"
    if response.status[:3] in _BODILESS:
        response.remove_headers(frozenset({"content-length", "content-type"}))
    elif not is_head:
        # The verb was overridden to HEAD: the app sends no body, the client waits for what is announced.
        response.remove_headers(frozenset({"content-length"}))
        return
    response.close()
    response.app_iter = []


def _sign(ctx: Context, response: Response) -> None:
    headers = response.headerlist
    for name, _ in headers:
        # A nested gateway, or a backend, has signed already: ours are the ones this client can refer to.
        if len(name) in (16, 14) and name.lower() in ("x-amzn-requestid", "x-amz-apigw-id"):
            response.remove_headers(_IDENTIFIERS)
            headers = response.headerlist
            break
    request_id = ctx.request_id  # first: it settles the other one too
    response.headerlist = [
        *headers,
        ("x-amzn-RequestId", request_id),
        ("x-amz-apigw-id", ctx.extended_request_id),
    ]


_IDENTIFIERS = frozenset({"x-amzn-requestid", "x-amz-apigw-id"})


class _Form:
    """One customised type, compiled."""

    def __init__(self, config: GatewayResponseConfig) -> None:
        if config.response_type not in RESPONSE_TYPES:
            raise ConfigError(
                [
                    Problem(
                        "gateway-response-type",
                        f"{config.response_type!r} is not one of the gateway response types",
                        config.place,
                        hint=", ".join(RESPONSE_TYPES),
                    )
                ]
            )
        self.status = config.status_code
        self._headers = tuple(_headers(config))
        templates = {media: _Template(text) for media, text in config.response_templates.items()}
        self._templates = by_media_type(templates)

    def headers(self, ctx: Context) -> list[tuple[str, str]]:
        """The declared headers whose sources are present and can be sent."""
        found = []
        for name, source in self._headers:
            value = source(ctx, None)
            if value is not None:
                text = value if isinstance(value, str) else ",".join(value)
                try:
                    found.append((name, header_text(text)))
                except ValueError:
                    continue  # a client's line break must not become a header of a refusal
        return found

    def body(self, error: GatewayError, ctx: Context) -> tuple[str, str]:
        """``(media type, text)``."""
        if not self._templates:
            return "application/json", error.default_body()
        media, template = for_response(self._templates, ctx.client.get("HTTP_ACCEPT"))
        return media, template.render(ctx)


def _headers(config: GatewayResponseConfig) -> Iterable[tuple[str, Source]]:
    for key, expression in config.response_parameters.items():
        if key.startswith(_WITHOUT_EFFECT):
            continue  # documented positions that no answer has; the Gateway warns of them
        name = key.removeprefix(_HEADER_PREFIX)
        if name == key or not is_header_name(name):
            raise ConfigError(
                [
                    Problem(
                        "gateway-response-parameter",
                        f"Invalid mapping expression specified: {key}",
                        config.place,
                        hint=f"write {_HEADER_PREFIX}NAME",
                    )
                ]
            )
        try:
            yield name, _source(expression)
        except ConfigError as error:
            raise ConfigError(named(key, error, config.place.at("response_parameters", key))) from error


def _source(expression: str) -> Source:
    """A source of mapping expressions, or ``method.input.params.NAME``: path, then query, then header."""
    name = expression.removeprefix("method.input.params.")
    if name == expression:
        return request_source(expression)
    places = [request_source(f"method.request.{place}.{name}") for place in ("path", "querystring", "header")]

    def first(ctx: Context, payload: object) -> Value:
        for place in places:
            value = place(ctx, payload)
            if value:
                return value
        return None

    return first


class _Template:
    """Text with variables, taken apart once."""

    def __init__(self, text: str) -> None:
        self._parts: list[str | Callable[[Context], object]] = []
        end = 0
        for match in _TEMPLATE_VARIABLE.finditer(text):
            self._parts += [text[end : match.start()], _variable(match[2])]
            end = match.end()
        self._parts.append(text[end:])

    def render(self, ctx: Context) -> str:
        return "".join(part if isinstance(part, str) else _printed(part(ctx)) for part in self._parts)


def _variable(name: str) -> Callable[[Context], object]:
    if name.startswith("context."):
        return variable(name.removeprefix("context."))
    source = request_source(name)
    return lambda ctx: source(ctx, None)


def _printed(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
