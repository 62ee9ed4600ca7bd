"""Redis killed under load, and started again empty on the same port: what callers see, policy by policy."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from stores.redis_server import RedisServer

from end_to_end.gunicorn_process import Asked, Gunicorn, ask_once, asking, metered, until
from end_to_end.sites.meters import QUOTAS, value

PLENTY = {"plenty": value("plenty")}
FEW = QUOTAS["few"]
STEADY = 5
"""Answers of one kind in a row from which on that is what a worker answers."""


class Site(NamedTuple):
    server: Gunicorn
    redis: RedisServer
    workers: list[int]

    def kill_redis(self) -> float:
        """When it was certainly gone."""
        self.redis.kill()
        until(lambda: not listens(self.redis.port))
        return time.monotonic()

    def few(self, times: int) -> list[Asked]:
        return [ask_once(self.server, value("few")) for _ in range(times)]

    def few_until(self, enough: Callable[[list[Asked]], bool]) -> list[Asked]:
        asked: list[Asked] = []

        def is_enough() -> bool:
            asked.extend(self.few(10))
            return enough(asked)

        until(is_enough)
        return asked

    def all_answer(self, asked: list[Asked], status: int) -> bool:
        """Whether all workers have come to answer with a status."""
        last: dict[int, list[int]] = {worker: [] for worker in self.workers}
        for one in asked:
            last[one.worker] = [*last[one.worker], one.status][-STEADY:]
        return all(answers == [status] * STEADY for answers in last.values())


@contextmanager
def site(folder: Path, policy: str) -> Iterator[Site]:
    redis = RedisServer()
    try:
        with metered(folder / "gunicorn", redis.url(timeout=10), ON_STORE_ERROR=policy) as server:
            found = Site(server, redis, server.workers())
            assert statuses(found.few(FEW + 5)) == {200: FEW, 429: 5}
            yield found
    finally:
        redis.stop()


def listens(port: int) -> bool:
    with suppress(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=60).close()
        return True
    return False


def statuses(asked: list[Asked]) -> Counter[int]:
    return Counter(one.status for one in asked)


def since(asked: list[Asked], instant: float) -> list[Asked]:
    """What was asked after an instant."""
    return [one for one in list(asked) if one.began > instant]


def test_closed_is_503_while_redis_is_gone_and_never_429(tmp_path: Path) -> None:
    with site(tmp_path, "closed") as here:
        with asking(here.server, PLENTY, threads=4) as asked:
            until(lambda: here.all_answer(list(asked), 200))
            killed_at = time.monotonic()
            gone_at = here.kill_redis()
            until(lambda: here.all_answer(since(asked, gone_at), 503))
            starts_at = time.monotonic()
            here.redis.start_again()
            back_at = time.monotonic()
            until(lambda: here.all_answer(since(asked, back_at), 200))
            steady_at = time.monotonic()
            until(lambda: here.all_answer(since(asked, steady_at), 200))
        # Redis has forgotten everything, so that there are as many again.
        again = statuses(here.few(FEW + 5))
    recovered = max(one.ended for one in asked if one.status == 503) - back_at
    print(f"{dict(statuses(asked))}; the last 503 {recovered:.2f} s after its return")
    assert set(statuses([one for one in asked if one.ended < killed_at])) == {200}
    assert set(statuses([one for one in since(asked, gone_at) if one.ended < starts_at])) == {503}
    assert set(statuses(since(asked, steady_at))) == {200}
    assert set(statuses(asked)) == {200, 503}
    assert again == {200: FEW, 429: 5}


def test_open_admits_everybody_while_redis_is_gone(tmp_path: Path) -> None:
    with site(tmp_path, "open") as here, asking(here.server, PLENTY, threads=2) as asked:
        gone_at = here.kill_redis()
        assert statuses(here.few(4 * FEW)) == {200: 4 * FEW}
        until(lambda: here.all_answer(since(asked, gone_at), 200))
        here.redis.start_again()
        back_at = time.monotonic()
        here.few_until(lambda few: here.all_answer(few, 429))
        print(f"limits hold in all workers {time.monotonic() - back_at:.2f} s after its return")
    assert set(statuses(asked)) == {200}


def test_local_counts_in_each_worker_while_redis_is_gone(tmp_path: Path) -> None:
    with site(tmp_path, "local") as here, asking(here.server, PLENTY, threads=2) as asked:
        here.kill_redis()
        gone = here.few_until(lambda few: here.all_answer(few, 429))
        assert set(statuses(gone)) == {200, 429}
        assert Counter(one.worker for one in gone if one.status == 200) == dict.fromkeys(here.workers, FEW)
        here.redis.start_again()
        back_at = time.monotonic()
        # As many again for all together; who has not noticed yet refuses, for its own count is used up.
        again = here.few_until(lambda few: statuses(few)[200] >= FEW)
        assert statuses(again)[200] == FEW
        print(f"a quota shared again {time.monotonic() - back_at:.2f} s after its return")
        assert 200 not in statuses(here.few(5 * FEW))
    assert set(statuses(asked)) == {200}
