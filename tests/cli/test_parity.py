"""``wsgi-gateway parity``: what becomes of every field, for people, programs and reviews; never a value."""

from __future__ import annotations

import inspect
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.cli import parity as command_module

STACK = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: pets
      Tags: [{Key: team, Value: hush-hush}]
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Value: hush-hush-hush-hush-hush}
  Queue:
    Type: AWS::SQS::Queue
"""
WSGI = """\
openapi: 3.0.1
info: {title: "pets | more", version: "1"}
paths:
  /pets:
    get:
      responses: {"200": {description: pets}}
      x-amazon-apigateway-integration: {type: wsgi_proxy, uri: "wsgi:pets", httpMethod: GET}
"""


@pytest.fixture
def parity(tmp_path: Path):
    def run(text: str, *options: str):
        file = tmp_path / "api.yaml"
        file.write_text(text)
        return CliRunner().invoke(main, ["parity", str(file), *options])

    return run


def test_the_first_line_counts(parity) -> None:
    result = parity(STACK)
    head = "8 fields: 6 as AWS, 2 accepted and without effect here"
    assert result.output.splitlines()[0].endswith(head)
    assert result.exit_code == 0


def test_what_has_no_effect_is_told_with_its_place_and_the_reason(parity) -> None:
    lines = parity(STACK).output.splitlines()
    at = next(number for number, line in enumerate(lines) if line.endswith("Tags[0].Key"))
    assert "api.yaml:7:15 $.Resources.Api.Properties" in lines[at]
    assert lines[at + 1] == "      Tags has no effect here: nothing here has tags"


def test_the_sample_in_the_docs_is_that_of_the_command_and_has_lines_as_they_are_told(parity) -> None:
    page = (Path(__file__).parents[2] / "docs/validate.md").read_text(encoding="utf-8")
    sample = page.partition("```text\n$ wsgi-gateway parity")[2].partition("```")[0].strip()
    assert sample in inspect.cleandoc(command_module.__doc__ or "").replace("\n    ", "\n")
    told = parity(STACK).output
    for line in sample.splitlines()[3:6]:
        assert line.replace("stack.yaml:9:15", "api.yaml:7:15").strip() in told


def test_what_is_as_on_aws_is_told_by_field_with_what_stands_behind_it(parity) -> None:
    output = parity(WSGI).output
    assert "      1  IntegrationConfig.http_method" in output
    assert "tests/conformance/cases/http_integration.json" in output
    assert "$.info.title" not in output
    assert "api.yaml:2:8 $.info.title" in parity(WSGI, "--all").output


def test_one_mark_may_be_asked_for(parity) -> None:
    output = parity(WSGI, "--only", "beyond-aws").output
    assert output.count("apps of this process") == 2
    assert "as AWS\n" not in output.split("\n", 1)[1]


def test_a_definition_that_is_refused_says_so_and_fails(parity) -> None:
    result = parity(WSGI.replace("wsgi_proxy", "wsgi_prxy"))
    assert result.exit_code == 1
    assert "\nrefused\n" in result.output
    assert "type 'wsgi_prxy' is unknown" in result.output


def test_what_is_wrong_with_the_whole_fails_as_well(parity) -> None:
    result = parity("openapi: 3.0.1\ninfo: {title: t, version: '1'}\n")
    assert result.exit_code == 1
    assert "there are no paths" in result.output


def test_a_text_that_cannot_be_parsed_is_one_problem(parity) -> None:
    result = parity("openapi: [")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "error:" in result.output


def test_what_is_no_definition_is_one_problem(parity) -> None:
    result = parity("pets: [1, 2]")
    assert (result.exit_code, "fields" in result.output) == (1, False)
    assert "[document-kind]" in result.output


def test_json_has_every_field_with_its_mark_and_its_evidence(parity) -> None:
    document = json.loads(parity(WSGI, "--format", "json").output)
    rows = {row["path"]: row for row in document["rows"]}
    uri = rows["$.paths['/pets'].get['x-amazon-apigateway-integration'].uri"]
    assert (uri["field"], uri["mark"], uri["line"]) == ("IntegrationConfig.uri", "beyond-aws", 7)
    assert "tests/conformance/cases/http_integration.json" in uri["evidence"]
    assert any(evidence.startswith("https://docs.aws.amazon.com/") for evidence in uri["evidence"])
    assert document["fields"] == {
        **dict.fromkeys(("refused", "unclassified", "without-effect"), 0),
        **Counter(row["mark"] for row in document["rows"]),
    }


def test_markdown_is_one_table_a_mark(parity) -> None:
    output = parity(WSGI, "--format", "markdown").output
    assert output.count("\n|---|") == 2
    assert "## beyond AWS" in output
    assert "| `RestApiConfig.name` | 1 |" in output


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_value_is_told(parity, form: str) -> None:
    output = parity(STACK, "--format", form, "--all").output
    assert "Properties.Value" in output
    assert "hush" not in output


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["parity", "nowhere.yaml"])
    assert (result.exit_code, "nowhere.yaml" in result.output) == (2, True)


def test_a_pipe_is_wrong_usage(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = CliRunner().invoke(main, ["parity", str(pipe)])
    assert (result.exit_code, "is no regular file" in result.output) == (2, True)
