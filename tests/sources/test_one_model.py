"""One model: an API that uses all of it, in code, OpenAPI 3.0, Swagger 2.0, CloudFormation and SAM."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway import config
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    CanarySettingsConfig,
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    MethodSettingConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.config.authorizer import JwtClaimConfig, JwtConfig, JwtIssuerConfig
from wsgi_gateway.config.frozen import freeze
from wsgi_gateway.sources import load_definition

FORMS = Path(__file__).parent / "one_model"

NOT_SAID = {
    "ApiStageConfig.api_id": "None is the API beside it in the template",
    "AuthorizerConfig.auth_type": "imports leave it out",
    "CanarySettingsConfig.deployment": "no document holds two deployments",
    "CanarySettingsConfig.deployment_id": "AWS invents it",
    "IntegrationConfig.insecure_skip_verification": "CloudFormation has no TlsConfig",
    "MethodSettingConfig.cache_per_caller": "AWS has no such setting",
    "MethodSettingConfig.require_authorization_for_cache_control": "CloudFormation has no such property",
    "MethodSettingConfig.unauthorized_cache_control_header_strategy": "CloudFormation has no such property",
    "ModelConfig.content_type": "models of an OpenAPI document are JSON",
    "RestApiConfig.id": "AWS invents it",
    "StageConfig.account_id": "it is that of the account where the stack is",
    "StageConfig.account_throttle": "AWS has it beside all stages",
    "StageConfig.deployment_id": "AWS invents it",
    "StageConfig.overall_throttle": "AWS has no such limit",
    "StageConfig.region": "it is that of the stack",
    "StageConfig.throttle": "documents say it by method settings",
    "UsagePlanConfig.shadow": "AWS has no such plan",
}
"""Fields that stay as they are by default, as one form at least has no words for them."""

ROLE = "arn:aws:iam::123456789012:role/warehouse"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"


def invoked(name: str, path: str = "2015-03-31/functions/{}/invocations") -> str:
    function = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/{path.format(function)}"


PRICE = {
    "type": "object",
    "required": ["cents"],
    "properties": {"cents": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}},
}
ITEM = {
    "description": "What lies on a shelf.",
    "type": "object",
    "required": ["name", "price"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "price": {"$ref": "#/definitions/price"},
        "parts": {"type": "array", "items": {"$ref": "#/definitions/item"}},
    },
}
LIST_ITEMS = MethodConfig(
    http_method="GET",
    operation_name="listItems",
    authorization_type="CUSTOM",
    authorizer="guard",
    api_key_required=True,
    request_validator="all",
    request_parameters={"method.request.querystring.limit": False, "method.request.header.X-Store": True},
    method_responses={
        200: MethodResponseConfig(
            status_code=200,
            response_parameters={"method.response.header.X-Total": False},
            response_models={"application/json": "item"},
        ),
        404: MethodResponseConfig(status_code=404),
    },
    integration=IntegrationConfig(
        type="HTTP",
        http_method="GET",
        uri="https://stock.internal/${stageVariables.shelf}/items",
        connection_type="VPC_LINK",
        connection_id="abc123",
        cache_namespace="items",
        cache_key_parameters=["method.request.querystring.limit"],
        timeout_in_millis=3000,
        request_parameters={
            "integration.request.querystring.most": "method.request.querystring.limit",
            "integration.request.header.store": "method.request.header.X-Store",
        },
        integration_responses=[
            IntegrationResponseConfig(status_code=404, selection_pattern="404"),
            IntegrationResponseConfig(
                status_code=200,
                response_parameters={"method.response.header.X-Total": "integration.response.header.total"},
            ),
        ],
    ),
)
ADD_ITEM = MethodConfig(
    http_method="POST",
    operation_name="addItem",
    authorization_type="COGNITO_USER_POOLS",
    authorizer="login",
    authorization_scopes=["warehouse/write"],
    request_validator="body",
    request_models={"application/json": "item"},
    method_responses={status: MethodResponseConfig(status_code=status) for status in (201, 503)},
    integration=IntegrationConfig(
        type="AWS",
        http_method="POST",
        uri=invoked("Add"),
        credentials=ROLE,
        passthrough_behavior="NEVER",
        content_handling="CONVERT_TO_TEXT",
        request_templates={"application/json": '{"item": $input.json("$")}'},
        integration_responses=[
            IntegrationResponseConfig(
                status_code=503,
                selection_pattern="busy.*",
                content_handling="CONVERT_TO_TEXT",
                response_templates={"application/json": '{"retry": true}'},
            ),
            IntegrationResponseConfig(status_code=201),
        ],
    ),
)
OF_ID = {"method.request.path.id": True}
SHOW_ITEM = MethodConfig(
    http_method="GET",
    authorization_type="CUSTOM",
    authorizer="asked",
    request_parameters=OF_ID,
    integration=IntegrationConfig(
        type="AWS_PROXY",
        http_method="POST",
        uri=invoked("Show", "2021-11-15/functions/{}/response-streaming-invocations"),
        response_transfer_mode="STREAM",
    ),
)
DROP_ITEM = MethodConfig(
    http_method="DELETE",
    authorization_type="AWS_IAM",
    request_parameters=OF_ID,
    integration=IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=invoked("Drop")),
)
CHANGE_ITEM = MethodConfig(
    http_method="PATCH",
    authorization_type="JWT",
    authorizer="partner",
    authorization_scopes=["items.write"],
    request_parameters=OF_ID,
)
FILES = MethodConfig(
    http_method="ANY",
    request_parameters={"method.request.path.path": True},
    integration=IntegrationConfig(
        type="HTTP_PROXY",
        http_method="ANY",
        uri="https://files.internal/{path}",
        request_parameters={"integration.request.path.path": "method.request.path.path"},
    ),
)
HEALTH = MethodConfig(
    http_method="GET",
    method_responses={200: MethodResponseConfig(status_code=200)},
    integration=IntegrationConfig(
        type="MOCK",
        request_templates={"application/json": "{statusCode: 200}"},
        integration_responses=[IntegrationResponseConfig(status_code=200)],
    ),
)
GUARD = AuthorizerConfig(
    name="guard",
    type="TOKEN",
    authorizer_uri=invoked("Guard"),
    authorizer_credentials=ROLE,
    identity_source=["method.request.header.X-Token"],
    identity_validation_expression="[a-z]+",
    authorizer_result_ttl_in_seconds=60,
)
ASKED = AuthorizerConfig(
    name="asked",
    type="REQUEST",
    authorizer_uri=invoked("Guard"),
    identity_source=[
        "method.request.header.X-Who",
        "method.request.querystring.who",
        "stageVariables.shelf",
        "context.httpMethod",
    ],
)
LOGIN = AuthorizerConfig(
    name="login",
    type="COGNITO_USER_POOLS",
    provider_arns=[POOL],
    identity_source=["method.request.header.Authorization"],
)
TIER = JwtClaimConfig(claim_name="tier", required=True, expected_values=["gold"])
PARTNER = AuthorizerConfig(
    name="partner",
    type="JWT",
    identity_source=["method.request.header.Authorization"],
    jwt_configuration=JwtConfig(
        default_algorithms=["RS256"],
        issuers=[
            JwtIssuerConfig(
                issuer="https://partner.example", audiences=["warehouse"], additional_claims=[TIER]
            )
        ],
    ),
)
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
API = RestApiConfig(
    name="warehouse",
    version="7",
    description="Shelves and what lies on them.",
    api_key_source="AUTHORIZER",
    binary_media_types=["image/png", "application/octet-stream"],
    minimum_compression_size=1024,
    policy={"Version": "2012-10-17", "Statement": [ANYBODY]},
    request_validators={
        "all": RequestValidatorConfig(
            name="all", validate_request_body=True, validate_request_parameters=True
        ),
        "body": RequestValidatorConfig(name="body", validate_request_body=True),
    },
    models={
        "price": ModelConfig(name="price", schema=PRICE),
        "item": ModelConfig(
            name="item",
            description="What lies on a shelf.",
            schema={**ITEM, "definitions": {"item": ITEM, "price": PRICE}},
        ),
    },
    gateway_responses={
        "DEFAULT_4XX": GatewayResponseConfig(
            response_type="DEFAULT_4XX",
            response_parameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            response_templates={"application/json": '{"error": $context.error.messageString}'},
        ),
        "UNAUTHORIZED": GatewayResponseConfig(response_type="UNAUTHORIZED", status_code=418),
    },
    authorizers={one.name: one for one in (GUARD, ASKED, LOGIN, PARTNER)},
    resources={
        "/items": {"GET": LIST_ITEMS, "POST": ADD_ITEM},
        "/items/{id}": {"GET": SHOW_ITEM, "DELETE": DROP_ITEM, "PATCH": CHANGE_ITEM},
        "/files/{path+}": {"ANY": FILES},
        "/health": {"GET": HEALTH},
    },
)
KEYS = (
    ApiKeyConfig(id="Ada", name="ada", value="ada-ada-ada-ada-ada-ada"),
    ApiKeyConfig(id="Bob", name="bob", value="bob-bob-bob-bob-bob-bob", enabled=False),
)
PLAN = UsagePlanConfig(
    id="Gold",
    name="gold",
    keys=["Ada"],
    api_stages=[
        ApiStageConfig(stage="prod", throttle={"/items/GET": ThrottleConfig(rate_limit=1.0, burst_limit=2)})
    ],
    throttle=ThrottleConfig(rate_limit=10.5, burst_limit=20),
    quota=QuotaConfig(limit=1000, period="MONTH", offset=3),
)
STACK = replace(API, api_keys=KEYS, usage_plans=[PLAN])
"""With what OpenAPI has no words for: AWS keeps it beside the API."""

STAGE = StageConfig(
    stage_name="prod",
    variables={"shelf": "north"},
    cache_cluster_enabled=True,
    cache_cluster_size="0.5",
    tracing_enabled=True,
    canary_settings=CanarySettingsConfig(
        percent_traffic=5.5, use_stage_cache=True, stage_variable_overrides={"shelf": "south"}
    ),
    method_settings={
        "*/*": MethodSettingConfig(
            logging_level="INFO",
            data_trace_enabled=True,
            metrics_enabled=True,
            throttling_rate_limit=100.5,
            throttling_burst_limit=200,
        ),
        "/items/GET": MethodSettingConfig(
            caching_enabled=True, cache_ttl_in_seconds=60, cache_data_encrypted=True
        ),
    },
)
TEMPLATES = ["cloudformation.yaml", "sam.yaml"]
every_template = pytest.mark.parametrize("form", TEMPLATES)


def loaded(form: str) -> Any:
    return load_definition(FORMS / form, resources={"Warehouse": API.id} if form in TEMPLATES else {})


def differences(one: Any, other: Any, path: str = "$") -> Iterator[str]:
    """Where two configs differ, for a message that says more than two long lines."""
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            if field.compare:
                yield from differences(
                    getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}"
                )
    elif isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{path}[{key!r}]")
    elif one != other:
        yield f"{path}: {one!r} is not {other!r}"


@pytest.mark.parametrize("form", ["openapi.yaml", "swagger.yaml"])
def test_a_document_of_openapi_is_the_api(form):
    definition = loaded(form)
    assert list(differences(definition.api, API)) == []
    assert definition.api == API
    assert definition.stages == {}


@every_template
def test_a_template_is_the_api_with_its_keys_and_plans(form):
    api = loaded(form).api
    assert list(differences(api, STACK)) == []
    assert api == STACK


@every_template
def test_a_template_has_the_stage(form):
    stages = loaded(form).stages
    assert list(stages) == ["prod"]
    assert list(differences(replace(stages["prod"], deployment_id=STAGE.deployment_id), STAGE)) == []


def in_use(value: Any) -> Iterator[Any]:
    """Every config inside of one."""
    if is_dataclass(value):
        yield value
        for field in fields(value):
            yield from in_use(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from in_use(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from in_use(one)


def usual(field: Any) -> Any:
    if field.default is not MISSING:
        return field.default
    return freeze(field.default_factory()) if field.default_factory is not MISSING else MISSING


def unsaid() -> set[str]:
    """Fields of the model that stand nowhere in the API and its stage for anything but their default."""
    configs = list(in_use((STACK, STAGE)))
    exported = [one for one in vars(config).values() if inspect.isclass(one)]
    kinds = {kind for kind in (*map(type, configs), *exported) if kind.__name__.endswith("Config")}
    return {
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in fields(kind)
        if field.compare
        and all(getattr(one, field.name) == usual(field) for one in configs if type(one) is kind)
    }


def test_the_api_says_all_that_the_model_can_say():
    assert unsaid() == set(NOT_SAID)
