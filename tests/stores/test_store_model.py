"""Every store against a model of thirty lines: takes, clock moves, reloads and crashes in random order."""

from __future__ import annotations

import os
import signal
import tempfile
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND
from stores.redis_server import own_prefix, shared_cluster, shared_server

from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket

BUCKETS = {"slow": (Fraction(1, 2), 3), "fast": (Fraction(40), 5), "never": (Fraction(0), 4)}
QUOTAS = {"day": ("DAY", 6), "week": ("WEEK", 9)}


class Model:
    """What a store must decide: exact fractions, days counted by hand, one dict."""

    def __init__(self):
        self.tokens = {}
        self.used = {}

    def admit(self, buckets, quotas, now):
        for name in buckets:
            rate, burst = BUCKETS[name]
            tokens, at = self.tokens.get(name, (Fraction(burst), now))
            if now > at:
                tokens, at = min(Fraction(burst), tokens + rate * Fraction(now - at, SECOND)), now
            self.tokens[name] = (tokens, at)
            if tokens < 1:
                return name
        for name in quotas:
            period, limit = QUOTAS[name]
            day = now // DAY
            current = day if period == "DAY" else (day + 3) // 7
            known, used = self.used.get(name, (current, 0))
            if current > known:
                known, used = current, 0
            self.used[name] = (known, used)
            if used >= limit:
                return name
        for name in buckets:
            self.tokens[name] = (self.tokens[name][0] - 1, self.tokens[name][1])
        for name in quotas:
            self.used[name] = (self.used[name][0], self.used[name][1] + 1)
        return None


def lmdb():
    directory = tempfile.TemporaryDirectory(prefix="limits-", ignore_cleanup_errors=True)
    return lambda: LMDBStore(directory.name, 2**20), directory.cleanup


def redis(server):
    prefix = own_prefix()
    url = server().url(clock="caller", timeout=10, prefix=prefix)
    return lambda: RedisStore.from_url(url), lambda: None


KINDS = {
    "in memory": (lambda: (MemoryStore, lambda: None), False),
    "in LMDB": (lmdb, True),
    "in Redis": (lambda: redis(shared_server), True),
    "in a Redis Cluster": (lambda: redis(shared_cluster), True),
}
"""To a function that gives what opens one store again and again, and whether it outlives its process."""

STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("take"),
            st.lists(st.sampled_from(sorted(BUCKETS)), max_size=2, unique=True),
            st.lists(st.sampled_from(sorted(QUOTAS)), max_size=2, unique=True),
        ),
        st.tuples(st.just("wait"), st.integers(0, 3 * SECOND)),
        st.tuples(st.just("wait"), st.integers(0, 2 * DAY)),
        st.tuples(st.just("step back"), st.integers(0, 9 * SECOND)),
        st.tuples(st.just("reload")),
        st.tuples(st.just("crash"), st.integers(1, 3)),
    ),
    max_size=25,
)


def crash(open_store, count, now):
    """Another process takes some tokens and requests, and is killed without a word."""
    pid = os.fork()
    if pid == 0:
        try:
            store = open_store()
            for _ in range(count):
                store.admit(*limits(["fast"], ["day"]), now)
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL


def limits(buckets, quotas):
    return (
        [(f"bucket {name}", TokenBucket(float(BUCKETS[name][0]), BUCKETS[name][1])) for name in buckets],
        [(f"quota {name}", Quota(QUOTAS[name][1], QUOTAS[name][0])) for name in quotas],
    )


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("kind", KINDS)
def test_a_store_decides_as_the_model_whatever_happens(kind):
    make, outlives = KINDS[kind]

    @given(STEPS)
    @settings(max_examples=40, deadline=None)
    def check(steps):
        open_store, clean = make()
        store, model, now, back = open_store(), Model(), 1000 * DAY, 0
        try:
            for step, *more in steps:
                if step == "take":
                    names = [*(f"bucket {name}" for name in more[0]), *(f"quota {name}" for name in more[1])]
                    expected = model.admit(*more, now - back)
                    decided = store.admit(*limits(*more), now - back)
                    assert decided == (
                        None if expected is None else names[[*more[0], *more[1]].index(expected)]
                    )
                elif step == "wait":
                    now, back = now + more[0], 0
                elif step == "step back":
                    back = more[0]  # not so far that it would count as set
                elif step == "reload":
                    store.close()
                    store, model = open_store(), model if outlives else Model()
                elif outlives:
                    crash(open_store, more[0], now - back)
                    for _ in range(more[0]):
                        model.admit(["fast"], ["day"], now - back)
        finally:
            store.close()
            clean()

    check()
