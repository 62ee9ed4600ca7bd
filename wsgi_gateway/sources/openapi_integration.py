"""``x-amazon-apigateway-integration``: what a method calls.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import IntegrationConfig, IntegrationResponseConfig
from wsgi_gateway.config.integration import INTEGRATION_TYPES, PASSTHROUGH_BEHAVIORS
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_expressions import read_expressions

FIELDS = frozenset(
    "type uri httpMethod credentials connectionType connectionId cacheKeyParameters cacheNamespace "
    "contentHandling passthroughBehavior requestParameters requestTemplates responses timeoutInMillis "
    "tlsConfig responseTransferMode payloadFormatVersion integrationTarget integrationSubtype".split()
)
RESPONSE_FIELDS = frozenset({"statusCode", "responseTemplates", "responseParameters", "contentHandling"})
CONTENT_HANDLING = frozenset({"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"})

_CODE = "integration-field"


def read_integration(node: Node, owner: str) -> IntegrationConfig | None:
    """The integration written at ``node``; None if it has no usable type (reported).

    ``owner``: the method in AWS's words, ``of resource '/pets' and method 'GET'`` after a blank.
    """
    resolved = node.resolve()
    if resolved is None or not resolved.is_mapping:
        if resolved is not None:
            resolved.wrong_type("a mapping")
        return None
    node = resolved
    node.only(FIELDS, _CODE, "an integration")
    _report_strange(node)
    if "integrationSubtype" in node:
        return None  # nothing else of it is as in REST APIs
    kind = _type(node)
    fields = _fields(node, owner)
    if kind is None:
        return None
    return IntegrationConfig(type=kind, place=node.place, **fields)


def _type(node: Node) -> str | None:
    if "type" not in node:
        types = ", ".join(sorted(INTEGRATION_TYPES)).lower()
        node.error(
            "integration-type", "Enumeration value for IntegrationType must be non-empty", f"one of {types}"
        )
        return None
    return node.choice("type", INTEGRATION_TYPES, "integration-type")


def _fields(node: Node, owner: str) -> dict[str, Any]:
    method = node.text("httpMethod")
    timeout = node.integer("timeoutInMillis")
    handling = node.choice("contentHandling", CONTENT_HANDLING, "content-handling")
    return {
        "http_method": method.upper() if method else None,
        "uri": node.text("uri"),
        "credentials": node.text("credentials"),
        "connection_type": node.choice("connectionType", {"INTERNET", "VPC_LINK"}, "connection-type"),
        "connection_id": node.text("connectionId"),
        "request_parameters": read_expressions(node, "requestParameters", owner),
        "request_templates": node.text_map("requestTemplates"),
        "passthrough_behavior": node.choice(
            "passthroughBehavior", PASSTHROUGH_BEHAVIORS, "passthrough-behavior"
        )
        or "WHEN_NO_MATCH",
        "content_handling": handling,
        "timeout_in_millis": 29_000 if timeout is None else timeout,
        "cache_namespace": node.text("cacheNamespace"),
        "cache_key_parameters": node.texts("cacheKeyParameters"),
        "integration_responses": _responses(node, owner),
        "insecure_skip_verification": _insecure(node),
        "response_transfer_mode": node.choice(
            "responseTransferMode", {"BUFFERED", "STREAM"}, "response-transfer-mode"
        )
        or "BUFFERED",
    }


def _report_strange(node: Node) -> None:
    """What is of HTTP APIs, and what has no effect here."""
    subtype, target = node.get("integrationSubtype"), node.get("integrationTarget")
    if subtype is not None:
        message = "integrationSubtype is not supported"
        subtype.error("integration-field-unsupported", message, "it belongs to HTTP APIs")
    if target is not None:
        message = "integrationTarget has no effect here: the backend is called directly by its uri"
        target.warning("without-effect", message)
    version = node.get("payloadFormatVersion")
    if version is not None and version.as_text() not in ("1.0", None):
        version.warning(
            "integration-field-ignored", "payloadFormatVersion belongs to HTTP APIs; REST APIs use 1.0"
        )


def _insecure(node: Node) -> bool:
    tls = node.get("tlsConfig")
    if tls is None:
        return False
    if not tls.is_mapping:
        tls.wrong_type("a mapping")
        return False
    tls.only({"insecureSkipVerification", "serverNameToVerify"}, _CODE, "tlsConfig")
    if "serverNameToVerify" in tls:
        tls.child("serverNameToVerify").error(
            "integration-field-unsupported", "serverNameToVerify is not supported"
        )
    return tls.boolean("insecureSkipVerification")


def _responses(node: Node, owner: str) -> tuple[IntegrationResponseConfig, ...]:
    """In the order written, which is AWS's tie-break as far as seen; the default comes last."""
    read = [(pattern, _response(pattern, entry, owner)) for pattern, entry in node.members("responses")]
    ordered = sorted(read, key=lambda item: item[0] in ("default", ""))
    return tuple(response for _, response in ordered if response is not None)


def _response(pattern: str, node: Node, owner: str) -> IntegrationResponseConfig | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    node.only(RESPONSE_FIELDS, "integration-response-field", "an integration response")
    status = node.integer("statusCode")
    if "statusCode" not in node:
        node.error("status-code", "an integration response needs a statusCode")
    fields: dict[str, Any] = {
        "response_parameters": read_expressions(node, "responseParameters", owner),
        "response_templates": node.text_map("responseTemplates"),
        "content_handling": node.choice("contentHandling", CONTENT_HANDLING, "content-handling"),
    }
    if status is None:
        return None
    selection = None if pattern in ("default", "") else pattern
    return IntegrationResponseConfig(
        status_code=status, selection_pattern=selection, place=node.place, **fields
    )
