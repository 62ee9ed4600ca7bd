"""MemoryStore: counters and records in the memory of one process.

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
clean-up. Records that have expired go in the same way. Usage by day is kept for :data:`HISTORY_DAYS`.

**Per process.** Two workers have two stores and let through twice the limit; a forked worker starts with a
copy of its parent's counters. ``shared_between_processes`` is false so that whoever starts several workers
can say so.

Not for: more than one worker, or counters that outlive a restart.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakSet

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.usage.quota import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

    Limit: TypeAlias = TokenBucket | Quota
    Counters: TypeAlias = dict[str, tuple[Limit, Any]]

HISTORY_DAYS = 100
"""How many days usage is known for."""

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
        self._history: dict[str, dict[int, tuple[int, int]]] = {}
        self._set_at: dict[str, int] = {}
        self._records = Records()
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

    # ------------------------------------------------------------ counters

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """Take one of everything or nothing; the name of the first limit that refuses, or ``None``.

        Raises RuntimeError after :meth:`close`.
        """
        with self._lock:
            counters = self._counters
            if counters is None:
                counters = self._open()
            before: list[tuple[Limit, Any] | None] = []
            limits: tuple[tuple[str, Limit], ...] = (*buckets, *quotas)
            for key, limit in limits:
                known = counters.get(key)
                if known is None:
                    # A period whose counter was reclaimed is over, also for a clock that went back into it.
                    admitted, state = limit.take(None, max(now, self._reclaimed_at))
                else:
                    admitted, state = limit.take(known[1], now)
                if known is None or (len(state) == 4 and state[2] != known[1][2]):
                    self._put(counters, key, limit, known, state, now)
                else:
                    counters[key] = (limit, state)
                if not admitted:
                    # What this one keeps is the refill, and a clock that was set; the others took nothing.
                    self._undo(counters, limits, before)
                    if told is not None:
                        told.extend(self._states(counters, limits))
                    return key
                before.append(known)
            if told is not None:
                told.extend(self._states(counters, limits))
        return None

    @staticmethod
    def _undo(
        counters: Counters, limits: tuple[tuple[str, Limit], ...], before: list[tuple[Limit, Any] | None]
    ) -> None:
        """Put back what the first of the limits have taken. A counter that is new stays, untouched."""
        for (key, limit), known in zip(limits, before, strict=False):
            counters[key] = (limit, _unused(limit, counters[key][1])) if known is None else known

    def take_some(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        wanted: int,
    ) -> tuple[int, str | None, int]:
        """Take up to ``wanted`` of everything. RuntimeError after :meth:`close`."""
        with self._lock:
            counters = self._open()
            limits: tuple[tuple[str, Limit], ...] = (*buckets, *quotas)
            known = [counters.get(key) for key, _ in limits]
            times = [now if one else max(now, self._reclaimed_at) for one in known]
            befores = [None if one is None else one[1] for one in known]
            for index, (key, limit) in enumerate(limits):
                wanted, state = limit.take_some(befores[index], times[index], wanted)
                if not wanted:
                    self._put(counters, key, limit, known[index], state, now)
                    return 0, key, -1
            ends = []
            for index, (key, limit) in enumerate(limits):
                _, state = limit.take_some(befores[index], times[index], wanted)
                self._put(counters, key, limit, known[index], state, now)
                if len(state) == 4:
                    ends.append(state[1])
        return wanted, None, max(0, min(ends) - now) if ends else -1

    def put_back(self, quotas: Sequence[tuple[str, Quota]], count: int, taken_at: int) -> None:
        """Give back what was taken of quotas and not used. RuntimeError after :meth:`close`."""
        with self._lock:
            counters = self._open()
            for key, quota in quotas:
                # Whoever set a quota said what is used; what was taken before is part of that.
                if key in counters and taken_at > self._set_at.get(key, -1):
                    counters[key] = (quota, quota.put_back(counters[key][1], count, taken_at))

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """What the counters hold; None for one never used. RuntimeError after :meth:`close`."""
        with self._lock:
            return self._states(self._open(), (*buckets, *quotas))

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """Say how much of a quota is used in the present period. RuntimeError after :meth:`close`."""
        with self._lock:
            counters = self._open()
            known = counters.get(key)
            before = None if known is None else known[1]
            _, end, day, today = quota.present(before, now if known else max(now, self._reclaimed_at))
            self._put(counters, key, quota, known, (used, end, day, today), now)
            self._set_at[key] = now

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Requests admitted and remaining by day. RuntimeError after :meth:`close`."""
        with self._lock:
            found = dict(self._history.get(key, ()))
            known = self._open().get(key)
            if known is not None and known[1][3]:
                found[known[1][2]] = (known[1][3], max(0, quota.limit - known[1][0]))
        return {day: found[day] for day in sorted(found) if first_day <= day <= last_day}

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counters = None
            self._queue.clear()
            self._history.clear()
            self._set_at.clear()
            self._records = Records()

    def _open(self) -> Counters:
        if self._counters is None:
            raise RuntimeError("the store is closed")
        return self._counters

    @staticmethod
    def _states(counters: Counters, limits: Sequence[tuple[str, Limit]]) -> list[Any]:
        return [counters[key][1] if key in counters else None for key, _ in limits]

    def _put(
        self,
        counters: Counters,
        key: str,
        limit: Limit,
        known: tuple[Limit, Any] | None,
        state: Any,
        now: int,
    ) -> None:
        if known is None:
            self._reclaim(counters, now)
            # In this order, so that a fork in between leaves no queued name without a counter.
            counters[key] = (limit, state)
            self._queue.append(key)
            return
        counters[key] = (limit, state)
        if len(state) == 4 and state[2] != known[1][2]:
            self._file(key, limit, known[1], state)

    def _file(self, key: str, limit: Any, before: Any, state: Any) -> None:
        """Put a day that is over on record."""
        filed = limit.filed(before, state)
        if filed is not None:
            days = self._history.setdefault(key, {})
            days[filed[0]] = filed[1:]
            for day in [day for day in days if day <= state[2] - HISTORY_DAYS]:
                del days[day]

    def _reclaim(self, counters: Counters, now: int) -> None:
        """Look at the counters that were not looked at for longest, and drop what says nothing any more."""
        queue = self._queue
        for _ in range(min(_LOOKED_AT_PER_NEW_COUNTER, len(queue))):
            key = queue.popleft()
            limit, state = counters[key]
            expiry = limit.expires_at(state)
            if expiry is not None and expiry <= now:
                if len(state) == 4:
                    self._file(key, limit, state, (0, 0, now // DAY, 0))
                del counters[key]
                self._set_at.pop(key, None)
                self._reclaimed_at = max(self._reclaimed_at, now)
            else:
                queue.append(key)

    # ------------------------------------------------------------ records

    def recall(self, key: str, now: int) -> bytes | None:
        """What is kept under ``key``, unless it has expired. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            return self._records.recall(key, now)

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Keep ``value``, for good if ``expires_at`` is None. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            self._records.keep(key, value, expires_at, now)

    def forget(self, key: str) -> bool:
        """Remove a record; whether there was one. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            return self._records.kept.pop(key, None) is not None

    def names(self, prefix: str, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of records that begin so, in the order of their bytes. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            least = after.encode()
            found = sorted((name.encode(), name) for name in self._records.kept if name.startswith(prefix))
        return [name for encoded, name in found if encoded > least or not after][:limit]

    def generation(self, name: str) -> int:
        """The number of the present generation. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            return self._records.generations.get(name, 0)

    def advance(self, name: str) -> int:
        """Begin the next generation. RuntimeError after :meth:`close`."""
        with self._lock:
            self._open()
            self._records.generations[name] = self._records.generations.get(name, 0) + 1
            return self._records.generations[name]


class Records:
    """Records by key, and generations by name; the store's lock guards them."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, int | None]] = {}
        self.generations: dict[str, int] = {}
        self._queue: deque[str] = deque()

    def recall(self, key: str, now: int) -> bytes | None:
        """The record, unless it has expired."""
        value, expires_at = self.kept.get(key, (None, None))
        return None if expires_at is not None and expires_at <= now else value

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Put a record there, and drop what has expired of two that were not looked at for longest."""
        for _ in range(min(_LOOKED_AT_PER_NEW_COUNTER, len(self._queue))):
            old = self._queue.popleft()
            expiry = self.kept.get(old, (b"", 0))[1]
            if expiry is None or expiry > now:
                self._queue.append(old)
            else:
                self.kept.pop(old, None)
        if key not in self.kept:
            self._queue.append(key)
        self.kept[key] = (value, expires_at)


def _unused(limit: Any, state: Any) -> Any:
    """The state of a counter that was used for the first time just now, without that."""
    if len(state) == 4:
        return limit.offset, *state[1:3], 0
    return limit.capacity, state[1]


_stores: WeakSet[MemoryStore] = WeakSet()


def _renew_locks() -> None:
    # A lock that another thread held at the time of the fork would never be released in the child.
    for store in _stores:
        store._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
