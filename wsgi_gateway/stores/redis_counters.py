"""RedisCounters: the half of a Redis store that decides, one request at a time.

::

    counters = RedisCounters(RedisUrl.read("redis://limits.internal"))
    counters.admit(buckets, quotas, now)       # one message, one script, one reply

In a cluster the limits of a decision may be in several slots. Then each slot is asked in turn, and what was
taken is given back if a later one refuses or fails; if limits in different slots refuse, the first in order
is found by a second look. Tokens that come back were never spent, so a bucket has at most as many as it
would have if nobody had asked.

Not for: many at once (:class:`~wsgi_gateway.stores.redis_store.RedisStore`, which is built on this half).

Source: this project's own; the arithmetic is that of :mod:`wsgi_gateway.usage`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import redis_scripts as scripts
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_connection import packed
from wsgi_gateway.stores.redis_lease_scripts import GIVE_BACK
from wsgi_gateway.stores.redis_limits import MOST, as_arguments, buckets_among, counted_in, shape, state_of
from wsgi_gateway.stores.redis_records import RedisRecords
from wsgi_gateway.usage.throttle import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.usage.quota import Quota

    Key = tuple[bytes, int]
    Limit = tuple[str, TokenBucket | Quota]

_MICRO = 10**6


class RedisCounters(RedisRecords):
    """The counters and records of a store; raises as :class:`RedisRecords` does."""

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
        limit = min(quota.limit, MOST)
        # What remains is a number that must be exact, too.
        used = max(limit - MOST, min(used, MOST))
        period, offset = quota.period[0], min(quota.offset, MOST)
        self._run(scripts.SET_USED, [self._counter(key)], now, used, limit, period, offset)

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Requests admitted and remaining by day."""
        fields = self._run(scripts.DAYS, [self._counter(key)], now)[1]
        held = dict(zip(fields[::2], fields[1::2], strict=True))
        present = state_of(quota, held.pop(b"s", b""))
        held.pop(b"m", None)
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
        arguments = b"%b%b%b" % (
            self._time(now),
            shape(told, buckets_among(rules)),
            b"".join(map(as_arguments, rules)),
        )
        reply = self._send(scripts.ADMIT, keys, arguments, 4 + 3 * len(limits))
        code, states = reply, []
        if told:
            code, _, _, raw = reply
            states = [state_of(limit, text) for limit, text in zip(rules, raw, strict=True)]
        if code > len(limits):
            raise StoreUnavailable("Redis: a reply that makes no sense")
        return code - 1 if code else None, states

    # ------------------------------------------------------------ several slots

    def _admit_in_parts(
        self, limits: Sequence[Limit], keys: Sequence[Key], now: int, told: list[Any] | None
    ) -> int | None:
        """Ask slot by slot; a refusal gives back what was taken, and so does a failure."""
        parts = parts_of(keys, range(len(keys)))
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
        count: int = 1,
    ) -> None:
        """Give back ``count`` of what was just taken of the limits at these places, by their states then."""
        for places in parts:
            rules = [limits[place][1] for place in places]
            arguments = [
                as_arguments(rule) if isinstance(rule, TokenBucket) else counted_in(states[place])
                for place, rule in zip(places, rules, strict=True)
            ]
            whole = b"%b%b%b" % (self._time(now), packed(buckets_among(rules), count), b"".join(arguments))
            # A node that cannot be reached keeps what it counted: too many were counted, never too few.
            with suppress(StoreUnavailable):
                self._send(GIVE_BACK, [keys[p] for p in places], whole, 4 + 3 * len(places))

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
        for part in parts_of(keys, places) if self._nodes is not None else [places] if places else []:
            rules = [limits[place][1] for place in part]
            _, s, us, raw = self._run(scripts.STATES, [keys[p] for p in part], now, buckets_among(rules))
            for place, rule, text in zip(part, rules, raw, strict=True):
                states[place], times[place] = state_of(rule, text), s * _MICRO + us
        return states, times


def parts_of(keys: Sequence[Key], places: Sequence[int]) -> list[list[int]]:
    """Places by the slots of their keys, both in the order of first appearance."""
    parts: dict[int, list[int]] = {}
    for place in places:
        parts.setdefault(keys[place][1], []).append(place)
    return list(parts.values())
