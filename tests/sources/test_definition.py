"""What a document declares beside its API: stages, which a Gateway takes by name, and base paths."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway import ConfigError, Definition, Gateway, RestApiConfig, StageConfig, load, load_definition
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.mount import from_environment, gateway

TEMPLATE = """\
Parameters: {Colour: {Type: String, Default: blue}}
Resources:
  Api: {Type: "AWS::ApiGateway::RestApi", Properties: {Name: pets}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      Integration: {Type: MOCK}
  Deployed: {Type: "AWS::ApiGateway::Deployment", Properties: {RestApiId: !Ref Api}}
"""
STAGE = """\
  {id}:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployed
      StageName: {name}
      Variables: {{colour: !Ref Colour, size: s}}
"""


@pytest.fixture
def template(tmp_path):
    def write(*stages):
        path = tmp_path / "stack.yaml"
        path.write_text(
            TEMPLATE + "".join(STAGE.format(id=f"Stage{name}", name=name) for name in stages), "utf-8"
        )
        return path

    return write


def test_the_only_stage_is_served(template):
    assert Gateway(template("prod")).stage == load_definition(template("prod")).stages["prod"]


def test_one_of_several_is_served_by_its_name(template):
    served = Gateway(load_definition(template("test", "prod"), parameters={"Colour": "red"}), stage="prod")
    assert (served.stage.stage_name, served.stage.variables["colour"]) == ("prod", "red")


def test_one_of_several_has_to_be_chosen(template):
    with pytest.raises(ConfigError, match=r"several stages, and none was chosen.*test, prod"):
        Gateway(template("test", "prod"))


def test_a_stage_that_is_not_declared_is_refused_with_the_nearest_name(template):
    with pytest.raises(ConfigError, match=r"no stage 'prd'.*did you mean 'prod'"):
        Gateway(template("test", "prod"), stage="prd")


def test_a_stage_of_ones_own_comes_before_the_declared(template):
    own = StageConfig(stage_name="mine")
    assert Gateway(template("prod"), stage=own).stage.stage_name == "mine"


def test_where_no_stage_is_declared_any_name_will_do(template):
    assert Gateway(template(), stage="prod").stage.stage_name == "prod"
    assert Gateway(template()).stage.stage_name == "default"


def test_an_api_alone_leaves_its_stages_with_a_warning(template):
    warnings = []
    assert isinstance(load(template("prod"), warnings=warnings), RestApiConfig)
    assert warnings[-1].code == "stages-left"


def test_what_has_no_effect_in_the_document_is_a_warning_of_the_gateway(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(TEMPLATE.replace("Name: pets", "Name: pets, Tags: [{Key: a, Value: b}]"), "utf-8")
    definition = load_definition(path)
    assert definition.warnings
    assert set(definition.warnings) <= set(Gateway(definition).warnings)
    assert Gateway(path).warnings == Gateway(definition).warnings


def test_an_api_in_a_definition_is_checked():
    wrong = Definition(api=RestApiConfig(resources={"pets": {}}))
    with pytest.raises(ConfigError):
        Gateway(wrong)


def test_the_api_id_that_is_given_comes_before_the_logical_id(template):
    assert Gateway(template("prod"), api_id="a1b2c3").api.id == "a1b2c3"


def test_variables_and_names_go_on_top_of_the_declared_stage(template):
    made = gateway(
        template("prod"),
        stage_variables="size=xl",
        parameters="Colour=red",
        region="eu-west-1",
        account_id="210987654321",
    )
    assert made.stage.variables == {"colour": "red", "size": "xl"}
    assert (made.stage.region, made.stage.account_id) == ("eu-west-1", "210987654321")


def test_the_environment_gives_parameters_too(template):
    made = from_environment(
        {
            "WSGI_GATEWAY_API": str(template("test", "prod")),
            "WSGI_GATEWAY_STAGE": "test",
            "WSGI_GATEWAY_PARAMETERS": "Colour=green",
        }
    )
    assert (made.stage.stage_name, made.stage.variables["colour"]) == ("test", "green")


def test_options_of_templates_are_refused_for_other_documents(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text("openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths: {}\n", "utf-8")
    with pytest.raises(ConfigError, match="parameters is an option of CloudFormation templates"):
        gateway(path, parameters={"Colour": "red"})
    with pytest.raises(ConfigError, match="options of definitions in files"):
        gateway(RestApiConfig(), parameters={"Colour": "red"})


def test_base_paths_that_a_gateway_does_not_serve_are_a_warning(template):
    made = Gateway(
        Definition(api=load(template()), base_paths={"api.example.com": {"v1": "prod", "(none)": "prod"}})
    )
    (warning,) = [one for one in made.warnings if one.code == "base-paths-left"]
    assert "api.example.com" in warning.message
    assert "v1" in warning.message


def test_files_that_make_one_api_are_named_with_commas(tmp_path, monkeypatch):
    for name, path in (("a", "/cats"), ("b", "/dogs")):
        document = {"openapi": "3.0.1", "info": {"title": name}, "servers": [{"url": "/v1"}]}
        document["paths"] = {path: {}}
        (tmp_path / f"{name}.json").write_text(json.dumps(document), "utf-8")
    monkeypatch.chdir(tmp_path)
    variables = {"WSGI_GATEWAY_API": "a.json, b.json", "WSGI_GATEWAY_BASEPATH": "prepend"}
    assert set(from_environment(variables).api.resources) == {"/v1/cats", "/v1/dogs"}


@pytest.mark.parametrize(
    "integration",
    [
        pytest.param({"RequestTemplates": {"application/json": "#if(!${Word}"}}, id="a template"),
        pytest.param({"RequestParameters": {"integration.request.header.A": "${Word}"}}, id="a mapping"),
        pytest.param(
            {"IntegrationResponses": [{"StatusCode": 200, "SelectionPattern": "(${Word}"}]}, id="a pattern"
        ),
    ],
)
def test_what_nobody_may_see_is_in_no_message_of_the_gateway(integration):
    secret = "hunter2-hunter2"
    text = json.dumps(
        {"Type": "HTTP", "IntegrationHttpMethod": "GET", "Uri": "http://a.example", **integration}
    )
    made = json.loads(
        text,
        object_hook=lambda one: {
            k: {"Fn::Sub": v} if "${" in str(v) and isinstance(v, str) else v for k, v in one.items()
        },
    )
    document = {
        "Parameters": {"Word": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Get": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                    "HttpMethod": "GET",
                    "AuthorizationType": "NONE",
                    "MethodResponses": [{"StatusCode": 200}],
                    "Integration": made,
                },
            },
        },
    }
    with pytest.raises(ConfigError) as caught:
        Gateway(load_definition(document, parameters={"Word": secret}))
    assert secret not in str(caught.value)
    assert secret not in "".join(map(str, problems_of(document, parameters={"Word": secret})))


def test_a_definition_shows_no_secret_that_a_stage_is_named_after():
    template = {
        "Parameters": {"Name": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
            "First": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}},
            "Stage": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {
                    "RestApiId": {"Ref": "Api"},
                    "DeploymentId": {"Ref": "First"},
                    "StageName": {"Ref": "Name"},
                },
            },
        },
    }
    definition = load_definition(template, parameters={"Name": "hunter2given"})
    assert "hunter2given" in definition.stages
    assert "hunter2given" not in repr(definition)
