"""What memory a gateway takes to pass on one gigabyte, under gunicorn.

    python benchmarks/streaming.py

One worker serves the gateway, a process of its own is the backend. While the client reads, or sends, the
worker's memory is looked at every 20 ms; what is printed is the most it had above what it had after a small
request to the same method.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.wsgi import Response

SIZE = 1 << 30
PART = b"0123456789abcdef" * 4096
BACKEND = "WSGI_GATEWAY_BENCHMARK_BACKEND"


# ---------------------------------------------------------------- the backend


def backend() -> None:
    """Answer /down with a gigabyte, /chunked with one in chunks, take whatever comes to /up."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def answer(connection: socket.socket) -> None:
    lines = connection.makefile("rb")
    while line := lines.readline():
        path = line.split()[1].decode()
        headers = dict(header.lower().split(b": ") for header in iter(lines.readline, b"\r\n"))
        left = int(headers.get(b"content-length", b"0"))
        while left:
            left -= len(lines.read(min(left, 65_536)))
        size = 2 if path.endswith(("/small", "/up")) else SIZE
        if "chunked" in path and size > 2:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for part in parts(size):
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
            connection.sendall(b"0\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            for part in parts(size):
                connection.sendall(part)


def parts(size: int) -> Iterator[bytes]:
    while size > 0:
        yield PART[:size]
        size -= len(PART)


# ---------------------------------------------------------------- the gateway


def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
    """The wrapped app: a gigabyte, or two bytes, and nothing kept of what comes."""
    while environ["wsgi.input"].read(65_536):
        pass
    size = 2 if environ["PATH_INFO"].endswith(("/small", "/up")) else SIZE
    return Response("200 OK", [("Content-Length", str(size))], parts(size))(environ, start_response)


def application() -> Gateway:
    port = os.environ[BACKEND]

    def proxied(path: str, transfer: str = "BUFFERED") -> dict[str, MethodConfig]:
        integration = IntegrationConfig(
            type="HTTP_PROXY",
            http_method="ANY",
            uri=f"http://127.0.0.1:{port}/{path}/{{size}}",
            request_parameters={"integration.request.path.size": "method.request.path.size"},
            response_transfer_mode=transfer,
            timeout_in_millis=29_000,
        )
        return {"ANY": MethodConfig(http_method="ANY", integration=integration)}

    resources = {
        "/length/{size}": proxied("length"),
        "/chunked/{size}": proxied("chunked"),
        "/at-once/{size}": proxied("length", "STREAM"),
        "/wrapped/{size}": {"ANY": MethodConfig(http_method="ANY")},
    }
    api = RestApiConfig(resources=resources, minimum_compression_size=1024)
    return Gateway(api, wrapped, payload_limit=2 * SIZE)


# ---------------------------------------------------------------- the client


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def worker_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def call(port: int, path: str, *, body: Any = None, **headers: str) -> int:
    """Bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    if body is not None:
        headers["Content-Length"] = str(SIZE)
    connection.request("GET" if body is None else "POST", path, body, headers)
    response, size = connection.getresponse(), 0
    while data := response.read(1 << 20):
        size += len(data)
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status}")
    return size


def most(pid: int, work: Callable[[], int]) -> tuple[int, int, float]:
    """What the work returns, the most memory the process had meanwhile, and seconds."""
    seen, done = [resident(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            seen.append(resident(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    start = time.perf_counter()
    try:
        size = work()
    finally:
        done.set()
        watching.join()
    return size, max(seen), time.perf_counter() - start


def measure(port: int, pid: int, name: str, path: str, *, sends: bool = False, **headers: str) -> None:
    call(port, f"{path}/small", **headers)
    before = resident(pid)
    body = parts(SIZE) if sends else None
    size, peak, seconds = most(
        pid, lambda: call(port, f"{path}/{'up' if sends else 'down'}", body=body, **headers)
    )
    moved = SIZE if sends else size
    print(
        f"{name:52} {(peak - before) / 2**20:6.1f} MiB more, {moved >> 20:5} MiB in {seconds:5.1f} s",
        flush=True,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def serving(port: int, backend_port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", "-w", "1", "--threads", "2", "-b", f"127.0.0.1:{port}"]
    command += ["--timeout", "300", "--log-level", "warning", "streaming:application()"]
    server = subprocess.Popen(
        command, cwd=Path(__file__).parent, env={**os.environ, BACKEND: str(backend_port)}
    )
    while True:
        try:
            call(port, "/wrapped/small")
            return server
        except OSError:
            time.sleep(0.1)


def main() -> None:
    behind = subprocess.Popen([sys.executable, __file__, "backend"], stdout=subprocess.PIPE)
    assert behind.stdout is not None
    port = free_port()
    server = serving(port, int(behind.stdout.readline()))
    try:
        pid = worker_of(server.pid)
        measure(port, pid, "a wrapped app's answer", "/wrapped")
        measure(port, pid, "a wrapped app's upload", "/wrapped", sends=True)
        measure(port, pid, "HTTP_PROXY's answer, by its length", "/length")
        measure(port, pid, "HTTP_PROXY's answer, in chunks", "/chunked")
        measure(port, pid, "HTTP_PROXY's answer, transfer mode STREAM", "/at-once")
        measure(port, pid, "HTTP_PROXY's upload", "/length", sends=True)
        gzip = {"Accept-Encoding": "gzip"}
        measure(port, pid, "HTTP_PROXY's answer, compressed on the way", "/length", **gzip)
    finally:
        server.terminate()
        behind.kill()
        server.wait()
        behind.wait()


if __name__ == "__main__":
    backend() if sys.argv[1:] == ["backend"] else main()
