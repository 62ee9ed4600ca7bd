"""Tokens of Cognito user pools, verified as AWS's COGNITO_USER_POOLS authorizer does.

::

    verifier = CognitoVerifier(["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"])
    verified = verifier.verify(token)                                   # an identity token
    verified = verifier.verify(token, scopes=frozenset({"pets/read"}))  # an access token with that scope
    claims = claim_texts(verified.claims)                               # $context.authorizer.claims

A pool's issuer is ``https://cognito-idp.{region}.amazonaws.com/{pool}``, its keys lie under
``/.well-known/jwks.json`` there, and it signs with RS256. What the token is for is told by the method:
without scopes ``token_use`` must be ``id``, with scopes it must be ``access``, and one of them must be the
token's. ``identity_validation_expression`` must match the whole of the token's ``aud``, of which access
tokens have none. Without it any app client of the pool will do.

For a local pool (moto, LocalStack, cognito-local) ``endpoint`` says where it is: keys are fetched from there,
and ``{endpoint}/{pool}`` is believed as ``iss`` too.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html,
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wsgi_gateway.authorizers.issuers import Issuer
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwt_claims import audiences
from wsgi_gateway.authorizers.jwt_token import NO_SCOPES, TokenRefused, TokenVerifier, Verified
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping.patterns import compile_pattern
from wsgi_gateway.typing import Clock

_ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):cognito-idp:([a-z]{2}(?:-[a-z]+)+-[0-9]):[0-9]{12}:userpool/([A-Za-z0-9_-]+)"
)
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}


class CognitoVerifier:
    """Verifies the tokens of user pools.

    ``provider_arns``: ARNs of the pools. ``jwks``: key sets by ARN, for pools whose keys are not to be
    fetched. ``endpoint``: a base URL in the place of AWS's. ``identity_validation_expression``: a regular
    expression, run by RE2. The rest is as for :class:`~wsgi_gateway.authorizers.jwt_token.TokenVerifier`;
    ``options`` are those of :class:`~wsgi_gateway.authorizers.jwks.KeySet`.

    Raises ConfigError for what is no pool, and for anything that cannot work.
    """

    principal_claims = ("cognito:username", "username", "sub")
    """What a pool's user is called, the first that is there; of other issuers ``username`` is what users
    write.
    """

    def __init__(
        self,
        provider_arns: Iterable[str],
        *,
        jwks: Mapping[str, KeySet] | None = None,
        endpoint: str | None = None,
        identity_validation_expression: str | None = None,
        leeway_seconds: float = 0,
        clock: Clock = time.time,
        allow_http: bool = False,
        **options: Any,
    ) -> None:
        arns, given = list(provider_arns), dict(jwks or {})
        if not arns or not given.keys() <= set(arns):
            raise ConfigError("a CognitoVerifier needs provider_arns, and jwks of these alone")
        options["allow_http"] = allow_http
        issuers = [one for arn in arns for one in _issuers(arn, endpoint, given.get(arn), options)]
        self._tokens = TokenVerifier(
            issuers, algorithms=["RS256"], leeway_seconds=leeway_seconds, clock=clock
        )
        self._matches = None
        if identity_validation_expression is not None:
            self._matches = compile_pattern(
                identity_validation_expression, "identityValidationExpression"
            ).fullmatch

    def verify(self, token: str, scopes: frozenset[str] = NO_SCOPES) -> Verified:
        """What a token says: an identity token, or if ``scopes`` are wanted an access token with one of them.

        Raises TokenRefused; its subclass KeysUnavailable if that cannot be told for want of keys.
        """
        verified = self._tokens.genuine(token)
        if verified.claims.get("token_use") != ("access" if scopes else "id"):
            raise TokenRefused("the token's token_use is not the one that the method wants")
        if self._matches is not None and not any(map(self._matches, audiences(verified.claims))):
            raise TokenRefused("the token's aud does not match identityValidationExpression")
        self._tokens.check_use(verified, scopes)
        return verified


def _issuers(
    arn: str, endpoint: str | None, keys: KeySet | None, options: dict[str, Any]
) -> Iterator[Issuer]:
    """A pool under its name at AWS and, if it is a local one, under its own."""
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if match is None:
        raise ConfigError(f"{arn!r} is not the ARN of a user pool")
    partition, region, pool = match.groups()
    names = [f"https://cognito-idp.{region}.{_DOMAINS.get(partition, 'amazonaws.com')}/{pool}"]
    if endpoint is not None:
        names.append(f"{endpoint.rstrip('/')}/{pool}")
    if keys is None:
        keys = KeySet(f"{names[-1]}/.well-known/jwks.json", **options)
    for name in names:
        yield Issuer(name, audiences=None, keys=keys, allow_http=options["allow_http"])
