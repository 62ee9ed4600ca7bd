"""gunicorn as a child process: started, asked, by many at once if need be, measured, ended."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gunicorn.config import KNOWN_SETTINGS

from wsgi_gateway.usage import Quota

SITES = Path(__file__).with_name("sites")
_LISTENING = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
_PATIENCE = 60


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Gunicorn:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)

    def ask(self, verb: str, target: str, body=None, headers: Mapping[str, str] | None = None) -> Answer:
        """The target goes out as it is written here."""
        if isinstance(body, (dict, list)):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        connection = self.connection()
        try:
            connection.request(verb, target, body=body, headers=dict(headers or {}))
            return read(connection)
        finally:
            connection.close()

    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def peak_memory(self) -> int:
        """The highest resident size any worker has had, in kilobytes."""
        return max(_peak(pid) for pid in self.workers())


def read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


class Asked(NamedTuple):
    """A request of a client, and what became of it."""

    began: float
    ended: float
    status: int
    worker: int
    key: str = ""
    request_id: str = ""


CUT_OFF = 0
"""The status of a request whose connection broke."""


@contextmanager
def asking(server: Gunicorn, keys: Mapping[str, str], threads: int = 8) -> Iterator[list[Asked]]:
    """Clients that ask on and on, each request on a connection of its own, with the API keys in turn.

    ``keys``: values by name. The list gets everything that was asked, in the order in which it ended.
    """
    asked: list[Asked] = []
    over = threading.Event()

    def ask_on() -> None:
        while not over.is_set():
            for name, value in keys.items():
                asked.append(ask_once(server, value, name))

    with ThreadPoolExecutor(threads) as pool:
        clients = [pool.submit(ask_on) for _ in range(threads)]
        try:
            yield asked
        finally:
            over.set()
    for client in clients:
        client.result()


def ask_once(server: Gunicorn, value: str, name: str = "") -> Asked:
    """``GET /`` with an API key of a server whose answers say in ``X-Worker`` who gave them."""
    began = time.monotonic()
    try:
        answer = server.ask("GET", "/", headers={"x-api-key": value})
    except (ConnectionError, http.client.HTTPException):
        return Asked(began, time.monotonic(), CUT_OFF, 0, name)
    told = answer.headers
    return Asked(
        began, time.monotonic(), answer.status, int(told["x-worker"]), name, told["x-amzn-requestid"]
    )


def all_refuse(asked: list[Asked], servers: Sequence[Gunicorn], keys: Collection[str]) -> bool:
    """Whether nothing is left of the keys' quotas, what waited in leases of 0.1 s included.

    After a lease has ended, each worker's first refusal gives back what it had; only who asks later still,
    and is refused, has seen that nobody had anything.
    """
    asked = list(asked)
    last = max((one.ended for one in asked if one.status == 200), default=0.0)
    everybody = {(worker, key) for server in servers for worker in server.workers() for key in keys}
    first: dict[tuple[int, str], float] = {}
    for one in asked:
        if one.status == 429 and one.began > last + 0.5:
            first.setdefault((one.worker, one.key), one.ended)
    if not everybody <= first.keys():
        return False
    given_back = max(first.values()) + 0.2
    again = Counter((one.worker, one.key) for one in asked if one.began > given_back)
    return all(again[one] >= 2 for one in everybody)


def until(condition: Callable[[], object], patience: float = _PATIENCE) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"in vain for {patience} s"
        time.sleep(0.01)


def _peak(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


@contextmanager
def gunicorn(app: str, tmp_path: Path, *options: str) -> Iterator[Gunicorn]:
    """gunicorn for ``app``, from the sites folder, on a port of its own choice."""
    log = tmp_path / "gunicorn.log"
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("WSGI_GATEWAY_", "DJANGO_", "GUNICORN_"))
    }
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:0"]
    command += [
        *_without_control_socket(),
        "--forwarder-headers",
        "",
        "--worker-tmp-dir",
        str(tmp_path),
        *options,
        app,
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=SITES, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Gunicorn(process, _port(process, log), log)
    finally:
        process.terminate()
        process.wait(_PATIENCE)
    assert process.returncode == 0, log.read_text()


@contextmanager
def metered(
    tmp_path: Path, store: str, *options: str, workers: int = 4, **variables: object
) -> Iterator[Gunicorn]:
    """The site ``metered``, once all its workers answer, and no end of a month for some minutes.

    ``store``: a URL. ``variables``: what else the environment says; ``WSGI_GATEWAY_`` is left out.
    """
    tmp_path.mkdir(exist_ok=True)
    given = {"API": "meters:api", "APP": "mirror:application", "STORE": store, **variables}
    environment = [
        f"{name if name.startswith('METERED_') else 'WSGI_GATEWAY_' + name}={value}"
        for name, value in given.items()
    ]
    now = int(time.time() * 1_000_000)
    left = Quota(1, "MONTH").period_end(now) - now
    if left < 180_000_000:
        time.sleep(left / 1_000_000 + 1)
    with gunicorn(
        "metered:application",
        tmp_path,
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", "4"),
        *options,
        *[option for variable in environment for option in ("--env", variable)],
    ) as server:
        with asking(server, {"nobody": "nobody-has-this-key-value"}) as asked:
            until(lambda: len({one.worker for one in list(asked)}) == workers)
        yield server


def _without_control_socket() -> list[str]:
    """Newer releases open a socket in the home directory, which several of them cannot share."""
    option = "--no-control-socket"
    return [option] if any(option in (setting.cli or ()) for setting in KNOWN_SETTINGS) else []


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """The port, once a worker answers on it."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        found = _LISTENING.search(log.read_text())
        if found is not None:
            port = int(found[1])
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
                return port
            except OSError:
                pass
        time.sleep(0.02)
    raise AssertionError(f"gunicorn did not start:\n{log.read_text()}")
