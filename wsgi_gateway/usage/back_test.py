"""Back-test: recorded requests against usage plans that were not there, or not yet.

Every request is decided as :class:`~wsgi_gateway.lifecycle.usage_plan.UsagePlan` would have decided it, by
the same limits in the same order, under the same names, in a store of the test's own::

    >>> from wsgi_gateway.config import ApiStageConfig, ThrottleConfig, UsagePlanConfig
    >>> from wsgi_gateway.stores.memory import MemoryStore
    >>> from wsgi_gateway.usage.back_test import BackTest
    >>> from wsgi_gateway.usage.traffic import Request
    >>> plan = UsagePlanConfig(id="basic", api_stages=[ApiStageConfig(stage="default")],
    ...                        throttle=ThrottleConfig(rate_limit=1, burst_limit=2))
    >>> test = BackTest([plan], MemoryStore())
    >>> [test.replay(Request(at, "ada", "GET", "/pets")) for at in (0, 1, 2)]
    [None, None, 'plan:basic:ada:throttle']
    >>> test.callers["ada"].needs[0].burst_enough
    3

Callers are named as the traffic names them, by ids of API keys as a rule. One that no plan and no API key
names has the plan without ``keys``, if there is one for the stage: a draft need not say whom it is for. A
plan in shadow mode is tested as if it refused.

Counters begin unused, as on the first day: buckets full, and an offset of a quota holds in the first period
that the traffic is of.

Memory: about 2 kB a caller, and 1.2 kB for each method a caller has used where methods have limits.

Not for: reading logs (:mod:`wsgi_gateway.usage.traffic`), nor for traffic that is not in the order of time
(:mod:`wsgi_gateway.usage.traffic_order`).

Source: this project's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.config import ApiKeyConfig
from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.caller_record import CallerRecord
from wsgi_gateway.usage.enough import BucketNeed, QuotaNeed
from wsgi_gateway.usage.key_table import Admission, KeyTable, counter_name
from wsgi_gateway.usage.shared_limits import SharedLimits

if TYPE_CHECKING:
    from wsgi_gateway.config import StageConfig, UsagePlanConfig
    from wsgi_gateway.typing import CounterStore
    from wsgi_gateway.usage.method_throttle import MethodThrottle
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket
    from wsgi_gateway.usage.traffic import Request

NO_PLAN = "no plan"
"""In the place of a limit's name: no usage plan covers the caller there, or there was no caller (403)."""

KINDS = ("method throttle", "throttle", "stage throttle", "quota", NO_PLAN)
"""What may refuse a request: a caller's limit of a method, of all methods, what callers share, the rest."""

_ANYBODY = "*"

Need = BucketNeed | QuotaNeed


class _Limits(NamedTuple):
    """What holds for one caller, stage and method, ready for the store, and what watches it."""

    buckets: tuple[tuple[str, TokenBucket], ...]
    quotas: tuple[tuple[str, Quota], ...]
    needs: tuple[Need, ...]


class BackTest:
    """Decides requests and keeps account.

    :param plans: what is tested.
    :param store: where the counters live; one of this test's own.
    :param api_keys: the keys there are, for whether they are enabled; by default those that the plans name.
    :param stage: limits that callers share.
    :param deployment: the API and stage of requests that do not say theirs.
    :param one_place: take all requests for such, whatever they say.

    Raises :class:`~wsgi_gateway.errors.ConfigError` for plans that cannot work, and for two drafts of one
    stage.
    """

    def __init__(
        self,
        plans: Sequence[UsagePlanConfig],
        store: CounterStore,
        *,
        api_keys: Iterable[ApiKeyConfig] = (),
        stage: StageConfig | None = None,
        deployment: Deployment | None = None,
        one_place: bool = False,
    ) -> None:
        self.store = store
        self.deployment = Deployment() if deployment is None else deployment
        self.callers: dict[str | None, CallerRecord] = {}
        """By the names that the traffic has for them."""
        self.shared_needs: list[Need] = []
        """Limits that callers share, and what would have been enough of each."""
        self.methods_matter = any(one.throttle for plan in plans for one in plan.api_stages)
        """Whether some limit is of a single method, so that requests have to say theirs."""
        if stage is not None and stage.throttle:
            self.methods_matter = True
        self._one_place = one_place
        self._admissions = _Admissions(plans, api_keys)
        self._shared = SharedLimits(stage)
        self._needs: dict[str, Need] = {}
        self._limits: dict[Any, _Limits | None] = {}

    def replay(self, request: Request) -> str | None:
        """Decide a request, no earlier than the one before: the name of the counter that refuses it,
        :data:`NO_PLAN`, or None if it is admitted.

        Raises GatewayError for a request without a path where methods have limits of their own, and
        whatever the store raises.
        """
        at = request.at
        if self._one_place and (request.api_id or request.stage):
            request = request._replace(api_id=None, stage=None)
        record = self.callers.get(request.caller)
        if record is None:
            record = self.callers[request.caller] = CallerRecord(request.caller)
        limits = self._limits_of(request, record)
        if limits is None:
            record.count(at, NO_PLAN, NO_PLAN)
            return NO_PLAN
        buckets, quotas, needs = limits
        refused = self.store.admit(buckets, quotas, at) if needs else None
        for need in needs:
            need.count(at)
        if refused is None:
            record.count(at, None, None)
        else:
            need = self._needs[refused]
            need.refused += 1
            record.count(at, need.kind, refused)
        return refused

    def _limits_of(self, request: Request, record: CallerRecord) -> _Limits | None:
        """The limits of a request, worked out once for a caller, stage and, where it matters, method."""
        _, caller, verb, path, api_id, stage, needs_key = request
        key = (caller, api_id, stage, needs_key)
        place = (*key, verb, path) if self.methods_matter else key
        if place not in self._limits:
            self._limits[place] = self._compiled(request, record)
        return self._limits[place]

    def _compiled(self, request: Request, record: CallerRecord) -> _Limits | None:
        deployment = replace(
            self.deployment,
            api_id=request.api_id or self.deployment.api_id,
            stage=request.stage or self.deployment.stage,
        )
        needs: list[Need] = []
        buckets: list[tuple[str, TokenBucket]] = []
        quotas: list[tuple[str, Quota]] = []
        if request.needs_key:
            found = self._admissions.find(request.caller, deployment)
            if found is None:
                return None
            for kind, counter, limit in _own(*found, request, deployment):
                (quotas if kind == "quota" else buckets).append((counter, limit))
                needs.append(self._need(kind, counter, limit, record.needs))
        # All that the shared limits ask of a request's context.
        asked: Any = SimpleNamespace(
            deployment=deployment, resource_path=request.path, http_method=request.verb
        )
        for counter, bucket in self._shared.buckets(asked):
            buckets.append((counter, bucket))
            needs.append(self._need("stage throttle", counter, bucket, self.shared_needs))
        return _Limits(tuple(buckets), tuple(quotas), tuple(needs))

    def _need(self, kind: str, counter: str, limit: Any, listed: list[Need]) -> Need:
        """What watches a counter, one for all methods and stages that share it."""
        need = self._needs.get(counter)
        if need is None:
            watch = QuotaNeed if kind == "quota" else BucketNeed
            need = self._needs[counter] = watch(kind, counter, limit)
            listed.append(need)
        return need


def _own(
    name: str, admission: Admission, methods: MethodThrottle, request: Request, deployment: Deployment
) -> Iterable[tuple[str, str, Any]]:
    """Kind, counter and limit of all that is a caller's own, in the order in which the stage asks."""
    found = methods.find(request.path, request.verb) if methods else None
    if found is not None:
        place = counter_name("method", deployment.api_id, deployment.stage)
        yield "method throttle", f"{name}:{place}:{found[0]}", found[1]
    for counter, bucket in admission.buckets:
        yield "throttle", name + counter.removeprefix(admission.name), bucket
    for counter, quota in admission.quotas:
        yield "quota", name + counter.removeprefix(admission.name), quota


class _Admissions:
    """Which plan a caller has for a stage: the one that names it, or the draft."""

    def __init__(self, plans: Sequence[UsagePlanConfig], api_keys: Iterable[ApiKeyConfig]) -> None:
        enabled = {key_id: True for plan in plans for key_id in plan.keys}
        enabled |= {key.id: key.enabled for key in api_keys}
        self._named = enabled.keys()
        self._table = KeyTable(plans, [_key(*item) for item in enabled.items()])
        drafts = [replace(plan, keys=(_ANYBODY,)) for plan in plans if not plan.keys]
        try:
            table = KeyTable(drafts, [_key(_ANYBODY)])
        except ConfigError:  # the table above has found all else
            message = "several usage plans without keys cover the same stage"
            hint = "name the keys of all plans but one"
            raise ConfigError([Problem("usage-plan", message, drafts[-1].place, hint)]) from None
        self._draft = table.find(_value(_ANYBODY).encode())

    def find(
        self, caller: str | None, deployment: Deployment
    ) -> tuple[str, Admission, MethodThrottle] | None:
        """How the names of the caller's counters begin, and what holds for it; None if nothing covers it."""
        if caller is None:
            return None
        is_named = caller in self._named
        key = self._table.find(_value(caller).encode()) if is_named else self._draft
        found = None if key is None else key.admission(deployment.api_id, deployment.stage)
        if found is None:
            return None
        name = found[0].name
        if not is_named:
            name = name.removesuffix(counter_name(_ANYBODY)) + counter_name(caller)
        return name, *found


def _key(key_id: str, enabled: bool = True) -> ApiKeyConfig:
    return ApiKeyConfig(id=key_id, value=_value(key_id), enabled=enabled)


def _value(key_id: str) -> str:
    # Nobody is let in here: callers are only told apart, and the id does that.
    return f"value of {key_id}"
