"""The key table: who may call which stages, within which limits. Compiled once for an API.

An API key names a caller; a usage plan joins keys, stages and limits. The table answers the one question of a
request, *whose is this key value, and what limits it here?*, by looking up the SHA-256 of the value::

    >>> from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, ThrottleConfig, UsagePlanConfig
    >>> from wsgi_gateway.usage.key_table import KeyTable
    >>> keys = [ApiKeyConfig(id="k1", value="0123456789abcdefghij")]
    >>> plan = UsagePlanConfig(id="p1", keys=["k1"], api_stages=[ApiStageConfig(stage="dev")],
    ...                        throttle=ThrottleConfig(rate_limit=10, burst_limit=5))
    >>> key = KeyTable([plan], keys).find(b"0123456789abcdefghij")
    >>> admission, methods = key.admission("api", "dev")
    >>> admission.buckets
    (('plan:p1:k1:throttle', TokenBucket(rate_limit=10, burst_limit=5)),)
    >>> key.admission("api", "prod") is None
    True

Values are not kept: what is in memory, and what a dump of it would show, are digests. Counters are named by
ids, and those of a key's throttle and quota by plan and key alone, because AWS adds up a key's requests
over all stages of its plan.

Size: about 0.7 kB a key with throttle and quota, whatever the number of methods.

Not for: the limits that a stage has for all callers (:mod:`wsgi_gateway.usage.method_throttle`).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.method_throttle import MethodThrottle
from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.config import ApiKeyConfig, UsagePlanConfig
    from wsgi_gateway.context import Deployment

Stages = dict[str, dict[str | None, MethodThrottle]]
"""What a plan covers: stage name to API id (``None`` for any) to the throttles of single methods there."""


class Admission:
    """What one key may do under one plan; the limits are ready to be handed to a store."""

    __slots__ = ("buckets", "is_shadow", "name", "quotas", "stages")

    def __init__(self, plan: Plan, key_id: str) -> None:
        self.name = counter_name("plan", plan.id, key_id)
        """How the names of its counters begin."""
        self.buckets: tuple[tuple[str, TokenBucket], ...] = (
            () if plan.bucket is None else ((f"{self.name}:throttle", plan.bucket),)
        )
        """The plan's throttle for this key, if it has one: ``((counter, bucket),)``."""
        # Another period is another counter: a used-up month must not linger in what has become a day.
        self.quotas: tuple[tuple[str, Quota], ...] = (
            () if plan.quota is None else ((f"{self.name}:quota:{plan.quota.period}", plan.quota),)
        )
        """The plan's quota for this key, if it has one: ``((counter, quota),)``."""
        self.stages: Stages = plan.stages
        """The plan's stages, shared by all its keys."""
        self.is_shadow = plan.is_shadow
        """Whether its limits are decided, and never refuse."""


class ApiKey:
    """A known API key: its id, whether it is enabled, and one :class:`Admission` per plan."""

    __slots__ = ("_admissions", "enabled", "id", "lately")

    def __init__(self, key_id: str, enabled: bool) -> None:
        self.id = key_id
        self.enabled = enabled
        self._admissions: tuple[Admission, ...] = ()
        self.lately: tuple[Deployment, Admission, MethodThrottle | None] | None = None
        """Where the key was admitted last, and what :meth:`admitted` said then: for who asks many times."""

    def admission(self, api_id: str, stage: str) -> tuple[Admission, MethodThrottle] | None:
        """What admits the key to a stage, and the throttles of single methods there; or ``None``."""
        if self.enabled:
            for admission in self._admissions:
                covered = admission.stages.get(stage)
                if covered is not None:
                    methods = covered.get(api_id)
                    if methods is None:
                        methods = covered.get(None)
                    if methods is not None:
                        return admission, methods
        return None

    def admitted(self, deployment: Deployment) -> tuple[Deployment, Admission, MethodThrottle | None] | None:
        """``(deployment, what admits the key there, throttles of single methods or None)``; or ``None``."""
        found = self.admission(deployment.api_id, deployment.stage)
        if found is None:
            return None
        lately = self.lately = (deployment, found[0], found[1] or None)
        return lately

    def add(self, plan: Plan) -> None:
        """Put the key into a plan."""
        self._admissions += (Admission(plan, self.id),)
        self.lately = None


class KeyTable:
    """All keys and plans of one API.

    Raises :class:`~wsgi_gateway.errors.ConfigError` with every problem found: ids or values used twice,
    plans that name unknown keys, limits that cannot work, and keys in two plans for the same stage, where
    it would be left to chance which limits hold.
    """

    def __init__(self, plans: Sequence[UsagePlanConfig], api_keys: Sequence[ApiKeyConfig]) -> None:
        self.plans = tuple(plans)
        """What the table was compiled from."""
        values = {key.value for key in api_keys}
        problems = [*_repeated(self.plans, api_keys, values)]
        by_id = {key.id: ApiKey(key.id, key.enabled) for key in api_keys}
        in_plans: dict[str, list[Plan]] = {}
        for config in self.plans:
            try:
                plan = Plan(config)
            except ConfigError as error:
                problems += [
                    Problem(p.code, f"usage plan {config.id!r}: {p.message}", config.place)
                    for p in error.problems
                ]
                continue
            for key_id in dict.fromkeys(config.keys):
                if key_id not in by_id:
                    problems.append(_unknown_key(config, key_id, values))
                    continue
                others = in_plans.setdefault(key_id, [])
                shown = _shown(key_id, values)
                problems += [_contested(shown, plan, other, config) for other in others if plan.meets(other)]
                others.append(plan)
                by_id[key_id].add(plan)
        if problems:
            raise ConfigError(problems)
        self._by_digest = {sha256(key.value.encode()).digest(): by_id[key.id] for key in api_keys}

    def __len__(self) -> int:
        return len(self._by_digest)

    def find(self, value: bytes) -> ApiKey | None:
        """The key with this value, or ``None``."""
        return self._by_digest.get(sha256(value).digest())


class Plan:
    """A usage plan's limits and stages, compiled."""

    __slots__ = ("bucket", "id", "is_shadow", "quota", "stages")

    def __init__(self, config: UsagePlanConfig) -> None:
        self.id = config.id
        self.is_shadow = config.shadow
        self.bucket = None if config.throttle is None else TokenBucket.of(config.throttle)
        self.quota = None if config.quota is None else Quota.of(config.quota)
        self.stages: Stages = {}
        for stage in config.api_stages:
            apis = self.stages.setdefault(stage.stage, {})
            if stage.api_id in apis:
                raise ConfigError(f"stage {stage.stage!r} of the same API is there twice")
            apis[stage.api_id] = MethodThrottle(stage.throttle)

    def meets(self, other: Plan) -> bool:
        """Whether both plans cover some stage of some API."""
        for stage in self.stages.keys() & other.stages.keys():
            mine, theirs = self.stages[stage], other.stages[stage]
            if None in mine or None in theirs or mine.keys() & theirs.keys():
                return True
        return False


def counter_name(*parts: str) -> str:
    """Join parts by colons, so that different parts never make the same name."""
    return ":".join(quote(part, safe="") for part in parts)


def _shown(key_id: str, values: Collection[str]) -> str:
    """An id as it may be printed: some author will have made a value an id."""
    return f"{key_id[:4]}..." if key_id in values else key_id


def _repeated(
    plans: Sequence[UsagePlanConfig], api_keys: Sequence[ApiKeyConfig], values: Collection[str]
) -> Iterator[Problem]:
    for plan_id, count in Counter(plan.id for plan in plans).items():
        if count > 1:
            yield Problem("usage-plan", f"{count} usage plans have the id {plan_id!r}")
    for key_id, count in Counter(key.id for key in api_keys).items():
        if count > 1:
            yield Problem("api-key", f"{count} API keys have the id {_shown(key_id, values)!r}")
    owner: dict[str, str] = {}
    for key in api_keys:
        if not key.value:
            yield Problem("api-key", f"API key {_shown(key.id, values)!r} has no value")
        elif owner.setdefault(key.value, key.id) != key.id:
            # The value itself is a secret, the ids are not.
            one, two = _shown(owner[key.value], values), _shown(key.id, values)
            yield Problem("api-key", f"API keys {one!r} and {two!r} have the same value")


def _unknown_key(config: UsagePlanConfig, key_id: str, values: Collection[str]) -> Problem:
    """Whatever is no id may have been meant as a value, so little of it is printed."""
    if key_id in values:
        message = f"usage plan {config.id!r}: a key is named by its value instead of its id"
    else:
        message = f"usage plan {config.id!r} names API key '{key_id[:4]}...', which is not declared"
    return Problem("usage-plan", message, config.place)


def _contested(key_id: str, plan: Plan, other: Plan, config: UsagePlanConfig) -> Problem:
    message = f"API key {key_id!r} is in the usage plans {other.id!r} and {plan.id!r} for the same stage"
    return Problem("usage-plan", message, config.place, hint="a key may have one plan for a stage")
