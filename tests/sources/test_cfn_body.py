"""Body and BodyS3Location: an OpenAPI document inside of a template, or beside it."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

MOCK = {"type": "mock", "responses": {"default": {"statusCode": "200"}}}
X = "x-amazon-apigateway-"


def openapi(**more):
    operation = {"responses": {"200": {"description": "ok"}}, X + "integration": MOCK}
    return {
        "openapi": "3.0.1",
        "info": {"title": "described", "version": "1"},
        "paths": {"/pets": {"get": operation}},
        **more,
    }


def template(resources=None, **properties):
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}
    return {
        "Parameters": {"Env": {"Type": "String", "Default": "prod"}},
        "Resources": {"Api": api, "Pets": {"Type": "AWS::Lambda::Function"}, **(resources or {})},
    }


def test_a_body_is_read_as_openapi():
    api = load(template(Body=openapi()))
    described = load(openapi())
    assert api.resources == described.resources
    assert (api.name, api.version, api.id) == ("described", "1", "Api")


def test_a_name_beside_the_body_wins():
    assert load(template(Body=openapi(), Name="named")).name == "named"


def test_functions_inside_of_a_body_are_worked_out():
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Pets.Arn}/invocations"
    body = openapi()
    body["info"]["title"] = {"Fn::Sub": "pets-${Env}"}
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::Sub": uri}}
    body["paths"]["/pets"]["get"][X + "integration"] = proxy
    body["paths"]["/later"] = {"Fn::If": ["Never", {}, {"Ref": "AWS::NoValue"}]}
    document = template(Body=body)
    document["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    api = load(document)
    assert (api.name, list(api.resources)) == ("pets-prod", ["/pets"])
    assert Gateway(document, lambdas={"Pets": lambda event, context: {}})


def test_resources_of_the_template_come_on_top():
    put = {"RestApiId": {"Ref": "Api"}, "ResourceId": {"Ref": "Dogs"}, "HttpMethod": "PUT"}
    part = {"RestApiId": {"Ref": "Api"}, "ParentId": {"Fn::GetAtt": "Api.RootResourceId"}, "PathPart": "dogs"}
    dogs = {
        "Dogs": {"Type": "AWS::ApiGateway::Resource", "Properties": part},
        "Put": {"Type": "AWS::ApiGateway::Method", "Properties": put},
    }
    api = load(template(dogs, Body=openapi()))
    assert {path: list(methods) for path, methods in api.resources.items()} == {
        "/pets": ["GET"],
        "/dogs": ["PUT"],
    }


def test_a_mistake_in_a_body_is_told_where_it_stands(tmp_path):
    body = openapi()
    body["paths"]["/pets"]["get"][X + "integration"] = {"type": "http", "httpMethod": "GET", "uri": "nowhere"}
    path = tmp_path / "stack.json"
    text = json.dumps(template(Body=body), indent=1)
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    (problem,) = [one for one in caught.value.problems if one.severity == "error"]
    at = f"$.Resources.Api.Properties.Body.paths['/pets'].get['{X}integration'].uri"
    assert (problem.place.file, problem.place.path) == (str(path), at)
    assert "nowhere" in text.splitlines()[problem.place.line - 1]


def test_what_a_reference_in_a_body_leads_to_is_told_where_it_stands():
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"type": "colour"}}
    with pytest.raises(ConfigError) as caught:
        load(template(Body=openapi(components={"schemas": schemas})))
    assert {problem.place.path for problem in caught.value.problems} == {
        "$.Resources.Api.Properties.Body.components.schemas.B.type"
    }


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("api.yaml", id="by its name"),
        pytest.param("v1/api.yaml", id="in a folder that is not there"),
        pytest.param({"Fn::Sub": "${Folder}/api.yaml"}, id="by a parameter"),
    ],
)
def test_a_document_of_s3_is_a_file_beside_the_template(key, tmp_path):
    (tmp_path / "api.yaml").write_text(json.dumps(openapi()))
    document = template(BodyS3Location={"Bucket": "b", "Key": key})
    document["Parameters"]["Folder"] = {"Type": "String", "Default": "v2"}
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(document))
    assert load(path).name == "described"


def test_a_mistake_in_the_file_beside_is_told_with_that_file(tmp_path):
    body = openapi()
    body["paths"]["/pets"]["get"][X + "integration"] = {"type": "http", "httpMethod": "GET", "uri": "nowhere"}
    (tmp_path / "api.yaml").write_text(json.dumps(body))
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(template(BodyS3Location={"Bucket": "b", "Key": "api.yaml"})))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert {problem.place.file for problem in caught.value.problems} == {str(tmp_path / "api.yaml")}


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        pytest.param({"Body": {"a": 1}}, "Invalid OpenAPI input", id="no OpenAPI"),
        pytest.param({"Body": "openapi: 3.0.1"}, "Invalid OpenAPI input", id="text"),
        pytest.param({"Body": []}, "Invalid OpenAPI input", id="a list"),
        pytest.param({"Body": openapi(), "BodyS3Location": {"Key": "a"}}, "cannot both be given", id="both"),
        pytest.param({"BodyS3Location": {"Bucket": "b"}}, "needs a Key", id="no key"),
        pytest.param({"BodyS3Location": "s3://b/k"}, "a mapping was expected", id="a location that is text"),
        pytest.param({"BodyS3Location": {"Key": "../api.yaml"}}, "file-missing", id="a file above"),
        pytest.param({"BodyS3Location": {"Key": "a.yaml"}}, "is not beside the template", id="no file"),
        pytest.param({"Body": openapi(), "Mode": "append"}, "api-mode", id="an odd mode"),
        pytest.param(
            {"Body": openapi(), "Parameters": {"a": "b"}}, "import-parameter", id="an odd parameter"
        ),
        pytest.param({"Body": openapi(), "Parameters": {"basepath": "a"}}, "basepath", id="an odd basepath"),
        pytest.param(
            {"Body": openapi(), "Parameters": []}, "a mapping was expected", id="parameters as a list"
        ),
        pytest.param({}, "an API needs a Name", id="neither body nor name"),
        pytest.param({"Name": "a", "Policy": "{"}, "no JSON stands here", id="a policy that is no JSON"),
        pytest.param({"Name": "a", "Policy": {}}, "no Statement", id="a policy without statements"),
        pytest.param(
            {"Name": "a", "EndpointConfiguration": "EDGE"}, "a mapping was", id="an endpoint as text"
        ),
    ],
)
def test_an_api_that_cannot_be_is_refused(properties, says):
    with pytest.raises(ConfigError, match=says):
        load(template(**properties))


@pytest.mark.parametrize(
    ("mode", "path"),
    [
        pytest.param("ignore", "/pets", id="ignored"),
        pytest.param("prepend", "/v1/shop/pets", id="prepended"),
        pytest.param("split", "/shop/pets", id="split"),
    ],
)
def test_the_base_path_of_a_body(mode, path):
    body = openapi(servers=[{"url": "https://a.example/v1/shop"}])
    assert list(load(template(Body=body, Parameters={"basepath": mode})).resources) == [path]


def test_warnings_are_errors_if_a_template_wants_that():
    body = openapi(components={"schemas": {"A": {"nullable": True}}})
    load(template(Body=body, FailOnWarnings=False))
    with pytest.raises(ConfigError, match="the Body has warnings"):
        load(template(Body=body, FailOnWarnings=True))
    assert load(template(Body=openapi(), FailOnWarnings="true"))


def test_a_body_may_have_no_paths():
    assert load(template(Body={"swagger": "2.0", "info": {"title": "t", "version": "1"}})).name == "t"


def test_a_policy_that_is_empty_text_is_none():
    assert load(template(Name="a", Policy="")).policy is None


def test_a_private_endpoint_is_a_warning():
    warnings = []
    endpoint = {"Types": ["PRIVATE"], "VpcEndpointIds": [{"Ref": "Env"}]}
    load(template(Name="a", EndpointConfiguration=endpoint), warnings=warnings)
    assert ["is not private here" in warning.message for warning in warnings] == [True]


def _of_api(kind, **properties):
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": {"RestApiId": {"Ref": "Api"}, **properties}}


_GUARD = {"type": "token", "authorizerUri": "arn:x"}
_SCHEMES = {"guard": {"type": "apiKey", "in": "header", "name": "Authorization", X + "authorizer": _GUARD}}


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        pytest.param(
            {
                "Part": _of_api("Resource", ParentId={"Fn::GetAtt": "Api.RootResourceId"}, PathPart="pets"),
                "Get": _of_api(
                    "Method", ResourceId={"Ref": "Part"}, HttpMethod="GET", AuthorizationType="NONE"
                ),
            },
            "there are two methods GET /pets",
            id="a method",
        ),
        pytest.param(
            {"Guard": _of_api("Authorizer", Name="guard", Type="TOKEN", AuthorizerUri="arn:y")},
            "Authorizer name must be unique. Authorizer guard exists",
            id="an authorizer",
        ),
        pytest.param(
            {"Pet": _of_api("Model", Name="Pet", Schema={})},
            "Model name already exists for this REST API: Pet",
            id="a model",
        ),
    ],
)
def test_what_the_body_has_already_is_not_replaced_by_what_may_protect_less(resources, says):
    components = {"securitySchemes": _SCHEMES, "schemas": {"Pet": {"type": "object", "required": ["name"]}}}
    with pytest.raises(ConfigError, match=says):
        load(template(resources, Body=openapi(components=components)))


def test_a_validator_with_the_name_of_one_of_the_body_is_another_one():
    body = openapi()
    body[X + "request-validators"] = {"all": {"validateRequestBody": True}}
    body[X + "request-validator"] = "all"
    api = load(template({"Weak": _of_api("RequestValidator", Name="all")}, Body=body))
    assert api.resources["/pets"]["GET"].request_validator == "all"
    assert api.request_validators["all"].validate_request_body
    assert not api.request_validators["Weak"].validate_request_body
