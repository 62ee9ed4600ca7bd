"""LMDB stores in many processes: they count together, whoever is killed, and survive forks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket

MIB = 2**20
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")

_BEGINNING = """
import json, os, random, signal, sys, threading, time
from wsgi_gateway.stores import lmdb_sharing
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket
path = sys.argv[1]

def in_child(do):
    "Run a function in a forked child and leave; the parent gets the child's id."
    child = os.fork()
    if child:
        return child
    try:
        do()
        os._exit(0)
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)

def code(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


def run(script, path):
    """What a script prints as JSON. It runs in a process of its own, with the directory as its argument."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGINNING + script, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


_KILLS = """
lmdb_sharing.INTERVAL = 0.005  # so that folds are interrupted as well
quota, bucket = [("q", Quota(3000, "MONTH"))], TokenBucket(0, 2**20)

def work():
    store, log = LMDBStore(path + "/limits", 2**20), os.open(path + "/log", os.O_WRONLY | os.O_APPEND)
    noise = random.Random(os.getpid())
    while True:
        # Most kills shall hit a process in a transaction.
        for _ in range(150):
            store.admit([(f"b{noise.randrange(500)}", bucket)], (), 0)
        if store.admit((), quota, 0) is None:
            os.write(log, b".")

open(path + "/log", "w").close()
workers, chance, killed = [in_child(work) for _ in range(4)], random.Random(7), 0
while killed < 50:
    time.sleep(chance.random() * 0.02)
    victim = workers.pop(chance.randrange(4))
    os.kill(victim, signal.SIGKILL)
    killed += code(victim) == -signal.SIGKILL
    workers.append(in_child(work))
while os.stat(path + "/log").st_size + killed < 3000:
    time.sleep(0.01)
for worker in workers:
    os.kill(worker, signal.SIGKILL)
    code(worker)
logged = os.stat(path + "/log").st_size
store = LMDBStore(path + "/limits", 2**20)
more = sum(store.admit((), quota, 0) is None for _ in range(5000))
used = store.states((), quota, 0)[0][0]
print(json.dumps([logged, more, used, killed + 4]))
"""


def test_fifty_killed_workers_let_nobody_through_above_a_quota_and_lose_what_was_in_flight(tmp_path):
    logged, more, used, killed = run(_KILLS, tmp_path)
    assert used == 3000
    assert logged + more <= 3000, "more were admitted than the quota allows"
    assert logged + more >= 3000 - killed, "more was lost than one decision of each that was killed"
    store = LMDBStore(str(tmp_path / "limits"), MIB)
    assert store.admit((), [("q", Quota(3000, "MONTH"))], 0) == "q"
    with store._files.counters.begin() as txn:
        counters = [key for key, _ in txn.cursor() if key.startswith(b"ab")]
    assert counters == sorted({b"ab%d" % n for n in range(500)})
    assert store.admit([("new", TokenBucket(0, 1))], (), 0) is None
    store.close()


_TOGETHER = """
limits = [("b", TokenBucket(0, 1000))], [("q", Quota(700, "DAY"))]

def work():
    store = LMDBStore(path, 2**20)
    admitted = sum(store.admit(*limits, 0) is None for _ in range(400))
    open(f"{path}/admitted{os.getpid()}", "w").write(str(admitted))

children = [in_child(work) for _ in range(4)]
codes = [code(child) for child in children]
print(json.dumps([codes, [int(open(f"{path}/admitted{child}").read()) for child in children]]))
"""


def test_processes_together_are_admitted_exactly_as_often_as_the_limit_says(tmp_path):
    codes, admitted = run(_TOGETHER, tmp_path)
    assert codes == [0] * 4
    assert sum(admitted) == 700


_FORK_IN_USE = """
store, limits = LMDBStore(path, 2**20), [("b", TokenBucket(0, 10**6))]
before = sum(store.admit(limits, (), 0) is None for _ in range(10))
go, spent = True, [0] * 3

def use(n):
    while go:
        spent[n] += store.admit(limits, (), 0) is None

threads = [threading.Thread(target=use, args=(n,)) for n in range(3)]
for thread in threads:
    thread.start()

def child():
    assert not store._files.is_open, "what the parent has opened is of no use here"
    assert sum(store.admit(limits, (), 0) is None for _ in range(10)) == 10
    assert store._files.counters.stat()["entries"] > 0

codes = []
for _ in range(20):
    codes.append(code(in_child(child)))
go = False
for thread in threads:
    thread.join()
left = store.states(limits, (), 0)[0][0] // 10**12
print(json.dumps([codes, 10**6 - left - before - 200 - sum(spent)]))
"""


def test_a_store_that_threads_are_using_may_be_forked_at_any_time(tmp_path):
    codes, uncounted = run(_FORK_IN_USE, tmp_path)
    assert codes == [0] * 20
    assert uncounted == 0


_PRELOADED = """
lmdb_sharing.INTERVAL = 0.05
store = LMDBStore(path, 2**20)
here = threading.active_count()

def child():
    assert store.admit((), [("q", Quota(100, "DAY"))], 0) is None
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("wsgi_gateway-lmdb") == 1, names
    store.keep("key", b"1", None, 0)

codes = [code(in_child(child)) for _ in range(3)]
print(json.dumps([here, threading.active_count(), codes, store.states((), [("q", Quota(100, "DAY"))], 0)]))
"""


def test_a_parent_that_only_forks_has_no_housekeeper_and_each_child_has_its_own(tmp_path):
    here, afterwards, codes, [state] = run(_PRELOADED, tmp_path)
    assert (here, afterwards) == (1, 1)
    assert codes == [0] * 3
    assert state[0] == 3


_FORK_UNTOLD = """
store, limits = LMDBStore(path, 2**20), [("b", TokenBucket(0, 100))]
store.admit(limits, (), 0)
lmdb_sharing._shared[path].dismiss()
# As after a fork of which Python heard only in the child.
lmdb_sharing._registry.acquire()
lmdb_sharing._after_in_child()
print(json.dumps([store._files.is_open, store.admit(limits, (), 0), store._files.is_open]))
"""


def test_a_child_that_hears_of_its_fork_too_late_opens_the_files_anew(tmp_path):
    assert run(_FORK_UNTOLD, tmp_path) == [False, None, True]


_FORK_BUSY = """
lmdb_sharing._LONGEST_WAIT = 0.01
store, limits = LMDBStore(path, 2**20), [("b", TokenBucket(0, 100))]
store.admit(limits, (), 0)

def child():
    try:
        store.admit(limits, (), 0)
    except Exception as error:
        os._exit(7 if type(error).__name__ == "StoreUnavailable" else 8)

with store._files.lock:
    child = in_child(child)
print(json.dumps([code(child), store.admit(limits, (), 0)]))
"""


def test_what_a_thread_does_not_stop_using_at_a_fork_is_not_used_in_the_child(tmp_path):
    assert run(_FORK_BUSY, tmp_path) == [7, None]


_A_LARGER_SIZE = """
large = LMDBStore(path, 4 * 2**20)
print(json.dumps(sum(large.admit([(f"large{n}", TokenBucket(0, 1))], (), 0) is None for n in range(12000))))
"""


def test_a_process_that_asks_for_more_room_gives_it_to_all(tmp_path):
    small = LMDBStore(str(tmp_path), MIB)
    assert small.admit([("small", TokenBucket(0, 1))], (), 0) is None
    assert run(_A_LARGER_SIZE, tmp_path) == 12_000
    assert [small.admit([(f"small{n}", TokenBucket(0, 1))], (), 0) for n in range(2000)] == [None] * 2000
    assert small.admit([("large11999", TokenBucket(0, 1))], (), 0) == "large11999"
    small.close()


def test_stores_of_one_directory_share_their_files_and_the_last_one_closes_them(tmp_path):
    link = tmp_path / "link"
    (tmp_path / "limits").mkdir()
    link.symlink_to(tmp_path / "limits")
    one, two = LMDBStore(str(tmp_path / "limits"), MIB), LMDBStore(str(link), 2 * MIB)
    quota = [("q", Quota(3, "DAY"))]
    assert [store.admit((), quota, 0) for store in (one, two, one, two)] == [None, None, None, "q"]
    files = one._files
    one.close()
    assert two.admit((), quota, 0) == "q"
    assert files.is_open
    two.close()
    assert not files.is_open
