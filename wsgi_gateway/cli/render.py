"""``render``: a mapping template by itself, without an API.

::

    wsgi-gateway render order.vm --body order.json                    # the output, and nothing else
    wsgi-gateway render order.vm --body - --header x-tenant=a < order.json
    wsgi-gateway render order.vm --body order.json --explain          # every value and branch, by line
    wsgi-gateway render order.vm --body order.json --source-map       # JSON: which line wrote which bytes

``--context`` is a JSON or YAML file that is merged into the ``$context`` of a test invocation; ``--params``
one with the members ``path``, ``querystring`` and ``header``.

Exit status: 0 rendered, 1 not, with the template's line on stderr, 2 wrong usage.

Not for a template inside a definition; copy it to a file, or look at the traces of ``wsgi-gateway serve
--trace``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from wsgi_gateway.cli import problems as telling

if TYPE_CHECKING:
    from wsgi_gateway.mapping import Rendering, Template, TemplateRuntimeError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_FILE = click.Path(exists=True, dir_okay=False)
GROUPS = ("path", "querystring", "header")
_COLOURS: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "note": {"fg": "cyan"},
    "missing": {"fg": "yellow"},
    "error": {"fg": "red", "bold": True},
}


def _pairs(context: click.Context, parameter: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{text!r} is not name=value", context, parameter)
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice", context, parameter)
        found[name] = value
    return found


def _named(option: str, name: str, told: str) -> Callable[[Decorated], Decorated]:
    return click.option(option, name, metavar="NAME=VALUE", multiple=True, callback=_pairs, help=told)


@click.command("render")
@click.argument("template", type=_FILE)
@click.option("--body", metavar="FILE", type=click.File("rb"), help="The payload; - is stdin.")
@click.option("--context", metavar="FILE", type=_FILE, help="JSON or YAML: members of $context.")
@click.option("--params", metavar="FILE", type=_FILE, help="JSON or YAML: path, querystring and header.")
@_named("--path", "path", "A path parameter; repeatable.")
@_named("--query", "querystring", "A query parameter; repeatable.")
@_named("--header", "header", "A header; repeatable.")
@_named("--stage-variable", "stage_variables", "Repeatable.")
@click.option("--profile", type=click.Choice(["aws", "stock"]), default="aws", show_default=True)
@click.option("--explain", is_flag=True, help="Tell line by line what the template does.")
@click.option("--source-map", is_flag=True, help="Print, as JSON, which line wrote which bytes.")
def command(
    template: str,
    body: Any,
    context: str | None,
    params: str | None,
    stage_variables: dict[str, str],
    profile: str,
    explain: bool,
    source_map: bool,
    **groups: dict[str, str],
) -> None:
    """Render the mapping template in the file TEMPLATE, as API Gateway would."""
    if explain and source_map:
        raise click.UsageError("--explain and --source-map exclude each other")
    given = {
        "body": None if body is None else body.read(),
        "context": {} if context is None else _mapping(context),
        "stage_variables": stage_variables,
        **_parameters(params, groups),
    }
    compiled = _compiled(template, profile)
    if explain:
        _tell(_observed(compiled, given))
    elif source_map:
        _map(compiled, _observed(compiled, given))
    else:
        _write(_rendered(compiled, given))


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
        if name not in GROUPS or not isinstance(members, Mapping):
            message = f"{name!r} is none of {', '.join(GROUPS)}, each with names and values"
            telling.give_up([Problem("params", message, Place(file))], str(file))
    return {name: {**given.get(name, {}), **groups[name]} for name in GROUPS}


def _compiled(file: str, profile: str) -> Template:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.mapping import Template, TemplateSyntaxError

    try:
        return Template.from_file(file, profile)
    except TemplateSyntaxError as error:
        _give_up(str(error))
    except OSError as error:
        _give_up(f"{file}: {error.strerror or 'cannot be read'}")
    except ConfigError as error:
        _give_up(error.problems[0].message)


def _rendered(template: Template, given: dict[str, Any]) -> str:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.mapping import TemplateRuntimeError

    try:
        return template.render(**given)
    except ConfigError as error:
        _give_up(error.problems[0].message)
    except TemplateRuntimeError as error:
        _fail(template, error)


def _observed(template: Template, given: dict[str, Any]) -> Rendering:
    from wsgi_gateway.errors import ConfigError

    try:
        return template.observe(**given)
    except ConfigError as error:
        _give_up(error.problems[0].message)


def _write(text: str) -> None:
    """The output as it is; the end of line after it is for people only."""
    end = "\n" if sys.stdout.isatty() and not text.endswith("\n") else ""
    sys.stdout.flush()
    sys.stdout.buffer.write((text + end).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _tell(rendering: Rendering) -> None:
    from wsgi_gateway.mapping.listing import listing

    for row in listing(rendering):
        click.secho(row.text, **_COLOURS.get(row.kind, {}))
    if rendering.error is not None:  # told where it happened
        raise SystemExit(1)


def _map(template: Template, rendering: Rendering) -> None:
    click.echo(json.dumps(_as_object(rendering), indent=2))
    if rendering.error is not None:
        _fail(template, rendering.error)


def _as_object(rendering: Rendering) -> dict[str, Any]:
    """``{"template", "output", "spans": [{"start_byte", "end_byte", "line", "column"}], "error"}``."""
    return {
        "template": rendering.name,
        "output": rendering.text,
        "spans": [span._asdict() for span in rendering.source_map],
        "error": None if rendering.error is None else str(rendering.error),
    }


def _fail(template: Template, error: TemplateRuntimeError) -> NoReturn:
    """Tell where in the template it went wrong, with the line and a caret."""
    from wsgi_gateway.mapping.listing import pointed
    from wsgi_gateway.trace import printable

    _give_up("\n".join([printable(str(error)), *pointed(template.source, error)]))


def _give_up(message: str) -> NoReturn:
    click.secho(message, fg="red", err=True)
    raise SystemExit(1)
