"""A CloudFormation template by its sections: what there is, before any function in it is worked out.

::

    template = Template(root)
    template.resources["Pets"].type        # "AWS::ApiGateway::RestApi"

Sections that only describe a template (Metadata, Outputs, ...) are not looked at. ``Rules``, which check
parameters before a stack is made, are left out with a warning. Macros run in an AWS account; of the
transforms AWS::Include and AWS::LanguageExtensions are done here, and every other one is refused. A transform
is written as its name or as ``{Name: ...}``. A SAM template whose serverless resources make no API is read as
it is.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.yaml_text import is_template

SECTIONS = frozenset(
    "AWSTemplateFormatVersion Description Metadata Parameters Rules Mappings Conditions Transform Resources "
    "Outputs Hooks Globals".split()
)
ATTRIBUTES = frozenset(
    "Type Properties Condition DependsOn Metadata CreationPolicy UpdatePolicy DeletionPolicy "
    "UpdateReplacePolicy Version".split()
)
VERSION = "2010-09-09"
API_GATEWAY = "AWS::ApiGateway::"

SERVERLESS = "AWS::Serverless::"
LANGUAGE = "AWS::LanguageExtensions"
LOOP = "Fn::ForEach::"

_INCLUDE = "AWS::Include"
_NO_RESOURCES = "Template format error: At least one Resources member must be defined."
_BAD_VERSION = "Template format error: unsupported value for AWSTemplateFormatVersion."
_NO_TYPE = "Template format error: Every Resources object must contain a Type member."
_RESOURCE_LIMIT = 5000
_BESIDE = {
    "AWS::WAFv2::WebACLAssociation": "there is no web application firewall; put one in front",
    "AWS::WAFRegional::WebACLAssociation": "there is no web application firewall; put one in front",
    "AWS::ApiGatewayV2::RoutingRule": "base paths are read from AWS::ApiGateway::BasePathMapping alone",
    "AWS::ApiGatewayV2::ApiMapping": "base paths are read from AWS::ApiGateway::BasePathMapping alone",
}
"""Types of others that change what API Gateway does."""

__all__ = [
    "API_GATEWAY",
    "LANGUAGE",
    "LOOP",
    "SERVERLESS",
    "Resource",
    "Template",
    "is_template",
    "makes_api",
    "only",
    "transforms_of",
]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as it is written; ``condition`` names the condition under which there is one."""

    name: str
    type: str
    node: Node
    condition: str | None


class Template:
    """The sections of the template at ``root``; what is wrong with them goes into the root's report."""

    def __init__(self, root: Node) -> None:
        self.root = root
        only(root, SECTIONS, "template-section", "a template")
        _check_version(root)
        if "Rules" in root:
            root.child("Rules").warning("without-effect", "Rules have no effect here: parameters are taken")
        self.parameters = _members(root, "Parameters")
        self.mappings = _members(root, "Mappings")
        self.conditions = _members(root, "Conditions")
        if "Resources" not in root:
            root.error("template-resources", _NO_RESOURCES)
        written = _members(root, "Resources")
        if root.value.get("Resources") == {}:
            root.child("Resources").error("template-resources", _NO_RESOURCES)
        if len(written) > _RESOURCE_LIMIT:
            root.child("Resources").error("template-resources", f"more than {_RESOURCE_LIMIT} resources")
            written = {}
        self.resources = {
            name: resource
            for name, node in written.items()
            if (resource := _resource(name, node)) is not None
        }
        _check_transforms(root, self.resources)
        for resource in self.resources.values():
            if resource.type in _BESIDE:
                message = f"{resource.type} has no effect here: {_BESIDE[resource.type]}"
                resource.node.warning("without-effect", message)


def only(node: Node, known: Collection[str], code: str, what: str) -> None:
    """Report members that have no meaning here; AWS lets nobody else's stand in a template, either."""
    node.only(known, code, what)
    for name in node.value:
        if name.startswith("x-") and not node.report.full:
            node.child(name).error(code, f"unknown member {name[:80]!r} of {what}", "remove it")


def _members(root: Node, section: str) -> dict[str, Node]:
    return {
        name: node
        for name, node in root.members(section)
        if not name.startswith(("Fn::Transform", LOOP)) or _misplaced(name, node)
    }


def _misplaced(name: str, node: Node) -> bool:
    """Report a macro or loop that makes members of a section."""
    if name.startswith(LOOP):
        hint = "among resources and conditions, with Transform: AWS::LanguageExtensions"
        node.error("transform", "Fn::ForEach means nothing here", hint)
    else:
        node.error("transform", "Fn::Transform is done inside of the properties of resources alone")
    return False


def _check_version(root: Node) -> None:
    version = root.get("AWSTemplateFormatVersion")
    if version is not None and version.as_text() not in (VERSION, None):
        version.error(
            "template-version",
            _BAD_VERSION,
            VERSION,
        )


def transforms_of(data: Any) -> list[Any]:
    """The names of a template's transforms."""
    written = data.get("Transform") if isinstance(data, dict) else None
    return [_named(one) for one in (written if isinstance(written, list) else [written]) if one is not None]


def _named(transform: Any) -> Any:
    """The name of one transform, which stands by itself or as ``{Name: ..., Parameters: ...}``."""
    return transform.get("Name") if isinstance(transform, dict) else transform


def _check_transforms(root: Node, resources: Mapping[str, Resource]) -> None:
    node = root.get("Transform")
    made = [resource for resource in resources.values() if makes_api(resource.node.value)]
    if node is None:
        for resource in made:
            resource.node.error("transform", f"{resource.type} needs Transform: AWS::Serverless-2016-10-31")
        return
    for one in node.elements() if isinstance(node.value, list) else [node]:
        name = _named(one.value)
        if name == LANGUAGE:
            continue
        if name == _INCLUDE:
            hint = "write Fn::Transform where the snippet belongs"
            one.error("transform", "a whole template cannot be included here", hint)
        elif str(name).startswith("AWS::Serverless"):
            if made:
                hint = "transform it first, by sam or the extra wsgi_gateway[sam]"
                message = f"the SAM template makes an API of {made[0].name[:80]}"
                one.error("transform", message, hint)
        else:
            hint = "let CloudFormation run it, and load the processed template"
            one.error("transform", f"the macro {str(name)[:80]!r} cannot be run here", hint)


def makes_api(resource: Any) -> bool:
    """Whether SAM makes an API, or a part of one, of a resource as it is written; others are names here."""
    if not isinstance(resource, dict) or not str(resource.get("Type")).startswith(SERVERLESS):
        return False
    properties = resource.get("Properties")
    events = properties.get("Events") if isinstance(properties, dict) else None
    written = events.values() if isinstance(events, dict) else ()
    is_event = any(isinstance(event, dict) and event.get("Type") == "Api" for event in written)
    return is_event or resource["Type"] == SERVERLESS + "Api"


def _resource(name: str, node: Node) -> Resource | None:
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    kind = node.get("Type")
    if kind is None or not isinstance(kind.value, str) or not kind.value:
        node.error("resource-type", _NO_TYPE)
        return None
    if kind.value.startswith(API_GATEWAY):
        only(node, ATTRIBUTES, "resource-attribute", "a resource")
    condition = node.get("Condition")
    if condition is not None and not isinstance(condition.value, str):
        condition.wrong_type("the name of a condition")
        return None
    return Resource(name, kind.value, node, None if condition is None else condition.value)
