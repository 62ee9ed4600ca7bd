"""A Redis store whose server, or the way to it, fails: the error is always the same one, and no reply is ever
taken for another's.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
from itertools import count

import pytest
from stores.every_store import DAY
from stores.redis_server import (
    Answering,
    Proxy,
    RedisServer,
    own_prefix,
    redis_store,
    shared_server,
)

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket

TOKEN = 10**12
LIMITS = [("plan:p:k:throttle", TokenBucket(0, 1000))]


def store_at(port, **options):
    query = "&".join(f"{name}={value}" for name, value in {"prefix": own_prefix(), **options}.items())
    return RedisStore.from_url(f"redis://127.0.0.1:{port}/?{query}")


def left(store):
    """Whole tokens of LIMITS, and so how often something was taken."""
    [state] = store.states(LIMITS, (), 0)
    return 1000 if state is None else state[0] // TOKEN


@pytest.fixture
def server():
    """A server of the test's own, which may be killed."""
    started = RedisServer()
    yield started
    started.stop()


@pytest.fixture
def closing():
    """Stores to be closed after the test."""
    stores = []
    yield lambda store: stores.append(store) or store
    for store in stores:
        store.close()


# ---------------------------------------------------------------- replies


class Spoiler:
    """Spoils one reply in ten, in one of many ways, as a seed says."""

    def __init__(self, seed, wait):
        self._random, self._wait, self._lock = random.Random(seed), wait, threading.Lock()
        self.spoilt = dict.fromkeys(self.ways(b":1\r\n"), 0)
        self.on = True

    def ways(self, reply):
        half, number = len(reply) // 2, self._random.randrange(1, max(2, len(reply) - 2))
        digit = b"%d" % self._random.randrange(10)
        return {
            "cut in the middle": [reply[:half], None],
            "closed before it": [None],
            "closed behind it": [reply, None],
            "late": [self._wait, reply],
            "late in the middle": [reply[:half], self._wait, reply[half:]],
            "slow": [reply[:half], self._wait / 10, reply[half:]],
            "swallowed": [],
            "twice": [reply + reply],
            "behind an old one": [b":1\r\n" + reply],
            "behind an old text": [b"$3\r\nabc\r\n" + reply],
            "of another type": [bytes([self._random.choice(b":+-$*!\x00")]) + reply[1:]],
            "with another digit": [reply[:number] + digit + reply[number + 1 :]]
            if reply[:1] == b":"
            else [b"$" + digit + reply[1:]],
            "without its end": [reply[:-2]],
            "noise": [self._random.randbytes(20)],
            "an error": [b"-ERR something is wrong\r\n"],
        }

    def __call__(self, reply):
        with self._lock:
            if not self.on or self._random.random() > 0.1:
                return [reply]
            way, pieces = self._random.choice(list(self.ways(reply).items()))
            self.spoilt[way] += 1
            return pieces


def test_of_ten_thousand_decisions_under_faults_none_gets_the_reply_of_another(closing):
    """Every decision has its own counter and numbers, so a wrong reply would be seen by its content."""
    spoil, numbers, failed, wrong = Spoiler(seed=7, wait=0.1), count(), [], []
    with Proxy(shared_server().port, spoil) as proxy:
        prefix = own_prefix()
        store = closing(store_at(proxy.port, timeout=0.04, clock="caller", prefix=prefix))

        def decide():
            while (number := next(numbers)) < 10_000:
                name, bucket = f"n{number}", TokenBucket(0, number % 3)
                told = [] if number % 2 else None
                try:
                    refused = store.admit([(name, bucket)], (), number, told)
                except StoreUnavailable:
                    failed.append(number)
                    continue
                expected = name if bucket.burst_limit == 0 else None
                level = max(0, bucket.burst_limit - 1) * TOKEN
                if refused != expected or told not in (None, [(level, number)]):
                    wrong.append((number, refused, told))

        threads = [threading.Thread(target=decide) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spoil.on = False
        assert wrong == []
        assert min(spoil.spoilt.values()) > 10, "every way was tried"
        # Whatever can be told from a right reply was told; and nothing was sent twice.
        assert 300 < len(failed) < 5000
        direct = closing(redis_store(prefix=prefix))
        counters = [(f"n{number}", TokenBucket(0, number % 3)) for number in range(10_000)]
        states = direct.states(counters, (), 0)
        taken = [number % 3 - state[0] // TOKEN for number, state in enumerate(states) if state]
        assert set(taken) <= {0, 1}
        assert store.admit(LIMITS, (), 0) is None, "it goes on as if nothing had been"


def test_records_under_faults_are_their_own(closing):
    spoil, known, failed = Spoiler(seed=11, wait=0.1), set(), 0
    with Proxy(shared_server().port, spoil) as proxy:
        prefix = own_prefix()
        direct = closing(redis_store(prefix=prefix))
        for number in range(50):
            direct.keep(f"k{number}", b"%d" % number, None, 0)
        store = closing(store_at(proxy.port, timeout=0.04, prefix=prefix))
        for number in range(800):
            try:
                found = store.recall(f"k{number % 60}", 0)
            except StoreUnavailable:
                failed += 1
            else:
                known.add((number % 60, found))
    assert failed > 20
    assert known == {(n, b"%d" % n if n < 50 else None) for n in range(60)}


def test_an_exception_between_question_and_reply_costs_the_connection(closing):
    """As when a greenlet is killed by its timeout: the reply that comes later belongs to nobody."""

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    slow = iter([True])
    spoil = lambda reply: [0.3, reply] if b"\x00" not in reply and next(slow, False) else [reply]  # noqa: E731
    with Proxy(shared_server().port, lambda reply: [reply]) as proxy:
        store = closing(store_at(proxy.port, timeout=10))
        store.admit(LIMITS, (), 0)
        proxy._spoil = spoil
        before = signal.signal(signal.SIGALRM, kill)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(Killed):
                store.admit([("plan:p:k:none", TokenBucket(0, 0))], (), 0)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        assert store.admit(LIMITS, (), 0) is None
        assert (left(store), proxy.connections) == (998, 2)


def test_a_connection_that_was_used_well_is_used_again(closing):
    with Proxy(shared_server().port, lambda reply: [reply]) as proxy:
        store = closing(store_at(proxy.port, timeout=10))
        for _ in range(50):
            store.admit(LIMITS, (), 0)
            store.names("")
        assert proxy.connections == 1


# ---------------------------------------------------------------- servers


def test_a_server_that_is_killed_and_back_is_found_by_the_next_decision(server, closing):
    store = closing(store_at(server.port, timeout=5))
    quota = [("q", Quota(1, "DAY"))]
    assert [store.admit((), quota, 0), store.admit((), quota, 0)] == [None, "q"]
    server.kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.admit((), quota, 0)
    server.start_again()
    assert [store.admit((), quota, 0), store.admit((), quota, 0)] == [None, "q"], "it has begun anew"
    server.kill()
    server.start_again()
    assert store.admit((), quota, 0) is None, "a connection that was closed while it lay idle costs nobody"


def test_a_server_that_stands_still_is_waited_for_no_longer_than_the_timeout(server, closing):
    store = closing(store_at(server.port, timeout=0.05))
    store.admit(LIMITS, (), 0)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="TimeoutError"):
                store.admit(LIMITS, (), 0)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    # The first of the three had been sent; the others found no one to connect to.
    patient = closing(RedisStore(store._url.__class__.read(server.url(prefix=store._url.prefix, timeout=10))))
    assert left(patient) in (998, 999)
    assert patient.admit(LIMITS, (), 0) is None


def test_a_script_the_server_has_forgotten_is_sent_again_in_one_try(server, closing):
    store = closing(store_at(server.port, timeout=5))
    store.admit(LIMITS, (), 0)
    with server.client() as client:
        client.script_flush()
        client.config_resetstat()
        for _ in range(5):
            assert store.admit(LIMITS, (), 0) is None
        calls = {
            name: stats["calls"] for name, stats in client.info("commandstats").items() if "eval" in name
        }
    assert left(store) == 994, "none was counted twice"
    assert calls == {"cmdstat_evalsha": 5, "cmdstat_eval": 1}


def test_a_full_server_is_unavailable_and_takes_nothing(server, closing):
    store = closing(store_at(server.port, timeout=5))
    store.admit(LIMITS, (), 0)
    with server.client() as client:
        client.config_set("maxmemory", "1")
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match="OOM"):
                store.admit(LIMITS, [("plan:p:k:quota", Quota(5, "DAY"))], 0)
        with pytest.raises(StoreUnavailable, match="OOM"):
            store.keep("k", b"", None, 0)
        client.config_set("maxmemory", "0")
    assert left(store) == 999
    assert store.states((), [("plan:p:k:quota", Quota(5, "DAY"))], 0) == [None]


def test_a_server_that_has_become_a_replica_is_unavailable_and_takes_nothing(server, closing):
    store = closing(store_at(server.port, timeout=5))
    store.admit(LIMITS, (), 0)
    with server.client() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="READONLY"):
                store.admit(LIMITS, (), 0)
        assert left(store) == 999
        client.execute_command("REPLICAOF", "NO", "ONE")
    assert store.admit(LIMITS, (), 0) is None


@pytest.mark.parametrize(
    ("limits", "value"),
    [
        pytest.param((LIMITS, ()), "a text", id="a text for a bucket"),
        pytest.param((LIMITS, ()), None, id="a list for a bucket"),
        pytest.param(((), [("plan:p:k:q", Quota(5, "DAY"))]), "a text", id="a text for a quota"),
        pytest.param(((), [("plan:p:k:q", Quota(5, "DAY"))]), {"s": "text"}, id="another hash for a quota"),
    ],
)
def test_somebody_elses_value_under_a_key_is_left_alone(closing, limits, value):
    store = closing(redis_store())
    [(name, _)] = [*limits[0], *limits[1]]
    key = f"{store._url.prefix}:count:{{plan:p:k}}{name[8:]}"
    with shared_server().client() as client:
        if isinstance(value, dict):
            client.hset(key, mapping=value)
        elif value is None:
            client.rpush(key, "x")
        else:
            client.set(key, value)
        before = client.dump(key)
        for verb in (store.admit, store.states):
            with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
                verb(*limits, 0)
        assert client.dump(key) == before


@pytest.mark.parametrize(
    ("answer", "kind", "kept"),
    [
        pytest.param("-LOADING Redis is loading the dataset in memory", "LOADING", False, id="loading"),
        pytest.param("-READONLY You can't write against a replica", "READONLY", False, id="read-only"),
        pytest.param("-NOAUTH Authentication required.", "Authentication", False, id="not authenticated"),
        pytest.param("-MASTERDOWN Link with MASTER is down", "MASTERDOWN", False, id="without its master"),
        pytest.param("-CLUSTERDOWN The cluster is down", "CLUSTERDOWN", False, id="cluster down"),
        pytest.param("-BUSY Redis is busy running a script", "BUSY", False, id="busy"),
        pytest.param("-OOM command not allowed", "OOM", True, id="out of memory"),
        pytest.param("-MISCONF Redis is configured to save", "MISCONF", True, id="cannot save"),
        pytest.param("-NOPERM no permissions", "NOPERM", True, id="not permitted"),
        pytest.param("-NOSCRIPT No matching script", "NOSCRIPT", False, id="no script, not even sent"),
        pytest.param("+OK", "no such reply", False, id="another reply"),
        pytest.param("$-1", "no such reply", False, id="nothing"),
        pytest.param("*0", "no such reply", False, id="an empty list"),
        pytest.param(":5", "no such reply", False, id="another number"),
    ],
)
def test_whatever_a_server_says_is_one_error_and_no_decision(closing, answer, kind, kept):
    with Answering(answer.encode() + b"\r\n") as server:
        store = closing(store_at(server.port, timeout=5))
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match=kind):
                store.admit(LIMITS, (), 0)
        assert server.connections == (1 if kept else 3)


def test_nobody_listening_is_the_same_error(closing):
    with Answering(b"") as server:
        port = server.port
    store = closing(store_at(port))
    with pytest.raises(StoreUnavailable, match="ConnectionError"):
        store.admit(LIMITS, (), 0)


# ---------------------------------------------------------------- what the server is like


def warnings_of(caplog, server, closing, decisions=3):
    store = closing(store_at(server.port, timeout=5))
    with caplog.at_level(logging.WARNING, logger="wsgi_gateway"):
        for _ in range(decisions):
            store.states(LIMITS, (), 0)
            store._server.drop_idle()
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("policy", "keys_too"), [("allkeys-lru", True), ("allkeys-random", True), ("volatile-ttl", False)]
)
def test_a_server_that_evicts_is_warned_of_once_and_of_what_may_be_lost(caplog, closing, policy, keys_too):
    server = RedisServer("--maxmemory-policy", policy)
    [warning] = warnings_of(caplog, server, closing)
    server.stop()
    assert policy in warning
    assert "may evict" in warning
    assert [what in warning for what in ("throttles and quotas", "answers", "API keys and plans")] == [
        True,
        True,
        keys_too,
    ]


def test_a_server_that_could_not_tell_at_first_is_warned_of_when_it_can(caplog, closing):
    server, failing = RedisServer("--maxmemory-policy", "allkeys-lru"), iter([True])
    spoil = lambda reply: [None] if reply[:1] == b"*" and next(failing, False) else [reply]  # noqa: E731
    with Proxy(server.port, spoil) as proxy:
        store = closing(store_at(proxy.port, timeout=5))
        with pytest.raises(StoreUnavailable):
            store.states(LIMITS, (), 0)
        for _ in range(3):
            store.states(LIMITS, (), 0)
            store._server.drop_idle()
    [warning] = [record.getMessage() for record in caplog.records]
    server.stop()
    assert "may evict" in warning


def test_a_replica_is_warned_of_once(caplog, closing, server):
    with server.client() as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
    [warning] = warnings_of(caplog, server, closing)
    assert "is a replica" in warning


def test_a_server_that_keeps_everything_is_not_warned_of(caplog, closing):
    assert warnings_of(caplog, shared_server(), closing) == []


def test_a_server_that_does_not_tell_is_not_warned_of(caplog, closing):
    secretive = ("--rename-command", "CONFIG", "", "--rename-command", "ROLE", "")
    server = RedisServer("--maxmemory-policy", "allkeys-lru", *secretive)
    assert warnings_of(caplog, server, closing) == []
    server.stop()


def test_a_wrong_password_is_an_error_that_does_not_tell_it(closing):
    server = RedisServer("--requirepass", "right-one")
    for secret in ("wrong-one", "right-one"):
        store = closing(RedisStore.from_url(f"redis://:{secret}@127.0.0.1:{server.port}/?timeout=5"))
        if secret == "right-one":
            assert store.admit(LIMITS, (), 0) is None
            continue
        with pytest.raises(StoreUnavailable) as failed:
            store.admit(LIMITS, (), 0)
        told = [str(failed.value), repr(failed.value.__cause__), repr(store), repr(store._server)]
        assert not any(secret in text for text in told)
        assert "Authentication" in told[0]
    server.stop()


def test_a_database_of_its_own(closing):
    stores = [closing(redis_store(prefix="same")), None]
    stores[1] = closing(
        RedisStore.from_url(f"redis://127.0.0.1:{shared_server().port}/3?prefix=same&timeout=5&clock=caller")
    )
    for store in stores:
        assert store.admit((), [("alone", Quota(1, "DAY"))], DAY) is None
