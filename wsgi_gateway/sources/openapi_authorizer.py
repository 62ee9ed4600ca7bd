"""``x-amazon-apigateway-authorizer``: who decides on requests.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.authorizer import AUTHORIZER_TYPES
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.protection import refuse_empty

FIELDS = frozenset(
    "type authorizerUri authorizerCredentials identitySource identityValidationExpression "
    "authorizerResultTtlInSeconds providerARNs jwtConfiguration "
    "authorizerPayloadFormatVersion enableSimpleResponses".split()
)
_HTTP_API_ONLY = ("authorizerPayloadFormatVersion", "enableSimpleResponses")


def read_authorizer(name: str, node: Node, header: str | None) -> AuthorizerConfig | None:
    """One ``x-amazon-apigateway-authorizer``; ``header`` is the scheme's own, the default identity source."""
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    node.only(FIELDS, "authorizer-field", "an authorizer")
    refuse_empty(node, "identitySource", "identityValidationExpression")
    for field in _HTTP_API_ONLY:
        if field in node:
            node.child(field).warning("authorizer-field-ignored", f"{field} belongs to HTTP APIs")
    if "type" not in node:
        node.error(
            "authorizer-type",
            "an authorizer needs a type",
            f"one of {', '.join(sorted(AUTHORIZER_TYPES)).lower()}",
        )
    kind = node.choice("type", AUTHORIZER_TYPES, "authorizer-type")
    sources = _identity_sources(node)
    fields: dict[str, Any] = {
        "authorizer_uri": node.text("authorizerUri"),
        "authorizer_credentials": node.text("authorizerCredentials"),
        "identity_validation_expression": node.text("identityValidationExpression"),
        "authorizer_result_ttl_in_seconds": _ttl(node),
        "provider_arns": node.texts("providerARNs"),
    }
    if kind in ("TOKEN", "REQUEST") and "authorizerUri" not in node:
        node.error("authorizer-uri", f"a {kind} authorizer needs an authorizerUri")
    if kind is None:
        return None
    if not sources and kind != "REQUEST" and header:
        sources = (f"method.request.header.{header}",)
    if "jwtConfiguration" in node:
        node.child("jwtConfiguration").warning(
            "authorizer-field-ignored", "jwtConfiguration is not evaluated"
        )
    return AuthorizerConfig(name=name, type=kind, identity_source=sources, place=node.place, **fields)


def _ttl(node: Node) -> int:
    ttl = node.integer("authorizerResultTtlInSeconds")
    return 300 if ttl is None else ttl


def _identity_sources(node: Node) -> tuple[str, ...]:
    text = node.text("identitySource")
    return tuple(source.strip() for source in text.split(",") if source.strip()) if text else ()
