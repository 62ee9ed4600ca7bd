"""One OpenAPI file in front of everything: a Flask app, an HTTP backend, a Python Lambda function, and SQS,
DynamoDB and S3 as moto plays them, under gunicorn with two workers.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from end_to_end.gunicorn_process import gunicorn

moto_server = pytest.importorskip("moto.server")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
RIGHTS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}


class Carrier(BaseHTTPRequestHandler):
    """Tells what it was asked."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def _tell(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {"verb": self.command, "target": self.path, "body": body.decode()}
        text = json.dumps(told).encode()
        self.send_response(207)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = _tell


@pytest.fixture(scope="module")
def carrier():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Carrier)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def aws():
    """The URL of AWS's services, with a queue, a table and a bucket."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client(url, "sqs").create_queue(QueueName="orders")
    client(url, "s3").create_bucket(Bucket="labels")
    client(url, "dynamodb").create_table(
        TableName="shelves",
        KeySchema=[{"AttributeName": "shelf", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "shelf", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield url
    server.stop()


def client(url, service):
    return boto3.client(service, region_name="us-east-1", endpoint_url=url, **RIGHTS)


@pytest.fixture(scope="module")
def server(aws, carrier, tmp_path_factory):
    variables = {
        "WSGI_GATEWAY_API": "depot.yaml",
        "WSGI_GATEWAY_APP": "depot:app",
        "WSGI_GATEWAY_STAGE": "prod",
        "WSGI_GATEWAY_STAGE_VARIABLES": f"carrier=127.0.0.1:{carrier}",
        "WSGI_GATEWAY_LAMBDAS": "price=depot:price",
        "WSGI_GATEWAY_AWS": aws,
        "AWS_ACCESS_KEY_ID": RIGHTS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": RIGHTS["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    options = [text for name, value in variables.items() for text in ("--env", f"{name}={value}")]
    site = "wsgi_gateway.mount:application"
    with gunicorn(site, tmp_path_factory.mktemp("depot"), *options) as running:
        yield running


def test_the_flask_app_answers_where_nothing_else_is_declared(server):
    assert server.ask("GET", "/").body == b"the depot"
    assert server.ask("GET", "/stock/crate").json() == {"item": "crate", "pieces": 5}


def test_the_http_backend_gets_what_was_asked(server):
    answer = server.ask("POST", "/carrier/parcels/7?weigh=yes", {"kg": 3})
    assert answer.status == 207
    told = answer.json()
    assert (told["verb"], told["target"]) == ("POST", "/v2/parcels/7?weigh=yes")
    assert json.loads(told["body"]) == {"kg": 3}


def test_the_function_answers(server):
    answer = server.ask("GET", "/price?item=crate")
    assert (answer.status, answer.headers["x-currency"]) == (200, "EUR")
    assert answer.json() == {"item": "crate", "cents": 500, "stage": "prod"}


def test_a_function_that_raises_is_a_bad_gateway_without_its_text(server):
    answer = server.ask("GET", "/price")
    assert (answer.status, answer.json()) == (502, {"message": "Internal server error"})


def test_an_order_becomes_a_message(server, aws):
    answer = server.ask("POST", "/orders", {"item": "crate & lid", "pieces": 2})
    assert (answer.status, answer.json()) == (202, {"taken": True})
    sqs = client(aws, "sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"item": "crate & lid", "pieces": 2}


def test_an_order_that_is_none_never_becomes_one(server):
    answer = server.ask("POST", "/orders", {"item": "crate", "pieces": 0})
    assert (answer.status, answer.json()) == (400, {"message": "Invalid request body"})


def test_a_shelf_is_kept_and_found(server):
    assert server.ask("PUT", "/shelves/a7", {"holds": 'nuts, "M8"'}).status == 204
    found = server.ask("GET", "/shelves/a7")
    assert (found.status, found.json()["holds"]) == (200, 'nuts, "M8"')
    missing = server.ask("GET", "/shelves/zz")
    assert (missing.status, missing.json()) == (404, {"message": "no such shelf"})


def test_a_label_comes_back_byte_for_byte(server, aws):
    kept = server.ask("PUT", "/labels/front.png", PNG, {"Content-Type": "image/png"})
    assert kept.status == 200
    held = client(aws, "s3").get_object(Bucket="labels", Key="front.png")
    assert (held["ContentType"], held["Body"].read()) == ("image/png", PNG)
    answer = server.ask("GET", "/labels/front.png", headers={"Accept": "image/png"})
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/png", PNG)


def test_a_label_that_is_not_there_is_told_in_our_words(server):
    answer = server.ask("GET", "/labels/back.png", headers={"Accept": "application/json"})
    assert (answer.status, answer.json()) == (404, {"message": "no such label"})
