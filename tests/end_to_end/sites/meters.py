"""An API whose keys have a plan each, of the key's name."""

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    MethodConfig,
    QuotaConfig,
    RestApiConfig,
    ThrottleConfig,
    UsagePlanConfig,
)

QUOTAS = {
    "thousands": 3000,
    "hundreds": 500,
    "few": 20,
    "plenty": 10**9,
    **{f"tenant{number}": 60 + 17 * number for number in range(6)},
}
RATE, BURST = 100, 50


def value(name):
    return f"value-of-the-key-{name}"


def _plan(name, **limits):
    return UsagePlanConfig(id=name, keys=[name], api_stages=[ApiStageConfig(stage="default")], **limits)


PLANS = {
    **{name: _plan(name, quota=QuotaConfig(limit=limit, period="MONTH")) for name, limit in QUOTAS.items()},
    "paced": _plan("paced", throttle=ThrottleConfig(rate_limit=RATE, burst_limit=BURST)),
}

api = RestApiConfig(
    resources={"/": {"GET": MethodConfig(http_method="GET", api_key_required=True)}},
    api_keys=[ApiKeyConfig(id=name, value=value(name)) for name in PLANS],
    usage_plans=list(PLANS.values()),
)
