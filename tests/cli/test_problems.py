"""How problems are told: by every command, in every form, without the secrets of the file they are about."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.cli.problem_github import as_annotations
from wsgi_gateway.cli.problems import as_json, as_text
from wsgi_gateway.errors import Place, Problem

SECRET = "hush-hush-hush-hush-hush"
STACK = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: pets}}}}
  Key: {{Type: AWS::ApiGateway::ApiKey, Properties: {{Enabled: true, Value: {SECRET}}}}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: {{ApiStages: [{{ApiId: !Ref Api, Stage: prod}}], Quota: {{Limit: 1, Period: {SECRET}}}}}
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    file = tmp_path / "stack.yaml"
    file.write_text(STACK, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("validate FILE", id="validate"),
        pytest.param("validate FILE --format json", id="validate as JSON"),
        pytest.param("validate FILE --format github", id="validate for GitHub"),
        pytest.param("parity FILE", id="parity"),
        pytest.param("parity FILE --format json", id="parity as JSON"),
        pytest.param("export FILE", id="export"),
        pytest.param("diff FILE FILE", id="diff"),
        pytest.param("sdk FILE --language python --output never", id="sdk"),
        pytest.param("serve FILE --port 0", id="serve"),
    ],
)
def test_no_command_tells_a_secret(stack: Path, command: str) -> None:
    done = CliRunner().invoke(main, [str(stack) if one == "FILE" else one for one in command.split()])
    told = done.stdout + done.stderr
    assert done.exit_code != 0
    assert "Period" in told
    assert "(redacted)" in told
    assert SECRET not in told


def test_a_problem_without_a_file_is_told_without_the_secrets_of_the_one_that_is_named(stack: Path) -> None:
    problem = Problem("code", f"{SECRET} is none", Place(path="$.Key"), f"not {SECRET}")
    forms = (
        "\n".join(as_text([problem], str(stack))),
        as_json({str(stack): [problem]}),
        *as_annotations([problem], str(stack)),
    )
    for told in forms:
        assert told.count("(redacted)") == 2
        assert SECRET not in told
