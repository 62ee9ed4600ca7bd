"""The factory that the conformance runner calls once per case: a Gateway for the case's document and
set-up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    Gateway,
    QuotaConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
    load,
)


def factory(
    openapi: dict[str, Any], stage_variables: dict[str, str], setup: dict[str, Any], backend: str
) -> Gateway:
    api = load(openapi, basepath=setup.get("import", {}).get("basepath", "ignore"))
    api = replace(
        api,
        id="a1b2c3d4e5",
        api_keys=[ApiKeyConfig(**key) for key in setup.get("api_keys", [])],
        usage_plans=[_plan(plan) for plan in setup.get("usage_plans", [])],
    )
    if "canary" in setup:
        raise NotImplementedError("canary deployments come with the stage features")
    stage = StageConfig(stage_name=setup["stage_name"], variables=stage_variables)
    return Gateway(api, stage=stage, lambdas=setup["lambda_handlers"])


def _plan(plan: dict[str, Any]) -> UsagePlanConfig:
    throttle, quota = plan.get("throttle"), plan.get("quota")
    return UsagePlanConfig(
        id=plan["id"],
        name=plan.get("name"),
        keys=plan.get("keys", []),
        api_stages=[ApiStageConfig(stage=stage) for stage in plan.get("stages", [])],
        throttle=throttle
        and ThrottleConfig(rate_limit=throttle["rateLimit"], burst_limit=throttle["burstLimit"]),
        quota=quota
        and QuotaConfig(limit=quota["limit"], period=quota["period"], offset=quota.get("offset", 0)),
    )
