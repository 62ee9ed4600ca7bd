"""Template: a mapping template by itself, for tests and for trying things out; no gateway, no request.

    >>> from wsgi_gateway.mapping import Template
    >>> template = Template('{"id": $input.json("$.id"), "stage": "$context.stage"}')
    >>> template.render({"id": 7}, context={"stage": "prod"})
    '{"id": 7, "stage": "prod"}'

It renders as the gateway does: the same engine, the same variables, blanks around the template left out.
What is not given comes from a test invocation that is always the same
(:mod:`wsgi_gateway.mapping.trial.invocation`). :meth:`Template.observe` tells besides what every reference
was, which branches were taken, what was written to ``$context.requestOverride`` and ``responseOverride``, and
which line wrote which bytes. On the command line this is ``wsgi-gateway render``, in pytest the fixture
``mapping_template``.

Profile ``stock`` is Apache Velocity 1.7 as shipped, for which references of any name can be given::

    >>> Template("Hello $name, $nobody", profile="stock").render(name="Ada")
    'Hello Ada, $nobody'

Not for serving; :class:`wsgi_gateway.mapping.templates.MappingTemplate` reads a request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from wsgi_gateway.errors import Place, Problem
from wsgi_gateway.mapping.trial import cautions
from wsgi_gateway.mapping.trial.invocation import GivenError, copied, invocation
from wsgi_gateway.mapping.trial.listing import pointed
from wsgi_gateway.mapping.trial.rendering import Lines, Rendering, written
from wsgi_gateway.mapping.velocity import Template as CompiledTemplate
from wsgi_gateway.mapping.velocity import TemplateRuntimeError, TemplateSyntaxError, compile_template
from wsgi_gateway.mapping.velocity.observed import Step
from wsgi_gateway.mapping.velocity.runtime import SECONDS

__tracebackhide__ = True  # a failed test shows its own lines, not these

PROFILES = ("aws", "stock")
WATCHED_SECONDS = 10.0
"""What an observed rendering may take; one that is not watched has what it has in the gateway."""

_GIVEN = ("body", "path", "querystring", "header", "context", "stage_variables")
_MEANT = {"query": "querystring", "payload": "body", "data": "body", "params": "path"}
_TOO_LONG = "the template takes too long"
_SYNTAX = frozenset(("syntax", "null-literal"))
_NO_HINT = "the template is Velocity 1.7 as API Gateway runs it"


class Template:
    """One mapping template. It may be shared by threads; a rendering changes nothing that was given to it.

    ``source``: the template's text. ``profile``: ``aws`` (API Gateway) or ``stock`` (Apache Velocity 1.7).
    ``name``: what errors call it.

    Raises :class:`~wsgi_gateway.mapping.TemplateSyntaxError` with line, column, a caret and what to do, and
    ConfigError for an unknown profile.
    """

    def __init__(self, source: str, profile: str = "aws", *, name: str = "<template>") -> None:
        if not isinstance(source, str):
            raise GivenError(f"a template is text, not {type(source).__name__}; from_file() reads one")
        if profile not in PROFILES:
            raise GivenError(f"profile must be one of {', '.join(PROFILES)}, not {profile!r}")
        self.source = source
        self.profile = profile
        self.name = name
        # AWS strips templates (reported, not recorded); Velocity does not.
        self._text = source.strip() if profile == "aws" else source
        self._skipped = len(source) - len(source.lstrip()) if self._text and profile == "aws" else 0
        try:
            self._template = compile_template(self._text, profile=profile, name=name)
        except TemplateSyntaxError as error:
            raise self._refused(error).with_traceback(None) from None

    @classmethod
    def from_file(
        cls, path: str | os.PathLike[str], profile: str = "aws", *, name: str | None = None
    ) -> Template:
        """The template in a file, named by its path unless ``name`` is given.

        Raises OSError, ConfigError if the file is not UTF-8, and what the constructor raises.
        """
        name = os.fspath(path) if name is None else name
        return cls.from_bytes(Path(path).read_bytes(), profile, name=name)

    @classmethod
    def from_bytes(cls, content: bytes, profile: str = "aws", *, name: str = "<template>") -> Template:
        """The template in the content of a file, whose line ends go into the output as they are.

        Raises ConfigError if it is not UTF-8, and what the constructor raises.
        """
        try:
            return cls(content.decode("utf-8-sig"), profile, name=name)
        except UnicodeDecodeError as error:
            before = content[: error.start]
            place = Place(name, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
            raise GivenError([Problem("encoding", "the file is not UTF-8", place)]) from None

    def __repr__(self) -> str:
        return f"Template({self.name!r}, profile={self.profile!r})"

    def render(
        self,
        body: Any = None,
        *,
        path: Mapping[str, Any] | None = None,
        querystring: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, Any] | None = None,
        **references: Any,
    ) -> str:
        """The output.

        ``body``: text, UTF-8 bytes, anything JSON can express, or None for no body. ``path``,
        ``querystring``, ``header``: what ``$input.params`` finds, one text a name. ``context``: merged into
        the ``$context`` of a test invocation. ``stage_variables``: texts by name. ``references``: further
        variables, in profile ``stock`` only.

        Raises :class:`~wsgi_gateway.mapping.TemplateRuntimeError`, ConfigError for values that no request
        could bring, TypeError for references that API Gateway does not have.
        """
        given = invocation(
            body,
            path=path,
            querystring=querystring,
            header=header,
            context=context,
            stage_variables=stage_variables,
        )
        try:
            return self._template.render(self._with(given, references))
        except TemplateRuntimeError as error:
            raise self._placed(error, SECONDS) from error.__cause__

    def observe(
        self,
        body: Any = None,
        *,
        path: Mapping[str, Any] | None = None,
        querystring: Mapping[str, Any] | None = None,
        header: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, Any] | None = None,
        **references: Any,
    ) -> Rendering:
        """As :meth:`render`, but watched. A template that fails raises nothing: the rendering has the
        ``error`` and everything up to it.
        """
        given = invocation(
            body,
            path=path,
            querystring=querystring,
            header=header,
            context=context,
            stage_variables=stage_variables,
        )
        # Taken before: what a template puts in their place is nothing that the gateway looks at.
        request, response = given["context"]["requestOverride"], given["context"]["responseOverride"]
        seen = self._watched.observe(self._with(given, references), seconds=WATCHED_SECONDS)
        steps = self._moved(seen.steps)
        return Rendering(
            name=self.name,
            text=seen.text,
            error=None if seen.error is None else self._placed(seen.error, WATCHED_SECONDS),
            request_override=written(request),
            response_override=written(response),
            profile=self.profile,
            source=self.source,
            steps=steps,
            complete=seen.complete,
            warnings=(
                *cautions.of_headers(header),
                *cautions.of_body(given["input"]),
                *cautions.of_loops(steps, seen.complete, Lines(self.source), self.name),
            ),
        )

    @cached_property
    def _watched(self) -> CompiledTemplate:
        return compile_template(self._text, profile=self.profile, name=self.name, observed=True)

    def _with(self, given: dict[str, Any], references: Mapping[str, Any]) -> dict[str, Any]:
        if references and self.profile == "aws":
            names = ", ".join(f"${name}" for name in references)
            raise TypeError(f"API Gateway has no {names}; {_meant(next(iter(references)))}")
        return given | {name: copied(value, name) for name, value in references.items()}

    def _moved(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The places of steps in the source as it was given."""
        if not self._skipped:
            return steps
        by = self._skipped
        return tuple(replace(step, start=step.start + by, end=step.end + by) for step in steps)

    def _place(self, line: int, column: int) -> tuple[int, int]:
        before, indent = Lines(self.source).at(self._skipped)
        return line + before - 1, column + (indent - 1 if line == 1 else 0)

    def _placed(self, error: TemplateRuntimeError, seconds: float) -> TemplateRuntimeError:
        """Where in the source as it was given; the line and a caret as a note, which a traceback shows."""
        limit = f": it has {seconds:g} seconds" if error.message == _TOO_LONG else ""
        line, column = self._place(error.line, error.column) if error.line else (0, 0)
        placed = TemplateRuntimeError(error.message + limit, name=error.name, line=line, column=column)
        if line:
            placed.add_note("\n".join(pointed(self.source, placed)))
        return placed

    def _refused(self, error: TemplateSyntaxError) -> TemplateSyntaxError:
        """With what to do, and with the places of the source as it was given."""
        if self._skipped:
            try:  # the blanks before it are text, which changes nothing but the places
                compile_template(self.source.rstrip(), profile=self.profile, name=self.name)
            except TemplateSyntaxError as whole:
                error = whole
        from wsgi_gateway.mapping.lint import lint

        hints = (found.hint for found in lint(self.source, self.name) if found.code in _SYNTAX)
        error.hint = next((hint for hint in hints if hint and hint != _NO_HINT), "")
        return error


def _meant(name: str) -> str:
    plain = name.lower().replace("_", "")
    known = {given.replace("_", ""): given for given in _GIVEN}
    close = get_close_matches(plain, known, 1, 0.75)
    meant = _MEANT.get(plain) or (known[close[0]] if close else None)
    return f"did you mean {meant}=?" if meant else "profile 'stock' takes references of any name"
