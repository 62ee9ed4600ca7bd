"""What would take a check away is never lost in silence: a slip in an operation, a parameter or a body."""

from __future__ import annotations

import io
from copy import deepcopy

import pytest
from integrations.aws_calls import isolate, signing_session

from wsgi_gateway import Gateway
from wsgi_gateway.config import StageConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.sources import load
from wsgi_gateway.wsgi import call_app

SCHEMA = {"type": "object", "required": ["name"]}
BODY = {"content": {"application/json": {"schema": SCHEMA}}}


def problems_of(operation, **members):
    warnings = []
    document = {"openapi": "3.0.1", "paths": {"/pets": {"post": deepcopy(operation)}}, **members}
    try:
        load(document, warnings=warnings)
    except ConfigError as error:
        return [(problem.severity, problem.code) for problem in error.problems]
    return [(problem.severity, problem.code) for problem in warnings]


def test_what_is_right_is_not_told():
    parameter = {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
    responses = {"200": {"description": "", "content": {"application/json": {"schema": SCHEMA}}}}
    operation = {"requestBody": BODY, "parameters": [parameter], "responses": responses}
    assert problems_of(operation) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"schema": SCHEMA}, "member-misplaced", id="a schema of the body itself"),
        pytest.param({"contnet": BODY["content"]}, "member-unknown", id="a misspelled content"),
        pytest.param({"content": None}, "protection-empty", id="an empty content"),
        pytest.param({"content": {"application/json": None}}, "protection-empty", id="an empty media type"),
        pytest.param(
            {"content": {"application/json": {"schema": None}}}, "protection-empty", id="an empty schema"
        ),
        pytest.param(
            {"content": {"application/json": {"shema": SCHEMA}}}, "member-unknown", id="a misspelled schema"
        ),
        pytest.param(
            {"content": {"application/json": {"$ref": "#/components/schemas/Pet"}}},
            "ref-unfollowed",
            id="a reference without schema",
        ),
        pytest.param(None, "protection-empty", id="an empty body"),
    ],
)
def test_a_body_that_would_not_be_checked_is_refused(body, code):
    schemas = {"components": {"schemas": {"Pet": SCHEMA}}}
    assert ("error", code) in problems_of({"requestBody": body}, **schemas)


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        pytest.param({"requred": True}, "member-unknown", id="misspelled"),
        pytest.param({"required": None}, "protection-empty", id="empty"),
        pytest.param({"schema": None}, "protection-empty", id="an empty schema"),
    ],
)
def test_a_parameter_that_would_not_be_required_is_refused(parameter, code):
    assert problems_of({"parameters": [{"name": "page", "in": "query", **parameter}]}) == [("error", code)]


def test_parameters_that_are_empty_are_refused():
    assert problems_of({"parameters": None}) == [("error", "protection-empty")]


def test_what_resembles_nothing_is_a_warning():
    parameter = {"name": "page", "in": "query", "surprise": 1}
    body = {"content": {"application/json": {"schema": SCHEMA, "surprise": 1}}, "surprise": 1}
    found = problems_of({"parameters": [parameter], "requestBody": body})
    assert found == [("warning", "member-unknown")] * 3


def test_a_body_parameter_of_swagger_needs_a_schema():
    operation = {"parameters": [{"in": "body", "name": "pet", "type": "object"}]}
    with pytest.raises(ConfigError, match="a body parameter needs 'schema'"):
        load({"swagger": "2.0", "paths": {"/pets": {"post": operation}}})


def test_an_operation_that_is_a_reference_is_refused():
    """The authorizer and the integration that stand where it leads would be lost."""
    document = {
        "openapi": "3.0.1",
        "paths": {"/a": {"get": {"security": [{"sigv4": []}]}}, "/b": {"get": {"$ref": "#/paths/~1a/get"}}},
        "components": {
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            }
        },
    }
    with pytest.raises(ConfigError) as caught:
        load(document)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.path) == ("ref-unfollowed", "$.paths['/b'].get['$ref']")


@pytest.mark.parametrize("where", ["info", "tag", "authorizer", "root"])
def test_a_reference_is_followed_or_refused(where):
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t"},
        "paths": {"/a": {"get": {}}},
        "tags": [{"name": "t"}],
    }
    reference = {"$ref": "#/components/examples/a"}
    if where == "info":
        document["info"] |= reference
    elif where == "tag":
        document["tags"][0] |= reference
    elif where == "authorizer":
        scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
        scheme["x-amazon-apigateway-authorizer"] = {"type": "token", **reference}
        document["components"] = {"securitySchemes": {"guard": scheme}}
    else:
        document |= reference
    with pytest.raises(ConfigError) as caught:
        load(document)
    assert "ref-unfollowed" in [problem.code for problem in caught.value.problems]


def test_gateway_responses_that_differ_in_case_are_one_twice():
    responses = {"DEFAULT_4XX": {"statusCode": 400}, "default_4xx": {"statusCode": 404}}
    document = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-gateway-responses": responses}
    with pytest.raises(ConfigError, match="DEFAULT_4XX is there twice"):
        load(document)


X = "x-amazon-apigateway-"
SNS = "arn:aws:apigateway:us-east-1:sns:${stageVariables.target}"


@pytest.mark.parametrize(
    ("operation", "members", "words"),
    [
        pytest.param(
            {
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
                }
            },
            {},
            "Invalid model identifier specified: Pet",
            id="a model",
        ),
        pytest.param(
            {"security": [{"nobody": []}]},
            {},
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
            "requires a valid authorizer.",
            id="an authorizer",
        ),
        pytest.param(
            {},
            {X + "minimum-compression-size": "small"},
            "Invalid minimum compression size, must be between 0 and 10485760",
            id="a size",
        ),
        pytest.param(
            {},
            {X + "policy": {"Version": "2012-10-17"}},
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
            id="a policy",
        ),
        pytest.param(
            {X + "integration": {"type": "aws", "httpMethod": "POST", "uri": SNS.replace("${", "x${")}},
            {},
            "AWS ARN for integration must contain path or action",
            id="a target",
        ),
    ],
)
def test_the_words_are_those_of_aws(operation, members, words):
    with pytest.raises(ConfigError) as caught:
        load({"openapi": "3.0.1", "paths": {"/pets": {"post": operation}}, **members})
    assert words in str(caught.value)


def test_a_stage_variable_may_give_the_whole_target_of_a_service(monkeypatch):
    """The developer guide's own example of stage variables."""
    isolate(monkeypatch)
    operation = {X + "integration": {"type": "aws", "httpMethod": "POST", "uri": SNS}}
    api = load({"openapi": "3.0.1", "paths": {"/pets": {"post": operation}}})
    seen = []

    def transport(method, url, headers, body):
        seen.append(url)
        return 200, [], b"{}"

    services = AwsServices(session=signing_session(), transport=transport)
    stage = StageConfig(stage_name="dev", variables={"target": "path/topic"})
    app = Gateway(api, stage=stage, aws=services)
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/pets", "wsgi.input": io.BytesIO()}
    call_app(app, environ)
    assert seen == ["https://sns.us-east-1.amazonaws.com/topic"]
    missing = Gateway(api, stage=StageConfig(stage_name="dev"), aws=services)
    assert call_app(missing, environ).status_code == 500
