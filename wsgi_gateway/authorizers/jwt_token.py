"""JSON Web Tokens, verified: who issued one, for whom, until when, and whether it is genuine.

::

    from wsgi_gateway.authorizers.issuers import Issuer
    from wsgi_gateway.authorizers.jwt_token import TokenRefused, TokenVerifier, bearer

    verifier = TokenVerifier([Issuer("https://login.example.com", audiences=["shop"])], algorithms=["RS256"])
    try:
        verified = verifier.verify(bearer(environ["HTTP_AUTHORIZATION"]), scopes=frozenset({"pets.read"}))
    except TokenRefused as refused:
        log(refused.reason)              # names the check, never the token
    else:
        print(verified.claims["sub"])

What must be right, in this order: the form (:mod:`~wsgi_gateway.authorizers.jws`); ``alg``, one of the
verifier's, all of them asymmetric; ``iss``, letter for letter one of the issuers'; the key, one of that
issuer's own set that fits ``kid`` and ``alg``; the signature; ``sub`` and ``jti``, if any, texts; ``aud`` and
additional claims as the issuer's rules want them; scopes; ``nbf`` and ``iat`` not to come; ``exp`` there, and
not past. It comes last, so that only a token which was good once is said to have expired.

``exp`` and ``nbf`` are taken at their word unless ``leeway_seconds`` (at most 60) says otherwise; ``iat`` may
lie a minute ahead.

Not for: user pools of Cognito, whose rules are in :mod:`wsgi_gateway.authorizers.cognito`; encrypted tokens;
shared secrets.

Source: RFC 7519, RFC 8725;
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-jwt-authorizer.html
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from wsgi_gateway.authorizers.issuers import Issuer, texts, unique
from wsgi_gateway.authorizers.jwk import ALGORITHMS
from wsgi_gateway.authorizers.jwks import KeysUnavailable
from wsgi_gateway.authorizers.jws import TokenRefused, json_object, parse_jws
from wsgi_gateway.authorizers.jwt_claims import check_scopes, check_texts, check_times
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.typing import Clock

__all__ = ["KeysUnavailable", "TokenRefused", "TokenVerifier", "Verified", "bearer"]

LEEWAY_LIMIT = 60
"""Seconds by which clocks may be said to differ at most."""

NO_SCOPES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verified:
    """A genuine token: its claims as JSON has them, the names of key and algorithm, and its issuer."""

    claims: dict[str, Any] = field(repr=False)
    kid: str | None = field(repr=False)
    alg: str
    issuer: str


class TokenVerifier:
    """Verifies the tokens of some issuers.

    ``algorithms``: of RS256, RS384, RS512, ES256, ES384, ES512. ``leeway_seconds``: 0 to 60. ``clock``:
    seconds since the epoch. Raises ConfigError for anything else.
    """

    def __init__(
        self,
        issuers: Iterable[Issuer],
        *,
        algorithms: Iterable[str],
        leeway_seconds: float = 0,
        clock: Clock = time.time,
    ) -> None:
        trusted = list(issuers)
        unique([one.issuer for one in trusted], "issuers")
        self._issuers = {one.issuer: one for one in trusted}
        self._algorithms = texts(algorithms, "algorithms")
        if not trusted or not self._algorithms:
            raise ConfigError("a TokenVerifier needs issuers and algorithms")
        if not self._algorithms <= ALGORITHMS:
            raise ConfigError(f"algorithms must be of {', '.join(sorted(ALGORITHMS))}")
        if isinstance(leeway_seconds, bool) or not 0 <= leeway_seconds <= LEEWAY_LIMIT:
            raise ConfigError(f"leeway_seconds must be from 0 to {LEEWAY_LIMIT}")
        self._leeway = leeway_seconds
        self._clock = clock

    def verify(self, token: str, scopes: frozenset[str] = NO_SCOPES) -> Verified:
        """What a token says, if it is genuine and in force, and has one of ``scopes`` if there are any.

        Raises TokenRefused; its subclass KeysUnavailable if that cannot be told for want of keys.
        """
        verified = self.genuine(token)
        self.check_use(verified, scopes)
        return verified

    def genuine(self, token: str) -> Verified:
        """What a token says, if its issuer made it, and by the issuer's rules; it may be out of force.

        For verifiers with rules of their own. Raises as :meth:`verify` does.
        """
        jws = parse_jws(token)
        if jws.alg not in self._algorithms:
            raise TokenRefused("the token's alg is not one of this authorizer's")
        claims = json_object(jws.payload, "the token's payload")
        issuer = self._issuer(claims.get("iss"))
        if not issuer.keys.find(jws.kid, jws.alg)(jws.message, jws.signature):
            raise TokenRefused("the token's signature is wrong")
        check_texts(claims)
        issuer.check(claims)
        return Verified(claims, jws.kid, jws.alg, issuer.issuer)

    def check_use(self, verified: Verified, scopes: frozenset[str] = NO_SCOPES) -> None:
        """Raises TokenRefused for a genuine token without any of ``scopes``, if there are any, or out of
        force.
        """
        check_scopes(verified.claims, scopes)
        check_times(verified.claims, self._clock(), self._leeway)

    def _issuer(self, name: Any) -> Issuer:
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise TokenRefused("the token's iss is none of this authorizer's issuers")
        return issuer


def bearer(header: str) -> str:
    """The token in an identity source: what follows ``Bearer``, or all of it without that word."""
    return header[7:].lstrip(" ") if header[:7].lower() == "bearer " else header
