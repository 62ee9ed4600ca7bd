"""Definitions that have an object of every kind, and the way to each: what the tables are tried on."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

X = "x-amazon-apigateway-"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:guard/invocations"
)
CLAIM = {"claimName": "department", "required": True, "expectedValues": ["sales"]}

OPENAPI: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "tags": [{"name": "pets"}],
    "servers": [{"url": "https://example.org/v1", X + "endpoint-configuration": {"types": ["REGIONAL"]}}],
    X + "endpoint-configuration": {"types": ["REGIONAL"]},
    X + "request-validators": {"all": {"validateRequestBody": True}},
    X + "gateway-responses": {"DEFAULT_4XX": {"statusCode": 418}},
    "paths": {
        "/pets": {
            "parameters": [{"name": "page", "in": "query"}],
            "post": {
                "security": [{"guard": []}],
                X + "request-validator": "all",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "200": {
                        "description": "a pet",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    }
                },
                X + "integration": {
                    "type": "http",
                    "httpMethod": "POST",
                    "uri": "https://example.org/pets",
                    "tlsConfig": {"insecureSkipVerification": False},
                    "responses": {"default": {"statusCode": "200"}},
                },
            },
            "delete": {"security": [{"tokens": []}]},
        }
    },
    "components": {
        "securitySchemes": {
            "guard": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                X + "authorizer": {"type": "token", "authorizerUri": LAMBDA},
            },
            "tokens": {
                "type": "oauth2",
                X + "authorizer": {
                    "type": "jwt",
                    "identitySource": "method.request.header.Authorization",
                    "jwtConfiguration": {
                        "issuers": [
                            {
                                "issuer": "https://issuer.example.org",
                                "audiences": ["pets"],
                                "additionalClaims": [CLAIM],
                            }
                        ],
                        "defaultAlgorithms": ["RS256"],
                    },
                },
            },
        },
    },
}

_OPERATION = ("paths", "/pets", "post")
_SCHEMES = ("components", "securitySchemes")
_JWT = (*_SCHEMES, "tokens", X + "authorizer", "jwtConfiguration")
IN_OPENAPI: dict[str, tuple[str | int, ...]] = {
    "document": (),
    "info": ("info",),
    "tag": ("tags", 0),
    "server": ("servers", 0),
    "endpoint": (X + "endpoint-configuration",),
    "components": ("components",),
    "path-item": ("paths", "/pets"),
    "parameter": ("paths", "/pets", "parameters", 0),
    "operation": _OPERATION,
    "request-body": (*_OPERATION, "requestBody"),
    "request-media": (*_OPERATION, "requestBody", "content", "application/json"),
    "schema": (*_OPERATION, "requestBody", "content", "application/json", "schema"),
    "response": (*_OPERATION, "responses", "200"),
    "response-media": (*_OPERATION, "responses", "200", "content", "application/json"),
    "scheme": (*_SCHEMES, "guard"),
    "authorizer": (*_SCHEMES, "guard", X + "authorizer"),
    "jwt": _JWT,
    "issuer": (*_JWT, "issuers", 0),
    "claim": (*_JWT, "issuers", 0, "additionalClaims", 0),
    "validator": (X + "request-validators", "all"),
    "gateway-response": (X + "gateway-responses", "DEFAULT_4XX"),
    "integration": (*_OPERATION, X + "integration"),
    "tls": (*_OPERATION, X + "integration", "tlsConfig"),
    "integration-response": (*_OPERATION, X + "integration", "responses", "default"),
}
"""The way to an object of a kind in :data:`OPENAPI`."""

SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "pets", "version": "1"},
    "paths": {
        "/pets": {
            "post": {
                "parameters": [{"name": "pet", "in": "body", "schema": {"type": "object"}}],
                "responses": {"200": {"description": "a pet", "schema": {"type": "object"}}},
            }
        }
    },
}
IN_SWAGGER: dict[str, tuple[str | int, ...]] = {"body-parameter": (*_OPERATION, "parameters", 0)}


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}


_API = {"RestApiId": {"Ref": "Api"}}
_THROTTLE = {"BurstLimit": 2, "RateLimit": 1}
_FUNCTION = {"Runtime": "python3.12", "Handler": "index.handler", "Layers": [{"Ref": "Shelf"}]}
TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Resources": {
        "Api": _resource("RestApi", Name="pets", EndpointConfiguration={"Types": ["REGIONAL"]}),
        "Pets": _resource(
            "Resource", ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]}, PathPart="pets", **_API
        ),
        "Pet": _resource("Model", Name="Pet", Schema={"type": "object"}, **_API),
        "All": _resource("RequestValidator", Name="all", ValidateRequestBody=True, **_API),
        "Refused": _resource("GatewayResponse", ResponseType="DEFAULT_4XX", **_API),
        "Guard": _resource(
            "Authorizer",
            Name="guard",
            Type="TOKEN",
            AuthorizerUri=LAMBDA,
            IdentitySource="method.request.header.Authorization",
            **_API,
        ),
        "DeletePet": _resource(
            "Method",
            ResourceId={"Ref": "Pets"},
            HttpMethod="DELETE",
            AuthorizationType="NONE",
            ApiKeyRequired=True,
            **_API,
        ),
        "PostPet": _resource(
            "Method",
            ResourceId={"Ref": "Pets"},
            HttpMethod="POST",
            AuthorizationType="CUSTOM",
            AuthorizerId={"Ref": "Guard"},
            RequestValidatorId={"Ref": "All"},
            Integration={
                "Type": "HTTP",
                "IntegrationHttpMethod": "POST",
                "Uri": "https://example.org/pets",
                "IntegrationResponses": [{"StatusCode": 200}],
            },
            MethodResponses=[{"StatusCode": 200}],
            **_API,
        ),
        "First": _resource(
            "Deployment", StageName="test", StageDescription={"CachingEnabled": False}, **_API
        ),
        "Prod": _resource(
            "Stage",
            StageName="prod",
            DeploymentId={"Ref": "First"},
            CanarySetting={"PercentTraffic": 5},
            MethodSettings=[{"ResourcePath": "/*", "HttpMethod": "*"}],
            CacheClusterEnabled=True,
            **_API,
        ),
        "Ada": _resource("ApiKey", Name="ada", Value="a-value-of-twenty-letters", Enabled=True),
        "Gold": _resource(
            "UsagePlan",
            ApiStages=[{"ApiId": {"Ref": "Api"}, "Stage": "prod", "Throttle": {"/pets/POST": _THROTTLE}}],
            Quota={"Limit": 9, "Period": "DAY"},
            Throttle=_THROTTLE,
        ),
        "AdaIsGold": _resource(
            "UsagePlanKey", KeyId={"Ref": "Ada"}, KeyType="API_KEY", UsagePlanId={"Ref": "Gold"}
        ),
        "Domain": _resource("DomainName", DomainName="pets.example.org"),
        "Domain2": _resource("DomainNameV2", DomainName="more-pets.example.org"),
        "Access": _resource(
            "DomainNameAccessAssociation",
            DomainNameArn="arn:aws:apigateway:us-east-1::/domainnames/more-pets.example.org",
            AccessAssociationSource="vpce-1",
            AccessAssociationSourceType="VPCE",
        ),
        "Below": _resource("BasePathMapping", DomainName={"Ref": "Domain"}, Stage="prod", **_API),
        "Below2": _resource("BasePathMappingV2", DomainNameArn={"Ref": "Domain2"}, Stage="prod", **_API),
        "Account": _resource("Account", CloudWatchRoleArn="arn:aws:iam::123456789012:role/logs"),
        "Certificate": _resource("ClientCertificate", Description="ours"),
        "Part": _resource("DocumentationPart", Location={"Type": "API"}, Properties="{}", **_API),
        "Edition": _resource("DocumentationVersion", DocumentationVersion="1", **_API),
        "Link": _resource("VpcLink", Name="link", TargetArns=["arn:aws:elasticloadbalancing:us-east-1:1:x"]),
        "Run": {
            "Type": "AWS::Lambda::Function",
            "Properties": {**_FUNCTION, "Code": {"ZipFile": "handler = None"}},
        },
        "Shelf": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "/"}},
    },
}


def _at(logical_id: str, *members: str | int) -> tuple[str | int, ...]:
    return ("Resources", logical_id, "Properties", *members)


IN_TEMPLATE: dict[str, tuple[str | int, ...]] = {
    "template": (),
    "resource": ("Resources", "Api"),
    **{resource["Type"]: _at(name) for name, resource in TEMPLATE["Resources"].items()},
    "AWS::ApiGateway::RestApi.EndpointConfiguration": _at("Api", "EndpointConfiguration"),
    "AWS::ApiGateway::Method.MethodResponse": _at("PostPet", "MethodResponses", 0),
    "AWS::ApiGateway::Method.Integration": _at("PostPet", "Integration"),
    "AWS::ApiGateway::Method.IntegrationResponse": _at("PostPet", "Integration", "IntegrationResponses", 0),
    "AWS::ApiGateway::Deployment.StageDescription": _at("First", "StageDescription"),
    "AWS::ApiGateway::Stage.CanarySetting": _at("Prod", "CanarySetting"),
    "AWS::ApiGateway::Stage.MethodSetting": _at("Prod", "MethodSettings", 0),
    "AWS::ApiGateway::UsagePlan.ApiStage": _at("Gold", "ApiStages", 0),
    "AWS::ApiGateway::UsagePlan.Quota": _at("Gold", "Quota"),
    "AWS::ApiGateway::UsagePlan.Throttle": _at("Gold", "Throttle"),
}


def _events(path: str) -> dict[str, Any]:
    return {"Call": {"Type": "Api", "Properties": {"Path": path, "Method": "get"}}}


SAM: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Run": {
            "Type": "AWS::Serverless::Function",
            "Properties": {**_FUNCTION, "CodeUri": "/", "Events": _events("/run")},
        },
        "Shelf": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "/"}},
        "Steps": {
            "Type": "AWS::Serverless::StateMachine",
            "Properties": {"Definition": {"StartAt": "a"}, "Events": _events("/steps")},
        },
    },
}
IN_SAM = {resource["Type"]: _at(name) for name, resource in SAM["Resources"].items()}

WAYS = {
    **{kind: (OPENAPI, way) for kind, way in IN_OPENAPI.items()},
    **{kind: (SWAGGER, way) for kind, way in IN_SWAGGER.items()},
    **{kind: (TEMPLATE, way) for kind, way in IN_TEMPLATE.items()},
    **{kind: (SAM, way) for kind, way in IN_SAM.items()},
}
"""A definition with an object of the kind, and the way to it."""


def with_words(kind: str, words: dict[str, Any]) -> dict[str, Any]:
    """A definition in which an object of the kind has these words."""
    document, way = WAYS[kind]
    made = deepcopy(document)
    found: Any = made
    for member in way:
        found = found[member]
    found.update(words)
    return made
