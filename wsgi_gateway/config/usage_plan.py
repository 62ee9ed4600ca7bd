"""``ApiKeyConfig``, ``UsagePlanConfig`` and their parts: AWS's ApiKey, UsagePlan, ThrottleSettings,
QuotaSettings.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_UsagePlan.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleConfig(Declared):
    """A token bucket: ``rate_limit`` requests per second refill it, ``burst_limit`` requests is its size."""

    rate_limit: float
    burst_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaConfig(Declared):
    """``limit`` requests per ``period`` (DAY, WEEK, MONTH, in UTC); ``offset`` fewer in the first period."""

    limit: int
    period: str
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyConfig(Declared):
    """An API key. The value identifies a caller; it is no authentication, yet never shown in a repr."""

    id: str
    value: str = field(repr=False)
    name: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiStageConfig(Declared):
    """A stage of an API that a plan covers; ``throttle`` maps ``/path/VERB`` to limits of single methods.

    ``api_id`` None means whichever API the plan is used with.
    """

    stage: str
    api_id: str | None = None
    throttle: Mapping[str, ThrottleConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsagePlanConfig(Declared):
    """Who may call which stages how often. ``keys`` are ids of API keys. ``shadow``: the plan's limits are
    decided and recorded, and never refuse.
    """

    id: str
    name: str | None = None
    api_stages: Sequence[ApiStageConfig] = ()
    keys: Sequence[str] = ()
    throttle: ThrottleConfig | None = None
    quota: QuotaConfig | None = None
    shadow: bool = False
    place: Place = field(default=Place(), compare=False, repr=False)
