"""Stores as a gateway opens them, and a Gateway with one: by URL, guarded, leased, with administered keys."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway import Gateway, mount
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    MethodConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import opened, store_from_url
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.wsgi import Response, call_app

VALUE = "0123456789abcdefghij"
API = RestApiConfig(resources={"/": {"GET": MethodConfig(http_method="GET", api_key_required=True)}})


def app(environ, start_response):
    return Response("200 OK", [], [b"inside"])(environ, start_response)


def ask(gateway, value=VALUE):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_X_API_KEY": value}
    return call_app(gateway, environ)


@pytest.fixture
def url(tmp_path):
    return f"lmdb:{tmp_path}/store?size=4MiB"


def administered(url, plan=None):
    store = store_from_url(url)
    registry = Registry(store)
    registry.put_plan(plan or UsagePlanConfig(id="gold", api_stages=[ApiStageConfig(stage="default")]))
    registry.create_key("ada", value=VALUE, plans=["gold"])
    return store, registry


def test_none_stays_none_and_memory_needs_no_guard():
    assert opened(None) is None
    assert isinstance(opened("memory:"), MemoryStore)


def test_a_shared_store_is_guarded_and_leased_if_wanted(url):
    store = opened(url)
    assert isinstance(store, GuardedStore)
    assert store.on_error == "closed"
    store.close()
    leased = opened(MemoryStore(), on_error="open", lease_seconds=0.1)
    assert isinstance(leased.store, LeasedStore)


@pytest.mark.parametrize(
    "options", [{"on_error": "maybe"}, {"on_error": "open"}, {"lease_seconds": 0.1}], ids=str
)
def test_options_that_cannot_be_meant_are_refused(options):
    with pytest.raises(ConfigError):
        opened(None, **options)


def test_a_key_that_is_administered_opens_a_gateway(url):
    store, registry = administered(url)
    gateway = Gateway(API, app, store=url)
    assert gateway.warnings == ()
    assert [ask(gateway).status_code, ask(gateway, VALUE[::-1]).status_code] == [200, 403]
    registry.set_enabled(registry.keys()[0].id, False)
    assert ask(Gateway(API, app, store=url)).status_code == 403
    store.close()


def test_declared_keys_work_beside_administered_ones(url):
    store, _ = administered(url)
    plan = UsagePlanConfig(id="own", keys=["own"], api_stages=[ApiStageConfig(stage="default")])
    key = ApiKeyConfig(id="own", value="zyxwvutsrqponmlkjihg")
    gateway = Gateway(
        RestApiConfig(resources=API.resources, usage_plans=[plan], api_keys=[key]), app, store=url
    )
    assert [ask(gateway, value).status_code for value in (VALUE, "zyxwvutsrqponmlkjihg")] == [200, 200]
    store.close()


def test_gateways_that_share_a_store_count_together_and_tell_what_is_left(url):
    throttle = ThrottleConfig(rate_limit=0.01, burst_limit=2)
    stages = [ApiStageConfig(stage="default")]
    store, _ = administered(url, UsagePlanConfig(id="gold", api_stages=stages, throttle=throttle))
    gateways = [Gateway(API, app, store=url, rate_limit_headers=True) for _ in range(2)]
    answers = [ask(gateway) for gateway in (*gateways, *gateways)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert answers[0].header("RateLimit") == '"throttle";r=1;t=100'
    assert 90 <= int(answers[3].header("Retry-After")) <= 100
    store.close()


def test_a_gateway_says_what_it_does_while_its_store_fails():
    class Gone(MemoryStore):
        shared_between_processes = True

        def admit(self, *args):
            raise ConnectionError("redis://:s3cret@host")

    stage = StageConfig(throttle={"*/*": ThrottleConfig(rate_limit=1, burst_limit=1)})
    api = RestApiConfig(resources={"/": {"GET": MethodConfig(http_method="GET")}})
    statuses = {
        policy: [ask(Gateway(api, app, stage=stage, store=Gone(), on_store_error=policy)).status_code]
        for policy in ("closed", "open", "local")
    }
    assert statuses == {"closed": [503], "open": [200], "local": [200]}


def test_a_store_is_chosen_by_the_environment(url, tmp_path):
    store, _ = administered(url)
    definition = tmp_path / "api.json"
    method = {"security": [{"api_key": []}], "responses": {}}
    scheme = {"type": "apiKey", "in": "header", "name": "x-api-key"}
    definition.write_text(
        json.dumps(
            {
                "openapi": "3.0.1",
                "info": {"title": "t", "version": "1"},
                "paths": {"/": {"get": method}},
                "components": {"securitySchemes": {"api_key": scheme}},
            }
        )
    )
    variables = {
        "WSGI_GATEWAY_API": str(definition),
        "WSGI_GATEWAY_APP": f"{__name__}:app",
        "WSGI_GATEWAY_STORE": url,
        "WSGI_GATEWAY_RATE_LIMIT_HEADERS": "1",
    }
    assert ask(mount.from_environment(variables)).status_code == 200
    for name, value in (
        ("RATE_LIMIT_HEADERS", "yes"),
        ("STORE_LEASE_SECONDS", "soon"),
        ("ON_STORE_ERROR", "x"),
    ):
        with pytest.raises(ConfigError):
            mount.from_environment({**variables, f"WSGI_GATEWAY_{name}": value})
    store.close()
