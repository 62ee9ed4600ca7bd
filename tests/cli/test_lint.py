"""``wsgi-gateway lint``: templates in files, on standard input and in OpenAPI documents; three formats."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.cli.lint_sources import syntax_errors

GOOD = """{"a": $input.json('$.a')}\n"""
BAD = """{\n  "a": "$input.params('a')"\n}\n"""
YAML = """\
openapi: 3.0.1
info: {title: t, version: "1"}
components:
  x-amazon-apigateway-integrations:
    shared:
      type: http
      requestTemplates:
        application/json: "$nope"
paths:
  /a:
    post:
      responses: {"200": {description: a}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: |
            ## first
            {"statusCode": 200}
          application/xml: <a>$context.requestid</a>
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: >-
                {"a": "$input.path('$.a')"}
  /b:
    post:
      responses: {"200": {description: b}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        requestTemplates: {application/json: "$ignored"}
"""


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | bytes | None = None, **files: str | bytes):
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("_", ".")).write_bytes(raw)
        return CliRunner().invoke(main, ["lint", *arguments], input=stdin)

    return run


def test_a_good_template_is_no_problem(lint):
    result = lint("a.vtl", a_vtl=GOOD)
    assert (result.output, result.exit_code) == ("no problems\n", 0)


def test_a_mistake_is_told_with_its_line_a_caret_and_the_right_form(lint):
    result = lint("a.vtl", a_vtl=BAD)
    first, line, caret, hint, count = result.output.splitlines()
    assert first.startswith("a.vtl:2:9: error: $input.params('a') stands in a JSON string")
    assert first.endswith("[unescaped-input]")
    assert line == """      "a": "$input.params('a')\""""
    assert caret.index("^") == line.index("$")
    assert hint.startswith("    what to do: $util.escapeJavaScript(")
    assert (count, result.exit_code) == ("1 problem", 1)


def test_several_files_are_told_in_the_order_they_are_named(lint):
    result = lint("b.vtl", "a.vtl", a_vtl=BAD, b_vtl="$nope")
    told = [line.partition(":")[0] for line in result.output.splitlines() if ": error: " in line]
    assert told == ["b.vtl", "a.vtl"]


def test_an_error_of_syntax_is_a_problem_like_others(lint):
    result = lint("a.vtl", "b.vtl", a_vtl="#if(", b_vtl=BAD)
    assert "a.vtl:1:4: error: " in result.output
    assert "[syntax]" in result.output
    assert "[unescaped-input]" in result.output


def test_a_dash_is_standard_input(lint):
    result = lint("-", stdin="$nope")
    assert result.output.startswith("<stdin>:1:1: error: ")
    assert result.exit_code == 1


def test_a_long_line_is_shown_around_the_mistake(lint):
    result = lint("a.vtl", a_vtl="x" * 1000 + "$nope" + "y" * 1000)
    _, line, caret, *_ = result.output.splitlines()
    assert len(line) <= 164
    assert line[caret.index("^") :].startswith("$nope")


def test_a_rule_can_be_left_out(lint):
    result = lint("a.vtl", "--disable", "unescaped-input", a_vtl=BAD)
    assert result.exit_code == 0


def test_a_rule_that_does_not_exist_is_wrong_usage(lint):
    result = lint("a.vtl", "--disable", "nonsense", a_vtl=BAD)
    assert result.exit_code == 2
    assert "unescaped-input" in result.output


def test_json_is_for_programs(lint):
    result = lint("a.vtl", "--format", "json", a_vtl=BAD)
    document = json.loads(result.output)
    assert (document["files"], document["errors"], result.exit_code) == (["a.vtl"], 1, 1)
    (problem,) = document["problems"]
    assert (problem["code"], problem["file"], problem["line"], problem["column"]) == (
        "unescaped-input",
        "a.vtl",
        2,
        9,
    )
    assert problem["hint"]
    assert problem["text"] == """  "a": "$input.params('a')\""""


def test_json_of_a_good_template_is_json_too(lint):
    result = lint("a.vtl", "--format", "json", a_vtl=GOOD)
    assert json.loads(result.output)["problems"] == []


def test_github_gets_its_annotations(lint):
    result = lint("a.vtl", "--format", "github", a_vtl="100% $nope")
    (line,) = result.output.splitlines()
    assert line.startswith("::error file=a.vtl,line=1,col=6,title=undefined-name::nothing sets $nope")


def test_an_annotation_cannot_be_ended_by_what_a_template_says(lint):
    result = lint("a.vtl", "--format", "github", a_vtl="$input.json('$%\n::error::x')")
    (line,) = result.output.splitlines()
    assert "%25" in line
    assert "%0A" in line or "\\n" in line


def test_every_template_of_a_definition_is_read_in_its_place(lint):
    result = lint("api.yaml", api_yaml=YAML)
    told = [
        line.rpartition("[")[2][:-1] + " " + line.partition(": error")[0] for line in _heads(result.output)
    ]
    assert told == [
        "undefined-name api.yaml:8:28",
        "unknown-member api.yaml:19:40",
        "unescaped-input api.yaml:25:24",
    ]
    assert "    at: $.paths['/a'].post['x-amazon-apigateway-integration'].requestTemplates" in result.output
    assert "ignored" not in result.output


def _heads(output: str) -> list[str]:
    return [line for line in output.splitlines() if ": error: " in line]


def test_a_line_inside_a_block_of_yaml_is_a_line_of_the_file(lint):
    result = lint("api.yaml", api_yaml=YAML.replace('{"statusCode": 200}', '{"statusCode": $nope}'))
    assert "api.yaml:18:28: error: nothing sets $nope" in result.output


def test_a_template_with_escapes_is_told_at_its_member(lint):
    template = '{\n"a": "$input.body"}'
    operation = {
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": template},
        }
    }
    document = {"openapi": "3.0.1", "info": {}, "paths": {"/a": {"get": operation}}}
    result = lint("api.json", api_json=json.dumps(document))
    (head,) = _heads(result.output)
    assert head.startswith("api.json:1:")
    assert "line 2, column 7 of the template: $input.body" in head


def test_a_json_file_that_is_no_definition_is_a_template(lint):
    result = lint("a.json", a_json=BAD)
    assert "a.json:2:9: error: " in result.output


@pytest.mark.parametrize(
    ("content", "code"),
    [("a: [", "yaml-"), ("a: 1", "document-kind")],
    ids=["broken YAML", "YAML that is no definition"],
)
def test_yaml_that_cannot_be_read_is_a_problem(lint, content, code):
    result = lint("a.yaml", a_yaml=content)
    assert result.exit_code == 1
    assert code in result.output


def test_bytes_that_are_no_text_are_a_problem(lint):
    result = lint("a.vtl", a_vtl=b"a\n\xff")
    assert result.output.startswith("a.vtl:2: error: the file is not UTF-8 [encoding]")
    assert result.exit_code == 1


def test_a_file_beyond_all_bounds_is_a_problem(lint):
    result = lint("a.vtl", a_vtl=b"x" * (6 * 1024 * 1024 + 1))
    assert "[template-size]" in result.output
    assert result.exit_code == 1


def test_definitions_whose_members_have_other_types_are_read_as_far_as_possible(lint):
    odd = {
        "openapi": 1,
        "paths": {"x-amazon-apigateway-integration": {"requestTemplates": {"a": 1}, "responses": [1]}},
    }
    odd["x-amazon-apigateway-integration"] = [1]
    odd["a"] = {"x-amazon-apigateway-integration": {"requestTemplates": 1, "responses": {"default": 1}}}
    result = lint("api.json", api_json=json.dumps(odd))
    assert (result.output, result.exit_code) == ("no problems\n", 0)


def test_a_file_that_is_not_there_is_wrong_usage(lint):
    result = lint("nowhere.vtl")
    assert result.exit_code == 2
    assert "nowhere.vtl" in result.output


def test_a_file_that_cannot_be_read_is_told(lint, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("click.open_file", refuse)
    result = lint("a.vtl", a_vtl=GOOD)
    assert result.output == "Error: a.vtl: Permission denied\n"
    assert result.exit_code == 1


def test_a_template_has_to_be_named(lint):
    assert lint().exit_code == 2


def test_errors_of_syntax_are_not_looked_for_in_what_can_be_read_once_only():
    assert syntax_errors(os.devnull) == []
