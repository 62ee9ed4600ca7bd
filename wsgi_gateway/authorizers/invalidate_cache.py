"""Who may invalidate cached answers: callers whose policies allow ``execute-api:InvalidateCache``.

::

    may = CacheInvalidation(provider, policy=api.policy, own=OwnNames("eu-west-1", "123456789012", "a1b2c3"))
    may(ctx)    # behind an IamAuthorizer

The caller is the one who signed the request; their own policies must allow it on the method's ARN, and
neither they nor the API's resource policy may deny it. Callers of other accounts never may (documented). Nor
may anybody who did not sign: what an authorizer's policy says of this action is not looked at.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.policy import ACTIONS, Policy
from wsgi_gateway.authorizers.request_keys import request_keys
from wsgi_gateway.authorizers.sigv4 import Caller

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.credentials import CredentialProvider
    from wsgi_gateway.authorizers.resources import OwnNames
    from wsgi_gateway.context import Context

INVALIDATE = ACTIONS[1]


class CacheInvalidation:
    """``provider``: the credentials of those who may sign. ``policy``: the API's own, or None; ``own``: its
    names. Raises PolicyError for a policy that is none.
    """

    def __init__(
        self, provider: CredentialProvider, *, policy: Mapping[str, Any] | None, own: OwnNames
    ) -> None:
        self._provider = provider
        self._policy = None if policy is None else Policy(policy, resource_policy=True, own=own)

    def __call__(self, ctx: Context) -> bool:
        """Whether the caller of this request may. Raises GatewayError if their credential cannot be told."""
        access_key_id = ctx.identity.get("accessKey")
        credential = None if access_key_id is None else self._provider.find(access_key_id)
        if access_key_id is None or credential is None:
            return False
        principal = credential.principal
        if principal.account != ctx.deployment.account_id:
            return False
        keys = request_keys(ctx, Caller(access_key_id, principal, credential.identity))
        policies = [*principal.compiled, *(() if self._policy is None else (self._policy,))]
        decisions = [
            policy.decide(ctx.method_arn, INVALIDATE, keys, principal.for_policies) for policy in policies
        ]
        own = decisions[: len(principal.compiled)]
        return any(one.allowed for one in own) and not any(one.effect == "Deny" for one in decisions)
