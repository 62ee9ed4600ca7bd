"""``keys``: API keys in a store, seen by all workers within two seconds.

::

    wsgi-gateway keys create Ada --plan gold      # prints the value, this once
    wsgi-gateway keys list --plan gold
    wsgi-gateway keys disable 1x2y3z4a5b
    wsgi-gateway keys import keys.csv --dry-run   # AWS's CSV format

The store is that of ``--store`` or of WSGI_GATEWAY_STORE; ``create`` and ``import`` make one that is not
there yet, and say so. A value given by its owner comes on standard input (``--value-from-stdin``): arguments
are read by whoever may list processes.

Exit status: 0 done, 1 not done, 2 wrong usage.

Not for: keys that a definition declares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli.store_option import format_option, opened, store_option, tell_where_nothing_is

if TYPE_CHECKING:
    from wsgi_gateway.usage.key_records import KeyRecord
    from wsgi_gateway.usage.registry import Registry

FILE_LIMIT = 4 * 1024 * 1024
"""Bytes of a file to import."""


@click.group("keys")
def command() -> None:
    """API keys in a store."""


def _an_id(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.usage.key_rules import check_id

    try:
        if value is not None:
            check_id("api-key", value)
    except ConfigError as error:
        (problem,) = error.problems
        raise click.BadParameter(f"{problem.message}: {problem.hint}", context, parameter) from None
    return value


@command.command("create")
@click.argument("name")
@click.option("--id", "key_id", metavar="ID", callback=_an_id, help="The key's id.  [default: one is made]")
@click.option("--plan", "plans", metavar="PLAN", multiple=True, help="A usage plan to put it in; repeatable.")
@click.option("--description", metavar="TEXT")
@click.option("--value-from-stdin", is_flag=True, help="Take the value from standard input.")
@click.option("--disabled", is_flag=True, help="Make it, and do not enable it yet.")
@store_option
def create(
    url: str,
    name: str,
    key_id: str | None,
    plans: tuple[str, ...],
    description: str | None,
    value_from_stdin: bool,
    disabled: bool,
) -> None:
    """Make the API key NAME and print its value."""
    given = sys.stdin.read().strip("\r\n") if value_from_stdin else None
    with opened(url, makes=True) as store:
        record, value = _registry(store).create_key(
            name, value=given, key_id=key_id, enabled=not disabled, description=description, plans=plans
        )
    click.echo(f"id: {record.id}")
    if given is None:
        click.echo(f"value: {value}")
        click.echo("The value is shown only now. What is kept is its SHA-256.", err=True)


@command.command("list")
@click.option("--plan", metavar="PLAN", help="Only keys of this usage plan.")
@format_option
@store_option
def list_keys(url: str, plan: str | None, form: str) -> None:
    """Tell the API keys; never their values."""
    with opened(url) as store:
        registry = _registry(store)
        if plan is not None:
            registry.get_plan(plan)
        if form == "json":
            items = [_as_object(record) for record in registry.each_key(plan)]
            click.echo(json.dumps({"items": items}, indent=2))
        else:
            found = False
            for record in registry.each_key(plan):
                found = True
                click.echo(_as_text(record))
            if not found:
                click.echo("there are no API keys" + (f" in {plan}" if plan else ""), err=True)
                tell_where_nothing_is(url, registry)


@command.command("enable")
@click.argument("key_id", metavar="ID")
@store_option
def enable(url: str, key_id: str) -> None:
    """Enable an API key."""
    _change(url, lambda registry: registry.set_enabled(key_id, True), f"{key_id} is enabled")


@command.command("disable")
@click.argument("key_id", metavar="ID")
@store_option
def disable(url: str, key_id: str) -> None:
    """Disable an API key; requests with it are refused."""
    _change(url, lambda registry: registry.set_enabled(key_id, False), f"{key_id} is disabled")


@command.command("delete")
@click.argument("key_id", metavar="ID")
@store_option
def delete(url: str, key_id: str) -> None:
    """Delete an API key."""
    _change(url, lambda registry: registry.delete_key(key_id), f"{key_id} is deleted")


@command.command("join")
@click.argument("key_id", metavar="ID")
@click.argument("plan")
@store_option
def join(url: str, key_id: str, plan: str) -> None:
    """Put an API key into a usage plan."""
    _change(url, lambda registry: registry.add_to_plan(key_id, plan), f"{key_id} is in {plan}")


@command.command("leave")
@click.argument("key_id", metavar="ID")
@click.argument("plan")
@store_option
def leave(url: str, key_id: str, plan: str) -> None:
    """Take an API key out of a usage plan."""
    _change(url, lambda registry: registry.remove_from_plan(key_id, plan), f"{key_id} is not in {plan}")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say what would be.")
@store_option
def import_file(url: str, file: str, dry_run: bool) -> None:
    """Import API keys from FILE, in AWS's CSV format; ``-`` is standard input."""
    from wsgi_gateway.usage.key_file import import_keys, rows_of

    name = "standard input" if file == "-" else file
    text = _text(file, name)
    with opened(url, makes=True, dry_run=dry_run) as store:
        rows, wrong = rows_of(text, name)
        created, overwritten = import_keys(_registry(store), rows, dry_run=dry_run, file=name, wrong=wrong)
    would = "would be " if dry_run else ""
    click.echo(f"{created} {would}created, {overwritten} {would}overwritten")


def _registry(store: Any) -> Registry:
    from wsgi_gateway.usage.registry import Registry

    return Registry(store)


def _change(url: str, change: Callable[[Registry], Any], told: str) -> None:
    with opened(url) as store:
        change(_registry(store))
    click.echo(told)


def _text(file: str, name: str) -> str:
    try:
        with click.open_file(file, "rb") as stream:
            raw: bytes = stream.read(FILE_LIMIT + 1)
    except OSError as error:
        raise click.ClickException(f"{name}: {error.strerror}") from None
    if len(raw) > FILE_LIMIT:
        raise click.ClickException(f"{name}: larger than {FILE_LIMIT} bytes; split it")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise click.ClickException(f"{name}:{line}: the file is not UTF-8") from None


def _as_text(record: KeyRecord) -> str:
    state = "enabled" if record.enabled else "disabled"
    plans = ",".join(record.plans) or "-"
    return f"{record.id}  {state:8}  {record.digest[:6]}  {plans}  {record.name}"


def _as_object(record: KeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "enabled": record.enabled,
        "createdDate": record.created,
        "usagePlanIds": list(record.plans),
        "sha256": record.digest[:6],
    }
