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
from wsgi_gateway.usage.method_throttle import MethodThrottle
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.context import Context


class SharedLimits:
    """The limits of a stage; false if it has none. Raises ConfigError for limits that cannot work."""

    __slots__ = ("_account", "_any", "_methods", "_overall")

    def __init__(self, stage: StageConfig | None) -> None:
        self._methods = MethodThrottle({} if stage is None else stage.throttle)
        overall = None if stage is None else stage.overall_throttle
        account = None if stage is None else stage.account_throttle
        self._overall = None if overall is None else TokenBucket.of(overall)
        self._account = None if account is None else TokenBucket.of(account)
        self._any = bool(self._methods) or self._overall is not None or self._account is not None

    def __bool__(self) -> bool:
        return self._any

    def buckets(self, ctx: Context) -> tuple[tuple[str, TokenBucket], ...]:
        """Counters and limits for a request: the method's, the stage's, the account's."""
        deployment = ctx.deployment
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
