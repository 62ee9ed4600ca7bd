"""Authorizers that verify a token themselves: COGNITO_USER_POOLS and JWT.

::

    config = AuthorizerConfig(
        name="pool",
        type="COGNITO_USER_POOLS",
        identity_source=("method.request.header.Authorization",),
        provider_arns=("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc",),
    )
    TokenAuthorizer(config).ask(ctx)                                  # who sent the request, or a refusal
    TokenAuthorizer(config, scopes=("pets/read",)).ask(ctx)           # for a method with scopes

The keys of a pool are fetched from AWS, or from where ``AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`` says,
the variable by which all AWS SDKs find a local pool; those of an issuer by OpenID Connect discovery. For keys
in a file give a :class:`~wsgi_gateway.authorizers.jwks.KeySet`, or several by issuer or pool; what the
configuration says holds with them. For rules of one's own give the verifier: anything with ``verify(token,
scopes)``, such as
:class:`~wsgi_gateway.authorizers.cognito.CognitoVerifier` with an ``endpoint``. It stands in the place of
what the configuration says of issuers, audiences and claims; an ``identity_validation_expression`` holds
besides.

==============================================  ==========================================================
no token                                        401 UNAUTHORIZED
a token that is refused, whatever the reason    401 UNAUTHORIZED; one that has expired is told so
no keys to verify it with                       500 AUTHORIZER_CONFIGURATION_ERROR
==============================================  ==========================================================

Not for: verifying; :mod:`wsgi_gateway.authorizers.jwt_token` and :mod:`wsgi_gateway.authorizers.cognito` do.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html;
the 500 and the text for expired tokens are not documented.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from wsgi_gateway.authorizers.cognito import CognitoVerifier
from wsgi_gateway.authorizers.identity import header_key
from wsgi_gateway.authorizers.issuers import AdditionalClaim, Issuer, texts
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwt_claims import audiences
from wsgi_gateway.authorizers.jwt_token import KeysUnavailable, TokenRefused, TokenVerifier, Verified, bearer
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.authorizer import JwtIssuerConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import (
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    UNAUTHORIZED,
    ConfigError,
    GatewayError,
    Problem,
)
from wsgi_gateway.functions import place_of
from wsgi_gateway.mapping.patterns import compile_pattern
from wsgi_gateway.typing import Clock

logger = logging.getLogger("wsgi_gateway")

POOL_ENDPOINT = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"
"""The environment variable that names the base URL of user pools which are not AWS's."""

TOKEN_TYPES = frozenset(("COGNITO_USER_POOLS", "JWT"))

_OTHER_AUDIENCE = GatewayError(
    UNAUTHORIZED, reason="the token's aud does not match identityValidationExpression"
)
_NO_TOKEN = GatewayError(UNAUTHORIZED, reason="there is no token")


class Verifier(Protocol):
    """Verifies a token; raises :class:`~wsgi_gateway.authorizers.jwt_token.TokenRefused`."""

    def verify(self, token: str, scopes: frozenset[str] = ...) -> Verified:
        """What the token says, if it is genuine and has one of the scopes, if there are any."""


class TokenAuthorizer:
    """One authorizer of these types, as the methods with the same ``scopes`` use it.

    ``verifier``: default, one made from ``config``; keys in its place are for that one. Raises ConfigError
    for what cannot work.
    """

    def __init__(
        self,
        config: AuthorizerConfig,
        verifier: Verifier | KeySet | Mapping[str, KeySet] | None = None,
        *,
        scopes: Iterable[str] = (),
        clock: Clock = time.time,
    ) -> None:
        problems = list(_problems(config))
        if problems:
            raise ConfigError(
                Problem("authorizer", f"authorizer {config.name!r}: {text}", config.place)
                for text in problems
            )
        self.name = config.name
        self.has_own_rules = not isinstance(verifier, (KeySet, Mapping)) and verifier is not None
        """Whether a verifier was given, which stands in the place of what ``config`` says."""
        self.verifier: Verifier = _verifier(config, verifier, clock)
        if not callable(getattr(self.verifier, "verify", None)):
            raise ConfigError(f"authorizer {config.name!r}: a verifier needs a method verify(token, scopes)")
        self._scopes = texts(scopes, f"scopes of the authorizer {config.name!r}")
        self._matches = None
        if self.has_own_rules and config.identity_validation_expression:
            pattern = compile_pattern(config.identity_validation_expression, "identityValidationExpression")
            self._matches = pattern.fullmatch
        self._principal_claims = getattr(self.verifier, "principal_claims", ("sub",))
        self._key = header_key(config.identity_source[0])

    def ask(self, ctx: Context) -> Verified | GatewayError:
        """What the request's token says, or why the request is refused."""
        header = ctx.environ.get(self._key)
        if not header or header.isspace():
            return _NO_TOKEN
        try:
            verified = self.verifier.verify(bearer(header), self._scopes)
            if self._matches is not None and not any(map(self._matches, audiences(verified.claims))):
                return _OTHER_AUDIENCE
            return verified
        except KeysUnavailable as error:
            return GatewayError(AUTHORIZER_CONFIGURATION_ERROR, reason=error.reason)
        except TokenRefused as error:
            text = "The incoming token has expired" if error.expired else None
            return GatewayError(UNAUTHORIZED, text, reason=error.reason)
        except Exception as error:
            # The text may hold the token, so that neither the reason nor the log repeats it.
            logger.error("a verifier of tokens raised %s in %s", type(error).__name__, place_of(error))
            return GatewayError(AUTHORIZER_FAILURE, reason=f"the verifier raised {type(error).__name__}")

    def principal(self, claims: dict[str, Any]) -> str | None:
        """Who the token is about: ``sub``, or the name of a pool's user. Other issuers' ``username`` is
        whatever their users write there.
        """
        for name in self._principal_claims:
            value = claims.get(name)
            if isinstance(value, str) and value and value.isprintable():
                return value
        return None


def _verifier(config: AuthorizerConfig, given: Any, clock: Clock) -> Verifier:
    """The verifier that was given, or one for the configuration with the keys that were."""
    if given is None:
        return token_verifier(config, clock)
    if not isinstance(given, (KeySet, Mapping)):
        verifier: Verifier = given
        return verifier
    declared = config.jwt_configuration
    names = list(config.provider_arns) or [one.issuer for one in (declared.issuers if declared else ())]
    if isinstance(given, KeySet):
        if len(names) != 1:
            raise ConfigError(
                f"authorizer {config.name!r} has {len(names)} issuers: give their keys by issuer"
            )
        given = {names[0]: given}
    if given.keys() - set(names) or not all(isinstance(keys, KeySet) for keys in given.values()):
        raise ConfigError(f"authorizer {config.name!r}: keys are KeySets by issuer, or by the ARN of a pool")
    return token_verifier(config, clock, given)


def token_verifier(
    config: AuthorizerConfig, clock: Clock = time.time, keys: Mapping[str, KeySet] = MappingProxyType({})
) -> Verifier:
    """The verifier that a declaration asks for. ``keys``: by issuer or ARN, of those that are not to be
    fetched. Raises ConfigError.
    """
    if config.type == "COGNITO_USER_POOLS":
        ignored = os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
        endpoint = None if ignored else os.environ.get(POOL_ENDPOINT) or None
        if endpoint is not None:
            logger.warning("%s is set: tokens of a local user pool are believed", POOL_ENDPOINT)
        return CognitoVerifier(
            config.provider_arns,
            endpoint=endpoint,
            jwks=keys,
            identity_validation_expression=config.identity_validation_expression or None,
            clock=clock,
        )
    declared = config.jwt_configuration
    assert declared is not None  # _problems has seen to it
    return TokenVerifier(
        [_issuer(issuer, keys.get(issuer.issuer)) for issuer in declared.issuers],
        algorithms=declared.default_algorithms,
        clock=clock,
    )


def _issuer(declared: JwtIssuerConfig, keys: KeySet | None) -> Issuer:
    claims = [
        AdditionalClaim(claim.claim_name, required=claim.required, expected_values=claim.expected_values)
        for claim in declared.additional_claims
    ]
    return Issuer(declared.issuer, audiences=declared.audiences, additional_claims=claims, keys=keys)


def _problems(config: AuthorizerConfig) -> Iterable[str]:
    sources = config.identity_source
    if len(sources) != 1 or not sources[0].startswith("method.request.header."):
        yield "identity_source must be exactly one method.request.header.NAME"
    if config.authorizer_uri:
        yield f"authorizer_uri is for the types TOKEN and REQUEST, not {config.type}"
    if config.type == "JWT":
        if config.jwt_configuration is None:
            yield "the type JWT needs a jwt_configuration"
        if config.identity_validation_expression or config.provider_arns:
            yield "identity_validation_expression and provider_arns are not for the type JWT"
    elif not config.provider_arns:
        yield "the type COGNITO_USER_POOLS needs provider_arns"
