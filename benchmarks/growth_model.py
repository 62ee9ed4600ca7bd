"""Gateways that share one Redis, as a discrete-event simulation around the package's own stores.

Each gateway has a :class:`~wsgi_gateway.stores.leased.LeasedStore` of its own, the code that runs in service,
with the simulation's clock. What they take leases from is a MemoryStore behind a queue: a call travels half
the round trip, waits until Redis has served those before it, is served for a constant time, and travels back.
A request that waits is a greenlet, so requests of one gateway overtake each other as threads do. All times
are whole microseconds, so that a limit is broken by the code or not at all.

What is judged, from the end of the warm-up on:

* ``over``: admissions that the limit, counting nothing but admissions, has no room for. Must be 0.
* ``with room``: refusals at whose instant the same count has room.
* ``short``: how many fewer are admitted than by one counter that everybody asks without delay.
* ``unspent``: of what was taken from Redis, the part that nobody spent, given back to quotas or not.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

from greenlet import getcurrent, greenlet
from growth_traffic import Traffic, requests

from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket

EPOCH = 1_700_000_000_000_000
"""When simulations begin, in microseconds: far from the end of any quota's period."""


@dataclass(frozen=True)
class Scenario:
    """A run: ``lease`` in seconds, 0 for exact; ``service`` and ``round_trip`` in microseconds."""

    traffic: Traffic
    lease: float
    rate: float = 1_000.0
    burst: int = 2_000
    quota: int | None = None
    service: int = 20
    round_trip: int = 500
    warm_up: float = 1.0

    def limits(self, key):
        """The buckets and quotas of a key."""
        quotas = [(f"q{key}", Quota(self.quota, "MONTH"))] if self.quota is not None else []
        return [(f"t{key}", TokenBucket(self.rate, self.burst))], quotas


class Redis:
    """One server with a queue, and the counters in it; a store to those who take leases."""

    shared_between_processes = True

    def __init__(self, scenario, loop):
        self._half, self._service = scenario.round_trip // 2, scenario.service
        self._loop, self._free_at, self._counters = loop, 0, MemoryStore()
        self.calls, self.given = 0, 0

    def _called(self):
        """When a call of now is served, and when its answer is there."""
        started = max(self._loop.now + self._half, self._free_at)
        self._free_at = started + self._service
        self.calls += 1
        return started, self._free_at + self._half

    def decide(self, buckets, quotas):
        """An exact decision: who refuses, and when that is known."""
        # Calls arrive in the order in which they were made, so their turn can be worked out in advance.
        started, answered = self._called()
        return self._counters.admit(buckets, quotas, started), answered

    def take_some(self, buckets, quotas, now, wanted):
        started, answered = self._called()
        taken = self._counters.take_some(buckets, quotas, started, wanted)
        self.given += taken[0]
        self._loop.wait_until(answered)
        return taken

    def put_back(self, quotas, many, taken_at):
        _, answered = self._called()
        self._counters.put_back(quotas, many, taken_at)
        self._loop.wait_until(answered)


class Loop:
    """The clock, and those who wait."""

    def __init__(self):
        self.now = EPOCH
        self._waiting, self._numbers, self._hub = [], count(), getcurrent()

    def seconds(self):
        return self.now / 1_000_000

    def wait_until(self, instant):
        heapq.heappush(self._waiting, (instant, next(self._numbers), getcurrent()))
        self._hub.switch()

    def advance(self, instant):
        """Let everybody go on whose answer has come by then."""
        while self._waiting and self._waiting[0][0] <= instant:
            self.now, _, waiter = heapq.heappop(self._waiting)
            waiter.switch()
        self.now = instant


class Judge:
    """Counts what becomes of the requests that arrive after ``begins``."""

    def __init__(self, begins):
        self._begins = begins
        self._ideal, self._admitted = MemoryStore(), MemoryStore()
        self.waits, self.ideal, self.admitted, self.over, self.with_room = [], 0, 0, 0, 0
        self.last_admitted, self.spent = 0, 0

    def arrived(self, limits, at):
        if self._ideal.admit(*limits, at) is None and at >= self._begins:
            self.ideal += 1

    def decided(self, limits, at, answered, refused):
        counted = at >= self._begins
        if counted:
            self.waits.append(answered - at)
        if refused is None:
            over = self._admitted.admit(*limits, answered) is not None
            self.over += over
            self.spent += 1
            self.admitted += counted
            self.last_admitted = answered
        elif counted and self._room(limits, answered):
            self.with_room += 1

    def _room(self, limits, now):
        buckets, quotas = limits
        states = self._admitted.states(buckets, quotas, now)
        left = [limit.tokens(state, now) for (_, limit), state in zip(buckets, states, strict=False)]
        of_quotas = zip(quotas, states[len(buckets) :], strict=True)
        return min(left + [limit.remaining(state, now) for (_, limit), state in of_quotas]) > 0


def simulated(scenario):
    """Run a scenario; what came out, by name."""
    loop = Loop()
    redis, judge = Redis(scenario, loop), Judge(EPOCH + int(scenario.warm_up * 1e6))
    decide = _exact(loop, redis, judge) if not scenario.lease else _leased(scenario, loop, redis, judge)
    calls_before = None
    for at, gateway, key in requests(scenario.traffic):
        loop.advance(EPOCH + at)
        if calls_before is None and at >= scenario.warm_up * 1e6:
            calls_before = redis.calls
        limits = scenario.limits(key)
        judge.arrived(limits, loop.now)
        decide(limits, gateway)
    calls = redis.calls - (calls_before or 0)
    loop.advance(1 << 62)
    return _summary(scenario, judge, calls, redis.given)


def _exact(loop, redis, judge):
    def decide(limits, _):
        refused, answered = redis.decide(*limits)
        judge.decided(limits, loop.now, answered, refused)

    return decide


def _leased(scenario, loop, redis, judge):
    stores = {}

    def decide(limits, gateway, at):
        store = stores.get(gateway)
        if store is None:
            store = stores[gateway] = LeasedStore(redis, seconds=scenario.lease, monotonic=loop.seconds)
        refused = store.admit(*limits, at)
        judge.decided(limits, at, loop.now, refused)

    return lambda limits, gateway: greenlet(decide).switch(limits, gateway, loop.now)


def _summary(scenario, judge, calls, given):
    seconds = scenario.traffic.seconds - scenario.warm_up
    waits = sorted(judge.waits)
    decisions = len(waits)
    utilisation = calls * scenario.service / 1e6 / seconds
    # Of a queue that grows without end the waits, and so the times of decisions, say how long one has looked.
    steady = utilisation < 0.98
    return {
        "decisions": decisions,
        "calls per second": calls / seconds,
        "calls per decision": calls / decisions,
        "utilisation": utilisation,
        "mean": sum(waits) / decisions if steady else None,
        "p99": waits[int(decisions * 0.99)] if steady else None,
        "refused": 1 - judge.admitted / decisions,
        "over": judge.over,
        "with room": judge.with_room / decisions,
        "short": 1 - judge.admitted / judge.ideal if steady else None,
        "unspent": 1 - judge.spent / given if given else 0.0,
        "admitted": judge.admitted,
        "last admitted": (judge.last_admitted - EPOCH) / 1e6,
    }
