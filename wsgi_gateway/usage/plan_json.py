"""A usage plan in AWS's spelling, as JSON or YAML give it, to a config and back.

As ``aws apigateway get-usage-plan`` prints it::

    {"id": "gold", "name": "Gold",
     "apiStages": [{"apiId": "a1", "stage": "prod",
                    "throttle": {"/pets/GET": {"rateLimit": 1, "burstLimit": 2}}}],
     "throttle": {"rateLimit": 10, "burstLimit": 20},
     "quota": {"limit": 1000, "period": "MONTH"}}

Two things are this project's own: a stage without ``apiId`` is one of any API, and ``"shadow": true`` makes
a plan that refuses nobody. Members that are no limits (:data:`LEFT_OUT`) are taken, and left out.

Not for: the keys of a plan; they know themselves which plans they are in.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from wsgi_gateway.config import ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.usage.key_table import Plan
from wsgi_gateway.usage.method_throttle import MethodThrottle
from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket

LEFT_OUT = ("description", "tags", "productCode")
"""Members of AWS's usage plans that say nothing of limits, and are not kept."""

_KINDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
    type(None): "null",
}


def plan_to_json(plan: UsagePlanConfig) -> dict[str, Any]:
    """A plan in AWS's spelling; its keys are not part of it."""
    data: dict[str, Any] = {"id": plan.id}
    if plan.name is not None:
        data["name"] = plan.name
    data["apiStages"] = [_stage_to_json(stage) for stage in plan.api_stages]
    if plan.throttle is not None:
        data["throttle"] = _throttle_to_json(plan.throttle)
    if plan.quota is not None:
        data["quota"] = {"limit": plan.quota.limit, "offset": plan.quota.offset, "period": plan.quota.period}
    if plan.shadow:
        data["shadow"] = True
    return data


def _stage_to_json(stage: ApiStageConfig) -> dict[str, Any]:
    data: dict[str, Any] = {} if stage.api_id is None else {"apiId": stage.api_id}
    data["stage"] = stage.stage
    if stage.throttle:
        data["throttle"] = {key: _throttle_to_json(throttle) for key, throttle in stage.throttle.items()}
    return data


def _throttle_to_json(throttle: ThrottleConfig) -> dict[str, Any]:
    return {"rateLimit": throttle.rate_limit, "burstLimit": throttle.burst_limit}


def plan_to_bytes(plan: UsagePlanConfig) -> bytes:
    """As a plan is kept."""
    return json.dumps(plan_to_json(plan)).encode()


def plan_from_bytes(raw: bytes) -> UsagePlanConfig:
    """As it was kept. ConfigError if it cannot be read, or cannot work."""
    try:
        data = json.loads(raw)
    except ValueError:
        raise ConfigError([Problem("record", "the record of a usage plan cannot be read")]) from None
    return plan_from_json(data)


def plan_from_json(data: Any) -> UsagePlanConfig:
    """The plan that parsed JSON or YAML in AWS's spelling declares.

    Raises ConfigError with every problem, each with its path: unknown members, wrong types, limits that
    cannot work.
    """
    problems: list[Problem] = []
    plan = _Members(data, Place(), problems, "a usage plan")
    plan.only("id", "name", "apiStages", "throttle", "quota", "shadow", *LEFT_OUT)
    made = {
        "id": plan.get("id", str) or "",
        "name": plan.get("name", str, required=False),
        "api_stages": [_stage(stage) for stage in plan.elements("apiStages", "a stage of a usage plan")],
        "throttle": _throttle(plan.inner("throttle", "a throttle")),
        "quota": _quota(plan.inner("quota", "a quota")),
        "shadow": bool(plan.get("shadow", bool, required=False)),
    }
    if not problems:
        config = UsagePlanConfig(**made)
        problems += problems_of(config)
    if problems:
        raise ConfigError(problems)
    return config


def problems_of(plan: UsagePlanConfig) -> list[Problem]:
    """What cannot work in a plan whose members have the right types; names and places are AWS's."""
    problems = list(_problems_of_limits(plan))
    quota = plan.quota
    if problems:
        return problems
    try:
        Plan(plan)
    except ConfigError as error:
        problems += error.problems
    else:
        if quota is not None and quota.offset > quota.limit:
            message = "Usage Plan quota offset must not exceed the limit"
            problems.append(Problem("quota", message, Place().at("quota", "offset")))
    return problems


def _problems_of_limits(plan: UsagePlanConfig) -> Iterator[Problem]:
    """What is wrong with each limit by itself."""
    place = Place()
    limits: list[tuple[Place, Callable[[], object]]] = []
    if plan.throttle is not None:
        limits.append((place.at("throttle"), partial(TokenBucket.of, plan.throttle)))
    if plan.quota is not None:
        limits.append((place.at("quota"), partial(Quota.of, plan.quota)))
    for index, stage in enumerate(plan.api_stages):
        for key, throttle in stage.throttle.items():
            at = place.at("apiStages", index, "throttle", key)
            limits.append((at, partial(MethodThrottle, {key: throttle})))
    for at, make in limits:
        try:
            make()
        except ConfigError as error:
            for problem in error.problems:
                yield _in_aws_words(problem.message, at)


def _in_aws_words(message: str, at: Place) -> Problem:
    said = _MEMBER.match(message)
    if said is None:
        return Problem("usage-plan", message, at)
    name = _SPELLING.get(said[1], said[1])
    return Problem("usage-plan", message[: said.start(1)] + name + message[said.end(1) :], at.at(name))


_SPELLING = {"rate_limit": "rateLimit", "burst_limit": "burstLimit"}
_MEMBER = re.compile(r"(?:quota )?(rate_limit|burst_limit|limit|offset|period)(?= is )")


def _stage(stage: _Members) -> ApiStageConfig:
    stage.only("apiId", "stage", "throttle")
    methods = stage.inner("throttle", "throttles of methods")
    limits = {key: _throttle(methods.inner(key, "a throttle")) for key in methods.data} if methods else {}
    return ApiStageConfig(
        stage=stage.get("stage", str) or "",
        api_id=stage.get("apiId", str, required=False),
        throttle={key: limit for key, limit in limits.items() if limit is not None},
    )


def _throttle(throttle: _Members | None) -> ThrottleConfig | None:
    if throttle is None:
        return None
    throttle.only("rateLimit", "burstLimit")
    rate, burst = throttle.get("rateLimit", float), throttle.get("burstLimit", int)
    return None if rate is None or burst is None else ThrottleConfig(rate_limit=rate, burst_limit=burst)


def _quota(quota: _Members | None) -> QuotaConfig | None:
    if quota is None:
        return None
    quota.only("limit", "offset", "period")
    limit, period = quota.get("limit", int), quota.get("period", str)
    offset = quota.get("offset", int, required=False)
    if limit is None or period is None:
        return None
    return QuotaConfig(limit=limit, period=period, offset=offset or 0)


class _Members:
    """A mapping, where it stands, and a list for what is wrong with it.

    ``null`` is never taken for absent: what is absent here is a limit, or a choice of APIs.
    """

    def __init__(self, data: Any, place: Place, problems: list[Problem], what: str) -> None:
        self.place, self.problems, self.what = place, problems, what
        self.data: Mapping[str, Any] = {}
        self.is_mapping = isinstance(data, Mapping)
        if self.is_mapping:
            self.data = data
        else:
            self._wrong(place, f"{what} is a mapping, not {_kind(data)}")

    def _wrong(self, place: Place, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem("usage-plan", message, place, hint))

    def only(self, *known: str) -> None:
        """Report members that have no meaning here: a limit that is misspelled must not be left out."""
        for name in self.data:
            if name not in known:
                hint = did_you_mean(str(name), known, "remove it")
                message = f"unknown member {str(name)[:80]!r} of {self.what}"
                self._wrong(self.place.at(str(name)), message, hint)

    def get(self, name: str, kind: type, *, required: bool = True) -> Any:
        """A member of one type, or None; reported if it is of another, or required and not there."""
        if name not in self.data:
            if required and self.is_mapping:
                self._wrong(self.place, f"{name} of {self.what} is missing")
            return None
        value = self.data[name]
        allowed = (int, float) if kind is float else (kind,)
        if isinstance(value, allowed) and (kind is bool or not isinstance(value, bool)):
            return value
        self._wrong(self.place.at(name), f"{name} must be {_KINDS[kind]}, not {_kind(value)}")
        return None

    def inner(self, name: str, what: str) -> _Members | None:
        """A member that is a mapping, or None if it is absent."""
        if name not in self.data:
            return None
        return _Members(self.data[name], self.place.at(name), self.problems, what)

    def elements(self, name: str, what: str) -> list[_Members]:
        """The mappings in a list."""
        found = self.get(name, list, required=False) or []
        place = self.place.at(name)
        return [_Members(item, place.at(index), self.problems, what) for index, item in enumerate(found)]


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)
