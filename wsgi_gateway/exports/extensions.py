"""Which extensions an export carries: the words of GetExport's ``extensions``.

===================  ================================================================================
``integrations``     ``x-amazon-apigateway-integration``
``authorizers``      ``x-amazon-apigateway-authorizer`` and ``-authtype``
``validators``       ``x-amazon-apigateway-request-validators`` and ``-request-validator``
``apigateway``       these, gateway responses, binary types, compression, key source, policy
``postman``          nothing more: what AWS writes for it could not be confirmed
===================  ================================================================================

That ``apigateway`` is needed for all that is not an integration, an authorizer or a validator is as far as
AWS's pages tell. Which schemes a method wants is written always, for it is plain OpenAPI.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Problem

EXTENSIONS = ("integrations", "apigateway", "authorizers", "postman", "validators")
PREFIX = "x-amazon-apigateway-"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to write. ``everything``: what no narrower word stands for, too."""

    integrations: bool
    authorizers: bool
    validators: bool
    everything: bool


def chosen(names: Iterable[str]) -> Chosen:
    """The choice that ``names`` make.

    :raises ConfigError: for a name that is none of :data:`EXTENSIONS`.
    """
    wanted = {names} if isinstance(names, str) else set(names)
    unknown = sorted(wanted - set(EXTENSIONS))
    if unknown:
        hint = did_you_mean(unknown[0], EXTENSIONS, f"one of {', '.join(EXTENSIONS)}")
        message = f"exports have no extensions {unknown[0][:80]!r}"
        raise ConfigError([Problem("export-extensions", message, hint=hint)])
    everything = "apigateway" in wanted
    return Chosen(
        integrations=everything or "integrations" in wanted,
        authorizers=everything or "authorizers" in wanted,
        validators=everything or "validators" in wanted,
        everything=everything,
    )
