from __future__ import annotations

from dataclasses import replace

import pytest

from wsgi_gateway.config import StageConfig, ThrottleConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import GatewayError
from wsgi_gateway.usage.shared_limits import SharedLimits

LIMIT = ThrottleConfig(rate_limit=1, burst_limit=1)
DEV = Deployment(api_id="a1", stage="dev")


def asked(limits, deployment=DEV, path="/pets", verb="GET"):
    context = Context({"REQUEST_METHOD": verb}, deployment)
    context.resource_path = path
    return [name for name, _ in limits.buckets(context)]


def test_the_limits_of_method_stage_and_account_come_in_this_order_each_time():
    stage = StageConfig(throttle={"*/*": LIMIT}, overall_throttle=LIMIT, account_throttle=LIMIT)
    limits = SharedLimits(stage)
    expected = ["stage:a1:dev:/pets/GET", "stage:a1:dev", "account:123456789012:us-east-1"]
    assert [asked(limits) for _ in range(3)] == [expected] * 3


def test_deployments_that_ask_in_turn_get_their_own():
    limits = SharedLimits(StageConfig(throttle={"*/*": LIMIT}))
    places = [DEV, replace(DEV, stage="prod"), replace(DEV, api_id="a2")]
    expected = [["stage:a1:dev:/pets/GET"], ["stage:a1:prod:/pets/GET"], ["stage:a2:dev:/pets/GET"]]
    assert [[asked(limits, place) for place in places] for _ in range(2)] == [expected] * 2


def test_methods_that_ask_in_turn_get_their_own():
    limits = SharedLimits(StageConfig(throttle={"/pets/GET": LIMIT}))
    methods = [("/pets", "GET"), ("/pets", "POST"), ("/", "GET")]
    found = [[asked(limits, path=path, verb=verb) for path, verb in methods] for _ in range(2)]
    assert found == [[["stage:a1:dev:/pets/GET"], [], []]] * 2


def test_what_clients_make_up_is_not_kept():
    limits = SharedLimits(StageConfig(throttle={"*/*": LIMIT}))
    for n in range(5_000):
        assert asked(limits, verb=f"BREW{n}") == ["stage:a1:dev:/pets/ANY"]
    assert not limits._known[1]
    for n in range(5_000):
        assert asked(limits, path=f"/{n}") == [f"stage:a1:dev:/{n}/GET"]
    assert len(limits._known[1]) == 1_000


def test_without_a_router_the_limit_of_a_single_method_is_an_error_each_time():
    limits = SharedLimits(StageConfig(throttle={"/pets/GET": LIMIT}))
    for _ in range(2):
        with pytest.raises(GatewayError):
            asked(limits, path=None)


def test_is_false_without_limits():
    assert not SharedLimits(None)
    assert SharedLimits(StageConfig(account_throttle=LIMIT))
