"""``RestApiConfig``: one API, whole. Code, OpenAPI, CloudFormation and SAM all load into it.

::

    api = RestApiConfig(
        name="pets",
        resources={
            "/pets/{id}": {"GET": MethodConfig(http_method="GET")},
        },
    )

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_RestApi.html
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from wsgi_gateway.config.authorizer import AuthorizerConfig
from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.gateway_response import GatewayResponseConfig
from wsgi_gateway.config.method import MethodConfig, ModelConfig, RequestValidatorConfig
from wsgi_gateway.config.secrets import NO_SECRETS, Secrets, secrets_of
from wsgi_gateway.config.usage_plan import ApiKeyConfig, UsagePlanConfig
from wsgi_gateway.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApiConfig(Declared):
    """An API. ``resources`` maps path templates to methods by verb; the other mappings are by name.

    ``api_key_source``: HEADER or AUTHORIZER. ``policy``: the resource policy, a document as
    AWS has it. ``secrets``: values that no message shows (:mod:`~wsgi_gateway.config.secrets`).
    """

    name: str = "api"
    id: str = "local"
    version: str | None = None
    description: str | None = None
    resources: Mapping[str, Mapping[str, MethodConfig]] = field(default_factory=dict)
    models: Mapping[str, ModelConfig] = field(default_factory=dict)
    request_validators: Mapping[str, RequestValidatorConfig] = field(default_factory=dict)
    authorizers: Mapping[str, AuthorizerConfig] = field(default_factory=dict)
    gateway_responses: Mapping[str, GatewayResponseConfig] = field(default_factory=dict)
    api_keys: Sequence[ApiKeyConfig] = ()
    usage_plans: Sequence[UsagePlanConfig] = ()
    api_key_source: str = "HEADER"
    binary_media_types: Sequence[str] = ()
    minimum_compression_size: int | None = None
    policy: Mapping[str, Any] | None = None
    place: Place = field(default=Place(), compare=False, repr=False)
    policy_place: Place = field(default=Place(path="$.policy"), compare=False, repr=False)
    secrets: Secrets = field(default=NO_SECRETS, compare=False, repr=False)

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return secrets_of(self).hidden(f"RestApiConfig({', '.join(shown)})")

    def __getstate__(self) -> list[Any]:
        """What is pickled: of the secrets those that stand in the API anyway."""
        state = {one.name: getattr(self, one.name) for one in fields(self)}
        if secrets := secrets_of(self):
            state["secrets"] = NO_SECRETS
            state["secrets"] = secrets.inside(pickle.dumps(state))
        return list(state.values())
