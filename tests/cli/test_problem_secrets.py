"""What is hidden of a document's lines: by place, by name, by shape; and what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wsgi_gateway.cli.problem_secrets import Secrets
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.reading import read

SECRET = "s3cret-s3cret-s3cret"
KEY = """\
Resources:
  Ada:
    Type: {kind}
    Properties:
{properties}
"""


@pytest.fixture
def shown(tmp_path: Path):
    """The lines of a document as they are shown."""

    def show(text: str, name: str = "stack.yaml") -> str:
        file = tmp_path / name
        file.write_text(text)
        try:
            secrets = Secrets.of(read(str(file)), text.split("\n"))
        except ConfigError:
            secrets = Secrets.of(None, text.split("\n"))
        return "\n".join(
            without(secrets.spans(number, line), line) for number, line in enumerate(text.split("\n"), 1)
        )

    return show


def without(spans: list[tuple[int, int]], line: str) -> str:
    for start, end in reversed(spans):
        line = f"{line[:start]}*{line[end:]}"
    return line


def key(properties: str, kind: str = "AWS::ApiGateway::ApiKey") -> str:
    return KEY.format(kind=kind, properties=properties)


HIDDEN = {
    "the value of an API key": key(f"      Value: {SECRET}"),
    "the value of a key whose type is misspelled": key(f"      Value: {SECRET}", "AWS::ApiGateway::ApiKy"),
    "a quoted value": key(f'      Value: "{SECRET}"'),
    "a value in braces": (
        f"Resources: {{A: {{Type: 'AWS::ApiGateway::ApiKey', Properties: {{Value: {SECRET}}}}}}}"
    ),
    "a value that a function puts together": key(f"      Value: !Sub '{SECRET}-${{AWS::Region}}'"),
    "a value on the next line": key(f"      Value:\n        {SECRET}"),
    "a folded value": key(f"      Value: >-\n        {SECRET}\n        {SECRET}"),
    "a value that an alias repeats": key(
        f"      Value: &k {SECRET}\n      Name: *k\n      Description: {SECRET}"
    ),
    "the default of a parameter with NoEcho": (
        f"Parameters: {{P: {{NoEcho: true, Default: {SECRET}}}}}\nResources: {{}}"
    ),
    "a variable of a stage": key(f"      Variables: {{backend: {SECRET}}}", "AWS::ApiGateway::Stage"),
    "what stands under a telling name": f"openapi: 3.0.1\nx-mine: {{password: {SECRET}}}\npaths: {{}}",
    "a header's fixed value": (
        f"openapi: 3.0.1\nx: {{integration.request.header.Authorization: \"'a {SECRET}'\"}}"
    ),
    "the user of a URL": f"openapi: 3.0.1\nuri: https://ada:{SECRET}@example.org/",
    "a bearer's token": f"openapi: 3.0.1\ndescription: use Bearer {SECRET} for it",
    "a block of lines": key(f"      Value: |\n        {SECRET}\n\n        and {SECRET}\n      Name: a"),
    "a value of a document that is broken": key(f"      Value: {SECRET}\n   broken: ["),
    "a name of a document that is broken": f"openapi: [\npassword: {SECRET}",
    "a default of a document that is broken": f"Parameters: {{P: {{NoEcho: true, Default: {SECRET}}}}}\n]",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_is_hidden(shown, name: str) -> None:
    assert SECRET in HIDDEN[name]
    assert SECRET not in shown(HIDDEN[name])


def test_json_with_escapes_is_hidden_from_the_key_on(shown) -> None:
    escaped = SECRET.replace("3", "\\u0033")
    key = {"Type": "AWS::ApiGateway::ApiKey", "Properties": {"Value": "escaped"}}
    text = json.dumps({"Resources": {"A": key}}, indent=1).replace("escaped", escaped)
    assert "cret" not in shown(text, "stack.json")
    assert '"Value": ' in shown(text, "stack.json")


PLAIN = {
    "a name of a key": key("      Name: ada"),
    "a key whose value is a parameter": key("      Value: !Ref AdaKey"),
    "a tag": key("      Tags: [{Key: team, Value: pets-and-more}]", "AWS::ApiGateway::RestApi"),
    "a parameter that is shown": "Parameters: {Stage: {Default: production}}\nResources: {}",
    "words of API Gateway": (
        "openapi: 3.0.1\nx: {authorizerCredentials: 'arn:aws:x', AuthorizationType: NONE}"
    ),
    "an expression": "openapi: 3.0.1\nx: {integration.request.header.Token: method.request.header.Token}",
    "a description": "openapi: 3.0.1\nx: {tokens: a text about tokens}",
    "an address": "openapi: 3.0.1\nx: {tokenUrl: https://issuer.example.org/token}",
}


@pytest.mark.parametrize("name", PLAIN)
def test_is_shown(shown, name: str) -> None:
    assert shown(PLAIN[name]) == PLAIN[name]


def test_a_line_that_would_take_long_to_look_through_is_hidden_whole() -> None:
    keys = {f"K{number}": {"NoEcho": True, "Default": f"secret-number-{number}"} for number in range(2_000)}
    secrets = Secrets.of(Document({"Parameters": keys}), ["x" * 600_000])
    assert secrets.spans(1, "x" * 600_000) == [(0, 600_000)]
    assert secrets.spans(1, "a line") == []


def test_a_short_secret_is_hidden_where_it_stands_and_nowhere_else(shown) -> None:
    text = shown(key("      Value: abc\n      Name: abcdef"))
    assert "Value: *" in text
    assert "Name: abcdef" in text


def test_a_variable_is_hidden_where_it_stands_and_nowhere_else(shown) -> None:
    text = shown(
        key("      StageName: production\n      Variables: {env: production}", "AWS::ApiGateway::Stage")
    )
    assert "StageName: production" in text
    assert "{env: *}" in text
