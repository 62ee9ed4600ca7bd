"""Limits: usage plans, their keys, quotas and rates. Keys are named by their ids; values are never told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wsgi_gateway.config import QuotaConfig, RestApiConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, OPENING, UNCLEAR, Change

_AREA = "limit"


def limits(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    """What changes for the holders of API keys."""
    yield from _keys(old, new)
    before = {plan.id: plan for plan in old.usage_plans}
    after = {plan.id: plan for plan in new.usage_plans}
    for name in sorted(before.keys() | after.keys()):
        where = f"usage plan {name[:80]}"
        if name not in after:
            yield Change(_AREA, where, "is gone: its keys open nothing by it", BREAKING)
        elif name not in before:
            yield Change(_AREA, where, "is new", COMPATIBLE)
        else:
            yield from _plan(where, before[name], after[name])


def _keys(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    before, after = ({key.id: key for key in api.api_keys} for api in (old, new))
    for name in sorted(before.keys() | after.keys()):
        where, one, other = f"API key {name[:80]}", before.get(name), after.get(name)
        works, worked = bool(other and other.enabled), bool(one and one.enabled)
        if works is not worked:
            message = "works now" if works else "does not work any more"
            yield Change("admission", where, message, OPENING if works else BREAKING)
        elif works and one is not None and other is not None and one.value != other.value:
            yield Change("admission", where, "has another value", BREAKING)


def _plan(where: str, before: UsagePlanConfig, after: UsagePlanConfig) -> Iterator[Change]:
    gone, added = set(before.keys) - set(after.keys), set(after.keys) - set(before.keys)
    if gone:
        yield Change("admission", where, f"lost the keys {', '.join(sorted(gone))[:300]}", BREAKING)
    if added:
        yield Change("admission", where, f"got the keys {', '.join(sorted(added))[:300]}", OPENING)
    if before.shadow is not after.shadow:
        message = "only records now" if after.shadow else "refuses now; it only recorded"
        yield Change(_AREA, where, message, COMPATIBLE if after.shadow else BREAKING)
    yield from throttle(where, before.throttle, after.throttle)
    yield from _quota(where, before.quota, after.quota)
    yield from _stages(where, before, after)


def throttle(where: str, before: ThrottleConfig | None, after: ThrottleConfig | None) -> Iterator[Change]:
    """What changes between two limits; None is none."""
    for name in ("rate_limit", "burst_limit"):
        yield from _number(where, name, getattr(before, name, None), getattr(after, name, None))


def _number(where: str, name: str, before: float | None, after: float | None) -> Iterator[Change]:
    if before == after:
        return
    lower = after is not None and (before is None or after < before)
    shown = ["none" if value is None else f"{value:g}" for value in (before, after)]
    yield Change(_AREA, where, f"{name} was {shown[0]} and is {shown[1]}", BREAKING if lower else COMPATIBLE)


def _quota(where: str, before: QuotaConfig | None, after: QuotaConfig | None) -> Iterator[Change]:
    if before is not None and after is not None and before.period != after.period:
        one, other = (f"{quota.limit} per {quota.period}" for quota in (before, after))
        yield Change(_AREA, where, f"the quota was {one} and is {other}", UNCLEAR)
        return
    yield from _number(where, "quota", getattr(before, "limit", None), getattr(after, "limit", None))
    if before is not None and after is not None and before.offset != after.offset:
        effect = BREAKING if after.offset > before.offset else COMPATIBLE
        message = f"the quota's offset was {before.offset} and is {after.offset}"
        yield Change(_AREA, where, message, effect)


def _stages(where: str, before: UsagePlanConfig, after: UsagePlanConfig) -> Iterator[Change]:
    one, other = (_by_stage(plan) for plan in (before, after))
    for stage in sorted(one.keys() | other.keys()):
        if stage not in other:
            yield Change("admission", where, f"does not cover the stage {stage[:80]} any more", BREAKING)
        elif stage not in one:
            yield Change("admission", where, f"covers the stage {stage[:80]}", OPENING)
        else:
            methods: Mapping[str, Any] = one[stage]
            for method in sorted(methods.keys() | other[stage].keys()):
                at = f"{where}, {method[:200]} of {stage[:80]}"
                yield from throttle(at, methods.get(method), other[stage].get(method))


def _by_stage(plan: UsagePlanConfig) -> dict[str, Mapping[str, ThrottleConfig]]:
    return {
        f"{covered.api_id}:{covered.stage}" if covered.api_id else covered.stage: covered.throttle
        for covered in plan.api_stages
    }
