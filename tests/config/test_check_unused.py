"""Who declares what protects, and forgets to use it, is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    MethodConfig,
    RequestValidatorConfig,
    RestApiConfig,
    UsagePlanConfig,
)
from wsgi_gateway.config.check import check

GUARD = AuthorizerConfig(
    name="guard",
    type="TOKEN",
    authorizer_uri="guard",
    identity_source=["method.request.header.Authorization"],
)
OPEN = MethodConfig(http_method="GET")
PLAN = UsagePlanConfig(
    id="p", name="p", api_stages=[ApiStageConfig(api_id="local", stage="prod")], keys=["k"]
)
PARTS = {
    "validator-unused": {"request_validators": {"v": RequestValidatorConfig(name="v")}},
    "authorizer-unused": {"authorizers": {"guard": GUARD}},
    "usage-plan-unused": {"usage_plans": [PLAN], "api_keys": [ApiKeyConfig(id="k", value="v" * 20)]},
}
USES = {
    "validator-unused": {"request_validator": "v"},
    "authorizer-unused": {"authorization_type": "CUSTOM", "authorizer": "guard"},
    "usage-plan-unused": {"api_key_required": True},
}


@pytest.mark.parametrize("code", PARTS)
def test_what_no_method_uses_is_told(code):
    api = RestApiConfig(resources={"/": {"GET": OPEN}}, **PARTS[code])
    assert [(problem.severity, problem.code) for problem in check(api)] == [("warning", code)]
    used = replace(api, resources={"/": {"GET": replace(OPEN, **USES[code])}})
    assert check(used) == []
    assert check(replace(api, resources={})) == []


def test_every_authorizer_is_told_by_its_name():
    other = replace(GUARD, name="other")
    api = RestApiConfig(
        resources={"/": {"GET": replace(OPEN, **USES["authorizer-unused"])}},
        authorizers={"guard": GUARD, "other": other},
    )
    assert [problem.message for problem in check(api)] == [
        "the authorizer 'other' is declared, and no method uses it"
    ]
