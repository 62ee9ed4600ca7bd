"""gunicorn --preload: a gateway that has served before its workers fork, and no count taken for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stores.redis_server import RedisServer

from end_to_end.gunicorn_process import all_refuse, asking, metered, until
from end_to_end.sites.meters import QUOTAS, value

KEYS = ("hundreds", *(name for name in QUOTAS if name.startswith("tenant")))
FIRST = 3
"""Requests with the first of the keys before the fork, so that there is a connection, a thread or a lease to
inherit."""


@pytest.fixture(params=["in LMDB", "in Redis", "in Redis, leased"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, tmp_path: Path) -> Iterator[str]:
    if kind == "in LMDB":
        yield f"lmdb:{tmp_path / 'store'}?size=4MiB"
    else:
        server = RedisServer().grown_up()
        yield server.url(timeout=10)
        server.stop()


def test_counts_stay_apart_and_exact_behind_a_fork(kind: str, url: str, tmp_path: Path) -> None:
    seconds = "0.1" if "leased" in kind else "0"
    ledger = tmp_path / "ledger"
    variables = {"METERED_FIRST": FIRST, "STORE_LEASE_SECONDS": seconds, "METERED_LEDGER": ledger}
    with metered(tmp_path / "gunicorn", url, "--preload", **variables) as server:
        workers = server.workers()
        with asking(server, {name: value(name) for name in KEYS}) as asked:
            until(lambda: all_refuse(asked, [server], KEYS))
        log = server.log.read_text()
    passes = Counter(one.key for one in asked if one.status == 200)
    print(dict(passes), "of", len(asked))
    assert {one.status for one in asked} == {200, 429}
    assert {one.worker for one in asked if one.status == 200} == set(workers)
    first, *others = KEYS
    lost = QUOTAS[first] - FIRST - passes[first]
    # Nobody may spend the lease of the process that forked.
    leases = [line.split() for line in ledger.read_text().splitlines()]
    kept = sum(int(wanted) for worker, wanted in leases if int(worker) == server.process.pid) - FIRST
    assert 0 <= lost <= max(0, kept)
    assert {name: passes[name] for name in others} == {name: QUOTAS[name] for name in others}
    assert len({one.request_id for one in asked}) == len(asked)
    assert "Traceback" not in log
