"""UsagePlan: the API key a request must carry, and the throttles and the quota that come with it.

An API key names a caller, it does not authenticate one: put an authorizer outside of this stage for that.
Around any WSGI app::

    >>> from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, QuotaConfig
    >>> from wsgi_gateway.config import ThrottleConfig, UsagePlanConfig
    >>> from wsgi_gateway.lifecycle.usage_plan import UsagePlan
    >>> from wsgi_gateway.wsgi import Response, call_app
    >>> basic = UsagePlanConfig(id="basic", keys=["ada"], api_stages=[ApiStageConfig(stage="default")],
    ...                         throttle=ThrottleConfig(rate_limit=10, burst_limit=20),
    ...                         quota=QuotaConfig(limit=1000, period="DAY"))
    >>> app = UsagePlan(Response("200 OK", [], [b"hi"]), [basic],
    ...                 api_keys=[ApiKeyConfig(id="ada", value="0123456789abcdefghij")])
    >>> call_app(app, {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": "0123456789abcdefghij"}).status
    '200 OK'
    >>> call_app(app, {"REQUEST_METHOD": "GET"}).body()
    b'{"message":"Forbidden"}'

In AWS's order: the key must be known, enabled and in a plan for this stage (else 403, always the same
text); then the plan's throttle of this method and of this key and the stage's throttle of this method must
have a token (else 429 "Too Many Requests"), and the plan's quota a request left (else 429 "Limit
Exceeded").

**Which requests count.** Those which get here, with a key, and are admitted: one token of each throttle and
one request of the quota, whatever the stages further in or the backend then answer. What was refused
further out (no route, no authorization) or here counts nowhere; a request refused by one limit takes
nothing from the others.

Without ``api_key_required`` only the stage's throttle holds; a key that is sent all the same is ignored,
and the limits of its plan with it, as on AWS. If the store fails the answer is 503, never a free pass and
never 429 (AWS serves such requests unmetered).

Not for: the account's limits per Region; nor for limits by IP address.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html;
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from wsgi_gateway.errors import (
    DEFAULT_5XX,
    INVALID_API_KEY,
    QUOTA_EXCEEDED,
    THROTTLED,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.pipeline import LifecycleStage
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.key_table import Admission, ApiKey, KeyTable, counter_name
from wsgi_gateway.usage.method_throttle import MethodThrottle

if TYPE_CHECKING:
    from wsgi_gateway.config import ApiKeyConfig, ThrottleConfig, UsagePlanConfig
    from wsgi_gateway.context import Context, Deployment
    from wsgi_gateway.typing import Clock, Store, WSGIApplication
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

    Buckets = tuple[tuple[str, TokenBucket], ...]
    Quotas = tuple[tuple[str, Quota], ...]

__all__ = ["API_KEY_SOURCES", "KeyTable", "UsagePlan"]

API_KEY_SOURCES = {
    "HEADER": ("HTTP_X_API_KEY", "latin-1"),
    "AUTHORIZER": ("wsgi_gateway.usage_identifier_key", "utf-8"),
}
"""Where the key's value lies in the environ, and how its text becomes bytes (PEP 3333's headers are bytes in
disguise, an authorizer's ``usageIdentifierKey`` is real text)."""


class UsagePlan(LifecycleStage):
    """Admits a request by its API key and within its limits, and sets ``ctx.api_key`` and ``ctx.api_key_id``.

    :param plans: the usage plans; which of them covers this stage is seen from ``ctx.deployment``.
    :param api_keys: the keys that the plans name by id.
    :param store: where the counters live; default a new
        :class:`~wsgi_gateway.stores.memory.MemoryStore`. Stages of several methods must share one, or each
        counts for itself.
    :param clock: seconds since the epoch.
    :param api_key_source: ``HEADER`` (``x-api-key``) or ``AUTHORIZER`` (``usageIdentifierKey``).
    :param api_key_required: the method's own setting.
    :param stage_throttle: ``/path/VERB`` or ``*/*`` to the limits that all callers of the stage share.
    :param key_table: the same plans and keys compiled already, to be shared by many methods.

    Refuses with INVALID_API_KEY (403), THROTTLED or QUOTA_EXCEEDED (429), or DEFAULT_5XX (503) if the store
    fails. Raises :class:`~wsgi_gateway.errors.ConfigError` for plans, keys and limits that cannot work.
    """

    def __init__(
        self,
        app: WSGIApplication,
        plans: Sequence[UsagePlanConfig] = (),
        *,
        api_keys: Sequence[ApiKeyConfig] = (),
        store: Store | None = None,
        clock: Clock = time.time,
        api_key_source: str = "HEADER",
        api_key_required: bool = True,
        stage_throttle: Mapping[str, ThrottleConfig] = MappingProxyType({}),
        key_table: KeyTable | None = None,
    ) -> None:
        super().__init__(app)
        if api_key_source not in API_KEY_SOURCES:
            raise ConfigError(f"api_key_source is {api_key_source!r}; it must be HEADER or AUTHORIZER")
        self._place, self._encoding = API_KEY_SOURCES[api_key_source]
        self._is_ours = self._place.startswith("wsgi_gateway.")
        table = _table(plans, api_keys, key_table)
        self._keys = table if api_key_required else None
        self._stage_throttle = MethodThrottle(stage_throttle)
        self._clock = clock
        self.store: Store = MemoryStore() if store is None else store
        """Where the counters are."""

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Find the key, its plan, a token and a request left; then go on."""
        if self._keys is None:
            return self._admit(self._stage_buckets(ctx), ())
        # What the authorizer left for this stage alone goes no further: it is a key's value.
        value = ctx.environ.pop(self._place, None) if self._is_ours else ctx.environ.get(self._place)
        key = self._find(self._keys, value)
        deployment = ctx.deployment
        found = None if key is None else key.admission(deployment.api_id, deployment.stage)
        if key is None or found is None:
            return GatewayError(INVALID_API_KEY, reason=self._why_not(value, key, deployment))
        admission, methods = found
        buckets = admission.buckets
        if methods or self._stage_throttle:
            buckets = (*_method_buckets(ctx, admission, methods), *buckets, *self._stage_buckets(ctx))
        refusal = self._admit(buckets, admission.quotas)
        if refusal is None:
            ctx.api_key, ctx.api_key_id = value, key.id
        return refusal

    def _find(self, keys: KeyTable, value: object) -> ApiKey | None:
        if not isinstance(value, str):
            return None
        try:
            return keys.find(value.encode(self._encoding))
        except UnicodeEncodeError:
            return None

    def _admit(self, buckets: Buckets, quotas: Quotas) -> GatewayError | None:
        """Ask the store for everything at once; what it refuses, it has not taken."""
        if not buckets and not quotas:
            return None
        try:
            refused = self.store.admit(buckets, quotas, int(self._clock() * 1_000_000))
        except Exception as error:
            # The kind alone: a store's error text may hold its URL, and that a password.
            reason = f"the store of usage counters failed: {type(error).__name__}"
            return GatewayError(DEFAULT_5XX, status=503, reason=reason)
        if refused is None:
            return None
        exceeded = any(refused == counter for counter, _ in quotas)
        return GatewayError(QUOTA_EXCEEDED if exceeded else THROTTLED, reason=f"limit reached: {refused}")

    def _stage_buckets(self, ctx: Context) -> Buckets:
        if not self._stage_throttle:
            return ()
        found = self._stage_throttle.find(ctx.resource_path, ctx.http_method)
        if found is None:
            return ()
        deployment = ctx.deployment
        return ((f"{_counter_name('stage', deployment.api_id, deployment.stage)}:{found[0]}", found[1]),)

    def _why_not(self, value: object, key: ApiKey | None, deployment: Deployment) -> str:
        """For logs; the client reads "Forbidden" in every case."""
        if key is None:
            return "unknown API key" if value else f"no API key in {self._place}"
        if not key.enabled:
            return f"API key {key.id} is disabled"
        return f"API key {key.id} has no usage plan for stage {deployment.stage} of API {deployment.api_id}"


def _table(
    plans: Sequence[UsagePlanConfig], api_keys: Sequence[ApiKeyConfig], key_table: KeyTable | None
) -> KeyTable:
    if key_table is None:
        return KeyTable(plans, api_keys)
    # The table keeps no values to compare with, and digests would cost every method what the table saves.
    if (plans and tuple(plans) != key_table.plans) or (api_keys and len(api_keys) != len(key_table)):
        raise ConfigError("the key_table was compiled from other plans or API keys than are given beside it")
    return key_table


def _method_buckets(ctx: Context, admission: Admission, methods: MethodThrottle) -> Buckets:
    """The plan's throttle of this method for this key, if it has one."""
    found = methods.find(ctx.resource_path, ctx.http_method)
    if found is None:
        return ()
    place = _counter_name("method", ctx.deployment.api_id, ctx.deployment.stage)
    return ((f"{admission.name}:{place}:{found[0]}", found[1]),)


_counter_name = lru_cache(64)(counter_name)
