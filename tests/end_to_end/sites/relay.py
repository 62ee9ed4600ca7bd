"""A gateway in front of an HTTP backend, whose port the environment tells, and around an app that streams."""

from __future__ import annotations

import os
import threading

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.wsgi import Response

PART = bytes(range(256)) * 256
closed = 0
counting = threading.Lock()


class Endless:
    """A body without an end that counts how often it is closed."""

    def __iter__(self):
        while True:
            yield PART

    def close(self):
        global closed
        with counting:
            closed += 1


def endless(environ, start_response):
    if environ["PATH_INFO"] == "/closed":
        return Response("200 OK", [], [str(closed).encode()])(environ, start_response)
    return Response("200 OK", [("Content-Type", "text/plain")], Endless())(environ, start_response)


def proxied(path, transfer="BUFFERED"):
    uri = f"http://127.0.0.1:{os.environ['RELAY_BACKEND']}{path}"
    integration = IntegrationConfig(
        type="HTTP_PROXY", http_method="ANY", uri=uri, response_transfer_mode=transfer
    )
    return {"ANY": MethodConfig(http_method="ANY", integration=integration)}


def application():
    wrapped = {"GET": MethodConfig(http_method="GET")}
    api = RestApiConfig(
        resources={
            "/proxied": proxied("/endless"),
            "/at-once": proxied("/endless", "STREAM"),
            "/mirror": proxied("/mirror"),
            "/wrapped": wrapped,
            "/closed": wrapped,
        },
        minimum_compression_size=1000,
    )
    return Gateway(api, endless)
