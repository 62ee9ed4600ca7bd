"""``wsgi-gateway keys disable`` while gunicorn runs: every worker refuses the key soon after.

How long that takes is printed; that it is two seconds at most is a promise about an idle machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from end_to_end.gunicorn_process import Gunicorn, metered, read, until

PLAN = {
    "id": "gold",
    "apiStages": [{"stage": "default"}],
    "quota": {"limit": 1_000_000, "period": "MONTH"},
}
PATIENCE = 10
STAYS_OPEN = ("--keep-alive", "75")


def wsgi_gateway(url: str, *words: str) -> str:
    """What a command prints."""
    command = [sys.executable, "-m", "wsgi_gateway", *words]
    environment = {**os.environ, "WSGI_GATEWAY_STORE": url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"lmdb:{tmp_path / 'store'}?size=4MiB"


@contextmanager
def a_connection_to_each_worker(server: Gunicorn) -> Iterator[dict[int, HTTPConnection]]:
    """They stay open, and a connection stays with its worker."""
    connections: dict[int, HTTPConnection] = {}
    superfluous: list[HTTPConnection] = []

    def one_each() -> bool:
        connection = server.connection()
        worker, _ = ask(connection, "")
        superfluous.append(connections.get(worker, connection))
        connections[worker] = connection
        return set(connections) == set(server.workers())

    try:
        until(one_each)
        yield connections
    finally:
        for connection in (*superfluous, *connections.values()):
            connection.close()


def ask(connection: HTTPConnection, value: str) -> tuple[int, int]:
    """Who answered, and how."""
    connection.request("GET", "/", headers={"x-api-key": value})
    answer = read(connection)
    return int(answer.headers["x-worker"]), answer.status


def seen_by_each(connections: dict[int, HTTPConnection], value: str, status: int) -> dict[int, float]:
    """When each worker began to answer so; it must not change its mind."""
    began = time.monotonic()
    seen: dict[int, float] = {}

    def by_all() -> bool:
        for worker, connection in connections.items():
            answered_by, answer = ask(connection, value)
            assert answered_by == worker
            if answer == status:
                seen.setdefault(worker, time.monotonic() - began)
            assert (answer == status) == (worker in seen)
        return seen.keys() == connections.keys()

    until(by_all, PATIENCE)
    return seen


def test_changes_of_keys_are_seen_by_all_workers(url: str, tmp_path: Path) -> None:
    plan = tmp_path / "gold.json"
    plan.write_text(json.dumps(PLAN))
    with metered(tmp_path / "gunicorn", url, *STAYS_OPEN) as server:
        with a_connection_to_each_worker(server) as connections:
            wsgi_gateway(url, "plans", "put", str(plan))
            created = wsgi_gateway(url, "keys", "create", "Ada", "--id", "ada", "--plan", "gold")
            value = re.search(r"^value: (\S+)$", created, re.MULTILINE)[1]
            changes = {"made": seen_by_each(connections, value, 200)}
            for verb, status in (("disable", 403), ("enable", 200), ("delete", 403)):
                wsgi_gateway(url, "keys", verb, "ada")
                changes[verb] = seen_by_each(connections, value, status)
        for verb, seen in changes.items():
            print(verb, [f"{seconds:.2f} s" for seconds in seen.values()])
        assert len(changes["disable"]) == 4
        assert "Traceback" not in server.log.read_text()
