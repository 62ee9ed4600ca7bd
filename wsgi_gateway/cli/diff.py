"""``diff``: what a new definition changes for callers.

::

    $ wsgi-gateway diff old.yaml new.yaml
    breaking    GET /pets: now asks for an API key [admission]
    breaking    POST /pets: bodies of application/json: validation is stricter at $.required [validation]
    opening     the API: has no resource policy any more [admission]
    compatible  GET /toys: is new [route]
    4 changes, 2 breaking

``breaking``: requests that worked are refused, or answered otherwise. ``opening``: callers are admitted who
were not. ``unclear``: cannot be told. ``compatible``: nobody who does as before will notice.

Exit status: 0 nothing changes for callers, 1 something does (with ``--breaking``: something breaks),
2 wrong usage, or a definition that cannot be loaded.

Not for: the difference of texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.change_telling import as_line
from wsgi_gateway.cli.templates import for_its_kind, of_templates, template_options, with_own_parameters

if TYPE_CHECKING:
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.exports.diff import Change


@click.command("diff")
@click.argument("old", type=click.Path(exists=True, dir_okay=False))
@click.argument("new", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--breaking", is_flag=True, help="Exit with 1 only if something breaks.")
@template_options
def command(old: str, new: str, form: str, breaking: bool, **options: Any) -> None:
    """Tell what changes for callers from the definition OLD to NEW."""
    from wsgi_gateway.exports.diff import diff

    given = of_templates(options)
    files = (old, new)
    before, after = with_own_parameters(files, [for_its_kind(file, given) for file in files])
    unused = given.keys() - before.keys() - after.keys()
    if unused:
        raise click.UsageError(f"neither file is of a kind that takes {', '.join(sorted(unused))}")
    changes = diff(_loaded(old, before), _loaded(new, after))
    if form == "json":
        click.echo(_as_json(changes, old, new))
    else:
        for line in _as_text(changes):
            click.echo(line)
    if any(one.effect == "breaking" or not breaking for one in changes):
        raise SystemExit(1)


def _loaded(file: str, options: dict[str, Any]) -> RestApiConfig:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources import load

    try:
        return load(file, **options)
    except ConfigError as error:
        for line in telling.as_text(telling.in_order(error.problems), file):
            click.echo(line, err=True)
        raise SystemExit(2) from None


def _as_text(changes: Sequence[Change]) -> Iterator[str]:
    yield from map(as_line, changes)
    breaking = sum(one.effect == "breaking" for one in changes)
    number = f"{len(changes) or 'no'} change{'' if len(changes) == 1 else 's'}"
    yield f"{number}, {breaking or 'none'} breaking" if changes else f"{number} for callers"


def _as_json(changes: Sequence[Change], old: str, new: str) -> str:
    """``{"old", "new", "breaking", "changes": [{"effect", "area", "where", "message"}]}``."""
    listed = [
        {"effect": one.effect, "area": one.area, "where": one.where, "message": one.message}
        for one in changes
    ]
    breaking = sum(one.effect == "breaking" for one in changes)
    return json.dumps({"old": old, "new": new, "breaking": breaking, "changes": listed}, indent=2)
