"""gunicorn with two workers as a child process: started, asked, measured, ended."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gunicorn.config import KNOWN_SETTINGS

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
