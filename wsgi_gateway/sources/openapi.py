"""OpenAPI 3.0 and 3.1, and Swagger 2.0, with the ``x-amazon-apigateway-*`` extensions.

::

    openapi: 3.0.1
    info: {title: pets, version: "1"}
    paths:
      /pets/{id}:
        get:
          responses: {"200": {description: a pet}}
          x-amazon-apigateway-integration:
            type: http_proxy
            httpMethod: GET
            uri: https://pets.example.com/{id}
            requestParameters:
              integration.request.path.id: method.request.path.id

A method without integration belongs to the wrapped WSGI app.

Not for: documents spread over several files; bundle them first.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from wsgi_gateway.config import GatewayResponseConfig, MethodConfig, RequestValidatorConfig, RestApiConfig
from wsgi_gateway.config.check import COMPRESSION_REFUSAL
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.definition import Definition
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_expressions import read_expressions
from wsgi_gateway.sources.openapi_extensions import (
    COMPONENTS,
    ELSEWHERE,
    INFO,
    PATH_ITEM,
    PREFIX,
    ROOT,
    check_extensions,
)
from wsgi_gateway.sources.openapi_operation import Surroundings, read_operation, read_parameters
from wsgi_gateway.sources.openapi_policy import POLICY, read_policy
from wsgi_gateway.sources.openapi_schema import Models
from wsgi_gateway.sources.openapi_security import Security
from wsgi_gateway.sources.openapi_servers import base_path, check_endpoints
from wsgi_gateway.sources.openapi_strays import check_everywhere
from wsgi_gateway.sources.openapi_variables import fill_variables
from wsgi_gateway.sources.protection import refuse_empty

FIELDS = frozenset(
    "openapi swagger info servers paths components security tags externalDocs webhooks jsonSchemaDialect "
    "host basePath "
    "schemes consumes produces definitions parameters responses securityDefinitions".split()
)
_TAG = frozenset("name description externalDocs".split())
_INFO = frozenset("title summary description termsOfService contact license version".split())
_COMPONENTS = frozenset(
    "schemas responses parameters examples requestBodies headers securitySchemes links callbacks "
    "pathItems".split()
)
_PATH_ITEM = frozenset(
    "summary description servers parameters get put post delete options head patch trace $ref".split()
)
_VERBS = frozenset(verb.lower() for verb in HTTP_METHODS)
_ANY = PREFIX + "any-method"
_VERSION = re.compile(r"3\.[01](\.\d+)?|2\.0")


def recognises(data: dict[str, Any]) -> bool:
    """Whether the data call themselves OpenAPI or Swagger."""
    return "openapi" in data or "swagger" in data


def read_definition(root: Node, *, basepath: str, options: TemplateOptions) -> Definition:
    """What a document declares: an API and nothing else."""
    for name in ("parameters", "imports", "resources", "rest_api"):
        if getattr(options, name):
            root.error("option", f"{name} is an option of CloudFormation templates")
    return Definition(api=read(root, basepath=basepath, options=options))


def read(root: Node, *, basepath: str, options: TemplateOptions | None = None) -> RestApiConfig:
    """The API that a document describes. What is wrong goes into the root's report; the rest is read on.

    :param basepath: what to do with the path of the server: ``ignore``, ``prepend``, or ``split`` (drop its
        first segment, prepend the others).
    :param options: the account and Region for AWS's variables; without them these stay as they are.
    """
    if options is not None:
        fill_variables(root, options)
    _check_version(root)
    _check_root(root)
    models = Models(schemas_of(root), is_later=is_later(root))
    security, validators = Security(root), _validators(root)
    around = Surroundings(
        models=models,
        security=security,
        request_validator=_default_validator(root, validators),
        consumes=root.texts("consumes"),
        produces=root.texts("produces"),
    )
    info = _mapping(root, "info")
    items: list[Node] = []
    resources = _resources(root, base_path(root, basepath), around, items)
    security.report_unchecked()
    check_everywhere(root, items, [scheme for name in security.names if (scheme := security.scheme(name))])
    return RestApiConfig(
        name=(info.text("title") if info else None) or "api",
        version=info.text("version") if info else None,
        description=info.text("description") if info else None,
        resources=resources,
        models=models.all(),
        request_validators=validators,
        authorizers=security.authorizers,
        gateway_responses=_gateway_responses(root),
        api_key_source=root.choice(PREFIX + "api-key-source", {"HEADER", "AUTHORIZER"}, "api-key-source")
        or "HEADER",
        binary_media_types=root.texts(PREFIX + "binary-media-types"),
        minimum_compression_size=root.integer(PREFIX + "minimum-compression-size", COMPRESSION_REFUSAL),
        policy=read_policy(root),
        policy_place=(root.get(POLICY) or root).place,
        place=root.place,
    )


def schemas_of(root: Node) -> dict[str, Node]:
    """The schemas of a document that have a name."""
    found: dict[str, Node] = {}
    for holder, member in ((root, "definitions"), (root.get("components"), "schemas")):
        if holder is not None:
            found.update(holder.members(member))
    return found


def is_later(root: Node) -> bool:
    """Whether a document is OpenAPI 3.1, whose schemas are not those of 3.0."""
    return str(root.value.get("openapi", "")).startswith("3.1")


def _check_version(root: Node) -> None:
    name = "openapi" if "openapi" in root.value else "swagger"
    node = root.child(name)
    version = str(node.value) if not isinstance(node.value, float) else node.as_text()
    if name == "swagger" and type(node.value) is int and node.value == 2:
        version = "2.0"  # a sample of AWS's own has it so
    if not _VERSION.fullmatch(version or "") or (name == "swagger") != (version == "2.0"):
        hint = "OpenAPI 3.0 and 3.1 and Swagger 2.0 are supported"
        node.error("document-version", f"{name} {str(node.value)[:20]!r} is not supported", hint)


def _check_root(root: Node) -> None:
    check_extensions(root, ROOT)
    root.mostly(FIELDS, "member-unknown", "an OpenAPI document")
    for name, where, known in (("info", INFO, _INFO), ("components", COMPONENTS, _COMPONENTS)):
        part = _mapping(root, name)
        if part is not None:
            check_extensions(part, where)
            part.mostly(known, "member-unknown", where)
    paths = root.get("paths")
    if paths is not None:
        check_extensions(paths, "the paths")
    tags = root.get("tags")
    for tag in tags.elements() if tags is not None and isinstance(tags.value, list) else ():
        check_extensions(tag, ELSEWHERE)
        tag.unread(_TAG, "member-unknown", "a tag")
    if "webhooks" in root:
        root.child("webhooks").warning("member-ignored", "webhooks have no effect")
    if "paths" not in root:
        root.error("paths-missing", "Invalid OpenAPI input: there are no paths")
    check_endpoints(root)


def _mapping(root: Node, name: str) -> Node | None:
    """A member that is a mapping; reports anything else."""
    node = root.get(name)
    if node is None or node.is_mapping:
        return node
    node.wrong_type("a mapping")
    return None


def _resources(
    root: Node, base: str, around: Surroundings, items: list[Node]
) -> dict[str, dict[str, MethodConfig]]:
    """Methods by path and verb. ``items`` gets the path items, references resolved."""
    resources: dict[str, dict[str, MethodConfig]] = {}
    for path, item in root.members("paths"):
        if path.startswith("x-"):
            continue
        resolved = None if item.value is None else _path_item(item)
        methods: dict[str, MethodConfig] = {}
        if resolved is not None:
            items.append(resolved)
            methods = _methods(path, resolved, around)
        full = _full_path(base, path, item)
        if full in resources:
            message = f"the path {path[:200]!r} is there twice: one would hide the other's protection"
            item.error("path-twice", message, "paths that differ in a final slash are one")
        resources[full] = methods
    return resources


def _full_path(base: str, path: str, item: Node) -> str:
    if len(path) > 1 and path.endswith("/"):
        item.warning("path-slash", f"the final slash of {path[:200]!r} has no effect")
        path = path.rstrip("/") or "/"
    return (base if path == "/" else base + path) or "/"


def _path_item(item: Node) -> Node | None:
    """What stands at a path, references resolved; None for what is no mapping (reported)."""
    resolved = item.resolve()
    if resolved is None or resolved.is_mapping:
        return resolved
    resolved.wrong_type("a mapping")
    return None


def _methods(path: str, item: Node, around: Surroundings) -> dict[str, MethodConfig]:
    check_extensions(item, PATH_ITEM)
    item.mostly(_PATH_ITEM, "member-unknown", "a path item")
    shared = read_parameters(item)
    methods: dict[str, MethodConfig] = {}
    for name, operation in item.each():
        if name == "trace":
            operation.warning("method-unsupported", "API Gateway has no TRACE methods")
        elif name in _VERBS or name == _ANY:
            verb = "ANY" if name == _ANY else name.upper()
            if operation.is_mapping:
                methods[verb] = read_operation(verb, path, operation, shared, around)
            else:
                operation.wrong_type("a mapping")
    return methods


def _validators(root: Node) -> dict[str, RequestValidatorConfig]:
    found: dict[str, RequestValidatorConfig] = {}
    for name, node in root.members(PREFIX + "request-validators"):
        if not node.is_mapping:
            node.wrong_type("a mapping")
            node = Node({}, node.document, node.report, node.members_path)
        checks = ("validateRequestBody", "validateRequestParameters")
        node.only(checks, "request-validator-field", "a request validator")
        refuse_empty(node, *checks)
        found[name] = RequestValidatorConfig(
            name=name,
            validate_request_body=node.boolean("validateRequestBody"),
            validate_request_parameters=node.boolean("validateRequestParameters"),
            place=node.place,
        )
    return found


def _default_validator(root: Node, validators: Collection[str]) -> str | None:
    """The document's own; an unknown one is reported here, not once for every method."""
    node = root.get(PREFIX + "request-validator")
    name = None if node is None else node.as_text()
    if node is None or name is None or name in validators:
        return name
    hint = did_you_mean(name, validators, "declare it among the request validators")
    node.error("request-validator", f"Invalid Request Validator identifier specified: {name[:80]}", hint)
    return None


def _gateway_responses(root: Node) -> dict[str, GatewayResponseConfig]:
    found: dict[str, GatewayResponseConfig] = {}
    for name, node in root.members(PREFIX + "gateway-responses"):
        if not node.is_mapping:
            node.wrong_type("a mapping")
            continue
        node.only(
            {"statusCode", "responseParameters", "responseTemplates"},
            "gateway-response-field",
            "a gateway response",
        )
        if name.upper() in found:
            node.error("gateway-response-twice", f"the gateway response {name.upper()[:80]} is there twice")
        found[name.upper()] = GatewayResponseConfig(
            response_type=name.upper(),
            status_code=node.integer("statusCode"),
            response_parameters=read_expressions(node, "responseParameters"),
            response_templates=node.text_map("responseTemplates"),
            place=node.place,
        )
    return found
