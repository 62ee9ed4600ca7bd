"""Usage by day, as AWS's GetUsage tells it: of every day, requests used and requests remaining.

::

    counter = quota_of(plan, "ada")
    usage_by_day(store, counter, first_day, last_day, now)     # [[10, 90], [0, 90], ...]

A day without requests has what remained the day before, or all in a new period. What a store does not know
any more (it keeps at least :data:`DAYS_KNOWN` days) looks like a day without requests.

Not for: requests that were refused; a quota does not count them.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.key_table import Admission, Plan
from wsgi_gateway.usage.quota import DAY, Quota

if TYPE_CHECKING:
    from wsgi_gateway.config import UsagePlanConfig
    from wsgi_gateway.typing import CounterStore

DAYS_KNOWN = 90
"""For how many days usage can be asked, as on AWS."""

QuotaCounter = tuple[str, Quota]


def quota_of(plan: UsagePlanConfig, key_id: str) -> QuotaCounter:
    """The counter that a key has in a plan, and its quota. ConfigError if the plan has none."""
    quotas = Admission(Plan(plan), key_id).quotas
    if not quotas:
        message = f"the usage plan {plan.id!r} has no quota, so that nothing is counted"
        raise ConfigError([Problem("usage-plan", message)])
    return quotas[0]


def usage_by_day(
    store: CounterStore, counter: QuotaCounter, first_day: int, last_day: int, now: int
) -> list[list[int]]:
    """``[used, remaining]`` of each day from first to last; days count from 1970-01-01, ``now`` is in
    microseconds.
    """
    name, quota = counter
    begin = quota.period_start(first_day * DAY) // DAY
    known = store.usage(name, quota, begin, last_day, now)
    found: list[list[int]] = []
    end = remaining = 0
    for day in range(begin, last_day + 1):
        if day * DAY >= end:
            remaining, end = quota.limit, quota.period_end(day * DAY)
        used, remaining = known.get(day, (0, remaining))
        if day == now // DAY:
            # The counter knows of extensions too, and of the offset before the first request.
            remaining = quota.remaining(store.states((), [counter], now)[0], now)
        if day >= first_day:
            found.append([used, remaining])
    return found


def set_remaining(store: CounterStore, counter: QuotaCounter, remaining: int, now: int) -> None:
    """Say how many requests remain in the present period; more than the limit extends it for this time."""
    name, quota = counter
    store.set_used(name, quota, quota.limit - remaining, now)
