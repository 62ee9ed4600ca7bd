"""LMDB stores beside processes that are stopped, killed or interrupted while they hold something."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import lmdb_attempts, lmdb_checkpoint, lmdb_counters, lmdb_gate, lmdb_lock
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.lmdb_files import Files
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket

MIB = 2**20
QUOTAS = [("q", Quota(100, "MONTH"))]
HELD_UP = "another process holds up the LMDB store"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no robust mutexes on this system")


@pytest.fixture
def make(tmp_path):
    """A function that makes a store in the test's directory."""
    made = []

    def make():
        made.append(LMDBStore(str(tmp_path / "limits"), MIB))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def stopped(tmp_path):
    """A function that has another process do something with the store, and stop where it first calls what is
    named. Returns one that sends it a signal and waits until it has ended.
    """
    children = []

    def start(owner, name, do):
        child = os.fork()
        if not child:
            inner = getattr(owner, name)

            def stop(*arguments):
                setattr(owner, name, inner)
                os.kill(os.getpid(), signal.SIGSTOP)
                return inner(*arguments)

            setattr(owner, name, stop)
            try:
                do(LMDBStore(str(tmp_path / "limits"), MIB))
                os._exit(0)
            except BaseException:
                os._exit(1)
        children.append(child)
        assert os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        return lambda number: end(child, number)

    def end(child, number):
        os.kill(child, number)
        children.remove(child)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    yield start
    for child in children:
        end(child, signal.SIGKILL)


def in_time(do):
    """What a function returns or raises, unless it takes far too long."""
    found = []

    def run():
        try:
            found.append(do())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    assert found, "it waits for ever"
    return found[0]


def count(store):
    return store.admit((), QUOTAS, 0)


# ------------------------------------------------------------ somebody else is stopped


def test_who_waits_for_a_stopped_process_gives_up_and_goes_on_when_that_goes_on(make, stopped, caplog):
    store = make()
    end = stopped(lmdb_counters, "admit", count)
    for verb in (lambda: count(store), lambda: count(store), lambda: store.advance("g")):
        assert HELD_UP in str(in_time(verb))
    assert caplog.text.count(f"{store._files.path}: {HELD_UP}") == 1
    assert in_time(lambda: store.states((), QUOTAS, 0)) == [None], "who reads need not wait"
    assert end(signal.SIGCONT) == 0
    assert in_time(lambda: count(store)) is None
    assert store.states((), QUOTAS, 0)[0][0] == 2


def test_all_threads_of_a_process_give_up(make, stopped):
    store = make()
    stopped(lmdb_counters, "admit", count)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(in_time(lambda: count(store)))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 8


@pytest.mark.parametrize(
    ("policy", "answer"), [("closed", StoreUnavailable), ("open", None), ("local", None)]
)
def test_the_policy_decides_meanwhile(make, stopped, policy, answer):
    store = GuardedStore(make(), on_error=policy)
    stopped(lmdb_counters, "admit", count)
    got = in_time(lambda: count(store))
    assert got is answer or isinstance(got, answer)


def test_a_process_that_comes_anew_gives_up_too(make, stopped):
    end = stopped(lmdb_counters, "admit", count)
    store = make()
    assert HELD_UP in str(in_time(lambda: count(store)))
    end(signal.SIGCONT)
    assert count(store) is None


def test_a_stopped_process_that_is_killed_holds_up_nobody(make, stopped):
    store = make()
    for _ in range(3):
        end = stopped(lmdb_counters, "admit", count)
        assert end(signal.SIGKILL) == -signal.SIGKILL
        assert in_time(lambda: count(store)) is None
    assert store.states((), QUOTAS, 0)[0][0] == 3
    gate = store._files.gate
    assert (gate.enter(), gate.leave()) == (0, 0)


def test_a_process_killed_while_others_wait_lets_them_in(make, stopped, monkeypatch):
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 60)
    store = make()
    end = stopped(lmdb_counters, "admit", count)
    killer = threading.Timer(0.1, end, [signal.SIGKILL])
    killer.start()
    assert in_time(lambda: count(store)) is None
    killer.join()


def test_a_fold_that_is_stopped_is_an_error_of_who_needs_one(make, stopped, monkeypatch):
    monkeypatch.setattr(lmdb_lock, "PATIENCE", 0.05)
    store = make()
    end = stopped(lmdb_checkpoint, "_write", lambda store: store.keep("other", b"1", None, 0))
    assert isinstance(in_time(lambda: store.keep("key", b"1", None, 0)), StoreUnavailable)
    assert count(store) is None, "counting goes on"
    assert end(signal.SIGCONT) == 0
    store.keep("key", b"2", None, 0)
    assert store.recall("key", 0) == b"2"


def test_an_opening_that_is_stopped_is_an_error_of_who_opens(make, stopped, monkeypatch):
    monkeypatch.setattr(lmdb_lock, "OPENING_PATIENCE", 0.05)
    end = stopped(Files, "_open_both", count)
    refusal = in_time(make)
    assert isinstance(refusal, ConfigError)
    assert "does not finish opening the files" in str(refusal)
    assert end(signal.SIGCONT) == 0
    assert count(make()) is None


_READER = """
import sys
from wsgi_gateway.stores.lmdb_store import LMDBStore
store = LMDBStore(sys.argv[1], 2**20)
store.states((), (), 0)
txn = store._files.counters.begin()
print("reading", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    "end", [subprocess.Popen.kill, lambda reader: reader.stdin.close()], ids=["killed", "done"]
)
def test_a_reader_that_was_in_the_way_until_the_file_was_full_is_in_nobodys_way_when_it_is_gone(
    tmp_path, make, end
):
    store = make()
    for n in range(500):
        store.admit([(f"b{n}", TokenBucket(0, 2))], (), 0)
    command = [sys.executable, "-c", _READER, store._files.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout.readline() == "reading\n"
        with pytest.raises(StoreUnavailable, match="full"):
            [store.admit([("b0", TokenBucket(1, 2**40))], (), now) for now in range(10_000)]
        end(reader)
        reader.wait(30)
    assert store.admit([("b1", TokenBucket(0, 2))], (), 10**9) is None
    store.keep("key", b"1", None, 10**9)


def test_a_store_counts_where_there_are_no_such_mutexes(make, monkeypatch):
    monkeypatch.setattr(lmdb_gate, "_pthread", lambda: None)
    store = make()
    assert [count(store) for _ in range(2)] == [None, None]
    store.keep("key", b"1", None, 0)
    assert store.states((), QUOTAS, 0)[0][0] == 2


# ------------------------------------------------------------ the gate, left by who has entered


def fold_now(store):
    lmdb_checkpoint.fold(store._files)


VERBS = [
    pytest.param(count, id="count"),
    pytest.param(lambda store: store.advance("g"), id="advance"),
    pytest.param(fold_now, id="fold"),
]


@pytest.mark.parametrize("verb", VERBS)
def test_who_is_not_let_in_does_not_leave(make, stopped, monkeypatch, verb):
    # The C library takes it for the owner if that has the same number, as it may in another PID namespace.
    monkeypatch.setattr(lmdb_gate, "DEADLINE", 0.05)
    store, left = make(), []
    count(store)
    stopped(lmdb_counters, "admit", count)
    store.states((), QUOTAS, 0)
    gate = store._files.gate
    leave = gate.leave
    gate.leave = lambda: left.append(leave())
    assert HELD_UP in str(in_time(lambda: verb(store)))
    assert left == []


class Interrupted(BaseException):
    """What a handler of a signal may raise."""


def interrupted_after(inner):
    """The same function, interrupted when it has just done its work."""

    def interrupted(*arguments):
        inner(*arguments)
        raise Interrupted

    return interrupted


@pytest.mark.parametrize("where", ["enter", "leave"])
@pytest.mark.parametrize("verb", VERBS)
def test_who_is_interrupted_at_the_gate_leaves_it_open_and_the_switch_interval_as_it_was(
    make, monkeypatch, verb, where
):
    store, usual = make(), sys.getswitchinterval()
    count(store)
    gate = store._files.gate
    with monkeypatch.context() as patch:
        patch.setattr(gate, where, interrupted_after(getattr(gate, where)))
        with pytest.raises(Interrupted):
            verb(store)
    assert sys.getswitchinterval() == usual
    assert (gate.enter(), gate.leave()) == (0, 0)
    assert verb(store) in (None, 1, 2)


@pytest.mark.parametrize("verb", VERBS)
def test_a_thread_that_could_not_leave_gets_in_again(make, verb):
    store = make()
    count(store)
    gate = store._files.gate
    leave = gate.leave

    def fails():
        gate.leave = leave
        raise MemoryError

    gate.leave = fails
    with pytest.raises(MemoryError):
        verb(store)
    assert in_place(gate) != 0, "it is locked"
    assert verb(store) in (None, 1, 2)
    assert in_place(gate) == 0


def in_place(gate):
    """What another thread is told at the gate."""

    def look():
        code = gate.enter()
        if not code:
            gate.leave()
        return code

    return in_time(look)


# ------------------------------------------------------------ threads that compute


@pytest.fixture
def interval():
    """Python's switch interval, which is there again after the test."""
    usual = sys.getswitchinterval()
    yield usual
    sys.setswitchinterval(usual)


@pytest.mark.parametrize(
    "verb", [pytest.param(count, id="count"), pytest.param(lambda store: store.advance("g"), id="advance")]
)
@pytest.mark.parametrize(
    ("own", "within"),
    [pytest.param(0.004, lmdb_attempts.SOON, id="long"), pytest.param(0.00001, 0.00001, id="short already")],
)
def test_a_transaction_gets_pythons_lock_back_soon_and_the_interval_is_as_before(
    make, interval, monkeypatch, verb, own, within
):
    store, seen = make(), []
    verb(store)
    begin = store._files.begin

    def watched(*arguments):
        seen.append(sys.getswitchinterval())
        return begin(*arguments)

    store._files.begin = watched
    sys.setswitchinterval(own)
    verb(store)
    monkeypatch.setattr(store._files, "begin", lambda *arguments: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        verb(store)
    assert seen == pytest.approx([within])
    assert sys.getswitchinterval() == pytest.approx(own)
