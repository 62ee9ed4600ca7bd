"""RedisStore: counters and records in Redis or a Redis Cluster, for gateways on many hosts.

::

    store = RedisStore.from_url("redis://:secret@limits.internal/0?prefix=shop")
    store.admit(buckets, quotas, now)          # one message, one script, one reply

The options of a URL are in :mod:`wsgi_gateway.stores.redis_url`. redis-py comes with
``pip install 'wsgi_gateway[redis]'``; Redis 5 or later, or what speaks its protocol and runs its scripts.

* **Exact.** A decision is one script: everything is taken or nothing, whatever other gateways do.
* **Time is the server's**, so that gateways whose clocks differ count alike; ``now`` is ignored unless the
  URL says ``clock=caller``.
* **A failure is a** :class:`~wsgi_gateway.stores.errors.StoreUnavailable`, within twice the timeout: what
  then happens to a request is decided by :mod:`wsgi_gateway.stores.guarded`. Of a decision whose reply was
  lost nobody knows whether it was counted, so it is not tried again: never over a limit, at most one under.
* Numbers are exact up to rates of 10**9 a second and bursts, limits and used requests up to 2**53; a larger
  one is taken for that.
* What Redis loses is forgotten: a server that restarts empty begins with full buckets and quotas. Set
  ``maxmemory-policy noeviction`` and some persistence if quotas are worth money.

**In a cluster** a decision must be in one slot. Counters of one plan and API key share one, those of a stage
another. A request with limits in both asks twice; if the second refuses, the first gives back what it took.
Never more is admitted than the limits say; but in between another request may be refused that would just have
been admitted, and a gateway that is killed there has counted one request too many. If two limits in different
slots refuse, the first in order is found by a second look. All records are in one slot, since their names are
told in order.

Not for: one host alone (LMDB is faster by two orders), or Redis's replicas.

Source: this project's own; the arithmetic is that of :mod:`wsgi_gateway.usage`.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import redis_scripts as scripts
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_connection import packed
from wsgi_gateway.stores.redis_records import RedisRecords
from wsgi_gateway.stores.redis_url import RedisUrl
from wsgi_gateway.usage.quota import DAY
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota

    Key = tuple[bytes, int]
    Limit = tuple[str, TokenBucket | Quota]

_MOST, _FASTEST = 2**53, 10**9 * 1_000_000
_MICRO, _PICO = 10**6, 10**12
_LIMITS_REMEMBERED = 4096


class RedisStore(RedisRecords):
    """A :class:`~wsgi_gateway.typing.Store` in Redis; for all threads. Connects when first asked.

    Every verb raises StoreUnavailable if Redis fails, and RuntimeError after :meth:`close`.
    """

    shared_between_processes = True
    """Whether all workers count together."""

    @classmethod
    def from_url(cls, url: str) -> RedisStore:
        """The store that a URL names. Raises ConfigError for one that cannot work, and without redis-py."""
        return cls(RedisUrl.read(url))

    def __repr__(self) -> str:
        return f"<RedisStore at {self._url!r}>"

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """Take one of everything or nothing; the name of the first limit that refuses, or ``None``."""
        limits: tuple[Limit, ...] = (*buckets, *quotas)
        if not limits:
            self._must_be_open()
            return None
        keys = [self._counter(name) for name, _ in limits]
        if self._nodes is not None and any(key[1] != keys[0][1] for key in keys):
            refused = self._admit_in_parts(limits, keys, now, told)
        else:
            refused, states = self._take(limits, keys, now, told is not None)
            if told is not None:
                told.extend(states)
        return None if refused is None else limits[refused][0]

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """What the counters hold; None for one never used."""
        limits: tuple[Limit, ...] = (*buckets, *quotas)
        self._must_be_open()
        states, _ = self._look(limits, [self._counter(name) for name, _ in limits], range(len(limits)), now)
        return [states[place] for place in range(len(limits))]

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """Say how much of a quota is used in the present period."""
        limit = min(quota.limit, _MOST)
        # What remains is a number that must be exact, too.
        used = max(limit - _MOST, min(used, _MOST))
        period, offset = quota.period[0], min(quota.offset, _MOST)
        self._run(scripts.SET_USED, [self._counter(key)], now, used, limit, period, offset)

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Requests admitted and remaining by day."""
        fields = self._run(scripts.DAYS, [self._counter(key)], now)[1]
        held = dict(zip(fields[::2], fields[1::2], strict=True))
        present = _state(quota, held.pop(b"s", b""))
        found = {}
        for day, text in held.items():
            admitted, remaining = text.split()
            found[int(day)] = (int(admitted), int(remaining))
        if present is not None and present[3]:
            found[present[2]] = (present[3], max(0, quota.limit - present[0]))
        return {day: found[day] for day in sorted(found) if first_day <= day <= last_day}

    def _must_be_open(self) -> None:
        if self._closed:
            raise RuntimeError("the store is closed")

    # ------------------------------------------------------------ one slot

    def _take(
        self, limits: Sequence[Limit], keys: Sequence[Key], now: int, told: bool
    ) -> tuple[int | None, list[Any]]:
        """The place of the limit that refuses, and the states if they are to be told."""
        rules = [limit for _, limit in limits]
        arguments = b"%b%b%b" % (self._time(now), _shape(told, _buckets(rules)), b"".join(map(_rule, rules)))
        reply = self._send(scripts.ADMIT, keys, arguments, 4 + 3 * len(limits))
        code, states = reply, []
        if told:
            code, _, _, raw = reply
            states = [_state(limit, text) for limit, text in zip(rules, raw, strict=True)]
        if code > len(limits):
            raise StoreUnavailable("Redis: a reply that makes no sense")
        return code - 1 if code else None, states

    # ------------------------------------------------------------ several slots

    def _admit_in_parts(
        self, limits: Sequence[Limit], keys: Sequence[Key], now: int, told: list[Any] | None
    ) -> int | None:
        """Ask slot by slot; a refusal gives back what was taken, and so does a failure."""
        parts = _parts(keys, range(len(keys)))
        states: dict[int, Any] = {}
        for number, places in enumerate(parts):
            try:
                refused, found = self._take([limits[p] for p in places], [keys[p] for p in places], now, True)
            except StoreUnavailable:
                self._give_back(limits, keys, parts[:number], states, now)
                raise
            if refused is not None:
                self._give_back(limits, keys, parts[:number], states, now)
                others = [place for part in parts[number + 1 :] for place in part]
                return self._first_refusal(limits, keys, places[refused], others, now, told)
            states.update(zip(places, found, strict=True))
        if told is not None:
            told.extend(states[place] for place in range(len(limits)))
        return None

    def _give_back(
        self,
        limits: Sequence[Limit],
        keys: Sequence[Key],
        parts: Sequence[Sequence[int]],
        states: dict[int, Any],
        now: int,
    ) -> None:
        for places in parts:
            rules = [limits[place][1] for place in places]
            arguments = [
                _rule(rule) if isinstance(rule, TokenBucket) else _counted(states[place])
                for place, rule in zip(places, rules, strict=True)
            ]
            whole = b"%b%b%b" % (self._time(now), packed(_buckets(rules)), b"".join(arguments))
            # A node that cannot be reached keeps what it counted: one request too many, never one too few.
            with suppress(StoreUnavailable):
                self._send(scripts.GIVE_BACK, [keys[p] for p in places], whole, 3 + 3 * len(places))

    def _first_refusal(
        self,
        limits: Sequence[Limit],
        keys: Sequence[Key],
        refused: int,
        not_asked: Sequence[int],
        now: int,
        told: list[Any] | None,
    ) -> int:
        """Which limit refuses first in the order given, one of those that were not asked perhaps."""
        places = range(len(limits)) if told is not None else [p for p in not_asked if p < refused]
        states, times = self._look(limits, keys, places, now)
        for place in not_asked:
            if place < refused and not limits[place][1].take(states[place], times[place])[0]:
                refused = place
        if told is not None:
            told.extend(states[place] for place in places)
        return refused

    def _look(
        self, limits: Sequence[Limit], keys: Sequence[Key], places: Sequence[int], now: int
    ) -> tuple[dict[int, Any], dict[int, int]]:
        """The states of some limits, and by the clock that counts the times at which they were read."""
        states: dict[int, Any] = {}
        times: dict[int, int] = {}
        for part in _parts(keys, places) if self._nodes is not None else [places] if places else []:
            rules = [limits[place][1] for place in part]
            _, s, us, raw = self._run(scripts.STATES, [keys[p] for p in part], now, _buckets(rules))
            for place, rule, text in zip(part, rules, raw, strict=True):
                states[place], times[place] = _state(rule, text), s * _MICRO + us
        return states, times


def _parts(keys: Sequence[Key], places: Sequence[int]) -> list[list[int]]:
    """Places by the slots of their keys, both in the order of first appearance."""
    parts: dict[int, list[int]] = {}
    for place in places:
        parts.setdefault(keys[place][1], []).append(place)
    return list(parts.values())


def _buckets(rules: Sequence[TokenBucket | Quota]) -> int:
    return sum(isinstance(rule, TokenBucket) for rule in rules)


@lru_cache(256)
def _shape(told: bool, buckets: int) -> bytes:
    return packed("1" if told else "", buckets)


@lru_cache(_LIMITS_REMEMBERED)
def _rule(limit: TokenBucket | Quota) -> bytes:
    """The three arguments that tell a script what a limit says."""
    if isinstance(limit, TokenBucket):
        return packed(*divmod(min(limit.refill, _FASTEST), _MICRO), min(limit.burst_limit, _MOST))
    return packed(min(limit.limit, _MOST), limit.period[0], min(limit.offset, _MOST))


def _counted(state: tuple[int, int, int, int]) -> bytes:
    """When a request was counted: the end of its period, and the day."""
    return packed(state[1] // DAY, state[2], "")


def _state(limit: TokenBucket | Quota, held: bytes) -> Any:
    """A state as :mod:`wsgi_gateway.usage` has it."""
    if not held:
        return None
    if len(held) != (scripts.BUCKET if isinstance(limit, TokenBucket) else scripts.QUOTA).size:
        raise StoreUnavailable("Redis: WRONGTYPE")
    if isinstance(limit, TokenBucket):
        whole, micro, pico, s, us = scripts.BUCKET.unpack(held)
        return int(whole) * _PICO + micro * _MICRO + pico, int(s) * _MICRO + us
    used, end, day, admitted = scripts.QUOTA.unpack(held)
    return int(used), end * DAY, day, int(admitted)
