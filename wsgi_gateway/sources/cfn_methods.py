"""AWS::ApiGateway::Resource and AWS::ApiGateway::Method: paths, methods, integrations.

A Method without Integration, of which AWS makes no deployment, belongs to the wrapped app.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-method.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import (
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
)
from wsgi_gateway.config.check_paths import PATH_PART
from wsgi_gateway.config.integration import INTEGRATION_TYPES, PASSTHROUGH_BEHAVIORS
from wsgi_gateway.config.method import AUTHORIZATION_TYPES
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.node import Node

_INTEGRATION = frozenset(
    "CacheKeyParameters CacheNamespace ConnectionId ConnectionType ContentHandling Credentials "
    "IntegrationHttpMethod IntegrationResponses IntegrationTarget PassthroughBehavior RequestParameters "
    "RequestTemplates ResponseTransferMode TimeoutInMillis Type Uri".split()
)
_INTEGRATION_RESPONSE = frozenset(
    "ContentHandling ResponseParameters ResponseTemplates SelectionPattern StatusCode".split()
)
_METHOD_RESPONSE = frozenset("ResponseModels ResponseParameters StatusCode".split())
_CONTENT_HANDLING = frozenset({"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"})
_DEEPEST = 100
_CODE = "property-unknown"


class Paths:
    """The paths of the API's resources, by what refers to a resource."""

    def __init__(self, parts: Parts) -> None:
        self._parts = {part.ref: part for part in parts.of_api("Resource")}
        self._root = parts.root_id
        for ref in self._parts:
            self.path(ref)
        self._check_parts()

    def _check_parts(self) -> None:
        """One resource a path part, and one path part a resource: else two would share their methods."""
        taken: set[tuple[str | None, str]] = set()
        for part in self._parts.values():
            step, parent = part.node.text("PathPart"), part.node.text("ParentId")
            if step is None:
                continue
            if not step or "/" in step:
                part.node.child("PathPart").error("path-part", f"{PATH_PART}: {step[:80]!r}")
            elif (parent, step) in taken:
                message = f"Another resource with the same parent already has this name: {step[:80]}"
                part.node.child("PathPart").error("resource-twice", message)
            taken.add((parent, step))

    def path(self, ref: str) -> str | None:
        """``/pets/{id}`` for the resource; None, reported, for one that does not lead to the root."""
        steps: list[str] = []
        while ref != self._root:
            part = self._parts.get(ref)
            step = None if part is None else part.node.text("PathPart")
            if part is None or step is None:
                return None
            parent = part.node.text("ParentId")
            if parent != self._root and parent not in self._parts:
                if parent is not None:
                    part.node.child("ParentId").error("reference", "ParentId names no resource of this API")
                return None
            steps.append(step)
            if len(steps) > _DEEPEST:
                part.node.error("circular", f"paths of more than {_DEEPEST} parts, or a circle of parents")
                return None
            ref = str(parent)
        return "/" + "/".join(reversed(steps))


def read_methods(parts: Parts, validators: dict[str, str]) -> dict[str, dict[str, MethodConfig]]:
    """Methods by path and verb. ``validators``: names of the validators by logical id."""
    paths = Paths(parts)
    found: dict[str, dict[str, MethodConfig]] = {}
    for part in parts.of_api("Method"):
        ref, verb = part.node.text("ResourceId"), part.node.text("HttpMethod")
        path = None if ref is None else paths.path(ref)
        if path is None or verb is None:
            if ref is not None and path is None:
                part.node.child("ResourceId").error("reference", "ResourceId names no resource of this API")
            continue
        methods = found.setdefault(path, {})
        verb = verb.upper()
        if verb in methods:
            part.node.error("method-twice", f"there are two methods {verb[:20]} {path[:200]}")
        methods[verb] = _method(part, verb, parts, validators)
    return found


def _method(part: Part, verb: str, parts: Parts, validators: dict[str, str]) -> MethodConfig:
    node = part.node
    authorizer = _authorizer(node, parts)
    validator = None
    if "RequestValidatorId" in node:
        checked = parts.referred(node, "RequestValidatorId", "RequestValidator")
        validator = None if checked is None else validators.get(checked.name, checked.name)
    integration = node.get("Integration")
    if node.value.get("AuthorizationType") is None and "AuthorizerId" not in node:
        message = "there is no AuthorizationType, so everybody may call this method"
        node.warning("authorization-type-missing", message, "AuthorizationType: NONE says so")
    return MethodConfig(
        http_method=verb,
        authorization_type=node.choice("AuthorizationType", AUTHORIZATION_TYPES, "authorization-type")
        or "NONE",
        authorizer=authorizer,
        authorization_scopes=node.texts("AuthorizationScopes"),
        api_key_required=node.boolean("ApiKeyRequired"),
        operation_name=node.text("OperationName"),
        request_validator=validator,
        request_parameters=_switches(node, "RequestParameters"),
        request_models=node.text_map("RequestModels"),
        method_responses=_method_responses(node),
        integration=None if integration is None else _integration(integration),
        place=node.place,
    )


def _authorizer(node: Node, parts: Parts) -> str | None:
    """The name of the authorizer. AWS asks none for NONE; what names none is let pass there, as by AWS."""
    if "AuthorizerId" not in node:
        return None
    ref = node.text("AuthorizerId")
    kind = str(node.value.get("AuthorizationType")).upper()
    if kind == "NONE" and not parts.named("Authorizer", str(ref)):
        message = "AuthorizerId has no effect: AuthorizationType is NONE"
        node.child("AuthorizerId").warning("without-effect", message)
        return None
    named = parts.referred(node, "AuthorizerId", "Authorizer")
    return None if named is None else named.node.text("Name")


def _switches(node: Node, name: str) -> dict[str, bool]:
    holder = node.get(name)
    return {} if holder is None else {key: holder.boolean(key) for key, _ in holder.each()}


def _mappings(node: Node, name: str) -> list[Node]:
    """The elements of a list, each of which is a mapping."""
    holder = node.get(name)
    found = [] if holder is None else list(holder.elements())
    for element in found:
        if not element.is_mapping:
            element.wrong_type("a mapping")
    return [element for element in found if element.is_mapping]


def _status(node: Node) -> int | None:
    if "StatusCode" not in node:
        node.error("status-code", "required key [StatusCode] not found")
    return node.integer("StatusCode")


def _method_responses(node: Node) -> dict[int, MethodResponseConfig]:
    found: dict[int, MethodResponseConfig] = {}
    for element in _mappings(node, "MethodResponses"):
        only(element, _METHOD_RESPONSE, _CODE, "a method response")
        status = _status(element)
        response = {
            "response_parameters": _switches(element, "ResponseParameters"),
            "response_models": element.text_map("ResponseModels"),
        }
        if status is None:
            continue
        if status in found:
            element.error("status-code", f"the method has two responses {status}")
        found[status] = MethodResponseConfig(status_code=status, **response)  # type: ignore[arg-type]
    return found


def _integration(node: Node) -> IntegrationConfig | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    only(node, _INTEGRATION, _CODE, "an integration")
    if "IntegrationTarget" in node:
        message = "IntegrationTarget has no effect here: the backend is called directly by its Uri"
        node.child("IntegrationTarget").warning("without-effect", message)
    if "Type" not in node:
        node.error("integration-type", "Enumeration value for IntegrationType must be non-empty")
    kind = node.choice("Type", INTEGRATION_TYPES, "integration-type")
    fields = _integration_fields(node)
    return None if kind is None else IntegrationConfig(type=kind, place=node.place, **fields)


def _integration_fields(node: Node) -> dict[str, Any]:
    method = node.text("IntegrationHttpMethod")
    timeout = node.integer("TimeoutInMillis")
    passing = node.choice("PassthroughBehavior", PASSTHROUGH_BEHAVIORS, "passthrough-behavior")
    transfer = node.choice("ResponseTransferMode", {"BUFFERED", "STREAM"}, "response-transfer-mode")
    return {
        "http_method": method.upper() if method else None,
        "uri": node.text("Uri"),
        "credentials": node.text("Credentials"),
        "connection_type": node.choice("ConnectionType", {"INTERNET", "VPC_LINK"}, "connection-type"),
        "connection_id": node.text("ConnectionId"),
        "request_parameters": node.text_map("RequestParameters"),
        "request_templates": node.text_map("RequestTemplates"),
        "passthrough_behavior": passing or "WHEN_NO_MATCH",
        "content_handling": node.choice("ContentHandling", _CONTENT_HANDLING, "content-handling"),
        "timeout_in_millis": 29_000 if timeout is None else timeout,
        "cache_namespace": node.text("CacheNamespace"),
        "cache_key_parameters": node.texts("CacheKeyParameters"),
        "integration_responses": _responses(node),
        "response_transfer_mode": transfer or "BUFFERED",
    }


def _responses(node: Node) -> tuple[IntegrationResponseConfig, ...]:
    """In the order written, the default last. Of two with one pattern the first is chosen, as on AWS."""
    found: dict[str | None, IntegrationResponseConfig] = {}
    for element in _mappings(node, "IntegrationResponses"):
        response = _response(element)
        if response is None:
            continue
        pattern = response.selection_pattern
        if pattern in found:
            message = (
                f"never chosen: {found[pattern].status_code} has the same SelectionPattern, or none as well"
            )
            element.warning("selection-pattern", message, "give each its own pattern")
        found.setdefault(pattern, response)
    return tuple(sorted(found.values(), key=lambda response: response.selection_pattern is None))


def _response(node: Node) -> IntegrationResponseConfig | None:
    only(node, _INTEGRATION_RESPONSE, _CODE, "an integration response")
    status = _status(node)
    fields: dict[str, Any] = {
        "selection_pattern": node.text("SelectionPattern") or None,
        "response_parameters": node.text_map("ResponseParameters"),
        "response_templates": node.text_map("ResponseTemplates"),
        "content_handling": node.choice("ContentHandling", _CONTENT_HANDLING, "content-handling"),
    }
    return (
        None if status is None else IntegrationResponseConfig(status_code=status, place=node.place, **fields)
    )
