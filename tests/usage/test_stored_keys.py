"""Keys of a store on the request path: what is kept and for how long, changes, failures, mutations."""

from __future__ import annotations

import os
import threading

import pytest
from stores.every_store import KINDS, every_store

from wsgi_gateway.config import ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.lifecycle.usage_plan import UsagePlan
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.key_table import KeyTable
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.usage.stored_keys import StoredKeys
from wsgi_gateway.wsgi import Response, call_app

VALUE = "Abcdefghij0123456789klmnopqrst0123456789"
PLAN = UsagePlanConfig(
    id="gold",
    api_stages=[
        ApiStageConfig(
            stage="default",
            api_id="local",
            throttle={"/pets/GET": ThrottleConfig(rate_limit=1, burst_limit=2)},
        ),
        ApiStageConfig(stage="dev"),
    ],
    throttle=ThrottleConfig(rate_limit=10, burst_limit=20),
    quota=QuotaConfig(limit=1000, period="DAY"),
)


class Watched:
    """A store that counts what it is asked, and fails on demand."""

    def __init__(self, store):
        self.store, self.asked, self.fails = store, [], False

    def __getattr__(self, name):
        verb = getattr(self.store, name)

        def ask(*args):
            self.asked.append(name)
            if self.fails:
                raise StoreUnavailable("it is down")
            return verb(*args)

        return ask


class Setting:
    """A store with the key Ada in a plan, an administrator, and a worker whose time is set."""

    def __init__(self, store=None, **options):
        self.store = Watched(MemoryStore() if store is None else store)
        self.registry = Registry(self.store.store)
        self.registry.put_plan(PLAN)
        self.record, _ = self.registry.create_key("Ada", value=VALUE, plans=["gold"])
        self.now = 1000.0
        self.keys = StoredKeys(self.store, monotonic=lambda: self.now, **options)

    def find(self, value=VALUE):
        key = self.keys.find(value.encode())
        return None if key is None else key.id

    def asked(self):
        """What the store was asked since the last time."""
        asked, self.store.asked = self.store.asked, []
        return asked


@every_store
def test_a_key_is_what_a_table_of_keys_makes_of_it(kind):
    from wsgi_gateway.config import ApiKeyConfig

    setting = Setting(KINDS[kind]())
    ours = setting.keys.find(VALUE.encode())
    declared = UsagePlanConfig(
        id=PLAN.id, api_stages=PLAN.api_stages, throttle=PLAN.throttle, quota=PLAN.quota, keys=[ours.id]
    )
    theirs = KeyTable([declared], [ApiKeyConfig(id=ours.id, value=VALUE)]).find(VALUE.encode())
    for api_id, stage in (("local", "default"), ("a", "dev"), ("local", "dev")):
        (one, methods), (two, _) = ours.admission(api_id, stage), theirs.admission(api_id, stage)
        assert (one.name, one.buckets, one.quotas) == (two.name, two.buckets, two.quotas)
        assert bool(methods) is (stage == "default")
    assert ours.admission("a", "default") is theirs.admission("a", "default") is None
    setting.store.close()


def test_what_is_kept_is_not_asked_for():
    setting = Setting()
    assert setting.find() == setting.record.id
    assert setting.asked() == ["generation", "recall", "recall", "recall", "recall"]
    assert [setting.find() for _ in range(100)] == [setting.record.id] * 100
    assert setting.find("nobody" * 5) is None
    assert [setting.find("nobody" * 5) for _ in range(100)] == [None] * 100
    assert setting.asked() == ["recall"]


def test_the_generation_is_asked_for_once_a_second():
    setting = Setting()
    for _ in range(50):
        setting.now += 0.1
        setting.find()
    assert 4 <= setting.asked().count("generation") <= 6


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        pytest.param(lambda registry, key: registry.set_enabled(key, False), (True, False), id="disabled"),
        pytest.param(lambda registry, key: registry.delete_key(key), (True, None), id="deleted"),
        pytest.param(
            lambda registry, key: registry.remove_from_plan(key, "gold"), (True, False), id="out of its plan"
        ),
        pytest.param(
            lambda registry, key: registry.put_plan(UsagePlanConfig(id="gold")),
            (True, False),
            id="a plan without the stage",
        ),
    ],
)
def test_a_change_is_seen_after_a_second_and_not_asked_for_before(change, seen):
    setting = Setting()

    def admits():
        key = setting.keys.find(VALUE.encode())
        return None if key is None else key.admission("local", "default") is not None

    assert admits() is True
    change(setting.registry, setting.record.id)
    setting.now += 0.9
    before = admits()
    setting.now += 0.2
    assert (before, admits()) == seen


def test_a_new_key_is_known_after_a_second_also_if_it_was_asked_for_before():
    setting = Setting()
    assert setting.find("n" * 30) is None
    record, _ = setting.registry.create_key("New", value="n" * 30)
    setting.now += 1.1
    assert setting.find("n" * 30) == record.id


def test_a_store_that_was_replaced_by_an_older_one_is_believed():
    setting = Setting()
    setting.find()
    setting.store.store = MemoryStore()
    setting.now += 1.1
    assert setting.find() is None


# ------------------------------------------------------------ failures


def test_while_the_store_fails_known_keys_stay_known_for_a_minute():
    setting = Setting()
    setting.find()
    setting.store.fails = True
    found = []
    for _ in range(59):
        setting.now += 1.0
        found.append(setting.find())
    assert found == [setting.record.id] * 59
    assert setting.keys.failures == 59
    setting.now += 1.0
    with pytest.raises(StoreUnavailable):
        setting.find()


def test_while_the_store_fails_no_value_is_nobodys():
    setting = Setting()
    assert setting.find("n" * 30) is None
    setting.store.fails = True
    for value in ("n" * 30, "another" * 5):
        setting.now += 1.0
        with pytest.raises(StoreUnavailable):
            setting.find(value)


def test_a_store_that_is_back_is_asked_for_what_has_changed():
    setting = Setting()
    setting.find()
    setting.store.fails = True
    setting.now += 30
    setting.find()
    setting.registry.set_enabled(setting.record.id, False)
    setting.store.fails = False
    setting.now += 1.0
    assert setting.keys.find(VALUE.encode()).enabled is False


def test_a_store_that_fails_from_the_start_knows_nobody():
    setting = Setting()
    setting.store.fails = True
    with pytest.raises(StoreUnavailable):
        setting.find()


def test_a_failure_in_the_middle_of_a_look_up_is_not_kept():
    setting = Setting()
    setting.find("n" * 30)
    setting.store.fails = True
    with pytest.raises(StoreUnavailable):
        setting.find()
    setting.store.fails = False
    assert setting.find() == setting.record.id


def test_the_stage_answers_503_for_what_cannot_be_told_and_403_for_what_is_nobodys():
    setting = Setting()
    guarded = GuardedStore(setting.store, clock=lambda: setting.now)
    keys = StoredKeys(guarded, monotonic=lambda: setting.now)
    app = UsagePlan(Response("200 OK", [], [b"hi"]), key_table=keys)

    def status(value):
        return call_app(app, {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value}).status[:3]

    assert [status("nobody"), status("")] == ["403", "403"]
    setting.store.fails = True
    setting.now += 1.0
    assert [status("nobody"), status(VALUE), status("")] == ["503", "503", "503"]


# ------------------------------------------------------------ bounds


def test_guessing_values_drives_out_no_key():
    setting = Setting(max_keys=10, max_unknown=10)
    setting.find()
    for number in range(1000):
        assert setting.find(f"guess {number}") is None
    setting.asked()
    assert setting.find() == setting.record.id
    assert setting.asked() == []


@pytest.mark.parametrize("size", [2, 3, 10, 101])
def test_tables_are_bounded_and_keep_what_was_used_last(size):
    setting = Setting(max_keys=size, max_unknown=size)
    values = [f"value-number-{number:020}" for number in range(3 * size)]
    for value in values:
        setting.registry.create_key("x", value=value)
    tables = None
    for value in values:
        setting.find(value)
        setting.find(f"no-{value}")
        tables = setting.keys._tables
        assert len(tables.known) <= size
        assert len(tables.unknown) <= size
    setting.asked()
    for value in values[-(size // 2) :]:
        assert setting.find(value) is not None
    assert setting.asked() == []


def test_a_key_in_use_stays_whatever_else_comes():
    setting = Setting(max_keys=10)
    for number in range(50):
        setting.registry.create_key("x", value=f"value-number-{number:020}")
    setting.find()
    setting.asked()
    for number in range(50):
        setting.find(f"value-number-{number:020}")
        assert setting.find() == setting.record.id
    assert setting.asked().count("recall") == 2 * 50


@pytest.mark.parametrize(
    "options",
    [{"max_keys": 1}, {"max_unknown": 0}, {"check_seconds": 0}, {"keep_seconds": 0.5}],
    ids=lambda options: next(iter(options)),
)
def test_bounds_that_cannot_be(options):
    with pytest.raises(ConfigError, match="max_keys"):
        StoredKeys(MemoryStore(), **options)


# ------------------------------------------------------------ many threads, a fork


def test_threads_find_the_same_while_keys_change():
    setting = Setting(max_keys=4, max_unknown=4)
    keys = StoredKeys(setting.store, max_keys=4, max_unknown=4, check_seconds=0.0001, keep_seconds=60)
    values = [f"value-number-{number:020}" for number in range(8)]
    ids = [setting.registry.create_key("x", value=value)[0].id for value in values]
    wrong, stop = [], threading.Event()

    def look():
        while not stop.is_set():
            for value, key_id in zip(values, ids, strict=True):
                key, none = keys.find(value.encode()), keys.find(value.upper().encode())
                if key is None or key.id != key_id or none is not None:
                    wrong.append((value, key, none))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(100):
        setting.registry.set_enabled(setting.record.id, bool(number % 2))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kind", ["in memory", "in LMDB"])
def test_a_forked_worker_finds_what_its_parent_found_and_what_is_new(kind):
    setting = Setting(KINDS[kind]())
    setting.find()
    setting.registry.create_key("New", value="n" * 30)
    setting.now += 2
    child = os.fork()
    if not child:
        try:
            found = setting.find() == setting.record.id and setting.find("n" * 30) is not None
            os._exit(0 if found else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    setting.store.close()


# ------------------------------------------------------------ values that are almost the key's

MUTATIONS = {
    "empty": "",
    "lower case": VALUE.lower(),
    "upper case": VALUE.upper(),
    "case swapped": VALUE.swapcase(),
    "another case of one letter": VALUE[:9] + VALUE[9].swapcase() + VALUE[10:],
    "a blank in front": f" {VALUE}",
    "a blank behind": f"{VALUE} ",
    "blanks around": f"  {VALUE}  ",
    "a blank inside": f"{VALUE[:20]} {VALUE[20:]}",
    "a tab in front": f"\t{VALUE}",
    "a line end behind": f"{VALUE}\n",
    "line ends of Windows behind": f"{VALUE}\r\n",
    "a NUL behind": f"{VALUE}\0",
    "a NUL in front": f"\0{VALUE}",
    "one less in front": VALUE[1:],
    "one less behind": VALUE[:-1],
    "one more behind": f"{VALUE}0",
    "one more in front": f"0{VALUE}",
    "the first half": VALUE[:20],
    "twice": VALUE * 2,
    "twice with a comma": f"{VALUE},{VALUE}",
    "backwards": VALUE[::-1],
    "another first byte": "B" + VALUE[1:],
    "another last byte": VALUE[:-1] + "8",
    "another byte in the middle": VALUE[:20] + "!" + VALUE[21:],
    "two bytes swapped": VALUE[1] + VALUE[0] + VALUE[2:],
    "in quotes": f'"{VALUE}"',
    "in single quotes": f"'{VALUE}'",
    "with a scheme": f"Bearer {VALUE}",
    "percent-encoded": "%41" + VALUE[1:],
    "full-width letters": "".join(chr(ord(letter) + 0xFEE0) for letter in VALUE),
    "a Cyrillic A": "\u0410" + VALUE[1:],
    "an accent": VALUE[0] + "\u0301" + VALUE[1:],
    "a zero-width blank": f"{VALUE}\u200b",
    "a byte order mark": f"\ufeff{VALUE}",
    "a no-break space": f"\u00a0{VALUE}",
    "10 kB": "x" * 10_000,
    "10 kB that begin with it": VALUE + "x" * 10_000,
    "10 kB that end with it": "x" * 10_000 + VALUE,
    "a wildcard": "*",
}


def test_there_are_forty_mutations():
    assert len(set(MUTATIONS.values())) == 40
    assert VALUE not in MUTATIONS.values()


@every_store
def test_no_mutation_of_a_value_is_known(kind):
    setting = Setting(KINDS[kind]())
    assert setting.find() == setting.record.id
    assert {name: setting.find(value) for name, value in MUTATIONS.items()} == dict.fromkeys(MUTATIONS)
    digest = setting.registry.get_key(setting.record.id).digest
    for other in (digest, digest[:32], setting.record.id, f"apikey:{setting.record.id}"):
        assert setting.find(other) is None
    assert setting.find() == setting.record.id
    setting.store.close()


def test_no_mutation_of_a_value_gets_through_the_stage():
    setting = Setting()
    app = UsagePlan(Response("200 OK", [], [b"hi"]), key_table=setting.keys)

    def status(value):
        environ = {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value}
        context = Context(environ)
        context.resource_path = "/pets"
        environ["wsgi_gateway.context"] = context
        return call_app(app, environ).status[:3]

    assert status(VALUE) == "200"
    sent = {name: value.encode().decode("latin-1") for name, value in MUTATIONS.items()}
    assert {name: status(value) for name, value in sent.items()} == dict.fromkeys(MUTATIONS, "403")
    assert call_app(app, {"REQUEST_METHOD": "GET", "QUERY_STRING": f"x-api-key={VALUE}"}).status[:3] == "403"


def test_a_store_that_has_lost_everything_is_another_one_however_many_changes_it_has_seen():
    store = MemoryStore()

    def administered(value):
        registry = Registry(store)
        registry.put_plan(UsagePlanConfig(id="gold", api_stages=[ApiStageConfig(stage="default")]))
        registry.create_key("ada", value=value, plans=["gold"])

    clock = [0.0]
    administered("0123456789abcdefghij")
    keys = StoredKeys(store, monotonic=lambda: clock[0])
    assert keys.find(b"0123456789abcdefghij") is not None
    store.close()
    store.__init__()
    administered("zyxwvutsrqponmlkjihg")
    clock[0] += 2
    assert keys.find(b"0123456789abcdefghij") is None
    assert keys.find(b"zyxwvutsrqponmlkjihg") is not None
