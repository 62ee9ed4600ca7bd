"""One deadline for a reply as a whole, and one for connecting: bytes that drip in postpone neither."""

from __future__ import annotations

import socket
import threading
import time
from itertools import chain

import pytest
from stores.redis_server import Proxy, RedisServer, own_prefix, shared_server

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_deadline import DeadlineSocket
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.usage import TokenBucket

LIMITS = [("plan:p:k:throttle", TokenBucket(0, 1000))]
GAP, TIMEOUT = 0.05, 0.25
"""No gap comes near to the timeout; fifteen of them, which the shortest reply has, are far beyond it."""


class Dripping:
    """Lets replies through as they are until it is told to send each byte for itself."""

    on = False

    def __call__(self, reply):
        if not self.on:
            return [reply]
        return list(chain.from_iterable((bytes([byte]), GAP) for byte in reply))


@pytest.fixture
def dripping():
    spoil = Dripping()
    with Proxy(shared_server().port, spoil) as proxy:
        store = RedisStore.from_url(
            f"redis://127.0.0.1:{proxy.port}/?timeout={TIMEOUT}&prefix={own_prefix()}"
        )
        store.admit(LIMITS, (), 0)
        store.keep("record", b"x" * 50, None, 0)
        spoil.on = True
        yield spoil, store, proxy
        store.close()


VERBS = {
    "a decision": lambda store: store.admit(LIMITS, (), 0),
    "a decision that is told": lambda store: store.admit(LIMITS, (), 0, []),
    "many at once": lambda store: store.take_some(LIMITS, (), 0, 5),
    "states": lambda store: store.states(LIMITS, (), 0),
    "a record": lambda store: store.recall("record", 0),
    "names": lambda store: store.names(""),
    "a generation": lambda store: store.generation("plans"),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_reply_that_drips_is_waited_for_no_longer_than_one_that_does_not_come(dripping, verb):
    spoil, store, proxy = dripping
    with pytest.raises(StoreUnavailable, match="TimeoutError"):
        verb(store)
    assert not store._server._idle, "the rest of it must not be read as a reply"
    spoil.on = False
    assert store.admit(LIMITS, (), 0) is None
    assert proxy.connections == 2


def test_a_script_that_has_to_be_sent_again_has_no_time_of_its_own():
    server, decided = RedisServer(), []

    def late(reply):
        """What says that the script is not known, and what it says then: each in time, both together not."""
        if reply[:9] == b"-NOSCRIPT" or reply[:1] == b":":
            decided.append(reply)
            return [TIMEOUT * 0.6, reply]
        return [reply]

    with Proxy(server.port, late) as proxy:
        store = RedisStore.from_url(f"redis://127.0.0.1:{proxy.port}/?timeout={TIMEOUT}")
        with pytest.raises(StoreUnavailable, match="TimeoutError"):
            store.admit(LIMITS, (), 0)
        assert decided[0][:9] == b"-NOSCRIPT"
        store.close()
    server.stop()


def test_a_server_that_drips_while_it_is_connected_to_is_waited_for_no_longer_than_once():
    spoil = Dripping()
    spoil.on = True
    with Proxy(shared_server().port, spoil) as proxy:
        # Not every version of the library says who it is; but all choose the database.
        store = RedisStore.from_url(f"redis://127.0.0.1:{proxy.port}/3?timeout={TIMEOUT}")
        connection = store._server._connection(**store._server._settings)
        connection.begin(TIMEOUT)
        with pytest.raises(Exception, match="Timeout"):
            connection.connect()
        with pytest.raises(StoreUnavailable, match="TimeoutError"):
            store.admit(LIMITS, (), 0)
        store.close()


def test_a_reply_in_pieces_that_is_whole_in_time_is_as_good_as_another():
    pieces = lambda reply: [reply[:1], 0.001, reply[1:5], 0.001, reply[5:]]  # noqa: E731
    with Proxy(shared_server().port, pieces) as proxy:
        store = RedisStore.from_url(f"redis://127.0.0.1:{proxy.port}/?timeout=10&prefix={own_prefix()}")
        assert [store.admit(LIMITS, (), 0) for _ in range(20)] == [None] * 20
        assert proxy.connections == 1
        store.close()


def test_a_deadline_is_not_left_to_those_who_wait_for_nothing():
    here, there = socket.socketpair()
    wire = DeadlineSocket(here, None)
    there.sendall(b"a")
    assert wire.recv(9) == b"a"
    assert here.gettimeout() is None
    wire.until = time.monotonic() - 1
    for call in (lambda: wire.sendall(b"c"), lambda: wire.recv(9), lambda: wire.recv_into(bytearray(9))):
        with pytest.raises(TimeoutError):
            call()
    for one in (here, there):
        one.close()


def test_what_came_while_this_process_stood_still_is_read_behind_the_deadline_once():
    here, there = socket.socketpair()
    wire, buffer = DeadlineSocket(here, None), bytearray(9)
    for read in (lambda: wire.recv(1), lambda: wire.recv_into(buffer, 1)):
        there.sendall(b"ab")
        wire.until = time.monotonic() - 1
        assert read() in (b"a", 1)
        with pytest.raises(TimeoutError):
            read()
        wire.until = time.monotonic() + 10
        assert read() in (b"b", 1)
    for one in (here, there):
        one.close()


def test_a_decision_whose_reply_was_there_before_this_process_went_on_is_a_decision():
    came = threading.Event()

    def told(reply):
        yield reply
        came.set()

    with Proxy(shared_server().port, told) as proxy:
        store = RedisStore.from_url(f"redis://127.0.0.1:{proxy.port}/?timeout=10&prefix={own_prefix()}")
        store.admit(LIMITS, (), 0)
        connection = store._server._take()
        send = connection.send_packed_command

        def stand_still(*args, **options):
            came.clear()
            send(*args, **options)
            assert came.wait(60)
            connection.begin(-1)

        connection.send_packed_command = stand_still
        store._server._idle.append(connection)
        assert store.admit(LIMITS, (), 0) is None
        assert proxy.connections == 1
        store.close()


def test_what_is_sent_is_sent_whole_or_by_the_deadline_not_at_all():
    here, there = socket.socketpair()
    message, found = bytes(range(256)) * 20_000, bytearray()

    def read():
        while len(found) < len(message):
            found.extend(there.recv(100_000))

    reading = threading.Thread(target=read)
    reading.start()
    wire = DeadlineSocket(here, time.monotonic() + 60)
    wire.sendall(message)
    reading.join()
    assert found == message
    wire.until = time.monotonic() + 0.01
    with pytest.raises(TimeoutError):
        wire.sendall(message)
    for one in (here, there):
        one.close()
