"""``plans``: usage plans in a store, seen by all workers within two seconds.

::

    wsgi-gateway plans put gold.yaml      # as aws apigateway get-usage-plan, or -plans, prints it
    wsgi-gateway plans list
    wsgi-gateway plans delete gold

    # gold.yaml
    id: gold
    apiStages: [{apiId: a1, stage: prod}]
    throttle: {rateLimit: 10, burstLimit: 20}
    quota: {limit: 100000, period: MONTH}

Members of AWS's that say nothing of limits (``description``, ``tags``, ``productCode``) are not kept, and
``put`` says so.

What ``plans list --format json`` prints, ``plans put`` reads, which makes a copy of all plans. Of several
none is put if one of them cannot work. A plan that exists is replaced, and its keys stay in it. The store is
that of ``--store`` or of WSGI_GATEWAY_STORE; ``put`` makes one that is not there yet, and says so.

Exit status: 0 done, 1 not done, 2 wrong usage.

Not for: plans that a definition declares.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.store_option import format_option, opened, store_option, tell_where_nothing_is

if TYPE_CHECKING:
    from wsgi_gateway.config import UsagePlanConfig


@click.group("plans")
def command() -> None:
    """Usage plans in a store."""


@command.command("put")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@store_option
def put(url: str, file: str) -> None:
    """Make or replace the usage plans in FILE, YAML or JSON in AWS's spelling: one, or several as items."""
    from wsgi_gateway.usage.registry import Registry

    plans = _read(file)
    with opened(url, makes=True) as store:
        for plan in plans:
            Registry(store).put_plan(plan)
            click.echo(f"{plan.id} is kept")


@command.command("list")
@format_option
@store_option
def list_plans(url: str, form: str) -> None:
    """Tell the usage plans."""
    from wsgi_gateway.usage.plan_json import plan_to_json
    from wsgi_gateway.usage.registry import Registry

    with opened(url) as store:
        plans = Registry(store).plans()
        if not plans and form == "text":
            click.echo("there are no usage plans", err=True)
            tell_where_nothing_is(url, Registry(store))
    if form == "json":
        click.echo(json.dumps({"items": [plan_to_json(plan) for plan in plans]}, indent=2))
    else:
        for plan in plans:
            click.echo(_as_text(plan))


@command.command("delete")
@click.argument("plan_id", metavar="ID")
@store_option
def delete(url: str, plan_id: str) -> None:
    """Delete a usage plan that has no API keys."""
    from wsgi_gateway.usage.registry import Registry

    with opened(url) as store:
        Registry(store).delete_plan(plan_id)
    click.echo(f"{plan_id} is deleted")


def _read(file: str) -> list[UsagePlanConfig]:
    """The plans in a file; all their problems at their lines."""
    from wsgi_gateway.cli.plan_file import below, plans_in
    from wsgi_gateway.errors import ConfigError, Place, Problem
    from wsgi_gateway.sources.places import exact
    from wsgi_gateway.sources.reading import read
    from wsgi_gateway.usage.plan_json import LEFT_OUT, plan_from_json

    try:
        document = read(file)
    except ConfigError as error:
        telling.give_up(error.problems, file)
    plans, problems, told = [], [], []
    if isinstance(document.data, dict) and "items" in document.data:
        for member in document.data.keys() - {"items"}:
            message = f"{member!r} stands beside items, and is no usage plan"
            problems.append(Problem("usage-plan", message, Place(document.file).at(member), "remove it"))
    for place, data in plans_in(document):
        try:
            plans.append(plan_from_json(data))
            lost = [name for name in LEFT_OUT if data.get(name)]
            if lost:
                told.append(f"{plans[-1].id}: not kept: {', '.join(lost)}")
        except ConfigError as error:
            problems += [below(place, problem) for problem in error.problems]
    if not plans and not problems:
        problems.append(Problem("usage-plan", "there is no usage plan", Place(document.file)))
    if problems:
        telling.give_up(exact(document, problems), file)
    for line in told:
        click.echo(line, err=True)
    return plans


def _as_text(plan: UsagePlanConfig) -> str:
    """``gold  prod, a1/dev  10/s burst 20  1000 per MONTH``."""
    stages = ("/".join(filter(None, (stage.api_id, stage.stage))) for stage in plan.api_stages)
    parts = [plan.id, ", ".join(stages) or "no stages"]
    if plan.throttle is not None:
        parts.append(f"{plan.throttle.rate_limit:g}/s burst {plan.throttle.burst_limit}")
    if plan.quota is not None:
        parts.append(f"{plan.quota.limit} per {plan.quota.period}")
    if plan.shadow:
        parts.append("shadow")
    return "  ".join(parts)
