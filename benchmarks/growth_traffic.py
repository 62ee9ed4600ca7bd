"""Who asks when, for the simulation and for the measurements beside it: the same seed, the same requests.

``requests(Traffic(...))`` yields ``(microsecond, gateway, key)`` in order of time. Keys are numbers by
popularity, 0 the most popular; none of them exists before it is drawn, so ten million cost nothing.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from random import Random

_TABLED = 10_000
_GAP = 5_000
"""Microseconds between the requests of one burst."""


@dataclass(frozen=True)
class Traffic:
    """``per_second`` requests of all gateways together, for ``seconds``.

    ``zipf`` 0 makes all keys equal. ``burst``: the mean number of requests that come together, of one key,
    5 ms apart; 1 is a Poisson process. ``sticky``: a burst stays on one gateway, else each of its
    requests goes to any.
    """

    gateways: int
    per_second: float
    keys: int
    zipf: float = 1.1
    burst: float = 1.0
    sticky: bool = False
    seconds: float = 5.0
    seed: int = 1


def requests(traffic):
    random = Random(traffic.seed)
    draw = popularity(traffic.keys, traffic.zipf, random.random)
    gap = traffic.burst / traffic.per_second * 1e6
    end, begins, later = traffic.seconds * 1e6, 0.0, []
    while True:
        begins += random.expovariate(1.0) * gap
        while later and later[0][0] <= min(begins, end):
            yield heapq.heappop(later)
        if begins > end:
            return
        key, gateway = draw(), int(random.random() * traffic.gateways)
        yield int(begins), gateway, key
        for n in range(1, 1 + _others(traffic.burst, random)):
            other = gateway if traffic.sticky else int(random.random() * traffic.gateways)
            heapq.heappush(later, (int(begins) + n * _GAP, other, key))


def _others(mean, random):
    """How many requests follow the first of a burst: geometric, so that bursts have ``mean`` requests."""
    return 0 if mean <= 1 else int(math.log(1.0 - random.random()) / math.log(1.0 - 1.0 / mean))


def popularity(keys, zipf, uniform):
    """A function that draws a key; ``uniform`` draws from 0 to 1.

    The most popular 10,000 are tabled; the weights of those behind are an integral, which differs from their
    sum by less than a millionth there.
    """
    if not zipf:
        return lambda: int(uniform() * keys)
    sums = list(accumulate(rank**-zipf for rank in range(1, min(keys, _TABLED) + 1)))
    if keys <= _TABLED:
        return lambda: min(bisect_right(sums, uniform() * sums[-1]), keys - 1)
    power = 1.0 - zipf
    first, last = (_TABLED + 0.5) ** power, (keys + 0.5) ** power
    total = sums[-1] + (last - first) / power

    def draw():
        drawn = uniform() * total
        if drawn < sums[-1]:
            return bisect_right(sums, drawn)
        rank = (first + (drawn - sums[-1]) * power) ** (1.0 / power)
        return min(round(rank), keys) - 1

    return draw
