"""MemoryStore: counters in the memory of one process.

The store of tests, of single-process servers and of a first try::

    >>> from wsgi_gateway.stores.memory import MemoryStore
    >>> from wsgi_gateway.usage import Quota
    >>> store = MemoryStore()
    >>> store.admit((), [("quota", Quota(limit=1, period="DAY"))], now=0) is None
    True
    >>> store.admit((), [("quota", Quota(limit=1, period="DAY"))], now=1)
    'quota'

One lock makes every verb atomic among threads. Counters that say nothing any more (a bucket that is full
again, a period that is over) are reclaimed a little at a time: whoever adds a counter looks at two old
ones, so that there are never more than about twice as many as are alive, and no request pays for a great
clean-up.

**Per process.** Two workers have two stores and let through twice the limit; a forked worker starts with a
copy of its parent's counters. ``shared_between_processes`` is false so that whoever starts several workers
can say so.

Not for: more than one worker, or counters that outlive a restart.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, TypeAlias
from weakref import WeakSet

from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

    Limit: TypeAlias = TokenBucket | Quota
    State: TypeAlias = tuple[int, int]
    Counters: TypeAlias = dict[str, tuple[Limit, State]]

_LOOKED_AT_PER_NEW_COUNTER = 2


class MemoryStore:
    """A :class:`~wsgi_gateway.typing.Store` in a dict. The names of buckets and quotas must differ."""

    shared_between_processes = False
    """Whether all workers count together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: Counters | None = {}
        self._queue: deque[str] = deque()
        self._reclaimed_at = 0
        _stores.add(self)

    @classmethod
    def from_url(cls, url: str) -> MemoryStore:
        """The store of ``memory:``; ConfigError if the URL says anything more."""
        if url.lower() not in ("memory:", "memory://"):
            raise ConfigError("store URL: memory: takes no further options")
        return cls()

    def __len__(self) -> int:
        return len(self._counters or ())

    def __repr__(self) -> str:
        return f"<MemoryStore of {len(self)} counters>"

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
    ) -> str | None:
        """Take one of everything or nothing; the name of the first limit that refuses, or ``None``.

        Raises RuntimeError after :meth:`close`.
        """
        with self._lock:
            counters = self._open()
            limits: list[tuple[str, Limit]] = [*buckets, *quotas]
            taken: list[tuple[str, Limit, State]] = []
            for key, limit in limits:
                known = counters.get(key)
                if known is None:
                    # A period whose counter was reclaimed is over, also for a clock that went back into it.
                    admitted, state = limit.take(None, max(now, self._reclaimed_at))
                else:
                    admitted, state = limit.take(known[1], now)
                if not admitted:
                    if known is None:
                        self._add(counters, key, limit, state, now)
                    else:
                        # Nothing was taken; what is kept is the refill, and a clock that was set.
                        counters[key] = (limit, state)
                    return key
                taken.append((key, limit, state))
            for key, limit, state in taken:
                if key in counters:
                    counters[key] = (limit, state)
                else:
                    self._add(counters, key, limit, state, now)
        return None

    def remaining(self, key: str, quota: Quota, now: int) -> int:
        """How many requests are left of a quota in its present period. RuntimeError after :meth:`close`."""
        with self._lock:
            known = self._open().get(key)
            if known is None:
                return quota.remaining(None, max(now, self._reclaimed_at))
            return quota.remaining(known[1], now)

    def close(self) -> None:
        """Forget all counters."""
        with self._lock:
            self._counters = None
            self._queue.clear()

    def _open(self) -> Counters:
        if self._counters is None:
            raise RuntimeError("the store is closed")
        return self._counters

    def _add(self, counters: Counters, key: str, limit: Limit, state: State, now: int) -> None:
        self._reclaim(counters, now)
        # In this order, so that a fork in between leaves no queued name without a counter.
        counters[key] = (limit, state)
        self._queue.append(key)

    def _reclaim(self, counters: Counters, now: int) -> None:
        """Look at the counters that were not looked at for longest, and drop what says nothing any more."""
        queue = self._queue
        for _ in range(min(_LOOKED_AT_PER_NEW_COUNTER, len(queue))):
            key = queue.popleft()
            limit, state = counters[key]
            expiry = limit.expires_at(state)
            if expiry is not None and expiry <= now:
                del counters[key]
                self._reclaimed_at = max(self._reclaimed_at, now)
            else:
                queue.append(key)


_stores: WeakSet[MemoryStore] = WeakSet()


def _renew_locks() -> None:
    # A lock that another thread held at the time of the fork would never be released in the child.
    for store in _stores:
        store._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
