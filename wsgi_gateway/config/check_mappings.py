"""Rules of mappings: what is read and written has to be declared by the method.

::

    parameters: [{name: X-Shop, in: header}]                    # declared ...
    integration.request.header.X-Shop: method.request.header.X-Shop     # ... so it may be mapped

The variables of a path are declared by the path itself, as AWS's import declares them (recorded). Names of
headers are compared without case. Templates reach everything, declared or not.

A method that declares no response at all is left alone: it has the status 200, with all headers.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html; the messages are those
of imports and of PutIntegrationResponse.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from wsgi_gateway.config.check_paths import path_variables
from wsgi_gateway.config.integration import IntegrationConfig
from wsgi_gateway.config.method import MethodConfig
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import Place, Problem

_SOURCE = re.compile(r"(?P<prefix>method\.request\.)(?:multivalue)?(?P<rest>(?:path|querystring|header)\..+)")
_OF_INTEGRATION = re.compile(r"integration\.request\.(?:path|querystring|header)\..+")
_TARGET = "method.response.header."
_MEDIA_TYPE = re.compile(r"[^\s/;,]+/[^\s/;,]+(?:\s*;.*)?|\$default", re.DOTALL)
_INVALID = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"
_CODE = "mapping-undeclared"


def check_mappings(method: MethodConfig, path: str, place: Place) -> Iterator[Problem]:
    """Everything that the integration of a method maps and the method does not have.

    :param path: the template of the resource, :param place: of the integration.
    """
    integration = method.integration
    if integration is None:
        return
    declared = [*method.request_parameters, *(f"method.request.path.{name}" for name in path_variables(path))]
    yield from _check_sources(integration, declared, place.at("request_parameters"))
    yield from _check_cache_key(integration, declared, place.at("cache_key_parameters"))
    yield from _check_media_types(integration.request_templates, place.at("request_templates"))
    if not integration.is_proxy:
        yield from _check_responses(method, integration, place)


def _check_sources(
    integration: IntegrationConfig, declared: Iterable[str], place: Place
) -> Iterator[Problem]:
    known = {_spelled(name): name for name in declared}
    for target, source in integration.request_parameters.items():
        match = _SOURCE.fullmatch(source)
        if match is not None and _spelled(match["prefix"] + match["rest"]) not in known:
            yield _undeclared(source, known.values(), "declare it among the parameters", place.at(target))


def _check_cache_key(
    integration: IntegrationConfig, declared: Iterable[str], place: Place
) -> Iterator[Problem]:
    known = {_spelled(name): name for name in (*declared, *integration.request_parameters)}
    for index, parameter in enumerate(integration.cache_key_parameters):
        match = _SOURCE.fullmatch(parameter)
        name = match["prefix"] + match["rest"] if match else parameter
        is_one = match is not None or _OF_INTEGRATION.fullmatch(parameter)
        if not is_one or _spelled(name) not in known:
            hint = did_you_mean(parameter, known.values(), "one of the method's parameters, declared")
            message = f"Invalid cache key parameter specified: {parameter[:200]}"
            yield Problem("cache-key-parameter", message, place.at(index), hint)


def _check_responses(method: MethodConfig, integration: IntegrationConfig, place: Place) -> Iterator[Problem]:
    for index, response in enumerate(integration.integration_responses):
        at = own_place(response, place.at("integration_responses", index))
        yield from _check_media_types(response.response_templates, at.at("response_templates"))
        answer = method.method_responses.get(response.status_code)
        if answer is None:
            continue
        known = {_spelled(name): name for name in answer.response_parameters}
        for target in response.response_parameters:
            if target.startswith(_TARGET) and _spelled(target) not in known:
                hint = f"declare it among the headers of the response {response.status_code}"
                yield _undeclared(target, known.values(), hint, at.at("response_parameters", target))


def _check_media_types(templates: Iterable[str], place: Place) -> Iterator[Problem]:
    for name in templates:
        if not _MEDIA_TYPE.fullmatch(name):
            message = _INVALID.format(f"Invalid content type specified: {name[:200]}")
            yield Problem("content-type", message, place.at(name), "such as application/json")


def _undeclared(name: str, known: Collection[str], hint: str, place: Place) -> Problem:
    message = _INVALID.format(f"Invalid mapping expression parameter specified: {name[:200]}")
    return Problem(_CODE, message, place, did_you_mean(name, known, hint))


def _spelled(name: str) -> str:
    """A parameter's key, as it is compared."""
    return name.lower() if ".header." in name else name
