"""``DefaultAuthorizer`` and ``ApiKeyRequired`` of an API beside a definition of its author's own.

The translator puts them to the methods of a ``DefinitionBody`` that have an integration, and passes over the
others. AWS deploys no method without one; here such a method belongs to the wrapped app, and would be open.
So a method without integration that lacks what its API asks of all is refused.

Source: ``iter_on_all_methods_for_path`` of ``samtranslator.swagger.swagger.SwaggerEditor``
"""

from __future__ import annotations

from collections.abc import Callable

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.sam_copies import intrinsics_of, value_at
from wsgi_gateway.sources.sam_template import SamTemplate

_OFF = (None, False, "", "false", "NONE")
_DEFAULTS: dict[str, Callable[[MethodConfig], bool]] = {
    "DefaultAuthorizer": lambda method: method.authorization_type != "NONE",
    "ApiKeyRequired": lambda method: method.api_key_required,
}
"""What an API asks of all its methods, and whether a method has it."""


def check_defaults(template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    """Report methods of the API that was read which the defaults of its ``Auth`` do not reach."""
    for name in template.apis():
        if options.resources.get(name, name) == api.id:
            _check(name, template, api, options)


def _check(name: str, template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    for member, has in _DEFAULTS.items():
        node = template.written(name, ("Auth", member))
        if node is None or value_at(node, intrinsics_of(template.root, options)) in _OFF:
            continue
        for path, methods in api.resources.items():
            for verb, method in methods.items():
                if method.integration is None and not has(method):
                    message = (
                        f"{member} reaches methods with an integration alone: {verb} {path[:200]} has none"
                    )
                    node.error("auth-unreached", message, "say it in the definition, by security")
