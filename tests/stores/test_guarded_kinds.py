"""Decisions, reading and keeping fail each for itself; one tries again, each change is told in one line."""

from __future__ import annotations

import logging
import os
import shutil
import threading

import pytest
from stores.redis_server import RedisServer

from wsgi_gateway.stores.breaker import Breaker
from wsgi_gateway.stores.errors import StoreFull, StoreRefuses, StoreUnavailable
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket

LIMITS = ([("b", TokenBucket(0, 2))], [("q", Quota(9, "DAY"))])
PLENTY = ([("p", TokenBucket(0, 10**6))], [])

READING = {
    "states": lambda store: store.states(*LIMITS, 0),
    "usage": lambda store: store.usage("q", LIMITS[1][0][1], 0, 1, 0),
    "recall": lambda store: store.recall("k", 0),
    "names": lambda store: store.names(""),
    "generation": lambda store: store.generation("g"),
}
KEEPING = {
    "keep": lambda store: store.keep("k", b"", None, 0),
    "forget": lambda store: store.forget("k"),
    "advance": lambda store: store.advance("g"),
    "set_used": lambda store: store.set_used("q", LIMITS[1][0][1], 0, 0),
}
DECIDING = {"admit": lambda store: store.admit(*PLENTY, 0)}
ALL = {**READING, **KEEPING, **DECIDING}


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Sick:
    """A store that ails as it is told to: ``ails`` says of a verb and its arguments how it fails, or None."""

    shared_between_processes = has_records = True

    def __init__(self):
        self.well, self.asked = MemoryStore(), []
        self.ails = lambda *_: None

    def __getattr__(self, name):
        verb = getattr(self.well, name)

        def ask(*args):
            self.asked.append(name)
            error = self.ails(name, args)
            if error is not None:
                raise error
            return verb(*args)

        return ask

    def fail(self, verbs, error):
        self.ails = lambda name, _: error if name in verbs else None

    def recover(self):
        self.ails = lambda *_: None


@pytest.fixture
def sick():
    return Sick()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(sick, clock):
    return GuardedStore(sick, on_error="closed", clock=clock)


def fails(store, verb):
    try:
        ALL[verb](store)
    except StoreUnavailable:
        return True
    return False


def told(caplog):
    """Lines about a change of state, without their reasons and numbers."""
    lines = [record.getMessage() for record in caplog.records]
    return [line.split(" (")[0].split(";")[0] for line in lines if "decisions without it" not in line]


# ---------------------------------------------------------------- one at a time


@pytest.mark.parametrize("verb", [*READING, *KEEPING])
def test_while_one_tries_a_store_that_hangs_the_others_are_answered_at_once(sick, store, clock, verb):
    sick.fail(ALL, ConnectionError())
    assert fails(store, verb)
    clock.now += 1
    entered, free, outcome = threading.Event(), threading.Event(), []

    def hang(name, _):
        if not entered.is_set():
            entered.set()
            free.wait(60)
        return ConnectionError()

    sick.ails = hang
    trying = threading.Thread(target=lambda: outcome.append(fails(store, verb)))
    trying.start()
    assert entered.wait(60)
    kind, asked = READING if verb in READING else KEEPING, len(sick.asked)
    assert [fails(store, other) for other in kind] == [True] * len(kind)
    free.set()
    trying.join()
    assert outcome == [True]
    assert [fails(store, other) for other in kind] == [True] * len(kind)
    assert len(sick.asked) == asked, "nobody else has asked, neither meanwhile nor since it failed again"


@pytest.mark.parametrize("verb", [*READING, *KEEPING])
def test_while_decisions_fail_because_nobody_is_there_nobody_asks_for_records(sick, store, clock, verb):
    sick.fail(ALL, ConnectionError())
    assert fails(store, "admit")
    assert fails(store, verb)
    assert sick.asked == ["admit"]
    sick.recover()
    clock.now += 1
    assert not fails(store, verb)


def test_a_trial_that_is_killed_leaves_the_next_one_to_others(sick, store, clock):
    class Killed(BaseException):
        pass

    for verb in ("recall", "keep", "admit"):
        sick.fail(ALL, ConnectionError())
        assert fails(store, verb)
        clock.now += 1
        sick.fail(ALL, Killed())
        with pytest.raises(Killed):
            ALL[verb](store)
        sick.recover()
        assert not fails(store, verb)


# ---------------------------------------------------------------- each for itself


def test_a_store_that_can_only_be_read_is_read_all_the_time_and_told_of_once_for_each_kind(
    sick, store, clock, caplog
):
    sick.fail({**KEEPING, **DECIDING}, StoreRefuses("Redis: READONLY"))
    for _ in range(50):
        assert [fails(store, verb) for verb in READING] == [False] * len(READING)
        assert [fails(store, verb) for verb in KEEPING] == [True] * len(KEEPING)
        assert fails(store, "admit")
        clock.now += 0.7
    assert told(caplog) == ["keeping records in the store fails", "the store of usage counters fails"]
    sick.recover()
    clock.now += 1
    for _ in range(3):
        assert [fails(store, verb) for verb in (*KEEPING, "admit")] == [False] * 5
    assert told(caplog)[2:] == [
        "keeping records in the store works again",
        "the store of usage counters is back",
    ]


def test_records_that_cannot_be_read_say_nothing_of_decisions(sick, store, caplog):
    sick.fail(READING, ConnectionError())
    assert fails(store, "recall")
    assert not fails(store, "admit")
    asked = len(sick.asked)
    assert fails(store, "keep")
    assert len(sick.asked) == asked, "of a store that is not there records are not asked to be kept, either"
    assert told(caplog) == ["reading from the store fails"]


def test_what_was_only_suspected_is_told_of_when_it_fails_itself(sick, store, clock, caplog):
    sick.fail(ALL, ConnectionError())
    for verb in ("admit", "recall"):
        assert fails(store, verb)
    assert told(caplog) == ["the store of usage counters fails"]
    clock.now += 1
    for _ in range(3):
        assert fails(store, "recall")
    assert told(caplog)[1:] == ["reading from the store fails"]
    sick.recover()
    clock.now += 1
    for _ in range(3):
        assert not fails(store, "recall")
        assert not fails(store, "keep")
    assert told(caplog)[2:] == ["reading from the store works again"]


def test_a_record_without_room_is_a_matter_of_its_own(sick, store):
    sick.fail(["keep"], StoreFull("full"))
    assert fails(store, "keep")
    assert [fails(store, verb) for verb in ("forget", "recall", "admit")] == [False] * 3


# ---------------------------------------------------------------- what proves that it is back


def test_refusals_that_need_no_writing_do_not_end_what_admissions_began(sick, store, clock, caplog):
    """As on a disk that is full: a counter that refuses is only read."""
    full = ([("full", TokenBucket(0, 0))], [])
    sick.ails = lambda _, args: None if args[0] == full[0] else OSError("no space left on the device")
    assert fails(store, "admit")
    for _ in range(20):
        clock.now += 1
        for _ in range(3):
            assert store.admit(*full, 0) == "full", "a refusal is 429, as ever, while the store can tell"
        assert fails(store, "admit")
        assert store.is_failing
    assert told(caplog) == ["the store of usage counters fails"]


def test_where_everybody_is_refused_all_are_told_so_by_the_store(sick, store, clock):
    sick.fail(DECIDING, ConnectionError())
    assert fails(store, "admit")
    sick.recover()
    clock.now += 1
    full, during = ([("full", TokenBucket(0, 0))], []), []
    assert store.admit(*full, 0) == "full"
    sick.ails = lambda name, _: during.append(store.admit(*full, 0)) if len(sick.asked) < 4 else None
    assert store.admit(*full, 0) == "full"
    assert during == ["full"], "one does not wait for the other"


def test_a_lease_that_is_left_is_no_sign_of_life_of_its_store(sick, clock, caplog):
    leased = LeasedStore(sick, seconds=5, monotonic=clock)
    store = GuardedStore(leased, clock=clock)
    for _ in range(300):
        store.admit(*PLENTY, 0)
        clock.now += 0.05
    assert len(sick.asked) < 150, "there are leases"
    sick.fail(["take_some"], ConnectionError())
    with pytest.raises(StoreUnavailable):
        store.admit([("other", TokenBucket(0, 9))], [], 0)
    for _ in range(3):
        clock.now += 1
        assert fails(store, "admit")
    assert told(caplog) == ["the store of usage counters fails"]
    sick.recover()
    clock.now += 1
    assert not fails(store, "admit")
    assert not store.is_failing


def test_where_there_is_nothing_to_count_nothing_is_asked_for_a_proof(sick, store, clock):
    sick.fail(DECIDING, StoreRefuses("Redis: OOM"))
    assert fails(store, "admit")
    sick.ails = lambda _, args: StoreRefuses("Redis: OOM") if args[0] else None
    clock.now += 1
    assert store.admit([], [], 0) is None
    assert store.is_failing


def test_a_change_is_news_for_one_only():
    breaker = Breaker(1.0, Clock())
    assert [breaker.failed(), breaker.failed(), breaker.is_open] == [True, False, True]
    breaker.answered()
    assert [breaker.enter(), breaker.failed(), breaker.enter()] == [True, False, False]
    assert [breaker.succeeded(), breaker.succeeded(), breaker.is_open] == [True, False, False]
    breaker.suspect()
    assert [breaker.is_open, breaker.enter(), breaker.succeeded()] == [True, False, False]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_does_not_wait_for_the_trial_of_a_thread_it_has_not():
    clock = Clock()
    breaker = Breaker(1.0, clock)
    breaker.failed()
    clock.now += 1
    assert breaker.enter()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if breaker.enter() and not breaker.enter() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not breaker.enter(), "the parent's own trial is still under way"
    breaker.leave()
    assert breaker.enter()


# ---------------------------------------------------------------- real servers


def becomes_a_replica(client, directory):
    client.execute_command("REPLICAOF", "127.0.0.1", "1")
    return lambda: client.execute_command("REPLICAOF", "NO", "ONE")


def has_no_memory(client, directory):
    client.config_set("maxmemory", "1")
    return lambda: client.config_set("maxmemory", "0")


def cannot_save(client, directory):
    client.config_set("save", "3600 1")
    shutil.rmtree(directory)
    client.bgsave()
    while client.info("persistence")["rdb_last_bgsave_status"] == "ok":
        pass
    return lambda: client.config_set("stop-writes-on-bgsave-error", "no")


@pytest.mark.parametrize(
    ("happens", "kind"),
    [(becomes_a_replica, "READONLY"), (has_no_memory, "OOM"), (cannot_save, "MISCONF")],
    ids=["a replica", "no memory", "no disk"],
)
def test_a_redis_that_reads_and_does_not_write_is_told_of_once(happens, kind, clock, caplog):
    server = RedisServer()
    store = GuardedStore(RedisStore.from_url(server.url(timeout=10)), clock=clock)
    store.keep("k", b"kept", None, 0)
    caplog.set_level(logging.WARNING, "wsgi_gateway")
    with server.client() as client:
        heal = happens(client, server._directory.name)
        for _ in range(8):
            assert store.recall("k", 0) == b"kept"
            assert store.generation("g") == 0
            assert fails(store, "admit")
            assert fails(store, "keep")
            clock.now += 0.6
        assert sum(f"(Redis: {kind})" in record.getMessage() for record in caplog.records) == 2
        heal()
    clock.now += 1
    for _ in range(3):
        assert not fails(store, "admit")
        assert not fails(store, "keep")
    assert told(caplog) == [
        "the store of usage counters fails",
        "keeping records in the store fails",
        "the store of usage counters is back",
        "keeping records in the store works again",
    ]
    store.close()
    server.stop()
