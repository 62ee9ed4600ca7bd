"""A usage plan and a key in a store that processes share, here LMDB in a temporary folder, without a server.

Run it: ``python examples/limited_api.py``. Four processes send a hundred requests each with one key, whose
quota is 100 a month; how many are admitted is exact. Then the quota is extended and the key is disabled,
while a gateway runs. ``wsgi-gateway plans``, ``keys`` and ``usage`` do the same on the command line;
``docs/usage-plans.md`` is the manual.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from pathlib import Path

from wsgi_gateway import ApiStageConfig, Gateway, QuotaConfig, UsagePlanConfig
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.usage.usage_by_day import quota_of, set_remaining
from wsgi_gateway.wsgi import call_app

PLAN = UsagePlanConfig(
    id="gold", api_stages=[ApiStageConfig(stage="prod")], quota=QuotaConfig(limit=100, period="MONTH")
)


def shop(environ, start_response):
    """The wrapped app."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"tea 4"]


def gateway(url: str) -> Gateway:
    """What each worker of a server makes."""
    return Gateway(Path(__file__).with_name("limited_api.yaml"), shop, stage="prod", store=url)


def ask(app: Gateway, value: str) -> str:
    """The status of a request with this key."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/prices", "HTTP_X_API_KEY": value}
    return call_app(app, environ).status


def worker(url: str, value: str) -> int:
    """How many of a hundred requests one process admits."""
    app = gateway(url)
    return sum(ask(app, value) == "200 OK" for _ in range(100))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"lmdb:{folder}/limits?size=1MiB"
        store = store_from_url(url)
        registry = Registry(store)
        registry.put_plan(PLAN)
        key, value = registry.create_key("Ada", plans=["gold"])

        with multiprocessing.get_context("spawn").Pool(4) as processes:
            admitted = processes.starmap(worker, [(url, value)] * 4)
        print(f"{len(admitted)} processes, 100 requests each, quota 100: {sum(admitted)} admitted")

        app = gateway(url)
        print(f"one more       {ask(app, value)}")
        set_remaining(store, quota_of(PLAN, key.id), 5000, int(time.time() * 1_000_000))
        print(f"extended       {ask(app, value)}")
        registry.set_enabled(key.id, False)
        while (status := ask(app, value)) == "200 OK":
            time.sleep(0.05)  # a worker looks for changes once a second
        print(f"disabled       {status}")
        print(f"another value  {ask(app, 'nobody-was-given-this')}")
        store.close()


if __name__ == "__main__":
    main()
