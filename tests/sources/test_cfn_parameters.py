"""Parameters of a template: given, by default, checked; and no message tells a value that is to be kept."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load


def described(parameter, *given, warnings=None, **properties):
    """The description of an API that is the parameter ``Env``."""
    document = {
        "Parameters": {"Env": parameter},
        "Resources": {
            "Api": {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {"Name": "a", "Description": {"Ref": "Env"}, **properties},
            }
        },
    }
    parameters = {"Env": given[0]} if given else {}
    return load(document, parameters=parameters, warnings=warnings).description


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("String", "prod", "prod", id="text"),
        pytest.param("String", "", "", id="empty text"),
        pytest.param("String", True, "true", id="a truth value"),
        pytest.param("Number", 3, "3", id="a number"),
        pytest.param("Number", "1.5", "1.5", id="a number as text"),
        pytest.param("AWS::EC2::VPC::Id", "vpc-1", "vpc-1", id="a type of AWS"),
        pytest.param("AWS::SSM::Parameter::Name", "/a/b", "/a/b", id="the name of an entry"),
        pytest.param("AWS::SSM::Parameter::Value<String>", "told", "told", id="the value of an entry"),
    ],
)
def test_a_value_of_a_type(kind, value, expected):
    assert (described({"Type": kind}, value) or "") == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("CommaDelimitedList", "a, b", id="a list as text"),
        pytest.param("CommaDelimitedList", ["a", "b"], id="a list"),
        pytest.param("List<AWS::EC2::Subnet::Id>", "a,b", id="a list of a type of AWS"),
        pytest.param("AWS::SSM::Parameter::Value<List<String>>", "a,b", id="an entry that is a list"),
    ],
)
def test_a_value_of_a_type_of_lists(kind, value):
    joined = {"Fn::Join": ["-", {"Ref": "Env"}]}
    assert described({"Type": kind}, value, Description=joined) == "a-b"


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        pytest.param({"AllowedValues": ["test", "prod"]}, "Zebra", "AllowedValues", id="another value"),
        pytest.param({"AllowedPattern": "[a-z]+"}, "Zebra", "AllowedPattern", id="another pattern"),
        pytest.param({"MinLength": 9}, "Zebra", "too short", id="too short"),
        pytest.param({"MaxLength": "3"}, "Zebra", "too long", id="too long"),
        pytest.param({"Type": "Number"}, "Zebra", "a number", id="no number"),
        pytest.param({"Type": "List<Number>"}, "1,Zebra", "a number", id="a list with no number"),
        pytest.param({"Type": "Number", "MaxValue": 3}, "98765", "MaxValue", id="too much"),
        pytest.param({"Type": "Number", "MinValue": 100_000}, "98765", "MinValue", id="too little"),
        pytest.param({}, [["Zebra"]], "neither text nor a number", id="a list of lists"),
        pytest.param({}, {"a": "Zebra"}, "neither text nor a number", id="a mapping"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_and_not_told(parameter, value, says):
    with pytest.raises(ConfigError, match=f"parameter-value.*{says}|{says}.*parameter-value") as caught:
        described({"Type": "String", **parameter}, value)
    assert "Zebra" not in str(caught.value)
    assert "98765" not in str(caught.value)


def test_the_constraint_description_says_what_is_wanted():
    with pytest.raises(ConfigError, match="three letters"):
        described({"Type": "String", "MinLength": 3, "ConstraintDescription": "three letters"}, "a")


def test_what_is_given_is_checked_used_or_not():
    with pytest.raises(ConfigError, match="AllowedValues"):
        described({"Type": "String", "AllowedValues": ["a"]}, "b", Description="d")


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        pytest.param({"Type": "String"}, "parameter-missing", id="no value"),
        pytest.param(
            {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}, "parameter-missing", id="entry"
        ),
        pytest.param({"Default": "a"}, "parameter-type", id="no type"),
        pytest.param({"Type": "Strin", "Default": "a"}, "parameter-type", id="an unknown type"),
        pytest.param({"Type": ["String"], "Default": "a"}, "wrong-type", id="a list of types"),
        pytest.param({"Type": "String", "Defalt": "a"}, "parameter-field", id="an unknown field"),
        pytest.param({"Type": "String", "Default": {"a": 1}}, "wrong-type", id="a default that is a mapping"),
        pytest.param(
            {"Type": "String", "Default": "a", "AllowedPattern": "("}, "parameter-pattern", id="pattern"
        ),
    ],
)
def test_a_parameter_that_is_none_is_refused(parameter, code):
    with pytest.raises(ConfigError) as caught:
        described(parameter)
    assert code in [problem.code for problem in caught.value.problems]


def test_a_parameter_without_value_may_go_unused():
    assert described({"Type": "String"}, Description="d") == "d"


def test_a_parameter_that_the_template_does_not_have_is_refused_with_the_nearest_name():
    document = {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}}}}
    document["Parameters"] = {"Stage": {"Type": "String", "Default": "a"}}
    with pytest.raises(ConfigError, match=r"\[Stagee\] do not exist in the template.*did you mean 'Stage'"):
        load(document, parameters={"Stagee": "prod"})


SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"Description": {"Fn::FindInMap": ["M", {"Ref": "Env"}, "a"]}}, id="a key of a mapping"),
        pytest.param({"Description": {"Fn::ImportValue": {"Ref": "Env"}}}, id="the name of an export"),
        pytest.param({"ApiKeySourceType": {"Ref": "Env"}}, id="a word that is none"),
        pytest.param({"BinaryMediaTypes": [{"Fn::Sub": "a${Env}"}]}, id="a type that is none"),
    ],
)
def test_a_value_with_no_echo_is_in_no_message(properties):
    with pytest.raises(ConfigError) as caught:
        described({"Type": "String", "NoEcho": True}, SECRET, **properties)
    told = str(caught.value)
    assert "****" in told
    assert SECRET not in told


def test_a_value_with_no_echo_is_in_no_repr():
    document = {
        "Parameters": {"Value": {"Type": "String", "NoEcho": "true"}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Key": {
                "Type": "AWS::ApiGateway::ApiKey",
                "Properties": {"Enabled": True, "Value": {"Ref": "Value"}},
            },
        },
    }
    secret = "k" * 30
    api = load(document, parameters={"Value": secret})
    assert api.api_keys[0].value == secret
    assert secret not in repr(api)
