"""``Body`` and ``BodyS3Location`` of AWS::ApiGateway::RestApi: an OpenAPI document inside of a template.

The S3 object is a file beside the template (:mod:`~wsgi_gateway.sources.cfn_files`). ``Parameters`` are
those of an import: ``basepath`` counts, ``ignore`` and ``endpointConfigurationTypes`` have no effect.
``FailOnWarnings`` refuses what has a warning, but for what only here has no effect.

A Body may have no ``paths``, as in an example of AWS: resources of the template may have them. In one that
SAM made, as its Deployment tells, ``security: [{NONE: []}]`` is SAM's word
(:mod:`~wsgi_gateway.sources.sam_none`).

Models of the template may refer to those of the Body, for which its schemas are handed on.

Not for: what the document says; :mod:`~wsgi_gateway.sources.openapi` reads it.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.sources import openapi
from wsgi_gateway.sources.cfn_files import beside
from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_none import open_methods

_LOCATION = frozenset("Bucket ETag Key Version".split())
_BASEPATHS = frozenset({"IGNORE", "PREPEND", "SPLIT"})
_NOT_OF_AWS = "without-effect"
_DEPLOYED_BY_SAM = re.compile(r"RestApi deployment id: [0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Described:
    """What a Body says: its API, and its schemas as they are written (``is_later``: in OpenAPI 3.1)."""

    api: RestApiConfig
    schemas: Mapping[str, Node] = field(default_factory=dict)
    is_later: bool = False


def read_body(parts: Parts) -> Described:
    """What the document says; nothing without one, and for one that is none, which is reported."""
    node = parts.api.node
    if "Mode" in node:
        node.choice("Mode", {"MERGE", "OVERWRITE"}, "api-mode")
    document, nothing = _document(node), Described(RestApiConfig(place=node.place))
    if document is None:
        return nothing
    if not isinstance(document.data, dict) or not openapi.recognises(document.data):
        body = node.get("Body") or node.child("BodyS3Location")
        hint = "it starts with openapi: 3.0.1 or swagger: '2.0'"
        body.error("document-kind", "Invalid OpenAPI input.", hint)
        return nothing
    report = node.report.apart()
    root = Node.root(document, report)
    if "Body" in node:
        body = node.child("Body")
        root = Node(body.value, document, report, body.members_path, body.line, body.column)
    if _is_of_sam(parts):
        open_methods(document.data, lambda _: True)
    found = openapi.read(root, basepath=_basepath(node), options=parts.options)
    node.report.extend((*report.errors, *report.warnings))
    if node.boolean("FailOnWarnings") and any(one.code != _NOT_OF_AWS for one in report.warnings):
        node.child("FailOnWarnings").error("warnings", "the Body has warnings, and FailOnWarnings is true")
    return Described(found, openapi.schemas_of(root), openapi.is_later(root))


def _is_of_sam(parts: Parts) -> bool:
    """Whether SAM made the API of a template that it was asked to process."""
    said = (part.node.text("Description") or "" for part in parts.of_api("Deployment"))
    return any(_DEPLOYED_BY_SAM.fullmatch(text) for text in said)


def _document(node: Node) -> Document | None:
    location, body = node.get("BodyS3Location"), node.get("Body")
    if location is not None and body is not None:
        location.error("api-body", "Body and BodyS3Location cannot both be given")
    if location is not None:
        return _located(location)
    if body is None:
        return None
    if body.is_mapping and openapi.recognises(body.value):
        body.value.setdefault("paths", {})
    return Document(body.value, body.document.file, body.document.marks, body.members_path)


def _located(location: Node) -> Document | None:
    if not location.is_mapping:
        location.wrong_type("a mapping")
        return None
    only(location, _LOCATION, "property-unknown", "a BodyS3Location")
    key = location.text("Key")
    if key is None:
        location.error("api-body", "a BodyS3Location needs a Key")
        return None
    return beside(location, key)


def _basepath(node: Node) -> str:
    for name, parameter in node.members("Parameters"):
        if name in ("ignore", "endpointConfigurationTypes"):
            parameter.warning("without-effect", f"the import parameter {name} has no effect here")
        elif name != "basepath":
            parameter.error("import-parameter", f"the import parameter {name[:80]!r} is unknown")
    holder = node.get("Parameters")
    mode = holder.choice("basepath", _BASEPATHS, "basepath") if holder is not None else None
    return (mode or "IGNORE").lower()
