"""URIs of services taken apart, and refused with AWS's words."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.aws_names import candidates
from wsgi_gateway.integrations.aws_uri import AwsUri, parse_aws_uri

GOOD = {
    "a path": (
        "arn:aws:apigateway:eu-west-1:sqs:path/123456789012/jobs",
        AwsUri("aws", "eu-west-1", "sqs", "/123456789012/jobs", "", ""),
    ),
    "a path with placeholders and a query": (
        "arn:aws:apigateway:eu-west-1:s3:path/{bucket}/{key}?acl&v={v}",
        AwsUri("aws", "eu-west-1", "s3", "/{bucket}/{key}", "acl&v={v}", ""),
    ),
    "the root": ("arn:aws:apigateway:us-east-1:s3:path/", AwsUri("aws", "us-east-1", "s3", "/", "", "")),
    "colons in the path": (
        "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/a:b/invocations",
        AwsUri("aws", "us-east-1", "runtime.sagemaker", "/endpoints/a:b/invocations", "", ""),
    ),
    "an action": (
        "arn:aws:apigateway:us-east-1:dynamodb:action/Scan",
        AwsUri("aws", "us-east-1", "dynamodb", "/", "", "Scan"),
    ),
    "an action with parameters": (
        "arn:aws:apigateway:us-east-1:sns:action/Publish&Subject=tea&TopicArn={t}",
        AwsUri("aws", "us-east-1", "sns", "/", "Subject=tea&TopicArn={t}", "Publish"),
    ),
    "an action with parameters after a question mark": (
        "arn:aws:apigateway:us-east-1:sns:action/Publish?a=1",
        AwsUri("aws", "us-east-1", "sns", "/", "a=1", "Publish"),
    ),
    "another partition": (
        "arn:aws-us-gov:apigateway:us-gov-west-1:sqs:action/ListQueues",
        AwsUri("aws-us-gov", "us-gov-west-1", "sqs", "/", "", "ListQueues"),
    ),
}
INVALID = "Invalid ARN specified in the request"
NO_TARGET = "AWS ARN for integration must contain path or action"
BAD = {
    "nothing": ("", INVALID),
    "a URL": ("https://sqs.eu-west-1.amazonaws.com/", INVALID),
    "an ARN of five parts": ("arn:aws:apigateway:eu-west-1:sqs", INVALID),
    "no partition": ("arn::apigateway:eu-west-1:sqs:path/x", INVALID),
    "no Region": ("arn:aws:apigateway::sqs:path/x", INVALID),
    "no service": ("arn:aws:apigateway:eu-west-1::path/x", INVALID),
    "another service's ARN": ("arn:aws:sqs:eu-west-1:123456789012:jobs:x", NO_TARGET),
    "neither path nor action": ("arn:aws:apigateway:eu-west-1:sqs:queue/x", NO_TARGET),
    "a path without a slash": ("arn:aws:apigateway:eu-west-1:sqs:path", NO_TARGET),
    "no action's name": ("arn:aws:apigateway:eu-west-1:sqs:action/", INVALID),
    "a placeholder for the action": ("arn:aws:apigateway:eu-west-1:sqs:action/{a}", INVALID),
    "a placeholder for the service": ("arn:aws:apigateway:eu-west-1:{s}:path/x", INVALID),
    "a placeholder for the subdomain": ("arn:aws:apigateway:eu-west-1:{b}.s3:path/x", INVALID),
    "a placeholder for the Region": ("arn:aws:apigateway:{r}:s3:path/x", INVALID),
    "an authority in the service": ("arn:aws:apigateway:eu-west-1:evil.example/s3:path/x", INVALID),
    "an at sign in the service": ("arn:aws:apigateway:eu-west-1:a@s3:path/x", INVALID),
    "an empty label in the service": ("arn:aws:apigateway:eu-west-1:a..s3:path/x", INVALID),
    "a dot before the service": ("arn:aws:apigateway:eu-west-1:.s3:path/x", INVALID),
}


@pytest.mark.parametrize(("uri", "parts"), GOOD.values(), ids=GOOD)
def test_a_uri_is_taken_apart(uri: str, parts: AwsUri) -> None:
    assert parse_aws_uri(uri) == parts


@pytest.mark.parametrize(("uri", "message"), BAD.values(), ids=BAD)
def test_a_bad_uri_is_refused_in_aws_s_words(uri: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_aws_uri(uri)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        pytest.param("sqs", "sqs", id="most are named the same"),
        pytest.param("states", "stepfunctions", id="Step Functions"),
        pytest.param("monitoring", "cloudwatch", id="CloudWatch"),
        pytest.param("email", "ses", id="a host of several services"),
        pytest.param("runtime.sagemaker", "sagemaker-runtime", id="a subdomain that is a service"),
        pytest.param("rds", "rds", id="a host of several, of which one has its name"),
    ],
)
def test_services_are_named_as_in_their_hosts(name: str, first: str) -> None:
    assert candidates(name)[0] == first
