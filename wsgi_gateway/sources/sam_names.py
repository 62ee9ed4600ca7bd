"""Names in a SAM template that the translator passes over: of members nobody knows, and of authorizers.

The translator takes what it knows from ``Auth``, ``RequestModel``, ``Domain`` and the like, and drops the
rest: ``Auth: {ApiKeyRequred: true}`` leaves a method open, on AWS too. The names that there are come from the
translator's own schema, so they are those of the version that is installed. What is unknown is an error where
it was to protect: below ``Auth``, ``RequestModel`` and ``RequestParameters``, beside an event's
``Properties``, or close to a known name. Elsewhere it is a warning.

A function such as ``Fn::If`` is unknown, too, where the translator expects the members themselves: it looks
for names and finds none.

A ``DefaultAuthorizer`` that is not among ``Authorizers`` is refused; without any, the translator drops it. So
is one by a function: the translator compares what is written, where nothing but Ref of a parameter is known.

Not for: properties of resources, ``Cors``, ``UsagePlan`` and gateway responses, which the translator checks.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html;
``samtranslator.internal.schema_source``
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import SERVERLESS, only
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_template import IMPLICIT, SamTemplate
from wsgi_gateway.sources.sam_translator import schema_of, seen

_PROTECTING = frozenset({"Auth", "RequestModel", "RequestParameters"})
"""Members below which nothing that is written may be lost."""

_ANYTHING = "__root__"
"""The field of the schema's model for what is handed on as it is."""

_OF_HTTP_APIS = frozenset({"AuthorizerPayloadFormatVersion", "EnableSimpleResponses"})
"""What AWS's own samples write for REST APIs, too; an event has payload format 1.0, an answer is a policy."""

_Look = Callable[[Any], Any]
"""What the translator sees of a value."""

_NO_VALUE = {"Ref": "AWS::NoValue"}
_NO_NAME = frozenset({"AWS_IAM", "NONE"})


def check_names(template: SamTemplate, options: TemplateOptions) -> None:
    """Report names that nobody knows, each where it stands."""

    def look(value: Any) -> Any:
        return seen(value, template, options)

    of_all = template.root.get("Globals")
    api = of_all.get("Api") if of_all is not None else None
    if api is not None and api.is_mapping:
        _check_members(api, schema_of("Globals"), look)
    for event in template.events:
        kind = template.root.value["Resources"][event.resource]["Type"].removeprefix(SERVERLESS)
        _check_event(event.node, schema_of(f"{kind} event"), look)
    for name in template.apis():
        resource = template.root.child("Resources").child(name)
        if "Properties" in resource:
            _check_members(resource.child("Properties"), schema_of("Api"), look)
        _check_default_authorizer(name, template, options)
    if any(event.api == IMPLICIT for event in template.events):
        _check_default_authorizer(IMPLICIT, template, options)


def _check_event(event: Node, model: Any, look: _Look) -> None:
    """Type and Properties; what stands beside them was to be below Properties."""
    known = _members(model)
    inner = _members(known["Properties"])
    for name, member in event.each():
        if name not in known:
            near = "move it below Properties" if name in inner else did_you_mean(name, known)
            report = member.error if name in inner or near else member.warning
            report("member-unknown", f"{name[:80]!r} has no effect beside Type and Properties", near)
    _check_members(event.child("Properties"), known["Properties"], look)


def _check_members(node: Node, model: Any, look: _Look) -> None:
    """What stands below the members of ``node``, whose own names the translator checks."""
    known = _members(model)
    for name, member in node.each():
        if name in known:
            _check_below(member, known[name], name in _PROTECTING, look)


def _check_below(node: Node, expected: Any, is_protecting: bool, look: _Look) -> None:
    """``expected``: the type that the schema has for what stands at ``node``."""
    kinds = tuple(_alternatives(expected))
    if any(get_origin(kind) is dict and get_args(kind)[1] is Any for kind in kinds):
        return
    models = [kind for kind in kinds if _members(kind) and _ANYTHING not in _members(kind)]
    if isinstance(node.value, list):
        inner = [get_args(kind)[0] for kind in kinds if get_origin(kind) is list]
        for element in node.elements() if inner else ():
            _check_below(element, inner[0], is_protecting, look)
    elif node.is_mapping and models and node.value != _NO_VALUE:
        known = _members(_meant(node, models, look))
        if is_protecting and _is_function(node):
            message = f"SAM looks for the members of {node.key[:80]} here, and passes over a function"
            node.error("wrong-type", message, "write the members, each with a function of its own if need be")
        elif is_protecting:
            only(node, known.keys() | _OF_HTTP_APIS, "property-unknown", node.key)
            for name in sorted((_OF_HTTP_APIS - known.keys()) & node.value.keys()):
                node.child(name).warning("authorizer-field-ignored", f"{name} belongs to HTTP APIs")
        else:
            node.mostly(known, "member-unknown", node.key)
        for name, member in node.each():
            if name in known:
                _check_below(member, known[name], is_protecting, look)
    elif node.is_mapping:
        named = [get_args(kind)[1] for kind in kinds if get_origin(kind) is dict]
        for _, member in node.each() if named else ():
            _check_below(member, named[0], is_protecting, look)


def _is_function(node: Node) -> bool:
    return any(name == "Ref" or name.startswith("Fn::") for name in node.value)


def _alternatives(expected: Any) -> Iterator[Any]:
    if get_origin(expected) in (Union, UnionType):
        for one in get_args(expected):
            yield from _alternatives(one)
    else:
        yield expected


def _meant(node: Node, models: list[Any], look: _Look) -> Any:
    """The first model whose words, such as ``FunctionPayloadType: REQUEST``, are not others than those that
    are written, of those with the most members here that the others have not: a pool or a function. A word
    that a function gives may be any.
    """
    fitting = [model for model in models if _fits(node, model, look)] or models
    return max(fitting, key=lambda model: len(node.value.keys() & _needed(model)))


def _fits(node: Node, model: Any, look: _Look) -> bool:
    for name, expected in _members(model).items():
        words = [
            word for one in _alternatives(expected) if get_origin(one) is Literal for word in get_args(one)
        ]
        value = look(node.value[name]) if words and name in node else None
        if value is not None and not isinstance(value, dict) and value not in words:
            return False
    return True


def _needed(model: Any) -> set[str]:
    """The members that must be there."""
    return {name for name, expected in _members(model).items() if type(None) not in _alternatives(expected)}


@cache
def _members(model: Any) -> dict[str, Any]:
    """The members of a model of the schema with their types; none for what is no model."""
    is_class = isinstance(model, type) and get_origin(model) is None
    return get_type_hints(model) if is_class and hasattr(model, "__fields__") else {}


def _check_default_authorizer(api: str, template: SamTemplate, options: TemplateOptions) -> None:
    node = template.written(api, ("Auth", "DefaultAuthorizer"))
    if node is None:
        return
    name = seen(node.value, template, options)
    known = list(_authorizers(api, template))
    if not isinstance(name, str):
        message = "SAM takes a DefaultAuthorizer as it is written, and passes over a function"
        node.error("wrong-type", message, "write the name, or Ref a parameter without NoEcho")
    elif name not in (*known, *_NO_NAME):
        told = repr(name[:80]) if name == node.value else "that a parameter gives"
        message = f"the DefaultAuthorizer {told} is not among the Authorizers of {api[:80]}"
        hint = "declare it there, or write AWS_IAM"
        node.error("authorizer-unknown", message, did_you_mean(str(node.value), [*known, "AWS_IAM"], hint))


def _authorizers(api: str, template: SamTemplate) -> Iterator[str]:
    """The names of what the API itself and Globals declare; the translator puts both together."""
    resource, of_all = template.resource(api), template.root.get("Globals")
    holders = (
        resource.get("Properties") if resource is not None else None,
        of_all.get("Api") if of_all is not None else None,
    )
    for node in holders:
        for step in ("Auth", "Authorizers"):
            node = node.get(step) if node is not None else None
        if node is not None and node.is_mapping:
            yield from node.value
