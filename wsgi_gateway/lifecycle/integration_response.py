"""IntegrationResponse: choose what an integration's answer means, and reshape it.

::

    from wsgi_gateway import IntegrationResponse, IntegrationResponseConfig

    app = IntegrationResponse(legacy_app, [
        IntegrationResponseConfig(status_code=404, selection_pattern="404",
                                  response_templates={"application/json": '{"message": "no such order"}'}),
        IntegrationResponseConfig(status_code=200),
    ])

* Selection: the first entry whose pattern matches the whole status code; the entry without pattern is the
  default; no match and no default is 500. Patterns are worked out for every status on construction.
  With ``selects_on_error_message``, as for Lambda functions, they are matched against the ``errorMessage`` of
  the answer's JSON object instead, all of it, ``.`` not crossing line ends. An answer without one has an
  empty message: ``.+`` and ``200`` do not match it, whatever it is (recorded), ``.*`` does and hides the
  default (documented). Not confirmed on AWS: that a function which has not failed and answers with an
  ``errorMessage`` is matched too.
* Parameters: headers from the answer's headers, its body, stage and context variables, literals. Headers that
  are not mapped are dropped; the type is ``application/json`` unless mapped (recorded on AWS). With
  ``selects_on_error_message`` they read inside of an ``errorMessage`` that is JSON itself, as in
  ``integration.response.body.errorMessage.trace.function`` (documented).
* Template: by the *request's* Accept header (its first entry), else application/json's, else the first.
  Without one the body passes.
* ``$context.responseOverride`` is applied last and wins: ``header.NAME`` and ``status`` (200 to 599;
  others are ignored, as AWS ignores those outside 100 to 599: an answer with 1xx would never end).

A refusal from further in is not an integration's answer and passes untouched.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import Context
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, GatewayError
from wsgi_gateway.mapping.content import (
    BinaryMediaTypes,
    accepted_type,
    decode_base64,
    encode_base64,
    for_response,
    media_type,
)
from wsgi_gateway.mapping.documents import to_json
from wsgi_gateway.mapping.expressions import ResponseMapping, Target
from wsgi_gateway.mapping.patterns import compile_pattern, matching_statuses
from wsgi_gateway.mapping.templates import compile_templates
from wsgi_gateway.pipeline import LifecycleStage, buffered
from wsgi_gateway.wsgi import Response, header_text, is_header_name, status_line

if TYPE_CHECKING:
    from wsgi_gateway.config import IntegrationResponseConfig
    from wsgi_gateway.typing import WSGIApplication

_DEFAULT_PATTERNS = (None, "", "default")
_INSIDE_MESSAGE = re.compile(r"integration\.response\.body\.errorMessage[.\[]")


class IntegrationResponse(LifecycleStage):
    """Maps the integration's answer by IntegrationResponseConfigs.

    :param responses: in order of selection.
    :param binary_media_types: the API's ``binaryMediaTypes``.
    :param selects_on_error_message: whether patterns are about ``errorMessage``; they run on RE2 then.

    Raises ConfigError for patterns, expressions and templates that cannot be compiled.
    """

    def __init__(
        self,
        app: WSGIApplication,
        responses: Iterable[IntegrationResponseConfig],
        *,
        binary_media_types: Iterable[str] = (),
        selects_on_error_message: bool = False,
    ) -> None:
        super().__init__(app)
        binary = BinaryMediaTypes(binary_media_types)
        self._on_error_message = selects_on_error_message
        self._by_message: list[tuple[Any, _Entry]] = []
        self._by_status: dict[int, _Entry] = {}
        self._default: _Entry | None = None
        for config in responses:
            entry = _Entry(config, binary, selects_on_error_message)
            if config.selection_pattern in _DEFAULT_PATTERNS:
                self._default = self._default or entry
                continue
            written = config.place.at("selection_pattern")
            if selects_on_error_message:
                pattern = compile_pattern(str(config.selection_pattern), "selectionPattern", written)
                self._by_message.append((pattern.fullmatch, entry))
                continue
            for status in matching_statuses(str(config.selection_pattern), "selectionPattern", written):
                self._by_status.setdefault(status, entry)

    def on_response(self, ctx: Context, response: Response) -> None:
        """Select the entry and let it make the method response."""
        if ctx.error is not None:
            return
        status = ctx.integration_status = response.status_code
        entry = self._by_status.get(status, self._default)
        if self._on_error_message:
            entry = self._failed_entry(ctx, response) or self._default
        if entry is None:
            raise GatewayError(
                API_CONFIGURATION_ERROR, reason=f"no integration response for {status} and no default one"
            )
        entry.apply(ctx, response)

    def _failed_entry(self, ctx: Context, response: Response) -> _Entry | None:
        """The first entry whose pattern matches the errorMessage."""
        message = _error_message(buffered(response, ctx)) if self._by_message else None
        # Half characters are none to RE2.
        text = message.encode("utf-8", "replace").decode() if isinstance(message, str) else ""
        return next((entry for matches, entry in self._by_message if matches(text)), None)


class _Entry:
    """One integration response, compiled."""

    def __init__(
        self, config: IntegrationResponseConfig, binary: BinaryMediaTypes, of_function: bool
    ) -> None:
        self._status = status_line(config.status_code)
        inner, outer = _split(config.response_parameters) if of_function else ({}, config.response_parameters)
        written = config.place.at("response_parameters")
        self._mapping = ResponseMapping(outer, written)
        self._inner_mapping = ResponseMapping(inner, written) if inner else None
        sources = {media: text for media, text in config.response_templates.items() if text}
        self._templates = compile_templates(sources, f"responseTemplates {config.status_code}", config.place)
        self._handling = config.content_handling
        self._binary = binary

    def apply(self, ctx: Context, response: Response) -> None:
        """Turn the integration's answer into the method's, in place."""
        body, is_bytes = self._payload(ctx, response)
        headers = [
            (target.name, value if isinstance(value, str) else ",".join(value))
            for target, value in self._mapped(ctx, response)
        ]
        if self._templates:
            body = self._rendered(ctx, body, is_bytes)
        status = self._status
        if ctx.response_override:
            status = _overridden(ctx.response_override, headers, status)
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
        response.close()
        response.status = status
        response.headerlist = [_sendable(name, value) for name, value in headers]
        response.app_iter = [body]

    def _mapped(self, ctx: Context, response: Response) -> Iterator[tuple[Target, str | list[str]]]:
        yield from self._mapping.values(ctx, response)
        if self._inner_mapping is not None:
            inside = Response(response.status, response.headerlist, [_unfolded(buffered(response, ctx))])
            yield from self._inner_mapping.values(ctx, inside)

    def _payload(self, ctx: Context, response: Response) -> tuple[bytes, bool]:
        """The body after contentHandling, by the recorded matrix of payload, Accept and binary media types.

        Also whether it is bytes now, and no text.
        """
        data = buffered(response, ctx)
        if not self._binary:
            return _converted(data, self._handling == "CONVERT_TO_BINARY")
        accept = _accept(ctx)
        wants_binary = accept is not None and accepted_type(accept) in self._binary
        to_binary = self._handling == "CONVERT_TO_BINARY" or (self._handling is None and wants_binary)
        if media_type(response.header("Content-Type")) in self._binary:
            return (data, True) if to_binary else (encode_base64(data), False)
        return _converted(data, to_binary)

    def _rendered(self, ctx: Context, body: bytes, is_bytes: bool) -> bytes:
        if is_bytes and body:
            # A template that meets bytes is a 500 (recorded).
            raise GatewayError(API_CONFIGURATION_ERROR, reason="a template cannot read a binary payload")
        _, template = for_response(self._templates, _accept(ctx))
        return template.render(ctx, lambda: body.decode("utf-8", "replace")).encode("utf-8", "replace")


def _split(parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Parameters that read inside of the errorMessage, and the others."""
    inner = {key: text for key, text in parameters.items() if _INSIDE_MESSAGE.match(str(text))}
    return inner, {key: text for key, text in parameters.items() if key not in inner}


def _error_message(body: bytes) -> Any:
    """The ``errorMessage`` of a JSON object; None if there is none."""
    if b"errorMessage" not in body:
        return None  # most answers are not failures, and need not be parsed to see it
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document.get("errorMessage") if isinstance(document, dict) else None


def _unfolded(body: bytes) -> bytes:
    """The body with the JSON that its errorMessage is, in the place of the text."""
    message = _error_message(body)
    if not isinstance(message, str):
        return body
    try:
        return to_json({"errorMessage": json.loads(message)}).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return body


def _converted(text: bytes, to_binary: bool) -> tuple[bytes, bool]:
    """A text payload as text, or decoded from base64."""
    return (_decoded(text), True) if to_binary else (_as_text(text), False)


def _accept(ctx: Context) -> str | None:
    return ctx.client.get("HTTP_ACCEPT")


def _decoded(data: bytes) -> bytes:
    try:
        return decode_base64(data)
    except ValueError as error:
        raise GatewayError(API_CONFIGURATION_ERROR, reason=str(error)) from error


def _as_text(data: bytes) -> bytes:
    # Bytes that are not UTF-8 become U+FFFD on the text path (recorded on AWS).
    return data if data.isascii() else data.decode("utf-8", "replace").encode()


def _sendable(name: str, value: str) -> tuple[str, str]:
    if not is_header_name(name):
        raise GatewayError(API_CONFIGURATION_ERROR, reason=f"{name!r} is no name of a header")
    try:
        return name, header_text(value)
    except ValueError as error:
        raise GatewayError(API_CONFIGURATION_ERROR, reason=str(error)) from error


def _overridden(override: dict[str, Any], headers: list[tuple[str, str]], status: str) -> str:
    members = override.get("header")
    for name, value in members.items() if isinstance(members, dict) else ():
        if value is None:
            continue
        lower = str(name).lower()
        headers[:] = [pair for pair in headers if pair[0].lower() != lower]
        headers.extend((str(name), str(item)) for item in (value if isinstance(value, list) else [value]))
    wanted = override.get("status")
    try:
        code = int(str(wanted))
    except ValueError:
        return status
    return status_line(code) if 200 <= code <= 599 else status
