"""AWS::ApiGatewayV2::DomainName, which REST APIs are mapped below, too.

Certificates of clients are checked where TLS ends, in the server in front. So ``MutualTlsAuthentication``
is refused as that of AWS::ApiGateway::DomainName is, if a mapping to a REST API of the template names the
domain, or a routing rule leads to one. A domain of other APIs is no part of this one.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-domainname.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.cfn_properties import KINDS
from wsgi_gateway.sources.cfn_template import Resource, Template
from wsgi_gateway.sources.intrinsics import NOTHING, Intrinsics
from wsgi_gateway.sources.node import Node

_DOMAIN = "AWS::ApiGatewayV2::DomainName"
_MAPPING = "AWS::ApiGatewayV2::ApiMapping"
_RULE = "AWS::ApiGatewayV2::RoutingRule"
_TLS = "MutualTlsAuthentication"


def check_other_domains(template: Template, intrinsics: Intrinsics, parts: Parts) -> None:
    """Report certificates of clients that a domain of the template's REST APIs demands."""
    demanding = [
        (resource, node)
        for resource in _those(template, _DOMAIN, intrinsics)
        if (node := _property(resource, _TLS)) is not None and intrinsics.resolve(node) not in (NOTHING, None)
    ]
    if not demanding:
        return
    mapped = _lowered(_mapped(template, intrinsics, parts))
    for resource, node in demanding:
        name = _property(resource, "DomainName")
        names = {intrinsics.references.names.ref(resource.name), _text(name, intrinsics)}
        if _lowered(names) & mapped or _routes(template, intrinsics, parts):
            hint = KINDS["DomainName"].refused[_TLS]
            node.error("property-unsupported", f"{_TLS} is not supported", hint)


def _mapped(template: Template, intrinsics: Intrinsics, parts: Parts) -> Iterator[str | None]:
    """The domain names that lead to a REST API of the template; a mapping may leave it to the path."""
    apis = {part.ref for part in parts.each("RestApi")}
    for part in parts.each("BasePathMapping"):
        if part.node.text("RestApiId") in {*apis, None}:
            yield part.node.text("DomainName")
    for resource in _those(template, _MAPPING, intrinsics):
        if _text(_property(resource, "ApiId"), intrinsics) in apis:
            yield _text(_property(resource, "DomainName"), intrinsics)


def _lowered(names: Iterable[str | None]) -> set[str | None]:
    """Names of hosts, compared without case."""
    return {name and name.lower() for name in names}


def _routes(template: Template, intrinsics: Intrinsics, parts: Parts) -> bool:
    """Whether a routing rule leads to a REST API of the template; of which domain, only AWS can tell."""
    apis = {part.ref for part in parts.each("RestApi")}
    return any(
        str(api) in json.dumps(intrinsics.resolve(actions), default=str)
        for resource in _those(template, _RULE, intrinsics)
        if (actions := _property(resource, "Actions")) is not None
        for api in apis
    )


def _those(template: Template, kind: str, intrinsics: Intrinsics) -> Iterator[Resource]:
    """The resources of a type that are there under these conditions."""
    for resource in template.resources.values():
        if resource.type == kind and (
            resource.condition is None or intrinsics.conditions.hold(resource.condition, resource.node)
        ):
            yield resource


def _property(resource: Resource, name: str) -> Node | None:
    properties = resource.node.get("Properties")
    return None if properties is None else properties.get(name)


def _text(node: Node | None, intrinsics: Intrinsics) -> str | None:
    value: Any = None if node is None else intrinsics.resolve(node)
    return value if isinstance(value, str) else None
