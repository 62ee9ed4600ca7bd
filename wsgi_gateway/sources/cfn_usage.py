"""AWS::ApiGateway::UsagePlan, UsagePlanKey and ApiKey; DomainName and BasePathMapping.

A key without ``Value``, for which AWS invents one, is left out with a warning: administer it in a store
(``wsgi-gateway keys``), or give it a value. ``Enabled`` is false where it is not said, as in AWS's API;
whether CloudFormation decides so too is not confirmed.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-usageplan.html
"""

from __future__ import annotations

from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.cfn_stages import number
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.node import Node

_UNKNOWN = "property-unknown"
_PERIODS = frozenset({"DAY", "WEEK", "MONTH"})


def read_keys(parts: Parts) -> tuple[ApiKeyConfig, ...]:
    """The keys that have a value."""
    found = []
    for part in parts.each("ApiKey"):
        value, name = part.node.text("Value"), part.node.text("Name")
        if "Enabled" not in part.node:
            message = "Enabled is not said, so the key is disabled, as keys are on AWS"
            part.node.warning("api-key-disabled", message, "Enabled: true")
        enabled = part.node.boolean("Enabled")
        if value is None:
            message = "AWS invents the value of this key; here it has none, and is left out"
            part.node.warning("api-key-value", message, "give it a Value, or make key and plan in a store")
            continue
        found.append(ApiKeyConfig(id=part.ref, value=value, name=name, enabled=enabled))
    return tuple(found)


def read_plans(parts: Parts, keys: tuple[ApiKeyConfig, ...]) -> tuple[UsagePlanConfig, ...]:
    """Every usage plan, with those of its keys that are known."""
    return tuple(_plan(part, parts, keys) for part in parts.each("UsagePlan"))


def _plan(part: Part, parts: Parts, keys: tuple[ApiKeyConfig, ...]) -> UsagePlanConfig:
    node = part.node
    listed = node.get("ApiStages")
    stages = [_api_stage(one, parts) for one in listed.elements()] if listed is not None else []
    throttle, quota = node.get("Throttle"), node.get("Quota")
    return UsagePlanConfig(
        id=part.ref,
        name=node.text("UsagePlanName"),
        api_stages=tuple(stage for stage in stages if stage is not None),
        keys=_keys_of(part, parts, keys),
        throttle=None if throttle is None else _throttle(throttle),
        quota=None if quota is None else _quota(quota),
        place=node.place,
    )


def _keys_of(plan: Part, parts: Parts, keys: tuple[ApiKeyConfig, ...]) -> tuple[str, ...]:
    known = {key.id for key in keys}
    found: list[str] = []
    for part in parts.each("UsagePlanKey"):
        part.node.choice("KeyType", {"API_KEY"}, "usage-plan-key")
        key = part.node.text("KeyId")
        if part.node.text("UsagePlanId") == plan.ref and key in known:
            found.append(str(key))
    return tuple(dict.fromkeys(found))


def check_plan_keys(parts: Parts) -> None:
    """Warn of keys, and of plans, that other stacks have."""
    for part in parts.each("UsagePlanKey"):
        for member, kind in (("UsagePlanId", "UsagePlan"), ("KeyId", "ApiKey")):
            ref = part.node.text(member)
            if ref is not None and parts.named(kind, ref) is None:
                message = f"{member} names no {kind} of this template: the key opens nothing here"
                hint = "keys and plans of elsewhere are kept in a store"
                part.node.child(member).warning("usage-plan-key", message, hint)


def _api_stage(node: Node, parts: Parts) -> ApiStageConfig | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    only(node, ("ApiId", "Stage", "Throttle"), _UNKNOWN, "an API stage")
    api, stage = node.text("ApiId"), node.text("Stage")
    if api is None or stage is None:
        node.error("api-stage", "an API stage needs an ApiId and a Stage")
        return None
    limits: dict[str, ThrottleConfig] = {}
    for key, member in node.members("Throttle"):
        limit = _throttle(member)
        if limit is not None:
            limits[key] = limit
    return ApiStageConfig(stage=stage, api_id=None if api == parts.api.ref else api, throttle=limits)


def _throttle(node: Node) -> ThrottleConfig | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    only(node, ("BurstLimit", "RateLimit"), _UNKNOWN, "a throttle")
    rate, burst = number(node, "RateLimit"), node.integer("BurstLimit")
    if rate is None or burst is None:
        node.error("throttle", "a throttle needs a RateLimit and a BurstLimit")
        return None
    return ThrottleConfig(rate_limit=rate, burst_limit=burst)


def _quota(node: Node) -> QuotaConfig | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    only(node, ("Limit", "Offset", "Period"), _UNKNOWN, "a quota")
    limit, period = node.integer("Limit"), node.choice("Period", _PERIODS, "quota")
    if limit is None or period is None:
        node.error("quota", "a quota needs a Limit and a Period")
        return None
    return QuotaConfig(limit=limit, period=period, offset=node.integer("Offset") or 0)


def read_base_paths(parts: Parts) -> dict[str, dict[str, str]]:
    """The API's base paths by domain name: what is mapped there is a stage."""
    found: dict[str, dict[str, str]] = {}
    for part in parts.each("BasePathMapping"):
        if "RestApiId" not in part.node:
            part.node.warning("base-path", "a base path without RestApiId has no effect here")
    mappings = [(part, "DomainName") for part in parts.of_api("BasePathMapping")]
    mappings += [(part, "DomainNameArn") for part in parts.of_api("BasePathMappingV2")]
    for part, member in mappings:
        node = part.node
        domain, base, stage = node.text(member), node.text("BasePath") or "", node.text("Stage")
        if domain is None:
            continue
        if stage is None:
            node.warning("base-path", "a base path without Stage has no effect here: the stage is in no path")
            continue
        bases = found.setdefault(domain, {})
        if base in bases:
            node.error("base-path", f"the base path {base[:80]!r} is mapped twice")
        bases[base] = stage
    return found
