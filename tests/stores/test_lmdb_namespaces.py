"""LMDB stores in containers: processes of one PID namespace at a time may have the files open."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import lmdb_lock
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket

MIB = 2**20
LIMITS = [("b", TokenBucket(0, 3))], [("q", Quota(100, "MONTH"))]
FOREIGN = "processes of another PID namespace have it open"

_CONTAINER = """
import os, sys
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.lmdb_store import LMDBStore
from wsgi_gateway.usage import Quota, TokenBucket
try:
    store = LMDBStore(sys.argv[1], 2**20)
except ConfigError as refusal:
    sys.exit(print(os.getpid(), refusal))
print(os.getpid(), store.admit([("b", TokenBucket(0, 3))], [("q", Quota(100, "MONTH"))], 0), flush=True)
sys.stdin.read()
"""


def _may_unshare():
    if not shutil.which("unshare"):
        return False
    return not subprocess.run(
        ["unshare", "--pid", "--fork", "true"], capture_output=True, check=False
    ).returncode


@pytest.fixture
def container(tmp_path):
    """A function that counts in another process, and returns what that says. It lives until its ``end``."""
    with contextlib.ExitStack() as stack:

        def start(*command):
            process = subprocess.Popen(
                [*command, sys.executable, "-c", _CONTAINER, str(tmp_path / "limits")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            end = stack.enter_context(contextlib.ExitStack())
            end.callback(process.communicate)
            return process.stdout.readline(), end.close

        yield start


@pytest.fixture
def namespace(tmp_path, monkeypatch):
    """A function that puts this process into another PID namespace, as far as it can tell."""

    def enter(name):
        (tmp_path / name).touch()
        monkeypatch.setattr(lmdb_lock, "NAMESPACE", tmp_path / name)

    return enter


@pytest.fixture
def make(tmp_path):
    """A function that makes a store in the test's directory."""
    with contextlib.ExitStack() as made:
        yield lambda: made.enter_context(contextlib.closing(LMDBStore(str(tmp_path / "limits"), MIB)))


def used(store):
    (tokens, _), (count, _) = (state[:2] for state in store.states(*LIMITS, 0))
    return tokens, count


def test_a_store_that_another_namespace_has_open_is_refused_until_that_has_ended(make, container, namespace):
    said, end = container()
    assert "None" in said
    namespace("another")
    with pytest.raises(ConfigError, match=FOREIGN):
        make()
    end()
    store = make()
    assert store.admit(*LIMITS, 0) is None
    assert store.states((), LIMITS[1], 0)[0][0] == 2
    assert [store.admit(*LIMITS, 0) for _ in range(2)] == [None, "b"], "throttles go on as well"


def test_who_comes_second_in_use_is_refused_what_it_asks_for_until_the_first_has_ended(
    make, container, namespace, caplog
):
    namespace("another")
    store = make()
    said, end = container()
    assert "None" in said, "a store that has not been used is not open"
    for verb in (lambda: store.admit(*LIMITS, 0), lambda: store.states(*LIMITS, 0)):
        with pytest.raises(StoreUnavailable, match="ConfigError"):
            verb()
    assert FOREIGN in caplog.text
    end()
    assert store.admit(*LIMITS, 0) is None
    assert store.states((), LIMITS[1], 0)[0][0] == 2


def test_the_first_is_not_disturbed_by_who_is_refused(make, container, namespace, monkeypatch):
    store = make()
    assert store.admit(*LIMITS, 0) is None
    store.keep("key", b"1", None, 0)
    script = f"from wsgi_gateway.stores import lmdb_lock as l; l.namespace = lambda: '1'\n{_CONTAINER}"
    monkeypatch.setitem(globals(), "_CONTAINER", script)
    said, _ = container()
    assert FOREIGN in said
    monkeypatch.undo()
    said, _ = container()
    assert "None" in said, "others of this namespace come and go"
    assert store.states((), LIMITS[1], 0)[0][0] == 2
    assert store.recall("key", 0) == b"1"


def test_where_the_system_does_not_tell_all_count_together(make, tmp_path, monkeypatch):
    monkeypatch.setattr(lmdb_lock, "NAMESPACE", tmp_path / "none")
    for _ in range(2):
        assert make().admit(*LIMITS, 0) is None
    assert make().states((), LIMITS[1], 0)[0][0] == 2
    assert (tmp_path / "limits/lock").read_text().split()[2] == "-"


@pytest.mark.skipif(not _may_unshare(), reason="this user may not make PID namespaces")
def test_two_real_containers_with_the_same_process_numbers(container):
    unshare = ["unshare", "--pid", "--fork", "--kill-child"]
    said, end = container(*unshare)
    assert said == "1 None\n"
    said, _ = container(*unshare)
    assert said.startswith("1 ")
    assert FOREIGN in said
    end()
    said, end = container(*unshare)
    assert said == "1 None\n"
    end()
    said, _ = container()
    assert said.split()[1] == "None"
    assert said.split()[0] != "1"
