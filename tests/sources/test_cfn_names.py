"""What Ref and Fn::GetAtt of resources give: invented values that never change, or those of the caller."""

from __future__ import annotations

import pytest

from wsgi_gateway.sources import load

ACCOUNT = "123456789012"


def described(value, kind, properties=None, warnings=None, **options):
    """The description of an API beside a resource ``Thing``."""
    document = {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a", "Description": value}},
            "Thing": {"Type": kind, "Properties": properties or {}},
        }
    }
    return load(document, warnings=warnings, **options).description


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        pytest.param("AWS::S3::Bucket", {"BucketName": "b"}, "b", id="a bucket with a name"),
        pytest.param("AWS::S3::Bucket", {}, "Thing", id="a bucket without a name"),
        pytest.param(
            "AWS::DynamoDB::Table", {"TableName": {"Fn::Sub": "t-${AWS::Region}"}}, "t-us-east-1", id="table"
        ),
        pytest.param("AWS::IAM::Role", {"RoleName": ["r"]}, "Thing", id="a name that is a list"),
        pytest.param("AWS::SNS::Topic", {}, f"arn:aws:sns:us-east-1:{ACCOUNT}:Thing", id="a topic is an ARN"),
        pytest.param(
            "AWS::SQS::Queue",
            {"QueueName": "q"},
            f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/q",
            id="a queue's URL",
        ),
        pytest.param("AWS::Cognito::UserPool", {}, "us-east-1_Thing", id="a user pool"),
        pytest.param(
            "AWS::ApiGateway::DomainName", {"DomainName": "d.example"}, "d.example", id="a domain name"
        ),
        pytest.param("AWS::ApiGateway::ClientCertificate", {}, "Thing", id="anything else of API Gateway"),
        pytest.param("Custom::Thing", {"Name": "n"}, "Thing", id="a custom resource"),
    ],
)
def test_what_ref_gives(kind, properties, expected):
    assert described({"Ref": "Thing"}, kind, properties) == expected


@pytest.mark.parametrize(
    ("kind", "properties", "attribute", "expected"),
    [
        pytest.param("AWS::SQS::Queue", {"QueueName": "q"}, "QueueName", "q", id="a queue's name"),
        pytest.param("AWS::SQS::Queue", {}, "Arn", f"arn:aws:sqs:us-east-1:{ACCOUNT}:Thing", id="a queue"),
        pytest.param("AWS::S3::Bucket", {"BucketName": "b"}, "Arn", "arn:aws:s3:::b", id="a bucket"),
        pytest.param("AWS::IAM::Role", {}, "Arn", f"arn:aws:iam::{ACCOUNT}:role/Thing", id="a role"),
        pytest.param(
            "AWS::StepFunctions::StateMachine",
            {"StateMachineName": "m"},
            "Arn",
            f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:m",
            id="a state machine",
        ),
        pytest.param(
            "AWS::Lambda::Version", {"FunctionName": "f"}, "Version", "1", id="the number of a version"
        ),
        pytest.param(
            "AWS::Lambda::Version",
            {"FunctionName": "f"},
            "FunctionArn",
            f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f:1",
            id="a version",
        ),
        pytest.param("AWS::ApiGateway::ApiKey", {}, "APIKeyId", "Thing", id="an API key"),
    ],
)
def test_what_an_attribute_is(kind, properties, attribute, expected):
    warnings = []
    assert described({"Fn::GetAtt": f"Thing.{attribute}"}, kind, properties, warnings) == expected
    assert "invented-value" not in [warning.code for warning in warnings]


def test_names_are_those_of_the_region_account_and_partition():
    arn = described(
        {"Fn::GetAtt": "Thing.Arn"},
        "AWS::SQS::Queue",
        region="cn-north-1",
        account_id="000000000001",
        partition="aws-cn",
    )
    assert arn == "arn:aws-cn:sqs:cn-north-1:000000000001:Thing"
    host = described({"Ref": "AWS::URLSuffix"}, "A", partition="aws-cn")
    assert host == "amazonaws.com.cn"


def test_an_attribute_that_nobody_knows_is_told_with_what_to_do():
    warnings = []
    assert described({"Fn::GetAtt": "Thing.Odd"}, "Custom::Thing", warnings=warnings) == "Thing.Odd"
    (warning,) = warnings
    assert warning.code == "invented-value"
    assert "resources={'Thing.Odd': VALUE}" in warning.hint
    assert "--resource Thing.Odd=VALUE" in warning.hint


def test_what_the_caller_gives_comes_first():
    given = {"Thing": "t-1", "Thing.Arn": "arn:own"}
    assert described({"Ref": "Thing"}, "AWS::SQS::Queue", resources=given) == "t-1"
    assert described({"Fn::Sub": "${Thing.Arn}"}, "AWS::SQS::Queue", resources=given) == "arn:own"
