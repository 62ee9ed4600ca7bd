"""Processes that change keys and plans of one directory at once: ``python registry_writers.py DIR JOB NAME``.

``create``: says ready, then makes one key with the id and the value that all writers want, and tells whether
it did. ``join``: puts the key ``shared`` into the plan NAME. ``churn``: changes keys of its own until it is
killed.
"""

from __future__ import annotations

import sys

from wsgi_gateway.config import ApiStageConfig, UsagePlanConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.usage.registry import Registry

VALUE = "wanted-by-everybody-0123456789"


def churn(registry: Registry, name: str) -> None:
    count = 0
    while True:
        count += 1
        record, _ = registry.create_key(name, value=f"value-of-{name}-{count:020}", plans=["churned"])
        registry.set_enabled(record.id, False)
        registry.put_plan(UsagePlanConfig(id=f"own-{name}", api_stages=[ApiStageConfig(stage=name)]))
        registry.add_to_plan(record.id, f"own-{name}")
        registry.remove_from_plan(record.id, "churned")
        if count % 2:
            registry.delete_key(record.id)


def main(directory: str, job: str, name: str) -> None:
    registry = Registry(store_from_url(f"lmdb:{directory}"))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        if job == "create":
            registry.create_key(name, value=VALUE, key_id="wanted")
        elif job == "join":
            registry.add_to_plan("shared", name)
        else:
            churn(registry, name)
    except ConfigError as error:
        print(error.problems[0].code)
    else:
        print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
