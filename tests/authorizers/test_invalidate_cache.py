"""Who may invalidate cached answers: what the caller's policies, the API's own and the account say."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.authorizers.credentials import Credential, KnownCredentials
from wsgi_gateway.authorizers.invalidate_cache import CacheInvalidation
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.context import Context, Deployment

KEY, SECRET = "AKIDEXAMPLEKEY1", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
INVALIDATE = "execute-api:InvalidateCache"
DEPLOYMENT = Deployment(api_id="a1", stage="prod")
ARN = "arn:aws:execute-api:us-east-1:123456789012:a1/prod/GET/reports"


def policy(effect: str, action: str = INVALIDATE, resource: str = "*", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW, DENY = policy("Allow"), policy("Deny")


def may(*policies: Any, own: Any = None, account: str = "123456789012", signed: str | None = KEY) -> bool:
    principal = PrincipalRecord(arn=f"arn:aws:iam::{account}:user/alice", policies=policies)
    provider = KnownCredentials([Credential(KEY, SECRET, principal=principal)])
    ctx = Context({"REQUEST_METHOD": "GET", "PATH_INFO": "/reports", "REMOTE_ADDR": "192.0.2.7"}, DEPLOYMENT)
    ctx.identity = {} if signed is None else {"accessKey": signed}
    names = OwnNames("us-east-1", "123456789012", "a1")
    return CacheInvalidation(provider, policy=own, own=names)(ctx)


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        pytest.param([ALLOW], True, id="allowed"),
        pytest.param([policy("Allow", "execute-api:*")], True, id="everything allowed"),
        pytest.param([policy("Allow", resource=ARN)], True, id="on this method"),
        pytest.param([policy("Allow", resource=ARN + "/x")], False, id="on another method"),
        pytest.param([policy("Allow", "execute-api:Invoke")], False, id="calling alone is not enough"),
        pytest.param([], False, id="no policy"),
        pytest.param([ALLOW, DENY], False, id="allowed by one, denied by another"),
        pytest.param([DENY, ALLOW], False, id="the other way round"),
        pytest.param(
            [policy("Allow", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})], True, id="from here"
        ),
        pytest.param(
            [policy("Allow", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})],
            False,
            id="from elsewhere",
        ),
    ],
)
def test_the_callers_policies_decide(policies: list[Any], allowed: bool) -> None:
    assert may(*policies) is allowed


@pytest.mark.parametrize(
    ("own", "allowed"),
    [
        pytest.param(policy("Deny", Principal="*"), False, id="the API's own policy denies"),
        pytest.param(
            policy("Deny", "execute-api:Invoke", Principal="*"), True, id="it denies something else"
        ),
        pytest.param(policy("Allow", Principal="*"), True, id="it allows too"),
    ],
)
def test_the_apis_own_policy_may_forbid(own: Any, allowed: bool) -> None:
    assert may(ALLOW, own=own) is allowed


def test_the_apis_own_policy_alone_is_not_enough() -> None:
    assert not may(own=policy("Allow", Principal="*"))


def test_callers_of_other_accounts_may_not() -> None:
    assert not may(ALLOW, account="999999999999")


@pytest.mark.parametrize("signed", [None, "AKIDUNKNOWN"])
def test_nobody_may_whose_credential_is_not_known(signed: str | None) -> None:
    assert not may(ALLOW, signed=signed)
