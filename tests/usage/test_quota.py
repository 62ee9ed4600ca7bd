from __future__ import annotations

import os
import subprocess
import sys
from calendar import monthrange
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.config import QuotaConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.usage.quota import PERIODS, Quota

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1, 1, 8), datetime(9998, 12, 1), timezones=st.just(UTC))
QUOTAS = st.sampled_from(PERIODS).map(lambda period: Quota(1, period))


def micros(moment):
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(text):
    return micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def as_text(now):
    return (EPOCH + timedelta(microseconds=now)).strftime("%Y-%m-%dT%H:%M:%S")


def calendar_start(period, when):
    """The same by another road: datetime's own calendar."""
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "DAY": day,
        "WEEK": day - timedelta(days=when.isoweekday() - 1),
        "MONTH": day.replace(day=1),
    }[period]


def calendar_end(period, when):
    start = calendar_start(period, when)
    days = {"DAY": 1, "WEEK": 7, "MONTH": monthrange(start.year, start.month)[1]}[period]
    return start + timedelta(days=days)


@given(QUOTAS, INSTANTS)
def test_periods_begin_and_end_where_the_calendar_says(quota, when):
    assert quota.period_start(micros(when)) == micros(calendar_start(quota.period, when))
    assert quota.period_end(micros(when)) == micros(calendar_end(quota.period, when))


@given(QUOTAS, INSTANTS)
def test_every_instant_is_in_exactly_one_period_and_periods_touch(quota, when):
    now = micros(when)
    start, end = quota.period_start(now), quota.period_end(now)
    assert start <= now < end
    assert quota.period_start(start) == start
    assert quota.period_start(end - 1) == start
    assert quota.period_start(end) == end
    assert quota.period_end(start - 1) == start


@pytest.mark.parametrize(
    ("period", "now", "start", "end"),
    [
        pytest.param(
            "DAY",
            "2024-02-28T23:59:59.999999",
            "2024-02-28T00:00:00",
            "2024-02-29T00:00:00",
            id="the last microsecond before a leap day",
        ),
        pytest.param(
            "DAY",
            "2024-02-29T00:00:00",
            "2024-02-29T00:00:00",
            "2024-03-01T00:00:00",
            id="the first moment of a leap day",
        ),
        pytest.param(
            "WEEK",
            "2024-03-03T23:59:59.999999",
            "2024-02-26T00:00:00",
            "2024-03-04T00:00:00",
            id="a Sunday night",
        ),
        pytest.param(
            "WEEK", "2024-03-04T00:00:00", "2024-03-04T00:00:00", "2024-03-11T00:00:00", id="a Monday morning"
        ),
        pytest.param(
            "WEEK",
            "2021-01-01T12:00:00",
            "2020-12-28T00:00:00",
            "2021-01-04T00:00:00",
            id="a week across the year",
        ),
        pytest.param(
            "MONTH",
            "2023-02-14T00:00:00",
            "2023-02-01T00:00:00",
            "2023-03-01T00:00:00",
            id="a month of 28 days",
        ),
        pytest.param(
            "MONTH",
            "2024-02-14T00:00:00",
            "2024-02-01T00:00:00",
            "2024-03-01T00:00:00",
            id="a month of 29 days",
        ),
        pytest.param(
            "MONTH",
            "2024-04-30T23:59:59.999",
            "2024-04-01T00:00:00",
            "2024-05-01T00:00:00",
            id="a month of 30 days",
        ),
        pytest.param(
            "MONTH",
            "2024-12-31T23:59:59.999",
            "2024-12-01T00:00:00",
            "2025-01-01T00:00:00",
            id="a month of 31 days at the year's end",
        ),
        pytest.param(
            "MONTH",
            "2100-02-28T23:59:59",
            "2100-02-01T00:00:00",
            "2100-03-01T00:00:00",
            id="a year of a century is no leap year",
        ),
        pytest.param(
            "MONTH",
            "2000-02-29T00:00:00",
            "2000-02-01T00:00:00",
            "2000-03-01T00:00:00",
            id="but one of four centuries is",
        ),
        pytest.param(
            "DAY",
            "2024-03-31T01:30:00",
            "2024-03-31T00:00:00",
            "2024-04-01T00:00:00",
            id="the day on which Europe's clocks change",
        ),
    ],
)
def test_the_edges_of_the_calendar(period, now, start, end):
    quota = Quota(1, period)
    assert as_text(quota.period_start(moment(now))) == start
    assert as_text(quota.period_end(moment(now))) == end


_PRINT_PERIODS = """
import time
time.tzset()
from wsgi_gateway.usage.quota import PERIODS, Quota
for now in (1711846799999999, 1711846800000000, 1709251199999999, 1730015999999999, 0):
    for period in PERIODS:
        print(Quota(1, period).period_start(now), Quota(1, period).period_end(now))
print(time.strftime("%z", time.localtime(1711846800)))
"""


@pytest.mark.parametrize(
    "zone",
    [
        pytest.param("LINT-14", id="fourteen hours ahead"),
        pytest.param("AoE12", id="twelve hours behind"),
        pytest.param("IST-5:30", id="half an hour off"),
        pytest.param("EST5EDT,M3.2.0,M11.1.0", id="with daylight saving in America"),
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", id="with daylight saving in Europe"),
        pytest.param("LHST-10:30LHDT-11,M10.1.0,M4.1.0", id="with half an hour of daylight saving"),
    ],
)
def test_periods_are_the_same_whatever_the_time_zone_of_the_process(zone):
    def printed(tz):
        command = [sys.executable, "-c", _PRINT_PERIODS]
        done = subprocess.run(
            command, env={**os.environ, "TZ": tz}, capture_output=True, text=True, check=True
        )
        *periods, offset = done.stdout.splitlines()
        return periods, offset

    (utc, utc_offset), (here, offset) = printed("UTC0"), printed(zone)
    assert offset != utc_offset
    assert here == utc


def test_counts_up_to_the_limit_and_begins_anew_with_the_period():
    quota, state, admitted = Quota(3, "DAY"), None, []
    day = moment("2024-02-29T00:00:00")
    for now in (
        day,
        day + 1,
        day + 2,
        day + 3,
        moment("2024-02-29T23:59:59.999999"),
        moment("2024-03-01T00:00:00"),
    ):
        ok, state = quota.take(state, now)
        admitted.append(ok)
    assert admitted == [True, True, True, False, False, True]
    assert quota.remaining(state, now) == 2


@given(
    st.integers(0, 20),
    st.sampled_from(PERIODS),
    st.integers(0, 25),
    st.lists(st.integers(0, 40), max_size=80),
)
def test_no_period_admits_more_than_its_limit(limit, period, offset, days):
    quota, state, counted, now = Quota(limit, period, offset), None, {}, 0
    for step in days:
        now += step * 21_600_000_000
        admitted, state = quota.take(state, now)
        start = quota.period_start(now)
        counted[start] = counted.get(start, 0) + admitted
    first = quota.period_start(days[0] * 21_600_000_000) if days else 0
    for start, count in counted.items():
        assert count <= max(0, limit - (offset if start == first else 0))


@pytest.mark.parametrize(
    "back",
    [
        pytest.param(1, id="by a microsecond, into the day before"),
        pytest.param(3_600_000_000, id="by an hour"),
        pytest.param(40 * 86_400_000_000, id="by forty days"),
    ],
)
def test_a_clock_that_goes_back_opens_no_period(back):
    quota, morning = Quota(2, "DAY"), moment("2024-03-01T00:00:00")
    _, state = quota.take(None, morning - 1)
    _, state = quota.take(state, morning)
    _, state = quota.take(state, morning)
    refused, after = quota.take(state, morning - back)
    assert not refused
    assert after == state
    assert quota.take(state, morning + 1)[0] is False


def test_an_offset_counts_in_the_first_period_only():
    quota, state, admitted = Quota(5, "MONTH", offset=3), None, []
    for now in [moment("2024-01-20T00:00:00")] * 4 + [moment("2024-02-01T00:00:00")] * 6:
        ok, state = quota.take(state, now)
        admitted.append(ok)
    assert admitted == [True, True, False, False] + [True] * 5 + [False]


def test_an_offset_above_the_limit_ends_with_the_first_period_too():
    quota, state = Quota(1, "DAY", offset=9), None
    refused, state = quota.take(state, 0)
    assert (refused, quota.remaining(state, 0)) == (False, 0)
    assert quota.take(state, 86_400_000_000)[0]


def test_a_limit_of_two_to_the_53_is_counted_to_the_last_request():
    quota = Quota(2**53, "DAY")
    admitted, state = quota.take((2**53 - 1, 10, 0, 0), 0)
    assert admitted
    assert quota.take(state, 0) == (False, (2**53, 10, 0, 1))


def test_limit_zero_admits_nothing():
    assert Quota(0, "DAY").take(None, 0)[0] is False


def test_a_refusal_counts_nothing():
    quota = Quota(1, "DAY")
    _, state = quota.take(None, 0)
    assert quota.take(state, 1)[1] == state


@given(st.sampled_from(PERIODS), INSTANTS)
def test_from_its_expiry_on_a_state_decides_as_no_state_at_all(period, when):
    quota = Quota(2, period)
    _, state = quota.take(None, micros(when))
    expiry = quota.expires_at(state)
    assert quota.take(state, expiry) == quota.take(None, expiry)
    assert quota.take(state, expiry - 1) != quota.take(None, expiry - 1)


def test_a_state_with_an_offset_never_expires_because_the_offset_would_count_again():
    quota = Quota(2, "DAY", offset=1)
    assert quota.expires_at(quota.take(None, 0)[1]) is None


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"limit": -1}, id="a negative limit"),
        pytest.param({"limit": 1.5}, id="a limit with a fraction"),
        pytest.param({"limit": "10"}, id="a limit in a string"),
        pytest.param({"limit": True}, id="a limit that is a truth value"),
        pytest.param({"offset": -1}, id="a negative offset"),
        pytest.param({"offset": None}, id="no offset at all"),
        pytest.param({"period": "HOUR"}, id="a period AWS does not have"),
        pytest.param({"period": "day"}, id="a period in small letters"),
        pytest.param({"period": None}, id="no period"),
    ],
)
def test_what_is_no_quota_is_refused_at_birth(changes):
    with pytest.raises(ConfigError, match=r"quota (limit|offset|period) is"):
        Quota(**{"limit": 1, "period": "DAY", **changes})


def test_is_built_from_its_config_and_compares_by_value():
    quota = Quota.of(QuotaConfig(limit=5, period="WEEK", offset=2))
    assert quota == Quota(5, "WEEK", 2) != Quota(5, "WEEK")
