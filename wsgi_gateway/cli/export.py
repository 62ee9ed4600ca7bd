"""``export``: a definition as an OpenAPI 3.0 or Swagger 2.0 document, as API Gateway exports it.

::

    wsgi-gateway export api.yaml                                   # OpenAPI 3.0, JSON, on standard output
    wsgi-gateway export api.yaml --format swagger --yaml --output swagger.yaml
    wsgi-gateway export api.yaml --extensions integrations --extensions authorizers
    wsgi-gateway export api.yaml --extensions none --server https://api.example.com/prod

All extensions are written (``apigateway``) unless ``--extensions`` says which. What the document does not say
is told on standard error. Where ``--output`` is a directory, the file gets AWS's name:
``oas30_{version}.json``.

Exit status: 0 written, 1 the definition cannot be loaded, written or saved, 2 wrong usage.

Not for: definitions made in Python; :func:`wsgi_gateway.exports.export` takes those.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.templates import of_templates, template_options

_EXTENSIONS = ("integrations", "apigateway", "authorizers", "postman", "validators", "none")


def _extensions(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for text in value for name in text.split(",") if name))
    unknown = [name for name in names if name not in _EXTENSIONS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(_EXTENSIONS)}")
    if "none" in names and len(names) > 1:
        raise click.BadParameter("none stands alone")
    return tuple(name for name in names if name != "none")


@click.command("export")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "form", type=click.Choice(["oas30", "swagger"]), default="oas30", show_default=True)
@click.option(
    "--extensions", metavar="NAMES", multiple=True, default=["apigateway"], show_default=True,
    callback=_extensions, help=f"Some of {', '.join(_EXTENSIONS)}; repeatable.",
)  # fmt: skip
@click.option("--yaml", is_flag=True, help="Write YAML, not JSON.")
@click.option("--server", metavar="URL", help="Where the API is served, stage and all.")
@click.option("--api-version", metavar="TEXT", help="The version to write if the definition has none.")
@click.option("--output", metavar="PATH", type=click.Path(path_type=Path), help="A file or a directory.")
@template_options
def command(
    file: str,
    form: str,
    extensions: tuple[str, ...],
    yaml: bool,
    server: str | None,
    api_version: str | None,
    output: Path | None,
    **options: Any,
) -> None:
    """Write the definition FILE as OpenAPI 3.0 or Swagger 2.0."""
    from wsgi_gateway.errors import ConfigError, Problem
    from wsgi_gateway.exports import as_text, export, file_name
    from wsgi_gateway.sources import load

    told: list[Problem] = []
    try:
        api = load(file, **of_templates(options))
        document = export(api, form, extensions=extensions, server=server, version=api_version, warnings=told)
    except ConfigError as error:
        telling.give_up(error.problems, file)
    for line in telling.as_text(told, file):
        click.echo(line, err=True)
    text = as_text(document, yaml=yaml)
    if output is None:
        click.echo(text, nl=False)
        return
    path = output / file_name(document, yaml=yaml) if output.is_dir() else output
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
