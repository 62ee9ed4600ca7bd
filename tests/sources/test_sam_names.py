"""Names in SAM templates that the translator passes over: errors where they were to protect."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:guard"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"
CODE = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": "python3.12"}


def template_of(
    api: dict[str, Any] | None = None, event: dict[str, Any] | None = None, **sections: Any
) -> dict[str, Any]:
    get = {"Type": "Api", "Properties": {"Path": "/pets", "Method": "get"}}
    resources: dict[str, Any] = {}
    if api is not None:
        resources["Api"] = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", **api}}
        get["Properties"]["RestApiId"] = {"Ref": "Api"}  # type: ignore[index]
    inner = (event or {}).pop("Properties", {}) if event else {}
    get = {**get, **(event or {}), "Properties": {**get["Properties"], **inner}}  # type: ignore[dict-item]
    resources["Pets"] = {"Type": "AWS::Serverless::Function", "Properties": {**CODE, "Events": {"Get": get}}}
    return {"Transform": "AWS::Serverless-2016-10-31", **sections, "Resources": resources}


def told(template: dict[str, Any]) -> list[tuple[str, str, str, str | None]]:
    """What is said of names: severity, code, the last name of the path, hint."""
    warnings: list[Any] = []
    try:
        load_definition(deepcopy(template), warnings=warnings)
    except ConfigError as error:
        warnings = list(error.problems)
    codes = {
        *("property-unknown", "member-unknown", "authorizer-unknown", "wrong-type"),
        "authorizer-field-ignored",
    }
    return [
        (one.severity, one.code, one.place.path.rpartition(".")[2], one.hint)
        for one in warnings
        if one.code in codes
    ]


def authorizer(**members: Any) -> dict[str, Any]:
    return {"Auth": {"Authorizers": {"guard": members}}}


MISSPELLED: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "an API key of an event": (
        {"event": {"Properties": {"Auth": {"ApiKeyRequred": True}}}},
        [("ApiKeyRequred", "ApiKeyRequired")],
    ),
    "an authorizer of an event": (
        {"event": {"Properties": {"Auth": {"Authoriser": "AWS_IAM"}}}},
        [("Authoriser", "Authorizer")],
    ),
    "the check of a body": (
        {
            "api": {"Models": {"Pet": {"type": "object"}}},
            "event": {"Properties": {"RequestModel": {"Model": "Pet", "ValidateBdy": True}}},
        },
        [("ValidateBdy", "ValidateBody")],
    ),
    "a policy of an API": (
        {"api": {"Auth": {"ResourcePolicy": {"IpRangeBlaklist": [], "CustomStatments": []}}}},
        [("IpRangeBlaklist", "IpRangeBlacklist"), ("CustomStatments", "CustomStatements")],
    ),
    "a policy of all APIs": (
        {"Globals": {"Api": {"Auth": {"ResourcePolicy": {"SourceVpcBlaklist": ["vpc-1"]}}}}},
        [("SourceVpcBlaklist", "SourceVpcBlacklist")],
    ),
    "scopes": (
        {"api": authorizer(UserPoolArn=POOL, AuthorizationScops=["admin"])},
        [("AuthorizationScops", "AuthorizationScopes")],
    ),
    "an identity": (
        {
            "api": authorizer(
                FunctionArn=FUNCTION, Identity={"ValidationExpresion": "a", "ReauthorizeEvry": 0}
            )
        },
        [("ValidationExpresion", "ValidationExpression"), ("ReauthorizeEvry", "ReauthorizeEvery")],
    ),
    "the kind of an authorizer": (
        {"api": authorizer(FunctionArn=FUNCTION, FunctionPayloadTyp="REQUEST")},
        [("FunctionPayloadTyp", "FunctionPayloadType")],
    ),
    "a word of the other kind of authorizer": (
        {
            "api": authorizer(
                FunctionArn=FUNCTION,
                FunctionPayloadType="REQUEST",
                Identity={"Headers": ["A"], "Header": "B"},
            )
        },
        [("Header", "Headers")],
    ),
    "a usage plan": (
        {"api": {"Auth": {"UsagePlan": {"CreateUsagePlan": "PER_API", "Quot": {"Limit": 1}}}}},
        [("Quot", "Quota")],
    ),
}


@pytest.mark.parametrize("name", MISSPELLED)
def test_a_misspelled_name_that_would_protect_is_refused(name: str) -> None:
    written, expected = MISSPELLED[name]
    found = told(template_of(**written))
    assert found == [
        ("error", "property-unknown", one, f"did you mean {right!r}?") for one, right in expected
    ]


def test_what_was_to_be_below_the_properties_of_an_event_is_refused() -> None:
    beside = template_of(event={"Auth": {"ApiKeyRequired": True}, "Surprise": 1, "Propertis": {}})
    assert told(beside) == [
        ("error", "member-unknown", "Auth", "move it below Properties"),
        ("error", "member-unknown", "Propertis", "did you mean 'Properties'?"),
    ]
    assert told(template_of(event={"Surprise": 1})) == [("warning", "member-unknown", "Surprise", None)]


def test_a_function_in_the_place_of_members_is_refused() -> None:
    choice = {"Fn::If": ["A", {"ApiKeyRequired": True}, {"Ref": "AWS::NoValue"}]}
    conditions = {"A": {"Fn::Equals": ["a", "a"]}}
    template = template_of(event={"Properties": {"Auth": choice}}, Conditions=conditions)
    assert [one[:3] for one in told(template)] == [("error", "wrong-type", "Auth")]
    nothing = {"Properties": {"Auth": {"Ref": "AWS::NoValue"}}}
    assert told(template_of(event=nothing, Conditions=conditions)) == []


def test_what_does_not_protect_is_a_warning_unless_it_is_close_to_what_does() -> None:
    domain = {"DomainName": "pets.example.org", "CertificateArn": "arn", "Surprise": 1}
    assert told(template_of({"Domain": domain})) == [("warning", "member-unknown", "Surprise", None)]
    domain["MutualTlsAuthentcation"] = {"TruststoreUri": "s3://b/k"}
    assert ("error", "member-unknown", "MutualTlsAuthentcation") in [
        one[:3] for one in told(template_of({"Domain": domain}))
    ]


def test_what_belongs_to_http_apis_is_a_warning_as_in_samples_of_aws() -> None:
    words = {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}
    assert told(template_of(authorizer(FunctionArn=FUNCTION, **words))) == [
        ("warning", "authorizer-field-ignored", name, None) for name in words
    ]


def test_every_kind_of_authorizer_has_all_its_members() -> None:
    authorizers = {
        "pool": {
            "UserPoolArn": POOL,
            "AuthorizationScopes": ["a"],
            "Identity": {"Header": "A", "ValidationExpression": "a", "ReauthorizeEvery": 1},
        },
        "token": {
            "FunctionArn": FUNCTION,
            "FunctionInvokeRole": None,
            "Identity": {"Header": "A", "ValidationExpression": "a", "ReauthorizeEvery": 1},
        },
        "request": {
            "FunctionArn": FUNCTION,
            "FunctionPayloadType": "REQUEST",
            "DisableFunctionDefaultPermissions": True,
            "Identity": {"Headers": ["A"], "QueryStrings": ["b"], "ReauthorizeEvery": 1},
        },
    }
    auth = {"Authorizers": authorizers, "DefaultAuthorizer": "pool", "InvokeRole": "NONE"}
    assert told(template_of({"Auth": auth})) == []


def test_the_kind_of_an_authorizer_may_come_of_a_parameter() -> None:
    parameters = {"Kind": {"Type": "String", "Default": "REQUEST"}}
    identity = {"Headers": ["A"]}
    api = authorizer(FunctionArn=FUNCTION, FunctionPayloadType={"Ref": "Kind"}, Identity=identity)
    template = template_of(api, Parameters=parameters)
    assert told(template) == []
    assert load_definition(template).api.authorizers["guard"].type == "REQUEST"
    identity["Header"] = ["B"]
    assert [one[2] for one in told(template)] == ["Header"]


def test_the_kind_of_an_authorizer_that_a_function_gives_is_any() -> None:
    kind = {"Fn::Sub": "REQUEST"}
    assert told(template_of(authorizer(FunctionArn=FUNCTION, FunctionPayloadType=kind))) == []


DEFAULTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "of an API": ({"api": {"Auth": {"DefaultAuthorizer": "guard"}}}, [("error", "DefaultAuthorizer")]),
    "of all APIs": (
        {"Globals": {"Api": {"Auth": {"DefaultAuthorizer": "guard"}}}},
        [("error", "DefaultAuthorizer")],
    ),
    "by a parameter": (
        {
            "api": {"Auth": {"DefaultAuthorizer": {"Ref": "Who"}}},
            "Parameters": {"Who": {"Type": "String", "Default": "guard"}},
        },
        [("error", "DefaultAuthorizer")],
    ),
    "that signs": ({"api": {"Auth": {"DefaultAuthorizer": "AWS_IAM"}}}, []),
    "that is none": ({"api": {"Auth": {"DefaultAuthorizer": "NONE"}}}, []),
    "that a parameter gives": (
        {
            "api": {"Auth": {"DefaultAuthorizer": {"Ref": "Who"}}},
            "Parameters": {"Who": {"Type": "String", "Default": "AWS_IAM"}},
        },
        [],
    ),
    "that a parameter gives that nobody sees": (
        {
            "api": {"Auth": {"DefaultAuthorizer": {"Ref": "Who"}}},
            "Parameters": {"Who": {"Type": "String", "Default": "AWS_IAM", "NoEcho": True}},
        },
        [("error", "DefaultAuthorizer")],
    ),
    "by a function": (
        {"api": {"Auth": {"DefaultAuthorizer": {"Fn::Sub": "AWS_IAM"}}}},
        [("error", "DefaultAuthorizer")],
    ),
    "of all APIs by a function": (
        {"Globals": {"Api": {"Auth": {"DefaultAuthorizer": {"Fn::Join": ["_", ["AWS", "IAM"]]}}}}},
        [("error", "DefaultAuthorizer")],
    ),
    "that Globals declares": (
        {
            "api": {"Auth": {"DefaultAuthorizer": "guard"}},
            "Globals": {"Api": {"Auth": {"Authorizers": {"guard": {"UserPoolArn": POOL}}}}},
        },
        [],
    ),
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_authorizer_is_declared(name: str) -> None:
    written, expected = DEFAULTS[name]
    assert [(one[0], one[2]) for one in told(template_of(**written))] == expected


def test_a_default_authorizer_that_a_secret_names_is_not_told() -> None:
    parameters = {"Who": {"Type": "String", "Default": "a-secret", "NoEcho": True}}
    template = template_of({"Auth": {"DefaultAuthorizer": {"Ref": "Who"}}}, Parameters=parameters)
    with pytest.raises(ConfigError) as caught:
        load_definition(template)
    assert "a-secret" not in str(caught.value)


def test_a_translator_without_a_schema_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "samtranslator.internal.schema_source.aws_serverless_function"
    monkeypatch.delattr(f"{name}.ApiEvent")
    with pytest.raises(ConfigError) as caught:
        load_definition(template_of())
    assert [one.code for one in caught.value.problems] == ["sam-version"]
