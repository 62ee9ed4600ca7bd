"""CloudFormation's functions: what each gives, and what AWS says of each mistake."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load
from wsgi_gateway.sources.document import NODE_LIMIT


def template(value, **sections):
    """A template whose API has the value as its description."""
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a", "Description": value}},
            "Other": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "b"}},
            "Pets": {"Type": "AWS::Lambda::Function"},
            "Named": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"FunctionName": {"Fn::Sub": "${Env}-pets"}},
            },
            "Beta": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"Name": "beta", "FunctionName": {"Ref": "Named"}},
            },
            "Orders": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
            "Absent": {"Type": "AWS::Lambda::Function", "Condition": "IsTest"},
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
    return load(template(value, **(sections or {})), warnings=warnings, rest_api="Api", **options).description


LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"Ref": "Env"}, "prod", id="Ref of a parameter"),
        pytest.param({"Ref": "Count"}, "3", id="Ref of a number"),
        pytest.param({"Ref": "AWS::Region"}, "us-east-1", id="Ref of a pseudo parameter"),
        pytest.param({"Ref": "AWS::NoValue"}, None, id="Ref of AWS::NoValue"),
        pytest.param({"Ref": "Other"}, "Other", id="Ref of an API"),
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
        pytest.param(
            {"Fn::Select": [1, {"Fn::FindInMap": ["Hosts", "prod", "ports"]}]}, "443", id="a list in a map"
        ),
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
        pytest.param({"Ref": "Ordres"}, "reference", "did you mean 'Orders'", id="Ref of nothing"),
        pytest.param({"Ref": ["Env"]}, "wrong-type", "a list", id="Ref of a list"),
        pytest.param(
            {"Fn::GetAtt": "Pet.Arn"}, "reference", "undefined resource Pet", id="GetAtt of nothing"
        ),
        pytest.param({"Fn::GetAtt": "Pets"}, "function", "two non-empty", id="GetAtt without attribute"),
        pytest.param({"Fn::GetAtt": 5}, "function", "two non-empty", id="GetAtt of a number"),
        pytest.param({"Fn::GetAtt": {"a.b": "c.d"}}, "function", "two non-empty", id="GetAtt of a mapping"),
        pytest.param({"Fn::GetAtt": ["Pets", "Arn", "x"]}, "function", "two non-empty", id="GetAtt of three"),
        pytest.param({"Ref": "Absent"}, "reference", "Unresolved resource", id="Ref of what is not made"),
        pytest.param({"Fn::Sub": "${Absent.Arn}"}, "reference", "undefined", id="Sub of what is not made"),
        pytest.param({"Fn::Sub": "${Nobody}"}, "reference", "Unresolved resource", id="Sub of nothing"),
        pytest.param({"Fn::Sub": "${Zones}"}, "function", "is a list", id="Sub of a list"),
        pytest.param({"Fn::Sub": 5}, "function", "expected arguments", id="Sub of a number"),
        pytest.param({"Fn::Join": ["a"]}, "function", "Fn::Join object requires", id="Join of one"),
        pytest.param({"Fn::Select": [9, ["a"]]}, "function", "value at index 9", id="Select too far"),
        pytest.param({"Fn::Select": [-1, ["a"]]}, "function", "Fn::Select", id="Select before the first"),
        pytest.param({"Fn::Select": [0, "a"]}, "function", "Fn::Select", id="Select of text"),
        pytest.param({"Fn::Split": ["", "a"]}, "function", "Fn::Split object", id="Split by nothing"),
        pytest.param({"Fn::Base64": ["a"]}, "function", "String-typed", id="Base64 of a list"),
        pytest.param({"Fn::Length": "a"}, "function", "Fn::Length", id="Length of text"),
        pytest.param({"Fn::ToJsonString": "a"}, "function", "Fn::ToJsonString", id="ToJsonString of text"),
        pytest.param({"Fn::Cidr": ["10.0.0.0/24", 300, 5]}, "function", "Fn::Cidr", id="Cidr of too many"),
        pytest.param({"Fn::Cidr": ["x", 1, 1]}, "function", "Fn::Cidr", id="Cidr of no network"),
        pytest.param(
            {"Fn::FindInMap": ["Hosts", "x", "y"]}, "mapping", "Hosts::x", id="FindInMap of nothing"
        ),
        pytest.param({"Fn::FindInMap": ["Hosts"]}, "function", "three parameters", id="FindInMap of one"),
        pytest.param({"Fn::If": ["IsProd", 1]}, "function", "Fn::If requires", id="If without else"),
        pytest.param({"Fn::If": [{"Ref": "Env"}, 1, 2]}, "function", "Fn::If requires", id="If of a value"),
        pytest.param({"Fn::If": ["Nobody", 1, 2]}, "condition", "Nobody", id="If of no condition"),
        pytest.param({"Fn::ImportValue": "net"}, "import-value", "net", id="an import that is not given"),
        pytest.param({"Fn::Nothing": 1}, "function", "Fn::Nothing", id="no function"),
        pytest.param({"Fn::Sbu": "a"}, "function", "did you mean 'Fn::Sub'", id="a function misspelled"),
        pytest.param(
            {"Fn::Sub": "a", "b": 1}, "function", "beside other members", id="a function beside more"
        ),
        pytest.param({"Fn::Transform": {"Name": "Mine"}}, "transform", "Mine", id="a macro"),
        pytest.param("{{resolve:ssm:/x}}", "dynamic-reference", "dynamic", id="a dynamic reference"),
        pytest.param(None, "null", "'null' values", id="null"),
    ],
)
def test_a_mistake_is_told(value, code, says):
    with pytest.raises(ConfigError, match=says) as caught:
        given(value)
    assert code in [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ({"Fn::ImportValue": "net"}, "--import net=VALUE, or imports={'net': VALUE}"),
        ("{{resolve:ssm:/x}}", "--resource '{{resolve:...}}=VALUE'"),
    ],
    ids=["an import", "a dynamic reference"],
)
def test_what_has_to_be_given_is_told_for_the_command_line_and_for_code(value, hint):
    with pytest.raises(ConfigError) as caught:
        given(value)
    assert any(hint in (problem.hint or "") for problem in caught.value.problems)


def test_values_may_be_given_instead_of_invented():
    name = "Balancer.DNSName"
    assert given({"Fn::GetAtt": name}, resources={name: "lb.internal"}) == "lb.internal"
    assert given({"Fn::ImportValue": "net"}, imports={"net": "vpc-1"}) == "vpc-1"
    assert given("{{resolve:ssm:/x}}", resources={"{{resolve:ssm:/x}}": "told"}) == "told"
    assert given({"Ref": "Other"}, resources={"Other": "a1b2c3"}) == "a1b2c3"


def test_an_invented_value_is_told():
    warnings = []
    assert given({"Fn::GetAtt": "Balancer.DNSName"}, warnings) == "Balancer.DNSName"
    assert "invented-value" in [warning.code for warning in warnings]


def test_a_mistake_is_told_where_it_stands(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(
        "Resources:\n"
        "  Api:\n"
        "    Type: AWS::ApiGateway::RestApi\n"
        "    Properties:\n"
        "      Name: !Join ['-', [a, !Sub '${Nobody}']]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [(problem.place.line, problem.place.path) for problem in caught.value.problems] == [
        (5, "$.Resources.Api.Properties.Name['Fn::Join'][1][1]['Fn::Sub']")
    ]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Fn::Select": [0, {"Ref": "Nobody"}]}, id="Select"),
        pytest.param({"Fn::Join": ["-", {"Fn::Split": ["-", {"Ref": "Nobody"}]}]}, id="Split in Join"),
        pytest.param({"Fn::Base64": {"Fn::Sub": "${Nobody}"}}, id="Sub in Base64"),
        pytest.param({"Fn::Cidr": [{"Fn::ImportValue": "net"}, 1, 1]}, id="ImportValue in Cidr"),
        pytest.param({"Fn::Join": ["", [{"Ref": "Nobody"}, {"Fn::Length": [None]}]]}, id="two mistakes"),
    ],
)
def test_what_follows_from_a_mistake_is_not_told_as_well(value):
    with pytest.raises(ConfigError) as caught:
        given(value)
    assert {problem.code for problem in caught.value.problems} <= {"reference", "import-value", "null"}


def test_a_property_that_cannot_be_worked_out_is_not_missing_as_well():
    document = template("x")
    document["Resources"]["Part"] = {
        "Type": "AWS::ApiGateway::Resource",
        "Properties": {"RestApiId": {"Ref": "Nobody"}, "ParentId": "x", "PathPart": "y"},
    }
    with pytest.raises(ConfigError) as caught:
        load(document, rest_api="Api")
    assert [problem.code for problem in caught.value.problems] == ["reference"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        pytest.param("!Ref Env", "{Ref: Env}", id="Ref"),
        pytest.param("!GetAtt Pets.Arn", "{'Fn::GetAtt': [Pets, Arn]}", id="GetAtt"),
        pytest.param("!Sub '${Env}!'", "{'Fn::Sub': '${Env}!'}", id="Sub"),
        pytest.param(
            "!Sub ['${a}', {a: !Ref Env}]", "{'Fn::Sub': ['${a}', {a: {Ref: Env}}]}", id="Sub of two"
        ),
        pytest.param("!Join ['', [a, !Ref Env]]", "{'Fn::Join': ['', [a, {Ref: Env}]]}", id="Join"),
        pytest.param("!Select [0, [a]]", "{'Fn::Select': [0, [a]]}", id="Select"),
        pytest.param(
            "!Select [0, !Split [',', 'a,b']]", "{'Fn::Select': [0, {'Fn::Split': [',', 'a,b']}]}", id="Split"
        ),
        pytest.param("!FindInMap [M, a, b]", "{'Fn::FindInMap': [M, a, b]}", id="FindInMap"),
        pytest.param("!If [IsProd, a, b]", "{'Fn::If': [IsProd, a, b]}", id="If"),
        pytest.param("!Base64 a", "{'Fn::Base64': a}", id="Base64"),
        pytest.param("!ImportValue net", "{'Fn::ImportValue': net}", id="ImportValue"),
        pytest.param(
            "!ToJsonString {a: !Ref Env}", "{'Fn::ToJsonString': {a: {Ref: Env}}}", id="ToJsonString"
        ),
        pytest.param("!Select [0, !GetAZs '']", "{'Fn::Select': [0, {'Fn::GetAZs': ''}]}", id="GetAZs"),
        pytest.param(
            "!Select [0, !Cidr [10.0.0.0/24, 1, 5]]",
            "{'Fn::Select': [0, {'Fn::Cidr': [10.0.0.0/24, 1, 5]}]}",
            id="Cidr",
        ),
    ],
)
def test_short_and_long_forms_are_one(short, long, tmp_path):
    path = tmp_path / "stack.yaml"

    def described(value):
        path.write_text(
            "Parameters: {Env: {Type: String, Default: prod}}\n"
            "Mappings: {M: {a: {b: c}}}\n"
            "Conditions: {IsProd: !And [!Equals [!Ref Env, prod], !Not [!Or [!Equals [a, b], "
            "!Equals [c, d]]]]}\n"
            "Resources:\n"
            "  Pets: {Type: 'AWS::Lambda::Function'}\n"
            "  Api:\n"
            "    Type: AWS::ApiGateway::RestApi\n"
            f"    Properties: {{Name: a, Description: {value}}}\n"
        )
        return load(path, imports={"net": "vpc"}).description

    found = described(short)
    assert found
    assert found == described(long)


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param({"A": {"Condition": "B"}, "B": {"Condition": "A"}}, id="two"),
        pytest.param({"A": {"Fn::Not": [{"Condition": "A"}]}}, id="one"),
    ],
)
def test_conditions_in_a_circle_are_told(conditions):
    with pytest.raises(ConfigError, match="Circular dependency of the condition"):
        given({"Fn::If": ["A", "1", "2"]}, sections={"Conditions": conditions})


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        pytest.param(True, "a condition is one of", id="a truth value"),
        pytest.param({"Fn::Or": [1, 2]}, "a condition is one of", id="numbers"),
        pytest.param({"Fn::Equals": [1]}, "wrong number of arguments", id="Equals of one"),
        pytest.param({"Fn::Not": []}, "wrong number of arguments", id="Not of nothing"),
        pytest.param({"Condition": ["A"]}, "the name of a condition was expected", id="a list of names"),
        pytest.param({"Condition": "Nobody"}, "Unresolved condition Nobody", id="no condition"),
    ],
)
def test_a_condition_that_is_none_is_refused(condition, says):
    with pytest.raises(ConfigError, match=says):
        given({"Fn::If": ["A", "1", "2"]}, sections={"Conditions": {"A": condition}})


def test_conditions_made_of_conditions_end():
    conditions = {f"C{number}": {"Condition": f"C{number + 1}"} for number in range(40)}
    conditions["C40"] = {"Fn::Equals": ["a", "a"]}
    with pytest.raises(ConfigError, match="conditions made of conditions"):
        given({"Fn::If": ["C0", "1", "2"]}, sections={"Conditions": conditions})


def test_resources_in_a_circle_are_told():
    document = template("x")
    document["Resources"]["Pets"]["DependsOn"] = "Beta"
    document["Resources"]["Named"]["Properties"]["FunctionName"] = {"Ref": "Pets"}
    with pytest.raises(ConfigError, match=r"Circular dependency between resources: .*Pets"):
        load(document)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Fn::Join": ["", [{"Fn::Sub": "${Env}" * 1000}] * 100]}, id="Sub in Join"),
        pytest.param({"Fn::Sub": "${Env}" * 100_000}, id="Sub"),
        pytest.param({"Fn::Length": {"Fn::Split": ["y", {"Fn::Sub": "${Env}" * 1000}]}}, id="Split"),
        pytest.param({"Fn::Base64": {"Fn::Sub": "${Env}" * 10_000}}, id="Base64"),
    ],
)
def test_text_that_grows_without_end_is_refused(value):
    with pytest.raises(ConfigError, match="template-too-large"):
        given(value, parameters={"Env": "y" * 1000})


def test_values_that_grow_without_end_are_refused():
    wide = [{"Fn::Length": {"Fn::Split": [",", "," * (NODE_LIMIT // 3)]}} for _ in range(4)]
    with pytest.raises(ConfigError, match="template-too-large"):
        given({"Fn::Join": ["", wide]})


def test_names_made_of_names_end():
    document = template({"Ref": "F0"})
    for number in range(100):
        properties = {"FunctionName": {"Fn::Sub": f"${{F{number + 1}}}"}} if number < 99 else {}
        document["Resources"][f"F{number}"] = {"Type": "AWS::Lambda::Function", "Properties": properties}
    with pytest.raises(ConfigError, match="names made of names"):
        load(document, rest_api="Api")


INCLUDING = """\
Parameters: {Env: {Type: String, Default: prod}}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: a
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/f/more.yaml}}
"""


def test_a_file_beside_the_template_is_included(tmp_path):
    path, more = tmp_path / "stack.yaml", tmp_path / "more.yaml"
    path.write_text(INCLUDING)
    more.write_text('{"Description": {"Fn::Sub": "${Env}!"}, "Name": "b"}')
    api = load(path)
    assert (api.name, api.description) == ("a", "prod!")


def test_a_mistake_in_an_included_file_is_told_with_its_place(tmp_path):
    path, more = tmp_path / "stack.yaml", tmp_path / "more.yaml"
    path.write_text(INCLUDING)
    more.write_text('{\n"Description":\n {"Ref": "Nobody"}}')
    with pytest.raises(ConfigError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.place.file, problem.place.line) == (str(more), 3)


def test_an_unknown_property_of_an_included_file_is_told_at_the_include(tmp_path):
    path, more = tmp_path / "stack.yaml", tmp_path / "more.yaml"
    path.write_text(INCLUDING)
    more.write_text('{"Nonsense": 1}')
    with pytest.raises(ConfigError, match="Nonsense") as caught:
        load(path)
    assert caught.value.problems[0].place.file == str(path)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        pytest.param("s3://b/../more.yaml", "file-missing", id="above the template"),
        pytest.param("s3://b/nothing.yaml", "file-missing", id="no such file"),
        pytest.param("[]", "text was expected", id="a list"),
    ],
)
def test_an_include_that_leads_nowhere_is_refused(location, says, tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(INCLUDING.replace("s3://b/f/more.yaml", location))
    (tmp_path.parent / "more.yaml").write_text("{}")
    with pytest.raises(ConfigError, match=says):
        load(path)


def test_an_include_from_nowhere_is_told_once():
    location = {"Fn::Sub": "s3://${Nowhere}/more.yaml"}
    with pytest.raises(ConfigError) as caught:
        given({"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": location}}})
    assert [problem.code for problem in caught.value.problems] == ["reference"]


def test_files_that_include_themselves_end(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(INCLUDING)
    itself = {"Name": "AWS::Include", "Parameters": {"Location": "more.yaml"}}
    (tmp_path / "more.yaml").write_text(json.dumps({"Description": {"Fn::Transform": itself}}))
    with pytest.raises(ConfigError, match="20 times at most"):
        load(path)
