"""The development server's environ: nothing in it that a client may pass for something else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from wsgi_gateway.cli.server import RequestHandler, ThreadingWSGIServer


def app(environ, start_response):
    seen = {
        name: value for name, value in environ.items() if value and name.startswith(("HTTP_", "CONTENT_"))
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingWSGIServer(("127.0.0.1", 0), RequestHandler) as server:
        server.set_app(app)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def seen(port: int, *headers: str) -> dict[str, str]:
    request = "\r\n".join(["GET / HTTP/1.0", *headers, "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    assert b" 200 " in head.partition(b"\r\n")[0]
    return json.loads(body)


@pytest.mark.parametrize(
    "spelt", ["X_Forwarded_For", "x_forwarded_for", "X-Forwarded_For", "X_Forwarded-For", "_X", "X-"]
)
def test_a_header_with_underscores_is_not_one_with_dashes(port, spelt):
    underscored = "_" in spelt
    assert seen(port, f"{spelt}: 1.1.1.1") == ({} if underscored else {"HTTP_X_": "1.1.1.1"})


def test_a_header_with_underscores_adds_nothing_to_one_with_dashes(port):
    headers = ["X_Forwarded_For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2", "X_Forwarded_For: 3.3.3.3"]
    assert seen(port, *headers) == {"HTTP_X_FORWARDED_FOR": "2.2.2.2"}


def test_a_length_or_type_with_underscores_is_none(port):
    assert seen(port, "Content_Length: 7", "Content_Type: text/html", "Transfer_Encoding: chunked") == {}
