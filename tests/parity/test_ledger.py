"""``ledger``: every leaf of a definition has a mark; what the load says wins over the tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.errors import Place, Problem
from wsgi_gateway.parity import Mark, Row, ledger
from wsgi_gateway.sources.reading import read

from .documents import OPENAPI, SWAGGER, TEMPLATE

ROOT = Path(__file__).parent.parent.parent
FILES = [*sorted((ROOT / "examples").glob("*.yaml")), ROOT / "wsgi_gateway" / "cli" / "demo.yaml"]
CASES = [
    pytest.param(case["openapi"], id=f"{area.stem}: {case['id']}")
    for area in sorted((ROOT / "tests" / "conformance" / "cases").glob("*.json"))
    for case in json.loads(area.read_text(encoding="utf-8"))["cases"]
    if isinstance(case.get("openapi"), dict)
]


def rows_of(source: Any) -> dict[str, Row]:
    """The ledger of a definition, by path."""
    return {row.place.path: row for row in ledger(read(source), problems_of(source))}


def unclassified(rows: dict[str, Row]) -> list[str]:
    return [path for path, row in rows.items() if row.mark is Mark.UNCLASSIFIED]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_field_of_an_example_is_missing(file: Path) -> None:
    rows = rows_of(str(file))
    assert rows
    assert unclassified(rows) == []


@pytest.mark.parametrize("document", CASES)
def test_no_field_of_a_definition_that_was_tried_on_amazon_is_missing(document: dict[str, Any]) -> None:
    rows = {row.place.path: row for row in ledger(read(document))}
    assert unclassified(rows) == []


@pytest.mark.parametrize(
    "document", [OPENAPI, SWAGGER, TEMPLATE], ids=["OpenAPI", "Swagger", "CloudFormation"]
)
def test_no_field_of_a_definition_with_every_kind_of_object_is_missing(document: dict[str, Any]) -> None:
    assert unclassified(rows_of(document)) == []


def test_a_word_that_no_table_knows_is_unclassified() -> None:
    (row,) = [row for row in ledger(read({**SWAGGER, "surprise": 1})) if row.place.path == "$.surprise"]
    assert (row.mark, row.entry, row.evidence) == (Mark.UNCLASSIFIED, None, ())


def test_what_the_load_refuses_is_refused_with_all_that_is_below_it() -> None:
    problem = Problem("http-uri", "no URL", Place(path="$.paths['/pets'].post"))
    rows = list(ledger(read(SWAGGER), [problem]))
    below = {row.place.path: row.mark for row in rows if row.place.path.startswith("$.paths")}
    assert set(below.values()) == {Mark.REFUSED}
    assert {row.mark for row in rows if row.place.path not in below} == {Mark.AS_AWS}


def test_an_error_wins_over_a_warning_that_stands_nearer() -> None:
    nearer = Place(path="$.paths['/pets'].post.parameters")
    said = [
        Problem("without-effect", "nothing happens", nearer, severity="warning"),
        Problem("http-uri", "no URL", Place(path="$.paths['/pets']")),
    ]
    (row, *_) = [row for row in ledger(read(SWAGGER), said) if row.place.path.startswith(nearer.path)]
    assert (row.mark, row.why, row.code) == (Mark.REFUSED, "no URL", "http-uri")


def test_of_a_definition_that_is_refused_nothing_is_unclassified() -> None:
    problem = Problem("http-uri", "no URL", Place(path="$.paths['/pets']"))
    rows = {row.place.path: row for row in ledger(read({**SWAGGER, "surprise": 1}), [problem])}
    assert (rows["$.surprise"].mark, rows["$.info.title"].mark) == (Mark.REFUSED, Mark.AS_AWS)


def test_advice_changes_no_mark() -> None:
    advice = Problem("integration-timeout", "rather long", Place(path="$.info.title"), severity="warning")
    assert {row.mark for row in ledger(read(SWAGGER), [advice])} == {Mark.AS_AWS}


def test_a_template_made_of_another_is_told_by_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("swagger: '2.0'\ninfo: {title: t, version: '1'}\npaths: {}\n")
    made = Place(str(file), 2, 8, "$.Resources.Made.Properties.Name")
    said = [Problem("without-effect", "nothing happens", made, severity="warning")]
    marks = {row.place.path: row.mark for row in ledger(read(str(file)), said)}
    assert marks["$.info.title"] is Mark.WITHOUT_EFFECT
    assert marks["$.info.version"] is Mark.AS_AWS


def test_what_a_made_template_says_of_a_resource_holds_for_all_of_it_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.1\ninfo:\n  title: t\ntags:\n  - name: a\n    description: b\n  - name: c\n"
    )
    at_info = Place(str(file), 2, 1, "$.Resources.Made")
    at_name = Place(str(file), 5, 5, "$.tags[0].name")
    said = [Problem("no", "refused", at_info), Problem("no", "refused", at_name)]
    marks = {row.place.path: row.mark for row in ledger(read(str(file)), said)}
    refused = {path for path, mark in marks.items() if mark is Mark.REFUSED}
    assert refused == {"$.info.title", "$.tags[0].name"}


VALUES = {
    "an app of this process": ("type", "wsgi_proxy", Mark.BEYOND),
    "an app of this process, by its name": ("uri", "wsgi:shop", Mark.BEYOND),
    "a private connection": ("connectionType", "VPC_LINK", Mark.WITHOUT_EFFECT),
    "a public connection": ("connectionType", "INTERNET", Mark.AS_AWS),
    "a URL": ("uri", "https://example.org", Mark.AS_AWS),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_mark_may_hang_on_the_value(name: str) -> None:
    word, value, mark = VALUES[name]
    integration = {"x-amazon-apigateway-integration": {word: value}}
    rows = ledger(read({"openapi": "3.0.1", "paths": {"/": {"get": integration}}}))
    assert [row.mark for row in rows if row.place.path.endswith(f".{word}")] == [mark]


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Mark]:
    data = {**sections, "Resources": resources}
    return {row.place.path.removeprefix("$."): row.mark for row in ledger(read(data))}


def test_functions_of_templates_are_leaves_of_the_property_they_stand_for() -> None:
    name = {"Fn::Sub": ["${A}-pets", {"A": {"Ref": "Env"}}]}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": name}}
    rows = [row for row in ledger(read({"Resources": {"Api": api}})) if ".Name" in row.place.path]
    assert [row.entry and row.entry.name for row in rows] == ["RestApiConfig.name"] * 2


def test_both_branches_of_a_choice_are_looked_into() -> None:
    described = {"Fn::If": ["IsProd", {"openapi": "3.0.1", "paths": {}}, {"Ref": "AWS::NoValue"}]}
    marks = template({"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": described}}})
    assert marks["Resources.Api.Properties.Body['Fn::If'][1].openapi"] is Mark.AS_AWS
    assert Mark.UNCLASSIFIED not in marks.values()


OF_TEMPLATES = {
    "AWSTemplateFormatVersion": Mark.AS_AWS,
    "Description": Mark.AS_AWS,
    "Transform": Mark.AS_AWS,
    "Globals.Api.Cors": Mark.AS_AWS,
    "Globals.Function.Timeout": Mark.BEYOND,
    "Globals.Function.Tags.Team": Mark.WITHOUT_EFFECT,
    "Globals.HttpApi.Auth.A": Mark.WITHOUT_EFFECT,
    "Outputs.Url.Value": Mark.WITHOUT_EFFECT,
    "Resources.Table.Properties.TableName": Mark.WITHOUT_EFFECT,
    "Resources.Table.DeletionPolicy": Mark.WITHOUT_EFFECT,
    "Resources.Take.Properties.CodeUri": Mark.BEYOND,
    "Resources.Take.Properties.MemorySize": Mark.BEYOND,
    "Resources.Take.Properties.FunctionName": Mark.AS_AWS,
    "Resources.Take.Properties.Role": Mark.WITHOUT_EFFECT,
    "Resources.Give.Properties.Code.ZipFile": Mark.BEYOND,
    "Resources.Give.Properties.Environment.Variables.A": Mark.BEYOND,
    "Resources.Give.Properties.Role": Mark.WITHOUT_EFFECT,
    "Resources.Shelf.Properties.Content": Mark.BEYOND,
    "Resources.Shelf.Properties.Description": Mark.WITHOUT_EFFECT,
    "Resources.Take.Properties.Events.Get.Properties.Path": Mark.AS_AWS,
    "Resources.Take.Properties.Events.Often.Properties.Schedule": Mark.WITHOUT_EFFECT,
    "Resources.Shop.Properties.Cors": Mark.AS_AWS,
    "Resources.Shop.Properties.AlwaysDeploy": Mark.WITHOUT_EFFECT,
    "Resources.Api.Properties.Mode": Mark.AS_AWS,
    "Resources.Api.Properties.BodyS3Location.Key": Mark.AS_AWS,
}


@pytest.mark.parametrize("path", OF_TEMPLATES)
def test_what_stands_in_a_template_beside_the_api_is_marked_too(path: str) -> None:
    get = {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}
    often = {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)"}}
    of_both = {"FunctionName": "take", "Role": "arn:aws:iam::123456789012:role/take"}
    function = {**of_both, "CodeUri": "src/", "MemorySize": 128, "Events": {"Get": get, "Often": often}}
    plain = {**of_both, "Code": {"ZipFile": ""}, "Environment": {"Variables": {"A": "b"}}}
    layer = {"Content": "layer/", "Description": "d"}
    body = {"Mode": "merge", "BodyS3Location": {"Bucket": "b", "Key": "api.yaml"}}
    marks = template(
        {
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {"TableName": "pets"},
                "DeletionPolicy": "Retain",
            },
            "Take": {"Type": "AWS::Serverless::Function", "Properties": function},
            "Give": {"Type": "AWS::Lambda::Function", "Properties": plain},
            "Shelf": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
            "Shop": {"Type": "AWS::Serverless::Api", "Properties": {"Cors": "'*'", "AlwaysDeploy": True}},
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": body},
        },
        AWSTemplateFormatVersion="2010-09-09",
        Description="pets",
        Transform="AWS::Serverless-2016-10-31",
        Outputs={"Url": {"Value": "https://example.org"}},
        Globals={
            "Api": {"Cors": "'*'"},
            "Function": {"Timeout": 3, "Tags": {"Team": "a"}},
            "HttpApi": {"Auth": {"A": 1}},
        },
    )
    assert marks[path] is OF_TEMPLATES[path]
    assert Mark.UNCLASSIFIED not in marks.values()


def test_servers_of_paths_and_extensions_of_others_are_as_they_are_on_aws() -> None:
    item = {"servers": [{"url": "https://example.org"}], "x-company": {"owner": "pets"}}
    rows = {row.place.path: row for row in ledger(read({"openapi": "3.0.1", "paths": {"/": item}}))}
    entries = {path: row.entry and row.entry.name for path, row in rows.items()}
    assert entries["$.paths['/'].servers[0].url"] == "openapi.inner-servers"
    assert entries["$.paths['/']['x-company'].owner"] == "openapi.foreign"


def test_what_is_said_of_all_apis_of_a_sam_template_is_said_there_and_of_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Globals: {Api: {TracingEnabled: true}}\n"
        "Resources:\n"
        "  Shop:\n"
        "    Type: AWS::Serverless::Api\n"
        "    Properties:\n"
        "      StageName: prod\n"
        "      Models: {Order: {type: object}}\n"
        "      GatewayResponses: {UNAUTHORIZED: {StatusCode: 401}}\n"
        "      DefinitionBody:\n"
        "        swagger: '2.0'\n"
        "        info: {title: shop}\n"
        "        paths: {/: {get: {x-amazon-apigateway-integration: {type: mock}}}}\n"
    )
    marks = {path: row.mark for path, row in rows_of(str(file)).items()}
    without = {path for path, mark in marks.items() if mark is Mark.WITHOUT_EFFECT}
    assert without == {"$.Globals.Api.TracingEnabled"}


def test_what_a_loop_makes_is_told_as_without_the_loop() -> None:
    method = {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": {"Ref": "Verb"},
            "AuthorizationType": "AWS_IAM",
        },
    }
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "pets"}}
    loop = ["Verb", ["GET", "PUT"], {"Method${Verb}": method}]
    source = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {"Api": api, "Fn::ForEach::Verbs": loop},
    }
    rows = {row.place.path: row.entry and row.entry.name for row in ledger(read(source))}
    start = "$.Resources['Fn::ForEach::Verbs']"
    below = f"{start}[2]['Method${{Verb}}'].Properties"
    assert rows[f"{start}[0]"] == rows[f"{start}[1][1]"] == "template.loop"
    assert rows[f"{below}.AuthorizationType"] == "MethodConfig.authorization_type"
    assert rows[f"{below}.HttpMethod.Ref"] == "MethodConfig.http_method"
