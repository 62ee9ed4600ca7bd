"""AWS's variables in OpenAPI documents, which an import fills."""

from __future__ import annotations

import pytest

from wsgi_gateway import Gateway, StageConfig
from wsgi_gateway.sources import load

X = "x-amazon-apigateway-"
URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:tasks/invocations"
)


def document(uri=URI, **members):
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    return {"openapi": "3.0.1", "paths": {"/": {"get": {X + "integration": integration}}}, **members}


def uri_of(api):
    return api.resources["/"]["GET"].integration.uri


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {},
            "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
            "arn:aws:lambda:us-east-1:123456789012:function:tasks/invocations",
            id="the names that a stage has by default",
        ),
        pytest.param(
            {"region": "cn-north-1", "account_id": "210987654321", "partition": "aws-cn"},
            "arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/"
            "arn:aws-cn:lambda:cn-north-1:210987654321:function:tasks/invocations",
            id="those that are given",
        ),
    ],
)
def test_the_three_variables_are_filled(options, expected):
    assert uri_of(load(document(), **options)) == expected


def test_a_file_and_a_parsed_document_are_filled_alike(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.1\npaths:\n  /:\n    get:\n      x-amazon-apigateway-integration:\n"
        f"        {{type: aws_proxy, httpMethod: POST, uri: '{URI}'}}\n"
    )
    assert load(file) == load(document())


def test_a_policy_names_the_account_that_is_given():
    resource = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:*/*"
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": resource}],
    }
    api = load(document(**{X + "policy": policy}), region="eu-west-1", account_id="210987654321")
    assert api.policy["Statement"][0]["Resource"] == "arn:aws:execute-api:eu-west-1:210987654321:*/*"


def test_a_value_that_anchors_repeat_is_filled_wherever_it_stands(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.1\npaths:\n"
        "  /a: &item\n    get:\n      x-amazon-apigateway-integration:\n"
        f"        {{type: aws_proxy, httpMethod: POST, uri: '{URI}'}}\n"
        "  /b: *item\n"
    )
    found = {methods["GET"].integration.uri for methods in load(file, region="eu-west-1").resources.values()}
    assert len(found) == 1
    assert "${" not in found.pop()


def test_what_only_cloudformation_knows_stays_and_is_told():
    warnings = []
    uri = "https://${AWS::StackName}.example.com"
    made = load(document(info={"title": uri}), warnings=warnings)
    assert made.name == uri
    assert [(problem.code, problem.place.path) for problem in warnings] == [("aws-variable", "$.info.title")]


def test_the_document_that_is_given_stays_as_it_is():
    given = document()
    load(given)
    assert given == document()


def test_the_sample_of_aws_is_served():
    gateway = Gateway(document(), None, lambdas={"tasks": lambda event, context: {"statusCode": 204}})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.1"}
    heads = []
    b"".join(gateway(environ, lambda status, headers, exc_info=None: heads.append(status)))
    assert heads == ["204 No Content"]


def test_a_gateway_fills_them_with_the_names_of_its_stage():
    resource = "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:local/*"
    statements = [
        {"Effect": effect, "Principal": "*", "Action": "*", "Resource": arn}
        for effect, arn in (("Allow", "*"), ("Deny", resource))
    ]
    policy = {"Version": "2012-10-17", "Statement": statements}
    stage = StageConfig(stage_name="prod", region="eu-west-1", account_id="210987654321")
    lambdas = {"tasks": lambda event, context: {"statusCode": 204}}
    gateway = Gateway(document(**{X + "policy": policy}), None, stage=stage, lambdas=lambdas)
    heads = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_PROTOCOL": "HTTP/1.1"}
    b"".join(gateway(environ, lambda status, headers, exc_info=None: heads.append(status)))
    assert heads == ["403 Forbidden"]
    assert gateway.api.policy["Statement"][1]["Resource"].startswith("arn:aws:execute-api:eu-west-1:2109")
