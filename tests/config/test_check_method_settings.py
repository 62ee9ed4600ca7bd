"""Settings of a stage, its cache and its canary: what is taken, what is refused, what does nothing."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.config import (
    CanarySettingsConfig,
    MethodConfig,
    MethodSettingConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
)
from wsgi_gateway.config.check_method_settings import check_settings_of_api
from wsgi_gateway.config.check_stage import check_stage
from wsgi_gateway.config.unserved import settings_without_effect
from wsgi_gateway.errors import ConfigError, Place
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.wsgi import Response

PLACE = Place(path="$.stage")
PETS = RestApiConfig(
    resources={
        "/": {"GET": MethodConfig(http_method="GET")},
        "/pets/{id}": {"GET": MethodConfig(http_method="GET"), "ANY": MethodConfig(http_method="ANY")},
    }
)
LIMITED = MethodSettingConfig(throttling_rate_limit=5.0, throttling_burst_limit=2)
CACHED = MethodSettingConfig(caching_enabled=True)


def found(**members: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.place.path) for problem in check_stage(StageConfig(**members))]


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"method_settings": {"*/*": CACHED}}, id="for all methods"),
        pytest.param({"method_settings": {"/*/*": CACHED}}, id="for all methods, with a slash in front"),
        pytest.param({"method_settings": {"/pets/{id}/GET": LIMITED}}, id="for one"),
        pytest.param({"method_settings": {"~1pets~1{id}/GET": LIMITED}}, id="escaped as in a patch"),
        pytest.param({"method_settings": {"*/*": MethodSettingConfig(cache_ttl_in_seconds=0)}}, id="TTL 0"),
        pytest.param(
            {"method_settings": {"*/*": MethodSettingConfig(cache_ttl_in_seconds=3600)}}, id="an hour"
        ),
        pytest.param(
            {"cache_cluster_size": "0.5", "cache_cluster_enabled": True}, id="a cache of AWS's size"
        ),
        pytest.param({"canary_settings": CanarySettingsConfig(percent_traffic=100)}, id="all to the canary"),
        pytest.param({"canary_settings": CanarySettingsConfig(percent_traffic=0.5)}, id="half a percent"),
        pytest.param({"variables": {"url": "https://h:8443/a?b=c&d=e,f#~_.-"}}, id="a URL in a variable"),
        pytest.param({"variables": {f"v{i}": "x" for i in range(100)}}, id="a hundred variables"),
    ],
)
def test_settings_are_sound(members: dict[str, Any]) -> None:
    assert found(**members) == []


@pytest.mark.parametrize(
    ("members", "code", "at"),
    [
        ({"method_settings": {"pets": CACHED}}, "method-setting", ".method_settings.pets"),
        ({"method_settings": {"pets/GET": CACHED}}, "method-setting", ".method_settings['pets/GET']"),
        ({"method_settings": {"/pets/FETCH": CACHED}}, "method-setting", ".method_settings['/pets/FETCH']"),
        ({"method_settings": {"/pets/*": CACHED}}, "method-setting", ".method_settings['/pets/*']"),
        (
            {"method_settings": {"*/*": CACHED, "/*/*": CACHED}},
            "method-setting",
            ".method_settings['/*/*']",
        ),
        (
            {"method_settings": {"/GET": CACHED, "//GET": CACHED}},
            "method-setting",
            ".method_settings['//GET']",
        ),
        (
            {"method_settings": {"*/*": MethodSettingConfig(cache_ttl_in_seconds=3601)}},
            "method-setting",
            ".method_settings['*/*'].cache_ttl_in_seconds",
        ),
        (
            {"method_settings": {"*/*": MethodSettingConfig(cache_ttl_in_seconds=-1)}},
            "method-setting",
            ".method_settings['*/*'].cache_ttl_in_seconds",
        ),
        (
            {
                "method_settings": {
                    "*/*": MethodSettingConfig(unauthorized_cache_control_header_strategy="NO")
                }
            },
            "method-setting",
            ".method_settings['*/*'].unauthorized_cache_control_header_strategy",
        ),
        (
            {"method_settings": {"*/*": MethodSettingConfig(logging_level="DEBUG")}},
            "method-setting",
            ".method_settings['*/*'].logging_level",
        ),
        (
            {"method_settings": {"*/*": MethodSettingConfig(throttling_rate_limit=-1.0)}},
            "method-setting",
            ".method_settings['*/*'].throttling_rate_limit",
        ),
        (
            {
                "method_settings": {"/*/*": LIMITED},
                "throttle": {"*/*": ThrottleConfig(rate_limit=1, burst_limit=1)},
            },
            "method-setting",
            ".method_settings['/*/*']",
        ),
        ({"method_settings": {"*/*": {"cachingEnabled": True}}}, "wrong-type", ".method_settings['*/*']"),
        ({"cache_cluster_size": "2"}, "cache-cluster-size", ".cache_cluster_size"),
        (
            {"canary_settings": CanarySettingsConfig(percent_traffic=100.1)},
            "canary",
            ".canary_settings.percent_traffic",
        ),
        (
            {"canary_settings": CanarySettingsConfig(percent_traffic=-1)},
            "canary",
            ".canary_settings.percent_traffic",
        ),
        (
            {"canary_settings": CanarySettingsConfig(deployment_id="")},
            "canary",
            ".canary_settings.deployment_id",
        ),
        (
            {"canary_settings": CanarySettingsConfig(stage_variable_overrides={"a": "b c"})},
            "stage-variables",
            ".canary_settings.stage_variable_overrides.a",
        ),
        (
            {
                "variables": {f"v{i}": "x" for i in range(100)},
                "canary_settings": CanarySettingsConfig(stage_variable_overrides={"one_more": "x"}),
            },
            "canary",
            ".canary_settings.stage_variable_overrides",
        ),
        ({"variables": {"a": ""}}, "stage-variables", ".variables.a"),
        ({"variables": {"a": "x\ny"}}, "stage-variables", ".variables.a"),
        ({"variables": {"a": "x" * 513}}, "stage-variables", ".variables.a"),
        ({"variables": {"a-b": "x"}}, "stage-variables", ".variables"),
        ({"variables": {f"v{i}": "x" for i in range(101)}}, "stage-variables", ".variables"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(members: dict[str, Any], code: str, at: str) -> None:
    assert found(**members) == [(code, "$.stage" + at)]


def test_the_value_of_a_stage_variable_is_not_shown() -> None:
    [problem] = check_stage(StageConfig(variables={"password": "hunter 2"}))
    assert "hunter" not in str(problem)


@pytest.mark.parametrize(
    ("key", "is_declared"),
    [
        ("*/*", True),
        ("/GET", True),
        ("//GET", True),
        ("/pets/{id}/GET", True),
        ("~1pets~1{id}/GET", True),
        ("/pets/{id}/ANY", True),
        ("/pets/{id}/POST", True),
        ("/pets/GET", False),
        ("/POST", False),
        ("/ANY", False),
    ],
)
def test_a_setting_is_for_a_method_that_there_is(key: str, is_declared: bool) -> None:
    stage = StageConfig(method_settings={key: CACHED})
    assert [problem.code for problem in check_settings_of_api(stage, PLACE, [PETS])] == (
        [] if is_declared else ["method-setting"]
    )


def test_a_setting_may_be_for_a_method_that_only_the_canary_has() -> None:
    more = RestApiConfig(resources={"/new": {"GET": MethodConfig(http_method="GET")}})
    stage = StageConfig(
        method_settings={"/new/GET": CACHED}, canary_settings=CanarySettingsConfig(deployment=more)
    )
    app = Response("200 OK", [], [b""])
    assert Gateway(PETS, app, stage=stage).stage.method_settings.keys() == {"/new/GET"}
    with pytest.raises(ConfigError, match="/new/GET is no method of the API"):
        Gateway(PETS, app, stage=StageConfig(method_settings={"/new/GET": CACHED}))


@pytest.mark.parametrize(
    ("settings", "limits"),
    [
        ({"*/*": LIMITED}, {"*/*": (5.0, 2)}),
        (
            {"/*/*": LIMITED, "/GET": MethodSettingConfig(throttling_rate_limit=1.0)},
            {"*/*": (5, 2), "//GET": (1, 2)},
        ),
        ({"~1pets/GET": MethodSettingConfig(throttling_rate_limit=7.0)}, {"/pets/GET": (7.0, 5000)}),
        ({"/pets/GET": MethodSettingConfig(throttling_burst_limit=3)}, {"/pets/GET": (10_000.0, 3)}),
        ({"/pets/GET": CACHED}, {}),
    ],
    ids=["of all methods", "half of it inherited", "a rate alone", "a burst alone", "none"],
)
def test_limits_of_settings_become_the_throttles_of_the_stage(
    settings: dict[str, MethodSettingConfig], limits: dict[str, tuple[float, int]]
) -> None:
    stage = StageConfig(method_settings=settings).with_all_limits()
    assert {key: (one.rate_limit, one.burst_limit) for key, one in stage.throttle.items()} == limits
    assert all(setting.throttling_rate_limit is None for setting in stage.method_settings.values())
    assert stage.with_all_limits() == stage


def test_what_has_no_effect_is_said_with_its_place() -> None:
    idle = MethodSettingConfig(
        caching_enabled=True,
        cache_data_encrypted=True,
        logging_level="INFO",
        data_trace_enabled=True,
        metrics_enabled=True,
    )
    stage = StageConfig(method_settings={"*/*": idle}, cache_cluster_size="0.5", tracing_enabled=True)
    places = [problem.place.path for problem in settings_without_effect(stage, PLACE)]
    assert places == [
        "$.stage.cache_cluster_size",
        "$.stage.tracing_enabled",
        "$.stage.method_settings['*/*'].cache_data_encrypted",
        "$.stage.method_settings['*/*'].logging_level",
        "$.stage.method_settings['*/*'].data_trace_enabled",
        "$.stage.method_settings['*/*'].metrics_enabled",
        "$.stage.method_settings['*/*'].caching_enabled",
    ]
    quiet = MethodSettingConfig(caching_enabled=False, logging_level="OFF", metrics_enabled=False)
    assert not list(settings_without_effect(StageConfig(method_settings={"*/*": quiet}), PLACE))


TTL = MethodSettingConfig(cache_ttl_in_seconds=60)
OFF = MethodSettingConfig(cache_ttl_in_seconds=60, caching_enabled=False)
ON = MethodSettingConfig(caching_enabled=True)


@pytest.mark.parametrize(
    ("settings", "is_cached", "expected"),
    [
        pytest.param({"*/*": TTL}, True, ["*/*"], id="nothing is cached"),
        pytest.param({"/pets/GET": OFF, "*/*": ON}, True, ["/pets/GET"], id="this method is not"),
        pytest.param({"*/*": OFF, "/pets/GET": ON}, True, [], id="one of all methods is"),
        pytest.param({"/pets/ANY": OFF, "/pets/GET": ON}, True, [], id="one of a resource's is"),
        pytest.param({"/pets/GET": TTL, "*/*": ON}, True, [], id="inherited"),
        pytest.param({"/pets/GET": TTL, "/cats/GET": ON}, False, ["/pets/GET"], id="there is no cache"),
    ],
)
def test_how_long_nothing_is_cached_has_no_effect(
    settings: dict[str, MethodSettingConfig], is_cached: bool, expected: list[str]
) -> None:
    stage = StageConfig(method_settings=settings, cache_cluster_enabled=is_cached)
    told = [problem.place.path for problem in settings_without_effect(stage, PLACE)]
    ttl = [path for path in told if path.endswith(".cache_ttl_in_seconds")]
    assert ttl == [f"$.stage.method_settings[{key!r}].cache_ttl_in_seconds" for key in expected]


# ---------------------------------------------------------------- limits of the stage

SLOW = ThrottleConfig(rate_limit=1, burst_limit=1)


@pytest.mark.parametrize(
    ("key", "is_declared"),
    [
        ("*/*", True),
        ("/*/*", True),
        ("/GET", True),
        ("//GET", True),
        ("/pets/{id}/GET", True),
        ("/pets/{id}/POST", True),
        ("/ANY", True),
        ("/pet/{id}/GET", False),
        ("/pets/GET", False),
        ("//POST", False),
        ("~1pets~1{id}/GET", False),
        ("/nothing/ANY", False),
    ],
)
def test_a_limit_is_of_a_method_that_there_is(key: str, is_declared: bool) -> None:
    stage = StageConfig(throttle={key: SLOW})
    found = [*check_stage(stage), *check_settings_of_api(stage, PLACE, [PETS])]
    assert [(problem.code, problem.place) for problem in found] == (
        [] if is_declared else [("stage-throttle", PLACE.at("throttle", key))]
    )


def test_a_slip_in_the_method_of_a_limit_is_told_with_what_was_meant() -> None:
    with pytest.raises(ConfigError) as error:
        Gateway(PETS, Response("200 OK", [], [b""]), stage=StageConfig(throttle={"/pet/{id}/GET": SLOW}))
    [problem] = error.value.problems
    assert problem.message == "there is no method '/pet/{id}/GET' to limit"
    assert problem.hint == "did you mean '/pets/{id}/GET'?"


@pytest.mark.parametrize(
    ("members", "at"),
    [
        ({"throttle": {"/pets/{id}/get": SLOW}}, ".throttle['/pets/{id}/get']"),
        ({"throttle": {"pets/GET": SLOW}}, ".throttle['pets/GET']"),
        ({"throttle": {"/GET": SLOW, "//GET": SLOW}}, ".throttle['//GET']"),
        ({"throttle": {"*/*": ThrottleConfig(rate_limit=-1, burst_limit=1)}}, ".throttle['*/*'].rate_limit"),
        (
            {"overall_throttle": ThrottleConfig(rate_limit=1, burst_limit=-1)},
            ".overall_throttle.burst_limit",
        ),
        (
            {"account_throttle": ThrottleConfig(rate_limit=float("inf"), burst_limit=1)},
            ".account_throttle.rate_limit",
        ),
    ],
)
def test_a_limit_that_cannot_work_is_told_once_and_at_its_own_place(members: dict[str, Any], at: str) -> None:
    with pytest.raises(ConfigError) as error:
        Gateway(PETS, Response("200 OK", [], [b""]), stage=StageConfig(**members))
    assert [problem.place.path for problem in error.value.problems] == ["$.stage" + at]
