"""The mapping languages of API Gateway; and :class:`Template`, to try a mapping template out by itself.

    >>> from wsgi_gateway.mapping import Template
    >>> template = Template('{"id": $input.json("$.id"), "stage": "$context.stage"}')
    >>> template.render({"id": 7}, context={"stage": "prod"})
    '{"id": 7, "stage": "prod"}'

Each name is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgi_gateway.mapping.trial.rendering import Rendering, Span
    from wsgi_gateway.mapping.trial.template import Template
    from wsgi_gateway.mapping.velocity import TemplateError, TemplateRuntimeError, TemplateSyntaxError

_HOMES = {
    "Template": "trial.template",
    "Rendering": "trial.rendering",
    "Span": "trial.rendering",
    "TemplateError": "velocity",
    "TemplateSyntaxError": "velocity",
    "TemplateRuntimeError": "velocity",
}

__all__ = ["Rendering", "Span", "Template", "TemplateError", "TemplateRuntimeError", "TemplateSyntaxError"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
