"""What a definition may say and this release does not act on: nothing of it is ignored in silence.

What would protect is refused (:mod:`wsgi_gateway.gateway` and its parts do that). What only changes how AWS's
own machinery works is accepted with a warning, and listed here with the reason::

    >>> from wsgi_gateway.config import RestApiConfig
    >>> [problem.message for problem in without_effect(RestApiConfig(minimum_compression_size=1024))]
    ['minimum_compression_size has no effect here: answers are not compressed']
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config.integration import IntegrationConfig
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.stage import StageConfig
from wsgi_gateway.errors import Place, Problem

_API = {"minimum_compression_size": "answers are not compressed"}
_INTEGRATION = {
    "cache_namespace": "answers are not cached",
    "cache_key_parameters": "answers are not cached",
    "connection_type": "the backend is called directly by its URI",
    "connection_id": "the backend is called directly by its URI",
    "credentials": "functions run in this process, with its own rights",
}
_AUTHORIZER = {"authorizer_credentials": "functions are called with the rights of this process"}
_WITHOUT_MEANING = (None, (), "INTERNET")


def without_effect(api: RestApiConfig) -> Iterator[Problem]:
    """A warning for every field that is set and changes nothing."""
    yield from _warnings(api, _API, api.place)
    for response in api.gateway_responses.values():
        for key in response.response_parameters:
            if not key.startswith("gatewayresponse.header."):
                message = f"{key} has no effect here: an answer has headers only"
                yield Problem("without-effect", message, response.place, severity="warning")
    for authorizer in api.authorizers.values():
        yield from _warnings(authorizer, _AUTHORIZER, authorizer.place)
    for methods in api.resources.values():
        for method in methods.values():
            if isinstance(method.integration, IntegrationConfig):
                integration = method.integration
                yield from _warnings(integration, _INTEGRATION, integration.place)


def _warnings(config: Any, fields: dict[str, str], place: Place) -> Iterator[Problem]:
    for name, why in fields.items():
        if getattr(config, name) not in _WITHOUT_MEANING:
            message = f"{name} has no effect here: {why}"
            yield Problem("without-effect", message, place.at(name), severity="warning")


def closed_methods(api: RestApiConfig, stage: StageConfig) -> Iterator[Problem]:
    """A warning where methods want an API key and none can open them: OpenAPI has no words for keys."""
    closed = [
        f"{verb} {path}"
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if method.api_key_required
    ]
    opening = any(
        plan.keys and covered.stage == stage.stage_name and covered.api_id in (None, api.id)
        for plan in api.usage_plans
        for covered in plan.api_stages
    )
    if closed and not opening:
        more = f" and {len(closed) - 3} more" if len(closed) > 3 else ""
        message = (
            f"no API key opens {', '.join(closed[:3])}{more}: no usage plan with keys covers the stage "
            f"{stage.stage_name!r}, so every request is 403"
        )
        hint = "give the RestApiConfig api_keys and usage_plans for this stage, or a store that keeps some"
        yield Problem("no-key-opens", message, api.place, hint, severity="warning")
