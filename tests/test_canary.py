"""The canary of a stage: whom it answers, what it has of its own, and what it shares with the stage."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from wsgi_gateway.authorizers import allow
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    CanarySettingsConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodSettingConfig,
    QuotaConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.wsgi import Response, call_app

TOKEN = "method.request.header.Authorization"
TOLD = (
    '"url": "$stageVariables.url", "more": "$stageVariables.more", "canary": "$context.isCanaryRequest", '
    '"id": "$context.deploymentId"'
)


def tells(who: str, **method: Any) -> MethodConfig:
    return MethodConfig(
        http_method="GET",
        integration=IntegrationConfig(
            type="MOCK",
            request_templates={"application/json": '{"statusCode": 200}'},
            integration_responses=[
                IntegrationResponseConfig(
                    status_code=200,
                    response_templates={"application/json": f'{{"who": "{who}", {TOLD}}}'},
                )
            ],
        ),
        **method,
    )


def api(who: str, **more: Any) -> RestApiConfig:
    return RestApiConfig(resources={"/": {"GET": tells(who)}}, **more)


def get(gateway: Gateway, **more: Any) -> Response:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_PORT": "80", **more}
    return call_app(gateway, environ)


def told(gateway: Gateway, **more: Any) -> dict[str, str]:
    return json.loads(get(gateway, **more).body())


def stage(percent: float, *, canary: dict[str, Any] | None = None, **more: Any) -> StageConfig:
    settings = {"deployment": api("canary"), **(canary or {})}
    return StageConfig(canary_settings=CanarySettingsConfig(percent_traffic=percent, **settings), **more)


def draws(*numbers: float) -> Callable[[], float]:
    left = iter(numbers)
    return lambda: next(left)


def test_without_a_canary_nothing_says_so() -> None:
    assert told(Gateway(api("main")))["canary"] == ""


@pytest.mark.parametrize(
    ("percent", "draw", "who"),
    [
        (0, 0.0, "main"),
        (100, 1 - 2**-53, "canary"),
        (5, 0.0499, "canary"),
        (5, 0.05, "main"),
        (0.1, 0.0009, "canary"),
        (0.1, 0.0011, "main"),
    ],
)
def test_the_draw_decides(percent: float, draw: float, who: str) -> None:
    answer = told(Gateway(api("main"), stage=stage(percent), random=draws(draw)))
    assert (answer["who"], answer["canary"]) == (who, "true" if who == "canary" else "false")


def test_every_request_is_drawn_for_anew() -> None:
    gateway = Gateway(api("main"), stage=stage(50), random=draws(0.1, 0.9, 0.2, 0.8))
    assert [told(gateway)["who"] for _ in range(4)] == ["canary", "main", "canary", "main"]


def test_the_share_is_what_was_asked_for() -> None:
    gateway = Gateway(api("main"), stage=stage(20), random=random.Random(7).random)
    count = sum(told(gateway)["who"] == "canary" for _ in range(2000))
    assert 340 < count < 460  # 8 standard deviations; the seed is fixed


def test_its_variables_lie_over_those_of_the_stage_and_may_be_new() -> None:
    overrides = {"more": "new", "url": "v2"}
    made = stage(
        50, canary={"stage_variable_overrides": overrides, "deployment_id": "d2"}, variables={"url": "v1"}
    )
    gateway = Gateway(api("main"), stage=made, random=draws(0.9, 0.1))
    main, canary = told(gateway), told(gateway)
    assert (main["url"], main["more"], main["id"]) == ("v1", "", "local")
    assert (canary["url"], canary["more"], canary["id"]) == ("v2", "new", "d2")
    inherits = Gateway(api("main"), stage=stage(100, variables={"url": "v1"}))
    assert told(inherits)["url"] == "v1"


def test_without_a_deployment_of_its_own_it_is_the_stages_with_other_variables() -> None:
    settings = {"deployment": None, "stage_variable_overrides": {"url": "v2"}}
    answer = told(Gateway(api("main"), stage=stage(100, canary=settings, variables={"url": "v1"})))
    assert (answer["who"], answer["url"], answer["canary"]) == ("main", "v2", "true")


def test_stage_variables_of_uris_are_the_canarys_own() -> None:
    def app(environ, start_response):
        return Response("200 OK", [], [environ["PATH_INFO"].encode()])(environ, start_response)

    uri = "wsgi:pages/${stageVariables.version}/x"
    method = MethodConfig(http_method="GET", integration=IntegrationConfig(type="WSGI_PROXY", uri=uri))
    settings = CanarySettingsConfig(percent_traffic=50, stage_variable_overrides={"version": "two"})
    gateway = Gateway(
        RestApiConfig(resources={"/": {"GET": method}}),
        stage=StageConfig(variables={"version": "one"}, canary_settings=settings),
        integrations={"pages": app},
        random=draws(0.9, 0.1),
    )
    assert [get(gateway).body() for _ in range(2)] == [b"/one/x", b"/two/x"]


def test_what_only_one_of_the_two_uses_is_used() -> None:
    def named(name: str) -> RestApiConfig:
        method = MethodConfig(
            http_method="GET", integration=IntegrationConfig(type="WSGI_PROXY", uri=f"wsgi:{name}")
        )
        return RestApiConfig(resources={"/": {"GET": method}})

    apps = {name: Response("200 OK", [], [name.encode()]) for name in ("one", "two", "three")}
    gateway = Gateway(named("one"), stage=stage(50, canary={"deployment": named("two")}), integrations=apps)
    [warning] = gateway.warnings
    assert "three" in warning.message
    assert "two" not in warning.message


def test_quotas_and_throttles_hold_for_both_together() -> None:
    value = "0123456789abcdefghij"
    keys = [ApiKeyConfig(id="k", value=value)]

    def made(who: str, **more: Any) -> RestApiConfig:
        return RestApiConfig(resources={"/": {"GET": tells(who, api_key_required=True)}}, **more)

    plan = UsagePlanConfig(
        id="p",
        keys=["k"],
        api_stages=[ApiStageConfig(stage="default")],
        quota=QuotaConfig(limit=3, period="DAY"),
    )
    gateway = Gateway(
        made("main", api_keys=keys, usage_plans=[plan]),
        stage=stage(50, canary={"deployment": made("canary")}),
        random=draws(0.9, 0.1, 0.1, 0.9, 0.1),
        clock=lambda: 1e9,
    )
    assert [get(gateway, HTTP_X_API_KEY=value).status_code for _ in range(5)] == [200, 200, 200, 429, 429]


def test_a_throttle_of_a_method_setting_holds_for_both_together() -> None:
    limited = MethodSettingConfig(throttling_rate_limit=1.0, throttling_burst_limit=2)
    gateway = Gateway(
        api("main"),
        stage=stage(50, method_settings={"*/*": limited}),
        random=draws(0.9, 0.1, 0.1, 0.9),
        clock=lambda: 1e9,
    )
    assert [get(gateway).status_code for _ in range(4)] == [200, 200, 429, 429]
    assert gateway.stage.throttle == {"*/*": ThrottleConfig(rate_limit=1.0, burst_limit=2)}


def test_answers_of_authorizers_are_its_own_and_a_flush_forgets_both() -> None:
    asked = []

    def guard(event: Any) -> dict[str, Any]:
        asked.append(event["methodArn"])
        return allow("u")

    guarded = {"authorization_type": "CUSTOM", "authorizer": "guard"}

    def made(who: str) -> RestApiConfig:
        return RestApiConfig(
            resources={"/": {"GET": tells(who, **guarded)}},
            authorizers={"guard": AuthorizerConfig(name="guard", identity_source=(TOKEN,))},
        )

    gateway = Gateway(
        made("main"),
        stage=stage(50, canary={"deployment": made("canary")}),
        authorizers={"guard": guard},
        random=draws(*[0.9, 0.1] * 3),
    )
    for _ in range(4):
        get(gateway, HTTP_AUTHORIZATION="t")
    assert len(asked) == 2
    gateway.flush_authorizers_cache()
    for _ in range(2):
        get(gateway, HTTP_AUTHORIZATION="t")
    assert len(asked) == 4


@pytest.mark.parametrize("shares", [True, False])
def test_cached_answers_are_its_own_unless_it_uses_those_of_the_stage(shares: bool) -> None:
    made = stage(
        50,
        canary={"use_stage_cache": shares},
        method_settings={"*/*": MethodSettingConfig(caching_enabled=True)},
        cache_cluster_enabled=True,
    )
    gateway = Gateway(api("main"), stage=made, random=draws(0.9, 0.1, 0.9, 0.1))
    who = [told(gateway)["who"] for _ in range(4)]
    assert who == (["main"] * 4 if shares else ["main", "canary"] * 2)
    gateway.flush_stage_cache()
    gateway._split._random = draws(0.1)
    assert told(gateway)["who"] == "canary"


def test_what_is_wrong_with_its_deployment_stops_the_load() -> None:
    wrong = RestApiConfig(resources={"/": {"GET": MethodConfig(http_method="GET", authorizer="nobody")}})
    with pytest.raises(ConfigError):
        Gateway(api("main"), stage=stage(1, canary={"deployment": wrong}))
    needs_app = RestApiConfig(resources={"/": {"GET": MethodConfig(http_method="GET")}})
    with pytest.raises(ConfigError, match="no-app"):
        Gateway(api("main"), stage=stage(1, canary={"deployment": needs_app}))


def test_the_event_of_a_lambda_proxy_says_which_it_is() -> None:
    def function(event: Any, context: Any = None) -> dict[str, Any]:
        return {"body": json.dumps(event["requestContext"].get("isCanaryRequest"))}

    uri = "arn:aws:lambda:us-east-1:123456789012:function:f"
    path = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{uri}/invocations"
    method = MethodConfig(
        http_method="GET", integration=IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=path)
    )
    config = RestApiConfig(resources={"/": {"GET": method}})
    gateway = Gateway(
        config,
        stage=StageConfig(canary_settings=CanarySettingsConfig(percent_traffic=50)),
        lambdas={"f": function},
        random=draws(0.1, 0.9),
    )
    assert [get(gateway).body() for _ in range(2)] == [b"true", b"false"]
