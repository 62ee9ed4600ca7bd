"""``MethodConfig``, ``MethodResponseConfig``, ``ModelConfig``, ``RequestValidatorConfig``: the public
interface.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.integration import IntegrationConfig
from wsgi_gateway.errors import Place

HTTP_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""The verbs a method may have beside ``ANY``, which stands for all of them."""

AUTHORIZATION_TYPES = frozenset({"NONE", "CUSTOM", "AWS_IAM", "COGNITO_USER_POOLS", "JWT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig(Declared):
    """A named JSON Schema, draft 4. ``schema`` is the schema itself, not its text."""

    name: str
    schema: Mapping[str, Any]
    content_type: str = "application/json"
    description: str | None = None
    place: Place = field(default=Place(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestValidatorConfig(Declared):
    """Which of the two checks of a request are made."""

    name: str
    validate_request_body: bool = False
    validate_request_parameters: bool = False
    place: Place = field(default=Place(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResponseConfig(Declared):
    """One status that a method may return.

    ``response_parameters``: ``method.response.header.NAME`` to whether it is required (AWS does not enforce
    it). ``response_models``: media type to model name (for SDKs and documents; never validated).
    """

    status_code: int
    response_parameters: Mapping[str, bool] = field(default_factory=dict)
    response_models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodConfig(Declared):
    """One method of one resource.

    ``http_method``: a verb or ``ANY``. ``authorizer``: name of an authorizer of the API, for the types
    CUSTOM, COGNITO_USER_POOLS and JWT. ``request_validator``: name of a validator of the API; None validates
    nothing. ``request_parameters``: ``method.request.{path|querystring|header}.NAME`` to whether it is
    required. ``request_models``: media type (or ``$default``) to model name. ``integration``: None sends the
    request to the wrapped app, streamed.
    """

    http_method: str
    authorization_type: str = "NONE"
    authorizer: str | None = None
    authorization_scopes: Sequence[str] = ()
    api_key_required: bool = False
    operation_name: str | None = None
    request_validator: str | None = None
    request_parameters: Mapping[str, bool] = field(default_factory=dict)
    request_models: Mapping[str, str] = field(default_factory=dict)
    method_responses: Mapping[int, MethodResponseConfig] = field(default_factory=dict)
    integration: IntegrationConfig | None = None
    place: Place = field(default=Place(), compare=False, repr=False)

    def named_models(self) -> frozenset[str]:
        """The names of all models that requests are checked by, and that responses are documented with."""
        responses = (response.response_models for response in self.method_responses.values())
        return frozenset(name for models in (self.request_models, *responses) for name in models.values())
