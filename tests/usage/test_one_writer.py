"""One writer at a time: threads on every store, a note that a killed process left, and giving up."""

from __future__ import annotations

import threading

import pytest
from stores.every_store import KINDS, every_store

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.one_writer import LEASE, one_writer


@every_store
def test_what_is_read_and_written_inside_is_never_lost(kind):
    store, failed = KINDS[kind](), []
    store.keep("count", b"0", None, 0)

    def count():
        try:
            for _ in range(10):
                with one_writer(store, "counting"):
                    number = int(store.recall("count", 0))
                    store.keep("count", str(number + 1).encode(), None, 0)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.recall("count", 0) == b"40"
    assert store.names("writer:") == []
    store.close()


def test_a_note_that_was_left_behind_counts_until_it_expires():
    store, now = MemoryStore(), [100.0]
    left = one_writer(store, "x", lambda: now[0])
    left.__enter__()
    waited = []

    def sleep(seconds):
        waited.append(now[0])
        now[0] += 1.0

    with one_writer(store, "x", lambda: now[0], sleep):
        assert waited == [100.0 + second for second in range(int(LEASE))]


def test_renewing_keeps_others_out_for_longer():
    store, now, inside = MemoryStore(), [0.0], []

    def sleep(seconds):
        now[0] += 1.0

    with one_writer(store, "x", lambda: now[0]) as renew:
        now[0] = LEASE - 1
        renew()
        with one_writer(store, "x", lambda: now[0], sleep):
            inside.append(now[0])
    assert inside == [2 * LEASE - 1]


def test_who_waits_for_too_long_gives_up_and_leaves_no_note():
    store = MemoryStore()
    with one_writer(store, "x", lambda: 0.0):
        with pytest.raises(ConfigError) as error, one_writer(store, "x", lambda: 0.0, lambda seconds: None):
            pytest.fail("both are inside")
        assert error.value.problems[0].code == "busy"
        assert len(store.names("writer:x:")) == 1
    assert store.names("writer:") == []


def test_what_goes_wrong_inside_lets_the_next_one_in():
    store = MemoryStore()
    with pytest.raises(ZeroDivisionError), one_writer(store, "x"):
        _ = 1 / 0
    with one_writer(store, "x", sleep=lambda seconds: pytest.fail("somebody is there")):
        assert len(store.names("writer:x:")) == 1


def test_other_names_are_no_others():
    store = MemoryStore()
    with one_writer(store, "x"), one_writer(store, "y", sleep=lambda seconds: pytest.fail("it waits")):
        assert len(store.names("writer:")) == 2
