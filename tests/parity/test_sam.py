"""The ledger of SAM templates: words below their properties, and what the load says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.parity import Mark, Row, ledger
from wsgi_gateway.parity.words import ANY, KINDS
from wsgi_gateway.sources.reading import read

API = "AWS::Serverless::Api"
HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
FUNCTION = (
    "  Pets:\n"
    "    Type: AWS::Serverless::Function\n"
    "    Properties:\n"
    "      CodeUri: src/\n"
    "      Handler: app.handler\n"
    "      Runtime: python3.12\n"
    "      Events:\n"
    "        Get:\n"
    "          Type: Api\n"
    "          Properties:\n"
    "            RestApiId: !Ref Api\n"
    "            Path: /pets\n"
    "            Method: get\n"
)


def models() -> dict[str, set[str]]:
    """The members of every object that the translator's own schema has, by the ledger's kind."""
    from samtranslator.internal.schema_source import aws_serverless_api as api
    from samtranslator.internal.schema_source import aws_serverless_function as function
    from samtranslator.internal.schema_source import aws_serverless_statemachine as machine

    found = {
        API: [api.Properties],
        f"{API}.Auth": [api.Auth],
        f"{API}.Authorizer": [api.CognitoAuthorizer, api.LambdaTokenAuthorizer, api.LambdaRequestAuthorizer],
        f"{API}.Identity": [
            api.CognitoAuthorizerIdentity,
            api.LambdaTokenAuthorizerIdentity,
            api.LambdaRequestAuthorizerIdentity,
        ],
        f"{API}.ResourcePolicy": [api.ResourcePolicy],
        f"{API}.UsagePlan": [api.UsagePlan],
        f"{API}.Cors": [api.Cors],
        f"{API}.Domain": [api.Domain],
        "event.Api": [function.ApiEventProperties, machine.ApiEventProperties],
        "event.Api.Auth": [function.ApiAuth, machine.Auth],
        "event.Api.RequestModel": [function.RequestModel],
        "event.Api.RequestParameter": [function.RequestParameters],
    }
    return {kind: {name for one in ones for name in one.__fields__} for kind, ones in found.items()}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.startswith((f"{API}", "event.Api"))])
def test_the_words_are_those_of_the_translators_schema(kind: str) -> None:
    pytest.importorskip("samtranslator")
    assert set(KINDS[kind]) - {ANY} == models()[kind]


def rows_of(source: Any) -> dict[str, Row]:
    return {row.place.path: row for row in ledger(read(source), problems_of(source))}


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    def of(text: str) -> dict[str, Row]:
        file = tmp_path / "template.yaml"
        file.write_text(text, encoding="utf-8")
        return rows_of(str(file))

    return of


def api_with(**properties: Any) -> dict[str, Any]:
    get = {"Path": "/pets", "Method": "get", "RestApiId": {"Ref": "Api"}}
    function = {
        "CodeUri": "src/",
        "Handler": "app.handler",
        "Runtime": "python3.12",
        "Events": {"Get": {"Type": "Api", "Properties": get}},
    }
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Api": {"Type": API, "Properties": {"StageName": "prod", **properties}},
            "Pets": {"Type": "AWS::Serverless::Function", "Properties": function},
        },
    }


DOMAIN = {"DomainName": "pets.example.org", "CertificateArn": "arn", "SecurityPolicy": "TLS_1_2"}


@pytest.mark.parametrize("name", ["Auth", "Cors", "Domain"])
def test_no_word_is_as_on_aws_because_of_where_it_stands(name: str) -> None:
    rows = ledger(read(api_with(**{name: {"Surprise": 1}})))
    found = {row.place.path: row.mark for row in rows}
    assert found[f"$.Resources.Api.Properties.{name}.Surprise"] is Mark.UNCLASSIFIED


def test_nothing_below_an_event_is_as_on_aws_because_of_where_it_stands() -> None:
    data = api_with()
    event = data["Resources"]["Pets"]["Properties"]["Events"]["Get"]["Properties"]
    event["Auth"] = {"Surprise": 1, "ApiKeyRequired": True}
    event["RequestParameters"] = [{"method.request.header.A": {"Surprise": 1, "Required": True}}]
    found = {row.place.path.partition(".Get.Properties.")[2]: row.mark for row in ledger(read(data))}
    assert found["Auth.Surprise"] is Mark.UNCLASSIFIED
    assert found["Auth.ApiKeyRequired"] is Mark.AS_AWS
    assert found["RequestParameters[0]['method.request.header.A'].Surprise"] is Mark.UNCLASSIFIED
    assert found["RequestParameters[0]['method.request.header.A'].Required"] is Mark.AS_AWS


def test_a_domain_is_marked_member_by_member(rows: Any) -> None:
    written = "".join(f"        {name}: {value}\n" for name, value in DOMAIN.items())
    api = f"  Api:\n    Type: {API}\n    Properties:\n      StageName: prod\n      Domain:\n{written}"
    for found in (rows(HEAD + api + FUNCTION), rows_of(api_with(Domain=DOMAIN))):
        marks = {name: found[f"$.Resources.Api.Properties.Domain.{name}"].mark for name in DOMAIN}
        assert marks == {
            "DomainName": Mark.AS_AWS,
            "CertificateArn": Mark.WITHOUT_EFFECT,
            "SecurityPolicy": Mark.WITHOUT_EFFECT,
        }


def test_what_the_load_says_of_a_domain_stands_at_its_members(rows: Any, tmp_path: Path) -> None:
    written = "".join(f"        {name}: {value}\n" for name, value in DOMAIN.items())
    api = f"  Api:\n    Type: {API}\n    Properties:\n      StageName: prod\n      Domain:\n{written}"
    found = rows(HEAD + api + FUNCTION)
    codes = {name: found[f"$.Resources.Api.Properties.Domain.{name}"].code for name in DOMAIN}
    assert codes == {
        "DomainName": None,
        "CertificateArn": "without-effect",
        "SecurityPolicy": "without-effect",
    }


def test_certificates_of_clients_are_refused_with_and_without_lines() -> None:
    tls = {"TruststoreUri": "s3://bucket/key"}
    rows = rows_of(api_with(Domain={**DOMAIN, "MutualTlsAuthentication": tls}))
    path = "$.Resources.Api.Properties.Domain.MutualTlsAuthentication.TruststoreUri"
    assert rows[path].mark is Mark.REFUSED


@pytest.mark.parametrize("create", ["PER_API", "SHARED"])
def test_a_usage_plan_whose_key_has_no_value_has_no_effect(rows: Any, create: str) -> None:
    api = (
        f"  Api:\n    Type: {API}\n    Properties:\n      StageName: prod\n"
        "      Auth:\n        ApiKeyRequired: true\n"
        f"        UsagePlan:\n          CreateUsagePlan: {create}\n"
        "          Quota: {Limit: 1, Period: DAY}\n"
    )
    found = rows(HEAD + api + FUNCTION)
    inside = "$.Resources.Api.Properties.Auth"
    assert found[f"{inside}.UsagePlan.Quota.Limit"].code == "api-key-value"
    assert found[f"{inside}.UsagePlan.CreateUsagePlan"].code == "api-key-value"
    assert found[f"{inside}.ApiKeyRequired"].mark is Mark.AS_AWS


def test_an_event_beside_a_definition_is_marked_by_what_becomes_of_it(rows: Any) -> None:
    api = (
        f"  Api:\n    Type: {API}\n    Properties:\n      StageName: prod\n"
        "      DefinitionBody: {openapi: 3.0.1, paths: {/pets: {get: {responses: {}}}}}\n"
    )
    more = "            TimeoutInMillis: 100\n            Auth: {ApiKeyRequired: true}\n"
    inside = "$.Resources.Pets.Properties.Events.Get.Properties"
    refused = rows(HEAD + api + FUNCTION + more)
    assert refused[f"{inside}.Auth.ApiKeyRequired"].code == "event-protection"
    told = rows(HEAD + api + FUNCTION + more.partition("            Auth")[0])
    assert told[f"{inside}.TimeoutInMillis"].mark is Mark.WITHOUT_EFFECT
    assert told[f"{inside}.Path"].mark is Mark.AS_AWS


@pytest.mark.parametrize(
    ("runtime", "mark"),
    [
        ("python3.12", Mark.BEYOND),
        ("nodejs20.x", Mark.WITHOUT_EFFECT),
        ("provided.al2023", Mark.WITHOUT_EFFECT),
        ({"Ref": "Runtime"}, Mark.BEYOND),
    ],
)
def test_only_functions_of_python_run_here(runtime: Any, mark: Mark) -> None:
    data = api_with()
    data["Resources"]["Pets"]["Properties"]["Runtime"] = runtime
    path = "$.Resources.Pets.Properties.Runtime"
    assert [row.mark for row in ledger(read(data)) if row.place.path.startswith(path)] == [mark]
