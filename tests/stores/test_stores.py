"""What every store must do, run over each of them: one suite, so that no store can be a little different."""

from __future__ import annotations

import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores.every_store import DAY, SECOND, every_store, left

from wsgi_gateway.usage import Quota, TokenBucket

ONE_EACH_SECOND = TokenBucket(rate_limit=1, burst_limit=1)
NEVER_AGAIN = TokenBucket(rate_limit=0, burst_limit=1)
PLENTY = TokenBucket(rate_limit=0, burst_limit=1000)

pytestmark = every_store


@pytest.fixture
def threads_that_change_often():
    """Let threads interrupt each other after some bytecodes, not after milliseconds."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_admits_until_a_bucket_is_empty_and_again_when_it_has_refilled(store):
    limits = [("b", ONE_EACH_SECOND)]
    assert [store.admit(limits, (), now) for now in (0, 1, SECOND - 1, SECOND)] == [None, "b", "b", None]


def test_admits_until_a_quota_is_used_up_and_again_in_the_next_period(store):
    limits = [("q", Quota(2, "DAY"))]
    assert [store.admit((), limits, now) for now in (0, 1, 2, DAY - 1, DAY)] == [None, None, "q", "q", None]


def test_no_limits_admit(store):
    assert store.admit((), (), 0) is None


def test_counters_of_different_names_do_not_meet(store):
    for name in ("a", "b", "ab", "a:b", "ä", ""):
        assert store.admit([(name, NEVER_AGAIN)], [("q" + name, Quota(1, "DAY"))], 0) is None


@pytest.mark.parametrize(
    ("empty", "refusing"),
    [
        pytest.param({"b1", "b2", "q1", "q2"}, "b1", id="the first bucket when all are empty"),
        pytest.param({"b2", "q1"}, "b2", id="the second bucket before a quota"),
        pytest.param({"q1", "q2"}, "q1", id="the first quota when the buckets have tokens"),
        pytest.param({"q2"}, "q2", id="the last quota"),
    ],
)
def test_names_the_first_limit_that_refuses(store, empty, refusing):
    buckets = [(name, TokenBucket(0, 0 if name in empty else 9)) for name in ("b1", "b2")]
    quotas = [(name, Quota(0 if name in empty else 9, "DAY")) for name in ("q1", "q2")]
    assert store.admit(buckets, quotas, 0) == refusing


@pytest.mark.parametrize(
    ("wall", "full"),
    [
        pytest.param([("wall", TokenBucket(0, 0))], [], id="when a bucket refuses"),
        pytest.param([], [("full", Quota(0, "DAY"))], id="when a quota refuses"),
    ],
)
def test_a_refusal_takes_nothing_from_any_limit(store, wall, full):
    buckets = [(name, TokenBucket(0, 3)) for name in ("b1", "b2")]
    quotas = [(name, Quota(3, "DAY")) for name in ("q1", "q2")]
    for _ in range(10):
        assert store.admit([*buckets, *wall], [*quotas, *full], 0) in ("wall", "full")
    assert [store.admit(buckets, quotas, 0) for _ in range(4)] == [None, None, None, "b1"]
    assert [left(store, name, quota, 0) for name, quota in quotas] == [0, 0]


def test_tells_what_is_left_of_a_quota_without_using_it(store):
    quota = Quota(3, "DAY")
    told = [left(store, "q", quota, 0), left(store, "q", quota, 0)]
    store.admit((), [("q", quota)], 0)
    told += [left(store, "q", quota, 0), left(store, "q", quota, DAY)]
    assert told == [3, 3, 2, 3]


def test_tells_that_nothing_is_left_and_never_less(store):
    assert left(store, "q", Quota(2, "DAY", offset=5), 0) == 0


def test_an_offset_holds_in_the_first_period_of_a_counter_only(store):
    limits = [("q", Quota(3, "DAY", offset=2))]
    first = [store.admit((), limits, 5 * DAY) for _ in range(3)]
    later = [store.admit((), limits, 60 * DAY) for _ in range(4)]
    assert (first.count(None), later.count(None)) == (1, 3)


def test_an_offset_above_the_limit_is_over_with_the_first_period(store):
    limits = [("q", Quota(1, "DAY", offset=9))]
    assert [store.admit((), limits, now) for now in (0, 1, DAY)] == ["q", "q", None]


def test_a_clock_that_goes_back_opens_no_new_period(store):
    limits = [("q", Quota(1, "DAY"))]
    assert [store.admit((), limits, now) for now in (DAY - 1, DAY, DAY - 1, 0, DAY + 1)] == [
        None,
        None,
        "q",
        "q",
        "q",
    ]


def test_a_clock_set_back_by_an_hour_does_not_starve_a_bucket(store):
    limits, hour = [("b", ONE_EACH_SECOND)], 3600 * SECOND
    assert [store.admit(limits, (), now) for now in (hour, 0, SECOND)] == [None, "b", None]


def test_limits_may_change_under_a_counter(store):
    assert store.admit([("b", TokenBucket(0, 5))], [("q", Quota(5, "DAY"))], 0) is None
    assert store.admit([("b", TokenBucket(0, 5))], [("q", Quota(1, "DAY"))], 0) == "q"
    assert store.admit([("b", TokenBucket(0, 5))], [("q", Quota(2, "DAY"))], 0) is None
    assert store.admit([("b", TokenBucket(0, 0))], (), 0) == "b"


def test_large_numbers_are_counted_exactly(store):
    bucket, quota = TokenBucket(0.1, 2**53), Quota(2**53, "MONTH", offset=2**53 - 2)
    assert [store.admit([("b", bucket)], [("q", quota)], 0) for _ in range(3)] == [None, None, "q"]
    assert left(store, "q", quota, 0) == 0


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param(([("b", TokenBucket(0, 500))], []), id="a bucket"),
        pytest.param(([], [("q", Quota(500, "DAY"))]), id="a quota"),
        pytest.param(
            ([("b", TokenBucket(0, 900))], [("q", Quota(500, "DAY"))]), id="a quota behind a bucket"
        ),
    ],
)
@pytest.mark.usefixtures("threads_that_change_often")
def test_threads_together_are_admitted_exactly_as_often_as_the_limit_says(store, limits):
    admitted, start = [], threading.Barrier(8)

    def ask():
        start.wait()
        admitted.append(sum(store.admit(*limits, 0) is None for _ in range(200)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == 500


NAMES = st.sampled_from(["a", "b", "c"])
REQUESTS = st.lists(
    st.tuples(
        st.lists(NAMES, max_size=3, unique=True),
        st.lists(NAMES, max_size=3, unique=True),
        st.integers(0, 4 * SECOND),
    ),
    max_size=60,
)


@given(REQUESTS, st.integers(0, 4), st.integers(0, 12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_decides_as_the_arithmetic_applied_to_one_state_after_the_other(make_store, requests, burst, limit):
    store, states = make_store(), {}
    bucket, quota, now = TokenBucket(0.5, burst), Quota(limit, "DAY"), DAY - 60 * SECOND
    for bucket_names, quota_names, step in requests:
        now += step
        buckets = [("bucket " + name, bucket) for name in bucket_names]
        quotas = [("quota " + name, quota) for name in quota_names]
        after, refused = {}, None
        for name, rule in [*buckets, *quotas]:
            admitted, after[name] = rule.take(states.get(name), now)
            if not admitted:
                refused = name
                break
        assert store.admit(buckets, quotas, now) == refused
        if refused is None:
            states.update(after)


def test_a_closed_store_admits_nobody(store):
    store.close()
    with pytest.raises(Exception, match="closed"):
        store.admit([("b", PLENTY)], (), 0)
    with pytest.raises(Exception, match="closed"):
        store.states((), [("q", Quota(1, "DAY"))], 0)


def test_closing_twice_is_harmless(store):
    store.close()
    store.close()


def test_says_whether_processes_share_it(store):
    assert isinstance(store.shared_between_processes, bool)
