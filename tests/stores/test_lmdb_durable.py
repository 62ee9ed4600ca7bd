"""What LMDB stores make durable, and what is there after a power cut."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import lmdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, left
from stores.lmdb_directory import lmdb_store

from wsgi_gateway.stores import lmdb_checkpoint, lmdb_lock
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.lmdb_checkpoint import fold
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket

MIB = 2**20
QUOTA, SPENT = Quota(10, "MONTH"), TokenBucket(0, 1)


def take(store, name, times, now=0):
    return sum(store.admit((), [(name, QUOTA)], now) is None for _ in range(times))


class Power:
    """A directory whose machine loses its power: what was not synced is gone."""

    def __init__(self, path):
        self.path = path
        self.stores = []

    def on(self):
        self.stores.append(LMDBStore(str(self.path / f"boot{len(self.stores)}"), MIB))
        return self.stores[-1]

    def cut(self):
        """The store after the power came back: of the old files only what was committed and synced."""
        old, new = (self.path / f"boot{len(self.stores) - more}" for more in (1, 0))
        new.mkdir()
        files = self.stores[-1]._files
        with files.lock:
            files.durable.copy(str(new / "durable.mdb"))
        (new / "lock").write_bytes((old / "lock").read_bytes())
        return self.on()


@pytest.fixture
def power(tmp_path):
    power = Power(tmp_path)
    yield power
    for store in power.stores:
        store.close()


def test_what_was_folded_survives_a_power_cut_and_buckets_are_full_again(power):
    store = power.on()
    take(store, "q", 4)
    store.admit([("b", SPENT)], (), 0)
    store.advance("generation")
    store.keep("answer", b"1", 10, 0)
    fold(store._files)
    take(store, "q", 2)
    store = power.cut()
    assert left(store, "q", QUOTA, 0) == 6
    assert store.generation("generation") == 1
    assert store.recall("answer", 0) is None
    assert store.admit([("b", SPENT)], (), 0) is None
    assert take(store, "q", 10) == 6


def test_usage_by_day_survives_a_power_cut(power):
    store, quota = power.on(), Quota(10, "DAY")
    for day in range(5):
        store.admit((), [("q", quota)], day * DAY)
        fold(store._files)
    assert power.cut().usage("q", quota, 0, 9, 5 * DAY) == dict.fromkeys(range(5), (1, 9))


def test_a_record_without_an_end_is_on_the_disk_when_it_has_been_kept_and_gone_when_forgotten(power):
    store = power.on()
    store.keep("key", b"1", None, 0)
    store.keep("other", b"2", None, 0)
    assert store.forget("other") is True
    store = power.cut()
    assert (store.recall("key", 0), store.recall("other", 0)) == (b"1", None)
    assert store.names("") == ["key"]
    store.keep("key", b"3", 10, 0)
    assert store.recall("key", 1) == b"3"
    assert power.cut().recall("key", 0) is None


def test_a_quota_set_by_hand_survives_too(power):
    store = power.on()
    store.set_used("q", QUOTA, -3, 0)
    fold(store._files)
    assert left(power.cut(), "q", QUOTA, 0) == 13


def test_many_changes_are_folded_in_pieces(power, monkeypatch):
    monkeypatch.setattr(lmdb_checkpoint, "PIECE", 7)
    store = power.on()
    for n in range(50):
        take(store, f"q{n}", 1 + n % 3)
    for n in range(22):
        store.advance(f"g{n}")
    fold(store._files)
    store = power.cut()
    assert [left(store, f"q{n}", QUOTA, 0) for n in range(50)] == [9 - n % 3 for n in range(50)]
    assert [store.generation(f"g{n}") for n in range(22)] == [1] * 22


def test_a_quota_that_was_reclaimed_is_gone_from_the_disk_too(power):
    store, day = power.on(), Quota(1, "DAY")
    store.admit((), [("old", day)], 0)
    fold(store._files)
    for n in range(4):
        store.admit([(f"b{n}", SPENT)], (), DAY)
    fold(store._files)
    assert power.cut().states((), [("old", day)], DAY) == [None]


@pytest.mark.parametrize("step", ["_take_notes", "_write", "_finish"])
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_fold_may_die_at_every_step(power, monkeypatch, step, after):
    store, real = power.on(), getattr(lmdb_checkpoint, step)

    def dies(files):
        if after:
            real(files)
        raise KeyboardInterrupt

    take(store, "q", 3)
    store.advance("g")
    with monkeypatch.context() as patch:
        patch.setattr(lmdb_checkpoint, step, dies)
        with pytest.raises(KeyboardInterrupt):
            store.keep("key", b"1", None, 0)
    fold(store._files)
    store = power.cut()
    assert left(store, "q", QUOTA, 0) == 7
    assert (store.generation("g"), store.recall("key", 0)) == (1, b"1")


def test_what_changes_during_a_fold_is_in_the_next_one(power, monkeypatch):
    store, real = power.on(), lmdb_checkpoint._write

    def interrupted(files):
        done = real(files)
        take(store, "q", 1)
        store.advance("g")
        return done

    take(store, "q", 1)
    store.advance("g")
    with monkeypatch.context() as patch:
        patch.setattr(lmdb_checkpoint, "_write", interrupted)
        fold(store._files)
    assert store.generation("g") == 2
    fold(store._files)
    store = power.cut()
    assert (left(store, "q", QUOTA, 0), store.generation("g")) == (8, 2)


def test_nothing_is_left_in_two_places_and_nothing_is_written_twice(power):
    store = power.on()
    take(store, "q", 1)
    store.advance("g")
    store.keep("key", b"1", None, 0)
    files = store._files
    fold(files)
    written = files.durable.info()["last_txnid"]
    fold(files)
    assert files.durable.info()["last_txnid"] == written
    with files.counters.begin() as txn:
        kinds = {key[:1] for key, _ in txn.cursor()}
    assert kinds == {b"a", b"m"}, "counters, and where reclaiming goes on"


def test_a_durable_file_that_is_gone_gets_copies_of_all_quotas_anew(tmp_path, monkeypatch):
    store = LMDBStore(str(tmp_path), MIB)
    for n in range(500):
        take(store, f"q{n}", 1 + n % 3)
        store.admit([(f"b{n}", SPENT)], (), 0)
    fold(store._files)
    store.close()
    (tmp_path / "durable.mdb").unlink()
    store = LMDBStore(str(tmp_path), MIB)
    fold(store._files)
    written = store._files.durable.info()["last_txnid"]
    store.close()
    (tmp_path / "counters.mdb").unlink()
    store = LMDBStore(str(tmp_path), MIB)
    assert [left(store, f"q{n}", QUOTA, 0) for n in range(500)] == [9 - n % 3 for n in range(500)]
    fold(store._files)
    assert store._files.durable.info()["last_txnid"] == written, "once is enough"
    store.close()


@pytest.mark.parametrize("torn", [False, True], ids=["whole", "torn"])
def test_another_boot_drops_the_counters_without_reading_them(tmp_path, monkeypatch, torn):
    store = LMDBStore(str(tmp_path), MIB)
    take(store, "q", 4)
    store.admit([("b", SPENT)], (), 0)
    store.keep("key", b"1", None, 0)
    store.close()
    if torn:
        (tmp_path / "counters.mdb").write_bytes(b"\xff" * MIB)
    (tmp_path / "boot").write_text("another\n")
    monkeypatch.setattr(lmdb_lock, "BOOT_ID", tmp_path / "boot")
    store = LMDBStore(str(tmp_path), MIB)
    assert left(store, "q", QUOTA, 0) == 6
    assert store.recall("key", 0) == b"1"
    assert store.admit([("b", SPENT)], (), 0) is None
    store.close()


def test_the_same_boot_keeps_all_counters(tmp_path):
    for _ in range(3):
        store = LMDBStore(str(tmp_path), MIB)
        take(store, "q", 2)
        store.close()
    store = LMDBStore(str(tmp_path), MIB)
    assert left(store, "q", QUOTA, 0) == 4
    store.close()


def test_where_there_is_no_boot_id_counters_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(lmdb_lock, "BOOT_ID", tmp_path / "none")
    for _ in range(2):
        store = LMDBStore(str(tmp_path), MIB)
        take(store, "q", 2)
        store.close()
    store = LMDBStore(str(tmp_path), MIB)
    assert left(store, "q", QUOTA, 0) == 6
    store.close()


_WRITERS = """
import json, os, signal, sys, time
from pathlib import Path
from wsgi_gateway.stores import lmdb_sharing
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota
lmdb_sharing.INTERVAL = 0.02
path, parent = Path(sys.argv[1]), os.getpid()

def work():
    store, log = LMDBStore(str(path / "live"), 2**20), os.open(path / "log", os.O_WRONLY | os.O_APPEND)
    for n in range(10**9):
        assert os.getppid() == parent, "nobody is there to end us"
        assert store.admit((), [(f"q{n % 5}", Quota(10**9, "MONTH"))], 0) is None
        os.write(log, b".")
        if n % 97 == 0:
            store.keep(f"key{os.getpid()}-{n}", b"1", None, 0)
            open(path / "keys", "a").write(f"key{os.getpid()}-{n} ")

for name in ("log", "keys"):
    (path / name).touch()
workers = []
for _ in range(3):
    workers.append(os.fork())
    if not workers[-1]:
        work()
import lmdb
while len((path / "keys").read_text().split()) < 9:
    time.sleep(0.01)
durable = lmdb.open(str(path / "live/durable.mdb"), subdir=False, map_size=2**24)

def folds():
    return durable.info()["last_txnid"]

before, kept = (path / "log").stat().st_size, (path / "keys").read_text().split()
begun = folds()
while folds() < begun + 2:
    time.sleep(0.005)
(path / "cut").mkdir()
durable.copy(str(path / "cut/durable.mdb"))
durable.close()
for worker in workers:
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
after = (path / "log").stat().st_size
(path / "cut/lock").write_text("another-boot 1048576")
store = LMDBStore(str(path / "cut"), 2**20)
quotas = [(f"q{n}", Quota(10**9, "MONTH")) for n in range(5)]
used = sum(state[0] for state in store.states((), quotas, 0))
live = sum(state[0] for state in LMDBStore(str(path / "live"), 2**20).states((), quotas, 0))
print(json.dumps([before, used, after, live, [key for key in kept if store.recall(key, 0) is None]]))
"""


def test_a_power_cut_costs_what_was_admitted_since_the_last_fold_but_one_and_never_adds_anything(tmp_path):
    command = [sys.executable, "-c", _WRITERS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    before, used, after, live, lost_keys = json.loads(done.stdout)
    assert before <= used <= after + 3, "3 workers may have been killed before they could log"
    assert after <= live <= after + 3
    assert lost_keys == []


def test_a_record_that_cannot_be_made_durable_is_an_error_and_is_made_so_later(power, monkeypatch):
    store = power.on()

    class Full:
        def __getattr__(self, name):
            return getattr(durable, name)

        def begin(self, write=False):
            if write:
                raise lmdb.DiskError("mdb_txn_commit: No space left on device")
            return durable.begin()

    store.admit((), [("q", QUOTA)], 0)
    durable = store._files.durable
    store._files.durable = Full()
    with pytest.raises(StoreUnavailable, match="DiskError"):
        store.keep("key", b"1", None, 0)
    store._files.durable = durable
    fold(store._files)
    assert power.cut().recall("key", 0) == b"1"


NAMES = st.sampled_from(["a", "ab", "b" * 600, "b" * 600 + "a", "b" * 500, "b" * 476 + "z"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["for good", "for a while", "forget", "fold", "die", "advance"]),
        NAMES,
        st.binary(max_size=3),
        st.integers(1, 4),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_records_are_as_if_they_were_in_memory_wherever_they_lie(steps):
    store, model = lmdb_store(), MemoryStore()
    files = store._files
    assert store.names("") == []  # opens the files
    for now, (step, name, value, duration) in enumerate(steps):
        if step == "fold":
            fold(files)
        elif step == "die":
            lmdb_checkpoint._take_notes(files)
        for one in (store, model):
            if step == "for good":
                one.keep(name, value, None, now)
            elif step == "for a while":
                one.keep(name, value, now + duration, now)
            elif step == "advance":
                one.advance(name)
        if step == "forget":
            assert store.forget(name) >= (model.recall(name, now) is not None)
            model.forget(name)
        for known in ("a", "ab", "b" * 600, "b" * 600 + "a", "b" * 500, "b" * 476 + "z"):
            assert store.recall(known, now) == model.recall(known, now)
            assert store.generation(known) == model.generation(known)
        alive = [name for name in model.names("") if model.recall(name, now) is not None]
        assert [name for name in store.names("") if store.recall(name, now) is not None] == alive
        for prefix, after in (("b", "b" * 500), ("b" * 477, ""), ("a", "a"), ("", "b" * 600)):
            listed = [name for name in store.names(prefix, after) if name in alive]
            assert listed == [name for name in alive if name.startswith(prefix) and name > after]
    store.close()


def test_a_long_list_of_names_is_told_by_pages(tmp_path):
    store = LMDBStore(str(tmp_path), 4 * MIB)
    names = sorted(f"{n:x}" for n in range(300))
    for n, name in enumerate(names):
        store.keep(name, b"", n + 1, 0)
    pages, after = [], ""
    while page := store.names("", after, 50):
        pages += page
        after = page[-1]
    assert pages == names
    assert store.names("", limit=0) == []
    store.close()


def test_the_files_lie_where_their_directory_is(tmp_path):
    with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
        store = LMDBStore(directory, MIB)
        assert set(os.listdir(directory)) == {
            "lock",
            "gate",
            "counters.mdb",
            "counters.mdb-lock",
            "durable.mdb",
            "durable.mdb-lock",
        }
        store.close()
