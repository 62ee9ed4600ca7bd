"""Threads for functions: how many there are, and what becomes of them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import lambda_background
from wsgi_gateway.integrations.lambda_background import start_later
from wsgi_gateway.integrations.lambda_threads import FunctionThreads

PATIENCE = 20.0


@pytest.mark.parametrize("most", [0, -1, True, 1.5, None])
def test_a_number_that_is_none_is_a_config_error(most):
    with pytest.raises(ConfigError):
        FunctionThreads(most)


def test_so_many_run_and_wait_and_no_more():
    go, ended = threading.Event(), []
    threads = FunctionThreads(2, 1)

    def call() -> None:
        go.wait(PATIENCE)
        ended.append(threading.current_thread())

    assert [threads.submit(call) for _ in range(5)] == [True, True, True, False, False]
    assert not threads.drain(0.01)
    go.set()
    assert threads.drain(PATIENCE)
    assert len(ended) == 3
    assert len(set(ended)) == 2
    assert threads.submit(call)


def test_so_many_bytes_wait_and_run_and_no_more():
    go = threading.Event()
    threads = FunctionThreads(1, 100, most_bytes=10)
    taken = [threads.submit(lambda: go.wait(PATIENCE), size) for size in (4, 4, 4, 2, 1, 0)]
    assert taken == [True, True, False, True, False, True]
    go.set()
    assert threads.drain(PATIENCE)
    assert not threads.submit(go.clear, 11)
    assert threads.submit(go.wait, 10)
    assert threads.drain(PATIENCE)


def test_a_thread_is_kept_for_the_next_call():
    threads, names = FunctionThreads(8), set()
    for _ in range(5):
        assert threads.submit(lambda: names.add(threading.get_ident()))
        assert threads.drain(PATIENCE)
    assert len(names) == 1


def test_an_idle_thread_ends_and_another_takes_its_place():
    threads, seen = FunctionThreads(1, idle_seconds=0.01), []
    for _ in range(2):
        assert threads.submit(lambda: seen.append(threading.current_thread()))
        assert threads.drain(PATIENCE)
        seen[-1].join(PATIENCE)
        assert not seen[-1].is_alive()
    assert seen[0] is not seen[1]


def test_a_thread_outlives_what_a_call_raises(caplog):
    threads, done = FunctionThreads(1, 1), threading.Event()

    def call() -> None:
        raise SystemExit("s3cret")

    assert threads.submit(call)
    assert threads.submit(done.set)
    assert done.wait(PATIENCE)
    assert "s3cret" not in caplog.text
    assert "SystemExit" in caplog.text


def test_where_the_system_has_no_thread_left_those_there_are_go_on(monkeypatch):
    go, done = threading.Event(), []
    threads = FunctionThreads(4)
    assert threads.submit(lambda: go.wait(PATIENCE))

    def refuse(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert threads.submit(lambda: done.append(True))
        assert not FunctionThreads(4).submit(lambda: done.append(False))
    go.set()
    assert threads.drain(PATIENCE)
    assert done == [True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_begins_with_nothing():
    go = threading.Event()
    threads = FunctionThreads(1)
    assert threads.submit(lambda: go.wait(PATIENCE))
    with warnings.catch_warnings(), threads._changed:
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
        child = os.fork()
        if child == 0:
            done = threading.Event()
            os._exit(0 if threads.submit(done.set) and done.wait(PATIENCE) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    go.set()
    assert threads.drain(PATIENCE)


# ------------------------------------------------------------------------------------------- the background


def test_the_background_has_room_for_so_many_bytes_of_events():
    go = threading.Event()
    half = lambda_background.MOST_BYTES // 2
    taken = [start_later("reports", lambda: go.wait(PATIENCE), size) for size in (half, half, 1)]
    assert taken == [True, True, False]
    go.set()
    assert lambda_background.drain(PATIENCE)


def test_what_fails_in_the_background_is_logged_without_its_text(caplog):
    def call() -> None:
        raise LookupError("s3cret")

    assert start_later("reports", call)
    assert lambda_background.drain(PATIENCE)
    assert "reports raised LookupError in " in caplog.text
    assert "s3cret" not in caplog.text


def test_what_does_not_end_is_not_waited_for_for_ever(caplog):
    go = threading.Event()
    assert start_later("reports", lambda: go.wait(PATIENCE))
    assert not lambda_background.drain(0.01)
    assert "did not end in 0.01 s" in caplog.text
    go.set()
    assert lambda_background.drain(PATIENCE)


def test_a_process_that_ends_gives_what_it_was_given_time_to_finish():
    script = """
import sys, time
from wsgi_gateway.integrations.lambda_background import start_later
for number in range(3):
    start_later("f", lambda: (time.sleep(0.1), sys.stdout.write("done\\n")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr, done.returncode) == ("done\n" * 3, "", 0)
