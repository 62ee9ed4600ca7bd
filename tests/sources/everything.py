"""Documents that use every member that the reader of OpenAPI knows, in all three versions: data for tests."""

from __future__ import annotations

from typing import Any

X = "x-amazon-apigateway-"
FUNCTION = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"

_PET = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Pet",
    "description": "a pet",
    "type": "object",
    "required": ["name"],
    "minProperties": 1,
    "maxProperties": 9,
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a", "format": "x"},
        "age": {
            "type": "integer",
            "minimum": 0,
            "maximum": 99,
            "exclusiveMinimum": True,
            "exclusiveMaximum": True,
            "multipleOf": 1,
            "default": 1,
        },
        "tags": {
            "type": "array",
            "items": {"type": "string"},
            "additionalItems": {},
            "minItems": 0,
            "maxItems": 9,
            "uniqueItems": True,
        },
        "kind": {"enum": ["a", "b"]},
    },
    "patternProperties": {"^b": {"type": "null"}},
    "dependencies": {"age": ["name"], "tags": {"type": "object"}},
    "allOf": [{"type": "object"}],
    "anyOf": [{"type": "object"}],
    "oneOf": [{"type": "object"}],
    "not": {"type": "string"},
    "xml": {"name": "p"},
    "externalDocs": {"url": "u"},
    "example": {"name": "a"},
    "x-note": 1,
}
_PET_30 = {**_PET, "nullable": True, "discriminator": {"propertyName": "kind"}, "readOnly": True}
_PET_31 = {
    **_PET_30,
    "type": ["object", "null"],
    "const": {"name": "a"},
    "if": {"type": "object"},
    "then": {},
    "else": {},
    "contains": {},
    "prefixItems": [{}],
    "propertyNames": {},
    "dependentRequired": {"age": ["name"]},
    "dependentSchemas": {"age": {}},
    "unevaluatedProperties": False,
    "unevaluatedItems": False,
    "examples": [{}],
    "$id": "i",
    "$anchor": "a",
    "$comment": "c",
    "$defs": {"A": {}},
    "contentEncoding": "base64",
    "contentMediaType": "a/b",
}
_INTEGRATION = {
    "type": "http",
    "httpMethod": "POST",
    "uri": "http://h:8000/{id}",
    "credentials": "arn:aws:iam::123456789012:role/r",
    "connectionType": "VPC_LINK",
    "connectionId": "c",
    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
    "requestTemplates": {"application/json": "{}"},
    "passthroughBehavior": "never",
    "contentHandling": "CONVERT_TO_TEXT",
    "timeoutInMillis": 1000,
    "cacheNamespace": "n",
    "cacheKeyParameters": ["method.request.path.id"],
    "payloadFormatVersion": "1.0",
    "responseTransferMode": "BUFFERED",
    "tlsConfig": {"insecureSkipVerification": False},
    "responses": {
        "default": {
            "statusCode": "200",
            "responseParameters": {"method.response.header.X": "'x'"},
            "responseTemplates": {"application/json": ""},
            "contentHandling": "CONVERT_TO_TEXT",
        },
        "5\\d{2}": {"statusCode": 200},
    },
}
_SCHEMES: dict[str, dict[str, Any]] = {
    "guard": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "d",
        X + "authtype": "custom",
        X + "authorizer": {
            "type": "token",
            "authorizerUri": FUNCTION,
            "authorizerCredentials": "arn:aws:iam::123456789012:role/r",
            "identitySource": "method.request.header.Authorization",
            "identityValidationExpression": "a+",
            "authorizerResultTtlInSeconds": 1,
            "authorizerPayloadFormatVersion": "1.0",
            "enableSimpleResponses": False,
        },
    },
    "asks": {
        "type": "apiKey",
        "name": "Unused",
        "in": "header",
        X + "authorizer": {
            "type": "request",
            "authorizerUri": FUNCTION,
            "identitySource": "method.request.header.A, context.identity.sourceIp, stageVariables.s",
        },
    },
    "pool": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        X + "authtype": "cognito_user_pools",
        X + "authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
    },
    "jwt": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        X + "authorizer": {
            "type": "jwt",
            "jwtConfiguration": {
                "defaultAlgorithms": ["RS256"],
                "issuers": [
                    {
                        "issuer": "https://i",
                        "audiences": ["a"],
                        "jwksUri": "https://i/k",
                        "additionalClaims": [
                            {
                                "claimName": "c",
                                "format": "SINGLE_STRING",
                                "required": True,
                                "expectedValues": ["v"],
                            }
                        ],
                    }
                ],
            },
        },
    },
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", X + "authtype": "awsSigv4"},
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "basic": {"type": "http", "scheme": "basic", "bearerFormat": "b"},
    "flows": {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "u", "scopes": {"s": "d"}}}},
    "open": {"type": "openIdConnect", "openIdConnectUrl": "u"},
}
_ROOT = {
    "info": {
        "title": "t",
        "version": "1",
        "description": "d",
        "summary": "s",
        "termsOfService": "u",
        "contact": {"name": "n"},
        "license": {"name": "n"},
    },
    "tags": [{"name": "t", X + "tag-value": "v"}],
    "externalDocs": {"url": "u"},
    "security": [{"key": []}],
    X + "api-key-source": "HEADER",
    X + "binary-media-types": ["image/*"],
    X + "minimum-compression-size": 5,
    X + "endpoint-configuration": {"disableExecuteApiEndpoint": False, "vpcEndpointIds": []},
    X + "request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
    X + "request-validator": "all",
    X + "importexport-version": "1.0",
    X + "gateway-responses": {
        "THROTTLED": {
            "statusCode": 420,
            "responseParameters": {"gatewayresponse.header.A": "'a'"},
            "responseTemplates": {"application/json": "{}"},
        }
    },
    X + "documentation": {"version": "1", "documentationParts": [{"location": {"type": "API"}}]},
    X + "policy": {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "s",
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["execute-api:Invoke"],
                "Resource": "execute-api:/*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
            }
        ],
    },
}
_OPERATION = {
    "operationId": "o",
    "tags": ["t"],
    "summary": "s",
    "description": "d",
    "externalDocs": {"url": "u"},
    "deprecated": True,
    X + "request-validator": "all",
    X + "integration": _INTEGRATION,
}


def _three(version: str, pet: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI 3 document."""
    schema = {"$ref": "#/components/schemas/Pet"}
    content = {"application/json": {"schema": schema, "example": {}, "examples": {}, "encoding": {}}}
    operation = {
        **_OPERATION,
        "parameters": [
            {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}, "style": "form"},
            {"name": "H", "in": "header", "description": "d", "content": {}},
            {"name": "c", "in": "cookie"},
            {"$ref": "#/components/parameters/Page", "description": "d"},
        ],
        "requestBody": {"required": True, "description": "d", "content": content},
        "responses": {
            "200": {
                "description": "d",
                "headers": {"X": {"required": True, "schema": {}}, "Y": {"$ref": "#/components/headers/Y"}},
                "content": content,
                "links": {},
            },
            "404": {"$ref": "#/components/responses/Gone"},
            "4XX": {"description": "d"},
            "default": {"description": "d"},
        },
        "callbacks": {"c": {}},
        "servers": [{"url": "u"}],
    }
    return {
        "openapi": version,
        **_ROOT,
        "servers": [
            {
                "url": "https://h/{basePath}/x",
                "description": "d",
                "variables": {"basePath": {"default": "b", "enum": ["b"], "description": "d"}},
                X + "endpoint-configuration": {"vpcEndpointIds": []},
            }
        ],
        "paths": {
            "/pets/{id}": {
                "summary": "s",
                "description": "d",
                "servers": [{"url": "u"}],
                "parameters": [{"$ref": "#/components/parameters/Id"}],
                "get": {**operation, "security": [{"guard": ["s"], "key": []}]},
                "put": {"security": [{"asks": []}]},
                "post": {
                    "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                    "security": [{"pool": ["s"]}],
                },
                "patch": {"security": [{"jwt": ["s"]}]},
                "delete": {"security": [{"sigv4": []}]},
                "options": {"security": [], X + "integration": {"type": "mock"}},
                "head": {X + "auth": {"type": "NONE"}, "security": [{"basic": []}]},
                "trace": {},
                X + "any-method": {X + "auth": {"type": "AWS_IAM"}, "security": []},
            },
            "/more": {"$ref": "#/components/pathItems/More"},
            "x-note": {},
        },
        "components": {
            "parameters": {
                "Id": {"name": "id", "in": "path", "required": True},
                "Page": {"name": "page", "in": "query"},
            },
            "schemas": {
                "Pet": pet,
                "Pets": {"type": "array", "items": schema},
                "Link": {"$ref": schema["$ref"]},
            },
            "responses": {"Gone": {"description": "d", "content": content}},
            "requestBodies": {"Pet": {"content": content}},
            "headers": {"Y": {"schema": {}}},
            "examples": {"E": {"value": 1}},
            "links": {"L": {}},
            "callbacks": {"C": {}},
            "pathItems": {"More": {"get": {"security": []}}},
            "securitySchemes": _SCHEMES,
        },
    }


OPENAPI_30 = _three("3.0.1", _PET_30)
OPENAPI_31 = {**_three("3.1.0", _PET_31), "webhooks": {"w": {}}, "jsonSchemaDialect": "u"}
SWAGGER_20 = {
    "swagger": "2.0",
    **_ROOT,
    "host": "h",
    "basePath": "/b/c",
    "schemes": ["https"],
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "paths": {
        "/pets/{id}": {
            "parameters": [{"$ref": "#/parameters/Id"}],
            "post": {
                **_OPERATION,
                "consumes": ["application/json"],
                "produces": ["application/json"],
                "schemes": ["https"],
                "parameters": [
                    {"name": "p", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}},
                    {"name": "q", "in": "query", "type": "array", "items": {"type": "string"}},
                    {"name": "f", "in": "formData", "type": "file"},
                ],
                "responses": {
                    "200": {
                        "description": "d",
                        "headers": {"X": {"type": "string"}},
                        "schema": {"$ref": "#/definitions/Pet"},
                        "examples": {},
                    },
                    "404": {"$ref": "#/responses/Gone"},
                },
                "security": [{"guard": [], "key": []}],
            },
        }
    },
    "parameters": {"Id": {"name": "id", "in": "path", "required": True, "type": "string"}},
    "responses": {"Gone": {"description": "d"}},
    "definitions": {"Pet": _PET, "Name": {"items": {"$ref": "Pet"}}},
    "securityDefinitions": {
        **{name: scheme for name, scheme in _SCHEMES.items() if name in ("guard", "pool", "sigv4", "key")},
        "flow": {
            "type": "oauth2",
            "flow": "implicit",
            "authorizationUrl": "u",
            "tokenUrl": "u",
            "scopes": {},
        },
    },
}
EVERYTHING = {"OpenAPI 3.0": OPENAPI_30, "OpenAPI 3.1": OPENAPI_31, "Swagger 2.0": SWAGGER_20}
