"""The gate of LMDB stores, by itself: who is let in, who gives up, and what is let go of."""

from __future__ import annotations

import ctypes
import errno
import subprocess
import sys
import threading

import pytest

from wsgi_gateway.stores import lmdb_gate
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.lmdb_gate import Gate, make_gate

HELD_UP = "another process holds up the LMDB store"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no robust mutexes on this system")


@pytest.fixture
def gates(tmp_path):
    """Two openings of one gate."""
    make_gate(str(tmp_path / "gate"))
    return [Gate(str(tmp_path / "gate")) for _ in range(2)]


def refused(gate):
    code = gate.enter()
    assert code == errno.EBUSY
    with pytest.raises(StoreUnavailable, match=HELD_UP):
        gate.wait(code)


def passes(gate):
    """Whether one may go in, and out again: a mutex that is held must not be unmapped."""
    return (gate.enter(), gate.leave()) == (0, 0)


def elsewhere(do):
    """Do it in another thread, and have that thread live on."""
    done, go = threading.Event(), threading.Event()

    def run():
        do()
        done.set()
        go.wait(30)

    thread = threading.Thread(target=run)
    thread.start()
    assert done.wait(30)
    return lambda: (go.set(), thread.join())


PRESENT_LIBRARY = ctypes.CDLL


class OlderLibrary:
    """A C library that can wait by the clock on the wall alone."""

    def __init__(self, name):
        self._library = PRESENT_LIBRARY(name)

    def __getattr__(self, name):
        if name == "pthread_mutex_clocklock":
            raise AttributeError(name)
        return getattr(self._library, name)


@pytest.mark.parametrize("library", [ctypes.CDLL, OlderLibrary], ids=["a present", "an older"])
def test_a_deadline_holds_with_a_c_library(tmp_path, monkeypatch, library):
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 0.05)
    monkeypatch.setattr(ctypes, "CDLL", library)
    make_gate(str(tmp_path / "gate"))
    one, two = (Gate(str(tmp_path / "gate")) for _ in range(2))
    end = elsewhere(one.enter)
    refused(two)
    refused(two)
    end()
    monkeypatch.setattr(lmdb_gate, "AGAIN", 30)
    # The thread has ended, and with it what it held; the system may take a moment.
    if code := two.enter():
        two.wait(code)
    assert two.leave() == 0
    assert passes(two)


def test_who_leaves_without_having_entered_lets_nobody_in(gates, monkeypatch):
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 0.05)
    end = elsewhere(gates[0].enter)
    assert gates[1].leave() != 0
    refused(gates[1])
    end()


def test_a_thread_that_something_kept_from_leaving_gets_in_again(gates, monkeypatch):
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 0.05)
    assert gates[0].enter() == 0
    gates[0].inside = True
    code = gates[0].enter()
    assert code == errno.EBUSY
    assert gates[0].wait(code) == 0
    assert gates[0].leave() == 0
    assert passes(gates[1])


class Interrupted(BaseException):
    """What a handler of a signal may raise."""


def watched(gate):
    """Every time that somebody leaves by this gate."""
    left, leave = [], gate.leave

    def watched():
        left.append(leave())
        return left[-1]

    gate.leave = watched
    return left


def test_who_waits_in_vain_or_closes_does_not_leave_what_it_has_not_entered(gates, monkeypatch):
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 0.05)
    end = elsewhere(gates[0].enter)
    left = watched(gates[1])
    refused(gates[1])
    gates[1].close()
    assert left == []
    end()


def test_who_is_interrupted_when_the_wait_is_over_leaves(gates, monkeypatch):
    end = elsewhere(gates[0].enter)
    code = gates[1].enter()
    assert code == errno.EBUSY
    wait = gates[1]._enter_by

    def interrupted(*arguments):
        end()
        wait(*arguments)
        gates[1]._enter_by = wait
        raise Interrupted

    monkeypatch.setattr(lmdb_gate, "DEADLINE", 30)
    gates[1]._enter_by = interrupted
    left = watched(gates[1])
    with pytest.raises(Interrupted):
        gates[1].wait(code)
    assert left == [0]


def test_processes_with_another_c_library_go_past_the_gate(tmp_path, monkeypatch):
    make_gate(str(tmp_path / "gate"))
    one = Gate(str(tmp_path / "gate"))
    assert one.enter() == 0
    monkeypatch.setattr(lmdb_gate, "_layout", lambda: b"x86_64 other")
    assert Gate(str(tmp_path / "gate")).enter() == 0
    assert one.leave() == 0


_CLOSED = """
import sys, threading
from wsgi_gateway.stores.lmdb_gate import Gate, make_gate

def kept_from_leaving():
    one.enter()
    inside.set()
    closed.wait(30)
    two.enter()

make_gate(sys.argv[1])
make_gate(sys.argv[1] + "2")
one, two = Gate(sys.argv[1]), Gate(sys.argv[1] + "2")
inside, closed = threading.Event(), threading.Event()
thread = threading.Thread(target=kept_from_leaving)
thread.start()
inside.wait(30)
one.close()
del one
closed.set()
thread.join()
"""


def test_a_gate_is_closed_behind_a_thread_that_something_kept_from_leaving(tmp_path):
    # In a process of its own, because the system would end it.
    command = [sys.executable, "-c", _CLOSED, str(tmp_path / "gate")]
    assert subprocess.run(command, check=False).returncode == 0
