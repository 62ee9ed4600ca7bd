"""AWS::ApiGateway::RestApi with its Authorizers, Models, RequestValidators and GatewayResponses.

``Body`` and ``BodyS3Location`` (a file beside the template) are OpenAPI; resources of the template come on
top of what they say, and win, as on AWS they are made later. A ``Name`` beside them wins over the title.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html;
that Name wins is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.policy import Policy
from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.config import (
    AuthorizerConfig,
    GatewayResponseConfig,
    MethodConfig,
    ModelConfig,
    RequestValidatorConfig,
    RestApiConfig,
)
from wsgi_gateway.config.authorizer import AUTHORIZER_TYPES, JwtConfig
from wsgi_gateway.errors import ConfigError, Place
from wsgi_gateway.sources import openapi
from wsgi_gateway.sources.cfn_files import beside
from wsgi_gateway.sources.cfn_methods import read_methods
from wsgi_gateway.sources.cfn_parts import Part, Parts
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.json_text import read_json
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_authorizer import read_jwt_configuration
from wsgi_gateway.sources.openapi_schema import Models
from wsgi_gateway.sources.report import Report

_CLOSING = ("VpcEndpointIds",)
_ENDPOINT = frozenset("Types IpAddressType VpcEndpointIds".split())
_LOCATION = frozenset("Bucket ETag Key Version".split())
_BASEPATHS = frozenset({"IGNORE", "PREPEND", "SPLIT"})


def read_api(parts: Parts) -> RestApiConfig:
    """The API that was chosen. What is wrong with it goes into the report of its nodes."""
    node = parts.api.node
    described = _described(parts.api)
    validators = read_validators(parts)
    names = {part.name: name for part, name in _validator_names(parts)}
    _check_endpoint(node)
    base = described or RestApiConfig(place=node.place)
    policy = _policy(parts)
    types = tuple(text.replace("~1", "/") for text in node.texts("BinaryMediaTypes"))
    size = node.integer("MinimumCompressionSize")
    source = node.choice("ApiKeySourceType", {"HEADER", "AUTHORIZER"}, "api-key-source")
    if "Name" not in node and "Body" not in node and "BodyS3Location" not in node:
        node.error("property-missing", "an API needs a Name, or a Body that gives it one")
    return replace(
        base,
        name=node.text("Name") or base.name,
        id=parts.api.ref,
        version=node.text("Version") or base.version,
        description=node.text("Description") or base.description,
        resources=_merged(base.resources, read_methods(parts, names)),
        models={**base.models, **read_models(parts)},
        request_validators={**base.request_validators, **validators},
        authorizers={**base.authorizers, **read_authorizers(parts)},
        gateway_responses={**base.gateway_responses, **read_gateway_responses(parts)},
        api_key_source=source or base.api_key_source,
        binary_media_types=tuple(dict.fromkeys((*base.binary_media_types, *types))),
        minimum_compression_size=base.minimum_compression_size if size is None else size,
        policy=base.policy if policy is None else policy,
        policy_place=base.policy_place if policy is None else node.child("Policy").place,
    )


def _merged(described: Any, made: dict[str, dict[str, MethodConfig]]) -> dict[str, dict[str, MethodConfig]]:
    found = {path: dict(methods) for path, methods in described.items()}
    for path, methods in made.items():
        found[path] = {**found.get(path, {}), **methods}
    return found


# ------------------------------------------------------------------- the API


def _described(api: Part) -> RestApiConfig | None:
    """What ``Body`` or ``BodyS3Location`` says."""
    node = api.node
    if "Mode" in node:
        node.choice("Mode", {"MERGE", "OVERWRITE"}, "api-mode")
    document = _body(node)
    if document is None:
        return None
    if not isinstance(document.data, dict) or not openapi.recognises(document.data):
        body = node.get("Body") or node
        body.error(
            "document-kind", "Invalid OpenAPI input.", "it starts with openapi: 3.0.1 or swagger: '2.0'"
        )
        return None
    report = Report()
    found = openapi.read(Node.root(document, report), basepath=_basepath(node))
    for problem in (*report.errors, *report.warnings):
        if document.marks is not node.document.marks:
            node.report.add(problem)
        else:
            node.report.add(replace(problem, place=_below(node, problem.place)))
    if node.boolean("FailOnWarnings") and report.warnings:
        node.child("FailOnWarnings").error("warnings", "the Body has warnings, and FailOnWarnings is true")
    return found


def _body(node: Node) -> Document | None:
    location, body = node.get("BodyS3Location"), node.get("Body")
    if location is not None and body is not None:
        location.error("api-body", "Body and BodyS3Location cannot both be given")
    if location is not None:
        if not location.is_mapping:
            location.wrong_type("a mapping")
            return None
        location.only(_LOCATION, "property-unknown", "a BodyS3Location")
        key = location.text("Key")
        if key is None:
            location.error("api-body", "a BodyS3Location needs a Key")
            return None
        return beside(location, key)
    return None if body is None else Document(body.value, node.document.file, node.document.marks)


def _below(node: Node, place: Place) -> Place:
    """A place inside of the Body, with its path in the template."""
    return replace(place, path=node.child("Body").place.path + place.path.removeprefix("$"))


def _basepath(node: Node) -> str:
    """Import parameters: ``basepath`` counts; documentation and endpoint types are without effect."""
    holder = node.get("Parameters")
    if holder is None or not holder.is_mapping:
        if holder is not None:
            holder.wrong_type("a mapping")
        return "ignore"
    for name, parameter in holder.each():
        if name in ("ignore", "endpointConfigurationTypes"):
            parameter.warning("without-effect", f"the import parameter {name} has no effect here")
        elif name != "basepath":
            parameter.error("import-parameter", f"the import parameter {name[:80]!r} is unknown")
    return (holder.choice("basepath", _BASEPATHS, "import-parameter") or "ignore").lower()


def _check_endpoint(node: Node) -> None:
    """An endpoint that is to be closed, and that we would leave open, stops the load."""
    hint = "restrict the endpoint in the server in front, and remove this property"
    if node.boolean("DisableExecuteApiEndpoint"):
        message = "DisableExecuteApiEndpoint has no effect here: this gateway is not reached by that name"
        node.child("DisableExecuteApiEndpoint").warning("without-effect", message)
    endpoint = node.get("EndpointConfiguration")
    if endpoint is None:
        return
    if not endpoint.is_mapping:
        endpoint.wrong_type("a mapping")
        return
    endpoint.only(_ENDPOINT, "property-unknown", "an EndpointConfiguration")
    for name in _CLOSING:
        if endpoint.value.get(name):
            endpoint.child(name).error("endpoint-unsupported", f"{name} is not supported", hint)
    if "PRIVATE" in endpoint.texts("Types"):
        message = "a PRIVATE endpoint is not private here: whoever reaches this server reaches the API"
        endpoint.warning("without-effect", message, "let only your network reach it")
    else:
        endpoint.warning("without-effect", "EndpointConfiguration has no effect here: the server decides")


def _policy(parts: Parts) -> dict[str, Any] | None:
    node = parts.api.node.get("Policy")
    if node is None:
        return None
    value = _json(node) if isinstance(node.value, str) else node.value
    if not isinstance(value, dict):
        node.wrong_type("a mapping")
        return None
    own = OwnNames(parts.options.region, parts.options.account_id, parts.api.ref)
    try:
        Policy(value, resource_policy=True, own=own)
    except PolicyError as error:
        node.error("resource-policy", f"the resource policy: {error}")
    return value


def _json(node: Node) -> Any:
    try:
        return read_json(node.value).data
    except ConfigError as error:
        node.error("json-syntax", f"no JSON stands here: {error.problems[0].message}")
        return {}


# ------------------------------------------------------------- what it shares


def _validator_names(parts: Parts) -> Iterator[tuple[Part, str]]:
    """AWS allows two of one name; here the second goes by its logical id."""
    taken: set[str] = set()
    for part in parts.of_api("RequestValidator"):
        name = part.node.text("Name") or part.name
        name = part.name if name in taken else name
        taken.add(name)
        yield part, name


def read_validators(parts: Parts) -> dict[str, RequestValidatorConfig]:
    """Request validators by name."""
    return {
        name: RequestValidatorConfig(
            name=name,
            validate_request_body=part.node.boolean("ValidateRequestBody"),
            validate_request_parameters=part.node.boolean("ValidateRequestParameters"),
        )
        for part, name in _validator_names(parts)
    }


def read_authorizers(parts: Parts) -> dict[str, AuthorizerConfig]:
    """Authorizers by name."""
    found: dict[str, AuthorizerConfig] = {}
    for part in parts.of_api("Authorizer"):
        name, kind = part.node.text("Name"), part.node.choice("Type", AUTHORIZER_TYPES, "authorizer-type")
        if name is None or kind is None:
            continue
        if name in found:
            part.node.error(
                "authorizer-twice", f"Authorizer name must be unique. Authorizer {name[:80]} exists"
            )
        found[name] = _authorizer(name, kind, part.node)
    return found


def _authorizer(name: str, kind: str, node: Node) -> AuthorizerConfig:
    ttl = node.integer("AuthorizerResultTtlInSeconds")
    source = node.text("IdentitySource") or ""
    pools = node.texts("ProviderARNs")
    if kind in ("TOKEN", "REQUEST") and "AuthorizerUri" not in node:
        node.error("authorizer-uri", f"a {kind} authorizer needs an AuthorizerUri")
    return AuthorizerConfig(
        name=name,
        type=kind,
        authorizer_uri=node.text("AuthorizerUri"),
        authorizer_credentials=node.text("AuthorizerCredentials"),
        identity_source=tuple(part.strip() for part in source.split(",") if part.strip()),
        identity_validation_expression=node.text("IdentityValidationExpression"),
        authorizer_result_ttl_in_seconds=300 if ttl is None else ttl,
        provider_arns=pools,
        jwt_configuration=_jwt(node, kind),
        auth_type=node.text("AuthType"),
        place=node.place,
    )


def _jwt(node: Node, kind: str) -> JwtConfig | None:
    written = node.get("JwtConfiguration")
    if kind != "JWT" and written is not None:
        message = f"JwtConfiguration is without effect on type {kind}"
        written.warning("without-effect", message)
    if kind != "JWT":
        return None
    data = {} if written is None else {"jwtConfiguration": _uncapitalised(written.value)}
    return read_jwt_configuration(
        Node(data, node.document, node.report, node.members_path, node.line, node.column)
    )


def _uncapitalised(value: Any) -> Any:
    """Names as OpenAPI has them: ``DefaultAlgorithms`` is ``defaultAlgorithms``."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _uncapitalised(inner) for key, inner in value.items()}
    return [_uncapitalised(inner) for inner in value] if isinstance(value, list) else value


def read_gateway_responses(parts: Parts) -> dict[str, GatewayResponseConfig]:
    """Gateway responses by type."""
    found: dict[str, GatewayResponseConfig] = {}
    for part in parts.of_api("GatewayResponse"):
        kind = part.node.text("ResponseType")
        if kind is None:
            continue
        if kind in found:
            part.node.error("gateway-response-twice", f"there are two gateway responses {kind[:80]}")
        found[kind] = GatewayResponseConfig(
            response_type=kind,
            status_code=part.node.integer("StatusCode"),
            response_parameters=part.node.text_map("ResponseParameters"),
            response_templates=part.node.text_map("ResponseTemplates"),
            place=part.node.place,
        )
    return found


class _Schemas(Node):
    """The schemas of a template where :class:`Models` looks for those of a document."""

    __slots__ = ("schemas",)
    schemas: dict[str, Node]

    def get(self, name: str) -> Node | None:
        return None

    def members(self, name: str) -> Iterator[tuple[str, Node]]:
        return iter(self.schemas.items())


def read_models(parts: Parts) -> dict[str, ModelConfig]:
    """Models by name, complete in themselves as those of a document are."""
    written: dict[str, Part] = {}
    for part in parts.of_api("Model"):
        name = part.node.text("Name") or part.name
        if name in written:
            part.node.error("model-twice", f"Model name already exists for this REST API: {name[:80]}")
        written[name] = part
    node = parts.api.node
    root = _Schemas(node.value, node.document, node.report, node.members_path, node.line, node.column)
    root.schemas = {name: _schema(part.node) for name, part in written.items()}
    return {
        name: replace(
            model,
            description=written[name].node.text("Description") or model.description,
            content_type=written[name].node.text("ContentType") or "application/json",
        )
        for name, model in Models(root).all().items()
    }


def _schema(node: Node) -> Node:
    schema = node.get("Schema")
    if schema is None:
        return Node({}, node.document, node.report, node.members_path, node.line, node.column)
    if isinstance(schema.value, str):
        data = _json(schema)
        return Node(data, node.document, node.report, schema.members_path, schema.line, schema.column)
    return schema
