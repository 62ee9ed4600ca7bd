"""A SAM template by what makes a REST API: its resources, and the events of type Api.

::

    template = SamTemplate(root)
    template.events[0].path         # "/pets"

Shapes that the translator takes for granted are checked here. What is no part of a REST API is a warning:
other APIs, their events, nested applications.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wsgi_gateway.sources.cfn_template import SERVERLESS, transforms_of
from wsgi_gateway.sources.node import Node

IMPLICIT = "ServerlessRestApi"
"""The API of events that name none."""

RESOURCE_LIMIT = 2000
"""Resources of a template; AWS allows 500 of what is made of them."""

EVENT_LIMIT = 500
"""Events of type Api; each makes a resource, of which AWS allows as many in a template."""

_WHERE_EVENTS_ARE = ("Function", "StateMachine", "WebFunction")
_HTTP_API = "only REST APIs are served here"
LEFT_OUT = {
    "HttpApi": ("AWS::ApiGatewayV2::Api", _HTTP_API),
    "WebSocketApi": ("AWS::ApiGatewayV2::Api", _HTTP_API),
    "GraphQLApi": ("AWS::AppSync::GraphQLApi", _HTTP_API),
    "Application": ("AWS::CloudFormation::Stack", "what it makes is not known here"),
    "Connector": ("AWS::IAM::ManagedPolicy", None),
}
"""Types that are left out: what stands for one, and why, where that is worth a warning."""


@dataclass(frozen=True, slots=True)
class ApiEvent:
    """An event of type Api: which method of which API it makes, if that is told by plain words."""

    resource: str
    name: str
    api: str
    path: str
    verb: str
    node: Node


class SamTemplate:
    """``events``: those of type Api. What is wrong with the template goes into the report of ``root``."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.transforms = transforms_of(root.value)
        self.events: list[ApiEvent] = []
        self._resources: dict[str, Node] = {}
        for _, of_all in root.members("Globals"):
            if not of_all.is_mapping:
                of_all.wrong_type("a mapping")
        resources = root.get("Resources")
        if resources is None:
            root.error(
                "template-resources",
                "Template format error: At least one Resources member must be defined.",
            )
        else:
            self._resources = dict(resources.each())
        if len(self._resources) > RESOURCE_LIMIT:
            root.child("Resources").error("template-resources", f"more than {RESOURCE_LIMIT} resources")
            return
        for name, node in self._resources.items():
            self._check(name, node)
        for event in self.events[EVENT_LIMIT : EVENT_LIMIT + 1]:
            event.node.error("too-many-events", f"more than {EVENT_LIMIT} events of type Api")

    def resource(self, name: str) -> Node | None:
        """The resource of that logical id, as it is written."""
        return self._resources.get(name)

    def apis(self) -> Iterator[str]:
        """The logical ids of the serverless APIs that are written."""
        for name, node in self._resources.items():
            if node.is_mapping and node.value.get("Type") == SERVERLESS + "Api":
                yield name

    def written(self, api: str, steps: tuple[str, ...]) -> Node | None:
        """A property of an API, as it or Globals says it."""
        resource, of_all = self._resources.get(api), self.root.get("Globals")
        holders = (
            resource.get("Properties") if resource is not None else None,
            of_all.get("Api") if of_all is not None else None,
        )
        for node in holders:
            for step in steps:
                node = node.get(step) if node is not None else None
            if node is not None:
                return node
        return None

    def origin(self, made: str) -> Node | None:
        """The resource whose name begins the name of one that is made of it."""
        names = [name for name in self._resources if made.startswith(name)]
        return self._resources[max(names, key=len)] if names else None

    def _check(self, name: str, node: Node) -> None:
        """Shapes that the translator takes for granted."""
        if name.startswith("Fn::"):
            hint = "let CloudFormation run it, and load the processed template"
            node.error("transform", f"{name[:80]} among Resources is not done here", hint)
            return
        if not node.is_mapping:
            node.wrong_type("a mapping")
            return
        kind, properties = node.value.get("Type"), node.get("Properties")
        if not isinstance(kind, str) or not kind:
            message = "Template format error: Every Resources object must contain a Type member."
            node.error("resource-type", message)
            return
        if not kind.startswith(SERVERLESS):
            return
        short = kind.removeprefix(SERVERLESS)
        why = LEFT_OUT[short][1] if short in LEFT_OUT else None
        if why is not None:
            node.warning("without-effect", f"{name[:80]}, an {kind}, has no effect here: {why}")
        if properties is None:
            return
        if not properties.is_mapping:
            properties.wrong_type("a mapping")
        elif short in _WHERE_EVENTS_ARE and "Events" in properties:
            self._check_events(name, properties.child("Events"))

    def _check_events(self, resource: str, events: Node) -> None:
        for name, event in events.each():
            if not event.is_mapping:
                event.wrong_type("a mapping")
                continue
            kind, properties = event.value.get("Type"), event.get("Properties")
            if kind == "HttpApi":
                event.warning("without-effect", f"the event {name[:80]} has no effect here: {_HTTP_API}")
            elif kind == "Api" and properties is not None and properties.is_mapping:
                path, verb = properties.value.get("Path"), properties.value.get("Method")
                api = _referred(properties.value.get("RestApiId")) or IMPLICIT
                self.events.append(ApiEvent(resource, name, api, str(path), str(verb).lower(), event))
            elif kind == "Api":
                (properties or event).wrong_type("a mapping", "an event of type Api has Path and Method")


def _referred(value: Any) -> str | None:
    """The logical id of ``{"Ref": id}``, or one that is written as such."""
    if isinstance(value, dict):
        value = value.get("Ref")
    return value if isinstance(value, str) else None
