"""What a definition may say and this release does not act on: nothing of it is ignored in silence.

What would protect is refused (:mod:`wsgi_gateway.gateway` and its parts do that). What only changes how AWS's
own machinery works is accepted with a warning, and listed here with the reason::

    >>> from wsgi_gateway.config import AuthorizerConfig, RestApiConfig
    >>> guard = AuthorizerConfig(name="guard", authorizer_credentials="arn:aws:iam::123456789012:role/guard")
    >>> [problem.message for problem in without_effect(RestApiConfig(authorizers={"guard": guard}))]
    ['authorizer_credentials has no effect here: functions are called with the rights of this process']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config.integration import IntegrationConfig
from wsgi_gateway.config.method_setting import method_of
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.stage import StageConfig
from wsgi_gateway.errors import Place, Problem

_INTEGRATION = {
    "connection_id": "the backend is called directly by its URI",
    "credentials": "functions run in this process, with its own rights",
}
_HTTP = {**_INTEGRATION, "credentials": "backends are called without them"}
_SERVICE = {name: why for name, why in _INTEGRATION.items() if name != "credentials"}
_AUTHORIZER = {"authorizer_credentials": "functions are called with the rights of this process"}
_STAGE = {
    "cache_cluster_size": "every process keeps up to 64 MiB of answers",
    "tracing_enabled": "trace ids are passed on, and nothing is sent to X-Ray",
}
_METHOD_SETTING = {
    "cache_data_encrypted": "cached answers lie in memory, and in the store as they are",
    "logging_level": "there are no execution logs",
    "data_trace_enabled": "there are no execution logs",
    "metrics_enabled": "there are no metrics",
}
_WITHOUT_MEANING = (None, (), False, "OFF")


def without_effect(api: RestApiConfig) -> Iterator[Problem]:
    """A warning for every field that is set and changes nothing."""
    for response in api.gateway_responses.values():
        for key in response.response_parameters:
            if not key.startswith("gatewayresponse.header."):
                message = f"{key} has no effect here: an answer has headers only"
                at = response.place.at("response_parameters", key)
                yield Problem("without-effect", message, at, severity="warning")
    for authorizer in api.authorizers.values():
        yield from _warnings(authorizer, _AUTHORIZER, authorizer.place)
    for methods in api.resources.values():
        for method in methods.values():
            if isinstance(method.integration, IntegrationConfig):
                integration = method.integration
                yield from _warnings(integration, _of(integration), integration.place)


def _of(integration: IntegrationConfig) -> dict[str, str]:
    """The fields that change nothing here; services are called with the credentials of their integration."""
    calls_service = integration.type == "AWS" and ":lambda:path/" not in (integration.uri or "")
    if calls_service:
        return _SERVICE
    return _HTTP if integration.type in ("HTTP", "HTTP_PROXY") else _INTEGRATION


def settings_without_effect(stage: StageConfig, place: Place) -> Iterator[Problem]:
    """A warning for every setting of a stage that changes nothing."""
    yield from _warnings(stage, _STAGE, place)
    caches = stage.cache_cluster_enabled and any(
        one.caching_enabled for one in stage.method_settings.values()
    )
    for key, setting in stage.method_settings.items():
        at = place.at("method_settings", key)
        yield from _warnings(setting, _METHOD_SETTING, at)
        if setting.caching_enabled and not stage.cache_cluster_enabled:
            message = "caching_enabled has no effect here: the stage's cache_cluster_enabled is false"
            yield Problem("without-effect", message, at.at("caching_enabled"), severity="warning")
        is_cached = caches and (setting.caching_enabled is not False or _is_of_several(key))
        if setting.cache_ttl_in_seconds is not None and not is_cached:
            message = "cache_ttl_in_seconds has no effect: nothing is cached for it"
            yield Problem("without-effect", message, at.at("cache_ttl_in_seconds"), severity="warning")


def _is_of_several(key: str) -> bool:
    """Whether settings of single methods may say otherwise."""
    return (method_of(key) or ("", "*"))[1] in ("*", "ANY")


def _warnings(config: Any, fields: dict[str, str], place: Place) -> Iterator[Problem]:
    for name, why in fields.items():
        if getattr(config, name) not in _WITHOUT_MEANING:
            message = f"{name} has no effect here: {why}"
            yield Problem("without-effect", message, place.at(name), severity="warning")


def closed_methods(api: RestApiConfig, stage: StageConfig) -> Iterator[Problem]:
    """A warning where methods want an API key and none can open them: OpenAPI has no words for keys."""
    closed = [
        f"{verb} {path}"
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if method.api_key_required
    ]
    opening = any(
        plan.keys and covered.stage == stage.stage_name and covered.api_id in (None, api.id)
        for plan in api.usage_plans
        for covered in plan.api_stages
    )
    if closed and not opening:
        more = f" and {len(closed) - 3} more" if len(closed) > 3 else ""
        message = (
            f"no API key opens {', '.join(closed[:3])}{more}: no usage plan with keys covers the stage "
            f"{stage.stage_name!r}, so every request is 403"
        )
        hint = "give the RestApiConfig api_keys and usage_plans for this stage, or a store that keeps some"
        yield Problem("no-key-opens", message, api.place, hint, severity="warning")
