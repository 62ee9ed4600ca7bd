"""Canary: two deployments of one stage, and for every request a choice between them.

::

    stage = StageConfig(
        variables={"backend": "v1.internal"},
        canary_settings=CanarySettingsConfig(percent_traffic=5, deployment=load("next.yaml")),
    )
    app = Gateway("api.yaml", app, stage=stage)

A request goes to the canary by chance, each one anew: nothing makes a client stay with one of the two
(recorded). At 0 percent none goes there, at 100 all do. What the canary overrides of the stage's variables
holds for it, the others it inherits, and it may have more (recorded). ``$context.isCanaryRequest`` says which
of the two it is, and nothing on a stage without a canary.

* **Shared**: API keys, usage plans, throttles and quotas, which belong to the account and the stage; a client
  gets no second allowance. The functions and apps that the Gateway was given serve both.
* **Apart**: all that a deployment is made of: methods, integrations, models, gateway responses, authorizers
  with the answers that they keep, the resource policy; and cached answers, unless ``use_stage_cache``. AWS
  shares those between deployments that are the same; here stage variables may make other answers of them.

The choice is :func:`random.random`'s, or that of a function which is given, ``Gateway(random=...)``. Python
seeds it anew in a forked worker.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.canary import CanarySettingsConfig
from wsgi_gateway.config.secrets import secrets_of

if TYPE_CHECKING:
    from wsgi_gateway.context import Deployment
    from wsgi_gateway.typing import WSGIApplication


class Served(NamedTuple):
    """A deployment that can be called. ``is_canary``: None on a stage without a canary."""

    app: WSGIApplication
    deployment: Deployment
    is_canary: bool | None = None


class CanarySplit:
    """Chooses. ``random``: a number from 0 up to 1, 1 excluded."""

    __slots__ = ("_canary", "_main", "_random", "_share")

    def __init__(self, main: Served, canary: Served, percent: float, random: Callable[[], float]) -> None:
        self._main, self._canary = main._replace(is_canary=False), canary._replace(is_canary=True)
        self._share, self._random = percent / 100, random

    def choose(self) -> Served:
        """Who answers the next request."""
        return self._canary if self._random() < self._share else self._main


def canary_stage(stage: StageConfig, canary: CanarySettingsConfig) -> StageConfig:
    """The stage as the canary has it: its variables over the stage's."""
    return replace(
        stage,
        variables={**stage.variables, **canary.stage_variable_overrides},
        deployment_id=canary.deployment_id or stage.deployment_id,
        canary_settings=None,
    )


def canary_api(api: RestApiConfig, canary: CanarySettingsConfig) -> RestApiConfig:
    """The API as the canary has it, with the id, the keys and the plans of the stage's."""
    if canary.deployment is None:
        return api
    secrets = secrets_of(api) | secrets_of(canary.deployment)
    return replace(
        canary.deployment, id=api.id, api_keys=api.api_keys, usage_plans=api.usage_plans, secrets=secrets
    )
