"""Plans of a store that limit methods which the definition has not: told once, by a gateway's log."""

from __future__ import annotations

import logging

import pytest

from wsgi_gateway.config import (
    ApiStageConfig,
    MethodConfig,
    RestApiConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.limited_methods import LimitedMethods
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.wsgi import Response, call_app

SLOW = ThrottleConfig(rate_limit=1, burst_limit=1)
VALUE = "0123456789abcdefghij"
API = RestApiConfig(
    id="shop",
    resources={
        "/orders": {"POST": MethodConfig(http_method="POST", api_key_required=True)},
        "/any": {"ANY": MethodConfig(http_method="ANY")},
    },
)


def plan(*keys, stage="prod", api_id=None, plan_id="gold"):
    covered = ApiStageConfig(stage=stage, api_id=api_id, throttle=dict.fromkeys(keys, SLOW))
    return UsagePlanConfig(id=plan_id, api_stages=[covered])


def told(caplog, *plans):
    watch = LimitedMethods(API, "prod")
    for one in plans:
        watch(one)
    return [record.getMessage() for record in caplog.records]


def test_a_slip_is_told_once_with_what_was_meant(caplog):
    [message] = told(caplog, plan("/order/POST"), plan("/order/POST"))
    assert message == (
        "the usage plan 'gold' of the store limits '/order/POST', and this API has no such method: "
        "that limit holds nobody here; did you mean '/orders/POST'?"
    )


def test_each_plan_and_method_is_told(caplog):
    assert len(told(caplog, plan("/a/GET", "/orders/GET"), plan("/a/GET", plan_id="other"))) == 3


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(plan("/orders/POST", "/orders/ANY", "/any/GET", "*/*"), id="methods that there are"),
        pytest.param(plan("/order/POST", stage="dev"), id="another stage"),
        pytest.param(plan("/order/POST", api_id="other"), id="another API"),
    ],
)
def test_of_others_nothing_is_told(caplog, sound):
    assert told(caplog, sound) == []


def test_a_gateway_tells_when_it_reads_the_plan(caplog):
    store = MemoryStore()
    registry = Registry(store)
    registry.put_plan(plan("/order/POST", api_id="shop"))
    registry.create_key("Ada", value=VALUE, plans=["gold"])
    app = Gateway(API, Response("200 OK", [], [b""]), stage="prod", store=store)
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        for _ in range(2):
            environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/orders", "HTTP_X_API_KEY": VALUE}
            assert call_app(app, environ).status == "200 OK"
    assert sum("no such method" in record.getMessage() for record in caplog.records) == 1
