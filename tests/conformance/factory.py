"""The factory that the conformance runner calls once per case: a Gateway for the case's document and
set-up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from botocore.session import Session

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
from wsgi_gateway.config import CanarySettingsConfig
from wsgi_gateway.integrations.aws_services import AwsServices


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
    stage = StageConfig(
        stage_name=setup["stage_name"],
        variables=stage_variables,
        canary_settings=_canary(setup.get("canary")),
    )
    return Gateway(api, stage=stage, lambdas=setup["lambda_handlers"], aws=_aws(setup))


def _aws(setup: dict[str, Any]) -> AwsServices | None:
    """The runner's transport in the place of AWS; nobody there hands out roles."""
    if "aws_http" not in setup:
        return None
    session = Session()
    session.set_credentials("AKIDEXAMPLE", "wJalrXUtnFEMI")
    return AwsServices(session=session, transport=setup["aws_http"], assume_roles=False)


def _canary(canary: dict[str, Any] | None) -> CanarySettingsConfig | None:
    return canary and CanarySettingsConfig(
        percent_traffic=canary["percent_traffic"],
        deployment=load(canary["openapi"]) if "openapi" in canary else None,
        stage_variable_overrides=canary.get("stage_variable_overrides", {}),
    )


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
