"""``sdk``: a client of an API, in one of many languages.

::

    wsgi-gateway sdk api.yaml --language python --output clients/python --package pets
    wsgi-gateway sdk api.yaml --language java --output clients/java --package com.example.pets
    wsgi-gateway sdk --languages                # which there are, and what is missing for them

The generators are programs of others (:mod:`wsgi_gateway.sdk`); where one is not installed, the command that
installs it is told. What callers need and a client does not have is told on standard error.

Exit status: 0 written, 1 the definition cannot be loaded, the generator is missing or fails, 2 wrong usage.

Not for: definitions made in Python; :func:`wsgi_gateway.sdk.write_sdk` takes those.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.templates import of_templates, template_options

if TYPE_CHECKING:
    from wsgi_gateway.errors import ConfigError

_LANGUAGES = (
    *("python", "typescript", "android", "csharp", "dart", "go", "java", "javascript", "kotlin"),
    *("objectivec", "php", "ruby", "rust", "swift"),
)


def _tell_languages(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Each language, its generator, and how to get what it misses."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sdk import LANGUAGES

    if not value or context.resilient_parsing:
        return
    for language, generator in LANGUAGES.items():
        try:
            generator.find()
            state = "installed"
        except ConfigError as error:
            state = _in_a_line(error)
        click.echo(f"{language:<11} {generator.tool}: {state}")
    context.exit()


@click.command("sdk")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--language", type=click.Choice(_LANGUAGES), required=True)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="A new or empty directory.",
)
@click.option("--package", metavar="NAME", help="The package's name; made of the API's by default.")
@click.option("--server", metavar="URL", help="Where the API is served, stage and all.")
@click.option("--force", is_flag=True, help="Write over what DIR has.")
@click.option(
    "--languages", is_flag=True, is_eager=True, expose_value=False, callback=_tell_languages,
    help="Tell the languages, their generators, and which are installed.",
)  # fmt: skip
@template_options
def command(
    file: str,
    language: str,
    output: Path,
    package: str | None,
    server: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Write a client of the definition FILE."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sdk import write_sdk
    from wsgi_gateway.sources import load

    try:
        api = load(file, **of_templates(options))
    except ConfigError as error:
        telling.give_up(error.problems, file)
    try:
        told = write_sdk(api, language, output, package=package, server=server, force=force)
    except ConfigError as error:
        raise click.ClickException(_in_a_line(error)) from None
    for line in told:
        click.echo(f"{language}: {line}", err=True)
    click.echo(f"{output}: a client in {language}")


def _in_a_line(error: ConfigError) -> str:
    return "; ".join(
        " ".join(f"{one.message}{f': {one.hint}' if one.hint else ''}".split()) for one in error.problems
    )
