"""Leases of limits in Redis: few calls, and never over a limit, whichever gateways are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from stores.every_store import DAY, SECOND, left
from stores.redis_server import RedisServer, own_prefix, shared_server

from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket

PLAN, QUOTA = "plan:p:k:throttle", "plan:p:k:quota:DAY"


@pytest.fixture
def server():
    """A server of the test's own, whose commands are counted."""
    started = RedisServer()
    yield started
    started.stop()


def scripts_run(server):
    with server.client() as client:
        return client.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]


def test_each_taking_and_each_giving_back_is_one_message(server):
    store = RedisStore.from_url(server.url(timeout=10))
    limits = (
        [(PLAN, TokenBucket(1, 99)), ("stage:api:dev:/pets/GET", TokenBucket(1, 99))],
        [(QUOTA, Quota(99, "DAY")), ("q", Quota(99, "WEEK"))],
    )
    store.take_some(*limits, 0, 5)
    store.put_back(limits[1], 1, 0)
    before = scripts_run(server)
    for _ in range(5):
        store.take_some(*limits, 0, 5)
        store.put_back(limits[1], 1, 0)
    assert scripts_run(server) - before == 10
    store.close()


def test_a_server_that_does_not_know_the_scripts_is_told(server):
    store = RedisStore.from_url(server.url(timeout=10, clock="caller"))
    quotas = [(QUOTA, Quota(9, "MONTH"))]
    for _ in range(2):
        with server.client() as client:
            client.script_flush()
        assert store.take_some((), quotas, 0, 3)[0] == 3
        with server.client() as client:
            client.script_flush()
        store.put_back(quotas, 2, 0)
    assert store.states((), quotas, 0)[0][0] == 2
    store.close()


def test_four_gateways_that_ask_2000_times_a_second_each_ask_redis_twenty_times_less_often(server):
    now, quota = [10 * DAY], Quota(10**6, "DAY")
    limits = ([(PLAN, TokenBucket(100_000, 200_000))], [(QUOTA, quota)])
    exact = [RedisStore.from_url(server.url(timeout=10, clock="caller")) for _ in range(4)]
    leased = [LeasedStore(store, seconds=0.1, monotonic=lambda: now[0] / SECOND) for store in exact]
    calls = []
    for stores, count in ((exact, 400), (leased, 32_000)):
        before = scripts_run(server)
        for number in range(count):
            assert stores[number % 4].admit(*limits, now[0]) is None
            now[0] += SECOND // 8000
        calls.append(scripts_run(server) - before)
    for store in leased:
        store.close()
    assert calls[0] == 400
    assert calls[1] * 20 <= 32_000
    rest = RedisStore.from_url(server.url(timeout=10, clock="caller"))
    assert left(rest, QUOTA, quota, now[0]) == 10**6 - 32_400, "what was left is given back"
    rest.close()


# ---------------------------------------------------------------- gateways that are killed

_GATEWAY = """
import json, os, random, signal, sys, time
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota, TokenBucket
url, directory, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
limits = ([("plan:p:k:throttle", TokenBucket(800, 300))], [("plan:p:k:quota:DAY", Quota(3000, "MONTH"))])

class Noting:
    "A store that notes what it is asked for, and what it has given once it is there."

    shared_between_processes = True

    def __init__(self, note):
        self.store, self.note = RedisStore.from_url(url), note

    def take_some(self, buckets, quotas, now, wanted):
        self.note("wanted", wanted)
        began = time.monotonic()
        answer = self.store.take_some(buckets, quotas, now, wanted)
        self.note("taken", answer[0], time.monotonic() - began)
        return answer

    def put_back(self, quotas, count, taken_at):
        self.note("giving", count)
        self.store.put_back(quotas, count, taken_at)
        self.note("back", count)

    def close(self):
        self.store.close()

def gateway(number):
    file = os.open(f"{directory}/{number}", os.O_WRONLY | os.O_APPEND)
    def note(*what):
        os.write(file, (json.dumps(what) + "\\n").encode())
    store, pauses = LeasedStore(Noting(note), seconds=0.1), random.Random(number)
    leaves = []
    signal.signal(signal.SIGTERM, lambda *_: leaves.append(1))
    while not leaves:
        began = time.monotonic()
        if store.admit(*limits, int(time.time() * 1e6)) is None:
            note("admitted", began, time.monotonic())
        time.sleep(pauses.choice([0] * 9 + [0.001]))
    store.close()

def start(number):
    open(f"{directory}/{number}", "w").close()
    child = os.fork()
    if child:
        return child
    try:
        gateway(number)
        os._exit(0)
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)

def size():
    return sum(entry.stat().st_size for entry in os.scandir(directory))

chance, killed, exact = random.Random(seed), [], RedisStore.from_url(url)
exact.states(*limits, 0)
workers = {number: start(number) for number in range(4)}
while len(killed) < 20:
    until = size() + chance.randrange(500, 7000)
    while size() < until:
        time.sleep(0.001)
    number = chance.choice(list(workers))
    child = workers.pop(number)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    killed.append(number)
    workers[len(killed) + 3] = start(len(killed) + 3)
while exact.states(*limits, 0)[1][0] < 3000:
    time.sleep(0.01)
time.sleep(0.2)
for child in workers.values():
    os.kill(child, signal.SIGTERM)
assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in workers.values()] == [0] * 4
print(json.dumps([killed, exact.take_some((), limits[1], 0, 3000)[0], exact.states(*limits, 0)[1][0]]))
"""


def notes(directory, number):
    """What a gateway has noted; a kill may cut the last line."""
    with open(os.path.join(directory, str(number))) as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def held(noted, was_killed):
    """How many a gateway had that it has neither used nor given back: at least, and at most."""
    count = 0
    for what, number, *_ in noted:
        count += {"taken": number, "admitted": -1, "back": -number}.get(what, 0)
    if not was_killed:
        return count, count
    doing, number, *_ = noted[-1] if noted else ("nothing", 0)
    # It may have been killed before it could note what it had just done.
    return count - (number if doing == "giving" else 1), count + (number if doing == "wanted" else 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
@pytest.mark.parametrize("seed", [1, 2])
def test_twenty_killed_gateways_lose_what_they_held_and_nobody_is_over_a_limit(tmp_path, seed):
    url = shared_server().grown_up().url(prefix=own_prefix(), timeout=10)
    done = subprocess.run(
        [sys.executable, "-c", _GATEWAY, url, str(tmp_path), str(seed)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    killed, rest, used = json.loads(done.stdout)
    noted = {number: notes(tmp_path, number) for number in range(24)}
    admitted = [line[1:] for lines in noted.values() for line in lines if line[0] == "admitted"]
    least, most = (sum(both) for both in zip(*(held(n, k in killed) for k, n in noted.items()), strict=True))
    assert len(killed) == 20
    assert used == 3000
    assert 3000 - most <= len(admitted) + rest <= min(3000, 3000 - least)
    calls = max(line[2] for lines in noted.values() for line in lines if line[0] == "taken")
    assert most_over(admitted, 300, 800, calls) <= 0


def most_over(admitted, burst, rate, calls):
    """By how many a window lets more pass than a bucket allows. A lease begins when the reply is there, so
    that it may wait for the duration of a call longer.
    """
    begins, ends = sorted(begin for begin, _ in admitted), sorted(end for _, end in admitted)
    over = -burst
    for first, begin in enumerate(begins):
        # Of those that ended by then, all but those that had begun before are within.
        for last, end in enumerate(ends[first:], first):
            over = max(over, last + 1 - first - burst - rate * (end - begin + calls))
    return over
