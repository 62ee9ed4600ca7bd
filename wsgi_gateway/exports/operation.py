"""Methods as operations, in either form of document.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html. That
parameters which a path names and its method does not declare are absent from an export is as a method
declares them; AWS does not add them either, as far as seen.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.exports.extensions import PREFIX, Chosen
from wsgi_gateway.exports.forms import Form
from wsgi_gateway.exports.integration import written_integration
from wsgi_gateway.exports.security import Schemes

_LOCATIONS = {"path": "path", "querystring": "query", "header": "header"}


def written_paths(api: RestApiConfig, form: Form, chosen: Chosen, schemes: Schemes) -> dict[str, Any]:
    """The path items by path.

    :raises ConfigError: for every method that the form has no words for.
    """
    paths: dict[str, Any] = {}
    problems = []
    for path, methods in api.resources.items():
        item = paths[path] = {}
        for verb, method in methods.items():
            name = PREFIX + "any-method" if verb == "ANY" else verb.lower()
            try:
                item[name] = _operation(method, form, chosen, schemes)
            except ConfigError as error:
                problems += [_at(problem, path, verb, method) for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    return paths


def _at(problem: Problem, path: str, verb: str, method: MethodConfig) -> Problem:
    place = method.place if method.place != Place() else Place().at("resources", path, verb)
    return replace(problem, place=place)


def _operation(method: MethodConfig, form: Form, chosen: Chosen, schemes: Schemes) -> dict[str, Any]:
    body = form.body(method.request_models)
    parameters = [*_parameters(method, form), *body.pop("parameters", ())]
    security = schemes.of(method)
    found: dict[str, Any] = {}
    if method.operation_name is not None:
        found["operationId"] = method.operation_name
    found |= {name: value for name, value in body.items() if name == "consumes"}
    found |= form.produces(method)
    if parameters:
        found["parameters"] = parameters
    found |= body
    found["responses"] = {
        str(status): form.response(response) for status, response in method.method_responses.items()
    }
    if security:
        found["security"] = security
    return found | _extensions(method, chosen)


def _parameters(method: MethodConfig, form: Form) -> list[dict[str, Any]]:
    found = []
    for key, required in method.request_parameters.items():
        location, _, name = key.removeprefix("method.request.").partition(".")
        found.append(form.parameter(_LOCATIONS[location], name, required))
    return found


def _extensions(method: MethodConfig, chosen: Chosen) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if chosen.validators and method.request_validator is not None:
        found[PREFIX + "request-validator"] = method.request_validator
    if chosen.integrations and method.integration is not None:
        found[PREFIX + "integration"] = written_integration(method.integration)
    return found
