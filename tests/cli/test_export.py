"""``wsgi-gateway export``: a definition in, a document out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wsgi_gateway import load
from wsgi_gateway.cli import main

DEFINITION = """\
openapi: 3.0.1
info: {title: pets, version: "1.0"}
paths:
  /pets:
    get:
      responses: {"200": {description: pets}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: "{\\n  \\"statusCode\\": 200\\n}"}
        responses: {default: {statusCode: "200"}}
"""


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "api.yaml"
    path.write_text(DEFINITION, encoding="utf-8")
    return path


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


@pytest.mark.parametrize("form", ["oas30", "swagger"])
@pytest.mark.parametrize("yaml", [pytest.param((), id="JSON"), pytest.param(("--yaml",), id="YAML")])
def test_the_document_loads_to_the_same_api(definition: Path, form: str, yaml: Any) -> None:
    done = run(definition, "--format", form, *yaml)
    assert done.exit_code == 0
    again = definition.with_name("again.yaml" if yaml else "again.json")
    again.write_text(done.stdout, encoding="utf-8")
    assert load(again) == load(definition)


def test_extensions_and_server_are_as_asked_for(definition: Path) -> None:
    done = run(definition, "--extensions", "none", "--server", "https://a.example/prod")
    assert "x-amazon" not in done.stdout
    assert json.loads(done.stdout)["servers"][0]["url"] == "https://a.example/{basePath}"
    done = run(definition, "--extensions", "authorizers,integrations")
    assert "x-amazon-apigateway-integration" in done.stdout


def test_a_file_in_a_directory_has_awss_name(definition: Path, tmp_path: Path) -> None:
    assert run(definition, "--output", tmp_path).stdout == ""
    assert run(definition, "--yaml", "--format", "swagger", "--output", tmp_path / "x.yaml").exit_code == 0
    assert load(tmp_path / "oas30_1.0.json") == load(tmp_path / "x.yaml") == load(definition)


def test_what_is_left_out_is_told_on_standard_error(definition: Path) -> None:
    definition.write_text(DEFINITION.replace(', version: "1.0"', ""), encoding="utf-8")
    done = run(definition)
    assert "warning: info.version is left out" in done.stderr
    assert "warning" not in done.stdout
    assert json.loads(run(definition, "--api-version", "7").stdout)["info"]["version"] == "7"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param(("--extensions", "integration"), 2, "'integration' is none of", id="an extension"),
        pytest.param(("--extensions", "none,postman"), 2, "none stands alone", id="none and some"),
        pytest.param(("--format", "oas31"), 2, "oas31", id="a format"),
        pytest.param(("--server", "a.example"), 1, "the server is no URL", id="a server"),
        pytest.param(("--output", "/nowhere/x/y.json"), 1, "No such file", id="a directory"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    definition: Path, arguments: Any, status: int, message: str
) -> None:
    done = run(definition, *arguments)
    assert done.exit_code == status
    assert message in done.stderr


def test_a_definition_that_cannot_be_loaded_is_told(definition: Path) -> None:
    definition.write_text(DEFINITION.replace("type: mock", "type: mok"), encoding="utf-8")
    done = run(definition)
    assert done.exit_code == 1
    assert "api.yaml:8:" in done.stderr


TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {Title: {Type: String}}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: !Ref Title}
"""


def test_a_template_is_exported_with_its_parameters(definition: Path) -> None:
    definition.write_text(TEMPLATE, encoding="utf-8")
    assert json.loads(run(definition, "--parameter", "Title=toys").stdout)["info"]["title"] == "toys"
    assert run(definition).exit_code == 1


def test_parameters_are_for_templates_only(definition: Path) -> None:
    done = run(definition, "--parameter", "Title=toys")
    assert done.exit_code == 1
    assert "CloudFormation" in done.stderr


def test_the_path_of_the_server_is_treated_as_asked_for(definition: Path) -> None:
    text = DEFINITION.replace("paths:", "servers: [{url: 'https://a.example/v1'}]\npaths:", 1)
    definition.write_text(text, encoding="utf-8")
    assert list(json.loads(run(definition, "--basepath", "prepend").stdout)["paths"]) == ["/v1/pets"]
    assert list(json.loads(run(definition).stdout)["paths"]) == ["/pets"]
