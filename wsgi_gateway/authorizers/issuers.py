"""Who may issue tokens, and what theirs must say: the issuers of AWS's JWT authorizer.

::

    Issuer("https://login.example.com", audiences=["shop"])
    Issuer(
        "https://login.example.com/tenant-7/",
        audiences=["shop", "desk"],
        additional_claims=[AdditionalClaim("tenant", required=True, expected_values=["seven"])],
        keys=KeySet("/etc/keys.json"),
    )

``iss`` must be the issuer's URL letter for letter, the slash at its end included. Keys that are not given are
found by OpenID Connect discovery, whose document must name the same URL. AWS reads it when the authorizer is
created; here it is read when the first token comes.

Not for: deciding on a token; :class:`wsgi_gateway.authorizers.jwt_token.TokenVerifier` does.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html (jwtConfiguration)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwks_sources import checked_url
from wsgi_gateway.authorizers.jws import TokenRefused
from wsgi_gateway.authorizers.jwt_claims import Claims, check_audience
from wsgi_gateway.errors import ConfigError

RESERVED = frozenset({"iss", "aud", "exp", "nbf", "iat", "scope", "scp"})
"""Claims that have rules of their own, so that AWS takes no rule for them."""


class AdditionalClaim:
    """A rule for one more claim, which is a single text (AWS's only format, SINGLE_STRING).

    ``required``: whether a token must have it. ``expected_values``: what it must be, one of them, letter for
    letter; without any, whatever it is will do. Raises ConfigError for what AWS refuses.
    """

    __slots__ = ("_expected", "_required", "name")

    def __init__(
        self, claim_name: str, *, required: bool = False, expected_values: Iterable[str] = ()
    ) -> None:
        if not isinstance(claim_name, str) or not claim_name or claim_name in RESERVED:
            raise ConfigError(f"additional claim {claim_name!r}: the name is empty, or has rules of its own")
        if not isinstance(required, bool):
            raise ConfigError(f"additional claim {claim_name!r}: required must be True or False")
        self.name = claim_name
        self._required = required
        self._expected = texts(expected_values, f"expected_values of the additional claim {claim_name!r}")

    def check(self, claims: Claims) -> None:
        """Raises TokenRefused for claims that break the rule."""
        value = claims.get(self.name)
        if value is None and not self._required:
            return
        if not isinstance(value, str):
            raise TokenRefused(f"the token's additional claim {self.name} is missing or not text")
        if self._expected and value not in self._expected:
            raise TokenRefused(f"the token's additional claim {self.name} is not what it must be")


class Issuer:
    """One issuer that is trusted.

    ``issuer``: an ``https`` URL with a host, without user information, query and fragment; plain ``http`` on
    this machine, or anywhere with ``allow_http``. ``audiences``: a token must be for one of them; None asks
    for none, which is beyond AWS's JWT authorizer. ``keys``: a KeySet; default: one by discovery, with
    ``options`` as its constructor takes them.

    Raises ConfigError for anything else.
    """

    __slots__ = ("_audiences", "_claims", "issuer", "keys")

    def __init__(
        self,
        issuer: str,
        *,
        audiences: Iterable[str] | None,
        additional_claims: Iterable[AdditionalClaim] = (),
        keys: KeySet | None = None,
        allow_http: bool = False,
        **options: Any,
    ) -> None:
        checked_url(issuer, f"issuer {issuer!r}", allow_http=allow_http)
        if "?" in issuer:
            raise ConfigError(f"issuer {issuer!r} has a query string")
        self.issuer = issuer
        self._audiences = None if audiences is None else texts(audiences, f"audiences of issuer {issuer!r}")
        if self._audiences is not None and not self._audiences:
            raise ConfigError(f"issuer {issuer!r} has no audiences")
        self._claims = tuple(additional_claims)
        unique([claim.name for claim in self._claims], f"additional claims of issuer {issuer!r}")
        self.keys = KeySet.of_issuer(issuer, allow_http=allow_http, **options) if keys is None else keys

    def __repr__(self) -> str:
        return f"<Issuer {self.issuer}>"

    def check(self, claims: Claims) -> None:
        """Raises TokenRefused for claims of a token that is for others, or breaks a rule."""
        if self._audiences is not None:
            check_audience(claims, self._audiences)
        for rule in self._claims:
            rule.check(claims)


def texts(values: Iterable[str], what: str) -> frozenset[str]:
    """A set of texts, none of them empty. Raises ConfigError, naming ``what``."""
    found = [values] if isinstance(values, (str, bytes)) else list(values)
    if isinstance(values, (str, bytes)) or not all(isinstance(one, str) and one for one in found):
        raise ConfigError(f"{what} must be a list of texts, none of them empty")
    return frozenset(found)


def unique(names: list[str], what: str) -> None:
    """Raises ConfigError if a name stands twice."""
    if len(set(names)) != len(names):
        raise ConfigError(f"{what}: one stands twice")
