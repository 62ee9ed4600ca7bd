"""LMDB stores that nobody closed: the garbage collector may find them in any thread, whatever that holds."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading

import pytest

from wsgi_gateway.stores import lmdb_sharing
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota

MIB = 2**20
QUOTAS = [("q", Quota(100, "MONTH"))]

_COLLECTED = """
import contextlib, gc, sys, threading
from wsgi_gateway.stores import lmdb_sharing
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota
path, where = sys.argv[1:]
lmdb_sharing.INTERVAL = 0.01
quotas = [("q", Quota(100, "MONTH"))]

def hook(owner, name):
    "Have the collector run in the housekeeper, at the first call of what is named."
    inner = getattr(owner, name)
    def collect(*arguments):
        assert threading.current_thread().name == "wsgi_gateway-lmdb"
        setattr(owner, name, inner)
        gc.collect()
        return inner(*arguments)
    setattr(owner, name, collect)

class Holder:
    pass

def make():
    holder = Holder()
    holder.itself = holder
    holder.store = LMDBStore(path, 2**20)
    holder.store.admit((), quotas, 0)
    return holder.store._files

gc.collect()
gc.disable()
files = make()
with files.fold_lock:  # so that no round is under way
    if where == "waiting":
        hook(files._stop._cond, "wait")
    elif where == "looking":
        hook(files, "replaced")
    else:
        from wsgi_gateway.stores import lmdb_checkpoint
        hook(lmdb_checkpoint, "_take_notes")
keeper = files._keeper
keeper.join(10)
assert not keeper.is_alive(), "the housekeeper hangs"
assert not files.is_open and not lmdb_sharing._shared
store = LMDBStore(path, 2**20)
assert store.admit((), quotas, 0) is None
assert store.states((), quotas, 0)[0][0] == 2
store.close()
"""


@pytest.mark.parametrize("where", ["waiting", "looking", "folding"])
def test_a_store_that_is_collected_in_its_housekeeper_is_closed_and_nothing_hangs(tmp_path, where):
    # In a process of its own, which would not end.
    command = [sys.executable, "-c", _COLLECTED, str(tmp_path), where]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def forgotten(tmp_path, monkeypatch):
    """Files that are open, of a store that nobody has, before the next round."""
    monkeypatch.setattr(lmdb_sharing, "INTERVAL", 3600)
    store = LMDBStore(str(tmp_path / "forgotten"), MIB)
    store.admit((), QUOTAS, 0)
    files = store._files
    del store
    gc.collect()
    yield files
    lmdb_sharing._close_forgotten([files])


def test_a_forgotten_store_is_open_until_the_next_round(forgotten):
    assert forgotten.is_open
    lmdb_sharing._close_forgotten([forgotten])
    assert not forgotten.is_open


def test_a_forgotten_store_is_closed_when_another_is_made(forgotten, tmp_path):
    other = LMDBStore(str(tmp_path / "other"), MIB)
    assert not forgotten.is_open
    other.close()


def test_a_forgotten_store_is_closed_when_another_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(lmdb_sharing, "INTERVAL", 3600)
    other = LMDBStore(str(tmp_path / "other"), MIB)
    store = LMDBStore(str(tmp_path / "forgotten"), MIB)
    store.admit((), QUOTAS, 0)
    files = store._files
    del store
    gc.collect()
    assert other.admit((), QUOTAS, 0) is None
    assert not files.is_open
    other.close()


def test_a_store_of_the_same_directory_goes_on_with_what_was_counted(forgotten, tmp_path):
    store = LMDBStore(str(tmp_path / "forgotten"), MIB)
    assert store.admit((), QUOTAS, 0) is None
    assert store.states((), QUOTAS, 0)[0][0] == 2
    store.close()
    assert str(tmp_path / "forgotten") not in lmdb_sharing._shared


def test_one_that_is_forgotten_does_not_close_what_another_uses(tmp_path):
    one, two = (LMDBStore(str(tmp_path), MIB) for _ in range(2))
    one.admit((), QUOTAS, 0)
    files = two._files
    del one
    gc.collect()
    lmdb_sharing._close_forgotten([files])
    assert files.is_open
    assert two.admit((), QUOTAS, 0) is None
    two.close()
    assert not files.is_open


def test_a_housekeeper_does_not_wait_for_who_is_sharing_files(forgotten):
    with lmdb_sharing._registry:
        done = threading.Event()
        thread = threading.Thread(target=lambda: (lmdb_sharing._close_forgotten([forgotten]), done.set()))
        thread.start()
        assert done.wait(30)
        assert forgotten.is_open
    thread.join()
