"""A gateway that takes a new definition while it serves: one version for each request, and no gap."""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from wsgi_gateway import ConfigError, Gateway, load, load_definition
from wsgi_gateway.cli.reloading import ReloadingGateway
from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, QuotaConfig, UsagePlanConfig
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.wsgi import Response, call_app

KEY = "0123456789abcdefghij"
NEVER = 10_000.0
"""How often the thread looks where the test does."""


def definition(version: str, path: str = "/answer") -> str:
    """Its answers have the version in their head and in their body, and their Gateway's app is told it."""
    return json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "versions", "version": "1"},
            "paths": {
                path: {
                    "get": {
                        "responses": {"200": {"description": "", "headers": {"X-Version": {"schema": {}}}}},
                        "x-amazon-apigateway-integration": {
                            "type": "mock",
                            "requestTemplates": {"application/json": '{"statusCode": 200}'},
                            "responses": {
                                "default": {
                                    "statusCode": "200",
                                    "responseParameters": {
                                        "method.response.header.X-Version": f"'{version}'"
                                    },
                                    "responseTemplates": {"application/json": version},
                                }
                            },
                        },
                    }
                },
                "/slow": {"get": {"responses": {"200": {"description": version}}}},
            },
        }
    )


BROKEN = definition("broken").replace("mock", "no-such-type")


def replaced(file: Path, text: str) -> None:
    """As editors and deployments do it."""
    beside = file.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, file)


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.problems: list[str] = []

    def changed(self, old: Gateway, new: Gateway) -> None:
        assert old is not new
        self.told.append("changed")

    def refused(self, problems: Sequence[object]) -> None:
        self.told.append("refused")
        self.problems = [str(problem) for problem in problems]

    def restored(self) -> None:
        self.told.append("restored")

    def looked(self) -> None:
        pass


class Served:
    """A definition's file, what serves it, and what was told; nobody looks but the test."""

    def __init__(self, folder: Path, text: str = definition("one"), poll_seconds: float = NEVER) -> None:
        self.file = folder / "api.yaml"
        self.file.write_text(text)
        self.listener = Told()
        self.loads = 0
        self.app = ReloadingGateway(
            self._load, [self.file], listener=self.listener, poll_seconds=poll_seconds
        )

    def _load(self) -> Gateway:
        self.loads += 1
        return Gateway(load_definition(self.file), Response("200 OK", [], [b"app"]))

    def look(self, times: int = 2) -> list[str]:
        for _ in range(times):
            self.app.look()
        return self.listener.told

    def version(self, path: str = "/answer") -> str:
        return version(self.app, path)


def ask(app, path: str, **environ: str) -> Response:
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", **environ})


def version(app, path: str = "/answer") -> str:
    answer = ask(app, path)
    assert answer.status_code == 200
    told = dict(answer.headerlist)["X-Version"]
    assert answer.body() == told.encode()
    return told


@pytest.fixture
def served(tmp_path) -> Served:
    return Served(tmp_path)


written = pytest.mark.parametrize("write", [replaced, Path.write_text], ids=["replaced", "written in place"])


# ------------------------------------------------------------ what is taken, and when


@written
def test_a_change_serves_once_it_looks_the_same_twice(served, write):
    write(served.file, definition("two"))
    assert served.look(1) == []
    assert served.version() == "one"
    assert served.look(1) == ["changed"]
    assert served.version() == "two"
    assert served.look(3) == ["changed"]


@written
def test_what_cannot_be_served_is_told_once_and_the_old_one_serves(served, write):
    write(served.file, BROKEN)
    assert served.look(6) == ["refused"]
    assert "no-such-type" in served.listener.problems[0]
    assert served.version() == "one"
    write(served.file, BROKEN + "\n")
    assert served.look(6) == ["refused", "refused"]
    write(served.file, definition("two"))
    assert served.look() == ["refused", "refused", "changed"]
    assert served.version() == "two"


def test_a_file_that_is_being_written_is_not_read(served):
    text = definition("two")
    for end in range(0, len(text), 50):
        served.file.write_text(text[:end])
        assert served.look(1) == []
    served.file.write_text(text)
    assert served.look() == ["changed"]
    assert served.loads == 2


def test_what_changes_again_while_it_is_found_wrong_is_not_told(tmp_path):
    class Meddling(Served):
        def _load(self) -> Gateway:
            try:
                return super()._load()
            except ConfigError:
                self.file.write_text(definition("two"))
                raise

    served = Meddling(tmp_path)
    served.file.write_text(BROKEN)
    assert served.look(2) == []
    assert served.look(2) == ["changed"]
    assert served.version() == "two"


def test_what_changes_again_while_it_is_loaded_is_another_change(tmp_path):
    class Meddling(Served):
        def _load(self) -> Gateway:
            made = super()._load()
            if self.loads == 2:
                self.file.write_text(definition("three"))
            return made

    served = Meddling(tmp_path)
    served.file.write_text(definition("two"))
    assert served.look(2) == ["changed"]
    assert served.version() == "two"
    assert served.look(2) == ["changed", "changed"]
    assert served.version() == "three"


def test_what_changes_while_it_is_loaded_at_first_is_a_change(tmp_path):
    class Meddling(Served):
        def _load(self) -> Gateway:
            made = super()._load()
            if self.loads == 1:
                self.file.write_text(definition("two"))
            return made

    served = Meddling(tmp_path)
    assert served.version() == "one"
    assert served.look() == ["changed"]
    assert served.version() == "two"


def test_a_mistake_that_is_taken_back_loads_nothing(served):
    text = served.file.read_text()
    served.file.write_text(BROKEN)
    served.look()
    served.file.write_text(text)
    assert served.look(4) == ["refused", "restored"]
    assert served.loads == 2


def test_a_change_that_is_taken_back_before_it_is_taken_is_none(served):
    text = served.file.read_text()
    served.file.write_text(definition("two"))
    served.look(1)
    served.file.write_text(text)
    assert served.look(4) == []
    served.file.write_text(definition("two"))
    assert served.look(1) == []


def test_a_file_that_is_only_touched_is_not_loaded_again(served):
    os.utime(served.file, (1, 1))
    replaced(served.file, served.file.read_text())
    assert served.look(4) == []
    assert served.loads == 1


def test_a_change_of_the_same_size_and_time_is_one(served):
    before = served.file.stat()
    served.file.write_text(definition("two"))
    os.utime(served.file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert served.file.stat().st_size == before.st_size
    assert served.look() == ["changed"]


def test_a_file_that_is_deleted_serves_on_and_may_come_back(served):
    text = served.file.read_text()
    served.file.unlink()
    assert served.look(4) == ["refused"]
    assert "No such file" in served.listener.problems[0]
    assert served.version() == "one"
    served.file.write_text(text)
    assert served.look(4) == ["refused", "restored"]
    served.file.unlink()
    served.look()
    served.file.write_text(definition("two"))
    assert served.look() == ["refused", "restored", "refused", "changed"]
    assert served.version() == "two"


def test_a_file_that_is_gone_for_a_moment_is_nothing_to_tell(served):
    served.file.unlink()
    served.look(1)
    served.file.write_text(definition("two"))
    assert served.look() == ["changed"]


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path):
    for number in ("one", "two"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "api.yaml").write_text(definition(number))
    link = tmp_path / "current"
    link.symlink_to("one")
    app = ReloadingGateway(
        lambda: Gateway(str(link / "api.yaml"), Response("200 OK")), [link / "api.yaml"], poll_seconds=NEVER
    )
    (tmp_path / "next").symlink_to("two")
    os.replace(tmp_path / "next", link)
    app.look()
    app.look()
    assert version(app) == "two"


def test_a_failure_that_is_no_mistake_in_the_definition_is_logged_once(tmp_path, caplog):
    class Failing(Served):
        def _load(self) -> Gateway:
            made = super()._load()
            if self.loads == 2:
                raise RuntimeError("the database is away")
            return made

    served = Failing(tmp_path, poll_seconds=0.01)
    served.file.write_text(definition("two"))
    served.app.watch()
    wait_until(lambda: "the database is away" in caplog.text)
    served.app.close()
    served.look(4)
    assert served.loads == 2
    assert served.version() == "one"
    served.file.write_text(definition("three"))
    assert served.look() == ["changed"]


# ------------------------------------------------------------ what a request meets


def test_a_request_under_way_ends_on_what_it_began_with(tmp_path):
    file = tmp_path / "api.yaml"
    entered, may_go = threading.Event(), threading.Event()

    def slow(environ, start_response):
        entered.set()
        assert may_go.wait(60)
        start_response("200 OK", [])
        return [b"done"]

    def document(number: str) -> str:
        api = json.loads(definition(number))
        api["paths"]["/slow"]["get"]["responses"] = {
            "200": {"description": "", "headers": {"X-Version": {"schema": {}}}}
        }
        api["paths"]["/slow"]["get"]["x-amazon-apigateway-integration"] = {
            "type": "wsgi",
            "uri": "wsgi:slow",
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {"method.response.header.X-Version": f"'{number}'"},
                }
            },
        }
        return json.dumps(api)

    file.write_text(document("one"))
    app = ReloadingGateway(lambda: Gateway(file, integrations={"slow": slow}), [file], poll_seconds=NEVER)
    old = weakref.ref(app.gateway)
    answers: list[Response] = []
    thread = threading.Thread(target=lambda: answers.append(ask(app, "/slow")))
    thread.start()
    assert entered.wait(60)
    file.write_text(document("two"))
    app.look()
    app.look()
    assert version(app) == "two"
    assert old() is not None
    may_go.set()
    thread.join()
    assert (answers[0].status_code, dict(answers[0].headerlist)["X-Version"]) == (200, "one")
    assert old() is None
    assert dict(ask(app, "/slow").headerlist)["X-Version"] == "two"


def test_a_streamed_answer_outlives_what_it_began_with(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(definition("one"))
    closed: list[bool] = []

    def stream(environ, start_response):
        start_response("200 OK", [])
        return Parts(closed)

    app = ReloadingGateway(lambda: Gateway(file, stream), [file], poll_seconds=NEVER)
    old = weakref.ref(app.gateway)
    answer = ask(app, "/slow")
    parts = iter(answer.app_iter)
    assert next(parts) == b"0"
    file.write_text(definition("two"))
    app.look()
    app.look()
    assert old() is None
    assert (list(parts), closed) == ([b"1", b"2"], [])
    answer.app_iter.close()
    assert closed == [True]


class Parts:
    def __init__(self, closed: list[bool]) -> None:
        self._parts = iter([b"0", b"1", b"2"])
        self._closed = closed

    def __iter__(self) -> Parts:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        self._closed.append(True)


def test_every_request_of_a_storm_is_answered_by_one_version(served):
    over = threading.Event()
    seen: list[set[str]] = []
    failures: list[BaseException] = []

    def client() -> None:
        mine: set[str] = set()
        seen.append(mine)
        try:
            while not over.wait(0.001):  # or the clients leave the swaps no time
                mine.add(served.version())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(200):
        (replaced if number % 2 else Path.write_text)(served.file, definition(f"v{number}"))
        served.look()
    over.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert served.listener.told == ["changed"] * 200
    assert served.version() == "v199"
    assert len(set().union(*seen)) > 1


# ------------------------------------------------------------ counters


def with_quota(file: Path, limit: int, store: MemoryStore | None) -> Gateway:
    api = load(file)
    method = replace(api.resources["/slow"]["GET"], api_key_required=True)
    plan = UsagePlanConfig(
        id="gold",
        keys=["ada"],
        api_stages=[ApiStageConfig(stage="default")],
        quota=QuotaConfig(limit=limit, period="MONTH"),
    )
    api = replace(
        api,
        resources={**api.resources, "/slow": {"GET": method}},
        usage_plans=[plan],
        api_keys=[ApiKeyConfig(id="ada", value=KEY)],
    )
    return Gateway(api, Response("200 OK", [], [b""]), store=store)


def test_a_reload_refills_no_quota_and_a_new_limit_holds_at_once(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(definition("one"))
    limit, store = 5, MemoryStore()
    app = ReloadingGateway(lambda: with_quota(file, limit, store), [file], poll_seconds=NEVER)

    def statuses(count: int) -> list[int]:
        return [ask(app, "/slow", HTTP_X_API_KEY=KEY).status_code for _ in range(count)]

    def change(number: str) -> None:
        file.write_text(definition(number))
        app.look()
        app.look()

    assert statuses(3) == [200] * 3
    change("two")
    assert statuses(3) == [200, 200, 429]
    limit = 7
    change("three")
    assert statuses(3) == [200, 200, 429]
    limit = 2
    change("four")
    assert statuses(1) == [429]


# ------------------------------------------------------------ nothing is left


def test_old_gateways_go_and_memory_threads_and_files_do_not_grow(served):
    def swap(number: int) -> None:
        served.file.write_text(definition(f"v{number}"))
        served.look()
        assert served.version() == f"v{number}"

    for number in range(100, 130):
        swap(number)
    old = weakref.ref(served.app.gateway)
    files, threads = open_files(), set(threading.enumerate())
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(130, 330):
            swap(number)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert old() is None
    assert open_files() <= files
    assert set(threading.enumerate()) <= threads
    # What was there before counts for nothing, so one Gateway's worth is new.
    assert grown < 300_000


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def watching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wsgi_gateway-reload"]


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_the_thread_starts_with_the_first_request_and_ends_when_it_is_closed(tmp_path):
    before = watching()
    served = Served(tmp_path, poll_seconds=0.01)
    assert watching() == before
    served.version()
    served.version()
    assert len(watching()) == len(before) + 1
    served.file.write_text(definition("two"))
    wait_until(lambda: served.version() == "two")
    served.app.close()
    assert watching() == before
    served.file.write_text(definition("three"))
    assert served.version() == "two"
    served.app.close()
    served.app.watch()
    assert watching() == before


def test_the_thread_ends_when_nobody_has_the_gateway_any_more(tmp_path):
    before = watching()
    file = tmp_path / "api.yaml"
    file.write_text(definition("one"))
    app = ReloadingGateway(lambda: Gateway(file, Response("200 OK")), [file], poll_seconds=NEVER)
    assert version(app) == "one"
    assert len(watching()) == len(before) + 1
    gone = weakref.ref(app)
    del app
    wait_until(lambda: gone() is None and watching() == before)


def test_a_forked_process_watches_by_itself(tmp_path):
    # In an interpreter of its own: its parent has served, so that a thread is lost by the fork.
    file = tmp_path / "api.yaml"
    file.write_text(definition("one"))
    script = f"""
import os, sys, threading, time
sys.path[:0] = {[str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]!r}
from pathlib import Path
from cli.test_reloading import Gateway, ReloadingGateway, Response, definition, version
file = Path({str(file)!r})
app = ReloadingGateway(lambda: Gateway(file, Response("200 OK")), [file], poll_seconds=0.01)
assert version(app) == "one"
child = os.fork()
if not child:
    file.write_text(definition("two"))
while version(app) != "two":
    time.sleep(0.01)
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
app.close()
grandchild = os.fork()
if not grandchild:
    os._exit(0 if version(app) == "two" and threading.active_count() == 1 else 1)
assert os.waitpid(grandchild, 0)[1] == 0
print("both")
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("both\n", "")


# ------------------------------------------------------------ being told by the log


@pytest.mark.parametrize(
    ("texts", "told", "serves", "words"),
    [
        pytest.param(["two"], "changed", "two", "the changed definition serves", id="of a change"),
        pytest.param(
            [None], "refused", "one", "the definition before goes on being served", id="of a mistake"
        ),
        pytest.param(
            [None, "one"], "restored", "one", "the files are again what serves", id="of a mistake taken back"
        ),
        pytest.param([], "looked", "one", "what serves goes on", id="of a look"),
    ],
)
def test_a_listener_that_fails_is_told_by_words_of_its_own(served, caplog, texts, told, serves, words):
    def fail(*args: object) -> None:
        raise BrokenPipeError("stdout is gone")

    setattr(served.listener, told, fail)
    for text in texts:
        served.file.write_text(BROKEN if text is None else definition(text))
        served.look()
    served.look(1)
    assert served.version() == serves
    (message,) = {record.getMessage() for record in caplog.records}
    assert message == f"a listener failed, and reloading goes on; {words}"
    assert "stdout is gone" in caplog.text
    delattr(served.listener, told)
    served.file.write_text(definition("three"))
    served.look()
    assert served.version() == "three"
    assert served.listener.told[-1] == "changed"


def test_the_thread_outlives_a_listener_that_fails(tmp_path, caplog):
    served = Served(tmp_path, poll_seconds=0.01)
    served.listener.changed = lambda old, new: 1 / 0
    served.app.watch()
    for version in ("two", "three"):
        served.file.write_text(definition(version))
        wait_until(lambda version=version: served.version() == version)
    served.app.close()
    assert "the definition before" not in caplog.text


def test_without_a_listener_the_log_is_told(tmp_path, caplog):
    caplog.set_level(logging.INFO, "wsgi_gateway")
    file = tmp_path / "api.yaml"
    file.write_text(definition("one"))
    app = ReloadingGateway(lambda: Gateway(file, Response("200 OK")), [file], poll_seconds=NEVER)
    for text in (BROKEN, definition("one"), definition("two")):
        file.write_text(text)
        app.look()
        app.look()
    told = [record.getMessage() for record in caplog.records]
    assert "no-such-type" in told[0]
    assert told[1:] == [
        "the changed definition cannot be served; the one before is",
        "the definition is again what is served",
        "versions: a changed definition serves",
    ]


def test_a_definition_that_cannot_be_served_at_first_is_refused_at_once(tmp_path):
    with pytest.raises(ConfigError, match="no-such-type"):
        Served(tmp_path, text=BROKEN)


def test_looking_without_a_pause_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="poll_seconds"):
        Served(tmp_path, poll_seconds=0)
