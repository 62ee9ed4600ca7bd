"""A quota of 3,000 while workers are killed at random: never more, and nothing lost but what was in flight.

QUOTA_KILLS says how many are killed; 20 if it is not set.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from stores.redis_server import RedisServer

from end_to_end.gunicorn_process import CUT_OFF, Asked, Gunicorn, all_refuse, asking, metered, until
from end_to_end.sites.meters import PLANS, QUOTAS, value
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.usage.usage_by_day import quota_of, usage_by_day

KILLS = int(os.environ.get("QUOTA_KILLS", "20"))
QUOTA = QUOTAS["thousands"]
CLIENTS = 8
THREADS = 4
"""Of a worker."""
SECOND, DAY = 1_000_000, 86_400_000_000


class Hammered(NamedTuple):
    asked: list[Asked]
    killed: list[int]

    def count(self, status: int) -> int:
        return sum(one.status == status for one in self.asked)

    @property
    def lost(self) -> int:
        """Of the quota, what nobody got an answer for."""
        return QUOTA - self.count(200)

    def __str__(self) -> str:
        began = self.asked[0].began
        refused_at = min(one.ended for one in self.asked if one.status == 429) - began
        slowest = max(one.ended - one.began for one in self.asked)
        return (
            f"{len(self.killed)} killed, {self.count(200)} admitted, {self.lost} lost, "
            f"{self.count(CUT_OFF)} connections broken, first refusal after {refused_at:.1f} s, "
            f"longest answer {slowest:.2f} s"
        )


def hammered(server: Gunicorn) -> Hammered:
    """Ask, and kill workers on the way, until every worker refuses."""
    with asking(server, {"thousands": value("thousands")}, CLIENTS) as asked:
        killed = list(killing(asked))
        until(lambda: len(server.workers()) == 4 and all_refuse(asked, [server], ["thousands"]))
    return Hammered(asked, killed)


def killing(asked: list[Asked]) -> Iterator[int]:
    """Kill one worker of those that have answered, whenever another part of the quota is used."""
    chance = random.Random(5)
    killed: set[int] = set()

    def victims() -> list[int]:
        return sorted({one.worker for one in list(asked) if one.status == 200} - killed)

    def is_used_up() -> bool:
        return any(one.status == 429 for one in list(asked))

    for number in range(KILLS):
        # The last of them with much of the quota left, since a killed worker takes a lease along.
        due = QUOTA * (number + 1) // (2 * KILLS)
        until(lambda due=due: is_used_up() or sum(one.status == 200 for one in list(asked)) >= due)
        until(lambda: is_used_up() or victims())
        if is_used_up():
            return
        time.sleep(chance.random() / 100)
        worker = chance.choice(victims())
        killed.add(worker)
        os.kill(worker, signal.SIGKILL)
        yield worker


def counted(url: str) -> int:
    """What the store says was admitted."""
    store = store_from_url(url)
    now = int(time.time() * SECOND)
    counter = quota_of(PLANS["thousands"], "thousands")
    first = counter[1].period_start(now) // DAY
    days = usage_by_day(store, counter, first, now // DAY, now)
    store.close()
    assert days[-1][1] == 0
    return sum(used for used, _ in days)


@pytest.fixture
def redis_url() -> Iterator[str]:
    server = RedisServer().grown_up()
    yield server.url(timeout=10)
    server.stop()


@pytest.fixture(params=["in LMDB", "in Redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "in Redis":
        return str(request.getfixturevalue("redis_url"))
    return f"lmdb:{tmp_path / 'store'}?size=4MiB"


def test_of_killed_workers_only_what_was_in_flight_is_lost(url: str, tmp_path: Path) -> None:
    with metered(tmp_path / "gunicorn", url) as server:
        found = hammered(server)
    print(found)
    assert len(found.killed) == KILLS
    assert {one.status for one in found.asked} <= {200, 429, CUT_OFF}
    assert found.count(200) <= QUOTA
    assert found.lost <= found.count(CUT_OFF) <= KILLS * CLIENTS
    assert found.lost <= KILLS * THREADS
    assert counted(url) == QUOTA


def test_a_killed_worker_loses_no_more_than_it_held(redis_url: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    leases = {"STORE_LEASE_SECONDS": "0.1", "METERED_LEDGER": ledger}
    one_by_one = ("--worker-class", "sync", "--threads", "1")
    with metered(tmp_path / "gunicorn", redis_url, *one_by_one, **leases) as server:
        found = hammered(server)
    wanted = defaultdict(list)
    for line in ledger.read_text().splitlines():
        worker, many = map(int, line.split())
        wanted[worker].append(many)
    # Two, because what is left of the one before is given back when the next one has been taken.
    held = sum(sum(wanted[worker][-2:]) for worker in found.killed)
    takes = sum(map(len, wanted.values()))
    print(found, f"at most {held} held by the killed; {takes} calls of Redis for {len(found.asked)} requests")
    assert len(found.killed) == KILLS
    assert {one.status for one in found.asked} <= {200, 429, CUT_OFF}
    assert found.count(200) <= QUOTA
    assert found.lost <= held + found.count(CUT_OFF)
    assert counted(redis_url) == QUOTA
