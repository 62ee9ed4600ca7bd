"""LMDB stores and room: on the disk and in the file, and how what is over makes way."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys

import lmdb
import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.errors import StoreUnavailable
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


def fill(store, bucket):
    """Use up all the room; how many counters there was room for."""
    for count in range(100_000):
        try:
            store.admit([(f"b{count}", bucket)], (), 0)
        except StoreUnavailable:
            return count
    raise AssertionError("there is room for everything")


@pytest.fixture
def limited_files():
    """Have files end at 2 MiB, as if the disk ended there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("limited_files")
def test_a_file_that_the_disk_has_no_room_for_is_refused_at_once_and_nothing_is_left(tmp_path, make):
    with pytest.raises(ConfigError, match=str(tmp_path)):
        make(4 * MIB)
    assert not (tmp_path / "limits/counters.mdb").exists()
    store = make(MIB)
    assert store.admit((), [("q", QUOTA)], 0) is None


def test_a_disk_without_room_for_more_leaves_what_was_there(tmp_path, make, request):
    store = make(MIB)
    store.admit((), [("q", QUOTA)], 0)
    store.close()
    request.getfixturevalue("limited_files")
    with pytest.raises(ConfigError):
        make(4 * MIB)
    assert os.stat(tmp_path / "limits/counters.mdb").st_size == MIB
    assert used(make(MIB)) == 1


@pytest.mark.usefixtures("limited_files")
def test_a_store_that_asks_for_too_much_does_not_harm_one_that_is_there(make):
    store = make(MIB)
    store.admit((), [("q", QUOTA)], 0)
    with pytest.raises(ConfigError):
        make(4 * MIB)
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert used(store) == 2


_SMALL_DISK = """
import json, os, sys
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.stores.errors import StoreUnavailable
answers = []
try:
    LMDBStore(sys.argv[1] + "/large", 8 * 2**20)
except ConfigError as refusal:
    answers.append(str(refusal))
store = LMDBStore(sys.argv[1] + "/limits", 2**20)
for n in range(100):
    try:
        store.keep(f"key{n}", os.urandom(50_000), None, 0)
    except StoreUnavailable as refusal:
        answers.append(str(refusal))
        break
answers.append(store.recall("key0", 0) is not None)
print(json.dumps(answers))
"""


@pytest.fixture
def small_disk(tmp_path):
    """A directory that is a disk of 4 MiB."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small disk takes rights that are not there")
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield tmp_path
    # At once, also if something is still open after a failure.
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def script(text, path):
    """What a script prints as JSON: in a process of its own, since the system ends one that finds no room."""
    command = [sys.executable, "-c", text, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return json.loads(done.stdout)


def test_a_disk_that_is_really_full(small_disk):
    refused, failed, first = script(_SMALL_DISK, small_disk)
    assert str(small_disk / "large") in refused
    assert "No space" in refused
    assert "failed" in failed
    assert first is True


_BALLAST = """
import json, os, shutil, sys
path = sys.argv[1]

def fill(room=0):
    "Leave so many bytes of the disk."
    found = os.statvfs(path)
    with open(path + "/ballast", "wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, max(1, found.f_bavail * found.f_bsize - room))
"""

_START_ON_FULL_DISK = """
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.lmdb_store import LMDBStore
answers = []
for pages in (0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 70, 100, 300):
    fill(pages * 4096)
    try:
        LMDBStore(path + "/limits", 2**20)
        answers.append("opened")
    except ConfigError as refusal:
        answers.append("No space" in str(refusal))
    shutil.rmtree(path + "/limits", ignore_errors=True)
    os.unlink(path + "/ballast")
store = LMDBStore(path + "/limits", 2**20)
answers.append(store.admit((), (), 0))
print(json.dumps(answers))
"""


def test_a_start_on_a_disk_with_too_little_room_is_refused_however_little_that_is(small_disk):
    assert script(_BALLAST + _START_ON_FULL_DISK, small_disk) == [True] * 14 + [None]


_CLIENTS_AND_FULL_DISK = """
from wsgi_gateway import ApiKeyConfig, ApiStageConfig, Gateway, MethodConfig, QuotaConfig, RestApiConfig
from wsgi_gateway import UsagePlanConfig
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.wsgi import Response, call_app
import time

def page(environ, start_response):
    return Response("200 OK", [], [b"open"])(environ, start_response)

api = RestApiConfig(
    name="limited",
    resources={"/shop": {"GET": MethodConfig(http_method="GET", api_key_required=True)}},
    api_keys=[ApiKeyConfig(id="ada", value="0123456789abcdefghij")],
    usage_plans=[
        UsagePlanConfig(
            id="basic",
            keys=["ada"],
            api_stages=[ApiStageConfig(stage="default")],
            quota=QuotaConfig(limit=3, period="MONTH"),
        )
    ],
)

def ask(gateway):
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/shop", "HTTP_X_API_KEY": "0123456789abcdefghij"}
    answer = call_app(gateway, asked)
    answer.body()
    return int(answer.status[:3])

def ask_until(gateway, status):
    "The breaker leaves a store alone for a second after a failure."
    until = time.monotonic() + 30
    while (got := ask(gateway)) != status and time.monotonic() < until:
        time.sleep(0.02)
    return got

found = {}
for policy in ("closed", "open", "local"):
    url = f"lmdb:{path}/{policy}?size=1MiB"
    gateway = Gateway(api, page, store=url, on_store_error=policy)
    answers = [ask(gateway)]
    fill()
    answers.append(ask(gateway))  # its room has been taken before
    from wsgi_gateway.stores import store_from_url
    store = store_from_url(url)
    try:
        store.keep("key", b"x" * 100_000, None, 0)
        answers.append("kept")
    except StoreUnavailable:
        answers.append("not kept")
    # Now the files are lost, and there is no room for others.
    store._files.close()
    for name in os.listdir(f"{path}/{policy}"):
        os.unlink(f"{path}/{policy}/{name}")
    fill_more = open(path + "/more", "wb")
    rest = os.statvfs(path)
    os.posix_fallocate(fill_more.fileno(), 0, rest.f_bavail * rest.f_bsize)
    fill_more.close()
    answers.append([ask(gateway) for _ in range(4)])
    os.unlink(path + "/ballast")
    os.unlink(path + "/more")
    answers.append(ask_until(gateway, 429))
    store.keep("key", b"x" * 100_000, None, 0)
    answers.append(store.states((), [], 0) == [])
    store.close()
    found[policy] = answers
    shutil.rmtree(f"{path}/{policy}", ignore_errors=True)
print(json.dumps(found))
"""


def test_clients_get_the_answer_of_the_policy_while_the_disk_is_full_and_the_store_recovers(small_disk):
    assert script(_BALLAST + _CLIENTS_AND_FULL_DISK, small_disk) == {
        "closed": [200, 200, "not kept", [503] * 4, 429, True],
        "open": [200, 200, "not kept", [200] * 4, 429, True],
        "local": [200, 200, "not kept", [200, 200, 200, 429], 429, True],
    }


def test_a_hundred_thousand_short_lived_counters_fit_into_a_small_file(make):
    store = make(MIB)
    for n in range(100_000):
        assert store.admit([(f"bucket {n}", SHORT)], (), n * SECOND // 100) is None
    files = store._files
    assert files.counters.stat()["entries"] <= 3 * 100 + 10


def test_many_short_lived_records_do_too(make):
    store = make(MIB)
    for n in range(20_000):
        store.keep(f"record {n}", b"x" * 100, n + 50, n)
    assert store._files.counters.stat()["entries"] <= 3 * 50 + 10


def test_a_full_file_refuses_what_is_new_and_goes_on_counting_what_it_knows(make):
    store, bucket = make(MIB), TokenBucket(0, 3)
    count = fill(store, bucket)
    assert count > 3_000
    for n in range(0, count, 7):
        assert [store.admit([(f"b{n}", bucket)], (), 0) for _ in range(3)] == [None, None, f"b{n}"]
    with pytest.raises(StoreUnavailable, match="larger size"):
        store.keep("record", b"x", 10, 0)


def test_a_full_file_drops_what_is_over_and_takes_what_is_new(make):
    store = make(MIB)
    fill(store, SHORT)
    for n in range(2_000):
        assert store.admit([(f"new{n}", SHORT)], (), 2 * SECOND) is None


def test_states_are_told_once_although_an_admission_was_tried_twice(make):
    store = make(MIB)
    store.admit([("b", SHORT)], (), 0)
    begin, failures = store._files.begin, [lmdb.MapFullError("mdb_txn_commit: MDB_MAP_FULL")]

    class Transaction:
        """One whose commit fails the first time."""

        def __init__(self, *arguments):
            self.txn = begin(*arguments)

        def __getattr__(self, name):
            return getattr(self.txn, name)

        def commit(self):
            if failures:
                self.txn.abort()
                raise failures.pop()
            self.txn.commit()

    store._files.begin = Transaction
    told = []
    assert store.admit([("b", SHORT)], (), 2 * SECOND, told) is None
    assert told == [(0, 2 * SECOND)]
    assert not failures


def test_a_clock_that_goes_back_finds_no_fresh_period_where_a_counter_was_reclaimed(make):
    store, quota, day = make(), [("q", Quota(1, "DAY"))], 86_400 * SECOND
    assert store.admit((), quota, day - 1) is None
    for n in range(10):
        store.admit([(f"b{n}", SHORT)], (), day + n)
    assert store.states((), quota, 0) == [None], "the quota's counter is gone"
    assert [store.admit((), quota, now) for now in (day - 1, day - 1, day + 20)] == [None, "q", "q"]


def test_what_still_counts_is_never_reclaimed(make):
    store = make(4 * MIB)
    spent, month = [("spent", SPENT)], [("used", Quota(1, "MONTH"))]
    later = [("later", Quota(2, "DAY", offset=1))]
    assert store.admit(spent, [*month, *later], 0) is None
    for n in range(5_000):
        store.admit([(f"b{n}", SHORT)], (), n * SECOND)
    assert store.admit(spent, (), 6000 * SECOND) == "spent"
    assert store.admit((), month, 6000 * SECOND) == "used"
    assert [store.admit((), later, 9 * 86_400 * SECOND) for _ in range(3)] == [None, None, "later"]


@pytest.mark.usefixtures("limited_files")
def test_records_that_the_disk_has_no_room_for_are_errors_and_the_store_goes_on(make):
    store = make(MIB)
    refused = []
    for n in range(100):
        try:
            store.keep(f"key{n}", os.urandom(50_000), None, 0)
        except StoreUnavailable as refusal:
            refused.append(str(refusal))
    assert "failed" in refused[0]
    assert store.admit((), [("q", QUOTA)], 0) is None
    assert store.recall("key0", 0) is not None
