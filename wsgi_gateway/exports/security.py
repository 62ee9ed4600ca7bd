"""Security schemes and requirements as they are written.

Every authorizer is a scheme of its own name; methods of AWS_IAM name the scheme ``sigv4``, those that want an
API key ``api_key`` (with a number behind it where an authorizer bears that name), as AWS's exports do. All
schemes of a method are demanded together.

A scheme whose authorizer is not written (:mod:`~wsgi_gateway.exports.extensions`) stays a scheme, so that an
import of the document is refused and opens nothing.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config.authorizer import JwtConfig, JwtIssuerConfig
from wsgi_gateway.exports.extensions import PREFIX, Chosen
from wsgi_gateway.sources.openapi_security import USUAL_AUTHTYPE

_HEADER = "method.request.header."
_NO_HEADER = "Unused"
"""What AWS writes as the name of a scheme that no single header stands for."""


class Schemes:
    """The security schemes of one API."""

    def __init__(self, api: RestApiConfig, chosen: Chosen) -> None:
        self._api, self._chosen = api, chosen
        methods = [method for verbs in api.resources.values() for method in verbs.values()]
        self._has_keys = any(method.api_key_required for method in methods)
        self._has_sigv4 = any(method.authorization_type == "AWS_IAM" for method in methods)
        self._key_name, self._sigv4_name = self._free("api_key"), self._free("sigv4")

    def _free(self, name: str) -> str:
        proposal, number = name, 2
        while proposal in self._api.authorizers:
            proposal, number = f"{name}{number}", number + 1
        return proposal

    def written(self) -> dict[str, Any]:
        """Every scheme by its name."""
        found = {name: self._scheme(authorizer) for name, authorizer in self._api.authorizers.items()}
        if self._has_sigv4:
            found[self._sigv4_name] = _api_key("Authorization") | self._authtype("awsSigv4")
        if self._has_keys:
            found[self._key_name] = _api_key("x-api-key")
        return found

    def of(self, method: MethodConfig) -> list[dict[str, list[str]]]:
        """The requirements of one method; none for one that is open."""
        found: list[dict[str, list[str]]] = []
        if method.authorization_type == "AWS_IAM":
            found.append({self._sigv4_name: []})
        elif method.authorizer is not None:
            found.append({method.authorizer: list(method.authorization_scopes)})
        if method.api_key_required:
            found.append({self._key_name: []})
        return found

    def _authtype(self, name: str) -> dict[str, str]:
        return {PREFIX + "authtype": name} if self._chosen.authorizers else {}

    def _scheme(self, authorizer: AuthorizerConfig) -> dict[str, Any]:
        sources = authorizer.identity_source
        is_header = len(sources) == 1 and sources[0].startswith(_HEADER)
        scheme = _api_key(sources[0].removeprefix(_HEADER) if is_header else _NO_HEADER)
        if self._chosen.authorizers:
            scheme |= self._authtype(authorizer.auth_type or USUAL_AUTHTYPE.get(authorizer.type, "custom"))
            scheme[PREFIX + "authorizer"] = written_authorizer(authorizer)
        return scheme


def _api_key(header: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": header, "in": "header"}


def written_authorizer(authorizer: AuthorizerConfig) -> dict[str, Any]:
    """The value of ``x-amazon-apigateway-authorizer``, plain data."""
    jwt = authorizer.jwt_configuration
    members = {
        "type": authorizer.type.lower(),
        "authorizerUri": authorizer.authorizer_uri,
        "authorizerCredentials": authorizer.authorizer_credentials,
        "identitySource": ", ".join(authorizer.identity_source) or None,
        "identityValidationExpression": authorizer.identity_validation_expression,
        "authorizerResultTtlInSeconds": authorizer.authorizer_result_ttl_in_seconds,
        "providerARNs": list(authorizer.provider_arns) or None,
        "jwtConfiguration": _jwt(jwt) if jwt is not None else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _jwt(jwt: JwtConfig) -> dict[str, Any]:
    return {
        "issuers": [_issuer(issuer) for issuer in jwt.issuers],
        "defaultAlgorithms": list(jwt.default_algorithms),
    }


def _issuer(issuer: JwtIssuerConfig) -> dict[str, Any]:
    claims = [
        {"claimName": claim.claim_name, "format": "SINGLE_STRING", "required": claim.required}
        | ({"expectedValues": list(claim.expected_values)} if claim.expected_values else {})
        for claim in issuer.additional_claims
    ]
    members = {
        "issuer": issuer.issuer,
        "audiences": list(issuer.audiences) or None,
        "additionalClaims": claims or None,
    }
    return {name: value for name, value in members.items() if value is not None}
