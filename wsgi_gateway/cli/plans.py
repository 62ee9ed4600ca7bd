"""``plans``: usage plans in a store, seen by all workers within two seconds.

::

    wsgi-gateway plans put gold.yaml      # one plan, as aws apigateway get-usage-plan prints it
    wsgi-gateway plans list
    wsgi-gateway plans delete gold

    # gold.yaml
    id: gold
    apiStages: [{apiId: a1, stage: prod}]
    throttle: {rateLimit: 10, burstLimit: 20}
    quota: {limit: 100000, period: MONTH}

A plan that exists is replaced, and its keys stay in it. The store is that of ``--store`` or of
WSGI_GATEWAY_STORE.

Exit status: 0 done, 1 not done, 2 wrong usage.

Not for: plans that a definition declares.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.store_option import format_option, opened, store_option

if TYPE_CHECKING:
    from wsgi_gateway.config import UsagePlanConfig


@click.group("plans")
def command() -> None:
    """Usage plans in a store."""


@command.command("put")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@store_option
def put(url: str, file: str) -> None:
    """Make or replace the usage plan in FILE, YAML or JSON in AWS's spelling."""
    from wsgi_gateway.usage.registry import Registry

    plan = _read(file)
    with opened(url) as store:
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


def _read(file: str) -> UsagePlanConfig:
    """The plan in a file; its problems at their lines."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources.places import exact
    from wsgi_gateway.sources.reading import read
    from wsgi_gateway.usage.plan_json import plan_from_json

    try:
        document = read(file)
    except ConfigError as error:
        telling.give_up(error.problems, file)
    try:
        return plan_from_json(document.data)
    except ConfigError as error:
        telling.give_up(exact(document, error.problems), file)


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
