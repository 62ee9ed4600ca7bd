"""``wsgi-gateway validate``: every problem, its place, what to do; exit status 0, 1 or 2."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
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


def test_the_line_is_shown_with_a_caret_and_what_was_meant(validate):
    result = validate(GOOD.replace("httpMethod: POST", "httpMethd: POST"))
    at = result.output.splitlines().index("   23 |         httpMethd: POST")
    assert result.output.splitlines()[at + 1] == "      |         ^^^^^^^^^"
    assert "what to do: did you mean 'httpMethod'?" in result.output


def test_colours_are_for_terminals_alone_and_not_where_nobody_wants_them(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 9.9\n")
    run = CliRunner().invoke
    assert "\x1b[" not in run(main, ["validate", str(file)]).output
    assert "\x1b[31m" in run(main, ["validate", str(file)], color=True).output
    assert "\x1b[3" not in run(main, ["validate", str(file)], color=True, env={"NO_COLOR": "1"}).output


def test_several_files_are_told_one_after_the_other_and_counted_together(tmp_path):
    names = []
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text(MOCK % ('{"statusCode": 200}', "ftp://example.org"))
        names.append(str(tmp_path / name))
    result = CliRunner().invoke(main, ["validate", *names])
    heads = [line.partition(":")[0] for line in result.output.splitlines() if ": error: " in line]
    assert heads == names
    assert result.output.splitlines()[-1] == "2 problems in 2 files"
    document = json.loads(CliRunner().invoke(main, ["validate", *names, "--format", "json"]).output)
    assert (document["files"], document["errors"]) == (names, 2)


def test_a_definition_on_standard_input_is_named_so_and_shown_as_well():
    text = MOCK % ('{"statusCode": 200}', "ftp://example.org")
    result = CliRunner().invoke(main, ["validate", "-"], input=text)
    assert result.exit_code == 1
    assert result.output.startswith("<stdin>:17:9: error: ")
    assert "   17 |         uri: ftp://example.org" in result.output
    assert CliRunner().invoke(main, ["validate", "-"], input=GOOD).output == "no problems\n"


def test_of_several_definitions_templates_get_the_options_of_templates(tmp_path):
    (tmp_path / "stack.yaml").write_text(
        "Parameters: {Name: {Type: String}}\n"
        "Resources: {Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: !Ref Name}}}\n"
    )
    (tmp_path / "api.yaml").write_text(GOOD)
    names = [str(tmp_path / name) for name in ("stack.yaml", "api.yaml")]
    result = CliRunner().invoke(main, ["validate", *names, "--parameter", "Name=pets"])
    assert result.output == "no problems in 2 files\n"
    alone = CliRunner().invoke(main, ["validate", names[1], "--parameter", "Name=pets"])
    assert alone.exit_code == 1


def test_a_pipe_is_read_as_well(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = MOCK % ('{"statusCode": 200}', "ftp://example.org")
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    result = CliRunner().invoke(main, ["validate", str(pipe)])
    writer.join()
    assert result.output.startswith(f"{pipe}:17:9: error: ")
    assert "   17 |         uri: ftp://example.org" in result.output


def test_standard_input_can_be_read_once():
    result = CliRunner().invoke(main, ["validate", "-", "-"], input=GOOD)
    assert (result.exit_code, result.output) == (2, "Error: FILE...: - can be given once\n")


def test_a_definition_made_in_python_is_named_by_its_module(tmp_path, monkeypatch):
    (tmp_path / "made_in_python.py").write_text(
        "from wsgi_gateway import RestApiConfig\napi = RestApiConfig(api_key_source='NOWHERE')\nnumber = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    result = CliRunner().invoke(main, ["validate", "made_in_python:api"])
    assert (result.exit_code, "api-key-source" in result.output) == (1, True)
    result = CliRunner().invoke(main, ["validate", "made_in_python:number"])
    assert (result.exit_code, "not a RestApiConfig" in result.output) == (2, True)
    result = CliRunner().invoke(main, ["validate", "made_in_python:nothing"])
    assert (result.exit_code, "made_in_python" in result.output) == (2, True)


def test_warnings_fail_where_that_is_asked_for(validate):
    text = GOOD.replace(
        '"200": {description: a function}', '"200": {description: f}, default: {description: d}'
    )
    assert validate(text).exit_code == 0
    assert validate(text, "--strict").exit_code == 1
    assert validate(GOOD, "--strict").exit_code == 0


def many(errors: int, warnings: int) -> str:
    tags = "".join(f"x-amazon-apigateway-nothing{number}: 1\n" for number in range(errors))
    paths = "".join(f"  /{number}/: {{}}\n" for number in range(warnings))
    return f"openapi: 3.0.1\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}{tags}"


def test_of_many_problems_the_first_hundred_are_told_errors_before_warnings(validate):
    lines = validate(many(errors=90, warnings=30)).output.splitlines()
    assert sum(": error: " in line for line in lines) == 90
    assert sum(": warning: " in line for line in lines) == 10
    assert lines[-2:] == ["... and 20 more; --limit 0 tells all", "90 problems, 30 warnings"]
    told = [int(line.split(":")[1]) for line in lines if "api.yaml:" in line]
    assert told == sorted(told)


def test_as_many_problems_are_told_as_are_asked_for(validate):
    text = many(errors=5, warnings=1)
    assert sum(": error: " in line for line in validate(text, "--limit", "2").output.splitlines()) == 2
    assert "more" not in validate(many(errors=120, warnings=0), "--limit", "0").output
    document = json.loads(validate(text, "--limit", "2", "--format", "json").output)
    assert (document["errors"], document["left"], len(document["problems"])) == (5, 4, 2)


def test_github_is_told_by_annotations_alone(validate):
    result = validate(MOCK % ('{"statusCode": 200}', "ftp://example.org"), "--format", "github")
    (line,) = result.output.splitlines()
    assert re.match(
        r"::error file=\S+api.yaml,line=17,col=9,title=integration-uri::Invalid HTTP endpoint", line
    )
    assert validate(GOOD, "--format", "github").output == ""


def test_no_format_tells_a_secret(validate):
    text = """\
Parameters: {Key: {Type: Number, NoEcho: true, Default: hush-hush, Nothing: 1}}
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: !Ref Key}}
  Ada: {Type: AWS::ApiGateway::ApiKey, Properties: {Value: hush-hush-hush-hush, Nothing: 1}}
"""
    for form in ("text", "json", "github"):
        result = validate(text, "--format", form)
        assert result.exit_code == 1
        assert "Nothing" in result.output
        assert "hush" not in result.output


def test_what_the_output_cannot_write_is_escaped(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {/日本: 3}\n")
    done = subprocess.run(
        [sys.executable, "-m", "wsgi_gateway", "validate", str(file)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\\u65e5\\u672c" in done.stdout


def test_a_directory_is_wrong_usage(tmp_path):
    result = CliRunner().invoke(main, ["validate", str(tmp_path)])
    assert (result.exit_code, "is a directory" in result.output) == (2, True)


def test_a_file_that_is_not_there_is_wrong_usage():
    result = CliRunner().invoke(main, ["validate", "nowhere.yaml"])
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.output


def test_a_document_on_standard_input_is_no_template():
    text = (
        "openapi: 3.0.1\ninfo: {title: a}\npaths:\n  /:\n    get:\n      responses:\n"
        "        '200': {$ref: '#/components/responses/Good'}\n"
        "      x-amazon-apigateway-integration:\n        type: mock\n"
        "        requestTemplates: {application/json: '{\"statusCode\": 200}'}\n"
        "        responses: {default: {statusCode: 200}}\n"
        "components: {responses: {Good: {description: good}}}\n"
    )
    done = CliRunner().invoke(main, ["validate", "-", "--strict"], input=text)
    assert (done.exit_code, done.stdout) == (0, "no problems\n")
