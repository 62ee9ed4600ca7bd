"""``AuthorizerConfig``: AWS's Authorizer.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import Place

AUTHORIZER_TYPES = frozenset({"TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtClaimConfig(Declared):
    """A rule for one more claim of a JWT, which is a single text: ``required`` or not, and one of
    ``expected_values`` if any are given.
    """

    claim_name: str
    required: bool = False
    expected_values: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtIssuerConfig(Declared):
    """An issuer of JWTs: its URL letter for letter, the audiences of which a token must have one, and more
    rules.
    """

    issuer: str
    audiences: Sequence[str] = ()
    additional_claims: Sequence[JwtClaimConfig] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtConfig(Declared):
    """``jwtConfiguration`` of an authorizer of type JWT: whose tokens, and signed by which algorithms."""

    issuers: Sequence[JwtIssuerConfig] = ()
    default_algorithms: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizerConfig(Declared):
    """Who decides on a request, and by what.

    ``identity_source``: for REQUEST any number of ``method.request.header.X``,
    ``method.request.querystring.X``, ``stageVariables.X``, ``context.X``; for all others one
    ``method.request.header.NAME``.
    ``identity_validation_expression``: regular expression the whole token must match (TOKEN), or the token's
    audience (COGNITO_USER_POOLS). ``provider_arns``: user pools. ``jwt_configuration``: for JWT.
    ``authorizer_result_ttl_in_seconds``: 0 to 3600. ``authorizer_uri``: names the function: a Lambda ARN.
    """

    name: str
    type: str = "TOKEN"
    authorizer_uri: str | None = None
    authorizer_credentials: str | None = None
    identity_source: Sequence[str] = ()
    identity_validation_expression: str | None = None
    authorizer_result_ttl_in_seconds: int = 300
    provider_arns: Sequence[str] = ()
    jwt_configuration: JwtConfig | None = None
    auth_type: str | None = None
    place: Place = field(default=Place(), compare=False, repr=False)
