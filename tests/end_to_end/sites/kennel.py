"""A gateway whose methods are all functions. It has served before its workers fork, so that there are threads
and clients to inherit.

``KENNEL_LOG`` is where the functions write what nobody is told.
"""

import os
import time

from wsgi_gateway import Gateway, IntegrationConfig, IntegrationResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.integrations import LambdaFunction
from wsgi_gateway.wsgi import call_app

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/{}/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:{}/{}"
)
BUFFERED, STREAMED = ("2015-03-31", "invocations"), ("2021-11-15", "response-streaming-invocations")


def note(what):
    with open(os.environ["KENNEL_LOG"], "a") as log:
        log.write(f"{what}\n")


def fetch(event):
    if (event["queryStringParameters"] or {}).get("stick") == "far":
        time.sleep(1)
    return {"body": str(os.getpid())}


def bark(event):
    time.sleep(0.2)
    note(f"barked {event['at']}")


def howl(event):
    try:
        yield b'{"headers":{"Content-Type":"text/plain"}}' + bytes(8)
        while True:
            yield b"o" * 65_536
    finally:
        note("silence")


def whimper(event):
    yield b"{}" + bytes(8) + b"a" * 1000
    raise RuntimeError("s3cret")


def method(kind, version, name, **more):
    uri = URI.format(version[0], name, version[1])
    config = IntegrationConfig(type=kind, uri=uri, http_method="POST", **more)
    return {"GET": MethodConfig(http_method="GET", integration=config)}


application = Gateway(
    RestApiConfig(
        resources={
            "/fetch": method("AWS_PROXY", BUFFERED, "fetch"),
            "/howl": method("AWS_PROXY", STREAMED, "howl", response_transfer_mode="STREAM"),
            "/whimper": method("AWS_PROXY", STREAMED, "whimper", response_transfer_mode="STREAM"),
            "/bark": method(
                "AWS",
                BUFFERED,
                "bark",
                request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
                request_templates={"application/json": '{"at": "$input.params(\'at\')"}'},
                integration_responses=[IntegrationResponseConfig(status_code=200)],
            ),
        }
    ),
    lambdas={"fetch": LambdaFunction(fetch, timeout=0.3), "bark": bark, "howl": howl, "whimper": whimper},
)

for path, query in (("/fetch", ""), ("/bark", "at=the moon")):
    call_app(application, {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query})
