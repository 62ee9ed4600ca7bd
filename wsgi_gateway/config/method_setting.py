"""``MethodSettingConfig``: AWS's MethodSetting, what a stage says about its methods.

A stage has a map of them, by ``*/*`` for all methods and ``/path/VERB`` for one. What a method's own setting
leaves open (None) its ``*/*`` says, and what that leaves open the default of AWS::

    >>> from wsgi_gateway.config.method_setting import MethodSettings
    >>> settings = MethodSettings({
    ...     "*/*": MethodSettingConfig(caching_enabled=True, cache_ttl_in_seconds=60),
    ...     "/reports/GET": MethodSettingConfig(cache_ttl_in_seconds=3600),
    ... })
    >>> settings.of("/reports", "GET").cache_ttl_in_seconds, settings.of("/pets", "GET").cache_ttl_in_seconds
    (3600, 60)

A key may be written as AWS's documents have it: ``/*/*`` is ``*/*``, ``~1`` is a slash, the root's methods
are ``/VERB`` or ``//VERB``. That settings are inherited field by field is decided here; AWS does not document
it.

Not for: limits of single callers, which usage plans have.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.method import HTTP_METHODS

FAIL_WITH_403 = "FAIL_WITH_403"
WITH_HEADER = "SUCCEED_WITH_RESPONSE_HEADER"
WITHOUT_HEADER = "SUCCEED_WITHOUT_RESPONSE_HEADER"

STRATEGIES = (FAIL_WITH_403, WITH_HEADER, WITHOUT_HEADER)
"""What becomes of a request that may not invalidate an entry of the cache, and asks for it."""

LOGGING_LEVELS = ("OFF", "ERROR", "INFO")

ALL = "*/*"
"""The key of what holds for every method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSettingConfig(Declared):
    """What a stage says about a method; None is not said.

    ``caching_enabled``, ``cache_ttl_in_seconds`` (0 to 3600, 0 caches nothing),
    ``require_authorization_for_cache_control`` and ``unauthorized_cache_control_header_strategy`` (one of
    :data:`STRATEGIES`) are those of :mod:`wsgi_gateway.lifecycle.response_cache`. ``throttling_rate_limit``
    (requests per second) and ``throttling_burst_limit`` (requests) are the limit which
    ``StageConfig.throttle`` has under the same key. ``logging_level``, ``data_trace_enabled``,
    ``metrics_enabled`` and ``cache_data_encrypted`` are taken and have no effect.

    ``cache_per_caller`` AWS has not: False shares answers between callers, as it does.
    """

    caching_enabled: bool | None = None
    cache_ttl_in_seconds: int | None = None
    cache_data_encrypted: bool | None = None
    require_authorization_for_cache_control: bool | None = None
    unauthorized_cache_control_header_strategy: str | None = None
    throttling_rate_limit: float | None = None
    throttling_burst_limit: int | None = None
    logging_level: str | None = None
    data_trace_enabled: bool | None = None
    metrics_enabled: bool | None = None
    cache_per_caller: bool | None = None


DEFAULTS = MethodSettingConfig(
    caching_enabled=False,
    cache_ttl_in_seconds=300,
    cache_data_encrypted=False,
    require_authorization_for_cache_control=True,
    unauthorized_cache_control_header_strategy=WITH_HEADER,
    logging_level="OFF",
    data_trace_enabled=False,
    metrics_enabled=False,
    cache_per_caller=True,
)
"""What holds where nothing is said; a method has no limit then."""

_NAMES = tuple(field.name for field in fields(MethodSettingConfig))


def method_of(key: str) -> tuple[str, str] | None:
    """``/pets/GET`` to ``("/pets", "GET")``, ``*/*`` to ``("*", "*")``; None for what is no key."""
    path, slash, verb = key.replace("~1", "/").rpartition("/")
    if path in ("*", "/*") and verb == "*":
        return "*", "*"
    if not slash or not key.startswith(("/", "~1")) or verb not in (*HTTP_METHODS, "ANY"):
        return None
    return "/" + path.lstrip("/"), verb


class MethodSettings:
    """A stage's map of settings, compiled. Keys that are none are left out: a check tells of them."""

    __slots__ = ("_all", "_methods")

    def __init__(self, settings: Mapping[str, MethodSettingConfig]) -> None:
        named = {method_of(key): setting for key, setting in settings.items()}
        self._all = _over(DEFAULTS, named.pop(("*", "*"), None))
        named.pop(None, None)
        self._methods: dict[tuple[str, str] | None, MethodSettingConfig] = named

    def of(self, path: str, verb: str) -> MethodSettingConfig:
        """What holds for a method: its own setting over that of its resource's ANY, and that over all."""
        if not self._methods:
            return self._all
        return _over(_over(self._all, self._methods.get((path, "ANY"))), self._methods.get((path, verb)))

    def says_caching(self, path: str, verb: str) -> bool:
        """Whether just this verb of the resource is named and told to be cached."""
        own = self._methods.get((path, verb))
        return own is not None and bool(own.caching_enabled)


def _over(usual: MethodSettingConfig, own: MethodSettingConfig | None) -> MethodSettingConfig:
    if own is None:
        return usual
    said: dict[str, Any] = {name: getattr(own, name) for name in _NAMES if getattr(own, name) is not None}
    return replace(usual, **said)
