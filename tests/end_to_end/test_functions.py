"""Functions under gunicorn --preload: timeouts, events, and streams that end before their time."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.gunicorn_process import Gunicorn, gunicorn, until


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kennel") / "log"


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[Gunicorn]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENNEL_LOG", str(log))
        with gunicorn("kennel", log.parent, "--preload", "--threads", "4") as running:
            yield running


def said(log: Path) -> Counter[str]:
    return Counter(log.read_text().splitlines() if log.exists() else ())


def test_a_function_with_a_timeout_runs_in_the_workers(server: Gunicorn) -> None:
    answers = {int(server.ask("GET", "/fetch").body) for _ in range(20)}
    assert answers <= set(server.workers())


def test_a_function_that_hangs_is_502_and_others_go_on(server: Gunicorn) -> None:
    late = server.ask("GET", "/fetch?stick=far")
    assert (late.status, late.json()) == (502, {"message": "Internal server error"})
    assert server.ask("GET", "/fetch").status == 200


def test_an_event_is_answered_before_it_is_worked_on_once(server: Gunicorn, log: Path) -> None:
    for place in ("the cat", "the post"):
        answer = server.ask("GET", f"/bark?at={place.replace(' ', '+')}")
        assert (answer.status, answer.body) == (200, b"")
    until(lambda: said(log)["barked the cat"] and said(log)["barked the post"])
    # What was taken in before the fork is the parent's to do, and nobody else's.
    until(lambda: said(log)["barked the moon"])
    assert {line: count for line, count in said(log).items() if line.startswith("barked")} == {
        "barked the moon": 1,
        "barked the cat": 1,
        "barked the post": 1,
    }


def test_a_client_that_goes_ends_the_stream(server: Gunicorn, log: Path) -> None:
    before = said(log)["silence"]
    connection = server.connection()
    connection.request("GET", "/howl")
    response = connection.getresponse()
    assert (response.status, response.getheader("Content-Type")) == (200, "text/plain")
    assert response.read(1_000_000) == b"o" * 1_000_000
    response.close()
    connection.close()
    until(lambda: said(log)["silence"] == before + 1)


def test_a_stream_that_breaks_is_cut_off_and_does_not_look_whole(server: Gunicorn) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        server.ask("GET", "/whimper")
    assert set(caught.value.partial) <= {ord("a")}
    until(lambda: "whimper raised RuntimeError in" in server.log.read_text())
    assert "s3cret" not in server.log.read_text()
