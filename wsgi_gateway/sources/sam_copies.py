"""A SAM template made ready for the translator: a copy that knows where everything stands.

Three things are other than they were written. Local paths become addresses in a bucket that is none, as
``sam deploy`` makes them addresses of uploads; :func:`local_path` gives them back. What AWS::Include names is
put in its place, as AWS does before the transform. And what is no part of a REST API, and would cost a call
of AWS's or much time, is left out: other APIs, nested applications, connectors, events that are not of type
Api.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

from binascii import Error, unhexlify
from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property
from typing import Any

from wsgi_gateway.sources.cfn_files import beside, key_of
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import SERVERLESS, Template
from wsgi_gateway.sources.document import Document, Mark
from wsgi_gateway.sources.intrinsics import NOTHING, Intrinsics
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_template import LEFT_OUT, SamTemplate

ORIGIN = "wsgi_gateway"
"""The member of a resource's Metadata by which what is made of it leads back to it."""

_BUCKET = "a-file-beside-the-template"
_LOCAL = {
    "Function": ("CodeUri",),
    "LayerVersion": ("ContentUri",),
    "Api": ("DefinitionUri",),
    "StateMachine": ("DefinitionUri",),
}
_VERSIONS = ("swagger", "openapi")
"""Numbers that are versions, and go by their text: the translator may put them elsewhere."""

_OTHER_EVENTS = frozenset(
    "S3 SNS Kinesis DynamoDB SQS Schedule ScheduleV2 CloudWatchEvent EventBridgeRule CloudWatchLogs IoTRule "
    "AlexaSkill Cognito MSK MQ SelfManagedKafka DocumentDB".split()
)


class Placed(dict[str, Any]):
    """A mapping that somebody wrote: it knows where its members stand, and so do its copies. The translator
    makes others.
    """

    marks: dict[str | int, Mark]

    def __deepcopy__(self, memo: dict[int, Any]) -> Placed:
        made = memo[id(self)] = Placed()
        made.update({key: deepcopy(value, memo) for key, value in self.items()})
        made.marks = self.marks
        return made


class PlacedList(list[Any]):
    """A list that does."""

    marks: dict[str | int, Mark]

    def __deepcopy__(self, memo: dict[int, Any]) -> PlacedList:
        made = memo[id(self)] = PlacedList()
        made.extend(deepcopy(value, memo) for value in self)
        made.marks = self.marks
        return made


def ready(template: SamTemplate, options: TemplateOptions) -> Placed:
    """A fresh copy for the translator, which changes what it is given."""
    data = _Copier(template.root, options).copy()
    of_all = data.get("Globals")
    of_all = of_all if isinstance(of_all, dict) else {}
    for name in _LOCAL:
        _make_addresses(name, of_all.get(name))
    for name, resource in data["Resources"].items():
        _make_ready(name, resource, of_all.get("Function"))
    return data


class _Copier:
    def __init__(self, root: Node, options: TemplateOptions) -> None:
        self._root = root
        self._options = options

    @cached_property
    def _intrinsics(self) -> Intrinsics:
        return intrinsics_of(self._root, self._options)

    def copy(self) -> Placed:
        made: Placed = self._copied(self._root.value, self._root.document, self._root)
        return made

    def _copied(self, value: Any, document: Document, node: Node) -> Any:
        if isinstance(value, dict):
            made = Placed()
            made.marks = dict(document.marks.get(id(value), {}))
            for key, inner in value.items():
                if key == "Fn::Transform":
                    # What stands beside an include wins over it, be it written before or after.
                    for name, member in self._included(node.child(key), inner).items():
                        made.setdefault(name, member)
                else:
                    made[key] = self._copied(inner, document, node.child(key))
            return made
        if node.key in _VERSIONS and isinstance(value, (int, float)) and not isinstance(value, bool):
            return node.as_text()
        if isinstance(value, list):
            copies = (self._copied(inner, document, node.child(at)) for at, inner in enumerate(value))
            listed = PlacedList(copies)
            listed.marks = dict(document.marks.get(id(value), {}))
            return listed
        return value

    def _included(self, node: Node, written: Any) -> dict[str, Any]:
        """What AWS::Include leads to; it stands where the include does. Other macros are left to be told."""
        is_include = node.is_mapping and written.get("Name") == "AWS::Include"
        parameters = node.get("Parameters") if is_include else None
        location = parameters.get("Location") if parameters is not None else None
        place = None if location is None else text_at(location, self._intrinsics)
        document = None if place is None else beside(node, key_of(place))
        found = {} if document is None else document.data
        if place is None:
            return {"Fn::Transform": deepcopy(written)}
        if not isinstance(found, dict):
            node.error("transform", "a mapping was expected in the file that AWS::Include names")
            return {}
        written_there: Placed = _unmarked(found)
        return written_there


def text_at(node: Node, intrinsics: Intrinsics) -> str | None:
    """The text at a node, functions worked out, or None for one that cannot be."""
    if isinstance(node.value, str):
        return node.value
    report = node.report.apart()
    made = Node(node.value, node.document, report, node.members_path, node.line, node.column)
    text = intrinsics.text(made)
    return None if report.errors else text


def value_at(node: Node, intrinsics: Intrinsics) -> Any:
    """What stands at a node, functions worked out: None for nothing, True for what cannot be worked out."""
    report = node.report.apart()
    apart = Node(node.value, node.document, report, node.members_path, node.line, node.column)
    value = intrinsics.resolve(apart)
    if report.errors:
        return True
    return None if value is NOTHING else value


def intrinsics_of(root: Node, options: TemplateOptions) -> Intrinsics:
    """What works out functions before the template is translated; what is wrong with them is told later."""
    return Intrinsics(Template(Node.root(root.document, root.report.apart())), options)


def _unmarked(value: Any) -> Any:
    """A copy of what another file says. Its lines mean nothing in the template."""
    if isinstance(value, dict):
        made = Placed({key: _unmarked(inner) for key, inner in value.items()})
        made.marks = {}
        return made
    if isinstance(value, list):
        listed = PlacedList(map(_unmarked, value))
        listed.marks = {}
        return listed
    return value


def local_path(location: Any) -> str | None:
    """The path that became this ``{Bucket, Key}`` or ``{S3Bucket, S3Key}``; None for a real one."""
    if not isinstance(location, dict):
        return None
    bucket = location.get("Bucket") or location.get("S3Bucket")
    key = location.get("Key") or location.get("S3Key")
    if bucket != _BUCKET or not isinstance(key, str):
        return None
    try:
        return unhexlify(key).decode()
    except (Error, UnicodeDecodeError):
        return None


def _make_addresses(kind: str, properties: Any) -> None:
    for name in _LOCAL.get(kind, ()):
        written = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(written, str) and written and not written.startswith("s3://"):
            properties[name] = f"s3://{_BUCKET}/{written.encode().hex()}"


def _make_ready(name: str, resource: dict[str, Any], of_all: Any) -> None:
    resource.pop("Connectors", None)
    kind = str(resource["Type"])
    if not kind.startswith(SERVERLESS):
        return
    short = kind.removeprefix(SERVERLESS)
    if short in LEFT_OUT:
        resource["Type"] = LEFT_OUT[short][0]
        resource["Properties"] = {}
        return
    metadata = resource.get("Metadata")
    resource["Metadata"] = {**(metadata if isinstance(metadata, dict) else {}), ORIGIN: name}
    properties = resource.get("Properties")
    if not isinstance(properties, dict):
        return
    if short == "Function":
        _give_code(properties, of_all if isinstance(of_all, dict) else {})
    _make_addresses(short, properties)
    events = properties.get("Events")
    if isinstance(events, dict):
        for event in list(_not_of_apis(events)):
            del events[event]


def _give_code(properties: dict[str, Any], of_all: dict[str, Any]) -> None:
    """What ``sam build`` gives a function that names no code: the folder of the template, or its image."""
    both = {**of_all, **properties}
    if both.get("PackageType") == "Image":
        properties.setdefault("ImageUri", both.get("ImageUri") or "local")
    elif not both.get("CodeUri") and both.get("InlineCode") is None:
        properties["CodeUri"] = "."


def _not_of_apis(events: dict[str, Any]) -> Iterator[str]:
    for name, event in events.items():
        kind = event.get("Type") if isinstance(event, dict) else None
        if isinstance(kind, str) and (kind == "HttpApi" or kind in _OTHER_EVENTS):
            yield name
