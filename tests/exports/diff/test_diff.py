"""What changes for callers: one small change each, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.exports.apis import apis
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    RestApiConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.exports.diff import Change, diff

GUARD = AuthorizerConfig(name="guard", identity_source=["method.request.header.A"], authorizer_uri="f")
POOL = AuthorizerConfig(
    name="pool", type="COGNITO_USER_POOLS", identity_source=["method.request.header.A"], provider_arns=["p"]
)
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
DENY = ALLOW | {"Effect": "Deny"}


def api(verb: str = "GET", *, path: str = "/pets", method: Any = None, **fields: Any) -> RestApiConfig:
    found = MethodConfig(http_method=verb, **(method or {}))
    return RestApiConfig(resources={path: {verb: found}}, **fields)


def guarded(authorizer: AuthorizerConfig, kind: str = "CUSTOM", scopes: Any = ()) -> RestApiConfig:
    method = {
        "authorization_type": kind,
        "authorizer": authorizer.name,
        "authorization_scopes": scopes,
    }
    return api(method=method, authorizers={authorizer.name: authorizer})


def calling(**fields: Any) -> RestApiConfig:
    return api(method={"integration": IntegrationConfig(**{"type": "MOCK"} | fields)})


def answering(**fields: Any) -> RestApiConfig:
    return calling(integration_responses=[IntegrationResponseConfig(**{"status_code": 200} | fields)])


def validated(schema: Any, body: bool = True, parameters: Any = None) -> RestApiConfig:
    validator = RequestValidatorConfig(
        name="v", validate_request_body=body, validate_request_parameters=parameters is not None
    )
    method = {
        "request_validator": "v",
        "request_models": {"application/json": "M"},
        "request_parameters": parameters or {},
    }
    models = {"M": ModelConfig(name="M", schema=schema)}
    return api(method=method, models=models, request_validators={"v": validator})


def with_plan(**fields: Any) -> RestApiConfig:
    return api(usage_plans=[UsagePlanConfig(id="gold", **fields)])


def with_key(**fields: Any) -> RestApiConfig:
    return api(api_keys=[ApiKeyConfig(**{"id": "ada", "value": "secret-value-of-ada-1"} | fields)])


def header(value: str, name: str = "Access-Control-Allow-Origin") -> dict[str, str]:
    return {f"method.response.header.{name}": value}


def refusing(**fields: Any) -> RestApiConfig:
    return api(gateway_responses={"THROTTLED": GatewayResponseConfig(response_type="THROTTLED", **fields)})


def limited(**limits: Any) -> RestApiConfig:
    return with_plan(throttle=ThrottleConfig(**{"rate_limit": 1, "burst_limit": 2} | limits))


CASES: dict[str, tuple[RestApiConfig, RestApiConfig, str, str]] = {
    "a route is gone": (api(), RestApiConfig(), "breaking", "is gone: callers are answered by 403"),
    "a route is new": (RestApiConfig(), api(), "compatible", "is new"),
    "another route catches it": (
        RestApiConfig(resources={**api().resources, **api(path="/{p+}").resources}),
        api(path="/{p+}"),
        "unclear",
        "is gone; /{p+} answers instead",
    ),
    "an API key is wanted": (
        api(),
        api(method={"api_key_required": True}),
        "breaking",
        "now asks for an API key",
    ),
    "no API key is wanted": (
        api(method={"api_key_required": True}),
        api(),
        "opening",
        "asks for no API key any more",
    ),
    "an authorizer guards": (api(), guarded(GUARD), "breaking", "authorization was NONE and is CUSTOM"),
    "no authorizer guards": (guarded(GUARD), api(), "opening", "authorization was CUSTOM and is NONE"),
    "the token travels elsewhere": (
        guarded(GUARD),
        guarded(replace(GUARD, identity_source=["method.request.header.B"])),
        "breaking",
        "the authorizer wants method.request.header.B of callers",
    ),
    "another function decides": (
        guarded(GUARD),
        guarded(replace(GUARD, authorizer_uri="g")),
        "unclear",
        "the authorizer has another authorizer_uri",
    ),
    "a user pool more": (
        guarded(POOL, "COGNITO_USER_POOLS"),
        guarded(replace(POOL, provider_arns=["p", "q"]), "COGNITO_USER_POOLS"),
        "opening",
        "the tokens of a user pool are admitted now",
    ),
    "a scope less": (
        guarded(POOL, "COGNITO_USER_POOLS", ["a", "b"]),
        guarded(POOL, "COGNITO_USER_POOLS", ["a"]),
        "breaking",
        "does not take the scopes any more: b",
    ),
    "a scope more": (
        guarded(POOL, "COGNITO_USER_POOLS", ["a"]),
        guarded(POOL, "COGNITO_USER_POOLS", ["a", "b"]),
        "opening",
        "takes more scopes: b",
    ),
    "a policy": (
        api(),
        api(policy={"Statement": [ALLOW]}),
        "breaking",
        "has a resource policy now: who is not allowed by it is refused",
    ),
    "a denial more": (
        api(policy={"Statement": ALLOW}),
        api(policy={"Statement": [DENY, ALLOW]}),
        "breaking",
        "the resource policy got a statement: Deny",
    ),
    "a denial less": (
        api(policy={"Statement": [DENY, ALLOW]}),
        api(policy={"Statement": [ALLOW]}),
        "opening",
        "the resource policy lost a statement: Deny",
    ),
    "a key is disabled": (with_key(), with_key(enabled=False), "breaking", "does not work any more"),
    "a key has another value": (
        with_key(),
        with_key(value="another-secret-of-ada"),
        "breaking",
        "has another value",
    ),
    "a lower rate": (
        limited(rate_limit=5),
        limited(rate_limit=2.5),
        "breaking",
        "rate_limit was 5 and is 2.5",
    ),
    "a larger burst": (
        limited(burst_limit=5),
        limited(burst_limit=9),
        "compatible",
        "burst_limit was 5 and is 9",
    ),
    "a quota": (
        with_plan(),
        with_plan(quota=QuotaConfig(limit=9, period="DAY")),
        "breaking",
        "quota was none and is 9",
    ),
    "another period": (
        with_plan(quota=QuotaConfig(limit=9, period="DAY")),
        with_plan(quota=QuotaConfig(limit=99, period="WEEK")),
        "unclear",
        "the quota was 9 per DAY and is 99 per WEEK",
    ),
    "a stage less": (
        with_plan(api_stages=[ApiStageConfig(stage="prod")]),
        with_plan(),
        "breaking",
        "does not cover the stage prod any more",
    ),
    "a shorter timeout": (
        calling(),
        calling(timeout_in_millis=50),
        "breaking",
        "timeout_in_millis was 29000 and is 50",
    ),
    "a stricter model": (
        validated({"type": "object"}),
        validated({"type": "object", "required": ["a"]}),
        "breaking",
        "bodies of application/json: validation is stricter at $.required",
    ),
    "a body that is validated": (
        validated({}, body=False),
        validated({}),
        "breaking",
        "bodies of application/json are validated now",
    ),
    "a required parameter": (
        validated({}, parameters={"method.request.querystring.q": False}),
        validated({}, parameters={"method.request.querystring.q": True}),
        "breaking",
        "querystring.q is required now",
    ),
    "another backend": (calling(), calling(uri="x"), "unclear", "the integration changed: uri"),
    "another mapping": (
        calling(request_parameters={"integration.request.header.X": "'secret'"}),
        calling(),
        "unclear",
        "the integration changed: request_parameters (integration.request.header.X)",
    ),
    "the wrapped app": (calling(), api(), "unclear", "was answered by MOCK, is by the wrapped app"),
    "another status": (
        answering(),
        answering(status_code=201),
        "breaking",
        "the status was 200 and is 201",
    ),
    "a header less": (
        answering(response_parameters=header("'1'", "X-A")),
        answering(),
        "breaking",
        "has not the header any more x-a",
    ),
    "another template": (
        answering(),
        answering(response_templates={"text/plain": "x"}),
        "unclear",
        "the body's template changed: text/plain",
    ),
    "a status that is not declared": (
        api(method={"method_responses": {404: MethodResponseConfig(status_code=404)}}),
        api(),
        "unclear",
        "the status 404 is not declared any more",
    ),
    "a refusal's status": (
        refusing(),
        refusing(status_code=503),
        "breaking",
        "the status was AWS's own and is 503",
    ),
    "CORS for one origin": (
        answering(response_parameters=header("'*'")),
        answering(response_parameters=header("'https://a.example'")),
        "breaking",
        "access-control-allow-origin changed",
    ),
    "CORS for every origin": (
        answering(response_parameters=header("'https://a.example'")),
        answering(response_parameters=header("'*'")),
        "opening",
        "access-control-allow-origin changed",
    ),
    "a CORS header less": (
        answering(response_parameters=header("'X-A,X-B'", "Access-Control-Allow-Headers")),
        answering(response_parameters=header("'x-a'", "Access-Control-Allow-Headers")),
        "breaking",
        "access-control-allow-headers lost x-b",
    ),
    "no CORS any more": (
        answering(response_parameters=header("'*'")),
        answering(),
        "breaking",
        "browsers get no access-control-allow-origin any more",
    ),
    "compression": (api(), api(minimum_compression_size=0), "compatible", "other answers are compressed"),
}


@pytest.mark.parametrize(("old", "new", "effect", "message"), CASES.values(), ids=CASES)
def test_a_change_is_told_with_its_effect(
    old: RestApiConfig, new: RestApiConfig, effect: str, message: str
) -> None:
    assert [(one.effect, one.message) for one in diff(old, new)] == [(effect, message)]


def test_names_and_order_that_callers_never_see_are_no_changes() -> None:
    guard = replace(GUARD, name="other")
    old = guarded(GUARD)
    assert diff(old, guarded(guard)) == []
    assert diff(api(path="/pets/{id}"), api(path="/pets/{petId}")) == []
    assert diff(api(policy={"Statement": ALLOW}), api(policy={"Statement": [ALLOW | {"Sid": "x"}]})) == []


def test_a_verb_is_compared_with_the_any_that_will_answer_it() -> None:
    old, new = api(), api("ANY", method={"api_key_required": True})
    assert diff(old, new) == [
        Change("admission", "GET /pets", "now asks for an API key", "breaking"),
        Change("route", "ANY /pets", "is new", "compatible"),
    ]


def test_browsers_are_told_of_the_method_that_answers_them() -> None:
    star, one = (answering(response_parameters=header(value)) for value in ("'*'", "'https://a.example'"))
    answers = [api_.resources["/pets"]["GET"].integration for api_ in (star, one)]
    old = api(path="/pets/{id}", method={"integration": answers[0]})
    new = api("ANY", path="/pets/{petId}", method={"integration": answers[1]})
    told = [change for change in diff(old, new) if change.area == "cors"]
    assert told == [
        Change("cors", "GET /pets/{id}", "access-control-allow-origin changed", "breaking"),
    ]


def test_a_route_that_falls_to_an_open_greedy_one_is_told_as_opened() -> None:
    old = guarded(GUARD)
    old = replace(old, resources={**old.resources, "/{p+}": {"GET": MethodConfig(http_method="GET")}})
    new = replace(old, resources={"/{p+}": old.resources["/{p+}"]})
    assert [(one.effect, one.area, one.where) for one in diff(old, new)] == [
        ("opening", "admission", "GET /pets"),
        ("unclear", "route", "GET /pets"),
    ]


def test_the_gravest_comes_first_and_no_secret_is_told() -> None:
    old, new = with_key(), with_key(value="another-secret-of-ada")
    old, new = replace(old, resources={}), replace(new, minimum_compression_size=3)
    told = diff(old, new)
    assert [one.effect for one in told] == ["breaking", "compatible", "compatible"]
    assert "secret" not in repr(told)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(apis(), apis())
def test_an_api_differs_from_another_and_not_from_itself(old: RestApiConfig, new: RestApiConfig) -> None:
    assert diff(old, old) == []
    there, back = diff(old, new), diff(new, old)
    assert bool(there) is bool(back)
