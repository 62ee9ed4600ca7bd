"""The resources of one API in a template, functions worked out, and who refers to whom.

::

    parts = Parts.of(template, intrinsics)
    for part in parts.of_api("Method"):
        parts.named("Authorizer", part.node.text("AuthorizerId"))

Not for: what the resources say; each kind has a module that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_properties import check_needed, check_properties, check_type
from wsgi_gateway.sources.cfn_template import API_GATEWAY, Resource, Template
from wsgi_gateway.sources.document import Document, Mark
from wsgi_gateway.sources.intrinsics import Intrinsics
from wsgi_gateway.sources.node import Node


@dataclass(frozen=True, slots=True)
class Part:
    """A resource of API Gateway: ``node`` has its properties, ``ref`` is what ``Ref`` of it gives."""

    name: str
    kind: str
    node: Node
    ref: str


class Parts:
    """Those of the API that was chosen, and what belongs to none."""

    def __init__(self, parts: list[Part], api: Part, options: TemplateOptions, root_id: str) -> None:
        self.all = parts
        self.api = api
        self.options = options
        self.root_id = root_id
        self._refs = {(part.kind, part.ref): part for part in parts}

    @classmethod
    def of(cls, template: Template, intrinsics: Intrinsics) -> Parts:
        """Works out every resource of API Gateway. Raises ConfigError for what is wrong with functions, and
        for a template without the API that was asked for.
        """
        parts = list(_resolved(template, intrinsics))
        report = template.root.report
        if not report.errors:
            for part in parts:
                check_needed(API_GATEWAY + part.kind, part.node, part.name)
        if report.errors:
            raise ConfigError(report.errors)
        api = _chosen(parts, intrinsics.options.rest_api, template.root)
        root_id = intrinsics.references.names.attribute(api.name, "RootResourceId", api.node)
        return cls(parts, api, intrinsics.options, str(root_id))

    def each(self, kind: str) -> Iterator[Part]:
        """All resources of a type, such as ``UsagePlan``."""
        return (part for part in self.all if part.kind == kind)

    def of_api(self, kind: str) -> Iterator[Part]:
        """Those that belong to the API. Of an API that the template does not have nothing is read: that is
        a warning.
        """
        for part in self.each(kind):
            owner = part.node.text("RestApiId")
            if owner == self.api.ref:
                yield part
            elif owner is not None and ("RestApi", owner) not in self._refs:
                message = f"{part.name[:80]} belongs to an API that this template does not have"
                part.node.warning("other-api", message)

    def named(self, kind: str, ref: str) -> Part | None:
        """The resource of that type which a reference means."""
        return self._refs.get((kind, ref))

    def referred(self, node: Node, member: str, kind: str) -> Part | None:
        """The resource of a type, of this API, that a property refers to; None, reported, without one.

        What another API has protects nothing here, even if this one has something of the same name.
        """
        ref = node.text(member)
        if ref is None:
            return None
        part = self.named(kind, ref)
        if part is not None and part.node.text("RestApiId") != self.api.ref:
            node.child(member).error("reference", f"{member} names the {kind} of another API: {ref[:80]}")
            return None
        if part is None:
            known = [part.ref for part in self.each(kind)]
            message = f"{member} names no {kind} of this template: {ref[:80]}"
            node.child(member).error("reference", message, did_you_mean(ref, known))
        return part


def _resolved(template: Template, intrinsics: Intrinsics) -> Iterator[Part]:
    """Every resource of API Gateway that there is under these conditions."""
    root = template.root
    data: dict[str, Any] = {}
    made = {"Resources": data}
    marks = intrinsics.marks
    document = Document(made, root.document.file, marks)
    held = []
    for name, resource in template.resources.items():
        if not resource.type.startswith(API_GATEWAY) or not check_type(resource.type, resource.node):
            continue
        if resource.condition is not None and not intrinsics.conditions.hold(
            resource.condition, resource.node
        ):
            continue
        data[name] = _worked_out(resource, intrinsics)
        held.append(resource)
    _mark(root, template, made, marks)
    for resource in held:
        node = Node.root(document, root.report).child("Resources").child(resource.name).child("Properties")
        yield _part(resource, node, intrinsics)


def _worked_out(resource: Resource, intrinsics: Intrinsics) -> dict[str, Any]:
    properties = resource.node.get("Properties")
    value: Any = {} if properties is None else intrinsics.resolve(properties)
    if not isinstance(value, dict):
        if properties is not None:
            properties.wrong_type("a mapping")
        value = {}
    return {"Properties": value}


def _mark(
    root: Node, template: Template, made: dict[str, Any], marks: dict[int, dict[str | int, Mark]]
) -> None:
    """Where the resources stand; one without properties stands in for them."""
    resources = made["Resources"]
    written = root.value["Resources"]
    marks[id(resources)] = {}
    for name, resource in resources.items():
        mark = root.document.mark(written, name)
        if mark is not None:
            marks[id(resources)][name] = mark
            own = root.document.mark(template.resources[name].node.value, "Properties")
            marks[id(resource)] = {"Properties": own or mark}


def _part(resource: Resource, node: Node, intrinsics: Intrinsics) -> Part:
    check_properties(resource.type, node)
    ref = intrinsics.references.names.ref(resource.name)
    return Part(resource.name, resource.type.removeprefix(API_GATEWAY), node, str(ref))


def _chosen(parts: list[Part], wanted: str | None, root: Node) -> Part:
    apis = {part.name: part for part in parts if part.kind == "RestApi"}
    if wanted is not None and wanted in apis:
        return apis[wanted]
    if wanted is None and len(apis) == 1:
        return next(iter(apis.values()))
    names = ", ".join(name[:80] for name in list(apis)[:20])
    if not apis:
        hint = "AWS::ApiGatewayV2 makes APIs of other kinds, and macros run before a template is read"
        root.error("api-missing", "there is no AWS::ApiGateway::RestApi in the template", hint)
    elif wanted is None:
        hint = "choose one by rest_api=LOGICAL_ID"
        root.error("api-choice", f"the template has several APIs: {names}", hint)
    else:
        near = did_you_mean(wanted, apis, f"there are {names}")
        root.error("api-choice", f"there is no API {wanted[:80]!r} in the template", near)
    raise ConfigError(root.report.errors)
