"""``IntegrationConfig`` and ``IntegrationResponseConfig``: AWS's Integration and IntegrationResponse.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import Place

PROXY_TYPES = frozenset({"AWS_PROXY", "HTTP_PROXY", "WSGI_PROXY"})
"""Integration types that skip mapping templates, integration responses and method responses."""

INTEGRATION_TYPES = frozenset({"AWS", "HTTP", "MOCK", "WSGI"}) | PROXY_TYPES
"""AWS's five types, and two of ours: WSGI and WSGI_PROXY, with ``uri`` ``wsgi:NAME`` or
``wsgi:NAME/path``.
"""

USUAL_TIMEOUT = 29_000
"""Milliseconds that an integration has unless it says otherwise."""

PASSTHROUGH_BEHAVIORS = frozenset({"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationResponseConfig(Declared):
    """How one class of integration answers becomes a method response.

    ``selection_pattern``: Java regular expression over the status code (over ``errorMessage`` for Lambda);
    None or empty for the default entry. ``response_parameters``: ``method.response.header.NAME`` to a mapping
    expression. ``response_templates``: media type to template source.
    """

    status_code: int
    selection_pattern: str | None = None
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)
    content_handling: str | None = None
    place: Place = field(default=Place(), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationConfig(Declared):
    """What a method calls, and how the request is reshaped for it.

    ``type``: one of :data:`INTEGRATION_TYPES`. ``http_method``: the backend's verb, ``ANY`` for the client's.
    ``uri``: URL, AWS ARN or ``wsgi:`` name. ``request_parameters``:
    ``integration.request.{header|querystring|path}.NAME`` to a mapping expression. ``request_templates``:
    media type to template source. ``timeout_in_millis``: 50 to 29000 (more is accepted up to 900000, as a
    raised quota). ``integration_responses``: in order of selection.
    """

    type: str
    http_method: str | None = None
    uri: str | None = None
    credentials: str | None = None
    connection_type: str | None = None
    connection_id: str | None = None
    request_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    request_templates: Mapping[str, str] = field(default_factory=dict)
    passthrough_behavior: str = "WHEN_NO_MATCH"
    content_handling: str | None = None
    timeout_in_millis: int = USUAL_TIMEOUT
    cache_namespace: str | None = None
    cache_key_parameters: Sequence[str] = ()
    integration_responses: Sequence[IntegrationResponseConfig] = ()
    insecure_skip_verification: bool = False
    response_transfer_mode: str = "BUFFERED"
    place: Place = field(default=Place(), compare=False, repr=False)

    @property
    def is_proxy(self) -> bool:
        """Whether the type is one of :data:`PROXY_TYPES`."""
        return self.type in PROXY_TYPES
