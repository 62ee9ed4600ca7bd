"""A Redis server that is started again: while it loads, and with what an old dump brings back."""

from __future__ import annotations

import socket
import time

import pytest
from stores.redis_server import RedisServer, redis_cluster_store, redis_store

from wsgi_gateway.authorizers import allow
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.authorizers.shared_answers import LOOKED_AT_AGAIN, SharedAnswers
from wsgi_gateway.errors import UNAUTHORIZED, GatewayError
from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.guarded import GuardedStore
from wsgi_gateway.stores.leased import LeasedStore
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import TokenBucket

LIMITS = [("plan:p:k:throttle", TokenBucket(0, 1000))]
KEY = b"k" * 32


@pytest.fixture
def server():
    """A server of the test's own, which may be killed."""
    started = RedisServer()
    yield started
    started.stop()


@pytest.fixture
def store(server):
    store = RedisStore.from_url(server.url(timeout=10))
    yield store
    store.close()


def accepts(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def start_again(server, *options):
    server.kill()
    while accepts(server.port):
        pass  # a process that is killed lets go of its port a little later
    server.options = options
    server.start_again()


# ---------------------------------------------------------------- loading


def test_a_server_that_loads_its_data_is_unavailable_and_then_knows_what_it_had_counted(server, store):
    assert store.admit(LIMITS, (), 0) is None
    with server.client() as client:
        client.config_set("rdbcompression", "no")
        client.mset({f"other:{number}": b"x" * 100_000 for number in range(600)})
        client.save()
    # It answers after every two megabytes; a hundredth of a second for each key makes it last.
    start_again(server, "--key-load-delay", "10000")
    guarded = GuardedStore(store, on_error="open", retry_seconds=0)
    with server.client() as client:
        assert client.info("persistence")["loading"] == 1
        for verb in (lambda: store.admit(LIMITS, (), 0), lambda: store.recall("k", 0)):
            with pytest.raises(StoreUnavailable, match="LOADING"):
                verb()
        assert guarded.admit(LIMITS, (), 0) is None
        assert guarded.is_failing
    start_again(server)
    with server.client() as client:
        while client.info("persistence")["loading"]:
            pass
    assert guarded.admit(LIMITS, (), 0) is None
    assert not guarded.is_failing
    assert store.states(LIMITS, (), 0)[0][0] == 998 * 10**12, "what it did not decide it did not count"


# ---------------------------------------------------------------- an old dump


class Asked:
    """A Lambda function that is asked, and counts."""

    def __init__(self, outcome):
        self.outcome, self.calls = outcome, 0

    def __call__(self):
        self.calls += 1
        return self.outcome


def found(process, function, ahead=0.0):
    return process.ask(KEY, 300, lambda: time.time() + ahead, function, ())


GOOD, GONE = Grant(allow("alice")), GatewayError(UNAUTHORIZED)


def shared(store):
    return SharedAnswers(store, "scope")


def test_an_answer_that_was_revoked_is_not_brought_back_by_an_old_dump(server, store):
    store = GuardedStore(LeasedStore(store, seconds=0.1))
    process = shared(store)
    assert found(process, Asked(GOOD))[1] == "miss"
    assert found(shared(store), Asked(GONE))[1] == "store"
    with server.client() as client:
        client.save()
    process.flush()
    assert found(process, Asked(GONE))[0] is GONE
    start_again(server)
    with server.client() as client:
        assert client.keys("wg:record:*:scope:*"), "the old answer is there again"
    assert found(shared(store), Asked(GONE))[0] is GONE, "a process that is new"
    assert found(process, Asked(GONE), ahead=LOOKED_AT_AGAIN)[0] is GONE, "a process that knew the old server"


def test_what_is_answered_after_a_restart_is_shared_as_ever(server, store):
    process = shared(store)
    found(process, Asked(GOOD))
    start_again(server)
    assert found(process, Asked(GOOD), ahead=LOOKED_AT_AGAIN)[1] == "miss"
    assert found(shared(store), Asked(GONE), ahead=LOOKED_AT_AGAIN)[1] == "store"


def test_a_server_that_takes_over_is_another_incarnation_and_so_is_one_that_takes_over_again(server, store):
    other = RedisServer("--replicaof", "127.0.0.1", str(server.port))
    following = RedisStore.from_url(other.url(timeout=10))
    known = {store.incarnation(), store.incarnation()}
    assert len(known) == 1
    assert following.incarnation() not in known
    for one, client in ((following, other.client()), (store, server.client())):
        known |= {store.incarnation(), following.incarnation()}
        client.execute_command("REPLICAOF", "127.0.0.1", "1")
        client.execute_command("REPLICAOF", "NO", "ONE")
        client.close()
        assert one.incarnation() not in known
    following.close()
    other.stop()


def test_a_server_that_does_not_tell_has_none_and_shares_all_the_same():
    server = RedisServer()
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "gateway", "on", ">s", "~*", "+@all", "-info")
    store = RedisStore.from_url(f"redis://gateway:s@127.0.0.1:{server.port}/?timeout=10")
    assert store.incarnation() == ""
    found(shared(store), Asked(GOOD))
    assert found(shared(store), Asked(GONE))[1] == "store"
    store.close()
    server.stop()


def test_a_cluster_tells_and_a_store_that_cannot_is_asked_in_vain():
    for made in (redis_store(), redis_cluster_store()):
        assert len({made.incarnation(), made.incarnation(), GuardedStore(made).incarnation()}) == 1
        assert len(made.incarnation()) == 80
        made.close()
    assert GuardedStore(MemoryStore()).incarnation() == ""
    assert GuardedStore(LeasedStore(MemoryStore())).incarnation() == ""


def test_a_store_that_cannot_tell_its_incarnation_just_now_costs_a_call():
    store = redis_store()
    store.incarnation = lambda: (_ for _ in ()).throw(StoreUnavailable("Redis: TimeoutError"))
    for _ in range(2):
        asked = Asked(GOOD)
        assert found(shared(store), asked)[1] == "miss"
        assert asked.calls == 1
    store.close()
