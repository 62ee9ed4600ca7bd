"""``wsgi-gateway diff``: what changes for callers, and the exit status that tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main

OLD = """\
openapi: 3.0.1
info: {title: pets, version: "1.0"}
paths:
  /pets:
    get: {responses: {"200": {description: pets}}}
    post: {responses: {"200": {description: pets}}}
"""
TOYS = '  /toys:\n    get: {responses: {"200": {description: toys}}}\n'


@pytest.fixture
def diff(tmp_path: Path) -> Any:
    def run(new: str, *options: str) -> Any:
        paths = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
        for path, text in zip(paths, (OLD, new), strict=True):
            path.write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["diff", *map(str, paths), *options])

    return run


def test_another_text_with_the_same_meaning_is_no_change(diff: Any) -> None:
    done = diff("# comment\n" + OLD.replace("description: pets", "description: other"))
    assert (done.exit_code, done.stdout) == (0, "no changes for callers\n")


def test_changes_are_told_the_gravest_first(diff: Any) -> None:
    done = diff(OLD.replace("    post", "    put") + TOYS)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "breaking    POST /pets: is gone: callers are answered by 403 [route]",
        "compatible  GET /toys: is new [route]",
        "compatible  PUT /pets: is new [route]",
        "3 changes, 1 breaking",
    ]


def test_only_what_breaks_may_count(diff: Any) -> None:
    assert diff(OLD + TOYS).exit_code == 1
    assert diff(OLD + TOYS, "--breaking").exit_code == 0
    assert diff(OLD.replace("    post", "    put"), "--breaking").exit_code == 1


def test_programs_get_json(diff: Any) -> None:
    told = json.loads(diff(OLD + TOYS, "--format", "json").stdout)
    assert told["breaking"] == 0
    assert told["changes"] == [
        {"effect": "compatible", "area": "route", "where": "GET /toys", "message": "is new"}
    ]


def test_a_definition_that_cannot_be_loaded_is_wrong_usage(diff: Any) -> None:
    done = diff(OLD.replace("paths", "path"))
    assert done.exit_code == 2
    assert "new.yaml" in done.stderr
    assert done.stdout == ""


def test_parameters_are_for_templates_only(diff: Any) -> None:
    done = diff(OLD, "--parameter", "A=b")
    assert done.exit_code == 2
    assert "neither file is of a kind that takes parameters" in done.stderr


def test_an_openapi_document_is_compared_with_a_template(diff: Any) -> None:
    template = """\
Parameters: {Name: {Type: String}}
Resources:
  Api: {Type: "AWS::ApiGateway::RestApi", Properties: {Name: !Ref Name}}
"""
    done = diff(template, "--parameter", "Name=pets")
    assert "GET /pets: is gone" in done.stdout
    assert "2 changes, 2 breaking" in done.stdout


def test_the_path_of_the_server_is_treated_as_asked_for(diff: Any) -> None:
    new = OLD.replace("paths:", "servers: [{url: 'https://a.example/v1'}]\npaths:", 1)
    assert diff(new, "--basepath", "prepend").exit_code == 1
    assert diff(new).exit_code == 0


def test_a_parameter_that_one_of_two_templates_has_is_for_that_one(tmp_path: Path) -> None:
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": {"Ref": "Name"}}}
    old = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"Api": api}}
    new = {**old, "Parameters": {"Name": {"Type": "String"}, "Size": {"Type": "Number"}}}
    files = [tmp_path / "old.json", tmp_path / "new.json"]
    for file, document in zip(files, (old, new), strict=True):
        file.write_text(json.dumps(document), encoding="utf-8")
    given = ["diff", *map(str, files), "--parameter", "Name=pets", "--parameter", "Size=3"]
    assert CliRunner().invoke(main, given).exit_code == 0
    refused = CliRunner().invoke(main, [*given, "--parameter", "Sise=3"])
    assert refused.exit_code == 2
    assert "Parameters: [Sise] do not exist in the template" in refused.stderr
