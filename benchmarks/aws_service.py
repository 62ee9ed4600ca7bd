"""What a call of an AWS service costs through the gateway, beside botocore's own client.

    python benchmarks/aws_service.py

One request, the same for both: PutItem of DynamoDB, SendMessage of SQS, PutObject of S3 with 4 kB. They go to
one server in a process of its own that answers at once, so that only the callers are measured. Rounds of both
are taken in turn; the median of each is printed, and the ratio. The gateway's figure is a whole request:
context, routing, a mapping template, signature, exchange, integration response.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from wsgi_gateway import Gateway, IntegrationConfig, IntegrationResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.integrations.aws_services import AwsServices

ROUNDS, CALLS = 30, 40
ITEM = {"TableName": "cups", "Item": {"id": {"S": "4711"}, "tea": {"S": "Assam"}, "price": {"N": "4"}}}
BLOCK = b"x" * 4096
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: "
ANSWERS = {
    b"dynamodb": JSON + b"2\r\n\r\n{}",
    b"sqs": JSON + b'18\r\n\r\n{"MessageId": "m"}',
    b"s3": b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\n\r\n',
}


def backend(ready: Any) -> None:
    """Answer every request by the service that it is signed for."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection: socket.socket) -> None:
    file = connection.makefile("rb")
    while True:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return
            head += line
        lower = head.lower()
        length = lower.partition(b"content-length: ")[2].split(b"\r\n")[0] or b"0"
        if b"expect: 100" in lower:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        file.read(int(length))
        service = lower.partition(b"credential=")[2].split(b"/")[3]
        connection.sendall(ANSWERS[service])


def median(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - begin) / CALLS * 1e6


def compared(name: str, gateway: Callable[[], Any], client: Callable[[], Any]) -> None:
    for call in (gateway, client):
        median(call)
    rounds = [(median(gateway), median(client)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{name:<20} gateway {ours:7.0f} us   botocore {theirs:7.0f} us   ratio {ours / theirs:.2f}")


def method(uri: str, verb: str, **more: Any) -> dict[str, MethodConfig]:
    answer = IntegrationResponseConfig(status_code=200)
    integration = IntegrationConfig(
        type="AWS", http_method=verb, uri=uri, integration_responses=[answer], **more
    )
    return {verb: MethodConfig(http_method=verb, integration=integration)}


def main() -> None:
    os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")
    os.environ.update(AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION="us-east-1")
    import boto3

    reading, writing = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=backend, args=(writing,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{reading.recv()}"
    queue = f"{url}/123456789012/jobs"
    here = "arn:aws:apigateway:us-east-1:"
    form = {"integration.request.header.Content-Type": "'application/x-amz-json-1.0'"}
    target = {"integration.request.header.X-Amz-Target": "'AmazonSQS.SendMessage'"}
    sent = f'{{"QueueUrl": "{queue}", "MessageBody": "$util.escapeJavaScript($input.body)"}}'
    gateway = Gateway(
        RestApiConfig(
            resources={
                "/cups": method(here + "dynamodb:action/PutItem", "POST"),
                "/jobs": method(
                    here + "sqs:path/123456789012/jobs",
                    "POST",
                    request_parameters={**form, **target},
                    request_templates={"application/json": sent},
                ),
                "/shelf": method(here + "s3:path/shelf/cup.bin", "PUT"),
            }
        ),
        aws=AwsServices(endpoint_url=url),
    )

    def asked(verb: str, path: str, body: bytes) -> Callable[[], None]:
        def call() -> None:
            environ = {
                "REQUEST_METHOD": verb,
                "PATH_INFO": path,
                "RAW_URI": path,
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
                "wsgi.url_scheme": "http",
            }
            statuses: list[str] = []
            b"".join(gateway(environ, lambda status, headers, exc_info=None: statuses.append(status)))  # type: ignore[arg-type, return-value]
            assert statuses == ["200 OK"], statuses

        return call

    def client(name: str) -> Any:
        return boto3.client(name, endpoint_url=url, region_name="us-east-1")

    dynamodb, sqs, s3 = client("dynamodb"), client("sqs"), client("s3")
    item = json.dumps(ITEM).encode()
    compared("DynamoDB PutItem", asked("POST", "/cups", item), lambda: dynamodb.put_item(**ITEM))
    message = item.decode()
    compared(
        "SQS SendMessage",
        asked("POST", "/jobs", item),
        lambda: sqs.send_message(QueueUrl=queue, MessageBody=message),
    )
    compared(
        "S3 PutObject, 4 kB",
        asked("PUT", "/shelf", BLOCK),
        lambda: s3.put_object(Bucket="shelf", Key="cup.bin", Body=BLOCK),
    )
    server.terminate()


if __name__ == "__main__":
    main()
