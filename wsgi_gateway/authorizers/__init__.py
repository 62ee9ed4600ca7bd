"""How to decide on a request: authorizers, their policies and cache, tokens, signatures.

:func:`allow` and :func:`deny` build a complete answer, for authorizers written in Python. *When* an
authorizer is asked is the business of :mod:`wsgi_gateway.lifecycle`.

==========================================================  ===============================================
``allow``, ``deny``, ``AuthorizerCache``                    for authorizers that are functions
``Policy``, ``PolicyError``                                 what policies of callers and functions say
``AttachedPolicy``, ``OwnNames``                            an API's own policy
``TokenVerifier``, ``Issuer``, ``AdditionalClaim``          whose JWTs hold, and with which claims
``KeySet``                                                  keys to verify them with
``CognitoVerifier``                                         tokens of Amazon Cognito's user pools
``Credential``, ``PrincipalRecord``                         who may sign requests
==========================================================  ===============================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
    from wsgi_gateway.authorizers.cache import AuthorizerCache
    from wsgi_gateway.authorizers.cognito import CognitoVerifier
    from wsgi_gateway.authorizers.credentials import Credential
    from wsgi_gateway.authorizers.issuers import AdditionalClaim, Issuer
    from wsgi_gateway.authorizers.jwks import KeySet
    from wsgi_gateway.authorizers.jwt_token import TokenVerifier
    from wsgi_gateway.authorizers.policy import Policy, PolicyError, allow, deny
    from wsgi_gateway.authorizers.principal_record import PrincipalRecord
    from wsgi_gateway.authorizers.resources import OwnNames

_HOMES = {
    "allow": "policy",
    "deny": "policy",
    "Policy": "policy",
    "PolicyError": "policy",
    "AuthorizerCache": "cache",
    "AttachedPolicy": "attached_policy",
    "OwnNames": "resources",
    "TokenVerifier": "jwt_token",
    "Issuer": "issuers",
    "AdditionalClaim": "issuers",
    "KeySet": "jwks",
    "CognitoVerifier": "cognito",
    "Credential": "credentials",
    "PrincipalRecord": "principal_record",
}

__all__ = [
    "AdditionalClaim",
    "AttachedPolicy",
    "AuthorizerCache",
    "CognitoVerifier",
    "Credential",
    "Issuer",
    "KeySet",
    "OwnNames",
    "Policy",
    "PolicyError",
    "PrincipalRecord",
    "TokenVerifier",
    "allow",
    "deny",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
