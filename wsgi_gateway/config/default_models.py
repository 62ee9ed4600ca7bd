"""The models that AWS gives every API: a method may name them without a declaration.

One that the API declares under the same name comes before::

    models = {**DEFAULT_MODELS, **api.models}

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from wsgi_gateway.config.method import ModelConfig

DEFAULT_MODELS: Mapping[str, ModelConfig] = MappingProxyType(
    {
        "Empty": ModelConfig(name="Empty", schema={"type": "object", "title": "Empty Schema"}),
        "Error": ModelConfig(
            name="Error",
            schema={
                "type": "object",
                "title": "Error Schema",
                "properties": {"message": {"type": "string"}},
            },
        ),
    }
)
"""``Empty`` takes any object, ``Error`` one whose ``message`` is a text, if it has one."""
