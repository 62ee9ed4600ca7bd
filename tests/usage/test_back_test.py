"""A back-test decides as the stage does, and what it calls enough is enough, and no less would be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    QuotaConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError, GatewayError
from wsgi_gateway.lifecycle.usage_plan import UsagePlan
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.back_test import NO_PLAN, BackTest
from wsgi_gateway.usage.comparison import Comparison
from wsgi_gateway.usage.enough import BucketNeed, QuotaNeed
from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket
from wsgi_gateway.usage.traffic import Request
from wsgi_gateway.wsgi import Response, call_app

SECOND, DAY = 1_000_000, 86_400_000_000
DEFAULT = (ApiStageConfig(stage="default"),)


def throttle(rate, burst):
    return ThrottleConfig(rate_limit=rate, burst_limit=burst)


def plan(plan_id="p", *, stages=DEFAULT, **more):
    return UsagePlanConfig(id=plan_id, api_stages=stages, **more)


def back_test(*plans, **options):
    return BackTest(plans, MemoryStore(), **options)


def refused(test, *instants, caller="ada", **more):
    return [test.replay(Request(at, caller, "GET", "/pets", **more)) for at in instants]


# ---------------------------------------------------------------- as the stage decides


class Staged:
    """The UsagePlan stage with a clock that is turned by hand: which limit refuses a request."""

    def __init__(self, plans, callers, disabled, stage):
        self.now = 0
        self.values = {caller: f"value-of-the-key-of-{caller}" for caller in callers}
        keys = [
            ApiKeyConfig(id=name, value=value, enabled=name not in disabled)
            for name, value in self.values.items()
        ]
        options = {
            "api_keys": keys,
            "store": MemoryStore(),
            "stage": stage,
            "clock": lambda: Fraction(self.now, SECOND),
        }
        served = Response("200 OK", [], [b""])
        self.with_key = UsagePlan(served, plans, **options)
        self.without_key = UsagePlan(served, plans, **options, api_key_required=False)

    def decide(self, request):
        self.now = request.at
        environ = {"REQUEST_METHOD": request.verb}
        if request.caller is not None:
            environ["HTTP_X_API_KEY"] = self.values[request.caller]
        context = environ[CONTEXT_KEY] = Context(
            environ, Deployment(api_id=request.api_id, stage=request.stage)
        )
        context.resource_path = request.path
        status = call_app(self.with_key if request.needs_key else self.without_key, environ).status_code
        if status == 200:
            return None
        return NO_PLAN if status == 403 else context.error.reason.removeprefix("limit reached: ")


CALLERS = ("ada", "bob", "a:b/c", "eve")
limits = st.none() | st.builds(throttle, st.sampled_from([0, 0.1, 1, 2.5]), st.integers(0, 4))
quotas = st.none() | st.builds(
    QuotaConfig,
    limit=st.integers(0, 6),
    period=st.sampled_from(["DAY", "WEEK", "MONTH"]),
    offset=st.integers(0, 3),
)
method_limits = st.dictionaries(
    st.sampled_from(["*/*", "/pets/GET", "/pets/ANY", "//GET", "/pets/{id}/DELETE"]),
    st.builds(throttle, st.sampled_from([0, 1, 0.5]), st.integers(0, 3)),
    max_size=3,
)
api_stages = st.lists(
    st.builds(
        ApiStageConfig,
        stage=st.sampled_from(["dev", "prod"]),
        api_id=st.sampled_from([None, "a1"]),
        throttle=method_limits,
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda one: (one.stage, one.api_id),
)
steps = st.sampled_from([0, 0, 0, 1, 250_000, SECOND, 9_999_999, DAY // 2, 5 * DAY, 40 * DAY])
asked = st.tuples(
    steps,
    st.builds(
        Request,
        at=st.just(0),
        caller=st.sampled_from([*CALLERS, None]),
        verb=st.sampled_from(["GET", "DELETE", "PURGE"]),
        path=st.sampled_from(["/pets", "/pets/{id}", "/"]),
        api_id=st.sampled_from(["a1", "a2"]),
        stage=st.sampled_from(["dev", "prod"]),
        needs_key=st.sampled_from([True, True, True, False]),
    ),
)


@st.composite
def usage_plans(draw):
    one = draw(st.lists(st.sampled_from(CALLERS), unique=True))
    other = [caller for caller in CALLERS if caller not in one and draw(st.booleans())]
    return [
        plan(f"p:{number}", keys=keys, stages=draw(api_stages), throttle=draw(limits), quota=draw(quotas))
        for number, keys in enumerate((one, other))
        if keys
    ]


def at_their_times(timed):
    now = 1_700_000_000_000_000
    for step, request in timed:
        now += step
        yield request._replace(at=now)


@settings(max_examples=300, deadline=None)
@given(
    usage_plans(),
    st.sets(st.sampled_from(CALLERS), max_size=1),
    st.none() | st.builds(StageConfig, throttle=method_limits, overall_throttle=limits),
    st.lists(asked, max_size=60),
)
def test_decides_every_request_as_the_stage_does_by_the_same_limit(plans, disabled, stage, timed):
    keys = [
        ApiKeyConfig(id=caller, value=f"of {caller}", enabled=caller not in disabled) for caller in CALLERS
    ]
    test, staged = back_test(*plans, api_keys=keys, stage=stage), Staged(plans, CALLERS, disabled, stage)
    for request in at_their_times(timed):
        assert test.replay(request) == staged.decide(request), request
    for record in test.callers.values():
        of_limits = sum(record.refused.values()) - record.refused.get(NO_PLAN, 0)
        of_shared = record.refused.get("stage throttle", 0)
        assert sum(need.refused for need in record.needs) == of_limits - of_shared


@settings(max_examples=150, deadline=None)
@given(limits, quotas, method_limits, st.lists(asked, max_size=60))
def test_a_draft_decides_as_a_plan_that_names_everybody(limit, quota, methods, timed):
    stages = [ApiStageConfig(stage="dev", throttle=methods), ApiStageConfig(stage="prod")]
    draft = plan("p", stages=stages, throttle=limit, quota=quota)
    test, staged = back_test(draft), Staged([replace(draft, keys=CALLERS)], CALLERS, (), None)
    for request in at_their_times(timed):
        assert test.replay(request) == staged.decide(request), request


# ---------------------------------------------------------------- enough

instants = st.lists(
    st.sampled_from([0, 0, 1, 7, 250_000, SECOND, 3 * SECOND, 1_234_567]), min_size=1, max_size=40
)


def spread(gaps):
    now, found = 1_700_000_000_000_000, []
    for gap in gaps:
        now += gap
        found.append(now)
    return found


def refuses(limit, times):
    state = None
    for at in times:
        admitted, state = limit.take(state, at)
        if not admitted:
            return True
    return False


def watched(need, times):
    for at in times:
        need.count(at)
    return need


@settings(max_examples=500, deadline=None)
@given(st.sampled_from([0, 0.1, 1, 2.5, 1000]), st.integers(0, 5), instants)
def test_a_burst_that_is_enough_refuses_nothing_and_one_less_refuses(rate, burst, gaps):
    times = spread(gaps)
    enough = watched(BucketNeed("throttle", "k", TokenBucket(rate, burst)), times).burst_enough
    assert not refuses(TokenBucket(rate, enough), times)
    assert refuses(TokenBucket(rate, enough - 1), times)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from([0, 0.000001, 0.1, 1, 2.5]), st.integers(0, 5), instants)
def test_a_rate_that_is_enough_refuses_nothing_and_a_millionth_less_refuses(rate, burst, gaps):
    times = spread(gaps)
    enough = watched(BucketNeed("throttle", "k", TokenBucket(rate, burst)), times).rate_enough
    if enough is None:
        assert refuses(TokenBucket(10**12, burst), times)
        return
    assert not refuses(TokenBucket(enough, burst), times)
    if not refuses(TokenBucket(rate, burst), times):
        assert enough == rate
    else:
        less = TokenBucket(enough, burst).refill - 1
        assert refuses(TokenBucket(float(Fraction(less, 10**6)), burst), times)


@pytest.mark.parametrize("rate", [0, 0.5, 7])
def test_the_rate_is_found_for_thousands_of_requests_without_a_pause(rate):
    times = [at * 100_000 + (at * at) % 7_919 for at in range(5000)]
    need = watched(BucketNeed("throttle", "k", TokenBucket(rate, 3)), times)
    assert not refuses(TokenBucket(need.rate_enough, 3), times)
    assert refuses(TokenBucket(need.rate_enough - 0.000001, 3), times)


def test_a_rate_with_more_digits_than_a_float_has_is_rounded_up():
    times = [0] * 3 + [1] * 2_000_000
    need = watched(BucketNeed("throttle", "k", TokenBucket(1, 2_000_000)), times)
    assert need.rate_enough == 3 * 10**6
    need = watched(BucketNeed("throttle", "k", TokenBucket(1, 1)), [0, 3, 6, 7])
    assert need.rate_enough == 10**6


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["DAY", "WEEK", "MONTH"]),
    st.integers(0, 3),
    st.lists(st.sampled_from([0, 1, DAY // 3, DAY, 9 * DAY, 45 * DAY]), min_size=1, max_size=40),
)
def test_a_quota_that_is_enough_refuses_nothing_and_one_less_refuses(period, offset, gaps):
    times = spread(gaps)
    enough = watched(QuotaNeed("quota", "k", Quota(5, period, offset)), times).limit_enough
    assert not refuses(Quota(enough, period, offset), times)
    assert refuses(Quota(enough - 1, period, offset), times)


def test_limits_made_as_large_as_is_enough_admit_the_whole_traffic():
    basic = plan(throttle=throttle(1, 2), quota=QuotaConfig(limit=5, period="DAY"))
    times = [at * 300_000 for at in range(40)]
    first = back_test(basic)
    assert any(refused(first, *times))
    bucket, quota = first.callers["ada"].needs
    larger = replace(
        basic,
        throttle=throttle(1, bucket.burst_enough),
        quota=QuotaConfig(limit=quota.limit_enough, period="DAY"),
    )
    assert not any(refused(back_test(larger), *times))
    faster = replace(larger, throttle=throttle(bucket.rate_enough, 2))
    assert not any(refused(back_test(faster), *times))


# ---------------------------------------------------------------- the account


def test_a_callers_record_tells_counts_first_refusal_longest_stretch_and_peaks():
    test = back_test(plan(throttle=throttle(1, 2)))
    refused(test, 0, 0, 10, 20, SECOND, SECOND + 1, 2 * SECOND - 1, 63 * SECOND)
    record = test.callers["ada"]
    assert (record.requests, record.refusals, record.refused) == (8, 4, {"throttle": 4})
    assert record.first_refusal == (10, "plan:p:ada:throttle")
    assert record.longest == (SECOND + 1, 2 * SECOND - 1, 2)
    assert (record.second.most, record.second.at) == (4, 0)
    assert (record.minute.most, record.minute.at) == (7, 0)


def test_of_stretches_that_took_as_long_the_one_with_more_requests_is_the_longest():
    test = back_test(plan(throttle=throttle(1, 1)))
    refused(test, 0, 0, SECOND, SECOND, SECOND, 2 * SECOND, 2 * SECOND)
    assert test.callers["ada"].longest == (SECOND, SECOND, 2)


def test_of_equal_stretches_the_first_is_the_longest():
    test = back_test(plan(throttle=throttle(1, 1)))
    refused(test, 0, 5, SECOND, SECOND + 5)
    assert test.callers["ada"].longest == (5, 5, 1)


def test_each_kind_of_limit_is_told_apart():
    stages = [ApiStageConfig(stage="default", throttle={"/pets/GET": throttle(0, 5)})]
    test = back_test(
        plan(stages=stages, throttle=throttle(0, 4), quota=QuotaConfig(limit=2, period="DAY")),
        stage=StageConfig(throttle={"*/*": throttle(0, 3)}),
    )
    assert refused(test, 0, 0, 0)[2] == "plan:p:ada:quota:DAY"
    assert refused(test, 0, caller="bob") == [None]
    assert refused(test, 0, caller="bob") == ["stage:local:default:/pets/GET"]
    assert refused(test, 0, caller=None) == [NO_PLAN]
    assert [need.kind for need in test.callers["ada"].needs] == ["method throttle", "throttle", "quota"]
    assert [(need.kind, need.refused, need.burst_enough) for need in test.shared_needs] == [
        ("stage throttle", 1, 5)
    ]
    assert test.callers["bob"].refused == {"stage throttle": 1}


def test_a_caller_that_a_plan_names_has_that_one_and_all_others_have_the_draft():
    test = back_test(
        plan("gold", keys=["ada"], throttle=throttle(0, 2)), plan("draft", throttle=throttle(0, 1))
    )
    assert refused(test, 0, 0, 0) == [None, None, "plan:gold:ada:throttle"]
    assert refused(test, 0, 0, caller="*") == [None, "plan:draft:%2A:throttle"]
    assert refused(test, 0, 0, caller="eve") == [None, "plan:draft:eve:throttle"]


def test_without_a_draft_a_caller_that_no_plan_names_is_refused():
    test = back_test(plan(keys=["ada"]))
    assert refused(test, 0, caller="eve") == [NO_PLAN]
    assert test.callers["eve"].refused == {NO_PLAN: 1}


def test_a_disabled_key_is_refused():
    keys = [ApiKeyConfig(id="ada", value="x", enabled=False)]
    assert refused(back_test(plan(keys=["ada"]), api_keys=keys), 0) == [NO_PLAN]


def test_a_key_that_is_known_and_in_no_plan_does_not_get_the_draft():
    assert refused(back_test(plan(), api_keys=[ApiKeyConfig(id="ada", value="x")]), 0) == [NO_PLAN]


def test_a_shadow_plan_is_tested_as_if_it_refused():
    test = back_test(plan(throttle=throttle(0, 0), shadow=True))
    assert refused(test, 0) == ["plan:p:ada:throttle"]


def test_requests_count_where_they_went_unless_all_are_of_one_place():
    limited = plan(throttle=throttle(0, 1))
    assert refused(back_test(limited), 0, stage="prod") == [NO_PLAN]
    assert refused(back_test(limited, one_place=True), 0, 0, stage="prod", api_id="a1") == [
        None,
        "plan:p:ada:throttle",
    ]
    somewhere = back_test(plan(stages=[ApiStageConfig(stage="prod")]), deployment=Deployment(stage="prod"))
    assert refused(somewhere, 0) == [None]


def test_methods_matter_where_one_has_a_limit():
    stages = [ApiStageConfig(stage="default", throttle={"*/*": throttle(0, 1)})]
    assert back_test(plan(stages=stages)).methods_matter
    assert back_test(plan(), stage=StageConfig(throttle={"*/*": throttle(0, 1)})).methods_matter
    assert not back_test(plan(throttle=throttle(1, 1))).methods_matter


def test_without_a_path_a_limit_of_a_method_is_not_passed_over():
    stages = [ApiStageConfig(stage="default", throttle={"/pets/GET": throttle(0, 1)})]
    with pytest.raises(GatewayError):
        back_test(plan(stages=stages)).replay(Request(0, "ada"))


@pytest.mark.parametrize(
    ("plans", "message"),
    [
        pytest.param(
            [plan("a"), plan("b")], "several usage plans without keys", id="two drafts for one stage"
        ),
        pytest.param(
            [plan("a", keys=["k"]), plan("b", keys=["k"])], "for the same stage", id="a key in two plans"
        ),
        pytest.param([plan(throttle=throttle(-1, 1))], "rate_limit", id="a limit that cannot work"),
    ],
)
def test_plans_that_cannot_work_are_refused(plans, message):
    with pytest.raises(ConfigError, match=message):
        back_test(*plans)


def test_a_comparison_tells_who_is_refused_now_and_was_not_then():
    before, now = back_test(plan(throttle=throttle(0, 3))), back_test(plan(throttle=throttle(1, 1)))
    comparison = Comparison(before, now)
    for at, caller in [(0, "ada"), (5, "ada"), (6, "ada"), (7, "ada"), (SECOND, "ada"), (0, "bob")]:
        comparison.replay(Request(at, caller, "GET", "/"))
    assert comparison.changes == {"ada": (2, 1, 5)}


def test_what_both_refuse_by_other_limits_is_no_change():
    before = back_test(plan(quota=QuotaConfig(limit=1, period="DAY")))
    comparison = Comparison(before, back_test(plan(throttle=throttle(0, 1))))
    for at in (0, 1):
        comparison.replay(Request(at, "ada", "GET", "/"))
    assert comparison.changes == {}
