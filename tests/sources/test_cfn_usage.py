"""Usage plans, keys and base paths of a template."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load, load_definition

API = {"Ref": "Api"}


def template(**resources):
    kinds = {
        "Api": ("RestApi", {"Name": "pets"}),
        "Prod": ("Stage", {"RestApiId": API, "StageName": "prod"}),
        "Key": ("ApiKey", {"Name": "ada", "Enabled": True, "Value": "k" * 20}),
        "Plan": ("UsagePlan", {"ApiStages": [{"ApiId": API, "Stage": {"Ref": "Prod"}}]}),
        "Opens": (
            "UsagePlanKey",
            {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}},
        ),
        **resources,
    }
    return {
        "Resources": {
            name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
            for name, (kind, properties) in kinds.items()
        }
    }


def test_a_key_opens_the_stages_of_its_plan():
    api = load(template())
    (key,), (plan,) = api.api_keys, api.usage_plans
    assert (key.id, key.value, key.name, key.enabled) == ("Key", "k" * 20, "ada", True)
    assert (plan.keys, [(stage.stage, stage.api_id) for stage in plan.api_stages]) == (
        ("Key",),
        [("prod", None)],
    )


def test_limits_of_a_plan():
    properties = {
        "UsagePlanName": "gold",
        "Quota": {"Limit": "100", "Period": "week", "Offset": 5},
        "Throttle": {"RateLimit": "2.5", "BurstLimit": 4},
        "ApiStages": [{"ApiId": API, "Stage": "prod"}, {"ApiId": "other", "Stage": "v1"}],
    }
    (plan,) = load(template(Plan=("UsagePlan", properties))).usage_plans
    assert (plan.quota.limit, plan.quota.period, plan.quota.offset) == (100, "WEEK", 5)
    assert (plan.throttle.rate_limit, plan.throttle.burst_limit) == (2.5, 4)
    assert [stage.api_id for stage in plan.api_stages] == [None, "other"]


def test_a_key_without_value_is_left_out_with_a_warning():
    warnings = []
    api = load(template(Key=("ApiKey", {"Enabled": True})), warnings=warnings)
    assert (api.api_keys, api.usage_plans[0].keys) == ((), ())
    assert "api-key-value" in [warning.code for warning in warnings]


def test_a_key_that_is_not_said_to_be_enabled_is_not():
    warnings = []
    (key,) = load(template(Key=("ApiKey", {"Value": "k" * 20})), warnings=warnings).api_keys
    assert not key.enabled
    assert "api-key-disabled" in [warning.code for warning in warnings]


@pytest.mark.parametrize("member", ["KeyId", "UsagePlanId"])
def test_a_key_or_plan_of_another_stack_is_a_warning(member):
    warnings = []
    properties = {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}, member: "a1"}
    api = load(template(Opens=("UsagePlanKey", properties)), warnings=warnings)
    assert api.usage_plans[0].keys == ()
    found = [warning.place.path for warning in warnings if warning.code == "usage-plan-key"]
    assert found == [f"$.Resources.Opens.Properties.{member}"]


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        pytest.param({"Quota": {"Limit": 1}}, "a quota needs", id="a quota without period"),
        pytest.param(
            {"Quota": {"Limit": 1, "Period": "YEAR"}}, "Period 'YEAR' is unknown", id="an odd period"
        ),
        pytest.param({"Quota": 5}, "a mapping was expected", id="a quota that is a number"),
        pytest.param({"Throttle": {"BurstLimit": 1}}, "a throttle needs", id="a throttle without rate"),
        pytest.param({"Throttle": []}, "a mapping was expected", id="a throttle that is a list"),
        pytest.param({"ApiStages": [{"ApiId": "a"}]}, "an API stage needs", id="no stage"),
        pytest.param({"ApiStages": ["a"]}, "a mapping was expected", id="a stage that is text"),
        pytest.param({"ApiStages": {}}, "a list was expected", id="stages that are a mapping"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(properties, says):
    with pytest.raises(ConfigError, match=says):
        load(template(Plan=("UsagePlan", properties)))


def test_a_short_key_is_refused_and_not_told():
    with pytest.raises(ConfigError, match="at least 20 characters") as caught:
        load(template(Key=("ApiKey", {"Enabled": True, "Value": "squeamish"})))
    assert "squeamish" not in str(caught.value)


def test_base_paths_lead_to_stages():
    found = load_definition(
        template(
            Domain=("DomainName", {"DomainName": "pets.example"}),
            Root=("BasePathMapping", {"DomainName": {"Ref": "Domain"}, "RestApiId": API, "Stage": "prod"}),
            Private=("DomainNameV2", {"DomainName": "in.example"}),
            One=(
                "BasePathMappingV2",
                {
                    "DomainNameArn": {"Fn::GetAtt": ["Private", "DomainNameArn"]},
                    "RestApiId": API,
                    "Stage": {"Ref": "Prod"},
                    "BasePath": "v1/pets",
                },
            ),
        )
    )
    assert found.base_paths == {"pets.example": {"": "prod"}, "in.example": {"v1/pets": "prod"}}


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"DomainName": "d", "RestApiId": API}, id="without a stage"),
        pytest.param({"DomainName": "d", "Stage": "prod"}, id="without an API"),
    ],
)
def test_a_base_path_that_leads_to_no_stage_is_a_warning(properties):
    warnings = []
    found = load_definition(template(Base=("BasePathMapping", properties)), warnings=warnings)
    assert not found.base_paths
    assert "base-path" in [warning.code for warning in warnings]


def test_a_base_path_that_is_mapped_twice_is_refused():
    mapping = ("BasePathMapping", {"DomainName": "d", "RestApiId": API, "Stage": "prod"})
    with pytest.raises(ConfigError, match="mapped twice"):
        load(template(One=mapping, Two=mapping))
