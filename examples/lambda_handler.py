"""Lambda handlers served locally, behind the definition they have on AWS, ``lambda_handler.yaml``.

Run it: ``python examples/lambda_handler.py``, or serve it from this directory::

    wsgi-gateway serve lambda_handler.yaml --stage-variable prices=prices \\
        --lambda pets=lambda_handler:pets --lambda prices=lambda_handler:prices \\
        --lambda feed=lambda_handler:feed --lambda diary=lambda_handler:diary

Four ways to stand behind a method: a proxy integration, mapping templates with errors told apart by their
message, an event that nobody waits for, and an answer that streams.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from pathlib import Path

from wsgi_gateway import Gateway, StageConfig
from wsgi_gateway.integrations import LambdaFunction
from wsgi_gateway.wsgi import call_app

FED = threading.Event()


def pets(event, context):
    """Proxy integration: the whole request comes in, the whole answer goes out."""
    name = event["pathParameters"]["name"]
    if name == "cat":
        threading.Event().wait(0.5)  # cats come when they like
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"name": name, "asked": event["requestContext"]["stage"]}),
    }


def prices(event, context):
    """Behind templates: a plain value, or an exception that the definition makes a 404 of."""
    try:
        return {"dog": 30, "fish": 2}[event["kind"]]
    except KeyError:
        raise LookupError(f"not for sale: {event['kind']}") from None


def feed(event, context):
    """Invoked as an event: the client has its answer already."""
    FED.set()


def diary(event, context):
    """Streams: every line goes out as it is made."""
    return {
        "headers": {"Content-Type": "text/plain"},
        "body": (f"{hour}:00 slept\n".encode() for hour in range(9, 12)),
    }


def open_shop() -> Gateway:
    """The gateway; on Lambda ``pets`` has a timeout, and so it has here."""
    return Gateway(
        Path(__file__).with_name("lambda_handler.yaml"),
        stage=StageConfig(stage_name="dev", variables={"prices": "prices"}),
        lambdas={
            "pets": LambdaFunction(pets, timeout=0.2),
            "prices": prices,
            "feed": feed,
            "diary": diary,
        },
    )


def main() -> None:
    # What a client is not told: that a function failed, with what, and where.
    logging.basicConfig(stream=sys.stdout, format="     log: %(message)s")
    shop = open_shop()
    for verb, path in [
        ("GET", "/pets/rex"),
        ("GET", "/pets/cat"),
        ("GET", "/prices/dog"),
        ("GET", "/prices/dragon"),
        ("POST", "/feeding"),
        ("GET", "/diary"),
    ]:
        environ = {
            "REQUEST_METHOD": verb,
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": "2",
            "wsgi.input": io.BytesIO(b"{}"),
        }
        answer = call_app(shop, environ)
        text = answer.body().decode().replace("\n", "; ")
        print(f"{verb:<4} {path:<14} {answer.status:<16} {text}".rstrip())
    print("and the pets", "are fed" if FED.wait(5) else "are hungry")


if __name__ == "__main__":
    main()
