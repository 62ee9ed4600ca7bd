"""Models and request validators of a template."""

from __future__ import annotations

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

API = {"Ref": "Api"}


def template(**resources):
    kinds = {"Api": ("RestApi", {"Name": "pets"}), **resources}
    return {
        "Resources": {
            name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
            for name, (kind, properties) in kinds.items()
        }
    }


def model(schema, **more):
    return "Model", {"RestApiId": API, "Schema": schema, **more}


def method(**more):
    fixed = {"RestApiId": API, "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "HttpMethod": "POST"}
    return "Method", {**fixed, "AuthorizationType": "NONE", **more}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "object", "required": ["a"]}, id="a mapping"),
        pytest.param('{"type": "object", "required": ["a"]}', id="JSON as text"),
        pytest.param({"Fn::Sub": '{"type": "object", "required": ["a"]}'}, id="JSON made by a function"),
    ],
)
def test_a_schema_is_a_mapping_or_json(schema):
    found = load(template(Pet=model(schema, Name="Pet", Description="d"))).models["Pet"]
    assert (found.schema["required"], found.description) == (("a",), "d")


def test_a_model_without_a_name_goes_by_its_logical_id():
    api = load(template(Pet=model({}), Post=method(RequestModels={"application/json": {"Ref": "Pet"}})))
    assert list(api.models) == ["Pet"]
    assert api.resources["/"]["POST"].request_models == {"application/json": "Pet"}


def test_models_refer_to_each_other_by_aws_urls():
    url = {"Fn::Sub": "https://apigateway.amazonaws.com/restapis/${Api}/models/${Name}"}
    document = template(
        Name=model({"type": "string"}, Name="Name"),
        Pet=model({"type": "object", "properties": {"name": {"$ref": url}}}, Name="Pet"),
        Body=("RequestValidator", {"RestApiId": API, "ValidateRequestBody": True}),
        Post=method(
            RequestModels={"application/json": {"Ref": "Pet"}},
            RequestValidatorId={"Ref": "Body"},
            Integration={"Type": "MOCK", "IntegrationResponses": [{"StatusCode": 200}]},
        ),
    )
    assert Gateway(document)
    assert "Name" in str(load(document).models["Pet"].schema)


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        pytest.param(
            {"A": model({}, Name="A"), "B": model({}, Name="A")}, "already exists", id="a name twice"
        ),
        pytest.param({"A": model("{")}, "no JSON stands here", id="no JSON"),
        pytest.param({"A": model({"type": "colour"})}, "Invalid model schema", id="no schema"),
        pytest.param({"A": model([])}, "a schema must be a mapping", id="a list"),
        pytest.param(
            {"Post": method(RequestModels={"application/json": "Nobody"})},
            "Invalid model identifier",
            id="no model",
        ),
    ],
)
def test_a_model_that_cannot_be_is_refused(resources, says):
    with pytest.raises(ConfigError, match=says):
        load(template(**resources))


def test_every_api_has_two_models():
    models = {"application/json": "Empty", "application/xml": "Error"}
    api = load(template(Post=method(RequestModels=models)))
    assert next(iter(api.resources["/"].values())).request_models == models
    assert not api.models
    assert load(template(Post=method(), Empty=model({}, Name="Empty"))).models["Empty"].schema == {}


def test_of_two_validators_of_one_name_the_second_goes_by_its_logical_id():
    api = load(
        template(
            One=("RequestValidator", {"RestApiId": API, "Name": "v", "ValidateRequestBody": True}),
            Two=("RequestValidator", {"RestApiId": API, "Name": "v", "ValidateRequestParameters": True}),
            Post=method(RequestValidatorId={"Ref": "Two"}),
        )
    )
    assert api.resources["/"]["POST"].request_validator == "Two"
    assert api.request_validators["Two"].validate_request_parameters
    assert api.request_validators["v"].validate_request_body


def test_a_validator_never_takes_the_place_of_one_that_bears_its_logical_id():
    api = load(
        template(
            One=("RequestValidator", {"RestApiId": API, "Name": "Three", "ValidateRequestBody": True}),
            Two=("RequestValidator", {"RestApiId": API, "Name": "v"}),
            Three=("RequestValidator", {"RestApiId": API, "Name": "v"}),
            Post=method(RequestValidatorId={"Ref": "One"}),
        )
    )
    assert api.resources["/"]["POST"].request_validator == "Three"
    assert api.request_validators["Three"].validate_request_body
    assert list(api.request_validators) == ["Three", "v", "Three2"]


BODY = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "paths": {},
    "components": {
        "schemas": {
            "Name": {"type": "string", "maxLength": 9},
            "Pet": {"type": "object", "properties": {"name": {"$ref": "#/components/schemas/Name"}}},
            "Called": {"$ref": "#/components/schemas/Pet/properties/name"},
        }
    },
}


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param({"Fn::Sub": "https://apigateway.amazonaws.com/restapis/${Api}/models/Pet"}, id="by URL"),
        pytest.param("#/definitions/Pet", id="by name"),
        pytest.param("#/definitions/Pet/properties/name", id="to a part"),
    ],
)
def test_a_model_refers_to_one_of_the_body(reference):
    pets = model({"type": "array", "items": {"$ref": reference}}, Name="Pets", Description="d")
    api = load(template(Api=("RestApi", {"Body": BODY}), Pets=pets))
    assert list(api.models) == ["Name", "Pet", "Called", "Pets"]
    assert (api.models["Pets"].description, api.models["Pet"].description) == ("d", None)
    assert api.models["Pets"].schema["definitions"]["Name"] == {"type": "string", "maxLength": 9}
    assert api.models["Pets"].schema["definitions"]["Pet"]["type"] == "object"


def test_a_model_of_a_later_body_is_referred_to_in_words_of_draft_4():
    body = {**BODY, "openapi": "3.1.0", "components": {"schemas": {"Kind": {"const": "cat"}}}}
    kinds = model({"type": "array", "items": {"$ref": "#/definitions/Kind"}}, Name="Kinds")
    api = load(template(Api=("RestApi", {"Body": body}), Kinds=kinds))
    assert api.models["Kinds"].schema["definitions"] == {"Kind": {"enum": ("cat",)}}


def test_what_is_wrong_with_a_model_of_the_body_is_told_once():
    body = {**BODY, "components": {"schemas": {"Kind": {"type": "string", "nullable": True}}}}
    warnings = []
    kinds = model({"type": "array", "items": {"$ref": "#/definitions/Kind"}}, Name="Kinds")
    load(template(Api=("RestApi", {"Body": body}), Kinds=kinds), warnings=warnings)
    assert [warning.code for warning in warnings] == ["schema-keyword-ignored"]


@pytest.mark.parametrize(
    "reference", [pytest.param("Nobody", id="no model"), pytest.param("Pet/properties/nam", id="no part")]
)
def test_a_reference_to_what_the_body_does_not_have_is_refused(reference):
    pets = model({"type": "array", "items": {"$ref": f"#/definitions/{reference}"}})
    with pytest.raises(ConfigError, match="ref-not-found"):
        load(template(Api=("RestApi", {"Body": BODY}), Pets=pets))
