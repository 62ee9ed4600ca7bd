"""What protects nothing, because no method asks for it: validators, authorizers, usage plans.

On AWS, too, each has to be named by a method; who declares one and forgets that is told.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html (``requestValidatorId``,
``authorizerId``, ``apiKeyRequired``)
"""

from __future__ import annotations

from collections.abc import Iterator

from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.errors import Place, Problem


def check_unused(api: RestApiConfig, root: Place) -> Iterator[Problem]:
    """Warnings for what no method of ``api`` uses; none for an API without methods."""
    methods = [method for methods in api.resources.values() for method in methods.values()]
    if not methods:
        return
    if api.request_validators and all(method.request_validator is None for method in methods):
        message = "request validators are declared, and no method uses one: no request is validated"
        hint = "name one: x-amazon-apigateway-request-validator, or a method's RequestValidatorId"
        yield Problem("validator-unused", message, root.at("request_validators"), hint, severity="warning")
    used = {method.authorizer for method in methods}
    for name, authorizer in api.authorizers.items():
        if name not in used:
            message = f"the authorizer {name[:80]!r} is declared, and no method uses it"
            place = own_place(authorizer, root.at("authorizers", name))
            hint = "name it in security, or as a method's AuthorizerId"
            yield Problem("authorizer-unused", message, place, hint, severity="warning")
    if api.usage_plans and not any(method.api_key_required for method in methods):
        message = "usage plans are declared, and no method requires an API key: nothing is limited by them"
        hint = "require a key: x-api-key in security, a method's ApiKeyRequired, SAM's ApiKeyRequired"
        place = own_place(api.usage_plans[0], root.at("usage_plans"))
        yield Problem("usage-plan-unused", message, place, hint, severity="warning")
