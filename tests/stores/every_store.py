"""The suite that every store must pass runs over these: a maker of new, empty stores for each kind."""

from __future__ import annotations

import pytest
from stores.lmdb_directory import lmdb_store
from stores.redis_server import redis_cluster_store, redis_store

from wsgi_gateway.stores.memory import MemoryStore

SECOND, DAY = 1_000_000, 86_400_000_000

KINDS = {
    "in memory": MemoryStore,
    "in LMDB": lmdb_store,
    "in Redis": redis_store,
    "in a Redis Cluster": redis_cluster_store,
}
"""Names of kinds, to functions that make a new, empty store."""

every_store = pytest.mark.parametrize("kind", [pytest.param(kind, id=kind) for kind in KINDS])
"""For modules and tests that use the fixtures ``make_store`` or ``store``."""


def left(store, name, quota, now):
    """What remains of a quota."""
    return quota.remaining(store.states((), [(name, quota)], now)[0], now)
