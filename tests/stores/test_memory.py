from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket

SECOND, DAY = 1_000_000, 86_400_000_000
BUCKET = TokenBucket(rate_limit=1, burst_limit=1)


def left(store, name, quota, now):
    return quota.remaining(store.states((), [(name, quota)], now)[0], now)


def test_is_not_shared_between_processes_and_says_so():
    assert MemoryStore.shared_between_processes is False


def test_buckets_that_are_full_again_are_reclaimed():
    store, alive = MemoryStore(), 100
    most = 0
    for n in range(20_000):
        # Each bucket is full again a second later, so that a hundred are alive at any time.
        store.admit([(f"b{n}", BUCKET)], (), n * SECOND // alive)
        most = max(most, len(store))
    assert most <= 2 * alive + 2


def test_many_that_live_on_do_not_keep_the_others_from_being_reclaimed():
    store, lasting = MemoryStore(), 1_000
    for n in range(lasting):
        store.admit([(f"spent{n}", TokenBucket(0, 1))], (), 0)
    most = 0
    for n in range(20_000):
        store.admit([(f"b{n}", BUCKET)], (), n * SECOND)
        most = max(most, len(store))
    assert most <= 2 * lasting + 10


def test_quotas_of_periods_that_are_over_are_reclaimed():
    store = MemoryStore()
    for day in range(50):
        for n in range(200):
            store.admit((), [(f"q{day}-{n}", Quota(1, "DAY"))], day * DAY)
    assert len(store) <= 2 * 200 + 2


def test_what_still_counts_is_never_reclaimed():
    store = MemoryStore()
    spent = [("spent", TokenBucket(0, 1))]
    used = [("used", Quota(1, "MONTH"))]
    later = [("later", Quota(2, "DAY", offset=1))]
    assert store.admit(spent, [*used, *later], 0) is None
    for n in range(5_000):
        store.admit([(f"b{n}", BUCKET)], (), n * 3600)
    assert store.admit(spent, (), 6000 * 3600) == "spent"
    assert store.admit((), used, 6000 * 3600) == "used"
    assert [store.admit((), later, 9 * DAY) for _ in range(3)] == [None, None, "later"]


def test_a_clock_that_goes_back_finds_no_fresh_period_where_a_counter_was_reclaimed():
    store, quota = MemoryStore(), [("q", Quota(1, "DAY"))]
    assert store.admit((), quota, DAY - 1) is None
    for n in range(10):
        store.admit([(f"b{n}", BUCKET)], (), DAY + n)
    assert len(store) == 10, "the quota's counter is gone"
    admitted = [store.admit((), quota, now) for now in (DAY - 1, DAY - 1, DAY + 20)]
    assert admitted == [None, "q", "q"]
    assert left(store, "never seen", Quota(3, "DAY"), 0) == 3


@pytest.mark.parametrize("url", ["memory:", "memory://", "MEMORY:"])
def test_is_made_from_its_url(url):
    assert len(MemoryStore.from_url(url)) == 0


@pytest.mark.parametrize("url", ["memory:host", "memory://user:secret@host", "memory:?size=3"])
def test_options_it_does_not_have_are_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as refused:
        MemoryStore.from_url(url)
    assert "secret" not in str(refused.value)


def test_its_repr_tells_how_much_it_holds():
    store = MemoryStore()
    store.admit([("b", BUCKET)], (), 0)
    assert repr(store) == "<MemoryStore of 1 counters>"


_FORK_WITH_THE_LOCK_HELD = """
import os
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import TokenBucket
store, limits = MemoryStore(), [("b", TokenBucket(0, 2))]
store.admit(limits, (), 0)
with store._lock:
    child = os.fork()
    if child == 0:
        os._exit([store.admit(limits, (), 0) for _ in range(2)] != [None, "b"])
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), store.admit(limits, (), 0))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_a_forked_worker_goes_on_with_a_copy_even_if_a_thread_held_the_lock():
    command = [sys.executable, "-c", _FORK_WITH_THE_LOCK_HELD]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0 None\n"
