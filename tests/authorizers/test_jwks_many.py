"""Many who want a key set at once: herds, stuck fetches, no threads to spare, and forked workers."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from authorizers.published import NO_KEY, NO_SET, Published, kept, settled
from authorizers.tokens import PATIENCE, Clock, key_set, reason

from wsgi_gateway.authorizers.jwks import WAITING
from wsgi_gateway.authorizers.jwks_sources import Fetched


def test_a_herd_on_a_cold_set_makes_one_fetch_and_shares_it() -> None:
    published = Published("rsa")
    published.open.clear()
    keys = kept(published)
    with ThreadPoolExecutor(16) as pool:
        found = [pool.submit(keys.find, "rsa", "RS256") for _ in range(16)]
        assert published.entered.acquire(timeout=PATIENCE)
        published.open.set()
        assert all(callable(one.result(PATIENCE)) for one in found)
    assert published.fetches == 1


def test_only_a_few_wait_for_keys_that_strangers_name_while_the_publisher_is_slow() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += 100
    published.open.clear()
    with ThreadPoolExecutor(16) as pool:
        found = [pool.submit(reason, keys.find, f"stranger {number}", "RS256") for number in range(16)]
        refused = [one.result(PATIENCE) for one in itertools.islice(as_completed(found), 16 - WAITING)]
        assert sum(one.done() for one in found) == 16 - WAITING, "the others wait"
        published.open.set()
        assert {one.result(PATIENCE) for one in found} == set(refused) == {NO_KEY}


def test_nobody_waits_longer_than_the_time_allowed_and_a_stuck_fetch_is_given_up() -> None:
    clock, published = Clock(), Published("rsa")
    held = published.open
    held.clear()
    keys = kept(published, clock, timeout=0.001)
    assert reason(keys.find, "rsa", "RS256") == NO_SET
    stuck = keys._flight
    clock.now += 9.0
    published.open = threading.Event()
    published.open.set()
    assert reason(keys.find, "rsa", "RS256") == NO_SET  # in the cool-down
    assert published.fetches == 1
    clock.now += 1.0
    keys._timeout = PATIENCE
    keys._next = 0.0
    assert stuck is not None
    stuck.started -= 3 * PATIENCE
    assert keys.find("rsa", "RS256")
    assert published.fetches == 2
    held.set()
    assert stuck.done.wait(PATIENCE)


def test_a_fetch_that_was_given_up_replaces_nothing_when_it_comes_back() -> None:
    clock, release = Clock(), threading.Event()
    answers: list[Callable[[], Fetched]] = []

    def source(seconds: float) -> Fetched:
        return answers.pop(0)()

    def stuck() -> Fetched:
        assert release.wait(PATIENCE)
        return Fetched(key_set("rsa"), 3600)

    answers += [stuck, lambda: Fetched(key_set("rsa2"), 3600)]
    keys = kept(source, clock, timeout=0.5)
    keys._timeout = 0.001
    assert reason(keys.find, "rsa", "RS256") == NO_SET
    first = keys._flight
    keys._timeout = PATIENCE
    clock.now += 3 * PATIENCE
    assert keys.find("rsa2", "RS256")
    release.set()
    assert first is not None
    assert first.done.wait(PATIENCE)
    assert keys.find("rsa2", "RS256")


def test_without_a_thread_to_spare_the_old_set_serves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    clock.now += 3600
    assert keys.find("rsa", "RS256")
    assert reason(keys.find, "unknown", "RS256") == NO_KEY
    assert published.fetches == 1
    assert "no thread can be started" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_worker_keeps_the_set_and_fetches_for_itself_though_its_parent_is_fetching() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += 3600
    published.open.clear()
    keys.find("rsa", "RS256")
    assert published.entered.acquire(timeout=PATIENCE)

    def child() -> bool:
        published.open = threading.Event()
        published.open.set()
        published.document = key_set("rsa", "rsa2")
        return callable(keys.find("rsa", "RS256")) and callable(keys.find("rsa2", "RS256"))

    with keys._lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
        pid = os.fork()
        if pid == 0:
            signal.alarm(int(PATIENCE))
            try:
                os._exit(0 if child() else 1)
            finally:
                os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    published.open.set()
    settled(keys)
    assert code == 0
