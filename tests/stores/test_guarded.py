"""What happens while a store is down: by policy, at once, and visibly."""

from __future__ import annotations

import logging

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.errors import StoreFull, StoreUnavailable
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket

LIMITS = ([("b", TokenBucket(0, 2))], [("q", Quota(9, "DAY"))])


class Flaky(MemoryStore):
    """A store that can be told to fail, and counts how often it is asked."""

    shared_between_processes = True

    def __init__(self):
        super().__init__()
        self.is_down, self.asked = False, 0

    def admit(self, *args):
        self.asked += 1
        if self.is_down:
            raise ConnectionError("redis://:s3cret@host")
        return super().admit(*args)

    def recall(self, *args):
        self.asked += 1
        if self.is_down:
            raise ConnectionError("redis://:s3cret@host")
        return super().recall(*args)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def flaky():
    return Flaky()


@pytest.fixture
def clock():
    return Clock()


def test_a_store_that_works_decides(flaky, clock):
    store = GuardedStore(flaky, clock=clock)
    told = []
    assert [store.admit(*LIMITS, 0), store.admit(*LIMITS, 0, told), store.admit(*LIMITS, 0)] == [
        None,
        None,
        "b",
    ]
    assert len(told) == 2
    assert (store.failures, store.unmetered, store.is_failing) == (0, 0, False)


def test_closed_admits_nobody(flaky, clock):
    store = GuardedStore(flaky, on_error="closed", clock=clock)
    flaky.is_down = True
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="the store of usage counters fails"):
            store.admit(*LIMITS, 0)


def test_open_admits_everybody_and_counts_them(flaky, clock):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    flaky.is_down, told = True, []
    assert [store.admit(*LIMITS, 0, told) for _ in range(9)] == [None] * 9
    assert (told[:2], store.unmetered, store.is_failing) == ([None, None], 9, True)


def test_local_counts_in_this_process(flaky, clock):
    store = GuardedStore(flaky, on_error="local", clock=clock)
    flaky.is_down = True
    assert [store.admit(*LIMITS, 0) for _ in range(3)] == [None, None, "b"]


def test_a_store_that_failed_is_left_alone_and_then_tried_by_one(flaky, clock):
    store = GuardedStore(flaky, on_error="open", retry_seconds=2, clock=clock)
    flaky.is_down = True
    for _ in range(100):
        store.admit(*LIMITS, 0)
    assert flaky.asked == 1
    clock.now += 2
    for _ in range(100):
        store.admit(*LIMITS, 0)
    assert (flaky.asked, store.failures) == (2, 2)


def test_while_one_tries_the_others_do_not(flaky, clock):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    flaky.is_down = True
    store.admit(*LIMITS, 0)
    clock.now += 9
    during = []

    def admit(*args):
        during.append(store.admit(*LIMITS, 0))
        return MemoryStore.admit(flaky, *args)

    flaky.is_down, flaky.admit = False, admit
    assert store.admit(*LIMITS, 0) is None
    assert (during, store.unmetered, store.is_failing) == ([None], 2, False)


def test_a_store_that_is_back_decides_again_and_knows_what_it_had_counted(flaky, clock):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    store.admit(*LIMITS, 0)
    flaky.is_down = True
    store.admit(*LIMITS, 0)
    flaky.is_down = False
    clock.now += 1
    assert [store.admit(*LIMITS, 0), store.admit(*LIMITS, 0)] == [None, "b"]
    assert store.is_failing is False


def test_the_log_tells_the_beginning_one_line_a_second_and_the_end(flaky, clock, caplog):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    flaky.is_down = True
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        for _ in range(2000):
            store.admit(*LIMITS, 0)
            clock.now += 0.01
        flaky.is_down = False
        clock.now += 1
        store.admit(*LIMITS, 0)
    assert 20 <= len(caplog.records) <= 24
    assert "ConnectionError" in caplog.records[0].message
    assert "2000 decisions were made without it" in caplog.records[-1].message
    assert "s3cret" not in caplog.text


def test_records_have_no_policy_but_the_same_patience(flaky, clock):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    flaky.is_down = True
    for _ in range(5):
        with pytest.raises(StoreUnavailable) as caught:
            store.recall("k", 0)
        assert "s3cret" not in str(caught.value)
    assert flaky.asked == 1
    flaky.is_down = False
    clock.now += 1
    assert store.recall("k", 0) is None
    assert store.is_failing is False


@pytest.mark.parametrize("policy", ["", "OPEN", "maybe", None])
def test_a_policy_that_is_none_is_refused(policy):
    with pytest.raises(ConfigError, match="on_store_error"):
        GuardedStore(MemoryStore(), on_error=policy)


def test_every_outage_tells_its_own_number(flaky, clock, caplog):
    store = GuardedStore(flaky, on_error="open", clock=clock)
    for _ in range(2):
        flaky.is_down = True
        for _ in range(3):
            store.admit(*LIMITS, 0)
        flaky.is_down = False
        clock.now += 2
        store.admit(*LIMITS, 0)
    told = [record.message for record in caplog.records if "is back;" in record.message]
    assert ["3 decisions" in message for message in told] == [True, True]


def test_what_our_own_stores_say_of_a_failure_is_told(clock, caplog):
    class Gone(Flaky):
        def admit(self, *args):
            raise StoreUnavailable("Redis: ConnectionError")

    GuardedStore(Gone(), on_error="open", clock=clock).admit(*LIMITS, 0)
    assert "Redis: ConnectionError" in caplog.text


def test_a_store_without_room_for_something_new_goes_on_counting_what_it_knows(flaky, clock):
    store = GuardedStore(flaky, on_error="closed", clock=clock)
    store.admit(*LIMITS, 0)
    flaky.admit = lambda *args: (_ for _ in ()).throw(StoreFull("full"))
    with pytest.raises(StoreUnavailable):
        store.admit([("new", TokenBucket(1, 1))], [], 0)
    del flaky.admit
    assert store.admit(*LIMITS, 0) is None
    assert store.is_failing is False


def test_records_that_fail_do_not_stop_the_counting(flaky, clock):
    store = GuardedStore(flaky, on_error="closed", clock=clock)
    flaky.keep = lambda *args: (_ for _ in ()).throw(StoreUnavailable("full"))
    with pytest.raises(StoreUnavailable):
        store.keep("k", b"", None, 0)
    assert store.admit(*LIMITS, 0) is None


def test_what_a_failing_store_has_told_is_not_told(flaky, clock):
    def admit(buckets, quotas, now, told):
        told.extend([1, 2])
        raise ConnectionError

    flaky.admit = admit
    told = []
    assert GuardedStore(flaky, on_error="open", clock=clock).admit(*LIMITS, 0, told) is None
    assert told == [None, None]


def test_a_store_around_leases_knows_that_there_are_records():
    assert GuardedStore(LeasedStore(MemoryStore())).has_records
