"""Rules of methods and their integrations.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html and
https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html; the messages for bad URIs and methods
are those recorded from PutIntegration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wsgi_gateway.config.check_http import check_status
from wsgi_gateway.config.check_integration import check_integration
from wsgi_gateway.config.check_mappings import check_mappings
from wsgi_gateway.config.check_paths import path_variables
from wsgi_gateway.config.default_models import DEFAULT_MODELS
from wsgi_gateway.config.method import AUTHORIZATION_TYPES, MethodConfig
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import Place, Problem

UNKNOWN_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
    "requires a valid authorizer."
)
_PARAMETER = re.compile(
    r"method\.request\.(?P<location>path|querystring|header)\.(?P<name>[a-zA-Z0-9:._$-]+)"
)
_NAME_RULE = "Parameter name should match the following regular expression: ^[a-zA-Z0-9:._$-]+$"
_RESPONSE_PARAMETER = re.compile(r"method\.response\.header\.[a-zA-Z0-9._$-]+")
_AUTHORIZERS = {
    "CUSTOM": ("TOKEN", "REQUEST"),
    "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",),
    "JWT": ("JWT",),
}


def check_method(method: MethodConfig, path: str, api: RestApiConfig, place: Place) -> Iterator[Problem]:
    """Everything wrong with one method of ``api``."""
    yield from _check_authorization(method, api, place)
    yield from _check_validator(method, api, place)
    yield from _check_parameters(method, path, place)
    yield from _check_models(method, api, place)
    yield from _check_responses(method, place)
    if method.integration is not None:
        where = own_place(method.integration, place.at("integration"))
        yield from check_integration(method.integration, where, list(method.method_responses))
        yield from check_mappings(method, path, where)


def _check_authorization(method: MethodConfig, api: RestApiConfig, place: Place) -> Iterator[Problem]:
    kind, name = method.authorization_type, method.authorizer
    if kind not in AUTHORIZATION_TYPES:
        hint = did_you_mean(kind, AUTHORIZATION_TYPES, f"one of {', '.join(sorted(AUTHORIZATION_TYPES))}")
        message = f"the authorization type {kind[:80]!r} is unknown"
        yield Problem("authorization-type", message, place.at("authorization_type"), hint)
    elif kind not in _AUTHORIZERS:
        if name is not None:
            message = f"the authorizer {name[:80]!r} is not asked by authorization type {kind}"
            yield Problem(
                "authorizer", message, place.at("authorizer"), "set the type to CUSTOM, or remove it"
            )
    elif name is None or name not in api.authorizers:
        hint = did_you_mean(name or "", api.authorizers)
        yield Problem("authorizer", UNKNOWN_AUTHORIZER, place.at("authorizer"), hint)
    elif api.authorizers[name].type not in _AUTHORIZERS[kind]:
        other = api.authorizers[name].type[:80]
        message = f"an authorizer of type {other} does not serve authorization type {kind}"
        yield Problem("authorizer", message, place.at("authorizer"))
    if method.authorization_scopes and kind in ("NONE", "AWS_IAM"):
        message = f"scopes are not looked at by authorization type {kind}"
        yield Problem("authorization-scopes", message, place.at("authorization_scopes"))
    elif method.authorization_scopes and kind == "CUSTOM":
        message = "scopes have no effect with a custom authorizer"
        yield Problem("authorization-scopes", message, place.at("authorization_scopes"), severity="warning")


def _check_validator(method: MethodConfig, api: RestApiConfig, place: Place) -> Iterator[Problem]:
    name = method.request_validator
    if name is not None and name not in api.request_validators:
        hint = did_you_mean(name, api.request_validators, "declare it among the request validators")
        where = place.at("request_validator")
        message = f"Invalid Request Validator identifier specified: {name[:80]}"
        yield Problem("request-validator", message, where, hint)


def _check_parameters(method: MethodConfig, path: str, place: Place) -> Iterator[Problem]:
    names: dict[str, str] = {}
    for key, required in method.request_parameters.items():
        match, where = _PARAMETER.fullmatch(key), place.at("request_parameters", key)
        if match is None:
            message = f"Invalid mapping expression parameter specified: {key[:200]}. {_NAME_RULE}"
            yield Problem("parameter-name", message, where)
            continue
        location, name = match["location"], match["name"]
        first = names.setdefault(name, location)
        if first != location:
            message = f"Parameter names must be unique across querystring, header and path: {name[:80]!r}"
            # A path variable beside another is served here: the name of a variable may not be one's own.
            severity = "warning" if "path" in (first, location) else "error"
            yield Problem("parameter-names", message, where, severity=severity)
        if location == "path" and required and name not in path_variables(path):
            message = f"the path has no variable {name[:80]!r}, so the parameter will always be missing"
            hint = did_you_mean(name, path_variables(path))
            yield Problem("parameter-not-in-path", message, where, hint, severity="warning")


def _check_models(method: MethodConfig, api: RestApiConfig, place: Place) -> Iterator[Problem]:
    for media_type, name in method.request_models.items():
        at = place.at("request_models", media_type)
        yield from _unknown_models([name], at, api)
        if media_type != "$default" and ("/" not in media_type or "*" in media_type):
            message = f"no body has the type {media_type[:80]!r}, so none is checked by {name[:80]!r}"
            hint = "a type such as application/json, or $default for every type that has no model"
            yield Problem("model-media-type", message, at, hint, severity="warning")
    for status, response in method.method_responses.items():
        at = place.at("method_responses", status)
        yield from _unknown_models(response.response_models.values(), at, api)


def _unknown_models(names: Iterable[str], place: Place, api: RestApiConfig) -> Iterator[Problem]:
    for name in names:
        if name not in api.models and name not in DEFAULT_MODELS:
            hint = did_you_mean(name, api.models, "declare it among the models")
            yield Problem("model", f"Invalid model identifier specified: {name[:80]}", place, hint)


def _check_responses(method: MethodConfig, place: Place) -> Iterator[Problem]:
    for status, response in method.method_responses.items():
        at = place.at("method_responses", status)
        yield from check_status(status, at)
        if response.status_code != status:
            yield Problem("status-code", f"the response {response.status_code} stands under {status}", at)
        for key in response.response_parameters:
            if not _RESPONSE_PARAMETER.fullmatch(key):
                yield Problem(
                    "parameter-name", f"Invalid mapping expression parameter specified: {key[:200]}", at
                )
