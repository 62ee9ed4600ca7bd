"""A Redis Cluster of three nodes: decisions over several slots, slots that move, nodes that fail."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND
from stores.redis_server import RedisCluster, own_prefix, redis_cluster_store, shared_cluster

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_cluster import slot_of
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket

ONE, PLENTY = TokenBucket(0, 1), TokenBucket(0, 1000)
PLAN, STAGE, QUOTA = "plan:p:k:throttle", "stage:api:dev:/pets/GET", "plan:p:k:quota:DAY"


@pytest.fixture
def make():
    stores = []

    def make_store(**options):
        stores.append(redis_cluster_store(**options))
        return stores[-1]

    yield make_store
    for store in stores:
        store.close()


def slot(store, name):
    return store._counter(name)[1]


def apart(store):
    """Two names of stages whose slots two nodes have."""
    store._nodes._learnt()
    names = [f"stage:api:s{number}:/GET" for number in range(50)]
    first = names[0]
    node = store._nodes._having(slot(store, first))
    return first, next(name for name in names if store._nodes._having(slot(store, name)) is not node)


# ---------------------------------------------------------------- slots


def test_the_slot_of_a_key_is_the_one_that_redis_says():
    keys = [b"{plan:p:k}", b"wg:count:{plan:p%25:k}:throttle", b"x{%}", "x{\u00e4}".encode(), b"{a}{b}"]
    with shared_cluster().nodes[0].client() as client:
        assert [client.execute_command("CLUSTER", "KEYSLOT", key) for key in keys] == list(map(slot_of, keys))


@pytest.mark.parametrize("name", ["", "}", "{", "a}b", "a{b", "}:x", "::", "%", "%7D", "a:b:c:d", "\ud800"])
def test_a_counter_of_any_name_has_a_slot_of_its_own_tag_and_a_key_of_its_own(make, name):
    store = make()
    assert [store.admit([(name, ONE)], (), 0), store.admit([(name, ONE)], (), 0)] == [None, name]
    assert store.admit([(name + "%7D", ONE), (name + "%25", ONE)], (), 0) is None


def test_names_that_are_written_alike_are_different_counters(make):
    store = make()
    for name in ("}", "%7D", "%257D", "", "%", "%25", "{}", "{%7D", "{%257D"):
        assert store.admit([(name, ONE)], (), 0) is None


def test_everything_of_a_plan_and_key_is_in_one_slot_and_a_decision_there_is_one_script(make, monkeypatch):
    store, calls = make(), []
    send = store._send
    monkeypatch.setattr(store, "_send", lambda script, *rest: calls.append(script) or send(script, *rest))
    buckets = [("plan:p:k:method:api:dev:/pets/{id}/GET", PLENTY), (PLAN, PLENTY)]
    assert store.admit(buckets, [(QUOTA, Quota(5, "DAY"))], 0) is None
    assert len(calls) == 1
    assert store.admit([*buckets, (STAGE, PLENTY)], [(QUOTA, Quota(5, "DAY"))], 0) is None
    assert len(calls) == 3


# ---------------------------------------------------------------- several slots


@pytest.mark.parametrize(
    ("limits", "refusing"),
    [
        pytest.param(([(PLAN, PLENTY), (STAGE, TokenBucket(0, 0))], QUOTA), STAGE, id="the stage"),
        pytest.param(([(STAGE, PLENTY), (PLAN, TokenBucket(0, 0))], QUOTA), PLAN, id="the plan"),
        pytest.param(([(STAGE, PLENTY), (PLAN, PLENTY)], "full"), "full", id="the quota"),
    ],
)
def test_what_one_slot_took_is_given_back_when_another_refuses(make, limits, refusing):
    store = make()
    buckets, quota = limits
    quotas = [(quota, Quota(0 if quota == "full" else 5, "DAY"))]
    for now in range(20):
        assert store.admit(buckets, quotas, now) == refusing
    told = store.states([(PLAN, PLENTY), (STAGE, PLENTY)], [(QUOTA, Quota(5, "DAY"))], 20)
    assert [state is None or state[0] == 1000 * 10**12 for state in told[:2]].count(False) <= 1
    assert told[2] is None or (told[2][0], told[2][3]) == (0, 0)
    admitted = [(name, PLENTY) for name, _ in buckets if name != refusing]
    assert store.admit(admitted, [(QUOTA, Quota(1, "DAY"))], 20) is None


def test_tokens_are_given_back_up_to_the_burst_and_a_quota_in_its_own_period_alone(make):
    store = make()
    limits, quota = [(PLAN, TokenBucket(1, 2))], Quota(5, "DAY")
    store.admit(limits, [(QUOTA, quota)], 0)
    states = dict(enumerate(store.states(limits, [(QUOTA, quota)], 0)))
    every, keys = [*limits, (QUOTA, quota)], [store._counter(PLAN), store._counter(QUOTA)]
    for _ in range(3):
        store._give_back(every, keys, [[0]], states, 0)
    assert store.states(limits, (), 0) == [(2 * 10**12, 0)]
    # Another request has opened the next day.
    assert store.admit((), [(QUOTA, quota)], DAY) is None
    store._give_back(every, keys, [[1]], states, DAY)
    assert store.states((), [(QUOTA, quota)], DAY) == [(1, 2 * DAY, 1, 1)]
    store._give_back([(STAGE, PLENTY)], [store._counter(STAGE)], [[0]], {}, 0)
    assert store.states([(STAGE, PLENTY)], (), 0) == [None], "what is not there is not made"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=3, max_size=3),
    st.integers(0, 3),
    st.lists(st.tuples(st.permutations([0, 1, 2]), st.integers(0, 3), st.booleans()), max_size=15),
)
def test_decides_over_several_slots_as_in_one_and_tells_the_same(bursts, limit, requests):
    cluster, model, now = redis_cluster_store(), {}, 0
    names = ["stage:a:x:/GET", "plan:p:k:throttle", "stage:a:y:/GET"]
    for order, step, with_quota in requests:
        now += step * SECOND
        buckets = [(names[place], TokenBucket(0.5, bursts[place])) for place in order]
        quotas = [(QUOTA, Quota(limit, "DAY"))] if with_quota else []
        after = {name: rule.take(model.get(name), now) for name, rule in [*buckets, *quotas]}
        refused = next((name for name, (admitted, _) in after.items() if not admitted), None)
        told = []
        assert cluster.admit(buckets, quotas, now, told) == refused
        if refused is None:
            model.update({name: state for name, (_, state) in after.items()})
            assert told == [model[name] for name in after]
        else:
            seen = [
                rule.take(state, now)[0] for (_, rule), state in zip([*buckets, *quotas], told, strict=True)
            ]
            assert seen == [admitted for admitted, _ in after.values()]
    cluster.close()


def test_threads_over_two_slots_are_admitted_never_more_often_than_the_limits_say(make):
    store, admitted = make(), []
    buckets = [("plan:p:k:throttle", TokenBucket(0, 150)), (STAGE, TokenBucket(0, 200))]

    def ask():
        admitted.append(sum(store.admit(buckets, [(QUOTA, Quota(100, "DAY"))], 0) is None for _ in range(60)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == 100
    assert [state[0] // 10**12 for state in store.states(buckets, (), 0)] == [50, 100]
    assert store.usage(QUOTA, Quota(100, "DAY"), 0, 1, 0) == {0: (100, 0)}


# ---------------------------------------------------------------- many at once


def used(store):
    state = store.states((), [(QUOTA, Quota(100, "DAY"))], 0)[0]
    return (0, 0) if state is None else (state[0], state[3])


def tokens(store, *limits):
    return [
        bucket.tokens(state, 0)
        for (_, bucket), state in zip(limits, store.states(limits, (), 0), strict=True)
    ]


def test_of_two_slots_each_gives_as_many_as_the_scarcer_has(make):
    store, quotas = make(), [(QUOTA, Quota(100, "DAY"))]
    plan, stage = (PLAN, TokenBucket(0, 50)), (STAGE, TokenBucket(0, 30))
    assert store.take_some([plan, stage], quotas, 0, 40) == (30, None, DAY)
    assert (tokens(store, plan, stage), used(store)) == ([20, 0], (30, 30))
    assert store.take_some([plan], quotas, 0, 40) == (20, None, DAY)
    assert store.take_some([stage, plan], quotas, 0, 40) == (0, STAGE, -1)
    assert (tokens(store, plan, stage), used(store)) == ([0, 0], (50, 50))


@pytest.mark.parametrize(
    ("empty", "refusing"),
    [
        pytest.param({"c"}, "c", id="one of the first slot"),
        pytest.param({"b"}, "b", id="one of the second slot"),
        pytest.param({"b", "c"}, "b", id="one of each: the first in order"),
        pytest.param({"a", "b", "c"}, "a", id="all"),
    ],
)
def test_the_first_limit_in_order_refuses_and_nothing_stays_taken(make, empty, refusing):
    store = make()
    names = {"a": PLAN, "b": STAGE, "c": "plan:p:k:other"}
    limits = [(name, TokenBucket(0, 0 if key in empty else 9)) for key, name in names.items()]
    assert store.take_some(limits, [(QUOTA, Quota(100, "DAY"))], 0, 5) == (0, names[refusing], -1)
    assert tokens(store, *limits) == [0 if key in empty else 9 for key in names]
    assert used(store) == (0, 0)


def test_threads_over_two_slots_take_together_never_more_than_the_limits_say(make):
    store, taken = make(), []
    plan, stage, quotas = (
        (PLAN, TokenBucket(0, 900)),
        (STAGE, TokenBucket(0, 700)),
        [(QUOTA, Quota(800, "DAY"))],
    )

    def take(seed):
        chance = random.Random(seed)
        for _ in range(60):
            order = [plan, stage] if chance.random() < 0.5 else [stage, plan]
            taken.append(store.take_some(order, quotas, 0, chance.randrange(1, 30))[0])

    threads = [threading.Thread(target=take, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken.append(store.take_some([plan, stage], quotas, 0, 1000)[0])
    assert sum(taken) == 700
    assert (tokens(store, plan, stage), used(store)[0]) == ([200, 0], 700)


# ---------------------------------------------------------------- slots that move


def test_a_slot_that_moves_is_followed_while_it_moves_and_afterwards(make):
    store = make()
    name, other = apart(store)
    number = slot(store, name)
    there = store._nodes._having(slot(store, other))
    nodes = {node.port: node for node in shared_cluster().nodes}
    source, target = nodes[store._nodes._having(number).port], nodes[there.port]
    limits = [(name, TokenBucket(0, 5))]
    assert store.admit(limits, (), 0) is None
    with source.client() as leaving, target.client() as arriving:
        ids = [one.execute_command("CLUSTER", "MYID") for one in (leaving, arriving)]
        arriving.execute_command("CLUSTER", "SETSLOT", number, "IMPORTING", ids[0])
        leaving.execute_command("CLUSTER", "SETSLOT", number, "MIGRATING", ids[1])
        assert store.admit(limits, (), 0) is None, "the key is still here"
        for key in leaving.execute_command("CLUSTER", "GETKEYSINSLOT", number, 100):
            leaving.execute_command("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
        assert store.admit(limits, (), 0) is None, "the key is there, the slot is not yet"
        for one in (arriving, leaving):
            one.execute_command("CLUSTER", "SETSLOT", number, "NODE", ids[1])
    assert store.admit(limits, (), 0) is None, "the slot is there"
    assert store.admit(limits, (), 0) is None, "and known to be there"
    assert store.admit(limits, (), 0) == name
    assert store._nodes._having(number).port == target.port


def test_a_server_that_is_no_cluster_is_unavailable(make):
    from stores.redis_server import shared_server

    store = RedisStore.from_url(f"redis+cluster://127.0.0.1:{shared_server().port}/?timeout=5")
    with pytest.raises(StoreUnavailable):
        store.admit([(PLAN, ONE)], (), 0)
    store.close()


def test_one_node_that_answers_is_enough_to_learn_the_others():
    node = random.Random(1).choice(shared_cluster().nodes)
    store = RedisStore.from_url(
        f"redis+cluster://127.0.0.1:1,127.0.0.1:{node.port}/?timeout=5&prefix={own_prefix()}"
    )
    for number in range(30):
        assert store.admit([(f"stage:api:s{number}:/GET", ONE)], (), 0) is None
    assert len([server for server in store._nodes._servers.values() if server._idle]) == 3
    store.close()


def test_a_cluster_has_one_database():
    with pytest.raises(ConfigError, match="database 0"):
        RedisStore.from_url("redis+cluster://h/1")


# ---------------------------------------------------------------- nodes that fail


@pytest.fixture
def cluster():
    """A cluster of the test's own."""
    started = RedisCluster()
    yield started
    started.stop()


def test_the_slots_of_a_node_that_is_killed_are_unavailable_until_somebody_has_them(cluster):
    store = RedisStore.from_url(cluster.url(prefix="wg", timeout=2, clock="caller"))
    here, gone = apart(store)
    both, number = [(here, PLENTY), (gone, PLENTY)], slot(store, gone)
    port = store._nodes._having(number).port
    node = next(node for node in cluster.nodes if node.port == port)
    others = [other for other in cluster.nodes if other is not node]
    for other in others:
        with other.client() as client:
            client.config_set("cluster-require-full-coverage", "no")
    assert store.admit(both, (), 0) is None
    node.kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.admit(both, (), 0)
    [state] = store.states([(here, PLENTY)], (), 0)
    assert state[0] == 999 * 10**12, "what was taken for the decisions that failed was given back"
    with others[0].client() as taking, others[1].client() as informed:
        heir = taking.execute_command("CLUSTER", "MYID")
        with pytest.raises(StoreUnavailable):
            store.admit([(gone, PLENTY)], (), 0)
        for one in (taking, informed):
            one.execute_command("CLUSTER", "SETSLOT", number, "NODE", heir)
    assert store.admit(both, (), 0) is None, "whoever has it now is found"
    store.close()


def test_a_node_that_is_killed_lets_the_others_keep_what_they_have(cluster):
    store = RedisStore.from_url(cluster.url(prefix="wg", timeout=2, clock="caller"))
    store._nodes._learnt()
    names = [f"stage:api:s{number}:/GET" for number in range(50)]
    nodes = [store._nodes._having(store._counter(name)[1]).port for name in names]
    gone = names[next(place for place, port in enumerate(nodes) if port != nodes[0])]
    both = [(names[0], TokenBucket(0, 9)), (gone, TokenBucket(0, 9))]
    for node in cluster.nodes:
        with node.client() as client:
            client.config_set("cluster-require-full-coverage", "no")
    assert store.take_some(both, (), 0, 2) == (2, None, -1)
    next(node for node in cluster.nodes if node.port == nodes[names.index(gone)]).kill()
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.take_some(both, (), 0, 5)
    assert tokens(store, both[0]) == [7]
    store.close()
