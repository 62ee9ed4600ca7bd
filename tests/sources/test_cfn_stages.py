"""Stages of a template: those it declares, those its deployments make, canaries, settings of methods."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.config import MethodSettingConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load_definition

API = {"Ref": "Api"}


def resource(kind, **properties):
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": {"RestApiId": API, **properties}}


def template(**resources):
    return {
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "pets"}},
            "Pet": resource("Resource", ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]}, PathPart="pet"),
            "Get": resource(
                "Method",
                ResourceId={"Ref": "Pet"},
                HttpMethod="GET",
                Integration={"Type": "MOCK", "IntegrationResponses": [{"StatusCode": 200}]},
            ),
            "Deployed": resource("Deployment"),
            **resources,
        }
    }


def stage(**properties):
    return resource("Stage", **{"StageName": "prod", "DeploymentId": {"Ref": "Deployed"}, **properties})


def stages(warnings=None, **resources):
    return load_definition(template(**resources), warnings=warnings).stages


def test_a_stage_of_its_own():
    found = stages(Prod=stage(Variables={"a": "b"}, CacheClusterEnabled="true", CacheClusterSize=0.5))["prod"]
    assert (found.variables, found.cache_cluster_enabled, found.cache_cluster_size) == (
        {"a": "b"},
        True,
        "0.5",
    )
    assert found.deployment_id == "Deployed"


def test_a_stage_that_a_deployment_makes():
    described = {"Variables": {"a": "b"}, "ThrottlingRateLimit": 5, "ThrottlingBurstLimit": "3"}
    found = stages(Made=resource("Deployment", StageName="made", StageDescription=described))["made"]
    assert (found.deployment_id, found.variables) == ("Made", {"a": "b"})
    assert found.method_settings == {
        "*/*": MethodSettingConfig(throttling_rate_limit=5.0, throttling_burst_limit=3)
    }


def test_a_deployment_without_a_stage_makes_none():
    assert stages() == {}


@pytest.mark.parametrize(
    ("path", "verb", "key"),
    [
        pytest.param("/pet", "GET", "/pet/GET", id="a path"),
        pytest.param("/~1pet", "GET", "/pet/GET", id="a path with AWS's escapes"),
        pytest.param("/*", "*", "*/*", id="all"),
        pytest.param(None, None, "*/*", id="nothing said"),
    ],
)
def test_the_method_of_a_setting(path, verb, key):
    setting = {"MetricsEnabled": True, "ResourcePath": path, "HttpMethod": verb}
    setting = {name: value for name, value in setting.items() if value is not None}
    found = stages(Prod=stage(MethodSettings=[setting]))["prod"]
    assert list(found.method_settings) == [key]


def test_the_root_is_a_method_too():
    root = resource(
        "Method",
        ResourceId={"Fn::GetAtt": ["Api", "RootResourceId"]},
        HttpMethod="GET",
        Integration={"Type": "MOCK", "IntegrationResponses": [{"StatusCode": 200}]},
    )
    for path in ("/", "/~1"):
        settings = [{"ResourcePath": path, "HttpMethod": "GET", "ThrottlingRateLimit": 1}]
        document = template(Root=root, Prod=stage(MethodSettings=settings))
        found = load_definition(document).stages["prod"]
        assert [limit.rate_limit for limit in found.with_all_limits().throttle.values()] == [1.0]
        assert Gateway(document, stage="prod")


def test_of_two_settings_of_one_method_the_later_says_more():
    warnings = []
    first = {"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO", "CacheTtlInSeconds": 5}
    then = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingBurstLimit": 25, "CacheTtlInSeconds": 6}
    found = stages(warnings, Prod=stage(MethodSettings=[first, then]))["prod"]
    assert found.method_settings == {
        "*/*": MethodSettingConfig(logging_level="INFO", throttling_burst_limit=25, cache_ttl_in_seconds=6)
    }
    assert "method-setting-twice" in [warning.code for warning in warnings]


def canary(**properties):
    settings = {"PercentTraffic": 50, "StageVariableOverrides": {"a": "c"}}
    return resource("Deployment", StageName="prod", DeploymentCanarySettings=settings, **properties)


def test_a_canary_of_a_stage():
    found = stages(Prod=stage(CanarySetting={"PercentTraffic": "12.5", "UseStageCache": True}))["prod"]
    assert (found.canary_settings.percent_traffic, found.canary_settings.use_stage_cache) == (12.5, True)


def test_a_canary_that_a_deployment_makes_of_a_stage_of_the_template():
    found = stages(Prod=stage(Variables={"a": "b"}), Next=canary())["prod"]
    assert (found.deployment_id, found.canary_settings.deployment_id) == ("Deployed", "Next")
    assert found.canary_settings.stage_variable_overrides == {"a": "c"}


def test_a_canary_serves_its_share():
    document = template(Prod=stage(Variables={"a": "b"}), Next=canary())
    assert Gateway(document, stage="prod", random=lambda: 0.1)


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        pytest.param({"A": stage(), "B": stage()}, "Stage already exists: prod", id="a stage twice"),
        pytest.param(
            {"A": stage(), "B": resource("Deployment", StageName="prod")},
            "Stage already exists: prod",
            id="a stage that a deployment makes, too",
        ),
        pytest.param(
            {"A": stage(), "B": canary(StageDescription={})},
            "Stage already exists",
            id="a canary with a description",
        ),
        pytest.param({"A": stage(), "B": canary(), "C": canary()}, "has two canaries", id="two canaries"),
        pytest.param({"A": stage(StageName="")}, "stage-name", id="an empty name"),
        pytest.param(
            {"A": resource("Stage", DeploymentId="d"), "B": resource("Stage", DeploymentId="d")},
            "Stage already exists: default",
            id="two without a name",
        ),
        pytest.param(
            {"A": resource("Deployment", StageDescription={"Tags": []})},
            "needs a StageName",
            id="described alone",
        ),
        pytest.param(
            {"A": resource("Deployment", DeploymentCanarySettings={})},
            "needs a StageName",
            id="a canary alone",
        ),
        pytest.param(
            {"A": stage(MethodSettings=[5])}, "a mapping was expected", id="a setting that is a number"
        ),
        pytest.param({"A": stage(CanarySetting=[])}, "a mapping was expected", id="a canary that is a list"),
        pytest.param(
            {"A": stage(CanarySetting={"PercentTraffic": "x"})}, "a number was expected", id="no share"
        ),
        pytest.param(
            {"A": stage(CanarySetting={"PercentTraffic": "1e999"})}, "a number was", id="an endless share"
        ),
        pytest.param(
            {"A": stage(CanarySetting={"PercentTraffic": 101})}, "must be 0 to 100", id="too large a share"
        ),
        pytest.param({"A": stage(CacheClusterSize="7")}, "cache cluster size '7'", id="no such size"),
        pytest.param(
            {"A": stage(MethodSettings=[{"ResourcePath": "/dog", "HttpMethod": "GET"}])},
            "/dog/GET is no method of the API",
            id="no such method",
        ),
        pytest.param(
            {"A": resource("Deployment", StageName="a", StageDescription=5)},
            "a mapping was",
            id="described by a number",
        ),
    ],
)
def test_a_stage_that_cannot_be_is_refused(resources, says):
    with pytest.raises(ConfigError, match=says):
        stages(**resources)


def test_a_problem_of_a_stage_is_told_where_the_stage_stands():
    with pytest.raises(ConfigError) as caught:
        stages(Prod=stage(Variables={"a": "not allowed"}))
    assert [problem.place.path for problem in caught.value.problems] == [
        "$.Resources.Prod.Properties.Variables.a"
    ]


@pytest.mark.parametrize("number", [10**400, "9" * 39 + "e999", "nan", True])
def test_a_number_that_is_none_is_refused(number, tmp_path):
    setting = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": number}
    file = tmp_path / "stack.json"
    file.write_text(json.dumps(template(Prod=stage(MethodSettings=[setting]))))
    with pytest.raises(ConfigError, match="a number was expected"):
        load_definition(file)
