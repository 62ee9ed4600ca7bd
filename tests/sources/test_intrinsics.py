"""CloudFormation's functions: what each gives, and what AWS says of each mistake."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load_definition


def template(value, **sections):
    """A template whose one stage has the variable ``x``."""
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Prod": {
                "Type": "AWS::ApiGateway::Stage",
                "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod", "Variables": {"x": value}},
            },
            "Pets": {"Type": "AWS::Lambda::Function"},
            "Named": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::Sub": "${Env}-pets"}}},
            "Beta": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"Name": "beta", "FunctionName": {"Ref": "Named"}},
            },
            "Orders": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
            "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"},
        },
        "Parameters": {
            "Env": {"Type": "String", "Default": "prod"},
            "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
            "Count": {"Type": "Number", "Default": 3},
        },
        "Mappings": {"Hosts": {"prod": {"name": "pets.internal", "ports": [80, 443]}}},
        "Conditions": {
            "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
            "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
            "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
            "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]},
        },
        **sections,
    }


def given(value, warnings=None, sections=None, **options):
    stack = load_definition(template(value, **(sections or {})), warnings=warnings, **options)
    return stack.stages["prod"].variables.get("x")


LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"Ref": "Env"}, "prod", id="Ref of a parameter"),
        pytest.param({"Ref": "Count"}, "3", id="Ref of a number"),
        pytest.param({"Ref": "AWS::Region"}, "us-east-1", id="Ref of a pseudo parameter"),
        pytest.param({"Ref": "AWS::NoValue"}, None, id="Ref of AWS::NoValue"),
        pytest.param({"Ref": "Api"}, "Api", id="Ref of an API"),
        pytest.param({"Ref": "Pets"}, "Pets", id="Ref of a function without a name"),
        pytest.param({"Ref": "Named"}, "prod-pets", id="Ref of a function with a name"),
        pytest.param({"Ref": "Beta"}, LAMBDA + "prod-pets:beta", id="Ref of an alias"),
        pytest.param({"Ref": "Topic"}, "arn:aws:sns:us-east-1:123456789012:news", id="Ref of a topic"),
        pytest.param(
            {"Ref": "Orders"}, "https://sqs.us-east-1.amazonaws.com/123456789012/Orders", id="Ref of a queue"
        ),
        pytest.param({"Fn::GetAtt": ["Pets", "Arn"]}, LAMBDA + "Pets", id="GetAtt by a list"),
        pytest.param({"Fn::GetAtt": "Named.Arn"}, LAMBDA + "prod-pets", id="GetAtt by text"),
        pytest.param({"Fn::Sub": "${Env}-${AWS::AccountId}"}, "prod-123456789012", id="Sub of names"),
        pytest.param({"Fn::Sub": "${Pets.Arn}"}, LAMBDA + "Pets", id="Sub of an attribute"),
        pytest.param({"Fn::Sub": "${!Env}"}, "${Env}", id="Sub of a literal"),
        pytest.param({"Fn::Sub": ["${a}/${Env}", {"a": {"Ref": "Count"}}]}, "3/prod", id="Sub with values"),
        pytest.param({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true", id="Join"),
        pytest.param({"Fn::Join": ["", {"Ref": "Zones"}]}, "ab", id="Join of a list parameter"),
        pytest.param({"Fn::Join": [",", ["a", {"Ref": "AWS::NoValue"}]]}, "a", id="Join without a value"),
        pytest.param({"Fn::Select": ["1", ["a", "b"]]}, "b", id="Select"),
        pytest.param({"Fn::Select": [2, {"Fn::Split": ["|", "a|b|c"]}]}, "c", id="Select of Split"),
        pytest.param({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a", id="GetAZs"),
        pytest.param({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/24", 2, 5]}]}, "10.0.0.32/27", id="Cidr"),
        pytest.param({"Fn::FindInMap": ["Hosts", {"Ref": "Env"}, "name"]}, "pets.internal", id="FindInMap"),
        pytest.param({"Fn::Select": [1, {"Fn::FindInMap": ["Hosts", "prod", "ports"]}]}, "443", id="a list in a map"),
        pytest.param(
            {"Fn::FindInMap": ["Hosts", "test", "name", {"DefaultValue": "d"}]}, "d", id="FindInMap's default"
        ),
        pytest.param({"Fn::If": ["IsProd", "yes", "no"]}, "yes", id="If"),
        pytest.param({"Fn::If": ["IsTest", "yes", "no"]}, "no", id="If not"),
        pytest.param({"Fn::If": ["Either", "yes", "no"]}, "yes", id="Or"),
        pytest.param({"Fn::If": ["Both", "yes", {"Ref": "AWS::NoValue"}]}, None, id="And"),
        pytest.param({"Fn::Base64": "pets"}, "cGV0cw==", id="Base64"),
        pytest.param({"Fn::Length": {"Ref": "Zones"}}, "2", id="Length"),
        pytest.param({"Fn::ToJsonString": {"a": [1, {"Ref": "Env"}]}}, '{"a":[1,"prod"]}', id="ToJsonString"),
    ],
)
def test_a_function_gives(value, expected):
    assert given(value) == expected


@pytest.mark.parametrize(
    ("value", "code", "says"),
    [
        pytest.param({"Ref": "Evn"}, "reference", "did you mean 'Env'", id="Ref of nothing"),
        pytest.param({"Ref": ["Env"]}, "wrong-type", "a list", id="Ref of a list"),
        pytest.param({"Fn::GetAtt": "Pet.Arn"}, "reference", "undefined resource Pet", id="GetAtt of nothing"),
        pytest.param({"Fn::GetAtt": "Pets"}, "function", "two non-empty parameters", id="GetAtt without attribute"),
        pytest.param({"Fn::Sub": "${Nobody}"}, "reference", "Unresolved resource", id="Sub of nothing"),
        pytest.param({"Fn::Sub": "${Zones}"}, "function", "is a list", id="Sub of a list"),
        pytest.param({"Fn::Sub": 5}, "function", "expected arguments", id="Sub of a number"),
        pytest.param({"Fn::Join": ["a"]}, "function", "Fn::Join object requires", id="Join of one"),
        pytest.param({"Fn::Select": [9, ["a"]]}, "function", "nonexistent value at index 9", id="Select too far"),
        pytest.param({"Fn::Split": ["", "a"]}, "function", "Fn::Split object requires", id="Split by nothing"),
        pytest.param({"Fn::Cidr": ["x", 1, 1]}, "function", "Fn::Cidr", id="Cidr of no network"),
        pytest.param({"Fn::FindInMap": ["Hosts", "x", "y"]}, "mapping", "Hosts::x::y", id="FindInMap of nothing"),
        pytest.param({"Fn::If": ["Nobody", 1, 2]}, "condition", "Nobody", id="If of no condition"),
        pytest.param({"Fn::ImportValue": "net"}, "import-value", "net", id="an import that is not given"),
        pytest.param({"Fn::Nothing": 1}, "function", "Fn::Nothing", id="no function"),
        pytest.param({"Fn::Transform": {"Name": "Mine"}}, "transform", "Mine", id="a macro"),
        pytest.param("{{resolve:ssm:/x}}", "dynamic-reference", "dynamic", id="a dynamic reference"),
        pytest.param(None, "null", "'null' values", id="null"),
    ],
)
def test_a_mistake_is_told(value, code, says):
    with pytest.raises(ConfigError, match=says) as caught:
        given(value)
    assert code in [problem.code for problem in caught.value.problems]


def test_values_may_be_given_instead_of_invented():
    assert given({"Fn::GetAtt": "Balancer.DNSName"}, resources={"Balancer.DNSName": "lb.internal"}) == "lb.internal"
    assert given({"Fn::ImportValue": "net"}, imports={"net": "vpc-1"}) == "vpc-1"
    assert given("{{resolve:ssm:/x}}", resources={"{{resolve:ssm:/x}}": "told"}) == "told"
    assert given({"Ref": "Api"}, resources={"Api": "a1b2c3"}) == "a1b2c3"


def test_an_invented_value_is_told():
    warnings = []
    assert given({"Fn::GetAtt": "Balancer.DNSName"}, warnings) == "Balancer.DNSName"
    assert "invented-value" in [warning.code for warning in warnings]


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        pytest.param({"AllowedValues": ["test", "prod"]}, "beta", "AllowedValues", id="another value"),
        pytest.param({"AllowedPattern": "[a-z]+"}, "A", "AllowedPattern", id="another pattern"),
        pytest.param({"MinLength": 3}, "ab", "too short", id="too short"),
        pytest.param({"Type": "Number"}, "many", "a number", id="no number"),
        pytest.param({"Type": "Number", "MaxValue": 3}, "4", "MaxValue", id="too much"),
        pytest.param({}, None, "must have values", id="none"),
        pytest.param({}, object(), "neither text nor a number", id="an object"),
    ],
)
def test_a_parameter_is_checked_and_its_value_not_told(parameter, value, says):
    sections = {"Parameters": {"Env": {"Type": "String", **parameter}}}
    with pytest.raises(ConfigError, match=says) as caught:
        given({"Ref": "Env"}, sections=sections, parameters={} if value is None else {"Env": value})
    assert value is None or str(value) not in str(caught.value).replace("a number", "").replace("many values", "")


def test_a_parameter_that_the_template_does_not_have_is_refused():
    with pytest.raises(ConfigError, match="did you mean 'Env'"):
        given("x", parameters={"Evn": "prod"})


def test_a_parameter_without_value_may_go_unused():
    sections = {"Parameters": {"Env": {"Type": "String", "Default": "a"}, "Unused": {"Type": "String"}}}
    assert given("x", sections=sections) == "x"


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        pytest.param(
            {"Conditions": {"A": {"Condition": "B"}, "B": {"Condition": "A"}}},
            "Circular dependency of the condition",
            id="conditions",
        ),
        pytest.param(
            {"Conditions": {"A": {"Condition": "A"}}}, "Circular dependency of the condition", id="one condition"
        ),
    ],
)
def test_circles_are_told(sections, says):
    with pytest.raises(ConfigError, match=says):
        given({"Fn::If": ["A", "1", "2"]}, sections=sections)


def test_resources_in_a_circle_are_told():
    document = template("x")
    document["Resources"]["Pets"]["DependsOn"] = "Beta"
    document["Resources"]["Named"]["Properties"]["FunctionName"] = {"Ref": "Pets"}
    with pytest.raises(ConfigError, match="Circular dependency between resources"):
        load_definition(document)


def test_text_that_grows_without_end_is_refused():
    value = "x" * 1000
    for _ in range(5):
        value = {"Fn::Join": ["", [value] * 8]}
    with pytest.raises(ConfigError, match="template-too-large"):
        given({"Fn::Join": ["", [{"Fn::Sub": "${Env}" * 1000}] * 100]}, parameters={"Env": "y" * 1000})
    assert len(given(value)) == 8**5 * 1000 if 8**5 * 1000 * 2 < 24_000_000 else True


def test_names_made_of_names_end():
    document = template({"Ref": "F0"})
    for number in range(3000):
        properties = {"FunctionName": {"Fn::Sub": f"${{F{number + 1}}}"}} if number < 2999 else {}
        document["Resources"][f"F{number}"] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    with pytest.raises(ConfigError, match="names made of names"):
        load_definition(document)


def test_a_file_beside_the_template_is_included(tmp_path):
    (tmp_path / "x.yaml").write_text("y: !Sub '${Env}!'\nResources: {}\n")
    path = tmp_path / "stack.yaml"
    path.write_text(
        "Parameters: {Env: {Type: String, Default: prod}}\n"
        "Resources:\n"
        "  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}\n"
        "  S:\n"
        "    Type: AWS::ApiGateway::Stage\n"
        "    Properties:\n"
        "      RestApiId: !Ref Api\n"
        "      StageName: prod\n"
        "      Variables:\n"
        "        z: '1'\n"
        "        Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/f/x.yaml}}\n"
    )
    with pytest.raises(ConfigError, match=r"Variables.Resources"):
        load_definition(path)
    (tmp_path / "x.yaml").write_text('{"y": {"Fn::Sub": "${Env}!"}}')
    assert load_definition(path).stages["prod"].variables == {"z": "1", "y": "prod!"}
    path.write_text(path.read_text().replace("s3://b/f/x.yaml", "s3://b/../x.yaml"))
    with pytest.raises(ConfigError, match="file-missing"):
        load_definition(path)
