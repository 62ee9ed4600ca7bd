"""``x-amazon-apigateway-authorizer``: who decides on requests.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.authorizer import AUTHORIZER_TYPES, JwtClaimConfig, JwtConfig, JwtIssuerConfig
from wsgi_gateway.sources.authorizer_uri import read_authorizer_uri
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
        "authorizer_uri": read_authorizer_uri(node, "authorizerUri"),
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
    if kind == "COGNITO_USER_POOLS" and "providerARNs" not in node:
        node.error("authorizer-pools", "a COGNITO_USER_POOLS authorizer needs providerARNs")
    if kind == "JWT":
        fields["jwt_configuration"] = read_jwt_configuration(node)
    elif "jwtConfiguration" in node:
        node.child("jwtConfiguration").warning(
            "authorizer-field-ignored", f"jwtConfiguration is without effect on type {kind}"
        )
    return AuthorizerConfig(name=name, type=kind, identity_source=sources, place=node.place, **fields)


def read_jwt_configuration(node: Node) -> JwtConfig | None:
    """``jwtConfiguration``: issuers with their audiences and claims, and the algorithms of all."""
    if "jwtConfiguration" not in node:
        node.error(
            "authorizer-jwt", "a JWT authorizer needs a jwtConfiguration with issuers and defaultAlgorithms"
        )
        return None
    refuse_empty(node, "jwtConfiguration")
    found = node.child("jwtConfiguration")
    if not found.is_mapping:
        return None
    refuse_empty(found, "issuers", "defaultAlgorithms")
    found.only(frozenset(("issuers", "defaultAlgorithms")), "authorizer-field", "a jwtConfiguration")
    return JwtConfig(
        issuers=tuple(_issuer(issuer) for issuer in _elements(found, "issuers")),
        default_algorithms=found.texts("defaultAlgorithms"),
    )


def _issuer(node: Node) -> JwtIssuerConfig:
    fields = frozenset(("issuer", "audiences", "additionalClaims", "jwksUri"))
    node.only(fields, "authorizer-field", "an issuer")
    refuse_empty(node, "issuer", "audiences", "additionalClaims")
    if "jwksUri" in node:
        node.child("jwksUri").warning("authorizer-field-ignored", "AWS tells jwksUri and does not read it")
    return JwtIssuerConfig(
        issuer=node.text("issuer") or "",
        audiences=node.texts("audiences"),
        additional_claims=tuple(_claim(claim) for claim in _elements(node, "additionalClaims")),
    )


def _claim(node: Node) -> JwtClaimConfig:
    node.only(frozenset(("claimName", "format", "required", "expectedValues")), "authorizer-field", "a claim")
    refuse_empty(node, "claimName", "required", "expectedValues")
    if "expectedValues" in node and not node.texts("expectedValues"):
        node.child("expectedValues").error("protection-empty", "expectedValues is empty: any value would do")
    node.choice("format", frozenset(("SINGLE_STRING",)), "authorizer-claim")
    return JwtClaimConfig(
        claim_name=node.text("claimName") or "",
        required=node.boolean("required"),
        expected_values=node.texts("expectedValues"),
    )


def _elements(node: Node, name: str) -> Iterator[Node]:
    found = node.get(name)
    return iter(()) if found is None else found.elements()


def _ttl(node: Node) -> int:
    ttl = node.integer("authorizerResultTtlInSeconds")
    return 300 if ttl is None else ttl


def _identity_sources(node: Node) -> tuple[str, ...]:
    text = node.text("identitySource")
    return tuple(source.strip() for source in text.split(",") if source.strip()) if text else ()
