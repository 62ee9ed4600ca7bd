"""Leases: never over a limit, nothing spent twice, few calls of the store, and nothing of a parent's in a
child.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from stores.every_store import DAY, SECOND, left

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.leased import QUIET, LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket


class Clock:
    """One time for the store, in microseconds, and for leases, in seconds."""

    def __init__(self):
        self.now = 10 * DAY

    def __call__(self):
        return self.now / SECOND


class Shared(MemoryStore):
    """A store that counts how often it is called."""

    shared_between_processes = True

    def __init__(self):
        super().__init__()
        self.calls = 0

    def take_some(self, *args):
        self.calls += 1
        return super().take_some(*args)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shared():
    return Shared()


def processes(shared, clock, count, seconds=0.1):
    return [LeasedStore(shared, seconds=seconds, monotonic=clock) for _ in range(count)]


QUOTA = Quota(1_000, "DAY")


def ask(store, clock, count, limits=((), [("q", QUOTA)]), every=1_000):
    """Decisions at a steady rate, from which a store sees how many to take; how many were admitted."""
    admitted = 0
    for _ in range(count):
        admitted += store.admit(*limits, clock.now) is None
        clock.now += every
    return admitted


def test_a_busy_process_asks_the_store_once_for_many_decisions(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([("b", TokenBucket(100_000, 200_000))], [("q", Quota(10**6, "DAY"))])
    assert ask(store, clock, 1_000, limits, every=100) == 1_000
    shared.calls = 0
    assert ask(store, clock, 20_000, limits, every=100) == 20_000
    assert shared.calls < 20_000 / 200


def test_a_process_that_asks_now_and_then_shares_exactly(shared, clock):
    one, other = processes(shared, clock, 2)
    limits = ([], [("q", Quota(3, "DAY"))])
    decisions = []
    for store in (one, other, one, other):
        decisions.append(store.admit(*limits, clock.now))
        clock.now += SECOND
    assert decisions == [None, None, None, "q"]


@pytest.mark.parametrize("seed", range(30))
def test_a_quota_is_never_exceeded_and_used_up_to_the_last_request(shared, clock, seed):
    random_ = random.Random(seed)
    stores, limits = processes(shared, clock, 4), ([], [("q", QUOTA)])
    admitted = 0
    for _ in range(3_000):
        store = random_.choice(stores[: random_.choice([1, 2, 4])])
        admitted += store.admit(*limits, clock.now) is None
        clock.now += random_.choice([0, 10, 1_000, 50_000])
    assert admitted <= 1_000
    for _ in range(2_000):  # whatever was left in leases is given back, sooner or later
        clock.now += 200_000
        admitted += random_.choice(stores).admit(*limits, clock.now) is None
    assert admitted == 1_000


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("rate", "burst"), [(100, 50), (1_000, 100), (10, 20), (50, 2), (0, 40), (5, 1)])
def test_no_window_lets_more_pass_than_burst_and_rate_allow(shared, clock, rate, burst, seed):
    random_ = random.Random(seed)
    stores, limits = processes(shared, clock, 3, seconds=0.2), ([("b", TokenBucket(rate, burst))], [])
    passed = []
    for _ in range(1_000):
        if random_.choice(stores).admit(*limits, clock.now) is None:
            passed.append(clock.now)
        clock.now += random_.choice([0, 0, 0, 100, 5_000, 300_000])
    for index, start in enumerate(passed):
        for count, end in enumerate(passed[index:], 1):
            assert count <= burst + rate * (end - start) / SECOND + 1e-9


def test_a_lease_and_a_full_bucket_do_not_meet_in_one_window(shared, clock):
    one, other = processes(shared, clock, 2, seconds=0.2)
    limits = ([("b", TokenBucket(10_000, 4_000))], [])
    while not one._leases or max(lease.left for lease in one._leases.values()) < 500:
        assert ask(one, clock, 1, limits, every=100) == 1
    clock.now += 199_000  # the lease still holds, and the bucket is full again
    passed = sum(one.admit(*limits, clock.now) is None for _ in range(500))
    for _ in range(10_000):
        passed += other.admit(*limits, clock.now) is None
    assert 2_000 <= passed <= 4_000


def test_a_bucket_gives_nearly_its_rate(shared, clock):
    stores, limits = processes(shared, clock, 2), ([("b", TokenBucket(1_000, 500))], [])
    passed = 0
    for number in range(100_000):
        passed += stores[number % 2].admit(*limits, clock.now) is None
        clock.now += 100  # ten thousand a second, for ten seconds
    assert 0.9 * 10_000 <= passed <= 10_500


def test_what_is_left_of_a_quota_is_given_back_when_a_store_is_closed(shared, clock):
    one, other = processes(shared, clock, 2)
    ask(one, clock, 102)
    assert left(shared, "q", QUOTA, clock.now) < 898
    shared.close = lambda: None
    one.close()
    assert left(other, "q", QUOTA, clock.now) == 898


def test_a_process_that_is_killed_loses_its_lease_and_doubles_nothing(shared, clock):
    one, other = processes(shared, clock, 2)
    limits = ([], [("q", QUOTA)])
    spent = ask(one, clock, 110)
    held = 890 - left(shared, "q", QUOTA, clock.now)
    one._start()  # it is gone, with what it held
    rest = 0
    for _ in range(3_000):
        rest += other.admit(*limits, clock.now) is None
        clock.now += SECOND
    assert held > 0
    assert spent + rest == 1_000 - held


def test_a_lease_ends_with_its_period(shared, clock):
    [store] = processes(shared, clock, 1, seconds=5)
    limits = ([], [("q", Quota(50, "DAY"))])
    clock.now = 11 * DAY - 6 * SECOND
    ask(store, clock, 20, limits, every=290_000)
    assert left(shared, *limits[1][0], clock.now) < 30
    clock.now = 11 * DAY
    assert sum(store.admit(*limits, clock.now) is None for _ in range(100)) == 50


def test_a_refusal_is_believed_for_a_moment(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([("b", TokenBucket(1, 1))], [])
    assert [store.admit(*limits, clock.now) for _ in range(100)] == [None] + ["b"] * 99
    assert shared.calls == 2
    clock.now += int(QUIET * SECOND)
    store.admit(*limits, clock.now)
    assert shared.calls == 3


def test_the_limit_that_refuses_is_named(shared, clock):
    [store] = processes(shared, clock, 1)
    assert store.admit([("b", TokenBucket(1, 9))], [("q", Quota(0, "DAY"))], clock.now) == "q"
    assert store.admit([("b", TokenBucket(1, 0))], [("r", Quota(9, "DAY"))], clock.now) == "b"
    assert store.admit([], [], clock.now) is None


def test_what_is_told_is_the_stores_state(shared, clock):
    [store] = processes(shared, clock, 1)
    told = []
    assert store.admit([], [("q", QUOTA)], clock.now, told) is None
    assert QUOTA.remaining(told[0], clock.now) == 999


def test_who_is_told_takes_from_the_lease_as_well(shared, clock):
    [store] = processes(shared, clock, 1)
    ask(store, clock, 110)
    shared.calls, told = 0, []
    assert left(shared, "q", QUOTA, clock.now) < 890
    for _ in range(20):
        assert store.admit([], [("q", QUOTA)], clock.now, told) is None
    assert shared.calls == 0
    assert len(told) == 20


def test_what_two_threads_take_at_once_is_kept_together(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([("b", TokenBucket(10_000, 20_000))], [])
    assert ask(store, clock, 2_000, limits, every=100) == 2_000
    names = ("b",)
    store._leases[names].left = 0
    take_some, taken = shared.take_some, []

    def interrupted(*args):
        if not taken:
            taken.append(0)
            # Another thread asks, and has its answer first.
            assert store.admit(*limits, clock.now) is None
        answer = take_some(*args)
        taken.append(answer[0])
        return answer

    shared.take_some = interrupted
    assert store.admit(*limits, clock.now) is None
    assert taken[1:] == [1, 501], "the second of them takes one, since the first takes for all"
    assert store._leases[names].left == sum(taken) - 2


def test_leases_of_two_threads_end_with_the_first_of_them(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([("b", TokenBucket(10_000, 20_000))], [])
    assert ask(store, clock, 2_000, limits, every=100) == 2_000
    lease = store._leases[("b",)]
    lease.left = 0
    take_some, inside = shared.take_some, []

    def interrupted(*args):
        if not inside:
            inside.append(1)
            clock.now += 60_000
            lease.asking = 0
            assert store.admit(*limits, clock.now) is None
            lease.asking = 1
        return take_some(*args)

    shared.take_some = interrupted
    began = clock.now
    assert store.admit(*limits, clock.now) is None
    assert lease.left > 500
    assert lease.ends_at == began / SECOND + 0.1


@pytest.mark.parametrize("seed", range(10))
def test_chance_makes_no_rate(shared, clock, seed):
    random_ = random.Random(seed)
    [store] = processes(shared, clock, 1)
    for _ in range(500):
        assert store.admit([("b", TokenBucket(1_000, 1_000))], [], clock.now) is None
        clock.now += int(random_.expovariate(20) * SECOND)  # two in the time of a lease
    assert shared.calls > 490


def test_what_was_taken_before_a_quota_was_set_is_not_given_back_to_it(shared, clock):
    [store] = processes(shared, clock, 1)
    ask(store, clock, 110)
    shared.set_used("q", QUOTA, 200, clock.now)
    store.give_back()
    assert left(shared, "q", QUOTA, clock.now) == 800
    clock.now += SECOND
    ask(store, clock, 110)
    store.give_back()
    assert left(shared, "q", QUOTA, clock.now) == 690


def test_leases_that_have_ended_are_given_back_while_others_are_asked_for(shared, clock):
    [store] = processes(shared, clock, 1)
    ask(store, clock, 110)
    assert left(shared, "q", QUOTA, clock.now) < 890
    for number in range(10):
        clock.now += SECOND
        store.admit([], [(f"other {number}", QUOTA)], clock.now)
    assert left(shared, "q", QUOTA, clock.now) == 890


def test_threads_of_one_process_spend_no_lease_twice(shared):
    store = LeasedStore(shared)
    limits, admitted, start = ([], [("q", QUOTA)]), [], threading.Barrier(8)

    def ask():
        start.wait()
        admitted.append(sum(store.admit(*limits, 10 * DAY) is None for _ in range(300)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) <= 1_000


def test_a_forked_worker_spends_nothing_of_its_parents(shared, clock):
    [store] = processes(shared, clock, 1)
    ask(store, clock, 110)
    assert sum(lease.left for lease in store._leases.values()) > 0
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, str(len(store._leases)).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(read, 10) == b"0"
    os.close(read)
    os.close(write)


def test_without_seconds_nothing_is_leased(shared, clock):
    [store] = processes(shared, clock, 1, seconds=0)
    bucket = TokenBucket(1, 7)
    assert [store.admit([("b", bucket)], [], clock.now) for _ in range(8)] == [None] * 7 + ["b"]


def test_all_other_verbs_are_the_stores(shared, clock):
    [store] = processes(shared, clock, 1)
    store.keep("k", b"value", None, 0)
    assert shared.recall("k", 0) == b"value"
    assert store.shared_between_processes


@pytest.mark.parametrize("seconds", [-1, 6, "1", True, float("nan")])
def test_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(ConfigError, match="leases last"):
        LeasedStore(MemoryStore(), seconds=seconds)


def test_a_store_that_leases_nothing_is_refused():
    class Plain:
        shared_between_processes = True

    with pytest.raises(ConfigError, match="leases nothing"):
        LeasedStore(Plain())


def test_a_lease_holds_from_before_its_answer_however_late_that_is(shared, clock):
    class Slow(Shared):
        delay = 0

        def take_some(self, *args):
            taken = super().take_some(*args)
            clock.now += self.delay
            return taken

    slow = Slow()
    [store] = processes(slow, clock, 1)
    limits = ([], [("q", QUOTA)])
    ask(store, clock, 110)
    clock.now += 100_000
    slow.calls, slow.delay = 0, 200_000  # longer than a lease
    for _ in range(50):
        store.admit(*limits, clock.now)
    assert slow.calls == 50


def test_a_store_that_cannot_take_back_loses_it_and_no_request(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([], [("q", QUOTA)])

    def put_back(*args):
        raise ConnectionError

    shared.put_back = put_back
    assert ask(store, clock, 110, limits) == 110
    clock.now += SECOND
    assert ask(store, clock, 110, limits) == 110
    assert left(shared, "q", QUOTA, clock.now) < 780
    store.close()


def test_a_counter_that_is_asked_for_now_and_then_is_not_leased(shared, clock):
    [store] = processes(shared, clock, 1)
    for _ in range(100):
        store.admit([], [("q", QUOTA)], clock.now)
        clock.now += 20_000
    assert shared.calls == 100
    assert left(shared, "q", QUOTA, clock.now) == 900


def test_a_lease_that_is_being_taken_is_not_dropped_meanwhile(shared, clock):
    [store] = processes(shared, clock, 1)
    limits = ([], [("q", QUOTA)])
    ask(store, clock, 110)
    clock.now += 150_000
    take_some, inside = shared.take_some, []

    def interrupted(buckets, quotas, now, wanted):
        if quotas[0][0] == "q" and not inside:
            inside.append(1)
            clock.now += SECOND  # the old lease is over, and others look at it
            for number in range(10):
                store.admit([], [(f"other {number}", QUOTA)], clock.now)
        return take_some(buckets, quotas, now, wanted)

    shared.take_some = interrupted
    store.admit(*limits, clock.now)
    assert ("q",) in store._leases
    assert left(shared, "q", QUOTA, clock.now) + store._leases[("q",)].left == 1_000 - 111


def test_a_process_that_ends_gives_back_what_is_left(tmp_path):
    script = """
from stores.test_leased import *
clock = Clock()
store = LeasedStore(Shared(), seconds=1, monotonic=clock)
ask(store, clock, 600, every=2_000)
import atexit
left_in_lease = store._leases[("q",)].left
inner = store.store
atexit._run_exitfuncs()
print(left_in_lease > 0, left(inner, "q", QUOTA, clock.now))
"""
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root.parent}"}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert ran.stdout.split() == ["True", "400"], ran.stderr


class Interrupted(BaseException):
    """As a handler of a signal may raise it."""


def test_a_process_that_is_asked_nothing_more_gives_back_what_it_holds():
    shared = Shared()
    store = LeasedStore(shared, seconds=0.05)
    limits = ([], [("q", Quota(10**6, "DAY"))])
    deadline = time.monotonic() + 60
    spent = 0
    while not spent or not store._leases[("q",)].left:
        assert time.monotonic() < deadline
        assert store.admit(*limits, 10 * DAY) is None
        spent += 1
    held = store._leases[("q",)].left
    assert held > 0
    while left(shared, "q", limits[1][0][1], 10 * DAY) != 10**6 - spent:
        assert time.monotonic() < deadline, "what was left is not given back"
        time.sleep(0.01)
    assert store.admit(*limits, 10 * DAY) is None, "and it goes on"


def test_a_decision_that_was_interrupted_keeps_nobody_from_leases_for_long(shared, clock):
    [store] = processes(shared, clock, 1)
    ask(store, clock, 110)
    lease, take_some = store._leases[("q",)], shared.take_some
    lease.left = 0
    lease.asking = 1  # somebody was interrupted before they could say that they are through
    ask(store, clock, 40, ((), [("q", Quota(1_000, "DAY"))]), every=1_000_000)
    shared.calls, shared.take_some = 0, take_some
    assert ask(store, clock, 300, every=1_000) == 300
    assert shared.calls < 150, "there are leases again"


def test_an_exception_of_a_signal_in_the_store_leaves_nobody_asking(shared, clock):
    [store] = processes(shared, clock, 1)

    def take_some(*args):
        raise Interrupted

    shared.take_some = take_some
    with pytest.raises(Interrupted):
        store.admit([], [("q", QUOTA)], clock.now)
    assert store._leases[("q",)].asking == 0
