"""What a decision costs in each store, alone and with several processes at a time.

    python benchmarks/stores.py [seconds per measurement with processes]

Prints microseconds per decision and the ratio to memory in the same run; with processes also the share of
the slowest one, and the longest single decision beside the longest pause of a loop that does nothing, which
is what the machine itself does to a process. Nothing is asserted: absolute times belong to the machine.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time

from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, QuotaConfig, ThrottleConfig, UsagePlanConfig
from wsgi_gateway.context import Context
from wsgi_gateway.lifecycle.usage_plan import UsagePlan
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.usage import Quota, TokenBucket

ROUNDS, DECISIONS, NEW_ONES = 60, 2_000, 100_000
BUCKET, QUOTA = TokenBucket(10_000, 1_000_000), Quota(2**53, "MONTH")
WIDE, EMPTY = TokenBucket(10_000, 2**40), TokenBucket(0.000001, 1)

# Name, URL, and whether processes share it. {directory} is a new directory, gone afterwards.
STORES = [
    ("memory", "memory:", False),
    ("LMDB", "lmdb:{directory}/limits?size=256MiB", True),
]

LIMITS = {
    "a throttle": ([("b", BUCKET)], []),
    "a quota": ([], [("q", QUOTA)]),
    "a throttle and a quota": ([("b", BUCKET)], [("q", QUOTA)]),
    "three throttles and a quota": ([("b", BUCKET), ("b2", BUCKET), ("b3", BUCKET)], [("q", QUOTA)]),
    "a throttle with a burst of 2^40": ([("w", WIDE)], []),
    "refused by a throttle": ([("e", EMPTY)], []),
    "refused by a quota": ([], [("full", Quota(0, "DAY"))]),
}


def best(call, times=DECISIONS, rounds=ROUNDS):
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(times):
            call()
        found.append((time.perf_counter() - started) / times * 1e6)
    return min(found)


def deciding(store, limits, clock=time.time):
    buckets, quotas = limits
    return lambda: store.admit(buckets, quotas, int(clock() * 1_000_000))


def stage(store):
    """The whole stage's work: key look-up, throttle, quota."""
    throttle = ThrottleConfig(rate_limit=10_000, burst_limit=1_000_000)
    plan = UsagePlanConfig(
        id="plan",
        keys=["key"],
        api_stages=[ApiStageConfig(stage="default")],
        throttle=throttle,
        quota=QuotaConfig(limit=2**53, period="MONTH"),
    )
    value = "0123456789abcdef" * 2
    app = UsagePlan(None, [plan], api_keys=[ApiKeyConfig(id="key", value=value)], store=store)
    context = Context({"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value})
    context.resource_path = "/pets/{id}"
    return lambda: app.on_request(context)


def alone(store):
    """Name to microseconds."""
    found = {name: best(deciding(store, limits)) for name, limits in LIMITS.items()}
    found["the whole stage"] = best(stage(store))
    found["states of a throttle and a quota"] = best(
        lambda: store.states([("b", BUCKET)], [("q", QUOTA)], int(time.time() * 1e6))
    )
    store.keep("record", b"x" * 500, 2**62, 0)
    found["an answer recalled"] = best(lambda: store.recall("record", 1))
    found["an answer not there"] = best(lambda: store.recall("no record", 1))
    found["an answer kept"] = best(lambda: store.keep("record", b"x" * 500, 2**62, 0))
    found["a key kept for good"] = best(lambda: store.keep("key", b"x" * 200, None, 0), 20, 5)
    started = time.perf_counter()
    for n in range(NEW_ONES):
        store.admit([(f"plan:basic:{n:032x}:throttle", BUCKET)], (), 0)
    found[f"a new counter, of {NEW_ONES:,}"] = (time.perf_counter() - started) / NEW_ONES * 1e6
    return found


def hammer(url, limits, seconds, start, answers):
    store = store_from_url(url) if url else None
    decide = deciding(store, limits) if url else lambda: None
    decide()
    start.wait()
    count, longest, over = 0, 0, 0
    clock = time.perf_counter_ns
    now = clock()
    end = now + int(seconds * 1e9)
    while now < end:
        decide()
        before, now = now, clock()
        count += 1
        took = now - before
        if took > 1_000_000:
            over += 1
        if took > longest:
            longest = took
    answers.put((count, longest / 1e6, over))
    if store is not None:
        store.close()


def together(url, processes, own, seconds):
    """Mean microseconds of wall time per decision of one process, share of the slowest, longest in ms."""
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(processes), context.Queue()
    workers = []
    for n in range(processes):
        name = f"{n}" if own else "shared"
        limits = [(f"b{name}", BUCKET)], [(f"q{name}", QUOTA)]
        workers.append(context.Process(target=hammer, args=(url, limits, seconds, start, answers)))
        workers[-1].start()
    found = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    counts = [count for count, _, _ in found]
    cores = min(processes, os.cpu_count() or 1)
    return (
        seconds * 1e6 * cores / sum(counts),
        min(counts) * processes / sum(counts),
        max(longest for _, longest, _ in found),
        sum(over for _, _, over in found),
        sum(counts) / seconds,
    )


def size_on_disk(directory):
    """Bytes in use per counter, of the 100,000 that were made."""
    import lmdb

    with lmdb.open(f"{directory}/limits/counters.mdb", subdir=False, readonly=True, lock=False) as env:
        stat = env.stat()
    pages = stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]
    return pages * stat["psize"] / stat["entries"]


def main(seconds):
    columns = {}
    for name, url, _ in STORES:
        with tempfile.TemporaryDirectory() as directory:
            store = store_from_url(url.format(directory=directory))
            columns[name] = alone(store)
            store.close()
            if name == "LMDB":
                print(f"LMDB: {size_on_disk(directory):.0f} bytes a counter")
                again = best(lambda: store_from_url(url.format(directory=directory)).close(), 20, 5)  # noqa: B023
                print(f"LMDB: opened and closed in {again / 1000:.2f} ms")
    print(f"\n{'us per call, one process':40}" + "".join(f"{name:>18}" for name in columns))
    for row, base in columns["memory"].items():
        cells = [f"{column[row]:9.2f} x{column[row] / base:6.2f}" for column in columns.values()]
        print(f"{row:40}" + "".join(f"{cell:>18}" for cell in cells))
    print("\nthrottle and quota, processes at a time (us: time of a core per decision)")
    for name, url, is_shared in [("nothing", "", True), *STORES]:
        for processes in (1, 2, 4) if is_shared else ():
            for own in (False, True):
                with tempfile.TemporaryDirectory() as directory:
                    found = together(url.format(directory=directory), processes, own, seconds)
                mean, share, longest, over, rate = found
                which = "own counters" if own else "one counter"
                print(
                    f"{name:10} {processes} x {which:13} {mean:7.2f} us  {rate:9,.0f} a second  "
                    f"slowest process {share:4.0%}  longest {longest:6.2f} ms, {over} above 1 ms"
                )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
