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
class AuthorizerConfig(Declared):
    """Who decides on a request, and by what.

    ``identity_source``: for TOKEN one ``method.request.header.NAME``; for REQUEST any number of
    ``method.request.header.X``, ``method.request.querystring.X``, ``stageVariables.X``, ``context.X``.
    ``identity_validation_expression``: regular expression the whole token must match (TOKEN).
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
    auth_type: str | None = None
    place: Place = field(default=Place(), compare=False, repr=False)
