"""Declared data: the one immutable model into which every definition loads.

Names are AWS's in snake_case; everything is frozen, keyword-only and compares by value. What is wrong with a
model is found by :func:`wsgi_gateway.config.check.check`, all of it at once.
"""

from wsgi_gateway.config.authorizer import AuthorizerConfig
from wsgi_gateway.config.canary import CanarySettingsConfig
from wsgi_gateway.config.gateway_response import GatewayResponseConfig
from wsgi_gateway.config.integration import IntegrationConfig, IntegrationResponseConfig
from wsgi_gateway.config.method import (
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    RequestValidatorConfig,
)
from wsgi_gateway.config.method_setting import MethodSettingConfig
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.stage import StageConfig
from wsgi_gateway.config.usage_plan import (
    ApiKeyConfig,
    ApiStageConfig,
    QuotaConfig,
    ThrottleConfig,
    UsagePlanConfig,
)

__all__ = [
    "ApiKeyConfig",
    "ApiStageConfig",
    "AuthorizerConfig",
    "CanarySettingsConfig",
    "GatewayResponseConfig",
    "IntegrationConfig",
    "IntegrationResponseConfig",
    "MethodConfig",
    "MethodResponseConfig",
    "MethodSettingConfig",
    "ModelConfig",
    "QuotaConfig",
    "RequestValidatorConfig",
    "RestApiConfig",
    "StageConfig",
    "ThrottleConfig",
    "UsagePlanConfig",
]
