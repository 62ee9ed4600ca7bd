"""``wsgi-gateway validate``: every problem, its place, what to do; exit status 0, 1 or 2."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main

LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:%s/invocations"
)
GOOD = """\
openapi: 3.0.1
info: {title: t, version: "1"}
components:
  securitySchemes:
    guard:
      type: apiKey
      in: header
      name: Authorization
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: <guard>
paths:
  /app:
    get:
      security: [{guard: []}]
      responses: {"200": {description: the wrapped app}}
  /function:
    get:
      responses: {"200": {description: a function}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: <work>
  /other:
    get:
      responses: {"200": {description: another app}}
      x-amazon-apigateway-integration: {type: wsgi_proxy, uri: "wsgi:reports"}
""".replace("<guard>", LAMBDA % "guard").replace("<work>", LAMBDA % "work")

MOCK = """\
openapi: 3.0.1
info: {title: t, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: a}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '%s'}
        responses: {default: {statusCode: "200"}}
  /b:
    get:
      responses: {"200": {description: b}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: %s
        responses: {default: {statusCode: "200"}}
"""

TEMPLATES = """\
openapi: 3.0.1
info: {title: t, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: a}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: %s
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: %s
"""


@pytest.fixture
def validate(tmp_path: Path):
    def run(text: str, *options: str):
        file = tmp_path / "api.yaml"
        file.write_text(text)
        return CliRunner().invoke(main, ["validate", str(file), *options])

    return run


def test_a_definition_that_can_be_served_has_no_problems(validate):
    result = validate(GOOD)
    assert (result.output, result.exit_code) == ("no problems\n", 0)


def test_every_problem_is_told_with_file_line_and_column(validate):
    result = validate(MOCK % ('{"statusCode": 200}', "ftp://example.org") + "  /c{: {}\n")
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert any("api.yaml:17:" in line and "Invalid HTTP endpoint specified for URI" in line for line in lines)
    assert lines[-1] == "2 problems"


def test_a_template_that_is_no_velocity_is_a_problem_with_a_place(validate):
    result = validate(MOCK % ("#if(", "http://example.org/"))
    assert result.exit_code == 1
    assert "template-syntax" in result.output
    assert "api.yaml:" in result.output


def test_an_error_of_a_template_is_told_at_its_own_line(validate):
    request = "|\n            {\n              #set($a = )\n            }\n"
    result = validate(TEMPLATES % (request, '"#if(1 = 2)x#end"'))
    heads = [line for line in result.output.splitlines() if ": error: " in line]
    assert [head.partition(": error: ")[0].partition("api.yaml:")[2] for head in heads] == ["12:25", "19:40"]
    assert all(head.endswith("[template-syntax]") for head in heads)
    assert "what to do: == compares" in result.output


def test_a_mapping_that_amazon_does_not_have_is_a_problem(validate):
    text = GOOD.replace(
        'uri: "wsgi:reports"}',
        'uri: "wsgi:reports", requestParameters: {integration.request.header.X: nonsense}}',
    )
    result = validate(text)
    assert result.exit_code == 1
    assert "nonsense" in result.output


def test_what_is_not_served_yet_is_a_problem(validate):
    uri = "arn:aws:apigateway:eu-west-1:firehose:action/PutRecord"
    text = re.sub(r"uri: .*:lambda:path/.*", f"uri: {uri}", GOOD)
    assert uri in text
    result = validate(text)
    assert result.exit_code == 1
    assert "not-served-yet" in result.output


def test_a_text_that_is_no_yaml_is_one_problem_and_no_traceback(validate):
    result = validate("openapi: [3.0.1\npaths: {")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.output.splitlines()[-1] == "1 problem"


def test_json_has_the_same_for_programs(validate):
    result = validate(MOCK % ('{"statusCode": 200}', "ftp://example.org"), "--format", "json")
    document = json.loads(result.output)
    assert (document["errors"], result.exit_code) == (1, 1)
    (problem,) = document["problems"]
    assert problem["line"] == 17
    assert problem["severity"] == "error"
    assert problem["file"].endswith("api.yaml")
    assert problem["hint"]


def test_json_of_a_clean_definition_is_json_too(validate):
    result = validate(GOOD, "--format", "json")
    assert json.loads(result.output)["problems"] == []


def test_warnings_are_told_and_do_not_fail(validate):
    result = validate(
        GOOD.replace('"200": {description: a function}', '"200": {description: f}, default: {description: d}')
    )
    assert result.exit_code == 0
    assert "warning" in result.output
    assert result.output.splitlines()[-1] == "1 warning"


def test_a_file_that_is_not_there_is_wrong_usage():
    result = CliRunner().invoke(main, ["validate", "nowhere.yaml"])
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.output
