"""What an export says, what it leaves out when told to, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from wsgi_gateway import ConfigError, load
from wsgi_gateway.config import (
    ApiKeyConfig,
    AuthorizerConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    RequestValidatorConfig,
    RestApiConfig,
    UsagePlanConfig,
)
from wsgi_gateway.errors import Problem
from wsgi_gateway.exports import EXTENSIONS, FORMS, as_text, export, file_name

GUARD = AuthorizerConfig(
    name="guard",
    identity_source=["method.request.header.X-Token"],
    authorizer_uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:guard/invocations",
)
POLICY = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"},
}
PETS = RestApiConfig(
    name="pets",
    version="2.1",
    resources={
        "/pets/{id}": {
            "GET": MethodConfig(
                http_method="GET",
                authorization_type="CUSTOM",
                authorizer="guard",
                api_key_required=True,
                request_validator="all",
                request_parameters={"method.request.path.id": True, "method.request.querystring.q": False},
                request_models={"application/json": "Pet"},
                method_responses={
                    200: MethodResponseConfig(
                        status_code=200,
                        response_parameters={"method.response.header.X-A": False},
                        response_models={"application/json": "Empty"},
                    )
                },
                integration=IntegrationConfig(
                    type="MOCK", integration_responses=[IntegrationResponseConfig(status_code=200)]
                ),
            ),
            "ANY": MethodConfig(http_method="ANY", authorization_type="AWS_IAM"),
        }
    },
    models={"Pet": ModelConfig(name="Pet", schema={"type": "object"})},
    request_validators={"all": RequestValidatorConfig(name="all", validate_request_body=True)},
    authorizers={"guard": GUARD},
    policy=POLICY,
    binary_media_types=["image/png"],
)


def keys(value: Any) -> set[str]:
    """Every extension in a document, by its short name."""
    if isinstance(value, list):
        return set().union(*(keys(one) for one in value))
    if not isinstance(value, dict):
        return set()
    own = {name.removeprefix("x-amazon-apigateway-") for name in value if name.startswith("x-amazon")}
    return own.union(*(keys(one) for one in value.values()))


def method(**fields: Any) -> RestApiConfig:
    found = MethodConfig(http_method="GET", **fields)
    return RestApiConfig(resources={"/": {"GET": found}}, models=PETS.models, authorizers=PETS.authorizers)


def calling(**fields: Any) -> RestApiConfig:
    return method(integration=IntegrationConfig(**{"type": "MOCK"} | fields))


def refusal(api: RestApiConfig, form: str = "oas30", **options: Any) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        export(api, form, **options)
    return list(caught.value.problems)


def test_openapi_says_what_the_api_is() -> None:
    document = export(PETS, server="https://api.example.com/prod")
    assert document["openapi"] == "3.0.1"
    assert document["info"] == {"title": "pets", "version": "2.1"}
    assert document["servers"] == [
        {"url": "https://api.example.com/{basePath}", "variables": {"basePath": {"default": "prod"}}}
    ]
    operation = document["paths"]["/pets/{id}"]["get"]
    assert operation["security"] == [{"guard": []}, {"api_key": []}]
    assert operation["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "q", "in": "query", "required": False, "schema": {"type": "string"}},
    ]
    assert operation["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}
    }
    assert operation["responses"]["200"]["headers"] == {"X-A": {"schema": {"type": "string"}}}
    assert operation["x-amazon-apigateway-integration"]["responses"] == {"default": {"statusCode": "200"}}
    schemes = document["components"]["securitySchemes"]
    assert schemes["guard"]["name"] == "X-Token"
    assert schemes["api_key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    assert schemes["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert "x-amazon-apigateway-any-method" in document["paths"]["/pets/{id}"]


def test_swagger_says_what_the_api_is() -> None:
    document = export(PETS, "swagger", server="https://api.example.com/prod")
    assert document["swagger"] == "2.0"
    assert (document["host"], document["basePath"], document["schemes"]) == (
        "api.example.com",
        "/prod",
        ["https"],
    )
    operation = document["paths"]["/pets/{id}"]["get"]
    assert operation["consumes"] == operation["produces"] == ["application/json"]
    assert operation["parameters"][-1] == {
        "in": "body",
        "name": "Pet",
        "required": True,
        "schema": {"$ref": "#/definitions/Pet"},
    }
    assert operation["responses"]["200"]["schema"] == {"$ref": "#/definitions/Empty"}
    assert set(document["definitions"]) == {"Pet", "Empty"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("basepath", ["prepend", "split"])
def test_the_servers_path_comes_back_as_the_base_path(form: str, basepath: str) -> None:
    api = load(export(PETS, form, server="https://api.example.com/a/b"), basepath=basepath)
    assert list(api.resources) == [{"prepend": "/a/b", "split": "/b"}[basepath] + "/pets/{id}"]


def test_a_server_without_a_path_stays_as_it_is() -> None:
    assert export(PETS, server="https://api.example.com")["servers"] == [{"url": "https://api.example.com"}]


@pytest.mark.parametrize(
    ("extensions", "written"),
    [
        ((), set()),
        (("postman",), set()),
        (("integrations",), {"integration"}),
        (("authorizers",), {"authorizer", "authtype"}),
        (("validators",), {"request-validator", "request-validators"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_extensions_that_are_asked_for_are_written(extensions: Any, written: set[str]) -> None:
    assert keys(export(PETS, extensions=extensions)) - {"any-method"} == written


def test_all_extensions_are_written_by_default() -> None:
    assert keys(export(PETS)) == {
        "any-method", "authorizer", "authtype", "binary-media-types", "integration", "policy",
        "request-validator", "request-validators",
    }  # fmt: skip


def test_a_document_without_authorizers_opens_nothing() -> None:
    narrow = [name for name in EXTENSIONS if name not in ("apigateway", "authorizers")]
    with pytest.raises(ConfigError, match="security scheme"):
        load(export(PETS, extensions=narrow))


def test_a_policy_that_is_left_out_is_told() -> None:
    told: list[Problem] = []
    export(PETS, extensions=["integrations"], warnings=told)
    assert [one.place.path for one in told] == ["$.policy"]


def test_what_no_document_can_say_is_told() -> None:
    told: list[Problem] = []
    response = MethodResponseConfig(status_code=200, response_parameters={"method.response.header.A": True})
    api = replace(
        method(method_responses={200: response}),
        id="a1b2",
        api_keys=[ApiKeyConfig(id="ada", value="a-secret-value-of-ada")],
        usage_plans=[UsagePlanConfig(id="gold")],
        authorizers={"guard": replace(GUARD, auth_type="custom")},
        models={"M": ModelConfig(name="M", schema={"description": "its own"}, description="another")},
    )
    export(api, "swagger", warnings=told)
    assert [one.place.path for one in told] == [
        "$.id", "$.api_keys", "$.usage_plans", "$.version", "$.models.M.description", "$.resources",
    ]  # fmt: skip
    assert {one.severity for one in told} == {"warning"}
    assert "secret" not in "".join(map(str, told))


def test_a_models_description_is_written_as_its_schemas() -> None:
    api = RestApiConfig(models={"M": ModelConfig(name="M", schema={"type": "null"}, description="none")})
    assert load(export(api)).models["M"].schema == {"type": "null", "description": "none"}


def test_references_between_models_become_those_of_the_document() -> None:
    reference = "https://apigateway.amazonaws.com/restapis/a1b2/models/Pet"
    pets = ModelConfig(name="Pets", schema={"type": "array", "items": {"$ref": reference}})
    document = export(RestApiConfig(models=PETS.models | {"Pets": pets}))
    assert document["components"]["schemas"]["Pets"]["items"] == {"$ref": "#/components/schemas/Pet"}


def test_definitions_that_are_no_models_stay_where_they_are() -> None:
    own = {"items": {"$ref": "#/definitions/Pet"}, "definitions": {"Pet": {"type": "string"}}}
    api = RestApiConfig(models=PETS.models | {"Pets": ModelConfig(name="Pets", schema=own)})
    document = export(api)
    assert document["components"]["schemas"]["Pets"] == own
    assert load(document) == api


def test_names_that_an_authorizer_bears_are_left_to_it() -> None:
    guard = replace(GUARD, name="api_key")
    api = replace(method(api_key_required=True), authorizers={"api_key": guard})
    document = export(api)
    assert document["paths"]["/"]["get"]["security"] == [{"api_key2": []}]
    assert load(document) == api


def test_the_default_response_may_stand_anywhere() -> None:
    responses = [
        IntegrationResponseConfig(status_code=200),
        IntegrationResponseConfig(status_code=500, selection_pattern="5.."),
    ]
    again = load(export(calling(integration_responses=responses)))
    integration = again.resources["/"]["GET"].integration
    assert integration is not None
    assert list(integration.integration_responses) == responses[::-1]


def test_one_form_cannot_be_another() -> None:
    assert refusal(PETS, "oas31")[0].message == "exports are oas30 or swagger, not 'oas31'"
    assert refusal(PETS, extensions=["integration"])[0].hint == "did you mean 'integrations'?"
    assert refusal(PETS, server="api.example.com")[0].message.startswith("the server is no URL")


BESIDE_A_REFERENCE = {"$ref": "#/definitions/Pet", "type": "object"}
REFUSED = {
    "a body with two models in Swagger": (
        method(request_models={"application/json": "Pet", "application/xml": "Other"}),
        "swagger",
        "Swagger 2.0 has one model for all media types of a body",
    ),
    "answers of different media types in Swagger": (
        method(
            method_responses={
                200: MethodResponseConfig(status_code=200, response_models={"a/b": "Pet"}),
                400: MethodResponseConfig(status_code=400, response_models={"c/d": "Pet"}),
            }
        ),
        "swagger",
        "Swagger 2.0 has the same media types for all responses with a model",
    ),
    "a pattern that is the word for the default": (
        calling(
            integration_responses=[IntegrationResponseConfig(status_code=200, selection_pattern="default")]
        ),
        "oas30",
        "an import of the export would read this differently",
    ),
    "an authorizer that only code can name": (
        RestApiConfig(authorizers={"guard": replace(GUARD, authorizer_uri=None)}),
        "oas30",
        "the export could not be imported: a TOKEN authorizer needs an authorizerUri",
    ),
    "an API without a name": (
        RestApiConfig(name=""),
        "swagger",
        "an import of the export would read this differently",
    ),
    "a model that is no JSON": (
        RestApiConfig(models={"M": ModelConfig(name="M", schema={}, content_type="application/xml")}),
        "oas30",
        "Only found non-JSON body models: M",
    ),
    "what is beside a reference": (
        RestApiConfig(models=PETS.models | {"M": ModelConfig(name="M", schema=BESIDE_A_REFERENCE)}),
        "oas30",
        "an import of the export would read this differently",
    ),
    "an API that cannot be served": (
        method(authorization_type="WRONG"),
        "oas30",
        "the authorization type 'WRONG' is unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("api", "form", "message"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_lost_is_refused(api: RestApiConfig, form: str, message: str) -> None:
    if "Other" in str(api.resources):
        api = replace(api, models={**api.models, "Other": ModelConfig(name="Other", schema={})})
    assert refusal(api, form)[0].message == message


def test_a_version_is_given_to_an_api_without_one() -> None:
    assert "version" not in export(RestApiConfig())["info"]
    assert export(RestApiConfig(), version="7")["info"]["version"] == "7"
    assert export(PETS, version="7")["info"]["version"] == "2.1"


@pytest.mark.parametrize(
    ("version", "form", "yaml", "name"),
    [
        ("2.1", "oas30", False, "oas30_2.1.json"),
        ("2016-10-11T12:00:00Z", "swagger", True, "swagger_2016-10-11T12-00-00Z.yaml"),
        ("../../x", "swagger", False, "swagger_-..-x.json"),
        (None, "oas30", True, "oas30.yaml"),
    ],
)
def test_a_file_is_named_after_form_and_version(version: Any, form: str, yaml: bool, name: str) -> None:
    assert file_name(export(RestApiConfig(version=version), form), yaml=yaml) == name


def test_json_text_keeps_letters_as_they_are() -> None:
    assert as_text({"title": "é"}) == '{\n  "title": "é"\n}\n'


def test_openapi_says_which_response_headers_are_required() -> None:
    headers = {"method.response.header.A": True, "method.response.header.B": False}
    api = method(method_responses={200: MethodResponseConfig(status_code=200, response_parameters=headers)})
    again = load(export(api, version="1"))
    assert again.resources["/"]["GET"].method_responses[200].response_parameters == headers


@pytest.mark.parametrize(("hides", "codes"), [(True, ["secret-exported"]), (False, [])])
def test_a_document_that_holds_secrets_is_told(hides: bool, codes: list[str]) -> None:
    method = {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            "Integration": {
                "Type": "HTTP_PROXY",
                "IntegrationHttpMethod": "GET",
                "Uri": "http://backend.internal/",
                "RequestParameters": {"integration.request.header.X-Key": {"Fn::Sub": "'${Key}'"}},
            },
        },
    }
    template = {
        "Parameters": {"Key": {"Type": "String", "NoEcho": hides}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api", "Version": "1"}},
            "Get": method,
        },
    }
    told: list[Problem] = []
    document = export(load(template, parameters={"Key": "hunter2given"}), warnings=told)
    assert "hunter2given" in str(document)
    assert [problem.code for problem in told if problem.code == "secret-exported"] == codes
    assert "hunter2given" not in str(told)
