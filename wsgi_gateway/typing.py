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
    "AuthorizerFunction",
    "Clock",
    "CounterStore",
    "HeaderList",
    "JSONValue",
    "Layer",
    "LeasingStore",
    "RecordStore",
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


class CounterStore(Protocol):
    """Where counters live. Every verb is atomic; time is an argument (whole microseconds since the epoch)."""

    shared_between_processes: bool
    """Whether all processes that use the store count together."""

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """Take one token from every bucket and count one in every quota, or nothing at all.

        Each limit is ``(key, limit)``; the key names the counter. Returns the key of the first limit
        that refuses, in the order given (buckets, then quotas), or ``None`` when the request is admitted.
        ``told``: a list that is to get the state of every limit afterwards, in that order.
        """
        ...

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """The states of limits, in the order given, and nothing spent; None for a counter never used.

        What a state means its limit tells (``TokenBucket.tokens``, ``Quota.remaining``).
        """
        ...

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """Say how much of a quota is used in the present period; a negative number extends it."""
        ...

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Of each day in between, by its number since 1970-01-01, with at least one admitted request:
        requests admitted, and what remained of the quota at its end.
        """
        ...

    def close(self) -> None:
        """Give back what the store holds open. Further calls are errors."""
        ...


@runtime_checkable
class LeasingStore(Protocol):
    """What a store offers whose limits processes may take in advance; see
    :mod:`wsgi_gateway.stores.leased`.
    """

    def take_some(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        wanted: int,
    ) -> tuple[int, str | None, int]:
        """Take up to ``wanted`` of everything at once: ``(how many, who refused, how long it holds)``.

        As many as the scarcest of the limits has; its key if that is none, else None. The last is the number
        of microseconds until the first of the quotas' periods ends, by the store's clock; -1 without quotas.
        """
        ...

    def put_back(self, quotas: Sequence[tuple[str, Quota]], count: int, taken_at: int) -> None:
        """Give back what was taken of quotas at ``taken_at`` and not used; of a period that is over, or of a
        quota that was set since, it is lost.
        """
        ...


@runtime_checkable
class RecordStore(Protocol):
    """Where small records live, by key: answers of authorizers, API keys, plans. Every verb is atomic.

    Times are whole microseconds since the epoch, UTC.
    """

    def recall(self, key: str, now: int) -> bytes | None:
        """What is kept under ``key``, unless it has expired."""
        ...

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Keep ``value`` until ``expires_at``, for good if that is None, in the place of what was there."""
        ...

    def forget(self, key: str) -> bool:
        """Remove what is kept under ``key``; whether there was something."""
        ...

    def names(self, prefix: str, after: str = "", limit: int = 1000) -> list[str]:
        """Keys that begin with ``prefix`` and sort behind ``after``, sorted by their UTF-8 bytes: the first
        ``limit`` of them. Those that have expired may be among them.
        """
        ...

    def generation(self, name: str) -> int:
        """The number of the present generation of what ``name`` stands for; 0 if there was none yet."""
        ...

    def advance(self, name: str) -> int:
        """Begin the next generation, and return its number."""
        ...


class Store(CounterStore, RecordStore, Protocol):
    """A whole store."""


class Closeable(Protocol):
    """The optional half of PEP 3333's iterable."""

    def close(self) -> None:
        """Release what the iterable holds."""
        ...


AppIter = Iterable[bytes]
"""A response body: an iterable of byte strings, with ``close()`` if it has something to release."""
