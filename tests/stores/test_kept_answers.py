"""Answers that are kept: their time, their room, flushes, other processes, and stores that fail."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import shelf as module
from wsgi_gateway.stores.kept_answers import BELIEVED, Answer, KeptAnswers, Shelf
from wsgi_gateway.stores.memory import MemoryStore

KEY, OTHER = b"k" * 32, b"o" * 32
ANSWER = Answer("200 OK", (("Content-Type", "text/plain"), ("X-A", "caf\xe9")), b"\x00body\n\xff", True)


class Faulty(MemoryStore):
    """A store that several processes seem to share, whose verbs can be told to fail."""

    shared_between_processes = True

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.asked: list[str] = []

    def _verb(self, name: str) -> None:
        self.asked.append(name)
        if name in self.broken:
            raise ConnectionError("redis://:s3cret@host is down")

    def recall(self, *args: Any) -> bytes | None:
        self._verb("recall")
        return super().recall(*args)

    def keep(self, *args: Any) -> None:
        self._verb("keep")
        super().keep(*args)

    def generation(self, *args: Any) -> int:
        self._verb("generation")
        return super().generation(*args)


def find(kept: KeptAnswers, now: float = 0.0, key: bytes = KEY) -> Answer | None:
    return kept.find(key, kept.mark(now), now)


def keep(
    kept: KeptAnswers, answer: Answer = ANSWER, ttl: float = 300, now: float = 0.0, key: bytes = KEY
) -> None:
    kept.keep(key, kept.mark(now), answer, ttl, now)


def test_an_answer_is_found_until_its_time_is_over() -> None:
    kept = KeptAnswers()
    keep(kept, ttl=10)
    assert find(kept, 9.9) == ANSWER
    assert find(kept, 10.0) is None
    assert len(kept) == kept.size == 0


def test_a_clock_that_goes_back_finds_nothing_of_the_future() -> None:
    kept = KeptAnswers()
    keep(kept, now=100)
    assert find(kept, 99) is None


def test_bytes_are_bounded_and_what_was_used_longest_ago_goes_first() -> None:
    big = ANSWER._replace(body=b"x" * 1000)
    kept = KeptAnswers(max_bytes=2 * big.size)
    for key in (b"1", b"2"):
        keep(kept, big, key=key)
    assert find(kept, key=b"1") == big
    keep(kept, big, key=b"3")
    assert [find(kept, key=key) is not None for key in (b"1", b"2", b"3")] == [True, False, True]
    keep(kept, big, key=b"3")
    assert (len(kept), kept.size) == (2, 2 * big.size)
    keep(kept, ANSWER._replace(body=b"x" * 5000), key=b"4")
    assert find(kept, key=b"4") is None
    assert len(kept) == 2


@pytest.mark.parametrize("max_bytes", [0, -1, True, 1.5, None])
def test_room_that_is_none_is_refused(max_bytes: Any) -> None:
    with pytest.raises(ConfigError):
        KeptAnswers(max_bytes=max_bytes)


def test_a_flush_forgets_also_what_was_fetched_before_and_comes_after() -> None:
    kept = KeptAnswers()
    keep(kept, key=OTHER)
    before = kept.mark(0)
    kept.flush()
    kept.keep(KEY, before, ANSWER, 300, 0)
    assert find(kept) is find(kept, key=OTHER) is None


def test_what_is_dropped_is_gone() -> None:
    kept = KeptAnswers()
    keep(kept)
    keep(kept, key=OTHER)
    kept.drop(KEY, kept.mark(0))
    assert find(kept) is None
    assert find(kept, key=OTHER) == ANSWER


# --------------------------------------------------------------------------- a store that processes share


def workers(store: Faulty, count: int = 2, scope: str = "api/prod") -> list[KeptAnswers]:
    return [KeptAnswers(shelf=Shelf(store, scope)) for _ in range(count)]


def test_another_process_finds_the_same_bytes() -> None:
    one, two = workers(Faulty())
    keep(one)
    assert find(two) == ANSWER
    assert find(two, 299) == ANSWER
    assert find(two, 300) is None


def test_scopes_do_not_see_each_other() -> None:
    store = Faulty()
    keep(workers(store, 1, "a")[0])
    assert find(workers(store, 1, "b")[0]) is None


def test_a_flush_reaches_others_within_two_seconds() -> None:
    one, two = workers(Faulty())
    keep(one)
    assert find(two) == ANSWER
    one.flush()
    assert find(one) is None
    assert find(two, 2.0) is None


def test_what_one_drops_others_do_not_find_after_two_seconds() -> None:
    one, two = workers(Faulty())
    keep(one)
    assert find(two) == ANSWER
    one.drop(KEY, one.mark(0))
    assert find(one) is None
    assert find(two, BELIEVED) is None


def test_an_answer_is_not_asked_for_again_while_it_is_believed() -> None:
    store = Faulty()
    one, two = workers(store)
    keep(one)
    find(two)
    store.asked.clear()
    assert find(two, 0.4) == ANSWER
    assert store.asked == []


@pytest.mark.parametrize("verb", ["recall", "keep", "generation"])
def test_a_store_that_fails_costs_misses_and_one_line_without_its_secrets(
    verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = Faulty()
    store.broken.add(verb)
    with caplog.at_level(logging.WARNING):
        for kept in workers(store, 1):
            assert find(kept) is None
            keep(kept)
            assert find(kept) == ANSWER, "its own memory serves on"
    assert len(caplog.records) == 1
    assert "ConnectionError" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_store_that_failed_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Faulty()
    store.broken.add("recall")
    [kept] = workers(store, 1)
    find(kept)
    store.asked.clear()
    find(kept, 1)
    keep(kept, now=1)
    assert store.asked == []
    store.broken.clear()
    later = module.time.monotonic() + 2.1
    monkeypatch.setattr(module.time, "monotonic", lambda: later)
    find(kept, 3.5, key=OTHER)
    assert store.asked == ["generation", "recall"]


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"not JSON\nbody",
        b"{}\nbody",
        b"[]\nbody",
        b'"text"\nbody',
        b'{"status": "200 OK", "headers": [], "traced": false, "stored": 0, "expires": 9, "length": 5}\nbody',
        b'{"status": "200 OK", "headers": [], "traced": false, "stored": 5, "expires": 9, "length": 4}\nbody',
        b'{"status": "200 OK", "headers": [], "traced": false, "stored": 0, "expires": 1, "length": 4}\nbody',
        b'{"status": "200", "headers": [], "traced": false, "stored": 0, "expires": 9, "length": 4}\nbody',
        b'{"status": "200 OK\\r\\nX: y", "headers": [], "traced": false, "stored": 0, "expires": 9, '
        b'"length": 4}\nbody',
        b'{"status": "200 OK", "headers": [["a b", "c"]], "traced": false, "stored": 0, "expires": 9, '
        b'"length": 4}\nbody',
        b'{"status": "200 OK", "headers": [["a", "c\\r\\nd: e"]], "traced": false, "stored": 0, '
        b'"expires": 9, "length": 4}\nbody',
    ],
    ids=[
        "nothing",
        "no JSON",
        "no members",
        "a list",
        "a text",
        "another length",
        "of the future",
        "over",
        "no status line",
        "a line break in the status",
        "no header's name",
        "a line break in a header",
    ],
)
def test_a_record_that_is_not_ours_is_a_miss(record: bytes) -> None:
    store = Faulty()
    store.keep(f"api/prod:0:{KEY.hex()}", record, None, 0)
    assert find(workers(store, 1)[0], 2.0) is None


def test_a_process_puts_no_more_than_its_share_into_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUDGET", 5_000)
    store = Faulty()
    one, two = workers(store)
    for number in range(10):
        keep(one, ANSWER._replace(body=b"x" * 1000), key=bytes([number]))
    assert sum(find(two, key=bytes([number])) is not None for number in range(10)) == 2
    assert all(find(one, 100, key=bytes([number])) is not None for number in range(10)), "the rest is its own"
    keep(one, key=OTHER, now=301)
    assert find(two, 301, key=OTHER) == ANSWER


def test_large_answers_stay_in_their_process() -> None:
    one, two = workers(Faulty())
    large = ANSWER._replace(body=b"x" * (module.LONGEST_SHARED + 1))
    keep(one, large)
    assert find(one, 299) == large
    assert find(two) is None
