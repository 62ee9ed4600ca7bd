"""What UsagePlan costs per request, beside the bare app, in the same process.

    python benchmarks/usage_plan.py [keys]

Prints microseconds per request (best of many short rounds, between which a busy machine may have a quiet
moment) and the ratio to the bare app; then what a request cannot do without, part by part. Nothing is
asserted: absolute times belong to the machine.
"""

from __future__ import annotations

import sys
import threading
import time
import tracemalloc
from hashlib import sha256

from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    QuotaConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.context import Context
from wsgi_gateway.errors import CONTEXT_KEY
from wsgi_gateway.lifecycle.usage_plan import KeyTable, UsagePlan
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota, TokenBucket

ROUNDS, REQUESTS = 150, 1_000
PLENTY = ThrottleConfig(rate_limit=10_000, burst_limit=2**40)


def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]


def plan(keys, **stage):
    return UsagePlanConfig(
        id="plan",
        keys=[key.id for key in keys],
        api_stages=[ApiStageConfig(stage="default", **stage)],
        throttle=PLENTY,
        quota=QuotaConfig(limit=2**53, period="MONTH"),
    )


def start_response(status, headers, exc_info=None):
    return None


def best(call, rounds=ROUNDS, requests=REQUESTS):
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(requests):
            call()
        times.append((time.perf_counter() - started) / requests * 1e6)
    return min(times)


def through(app, value):
    def call():
        environ = {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value}
        context = environ[CONTEXT_KEY] = Context(environ)
        context.resource_path = "/pets/{id}"
        app(environ, start_response)

    return call


def hook(app, value):
    """The stage's own work: key, throttles, quota; without the driver around it."""
    context = Context({"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value})
    context.resource_path = "/pets/{id}"
    return lambda: app.on_request(context)


def in_turn(app, values):
    """The same, with another key each time."""
    contexts = [Context({"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": value}) for value in values]

    def call():
        for context in contexts:
            app.on_request(context)

    return call


def parts(value):
    """What a request cannot do without, each by itself; in microseconds, without the call that measures."""
    secret, held, lock = value.encode(), {value: None}, threading.RLock()
    bucket, quota, now = TokenBucket.of(PLENTY), Quota(2**53, "MONTH"), 1_700_000_000_000_000
    level, count = bucket.take(None, now)[1], quota.take(None, now)[1]

    def locked():
        lock.acquire()
        lock.release()

    found = {
        "text to bytes": lambda: value.encode("latin-1"),
        "SHA-256": lambda: sha256(secret).digest(),
        "three look-ups in dicts": lambda: (held.get(value), held.get(value), held.get(value)),
        "clock, in whole microseconds": lambda: int(time.time() * 1_000_000),
        "lock": locked,
        "arithmetic of the throttle, as a call": lambda: bucket.take(level, now + 1),
        "arithmetic of the quota, as a call": lambda: quota.take(count, now + 1),
    }
    nothing = best(lambda: None)
    return {name: best(part) - nothing for name, part in found.items()}


def main(count):
    keys = [ApiKeyConfig(id=f"key{n}", value=f"{n:032x}") for n in range(count)]
    started = time.perf_counter()
    tracemalloc.start()
    table = KeyTable([plan(keys)], keys)
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f"{count} keys compiled in {time.perf_counter() - started:.2f} s, {size / count:.0f} bytes a key")

    stages = {
        "key + throttle + quota": UsagePlan(bare, key_table=table),
        "... + throttle of the method and of the stage": UsagePlan(
            bare,
            [plan(keys, throttle={"/pets/{id}/GET": PLENTY})],
            api_keys=keys,
            stage=StageConfig(throttle={"*/*": PLENTY}),
        ),
        "no key required, throttle of the stage": UsagePlan(
            bare, api_key_required=False, stage=StageConfig(throttle={"*/*": PLENTY})
        ),
    }
    value = keys[count // 2].value
    base = best(through(bare, value))
    print(f"{'bare app, with its Context':48} {base:6.2f} us")
    for name, stage in stages.items():
        whole, alone = best(through(stage, value)), best(hook(stage, value))
        print(f"{name:48} {whole:6.2f} us  x {whole / base:.2f}   (the stage's own work {alone:.2f} us)")
    refused = best(through(stages["key + throttle + quota"], "x" * 32))
    print(f"{'unknown key, refused':48} {refused:6.2f} us  x {refused / base:.2f}")

    one, values = stages["key + throttle + quota"], [key.value for key in keys[:1000]]
    turn = best(in_turn(one, values), 60, 1) / len(values)
    print(f"{'key + throttle + quota, 1000 keys in turn':48} (the stage's own work {turn:.2f} us)")

    found = parts(value)
    print(f"what the stage cannot do without: {sum(found.values()):.2f} us")
    for name, cost in found.items():
        print(f"    {name:44} {cost:6.2f} us")

    started = time.perf_counter()
    many = [UsagePlan(bare, key_table=table, store=MemoryStore()) for _ in range(1_000)]
    print(f"{len(many)} methods around one key table built in {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
