"""The authorizer cache: kept for its time, bounded, one call per caller, nothing shared between callers."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from wsgi_gateway.authorizers import AuthorizerCache, allow
from wsgi_gateway.authorizers import cache as cache_module
from wsgi_gateway.authorizers.cache import ENTRY_OVERHEAD, cache_key
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import AUTHORIZER_FAILURE, UNAUTHORIZED, ConfigError, GatewayError

GRANT = Grant(allow("alice"))
REFUSAL = GatewayError(UNAUTHORIZED)
HERD = 16
PATIENCE = 20.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A function to ask, which counts."""

    def __init__(self, outcome: Any = GRANT) -> None:
        self.outcome, self.calls = outcome, 0

    def __call__(self) -> Any:
        self.calls += 1
        return self.outcome


def fetch(
    cache: AuthorizerCache, ask: Callable[[], Any], key: bytes = b"k", clock: Any = None, ttl: int = 300
) -> Any:
    return cache.fetch(key, ttl, clock or Clock(), ask)


# ------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("passed", "source"), [(0, "hit"), (299.9, "hit"), (300, "miss"), (10**6, "miss"), (-1, "miss")], ids=str
)
def test_a_grant_is_kept_for_its_ttl_and_not_by_a_clock_that_went_back(passed: float, source: str) -> None:
    cache, clock, ask = AuthorizerCache(), Clock(), Asked()
    assert fetch(cache, ask, clock=clock) == (GRANT, "miss")
    clock.now += passed
    assert fetch(cache, ask, clock=clock) == (GRANT, source)
    assert ask.calls == (1 if source == "hit" else 2)


def test_the_ttl_begins_when_the_answer_has_come() -> None:
    cache, clock = AuthorizerCache(), Clock()

    def slow() -> Grant:
        clock.now += 100
        return GRANT

    fetch(cache, slow, clock=clock)
    clock.now += 299
    assert fetch(cache, slow, clock=clock)[1] == "hit"


def test_a_hit_does_not_make_a_grant_last_longer() -> None:
    cache, clock, ask = AuthorizerCache(), Clock(), Asked()
    for _ in range(6):
        fetch(cache, ask, clock=clock)
        clock.now += 100
    assert ask.calls == 2


def test_a_refusal_is_never_kept() -> None:
    cache, ask = AuthorizerCache(), Asked(REFUSAL)
    for _ in range(3):
        assert fetch(cache, ask) == (REFUSAL, "miss")
    assert ask.calls == 3
    assert len(cache) == 0


def test_an_exception_flies_on_and_is_not_kept() -> None:
    cache = AuthorizerCache()

    def broken() -> Any:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            fetch(cache, broken)
    assert fetch(cache, Asked())[1] == "miss"


def test_clearing_forgets_everything() -> None:
    cache, ask = AuthorizerCache(), Asked()
    fetch(cache, ask)
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)
    assert fetch(cache, ask)[1] == "miss"


def test_an_answer_asked_for_before_clearing_is_used_and_not_kept() -> None:
    cache = AuthorizerCache()

    def revoked_meanwhile() -> Grant:
        cache.clear()
        return GRANT

    assert fetch(cache, revoked_meanwhile) == (GRANT, "miss")
    assert fetch(cache, Asked())[1] == "miss"


# ----------------------------------------------------------------------------------------------- bounds


def keys() -> Iterator[bytes]:
    return (b"%d" % number for number in itertools.count())


def test_what_was_used_longest_ago_goes_first() -> None:
    cache, ask = AuthorizerCache(max_entries=3), Asked()
    for key in (b"a", b"b", b"c", b"a", b"d"):
        fetch(cache, ask, key)
    assert [fetch(cache, ask, key)[1] for key in (b"a", b"c", b"d", b"b")] == ["hit", "hit", "hit", "miss"]
    assert len(cache) == 3


def test_the_bytes_are_bounded_and_counted_exactly() -> None:
    room = 10 * (GRANT.size + ENTRY_OVERHEAD)
    cache = AuthorizerCache(max_bytes=room)
    for key in itertools.islice(keys(), 100):
        fetch(cache, Asked(), key)
    assert len(cache) == 10
    assert cache.size == room


def test_a_grant_that_replaces_an_expired_one_is_counted_once() -> None:
    cache, clock = AuthorizerCache(), Clock()
    for _ in range(5):
        fetch(cache, Asked(), clock=clock)
        clock.now += 1000
    assert (len(cache), cache.size) == (1, GRANT.size + ENTRY_OVERHEAD)


def test_a_grant_larger_than_the_cache_is_used_and_drives_no_other_out() -> None:
    cache, ask = AuthorizerCache(max_bytes=GRANT.size + ENTRY_OVERHEAD), Asked()
    huge = Asked(Grant(allow("huge", note="x" * 1000)))
    fetch(cache, ask)
    assert [fetch(cache, huge, b"huge") for _ in range(2)] == [(huge.outcome, "miss")] * 2
    assert fetch(cache, ask)[1] == "hit"
    assert (len(cache), cache.size) == (1, GRANT.size + ENTRY_OVERHEAD)


@pytest.mark.parametrize("bounds", [{"max_entries": 0}, {"max_bytes": 0}, {"wait": 0}], ids=str)
def test_a_cache_without_room_is_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        AuthorizerCache(**bounds)


def test_a_cache_shows_how_full_it_is_and_nothing_else() -> None:
    cache = AuthorizerCache()
    fetch(cache, Asked())
    assert repr(cache) == f"<AuthorizerCache 1 entries, about {cache.size} bytes>"


# ------------------------------------------------------------------------------------------------- keys


def context(api_id: str = "api", stage: str = "dev") -> Context:
    return Context({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, Deployment(api_id=api_id, stage=stage))


def test_near_equal_callers_have_different_keys() -> None:
    keys = [
        cache_key(scope, context(api_id, stage), identity)
        for scope in (0, 1, 11)
        for api_id, stage in [("a", "b"), ("ab", ""), ("", "ab"), ("a1", ":b"), ("b", "a"), ("a", "c")]
        for identity in [
            (),
            ((),),
            (("",),),
            (("", ""),),
            (("",), ("",)),
            (("ab",),),
            (("a", "b"),),
            (("a", "bc"),),
            (("ab", "c"),),
            (("a",), ("b",)),
            (("b",), ("a",)),
            (("a1:b",),),
            (("1:a1:b",),),
            (("a",), ("b1,0:",)),
            (("a",), ("b",), ("",)),
            (("AB",),),
            (("ab ",),),
            (("é",),),
            (("e\u0301",),),
            (("\ud800",),),
            (("\x00",),),
        ]
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_equal_callers_have_equal_keys() -> None:
    assert cache_key(3, context(), (("tok",),)) == cache_key(3, context(), (("tok",),))


def test_no_token_is_kept_in_a_key() -> None:
    assert b"tok" not in cache_key(0, context(), (("tok" * 20,),))


class Service:
    def authorize(self, event: Any) -> Any:
        return event

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_a_scope_is_one_configuration_and_one_function() -> None:
    cache, one, other = AuthorizerCache(), Service(), Service()
    first = cache.scope("config", one)
    assert cache.scope("config", one) == first
    assert (
        len(
            {
                first,
                cache.scope("config", other),
                cache.scope("changed", one),
                cache.scope("config", one.authorize),
            }
        )
        == 4
    )
    assert cache.scope("config", one.authorize) == cache.scope("config", one.authorize)
    assert cache.scope("config", one.authorize) != cache.scope("config", other.authorize)


# ---------------------------------------------------------------------------------------- one call a caller


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
