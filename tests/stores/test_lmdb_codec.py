"""Keys and values of the LMDB files: whatever is put in comes out, and nothing meets anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.stores import lmdb_codec as codec
from wsgi_gateway.usage import Quota, TokenBucket

WHOLE = st.integers(-(2**80), 2**80)
COUNT = st.integers(0, 2**80)
RATES = st.one_of(st.just(0), st.integers(1, 2**53), st.floats(0.000001, 1e12))


@given(RATES, COUNT, WHOLE, WHOLE)
def test_a_bucket_comes_out_as_it_was_put_in(rate, burst, level, at):
    bucket = TokenBucket(rate, burst)
    value = codec.bucket_value(bucket, (level, at))
    assert codec.bucket_state(value) == (level, at)
    known, state = codec.limit_of(value)
    assert (known.capacity, known.refill) == (bucket.capacity, bucket.refill)
    assert state == (level, at)


@given(COUNT, COUNT, st.tuples(WHOLE, WHOLE, WHOLE, WHOLE), st.booleans())
def test_a_quota_comes_out_as_it_was_put_in(limit, offset, state, is_noted):
    value = codec.quota_value(Quota(limit, "WEEK", offset), state, codec.NOTED if is_noted else 0)
    assert codec.quota_state(value) == state
    assert bool(value[0] & codec.NOTED) is is_noted
    assert not codec.without_note(value)[0] & codec.NOTED
    assert codec.quota_state(codec.without_note(value)) == state
    known, again = codec.limit_of(value)
    assert (known.limit, again) == (limit, state)
    assert known.expires_at(again) == Quota(limit, "WEEK", offset).expires_at(state)


@given(st.text(max_size=700), st.text(max_size=700))
def test_different_names_have_different_keys_that_lmdb_takes(one, two):
    keys = [codec.key_of(codec.RECORD, name) for name in (one, two)]
    assert (keys[0] == keys[1]) is (one == two)
    # One byte more for the note that the name has changed.
    assert max(map(len, keys)) <= 510


@pytest.mark.parametrize("length", [0, 1, 507, 508, 509, 510, 511, 2000])
def test_a_record_tells_its_name_and_its_value(length):
    name = "\u00e9" * (length // 2) + "x" * (length % 2)
    key = codec.key_of(codec.RECORD, name)
    body = codec.body_of(key, name, b"value")
    assert codec.name_of(key, body).decode() == name
    assert codec.value_of(key, body) == b"value"


@pytest.mark.parametrize("name", ["\ud800", "a\udcff"], ids=["half a pair", "a byte in disguise"])
def test_names_that_are_no_text_are_names_too(name):
    key = codec.key_of(codec.RECORD, name)
    assert codec.name_of(key, b"").decode("utf-8", "surrogatepass") == name


@given(st.dictionaries(st.integers(0, 10**6), st.tuples(COUNT, COUNT)))
def test_usage_by_day_comes_out_as_it_was_put_in(days):
    assert codec.days_of(codec.days_value(days)) == days


def test_an_end_that_no_clock_reaches_is_cut_to_the_last_one_there_is():
    assert codec.expires_at(codec.record(codec.EXPIRING, b"", 2**70)) == 2**63 - 1
