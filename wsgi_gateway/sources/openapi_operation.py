"""Operations of an OpenAPI document as methods: parameters, bodies, responses.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (what an
import keeps of a parameter: name, in, required); facts of the method request in
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wsgi_gateway.config import IntegrationConfig, MethodConfig, MethodResponseConfig
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_extensions import OPERATION, PREFIX, check_extensions, check_strays
from wsgi_gateway.sources.openapi_integration import read_integration
from wsgi_gateway.sources.openapi_schema import Models
from wsgi_gateway.sources.openapi_security import Security
from wsgi_gateway.sources.protection import empty, refuse_empty

FIELDS = frozenset(
    "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated "
    "security servers consumes produces schemes".split()
)
PARAMETER_FIELDS = frozenset(
    "name in required description deprecated allowEmptyValue style explode allowReserved schema example "
    "examples content type format items collectionFormat default maximum exclusiveMaximum minimum "
    "exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems enum multipleOf".split()
)
REQUEST_BODY_FIELDS = frozenset("description required content".split())
RESPONSE_FIELDS = frozenset("summary description headers content links schema examples".split())
MEDIA_TYPE_FIELDS = frozenset("schema example examples encoding".split())
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
_STATUS = re.compile(r"[1-5][0-9][0-9]")
_WORD = re.compile(r"[A-Za-z0-9]+")
_JSON = ("application/json",)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operation takes from the document around it."""

    models: Models
    security: Security
    request_validator: str | None
    consumes: tuple[str, ...]
    produces: tuple[str, ...]


def read_operation(
    verb: str, path: str, operation: Node, shared: dict[tuple[str, str], Node], around: Surroundings
) -> MethodConfig:
    """One method. ``shared``: the path item's parameters by (in, name)."""
    check_extensions(operation, OPERATION)
    operation.mostly(FIELDS, "member-unknown", "an operation")
    if "callbacks" in operation:
        operation.child("callbacks").warning("member-ignored", "callbacks have no effect")
    parameters = shared | read_parameters(operation)
    validator = operation.text(PREFIX + "request-validator")
    name = _proposal(verb, path)
    return MethodConfig(
        http_method=verb,
        operation_name=operation.text("operationId"),
        request_validator=around.request_validator if validator is None else validator,
        request_parameters=_request_parameters(parameters),
        request_models=_request_models(operation, parameters, name, around),
        method_responses=_method_responses(operation, name, around),
        integration=_integration(operation, f" of resource '{path[:200]}' and method '{verb}'"),
        place=operation.place,
        **around.security.of(operation),
    )


def _integration(operation: Node, owner: str) -> IntegrationConfig | None:
    """None sends the request to the wrapped app, which must not happen for want of indentation."""
    if PREFIX + "integration" not in operation.value:
        return None
    node = operation.child(PREFIX + "integration")
    if node.value is None:
        node.error("integration-empty", "the integration is empty", "indent its members, or remove it")
        return None
    return read_integration(node, owner)


def read_parameters(node: Node) -> dict[tuple[str, str], Node]:
    """The parameters listed at a path item or operation, references resolved, by (in, name)."""
    found: dict[tuple[str, str], Node] = {}
    refuse_empty(node, "parameters")
    listed = node.get("parameters")
    for element in listed.elements() if listed is not None else ():
        parameter = element.resolve()
        if parameter is None:
            continue
        if not parameter.is_mapping:
            parameter.wrong_type("a mapping")
            continue
        check_strays(parameter, "a parameter")
        parameter.mostly(PARAMETER_FIELDS, "member-unknown", "a parameter")
        refuse_empty(parameter, "required", "schema")
        location, name = parameter.text("in"), parameter.text("name")
        if not location or not name:
            missing = "in" if name else "name"
            element.error("parameter", f"a parameter needs {missing!r}")
        elif (location, name) in found:
            again = f"the {location} parameter {name[:80]!r} is listed twice"
            if found[location, name].value == parameter.value:
                element.warning("parameter", again)
            else:
                element.error("parameter", again)
        elif location in _LOCATIONS or location == "body":
            found[location, name] = parameter
        elif location in ("cookie", "formData"):
            element.warning("parameter-ignored", f"{location} parameters have no effect")
        else:
            hint = "one of path, query, header"
            element.error("parameter", f"a parameter cannot be in {location[:80]!r}", hint)
    return found


def _request_parameters(parameters: dict[tuple[str, str], Node]) -> dict[str, bool]:
    return {
        f"method.request.{_LOCATIONS[location]}.{name}": node.boolean("required", location == "path")
        for (location, name), node in parameters.items()
        if location in _LOCATIONS
    }


def _request_models(
    operation: Node, parameters: dict[tuple[str, str], Node], name: str, around: Surroundings
) -> dict[str, str]:
    models: dict[str, str] = {}
    for media_type, schema in _body_schemas(operation, parameters, around):
        model = around.models.name_of(schema, f"{name}Request")
        if model is not None:
            models[media_type] = model
    return models


def _body_schemas(
    operation: Node, parameters: dict[tuple[str, str], Node], around: Surroundings
) -> Iterator[tuple[str, Node]]:
    """Media types and schemas of a body: ``requestBody``, or Swagger's body parameter."""
    refuse_empty(operation, "requestBody")
    yield from _content(operation.get("requestBody"), REQUEST_BODY_FIELDS, "a request body")
    bodies = [node for (location, _), node in parameters.items() if location == "body"]
    for extra in bodies[1:]:
        extra.error("parameter", "an operation has one body parameter at most")
    schema = bodies[0].get("schema") if bodies else None
    if schema is None and bodies:
        bodies[0].error("parameter", "a body parameter needs 'schema'")
    elif schema is not None:
        for media_type in operation.texts("consumes") or around.consumes or _JSON:
            yield media_type, schema


def _content(holder: Node | None, fields: frozenset[str], what: str) -> Iterator[tuple[str, Node]]:
    """The ``content`` of a request body or response: media types and schemas.

    What of it is empty or in the wrong place would take a check away: an error.
    """
    resolved = holder.resolve() if holder is not None else None
    if resolved is None:
        return
    if not resolved.is_mapping:
        resolved.wrong_type("a mapping")
        return
    check_strays(resolved, what)
    resolved.mostly(fields, "member-unknown", what)
    if "schema" in resolved.value and "schema" not in fields:
        below = "it stands below a media type, content: {application/json: {schema: ...}}"
        resolved.child("schema").error("member-misplaced", f"{what} has no schema of its own", below)
    refuse_empty(resolved, "content")
    for media_type, entry in resolved.members("content"):
        if entry.value is None:
            empty(entry)
            continue
        if not entry.is_mapping:
            entry.wrong_type("a mapping")
            continue
        check_strays(entry, "a media type")
        entry.mostly(MEDIA_TYPE_FIELDS, "member-unknown", "a media type")
        refuse_empty(entry, "schema")
        schema = entry.get("schema")
        if schema is not None:
            yield media_type, schema


def _method_responses(operation: Node, name: str, around: Surroundings) -> dict[int, MethodResponseConfig]:
    found: dict[int, MethodResponseConfig] = {}
    responses = operation.get("responses")
    if responses is not None:
        check_extensions(responses, "the responses")
    for status, entry in operation.members("responses"):
        if status.startswith("x-"):
            continue
        if _STATUS.fullmatch(status):
            found[int(status)] = _method_response(int(status), entry, operation, name, around)
        elif status == "default" or re.fullmatch(r"[1-5]XX", status.upper()):
            entry.warning("response-ignored", f"the response {status!r} has no effect; only statuses have")
        else:
            entry.error("status-code", f"{status[:80]!r} is no status code", "200 to 599")
    return found


def _method_response(
    status: int, entry: Node, operation: Node, name: str, around: Surroundings
) -> MethodResponseConfig:
    response = entry.resolve() if entry.value is not None else None
    if response is None:
        return MethodResponseConfig(status_code=status)
    if not response.is_mapping:
        response.wrong_type("a mapping")
        return MethodResponseConfig(status_code=status)
    models: dict[str, str] = {}
    for media_type, schema in _response_schemas(response, operation, around):
        model = around.models.name_of(schema, f"{name}Response{status}", checks=False)
        if model is not None:
            models[media_type] = model
    return MethodResponseConfig(
        status_code=status,
        response_parameters={
            f"method.response.header.{name}": _is_required(header)
            for name, header in response.members("headers")
        },
        response_models=models,
    )


def _is_required(header: Node) -> bool:
    resolved = header.resolve() if header.is_mapping else None
    return resolved is not None and resolved.is_mapping and resolved.boolean("required")


def _response_schemas(response: Node, operation: Node, around: Surroundings) -> Iterator[tuple[str, Node]]:
    yield from _content(response, RESPONSE_FIELDS, "a response")
    schema = response.get("schema")
    if schema is not None:
        for media_type in operation.texts("produces") or around.produces or _JSON:
            yield media_type, schema


def _proposal(verb: str, path: str) -> str:
    """A readable name for models written in place: ``GET /pets/{id}`` is ``GetPetsId``."""
    return "".join(word[:1].upper() + word[1:] for word in [verb.lower(), *_WORD.findall(path)])
