"""Finding what is wrong with a definition: it is loaded, and a gateway is built for each of its stages.

::

    problems = problems_of("api.yaml")
    problems = problems_of("stack.yaml", stage="prod", parameters={"Env": "prod"})

Templates, mappings and patterns are compiled by that, and names in templates that mean nothing are told as
warnings. What only the run time knows is stood in for: the wrapped app, every Lambda function, every WSGI
app the definition names, the credentials of those who sign.

Not for: telling them; :mod:`~wsgi_gateway.cli.problems` does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsgi_gateway.cli.problem_document import document_of
from wsgi_gateway.cli.problem_stages import named, of_its_stage
from wsgi_gateway.cli.templates import of_templates

if TYPE_CHECKING:
    from wsgi_gateway.config import IntegrationConfig, RestApiConfig, StageConfig
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.sources import Definition
    from wsgi_gateway.sources.document import Document

_NOT_OF_FILES = ("no-key-opens", "name-unused")
"""Keys have no place in a definition file, and what stands in for functions may be used or not."""

_NAMES_IN_TEMPLATES = frozenset(
    "undefined-name unknown-member jsonpath-syntax unknown-directive unreadable-set not-on-aws".split()
)
"""Rules of ``lint`` about names that mean nothing; its others are about what a template prints."""

_MOST = 500


def problems_of(
    source: str | Mapping[str, Any] | RestApiConfig | Definition,
    *,
    stage: str | None = None,
    api_id: str | None = None,
    **options: Any,
) -> list[Problem]:
    """The problems of a definition (a file, parsed, or made in code), and the warnings; none is raised.

    :param stage: the only stage to look at; every one that is declared otherwise.
    :param api_id: the API's real id in the ARNs of its policy; so are ``account_id`` and ``region``.
    :param options: those of templates.
    """
    from wsgi_gateway.errors import ConfigError

    # What a Gateway would log is told here, with the rest.
    logging.getLogger("wsgi_gateway").addHandler(logging.NullHandler())
    found: list[Problem] = []
    names = {name: options.pop(name, None) for name in ("account_id", "region")}
    given = {name: value for name, value in names.items() if value}
    document = _document(source)
    try:
        definition = _loaded(source, found, {**given, **of_templates(options)})
        for one in _stages(definition, stage):
            found.extend(_of_gateway(definition, replace(one, **given), api_id))
        found.extend(_mocks_without_status(definition.api))
        linted = list(islice(_linted(document, definition.api), _MOST))
    except ConfigError as error:
        return list(dict.fromkeys((*_placed(found, document), *_errors(error.problems, document))))
    kept = (warning for warning in found if warning.code not in _NOT_OF_FILES)
    told = map(definition.api.secrets.masked, (*_placed(kept, document), *linted))
    return list(dict.fromkeys(told))


def _document(source: Any) -> Document | None:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources.reading import read

    try:
        if isinstance(source, str):
            # A pipe gives its text once, to the load.
            return document_of(source) if Path(source).is_file() else None
        return read(source) if isinstance(source, Mapping) else None
    except ConfigError:
        return None


def _loaded(source: Any, warnings: list[Problem], options: dict[str, Any]) -> Definition:
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.sources import Definition, load_definition

    if isinstance(source, RestApiConfig):
        return Definition(api=source)
    return source if isinstance(source, Definition) else load_definition(source, warnings=warnings, **options)


def _stages(definition: Definition, name: str | None) -> Iterable[StageConfig]:
    from wsgi_gateway.config import StageConfig

    if name is None:
        return definition.stages.values() or (StageConfig(),)
    return (definition.stage(name) or StageConfig(stage_name=name),)


def _of_gateway(definition: Definition, stage: StageConfig, api_id: str | None) -> list[Problem]:
    from wsgi_gateway.gateway import Gateway

    made = Gateway(
        definition,
        _stand_in,
        stage=stage,
        api_id=api_id,
        lambdas=_Anything(),
        integrations=_Anything(),
        credentials=(),
    )
    return [named(problem, stage.stage_name) for problem in made.warnings]


# ------------------------------------------------------------------ templates


def _mocks_without_status(api: RestApiConfig) -> Iterator[Problem]:
    from wsgi_gateway.errors import Problem

    for integration in _integrations(api):
        for media_type, text in integration.request_templates.items():
            if integration.type == "MOCK" and "statusCode" not in text:
                message = "this mock is told no statusCode: calls of this media type will be answered by 500"
                at = integration.place.at("request_templates", media_type)
                yield Problem("mock-status-code", message, at, '{"statusCode": 200}', severity="warning")


def _integrations(api: RestApiConfig) -> Iterator[IntegrationConfig]:
    for methods in api.resources.values():
        for method in methods.values():
            if method.integration is not None and not method.integration.is_proxy:
                yield method.integration


def _linted(document: Document | None, api: RestApiConfig) -> Iterator[Problem]:
    """Names in mapping templates that mean nothing: of OpenAPI documents each at its own line."""
    from wsgi_gateway.cli.lint_sources import of_document
    from wsgi_gateway.sources.openapi import recognises

    if document is None or document.file is None or not recognises(document.data):
        for integration in _integrations(api):
            yield from _placed(_linted_model(integration), document)
        return
    file = Path(document.file)
    is_worth_it = file.is_file() and any(True for _ in _integrations(api))
    for one in of_document(document, file.read_bytes()) if is_worth_it else ():
        if one.problem.code in _NAMES_IN_TEMPLATES:
            yield replace(one.problem, severity="warning")


def _linted_model(integration: IntegrationConfig) -> Iterator[Problem]:
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.mapping.lint import lint

    holders = [(integration.request_templates, integration.place.at("request_templates"))]
    holders += [
        (response.response_templates, response.place.at("response_templates"))
        for response in integration.integration_responses
    ]
    for templates, place in holders:
        for media_type, text in templates.items():
            for one in lint(text, media_type=media_type):
                if one.code in _NAMES_IN_TEMPLATES:
                    message = f"line {one.line}, column {one.column} of the template: {one.message}"
                    yield Problem(one.code, message, place.at(media_type), one.hint, severity="warning")


def _errors(problems: Iterable[Problem], document: Document | None) -> Iterator[Problem]:
    """The errors in their places; templates that are no Velocity at the line, where ``lint`` knows it."""
    from wsgi_gateway.cli.lint_sources import syntax_errors

    found: list[Problem] | None = None
    for problem in problems:
        if problem.code == "template-syntax" and document is not None and document.file is not None:
            found = syntax_errors(document.file) if found is None else found
            told = _told_by_lint(problem, found)
            yield from told or _placed([problem], document)
        else:
            yield from _placed([problem], document)


def _told_by_lint(problem: Problem, found: list[Problem]) -> list[Problem]:
    """Those of the same integration, or of the same response of it."""
    path = problem.place.path
    inside = [one for one in found if path != "$" and one.place.path.startswith((path + ".", path + "["))]
    return [replace(one, code=problem.code) for one in inside]


# --------------------------------------------------------------------- places


def _placed(problems: Iterable[Problem], document: Document | None) -> Iterator[Problem]:
    """Each where the document has it, if it was found in the model."""
    from wsgi_gateway.sources.places import exact

    for problem in problems:
        if document is None or problem.place.file not in (None, document.file):
            yield problem
        else:
            yield from exact(document, [of_its_stage(problem, document.data)])


def _stand_in(*args: Any) -> Any:
    raise AssertionError("a definition that is being validated serves no requests")


class _Anything(Mapping[str, Any]):
    """A mapping that has every name."""

    def __getitem__(self, name: str) -> Any:
        return _stand_in

    def __iter__(self) -> Iterator[str]:
        return iter(("anything",))

    def __len__(self) -> int:
        return 1
