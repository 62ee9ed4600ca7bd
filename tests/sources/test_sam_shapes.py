"""Shapes that the translator half reads are refused where what it drops would protect."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition

GUARD = "arn:aws:lambda:us-east-1:123456789012:function:guard"
HEADER = "method.request.header."
MUST = {"Required": True}
OPEN_BODY = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": {}}}}


def template_of(
    event: dict[str, Any], api: dict[str, Any] | None = None, of_all: Any = "", **sections: Any
) -> dict[str, Any]:
    properties = {"Path": "/a", "Method": "post", "RestApiId": {"Ref": "Api"}, **event}
    code = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": "python3.12"}
    events = {"E": {"Type": "Api", "Properties": properties}}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        **({} if of_all == "" else {"Globals": {"Api": of_all}}),
        **sections,
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", **(api or {})}},
            "F": {"Type": "AWS::Serverless::Function", "Properties": {**code, "Events": events}},
        },
    }


def told(template: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        load_definition(template)
    return [
        (one.code, one.place.path.removeprefix("$.Resources.").partition("Properties.")[2] or one.place.path)
        for one in caught.value.problems
    ]


SIGNS = {"Auth": {"DefaultAuthorizer": "AWS_IAM", "ApiKeyRequired": True}}
IDENTITY = {
    "Auth": {"Authorizers": {"L": {"FunctionArn": GUARD, "Identity": {"ValidationExpression": None}}}}
}
DOMAIN = {"Domain": {"DomainName": "a.example.org", "CertificateArn": "x", "MutualTlsAuthentication": None}}
NULLS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "Auth": ({"event": {}, "api": {"Auth": None}, "of_all": SIGNS}, ["Auth"]),
    "members of Auth": (
        {
            "event": {},
            "api": {"Auth": {"DefaultAuthorizer": None, "ApiKeyRequired": None}},
            "of_all": SIGNS,
        },
        ["Auth.ApiKeyRequired", "Auth.DefaultAuthorizer"],
    ),
    "a policy": ({"event": {}, "api": {"Auth": {"ResourcePolicy": None}}}, ["Auth.ResourcePolicy"]),
    "the API's policy": ({"event": {}, "api": {"Policy": None}}, ["Policy"]),
    "a usage plan": ({"event": {}, "api": {"Auth": {"UsagePlan": None}}}, ["Auth.UsagePlan"]),
    "authorizers": ({"event": {}, "api": {"Auth": {"Authorizers": None}}}, ["Auth.Authorizers"]),
    "an expression": (
        {"event": {}, "api": IDENTITY},
        ["Auth.Authorizers.L.Identity.ValidationExpression"],
    ),
    "certificates of clients": ({"event": {}, "api": DOMAIN}, ["Domain.MutualTlsAuthentication"]),
    "a model": ({"event": {"RequestModel": None}}, ["Events.E.Properties.RequestModel"]),
    "parameters": ({"event": {"RequestParameters": None}}, ["Events.E.Properties.RequestParameters"]),
    "an event's Auth": ({"event": {"Auth": None}}, ["Events.E.Properties.Auth"]),
    "all APIs": ({"event": {}, "of_all": {"Auth": None}}, ["$.Globals.Api.Auth"]),
}


@pytest.mark.parametrize("name", NULLS)
def test_null_that_takes_protection_away_is_refused(name: str) -> None:
    written, places = NULLS[name]
    assert sorted(told(template_of(**written))) == [("null", place) for place in places]


def test_a_role_may_be_null() -> None:
    authorizers = {"L": {"FunctionArn": GUARD, "FunctionInvokeRole": None}}
    assert load_definition(template_of({}, {"Auth": {"Authorizers": authorizers}})).api.resources


PARAMETERS: dict[str, tuple[Any, str]] = {
    "a mapping": ({HEADER + "X": MUST}, ""),
    "a function": ({"Fn::Split": [",", "a,b"]}, ""),
    "two names in one element": ([{HEADER + "X": MUST, HEADER + "Y": MUST}], "[0]"),
    "an element by a function": ([HEADER + "Y", {"Fn::If": ["Yes", {HEADER + "X": MUST}, "x"]}], "[1]"),
    "a list in a list": ([[HEADER + "X"]], "[0]"),
}


@pytest.mark.parametrize("api", [{}, {"DefinitionBody": OPEN_BODY}], ids=["of SAM", "of its author"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_in_shapes_that_are_half_read_are_refused(name: str, api: dict[str, Any]) -> None:
    written, place = PARAMETERS[name]
    conditions = {"Yes": {"Fn::Equals": ["a", "a"]}}
    template = template_of({"RequestParameters": written}, api, Conditions=conditions)
    assert told(template) == [("wrong-type", "Events.E.Properties.RequestParameters" + place)]


def test_parameters_in_shapes_that_are_read_load() -> None:
    for one in (HEADER + "X", {HEADER + "X": {"Required": False}}):
        method = load_definition(template_of({"RequestParameters": [one]})).api.resources["/a"]["POST"]
        assert method.request_parameters == {HEADER + "X": False}


def test_a_name_by_a_parameter_beside_a_definition_is_a_warning() -> None:
    parameters = {"Name": {"Type": "String", "Default": HEADER + "X"}}
    body = {"DefinitionBody": OPEN_BODY}
    warnings: list[Any] = []
    written = template_of({"RequestParameters": [{"Ref": "Name"}]}, body, Parameters=parameters)
    load_definition(written, warnings=warnings)
    assert "without-effect" in {one.code for one in warnings}


def test_a_request_model_has_a_model() -> None:
    checks = {"ValidateBody": True, "ValidateParameters": True, "Required": True}
    assert told(template_of({"RequestModel": checks})) == [
        ("property-missing", "Events.E.Properties.RequestModel")
    ]


def test_models_differ_in_more_than_case() -> None:
    strict, loose = {"type": "object", "required": ["a"]}, {"type": "object"}
    both = template_of({}, {"Models": {"User": strict, "USER": loose}})
    assert told(both) == [("model-name", "Models.USER")]
