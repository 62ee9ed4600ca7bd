"""One fetch at a time for a key: who leads, who waits, and that nobody waits for ever."""

from __future__ import annotations

import os
import threading

import pytest

from wsgi_gateway.stores import flights as module
from wsgi_gateway.stores.flights import Flights

KEY, OTHER = b"k" * 32, b"o" * 32


def in_thread(call):
    """What ``call`` returns in a thread of its own, as soon as it does."""
    got = []
    thread = threading.Thread(target=lambda: got.append(call()))
    thread.start()
    return thread, got


def test_the_first_leads_and_the_others_get_what_it_brings() -> None:
    flights: Flights[str] = Flights()
    flight, leads = flights.board(KEY)
    assert leads
    assert flights.board(KEY) == (flight, False)
    waiting = [in_thread(lambda: flights.wait(KEY, flight, 30)) for _ in range(5)]
    flights.land(KEY, flight, "answer")
    for thread, _ in waiting:
        thread.join()
    assert [got for _, got in waiting] == [["answer"]] * 5
    assert len(flights) == 0


def test_keys_do_not_wait_for_each_other() -> None:
    flights: Flights[str] = Flights()
    assert flights.board(KEY)[1]
    assert flights.board(OTHER)[1]


def test_whoever_waited_long_enough_goes_alone_and_the_next_leads() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board(KEY)
    thread, got = in_thread(lambda: flights.wait(KEY, flight, 0.01))
    thread.join()
    assert got == [None]
    assert not flights.is_current(KEY, flight)
    assert flights.board(KEY)[1], "the flight of a leader that died holds nobody up"


def test_a_late_landing_does_not_end_the_flight_of_another() -> None:
    flights: Flights[str] = Flights()
    old, _ = flights.board(KEY)
    new = flights.take(KEY)
    flights.land(KEY, old, "old")
    assert not flights.is_current(KEY, old)
    assert flights.is_current(KEY, new)
    assert flights.board(KEY) == (new, False)


def test_nobody_waits_for_themselves() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board(KEY)
    assert flights.wait(KEY, flight, 3600) is None


def test_after_a_fetch_that_gave_nothing_nobody_waits_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board(KEY)
    assert not flights.is_passed(KEY)
    flights.land(KEY, flight, None)
    assert flights.is_passed(KEY)
    assert not flights.is_passed(OTHER)
    now = module.time.monotonic() + module.PASSED_FOR
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    assert not flights.is_passed(KEY)


def test_a_fetch_that_gave_something_ends_that() -> None:
    flights: Flights[str] = Flights()
    flights.land(KEY, flights.take(KEY), None)
    flights.land(KEY, flights.take(KEY), "answer")
    assert not flights.is_passed(KEY)


def test_the_memory_of_such_keys_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_PASSED", 3)
    flights: Flights[str] = Flights()
    keys = [bytes([number]) for number in range(5)]
    for key in keys:
        flights.land(key, flights.take(key), None)
    assert [flights.is_passed(key) for key in keys] == [False, False, True, True, True]


def test_clearing_lets_go_of_what_is_under_way() -> None:
    flights: Flights[str] = Flights()
    flight, _ = flights.board(KEY)
    flights.clear()
    assert not flights.is_current(KEY, flight)
    assert flights.board(KEY)[1]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_waits_for_no_flight_of_its_parent() -> None:
    flights: Flights[str] = Flights()
    flights.board(KEY)
    flights._lock.acquire()  # as another thread might hold it just then
    child = os.fork()
    if child == 0:  # pragma: no cover - not traced here
        os._exit(0 if flights.board(KEY)[1] else 1)
    flights._lock.release()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
