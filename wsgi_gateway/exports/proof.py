"""The proof of an export: the document is imported and compared with the API it was made of.

So nothing is lost in silence, whatever a form of document, or an import, has no words for. Only what the
list in :mod:`wsgi_gateway.exports` names is left aside.

Not for: documents with less than all extensions; they are meant to tell less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from wsgi_gateway.config import AuthorizerConfig, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config.model_names import DEFINITIONS
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.exports.extensions import Chosen
from wsgi_gateway.exports.schemas import written_schemas
from wsgi_gateway.sources import load
from wsgi_gateway.sources.openapi_security import USUAL_AUTHTYPE

_CODE = "export-lossy"
_HINT = "no document can say it; change the definition"
_SHOWN = 20


def prove(api: RestApiConfig, document: Mapping[str, Any]) -> None:
    """Refuse a document whose import is another API. Swagger 2.0 has no word for a header that is required.

    :raises ConfigError: with the path of everything that would differ, never with its value.
    """
    try:
        again = load(document)
    except ConfigError as error:
        raise ConfigError(
            Problem(problem.code, f"the export could not be imported: {problem.message}", problem.place)
            for problem in error.problems
        ) from None
    keep = "openapi" in document
    lost = [*differing(_comparable(api, keep), _comparable(again, keep)), *_models(api, again)][:_SHOWN]
    if lost:
        raise ConfigError(
            Problem(_CODE, "an import of the export would read this differently", place, _HINT)
            for place in lost
        )


def _models(api: RestApiConfig, again: RestApiConfig) -> Iterator[Place]:
    """Models are compared as they are written, for they may be complete in more ways than one."""
    before, after = (written_schemas(one.models, DEFINITIONS) for one in (api, again))
    return differing(before, after, Place().at("models"))


def _comparable(api: RestApiConfig, required_headers: bool) -> RestApiConfig:
    """The API without what the document has no words for, and with one word for what has several."""
    return replace(
        api,
        id="local",
        api_keys=(),
        usage_plans=(),
        models={},
        authorizers={name: _authorizer(one) for name, one in api.authorizers.items()},
        resources={
            path: {verb: _method(method, required_headers) for verb, method in methods.items()}
            for path, methods in api.resources.items()
        },
    )


def _authorizer(authorizer: AuthorizerConfig) -> AuthorizerConfig:
    """What is usual for the type is what None says."""
    usual = USUAL_AUTHTYPE.get(authorizer.type, "custom")
    return replace(authorizer, auth_type=None) if authorizer.auth_type == usual else authorizer


def _method(method: MethodConfig, required_headers: bool) -> MethodConfig:
    responses = method.method_responses
    if not required_headers:
        responses = {
            status: replace(one, response_parameters=dict.fromkeys(one.response_parameters, False))
            for status, one in responses.items()
        }
    integration = method.integration
    return replace(
        method, method_responses=responses, integration=_integration(integration) if integration else None
    )


def _integration(integration: IntegrationConfig) -> IntegrationConfig:
    """In the order of selection: the default last, wherever it stands."""
    responses = [replace(one, selection_pattern=one.selection_pattern or None)
                 for one in integration.integration_responses]  # fmt: skip
    responses.sort(key=lambda one: one.selection_pattern is None)
    return replace(integration, http_method=integration.http_method or None, integration_responses=responses)


def differing(before: Any, after: Any, place: Place | None = None) -> Iterator[Place]:
    """Where two values of configs differ; the innermost places."""
    place = place or Place()
    if before == after and type(before) is type(after):
        return
    if is_dataclass(before) and type(before) is type(after):
        for field in fields(before):
            if field.compare:
                one, other = getattr(before, field.name), getattr(after, field.name)
                yield from differing(one, other, place.at(field.name))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before.keys() | after.keys():
            if key in before and key in after:
                yield from differing(before[key], after[key], place.at(key))
            else:
                yield place.at(key)
    elif before != after or isinstance(before, bool) is not isinstance(after, bool):
        yield place


def left_out(api: RestApiConfig, chosen: Chosen, document: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning for everything that ``document`` does not say."""
    for name, is_there in (
        ("id", api.id != "local"),
        ("api_keys", bool(api.api_keys)),
        ("usage_plans", bool(api.usage_plans)),
    ):
        if is_there:
            yield _warning(f"{name}: no part of the document", Place().at(name))
    if "version" not in document["info"]:
        hint = "give one to the API or to the export, if a reader of the document insists"
        yield _warning("info.version is left out: the API has none", Place().at("version"), hint)
    if api.policy is not None and not chosen.everything:
        message = "the resource policy is left out: an import of this document would admit everybody"
        yield _warning(message, api.policy_place, "export with the extension apigateway")
    yield from _in_models(api)
    if "swagger" in document:
        yield from _in_responses(api)


def _in_models(api: RestApiConfig) -> Iterator[Problem]:
    for name, model in api.models.items():
        own = model.schema.get("description")
        if own is not None and model.description is not None and own != model.description:
            message = f"the description of the model {name[:80]} is left out: its schema has another"
            yield _warning(message, Place().at("models", name, "description"))


def _in_responses(api: RestApiConfig) -> Iterator[Problem]:
    required = [
        f"{verb} {path}"
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if any(any(one.response_parameters.values()) for one in method.method_responses.values())
    ]
    if required:
        more = f" and {len(required) - 1} more" if len(required) > 1 else ""
        message = f"that response headers are required is left out: {required[0][:200]}{more}"
        yield _warning(message, Place().at("resources"))


def _warning(message: str, place: Place, hint: str | None = None) -> Problem:
    return Problem("export-left-out", message, place, hint, "warning")
