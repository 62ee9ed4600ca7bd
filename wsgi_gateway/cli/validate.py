"""``validate``: every problem of a definition at once, each with its place and what to do about it.

::

    $ wsgi-gateway validate api.yaml
    api.yaml:14:9: error: Invalid HTTP endpoint specified for URI [integration-uri]
       14 |         uri: ftp://example.org
          |         ^^^
        at: $.paths['/pets'].get['x-amazon-apigateway-integration'].uri
        what to do: http://HOST/PATH or https://HOST/PATH
    1 problem

Several definitions may be named: files, ``-`` for one on standard input, or ``module:name`` of one made in
Python. ``--format github`` writes the annotations of GitHub's workflows, ``--format json`` an object for
programs. Lines are shown without their secrets. The manual page is docs/validate.md.

Exit status: 0 can be served (warnings are told, and fail with ``--strict``), 1 cannot, 2 wrong usage.

Not for: what a definition says when it can be served; ``parity`` tells that.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.problem_excerpt import Excerpts
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.cli.problem_github import as_annotations
from wsgi_gateway.cli.templates import for_its_kind, template_options

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem

STDIN = "<stdin>"
"""What a definition on standard input is called."""

__all__ = ["command", "problems_of"]


@click.command("validate")
@click.argument("definitions", metavar="FILE...", nargs=-1, required=True)
@click.option("--stage", metavar="NAME", help="The stage to look at.  [default: all that are declared]")
@click.option("--api-id", metavar="ID", help="The API's id, as ARNs in policies name it.")
@click.option("--account-id", metavar="DIGITS", help="The account in those ARNs.")
@click.option("--region", metavar="REGION", help="The Region in those ARNs.")
@template_options
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=telling.LIMIT,
    show_default=True,
    help="How many problems are told, errors before warnings; 0 tells all.",
)
def command(definitions: tuple[str, ...], form: str, strict: bool, limit: int, **options: Any) -> None:
    """Tell everything that is wrong with definitions: FILEs, - or module:name."""
    found: dict[str, list[Problem]] = {}
    with _kept_files() as kept:
        excerpts = Excerpts(kept)
        for name in definitions:
            shown = STDIN if name == "-" else name
            given = options if len(definitions) == 1 else for_its_kind(name, options)
            found[shown] = telling.in_order(_problems(name, kept, given))
        for line in _lines(found, form, limit, excerpts):
            telling.say(line)
    failing = ("error", "warning") if strict else ("error",)
    if any(problem.severity in failing for problems in found.values() for problem in problems):
        raise SystemExit(1)


def _lines(found: dict[str, list[Problem]], form: str, limit: int, excerpts: Excerpts) -> Iterator[str]:
    if form == "json":
        yield telling.as_json(found, limit, excerpts)
        return
    told, left = telling.limited(found, limit)
    for name, problems in told.items():
        if form == "github":
            yield from as_annotations(problems, name, excerpts)
        else:
            yield from telling.as_text(problems, name, excerpts)
    if left and form == "text":
        yield f"... and {left} more; --limit 0 tells all"
    if form == "text":
        yield telling.counted([problem for problems in found.values() for problem in problems], len(found))


def _problems(name: str, kept: dict[str, str], options: dict[str, Any]) -> list[Problem]:
    shown = STDIN if name == "-" else name
    if name != "-" and (os.path.isfile(name) or not os.path.exists(name) or os.path.isdir(name)):
        return problems_of(_source(name), **options)
    if shown in kept:
        raise click.BadParameter(f"{name} can be given once", param_hint="FILE...")
    file = kept[shown] = _copy(name)
    return [_renamed(problem, file, shown) for problem in problems_of(file, **options)]


def _renamed(problem: Problem, file: str, shown: str) -> Problem:
    if problem.place.file != file:
        return problem
    return replace(problem, place=replace(problem.place, file=shown))


def _source(name: str) -> Any:
    """A file that is there, or what a module has under a name."""
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.functions import DOTTED_NAME, imported
    from wsgi_gateway.sources import Definition

    if os.path.isdir(name):
        raise click.BadParameter(f"{name!r} is a directory", param_hint="FILE...")
    if os.path.exists(name):
        return name
    if not DOTTED_NAME.fullmatch(name):
        raise click.BadParameter(f"{name!r} does not exist", param_hint="FILE...")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found = imported(name, "api")
    except ConfigError as error:
        raise click.BadParameter(error.problems[0].message, param_hint="FILE...") from None
    if not isinstance(found, (RestApiConfig, Definition)):
        message = f"{name} is a {type(found).__name__}, not a RestApiConfig"
        raise click.BadParameter(message, param_hint="FILE...")
    return found


def _copy(name: str) -> str:
    """Standard input, or a pipe, as a file, for definitions are read from files, and more than once; as much
    of it as one may have.
    """
    from wsgi_gateway.sources.document import SIZE_LIMIT

    with click.open_file(name, "rb") as stream:
        content = stream.read(SIZE_LIMIT + 1)
    with tempfile.NamedTemporaryFile(prefix="definition-", delete=False) as file:
        file.write(content)
    return file.name


@contextmanager
def _kept_files() -> Iterator[dict[str, str]]:
    kept: dict[str, str] = {}
    try:
        yield kept
    finally:
        for file in kept.values():
            os.unlink(file)
