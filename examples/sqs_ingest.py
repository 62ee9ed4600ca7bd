"""Orders into an Amazon SQS queue, validated and without code: POST JSON, and it is a message.

Run it: ``python examples/sqs_ingest.py``. SQS is played by moto (``pip install 'moto[server]'``) in this
process; without ``aws=URL`` the same definition sends to the real one, with an account and a role of yours.
Whatever SQS answers but 200 is a 503 to the client.
"""

from __future__ import annotations

import io
import json
import logging
import os
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from wsgi_gateway import Gateway, StageConfig
from wsgi_gateway.wsgi import call_app


def order(app: Gateway, **wanted: object) -> tuple[str, dict[str, str]]:
    """The status and the JSON that a client gets."""
    body = json.dumps(wanted).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/orders",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    response = call_app(app, environ)
    return response.status, json.loads(b"".join(response.app_iter))


def main() -> None:
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    url = f"http://{host}:{port}"
    sqs = boto3.client("sqs", endpoint_url=url, region_name="eu-west-1")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]

    def gateway(name: str) -> Gateway:
        stage = StageConfig(stage_name="prod", variables={"queue": name})
        return Gateway(Path(__file__).with_name("sqs_ingest.yaml"), stage=stage, aws=url)

    status, answer = order(gateway("orders"), tea="Lapsang & Söhne", grams=250)
    print(f"an order               {status}")
    print("one without its tea   ", *order(gateway("orders"), grams=250))
    print("a queue that is gone  ", *order(gateway("none"), tea="Assam"))
    got = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    for message in got["Messages"]:
        same = message["MessageAttributes"]["request"]["StringValue"] == answer["order"]
        print(f"in the queue           {json.loads(message['Body'])}, told the client: {same}")
    sqs.close()
    moto.stop()
    moto._server.server_close()


if __name__ == "__main__":
    main()
