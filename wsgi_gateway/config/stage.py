"""``StageConfig``: AWS's Stage, a deployment of an API under a name, with variables, limits and settings.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wsgi_gateway.config.canary import CanarySettingsConfig
from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.method_setting import MethodSettingConfig, method_of
from wsgi_gateway.config.usage_plan import ThrottleConfig

ACCOUNT_RATE, ACCOUNT_BURST = 10_000.0, 5_000
"""What AWS takes for the half of a limit that a method setting leaves open: the account's own limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig(Declared):
    """A stage. ``throttle`` maps ``/path/VERB`` or ``*/*`` to limits shared by all callers of a method,
    ``overall_throttle`` is one for all of them together, ``account_throttle`` one for all APIs of the account
    and Region that use the store.

    ``method_settings`` has the same keys; its limits are those of ``throttle``, and may not stand in both.
    Answers are cached where a method setting says so *and* ``cache_cluster_enabled`` is true, as on AWS;
    ``cache_cluster_size`` (gigabytes, one of AWS's sizes) and ``tracing_enabled`` are taken and have no
    effect.
    """

    stage_name: str = "default"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    throttle: Mapping[str, ThrottleConfig] = field(default_factory=dict)
    overall_throttle: ThrottleConfig | None = None
    account_throttle: ThrottleConfig | None = None
    method_settings: Mapping[str, MethodSettingConfig] = field(default_factory=dict)
    cache_cluster_enabled: bool = False
    cache_cluster_size: str | None = None
    canary_settings: CanarySettingsConfig | None = None
    tracing_enabled: bool = False
    deployment_id: str = "local"
    account_id: str = "123456789012"
    region: str = "us-east-1"

    def with_all_limits(self) -> StageConfig:
        """The same stage with the limits of its method settings under ``throttle``, and there alone."""
        if not any(has_limit(setting) for setting in self.method_settings.values()):
            return self
        limits = dict(self.throttle)
        settings = {}
        usual = next((one for key, one in self.method_settings.items() if method_of(key) == ("*", "*")), None)
        for key, setting in self.method_settings.items():
            limit = _limit(setting, usual)
            if limit is not None:
                path, verb = method_of(key) or ("*", "*")
                limits["*/*" if verb == "*" else f"{path}/{verb}"] = limit
            settings[key] = replace(setting, throttling_rate_limit=None, throttling_burst_limit=None)
        return replace(self, throttle=limits, method_settings=settings)


def has_limit(setting: MethodSettingConfig) -> bool:
    """Whether a setting limits its method."""
    return setting.throttling_rate_limit is not None or setting.throttling_burst_limit is not None


def _limit(setting: MethodSettingConfig, usual: MethodSettingConfig | None) -> ThrottleConfig | None:
    if not has_limit(setting):
        return None
    rate, burst = setting.throttling_rate_limit, setting.throttling_burst_limit
    if usual is not None:
        rate = usual.throttling_rate_limit if rate is None else rate
        burst = usual.throttling_burst_limit if burst is None else burst
    return ThrottleConfig(
        rate_limit=ACCOUNT_RATE if rate is None else rate,
        burst_limit=ACCOUNT_BURST if burst is None else burst,
    )
