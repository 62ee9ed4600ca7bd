"""``usage``: what API keys have used of their quotas, and what remains.

::

    wsgi-gateway usage get gold --start 2026-01-01 --end 2026-01-31 --format json
    wsgi-gateway usage extend gold 1x2y3z4a5b 500     # so many remain in the present period
    wsgi-gateway usage watch gold                     # a live table

Days are UTC's. ``get`` tells the present period, unless days are named; at most 90 days back, as on AWS, and
in the shape of AWS's GetUsage: of each key a list of ``[used, remaining]``, one of each day. Beyond AWS there
are totals over those days: requests used by each key, and by all keys of the plan together unless ``--key``
names one. The store is that of ``--store`` or of WSGI_GATEWAY_STORE.

Exit status: 0 done, 1 not done, 2 wrong usage.

Not for: who was refused; access logs know that.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli.store_option import format_option, opened, store_option

if TYPE_CHECKING:
    from wsgi_gateway.config import UsagePlanConfig
    from wsgi_gateway.usage.registry import Registry

_EPOCH = date(1970, 1, 1)
_DATE = click.DateTime(["%Y-%m-%d"])


@click.group("usage")
def command() -> None:
    """What API keys have used."""


def _a_number(context: click.Context, parameter: click.Parameter, value: float) -> float:
    if value != value:  # which lies in every range
        raise click.BadParameter("nan is not a number of seconds", context, parameter)
    return value


@command.command("get")
@click.argument("plan_id", metavar="PLAN")
@click.option("--key", "key_id", metavar="ID", help="Only this API key.")
@click.option("--start", type=_DATE, metavar="DATE", help="The first day.  [default: of the present period]")
@click.option("--end", type=_DATE, metavar="DATE", help="The last day.  [default: today]")
@click.option("--all-days", is_flag=True, help="Tell days without use too.  [JSON has them always]")
@format_option
@store_option
def get(
    url: str,
    plan_id: str,
    key_id: str | None,
    start: datetime | None,
    end: datetime | None,
    all_days: bool,
    form: str,
) -> None:
    """Tell requests used and remaining, by key and day: the days with use, and the last one."""
    from wsgi_gateway.usage.registry import Registry
    from wsgi_gateway.usage.usage_by_day import quota_of, usage_by_day

    now = int(time.time() * 1_000_000)
    with opened(url) as store:
        registry = Registry(store)
        plan = registry.get_plan(plan_id)
        _, quota = quota_of(plan, "")
        first, last = _days(start, end, quota.period_start(now), now)
        keys = registry.each_key(plan_id) if key_id is None else [_member(registry, plan, key_id)]
        items = {
            key.id: usage_by_day(store, quota_of(plan, key.id), _number(first), _number(last), now)
            for key in keys
        }
    totals = {key: sum(used for used, _ in days) for key, days in items.items()}
    if form == "json":
        told = {"usagePlanId": plan_id, "startDate": str(first), "endDate": str(last), "items": items}
        plan_total = {"plan": sum(totals.values())} if key_id is None else {}
        click.echo(json.dumps({**told, "totals": {"keys": totals, **plan_total}}, indent=2))
        return
    if key_id is None:
        keys_there = f"{len(totals)} key{'' if len(totals) == 1 else 's'}"
        click.echo(f"total       {plan_id}  {sum(totals.values())} used by {keys_there}")
    for key, days in items.items():
        for index, (used, remaining) in enumerate(days, 1):
            # The last day tells what remains, whether or not there was use.
            if used or all_days or index == len(days):
                click.echo(f"{first + timedelta(index - 1)}  {key}  {used} used  {remaining} remaining")
        click.echo(f"total       {key}  {totals[key]} used")


@command.command("extend")
@click.argument("plan_id", metavar="PLAN")
@click.argument("key_id", metavar="KEY")
@click.argument("remaining", type=click.IntRange(0, 2**53))
@store_option
def extend(url: str, plan_id: str, key_id: str, remaining: int) -> None:
    """Say that REMAINING requests are left to an API key in the present period."""
    from wsgi_gateway.usage.registry import Registry
    from wsgi_gateway.usage.usage_by_day import quota_of, set_remaining

    with opened(url) as store:
        registry = Registry(store)
        plan = registry.get_plan(plan_id)
        counter = quota_of(plan, _member(registry, plan, key_id).id)
        set_remaining(store, counter, remaining, int(time.time() * 1_000_000))
    left = f"{remaining} request{'' if remaining == 1 else 's'}"
    click.echo(f"{key_id} has {left} left in the present {counter[1].period}")


@command.command("watch")
@click.argument("plan_id", metavar="PLAN")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    default=2.0,
    show_default=True,
    callback=_a_number,
)
@click.option("--times", metavar="N", type=click.IntRange(1), help="How often.  [default: until Ctrl-C]")
@click.option("--top", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="Keys told.")
@store_option
def watch(url: str, plan_id: str, interval: float, times: int | None, top: int) -> None:
    """Tell the busiest API keys of a usage plan, again and again."""
    from wsgi_gateway.cli.usage_watch import UsageWatch, screen

    with opened(url) as store, screen(plan_id) as show:
        watching = UsageWatch(store, plan_id, top=top)
        try:
            watching.run(show, interval, times)
        except KeyboardInterrupt:
            return


def _days(start: datetime | None, end: datetime | None, period_start: int, now: int) -> tuple[date, date]:
    from wsgi_gateway.usage.usage_by_day import DAYS_KNOWN

    today = datetime.fromtimestamp(now // 1_000_000, UTC).date()
    first = datetime.fromtimestamp(period_start // 1_000_000, UTC).date() if start is None else start.date()
    last = today if end is None else end.date()
    if start is None:
        first = min(first, last)
    for option, day in (("--start", first), ("--end", last)):
        if day > today:
            raise click.BadParameter(f"{day} is still to come", param_hint=option)
    if first > last:
        raise click.BadParameter("the first day is behind the last", param_hint="--start")
    if (today - first).days > DAYS_KNOWN:
        raise click.BadParameter(f"more than {DAYS_KNOWN} days ago", param_hint="--start")
    return first, last


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _member(registry: Registry, plan: UsagePlanConfig, key_id: str) -> Any:
    """The key, which is in the plan."""
    from wsgi_gateway.usage.key_rules import refuse

    record = registry.get_key(key_id)
    if plan.id not in record.plans:
        refuse("not-found", f"API Key {key_id!r} is not in the usage plan {plan.id!r}")
    return record
