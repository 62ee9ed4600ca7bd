"""Usage plans to be tested: out of a file in AWS's spelling, or of an API's definition in Python.

A file, JSON or YAML, holds one plan, a list of plans, or a mapping with ``items``, as ``aws apigateway
get-usage-plans`` prints it, and beside them ``stageThrottle``, the limits that callers share::

    items:
      - id: basic
        keys: [ada, bob]                       # ids; without keys it is for everybody else
        apiStages: [{stage: prod}]             # without apiStages in any plan: for all requests
        throttle: {rateLimit: 10, burstLimit: 20}
        quota: {limit: 1000, period: DAY}
    stageThrottle: {"*/*": {rateLimit: 100, burstLimit: 200}}

``keys`` are ids, or objects with an ``id``, as ``aws apigateway get-usage-plan-keys`` prints them.

Not for: definitions in OpenAPI; those have no usage plans.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config import ApiStageConfig, RestApiConfig, StageConfig, UsagePlanConfig
from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.functions import DOTTED_NAME, imported
from wsgi_gateway.usage.plan_json import plan_from_json

if TYPE_CHECKING:
    from wsgi_gateway.config import ApiKeyConfig
    from wsgi_gateway.sources.document import Document


@dataclass(frozen=True)
class Tested:
    """What is tested: plans, the keys and the shared limits there are, and the definition they came with."""

    plans: Sequence[UsagePlanConfig]
    api_keys: Sequence[ApiKeyConfig] = ()
    stage: StageConfig | None = None
    api: RestApiConfig | None = None

    @property
    def has_stages(self) -> bool:
        """Whether the plans say which stages they cover."""
        return any(plan.api_stages for plan in self.plans)

    @property
    def limited_methods(self) -> Iterator[str]:
        """The methods that have limits, as ``/path/VERB`` or ``*/*``."""
        for plan in self.plans:
            for one in plan.api_stages:
                yield from one.throttle
        if self.stage is not None:
            yield from self.stage.throttle

    def everywhere(self) -> Tested:
        """The same for the stage ``default`` of any API, for plans that say nothing of stages."""
        stages = (ApiStageConfig(stage="default"),)
        return replace(self, plans=[replace(plan, api_stages=stages) for plan in self.plans])

    def deployment(self, api_id: str | None, stage: str | None) -> Deployment:
        """Where requests go that do not say it: as given, else the only place that the plans cover.

        Raises ConfigError if there are several.
        """
        covered = [one for plan in self.plans for one in plan.api_stages if stage in (None, one.stage)]
        stages = {one.stage for one in covered}
        if stage is None and len(stages) > 1:
            known = ", ".join(sorted(stages))
            raise ConfigError(f"the plans cover the stages {known}: say with --stage which one is tested")
        stage = stage or next(iter(stages), "default")
        if api_id is None and self.api is not None:
            return Deployment(api_id=self.api.id, stage=stage)
        ids = {one.api_id for one in covered if one.api_id is not None}
        if api_id is None and len(ids) > 1:
            raise ConfigError(
                f"the plans cover the APIs {', '.join(sorted(ids))}: say with --api-id which one is tested"
            )
        return Deployment(api_id=api_id or next(iter(ids), "local"), stage=stage)


def read_plans(name: str) -> Tested:
    """What a file, or ``module:name`` of a RestApiConfig, holds. Raises ConfigError with places."""
    if DOTTED_NAME.fullmatch(name) and not os.path.exists(name):
        api = imported(name, "the plans")
        if not isinstance(api, RestApiConfig):
            raise ConfigError(f"{name} is a {type(api).__name__}, not a RestApiConfig")
        return _checked(Tested(api.usage_plans, api.api_keys, api=api), name)
    from wsgi_gateway.sources.places import exact
    from wsgi_gateway.sources.reading import read

    document = read(name)
    problems: list[Problem] = []
    plans = [plan for place, data in plans_in(document) for plan in _plan(place, data, problems)]
    stage = _stage(document.data, problems)
    if problems:
        raise ConfigError(exact(document, problems))
    return _checked(Tested(plans, stage=stage), name)


def _checked(tested: Tested, name: str) -> Tested:
    if not tested.plans:
        raise ConfigError([Problem("usage-plan", "there is no usage plan", Place(name))])
    if not all(plan.api_stages for plan in tested.plans) and tested.has_stages:
        without = next(plan.id for plan in tested.plans if not plan.api_stages)
        message = f"the usage plan {without!r} has no apiStages, and others do: it would cover nothing"
        raise ConfigError([Problem("usage-plan", message, Place(name))])
    return tested


def plans_in(document: Document) -> Iterator[tuple[Place, Any]]:
    """The plans of a document as they stand there, with their places."""
    data, root = document.data, Place(document.file)
    if isinstance(data, dict) and "items" in data:
        data, root = data["items"], root.at("items")
    if not isinstance(data, list):
        yield root, data
        return
    for index, one in enumerate(data):
        yield root.at(index), one


def _plan(place: Place, data: Any, problems: list[Problem]) -> Iterator[UsagePlanConfig]:
    keys: list[str] = []
    if isinstance(data, dict):
        keys = _key_ids(data.get("keys", []), place.at("keys"), problems)
        data = {name: value for name, value in data.items() if name not in ("keys", "stageThrottle")}
    try:
        yield replace(plan_from_json(data), keys=tuple(keys), place=place)
    except ConfigError as error:
        problems += [below(place, problem) for problem in error.problems]


def below(place: Place, problem: Problem) -> Problem:
    """A problem of one plan, as one of the document that has the plan at ``place``."""
    return replace(problem, place=replace(place, path=place.path + problem.place.path[1:]))


def _key_ids(keys: Any, place: Place, problems: list[Problem]) -> list[str]:
    found = (
        [key.get("id") if isinstance(key, dict) else key for key in keys] if type(keys) is list else [None]
    )
    ids = [key_id for key_id in found if isinstance(key_id, str) and key_id]
    if len(ids) < len(found):
        problems.append(Problem("usage-plan", "keys is a list of ids of API keys", place))
    return ids


def _stage(data: Any, problems: list[Problem]) -> StageConfig | None:
    """The limits that callers share, read as those of a plan's stage are."""
    if not isinstance(data, dict) or "stageThrottle" not in data:
        return None
    stage = {"stage": "default", "throttle": data["stageThrottle"]}
    try:
        plan = plan_from_json({"id": "stage", "apiStages": [stage]})
    except ConfigError as error:
        inner = "$.apiStages[0].throttle"
        problems += [
            replace(one, place=Place(path=f"$.stageThrottle{one.place.path.removeprefix(inner)}"))
            for one in error.problems
        ]
        return None
    return StageConfig(throttle=plan.api_stages[0].throttle)
