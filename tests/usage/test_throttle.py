from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.config import ThrottleConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.usage.throttle import CLOCK_JITTER, TOKEN, TokenBucket

SECOND = 1_000_000
RATES = st.one_of(
    st.integers(0, 10_000),
    st.integers(1, 10**8).map(lambda n: n / 10**6),
    st.sampled_from([0.1, 0.3, 1 / 3, 2.5, 9999.999999]),
).filter(lambda rate: rate == 0 or rate >= 1e-6)
BURSTS = st.integers(0, 50)
STEPS = st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=60)


def admitted_at(bucket, instants):
    """Which of the instants get a token, in order."""
    state, admitted = None, []
    for now in instants:
        ok, state = bucket.take(state, now)
        if ok:
            admitted.append(now)
    return admitted


class Oracle:
    """The textbook bucket in exact rationals, without a store's concerns."""

    def __init__(self, rate, burst):
        # What is finer than a millionth of a request per second is cut off, and said so.
        self.rate = Fraction(int(Fraction(str(rate)) * 10**6), 10**6)
        self.burst, self.level, self.at = burst, Fraction(burst), None

    def take(self, now):
        if self.at is not None:
            self.level = min(Fraction(self.burst), self.level + self.rate * Fraction(now - self.at, SECOND))
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def instants(steps):
    now, result = 1_700_000_000 * SECOND, []
    for step in steps:
        now += step
        result.append(now)
    return result


@given(RATES, BURSTS, STEPS)
def test_decides_as_a_bucket_of_exact_rationals(rate, burst, steps):
    bucket, oracle, state = TokenBucket(rate, burst), Oracle(rate, burst), None
    for now in instants(steps):
        admitted, state = bucket.take(state, now)
        assert admitted == oracle.take(now)
        assert Fraction(state[0], TOKEN) == oracle.level


@given(RATES, BURSTS, STEPS)
@settings(max_examples=50)
def test_no_window_admits_more_than_burst_and_rate_allow(rate, burst, steps):
    admitted = admitted_at(TokenBucket(rate, burst), instants(steps))
    exact = Fraction(str(rate))
    for first, begin in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= burst + exact * Fraction(admitted[last] - begin, SECOND)


@given(RATES, BURSTS, st.lists(st.integers(-3600 * SECOND, 86_400 * SECOND), min_size=1, max_size=60))
def test_a_clock_that_is_set_admits_no_more_than_it_moved_forwards(rate, burst, steps):
    admitted = len(admitted_at(TokenBucket(rate, burst), instants(steps)))
    forwards = sum(step for step in steps[1:] if step > 0)
    assert admitted <= burst + Fraction(str(rate)) * Fraction(forwards, SECOND)


@given(RATES, BURSTS, st.lists(st.integers(-7200 * SECOND, 7200 * SECOND), min_size=1, max_size=60))
def test_the_level_stays_between_nothing_and_burst_whatever_the_clock_does(rate, burst, steps):
    bucket, state = TokenBucket(rate, burst), None
    for now in instants(steps):
        _, state = bucket.take(state, now)
        assert 0 <= state[0] <= burst * TOKEN


def test_two_threads_that_overtake_each_other_do_not_refill_twice():
    bucket = TokenBucket(rate_limit=1, burst_limit=1)
    _, state = bucket.take(None, 0)
    admitted = 0
    for _ in range(100):
        for now in (SECOND, 0):
            ok, state = bucket.take(state, now)
            admitted += ok
    assert admitted == 1


def test_after_the_clock_was_set_back_by_an_hour_tokens_come_at_once_again():
    bucket, hour = TokenBucket(rate_limit=1, burst_limit=1), 3600 * SECOND
    _, state = bucket.take(None, hour)
    refused, state = bucket.take(state, 0)
    admitted, _ = bucket.take(state, SECOND)
    assert (refused, admitted) == (False, True)


def test_a_step_back_within_the_jitter_waits_for_the_clock_to_return():
    bucket = TokenBucket(rate_limit=1, burst_limit=1)
    _, state = bucket.take(None, CLOCK_JITTER)
    assert bucket.take(state, 0)[1] == (0, CLOCK_JITTER)


@pytest.mark.parametrize(
    ("rate", "burst", "first_refused", "then_after", "then"),
    [
        pytest.param(
            0.1, 1, 1, 9_999_999, False, id="a rate of one tenth has nothing just before ten seconds"
        ),
        pytest.param(
            0.1, 1, 1, 10_000_000, True, id="a rate of one tenth has a token after exactly ten seconds"
        ),
        pytest.param(0.000001, 1, 1, 10**12, True, id="the least rate has a token after 11.6 days"),
        pytest.param(0.000001, 1, 1, 10**12 - 1, False, id="and not a microsecond earlier"),
        pytest.param(0, 3, 3, 10**18, False, id="rate 0 never refills"),
        pytest.param(1000, 0, 0, 10**18, False, id="burst 0 admits nothing, ever"),
        pytest.param(0, 0, 0, 10**18, False, id="rate 0 and burst 0 admit nothing"),
        pytest.param(1_000_000, 2, 2, 1, True, id="a million per second gives one token each microsecond"),
        pytest.param(2.5, 1, 1, 399_999, False, id="two and a half per second, just before its time"),
        pytest.param(2.5, 1, 1, 400_000, True, id="two and a half per second, at its time"),
    ],
)
def test_the_edges_are_exact(rate, burst, first_refused, then_after, then):
    bucket, state = TokenBucket(rate, burst), None
    for count in range(first_refused + 1):
        admitted, state = bucket.take(state, 0)
        assert admitted == (count < first_refused)
    assert bucket.take(state, then_after)[0] is then


def test_a_burst_of_two_to_the_53_counts_every_single_request():
    bucket = TokenBucket(rate_limit=0, burst_limit=2**53)
    _, state = bucket.take(None, 0)
    assert state == ((2**53 - 1) * TOKEN, 0)
    assert bucket.take((TOKEN, 0), 0) == (True, (0, 0))


def test_a_refusal_takes_nothing():
    bucket = TokenBucket(rate_limit=1, burst_limit=1)
    state = (TOKEN // 2, 0)
    for _ in range(10):
        admitted, state = bucket.take(state, 0)
        assert not admitted
    assert state == (TOKEN // 2, 0)


def test_a_burst_made_smaller_holds_for_a_bucket_that_was_fuller():
    _, state = TokenBucket(rate_limit=1, burst_limit=100).take(None, 0)
    assert len(admitted_from(TokenBucket(rate_limit=1, burst_limit=3), state, [0] * 10)) == 3


def admitted_from(bucket, state, moments):
    admitted = []
    for now in moments:
        ok, state = bucket.take(state, now)
        if ok:
            admitted.append(now)
    return admitted


@given(RATES, BURSTS, STEPS)
def test_from_its_expiry_on_a_state_decides_as_no_state_at_all(rate, burst, steps):
    bucket, state = TokenBucket(rate, burst), None
    for now in instants(steps):
        _, state = bucket.take(state, now)
    expiry = bucket.expires_at(state)
    if expiry is None:
        assert rate == 0
    else:
        assert bucket.take(state, expiry) == bucket.take(None, expiry)
        if expiry > state[1]:
            assert bucket.take(state, expiry - 1) != bucket.take(None, expiry - 1)


def test_a_drained_bucket_that_never_refills_does_not_expire():
    bucket = TokenBucket(rate_limit=0, burst_limit=1)
    assert bucket.expires_at(bucket.take(None, 0)[1]) is None


@pytest.mark.parametrize(
    ("rate", "burst"),
    [
        pytest.param(-1, 1, id="a negative rate"),
        pytest.param(float("nan"), 1, id="a rate that is no number"),
        pytest.param(float("inf"), 1, id="an infinite rate"),
        pytest.param("10", 1, id="a rate in a string"),
        pytest.param(True, 1, id="a rate that is a truth value"),
        pytest.param(0.0000009, 1, id="a rate that would be cut to nothing"),
        pytest.param(1, -1, id="a negative burst"),
        pytest.param(1, 1.5, id="a burst with a fraction"),
        pytest.param(1, None, id="no burst"),
        pytest.param(1, False, id="a burst that is a truth value"),
    ],
)
def test_what_is_no_limit_is_refused_at_birth(rate, burst):
    with pytest.raises(ConfigError, match=r"(rate|burst)_limit is"):
        TokenBucket(rate, burst)


def test_is_built_from_its_config_and_compares_by_value():
    bucket = TokenBucket.of(ThrottleConfig(rate_limit=0.5, burst_limit=3))
    assert bucket == TokenBucket(0.5, 3) != TokenBucket(0.5, 4)
    assert repr(bucket) == "TokenBucket(rate_limit=0.5, burst_limit=3)"


def test_survives_copies_and_pickles():
    bucket = TokenBucket(0.5, 3)
    for same in (copy.deepcopy(bucket), pickle.loads(pickle.dumps(bucket))):
        assert same == bucket
        assert same.take(None, 7) == bucket.take(None, 7)
