"""wsgi_gateway: the request lifecycle of Amazon API Gateway (REST) around any WSGI application.

Three ways in::

    from wsgi_gateway import Gateway

    app.wsgi_app = Gateway("api.yaml", app.wsgi_app)                     # wrap
    # WSGI_GATEWAY_API=api.yaml WSGI_GATEWAY_APP=shop:app gunicorn wsgi_gateway.mount:application   (mount)
    app = pipeline(GatewayResponses.layer(), MethodRequest.layer(method))(app)    # assemble

Public names, in the order a request meets them; each is imported when it is first used, so that
``import wsgi_gateway`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Eager, because the submodule of that name would otherwise hide the function; it imports nothing third-party.
from wsgi_gateway.pipeline import pipeline

if TYPE_CHECKING:
    from wsgi_gateway.base_paths import DomainName
    from wsgi_gateway.config import (
        ApiKeyConfig,
        ApiStageConfig,
        AuthorizerConfig,
        CanarySettingsConfig,
        GatewayResponseConfig,
        IntegrationConfig,
        IntegrationResponseConfig,
        MethodConfig,
        MethodResponseConfig,
        MethodSettingConfig,
        ModelConfig,
        QuotaConfig,
        RequestValidatorConfig,
        RestApiConfig,
        StageConfig,
        ThrottleConfig,
        UsagePlanConfig,
    )
    from wsgi_gateway.context import Context
    from wsgi_gateway.errors import RESPONSE_TYPES, ConfigError, GatewayError, Problem, ResponseType
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.integrations import (
        Http,
        LambdaCustom,
        LambdaFunction,
        LambdaProxy,
        LambdaStream,
        Mock,
        WsgiApp,
    )
    from wsgi_gateway.integrations.aws_service import AwsService
    from wsgi_gateway.integrations.aws_services import AwsServices
    from wsgi_gateway.integrations.http_backends import HttpBackends
    from wsgi_gateway.lifecycle.authorizer import Authorizer
    from wsgi_gateway.lifecycle.content_encoding import RequestDecoding, ResponseCompression
    from wsgi_gateway.lifecycle.gateway_responses import GatewayResponses
    from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer
    from wsgi_gateway.lifecycle.integration_request import IntegrationRequest
    from wsgi_gateway.lifecycle.integration_response import IntegrationResponse
    from wsgi_gateway.lifecycle.method_request import MethodRequest
    from wsgi_gateway.lifecycle.method_response import MethodResponse
    from wsgi_gateway.lifecycle.resource_policy import ResourcePolicy
    from wsgi_gateway.lifecycle.response_cache import ResponseCache
    from wsgi_gateway.lifecycle.usage_plan import UsagePlan
    from wsgi_gateway.pipeline import LifecycleStage, fuse
    from wsgi_gateway.router import Router
    from wsgi_gateway.sources import Definition, load, load_definition
    from wsgi_gateway.trace import Trace
    from wsgi_gateway.wsgi import Response

__version__ = "0.1.0"

_HOMES = {
    "Gateway": "gateway",
    "load": "sources",
    "load_definition": "sources",
    "Definition": "sources",
    "GatewayResponses": "lifecycle.gateway_responses",
    "Router": "router",
    "ResourcePolicy": "lifecycle.resource_policy",
    "Authorizer": "lifecycle.authorizer",
    "IamAuthorizer": "lifecycle.iam_authorizer",
    "UsagePlan": "lifecycle.usage_plan",
    "MethodRequest": "lifecycle.method_request",
    "IntegrationRequest": "lifecycle.integration_request",
    "MethodResponse": "lifecycle.method_response",
    "IntegrationResponse": "lifecycle.integration_response",
    "RequestDecoding": "lifecycle.content_encoding",
    "ResponseCompression": "lifecycle.content_encoding",
    "ResponseCache": "lifecycle.response_cache",
    "Mock": "integrations",
    "Http": "integrations",
    "LambdaProxy": "integrations",
    "HttpBackends": "integrations.http_backends",
    "LambdaStream": "integrations",
    "LambdaCustom": "integrations",
    "LambdaFunction": "integrations",
    "AwsService": "integrations.aws_service",
    "AwsServices": "integrations.aws_services",
    "WsgiApp": "integrations",
    "DomainName": "base_paths",
    "LifecycleStage": "pipeline",
    "fuse": "pipeline",
    "Context": "context",
    "Response": "wsgi",
    "Trace": "trace",
    "GatewayError": "errors",
    "ResponseType": "errors",
    "RESPONSE_TYPES": "errors",
    "ConfigError": "errors",
    "Problem": "errors",
    "RestApiConfig": "config",
    "MethodConfig": "config",
    "MethodResponseConfig": "config",
    "ModelConfig": "config",
    "RequestValidatorConfig": "config",
    "IntegrationConfig": "config",
    "IntegrationResponseConfig": "config",
    "AuthorizerConfig": "config",
    "ApiKeyConfig": "config",
    "UsagePlanConfig": "config",
    "ApiStageConfig": "config",
    "ThrottleConfig": "config",
    "QuotaConfig": "config",
    "GatewayResponseConfig": "config",
    "StageConfig": "config",
    "MethodSettingConfig": "config",
    "CanarySettingsConfig": "config",
}

__all__ = [
    "RESPONSE_TYPES",
    "ApiKeyConfig",
    "ApiStageConfig",
    "Authorizer",
    "AuthorizerConfig",
    "AwsService",
    "AwsServices",
    "CanarySettingsConfig",
    "ConfigError",
    "Context",
    "Definition",
    "DomainName",
    "Gateway",
    "GatewayError",
    "GatewayResponseConfig",
    "GatewayResponses",
    "Http",
    "HttpBackends",
    "IamAuthorizer",
    "IntegrationConfig",
    "IntegrationRequest",
    "IntegrationResponse",
    "IntegrationResponseConfig",
    "LambdaCustom",
    "LambdaFunction",
    "LambdaProxy",
    "LambdaStream",
    "LifecycleStage",
    "MethodConfig",
    "MethodRequest",
    "MethodResponse",
    "MethodResponseConfig",
    "MethodSettingConfig",
    "Mock",
    "ModelConfig",
    "Problem",
    "QuotaConfig",
    "RequestDecoding",
    "RequestValidatorConfig",
    "ResourcePolicy",
    "Response",
    "ResponseCache",
    "ResponseCompression",
    "ResponseType",
    "RestApiConfig",
    "Router",
    "StageConfig",
    "ThrottleConfig",
    "Trace",
    "UsagePlan",
    "UsagePlanConfig",
    "WsgiApp",
    "fuse",
    "load",
    "load_definition",
    "pipeline",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
