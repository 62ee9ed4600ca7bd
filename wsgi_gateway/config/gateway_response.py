"""``GatewayResponseConfig``: AWS's GatewayResponse, one customised row of the table in
:mod:`wsgi_gateway.errors`.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_GatewayResponse.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponseConfig(Declared):
    """How refusals of one type look.

    ``response_parameters``: ``gatewayresponse.header.NAME`` to a mapping expression.
    ``response_templates``: media type to a template with plain variable substitution (not Velocity).
    """

    response_type: str
    status_code: int | None = None
    response_parameters: Mapping[str, str] = field(default_factory=dict)
    response_templates: Mapping[str, str] = field(default_factory=dict)
    place: Place = field(default=Place(), compare=False, repr=False)
