"""Whether a model can be served: everything wrong with a ``RestApiConfig``, at once.

::

    problems = check(api)
    errors = [problem for problem in problems if problem.severity == "error"]

Each problem has a stable code, AWS's wording where AWS has one, and the place where the part was written (a
path such as ``$.resources['/pets'].GET.integration.uri`` for a model made in code). First the type of every
field; the rules of AWS only if those are right.

Not for: mapping expressions, templates and schemas; the stages that compile them check them.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html, one page an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wsgi_gateway.config.authorizer import AUTHORIZER_TYPES, AuthorizerConfig
from wsgi_gateway.config.check_cors import check_cors
from wsgi_gateway.config.check_http import check_header_targets, check_status
from wsgi_gateway.config.check_method import check_method
from wsgi_gateway.config.check_paths import check_paths
from wsgi_gateway.config.check_stage import check_api_id
from wsgi_gateway.config.check_unused import check_unused
from wsgi_gateway.config.check_usage import check_usage
from wsgi_gateway.config.gateway_response import GatewayResponseConfig
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.secrets import secrets_of
from wsgi_gateway.config.shapes import check_shape, own_place
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import RESPONSE_TYPES, Place, Problem

API_KEY_SOURCES = ("HEADER", "AUTHORIZER")
COMPRESSION_LIMIT = 10 * 1024 * 1024
COMPRESSION_REFUSAL = f"Invalid minimum compression size, must be between 0 and {COMPRESSION_LIMIT}"
TTL_LIMIT = 3600
"""Seconds for which an authorizer's answer may be kept."""

_MODEL_NAME = re.compile(r"[A-Za-z0-9]+")


def check(api: RestApiConfig) -> list[Problem]:
    """Everything wrong with ``api``; an empty list for a model that can be served.

    Problems with ``severity="warning"`` do not stop it.
    """
    root = own_place(api, Place())
    problems = list(check_shape(api, RestApiConfig, root))
    if not problems:
        problems = list(_rules(api, root))
    return list(map(secrets_of(api).masked, problems))


def _rules(api: RestApiConfig, root: Place) -> Iterator[Problem]:
    yield from _check_api(api, root)
    yield from _check_names(api, root)
    yield from check_paths(_resource_places(api, root))
    for path, methods in api.resources.items():
        for verb, method in methods.items():
            place = own_place(method, root.at("resources", path, verb))
            yield from _check_verb(verb, method.http_method, place)
            yield from check_method(method, path, api, place)
    for name, authorizer in api.authorizers.items():
        yield from _check_authorizer(authorizer, own_place(authorizer, root.at("authorizers", name)))
    for name, response in api.gateway_responses.items():
        yield from _check_gateway_response(response, own_place(response, root.at("gateway_responses", name)))
    yield from check_usage(api, root)
    yield from check_unused(api, root)


def _resource_places(api: RestApiConfig, root: Place) -> dict[str, Place]:
    """Every path with the place of its first method, which is the nearest thing that knows one; OPTIONS comes
    last, which SAM makes of a property of the API.
    """
    places: dict[str, Place] = {}
    for path, methods in api.resources.items():
        verbs = sorted(methods, key="OPTIONS".__eq__)
        written = [own_place(methods[verb], Place()) for verb in verbs]
        known = next((place for place in written if place.file), None)
        path_place = root.at("resources", path)
        places[path] = Place(known.file, known.line, known.column, path_place.path) if known else path_place
    return places


def _check_api(api: RestApiConfig, root: Place) -> Iterator[Problem]:
    yield from check_api_id(api.id, root.at("id"))
    if api.api_key_source not in API_KEY_SOURCES:
        message = f"the API key source {api.api_key_source[:80]!r} is unknown"
        yield Problem("api-key-source", message, root.at("api_key_source"), "HEADER or AUTHORIZER")
    size = api.minimum_compression_size
    if size is not None and not 0 <= size <= COMPRESSION_LIMIT:
        place = root.at("minimum_compression_size")
        yield Problem("minimum-compression-size", COMPRESSION_REFUSAL, place)
    for index, media_type in enumerate(api.binary_media_types):
        kind, slash, subtype = media_type.partition("/")
        if not (kind and slash and subtype) or media_type != media_type.strip():
            message, at = f"{media_type[:80]!r} is no media type", root.at("binary_media_types", index)
            yield Problem("binary-media-type", message, at, "such as image/png or image/*")


def _check_names(api: RestApiConfig, root: Place) -> Iterator[Problem]:
    """Mappings by name hold things that bear this name; those of models are letters and digits."""
    for name, model in api.models.items():
        if not _MODEL_NAME.fullmatch(name):
            message = f"Model name must be alphanumeric: {name[:80]}"
            yield Problem("model-name", message, own_place(model, root.at("models", name)))
    named: list[tuple[str, Mapping[str, str]]] = [
        ("models", {key: model.name for key, model in api.models.items()}),
        ("request_validators", {key: validator.name for key, validator in api.request_validators.items()}),
        ("authorizers", {key: authorizer.name for key, authorizer in api.authorizers.items()}),
        (
            "gateway_responses",
            {key: response.response_type for key, response in api.gateway_responses.items()},
        ),
    ]
    for member, names in named:
        for key, name in names.items():
            if key != name:
                message = f"{name[:80]!r} stands under the name {key[:80]!r}"
                yield Problem("name", message, root.at(member, key))


def _check_verb(verb: str, http_method: str, place: Place) -> Iterator[Problem]:
    if verb not in HTTP_METHODS and verb != "ANY":
        hint = did_you_mean(verb, (*HTTP_METHODS, "ANY"), f"one of {', '.join(HTTP_METHODS)}, ANY")
        yield Problem("http-method", f"the method {verb[:80]!r} is unknown", place, hint)
    elif verb != http_method:
        message = f"the method {http_method[:80]!r} stands under {verb}"
        yield Problem("http-method", message, place.at("http_method"))


def _check_authorizer(authorizer: AuthorizerConfig, place: Place) -> Iterator[Problem]:
    kind, sources = authorizer.type, authorizer.identity_source
    ttl = authorizer.authorizer_result_ttl_in_seconds
    if kind not in AUTHORIZER_TYPES:
        hint = did_you_mean(kind, AUTHORIZER_TYPES, f"one of {', '.join(sorted(AUTHORIZER_TYPES))}")
        yield Problem(
            "authorizer-type", f"the authorizer type {kind[:80]!r} is unknown", place.at("type"), hint
        )
    if not 0 <= ttl <= TTL_LIMIT:
        message = f"Authorizer TTL must be between 0 and {TTL_LIMIT} seconds"
        yield Problem("authorizer-ttl", message, place.at("authorizer_result_ttl_in_seconds"))
    if kind == "REQUEST" and ttl > 0 and not sources:
        hint = "name identity sources, or set the time to live to 0"
        message = (
            "an authorizer whose answers are kept needs identity sources: without them all callers share one"
        )
        yield Problem("identity-source", message, place.at("identity_source"), hint)
    if kind not in ("REQUEST", "") and not _is_one_header(sources):
        message = f"a {kind[:80]} authorizer needs exactly one method.request.header.NAME as identity source"
        yield Problem("identity-source", message, place.at("identity_source"))
    prefixes = ("method.request.header.", "method.request.querystring.", "stageVariables.", "context.")
    for source in sources if kind == "REQUEST" else ():
        if not source.startswith(prefixes):
            hint = "method.request.header.X, method.request.querystring.X, stageVariables.X or context.X"
            message = f"{source[:80]!r} is no identity source"
            yield Problem("identity-source", message, place.at("identity_source"), hint)
    if kind == "COGNITO_USER_POOLS" and not authorizer.provider_arns:
        yield Problem(
            "provider-arns", "a Cognito authorizer needs the ARN of a user pool", place.at("provider_arns")
        )


def _is_one_header(sources: Sequence[str]) -> bool:
    return len(sources) == 1 and sources[0].startswith("method.request.header.")


def _check_gateway_response(response: GatewayResponseConfig, place: Place) -> Iterator[Problem]:
    kind, status = response.response_type, response.status_code
    if kind not in RESPONSE_TYPES:
        message = f"the gateway response type {kind[:80]!r} is unknown"
        yield Problem("gateway-response-type", message, place, did_you_mean(kind, RESPONSE_TYPES))
    if status is not None:
        yield from check_status(status, place.at("status_code"))
    at = place.at("response_parameters")
    yield from check_header_targets(response.response_parameters, "gatewayresponse.header.", at)
    yield from check_cors(response.response_parameters, at)
