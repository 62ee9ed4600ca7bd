"""Throttles of single methods: AWS's maps of ``/path/VERB`` to limits, compiled.

Two places have such a map, the stage (limits shared by all callers) and a usage plan's API stage (limits of
each API key)::

    >>> from wsgi_gateway.config import ThrottleConfig
    >>> from wsgi_gateway.usage.method_throttle import MethodThrottle
    >>> slow, fast = ThrottleConfig(rate_limit=1, burst_limit=1), ThrottleConfig(rate_limit=9, burst_limit=9)
    >>> throttle = MethodThrottle({"*/*": fast, "/pets/{id}/DELETE": slow})
    >>> throttle.find("/pets/{id}", "DELETE")
    ('/pets/{id}/DELETE', TokenBucket(rate_limit=1, burst_limit=1))
    >>> throttle.find("/pets", "GET")
    ('/pets/GET', TokenBucket(rate_limit=9, burst_limit=9))

A method's own setting wins; then that of its resource's ``ANY``; then ``*/*`` (also written ``/*/*``),
AWS's *default method throttling*: a limit that each method without a setting has for itself, not one that
they share. The root's methods are ``//VERB``; ``/VERB`` says the same.

Not for: finding out which resource a path belongs to; that is the router's, and without one the only limit
that can be told is ``*/*``, then one for everything.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html;
https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html (methodSettings)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wsgi_gateway.config import ThrottleConfig

DEFAULT = "*/*"
"""The key of the default method throttling."""

VERBS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
"""The verbs that have a counter each; whatever else a client may send shares that of ``ANY``."""


class MethodThrottle:
    """A compiled map of ``/path/VERB`` to :class:`~wsgi_gateway.config.ThrottleConfig`; false when empty.

    Raises :class:`~wsgi_gateway.errors.ConfigError` for keys that can never match and for two that say the
    same.
    """

    __slots__ = ("_default", "_methods")

    def __init__(self, throttle: Mapping[str, ThrottleConfig]) -> None:
        self._methods: dict[tuple[str, str], tuple[str, TokenBucket]] = {}
        self._default: TokenBucket | None = None
        for key, config in throttle.items():
            self._add(key, TokenBucket.of(config))

    def _add(self, key: str, bucket: TokenBucket) -> None:
        if key in (DEFAULT, "/" + DEFAULT):
            if self._default is not None:
                raise ConfigError("*/* is throttled twice")
            self._default = bucket
            return
        method = _method(key)
        if method in self._methods:
            raise ConfigError(f"the method of {key!r} is throttled twice")
        self._methods[method] = ("/".join(method), bucket)

    def __bool__(self) -> bool:
        return bool(self._methods) or self._default is not None

    def find(self, path: str | None, verb: str) -> tuple[str, TokenBucket] | None:
        """The counter's name and the limit of one method, or ``None`` if it has no limit.

        ``path`` is the resource's template, ``None`` if there was no router. Raises GatewayError (500) if
        only a router could tell which limit holds: a limit is not left out because nobody knew the method.
        """
        if self._methods:
            if path is None:
                raise GatewayError(
                    API_CONFIGURATION_ERROR, reason="the throttle of a single method needs a router outside"
                )
            own = self._methods.get((path, verb)) or self._methods.get((path, "ANY"))
            if own is not None:
                return own
        if self._default is None:
            return None
        if path is None:
            return DEFAULT, self._default
        return f"{path}/{verb if verb in VERBS else 'ANY'}", self._default


def _method(key: str) -> tuple[str, str]:
    """``/pets/GET`` to ``("/pets", "GET")``."""
    path, slash, verb = key.rpartition("/")
    if not slash or not key.startswith("/") or (verb not in VERBS and verb != "ANY"):
        raise ConfigError(f"throttle of {key!r}: it must be /path/VERB or */*")
    return path or "/", verb
