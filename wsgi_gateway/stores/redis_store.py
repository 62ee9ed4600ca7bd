"""RedisStore: counters and records in Redis or a Redis Cluster, for gateways on many hosts.

::

    store = RedisStore.from_url("redis://:secret@limits.internal/0?prefix=shop")
    store.admit(buckets, quotas, now)          # one message, one script, one reply

The options of a URL are in :mod:`wsgi_gateway.stores.redis_url`. redis-py comes with
``pip install 'wsgi_gateway[redis]'``; Redis 5 or later, or what speaks its protocol and runs its scripts.

* **Exact.** A decision is one script: everything is taken or nothing, whatever other gateways do.
* **Time is the server's**, so that gateways whose clocks differ count alike; ``now`` is ignored unless the
  URL says ``clock=caller``.
* **A failure is a** :class:`~wsgi_gateway.stores.errors.StoreUnavailable`, within twice the timeout of each
  server that is asked, though its bytes drip in one by one; what then happens to a request is decided by
  :mod:`wsgi_gateway.stores.guarded`. Of a decision whose reply was
  lost nobody knows whether it was counted, so it is not tried again: never over a limit, at most one under
  (with leases: at most what was asked for).
* Numbers are exact up to rates of 10**9 a second and bursts, limits and used requests up to 2**53; a larger
  one is taken for that.
* What Redis loses is forgotten: a server that restarts empty begins with full buckets and quotas. Set
  ``maxmemory-policy noeviction`` and some persistence if quotas are worth money.

**Leases** (:class:`~wsgi_gateway.stores.leased.LeasedStore`) take many at once, by one script, too. What is
given back must be of the period that is counted now, by the server's clock, and ``taken_at`` is by the
gateway's. So a store remembers by how many seconds its own was ahead at most, whenever it took some; what may
by that be of the period before is lost. A gateway whose clock was too fast and was set loses more, as long
behind the beginning of a period as it was ahead, until it is restarted.

**In a cluster** a decision must be in one slot. Counters of one plan and API key share one, those of a stage
another. A request with limits in both asks twice; if the second refuses, the first gives back what it took.
Never more is admitted than the limits say; but in between another request may be refused that would just have
been admitted, and a gateway that is killed there has counted one request too many. If two limits in different
slots refuse, the first in order is found by a second look. A lease takes from the first slot, from the second
as many as the first gave, and gives the surplus back to the first, tokens of buckets as well: at once they
are safe to give, since nobody waited with them. All records are in one slot, since their names are told in
order.

Not for: one host alone (LMDB is faster by two orders), or Redis's replicas.

Source: this project's own; the arithmetic is that of :mod:`wsgi_gateway.usage`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_connection import packed
from wsgi_gateway.stores.redis_counters import RedisCounters, parts_of
from wsgi_gateway.stores.redis_lease_scripts import GIVE_BACK, TAKE_SOME
from wsgi_gateway.stores.redis_limits import (
    COUNT,
    MOST,
    as_arguments,
    buckets_among,
    counted_at,
    state_of,
)
from wsgi_gateway.stores.redis_url import RedisUrl
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota

    Key = tuple[bytes, int]
    Limit = tuple[str, TokenBucket | Quota]

_SECOND = 1_000_000


class _Taking(NamedTuple):
    """What one slot has given of the limits at some places."""

    places: Sequence[int]
    many: int
    states: dict[int, Any]
    """Of its quotas, by place."""
    now: int
    """Microseconds by the clock that counts; of no meaning if nothing was taken."""


class RedisStore(RedisCounters):
    """A :class:`~wsgi_gateway.typing.Store` and :class:`~wsgi_gateway.typing.LeasingStore` in Redis; for all
    threads. Connects when first asked.

    Every verb raises StoreUnavailable if Redis fails, and RuntimeError after :meth:`close`.
    """

    shared_between_processes = True
    """Whether all workers count together."""

    def __init__(self, url: RedisUrl) -> None:
        super().__init__(url)
        # By how many seconds the caller's clock was ahead of the server's; of use is the most. A set, whose
        # verbs are atomic among threads without a lock that a fork could leave closed.
        self._ahead: set[int] = set()

    @classmethod
    def from_url(cls, url: str) -> RedisStore:
        """The store that a URL names. Raises ConfigError for one that cannot work, and without redis-py."""
        return cls(RedisUrl.read(url))

    def __repr__(self) -> str:
        return f"<RedisStore at {self._url!r}>"

    def take_some(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        wanted: int,
    ) -> tuple[int, str | None, int]:
        """Take up to ``wanted`` of everything, 2**53 at most: ``(how many, who refused, how long it holds)``.

        The last in microseconds by the clock that counts, -1 without quotas.
        """
        limits: tuple[Limit, ...] = (*buckets, *quotas)
        count = max(0, min(wanted, MOST))
        if not limits:
            self._must_be_open()
            return count, None, -1
        keys = [self._counter(name) for name, _ in limits]
        count, refused, takings = self._take_in_parts(limits, keys, now, count)
        if refused is not None:
            return 0, limits[refused][0], -1
        left = [state[1] - part.now for part in takings for state in part.states.values()]
        return count, None, min(left, default=-1)

    def put_back(self, quotas: Sequence[tuple[str, Quota]], count: int, taken_at: int) -> None:
        """Give back what was taken of quotas at ``taken_at`` and not used; of a period that is over, or may
        be over by the server's clock, it is lost; so is what was taken of a server that was started since.
        """
        self._must_be_open()
        earliest = self._earliest(taken_at)
        if earliest is None or count < 1 or not quotas:
            return
        keys = [self._counter(name) for name, _ in quotas]
        for places in self._parts(keys):
            periods = [counted_at(quotas[place][1], earliest) for place in places]
            time, head = self._time(taken_at), packed(0, min(count, MOST))
            since = packed(earliest // _SECOND) if self._url.server_clock else b""
            whole = b"%b%b%b%b" % (time, head, b"".join(periods), since)
            self._send(GIVE_BACK, [keys[p] for p in places], whole, 4 + 3 * len(places) + bool(since))

    # ------------------------------------------------------------ taking

    def _parts(self, keys: Sequence[Key]) -> Sequence[Sequence[int]]:
        """Places of keys that one script can have."""
        return [range(len(keys))] if self._nodes is None else parts_of(keys, range(len(keys)))

    def _take_in_parts(
        self,
        limits: Sequence[Limit],
        keys: Sequence[Key],
        now: int,
        count: int,
    ) -> tuple[int, int | None, list[_Taking]]:
        """Of each slot as many as the one before gave; how many, or the place of the limit that refuses."""
        parts = self._parts(keys)
        takings: list[_Taking] = []
        refused = None
        try:
            for places in parts:
                refused, taking = self._take_some_of(limits, keys, places, now, count)
                takings.append(taking)
                count = taking.many
                if refused is not None:
                    break
        except StoreUnavailable:
            self._give_surplus_back(limits, keys, takings, 0, now)
            raise
        self._give_surplus_back(limits, keys, takings, count, now)
        if refused is not None:
            not_asked = [place for places in parts[len(takings) :] for place in places]
            refused = self._first_refusal(limits, keys, refused, not_asked, now, None)
        return count, refused, takings

    def _take_some_of(
        self, limits: Sequence[Limit], keys: Sequence[Key], places: Sequence[int], now: int, wanted: int
    ) -> tuple[int | None, _Taking]:
        """The place of the limit that refuses, and what was taken otherwise."""
        rules = [limits[place][1] for place in places]
        buckets = buckets_among(rules)
        arguments = b"%b%b%b" % (
            self._time(now),
            packed(wanted, buckets),
            b"".join(map(as_arguments, rules)),
        )
        reply = self._send(TAKE_SOME, [keys[p] for p in places], arguments, 4 + 3 * len(places))
        if isinstance(reply, int):
            if not 1 <= reply <= len(places):
                raise StoreUnavailable("Redis: a reply that makes no sense")
            return places[reply - 1], _Taking(places, 0, {}, now)
        _, s, us, (taken, *held) = reply
        by_server = s * _SECOND + us
        self._remember(now, by_server)
        of_quotas = [state_of(rule, state) for rule, state in zip(rules[buckets:], held, strict=True)]
        states = dict(zip(places[buckets:], of_quotas, strict=True))
        return None, _Taking(places, int(COUNT.unpack(taken)[0]), states, by_server)

    def _give_surplus_back(
        self, limits: Sequence[Limit], keys: Sequence[Key], takings: Sequence[_Taking], count: int, now: int
    ) -> None:
        for part in takings:
            if part.many > count:
                self._give_back(limits, keys, [part.places], part.states, now, part.many - count)

    # ------------------------------------------------------------ two clocks

    def _remember(self, now: int, by_server: int) -> None:
        """By how much the caller's clock is ahead just now."""
        ahead = -((by_server - now) // _SECOND)  # rounded up
        known = tuple(self._ahead)
        if not known or ahead > max(known):
            self._ahead.add(ahead)
            self._ahead.difference_update([one for one in known if one < ahead])

    def _earliest(self, taken_at: int) -> int | None:
        """When ``taken_at`` was by the clock that counts, at the earliest; None if nothing was taken.

        Earlier is safe: no counter is in a period before that of what it has counted, so if the period of a
        time that is too early is still the counter's, the right one is, too.
        """
        if not self._url.server_clock:
            return taken_at
        known = tuple(self._ahead)
        return taken_at - max(known) * _SECOND if known else None
