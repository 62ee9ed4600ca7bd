"""Rules of API keys and usage plans. A limit that could never apply stops the load: it would protect nothing.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html and
https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.config.usage_plan import ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.errors import Place, Problem

PERIODS = ("DAY", "WEEK", "MONTH")
KEY_LENGTH = (20, 128)
"""Characters of an API key's value."""


def check_usage(api: RestApiConfig, root: Place) -> Iterator[Problem]:
    """Everything wrong with the keys and plans of ``api``. Values of keys never show in a message."""
    values = {key.value for key in api.api_keys}
    known = {key.id: _shown(key.id, values) for key in api.api_keys}
    yield from _check_keys(api, root, known)
    ids: set[str] = set()
    covered: dict[tuple[str, str | None, str], str] = {}
    for index, plan in enumerate(api.usage_plans):
        place = own_place(plan, root.at("usage_plans", index))
        if plan.id in ids:
            yield Problem("usage-plan", f"two usage plans have the id {plan.id[:80]!r}", place.at("id"))
        ids.add(plan.id)
        yield from _check_plan_keys(plan, api, place, known)
        yield from _check_plan(plan, api, place)
        yield from _check_overlap(plan, place, covered, known)


def _shown(key_id: str, values: Collection[str]) -> str:
    """An id as it may be printed: some author will have made a value an id."""
    return f"{key_id[:4]}..." if key_id in values else key_id[:80]


def _check_keys(api: RestApiConfig, root: Place, known: dict[str, str]) -> Iterator[Problem]:
    ids: set[str] = set()
    values: set[str] = set()
    for index, key in enumerate(api.api_keys):
        at = root.at("api_keys", index)
        if key.id in ids:
            yield Problem("api-key", f"two API keys have the id {known[key.id]!r}", at.at("id"))
        if key.value in values:
            message = f"the API key {known[key.id]!r} has the value of another one"
            yield Problem("api-key", message, at.at("value"))
        if known[key.id] != key.id[:80]:
            message = "the id of an API key is the value of one, and ids are printed"
            yield Problem("api-key-id", message, at.at("id"), "give the key another id", severity="warning")
        ids.add(key.id)
        values.add(key.value)
        least, most = KEY_LENGTH
        if len(key.value) < least:
            yield Problem("api-key", f"API Key value should be at least {least} characters", at.at("value"))
        elif len(key.value) > most:
            yield Problem(
                "api-key", f"API Key value exceeds maximum size of {most} characters", at.at("value")
            )


def _check_plan_keys(
    plan: UsagePlanConfig, api: RestApiConfig, place: Place, known: dict[str, str]
) -> Iterator[Problem]:
    by_value = {key.value: known[key.id] for key in api.api_keys}
    for index, key in enumerate(plan.keys):
        if key in known:
            continue
        if key in by_value:
            message = "Invalid API Key identifier specified: a key is named by its value instead of its id"
            hint: str | None = f"its id is {by_value[key]!r}"
        else:
            # Whatever stands here may have been meant as a value.
            message = f"Invalid API Key identifier specified: {key[:4]}..."
            hint = did_you_mean(key, known.values(), "declare it among the API keys")
        yield Problem("usage-plan-key", message, place.at("keys", index), hint)


def _check_plan(plan: UsagePlanConfig, api: RestApiConfig, place: Place) -> Iterator[Problem]:
    if plan.throttle is not None:
        yield from _check_throttle(plan.throttle, place.at("throttle"))
    if plan.quota is not None:
        yield from _check_quota(plan.quota, place.at("quota"))
    for index, stage in enumerate(plan.api_stages):
        yield from _check_stage(stage, api, place.at("api_stages", index))


def _check_throttle(throttle: ThrottleConfig, at: Place) -> Iterator[Problem]:
    if throttle.rate_limit < 0:
        yield Problem("throttle", "Usage Plan throttle rate limit must not be negative", at.at("rate_limit"))
    if throttle.burst_limit < 0:
        yield Problem(
            "throttle", "Usage Plan throttle burst limit must not be negative", at.at("burst_limit")
        )


def _check_quota(quota: QuotaConfig, at: Place) -> Iterator[Problem]:
    if quota.limit < 0:
        yield Problem("quota", "Usage Plan quota limit must not be negative", at.at("limit"))
    if quota.period not in PERIODS:
        hint = did_you_mean(quota.period, PERIODS, "DAY, WEEK or MONTH")
        yield Problem("quota", f"the quota period {quota.period[:80]!r} is unknown", at.at("period"), hint)
    if quota.offset < 0:
        yield Problem("quota", "Usage Plan quota offset must not be negative", at.at("offset"))
    elif quota.offset > max(quota.limit, 0):
        yield Problem("quota", "Usage Plan quota offset must not exceed the limit", at.at("offset"))


def _check_stage(stage: ApiStageConfig, api: RestApiConfig, at: Place) -> Iterator[Problem]:
    ours = stage.api_id in (None, api.id)
    for key, throttle in stage.throttle.items():
        where = at.at("throttle", key)
        yield from _check_throttle(throttle, where)
        path, _, verb = key.rpartition("/")
        if key == "*/*" or not ours:
            continue
        methods = api.resources.get(path or "/")
        if methods is None or (verb not in methods and "ANY" not in methods):
            hint = "the path, a slash and the method: /pets/GET, //GET for the root"
            yield Problem("usage-plan-method", f"there is no method {key[:80]!r} to limit", where, hint)


def _check_overlap(
    plan: UsagePlanConfig,
    place: Place,
    covered: dict[tuple[str, str | None, str], str],
    known: dict[str, str],
) -> Iterator[Problem]:
    """A key is in one plan per stage at most; in two it would not be known which one counts."""
    for key in (key for key in plan.keys if key in known):
        for stage in plan.api_stages:
            first = covered.setdefault((key, stage.api_id, stage.stage), plan.id)
            if first != plan.id:
                plans = f"{first[:80]!r} and {plan.id[:80]!r}"
                message = f"the API key {known[key]!r} has the plans {plans} for one stage"
                yield Problem("usage-plan-overlap", message, place)
