"""Which server has which keys: one server has all, or the nodes of a Redis Cluster share 16,384 slots.

The slot of a key is that of its tag, the part in braces, so that keys which a decision needs together can be
given the same tag::

    >>> from wsgi_gateway.stores.redis_cluster import slot_of
    >>> slot_of(b"wg:count:{plan:p1:k1}:throttle") == slot_of(b"wg:count:{plan:p1:k1}:quota:DAY")
    True

:class:`Nodes` learns which node has which slot from the first node that answers, and again when a node says
that a slot has moved, or fails: a replica that has become a master is found by the next decision. A node that
sends a request elsewhere has not carried it out, so it is sent there; nothing else is tried twice.

Not for: reading from replicas, or nodes that announce addresses which cannot be reached from here.

Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores.errors import StoreUnavailable
from wsgi_gateway.stores.redis_connection import Server
from wsgi_gateway.stores.redis_errors import Redirected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.stores.redis_scripts import Script
    from wsgi_gateway.stores.redis_url import RedisUrl

_REDIRECTIONS = 5
_NO_MAP = (StoreUnavailable, Redirected, LookupError, TypeError, ValueError, AttributeError)


def slot_of(key: bytes) -> int:
    """The slot of a key that has a tag in braces."""
    tag = key.partition(b"{")[2].partition(b"}")[0]
    return binascii.crc_hqx(tag, 0) & 0x3FFF


class Nodes:
    """The nodes of a cluster, asked by slot. Raises ConfigError if redis-py is not installed."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url
        self._servers: dict[tuple[str, int], Server] = {}
        self._first = [self._server(host, port) for host, port in url.nodes]
        self._slots: list[Server | None] = []

    def ask(self, slot: int, script: Script, keys: Sequence[bytes], arguments: bytes, count: int) -> Any:
        """Run a script where a slot is. As :meth:`Server.ask`, without redirections."""
        server, asking = self._having(slot), False
        for _ in range(_REDIRECTIONS):
            try:
                return server.ask(script, keys, arguments, count, asking)
            except Redirected as there:
                server, asking = self._server(there.host, there.port), there.for_now
                if not asking:
                    self._slots = []
            except StoreUnavailable:
                self._slots = []
                raise
        raise StoreUnavailable("Redis: nodes send to each other")

    def close(self) -> None:
        """Close all connections to all nodes."""
        for server in list(self._servers.values()):
            server.close()

    def _server(self, host: str, port: int) -> Server:
        known = self._servers.get((host, port))
        # Two threads may both make one; the first that puts it there wins.
        return known or self._servers.setdefault((host, port), Server(self._url, host, port))

    def _having(self, slot: int) -> Server:
        server = (self._slots or self._learnt())[slot]
        if server is None:
            self._slots = []
            raise StoreUnavailable("Redis: no node has the slot")
        return server

    def _learnt(self) -> list[Server | None]:
        """Ask one node after the other for the map, the one that told it last first."""
        others = [server for server in list(self._servers.values()) if server not in self._first]
        for server in [*self._first, *others]:
            try:
                told = server.slots()
                slots = self._read(told, server)
            except _NO_MAP as error:
                failure = error
                continue
            self._first = [server, *(one for one in self._first if one is not server)]
            self._slots = slots
            return slots
        raise StoreUnavailable("Redis: no node tells which has which slot") from failure

    def _read(self, told: Any, teller: Server) -> list[Server | None]:
        """``[[first slot, last slot, [host, port, ...], ...], ...]``; no host means the teller's own."""
        slots: list[Server | None] = [None] * 0x4000
        for first, last, (host, port, *_), *_ in told:
            server = self._server(host.decode() if host else teller.host, int(port))
            slots[first : last + 1] = [server] * (last + 1 - first)
        if len(slots) != 0x4000:
            raise ValueError("slots that do not exist")
        return slots
