"""``render``: a mapping template by itself, without an API.

::

    wsgi-gateway render order.vm --body order.json                    # the output, and nothing else
    wsgi-gateway render order.vm --body - --header x-tenant=a < order.json
    wsgi-gateway render order.vm --body order.json --explain          # every value and branch, by line
    wsgi-gateway render order.vm --body order.json --format json      # with the overrides, for programs
    wsgi-gateway render order.vm --body order.json --source-map       # JSON: which line wrote which bytes

``-`` for the template or the body is stdin. ``--context`` is a JSON or YAML file that is merged into the
``$context`` of a test invocation; ``--params`` one with the members ``path``, ``querystring`` and ``header``.
What was written to ``$context.requestOverride`` and ``responseOverride``, and what went otherwise than one
may expect, is told on stderr.

Exit status: 0 rendered, 1 not, with the template's line on stderr, 2 wrong usage.

Not for a template inside a definition; copy it to a file, or look at the traces of ``wsgi-gateway serve
--trace``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.named_values import named_values

if TYPE_CHECKING:
    from wsgi_gateway.mapping import Rendering, Template, TemplateRuntimeError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False)
_FILE_OR_STDIN = click.Path(exists=True, dir_okay=False, allow_dash=True)
GROUPS = ("path", "querystring", "header")
BOM = b"\xef\xbb\xbf"
_COLOURS: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "note": {"fg": "cyan"},
    "missing": {"fg": "yellow"},
    "warning": {"fg": "yellow", "bold": True},
    "error": {"fg": "red", "bold": True},
}


def _named(option: str, name: str, told: str) -> Callable[[Decorated], Decorated]:
    return click.option(option, name, metavar="NAME=VALUE", multiple=True, callback=named_values, help=told)


@click.command("render")
@click.argument("template", type=_FILE_OR_STDIN)
@click.option("--body", metavar="FILE", type=_FILE_OR_STDIN, help="The payload; - is stdin.")
@click.option("--context", metavar="FILE", type=_FILE, help="JSON or YAML: members of $context.")
@click.option("--params", metavar="FILE", type=_FILE, help="JSON or YAML: path, querystring and header.")
@_named("--path", "path", "A path parameter; repeatable.")
@_named("--query", "querystring", "A query parameter; repeatable.")
@_named("--header", "header", "A header; repeatable.")
@_named("--stage-variable", "stage_variables", "Repeatable.")
@click.option("--profile", type=click.Choice(["aws", "stock"]), default="aws", show_default=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), help="json: the overrides as well.")
@click.option("--explain", is_flag=True, help="Tell line by line what the template does.")
@click.option("--source-map", is_flag=True, help="As json, and which line wrote which bytes.")
def command(
    template: str,
    body: str | None,
    context: str | None,
    params: str | None,
    stage_variables: dict[str, str],
    profile: str,
    form: str | None,
    explain: bool,
    source_map: bool,
    **groups: dict[str, str],
) -> None:
    """Render the mapping template in the file TEMPLATE, as API Gateway would; - is stdin."""
    _check_usage(template, body, form, explain, source_map)
    given: dict[str, Any] = {
        "body": None if body is None else _bytes_of(body).removeprefix(BOM),
        "context": {} if context is None else _mapping(context),
        "stage_variables": stage_variables,
        **_parameters(params, groups),
    }
    compiled = _compiled(template, profile)
    with _refusals():
        if explain:
            _tell(compiled.observe(**given))
        elif source_map or form == "json":
            _as_json(compiled, compiled.observe(**given), source_map)
        else:
            _plain(compiled, given)


def _check_usage(template: str, body: str | None, form: str | None, explain: bool, source_map: bool) -> None:
    if explain and source_map:
        raise click.UsageError("--explain and --source-map exclude each other")
    if explain and form == "json":
        raise click.UsageError("--explain and --format json exclude each other")
    if source_map and form == "text":
        raise click.UsageError("--source-map is JSON")
    if template == body == "-":
        raise click.UsageError("the template and the body cannot both be read from stdin")


def _bytes_of(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as stream:
            content: bytes = stream.read()
            return content
    except OSError as error:
        _give_up(f"{file}: {error.strerror or 'cannot be read'}")


@contextmanager
def _refusals() -> Iterator[None]:
    """What no request could bring is told in a line."""
    from wsgi_gateway.errors import ConfigError

    try:
        yield
    except ConfigError as error:
        _give_up(error.problems[0].message)


def _mapping(file: str) -> Mapping[str, Any]:
    """What a JSON or YAML file holds; ends the program unless that is a mapping."""
    from wsgi_gateway.errors import ConfigError, Place, Problem
    from wsgi_gateway.sources.reading import read

    try:
        data = read(file).data
    except ConfigError as error:
        telling.give_up(error.problems, file)
    if not isinstance(data, Mapping):
        telling.give_up([Problem("not-a-mapping", "names and values were expected", Place(file, 1, 1))], file)
    return data


def _parameters(file: str | None, groups: dict[str, dict[str, str]]) -> dict[str, dict[str, Any]]:
    """The file's parameters, those of the options put over them."""
    from wsgi_gateway.errors import Place, Problem

    given = {} if file is None else _mapping(file)
    for name, members in given.items():
        told = _wrong_group(name, members)
        if told:
            telling.give_up([Problem("params", told, Place(file))], str(file))
    return {name: {**given.get(name, {}), **groups[name]} for name in GROUPS}


def _wrong_group(name: str, members: Any) -> str:
    if name not in GROUPS:
        return f"{name!r} is none of {', '.join(GROUPS)}, each with names and values"
    return "" if isinstance(members, Mapping) else f"{name!r}: names and values were expected"


def _compiled(file: str, profile: str) -> Template:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.mapping import Template, TemplateSyntaxError

    name = "<stdin>" if file == "-" else file
    try:
        return Template.from_bytes(_bytes_of(file), profile, name=name)
    except TemplateSyntaxError as error:
        _give_up(str(error))
    except ConfigError as error:
        telling.give_up(error.problems, name)


def _write(text: str) -> None:
    """The output as it is; the end of line after it is for people only."""
    end = "\n" if sys.stdout.isatty() and not text.endswith("\n") else ""
    sys.stdout.flush()
    sys.stdout.buffer.write((text + end).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _tell(rendering: Rendering) -> None:
    from wsgi_gateway.mapping.trial.listing import listing

    for row in listing(rendering):
        click.secho(row.text, **_COLOURS.get(row.kind, {}))
    if rendering.error is not None:  # told where it happened
        raise SystemExit(1)


def _as_json(template: Template, rendering: Rendering, spans: bool) -> None:
    from wsgi_gateway.cli.render_json import as_json

    click.echo(as_json(rendering, spans))
    if rendering.error is not None:
        _fail(template, rendering.error)


def _plain(template: Template, given: dict[str, Any]) -> None:
    """The output within the limits of the gateway, then what a watched rendering tells besides."""
    from wsgi_gateway.mapping import TemplateRuntimeError

    try:
        text = template.render(**given)
    except TemplateRuntimeError as error:
        if "too long" not in error.message:  # watched, it would take even longer
            _remark(template.observe(**given))
        _fail(template, error)
    _write(text)
    _remark(template.observe(**given))


def _remark(rendering: Rendering) -> None:
    """On stderr: the overrides, and the warnings."""
    from wsgi_gateway.mapping.trial.listing import members
    from wsgi_gateway.trace import printable

    written = {"requestOverride": rendering.request_override, "responseOverride": rendering.response_override}
    for name, override in written.items():
        for member in members(override):
            click.secho(f"note: $context.{name}: {printable(member)}", err=True, **_COLOURS["note"])
    for text in rendering.warnings:
        click.secho(f"warning: {printable(text)}", err=True, **_COLOURS["warning"])


def _fail(template: Template, error: TemplateRuntimeError) -> NoReturn:
    """Tell where in the template it went wrong, with the line and a caret."""
    from wsgi_gateway.mapping.trial.listing import pointed
    from wsgi_gateway.trace import printable

    _give_up("\n".join([printable(str(error)), *pointed(template.source, error)]))


def _give_up(message: str) -> NoReturn:
    click.secho(message, fg="red", err=True)
    raise SystemExit(1)
