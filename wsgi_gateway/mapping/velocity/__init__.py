"""The Velocity Template Language of API Gateway's mapping templates.

Two profiles: `aws` (default) is Velocity 1.7 with one difference, as recorded from AWS: a reference without
a value is the empty string. `stock` is Velocity 1.7 as shipped. See `template` for an example, `variables`
for `$input` and `$util`.
"""

from wsgi_gateway.mapping.velocity.errors import TemplateError, TemplateRuntimeError, TemplateSyntaxError
from wsgi_gateway.mapping.velocity.template import Template, compile_template
from wsgi_gateway.mapping.velocity.values import HostObject, JsonArray, SilentMap
from wsgi_gateway.mapping.velocity.variables import Input, Util, parse_json

__all__ = [
    "HostObject",
    "Input",
    "JsonArray",
    "SilentMap",
    "Template",
    "TemplateError",
    "TemplateRuntimeError",
    "TemplateSyntaxError",
    "Util",
    "compile_template",
    "parse_json",
]
