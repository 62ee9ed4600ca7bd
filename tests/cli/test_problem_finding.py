"""What is found: names in templates, mocks that never answer, everything once, and in its place."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway import load
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.errors import Problem

INTEGRATION = "x-amazon-apigateway-integration"


def openapi(**integration: Any) -> dict[str, Any]:
    usual = {
        "httpMethod": "POST",
        "uri": "https://example.org/",
        "responses": {"default": {"statusCode": "200"}},
    }
    operation = {
        "responses": {"200": {"description": "ok"}},
        INTEGRATION: {"type": "http", **usual, **integration},
    }
    info = {"title": "t", "version": "1"}
    return {"openapi": "3.0.1", "info": info, "paths": {"/a": {"post": operation}}}


def template(**resources: Any) -> dict[str, Any]:
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "t"}}
    return {"Resources": {"Api": api, **resources}}


def method(**integration: Any) -> dict[str, Any]:
    properties = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "POST",
        "AuthorizationType": "NONE",
        "Integration": {"IntegrationResponses": [{"StatusCode": 200}], **integration},
        "MethodResponses": [{"StatusCode": 200}],
    }
    return {"Type": "AWS::ApiGateway::Method", "Properties": properties}


def stage(**properties: Any) -> dict[str, Any]:
    usual = {"RestApiId": {"Ref": "Api"}, "StageName": "prod"}
    return {"Type": "AWS::ApiGateway::Stage", "Properties": {**usual, **properties}}


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


@pytest.fixture
def written(tmp_path: Path):
    """A definition in a file."""

    def write(document: dict[str, Any]) -> str:
        file = tmp_path / "api.json"
        file.write_text(json.dumps(document, indent=1))
        return str(file)

    return write


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        pytest.param("$util.escapeJavascript('a')", "unknown-member", "escapeJavaScript", id="a method"),
        pytest.param("$context.requestIdd", "unknown-member", "requestId", id="a member"),
        pytest.param("$inputs.body", "undefined-name", "$input", id="a name"),
    ],
)
def test_a_misspelled_name_in_a_template_is_a_warning(written, text: str, code: str, hint: str) -> None:
    (found,) = problems_of(written(openapi(requestTemplates={"application/json": text})))
    assert (found.code, found.severity) == (code, "warning")
    assert hint in str(found.hint)
    assert found.place.line is not None


def test_templates_of_other_forms_are_read_as_well() -> None:
    templates = {"application/json": "$inputs.body"}
    resources = template(
        M=method(
            Type="HTTP", Uri="https://a.example", IntegrationHttpMethod="GET", RequestTemplates=templates
        )
    )
    (found,) = problems_of(resources)
    assert found.code == "undefined-name"
    assert found.place.path == "$.Resources.M.Properties.Integration.RequestTemplates['application/json']"


def test_what_a_template_prints_is_left_to_lint(written) -> None:
    unescaped = {"application/json": '{"a": "$input.params(\'x\')"}'}
    assert problems_of(written(openapi(requestTemplates=unescaped))) == []


def test_a_mock_that_is_told_no_status_is_a_warning(written) -> None:
    (found,) = problems_of(written(openapi(type="mock", requestTemplates={"application/json": "{}"})))
    assert (found.code, found.severity) == ("mock-status-code", "warning")
    assert found.place.path.endswith("requestTemplates['application/json']")
    told = {"application/json": '{"statusCode": 200}'}
    assert problems_of(written(openapi(type="mock", requestTemplates=told))) == []


def test_a_private_connection_is_told_once_for_each_of_its_words() -> None:
    link = method(
        Type="HTTP",
        Uri="https://a.example",
        IntegrationHttpMethod="GET",
        ConnectionType="VPC_LINK",
        ConnectionId="l",
    )
    found = problems_of(template(M=link))
    inside = "$.Resources.M.Properties.Integration."
    assert Counter(problem.place.path for problem in found) == {
        f"{inside}ConnectionType": 1,
        f"{inside}ConnectionId": 1,
    }


def test_what_a_stage_says_in_vain_is_told_where_it_stands() -> None:
    settings = [{"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO"}]
    found = problems_of(template(S=stage(TracingEnabled=True, MethodSettings=settings)))
    inside = "$.Resources.S.Properties."
    assert {problem.place.path for problem in found} == {
        f"{inside}TracingEnabled",
        f"{inside}MethodSettings[0].LoggingLevel",
    }


def test_only_the_stage_that_is_asked_for_is_looked_at() -> None:
    document = template(S=stage(TracingEnabled=True), T=stage(StageName="test"))
    assert codes(problems_of(document)) == ["without-effect"]
    assert problems_of(document, stage="test") == []
    (found,) = problems_of(document, stage="tets")
    assert (found.code, found.severity, found.hint) == ("stage-name", "error", "did you mean 'test'?")


def test_a_definition_made_in_code_is_looked_at_as_well() -> None:
    api = load(openapi(requestTemplates={"application/json": "$inputs.body"}))
    assert codes(problems_of(api)) == ["undefined-name"]


def test_the_names_in_arns_of_a_policy_may_be_given() -> None:
    arn = "arn:aws:execute-api:eu-west-1:999999999999:abc/*"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": arn}
    document = {**openapi(), "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [allow]}}
    assert problems_of(document, api_id="abc", account_id="999999999999", region="eu-west-1") == []
    assert problems_of(document) != []
