"""LMDB stores by URL: the path, the size, and what is refused at once."""

from __future__ import annotations

import os
import stat

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.stores.lmdb_store import DEFAULT_SIZE, LMDBStore

MIB = 2**20


@pytest.mark.parametrize(
    ("options", "size"),
    [
        pytest.param("", DEFAULT_SIZE, id="the default"),
        pytest.param("?size=2097152", 2 * MIB, id="bytes"),
        pytest.param("?size=2097152B", 2 * MIB, id="bytes with their unit"),
        pytest.param("?size=1024KiB", MIB, id="KiB"),
        pytest.param("?size=3MiB", 3 * MIB, id="MiB"),
        pytest.param("?size=1048577", MIB + 2**16, id="rounded up to 64 KiB"),
    ],
)
def test_size_is_the_size_of_the_file_and_all_of_it_is_on_the_disk(tmp_path, options, size):
    store = store_from_url(f"lmdb:{tmp_path}{options}")
    made = os.stat(tmp_path / "counters.mdb")
    store.close()
    assert made.st_size == size
    assert made.st_blocks * 512 >= size


@pytest.mark.parametrize("slashes", ["", "//"], ids=["lmdb:/path", "lmdb:///path"])
def test_a_directory_is_made_for_its_owner_alone(tmp_path, slashes):
    store = store_from_url(f"lmdb:{slashes}{tmp_path}/a/limits?size=1MiB")
    store.close()
    made = [tmp_path / "a/limits", *(tmp_path / "a/limits").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made} == {0}
    assert {path.name for path in made} >= {"counters.mdb", "durable.mdb"}


def test_a_path_may_be_percent_encoded(tmp_path):
    store_from_url(f"lmdb:{tmp_path}/what%3F%20now?size=1MiB").close()
    assert (tmp_path / "what? now" / "counters.mdb").exists()


@pytest.mark.parametrize(
    "rest",
    ["", "limits", "./limits", "~/limits", "//host", "/x%00y"],
    ids=["no path", "a name", "from here", "from home", "a host", "a zero byte"],
)
def test_only_absolute_paths_are_taken(rest):
    with pytest.raises(ConfigError, match="absolute path"):
        LMDBStore.from_url(f"lmdb:{rest}")


@pytest.mark.parametrize(
    "options",
    ["size=", "size=64MB", "size=-1", "size=1.5GiB", "sync=0", "size=1MiB&size=2MiB", "size=1MiB&x=1", ""],
)
def test_other_options_and_sizes_are_refused_and_nothing_is_made(tmp_path, options):
    with pytest.raises(ConfigError, match="size="):
        LMDBStore.from_url(f"lmdb:{tmp_path}/limits?{options}")
    assert not (tmp_path / "limits").exists()


def test_a_size_that_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least 1048576"):
        LMDBStore.from_url(f"lmdb:{tmp_path}?size=10KiB")


def test_its_repr_tells_where_it_is(tmp_path):
    store = LMDBStore(str(tmp_path), MIB)
    assert repr(store) == f"<LMDBStore in {tmp_path}>"
    store.close()
    assert repr(store) == "<LMDBStore, closed>"


def test_it_is_shared_between_processes_and_says_so():
    assert LMDBStore.shared_between_processes is True
