"""The scripts decide exactly as the arithmetic of wsgi_gateway.usage, state by state, however large."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND
from stores.redis_server import redis_store

from wsgi_gateway.usage import Quota, TokenBucket

MOST = 2**53
RATES = st.one_of(
    st.sampled_from([0, 0.1, 0.000001, 0.3, 1, 7.000001, 1e6, 999999.999999, 10**9]),
    st.integers(1, 10**15).map(lambda micro: float(f"{micro // 10**6}.{micro % 10**6:06}")),
)
SIZES = st.one_of(st.integers(0, 5), st.integers(0, MOST), st.sampled_from([MOST, MOST - 1, 10**15 + 1]))
STEPS = st.one_of(
    st.integers(0, 3),
    st.integers(0, 5 * SECOND),
    st.integers(-12 * SECOND, 0),
    st.integers(-2, 40).map(lambda days: days * DAY),
    st.integers(-3 * DAY, 40 * DAY),
    st.integers(-MOST, MOST),
)
BUCKETS = st.builds(TokenBucket, RATES, SIZES)
QUOTAS = st.builds(
    Quota, SIZES, st.sampled_from(["DAY", "WEEK", "MONTH"]), st.one_of(st.just(0), st.integers(0, 4), SIZES)
)
MANY = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def new_name():
    """Names of counters that were never used, and the store they are in."""
    store, names = redis_store(), iter(range(10**9))
    yield store, lambda: f"plan:p:{next(names)}"
    store.close()


class Model:
    """The arithmetic, applied to one state after the other."""

    def __init__(self):
        self.states, self.days = {}, {}

    def admit(self, limits, now):
        after = {}
        for name, rule in limits:
            admitted, after[name] = rule.take(self.states.get(name), now)
            if not admitted:
                self.put(name, rule, after[name])
                return name
        for name, rule in limits:
            self.put(name, rule, after[name])
        return None

    def put(self, name, rule, state):
        if isinstance(rule, Quota):
            filed = rule.filed(self.states.get(name), state)
            if filed:
                self.days.setdefault(name, {})[filed[0]] = filed[1:]
        self.states[name] = state

    def usage(self, name, quota):
        days = dict(self.days.get(name, ()))
        if name in self.states and self.states[name][3]:
            used, _, day, admitted = self.states[name]
            days[day] = (admitted, max(0, quota.limit - used))
        return days


@MANY
@given(
    st.lists(BUCKETS, max_size=2),
    st.lists(QUOTAS, max_size=2),
    st.integers(0, MOST - 1),
    st.lists(STEPS, min_size=1, max_size=40),
)
@example([TokenBucket(0.000001, MOST)], [], 0, [MOST - 1])
@example([TokenBucket(10**9, MOST), TokenBucket(10**9 - 0.5, MOST)], [], 0, [1, SECOND - 1, 999_999 * SECOND])
@example([TokenBucket(0.999999, 2)], [], 999_999, [1, 999_999, 2, 999_998, 1_000_001, 1])
def test_every_decision_and_every_state_is_that_of_the_arithmetic(new_name, buckets, quotas, now, steps):
    store, name = new_name
    buckets = [(f"{name()}:throttle", bucket) for bucket in buckets]
    quotas = [(f"{name()}:quota", quota) for quota in quotas]
    limits, model = [*buckets, *quotas], Model()
    for step in steps:
        now = min(max(0, now + step), MOST - 1)
        assert store.admit(buckets, quotas, now) == model.admit(limits, now)
        assert store.states(buckets, quotas, now) == [model.states.get(name) for name, _ in limits]


@MANY
@given(
    BUCKETS,
    st.integers(0, MOST - 1),
    st.lists(st.tuples(SIZES, STEPS), min_size=1, max_size=30),
)
@example(TokenBucket(0.999999, 1), 0, [(MOST, 9_007_199_254 * SECOND)])
@example(TokenBucket(10**9 - 0.000001, 1), 1, [(MOST, 9_000_000 * SECOND - 1), (MOST, 999_999)])
def test_a_level_anywhere_is_refilled_exactly(new_name, bucket, now, bursts):
    """Bursts that change under a counter bring its level to where takes alone would need years."""
    store, new = new_name
    name, model = new(), Model()
    for burst, step in [(bucket.burst_limit, 0), *bursts]:
        now = min(max(0, now + step), MOST - 1)
        limit = TokenBucket(bucket.rate_limit, burst)
        told = []
        assert store.admit([(name, limit)], (), now, told) == model.admit([(name, limit)], now)
        assert told == [model.states[name]]


@MANY
@given(QUOTAS, st.integers(0, 200 * 365 * DAY), st.lists(st.integers(-2 * DAY, 20 * DAY), max_size=50))
def test_usage_by_day_is_that_of_the_arithmetic(new_name, quota, now, steps):
    store, new = new_name
    name, model = new(), Model()
    for step in steps:
        now = max(0, now + step)
        assert store.admit((), [(name, quota)], now) == model.admit([(name, quota)], now)
    last = model.states[name][2] if steps else 0
    expected = {day: both for day, both in sorted(model.usage(name, quota).items()) if day > last - 99}
    assert store.usage(name, quota, last - 98, last, now) == expected


@MANY
@given(QUOTAS, st.integers(-MOST, MOST), st.integers(0, MOST - 1), st.lists(STEPS, min_size=1, max_size=8))
def test_a_quota_that_was_set_goes_on_as_the_arithmetic_says(new_name, quota, used, now, steps):
    store, new = new_name
    name, model = new(), Model()
    used = max(quota.limit - MOST, used)
    for step in steps:
        model.put(name, quota, (used, *quota.present(model.states.get(name), now)[1:]))
        store.set_used(name, quota, used, now)
        now = min(max(0, now + step), MOST - 1)
        assert store.admit((), [(name, quota)], now) == model.admit([(name, quota)], now)
        assert store.states((), [(name, quota)], now) == [model.states[name]]


@pytest.mark.parametrize("period", ["DAY", "WEEK", "MONTH"])
def test_periods_end_where_the_calendar_says_on_every_day_of_fifty_years_and_around_centuries(
    new_name, period
):
    store, new = new_name
    quota = Quota(10, period)
    eve = [int(datetime(year, 2, 27, tzinfo=UTC).timestamp()) // 86400 for year in (2096, 2100, 2200, 2254)]
    days = [*range(0, 18_500, 3), *(day + n for day in eve for n in range(5)), *range(10_950, 12_050)]
    for day in days:
        told, now = [], day * DAY + (day % 2) * (DAY - 1)
        store.admit((), [(new(), quota)], now, told)
        assert told[0][1] == quota.period_end(now), day


@pytest.mark.parametrize(
    ("larger", "taken_for"),
    [
        pytest.param(Quota(10**30, "DAY"), Quota(MOST, "DAY"), id="a limit of 10 to the 30"),
        pytest.param(Quota(MOST, "DAY", 10**30), Quota(MOST, "DAY", MOST), id="an offset of 10 to the 30"),
    ],
)
def test_a_quota_too_large_to_be_exact_is_taken_for_the_largest_that_is(new_name, larger, taken_for):
    store, new = new_name
    name, model = new(), Model()
    for now in (0, 1, DAY - 1, DAY):
        assert store.admit((), [(name, larger)], now) == model.admit([(name, taken_for)], now)
    assert store.states((), [(name, larger)], now) == [model.states[name]]


@pytest.mark.parametrize(
    ("rate", "burst", "taken_for"),
    [
        pytest.param(10**12 + 0.1, MOST, TokenBucket(10**9, MOST), id="a rate of a million million"),
        pytest.param(0.5, 10**30, TokenBucket(0.5, MOST), id="a burst of 10 to the 30"),
    ],
)
def test_a_bucket_too_large_to_be_exact_is_taken_for_the_largest_that_is(new_name, rate, burst, taken_for):
    store, new = new_name
    name, model = new(), Model()
    assert store.admit([(name, TokenBucket(rate, 1))], (), 0) is None
    assert model.admit([(name, TokenBucket(rate, 1))], 0) is None
    for now in (1, 3, SECOND, DAY - 1):
        limits = [(name, TokenBucket(rate, burst))]
        assert store.admit(limits, (), now) == model.admit([(name, taken_for)], now)
    assert store.states(limits, (), now) == [model.states[name]]


@pytest.mark.parametrize(
    ("used", "counted"),
    [
        pytest.param(10**30, MOST, id="more than can be counted"),
        pytest.param(-(10**30), 5 - MOST, id="an extension by more than can be counted"),
    ],
)
def test_what_is_used_of_a_quota_stays_a_number_that_is_exact(new_name, used, counted):
    store, new = new_name
    name, quota = new(), Quota(5, "DAY")
    store.set_used(name, quota, used, 0)
    assert store.states((), [(name, quota)], 0) == [(counted, DAY, 0, 0)]


@pytest.mark.parametrize(
    ("back", "admitted"),
    [
        pytest.param(10 * SECOND, False, id="ten seconds: the bucket waits"),
        pytest.param(10 * SECOND + 1, True, id="a microsecond more: the clock was set"),
        pytest.param(11 * SECOND, True, id="eleven seconds: the clock was set"),
    ],
)
def test_a_step_back_of_the_clock_is_jitter_or_a_new_time(new_name, back, admitted):
    store, new = new_name
    limits, now = [(new(), TokenBucket(1, 1))], 100 * SECOND
    assert store.admit(limits, (), now) is None
    assert store.admit(limits, (), now - back) is not None
    assert (store.admit(limits, (), now - back + SECOND) is None) is admitted
    assert store.admit(limits, (), now + SECOND) is None
