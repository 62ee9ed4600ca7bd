"""What callers send to be let in, as security schemes of a document.

=========================================  ============================================================
a token of a user pool or an issuer (JWT)  ``http``, ``bearer`` (Swagger 2.0: the header by its name)
another authorizer with one header         ``apiKey``: that header
several headers and query parameters       a scheme each, all demanded together
``AWS_IAM``                                ``sigv4``: the header that a signed request has
an API key                                 ``api_key``: ``x-api-key``
=========================================  ============================================================

All that a method asks for is one requirement, because all of it has to be there; a list of requirements would
mean that one is enough. Scopes stand in the operation's description: only OAuth flows have them here, and the
definition of an API does not know these. Where an authorizer does not say what it looks at,
``Authorization`` is a guess, and its description says so.

Source: https://spec.openapis.org/oas/v3.0.3#security-requirement-object
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig

_SOURCES = {"method.request.header.": "header", "method.request.querystring.": "query"}
_TOKENS = frozenset({"COGNITO_USER_POOLS", "JWT"})
_AUTHORIZATION = "authorization"
_SIGNED = "The request is signed: AWS Signature Version 4, service execute-api."
_ODD = re.compile(r"[^A-Za-z0-9._-]")
_UNKNOWN = "What this API looks at is not declared."

Scheme = dict[str, str]


class CallersSecurity:
    """The schemes of an API, made once; those that no method asks for are not named."""

    def __init__(self, api: RestApiConfig, form: str) -> None:
        self._form = form
        self._asks_for_keys = api.api_key_source == "HEADER"
        self._schemes: dict[str, Scheme] = {}
        self._of: dict[str, list[str]] = {}
        for name, authorizer in api.authorizers.items():
            self._of[name] = [self._added(name, scheme) for scheme in self._of_authorizer(authorizer)]
        self._sigv4 = self._added("sigv4", _header("Authorization", _SIGNED))
        self._api_key = self._added("api_key", _header("x-api-key"))
        self._asked: set[str] = set()

    def _added(self, name: str, scheme: Scheme) -> str:
        proposal = name = _ODD.sub("_", name)
        number = 2
        while proposal in self._schemes:
            proposal, number = f"{name}{number}", number + 1
        self._schemes[proposal] = scheme
        return proposal

    def _of_authorizer(self, authorizer: AuthorizerConfig) -> Iterator[Scheme]:
        sent = list(_sent(authorizer))
        if not sent:
            yield _header("Authorization", _UNKNOWN)
        for place, name in sent:
            is_bearer = authorizer.type in _TOKENS and name.lower() == _AUTHORIZATION
            if is_bearer and self._form == "oas30":
                yield {"type": "http", "scheme": "bearer"}
            else:
                yield {"type": "apiKey", "name": name, "in": place}

    def of(self, method: MethodConfig) -> dict[str, Any]:
        """The members of an operation that tell its security; none for one that is open.

        Parameters that a scheme sends are not asked for again; they are dropped by :meth:`is_sent`.
        """
        names = self._demanded(method)
        self._asked |= set(names)
        found: dict[str, Any] = {}
        if method.authorization_scopes:
            found["description"] = (
                f"The token has one of the scopes: {', '.join(method.authorization_scopes)}"
            )
        if names:
            found["security"] = [{name: [] for name in names}]
        return found

    def _demanded(self, method: MethodConfig) -> list[str]:
        names: list[str] = []
        if method.authorization_type == "AWS_IAM":
            names.append(self._sigv4)
        elif method.authorizer is not None:
            names += self._of[method.authorizer]
        if method.api_key_required and self._asks_for_keys:
            names.append(self._api_key)
        return names

    def is_sent(self, method: MethodConfig, place: str, name: str) -> bool:
        """Whether a scheme of the method sends this header or query parameter."""
        return any(_sends(self._schemes[scheme], place, name) for scheme in self._demanded(method))

    def named(self) -> dict[str, Scheme]:
        """The schemes that :meth:`of` has named, by name."""
        return {name: dict(scheme) for name, scheme in self._schemes.items() if name in self._asked}


def _sent(authorizer: AuthorizerConfig) -> Iterator[tuple[str, str]]:
    """Where callers send what an authorizer looks at; context and stage variables are not sent."""
    for source in authorizer.identity_source:
        for prefix, place in _SOURCES.items():
            if source.startswith(prefix):
                yield place, source.removeprefix(prefix)


def _sends(scheme: Scheme, place: str, name: str) -> bool:
    if scheme["type"] == "http":
        return place == "header" and name.lower() == _AUTHORIZATION
    if scheme["in"] != place:
        return False
    return scheme["name"] == name if place == "query" else scheme["name"].lower() == name.lower()


def _header(name: str, description: str | None = None) -> Scheme:
    scheme = {"type": "apiKey", "name": name, "in": "header"}
    return scheme if description is None else {**scheme, "description": description}
