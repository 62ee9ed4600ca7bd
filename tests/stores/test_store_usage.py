"""What every store tells and lets be changed: states, extensions of quotas, usage by day."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND, every_store, left

from wsgi_gateway.usage import Quota, TokenBucket

BUCKET, QUOTA = TokenBucket(1, 5), Quota(3, "DAY")
pytestmark = every_store


def test_an_admission_tells_the_states_of_all_its_limits(store):
    told = []
    assert store.admit([("b", BUCKET)], [("q", QUOTA)], 7, told) is None
    assert [BUCKET.tokens(told[0], 7), QUOTA.remaining(told[1], 7)] == [4, 2]
    assert told == store.states([("b", BUCKET)], [("q", QUOTA)], 7)


def test_a_refusal_tells_them_too(store):
    full = Quota(1, "DAY")
    store.admit((), [("full", full)], 0)
    told = []
    limits = ([("b", BUCKET)], [("full", full)])
    assert store.admit(*limits, 1, told) == "full"
    assert [BUCKET.tokens(told[0], 1), full.remaining(told[1], 1)] == [5, 0]


def test_states_spend_nothing_and_of_a_counter_never_used_there_is_none(store):
    limits = ([("b", BUCKET)], [("q", QUOTA)])
    assert [store.states(*limits, 0) for _ in range(3)] == [[None, None]] * 3
    store.admit(*limits, 0)
    first = store.states(*limits, 0)
    assert store.states(*limits, 0) == first
    assert (BUCKET.tokens(first[0], 0), QUOTA.remaining(first[1], 0)) == (4, 2)


def test_how_long_it_takes_until_a_token_is_there(store):
    bucket = TokenBucket(0.5, 1)
    store.admit([("b", bucket)], (), 0)
    [state] = store.states([("b", bucket)], (), 0)
    wait = bucket.wait(state, 0)
    assert wait == 2 * SECOND
    assert store.admit([("b", bucket)], (), wait - 1) == "b"
    assert store.admit([("b", bucket)], (), wait) is None


@pytest.mark.parametrize("used", [0, 1, 3, -5])
def test_a_quota_can_be_set_for_its_present_period_alone(store, used):
    limits = [("q", QUOTA)]
    while store.admit((), limits, 0) is None:
        pass
    store.set_used("q", QUOTA, used, 1)
    assert left(store, "q", QUOTA, 1) == 3 - used
    assert sum(store.admit((), limits, 2) is None for _ in range(20)) == 3 - used
    assert left(store, "q", QUOTA, DAY) == 3


def test_a_quota_never_used_can_be_set(store):
    store.set_used("q", QUOTA, 2, 0)
    assert [store.admit((), [("q", QUOTA)], now) for now in (0, 1)] == [None, "q"]


def test_usage_is_known_by_day(store):
    quota = Quota(10, "MONTH")
    for day, requests in ((0, 3), (1, 1), (4, 2)):
        for _ in range(requests):
            assert store.admit((), [("q", quota)], day * DAY + 5) is None
    expected = {0: (3, 7), 1: (1, 6), 4: (2, 4)}
    assert store.usage("q", quota, 0, 4, 4 * DAY + 6) == expected
    assert store.usage("q", quota, 1, 3, 4 * DAY + 6) == {1: (1, 6)}
    assert store.usage("other", quota, 0, 4, 4 * DAY) == {}


def test_usage_counts_what_was_admitted_and_nothing_else(store):
    quota = Quota(2, "DAY")
    for now in (0, 1, 2, 3):
        store.admit((), [("q", quota)], now)
    store.admit([("wall", TokenBucket(0, 0))], [("q", quota)], DAY)
    assert store.usage("q", quota, 0, 9, DAY) == {0: (2, 0)}


def test_a_day_of_a_period_that_is_over_stays_on_record(store):
    quota = Quota(5, "DAY")
    for day in range(4):
        store.admit((), [("q", quota)], day * DAY)
    assert store.usage("q", quota, 0, 9, 9 * DAY) == dict.fromkeys(range(4), (1, 4))


def test_usage_of_a_hundred_days_is_known(store):
    quota = Quota(10_000, "MONTH")
    for day in range(150):
        store.admit((), [("q", quota)], day * DAY)
    known = store.usage("q", quota, 0, 149, 149 * DAY)
    assert set(range(50, 150)) <= set(known)
    assert {used for used, _ in known.values()} == {1}


@given(st.lists(st.integers(0, 3 * DAY), max_size=40), st.integers(1, 12), st.sampled_from(["DAY", "WEEK"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_usage_adds_up_to_what_was_admitted(make_store, steps, limit, period):
    store, quota, now, ledger = make_store(), Quota(limit, period), 0, {}
    for step in steps:
        now += step
        if store.admit((), [("q", quota)], now) is None:
            ledger[now // DAY] = ledger.get(now // DAY, 0) + 1
    found = store.usage("q", quota, 0, 10**6, now)
    recent = {day: used for day, used in ledger.items() if day > now // DAY - 99}
    assert {day: used for day, (used, _) in found.items() if day in recent} == recent
