"""gunicorn --preload before moto: every request arrives once, bytes stay bytes, secrets stay secret."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.moto_api._internal import moto_api_backend
from moto.server import ThreadedMotoServer

from end_to_end.gunicorn_process import Gunicorn, gunicorn

SECRET = "nobody-may-see-this-secret"
BYTES = bytes(range(256)) * 400
STALL = """
import io
from pathlib import Path

from wsgi_gateway import Gateway
from wsgi_gateway.wsgi import call_app

application = Gateway(Path(__file__).with_name("stall.yaml"))

# A request before the fork leaves a connection, a session and credentials behind.
first = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/shelf/first", "QUERY_STRING": "", "wsgi.input": io.BytesIO(),
    "wsgi.url_scheme": "http",
}
first_status = call_app(application, first).status
"""
DEFINITION = """
openapi: 3.0.1
info: {title: stall, version: "1"}
x-amazon-apigateway-binary-media-types: [application/octet-stream]
paths:
  /jobs:
    post:
      responses: {"200": {description: sent}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:eu-west-1:sqs:path/123456789012/jobs
        credentials: arn:aws:iam::123456789012:role/stall
        passthroughBehavior: never
        requestParameters:
          integration.request.header.Content-Type: "'application/x-www-form-urlencoded'"
        requestTemplates:
          application/json: Action=SendMessage&MessageBody=$util.urlEncode($input.body)
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"sent": true}'}}}
  /cups:
    post:
      responses: {"200": {description: kept}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem
        requestTemplates:
          application/json: '{"TableName": "cups", "Item": {"id": {"S": "$input.path(''$.id'')"}}}'
        responses: {default: {statusCode: "200"}}
  /shelf/{key+}:
    x-amazon-apigateway-any-method:
      parameters: [{name: key, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: there}, "404": {description: nowhere}}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: ANY
        uri: arn:aws:apigateway:eu-west-1:s3:path/shelf/{key}
        requestParameters: {integration.request.path.key: method.request.path.key}
        responses: {default: {statusCode: "200"}, "404": {statusCode: "404"}}
"""

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def stack() -> Iterator[tuple[str, Client]]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url, made = f"http://{host}:{port}", []
    moto_api_backend.reset()  # of what other tests of this process have made

    def client(name: str) -> Any:
        session = boto3.Session("testing", SECRET, region_name="eu-west-1")
        made.append(session.client(name, endpoint_url=url))
        return made[-1]

    yield url, client
    for one in made:
        one.close()
    server.stop()
    assert server._server is not None
    server._server.server_close()


@pytest.fixture
def server(stack: tuple[str, Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gunicorn]:
    url, client = stack
    client("sqs").create_queue(QueueName="jobs")
    client("s3").create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client("dynamodb").create_table(
        TableName="cups",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    settings = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "stall.py").write_text(STALL)
    (tmp_path / "stall.yaml").write_text(DEFINITION)
    options = ("--preload", "--worker-class", "gthread", "--threads", "4", "--pythonpath", str(tmp_path))
    with gunicorn("stall:application", tmp_path, *options) as running:
        yield running


def all_messages(client: Client) -> list[str]:
    sqs, bodies = client("sqs"), []
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in got]
    return bodies


def test_everything_arrives_once_from_all_workers(server: Gunicorn, stack: tuple[str, Client]) -> None:
    _, client = stack
    names = [f"cup-{number}" for number in range(60)]

    def send(name: str) -> list[int]:
        shelf = f"/shelf/deep/{name}%20x.bin"
        data = name.encode() + BYTES
        kind = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
        answers = [
            server.ask("POST", "/jobs", {"id": name}),
            server.ask("POST", "/cups", {"id": name}),
            server.ask("PUT", shelf, data, kind),
            server.ask("GET", shelf, headers=kind),
        ]
        assert answers[0].json() == {"sent": True}
        assert answers[3].body == data
        return [answer.status for answer in answers]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(send, names)) == [[200] * 4] * len(names)
    assert sorted(all_messages(client)) == sorted(f'{{"id": "{name}"}}' for name in names)
    items = client("dynamodb").scan(TableName="cups")["Items"]
    assert sorted(item["id"]["S"] for item in items) == sorted(names)
    missing = server.ask("GET", "/shelf/none")
    assert (missing.status, b"NoSuchKey" in missing.body) == (404, True)
    assert server.ask("GET", "/shelf/..%2f..%2fother/x").status == 400
    log = server.log.read_text()
    assert SECRET not in log
    assert "Traceback" not in log
