"""Quotas: so many requests per calendar day, week or month, in UTC.

A period is a piece of the calendar, not a sliding window: every instant lies in exactly one, each begins
where the last one ended, and what the TZ variable says is of no account::

    >>> from wsgi_gateway.usage.quota import Quota
    >>> quota = Quota(limit=2, period="DAY")
    >>> _, state = quota.take(None, now=0)
    >>> _, state = quota.take(state, now=1)
    >>> quota.take(state, now=86_399_999_999)[0], quota.take(state, now=86_400_000_000)[0]
    (False, True)

A state is ``(requests used, end of their period, day, requests of that day)``: the last two are for usage by
day, and :meth:`Quota.filed` says when a day is over and has to be put on record.

``offset`` requests are subtracted from the limit in the initial period, so that a plan which starts in the
middle of a month need not give a whole month's requests. The initial period of a counter is the one in
which its quota is first asked, not the one in which the plan was written: AWS documents neither. A store
that forgets (a process that starts anew with counters in memory) begins with an initial period again.

A clock that goes back opens no new period: the counter stays in the latest one it has seen. A clock that was
wrongly years ahead has therefore to be followed by forgetting the counters.

Unconfirmed: AWS documents no alignment. A day from midnight UTC has been reported from use; a week from
Monday and a month from its first day are assumptions. AWS's service also limits ``offset`` to 0 for DAY,
0..6 for WEEK and 0..27 for MONTH, which fits badly with its documentation (requests) and is not enforced
here.

Not for: requests per second (:mod:`wsgi_gateway.usage.throttle`), or keeping state (a store does).

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    from wsgi_gateway.config import QuotaConfig

PERIODS = ("DAY", "WEEK", "MONTH")
"""The periods AWS has."""

DAY = 86_400_000_000
"""Microseconds of a day."""

State = tuple[int, int, int, int]
"""``(used, end of the period, day since 1970-01-01, admitted on that day)``; see the module."""

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_MONDAY = date(1970, 1, 5).toordinal() - _EPOCH


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of ``limit`` requests per ``period``, ``offset`` fewer in the first one.

    A value without state: many counters may share one quota. Limit 0 admits nothing. Raises
    :class:`~wsgi_gateway.errors.ConfigError` for an unknown period and for numbers that are not whole or
    negative.
    """

    limit: int
    period: str
    offset: int = 0

    def __post_init__(self) -> None:
        for name in ("limit", "offset"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ConfigError(f"quota {name} is {value!r}; it must be a whole number, zero or more")
        if self.period not in PERIODS:
            raise ConfigError(f"quota period is {self.period!r}; it must be one of {', '.join(PERIODS)}")

    @classmethod
    def of(cls, config: QuotaConfig) -> Quota:
        """The quota that a :class:`~wsgi_gateway.config.QuotaConfig` declares."""
        return cls(config.limit, config.period, config.offset)

    def period_start(self, now: int) -> int:
        """The first microsecond of the period in which ``now`` lies."""
        return DAY * self._first_day(now // DAY)

    def period_end(self, now: int) -> int:
        """The first microsecond after the period in which ``now`` lies, where the next one begins."""
        first = self._first_day(now // DAY)
        # 31 days after the first of a month is always in the next one.
        days = {"DAY": 1, "WEEK": 7, "MONTH": 31}[self.period]
        return DAY * self._first_day(first + days)

    def _first_day(self, day: int) -> int:
        """The day with which the period of a day begins; days count from 1970-01-01."""
        if self.period == "DAY":
            return day
        if self.period == "WEEK":
            return day - (day - _FIRST_MONDAY) % 7
        return date.fromordinal(day + _EPOCH).replace(day=1).toordinal() - _EPOCH

    def take(self, state: State | None, now: int) -> tuple[bool, State]:
        """Count one request at ``now``; ``(admitted, state to keep)``.

        ``state`` is ``None`` for a counter never seen. What a refusal gives back has not counted the request;
        it may have opened a period, or a day.
        """
        if state is None or now >= state[1] or now // DAY > state[2]:
            state = self.present(state, now)
        used, end, day, today = state
        if used >= self.limit:
            return False, state
        return True, (used + 1, end, day, today + 1)

    def take_some(self, state: State | None, now: int, wanted: int) -> tuple[int, State]:
        """Count up to ``wanted`` requests at ``now``; ``(how many, state to keep)``."""
        used, end, day, today = self.present(state, now)
        count = max(0, min(wanted, self.limit - used))
        return count, (used + count, end, day, today + count)

    def put_back(self, state: State | None, count: int, taken_at: int) -> State | None:
        """Uncount requests that were counted at ``taken_at``: those of a period that is over are lost."""
        if state is None or self.period_end(taken_at) != state[1]:
            return state
        used, end, day, today = state
        return used - count, end, day, max(0, today - count) if day == taken_at // DAY else today

    def remaining(self, state: State | None, now: int) -> int:
        """How many requests the period at ``now`` has left."""
        return max(0, self.limit - self.present(state, now)[0])

    def expires_at(self, state: State) -> int | None:
        """The instant from which the state says nothing; ``None`` with an offset, which counts only once."""
        return None if self.offset else state[1]

    def present(self, state: State | None, now: int) -> State:
        """The state as it is at ``now``, with nothing counted. ``now`` before its day changes nothing."""
        if state is None:
            return self.offset, self.period_end(now), now // DAY, 0
        used, end, day, today = state
        if now >= end:
            used, end = 0, self.period_end(now)
        if now // DAY > day:
            day, today = now // DAY, 0
        return used, end, day, today

    def filed(self, state: State | None, later: State) -> tuple[int, int, int] | None:
        """``(day, requests admitted on it, requests that remained)`` of a day that is over in ``later``, and
        was not in ``state``; ``None`` if none is, or nothing was admitted on it.
        """
        if state is None or state[2] == later[2] or not state[3]:
            return None
        return state[2], state[3], max(0, self.limit - state[0])
