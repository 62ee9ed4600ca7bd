"""Mapping templates as a stage uses them: Velocity source in, text out, with ``$input``, ``$context`` and the
rest.

A template without ``$``, ``#`` or a backslash is its own output and is never rendered. Others are compiled on
construction, so that a mistake in one stops the load with its line and column.

The maps of ``$context`` are AWS's: eighteen members in the recorded order, nested ones printing as nothing,
``requestOverride`` and ``responseOverride`` real maps that outlive the template and are shared by the request
and the response side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wsgi_gateway.context import Context
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError, Place, Problem
from wsgi_gateway.mapping.content import by_media_type
from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.velocity import (
    Input,
    SilentMap,
    TemplateError,
    TemplateSyntaxError,
    Util,
    compile_template,
)
from wsgi_gateway.variables import IDENTITY, VARIABLES

UTIL = Util()
_NESTED = ("requestOverride", "identity", "responseOverride")
_ORDER = (
    "resourceId resourcePath httpMethod extendedRequestId requestTime path accountId protocol "
    "requestOverride stage domainPrefix requestTimeEpoch requestId identity domainName deploymentId "
    "responseOverride apiId"
).split()
_SCALARS: dict[str, Callable[[Context], Any]] = {
    name: VARIABLES[name] for name in _ORDER if name in VARIABLES
}


class ContextMap(SilentMap):
    """``$context`` for templates. Members are worked out when read; iteration gives all of them in AWS's
    order.
    """

    def __init__(self, ctx: Context) -> None:
        super().__init__(dict.fromkeys(_ORDER))
        self._ctx = ctx
        self._pending = set(_SCALARS)
        self._pending.add("identity")
        override = ctx.request_override
        if override is None:
            override = ctx.request_override = SilentMap(
                path=SilentMap(), header=SilentMap(), querystring=SilentMap()
            )
        answer = ctx.response_override
        if answer is None:
            answer = ctx.response_override = SilentMap(header=SilentMap())
        dict.__setitem__(self, "requestOverride", override)
        dict.__setitem__(self, "responseOverride", answer)
        if ctx.authorizer is not None:
            dict.__setitem__(self, "authorizer", _silent(ctx.authorizer))
        if ctx.is_canary_request is not None:
            dict.__setitem__(self, "isCanaryRequest", str(ctx.is_canary_request).lower())

    def _settle(self, name: object) -> None:
        if name in self._pending:
            self._pending.discard(str(name))
            value = _identity(self._ctx) if name == "identity" else _SCALARS[str(name)](self._ctx)
            dict.__setitem__(self, str(name), value)

    def __getitem__(self, name: Any) -> Any:
        self._settle(name)
        return super().__getitem__(name)

    def __setitem__(self, name: Any, value: Any) -> None:
        self._pending.discard(name)
        super().__setitem__(name, value)

    def get(self, name: Any, default: Any = None) -> Any:
        """The member, or ``default``."""
        self._settle(name)
        value = super().get(name, default)
        # A missing authorizer loops as an empty map (recorded on AWS).
        return SilentMap() if name == "authorizer" and value is None else value

    def values(self) -> Any:
        """All members."""
        for name in tuple(self._pending):
            self._settle(name)
        return super().values()

    def items(self) -> Any:
        """All members with their names."""
        self.values()
        return super().items()


def _silent(members: Mapping[str, Any]) -> SilentMap:
    """A copy that prints nothing, and neither do the maps in it."""
    return SilentMap(
        {name: _silent(value) if isinstance(value, Mapping) else value for name, value in members.items()}
    )


def _identity(ctx: Context) -> SilentMap:
    members = {name: get(ctx) for name, get in IDENTITY.items()}
    if ctx.api_key is not None:
        members["apiKey"], members["apiKeyId"] = ctx.api_key, ctx.api_key_id
    return SilentMap(members)


class MappingTemplate:
    """One template of an integration. Raises ConfigError when the source is not a template.

    ``is_empty``: whether there is nothing but blanks. ``reads_body``: whether rendering may look at
    ``$input`` and so needs the body in memory.
    """

    def __init__(self, source: str, name: str, place: Place | None = None) -> None:
        text = source.strip()  # AWS strips templates (reported, not recorded)
        self._constant = text if not any(mark in text for mark in "$#\\") else None
        self.is_empty = not text
        self.reads_body = False
        if self._constant is None:
            try:
                self._template = compile_template(text, name=name)
            except TemplateSyntaxError as error:
                hint = "the template is Velocity 1.7 as API Gateway runs it"
                problem = Problem("template-syntax", str(error), place or Place(), hint=hint)
                raise ConfigError([problem]) from error
            read = self._template.references
            self.reads_body = "input" in read
            self._given = tuple((name, give) for name, give in _GIVEN.items() if name in read)

    def render(self, ctx: Context, body: Callable[[], str]) -> str:
        """The output for this request; ``body`` gives the payload's text when the template asks for it.

        Raises GatewayError 500 when rendering fails, whatever the reason; the reason stays in the trace.
        """
        if self._constant is not None:
            return self._constant
        references = {name: give(ctx, body) for name, give in self._given}
        try:
            return self._template.render(references)
        except TemplateError as error:
            raise GatewayError(API_CONFIGURATION_ERROR, reason=f"template: {error}") from error


_GIVEN: dict[str, Callable[[Context, Callable[[], str]], Any]] = {
    "input": lambda ctx, body: Input(body, lambda: _parameters(ctx), compile_path),
    "context": lambda ctx, body: ContextMap(ctx),
    "stageVariables": lambda ctx, body: SilentMap(ctx.stage_variables),
    "util": lambda ctx, body: UTIL,
}
"""The names a template may use; only those it does use are made for it."""


def _parameters(ctx: Context) -> dict[str, Mapping[str, str]]:
    return {"path": ctx.path_parameters, "querystring": ctx.query_parameters, "header": ctx.headers}


def compile_templates(
    templates: Mapping[str, str], name: str, place: Place | None = None
) -> dict[str, MappingTemplate]:
    """Templates by normalised media type. Raises one ConfigError with the problems of all of them."""
    return by_media_type(dict(_compiled(templates, name, place)))


def _compiled(
    templates: Mapping[str, str], name: str, place: Place | None
) -> Iterator[tuple[str, MappingTemplate]]:
    problems: list[Problem] = []
    for media, source in templates.items():
        try:
            yield media, MappingTemplate(source, f"{name}[{media}]", place)
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
