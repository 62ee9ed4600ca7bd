"""Flights: one fetch at a time for each key, and everybody else waits for it, but not for ever.

Why: when an answer that a hundred callers want runs out, one of them asks the backend, and not a hundred::

    flight, leads = flights.board(key)
    if leads:
        try:
            answer = fetch()
        finally:
            flights.land(key, flight, answer)   # None: nothing that others may have
    else:
        answer = flights.wait(key, flight, seconds=29.0)   # None: fetch it yourself

Whoever waited long enough goes alone, and the next to come leads a new flight, so the death of a leader holds
up nobody for longer than that. A key whose last fetch gave nothing to share is not waited for during
:data:`PASSED_FOR` seconds, or callers of what cannot be shared would queue.

A forked worker starts without flights, whatever its parent was doing. One process; others fetch for
themselves.

Source: this project's own; what AWS does while an answer is being fetched is not documented.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import OrderedDict
from typing import Any, Generic, TypeVar

PASSED_FOR = 10.0
"""Seconds for which callers of a key go on their own, after a fetch for it gave nothing to share."""

_MOST_PASSED = 4096

T = TypeVar("T")


class Flight(Generic[T]):
    """One fetch under way; ``outcome`` stays None if it gives nothing."""

    __slots__ = ("done", "leader", "outcome")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.leader = threading.get_ident()
        self.outcome: T | None = None


class Flights(Generic[T]):
    """Fetches under way, by key. Safe for threads and forks."""

    def __init__(self) -> None:
        self._start()
        _ALL.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[bytes, Flight[T]] = {}
        self._passed: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._flights)

    def is_passed(self, key: bytes) -> bool:
        """Whether the last fetch for a key gave nothing, so that nobody should wait for the next."""
        until = self._passed.get(key)
        return until is not None and time.monotonic() < until

    def board(self, key: bytes) -> tuple[Flight[T], bool]:
        """The flight for a key, and whether the caller leads it."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                return flight, False
            flight = self._flights[key] = Flight()
            return flight, True

    def take(self, key: bytes) -> Flight[T]:
        """A new flight, led by the caller, in the place of one under way, whose outcome is old by now."""
        with self._lock:
            flight = self._flights[key] = Flight()
            return flight

    def wait(self, key: bytes, flight: Flight[T], seconds: float) -> T | None:
        """What the leader brought; None if that is nothing, or did not come in time, or is the caller's own
        duty (an app that calls its own gateway would wait for itself).
        """
        if flight.leader == threading.get_ident():
            return None
        if not flight.done.wait(seconds):
            with self._lock:
                self._forget(key, flight)
            return None
        return flight.outcome

    def is_current(self, key: bytes, flight: Flight[T]) -> bool:
        """Whether the flight was neither given up, replaced nor cleared away."""
        return self._flights.get(key) is flight

    def land(self, key: bytes, flight: Flight[T], outcome: T | None) -> None:
        """Wake those who wait."""
        flight.outcome = outcome
        with self._lock:
            if self._forget(key, flight):
                self._passed.pop(key, None)
                if outcome is None:
                    self._passed[key] = time.monotonic() + PASSED_FOR
                    if len(self._passed) > _MOST_PASSED:
                        self._passed.popitem(last=False)
        flight.done.set()

    def _forget(self, key: bytes, flight: Flight[T]) -> bool:
        if self._flights.get(key) is not flight:
            return False
        del self._flights[key]
        return True

    def clear(self) -> None:
        """Let go of all flights: what they bring is shared with those who wait, and with nobody later."""
        with self._lock:
            self._flights.clear()
            self._passed.clear()


_ALL: weakref.WeakSet[Flights[Any]] = weakref.WeakSet()


def _start_anew() -> None:
    for flights in list(_ALL):
        flights._start()


if hasattr(os, "register_at_fork"):
    # Another thread of the parent may hold the lock, or lead a flight, that the child will never see end.
    os.register_at_fork(after_in_child=_start_anew)
