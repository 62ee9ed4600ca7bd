"""Usage plans in AWS's spelling: every mistake with its path, and nothing that limits is left out."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.config import ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.usage.plan_json import plan_from_bytes, plan_from_json, plan_to_json

WHOLE = {
    "id": "gold",
    "name": "Gold",
    "description": "as AWS prints it",
    "apiStages": [
        {"apiId": "a1", "stage": "prod", "throttle": {"//GET": {"rateLimit": 1.0, "burstLimit": 2}}},
        {"stage": "dev"},
    ],
    "throttle": {"rateLimit": 0.5, "burstLimit": 20},
    "quota": {"limit": 1000, "offset": 3, "period": "MONTH"},
    "shadow": True,
    "tags": {"a": "b"},
}


def test_a_whole_plan():
    plan = plan_from_json(WHOLE)
    assert plan == UsagePlanConfig(
        id="gold",
        name="Gold",
        api_stages=[
            ApiStageConfig(
                stage="prod", api_id="a1", throttle={"//GET": ThrottleConfig(rate_limit=1, burst_limit=2)}
            ),
            ApiStageConfig(stage="dev"),
        ],
        throttle=ThrottleConfig(rate_limit=0.5, burst_limit=20),
        quota=QuotaConfig(limit=1000, period="MONTH", offset=3),
        shadow=True,
    )
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_the_least_plan():
    assert plan_from_json({"id": "p"}) == UsagePlanConfig(id="p")
    assert plan_to_json(UsagePlanConfig(id="p")) == {"id": "p", "apiStages": []}


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        pytest.param({"id": None}, "$.id", "id must be text, not null", id="an id that is null"),
        pytest.param({"id": 7}, "$.id", "id must be text, not a whole number", id="an id that is a number"),
        pytest.param({"quotas": {}}, "$.quotas", "unknown member 'quotas'", id="a member nobody knows"),
        pytest.param({"quota": None}, "$.quota", "a quota is a mapping, not null", id="a quota that is null"),
        pytest.param(
            {"throttle": []}, "$.throttle", "is a mapping, not a list", id="a throttle that is a list"
        ),
        pytest.param(
            {"throttle": {}}, "$.throttle", "rateLimit of a throttle is missing", id="half a throttle"
        ),
        pytest.param(
            {"throttle": {"rateLimit": True, "burstLimit": 1}},
            "$.throttle.rateLimit",
            "must be a number, not true or false",
            id="a rate that is true",
        ),
        pytest.param(
            {"throttle": {"rateLimit": 1, "burstLimit": 1.5}},
            "$.throttle.burstLimit",
            "must be a whole number, not a number",
            id="half a burst",
        ),
        pytest.param(
            {"quota": {"limit": "9", "period": "DAY"}}, "$.quota.limit", "not text", id="a limit that is text"
        ),
        pytest.param(
            {"quota": {"limit": 9, "period": "YEAR"}},
            "$.quota.period",
            "quota period is 'YEAR'",
            id="a period that is none",
        ),
        pytest.param(
            {"quota": {"limit": 9, "period": "DAY", "offset": 10}},
            "$.quota.offset",
            "must not exceed the limit",
            id="an offset above the limit",
        ),
        pytest.param(
            {"apiStages": [{"apiId": "a"}]},
            "$.apiStages[0]",
            "stage of a stage of a usage plan is missing",
            id="a stage without a name",
        ),
        pytest.param(
            {"apiStages": [{"stage": "s", "apiId": None}]},
            "$.apiStages[0].apiId",
            "apiId must be text, not null",
            id="an API that is null",
        ),
        pytest.param(
            {"apiStages": [{"stage": "s", "throttle": {"/a/GET": None}}]},
            "$.apiStages[0].throttle['/a/GET']",
            "a throttle is a mapping, not null",
            id="a method's throttle that is null",
        ),
        pytest.param(
            {"apiStages": [{"stage": "s", "throttle": {"pets": {"rateLimit": 1, "burstLimit": 1}}}]},
            "$.apiStages[0].throttle.pets",
            "throttle of 'pets'",
            id="a method that can never match",
        ),
        pytest.param(
            {"throttle": {"rateLimit": -1, "burstLimit": 1}},
            "$.throttle.rateLimit",
            "rateLimit is -1; it must be a finite number, zero or more",
            id="a rate below zero",
        ),
        pytest.param(
            {"apiStages": [{"stage": "s", "throttle": {"/a/GET": {"rateLimit": 1, "burstLimit": -1}}}]},
            "$.apiStages[0].throttle['/a/GET'].burstLimit",
            "burstLimit is -1; it must be a whole number",
            id="a method's burst below zero",
        ),
        pytest.param({"shadow": "yes"}, "$.shadow", "must be true or false", id="a shadow that is text"),
    ],
)
def test_a_plan_that_cannot_be(change, path, message):
    with pytest.raises(ConfigError) as error:
        plan_from_json({"id": "p", **change})
    assert [path] == list({problem.place.path for problem in error.value.problems})
    assert message in error.value.problems[0].message


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ConfigError) as error:
        plan_from_json({"quota": {"limt": 1}, "apiStages": ["prod"]})
    assert len(error.value.problems) == 5


@pytest.mark.parametrize("data", [None, [], "p", 7], ids=["null", "a list", "text", "a number"])
def test_a_plan_is_a_mapping(data):
    with pytest.raises(ConfigError, match="a usage plan is a mapping") as error:
        plan_from_json(data)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff"], ids=["nothing", "half", "no text"])
def test_a_record_that_cannot_be_read(raw):
    with pytest.raises(ConfigError, match="cannot be read"):
        plan_from_bytes(raw)
