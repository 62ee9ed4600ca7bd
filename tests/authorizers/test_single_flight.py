"""One call per caller: herds, killed and stuck requests, many threads, and forked workers."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from authorizers.callers import GRANT, Asked, Clock, fetch

from wsgi_gateway.authorizers import AuthorizerCache, allow
from wsgi_gateway.authorizers import cache as cache_module
from wsgi_gateway.authorizers.cache import ENTRY_OVERHEAD
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.errors import AUTHORIZER_FAILURE, UNAUTHORIZED, GatewayError

REFUSAL = GatewayError(UNAUTHORIZED)
HERD = 16
PATIENCE = 20.0


class Herd:
    """Threads which all want one key: the first asks, and it is known when all others wait for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: AuthorizerCache) -> None:
        self.cache, self.waiting, self.may_answer = cache, threading.Semaphore(0), threading.Event()
        self.asked = 0
        waiting = self.waiting

        class Flight(cache_module._Flight):
            def __init__(self) -> None:
                super().__init__()
                self.done = Watched()

        class Watched(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                waiting.release()
                return super().wait(timeout)

        monkeypatch.setattr(cache_module, "_Flight", Flight)

    def run(self, answer: Callable[[], Any], count: int = HERD) -> list[Any]:
        def ask() -> Any:
            self.asked += 1
            assert self.may_answer.wait(PATIENCE)
            return answer()

        def one(number: int) -> Any:
            try:
                return fetch(self.cache, ask)
            except BaseException as error:
                return error

        with ThreadPoolExecutor(count) as pool:
            outcomes = [pool.submit(one, number) for number in range(count)]
            for _ in range(count - 1):
                assert self.waiting.acquire(timeout=PATIENCE)
            self.may_answer.set()
            return [outcome.result(PATIENCE) for outcome in outcomes]


@pytest.mark.parametrize("outcome", [GRANT, REFUSAL], ids=["a grant", "a refusal"])
def test_a_herd_on_a_cold_key_makes_one_call_and_shares_its_outcome(
    outcome: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    herd = Herd(monkeypatch, AuthorizerCache())
    outcomes = herd.run(lambda: outcome)
    assert herd.asked == 1
    assert [one for one, _ in outcomes] == [outcome] * HERD
    assert sorted(source for _, source in outcomes) == ["miss"] + ["shared"] * (HERD - 1)
    assert len(herd.cache) == (1 if outcome is GRANT else 0)
    assert not herd.cache._flights


def test_when_the_asking_request_is_killed_the_next_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    herd = Herd(monkeypatch, AuthorizerCache())
    deaths = iter([SystemExit("one"), SystemExit("two")])

    def answer() -> Any:
        death = next(deaths, None)
        if death is not None:
            raise death
        return GRANT

    outcomes = herd.run(answer)
    dead = [one for one in outcomes if isinstance(one, SystemExit)]
    assert len(dead) == 2
    assert herd.asked == 3
    assert all(one[0] is GRANT for one in outcomes if not isinstance(one, SystemExit))


def test_nobody_waits_for_ever_and_a_stuck_call_is_taken_over() -> None:
    cache, release, started = AuthorizerCache(wait=0.001), threading.Event(), threading.Event()

    def stuck() -> Any:
        started.set()
        assert release.wait(PATIENCE)
        return GRANT

    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(fetch, cache, stuck)
        assert started.wait(PATIENCE)
        outcome, source = fetch(cache, Asked())
        assert (outcome, source) == (GatewayError(AUTHORIZER_FAILURE), "shared")
        newer = Grant(allow("newer"))
        assert fetch(cache, Asked(newer)) == (newer, "miss")
        release.set()
        assert leader.result(PATIENCE) == (GRANT, "miss")
    assert fetch(cache, Asked()) == (newer, "hit")
    assert (len(cache), cache.size) == (1, newer.size + ENTRY_OVERHEAD)


def test_a_function_that_calls_its_own_gateway_does_not_wait_for_itself() -> None:
    cache, inner = AuthorizerCache(), Asked()
    assert fetch(cache, lambda: fetch(cache, inner)[0]) == (GRANT, "miss")
    assert inner.calls == 1


def test_different_callers_do_not_wait_for_each_other() -> None:
    cache, both = AuthorizerCache(), threading.Barrier(2)

    def ask() -> Grant:
        both.wait(PATIENCE)
        return GRANT

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(fetch, cache, ask, key) for key in (b"a", b"b")]
        assert [outcome.result(PATIENCE) for outcome in outcomes] == [(GRANT, "miss")] * 2


def test_threads_that_fill_and_empty_a_small_cache_leave_it_consistent() -> None:
    cache = AuthorizerCache(max_entries=5)
    grants = {
        name: Grant(allow(name.decode())) for name in itertools.islice((b"u%d" % n for n in range(12)), 12)
    }

    def work(start: int) -> None:
        for number in range(start, start + 400):
            name = b"u%d" % (number * 7 % 12)
            outcome, _ = cache.fetch(name, 300, Clock(), lambda name=name: grants[name])  # type: ignore[misc]
            assert outcome is grants[name]

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, start) for start in range(8)]:
            done.result(PATIENCE)
    assert len(cache) == 5
    assert cache.size == sum(entry.size for entry in cache._entries.values())
    assert not cache._flights


# ------------------------------------------------------------------------------------------------- forks


def in_child(check: Callable[[], bool]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
        child = os.fork()
    if child == 0:
        signal.alarm(int(PATIENCE))
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_worker_starts_empty_though_its_parent_is_asking_and_holds_the_lock() -> None:
    cache, release, started = AuthorizerCache(), threading.Event(), threading.Event()
    fetch(cache, Asked(), b"kept")

    def stuck() -> Any:
        started.set()
        assert release.wait(PATIENCE)
        return GRANT

    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(fetch, cache, stuck, b"flying")
        assert started.wait(PATIENCE)
        with cache._lock:
            code = in_child(
                lambda: (
                    [fetch(cache, Asked(), key)[1] for key in (b"kept", b"flying", b"kept")]
                    == ["miss", "miss", "hit"]
                )
            )
        release.set()
        leader.result(PATIENCE)
    assert code == 0
    assert fetch(cache, Asked(), b"kept")[1] == "hit"
