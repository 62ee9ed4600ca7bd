"""What goes out for a path or an action: by the service's protocol, in the one spelling of signatures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from integrations.aws_calls import HERE, isolate, signing_session

from wsgi_gateway.errors import ConfigError, GatewayError
from wsgi_gateway.integrations.aws_request import ServiceRequest, canonical_path, canonical_query
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.aws_uri import parse_aws_uri

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ELSEWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


@cache
def request_for(target: str, endpoint_url: str | None = None) -> ServiceRequest:
    uri = parse_aws_uri(HERE + target)
    reached = AwsServices(session=signing_session(), endpoint_url=endpoint_url)
    return ServiceRequest(uri, reached.service(uri)[0])


TARGETS = {
    "a path as it is": ("sqs:path/123456789012/jobs", {}, "", "/123456789012/jobs"),
    "a placeholder": ("s3:path/shelf/{key}", {"key": "a/b"}, "", "/shelf/a/b"),
    "a placeholder without a value": ("s3:path/shelf/{key}", {}, "", "/shelf/%7Bkey%7D"),
    "the URI's query before the mapped one": (
        "s3:path/s?acl&v={v}",
        {"v": "1&2"},
        "w=3",
        "/s?acl&v=1%262&w=3",
    ),
    "a JSON action": ("dynamodb:action/Scan", {}, "", "/?Action=Scan"),
    "a Query action": (
        "sns:action/Publish",
        {},
        "Message=a",
        "/?Action=Publish&Version=2010-03-31&Message=a",
    ),
    "a Query action of a service with JSON too": (
        "sqs:action/ListQueues",
        {},
        "",
        "/?Action=ListQueues&Version=2012-11-05",
    ),
    "a Query action of EC2": (
        "ec2:action/DescribeRegions",
        {},
        "",
        "/?Action=DescribeRegions&Version=2016-11-15",
    ),
    "the old Query of Systems Manager": (
        "ssm:action/GetParameter",
        {},
        "Name=%2Ftea",
        "/?Action=GetParameter&Version=2014-11-06&Name=%2Ftea",
    ),
    "an action's own parameters": (
        "sns:action/Publish&Subject={s}",
        {"s": "a b"},
        "",
        "/?Action=Publish&Subject=a%20b&Version=2010-03-31",
    ),
    "a Version of the URI's": ("sns:action/Publish&Version=1", {}, "", "/?Action=Publish&Version=1"),
    "a mapped Version": ("sns:action/Publish", {}, "a=1&Version=1", "/?Action=Publish&a=1&Version=1"),
    "a REST action": ("s3:action/GetObject&Bucket=shelf&Key={key}", {"key": "a/b"}, "", "/shelf/a/b"),
    "a REST action with labels left": (
        "s3:action/GetObject&Bucket=shelf",
        {"Key": "tea"},
        "",
        "/shelf/tea",
    ),
    "a REST action with a query": (
        "s3:action/ListObjectsV2&Bucket=shelf&Prefix={p}",
        {"p": "a/b"},
        "",
        "/shelf?list-type=2&prefix=a%2Fb",
    ),
}


@pytest.mark.parametrize(("target", "values", "query", "expected"), TARGETS.values(), ids=TARGETS)
def test_the_target(target: str, values: dict[str, str], query: str, expected: str) -> None:
    assert request_for(target).target(values, query) == expected


def test_an_endpoint_s_own_path_comes_first() -> None:
    uri = parse_aws_uri(HERE + "s3:path/shelf")
    service = AwsServices(session=signing_session()).service(uri)[0]
    assert ServiceRequest(uri, service, base_path="/stack/").target({}, "") == "/stack/shelf"


ESCAPES = {
    "dots": "..",
    "escaped dots": "%2e%2e",
    "dots escaped twice": "%252e%252e",
    "dots after a slash": "a/../../other",
    "dots after an escaped slash": "a%2f..%2f..",
    "a backslash": "a\\b",
}


@pytest.mark.parametrize("value", ESCAPES.values(), ids=ESCAPES)
def test_a_value_never_leaves_its_place(value: str) -> None:
    with pytest.raises(GatewayError):
        request_for("s3:path/shelf/{key}").target({"key": value}, "")


REFUSED = {
    "an action that is none": ("sqs:action/SendMassage", "no action 'SendMassage'"),
    "an action of another service on its host": ("states:action/Scan", "no action"),
    "an unknown parameter of a REST action": ("s3:action/GetObject&Buckets=x", "no parameter 'Buckets'"),
    "a header's parameter of a REST action": ("s3:action/GetObject&Range=x", "no parameter 'Range'"),
    "dots in the path": ("s3:path/shelf/../x", "dot segments"),
}


@pytest.mark.parametrize(("target", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_work_is_refused(target: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        request_for(target)


TARGET, TYPE = "X-Amz-Target", "Content-Type"
HEADERS = {
    "JSON gets a target and its type": (
        ("dynamodb:action/PutItem", [(TYPE, JSON)], b"{}"),
        ([(TYPE, "application/x-amz-json-1.0"), (TARGET, "DynamoDB_20120810.PutItem")], b"{}"),
    ),
    "whatever the client's type is": (
        ("kinesis:action/PutRecord", [(TYPE, "text/plain")], b"{}"),
        ([(TYPE, "application/x-amz-json-1.1"), (TARGET, "Kinesis_20131202.PutRecord")], b"{}"),
    ),
    "a type is added": (
        ("states:action/StartExecution", [], b"{}"),
        ([(TARGET, "AWSStepFunctions.StartExecution"), (TYPE, "application/x-amz-json-1.0")], b"{}"),
    ),
    "a mapped target and type stay": (
        ("events:action/PutEvents", [(TYPE, "application/x-amz-json-1.0"), (TARGET, "AWSEvents.Put")], b"{}"),
        ([(TYPE, "application/x-amz-json-1.0"), (TARGET, "AWSEvents.Put")], b"{}"),
    ),
    "Query gets a form, and no JSON": (
        ("sns:action/Publish", [(TYPE, JSON)], b' {"a": 1}'),
        ([(TYPE, FORM)], b""),
    ),
    "a form stays": (("sns:action/Publish", [(TYPE, FORM)], b"Message=a"), ([(TYPE, FORM)], b"Message=a")),
    "a form under another name": (
        ("sns:action/Publish", [(TYPE, JSON)], b"Message=a"),
        ([(TYPE, FORM)], b"Message=a"),
    ),
    "Query with a mapped target is left alone": (
        ("sqs:action/SendMessage", [(TYPE, JSON), (TARGET, "AmazonSQS.SendMessage")], b"{}"),
        ([(TYPE, JSON), (TARGET, "AmazonSQS.SendMessage")], b"{}"),
    ),
    "Query without anything": (("iam:action/ListUsers", [], b""), ([], b"")),
    "a path gets nothing": (
        ("sqs:path/123456789012/jobs", [(TYPE, JSON)], b"{}"),
        ([(TYPE, JSON)], b"{}"),
    ),
    "a REST action gets nothing": (
        ("s3:action/PutObject&Bucket=b&Key=k", [(TYPE, JSON)], b"{}"),
        ([(TYPE, JSON)], b"{}"),
    ),
}


@pytest.mark.parametrize(("given", "expected"), HEADERS.values(), ids=HEADERS)
def test_what_the_protocol_wants_is_added(
    given: tuple[str, list[tuple[str, str]], bytes], expected: tuple[list[tuple[str, str]], bytes]
) -> None:
    target, headers, body = given[0], list(given[1]), given[2]
    body = request_for(target).complete(headers, body)
    assert (headers, body) == expected


def test_systems_manager_elsewhere_gets_its_target_besides() -> None:
    headers: list[tuple[str, str]] = []
    body = request_for("ssm:action/GetParameter", ELSEWHERE).complete(headers, b'{"Name": "/tea"}')
    assert (dict(headers), body) == (
        {TARGET: "AmazonSSM.GetParameter", TYPE: "application/x-amz-json-1.1"},
        b'{"Name": "/tea"}',
    )
    none: list[tuple[str, str]] = []
    assert request_for("ssm:action/GetParameter").complete(none, b"") == b""
    assert none == []


SPELLINGS = {
    "unreserved stays": (canonical_path, "/aZ09-._~/", "/aZ09-._~/"),
    "escapes in capitals": (canonical_path, "/%c3%a9", "/%C3%A9"),
    "no escape without need": (canonical_path, "/%41%7e", "/A~"),
    "an escaped slash stays one": (canonical_path, "/a%2fb", "/a%2Fb"),
    "reserved characters are escaped": (canonical_path, "/a:b@c+d!", "/a%3Ab%40c%2Bd%21"),
    "a bare percent sign": (canonical_path, "/100%/%4", "/100%25/%254"),
    "a blank in a query": (canonical_query, "a=b+c", "a=b%20c"),
    "a second equals sign": (canonical_query, "a=b=c", "a=b%3Dc"),
    "no value": (canonical_query, "acl&b=", "acl&b="),
    "no empty pairs": (canonical_query, "&a=1&&", "a=1"),
    "an escaped ampersand": (canonical_query, "a=%26", "a=%26"),
    "a slash in a query": (canonical_query, "a=b/c", "a=b%2Fc"),
}


@pytest.mark.parametrize(("spelled", "text", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_one_spelling(spelled: Callable[[str], str], text: str, expected: str) -> None:
    assert spelled(text) == expected
    assert spelled(expected) == expected
