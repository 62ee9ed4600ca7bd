"""Many taken at once from Redis, and given back: exactly as the arithmetic says, and by whichever clock."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND, left
from stores.redis_server import (
    Proxy,
    RedisServer,
    own_prefix,
    redis_cluster_store,
    redis_store,
    shared_server,
)
from stores.test_redis_arithmetic import BUCKETS, MOST, QUOTAS, STEPS, Model
from stores.test_redis_faults import Spoiler

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.stores.redis_connection import packed
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.typing import LeasingStore
from wsgi_gateway.usage import Quota, TokenBucket

PLAN, STAGE, QUOTA = "plan:p:k:throttle", "stage:api:dev:/pets/GET", "plan:p:k:quota:DAY"
WANTED = st.one_of(st.integers(0, 12), st.integers(0, 10_000), st.integers(0, MOST))
ACTS = st.lists(
    st.tuples(st.sampled_from(["admit", "take", "take", "put back"]), STEPS, WANTED), min_size=1, max_size=30
)
MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture
def make():
    stores = []

    def make_store(maker=redis_store, **options):
        stores.append(maker(**options))
        return stores[-1]

    yield make_store
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def new_name():
    """Names of counters that were never used, and the store they are in."""
    store, names = redis_store(), iter(range(10**9))
    yield store, lambda: f"plan:p:{next(names)}"
    store.close()


# ---------------------------------------------------------------- the arithmetic


class LeasingModel(Model):
    """The arithmetic of many at once, applied to one state after the other."""

    def take_some(self, limits, now, wanted):
        count = wanted
        for name, rule in limits:
            count, after = rule.take_some(self.states.get(name), now, count)
            if not count:
                self.put(name, rule, after)
                return 0, name, -1
        for name, rule in limits:
            self.put(name, rule, rule.take_some(self.states.get(name), now, count)[1])
        ends = [self.states[name][1] for name, rule in limits if isinstance(rule, Quota)]
        return count, None, max(0, min(ends) - now) if ends else -1

    def put_back(self, quotas, count, taken_at):
        for name, quota in quotas:
            self.states[name] = quota.put_back(self.states.get(name), count, taken_at)


@MANY
@given(st.lists(BUCKETS, max_size=2), st.lists(QUOTAS, max_size=2), st.integers(0, MOST - 1), ACTS)
@example([TokenBucket(0, MOST)], [Quota(MOST, "DAY")], 0, [("take", 0, MOST), ("put back", 0, MOST - 1)])
@example([TokenBucket(7, 5)], [Quota(3, "WEEK", 1)], DAY, [("take", 0, 9), ("put back", 9 * DAY, 1)])
@example([], [Quota(5, "DAY")], 0, [("take", 0, 1), ("put back", 0, 9), ("put back", 0, MOST - 8)])
def test_every_taking_and_giving_back_leaves_the_state_of_the_arithmetic(
    new_name, buckets, quotas, now, acts
):
    store, name = new_name
    buckets = [(f"{name()}:throttle", bucket) for bucket in buckets]
    quotas = [(f"{name()}:quota", quota) for quota in quotas]
    limits, model, back = [*buckets, *quotas], LeasingModel(), 0
    for act, step, wanted in acts:
        now = min(max(0, now + step), MOST - 1)
        if act == "take":
            expected = model.take_some(limits, now, wanted) if limits else (wanted, None, -1)
            assert store.take_some(buckets, quotas, now, wanted) == expected
        elif act == "admit":
            assert store.admit(buckets, quotas, now) == model.admit(limits, now)
        elif back + wanted <= MOST:
            back += wanted
            store.put_back(quotas, wanted, now)
            model.put_back(quotas, wanted, now)
        assert store.states(buckets, quotas, now) == [model.states.get(name) for name, _ in limits]


def test_what_is_used_stays_a_number_that_is_exact_however_much_is_given_back(new_name):
    store, name = new_name
    quotas = [(name(), Quota(5, "DAY"))]
    store.take_some((), quotas, 0, 5)
    for expected in (5 - MOST, -MOST):
        store.put_back(quotas, 10 * MOST, 0)
        assert store.states((), quotas, 0) == [(expected, DAY, 0, 0)]


def test_nobody_takes_more_at_once_than_can_be_counted_exactly(new_name):
    store, name = new_name
    name = name()
    store.set_used(name, Quota(5, "DAY"), -(10**30), 0)
    assert store.take_some((), [(name, Quota(MOST, "DAY"))], 0, 10**30) == (MOST, None, DAY)
    assert store.states((), [(name, Quota(MOST, "DAY"))], 0) == [(5, DAY, 0, MOST)]


SMALL = st.one_of(st.integers(0, 40), st.integers(0, 20_000))
ONWARD = st.one_of(st.integers(0, 3 * SECOND), st.integers(0, 20 * DAY))


@pytest.mark.parametrize(
    "maker",
    [
        pytest.param(redis_store, id="in Redis"),
        pytest.param(redis_cluster_store, id="in three slots of a cluster"),
    ],
)
@settings(max_examples=80, deadline=None)
@given(
    st.tuples(SMALL, SMALL, SMALL),
    st.tuples(SMALL, st.sampled_from(["DAY", "WEEK", "MONTH"])),
    st.lists(
        st.tuples(
            st.sampled_from(["admit", "take", "take", "put back"]),
            ONWARD,
            st.integers(1, 10_000),
            st.permutations([0, 1, 2]),
            st.booleans(),
        ),
        max_size=15,
    ),
)
def test_decides_as_in_memory(maker, bursts, quota, acts):
    store, memory, now, taken = maker(), MemoryStore(), 0, []
    names, quota = [STAGE, PLAN, "stage:api:other:/GET"], Quota(*quota)
    for act, step, wanted, order, with_quota in acts:
        now += step
        buckets = [(names[place], TokenBucket(0.5, bursts[place])) for place in order]
        quotas = [(QUOTA, quota)] if with_quota else []
        if act == "take":
            answer = store.take_some(buckets, quotas, now, wanted)
            assert answer == memory.take_some(buckets, quotas, now, wanted)
            taken.append((quotas, answer[0], now))
        elif act == "admit":
            assert store.admit(buckets, quotas, now) == memory.admit(buckets, quotas, now)
        elif taken:
            quotas, count, taken_at = taken.pop()
            if maker is redis_cluster_store and taken_at // DAY != now // DAY:
                # A refusal in another slot may have closed that day here already, and not in memory.
                continue
            assert store.put_back(quotas, min(count, wanted), taken_at) is None
            memory.put_back(quotas, min(count, wanted), taken_at)
        for name, bucket in buckets:
            here, there = (one.states([(name, bucket)], (), now)[0] for one in (store, memory))
            assert bucket.tokens(here, now) == bucket.tokens(there, now)
        assert left(store, QUOTA, quota, now) == left(memory, QUOTA, quota, now)
    days = (QUOTA, quota, now // DAY - 90, now // DAY, now)
    assert store.usage(*days) == memory.usage(*days)
    store.close()


def test_it_is_a_store_that_leases(make):
    assert isinstance(make(), LeasingStore)


# ---------------------------------------------------------------- messages


def test_under_faults_nobody_gets_what_another_one_took(make):
    spoil, wrong, failed = Spoiler(seed=11, wait=0.1), [], 0
    with Proxy(shared_server().port, spoil) as proxy:
        store = RedisStore.from_url(
            f"redis://127.0.0.1:{proxy.port}/?timeout=0.04&clock=caller&prefix={own_prefix()}"
        )
        for number in range(1500):
            try:
                count, name, _ = store.take_some([(f"n{number}", TokenBucket(0, number))], (), number, 10_000)
            except StoreUnavailable:
                failed += 1
                continue
            if count != number or (name is None) is (count == 0):
                wrong.append((number, count, name))
        store.close()
    assert wrong == []
    assert failed > 50


def test_a_key_that_holds_something_else_makes_the_store_unavailable_and_takes_nothing(make):
    store = make()
    with shared_server().client() as client:
        client.rpush(f"{store._url.prefix}:count:{{plan:p:k}}:quota:DAY", "x")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        store.take_some([(PLAN, TokenBucket(0, 5))], [(QUOTA, Quota(5, "DAY"))], 0, 3)
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        store.put_back([(QUOTA, Quota(5, "DAY"))], 3, 0)
    assert store.states([(PLAN, TokenBucket(0, 5))], (), 0) == [None]


def test_a_closed_store_neither_takes_nor_gives_back(make):
    store = make()
    store.close()
    for limits in ((), [(QUOTA, Quota(5, "DAY"))]):
        with pytest.raises(RuntimeError, match="closed"):
            store.take_some((), limits, 0, 1)
        with pytest.raises(RuntimeError, match="closed"):
            store.put_back(limits, 1, 0)


# ---------------------------------------------------------------- two clocks


@pytest.mark.parametrize(
    "ahead",
    [
        pytest.param(0, id="right"),
        pytest.param(-40 * DAY, id="forty days behind"),
        pytest.param(400 * DAY, id="a year ahead"),
    ],
)
def test_by_the_servers_clock_it_holds_until_the_period_ends_and_comes_back_whatever_the_gateways_says(
    make, ahead
):
    store, quotas = make(clock="server"), [(QUOTA, Quota(100, "MONTH"))]
    with shared_server().grown_up().client() as client:
        seconds, microseconds = client.time()
        before = seconds * SECOND + microseconds
        count, _, valid = store.take_some((), quotas, before + ahead, 60)
        seconds, microseconds = client.time()
    [state] = store.states((), quotas, 0)
    assert count == 60
    assert before <= state[1] - valid <= seconds * SECOND + microseconds
    store.put_back(quotas, 50, before + ahead)
    # Unless a month has begun just now, or begins within the second.
    assert store.states((), quotas, 0)[0][0] in ((10,) if valid > 3 * SECOND else (10, 60))


def at_times(store, clock):
    """A store whose server's clock is ``clock[0]``."""
    store._time = lambda now: packed(*divmod(clock[0], SECOND))
    return store


@pytest.mark.parametrize("period", ["DAY", "MONTH"])
@pytest.mark.parametrize("seed", range(8))
def test_around_the_end_of_a_period_no_gateway_with_a_wrong_clock_gives_back_into_the_next(
    make, period, seed
):
    chance, quota, prefix = random.Random(seed), Quota(200, period), own_prefix()
    clock, end = [0], quota.period_end(0)
    # A clock may be wrong, run a little unevenly, and be set once.
    gateways = [
        (
            at_times(make(clock="server", prefix=prefix), clock),
            [ahead * SECOND + chance.randrange(SECOND)],
            [],
        )
        for ahead in (0, 3600, -3600, 90_000, -90_000)
    ]
    clock[0], spent = end - 20 * SECOND, {0: 0, 1: 0}
    while clock[0] < end + 20 * SECOND:
        store, ahead, leases = chance.choice(gateways)
        ahead[0] += chance.choice([0] * 50 + [1000, -1000, SECOND, -7200 * SECOND, 7200 * SECOND])
        now = clock[0] + ahead[0]
        count, _, _ = store.take_some((), [(QUOTA, quota)], now, chance.randrange(1, 40))
        leases.append((clock[0] >= end, count, now))
        clock[0] += chance.randrange(SECOND // 4)
        if leases and chance.random() < 0.6:
            later, count, taken_at = leases.pop(chance.randrange(len(leases)))
            unused = chance.randrange(count + 1)
            store.put_back([(QUOTA, quota)], unused, taken_at)
            spent[later] += count - unused
    for _, _, leases in gateways:
        for later, count, _ in leases:
            spent[later] += count
    assert max(spent.values()) <= 200


@pytest.mark.parametrize("ahead", [1, 300_000, 999_999, SECOND, -1, -SECOND])
def test_what_was_taken_in_the_last_microsecond_of_a_period_does_not_come_back_in_the_next(make, ahead):
    clock, quotas = [DAY - 1], [(QUOTA, Quota(9, "DAY"))]
    store = at_times(make(clock="server"), clock)
    assert store.take_some((), quotas, DAY - 1 + ahead, 5) == (5, None, 1)
    clock[0] = DAY
    assert store.take_some((), quotas, DAY + ahead, 4) == (4, None, DAY)
    store.put_back(quotas, 5, DAY - 1 + ahead)
    assert store.states((), quotas, 0)[0][0] == 4


def test_what_a_gateway_never_took_it_cannot_give_back_by_its_own_clock(make):
    prefix, quotas = own_prefix(), [(QUOTA, Quota(9, "MONTH"))]
    one, other = (make(clock="server", prefix=prefix) for _ in range(2))
    with shared_server().client() as client:
        now = client.time()[0] * SECOND
    one.take_some((), quotas, now, 5)
    other.put_back(quotas, 5, now)
    assert one.states((), quotas, 0)[0][0] == 5


def test_a_server_that_was_started_anew_gets_nothing_back():
    server = RedisServer()
    try:
        store = RedisStore.from_url(server.url(timeout=10))
        quota = [("plan:p:k:quota:MONTH", Quota(1_000, "MONTH"))]
        taken_at = int(time.time() * 1_000_000)
        assert store.take_some((), quota, taken_at, 500)[0] == 500
        server.kill()
        server.start_again()
        fresh = RedisStore.from_url(server.url(timeout=10))
        assert fresh.take_some((), quota, int(time.time() * 1_000_000), 100)[0] == 100
        store.put_back(quota, 400, taken_at)
        [state] = fresh.states((), quota, 0)
        assert state[0] == 100
        fresh.close()
        store.close()
    finally:
        server.stop()


@pytest.mark.parametrize("clock", ["caller", "server"])
def test_what_was_taken_before_a_quota_was_set_does_not_come_back_to_it(make, clock):
    store, quotas = make(clock=clock), [(QUOTA, Quota(1_000, "MONTH"))]
    with shared_server().grown_up().client() as client:
        now = client.time()[0] * SECOND
    store.take_some((), quotas, now, 500)
    store.set_used(*quotas[0], 200, now)
    store.put_back(quotas, 400, now)
    assert store.states((), quotas, now)[0][0] == 200
    assert store.usage(*quotas[0], 0, 10**6, now) == {now // DAY: (500, 800)}


def test_what_was_taken_after_a_quota_was_set_comes_back(make):
    store, quotas = make(), [(QUOTA, Quota(1_000, "MONTH"))]
    store.set_used(*quotas[0], 200, DAY)
    store.take_some((), quotas, DAY + SECOND, 500)
    store.put_back(quotas, 400, DAY + SECOND)
    assert store.states((), quotas, DAY + SECOND)[0][0] == 300
