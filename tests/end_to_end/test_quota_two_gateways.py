"""Two gateways as on two hosts, each with its workers, and one Redis: their limits hold for both together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
from stores.redis_server import RedisServer

from end_to_end.gunicorn_process import Asked, Gunicorn, all_refuse, asking, metered, until
from end_to_end.sites.meters import BURST, QUOTAS, RATE, value

ENOUGH = 400
"""Requests that must get through the bucket, for there to be many stretches of time to look at."""


class Both(NamedTuple):
    hosts: tuple[Gunicorn, Gunicorn]

    def ask(self, name: str, enough) -> tuple[list[Asked], list[Asked]]:
        """What each of them was asked with a key, until that is enough."""
        with ExitStack() as clients:
            keys = {name: value(name)}
            asked = tuple(clients.enter_context(asking(host, keys, threads=4)) for host in self.hosts)
            until(lambda: enough(*map(list, asked)))
        return asked


@pytest.fixture(scope="module", params=["0", "0.1"], ids=["one by one", "by leases"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("hosts")
    server = RedisServer().grown_up()
    url, lasting = server.url(timeout=10), {"STORE_LEASE_SECONDS": request.param}
    with (
        metered(folder / "one", url, workers=2, **lasting) as one,
        metered(folder / "other", url, workers=2, **lasting) as other,
    ):
        yield Both((one, other))
    server.stop()


def passed(asked: list[Asked]) -> list[Asked]:
    return [one for one in asked if one.status == 200]


def most_over(passes: list[Asked]) -> float:
    """By how many requests more than the bucket allows got through, in the worst of all stretches of time.

    A request was decided some time between its beginning and its end; those that lie in a stretch with both
    were decided in it, whatever the others were.
    """
    worst = float("-inf")
    for begin in sorted(one.began for one in passes):
        ends = sorted(one.ended for one in passes if one.began >= begin)
        for number, end in enumerate(ends, start=1):
            worst = max(worst, number - BURST - RATE * (end - begin))
    return worst


def test_a_stretch_with_too_many_is_found() -> None:
    at_once = [Asked(0.0, 0.01, 200, 1)] * (BURST + 1)
    later = [Asked(9.0 + number / RATE, 9.0 + number / RATE, 200, 1) for number in range(BURST)]
    assert 0 >= most_over(later) > -BURST
    assert most_over([*later, *at_once]) == pytest.approx(1 - 0.01 * RATE)
    assert most_over(later * 3) > 1


def test_a_token_bucket_holds_over_both_together(both: Both) -> None:
    def enough(one: list[Asked], other: list[Asked]) -> bool:
        return len(passed(one)) + len(passed(other)) >= ENOUGH

    asked = both.ask("paced", enough)
    passes = sorted(passed([*asked[0], *asked[1]]), key=lambda one: one.ended)
    seconds = passes[-1].ended - passes[0].began
    over = most_over(passes)
    print(
        f"{len(passes)} in {seconds:.2f} s, at most {BURST + RATE * seconds:.0f}; worst stretch {over:+.1f}"
    )
    assert {one.status for one in [*asked[0], *asked[1]]} == {200, 429}
    assert all(passed(host) for host in asked)
    # One more, since the clock of the test and that of the server may differ in their pace.
    assert over <= 1


def test_a_quota_holds_over_both_together(both: Both) -> None:
    def enough(*hosts: list[Asked]) -> bool:
        return all_refuse([one for asked in hosts for one in asked], both.hosts, ["hundreds"])

    asked = both.ask("hundreds", enough)
    statuses = Counter(one.status for host in asked for one in host)
    print(statuses, [len(passed(host)) for host in asked])
    assert statuses[200] == QUOTAS["hundreds"]
    assert set(statuses) == {200, 429}
    assert all(passed(host) for host in asked)
