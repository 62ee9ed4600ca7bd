"""Records: what every store keeps by key, until it expires or for good, and generations of them."""

from __future__ import annotations

import threading

import pytest
from stores.every_store import every_store

pytestmark = every_store


def test_a_record_is_kept_until_it_expires(store):
    store.keep("k", b"value", 10, 0)
    assert [store.recall("k", now) for now in (0, 9, 10)] == [b"value", b"value", None]


def test_a_record_without_an_end_is_kept_for_good(store):
    store.keep("k", b"value", None, 0)
    assert store.recall("k", 10**18) == b"value"


def test_what_was_never_kept_is_not_there(store):
    assert store.recall("k", 0) is None


@pytest.mark.parametrize("value", [b"", b"\x00", b"\xff" * 1000, b"x" * 100_000], ids=lambda v: f"{len(v)} B")
@pytest.mark.parametrize(
    "key", ["k", "a:b/c", "\u00e4\u20ac", "k" * 300], ids=["short", "signs", "utf-8", "long"]
)
def test_any_bytes_under_any_key(store, key, value):
    store.keep(key, value, None, 0)
    assert store.recall(key, 0) == value


def test_the_last_one_kept_counts(store):
    store.keep("k", b"one", None, 0)
    store.keep("k", b"two", 5, 0)
    assert [store.recall("k", now) for now in (4, 5)] == [b"two", None]
    store.keep("k", b"three", None, 6)
    assert store.recall("k", 10**18) == b"three"


def test_a_record_can_be_forgotten(store):
    store.keep("k", b"value", None, 0)
    assert [store.forget("k"), store.forget("k"), store.recall("k", 0)] == [True, False, None]


def test_records_and_counters_do_not_meet(store):
    from wsgi_gateway.usage import Quota

    store.keep("q", b"value", None, 0)
    assert store.admit((), [("q", Quota(1, "DAY"))], 0) is None
    assert store.recall("q", 0) == b"value"
    assert store.generation("q") == 0


def test_names_are_told_by_prefix_in_the_order_of_their_bytes_and_by_pages(store):
    for name in ("b", "a:2", "a:10", "a:\u00e4", "a:", "c", "a"):
        store.keep(name, b"", None, 0)
    assert store.names("a:") == ["a:", "a:10", "a:2", "a:\u00e4"]
    assert store.names("a:", limit=2) == ["a:", "a:10"]
    assert store.names("a:", after="a:10", limit=2) == ["a:2", "a:\u00e4"]
    assert store.names("a:", after="a:\u00e4") == []
    assert store.names("") == ["a", "a:", "a:10", "a:2", "a:\u00e4", "b", "c"]
    assert store.names("zzz") == []


def test_generations_begin_at_zero_and_are_counted_by_name(store):
    assert [store.generation("x"), store.advance("x"), store.advance("x"), store.generation("x")] == [
        0,
        1,
        2,
        2,
    ]
    assert store.generation("y") == 0


def test_threads_begin_generations_one_after_the_other(store):
    numbers, start = [], threading.Barrier(4)

    def begin():
        start.wait()
        numbers.extend(store.advance("x") for _ in range(50))

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 201))


@pytest.mark.parametrize(
    "verb",
    [
        lambda store: store.recall("k", 0),
        lambda store: store.keep("k", b"", None, 0),
        lambda store: store.forget("k"),
        lambda store: store.names(""),
        lambda store: store.generation("k"),
        lambda store: store.advance("k"),
    ],
    ids=["recall", "keep", "forget", "names", "generation", "advance"],
)
def test_a_closed_store_has_no_records(store, verb):
    store.close()
    with pytest.raises(Exception, match="closed"):
        verb(store)
