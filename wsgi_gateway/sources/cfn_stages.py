"""AWS::ApiGateway::Stage, and the stages which AWS::ApiGateway::Deployment makes.

A canary of a template serves the API of the template: its percentage and stage variables count, and the
other deployment of which AWS knows does not exist here. A Deployment with ``DeploymentCanarySettings`` and
the name of a Stage of the template is the canary of that stage.

Two settings of one method are one, and what the later one says counts (seen in templates that were deployed;
which of the two counts is not confirmed).

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-stage.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html
"""

from __future__ import annotations

from dataclasses import fields, replace
from math import isfinite
from typing import Any

from wsgi_gateway.config import CanarySettingsConfig, MethodSettingConfig, StageConfig
from wsgi_gateway.errors import Place
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.cfn_properties import STAGE_IGNORED, report_ignored
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.node import Node

_SETTING = frozenset(
    "CacheDataEncrypted CacheTtlInSeconds CachingEnabled DataTraceEnabled LoggingLevel MetricsEnabled "
    "ThrottlingBurstLimit ThrottlingRateLimit".split()
)
_METHOD_SETTING = _SETTING | {"HttpMethod", "ResourcePath"}
_STAGE = frozenset(
    "CacheClusterEnabled CacheClusterSize CanarySetting MethodSettings TracingEnabled Variables".split()
)
_CANARY = frozenset("PercentTraffic StageVariableOverrides UseStageCache".split())


def number(node: Node, name: str) -> float | None:
    """A member that is a number, also if it is written as text."""
    member = node.get(name)
    if member is None:
        return None
    value = member.value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_written = isinstance(value, str) and len(value) < 40
    try:
        found = float(value) if is_number or is_written else None
    except (ValueError, OverflowError):
        found = None
    if found is None or not isfinite(found):
        member.wrong_type("a number")
        return None
    return found


_UNNAMED = "default"


def read_stages(parts: Parts) -> dict[str, StageConfig]:
    """The API's stages by name."""
    found: dict[str, StageConfig] = {}
    canaries: list[Part] = []
    declared = {part.node.text("StageName") for part in parts.of_api("Stage")}
    for part in parts.of_api("Deployment"):
        described = part.node.get("StageDescription")
        name = part.node.text("StageName")
        if name is None:
            _refuse_strays(part.node)
        elif name in declared and "DeploymentCanarySettings" in part.node and described is None:
            canaries.append(part)
        else:
            _add(found, name, part.node, _of_deployment(name, part, described, parts))
    for part in parts.of_api("Stage"):
        name = part.node.text("StageName")
        if name is None:
            if "StageName" in part.node:
                continue
            name = _UNNAMED
            part.node.warning("stage-name", f"a stage without StageName is called {name!r} here")
        deployment = part.node.text("DeploymentId")
        canary = _canary(part.node.get("CanarySetting"), _CANARY | {"DeploymentId"})
        _add(found, name, part.node, _stage(name, part.node, deployment, canary, parts))
    for part in canaries:
        _add_canary(found, part)
    return found


def stage_places(parts: Parts) -> dict[str, Place]:
    """Where the stages of :func:`read_stages` are declared, by name."""
    found: dict[str, Place] = {}
    for kind in ("Deployment", "Stage"):
        for part in parts.of_api(kind):
            name = part.node.text("StageName")
            if name is not None:
                found[name] = (part.node.get("StageDescription") or part.node).place
    return found


def _refuse_strays(deployment: Node) -> None:
    for member in ("StageDescription", "DeploymentCanarySettings"):
        if member in deployment:
            deployment.child(member).error("stage-name", f"{member} needs a StageName")


def _add(found: dict[str, StageConfig], name: str, node: Node, stage: StageConfig) -> None:
    if name in found:
        node.error("stage-twice", f"Stage already exists: {name[:80]}")
    found[name] = stage


def _add_canary(found: dict[str, StageConfig], part: Part) -> None:
    """A deployment to a stage of the template, for some of its requests."""
    name = part.node.text("StageName") or ""
    canary = _canary(part.node.get("DeploymentCanarySettings"), _CANARY)
    if name not in found or canary is None:
        return
    if found[name].canary_settings is not None:
        part.node.error("canary-twice", f"the stage {name[:80]} has two canaries")
    canary = replace(canary, deployment_id=part.ref)
    found[name] = replace(found[name], canary_settings=canary)


def _of_deployment(name: str, part: Part, described: Node | None, parts: Parts) -> StageConfig:
    empty = Node({}, part.node.document, part.node.report, part.node.members_path, part.node.line)
    if described is not None and not described.is_mapping:
        described.wrong_type("a mapping")
        described = None
    node = described or empty
    only(node, _STAGE | _SETTING | STAGE_IGNORED.keys(), "property-unknown", "a StageDescription")
    report_ignored(node, STAGE_IGNORED)
    settings = _setting(node) if _SETTING & node.value.keys() else None
    canary = _canary(part.node.get("DeploymentCanarySettings") or node.get("CanarySetting"), _CANARY)
    return _stage(name, node, part.ref, canary, parts, settings)


def _stage(
    name: str,
    node: Node,
    deployment: str | None,
    canary: CanarySettingsConfig | None,
    parts: Parts,
    settings: MethodSettingConfig | None = None,
) -> StageConfig:
    return StageConfig(
        stage_name=name,
        variables=node.text_map("Variables"),
        method_settings={**({} if settings is None else {"*/*": settings}), **_method_settings(node)},
        cache_cluster_enabled=node.boolean("CacheClusterEnabled"),
        cache_cluster_size=node.text("CacheClusterSize"),
        canary_settings=canary,
        tracing_enabled=node.boolean("TracingEnabled"),
        deployment_id=deployment or "local",
        account_id=parts.options.account_id,
        region=parts.options.region,
    )


def _canary(node: Node | None, known: frozenset[str]) -> CanarySettingsConfig | None:
    if node is None:
        return None
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    only(node, known, "property-unknown", "a canary")
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
        only(element, _METHOD_SETTING, "property-unknown", "a method setting")
        key = _key(element.text("ResourcePath") or "/*", element.text("HttpMethod") or "*")
        setting = _setting(element)
        if key in found:
            message = f"there are two method settings for {key[:200]}: what the later one says counts"
            element.warning("method-setting-twice", message)
            setting = _over(found[key], setting)
        found[key] = setting
    return found


def _over(first: MethodSettingConfig, then: MethodSettingConfig) -> MethodSettingConfig:
    said = {one.name: getattr(then, one.name) for one in fields(then)}
    return replace(first, **{name: value for name, value in said.items() if value is not None})


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
