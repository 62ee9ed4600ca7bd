"""Keys and plans in every kind of store: what is kept, what is refused, crashes and several writers."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stores.every_store import KINDS, every_store

from wsgi_gateway.config import ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.key_records import GENERATION, KeyRecord, digest_of
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.usage.stored_keys import StoredKeys

VALUE = "0123456789abcdefghij"
WRITERS = Path(__file__).with_name("registry_writers.py")


@pytest.fixture
def store(kind):
    made = KINDS[kind]()
    yield made
    made.close()


@pytest.fixture
def registry(store):
    return Registry(store)


def plan(plan_id="gold", stage="prod", **more):
    stages = more.pop("api_stages", [ApiStageConfig(stage=stage)])
    return UsagePlanConfig(id=plan_id, api_stages=stages, **more)


def refused(call, *args, **more):
    """Code and text of the one problem."""
    with pytest.raises(ConfigError) as error:
        call(*args, **more)
    (problem,) = error.value.problems
    return problem.code, problem.message


def everything(store):
    """All that is kept, as bytes."""
    names = store.names("")
    return b"\n".join(name.encode() + b" " + (store.recall(name, 0) or b"") for name in names)


# ------------------------------------------------------------ keys


@every_store
def test_a_made_value_has_40_letters_and_digits_and_is_found_by_it(registry, store):
    registry.put_plan(plan())
    record, value = registry.create_key("Ada", plans=["gold"], description="first")
    assert re.fullmatch("[A-Za-z0-9]{40}", value)
    assert re.fullmatch("[a-z0-9]{10}", record.id)
    assert registry.get_key(record.id) == record
    assert (record.name, record.enabled, record.plans) == ("Ada", True, ("gold",))
    assert record.description == "first"
    key = StoredKeys(store).find(value.encode())
    assert key.id == record.id
    assert key.admission("any", "prod") is not None
    assert registry.create_key("Bob")[1] != value


@every_store
def test_no_value_is_kept_or_shown(registry, store):
    values = [registry.create_key("Ada")[1], registry.create_key("Bob", value=VALUE)[1]]
    registry.put_key(VALUE, "Robert", enabled=False)
    kept = everything(store)
    assert digest_of(VALUE.encode()).encode() in kept
    assert not [value for value in values if value.encode() in kept]
    assert not [value for value in values if value in repr(registry.keys())]
    assert digest_of(VALUE.encode()) not in repr(registry.keys())


def test_no_value_is_handed_to_a_store():
    handed = []

    class Told(MemoryStore):
        def __getattribute__(self, name):
            verb = super().__getattribute__(name)
            if name not in ("keep", "recall", "forget", "names", "advance"):
                return verb
            return lambda *args: (handed.append(args), verb(*args))[1]

    store = Told()
    registry = Registry(store)
    record, _ = registry.create_key("Ada", value=VALUE, key_id="a-long-id-0123456789")
    registry.put_key(VALUE, "Ada", enabled=False)
    StoredKeys(store).find(VALUE.encode())
    refused(registry.create_key, "Bob", value=VALUE)
    registry.delete_key(record.id)
    assert len(handed) > 20
    assert VALUE not in repr(handed)


def test_the_files_of_lmdb_hold_no_value(tmp_path):
    store = store_from_url(f"lmdb:{tmp_path / 'kept'}")
    registry = Registry(store)
    values = [registry.create_key(f"key {number}")[1] for number in range(50)]
    registry.delete_key(registry.keys(limit=1)[0].id)
    store.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    dump = b"".join(path.read_bytes() for path in files)
    assert sum(digest_of(value.encode()).encode() in dump for value in values) >= 49
    assert sum(value.encode() in dump for value in values) == 0


@every_store
@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("x" * 19, "API Key value should be at least 20 characters", id="too short"),
        pytest.param("", "API Key value should be at least 20 characters", id="empty"),
        pytest.param("x" * 129, "API Key value exceeds maximum size of 128 characters", id="too long"),
        pytest.param("x" * 20 + " ", "cannot be sent", id="a blank at its end"),
        pytest.param("x" * 20 + "\n", "cannot be sent", id="a line end"),
        pytest.param("x" * 10 + "\0" * 10, "cannot be sent", id="control characters"),
        pytest.param("x" * 20 + "\ud800", "cannot be sent", id="half a character"),
    ],
)
def test_a_value_that_cannot_be(registry, store, value, text):
    code, message = refused(registry.create_key, "Ada", value=value)
    assert code == "api-key"
    assert text in message
    assert store.names("") == []


@every_store
@pytest.mark.parametrize(
    "value", ["x" * 20, "x" * 128, "schl\u00fcssel-0123456789"], ids=["20", "128", "utf-8"]
)
def test_a_value_at_the_limits(registry, store, value):
    assert StoredKeys(store).find(registry.create_key("Ada", value=value)[1].encode()) is not None


@every_store
def test_a_value_and_an_id_are_given_once(registry):
    registry.create_key("Ada", value=VALUE, key_id="ada")
    assert refused(registry.create_key, "Bob", value=VALUE) == ("conflict", "API Key already exists")
    assert refused(registry.create_key, "Bob", key_id="ada") == ("conflict", "API Key 'ada' already exists")
    assert [key.name for key in registry.each_key()] == ["Ada"]


@every_store
@pytest.mark.parametrize(
    "what",
    [
        pytest.param({"key_id": VALUE}, id="as its id"),
        pytest.param({"name": f"Ada {VALUE}"}, id="in its name"),
        pytest.param({"description": VALUE}, id="in its description"),
    ],
)
def test_a_value_must_not_stand_in_what_is_shown(registry, store, what):
    code, message = refused(registry.create_key, **{"name": "Ada", "value": VALUE, **what})
    assert code == "api-key"
    assert VALUE not in message
    assert VALUE.encode() not in everything(store)


@every_store
def test_the_value_of_one_key_is_not_the_id_of_another(registry):
    registry.create_key("Ada", value=VALUE)
    assert refused(registry.create_key, "Bob", key_id=VALUE)[0] == "api-key"
    registry.create_key("Cleo", key_id="a-long-id-0123456789")
    assert StoredKeys(registry.store).find(b"a-long-id-0123456789") is None
    assert refused(registry.create_key, "Dora", value="a-long-id-0123456789")[0] == "api-key"


@every_store
@pytest.mark.parametrize("key_id", ["", "a b", "-a", "a\n", "a" * 129, "a:b", "\u00e4"])
def test_an_id_that_cannot_be(registry, key_id):
    assert refused(registry.create_key, "Ada", key_id=key_id)[0] == "api-key"
    assert refused(registry.put_plan, plan(key_id))[0] == "usage-plan"


@every_store
def test_a_key_needs_a_name_of_at_most_1024_characters(registry):
    assert refused(registry.create_key, "")[0] == "api-key"
    assert refused(registry.create_key, "x" * 1025)[0] == "api-key"
    assert registry.create_key("x" * 1024)[0].name == "x" * 1024


@every_store
def test_a_disabled_key_admits_to_nothing_until_it_is_enabled(registry, store):
    registry.put_plan(plan())
    record, value = registry.create_key("Ada", plans=["gold"], enabled=False)
    admitted = []
    for enabled in (False, True, False):
        registry.set_enabled(record.id, enabled)
        admitted.append(StoredKeys(store).find(value.encode()).admission("a", "prod") is not None)
    assert admitted == [False, True, False]


@every_store
def test_a_deleted_key_is_nobodys_and_leaves_nothing(registry, store):
    registry.put_plan(plan())
    before = store.names("")
    registry.create_key("Bob", key_id="a-long-id-0123456789")
    registry.delete_key("a-long-id-0123456789")
    record, value = registry.create_key("Ada", plans=["gold"], value=VALUE)
    registry.delete_key(record.id)
    assert StoredKeys(store).find(value.encode()) is None
    assert store.names("") == before
    assert registry.create_key("Bob", value=VALUE)[0].id != record.id


@every_store
@pytest.mark.parametrize(
    "verb",
    [
        pytest.param(lambda registry: registry.get_key("nobody"), id="get"),
        pytest.param(lambda registry: registry.set_enabled("nobody", True), id="enable"),
        pytest.param(lambda registry: registry.delete_key("nobody"), id="delete"),
        pytest.param(lambda registry: registry.add_to_plan("nobody", "gold"), id="add to a plan"),
        pytest.param(lambda registry: registry.remove_from_plan("nobody", "gold"), id="remove from a plan"),
    ],
)
def test_a_key_that_is_not_there(registry, verb):
    registry.put_plan(plan())
    assert refused(verb, registry) == ("not-found", "Invalid API Key identifier specified: 'nobody'")


@every_store
def test_a_value_given_for_an_id_is_not_repeated(registry):
    assert VALUE not in refused(registry.get_key, VALUE)[1]
    assert VALUE not in refused(registry.get_plan, VALUE)[1]


@every_store
def test_keys_are_told_by_pages(registry):
    registry.put_plan(plan())
    for number in range(7):
        registry.create_key("x", key_id=f"k{number}", plans=["gold"] if number % 2 else [])
    assert [key.id for key in registry.keys(limit=3)] == ["k0", "k1", "k2"]
    assert [key.id for key in registry.keys("k2", 3)] == ["k3", "k4", "k5"]
    assert [key.id for key in registry.keys("k5", 3)] == ["k6"]
    assert registry.keys("k6", 3) == []
    assert [key.id for key in registry.keys(plan="gold", limit=2)] == ["k1", "k3"]
    assert [key.id for key in registry.keys("k3", plan="gold")] == ["k5"]
    assert [key.id for key in registry.each_key()] == [f"k{number}" for number in range(7)]
    assert registry.keys(plan="go") == []


@every_store
def test_put_key_changes_what_is_said_and_leaves_the_rest(registry):
    registry.put_plan(plan())
    registry.put_plan(plan("silver", "dev"))
    made, is_new = registry.put_key(VALUE, "Ada", enabled=False, description="d", plans=["gold"])
    assert (is_new, made.enabled, made.plans) == (True, False, ("gold",))
    renamed, is_new = registry.put_key(VALUE, "Lady Ada")
    assert (is_new, renamed.id, renamed.name) == (False, made.id, "Lady Ada")
    assert (renamed.enabled, renamed.description, renamed.plans) == (False, "d", ("gold",))
    moved, _ = registry.put_key(VALUE, "Ada", enabled=True, plans=["silver"])
    assert (moved.enabled, moved.plans) == (True, ("silver",))
    assert [registry.keys(plan="gold"), registry.keys(plan="silver")] == [[], [moved]]


@every_store
def test_put_key_that_only_checks_changes_nothing(registry, store):
    registry.put_key(VALUE, "Ada", only_check=True)
    assert (store.names(""), store.generation(GENERATION)) == ([], 0)
    assert refused(registry.put_key, VALUE, "Ada", plans=["none"], only_check=True)[0] == "not-found"


# ------------------------------------------------------------ plans


@every_store
def test_a_plan_comes_back_as_it_was(registry):
    limit = ThrottleConfig(rate_limit=0.1, burst_limit=3)
    stages = [
        ApiStageConfig(stage="prod", api_id="a1", throttle={"/pets/GET": limit, "//GET": limit}),
        ApiStageConfig(stage="dev"),
    ]
    whole = plan(
        api_stages=stages,
        name="Gold",
        throttle=limit,
        quota=QuotaConfig(limit=2**53, period="MONTH", offset=7),
        shadow=True,
    )
    registry.put_plan(whole)
    registry.put_plan(plan("bare", api_stages=[]))
    assert registry.get_plan("gold") == whole
    assert registry.plans() == [plan("bare", api_stages=[]), whole]


@every_store
@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(plan(quota=QuotaConfig(limit=1, period="YEAR")), id="a period that is none"),
        pytest.param(plan(quota=QuotaConfig(limit=1, period="DAY", offset=2)), id="offset above limit"),
        pytest.param(plan(throttle=ThrottleConfig(rate_limit=-1, burst_limit=1)), id="a negative rate"),
        pytest.param(plan(api_stages=[ApiStageConfig(stage="a")] * 2), id="a stage twice"),
        pytest.param(plan(keys=["ada"]), id="keys in the plan"),
    ],
)
def test_a_plan_that_cannot_work_is_not_kept(registry, store, bad):
    refused(registry.put_plan, bad)
    assert store.names("") == []


@every_store
def test_a_plan_with_keys_is_not_deleted(registry):
    registry.put_plan(plan())
    record, _ = registry.create_key("Ada", plans=["gold"])
    assert refused(registry.delete_plan, "gold")[0] == "conflict"
    registry.remove_from_plan(record.id, "gold")
    registry.delete_plan("gold")
    assert registry.plans() == []
    assert refused(registry.delete_plan, "gold") == ("not-found", "Invalid Usage Plan ID specified: 'gold'")


@every_store
def test_a_key_is_in_one_plan_for_a_stage(registry):
    registry.put_plan(plan("one", api_stages=[ApiStageConfig(stage="prod", api_id="a1")]))
    registry.put_plan(plan("two", api_stages=[ApiStageConfig(stage="prod", api_id="a2")]))
    registry.put_plan(plan("any", "prod"))
    record, _ = registry.create_key("Ada", plans=["one", "two"])
    with pytest.raises(ConfigError, match="for the same stage"):
        registry.add_to_plan(record.id, "any")
    with pytest.raises(ConfigError, match="for the same stage"):
        registry.create_key("Bob", plans=["one", "any"])
    with pytest.raises(ConfigError, match="for the same stage"):
        registry.put_plan(plan("two", api_stages=[ApiStageConfig(stage="prod", api_id="a1")]))
    assert registry.get_key(record.id).plans == ("one", "two")
    assert registry.get_plan("two").api_stages[0].api_id == "a2"


@every_store
def test_a_key_that_leaves_a_plan_leaves_nothing_there(registry, store):
    registry.put_plan(plan())
    registry.create_key("Ada", key_id="ada")
    before = store.names("")
    registry.add_to_plan("ada", "gold")
    assert store.names("") != before
    registry.remove_from_plan("ada", "gold")
    assert store.names("") == before
    assert refused(registry.remove_from_plan, "ada", "gold")[0] == "not-found"


@every_store
def test_an_unknown_plan_takes_no_key(registry, store):
    assert refused(registry.create_key, "Ada", plans=["gold"])[0] == "not-found"
    assert store.names("") == []


@every_store
def test_every_change_begins_a_generation(registry, store):
    changes = [
        lambda: registry.put_plan(plan()),
        lambda: registry.create_key("Ada", key_id="ada"),
        lambda: registry.add_to_plan("ada", "gold"),
        lambda: registry.set_enabled("ada", True),
        lambda: registry.set_enabled("ada", True),
        lambda: registry.put_key(VALUE, "Bob"),
        lambda: registry.remove_from_plan("ada", "gold"),
        lambda: registry.delete_key("ada"),
        lambda: registry.delete_plan("gold"),
    ]
    for number, change in enumerate(changes, 1):
        change()
        assert store.generation(GENERATION) == number


# ------------------------------------------------------------ crashes


class Crash(BaseException):
    """The process is gone."""


class CrashingStore:
    """A store that ends the process at the n-th write."""

    def __init__(self, store, writes):
        self._store, self._left = store, writes

    def __getattr__(self, name):
        verb = getattr(self._store, name)
        if name not in ("keep", "forget", "advance"):
            return verb

        def write(*args):
            if not self._left:
                raise Crash
            self._left -= 1
            return verb(*args)

        return write


def prepared():
    store = MemoryStore()
    registry = Registry(store)
    for name in ("gold", "silver"):
        registry.put_plan(plan(name, stage=name))
    registry.create_key("Ada", key_id="ada", value=VALUE, plans=["gold"])
    return store


CHANGES = {
    "create": lambda registry: registry.create_key("B", value=VALUE + "2", plans=["gold", "silver"]),
    "disable": lambda registry: registry.set_enabled("ada", False),
    "join": lambda registry: registry.add_to_plan("ada", "silver"),
    "leave": lambda registry: registry.remove_from_plan("ada", "gold"),
    "delete": lambda registry: registry.delete_key("ada"),
    "move": lambda registry: registry.put_key(VALUE, "Ada", plans=["silver"]),
}


def opened_by(store, value):
    """Which stages a value opens."""
    key = StoredKeys(store).find(value.encode())
    return None if key is None else {name for name in ("gold", "silver") if key.admission("a", name)}


@pytest.mark.parametrize("change", CHANGES)
def test_a_crash_at_any_write_leaves_the_old_or_the_new_and_never_more(change):
    call = CHANGES[change]
    value = VALUE + "2" if change == "create" else VALUE
    whole = prepared()
    before = opened_by(whole, value)
    call(Registry(whole))
    after = opened_by(whole, value)
    for writes in range(20):
        store = prepared()
        try:
            call(Registry(CrashingStore(store, writes)))
        except Crash:
            assert opened_by(store, value) in (before, after)
            listed = {name: list(Registry(store).each_key(name)) for name in ("gold", "silver")}
            for key in Registry(store).each_key():
                assert {name for name in listed if key in listed[name]} == set(key.plans)
        else:
            break
    else:
        pytest.fail("the change never ended")
    assert writes > 3


@pytest.mark.parametrize("change", ["disable", "join", "delete"])
def test_a_change_that_crashed_can_be_repeated(change):
    call = CHANGES[change]
    finished = prepared()
    call(Registry(finished))
    for writes in range(3):
        store = prepared()
        with pytest.raises(Crash):
            call(Registry(CrashingStore(store, writes)))
        clock = iter(range(4_000_000_000, 5_000_000_000, 60))  # the note of the crashed one has expired
        call(Registry(store, lambda clock=clock: float(next(clock))))
        assert opened_by(store, VALUE) == opened_by(finished, VALUE)


def test_a_key_that_was_half_deleted_opens_nothing_whatever_is_done_with_it():
    store = prepared()
    with pytest.raises(Crash):
        Registry(CrashingStore(store, 2)).delete_key("ada")  # its note of being alone, and the digest
    assert opened_by(store, VALUE) is None
    registry = Registry(store, lambda: 4_000_000_000.0)
    registry.set_enabled("ada", True)
    registry.add_to_plan("ada", "silver")
    assert opened_by(store, VALUE) is None
    registry.delete_key("ada")
    assert list(registry.each_key()) == []


@every_store
def test_a_digest_that_leads_to_no_key_or_to_another_is_no_key(registry, store):
    store.keep(f"apikey-sha256:{digest_of(VALUE.encode())}", b"gone", None, 0)
    assert StoredKeys(store).find(VALUE.encode()) is None
    registry.create_key("Another", key_id="gone")
    assert StoredKeys(store).find(VALUE.encode()) is None
    assert registry.create_key("Ada", value=VALUE)[1] == VALUE


@every_store
@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b'{"id": "ada"}'])
def test_a_record_that_cannot_be_read_is_neither_a_key_nor_none(registry, store, raw):
    registry.create_key("Ada", key_id="ada", value=VALUE)
    store.keep("apikey:ada", raw, None, 0)
    for call in (lambda: registry.get_key("ada"), lambda: StoredKeys(store).find(VALUE.encode())):
        with pytest.raises(ConfigError, match="cannot be read"):
            call()


def test_a_record_of_a_later_version_can_be_read():
    record = KeyRecord(id="ada", name="Ada", digest="00")
    later = json.dumps({**json.loads(record.to_bytes()), "tags": {}}).encode()
    assert KeyRecord.from_bytes(later) == record


# ------------------------------------------------------------ several processes


@pytest.fixture
def processes(tmp_path):
    """A function that starts writers on one directory; all are ready, and none has begun."""
    started = []

    def start(job, names):
        for name in names:
            command = [sys.executable, str(WRITERS), str(tmp_path / "kept"), job, name]
            started.append(subprocess.Popen(command, stdin=-1, stdout=-1, text=True))
        for process in started:
            assert process.stdout.readline() == "ready\n"
        return started

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_that_want_the_same_value_and_id_get_it_once(processes, tmp_path):
    writers = processes("create", ["a", "b", "c", "d"])
    for process in writers:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0].strip() for process in writers]
    assert sorted(told) == ["conflict", "conflict", "conflict", "done"]
    store = store_from_url(f"lmdb:{tmp_path / 'kept'}")
    (record,) = Registry(store).keys()
    assert record.name == "abcd"[told.index("done")]
    store.close()


def test_processes_that_change_one_key_at_once_lose_no_change(processes, tmp_path):
    names = ["a", "b", "c", "d"]
    store = store_from_url(f"lmdb:{tmp_path / 'kept'}")
    registry = Registry(store)
    for name in names:
        registry.put_plan(plan(name, stage=name))
    registry.create_key("x", key_id="shared")
    writers = processes("join", names)
    for process in writers:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert {process.communicate(timeout=60)[0].strip() for process in writers} == {"done"}
    assert sorted(registry.get_key("shared").plans) == names
    store.close()


def test_processes_killed_in_the_middle_leave_whole_keys(processes, tmp_path):
    store = store_from_url(f"lmdb:{tmp_path / 'kept'}")
    registry = Registry(store)
    registry.put_plan(plan("churned", stage="churned"))
    writers = processes("churn", ["a", "b"])
    for process in writers:
        process.stdin.write("go\n")
        process.stdin.flush()
    generation = store.generation(GENERATION)
    for process in writers:
        goal = generation + random.randrange(20, 60)
        while store.generation(GENERATION) < goal:
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        generation = goal
    records = list(registry.each_key())
    assert len(records) > 2
    for record in records:
        assert record == registry.get_key(record.id)
        assert registry.owner(record.digest) in (record, None)
        for name in record.plans:
            assert record in registry.keys(plan=name, limit=10_000)
    store.close()
