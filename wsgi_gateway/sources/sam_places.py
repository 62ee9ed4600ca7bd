"""Where what SAM makes comes from: a document whose lines are those of the SAM template.

What is copied from it keeps its line. A resource that is made of another stands at that one, a method that
an event makes at the event, an authorizer, a model and the like at the property that asks for it, and what
belongs to the API of all events that name none at the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wsgi_gateway.sources.cfn_template import API_GATEWAY, SERVERLESS
from wsgi_gateway.sources.document import Document, Mark
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_copies import ORIGIN, Placed, local_path
from wsgi_gateway.sources.sam_none import open_methods
from wsgi_gateway.sources.sam_template import IMPLICIT, ApiEvent, SamTemplate

_ADDED = {
    "AWS::ApiGateway::Deployment": ("Description", "StageName"),
    "AWS::ApiGateway::ApiKey": ("StageKeys",),
    "AWS::ApiGateway::RestApi": ("Parameters",),
}
"""What nobody wrote: the name of a hash, the stage ``Stage``, a form of naming stages that is out of use, and
the endpoint's type a second time.
"""

_PARTS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("securityDefinitions",): ("Auth", "Authorizers"),
    ("components", "securitySchemes"): ("Auth", "Authorizers"),
    ("definitions",): ("Models",),
    ("components", "schemas"): ("Models",),
    ("x-amazon-apigateway-gateway-responses",): ("GatewayResponses",),
}
"""Members of a definition, and the properties of which SAM makes them. Models get names in lower case."""

_OF_PROPERTIES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ApiKey", "UsagePlan", "UsagePlanKey"), ("Auth", "UsagePlan")),
    **dict.fromkeys(("DomainName", "DomainNameV2", "BasePathMapping", "BasePathMappingV2"), ("Domain",)),
    "DomainNameAccessAssociation": ("Domain", "AccessAssociation"),
}
"""Types of resources that SAM makes of one property of an API."""

_Marks = dict[int, dict[str | int, Mark]]


def placed(made: dict[str, Any], template: SamTemplate) -> Document:
    """The template that was made, with places, its local paths and the transforms that are left to do."""
    marks: _Marks = {}
    origins = {name: _origin_of(resource) for name, resource in made["Resources"].items()}
    for name, resource in made["Resources"].items():
        written = template.resource(name)
        _mend(resource, is_made=written is None or resource.get("Type") != written.value.get("Type"))
    data = _plain(made, marks)
    _mark_resources(data["Resources"], origins, marks, template)
    rest = [name for name in template.transforms if name != "AWS::Serverless-2016-10-31"]
    if rest:
        data["Transform"] = rest
    return Document(data, template.root.document.file, marks)


def _plain(value: Any, marks: _Marks) -> Any:
    """A copy in plain dicts and lists; the marks of their origins go by the identity of the copies."""
    if isinstance(value, dict):
        made: Any = {str(key): _plain(inner, marks) for key, inner in value.items()}
    elif isinstance(value, (list, tuple)):
        made = [_plain(inner, marks) for inner in value]
    else:
        return value
    known = getattr(value, "marks", None)
    if known:
        marks[id(made)] = {member: mark for member, mark in known.items() if _has(made, member)}
    return made


def _has(made: Any, member: str | int) -> bool:
    return member in made if isinstance(made, dict) else int(member) < len(made)


def _origin_of(resource: dict[str, Any]) -> str | None:
    metadata = resource.get("Metadata")
    origin = metadata.get(ORIGIN) if isinstance(metadata, dict) else None
    return origin if isinstance(origin, str) else None


def _mark_resources(
    resources: dict[str, Any], origins: dict[str, str | None], marks: _Marks, template: SamTemplate
) -> None:
    events: dict[str, list[ApiEvent]] = {}
    for event in template.events:
        events.setdefault(event.api, []).append(event)
    own = marks.setdefault(id(resources), {})
    for name, resource in resources.items():
        api = _api_of(name, origins[name], template)
        made_of = None if name in own else _made_of(resource, api, template)
        mark = own.get(name) or _mark_of(made_of) or _origin(name, origins[name], events, template)
        if mark is not None:
            own[name] = mark
        if made_of is not None:
            _mark_members(resource, marks, made_of)
        else:
            _mark_properties(resource, marks, api, template)
        body = _body(resource)
        if body is not None:
            _mark_methods(body, marks, events.get(name, ()))
            _mark_parts(body, marks, name, template)


def _made_of(resource: dict[str, Any], api: str | None, template: SamTemplate) -> Node | None:
    """The property of which a resource is made; a usage plan that APIs share is the first one's."""
    steps = _OF_PROPERTIES.get(str(resource.get("Type")).removeprefix(API_GATEWAY))
    if steps is None:
        return None
    apis = [api] if api is not None else list(dict.fromkeys((*template.apis(), IMPLICIT)))
    found = (template.written(one, steps) for one in apis)
    return next((node for node in found if node is not None), None)


def _mark_members(resource: dict[str, Any], marks: _Marks, node: Node) -> None:
    """Properties of a resource at the members of the same names: CertificateArn is RegionalCertificateArn."""
    properties = resource.get("Properties")
    if not isinstance(properties, dict):
        return
    for name in properties:
        written = next((one for one in (name, name.removeprefix("Regional")) if one in node), None)
        if written is not None:
            _mark(properties, name, marks, node.child(written))


def _origin(
    name: str, origin: str | None, events: dict[str, list[ApiEvent]], template: SamTemplate
) -> Mark | None:
    node = template.resource(origin) if origin is not None else template.origin(name)
    if node is None and name.startswith(IMPLICIT) and events.get(IMPLICIT):
        node = events[IMPLICIT][0].node
    return _mark_of(node or template.root.get("Globals") or template.root)


def _mark_of(node: Node | None) -> Mark | None:
    return None if node is None or node.line is None else Mark(node.line, node.column or 1)


def _api_of(name: str, origin: str | None, template: SamTemplate) -> str | None:
    """The logical id of the API that a resource is made of, if it is made of one."""
    node = template.resource(origin) if origin is not None else template.origin(name)
    if node is None:
        return IMPLICIT if name.startswith(IMPLICIT) else None
    return str(node.key) if node.is_mapping and node.value.get("Type") == SERVERLESS + "Api" else None


def _mark_properties(resource: dict[str, Any], marks: _Marks, api: str | None, template: SamTemplate) -> None:
    """Properties that the translator hands on as the API or Globals names them, such as a stage's Tags."""
    properties = resource.get("Properties")
    if api is None or not isinstance(properties, dict):
        return
    for name in properties:
        node = template.written(api, (name,))
        if node is not None:
            _mark(properties, name, marks, node)


def _body(resource: dict[str, Any]) -> dict[str, Any] | None:
    properties = resource.get("Properties")
    body = properties.get("Body") if isinstance(properties, dict) else None
    return body if isinstance(body, dict) else None


def _mark_methods(body: dict[str, Any], marks: _Marks, events: Iterable[ApiEvent]) -> None:
    """Methods at their events. A path that several events share stands at the first."""
    paths: Any = body.get("paths")
    for event in events if isinstance(paths, dict) else ():
        verb = "x-amazon-apigateway-any-method" if event.verb == "any" else event.verb
        item = paths.get(event.path)
        if isinstance(item, dict) and verb in item:
            _mark(paths, event.path, marks, event.node)
            _mark(item, verb, marks, event.node)


def _mark_parts(body: dict[str, Any], marks: _Marks, name: str, template: SamTemplate) -> None:
    """What properties of an API make at these: authorizers, models, gateway responses, policy, CORS."""
    for made, written in _PARTS.items():
        holder = _member(body, made)
        node = template.written(name, written)
        if node is None or not isinstance(holder, dict) or not node.is_mapping:
            continue
        by_name = {member.lower(): member for member in node.value}
        for member in holder:
            if member.lower() in by_name:
                _mark(holder, member, marks, node.child(by_name[member.lower()]))
    policy, cors = template.written(name, ("Auth", "ResourcePolicy")), template.written(name, ("Cors",))
    if policy is not None:
        _mark(body, "x-amazon-apigateway-policy", marks, policy)
    paths = body.get("paths")
    for item in paths.values() if cors is not None and isinstance(paths, dict) else ():
        if cors is not None and isinstance(item, dict):
            _mark(item, "options", marks, cors)


def _member(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _mark(holder: dict[str, Any], member: str, marks: _Marks, node: Node) -> None:
    if member in holder and node.line is not None:
        marks.setdefault(id(holder), {}).setdefault(member, Mark(node.line, node.column or 1))


def _mend(resource: dict[str, Any], *, is_made: bool) -> None:
    """Take back what was done for the translator's sake, and what it adds that nobody asked for."""
    metadata, properties = resource.get("Metadata"), resource.get("Properties")
    if isinstance(metadata, dict):
        metadata.pop(ORIGIN, None)
    if not isinstance(properties, dict):
        return
    for name in _ADDED.get(str(resource.get("Type")), ()) if is_made else ():
        properties.pop(name, None)
    for name in ("Code", "Content"):
        path = local_path(properties.get(name))
        if path is not None:
            properties[name] = path
    path = local_path(properties.get("BodyS3Location"))
    if path is not None:
        properties["BodyS3Location"] = {"Bucket": "local", "Key": path.removeprefix("./")}
    open_methods(properties.get("Body"), lambda requirement: not isinstance(requirement, Placed))
