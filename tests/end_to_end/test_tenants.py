"""A TOKEN authorizer under gunicorn's threads: few calls for many requests, and nobody taken for another."""

from __future__ import annotations

import fcntl
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from end_to_end.gunicorn_process import SITES, Answer, Gunicorn, gunicorn, read

PATIENCE = 20
HERD = 64
THREADS = ("--worker-class", "gthread", "--threads", "4")


class House(NamedTuple):
    server: Gunicorn
    calls: Path
    door: Path

    def called(self, token: str) -> Counter[str]:
        """How often each process asked about a token."""
        lines = [line.partition(" ") for line in self.calls.read_text().splitlines()]
        return Counter(pid for pid, _, asked in lines if asked == token)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The function answers nobody in here."""
        with self.door.open() as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield

    def ask(self, token: str, path: str) -> Answer:
        return self.server.ask("GET", path, headers={"Authorization": token})

    def herd(self, token: str, path: str) -> list[Answer]:
        """The answers to requests that are all there before the function answers the first of them."""
        connections = [self.server.connection() for _ in range(HERD)]
        with self.held():
            for connection in connections:
                connection.request("GET", path, headers={"Authorization": token})
            deadline = time.monotonic() + PATIENCE
            while not self.called(token) and time.monotonic() < deadline:
                time.sleep(0.01)
        try:
            return [read(connection) for connection in connections]
        finally:
            for connection in connections:
                connection.close()


@pytest.fixture(scope="module", params=["AUTHORIZERS=doorman", "LAMBDAS=porter"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("tenants")
    calls, door = folder / "calls", folder / "door"
    calls.touch()
    door.touch()
    named = f"WSGI_GATEWAY_{request.param}=tenants_porter:porter"
    if "AUTHORIZERS" in named:
        named += ",forgetful=tenants_porter:porter"
    variables = [
        f"WSGI_GATEWAY_API={SITES / 'tenants.yaml'}",
        "WSGI_GATEWAY_APP=mirror:application",
        named,
        f"TENANTS_CALLS={calls}",
        f"TENANTS_DOOR={door}",
    ]
    options = [option for variable in variables for option in ("--env", variable)]
    with gunicorn("wsgi_gateway.mount:application", folder, *THREADS, *options) as server:
        yield House(server, calls, door)


def test_a_herd_with_one_new_token_makes_one_call_in_each_process(house: House) -> None:
    answers = house.herd("key-of-herd", "/rooms/1")
    assert [answer.status for answer in answers] == [200] * HERD
    assert {answer.json()["user"] for answer in answers} == {"herd"}
    served = {str(answer.json()["pid"]) for answer in answers}
    assert house.called("key-of-herd") == dict.fromkeys(served, 1)


def test_without_a_cache_every_request_of_a_herd_makes_a_call(house: House) -> None:
    answers = house.herd("key-of-cellar", "/cellar")
    assert [answer.status for answer in answers] == [200] * HERD
    assert house.called("key-of-cellar").total() == HERD


def test_a_herd_that_is_denied_is_denied_to_the_last(house: House) -> None:
    answers = house.herd("stolen-of-herd", "/rooms/1")
    assert [answer.status for answer in answers] == [403] * HERD
    assert set(house.called("stolen-of-herd").values()) == {1}


@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        pytest.param("wrong-of-herd", 401, {"message": "Unauthorized"}, id="that is unknown"),
        pytest.param("broken-of-herd", 500, {"message": None}, id="over which the function fails"),
    ],
)
def test_nobody_of_a_herd_gets_in(house: House, token: str, status: int, body: dict[str, object]) -> None:
    answers = house.herd(token, "/rooms/1")
    assert [answer.status for answer in answers] == [status] * HERD
    assert [answer.json() for answer in answers] == [body] * HERD
    before = house.called(token).total()
    assert house.ask(token, "/rooms/1").status == status
    assert house.called(token).total() == before + 1


def test_two_tenants_among_each_other_are_never_taken_for_one_another(house: House) -> None:
    names = ["ann", "bartholomew"] * 100

    def room(name: str) -> Answer:
        return house.ask(f"key-of-{name}", f"/rooms/{len(name)}")

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(room, names))
    assert [answer.status for answer in answers] == [200] * 200
    for name, answer in zip(names, answers, strict=True):
        told = answer.json()
        assert (told["user"], told["path"]) == (name, f"/rooms/{len(name)}")
        assert told["authorizer"] == {"principalId": name, "floor": len(name)}
    for name in set(names):
        assert set(house.called(f"key-of-{name}").values()) == {1}


def test_templates_and_parameters_see_the_tenant_who_asked(house: House) -> None:
    names = ["cleo", "dionysius"] * 100

    def letter(name: str) -> Answer:
        return house.server.ask("POST", "/letters", {"for": name}, {"Authorization": f"key-of-{name}"})

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(letter, names))
    assert [answer.status for answer in answers] == [200] * 200
    for name, answer in zip(names, answers, strict=True):
        told = answer.json()
        assert json.loads(told["body"]) == {"from": name, "floor": len(name)}
        assert told["headers"]["HTTP_X_FLOOR"] == str(len(name))


def test_tokens_that_are_nearly_alike_are_apart(house: House) -> None:
    alike = ["key-of-eve", "key-of-Eve", "Key-of-eve", "key-of-eve.", "key-of-ev", "key-of-e ve"]
    expected = {token: token.startswith("key-") for token in alike}
    for _ in range(4):
        for token, admitted in expected.items():
            answer = house.ask(token, "/rooms/1")
            assert answer.status == (200 if admitted else 401), token
            if admitted:
                assert answer.json()["user"] == token.removeprefix("key-of-")
