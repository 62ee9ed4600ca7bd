"""Events of an API whose definition is its author's: what protects and is lost is refused."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition

X = "x-amazon-apigateway-"
GUARD = "arn:aws:lambda:us-east-1:123456789012:function:guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{GUARD}/invocations"
SCHEMES = {
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "guard": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        X + "authorizer": {"type": "token", "authorizerUri": URI},
    },
    "pool": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        X + "authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"],
        },
    },
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", X + "authtype": "awsSigv4"},
}
OPEN: dict[str, Any] = {"responses": {}}
PET = {"content": {"application/json": {"schema": {"type": "object"}}}}


def body_of(method: dict[str, Any], verb: str = "get") -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1"},
        X + "request-validators": {"all": {"validateRequestBody": True, "validateRequestParameters": True}},
        "components": {"securitySchemes": SCHEMES},
        "paths": {"/pets": {verb: method}},
    }


def template_of(event: dict[str, Any], method: dict[str, Any] = OPEN, **api: Any) -> dict[str, Any]:
    verb = api.pop("verb", "get")
    resource = {
        "Type": "AWS::Serverless::Api",
        "Properties": {"StageName": "prod", "DefinitionBody": body_of(method, verb), **api},
    }
    return of_resource(resource, event)


def of_resource(api: dict[str, Any], event: dict[str, Any], **function: Any) -> dict[str, Any]:
    properties = {"RestApiId": {"Ref": "Api"}, "Path": "/pets", "Method": "get", **event}
    code = {"CodeUri": "src/", "Handler": "app.handler", "Runtime": "python3.12"}
    made = {**code, "Events": {"Get": {"Type": "Api", "Properties": properties}}}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Api": api,
            "Pets": {"Type": "AWS::Serverless::Function", "Properties": made, **function},
        },
    }


def told(template: dict[str, Any]) -> list[tuple[str, str]]:
    """Errors, or warnings if there are none: code, and the last steps of the path."""
    warnings: list[Any] = []
    try:
        load_definition(template, warnings=warnings)
    except ConfigError as error:
        warnings = list(error.problems)
    inside = "$.Resources.Pets.Properties.Events.Get"
    return [
        (one.code, one.place.path.removeprefix(inside))
        for one in warnings
        if one.place.path.startswith(inside)
    ]


SIGNED = {"security": [{"sigv4": []}], **OPEN}
GUARDED = {"security": [{"guard": []}], **OPEN}
SCOPED = {"security": [{"pool": ["read"]}], **OPEN}
KEYED = {"security": [{"key": []}], **OPEN}
CHECKED = {
    "parameters": [{"name": "page", "in": "query", "required": True}],
    "requestBody": PET,
    X + "request-validator": "all",
    **OPEN,
}
AUTH, MODEL = ".Properties.Auth", ".Properties.RequestModel"
PAGE = "method.request.querystring.page"
ASKED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "an API key": ({"Auth": {"ApiKeyRequired": True}}, KEYED, f"{AUTH}.ApiKeyRequired"),
    "AWS_IAM": ({"Auth": {"Authorizer": "AWS_IAM"}}, SIGNED, f"{AUTH}.Authorizer"),
    "an authorizer": ({"Auth": {"Authorizer": "guard"}}, GUARDED, f"{AUTH}.Authorizer"),
    "scopes": ({"Auth": {"AuthorizationScopes": ["read", "all"]}}, SCOPED, f"{AUTH}.AuthorizationScopes"),
    "a checked body": (
        {"RequestModel": {"Model": "P", "ValidateBody": True}},
        CHECKED,
        f"{MODEL}.ValidateBody",
    ),
    "checked parameters": (
        {"RequestModel": {"Model": "P", "ValidateParameters": True}},
        CHECKED,
        f"{MODEL}.ValidateParameters",
    ),
    "a body": ({"RequestModel": {"Model": "P", "Required": True}}, CHECKED, f"{MODEL}.Required"),
    "a parameter": (
        {"RequestParameters": [PAGE, {PAGE: {"Required": True}}]},
        CHECKED,
        f".Properties.RequestParameters[1]['{PAGE}'].Required",
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_an_event_asks_for_and_the_method_has_not_is_refused(name: str) -> None:
    event, _, path = ASKED[name]
    assert told(template_of(event)) == [("event-protection", path)]


@pytest.mark.parametrize("name", ASKED)
def test_what_the_method_has_anyway_is_a_warning(name: str) -> None:
    event, method, _ = ASKED[name]
    assert told(template_of(event, method)) == [("without-effect", f".Properties.{next(iter(event))}")]


@pytest.mark.parametrize("name", ["an API key", "a checked body"])
def test_a_method_for_all_verbs_serves_the_event(name: str) -> None:
    event, method, path = ASKED[name]
    every = {"verb": X + "any-method"}
    assert told(template_of(event, method, **every)) == [
        ("without-effect", f".Properties.{next(iter(event))}")
    ]
    assert told(template_of(event, OPEN, **every)) == [("event-protection", path)]


def test_an_event_for_all_verbs_asks_every_method() -> None:
    event = {"Method": "any", "Auth": {"ApiKeyRequired": True}}
    closed, half = template_of(event, KEYED), template_of(event, KEYED)
    half["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]["/pets"]["put"] = OPEN
    assert told(closed) == [("without-effect", AUTH)]
    assert told(half) == [("event-protection", f"{AUTH}.ApiKeyRequired")]


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another authorizer": ({"Auth": {"Authorizer": "other"}}, GUARDED, f"{AUTH}.Authorizer"),
    "other scopes": ({"Auth": {"AuthorizationScopes": ["all"]}}, SCOPED, f"{AUTH}.AuthorizationScopes"),
    "a resource policy": (
        {"Auth": {"ResourcePolicy": {"IpRangeBlacklist": ["203.0.113.9"]}}},
        GUARDED,
        f"{AUTH}.ResourcePolicy",
    ),
    "a method that is not there": (
        {"Path": "/others", "Auth": {"ApiKeyRequired": True}},
        KEYED,
        f"{AUTH}.ApiKeyRequired",
    ),
    "what a function says that cannot be worked out": (
        {"Auth": {"ApiKeyRequired": {"Fn::ImportValue": "x"}}},
        OPEN,
        f"{AUTH}.ApiKeyRequired",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_protection_of_another_kind_is_refused(name: str) -> None:
    event, method, path = REFUSED[name]
    assert told(template_of(event, method)) == [("event-protection", path)]


NOTHING = {"Ref": "AWS::NoValue"}
TOLD: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "the permission alone": ({}, []),
    "a method that is not there": ({"Path": "/others"}, [("without-effect", "")]),
    "the absence of an authorizer": ({"Auth": {"Authorizer": "NONE"}}, [("without-effect", AUTH)]),
    "what is not there": (
        {"Auth": {"Authorizer": NOTHING, "ApiKeyRequired": NOTHING}},
        [("without-effect", AUTH)],
    ),
    "a timeout": ({"TimeoutInMillis": 100}, [("without-effect", ".Properties.TimeoutInMillis")]),
    "a parameter that may be absent": (
        {"RequestParameters": [PAGE]},
        [("without-effect", ".Properties.RequestParameters")],
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_does_not_protect_and_does_nothing_is_a_warning(name: str) -> None:
    event, expected = TOLD[name]
    assert told(template_of(event, GUARDED)) == expected


MOCK = {X + "integration": {"type": "mock", "responses": {"default": {"statusCode": 200}}}}
SIGNS = {"DefaultAuthorizer": "AWS_IAM"}


def test_what_is_brought_into_the_definition_counts() -> None:
    override = {"Auth": {"Authorizer": "AWS_IAM", "OverrideApiAuth": True}}
    merged = {"Auth": {"Authorizer": "AWS_IAM"}, "TimeoutInMillis": 100}
    for template in (
        template_of(override, {**OPEN, **MOCK}, Auth=SIGNS),
        template_of(merged, {**OPEN, **MOCK}, Auth=SIGNS, MergeDefinitions=True),
    ):
        assert told(template) == []
        method = load_definition(template).api.resources["/pets"]["GET"]
        assert method.authorization_type == "AWS_IAM"


def test_what_does_not_reach_a_method_without_integration_is_refused() -> None:
    override = {"Auth": {"Authorizer": "AWS_IAM", "OverrideApiAuth": True}}
    assert ("event-protection", f"{AUTH}.Authorizer") in told(template_of(override, Auth=SIGNS))
    for auth in (SIGNS, {"ApiKeyRequired": True}, {"ApiKeyRequired": {"Fn::ImportValue": "x"}}):
        with pytest.raises(ConfigError) as caught:
            load_definition(template_of({}, Auth=auth))
        (problem,) = caught.value.problems
        path = f"$.Resources.Api.Properties.Auth.{next(iter(auth))}"
        assert (problem.code, problem.place.path) == ("auth-unreached", path)


@pytest.mark.parametrize(
    ("auth", "method"),
    [
        pytest.param(SIGNS, {**OPEN, **MOCK}, id="with an integration"),
        pytest.param(SIGNS, SIGNED, id="that says it itself"),
        pytest.param({"ApiKeyRequired": True}, KEYED, id="with a key of its own"),
        pytest.param({"ApiKeyRequired": False}, OPEN, id="that nothing is asked of"),
    ],
)
def test_a_method_that_has_what_its_api_asks_of_all_is_served(auth: Any, method: dict[str, Any]) -> None:
    template = template_of({}, method, Auth=auth)
    body = template["Resources"]["Api"]["Properties"]["DefinitionBody"]
    # The translator forgets the schemes of an OpenAPI 3 document when it adds its own.
    body.update({"swagger": "2.0", "securityDefinitions": body.pop("components")["securitySchemes"]})
    del body["openapi"]
    assert load_definition(template).api.resources


ASKS_ALL = {"DefaultAuthorizer": "AWS_IAM", "ApiKeyRequired": True}


@pytest.mark.parametrize(
    "hide",
    [
        pytest.param(
            lambda method: {"Fn::If": ["Never", {}, {"Fn::If": ["Never", {}, method]}]}, id="nested"
        ),
        pytest.param(lambda method: {"Fn::Select": [0, [method]]}, id="by Fn::Select"),
    ],
)
def test_a_method_that_a_function_hides_from_sam_is_refused(hide: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load_definition(template_of({}, hide({**OPEN, **MOCK}), Auth=ASKS_ALL))
    assert {(one.code, one.place.path.rpartition(".")[2]) for one in caught.value.problems} == {
        ("auth-unreached", "DefaultAuthorizer"),
        ("auth-unreached", "ApiKeyRequired"),
    }


def opened(template: dict[str, Any]) -> set[str]:
    """The verbs that load without authorizer and without key."""
    methods = load_definition(template).api.resources["/pets"]
    return {
        verb
        for verb, method in methods.items()
        if method.authorization_type == "NONE" and not method.api_key_required
    }


LETS_GO = {"Authorizer": "NONE", "ApiKeyRequired": False}
PREFLIGHT = {"AddDefaultAuthorizerToCorsPreflight": False, "AddApiKeyRequiredToCorsPreflight": False}


def test_what_sam_lets_go_is_open() -> None:
    cors = {"Cors": "'*'", "Auth": {**ASKS_ALL, **PREFLIGHT}}
    by_events = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", **cors}}
    assert opened(of_resource(by_events, {})) == {"OPTIONS"}
    assert opened(of_resource(by_events, {"Auth": LETS_GO})) == {"OPTIONS", "GET"}
    assert opened(template_of({}, {**OPEN, **MOCK}, **cors)) == {"OPTIONS"}
    merged = template_of({"Auth": LETS_GO}, {**OPEN, **MOCK}, MergeDefinitions=True, **cors)
    assert opened(merged) == {"OPTIONS", "GET"}
    no_key = {"security": [{"api_key_false": []}], **OPEN, **MOCK}
    assert opened(template_of({}, no_key, Auth={"ApiKeyRequired": True})) == {"GET"}


def test_an_event_that_changes_nothing_lets_nothing_go() -> None:
    with pytest.raises(ConfigError) as caught:
        load_definition(template_of({"Auth": LETS_GO}, Auth=ASKS_ALL))
    assert {one.code for one in caught.value.problems} == {"auth-unreached"}


def test_events_of_a_rest_api_of_cloudformation_make_no_methods() -> None:
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body_of(OPEN)}}
    event = {"Auth": {"ApiKeyRequired": True}}
    assert told(of_resource(api, event)) == [("event-protection", f"{AUTH}.ApiKeyRequired")]
    assert told(of_resource(api, event, Condition="Never")) == []


def test_a_definition_in_a_file_is_its_authors(tmp_path) -> None:
    (tmp_path / "api.yaml").write_text("openapi: 3.0.1\npaths: {/pets: {get: {responses: {}}}}\n")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Api: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: api.yaml}}\n"
        "  Pets:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties:\n"
        "      Handler: app.handler\n"
        "      Runtime: python3.12\n"
        "      Events:\n"
        "        Get:\n"
        "          Type: Api\n"
        "          Properties:\n"
        "            {RestApiId: !Ref Api, Path: /pets, Method: get, Auth: {ApiKeyRequired: true}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_definition(str(tmp_path / "template.yaml"))
    assert [(one.code, one.place.line) for one in caught.value.problems] == [("event-protection", 13)]


def test_events_of_an_api_that_is_not_read_are_nobodys_business() -> None:
    template = template_of({"Auth": {"ApiKeyRequired": True}})
    template["Resources"]["Other"] = template["Resources"]["Api"]
    definition = load_definition(template, rest_api="Other")
    assert definition.api.id == "Other"
