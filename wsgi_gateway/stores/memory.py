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
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory_counters import counter_of, states_of, take_known, unused
from wsgi_gateway.stores.memory_records import Records
from wsgi_gateway.usage.quota import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.stores.memory_counters import Counter, Counters, Limit
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

HISTORY_DAYS = 100
"""How many days usage is known for."""

_LOOKED_AT_PER_NEW_COUNTER = 2


class MemoryStore:
    """A :class:`~wsgi_gateway.typing.Store` in a dict. The names of buckets and quotas must differ."""

    shared_between_processes = False
    """Whether all workers count together."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
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
        # As "with" does, at half the price; the owner of an RLock is known, so that an exception which a
        # signal raises anywhere in here leaves no lock behind.
        lock = self._lock
        try:
            lock.acquire()
            counters = self._counters
            if counters is None:
                counters = self._open()
            refused = take_known(counters, buckets, quotas, now)
            if refused is False:
                refused = self._take_all(counters, (*buckets, *quotas), now)
            if told is not None:
                told += states_of(counters, (*buckets, *quotas))
            lock.release()
            return refused
        except BaseException:
            with suppress(RuntimeError):
                lock.release()
            raise

    def _take_all(self, counters: Counters, limits: tuple[tuple[str, Limit], ...], now: int) -> str | None:
        """Take one of everything or nothing, whatever it is; the name of the first limit that refuses."""
        taken: list[tuple[Counter, Any, Any]] = []
        for key, limit in limits:
            counter = counters.get(key)
            if counter is None:
                admitted, state = limit.take(None, self._not_before(now))
                self._add(counters, key, limit, state, now)
                # If another limit refuses it stays, untouched.
                before = (counters[key], limit, unused(limit, state))
            else:
                was: Any = counter.state
                before = (counter, counter.limit, was)
                admitted, state = limit.take(was, now)
                self._change(key, counter, limit, state)
            if not admitted:
                # What this one keeps is the refill, and a clock that was set; the others took nothing.
                for other, known, was in taken:
                    other.keep(known, was)
                return key
            taken.append(before)
        return None

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
            times = [self._not_before(now) if one is None else now for one in known]
            befores: list[Any] = [None if one is None else one.state for one in known]
            for index, (key, limit) in enumerate(limits):
                wanted, state = limit.take_some(befores[index], times[index], wanted)
                if not wanted:
                    self._put(counters, key, limit, state, now)
                    return 0, key, -1
            ends = []
            for index, (key, limit) in enumerate(limits):
                _, state = limit.take_some(befores[index], times[index], wanted)
                self._put(counters, key, limit, state, now)
                if len(state) == 4:
                    ends.append(state[1])
        return wanted, None, max(0, min(ends) - now) if ends else -1

    def put_back(self, quotas: Sequence[tuple[str, Quota]], count: int, taken_at: int) -> None:
        """Give back what was taken of quotas and not used. RuntimeError after :meth:`close`."""
        with self._lock:
            counters = self._open()
            for key, quota in quotas:
                counter: Any = counters.get(key)
                # Whoever set a quota said what is used; what was taken before is part of that.
                if counter is not None and taken_at > self._set_at.get(key, -1):
                    counter.keep(quota, quota.put_back(counter.state, count, taken_at))

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """What the counters hold; None for one never used. RuntimeError after :meth:`close`."""
        with self._lock:
            return states_of(self._open(), (*buckets, *quotas))

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """Say how much of a quota is used in the present period. RuntimeError after :meth:`close`."""
        with self._lock:
            counters = self._open()
            known: Any = counters.get(key)
            before, at = (None, self._not_before(now)) if known is None else (known.state, now)
            _, end, day, today = quota.present(before, at)
            self._put(counters, key, quota, (used, end, day, today), now)
            self._set_at[key] = now

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Requests admitted and remaining by day. RuntimeError after :meth:`close`."""
        with self._lock:
            found = dict(self._history.get(key, ()))
            known: Any = self._open().get(key)
            if known is not None and known.today:
                found[known.day] = (known.today, max(0, quota.limit - known.used))
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

    def _not_before(self, now: int) -> int:
        # A period whose counter was reclaimed is over, also for a clock that went back into it.
        return max(now, self._reclaimed_at)

    def _put(self, counters: Counters, key: str, limit: Limit, state: Any, now: int) -> None:
        counter = counters.get(key)
        if counter is None:
            self._add(counters, key, limit, state, now)
        else:
            self._change(key, counter, limit, state)

    def _add(self, counters: Counters, key: str, limit: Limit, state: Any, now: int) -> None:
        self._reclaim(counters, now)
        # In this order, so that a fork in between leaves no queued name without a counter.
        counters[key] = counter_of(limit, state)
        self._queue.append(key)

    def _change(self, key: str, counter: Any, limit: Limit, state: Any) -> None:
        if len(state) == 4 and state[2] != counter.day:
            self._file(key, limit, counter.state, state)
        counter.keep(limit, state)

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
            counter: Any = counters[key]
            limit, state = counter.limit, counter.state
            expiry = limit.expires_at(state)
            if expiry is not None and expiry <= now:
                if len(state) == 4:
                    self._file(key, limit, state, (0, 0, now // DAY, 0))
                del counters[key]
                self._set_at.pop(key, None)
                self._reclaimed_at = max(self._reclaimed_at, now)
            else:
                queue.append(key)
        for key in list(islice(self._history, _LOOKED_AT_PER_NEW_COUNTER)):
            # To the end with it, unless all its days are too long ago: its counter may never be seen again.
            days = self._history.pop(key)
            if max(days, default=0) > now // DAY - HISTORY_DAYS:
                self._history[key] = days

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


_stores: WeakSet[MemoryStore] = WeakSet()


def _renew_locks() -> None:
    # A lock that another thread held at the time of the fork would never be released in the child.
    for store in _stores:
        store._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
