"""GuardedStore: what happens while a store is down, decided once and visible.

::

    store = GuardedStore(store_from_url("redis://limits.internal/0"), on_error="closed")

==========  =======================================================================================
on_error    while the store fails
==========  =======================================================================================
``closed``  nobody is admitted: :class:`~wsgi_gateway.stores.errors.StoreUnavailable`, which is 503
``open``    everybody is admitted, unmetered, as on AWS
``local``   every process counts for itself: N processes admit up to N times the limits
==========  =======================================================================================

After a failure the store is left alone for ``retry_seconds``; what comes in the meantime is decided at once,
so that no storm of requests waits for timeouts. Then one request tries again, and the others go on without
it until that has succeeded. A line in the log says when the trouble begins, at most one each second how many
decisions were made without the store, and one that it is over; ``failures`` and ``unmetered`` count.

Decisions, reading and keeping records are guarded each for itself, since a store may do one and not another
(a full disk, a replica, no memory): that reading works does not end what writing began, and each change is
told once. If decisions fail because the store is not there, the others are left alone as well. A trial asks
the store itself and no lease; a refusal lets all ask again, but only an admission, which is written, ends it.

Looking up keys and answers has no policy: what is not in memory is 503, or a call of the authorizer.

Not for: losing what a store has counted; what it counted before is there again when it is.

Source: AWS serves such requests unmetered:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.breaker import Breaker
from wsgi_gateway.stores.errors import StoreFull, StoreRefuses, StoreUnavailable
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.typing import RecordStore

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, Store
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

logger = logging.getLogger("wsgi_gateway")

_T = TypeVar("_T")

POLICIES = ("closed", "open", "local")

_UNDECIDED = object()


class GuardedStore:
    """``GuardedStore(store, on_error="closed")`` around any :class:`~wsgi_gateway.typing.Store`.

    ``retry_seconds``: how long a store that failed is left alone. ``clock``: monotonic seconds. Raises
    ConfigError for another policy than these.
    """

    def __init__(
        self,
        store: Store,
        *,
        on_error: str = "closed",
        retry_seconds: float = 1.0,
        clock: Clock = time.monotonic,
    ) -> None:
        if on_error not in POLICIES:
            raise ConfigError(
                f"on_store_error is {str(on_error)[:40]!r}; it must be one of {', '.join(POLICIES)}"
            )
        self.store = store
        self.on_error = on_error
        self.shared_between_processes: bool = getattr(store, "shared_between_processes", True)
        inner = getattr(store, "has_records", None)
        self.has_records: bool = isinstance(store, RecordStore) if inner is None else inner
        """Whether the store keeps records too."""
        self.failures = 0
        """How often the store has failed."""
        self.unmetered = 0
        """How many decisions were made without it."""
        self._local = MemoryStore() if on_error == "local" else None
        self._clock = clock
        self._deciding, self._reading, self._keeping = (Breaker(retry_seconds, clock) for _ in range(3))
        self._told_at, self._told, self._began = 0.0, 0, 0

    def __repr__(self) -> str:
        return f"<GuardedStore {self.on_error} around {self.store!r}>"

    @property
    def is_failing(self) -> bool:
        """Whether a decision has failed, and none succeeded since."""
        return self._deciding.is_open

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """The store's decision, or the policy's. Raises StoreUnavailable if that is ``closed``."""
        if self._deciding.is_open:
            decision = self._tried(buckets, quotas, now, told)
            if decision is not _UNDECIDED:
                return decision  # type: ignore[no-any-return]
        else:
            try:
                return self.store.admit(buckets, quotas, now, told)
            except StoreFull:
                self.failures += 1  # of this request alone: others are counted as ever
            except Exception as error:
                self._failed(error)
        self._count_unmetered()
        if told:
            told.clear()
        if self._local is not None:
            return self._local.admit(buckets, quotas, now, told)
        if self.on_error == "closed":
            raise StoreUnavailable("the store of usage counters fails")
        if told is not None:
            told.extend([None] * (len(buckets) + len(quotas)))
        return None

    # ------------------------------------------------------------ the other verbs have no policy

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """As the store. Raises StoreUnavailable while it fails, whatever the policy; so do all below."""
        return self._asked(self._reading, self.store.states, buckets, quotas, now)

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """As the store."""
        self._asked(self._keeping, self.store.set_used, key, quota, used, now)

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """As the store."""
        return self._asked(self._reading, self.store.usage, key, quota, first_day, last_day, now)

    def recall(self, key: str, now: int) -> bytes | None:
        """As the store."""
        return self._asked(self._reading, self.store.recall, key, now)

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """As the store."""
        self._asked(self._keeping, self.store.keep, key, value, expires_at, now)

    def forget(self, key: str) -> bool:
        """As the store."""
        return self._asked(self._keeping, self.store.forget, key)

    def names(self, prefix: str, after: str = "", limit: int = 1000) -> list[str]:
        """As the store."""
        return self._asked(self._reading, self.store.names, prefix, after, limit)

    def generation(self, name: str) -> int:
        """As the store."""
        return self._asked(self._reading, self.store.generation, name)

    def advance(self, name: str) -> int:
        """As the store."""
        return self._asked(self._keeping, self.store.advance, name)

    def incarnation(self) -> str:
        """As the store, if it tells; see :meth:`RedisRecords.incarnation
        <wsgi_gateway.stores.redis_records.RedisRecords.incarnation>`.
        """
        verb: Callable[[], str] | None = getattr(self.store, "incarnation", None)
        return "" if verb is None else self._asked(self._reading, verb)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def _asked(self, breaker: Breaker, verb: Callable[..., _T], *args: Any) -> _T:
        if breaker.is_open and not breaker.enter():
            raise StoreUnavailable("the store fails, and is left alone for a while")
        try:
            answer = verb(*args)
        except Exception as error:
            # Not what counting goes by: records may fail, for want of room, where counters do not.
            self.failures += 1
            self._broke(breaker, error)
            raise StoreUnavailable(f"the store failed: {_kind(error)}") from None
        finally:
            breaker.leave()
        if breaker.is_open and breaker.succeeded():
            logger.warning("%s works again", self._name(breaker))
        return answer

    def _broke(self, breaker: Breaker, error: Exception) -> None:
        if isinstance(error, StoreFull):
            return breaker.answered()
        if breaker.failed():
            logger.error("%s fails (%s)", self._name(breaker), _kind(error))
            if not isinstance(error, StoreRefuses):
                (self._keeping if breaker is self._reading else self._reading).suspect()
        return None

    def _name(self, breaker: Breaker) -> str:
        return "reading from the store" if breaker is self._reading else "keeping records in the store"

    # ------------------------------------------------------------ decisions while they fail

    def _tried(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None,
    ) -> Any:
        """The store's decision if this request may ask for one, and it succeeds."""
        if not self._deciding.enter():
            return _UNDECIDED
        try:
            # What a lease decides by itself says nothing of the store.
            admit = getattr(self.store, "admit_exactly", self.store.admit)
            decision: str | None = admit(buckets, quotas, now, told)
        except StoreFull:
            self.failures += 1
            self._deciding.answered()
            return _UNDECIDED
        except Exception as error:
            self._failed(error)
            return _UNDECIDED
        finally:
            self._deciding.leave()
        if decision is not None or not (buckets or quotas):
            self._deciding.answered()
        elif self._deciding.succeeded():
            count = self.unmetered - self._began
            logger.warning("the store of usage counters is back; %d decisions were made without it", count)
        return decision

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        if not self._deciding.failed():
            return
        self._began = self._told = self.unmetered
        # The kind alone: a store's error text may hold its URL, and that a password.
        text = "the store of usage counters fails (%s); decisions are %s until it is back"
        logger.error(text, _kind(error), self.on_error)
        if not isinstance(error, StoreRefuses):
            self._reading.suspect()
            self._keeping.suspect()

    def _count_unmetered(self) -> None:
        self.unmetered += 1
        now = self._clock()
        if now - self._told_at >= 1.0:
            count, self._told, self._told_at = self.unmetered - self._told, self.unmetered, now
            logger.error(
                "the store of usage counters fails: %d decisions without it (%s)", count, self.on_error
            )


def _kind(error: Exception) -> str:
    """What may be told of a failure: of our own exceptions their text, of all others their kind."""
    return str(error) if isinstance(error, StoreUnavailable) else type(error).__name__
