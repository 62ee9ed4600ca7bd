"""AWS::ApiGateway::Model and AWS::ApiGateway::RequestValidator: what a request is checked against.

A schema is a mapping, or JSON as text. One without ``Name`` goes by its logical id, as a model's name on AWS
is invented. It may refer to models of the template and of the API's Body. Two validators may share a name on
AWS, where the second goes by its logical id here.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-model.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-requestvalidator.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from wsgi_gateway.config import ModelConfig, RequestValidatorConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.cfn_body import Described
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.json_text import read_json
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_schema import Models


def validator_names(parts: Parts, described: Collection[str] = ()) -> dict[str, str]:
    """The name of every validator of the API by logical id. ``described``: names that its Body has taken."""
    return {part.name: name for part, name in _named_validators(parts, described)}


def _named_validators(parts: Parts, described: Collection[str]) -> Iterator[tuple[Part, str]]:
    """AWS allows two of one name; here the second goes by its logical id, or one like it that is free."""
    taken = set(described)
    for part in parts.of_api("RequestValidator"):
        name, number = part.node.text("Name") or part.name, 1
        while name in taken:
            name, number = part.name if number == 1 else f"{part.name}{number}", number + 1
        taken.add(name)
        yield part, name


def read_validators(parts: Parts, described: Collection[str] = ()) -> dict[str, RequestValidatorConfig]:
    """Request validators by name, as :func:`validator_names` tells them."""
    return {
        name: RequestValidatorConfig(
            name=name,
            validate_request_body=part.node.boolean("ValidateRequestBody"),
            validate_request_parameters=part.node.boolean("ValidateRequestParameters"),
            place=part.node.place,
        )
        for part, name in _named_validators(parts, described)
    }


def read_models(parts: Parts, described: Described) -> dict[str, ModelConfig]:
    """The template's models by name, complete in themselves as those of a document are."""
    written: dict[str, Part] = {}
    for part in parts.of_api("Model"):
        name = part.node.text("Name") or part.name
        if name in written:
            part.node.error("model-twice", f"Model name already exists for this REST API: {name[:80]}")
        written[name] = part
    if not written:
        return {}
    schemas = {**described.schemas, **{name: _schema(part.node) for name, part in written.items()}}
    models = Models(schemas, is_later=described.is_later).all()
    return {name: _model(models[name], part.node) for name, part in written.items()}


def _model(model: ModelConfig, node: Node) -> ModelConfig:
    return replace(
        model,
        description=node.text("Description") or model.description,
        content_type=node.text("ContentType") or "application/json",
    )


def _schema(node: Node) -> Node:
    schema = node.get("Schema")
    if schema is None:
        return Node({}, node.document, node.report, node.members_path, node.line, node.column)
    if isinstance(schema.value, str):
        data = json_of(schema)
        return Node(data, node.document, node.report, schema.members_path, schema.line, schema.column)
    return schema


def json_of(node: Node) -> Any:
    """The data of JSON that stands in a template as text; reports what is none."""
    try:
        return read_json(node.value).data
    except ConfigError as error:
        node.error("json-syntax", f"no JSON stands here: {error.problems[0].message}")
        return {}
