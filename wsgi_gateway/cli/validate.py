"""``validate``: every problem of a definition at once, each with its place and what to do about it.

::

    $ wsgi-gateway validate api.yaml
    api.yaml:14:11: error: Invalid HTTP endpoint specified for URI [http-uri]
        at: $.paths['/pets'].get['x-amazon-apigateway-integration'].uri
    1 problem

The definition is loaded and a gateway is built from it, so that templates and mappings are compiled too.
What only the run time knows is stood in for: the wrapped app, every Lambda function, every WSGI app the
definition names, the credentials of those who sign.

Exit status: 0 can be served (warnings are told), 1 cannot, 2 wrong usage.

Not for: a definition made in Python; building its Gateway in a test says the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.templates import of_templates, template_options

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem


_NOT_OF_FILES = ("no-key-opens", "name-unused")
"""Keys have no place in a definition file, and what stands in for functions may be used or not."""


@click.command("validate")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--api-id", metavar="ID", help="The API's id, as ARNs in policies name it.")
@click.option("--account-id", metavar="DIGITS", help="The account in those ARNs.")
@click.option("--region", metavar="REGION", help="The Region in those ARNs.")
@template_options
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(file: str, form: str, **options: Any) -> None:
    """Tell everything that is wrong with the definition FILE."""
    problems = telling.in_order(problems_of(file, **options))
    if form == "json":
        click.echo(telling.as_json(problems, file))
    else:
        for line in telling.as_text(problems, file):
            click.echo(line)
        click.echo(telling.counted(problems))
    if any(problem.severity == "error" for problem in problems):
        raise SystemExit(1)


def problems_of(
    file: str,
    *,
    api_id: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    **template: Any,
) -> list[Problem]:
    """The problems of a definition file, and the warnings. ``api_id``, ``account_id``, ``region``: the real
    names in the ARNs of its policy. ``template``: options of templates.
    Every stage that is declared is tried.
    """
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.sources import load_definition

    # What the Gateway would log is told below, with the rest.
    logging.getLogger("wsgi_gateway").addHandler(logging.NullHandler())
    warnings: list[Problem] = []
    try:
        names = {"account_id": account_id, "region": region}
        named: dict[str, Any] = {name: value for name, value in names.items() if value}
        definition = load_definition(file, warnings=warnings, **named, **of_templates(template))
        found = [
            Gateway(
                definition.api,
                _stand_in,
                stage=replace(stage, **named),
                api_id=api_id,
                lambdas=_Anything(),
                integrations=_Anything(),
                credentials=(),
            ).warnings
            for stage in definition.stages.values() or (StageConfig(),)
        ]
    except ConfigError as error:
        return [*warnings, *_at_their_lines(error.problems, file)]
    told = chain(*found)
    return [*warnings, *(warning for warning in told if warning.code not in _NOT_OF_FILES)]


def _at_their_lines(problems: Iterable[Problem], file: str) -> list[Problem]:
    """Templates that are no Velocity at the line of the error, where ``lint`` knows it."""
    broken = [problem for problem in problems if problem.code == "template-syntax"]
    if not broken:
        return list(problems)
    from wsgi_gateway.cli.lint_sources import syntax_errors

    found = syntax_errors(file)
    told = [_told_by_lint(problem, found) for problem in broken]
    return [*(problem for problem in problems if problem.code != "template-syntax"), *chain(*told)]


def _told_by_lint(problem: Problem, found: list[Problem]) -> list[Problem]:
    """Those of the same integration, or of the same response of it."""
    path = problem.place.path
    inside = [one for one in found if path != "$" and one.place.path.startswith((path + ".", path + "["))]
    return [replace(one, code=problem.code) for one in inside] or [problem]


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
