from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket
from wsgi_gateway.usage.throttle import CLOCK_JITTER

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


class Arithmetic:
    """A store that calls take() of one limit after the other, and forgets nothing."""

    def __init__(self):
        self.known = {}

    def admit(self, limits, now):
        taken = {}
        for name, limit in limits:
            admitted, after = limit.take(self.known.get(name), now)
            if not admitted:
                # Of those before it the new ones are there now, with everything left.
                for other, (one, state) in taken.items():
                    if other not in self.known:
                        start = (
                            (one.offset, *state[1:3], 0) if isinstance(one, Quota) else (one.capacity, now)
                        )
                        self.known[other] = start
                self.known[name] = after
                return name
            taken[name] = limit, after
        self.known.update({name: state for name, (_, state) in taken.items()})
        return None


STEPS_OF_TIME = st.one_of(
    st.integers(0, 3),
    st.integers(0, 3 * SECOND),
    st.integers(0, 3 * DAY),
    st.integers(-2 * CLOCK_JITTER, 0),
    st.integers(-2 * DAY, 0),
)
SOME_BUCKETS = st.dictionaries(
    st.sampled_from(["b1", "b2", "b3"]),
    st.builds(TokenBucket, st.sampled_from([0, 0.5, 10_000]), st.sampled_from([0, 1, 2, 5, 2**40])),
    max_size=3,
)
SOME_QUOTAS = st.dictionaries(
    st.sampled_from(["q1", "q2"]),
    st.builds(
        Quota,
        st.sampled_from([0, 1, 3, 2**53]),
        st.sampled_from(["DAY", "WEEK", "MONTH"]),
        st.sampled_from([0, 1]),
    ),
    max_size=2,
)


@given(st.lists(st.tuples(SOME_BUCKETS, SOME_QUOTAS, STEPS_OF_TIME, st.booleans()), max_size=40))
@settings(max_examples=300, deadline=None)
def test_what_is_written_out_here_decides_and_leaves_behind_what_take_does(steps):
    # Limits change from one request to the next, days and periods end, clocks are set.
    store, model, now = MemoryStore(), Arithmetic(), 20_000 * DAY
    store._reclaim = lambda counters, now: None  # the model keeps everything
    for buckets, quotas, step, tells in steps:
        now += step
        limits, told = [*buckets.items(), *quotas.items()], [] if tells else None
        assert store.admit([*buckets.items()], [*quotas.items()], now, told) == model.admit(limits, now)
        left_behind = [model.known.get(name) for name, _ in limits]
        assert store.states([*buckets.items()], [*quotas.items()], now) == left_behind
        assert told in (None, left_behind)


def test_a_request_of_another_day_is_filed_under_it_also_when_everything_is_known():
    store, limits = MemoryStore(), ([("b", TokenBucket(10_000, 100))], [("q", Quota(100, "MONTH"))])
    day = 20_000
    for now in (day * DAY, day * DAY + 1, (day + 1) * DAY - 1, (day + 1) * DAY, (day + 1) * DAY + 1):
        assert store.admit(*limits, now) is None
    found = store.usage("q", limits[1][0][1], day, day + 9, (day + 2) * DAY)
    assert found == {day: (3, 97), day + 1: (2, 95)}


def test_a_counter_is_reclaimed_by_the_limits_it_was_asked_with_last():
    store = MemoryStore()
    for bucket, quota in ((TokenBucket(0, 9), Quota(9, "DAY", offset=1)), (BUCKET, Quota(9, "DAY"))):
        # The first ones never expire, the others do.
        for n in range(100):
            assert store.admit([(f"b{n}", bucket)], [(f"q{n}", quota)], 0) is None
    for n in range(200):
        store.admit([(f"last{n}", BUCKET)], (), 2 * DAY + n * SECOND)
    assert len(store) <= 4


def test_a_counter_that_is_reclaimed_while_it_is_leased_is_reclaimed_again_later():
    store = MemoryStore()
    for day in range(100):
        store.admit((), [(f"q{day}", Quota(9, "DAY"))], day * DAY)
        # The bucket is new, for which the quota of the day before is looked at, and over.
        assert store.take_some([(f"b{day}", BUCKET)], [(f"q{day}", Quota(9, "DAY"))], (day + 1) * DAY, 1)[0]
    for n in range(500):
        store.admit([(f"last{n}", BUCKET)], (), 1000 * DAY + n * SECOND)
    assert len(store) <= 4


_SIGNALS_THAT_RAISE = """
import signal, threading
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket
store, limits = MemoryStore(), ([("b", TokenBucket(0, 2**40))], [("q", Quota(2**50, "DAY"))])

class Late(Exception):
    pass

def late(number, frame):
    raise Late

signal.signal(signal.SIGALRM, late)
seen = 0
while seen < 300:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        while True:
            store.admit(*limits, 0)
    except Late:
        seen += 1
other = threading.Thread(target=store.admit, args=(*limits, 0), daemon=True)
other.start()
other.join(10)
print("free" if not other.is_alive() else "locked for good")
"""

_A_SIGNAL_THAT_RAISES_IN_A_QUEUE = """
import signal, threading
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import TokenBucket
store, limits = MemoryStore(), [("b", TokenBucket(0, 2**40))]
held, go = threading.Event(), threading.Event()
answers = []

def hold():
    with store._lock:
        held.set()
        go.wait()
    answers.append(store.admit(limits, (), 0))

class Late(Exception):
    pass

def late(number, frame):
    raise Late

holder = threading.Thread(target=hold)
holder.start()
held.wait()
signal.signal(signal.SIGALRM, late)
signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    store.admit(limits, (), 0)
except Late as error:
    print("Late", error.__context__, store._lock.acquire(blocking=False))
go.set()
holder.join()
print(answers, store.admit(limits, (), 0))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such signals on this system")
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(_SIGNALS_THAT_RAISE, "free\n", id="wherever it strikes"),
        pytest.param(_A_SIGNAL_THAT_RAISES_IN_A_QUEUE, "Late None False\n[None] None\n", id="while it waits"),
    ],
)
def test_a_request_that_a_signal_ends_leaves_no_lock_behind_and_takes_no_other_ones(script, expected):
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == expected


def test_a_limit_that_fails_leaves_no_lock_behind():
    store = MemoryStore()
    with pytest.raises(AttributeError):
        store.admit([("b", None)], (), 0)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(store.admit([("b", BUCKET)], (), 0)), daemon=True)
    thread.start()
    thread.join(10)
    assert answers == [None]


def test_days_of_counters_that_are_never_seen_again_are_forgotten():
    store, quota = MemoryStore(), Quota(10, "DAY")
    for number in range(500):
        store.admit((), [(f"old {number}", quota)], 0)
    for day in range(1, 400):
        for number in range(5):
            store.admit((), [(f"day {day} {number}", quota)], day * DAY)
    assert not any(name.startswith("old") for name in store._history)
    assert store.usage("day 398 1", quota, 0, 400, 399 * DAY) == {398: (1, 9)}
