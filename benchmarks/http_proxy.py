"""What HTTP_PROXY adds to a raw pooled urllib3 call of the same request.

    python benchmarks/http_proxy.py

The backend is a process of its own, so that its work is not in the figures. Rounds of both are taken in turn
and the median of each is printed with the ratio: the gateway's figure is a whole request through a Gateway
(context, routing, header tables, the exchange, the answer's headers), urllib3's is ``pool.request`` with the
headers that the gateway sends. A long answer is read in parts of 64 KiB from both, as a server sends it on.
"""

from __future__ import annotations

import io
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig

ROUNDS = 60
CALLS = 100
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Authorization": "Bearer abcdefghijklmnop",
    "Content-Type": "application/json",
    "User-Agent": "benchmark/1",
    "X-Order": "4711",
}


def backend(ready: Any, size: int) -> None:
    """Answer every request on every connection with ``size`` bytes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: x\r\nServer: b\r\nX-Backend: yes\r\n"
    answer = head + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
    listener = socket.create_server(("127.0.0.1", 0))
    ready.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, answer), daemon=True).start()


def serve(connection: socket.socket, answer: bytes) -> None:
    data = b""
    while True:
        while (end := data.find(b"\r\n\r\n")) < 0:
            more = connection.recv(65_536)
            if not more:
                return
            data += more
        left = length(data[:end].lower()) - (len(data) - end - 4)
        while left > 0:
            left -= len(connection.recv(65_536))
        data = b""
        connection.sendall(answer)


def length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length: ")
    return int(rest.split(b"\r\n")[0]) if found else 0


def through_gateway(port: int, verb: str, body: bytes, *, in_parts: bool) -> Callable[[], None]:
    integration = IntegrationConfig(
        type="HTTP_PROXY",
        http_method="ANY",
        uri=f"http://127.0.0.1:{port}/{{proxy}}",
        request_parameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    method = MethodConfig(http_method="ANY", integration=integration)
    gateway = Gateway(RestApiConfig(resources={"/{proxy+}": {"ANY": method}}))
    client = {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/orders/4711",
        "RAW_URI": "/orders/4711?full=yes",
        "QUERY_STRING": "full=yes",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "api.example.com",
        "wsgi.url_scheme": "http",
        "CONTENT_LENGTH": str(len(body)),
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()},
    }
    client["CONTENT_TYPE"] = client.pop("HTTP_CONTENT_TYPE")

    def call() -> None:
        answer: Any = gateway({**client, "wsgi.input": io.BytesIO(body)}, lambda status, headers: None)
        if in_parts:
            for _ in answer:
                pass
        else:
            b"".join(answer)

    return call


def through_urllib3(port: int, verb: str, body: bytes, *, in_parts: bool) -> Callable[[], None]:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port)
    forwarded = {
        **HEADERS,
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": "8000",
        "X-Amzn-Apigateway-Api-Id": "local",
        "X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000000",
    }

    def call() -> None:
        answer = pool.request(
            verb,
            "/orders/4711?full=yes",
            headers=forwarded,
            body=body or None,
            retries=False,
            preload_content=not in_parts,
        )
        if in_parts:
            for _ in answer.stream(65_536):
                pass
            answer.release_conn()

    return call


def microseconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS * 1e6


def compare(name: str, verb: str, body: bytes, answer: int) -> None:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=backend, args=(there, answer), daemon=True)
    process.start()
    port = here.recv()
    in_parts = answer > 65_536
    raw = through_urllib3(port, verb, body, in_parts=in_parts)
    gateway = through_gateway(port, verb, body, in_parts=in_parts)
    rounds = [(microseconds(raw), microseconds(gateway)) for _ in range(ROUNDS)]
    process.kill()
    process.join()
    direct, proxied = (statistics.median(values) for values in zip(*rounds[5:], strict=True))
    ratio = statistics.median(b / a for a, b in rounds[5:])
    print(f"{name:34} urllib3 {direct:7.1f} us   HTTP_PROXY {proxied:7.1f} us   ratio {ratio:.2f}")


if __name__ == "__main__":
    compare("GET, 200 bytes back", "GET", b"", 200)
    compare("POST 300 bytes, 200 bytes back", "POST", b"x" * 300, 200)
    compare("GET, 32 KiB back", "GET", b"", 32_768)
    compare("GET, 1 MiB back", "GET", b"", 1 << 20)
