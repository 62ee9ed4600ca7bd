"""AWS::ApiGateway::Authorizer: who decides on a request.

``JwtConfiguration`` has the members that OpenAPI has, in capitals, and is read like them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-authorizer.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.authorizer import AUTHORIZER_TYPES, JwtConfig
from wsgi_gateway.sources.authorizer_uri import read_authorizer_uri
from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_authorizer import read_jwt_configuration


def read_authorizers(parts: Parts) -> dict[str, AuthorizerConfig]:
    """Authorizers by name."""
    found: dict[str, AuthorizerConfig] = {}
    for part in parts.of_api("Authorizer"):
        name, kind = part.node.text("Name"), part.node.choice("Type", AUTHORIZER_TYPES, "authorizer-type")
        if name is None or kind is None:
            continue
        if name in found:
            part.node.error(
                "authorizer-twice", f"Authorizer name must be unique. Authorizer {name[:80]} exists"
            )
        found[name] = _authorizer(name, kind, part.node)
    return found


def _authorizer(name: str, kind: str, node: Node) -> AuthorizerConfig:
    ttl = node.integer("AuthorizerResultTtlInSeconds")
    source = node.text("IdentitySource") or ""
    pools = node.texts("ProviderARNs")
    if kind in ("TOKEN", "REQUEST") and "AuthorizerUri" not in node:
        node.error("authorizer-uri", f"a {kind} authorizer needs an AuthorizerUri")
    return AuthorizerConfig(
        name=name,
        type=kind,
        authorizer_uri=read_authorizer_uri(node, "AuthorizerUri"),
        authorizer_credentials=node.text("AuthorizerCredentials"),
        identity_source=tuple(part.strip() for part in source.split(",") if part.strip()),
        identity_validation_expression=node.text("IdentityValidationExpression"),
        authorizer_result_ttl_in_seconds=300 if ttl is None else ttl,
        provider_arns=pools,
        jwt_configuration=_jwt(node, kind),
        auth_type=node.text("AuthType"),
        place=node.place,
    )


def _jwt(node: Node, kind: str) -> JwtConfig | None:
    written = node.get("JwtConfiguration")
    if kind != "JWT" and written is not None:
        message = f"JwtConfiguration is without effect on type {kind}"
        written.warning("without-effect", message)
    if kind != "JWT":
        return None
    data = {} if written is None else {"jwtConfiguration": _uncapitalised(written.value)}
    return read_jwt_configuration(
        Node(data, node.document, node.report, node.members_path, node.line, node.column)
    )


def _uncapitalised(value: Any) -> Any:
    """Names as OpenAPI has them: ``DefaultAlgorithms`` is ``defaultAlgorithms``."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _uncapitalised(inner) for key, inner in value.items()}
    return [_uncapitalised(inner) for inner in value] if isinstance(value, list) else value
