"""Where services are: botocore's endpoints for any of them, settled at load, and how they are overridden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from integrations.aws_calls import Answer, environ_of, isolate, signing_session

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.aws_uri import parse_aws_uri


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


class Wire:
    """A transport that notes what it is given."""

    def __init__(self, status: int = 200) -> None:
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = status

    def __call__(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> Any:
        self.calls.append((method, url, dict(headers), body))
        return self.status, [("Content-Type", "text/plain"), ("Connection", "close")], b"carried"

    @property
    def scope(self) -> str:
        """Region and service of the last signature."""
        return "/".join(self.calls[-1][2]["Authorization"].split("/")[2:4])


ENDPOINTS = {
    "a service of a Region": (
        "aws",
        "eu-west-1",
        "sqs:path/q",
        "sqs.eu-west-1.amazonaws.com/q",
        "eu-west-1/sqs",
    ),
    "a name of its host": (
        *("aws", "eu-west-1", "states:action/StartExecution"),
        *("states.eu-west-1.amazonaws.com/?Action=StartExecution", "eu-west-1/states"),
    ),
    "a prefix that an action wants": (
        *("aws", "eu-west-1", "states:action/StartSyncExecution"),
        *("sync-states.eu-west-1.amazonaws.com/?Action=StartSyncExecution", "eu-west-1/states"),
    ),
    "the second service of a host": (
        *("aws", "eu-west-1", "elasticloadbalancing:action/DescribeTargetGroups"),
        "elasticloadbalancing.eu-west-1.amazonaws.com/?Action=DescribeTargetGroups&Version=2015-12-01",
        "eu-west-1/elasticloadbalancing",
    ),
    "a service that signs by another name": (
        *("aws", "eu-west-1", "email:action/SendEmail"),
        *("email.eu-west-1.amazonaws.com/?Action=SendEmail&Version=2010-12-01", "eu-west-1/ses"),
    ),
    "a subdomain that is a service": (
        *("aws", "eu-west-1", "runtime.sagemaker:path/endpoints/e/invocations"),
        *("runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations", "eu-west-1/sagemaker"),
    ),
    "a subdomain before a service": (
        *("aws", "eu-west-1", "shelf.s3:path/key"),
        *("shelf.s3.eu-west-1.amazonaws.com/key", "eu-west-1/s3"),
    ),
    "a subdomain of dots": (
        *("aws", "eu-west-1", "my.own.shelf.s3:path/key"),
        *("my.own.shelf.s3.eu-west-1.amazonaws.com/key", "eu-west-1/s3"),
    ),
    "the data plane of IoT": (
        *("aws", "eu-west-1", "iotdata:path/topics/t"),
        *("data-ats.iot.eu-west-1.amazonaws.com/topics/t", "eu-west-1/iotdata"),
    ),
    "an account's data plane of IoT": (
        *("aws", "eu-west-1", "a1b2-ats.iotdata:path/topics/t"),
        *("a1b2-ats.iot.eu-west-1.amazonaws.com/topics/t", "eu-west-1/iotdata"),
    ),
    "a service of the world": (
        *("aws", "eu-west-1", "iam:action/ListUsers"),
        *("iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", "us-east-1/iam"),
    ),
    "another service of the world": (
        *("aws", "eu-west-1", "route53:path/2013-04-01/hostedzone"),
        *("route53.amazonaws.com/2013-04-01/hostedzone", "us-east-1/route53"),
    ),
    "a third one": (
        *("aws", "ap-south-1", "cloudfront:path/2020-05-31/distribution"),
        *("cloudfront.amazonaws.com/2020-05-31/distribution", "us-east-1/cloudfront"),
    ),
    "China": ("aws-cn", "cn-north-1", "sqs:path/q", "sqs.cn-north-1.amazonaws.com.cn/q", "cn-north-1/sqs"),
    "the world in China": (
        *("aws-cn", "cn-north-1", "iam:action/ListUsers"),
        *("iam.cn-north-1.amazonaws.com.cn/?Action=ListUsers&Version=2010-05-08", "cn-north-1/iam"),
    ),
    "GovCloud": (
        *("aws-us-gov", "us-gov-west-1", "kinesis:action/ListStreams"),
        *("kinesis.us-gov-west-1.amazonaws.com/?Action=ListStreams", "us-gov-west-1/kinesis"),
    ),
    "a Region that botocore has not": (
        *("aws", "xx-nowhere-9", "sqs:path/q"),
        *("sqs.xx-nowhere-9.amazonaws.com/q", "xx-nowhere-9/sqs"),
    ),
    "another action of Lambda": (
        *("aws", "eu-west-1", "lambda:path/2015-03-31/functions/"),
        *("lambda.eu-west-1.amazonaws.com/2015-03-31/functions/", "eu-west-1/lambda"),
    ),
}


@pytest.mark.parametrize(("partition", "region", "target", "url", "scope"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_the_endpoint(partition: str, region: str, target: str, url: str, scope: str) -> None:
    wire = Wire()
    app = AwsService(
        f"arn:{partition}:apigateway:{region}:{target}",
        services=AwsServices(session=signing_session(), transport=wire),
    )
    answer = Answer(app, environ_of("GET"))
    assert (answer.status, answer.body, answer.headers.get("connection")) == (200, b"carried", None)
    assert (wire.calls[-1][:2], wire.scope) == (("GET", f"https://{url}"), scope)


REFUSED = {
    "a service that botocore has not": (
        "arn:aws:apigateway:eu-west-1:sqz:path/x",
        "AWS service of name 'sqz'",
    ),
    "a Region of another partition": ("arn:aws:apigateway:cn-north-1:sqs:path/x", "Invalid ARN"),
    "a partition of another Region": ("arn:aws-cn:apigateway:eu-west-1:sqs:path/x", "Invalid ARN"),
    "another signature": ("arn:aws:apigateway:us-east-1:importexport:action/ListJobs", "Signature Version 4"),
}


@pytest.mark.parametrize(("uri", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_reached_is_refused_at_load(uri: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AwsService(uri)


def test_making_one_asks_for_no_credentials() -> None:
    services = AwsServices()
    app = AwsService("arn:aws:apigateway:eu-west-1:sqs:path/q", services=services)
    answer = Answer(app, environ_of("GET"))
    assert (answer.status, answer.reason) == (500, "no credentials for AWS were found")
    assert answer.body == b'{"message":"Internal server error"}'


# ------------------------------------------------------------ overriding


def url_of(services: AwsServices, target: str) -> str:
    return services.service(parse_aws_uri(f"arn:aws:apigateway:eu-west-1:{target}"))[0].url


SQS, S3, STATES = "sqs:path/q", "s3:path/b", "states:action/StartExecution"
AT_AWS = "https://s3.eu-west-1.amazonaws.com"


def test_one_url_for_all_services() -> None:
    services = AwsServices.of("http://127.0.0.1:4566")
    assert {url_of(services, target) for target in (SQS, S3, STATES)} == {"http://127.0.0.1:4566"}


def test_urls_of_single_services_come_first() -> None:
    services = AwsServices(
        endpoint_url="http://127.0.0.1:1",
        endpoint_urls={"s3": "http://127.0.0.1:2", "states": "http://[::1]:3"},
    )
    assert url_of(services, S3) == "http://127.0.0.1:2"
    assert url_of(services, STATES) == "http://[::1]:3"
    assert url_of(services, SQS) == "http://127.0.0.1:1"
    assert url_of(AwsServices(endpoint_urls={"stepfunctions": "http://127.0.0.1:4"}), STATES)[-1] == "4"


def test_the_sdk_s_own_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:1")
    assert (url_of(AwsServices(), SQS), url_of(AwsServices(), S3)) == ("http://127.0.0.1:1", AT_AWS)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    assert (url_of(AwsServices(), SQS)[-1], url_of(AwsServices(), S3)[-1]) == ("1", "2")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert url_of(AwsServices(), S3) == AT_AWS


def test_the_sdk_s_own_file_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile shop]\nservices = local\nuse_fips_endpoint = true\n"
        "[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:3\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "shop")
    assert url_of(AwsServices(), S3) == "http://127.0.0.1:3"
    assert url_of(AwsServices(), SQS) == "https://sqs-fips.eu-west-1.amazonaws.com"
    monkeypatch.delenv("AWS_PROFILE")
    assert url_of(AwsServices(session=boto3.Session(profile_name="shop")), S3) == "http://127.0.0.1:3"


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a URL that is none": ({"endpoint_url": "localhost:4566"}, "endpoint_url"),
    "another scheme": ({"endpoint_urls": {"s3": "ftp://127.0.0.1"}}, "endpoint_url"),
    "a password in a URL": ({"endpoint_url": "http://a:b@127.0.0.1"}, "endpoint_url"),
    "a transport that is none": ({"transport": "http"}, "transport"),
}


@pytest.mark.parametrize(("options", "message"), OPTIONS.values(), ids=OPTIONS)
def test_options_that_cannot_work_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        AwsServices(**options)


def test_what_a_gateway_takes() -> None:
    services = AwsServices()
    assert AwsServices.of(services) is services
    assert repr(AwsServices.of("http://127.0.0.1:1")) == "<AwsServices>"
    with pytest.raises(ConfigError, match="aws is AwsServices or the URL"):
        AwsServices.of(4566)  # type: ignore[arg-type]


def test_a_ca_bundle_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere.pem")
    uri = "arn:aws:apigateway:eu-west-1:sqs:path/q"
    with pytest.raises(ConfigError, match="AWS_CA_BUNDLE"):
        AwsService(uri)
    assert AwsService(uri, services=AwsServices(endpoint_url="http://127.0.0.1:1"))
    with requests.Session() as session:
        assert AwsService(uri, services=AwsServices(http_session=session))
