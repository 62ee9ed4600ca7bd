"""LeasedStore: limits taken from a shared store in batches, so that most decisions need no network.

::

    store = LeasedStore(store_from_url("redis://limits.internal/0"), seconds=0.1)

A process that asks often about a counter takes as many tokens and requests of the quota as it needed in half
of the last ``seconds``, and spends them by itself: about a microsecond a decision. One that asks now and
then, or has just begun, takes one at a time, which is exact sharing: nothing is leased for fewer than
:data:`WORTH_IT` requests in ``seconds``.

**Never over the limit.** Of a quota what was taken counts as used; what is left of a lease is given back, or
lost with its process, and never spent twice or in another period. Of a bucket what is left is lost; and since
a token that waits in a lease would let a burst and a lease meet in one window, a bucket is kept smaller by
what refills it in ``seconds``: in every window of ``t`` seconds at most ``burst_limit + rate_limit * t``
requests pass, and a burst from rest is smaller by ``rate_limit * seconds`` tokens. Of a bucket of less than
twice that, leases are shorter. All processes must use the same ``seconds``.

**What it costs.** A process may be refused although another one has some left, for twice ``seconds`` at
most: a thread gives back what nobody asks for any more. After a refusal a counter is not asked again for
:data:`QUIET` seconds. What a caller is told of its limits (``told``) costs a call of the store.

A plan that is changed, or a quota that is set, holds for what is taken from then on: leases that are out are
spent, for ``seconds`` at most, or lost.

``seconds=0`` leases nothing.

Not for: stores of one process, which are as fast without.

Source: this project's own; AWS promises its limits as best effort.
"""

from __future__ import annotations

import atexit
import math
import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.typing import RecordStore
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock
    from wsgi_gateway.usage.quota import Quota

QUIET = 0.01
"""Seconds after a refusal for which its counter is not asked again."""

WORTH_IT = 8
"""Requests in the time of a lease from which on there are leases; who needs fewer takes one at a time."""

LARGEST = 10_000
"""Requests that are taken at once, at most."""

_SHORTEST = 0.001
_GIVEN_UP = 30.0  # seconds; whoever asks for longer was interrupted
_KEPT = 100_000
_LOOKED_AT = 2


class _Lease:
    """What this process holds of the limits of one kind of decision."""

    __slots__ = (
        *("asked", "asking", "asking_since", "counted_on", "ends_at"),
        *("left", "quotas", "rate", "refused", "taken_at"),
    )

    def __init__(self, on: float) -> None:
        self.asking = 0
        """How many threads are taking more for it: it must not be dropped meanwhile."""
        self.asking_since = on
        self.left = 0
        self.ends_at = 0.0
        self.taken_at = 0
        self.asked = 0
        """How many decisions there were since ``counted_on``."""
        self.counted_on = on
        self.rate = 0.0
        """Decisions a second, counted before ``counted_on``."""
        self.refused: str | None = None
        self.quotas: Any = ()


class LeasedStore:
    """``LeasedStore(store, seconds=0.1)`` around a :class:`~wsgi_gateway.typing.LeasingStore`.

    ``seconds``: how long what was taken may wait, 0 to 5. ``monotonic``: seconds that never go back; by a
    clock of one's own nothing is given back but while others are asked for. Raises
    ConfigError for other times, and for a store that leases nothing.
    """

    def __init__(self, store: Any, *, seconds: float = 0.1, monotonic: Clock = time.monotonic) -> None:
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= 5:
            raise ConfigError(f"leases last from 0 to 5 seconds, not {seconds!r}")
        if not callable(getattr(store, "take_some", None)):
            raise ConfigError(f"a {type(store).__name__} leases nothing")
        self.store = store
        self.shared_between_processes: bool = store.shared_between_processes
        self.has_records = isinstance(store, RecordStore)
        """Whether the store keeps records too; of the verbs that are delegated Python cannot tell."""
        self._seconds, self._monotonic = float(seconds), monotonic
        self._smaller = lru_cache(4096)(self._smaller_bucket)
        self._start()
        _ALL.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._leases: OrderedDict[tuple[str, ...], _Lease] = OrderedDict()
        self._holding: dict[tuple[str, ...], _Lease] = {}
        self._tidies = False

    def __repr__(self) -> str:
        return f"<LeasedStore {self._seconds:g} s of {self.store!r}>"

    def __getattr__(self, name: str) -> Any:
        # All verbs but admit are the store's own.
        if name.startswith("_") or name == "store":
            raise AttributeError(name)
        return getattr(self.store, name)

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """Spend what was taken, or take more; the name of the limit that refuses, or None."""
        if told is not None:
            refused = self.admit(buckets, quotas, now)
            limits = [(name, self._smaller(bucket)[0]) for name, bucket in buckets]
            told.extend(self.store.states(limits, quotas, now))
            return refused
        names = tuple([name for name, _ in (*buckets, *quotas)])
        if not names:
            return None
        lease = self._leases.get(names)
        if lease is not None:
            with self._lock:
                if lease.left > 0 and self._monotonic() < lease.ends_at:
                    lease.left -= 1
                    lease.asked += 1
                    return None
                if lease.refused is not None and self._monotonic() < lease.ends_at:
                    return lease.refused
        return self._more(names, buckets, quotas, now)

    def admit_exactly(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """As :meth:`admit`, by the store itself, whatever is left of leases: a sign of its life."""
        limits = [(name, self._smaller(bucket)[0]) for name, bucket in buckets]
        taken, refused, _ = self.store.take_some(limits, quotas, now, 1)
        if told is not None:
            told.extend(self.store.states(limits, quotas, now))
        refusal: str | None = None if taken else refused
        return refusal

    def close(self) -> None:
        """Give back what is left, and close the store."""
        self.give_back()
        self.store.close()

    def give_back(self) -> None:
        """Give back what is left, as when a process ends."""
        with self._lock:
            leases = list(self._leases.values())
            self._leases.clear()
            self._holding.clear()
            left = [(lease, _emptied(lease)) for lease in leases]
        for lease, count in left:
            self._put_back(lease.quotas, lease.taken_at, count)

    # ------------------------------------------------------------ taking more

    def _more(
        self,
        names: tuple[str, ...],
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
    ) -> str | None:
        smaller = [(name, self._smaller(bucket)) for name, bucket in buckets]
        seconds = min([self._seconds, *[lasting for _, (_, lasting) in smaller]])
        limits = [(name, bucket) for name, (bucket, _) in smaller]
        lease, wanted = self._expected(names, seconds)
        # Before the call: however long the answer takes, what it grants was granted after this.
        asked_on = self._monotonic()
        try:
            taken, refused, valid = self.store.take_some(limits, quotas, now, wanted)
        except BaseException:
            with self._lock:
                lease.asking = max(0, lease.asking - 1)
            raise
        if valid >= 0:
            seconds = min(seconds, valid / 1_000_000)
        with self._lock:
            lease.asking = max(0, lease.asking - 1)
            surplus = self._added(lease, taken, asked_on + seconds, now, quotas)
            refusal: str | None = None
            if lease.left:
                lease.left -= 1
            else:
                refusal, lease.ends_at = refused, asked_on + QUIET
            lease.refused = refusal
            if lease.left and quotas:
                self._holding[names] = lease
                self._tidy_up()
        self._put_back(*surplus)
        self._sweep(asked_on)
        return refusal

    def _added(self, lease: _Lease, taken: int, ends_at: float, taken_at: int, quotas: Any) -> Any:
        """Add what was taken to a lease, whose lock is held; what ``_put_back`` is to get.

        Another thread may have taken some meanwhile: both are kept then, until the first of them ends.
        """
        if lease.left and lease.quotas == quotas and self._monotonic() < lease.ends_at:
            lease.left += taken
            lease.ends_at = min(lease.ends_at, ends_at)
            # What is given back counts as taken at the earlier time: never in a period in which it was not.
            lease.taken_at = min(lease.taken_at, taken_at)
            return (), 0, 0
        before = lease.quotas, lease.taken_at, _emptied(lease)
        lease.left, lease.ends_at, lease.taken_at, lease.quotas = taken, ends_at, taken_at, quotas
        return before

    def _expected(self, names: tuple[str, ...], seconds: float) -> tuple[_Lease, int]:
        """The lease of these counters, and how many requests to take: half of what will be needed."""
        on = self._monotonic()
        with self._lock:
            lease = self._leases.get(names)
            if lease is None:
                lease = self._leases[names] = _Lease(on)
            else:
                self._leases.move_to_end(names)
            if not lease.asking or on - lease.asking_since > _GIVEN_UP:
                lease.asking, lease.asking_since = 0, on
            lease.asking += 1
            lease.asked += 1
            passed = on - lease.counted_on
            if passed >= seconds > 0:
                # Counted for as long as a lease lasts: of one gap alone chance makes any rate.
                lease.rate, lease.asked, lease.counted_on = lease.asked / passed, 0, on
            expected = lease.rate * seconds
            # Threads that find a lease spent ask at once: the first takes for all of them.
            if seconds < _SHORTEST or expected < WORTH_IT or lease.asking > 1:
                return lease, 1
            return lease, min(LARGEST, math.ceil(expected / 2))

    def _smaller_bucket(self, bucket: TokenBucket) -> tuple[TokenBucket, float]:
        """A bucket without what refills it while a lease of it waits, and how long that may be."""
        rate, burst = bucket.rate_limit, bucket.burst_limit
        seconds = self._seconds if not rate else min(self._seconds, burst / (2 * rate))
        if seconds < _SHORTEST or burst < 2:
            return bucket, 0.0
        return TokenBucket(rate, burst - math.ceil(rate * seconds)), seconds

    def _sweep(self, on: float) -> None:
        """Give back what is left of leases that have ended: of the two that were asked longest ago."""
        ended = []
        with self._lock:
            for names in list(self._oldest()):
                lease = self._leases[names]
                # What was counted of its rate is of use as long as it is asked for.
                idle = on - lease.counted_on >= self._seconds
                asking = lease.asking and on - lease.asking_since <= _GIVEN_UP
                if lease.ends_at <= on and idle and not asking:
                    ended.append((lease, _emptied(lease)))
                    del self._leases[names]
        for lease, count in ended:
            self._put_back(lease.quotas, lease.taken_at, count)

    def _tidy_up(self) -> None:
        """See to it that leases of quotas are given back when they end; the lock is held."""
        if self._tidies or self._monotonic is not time.monotonic:
            return
        with suppress(RuntimeError):  # no more threads: then as by a clock of one's own
            args = (self._holding,)
            threading.Thread(target=self._tidied, args=args, daemon=True, name="wsgi_gateway-leases").start()
            self._tidies = True

    def _tidied(self, holding: dict[tuple[str, ...], _Lease]) -> None:
        """Give back what is left of leases that have ended, until there is none."""
        while True:
            time.sleep(max(self._seconds, _SHORTEST))
            ended = []
            with self._lock:
                if self._holding is not holding:
                    return  # another process by now
                on = self._monotonic()
                for names, lease in list(holding.items()):
                    if not lease.left or lease.ends_at <= on:
                        del holding[names]
                        ended.append((lease.quotas, lease.taken_at, _emptied(lease)))
                self._tidies = bool(holding)
                is_over = not holding
            for given in ended:
                self._put_back(*given)
            if is_over:
                return

    def _oldest(self) -> list[tuple[str, ...]]:
        count = _LOOKED_AT + max(0, len(self._leases) - _KEPT)
        return [names for names, _ in zip(self._leases, range(count), strict=False)]

    def _put_back(self, quotas: Any, taken_at: int, count: int) -> None:
        """Give back what is left; if the store cannot take it, it is lost, and no request with it."""
        if count and quotas:
            with suppress(Exception):
                self.store.put_back(quotas, count, taken_at)


def _emptied(lease: _Lease) -> int:
    """What is left of a lease, which then has nothing; its lock is held."""
    count, lease.left = lease.left, 0
    return count


_ALL: weakref.WeakSet[LeasedStore] = weakref.WeakSet()


def _start_anew() -> None:
    # A child must not spend what its parent has taken.
    for store in list(_ALL):
        store._start()


@atexit.register
def _give_back() -> None:
    for store in list(_ALL):
        store.give_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
