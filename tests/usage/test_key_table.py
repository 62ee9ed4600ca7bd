from __future__ import annotations

import gc

import pytest

from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError, Place
from wsgi_gateway.usage.key_table import ApiKey, KeyTable, Plan, counter_name

LIMIT = ThrottleConfig(rate_limit=1, burst_limit=1)
VALUE = "0123456789abcdefghij"


def key(key_id="k1", value=VALUE, **more):
    return ApiKeyConfig(id=key_id, value=value, **more)


def plan(plan_id="p1", stages=("dev",), keys=("k1",), **more):
    stages = [stage if isinstance(stage, ApiStageConfig) else ApiStageConfig(stage=stage) for stage in stages]
    return UsagePlanConfig(id=plan_id, keys=keys, api_stages=stages, **more)


def problems(plans, keys):
    with pytest.raises(ConfigError) as refused:
        KeyTable(plans, keys)
    return [problem.message for problem in refused.value.problems]


def test_finds_a_key_by_its_value_only():
    table = KeyTable([plan()], [key(), key("k2", "another value, longer")])
    assert table.find(VALUE.encode()).id == "k1"
    assert table.find(b"k1") is None
    assert table.find(b"") is None
    assert len(table) == 2


def test_a_value_beyond_ascii_is_found_by_its_utf_8_bytes():
    table = KeyTable([], [key(value="schlüssel-0123456789")])
    assert table.find("schlüssel-0123456789".encode()).id == "k1"


def test_keeps_no_value_in_clear():
    table = KeyTable([plan(throttle=LIMIT)], [key(value="clear-text-" + VALUE)])
    seen, todo = set(), [table]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type) or callable(thing):
            continue
        seen.add(id(thing))
        assert "clear-text-" not in (thing if isinstance(thing, str) else "")
        assert b"clear-text-" not in (thing if isinstance(thing, bytes) else b"")
        todo += gc.get_referents(thing)
    assert len(seen) > 10


@pytest.mark.parametrize(
    ("stages", "api_id", "stage", "admitted"),
    [
        pytest.param(["dev"], "a1", "dev", True, id="a stage of any API"),
        pytest.param(["dev"], "a1", "prod", False, id="another stage"),
        pytest.param(
            [ApiStageConfig(stage="dev", api_id="a1")], "a1", "dev", True, id="the stage of this API"
        ),
        pytest.param(
            [ApiStageConfig(stage="dev", api_id="a2")], "a1", "dev", False, id="the stage of another API"
        ),
        pytest.param([], "a1", "dev", False, id="a plan without stages"),
    ],
)
def test_a_key_is_admitted_where_its_plan_covers(stages, api_id, stage, admitted):
    found = KeyTable([plan(stages=stages)], [key()]).find(VALUE.encode())
    assert (found.admission(api_id, stage) is not None) is admitted


def test_a_disabled_key_is_known_and_admitted_nowhere():
    found = KeyTable([plan()], [key(enabled=False)]).find(VALUE.encode())
    assert (found.id, found.enabled, found.admission("a1", "dev")) == ("k1", False, None)


def test_a_key_of_no_plan_is_admitted_nowhere():
    assert KeyTable([plan(keys=())], [key()]).find(VALUE.encode()).admission("a1", "dev") is None


def test_a_key_in_two_plans_has_the_limits_of_the_stage_it_calls():
    quick, slow = (ThrottleConfig(rate_limit=rate, burst_limit=1) for rate in (9, 1))
    table = KeyTable([plan("p1", ["dev"], throttle=quick), plan("p2", ["prod"], throttle=slow)], [key()])
    found = table.find(VALUE.encode())
    rates = [found.admission("a1", stage)[0].buckets[0][1].rate_limit for stage in ("dev", "prod")]
    assert rates == [9, 1]


def test_the_entry_that_names_the_api_gives_the_methods_limits():
    stages = [
        ApiStageConfig(stage="dev", throttle={"/any/GET": LIMIT}),
        ApiStageConfig(stage="dev", api_id="a1", throttle={"/own/GET": LIMIT}),
    ]
    found = KeyTable([plan(stages=stages)], [key()]).find(VALUE.encode())
    _, mine = found.admission("a1", "dev")
    _, others = found.admission("a2", "dev")
    assert mine.find("/own", "GET")
    assert not mine.find("/any", "GET")
    assert others.find("/any", "GET")


def test_the_counters_of_a_key_are_the_same_in_all_stages_of_its_plan():
    table = KeyTable(
        [plan(stages=["a", "b"], throttle=LIMIT, quota=QuotaConfig(limit=1, period="DAY"))], [key()]
    )
    found = table.find(VALUE.encode())
    first, second = (found.admission("api", stage)[0] for stage in ("a", "b"))
    assert first.buckets == second.buckets
    assert first.quotas == second.quotas


def test_deployments_that_ask_in_turn_are_told_their_own():
    stages = [
        ApiStageConfig(stage="dev", throttle={"/any/GET": LIMIT}),
        ApiStageConfig(stage="prod", api_id="a1"),
    ]
    found = KeyTable([plan(stages=stages)], [key()]).find(VALUE.encode())
    dev, prod, other = (
        Deployment(api_id=api, stage=s) for api, s in (("a1", "dev"), ("a1", "prod"), ("a2", "prod"))
    )
    for _ in range(2):
        assert (found.admitted(other), found.admitted(dev)) == (None, found.lately)
        assert found.lately[0] is dev
        assert found.lately[2].find("/any", "GET")
        assert found.admitted(prod) is found.lately
        assert (found.lately[0], found.lately[2]) == (prod, None)


def test_a_key_that_is_put_into_a_plan_is_asked_anew():
    found, dev = ApiKey("k1", enabled=True), Deployment(stage="dev")
    found.add(Plan(plan("p1", throttle=LIMIT)))
    assert found.admitted(dev) is found.lately
    found.add(Plan(plan("p2", stages=("prod",))))
    assert found.lately is None


def test_another_period_is_another_counter():
    names = set()
    for period in ("DAY", "WEEK", "MONTH"):
        table = KeyTable([plan(quota=QuotaConfig(limit=1, period=period))], [key()])
        names.add(table.find(VALUE.encode()).admission("api", "dev")[0].quotas[0][0])
    assert len(names) == 3


def test_ids_with_colons_do_not_share_a_counter():
    assert counter_name("plan", "a:b", "c") != counter_name("plan", "a", "b:c")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(["dev"], ["dev"], id="both for any API"),
        pytest.param(["dev"], [ApiStageConfig(stage="dev", api_id="a1")], id="one of them for any API"),
        pytest.param([ApiStageConfig(stage="dev", api_id="a1")], ["dev"], id="the other for any API"),
        pytest.param(*[[ApiStageConfig(stage="dev", api_id="a1")]] * 2, id="both for the same API"),
    ],
)
def test_a_key_in_two_plans_for_one_stage_is_refused(first, second):
    found = problems([plan("p1", first), plan("p2", second)], [key()])
    assert found == ["API key 'k1' is in the usage plans 'p1' and 'p2' for the same stage"]


def test_a_key_in_two_plans_for_the_same_stage_name_of_two_apis_is_fine():
    stages = [[ApiStageConfig(stage="dev", api_id=api)] for api in ("a1", "a2")]
    table = KeyTable([plan("p1", stages[0]), plan("p2", stages[1])], [key()])
    found = table.find(VALUE.encode())
    assert [found.admission(api, "dev")[0].name for api in ("a1", "a2")] == ["plan:p1:k1", "plan:p2:k1"]


@pytest.mark.parametrize(
    ("plans", "keys", "message"),
    [
        pytest.param(
            [plan(keys=["nobody"])],
            [key()],
            "names API key 'nobo...', which is not declared",
            id="a plan with an unknown key",
        ),
        pytest.param(
            [plan(keys=[VALUE])],
            [key()],
            "usage plan 'p1': a key is named by its value instead of its id",
            id="a plan with a key's value",
        ),
        pytest.param(
            [plan(), plan(stages=["b"])], [key()], "2 usage plans have the id 'p1'", id="two plans of one id"
        ),
        pytest.param(
            [], [key(), key("k1", "another")], "2 API keys have the id 'k1'", id="two keys of one id"
        ),
        pytest.param(
            [], [key(), key("k2")], "API keys 'k1' and 'k2' have the same value", id="two keys of one value"
        ),
        pytest.param([], [key(value="")], "API key 'k1' has no value", id="a key without a value"),
        pytest.param(
            [plan(stages=["a", "a"])],
            [key()],
            "usage plan 'p1': stage 'a' of the same API is there twice",
            id="one stage twice",
        ),
        pytest.param(
            [plan(throttle=ThrottleConfig(rate_limit=-1, burst_limit=1))],
            [key()],
            "usage plan 'p1': rate_limit is -1",
            id="a rate that cannot work",
        ),
        pytest.param(
            [plan(quota=QuotaConfig(limit=1, period="YEAR"))],
            [key()],
            "usage plan 'p1': quota period is 'YEAR'",
            id="a period that cannot work",
        ),
        pytest.param(
            [plan(stages=[ApiStageConfig(stage="a", throttle={"pets": LIMIT})])],
            [key()],
            "usage plan 'p1': throttle of 'pets'",
            id="a method that cannot match",
        ),
    ],
)
def test_what_cannot_work_stops_the_load(plans, keys, message):
    assert any(message in found for found in problems(plans, keys))


def test_all_problems_are_told_at_once_with_their_places_and_without_values():
    place = Place("api.yaml", 7)
    bad = plan("bad", throttle=ThrottleConfig(rate_limit=-1, burst_limit=1), place=place)
    with pytest.raises(ConfigError) as refused:
        KeyTable([bad, plan(keys=["x", "y"])], [key(), key("k2")])
    assert len(refused.value.problems) == 4
    assert place in [problem.place for problem in refused.value.problems]
    assert VALUE not in str(refused.value)


@pytest.mark.parametrize(
    ("plans", "keys"),
    [
        pytest.param([plan(keys=[VALUE])], [key()], id="a plan names a value"),
        pytest.param([plan(keys=[VALUE + "x"])], [key()], id="a plan names more than a value"),
        pytest.param([plan(keys=[VALUE])], [], id="a plan names the value of a key that is not there"),
        pytest.param([], [key(VALUE), key(VALUE)], id="an id that is the value is there twice"),
        pytest.param([], [key(VALUE), key("k2")], id="an id that is the value, which is there twice"),
        pytest.param([], [key(VALUE, ""), key("k2")], id="an id that is the value of another key"),
        pytest.param(
            [plan("one", keys=[VALUE]), plan("two", keys=[VALUE])],
            [key(VALUE)],
            id="an id that is the value is in two plans",
        ),
    ],
)
def test_no_message_shows_a_value(plans, keys):
    with pytest.raises(ConfigError) as refused:
        KeyTable(plans, keys)
    assert VALUE[:5] not in str(refused.value)
