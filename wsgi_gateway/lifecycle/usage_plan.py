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
text); then the plan's throttle of this method and of this key, the stage's throttle of this method, of all
methods, and the account's must have a token (else 429 "Too Many Requests"), and the plan's quota a request
left (else 429 "Limit Exceeded").

**Which requests count.** Those which get here, with a key, and are admitted: one token of each throttle and
one request of the quota, whatever the stages further in or the backend then answer. What was refused
further out (no route, no authorization) or here counts nowhere; a request refused by one limit takes
nothing from the others.

A plan with ``shadow`` decides and refuses nobody: what it would have refused is told by a trace, and by
``wsgi_gateway.shadow_refusal`` in the environ. The limits of stage and account hold all the same.

Without ``api_key_required`` only the limits of stage and account hold; a key that is sent all the same is
ignored, and the limits of its plan with it, as on AWS. If the store fails the answer is 503, never a free
pass and never 429 (AWS serves such requests unmetered), unless the store itself is told to do otherwise
(:mod:`wsgi_gateway.stores.guarded`).

Not for: limits by IP address.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html;
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

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
from wsgi_gateway.usage.rate_limit import RateLimits
from wsgi_gateway.usage.shared_limits import SharedLimits

if TYPE_CHECKING:
    from wsgi_gateway.config import ApiKeyConfig, StageConfig, UsagePlanConfig
    from wsgi_gateway.context import Context, Deployment
    from wsgi_gateway.typing import Clock, CounterStore, WSGIApplication
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

    Buckets = tuple[tuple[str, TokenBucket], ...]
    Quotas = tuple[tuple[str, Quota], ...]

__all__ = ["API_KEY_SOURCES", "SHADOW_KEY", "KeyTable", "Keys", "UsagePlan"]


class Keys(Protocol):
    """Where API keys are found: a :class:`KeyTable`, or keys kept in a store."""

    def find(self, value: bytes) -> ApiKey | None:
        """The key with this value, or None. Raises if that cannot be told."""


API_KEY_SOURCES = {
    "HEADER": ("HTTP_X_API_KEY", "latin-1"),
    "AUTHORIZER": ("wsgi_gateway.usage_identifier_key", "utf-8"),
}
"""Where the key's value lies in the environ, and how its text becomes bytes (PEP 3333's headers are bytes in
disguise, an authorizer's ``usageIdentifierKey`` is real text)."""


SHADOW_KEY = "wsgi_gateway.shadow_refusal"
"""Where the limit lies in the environ that would have refused the request, were its plan no shadow."""


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
    :param stage: the stage, for its limits: ``throttle``, ``overall_throttle`` and ``account_throttle``.
    :param key_table: the same plans and keys compiled already, to be shared by many methods, or anything with
        ``find(value: bytes)``.
    :param tells: note what the limits are, for
        :class:`~wsgi_gateway.lifecycle.rate_limit_headers.RateLimitHeaders` around this stage.

    Refuses with INVALID_API_KEY (403), THROTTLED or QUOTA_EXCEEDED (429), or DEFAULT_5XX (503) if the store
    fails. Raises :class:`~wsgi_gateway.errors.ConfigError` for plans, keys and limits that cannot work.
    """

    def __init__(
        self,
        app: WSGIApplication,
        plans: Sequence[UsagePlanConfig] = (),
        *,
        api_keys: Sequence[ApiKeyConfig] = (),
        store: CounterStore | None = None,
        clock: Clock = time.time,
        api_key_source: str = "HEADER",
        api_key_required: bool = True,
        stage: StageConfig | None = None,
        key_table: Keys | None = None,
        tells: bool = False,
    ) -> None:
        super().__init__(app)
        if api_key_source not in API_KEY_SOURCES:
            raise ConfigError(f"api_key_source is {api_key_source!r}; it must be HEADER or AUTHORIZER")
        self._place, self._encoding = API_KEY_SOURCES[api_key_source]
        self._is_ours = self._place.startswith("wsgi_gateway.")
        table = _table(plans, api_keys, key_table)
        self._keys = table if api_key_required else None
        self._shared = SharedLimits(stage) or None
        self._method_place: tuple[Deployment | None, str] = None, ""
        self._clock = clock
        self._tells = tells
        self.store: CounterStore = MemoryStore() if store is None else store
        """Where the counters are."""

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Find the key, its plan, a token and a request left; then go on."""
        shared = () if self._shared is None else self._shared.buckets(ctx)
        keys = self._keys
        if keys is None:
            return self._admit(ctx, shared, (), None)
        # What the authorizer left for this stage alone goes no further: it is a key's value.
        value = ctx.environ.pop(self._place, None) if self._is_ours else ctx.environ.get(self._place)
        try:
            key = keys.find(value.encode(self._encoding)) if isinstance(value, str) else None
        except UnicodeEncodeError:
            key = None
        except Exception as error:
            return _unavailable("the store of API keys", error)
        deployment = ctx.deployment
        if key is None:
            return GatewayError(INVALID_API_KEY, reason=self._why_not(value, None, deployment))
        found = key.lately
        if found is None or found[0] is not deployment:
            found = key.admitted(deployment)
            if found is None:
                return GatewayError(INVALID_API_KEY, reason=self._why_not(value, key, deployment))
        _, admission, methods = found
        own = admission.buckets
        if methods is not None:
            own = self._with_method(ctx, admission, methods)
        if admission.is_shadow:
            refusal = self._shadowed(ctx, own, admission) or self._admit(ctx, shared, (), None)
        else:
            buckets, quotas = (*own, *shared) if shared else own, admission.quotas
            if self._tells or not (quotas or buckets):
                refusal = self._admit(ctx, buckets, quotas, len(own))
            else:
                # As _admit does, here: it is what nearly every request takes, and a call costs. So would
                # self._clock(), for which Python looks among the methods first.
                clock = self._clock
                now = int(clock() * 1_000_000)
                try:
                    refused = self.store.admit(buckets, quotas, now)
                except Exception as error:
                    return _unavailable("the store of usage counters", error)
                refusal = None if refused is None else _exceeded(refused, quotas)
        if refusal is None:
            ctx.api_key, ctx.api_key_id = value, key.id
        return refusal

    def _with_method(self, ctx: Context, admission: Admission, methods: MethodThrottle) -> Buckets:
        """A key's buckets, and before them that of this method, if its plan has one."""
        found = methods.find(ctx.resource_path, ctx.http_method)
        if found is None:
            return admission.buckets
        deployment, name = self._method_place
        if deployment is not ctx.deployment:
            deployment = ctx.deployment
            name = counter_name("method", deployment.api_id, deployment.stage)
            self._method_place = deployment, name
        return ((f"{admission.name}:{name}:{found[0]}", found[1]), *admission.buckets)

    def _admit(self, ctx: Context, buckets: Buckets, quotas: Quotas, own: int | None) -> GatewayError | None:
        """Ask the store for everything at once; what it refuses, it has not taken. ``own``: how many of the
        buckets are the caller's alone; None if nothing is to be told.
        """
        if not buckets and not quotas:
            return None
        now = int(self._clock() * 1_000_000)
        told: list[Any] | None = [] if self._tells else None
        try:
            refused = (
                self.store.admit(buckets, quotas, now)
                if told is None
                else self.store.admit(buckets, quotas, now, told)
            )
        except Exception as error:
            return _unavailable("the store of usage counters", error)
        if told is not None and (own is not None or refused is not None):
            ctx.rate_limits = _told(now, buckets, quotas, told, own or 0, refused)
        return None if refused is None else _exceeded(refused, quotas)

    def _shadowed(self, ctx: Context, own: Buckets, admission: Admission) -> GatewayError | None:
        """Decide by a plan that refuses nobody, and record what it would have done; a failing store is
        told.
        """
        ctx.environ.pop(SHADOW_KEY, None)
        refusal = self._admit(ctx, own, admission.quotas, None)
        ctx.rate_limits = None  # who is refused nothing is told of no limit
        if refusal is None or refusal.response_type is DEFAULT_5XX:
            return refusal
        ctx.environ[SHADOW_KEY] = refusal.reason
        if ctx.trace is not None:
            ctx.trace.note("UsagePlan", {"shadow": f"{refusal.response_type.name}, {refusal.reason}"})
        return None

    def _why_not(self, value: object, key: ApiKey | None, deployment: Deployment) -> str:
        """For logs; the client reads "Forbidden" in every case."""
        if key is None:
            return "unknown API key" if value else f"no API key in {self._place}"
        if not key.enabled:
            return f"API key {key.id} is disabled"
        return f"API key {key.id} has no usage plan for stage {deployment.stage} of API {deployment.api_id}"


def _unavailable(what: str, error: Exception) -> GatewayError:
    # The kind alone: a store's error text may hold its URL, and that a password.
    return GatewayError(DEFAULT_5XX, status=503, reason=f"{what} failed: {type(error).__name__}")


def _exceeded(refused: str, quotas: Quotas) -> GatewayError:
    is_quota = any(refused == counter for counter, _ in quotas)
    return GatewayError(QUOTA_EXCEEDED if is_quota else THROTTLED, reason=f"limit reached: {refused}")


def _table(
    plans: Sequence[UsagePlanConfig], api_keys: Sequence[ApiKeyConfig], key_table: Keys | None
) -> Keys:
    if key_table is None:
        return KeyTable(plans, api_keys)
    if not isinstance(key_table, KeyTable):
        if plans or api_keys:
            raise ConfigError("give plans and api_keys, or a key_table that finds keys elsewhere, not both")
        return key_table
    # The table keeps no values to compare with, and digests would cost every method what the table saves.
    if (plans and tuple(plans) != key_table.plans) or (api_keys and len(api_keys) != len(key_table)):
        raise ConfigError("the key_table was compiled from other plans or API keys than are given beside it")
    return key_table


def _told(
    now: int, buckets: Buckets, quotas: Quotas, states: list[Any], own: int, refused: str | None
) -> RateLimits:
    """The caller's own limits, and whichever refused."""
    told = RateLimits(now)
    limits: list[tuple[str, TokenBucket | Quota]] = [*buckets, *quotas]
    for index, ((counter, limit), state) in enumerate(zip(limits, states, strict=True)):
        if index < own or index >= len(buckets):
            told.add(_LABELS[own - index] if index < own else "quota", limit, state)
        if counter == refused:
            told.refused = (limit, state)
    return told


_LABELS = ("", "throttle", "method")
"""What the caller's own buckets are called, counted from the last of them."""
