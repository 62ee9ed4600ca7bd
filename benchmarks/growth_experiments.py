"""What is simulated: lists of scenarios by name, and the few that are measured, too."""

from __future__ import annotations

from functools import partial

from growth_model import Scenario
from growth_traffic import Traffic

LEASES = (0.0, 0.05, 0.1, 0.5)
GATEWAYS = (1, 3, 10, 30, 100, 300, 1_000)
KEYS = tuple(10**n for n in range(1, 8))
EACH = 200
"""Decisions a second of one gateway."""
LARGE = 10**12
"""A quota that is counted and never used up."""


def load(model):
    """What Redis bears, by number of gateways."""
    for zipf in (1.1, 0.0):
        for gateways in GATEWAYS:
            seconds = {300: 2.0, 1_000: 1.6}.get(gateways, 3.0)
            for lease in LEASES:
                traffic = Traffic(gateways, EACH * gateways, 1_000_000, zipf, seconds=seconds)
                yield {"zipf": zipf, "gateways": gateways}, model(traffic, lease, quota=LARGE)


def keys(model):
    """What Redis bears, by number of keys; the limits never refuse."""
    for zipf in (1.1, 0.0):
        for number in KEYS:
            for lease in LEASES:
                traffic = Traffic(100, 100 * EACH, number, zipf, seconds=2.0)
                scenario = model(traffic, lease, rate=100_000, burst=200_000, quota=LARGE)
                yield {"zipf": zipf, "keys": number}, scenario


def worth(model):
    """Calls for a decision, by decisions a second of one key at one gateway."""
    for rate in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000):
        for lease in LEASES[1:]:
            traffic = Traffic(1, rate, 1, seconds=max(10.0, 1_500 / rate))
            yield {"rate": rate}, model(traffic, lease, rate=100_000, burst=200_000, quota=LARGE)


def error(model):
    """What is admitted too little, by demand in parts of the limit; ten gateways."""
    for demand in (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 2.0, 4.0):
        for lease in LEASES:
            yield {"demand": demand}, _at(model, demand, 10, lease)


def error_by_gateways(model):
    for demand in (0.9, 1.2):
        for gateways in GATEWAYS:
            for lease in LEASES:
                yield {"demand": demand, "gateways": gateways}, _at(model, demand, gateways, lease)


def error_by_rate(model):
    """One key; a bucket of one second; ten gateways."""
    for demand in (0.9, 1.0):
        for rate in (10, 100, 1_000, 10_000):
            seconds = {10: 60.0, 100: 30.0, 1_000: 12.0}.get(rate, 5.0)
            for lease in LEASES:
                traffic = Traffic(10, demand * rate, 1, seconds=seconds)
                scenario = model(traffic, lease, rate=rate, burst=rate, quota=LARGE, warm_up=2.0)
                yield {"demand": demand, "rate": rate}, scenario


def special(model):
    """Ten gateways at nine tenths of the limit, and one thing that is different."""
    kinds = {
        "as above": ({}, {}),
        "bucket of a tenth of a second": ({}, {"burst": 20}),
        "bucket of ten seconds": ({}, {"burst": 2_000}),
        "requests in tens, to any gateway": ({"burst": 10.0}, {}),
        "requests in tens, to one gateway": ({"burst": 10.0, "sticky": True}, {}),
        "Redis 5 ms away": ({}, {"round_trip": 5_000}),
        "Redis 50 ms away": ({}, {"round_trip": 50_000}),
    }
    for name, (traffic, other) in kinds.items():
        for lease in LEASES:
            yield {"what": name}, _at(model, 0.9, 10, lease, traffic, **other)


def quota(model):
    """A quota of 10,000 that 20,000 requests ask for within ten seconds."""
    for gateways in (1, 10, 100, 1_000):
        for lease in LEASES:
            traffic = Traffic(gateways, 2_000, 1, seconds=10.0)
            scenario = model(traffic, lease, rate=100_000, burst=200_000, quota=10_000, warm_up=0.0)
            yield {"gateways": gateways}, scenario


def twins(model):
    """What is measured, too: processes with 500 decisions a second each."""
    for gateways in (1, 2, 4):
        for lease in LEASES:
            traffic = Traffic(gateways, 500 * gateways, 50, seconds=5.0)
            yield {"gateways": gateways}, model(traffic, lease, rate=100, burst=100, quota=LARGE)


def _at(model, demand, gateways, lease, traffic=None, **other):
    """Eight keys of 200 a second, with buckets of a second."""
    asked = Traffic(gateways, demand * 8 * 200, 8, 0.0, seconds=12.0, **(traffic or {}))
    return model(asked, lease, **{"rate": 200, "burst": 200, "quota": LARGE, "warm_up": 2.0, **other})


def experiments(service, round_trip, measured_round_trip):
    """Name to a list of ``(labels, scenario)``."""
    model = partial(Scenario, service=service, round_trip=round_trip)
    named = [load, keys, worth, error, error_by_gateways, error_by_rate, special, quota]
    found = {make.__name__: list(make(model)) for make in named}
    found["twins"] = list(twins(partial(Scenario, service=service, round_trip=measured_round_trip)))
    return found
