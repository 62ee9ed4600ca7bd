"""LMDB stores and what goes wrong with files: no rights, deleted, replaced, truncated, damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading

import lmdb
import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import lmdb_lock, lmdb_sharing
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.lmdb_checkpoint import fold
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket

SECOND, MIB = 1_000_000, 2**20
QUOTA, SPENT, SHORT = Quota(10, "MONTH"), TokenBucket(0, 1), TokenBucket(1, 1)


@pytest.fixture
def make(tmp_path):
    """A function that makes a store in the test's directory."""
    made = []

    def make(size=MIB):
        made.append(LMDBStore(str(tmp_path / "limits"), size))
        return made[-1]

    yield make
    for store in made:
        store.close()


def used(store, name="q"):
    [state] = store.states((), [(name, QUOTA)], 0)
    return None if state is None else state[0]


def housekeeping(store):
    """One round, now; true if it closed the files."""
    files = store._files
    files.look_after(threading.Event())
    return not files.is_open


# ------------------------------------------------------------ no rights, no files


def test_a_directory_that_may_not_be_written_is_refused_by_its_name(tmp_path):
    if os.geteuid():
        limits = tmp_path
    else:
        limits = tmp_path / "limits"
    limits.mkdir(exist_ok=True)
    limits.chmod(0o500)
    tmp_path.chmod(0o755)
    child = os.fork()
    if not child:
        code = 1
        try:
            if not os.geteuid():
                for parent in (tmp_path, *tmp_path.parents[:-2]):
                    parent.chmod(0o755)
                os.seteuid(65534)
            try:
                LMDBStore(str(limits), MIB)
            except ConfigError as refusal:
                code = 0 if f"{limits}: Permission denied" in str(refusal) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path):
    (tmp_path / "limits").write_text("a file")
    with pytest.raises(ConfigError, match=f"{tmp_path}/limits: "):
        LMDBStore(str(tmp_path / "limits"), MIB)


def test_a_durable_file_that_is_no_lmdb_file_is_refused_and_left_as_it_is(tmp_path, make):
    (tmp_path / "limits").mkdir()
    (tmp_path / "limits/durable.mdb").write_bytes(b"something else" * 1000)
    with pytest.raises(ConfigError, match=f"{tmp_path}/limits: "):
        make()
    assert (tmp_path / "limits/durable.mdb").read_bytes() == b"something else" * 1000


def test_a_durable_file_that_was_cut_short_is_refused(tmp_path, make):
    store = make()
    for n in range(50):
        store.keep(f"key{n}", b"x" * 2000, None, 0)
    store.close()
    os.truncate(tmp_path / "limits/durable.mdb", 12_288)
    with pytest.raises(ConfigError, match=r"durable\.mdb is shorter"):
        make()


@pytest.mark.parametrize(
    "also", [[], ["lock"], ["counters.mdb", "gate"]], ids=["alone", "and no lock", "and no counters"]
)
def test_a_durable_file_that_was_emptied_is_refused_and_not_taken_for_a_new_one(tmp_path, make, also):
    store = make()
    store.keep("key", b"1", None, 0)
    store.close()
    os.truncate(tmp_path / "limits/durable.mdb", 0)
    for name in also:
        (tmp_path / "limits" / name).unlink()
    with pytest.raises(ConfigError, match=r"durable\.mdb is empty, and it was not"):
        make()
    assert (tmp_path / "limits/durable.mdb").stat().st_size == 0


def test_a_directory_whose_making_was_cut_short_is_new(tmp_path, make, caplog):
    (tmp_path / "limits").mkdir()
    for name in ("durable.mdb", "durable.mdb-lock", "lock"):
        (tmp_path / "limits" / name).touch()
    make().keep("key", b"1", None, 0)
    assert not caplog.records


def test_a_durable_file_that_is_gone_is_told(tmp_path, make, caplog):
    make().close()
    assert not caplog.records
    (tmp_path / "limits/durable.mdb").unlink()
    make()
    assert "durable.mdb is gone, and with it all API keys and plans" in caplog.text


def test_a_durable_file_that_lacks_only_pages_of_no_account_is_opened(tmp_path, make, monkeypatch):
    store = make()
    store.keep("key", b"1", None, 0)
    store.close()
    monkeypatch.setattr(os, "stat", _shorter(os.stat))
    assert make().recall("key", 0) == b"1"


def _shorter(stat):
    """Files of LMDB may lack free pages at their end."""

    class Shorter:
        def __init__(self, found):
            self.found = found

        def __getattr__(self, name):
            return getattr(self.found, name)

    def short(name, **options):
        found = stat(name, **options)
        if str(name).endswith("durable.mdb"):
            found = Shorter(found)
            found.st_size = 8192
        return found

    return short


@pytest.mark.parametrize(
    "ruin",
    [
        pytest.param(lambda path: path.unlink(), id="deleted"),
        pytest.param(lambda path: os.truncate(path, 0), id="emptied"),
        pytest.param(lambda path: os.truncate(path, 20_000), id="cut short"),
        pytest.param(lambda path: path.write_bytes(b"\xff" * MIB), id="no LMDB file"),
        pytest.param(lambda path: (path.parent / "counters.mdb-lock").unlink(), id="without its lock file"),
        pytest.param(lambda path: (path.parent / "gate").unlink(), id="without its gate"),
        pytest.param(lambda path: os.truncate(path.parent / "gate", 0), id="with an empty gate"),
    ],
)
def test_counters_that_were_ruined_are_made_anew_with_the_quotas_that_are_durable(
    tmp_path, make, ruin, caplog
):
    store = make()
    for _ in range(4):
        store.admit([("b", SPENT)], (), 0)
        store.admit((), [("q", QUOTA)], 0)
    fold(store._files)
    store.close()
    ruin(tmp_path / "limits/counters.mdb")
    store = make()
    assert used(store) == 4
    assert store.admit([("b", SPENT)], (), 0) is None
    assert "gone or damaged" in caplog.text


@pytest.mark.parametrize("name", ["counters.mdb", "counters.mdb-lock", "gate", "durable.mdb-lock", "lock"])
def test_a_file_deleted_under_a_store_is_noticed_and_opened_anew(tmp_path, make, name, caplog):
    store = make()
    store.admit((), [("q", QUOTA)], 0)
    store.keep("key", b"1", None, 0)
    (tmp_path / "limits" / name).unlink()
    assert housekeeping(store)
    assert f"{tmp_path}/limits: its files were replaced" in caplog.text
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert used(store) == 2
    assert store.recall("key", 0) == b"1"
    assert not housekeeping(store)


def test_a_directory_deleted_under_a_store_is_made_anew_and_empty(tmp_path, make):
    store = make()
    store.admit((), [("q", QUOTA)], 0)
    shutil.rmtree(tmp_path / "limits")
    assert housekeeping(store)
    assert used(store) is None
    assert store.admit((), [("q", QUOTA)], 0) is None


def test_a_directory_that_cannot_be_made_anew_is_an_error_of_each_decision_until_it_can(
    tmp_path, make, caplog
):
    store = make()
    store.admit((), [("q", QUOTA)], 0)
    shutil.rmtree(tmp_path / "limits")
    (tmp_path / "limits").write_text("in the way")
    assert housekeeping(store)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            store.admit((), [("q", QUOTA)], 0)
    assert len([line for line in caplog.messages if f"{tmp_path}/limits: File exists" in line]) == 1
    (tmp_path / "limits").unlink()
    assert store.admit((), [("q", QUOTA)], 0) is None


def test_counters_truncated_under_a_store_are_noticed_before_they_are_touched(tmp_path, make):
    store = make()
    store.admit((), [("q", QUOTA)], 0)
    fold(store._files)
    os.truncate(tmp_path / "limits/counters.mdb", 8192)
    assert housekeeping(store)
    assert used(store) == 1


def test_the_housekeeper_notices_by_itself(tmp_path, make, monkeypatch):
    monkeypatch.setattr(lmdb_sharing, "INTERVAL", 0.01)
    store = make()
    store.admit((), [("q", QUOTA)], 0)
    keeper = store._files._keeper
    (tmp_path / "limits/counters.mdb").unlink()
    keeper.join(30)
    assert not keeper.is_alive()
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert store._files._keeper is not keeper


_OLD_HAND = """
import sys
from wsgi_gateway.stores import lmdb_sharing
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota
lmdb_sharing.INTERVAL = float(sys.argv[2])
store = LMDBStore(sys.argv[1], 2**20)
for line in sys.stdin:
    if line.strip() == "count":
        store.admit((), [("q", Quota(10, "MONTH"))], 0)
    elif line.strip() == "read":
        store.states((), [("q", Quota(10, "MONTH"))], 0)
    print(line.strip(), flush=True)
"""


@pytest.fixture
def old_hand(tmp_path):
    """A function that starts another process with the store, and returns one that makes it count or read."""
    hands = []

    def start(interval):
        command = [sys.executable, "-c", _OLD_HAND, str(tmp_path / "limits"), str(interval)]
        hand = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        hands.append(hand)

        def ask(what="count"):
            hand.stdin.write(f"{what}\n")
            hand.stdin.flush()
            return hand.stdout.readline()

        return ask

    yield start
    for hand in hands:
        hand.communicate(timeout=30)


@pytest.mark.parametrize("name", ["counters.mdb", "counters.mdb-lock", "durable.mdb", "durable.mdb-lock"])
def test_who_replaces_a_file_waits_until_others_have_let_go_of_it(tmp_path, make, old_hand, name):
    count = old_hand(0.02)
    count()
    (tmp_path / "limits" / name).unlink()
    store = make()
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert count() == "count\n"
    assert used(store) in (2, 3), "they count together; the first may have been lost with the file"
    assert store.admit((), [("q", QUOTA)], 0) is None
    before = used(store)
    assert count() == "count\n"
    assert used(store) == before + 1


@pytest.mark.parametrize("what", ["read", "nothing"])
@pytest.mark.parametrize("name", ["counters.mdb", "durable.mdb-lock"])
def test_who_only_reads_or_has_not_begun_lets_go_of_a_replaced_file_too(tmp_path, make, old_hand, name, what):
    ask = old_hand(0.02)
    ask(what)
    (tmp_path / "limits" / name).unlink()
    store = make()
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert ask("count") == "count\n"
    assert used(store) == 2, "they count together"


def test_a_reader_sees_what_is_in_the_new_files(tmp_path, make, monkeypatch, caplog):
    make().admit((), [("q", QUOTA)], 0)
    make().close()
    reader = make()
    monkeypatch.setattr(lmdb_sharing, "INTERVAL", 0.01)
    reader._files.close()
    assert used(reader) == 1
    keeper = reader._files._keeper
    shutil.rmtree(tmp_path / "limits")
    keeper.join(30)
    assert not keeper.is_alive()
    assert used(reader) is None
    assert "its files were replaced" in caplog.text


def test_a_reader_does_not_lead_those_who_write(make):
    store = make()
    assert used(store) is None
    housekeeping(store)
    assert _another_may_lead(store)
    store.admit((), [("q", QUOTA)], 0)
    housekeeping(store)
    assert not _another_may_lead(store)


_LEAD = """
import fcntl, sys
with open(sys.argv[1] + "/lock", "rb+") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(sys.argv[2]))
"""


def _another_may_lead(store):
    command = [sys.executable, "-c", _LEAD, store._files.path, str(lmdb_lock._LEADER)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def test_others_that_never_let_go_are_an_error(tmp_path, make, old_hand, monkeypatch):
    monkeypatch.setattr(lmdb_lock, "PATIENCE", 0.05)
    count = old_hand(3600)
    count()
    (tmp_path / "limits/counters.mdb").unlink()
    with pytest.raises(ConfigError, match="another process does not let go"):
        make()


def test_damage_that_lmdb_finds_makes_new_counters(tmp_path, make, caplog):
    store = make()
    for n in range(2_000):
        store.admit((), [(f"q{n}", QUOTA)], 0)
    fold(store._files)
    size = store._files.counters.stat()["psize"]
    with open(tmp_path / "limits/counters.mdb", "r+b") as file:
        file.seek(2 * size)
        file.write(b"\x7f" * 100 * size)
    assert [used(store, f"q{n}") for n in (0, 700, 1999)] == [1, 1, 1]
    assert "damaged" in caplog.text


def test_an_error_that_nothing_cures_is_raised_by_its_kind_alone(make, monkeypatch):
    store = make()
    store.admit((), [("q", QUOTA)], 0)

    def broken(*arguments):
        raise lmdb.DiskError("/secret: Input/output error")

    monkeypatch.setattr(store._files, "begin", broken)
    with pytest.raises(StoreUnavailable, match="DiskError") as refusal:
        store.admit((), [("q", QUOTA)], 0)
    assert "secret" not in str(refusal.value)
