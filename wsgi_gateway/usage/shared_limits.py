"""Limits that all callers share: of a stage's method, of a stage, and of an account.

::

    limits = SharedLimits(StageConfig(throttle={"*/*": ThrottleConfig(rate_limit=100, burst_limit=50)}))
    limits.buckets(ctx)    # (("stage:local:default:/pets/GET", TokenBucket(...)),), in AWS's order

Not for: limits of single callers; :mod:`wsgi_gateway.usage.key_table` has them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html; AWS
has no limit for a whole stage.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from wsgi_gateway.usage.key_table import counter_name
from wsgi_gateway.usage.method_throttle import VERBS, MethodThrottle
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.context import Context, Deployment

    Buckets = tuple[tuple[str, TokenBucket], ...]

_KNOWN = 1_000
"""For how many methods it is remembered what limits them."""


class SharedLimits:
    """The limits of a stage; false if it has none. Raises ConfigError for limits that cannot work."""

    __slots__ = ("_account", "_any", "_known", "_methods", "_overall")

    def __init__(self, stage: StageConfig | None) -> None:
        self._methods = MethodThrottle({} if stage is None else stage.throttle)
        overall = None if stage is None else stage.overall_throttle
        account = None if stage is None else stage.account_throttle
        self._overall = None if overall is None else TokenBucket.of(overall)
        self._account = None if account is None else TokenBucket.of(account)
        self._any = bool(self._methods) or self._overall is not None or self._account is not None
        # Of the deployment that asked last, by path and verb: what was found, to be handed out again.
        self._known: tuple[Deployment | None, dict[tuple[str | None, str], Buckets]] = (None, {})

    def __bool__(self) -> bool:
        return self._any

    def buckets(self, ctx: Context) -> Buckets:
        """Counters and limits for a request: the method's, the stage's, the account's."""
        deployment, known = self._known
        if deployment is not ctx.deployment:
            deployment, known = self._known = (ctx.deployment, {})
        asked = ctx.resource_path, ctx.http_method
        found = known.get(asked)
        if found is None:
            found = self._buckets(ctx, deployment)
            # A client may send any verb, and without a router of ours anything may be a path.
            if ctx.http_method in VERBS and len(known) < _KNOWN:
                known[asked] = found
        return found

    def _buckets(self, ctx: Context, deployment: Deployment) -> Buckets:
        found = []
        if self._methods:
            own = self._methods.find(ctx.resource_path, ctx.http_method)
            if own is not None:
                found.append((f"{_name('stage', deployment.api_id, deployment.stage)}:{own[0]}", own[1]))
        if self._overall is not None:
            found.append((_name("stage", deployment.api_id, deployment.stage), self._overall))
        if self._account is not None:
            found.append((_name("account", deployment.account_id, deployment.region), self._account))
        return tuple(found)


_name = lru_cache(64)(counter_name)
