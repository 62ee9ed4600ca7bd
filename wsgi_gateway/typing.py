"""Every Protocol and alias of the package, in one place.

PEP 3333's own shapes come from :mod:`wsgiref.types`; what is added here are the few shapes by which the
parts of the package know each other without importing each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.errors import GatewayError
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

__all__ = [
    "AnswerStore",
    "AuthorizerFunction",
    "Clock",
    "HeaderList",
    "JSONValue",
    "Layer",
    "Responder",
    "StartResponse",
    "Store",
    "WSGIApplication",
    "WSGIEnvironment",
]

HeaderList = list[tuple[str, str]]
"""Response headers as PEP 3333 has them: ``[(name, value), ...]``, native strings of latin-1 code points."""

JSONValue = Any
"""What ``json.loads`` returns: dict, list, str, int, float, bool or None."""

Layer = Callable[[WSGIApplication], WSGIApplication]
"""A function from app to app: ``functools.partial(Stage, config)`` or any middleware's constructor."""

Clock = Callable[[], float]
"""Seconds since the epoch, UTC, as :func:`time.time` gives them."""

Responder = Callable[["GatewayError", "Context"], WSGIApplication]
"""Turns a refusal into the WSGI app which answers it. Installed on the context by ``GatewayResponses``."""

AuthorizerFunction = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""A Lambda authorizer: takes AWS's event, returns ``{"principalId": ..., "policyDocument": ...}``."""


class Store(Protocol):
    """Where counters live. Every verb is atomic; time is an argument (whole microseconds since the epoch)."""

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
    ) -> str | None:
        """Take one token from every bucket and count one in every quota, or nothing at all.

        Each limit is ``(key, limit)``; the key names the counter. Returns the key of the first limit
        that refuses, in the order given (buckets, then quotas), or ``None`` when the request is admitted.
        """
        ...

    def remaining(self, key: str, quota: Quota, now: int) -> int:
        """How many requests are left of a quota in its present period."""
        ...

    def close(self) -> None:
        """Give back what the store holds open. Further calls are errors."""
        ...


@runtime_checkable
class AnswerStore(Protocol):
    """What a store that processes share may offer besides: a place for answers, by name. Every verb is
    atomic.

    Times are whole microseconds since the epoch, UTC.
    """

    def recall(self, key: str, now: int) -> bytes | None:
        """What is kept under ``key``, unless it has expired."""
        ...

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Keep ``value`` until ``expires_at``, for good if that is None, in the place of what was there."""
        ...


class Closeable(Protocol):
    """The optional half of PEP 3333's iterable."""

    def close(self) -> None:
        """Release what the iterable holds."""
        ...


AppIter = Iterable[bytes]
"""A response body: an iterable of byte strings, with ``close()`` if it has something to release."""
