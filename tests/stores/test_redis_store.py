"""What is peculiar to the Redis store: its clock, expiry, what lies in the server, many processes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

import pytest
from stores.every_store import DAY, SECOND
from stores.redis_server import own_prefix, redis_store, shared_server

from wsgi_gateway.usage import Quota, TokenBucket

HOUR, CENTURY = 3600 * SECOND, 36_500 * DAY


@pytest.fixture
def client():
    with shared_server().client() as client:
        yield client


@pytest.fixture
def make():
    stores = []

    def make_store(**options):
        stores.append(redis_store(**options))
        return stores[-1]

    yield make_store
    for store in stores:
        store.close()


def keys_of(client, store):
    prefix = f"{store._url.prefix}:"
    return {key.decode()[len(prefix) :]: key for key in client.scan_iter(f"{prefix}*", count=1000)}


def server_time(client):
    seconds, microseconds = client.time()
    return seconds * SECOND + microseconds


# ---------------------------------------------------------------- the clock


def test_gateways_with_wrong_clocks_open_no_period_and_refill_no_bucket(make, client):
    store, now = make(clock="server"), server_time(client)
    limits = ([("b", TokenBucket(0.000001, 2))], [("q", Quota(9, "MONTH"))])
    clocks = (0, now - 40 * DAY, now + CENTURY, now - CENTURY, now)
    assert [store.admit(*limits, clock) for clock in clocks] == [None, None, "b", "b", "b"]
    [state] = store.states((), limits[1], 0)
    assert state[1] in (Quota(9, "MONTH").period_end(now), Quota(9, "MONTH").period_end(now + HOUR))
    assert [store.admit((), [("d", Quota(1, "DAY"))], clock) for clock in clocks].count(None) == 1


def test_a_bucket_is_refilled_by_the_servers_time(make, client):
    store, limits = make(clock="server"), [("b", TokenBucket(20, 1))]
    assert store.admit(limits, (), 0) is None
    began, admitted = server_time(client), 0
    while admitted < 4:
        admitted += store.admit(limits, (), 0) is None
    assert server_time(client) - began > 3 * SECOND // 20


def test_a_record_ends_by_the_servers_time(make, client):
    store, now = make(clock="server"), server_time(client)
    store.keep("over", b"1", now - 1, 0)
    store.keep("soon", b"2", now + SECOND // 5, 10**18)
    store.keep("later", b"3", now + HOUR, 10**18)
    assert [store.recall(name, 10**18) for name in ("over", "later")] == [None, b"3"]
    while store.recall("soon", 0) is not None:
        pass
    assert server_time(client) >= now + SECOND // 5


# ---------------------------------------------------------------- expiry


@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [
        pytest.param(TokenBucket(10, 1000), 60, 61, id="a bucket: what it takes to fill, and a minute"),
        pytest.param(TokenBucket(0.5, 1), 61, 62.1, id="a slow one"),
        pytest.param(TokenBucket(0, 0), 60, 60.1, id="one that admits nobody"),
        pytest.param(TokenBucket(0, 5), None, None, id="never, if it is never refilled"),
        pytest.param(TokenBucket(0.000001, 10**9), 60 + 999_999, 60 + 10**6 + 1, id="eleven days"),
        pytest.param(Quota(5, "DAY"), 101 * 86400, 102 * 86400 + 1, id="a quota: a hundred days of history"),
        pytest.param(Quota(5, "MONTH"), 101 * 86400, 133 * 86400, id="a month's quota"),
        pytest.param(Quota(5, "DAY", 1), None, None, id="never with an offset, which counts once"),
    ],
)
def test_counters_that_say_nothing_any_more_are_given_back(make, client, limit, least, most):
    store = make(clock="server")
    buckets = isinstance(limit, TokenBucket)
    store.admit(*(([("n", limit)], ()) if buckets else ((), [("n", limit)])), 0)
    [key] = keys_of(client, store).values()
    left = client.pttl(key) / 1000
    assert left == -0.001 if least is None else least - 1 <= left <= most


def test_a_quota_that_gets_an_offset_or_loses_it_lives_accordingly(make, client):
    store = make()
    for day, offset, lives_on in ((0, 0, False), (1, 3, True), (2, 0, False)):
        store.admit((), [("q", Quota(5, "DAY", offset))], day * DAY)
        [key] = keys_of(client, store).values()
        assert (client.ttl(key) == -1) is lives_on


def test_history_takes_no_more_room_after_a_hundred_days(make, client):
    store = make()
    for day in range(300):
        store.admit((), [("q", Quota(5, "DAY"))], day * DAY)
    [key] = keys_of(client, store).values()
    assert client.hlen(key) <= 103


def test_the_index_of_names_forgets_records_that_have_expired(make, client):
    store = make()
    for number in range(2000):
        store.keep(f"answer:{number}", b"x", number + 10, number)
    store.keep("key", b"for good", None, 0)
    names = store.names("")
    assert len(names) < 30
    assert "key" in names
    assert "answer:1999" in names
    expiring = [key for name, key in keys_of(client, store).items() if "answer" in name]
    assert all(client.pttl(key) > 0 for key in expiring)


def test_a_record_that_is_kept_again_without_an_end_stays(make, client):
    store = make()
    store.keep("k", b"one", 10, 0)
    store.keep("k", b"two", None, 0)
    [key] = [key for name, key in keys_of(client, store).items() if name.endswith(":k")]
    assert client.pttl(key) == -1
    for number in range(20):
        store.keep(f"other{number}", b"", 1000, 20)
    assert "k" in store.names("")


# ---------------------------------------------------------------- keys and bytes


def test_keys_begin_with_the_prefix_and_counters_of_a_plan_and_key_share_a_tag(make, client):
    store = make()
    bucket = TokenBucket(1, 1)
    buckets = [
        ("plan:p:k:method:api:dev:/pets/{id}/GET", bucket),
        ("plan:p:k:throttle", bucket),
        ("stage:api:dev:/pets/{id}/GET", bucket),
    ]
    store.admit(buckets, [("plan:p:k:quota:DAY", Quota(1, "DAY"))], 0)
    store.advance("plans")
    store.keep("a}b", b"", 5, 0)
    assert set(keys_of(client, store)) == {
        "count:{plan:p:k}:method:api:dev:/pets/{id}/GET",
        "count:{plan:p:k}:throttle",
        "count:{plan:p:k}:quota:DAY",
        "count:{stage:api:dev}:/pets/{id}/GET",
        "generation:{plans}",
        "record:{records}:a}b",
        "names:{records}",
        "ends:{records}",
    }


def test_stores_with_different_prefixes_do_not_meet_and_those_with_the_same_one_do(make):
    one, other, same = make(prefix="one"), make(prefix="other"), make(prefix="one")
    limits = ((), [("q" + own_prefix(), Quota(1, "DAY"))])
    assert [store.admit(*limits, 0) is None for store in (one, other, same)] == [True, True, False]


def test_all_of_a_decision_is_one_message(make, client):
    store = make()
    limits = ([("b", TokenBucket(1, 99)), ("c", TokenBucket(1, 99))], [("q", Quota(99, "DAY"))])
    store.admit(*limits, 0)
    before = client.info("stats")["total_commands_processed"]
    for _ in range(10):
        store.admit(*limits, 0)
    asked = client.info("stats")["total_commands_processed"] - before
    # A script's own commands are counted, too: three reads and three writes.
    assert asked <= 10 * 7 + 1


# ---------------------------------------------------------------- processes

WORKER = """
import sys
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import Quota
store, limits = RedisStore.from_url(sys.argv[1]), [("plan:p:k:quota:DAY", Quota(3000, "DAY"))]
while sys.stdin.buffer.read(1):
    sys.stdout.buffer.write(b"+" if store.admit((), limits, 0) is None else b"-")
    sys.stdout.buffer.flush()
"""


def start(url):
    command = [sys.executable, "-c", WORKER, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def told_by(worker):
    """How many requests a worker that has ended, or will, says that it has admitted."""
    with worker:
        return worker.stdout.read().count(b"+")


def test_processes_killed_at_random_admit_never_more_than_the_quota_and_lose_what_was_in_flight(make):
    store, kills, chance, admitted = make(), 12, random.Random(5), 0
    url = shared_server().url(prefix=store._url.prefix, timeout=10, clock="caller")
    workers = [start(url) for _ in range(4)]
    for _ in range(kills):
        for worker in workers:
            worker.stdin.write(b"x" * 60)
        killed = workers.pop(chance.randrange(4))
        admitted += os.read(killed.stdout.fileno(), chance.randrange(1, 60)).count(b"+")
        killed.kill()
        admitted += told_by(killed)
        workers.append(start(url))
    for worker in workers:
        worker.stdin.write(b"x" * 3000)
        worker.stdin.close()
    admitted += sum(told_by(worker) for worker in workers)
    assert store.states((), [("plan:p:k:quota:DAY", Quota(3000, "DAY"))], 0) == [(3000, DAY, 0, 3000)]
    assert 3000 - kills <= admitted <= 3000


FORKING = """
import json, os, sys, threading
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import TokenBucket
store = RedisStore.from_url(sys.argv[1])
def decide(numbers):
    wrong = 0
    for number in numbers:
        told = []
        store.admit([(f"n{number}", TokenBucket(0, number))], (), 0, told)
        wrong += told[0][0] != (number - 1) * 10**12
    return wrong
assert decide(range(1, 50)) == 0
busy = threading.Thread(target=decide, args=(range(10_000, 11_000),))
busy.start()
# So many connections that one lies idle when this process forks.
assert decide(range(100, 300)) == 0
assert store._server._idle
children = []
for child in range(1, 5):
    pid = os.fork()
    if pid == 0:
        os._exit(min(decide(range(child * 1000, child * 1000 + 500)), 100))
    children.append(pid)
wrong = decide(range(6000, 6500))
print(json.dumps([wrong, *(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)]))
busy.join()
assert decide(range(7000, 7100)) == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_forked_processes_and_their_parent_never_read_each_others_replies(make, client):
    store = make()
    url = shared_server().url(prefix=store._url.prefix, timeout=10, clock="caller")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [0, 0, 0, 0, 0]


def test_a_store_closed_while_threads_use_it_leaves_no_connection(make, client):
    store = make(prefix=own_prefix())
    store.admit([("b", TokenBucket(0, 9))], (), 0)
    connection = store._server._take()
    store.close()
    assert not store._server._idle
    with pytest.raises(RuntimeError, match="closed"):
        store.admit((), (), 0)
    connection.disconnect()
