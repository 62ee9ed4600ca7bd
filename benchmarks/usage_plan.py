"""What UsagePlan costs per request, beside the bare app, in the same process.

    python benchmarks/usage_plan.py [keys]

Prints microseconds per request (best of several rounds) and the ratio to the bare app. Nothing is asserted:
absolute times belong to the machine.
"""

from __future__ import annotations

import sys
import time
import tracemalloc

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

ROUNDS, REQUESTS = 7, 20_000
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


def best(call):
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(REQUESTS):
            call()
        times.append((time.perf_counter() - started) / REQUESTS * 1e6)
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

    started = time.perf_counter()
    many = [UsagePlan(bare, key_table=table, store=MemoryStore()) for _ in range(1_000)]
    print(f"{len(many)} methods around one key table built in {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
