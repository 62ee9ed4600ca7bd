"""What a definition asks for, and ``MergeDefinitions`` takes away.

The translator merges what events make into a ``DefinitionBody`` by members: mappings are put together,
lists are replaced. So an event that asks for a key alone replaces the ``security`` of its method, authorizer
and all, and one that names a parameter replaces those that were required. That is refused, unless the event
itself says what becomes of it: an ``Authorizer``, ``ApiKeyRequired``, or the parameter by its name.

Source: ``merge_dicts_recursively`` in ``samtranslator.model.api.api_generator``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_copies import intrinsics_of, text_at, value_at
from wsgi_gateway.sources.sam_events import events_that_count
from wsgi_gateway.sources.sam_template import SamTemplate

_ANY = "x-amazon-apigateway-any-method"
_PLACES = {"header": "header", "query": "querystring"}


def check_merges(template: SamTemplate, api: RestApiConfig, options: TemplateOptions) -> None:
    """Report events by which methods of the API that was read lose what their definition asks for."""
    intrinsics = intrinsics_of(template.root, options)
    for event in events_that_count(template, api, options):
        body, merges = (
            template.written(event.api, (name,)) for name in ("DefinitionBody", "MergeDefinitions")
        )
        if body is None or merges is None or value_at(merges, intrinsics) in (None, False, "false"):
            continue
        properties = event.node.child("Properties")
        path, verb = (text_at(properties.child(name), intrinsics) for name in ("Path", "Method"))
        verb = (verb or "").lower()
        method = api.resources.get((path or "").rstrip("/") or "/", {}).get(verb.upper())
        written = value_at(body, intrinsics)
        operation = _at(written, "paths", path or "", _ANY if verb == "any" else verb)
        if method is not None:
            for what, member in _lost(written, operation, method, properties):
                message = (
                    f"{what} of {verb.upper()[:80]} {(path or '')[:200]} is lost: {member} replaces its list"
                )
                event.node.error("event-protection", message, "say it in the event, too")


def _lost(body: Any, operation: Any, method: MethodConfig, properties: Node) -> Iterator[tuple[str, str]]:
    auth = properties.get("Auth")
    said = auth.value if auth is not None and auth.is_mapping else {}
    for scheme in _schemes(body, operation):
        is_key = not any(name.startswith("x-amazon-apigateway-auth") for name in scheme)
        if is_key and "ApiKeyRequired" not in said and not method.api_key_required:
            yield "the API key", "Auth"
        elif not is_key and "Authorizer" not in said and method.authorization_type == "NONE":
            yield "the authorizer", "Auth"
    named = {name for one in _list(properties.value.get("RequestParameters")) for name in _names(one)}
    for one in _list(_at(operation, "parameters")):
        pointer = one.get("$ref") if isinstance(one, dict) else None
        one = _at(body, *pointer.split("/")[1:]) if isinstance(pointer, str) else one
        place = _PLACES.get(str(_at(one, "in")))
        name = f"method.request.{place}.{_at(one, 'name')}"
        is_required = place is not None and _at(one, "required") in (True, "true")
        if is_required and name not in named and not method.request_parameters.get(name):
            yield f"the required {name[:200]}", "RequestParameters"


def _schemes(body: Any, operation: Any) -> Iterator[dict[str, Any]]:
    """The security schemes that an operation requires."""
    for required in _list(_at(operation, "security")):
        for name in required if isinstance(required, dict) else ():
            for steps in (("securityDefinitions",), ("components", "securitySchemes")):
                scheme = _at(body, *steps, name)
                if isinstance(scheme, dict):
                    yield scheme


def _names(parameter: Any) -> Iterator[str]:
    if isinstance(parameter, str):
        yield parameter
    elif isinstance(parameter, dict):
        yield from parameter


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _at(value: Any, *steps: str) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
