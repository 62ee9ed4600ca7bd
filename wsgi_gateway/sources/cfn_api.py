"""AWS::ApiGateway::RestApi with all that belongs to it, and its GatewayResponses.

``Body`` and ``BodyS3Location`` (:mod:`~wsgi_gateway.sources.cfn_body`) are OpenAPI; resources of the template
come on top of what they say, as on AWS they are made later. A method, an authorizer or a model that is there
already is refused, as by AWS: one of the two protects less. So is a ``Policy`` that differs from that of the
Body (:mod:`~wsgi_gateway.sources.cfn_beside_body`). A ``Name`` beside them wins over the title. A ``Policy``
that is the empty text is none.

How an endpoint is reached (``EndpointConfiguration``, ``SecurityPolicy``, ...) is for the server in front to
decide, and a warning here: a PRIVATE endpoint is as private as that server.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html;
that Name wins is decided here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.config import GatewayResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config.check import COMPRESSION_REFUSAL
from wsgi_gateway.sources.cfn_authorizers import read_authorizers
from wsgi_gateway.sources.cfn_beside_body import check_policies, warn_of_replaced
from wsgi_gateway.sources.cfn_body import read_body
from wsgi_gateway.sources.cfn_methods import read_methods
from wsgi_gateway.sources.cfn_models import json_of, read_models, read_validators, validator_names
from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_policy import check_policy

_ENDPOINT = frozenset("Types IpAddressType VpcEndpointIds".split())


def read_api(parts: Parts) -> RestApiConfig:
    """The API that was chosen. What is wrong with it goes into the report of its nodes."""
    node = parts.api.node
    described = read_body(parts)
    base = described.api
    validators = read_validators(parts, base.request_validators)
    _check_endpoint(node)
    _check_twice(parts, base)
    policy, responses = _policy(parts), read_gateway_responses(parts)
    check_policies(node, base, policy)
    types = tuple(text.replace("~1", "/") for text in node.texts("BinaryMediaTypes"))
    size = node.integer("MinimumCompressionSize", COMPRESSION_REFUSAL)
    source = node.choice("ApiKeySourceType", {"HEADER", "AUTHORIZER"}, "api-key-source")
    warn_of_replaced(node, base, source, responses)
    if "Name" not in node and "Body" not in node and "BodyS3Location" not in node:
        node.error("property-missing", "an API needs a Name, or a Body that gives it one")
    methods = read_methods(parts, validator_names(parts, base.request_validators))
    return replace(
        base,
        name=node.text("Name") or base.name,
        id=parts.api.ref,
        version=node.text("Version") or base.version,
        description=node.text("Description") or base.description,
        resources=_merged(base.resources, methods, parts),
        models={**base.models, **read_models(parts, described)},
        request_validators={**base.request_validators, **validators},
        authorizers={**base.authorizers, **read_authorizers(parts)},
        gateway_responses={**base.gateway_responses, **responses},
        api_key_source=source or base.api_key_source,
        binary_media_types=tuple(dict.fromkeys((*base.binary_media_types, *types))),
        minimum_compression_size=base.minimum_compression_size if size is None else size,
        policy=base.policy if policy is None else policy,
        policy_place=base.policy_place if policy is None else node.child("Policy").place,
    )


def _check_twice(parts: Parts, described: RestApiConfig) -> None:
    """Report what the Body has already, by name."""
    told: tuple[tuple[str, Any, str], ...] = (
        ("Authorizer", described.authorizers, "Authorizer name must be unique. Authorizer {} exists"),
        ("Model", described.models, "Model name already exists for this REST API: {}"),
    )
    for kind, taken, message in told:
        for part in parts.of_api(kind):
            name = part.node.text("Name") or part.name
            if name in taken:
                part.node.error(f"{kind.lower()}-twice", message.format(name[:80]), "the Body has it already")


def _merged(
    described: Any, made: dict[str, dict[str, MethodConfig]], parts: Parts
) -> dict[str, dict[str, MethodConfig]]:
    found = {path: dict(methods) for path, methods in described.items()}
    for path, methods in made.items():
        there = found.setdefault(path, {})
        for verb in there.keys() & methods.keys():
            message = f"there are two methods {verb} {path[:200]}"
            place = methods[verb].place
            parts.api.node.report.error("method-twice", message, place, "the Body has it already")
        there.update(methods)
    return found


def _check_endpoint(node: Node) -> None:
    """Warn of what only the server in front can do."""
    if node.boolean("DisableExecuteApiEndpoint"):
        message = "DisableExecuteApiEndpoint has no effect here: this gateway is not reached by that name"
        node.child("DisableExecuteApiEndpoint").warning("without-effect", message)
    endpoint = node.get("EndpointConfiguration")
    if endpoint is None:
        return
    if not endpoint.is_mapping:
        endpoint.wrong_type("a mapping")
        return
    only(endpoint, _ENDPOINT, "property-unknown", "an EndpointConfiguration")
    endpoint.texts("VpcEndpointIds")
    if "PRIVATE" in endpoint.texts("Types"):
        message = "a PRIVATE endpoint is not private here: whoever reaches this server reaches the API"
        endpoint.warning("without-effect", message, "let only your network reach it")
    else:
        endpoint.warning("without-effect", "EndpointConfiguration has no effect here: the server decides")


def _policy(parts: Parts) -> dict[str, Any] | None:
    node = parts.api.node.get("Policy")
    if node is None or node.value == "":
        return None
    value = json_of(node) if isinstance(node.value, str) else node.value
    if not isinstance(value, dict):
        node.wrong_type("a mapping")
        return None
    own = OwnNames(parts.options.region, parts.options.account_id, parts.api.ref)
    check_policy(node, value, own)
    return value


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
