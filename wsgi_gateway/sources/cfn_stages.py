"""AWS::ApiGateway::Stage, and the stages which AWS::ApiGateway::Deployment makes.

A canary of a template serves the API of the template: its percentage and stage variables count, and the other
deployment of which AWS knows does not exist here.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from wsgi_gateway.config import CanarySettingsConfig, MethodSettingConfig, StageConfig
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.cfn_properties import STAGE_IGNORED, report_ignored
from wsgi_gateway.sources.node import Node

_SETTING = frozenset(
    "CacheDataEncrypted CacheTtlInSeconds CachingEnabled DataTraceEnabled LoggingLevel MetricsEnabled "
    "ThrottlingBurstLimit ThrottlingRateLimit".split()
)
_METHOD_SETTING = _SETTING | {"HttpMethod", "ResourcePath"}
_STAGE = frozenset(
    "CacheClusterEnabled CacheClusterSize CanarySetting MethodSettings TracingEnabled Variables".split()
)
_CANARY = frozenset("DeploymentId PercentTraffic StageVariableOverrides UseStageCache".split())


def number(node: Node, name: str) -> float | None:
    """A member that is a number, also if it is written as text."""
    member = node.get(name)
    if member is None:
        return None
    value = member.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        found = float(value) if isinstance(value, str) and len(value) < 40 else None
    except ValueError:
        found = None
    if found is None or not isfinite(found):
        member.wrong_type("a number")
        return None
    return found


def read_stages(parts: Parts) -> dict[str, StageConfig]:
    """The API's stages by name."""
    found: dict[str, StageConfig] = {}
    for part in parts.of_api("Deployment"):
        described = part.node.get("StageDescription")
        name = part.node.text("StageName")
        if name is None:
            if described is not None:
                described.error("stage-name", "a StageDescription needs a StageName")
            continue
        _add(found, name, part.node, _of_deployment(name, part, described, parts))
    for part in parts.of_api("Stage"):
        name = part.node.text("StageName")
        if name is None:
            part.node.error("stage-name", "a stage needs a StageName")
            continue
        deployment = part.node.text("DeploymentId")
        _add(found, name, part.node, _stage(name, part.node, deployment, "CanarySetting", parts))
    return found


def _add(found: dict[str, StageConfig], name: str, node: Node, stage: StageConfig) -> None:
    if name in found:
        node.error("stage-twice", f"Stage already exists: {name[:80]}")
    found[name] = stage


def _of_deployment(name: str, part: Part, described: Node | None, parts: Parts) -> StageConfig:
    empty = Node({}, part.node.document, part.node.report, part.node.members_path, part.node.line)
    if described is not None and not described.is_mapping:
        described.wrong_type("a mapping")
        described = None
    node = described or empty
    node.only(_STAGE | _SETTING | STAGE_IGNORED.keys(), "property-unknown", "a StageDescription")
    report_ignored(node, STAGE_IGNORED)
    settings = _setting(node) if _SETTING & node.value.keys() else None
    canary = part.node.get("DeploymentCanarySettings")
    return _stage(name, node, part.ref, "CanarySetting", parts, settings, canary)


def _stage(
    name: str,
    node: Node,
    deployment: str | None,
    canary_name: str,
    parts: Parts,
    settings: MethodSettingConfig | None = None,
    canary: Node | None = None,
) -> StageConfig:
    return StageConfig(
        stage_name=name,
        variables=node.text_map("Variables"),
        method_settings={**({} if settings is None else {"*/*": settings}), **_method_settings(node)},
        cache_cluster_enabled=node.boolean("CacheClusterEnabled"),
        cache_cluster_size=node.text("CacheClusterSize"),
        canary_settings=_canary(canary or node.get(canary_name)),
        tracing_enabled=node.boolean("TracingEnabled"),
        deployment_id=deployment or "local",
        account_id=parts.options.account_id,
        region=parts.options.region,
    )


def _canary(node: Node | None) -> CanarySettingsConfig | None:
    if node is None:
        return None
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    node.only(_CANARY, "property-unknown", "a canary")
    return CanarySettingsConfig(
        percent_traffic=number(node, "PercentTraffic") or 0.0,
        deployment_id=node.text("DeploymentId"),
        stage_variable_overrides=node.text_map("StageVariableOverrides"),
        use_stage_cache=node.boolean("UseStageCache"),
    )


def _method_settings(node: Node) -> dict[str, MethodSettingConfig]:
    found: dict[str, MethodSettingConfig] = {}
    listed = node.get("MethodSettings")
    for element in listed.elements() if listed is not None else ():
        if not element.is_mapping:
            element.wrong_type("a mapping")
            continue
        element.only(_METHOD_SETTING, "property-unknown", "a method setting")
        key = _key(element.text("ResourcePath") or "/*", element.text("HttpMethod") or "*")
        if key in found:
            element.error("method-setting-twice", f"there are two method settings for {key[:200]}")
        found[key] = _setting(element)
    return found


def _key(path: str, verb: str) -> str:
    steps = path.replace("~1", "/").strip("/")
    return "*/*" if steps == "*" and verb == "*" else f"/{steps}/{verb}"


def _setting(node: Node) -> MethodSettingConfig:
    switches: dict[str, Any] = {
        field: node.boolean(name) if name in node else None
        for field, name in (
            ("caching_enabled", "CachingEnabled"),
            ("cache_data_encrypted", "CacheDataEncrypted"),
            ("data_trace_enabled", "DataTraceEnabled"),
            ("metrics_enabled", "MetricsEnabled"),
        )
    }
    return MethodSettingConfig(
        cache_ttl_in_seconds=node.integer("CacheTtlInSeconds"),
        throttling_rate_limit=number(node, "ThrottlingRateLimit"),
        throttling_burst_limit=node.integer("ThrottlingBurstLimit"),
        logging_level=node.choice("LoggingLevel", {"OFF", "ERROR", "INFO"}, "logging-level"),
        **switches,
    )
