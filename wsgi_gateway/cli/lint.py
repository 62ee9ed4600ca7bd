"""``lint``: the mistakes in mapping templates, each with its line, a caret and the right form.

::

    $ wsgi-gateway lint request.vtl
    request.vtl:2:12: error: $input.params('name') stands in a JSON string as it came: ... [unescaped-input]
          "name": "$input.params('name')"
                   ^
        what to do: $util.escapeJavaScript($input.params('name')).replaceAll("\\\\'", "'")
    1 problem

A path may be a template, ``-`` for one on standard input, or an OpenAPI document (``.yaml``, ``.yml`` or
``.json``), of which every mapping template is read, in its place. ``--format github`` writes the annotations
of GitHub's workflows. The rules are listed in docs/mapping-lint.md; ``## lint: disable=CODE`` in a template
silences one.

Exit status: 0 nothing found, 1 something found, 2 wrong usage.

Not for: the rest of a definition; ``validate`` reads that. Templates of integrations that take none (proxies)
are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.problem_excerpt import Excerpts

if TYPE_CHECKING:
    from wsgi_gateway.cli.lint_sources import Told

_WIDTH = 160


def _codes(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    from wsgi_gateway.mapping.lint import RULES

    for code in value:
        if code not in RULES:
            raise click.BadParameter(f"{code!r} is no rule; the rules are {', '.join(RULES)}")
    return frozenset(value)


@click.command("lint")
@click.argument(
    "paths", metavar="TEMPLATE...", nargs=-1, required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option(
    "--disable", metavar="CODE", multiple=True, callback=_codes, help="Leave a rule out; repeatable."
)
def command(paths: tuple[str, ...], form: str, disable: frozenset[str]) -> None:
    """Tell the mistakes in mapping templates: files, - or OpenAPI documents."""
    from wsgi_gateway.cli.lint_sources import read

    told = [one for path in paths for one in read(path, _bytes_of(path)) if one.problem.code not in disable]
    for line in _FORMS[form](told, paths):
        click.echo(line)
    if told:
        raise SystemExit(1)


def _bytes_of(path: str) -> bytes:
    from wsgi_gateway.sources.document import SIZE_LIMIT

    try:
        with click.open_file(path, "rb") as stream:
            content: bytes = stream.read(SIZE_LIMIT + 1)
            return content
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None


def _as_text(told: list[Told], paths: tuple[str, ...]) -> Iterator[str]:
    hiding = Excerpts()
    for one in told:
        first, *rest = telling.as_text([one.problem], "-", hiding=hiding)
        yield first
        if one.text.strip():
            yield from _with_caret(one)
        yield from rest
    yield telling.counted([one.problem for one in told])


def _with_caret(one: Told) -> Iterator[str]:
    """The line, or its neighbourhood where it is long, and a caret below the column."""
    start = max(0, one.caret - _WIDTH // 2)
    text = one.text.replace("\t", " ")
    yield f"    {text[start : start + _WIDTH]}"
    yield f"    {' ' * (one.caret - 1 - start)}^"


def _as_json(told: list[Told], paths: tuple[str, ...]) -> Iterator[str]:
    yield json.dumps(
        {"files": list(paths), "errors": len(told), "problems": [_as_object(one) for one in told]}, indent=2
    )


def _as_object(one: Told) -> dict[str, Any]:
    problem, place = one.problem, one.problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": place.path,
        "hint": problem.hint,
        "text": one.text,
    }


def _as_github(told: list[Told], paths: tuple[str, ...]) -> Iterator[str]:
    for one in told:
        problem, place = one.problem, one.problem.place
        names = {"file": place.file, "line": place.line, "col": place.column, "title": problem.code}
        properties = ",".join(
            f"{name}={_property(str(value))}" for name, value in names.items() if value is not None
        )
        yield f"::error {properties}::{_data(f'{problem.message} | {problem.hint}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_FORMS = {"text": _as_text, "json": _as_json, "github": _as_github}
