"""Nine services, played by moto, behind one definition: what the clients of AWS see is what was sent."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

import boto3
import pytest
from integrations.aws_calls import isolate

from wsgi_gateway import Gateway, StageConfig
from wsgi_gateway.wsgi import call_app

HERE = "arn:aws:apigateway:${stageVariables.region}:"
ROLE = "arn:aws:iam::123456789012:role/gateway"
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
JSON = "application/json"
BYTES = bytes(range(256))
KEY = {"integration.request.path.key": "method.request.path.key"}


def method(target: str, verb: str = "POST", template: str | None = None, **more: Any) -> dict[str, Any]:
    integration: dict[str, Any] = {
        "type": "aws",
        "httpMethod": verb,
        "uri": HERE + target,
        "credentials": ROLE,
        "responses": {"default": {"statusCode": 200}, "4\\d\\d": {"statusCode": 400}},
        **more,
    }
    if template is not None:
        integration["requestTemplates"] = {JSON: template}
    return {"responses": {"200": {}, "400": {}}, "x-amazon-apigateway-integration": integration}


def params(**places: str) -> dict[str, str]:
    return {f"integration.request.querystring.{name}": f"'{value}'" for name, value in places.items()}


def definition(queue: str, topic: str, machine: str) -> dict[str, Any]:
    any_verb = {
        "parameters": [{"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}],
        **method("s3:path/shelf/{key}", "ANY", requestParameters={**KEY, **_CONTENT_TYPE}),
    }
    posts = {
        "/queue": method(
            "sqs:path/123456789012/${stageVariables.queue}",
            template="Action=SendMessage&MessageBody=$util.urlEncode($input.body)",
            requestParameters=FORM,
        ),
        "/queue-action": method(
            "sqs:action/SendMessage",
            requestParameters={
                **params(QueueUrl=queue),
                "integration.request.querystring.MessageBody": "method.request.body.tea",
            },
        ),
        "/queue-missing": method(
            "sqs:path/123456789012/none", template="Action=ReceiveMessage", requestParameters=FORM
        ),
        "/topic": method(
            "sns:action/Publish",
            requestParameters={
                **params(TopicArn=topic),
                "integration.request.querystring.Message": "method.request.body.tea",
            },
        ),
        "/table": method(
            "dynamodb:action/PutItem",
            template='{"TableName": "cups", "Item": {"id": {"S": "$input.path(\'$.tea\')"}}}',
        ),
        "/stream": method(
            "kinesis:action/PutRecord",
            template='{"StreamName": "cups", "Data": "$util.base64Encode($input.body)", "PartitionKey": "p"}',
        ),
        "/events": method(
            "events:action/PutEvents",
            template='#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")\n'
            '#set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1")\n'
            '{"Entries": [{"Source": "shop", "DetailType": "tea", '
            '"Detail": "$util.escapeJavaScript($input.body)"}]}',
        ),
        "/machine": method(
            "states:action/StartExecution",
            template=f'{{"stateMachineArn": "{machine}", "input": "$util.escapeJavaScript($input.body)"}}',
        ),
        "/parameter": method("ssm:action/GetParameter", requestParameters=params(Name="/tea")),
        "/secret": method("secretsmanager:action/GetSecretValue", template='{"SecretId": "tea"}'),
    }
    paths: dict[str, Any] = {path: {"post": post} for path, post in posts.items()}
    paths["/shelf/{key+}"] = {
        "x-amazon-apigateway-any-method": any_verb,
        "parameters": [{"name": "Content-Type", "in": "header"}],
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "services", "version": "1"},
        "x-amazon-apigateway-binary-media-types": ["image/*"],
        "paths": paths,
    }


_CONTENT_TYPE = {"integration.request.header.Content-Type": "method.request.header.Content-Type"}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    from moto.moto_api._internal import moto_api_backend
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    moto_api_backend.reset()  # of what other tests of this process have made
    yield f"http://{host}:{port}"
    server.stop()
    assert server._server is not None
    server._server.server_close()


Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    made: dict[str, Any] = {}

    def client(name: str) -> Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if name not in made:
            made[name] = boto3.Session(region_name="eu-west-1", **keys).client(name, endpoint_url=url)
        return made[name]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def api(client: Client) -> dict[str, Any]:
    queue = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    topic = client("sns").create_topic(Name="teas")["TopicArn"]
    client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:123456789012:heard"
    )
    client("sqs").create_queue(QueueName="heard")
    client("dynamodb").create_table(
        TableName="cups",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("kinesis").create_stream(StreamName="cups", ShardCount=1)
    client("ssm").put_parameter(Name="/tea", Value="Assam", Type="String")
    client("secretsmanager").create_secret(Name="tea", SecretString="Darjeeling")
    states = '{"StartAt": "a", "States": {"a": {"Type": "Pass", "End": true}}}'
    machine = client("stepfunctions").create_state_machine(name="m", definition=states, roleArn=ROLE)
    location = {"LocationConstraint": "eu-west-1"}
    client("s3").create_bucket(Bucket="shelf", CreateBucketConfiguration=location)
    return definition(queue, topic, machine["stateMachineArn"])


@pytest.fixture
def gateway(api: dict[str, Any], url: str, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    stage = StageConfig(stage_name="prod", variables={"region": "eu-west-1", "queue": "jobs"})
    made = Gateway(api, stage=stage)
    assert made.warnings == ()
    return made


def ask(
    gateway: Gateway, path: str, body: bytes = b'{"tea": "Assam"}', verb: str = "POST", **headers: str
) -> tuple[int, bytes]:
    environ = {
        "REQUEST_METHOD": verb,
        "PATH_INFO": unquote(path, "latin-1"),
        "RAW_URI": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        **headers,
    }
    response = call_app(gateway, environ)
    return int(response.status[:3]), b"".join(response.app_iter)


def received(client: Client, queue: str) -> list[str]:
    got = client("sqs").receive_message(
        QueueUrl=client("sqs").get_queue_url(QueueName=queue)["QueueUrl"], MaxNumberOfMessages=10
    )
    return [message["Body"] for message in got.get("Messages", [])]


def test_sqs(gateway: Gateway, client: Client) -> None:
    assert ask(gateway, "/queue", '{"tea": "Lapsang & t\u00e9"}'.encode())[0] == 200
    assert ask(gateway, "/queue-action")[0] == 200
    assert sorted(received(client, "jobs")) == ["Assam", '{"tea": "Lapsang & t\u00e9"}']


def test_an_error_of_the_service_is_selected_by_its_status(gateway: Gateway) -> None:
    status, body = ask(gateway, "/queue-missing")
    assert (status, b"does not exist" in body) == (400, True)


def test_sns(gateway: Gateway, client: Client) -> None:
    assert ask(gateway, "/topic")[0] == 200
    assert [json.loads(text)["Message"] for text in received(client, "heard")] == ["Assam"]


def test_dynamodb(gateway: Gateway, client: Client) -> None:
    assert ask(gateway, "/table") == (200, b"{}")
    assert client("dynamodb").get_item(TableName="cups", Key={"id": {"S": "Assam"}})["Item"]


def test_kinesis(gateway: Gateway, client: Client) -> None:
    status, body = ask(gateway, "/stream")
    shard = json.loads(body)["ShardId"]
    iterator = client("kinesis").get_shard_iterator(
        StreamName="cups", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    records = client("kinesis").get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert (status, [record["Data"] for record in records]) == (200, [b'{"tea": "Assam"}'])


def test_eventbridge(gateway: Gateway) -> None:
    status, body = ask(gateway, "/events")
    assert (status, json.loads(body)["FailedEntryCount"]) == (200, 0)


def test_step_functions(gateway: Gateway, client: Client) -> None:
    status, body = ask(gateway, "/machine")
    execution = client("stepfunctions").describe_execution(executionArn=json.loads(body)["executionArn"])
    assert (status, execution["input"]) == (200, '{"tea": "Assam"}')


def test_systems_manager(gateway: Gateway) -> None:
    status, body = ask(gateway, "/parameter", b"")
    assert (status, json.loads(body)["Parameter"]["Value"]) == (200, "Assam")


def test_secrets_manager(gateway: Gateway) -> None:
    status, body = ask(gateway, "/secret", b"")
    assert (status, json.loads(body)["SecretString"]) == (200, "Darjeeling")


KEYS = ["tea.png", "green tea.png", "t\u00e9/\u8336.png", "a+b.png", "a//b.png", "~t!*'().png", "100%.png"]


@pytest.mark.parametrize("key", KEYS)
def test_s3_keeps_bytes_under_any_key(gateway: Gateway, client: Client, key: str) -> None:
    path = f"/shelf/{quote(key)}"
    assert ask(gateway, path, BYTES, "PUT", CONTENT_TYPE="image/png", HTTP_ACCEPT="image/png")[0] == 200
    stored = client("s3").get_object(Bucket="shelf", Key=key)
    assert (stored["Body"].read(), stored["ContentType"]) == (BYTES, "image/png")
    assert ask(gateway, path, b"", "GET", HTTP_ACCEPT="image/png") == (200, BYTES)
    assert ask(gateway, path, b"", "GET", HTTP_ACCEPT=JSON) == (200, base64.b64encode(BYTES))
    assert ask(gateway, path, b"", "DELETE")[0] == 200
    assert ask(gateway, path, b"", "GET")[0] == 400


def test_s3_is_not_asked_for_another_bucket(gateway: Gateway) -> None:
    assert ask(gateway, "/shelf/a/../../other/tea", b"", "GET")[0] == 400
