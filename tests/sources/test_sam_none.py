"""SAM's word for a method without authorizer: taken away where SAM wrote it, and nowhere else."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from wsgi_gateway import ConfigError, load_definition

GUARD = {"UserPoolArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"}
INTEGRATION = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://example.org/"}
POOLS = {"type": "cognito_user_pools", "providerARNs": [GUARD["UserPoolArn"]]}
SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": POOLS,
}
NONE = [{"NONE": []}]


def body_of(scheme=None, form="openapi"):
    body = {
        form: "3.0.1" if form == "openapi" else "2.0",
        "info": {"title": "pets", "version": "1"},
        "paths": {"/written": {"get": {"security": NONE, "x-amazon-apigateway-integration": INTEGRATION}}},
    }
    if scheme is not None and form == "openapi":
        body["components"] = {"securitySchemes": {"NONE": scheme}}
    elif scheme is not None:
        body["securityDefinitions"] = {"NONE": scheme}
    return body


def sam(body=None, auth=None, **events):
    given = {"DefinitionBody": body, "Auth": auth}
    properties = {name: value for name, value in given.items() if value is not None}
    function = {"Runtime": "python3.12", "Handler": "a.b", "InlineCode": "b = None"}
    function["Events"] = {
        name: {
            "Type": "Api",
            "Properties": {"Path": f"/{name}", "Method": "get", "RestApiId": {"Ref": "Api"}, **event},
        }
        for name, event in events.items()
    }
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", **properties}},
            "Pets": {"Type": "AWS::Serverless::Function", "Properties": function},
        },
    }


def types_of(template):
    resources = load_definition(template).api.resources
    return {path: methods["GET"].authorization_type for path, methods in resources.items()}


GUARDED = {"DefaultAuthorizer": "Guard", "Authorizers": {"Guard": GUARD}}
OPEN = {"Auth": {"Authorizer": "NONE"}}


def test_an_event_without_an_authorizer_is_open():
    template = sam(None, GUARDED, Opened=OPEN, Closed={})
    assert types_of(template) == {"/Opened": "NONE", "/Closed": "COGNITO_USER_POOLS"}


def test_an_event_that_keeps_its_key_is_open_to_those_who_have_one():
    template = sam(None, {**GUARDED, "ApiKeyRequired": True}, Opened=OPEN)
    method = load_definition(template).api.resources["/Opened"]["GET"]
    assert (method.authorization_type, method.api_key_required) == ("NONE", True)


def test_an_event_under_a_condition_is_open():
    template = sam(None, GUARDED, Opened=OPEN)
    template["Conditions"] = {"Always": {"Fn::Equals": ["a", "a"]}}
    template["Resources"]["Pets"]["Condition"] = "Always"
    assert types_of(template) == {"/Opened": "NONE"}


@pytest.mark.parametrize("form", ["openapi", "swagger"])
def test_a_scheme_that_is_called_so_guards(form):
    assert types_of(sam(body_of(scheme=SCHEME, form=form))) == {"/written": "COGNITO_USER_POOLS"}


@pytest.mark.parametrize("auth", [None, GUARDED], ids=["no authorizer", "an authorizer of the API"])
def test_a_scheme_that_an_author_forgot_to_declare_is_told(auth):
    with pytest.raises(ConfigError, match=r"no security scheme named 'NONE'.*security-scheme-unknown"):
        types_of(sam(body_of(), auth))


def test_a_scheme_that_the_author_of_an_included_file_forgot_to_declare_is_told(tmp_path):
    (tmp_path / "api.json").write_text(json.dumps(body_of()), "utf-8")
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.json"}}}
    (tmp_path / "template.json").write_text(json.dumps(sam(include)), "utf-8")
    with pytest.raises(ConfigError, match="no security scheme named 'NONE'"):
        types_of(tmp_path / "template.json")


PROCESSED = {
    "Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body_of(form="swagger")}},
        "ApiDeployment62b96c1a61": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {
                "Description": "RestApi deployment id: 62b96c1a611878eefb13e8ef66dbc71b9ba3dd19",
                "RestApiId": {"Ref": "Api"},
            },
        },
    }
}


def test_a_template_that_sam_has_processed_says_so_by_its_deployment():
    assert types_of(deepcopy(PROCESSED)) == {"/written": "NONE"}


@pytest.mark.parametrize(
    "description",
    [
        pytest.param({}, id="none"),
        pytest.param({"Description": "RestApi deployment id: 7"}, id="another"),
    ],
)
def test_a_template_with_another_deployment_is_refused(description):
    template = deepcopy(PROCESSED)
    deployment = {"RestApiId": {"Ref": "Api"}, **description}
    template["Resources"]["ApiDeployment62b96c1a61"]["Properties"] = deployment
    with pytest.raises(ConfigError, match="no security scheme named 'NONE'"):
        types_of(template)


def test_a_scheme_of_a_processed_template_that_is_called_so_guards():
    template = deepcopy(PROCESSED)
    template["Resources"]["Api"]["Properties"]["Body"] = body_of(scheme=SCHEME, form="swagger")
    assert types_of(template) == {"/written": "COGNITO_USER_POOLS"}
