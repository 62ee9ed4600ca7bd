"""RedisRecords: what a Redis store keeps by key, until it expires or for good; and its names.

::

    records = RedisRecords(RedisUrl.read("redis://limits.internal"))
    records.keep("answer", b"...", expires_at=now + 300_000_000, now=now)

The record, a sorted set of all names, and another by the end of each record change in one script. A name is
dropped from the sets by those who keep other records after its end, a few at a time; Redis itself drops the
record. The counters, :class:`~wsgi_gateway.stores.redis_store.RedisStore`, are built on this half.

Not for: values of many megabytes; each goes whole through one connection that others wait for.

Source: this project's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import redis_record_scripts as scripts
from wsgi_gateway.stores.redis_cluster import Nodes, slot_of
from wsgi_gateway.stores.redis_connection import Server, encode, packed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgi_gateway.stores.redis_scripts import Script
    from wsgi_gateway.stores.redis_url import RedisUrl

    Key = tuple[bytes, int]

_NO_TIME = packed("", "")
_KEYS_REMEMBERED = 4096


class RedisRecords:
    """The records of a store; raises ConfigError if redis-py is not installed. Connects when first asked."""

    def __init__(self, url: RedisUrl) -> None:
        self._url = url
        self._nodes = Nodes(url) if url.cluster else None
        self._server = None if url.cluster else Server(url, *url.nodes[0])
        self._closed = False
        self._counter = lru_cache(_KEYS_REMEMBERED)(self._counter_key)
        self._names, self._ends = self._key("names", "records"), self._key("ends", "records")

    def recall(self, key: str, now: int) -> bytes | None:
        """What is kept under ``key``. RuntimeError after close, else StoreUnavailable; so do all below."""
        _, s, us, held = self._run(scripts.RECALL, [self._record(key)], now)
        if held is None:
            return None
        end, _, value = held.partition(b":")
        return None if end and int(end) <= s * 1_000_000 + us else bytes(value)

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Keep ``value`` until ``expires_at``, for good if that is None."""
        end = "" if expires_at is None else expires_at
        keys = [self._record(key), self._names, self._ends]
        self._run(scripts.KEEP, keys, now, encode(key), b"%b:%b" % (encode(str(end)), value), end)

    def forget(self, key: str) -> bool:
        """Remove a record; whether there was one."""
        keys = [self._record(key), self._names, self._ends]
        return bool(self._run(scripts.FORGET, keys, 0, encode(key))[1])

    def names(self, prefix: str, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of records that begin so, in the order of their bytes; some may have expired."""
        least, behind = encode(prefix), encode(after)
        begin = b"(" + behind if behind and behind >= least else b"[" + least
        # No byte of UTF-8 is 0xFF, so nothing that begins so lies behind this.
        found = self._run(scripts.NAMES, [self._names], 0, begin, b"(" + least + b"\xff", limit)[1]
        return [name.decode("utf-8", "surrogatepass") for name in found]

    def generation(self, name: str) -> int:
        """The number of the present generation."""
        return int(self._run(scripts.GENERATION, [self._key("generation", name)], 0)[1])

    def advance(self, name: str) -> int:
        """Begin the next generation."""
        return int(self._run(scripts.ADVANCE, [self._key("generation", name)], 0)[1])

    def incarnation(self) -> str:
        """What changes when the server may have forgotten what it was told last: it was started again, maybe
        with an old dump, or a replica has taken over. Empty if the server does not tell.
        """
        return str(self._run(scripts.INCARNATION, [self._names], 0)[1], "ascii", "replace")

    def close(self) -> None:
        """Close all connections."""
        self._closed = True
        for one in (self._nodes, self._server):
            if one is not None:
                one.close()

    # ------------------------------------------------------------ keys and messages

    def _run(self, script: Script, keys: Sequence[Key], now: int, *arguments: str | bytes | int) -> Any:
        return self._send(script, keys, self._time(now) + packed(*arguments), len(arguments) + 2)

    def _send(self, script: Script, keys: Sequence[Key], arguments: bytes, count: int) -> Any:
        """``arguments`` are ``count``, time included; all ``keys`` are in one slot if this is a cluster."""
        if self._closed:
            raise RuntimeError("the store is closed")
        names = [key[0] for key in keys]
        if self._server is not None:
            return self._server.ask(script, names, arguments, count)
        assert self._nodes is not None
        return self._nodes.ask(keys[0][1], script, names, arguments, count)

    def _time(self, now: int) -> bytes:
        return _NO_TIME if self._url.server_clock else packed(*divmod(now, 1_000_000))

    def _record(self, name: str) -> Key:
        return self._key("record", "records", f":{name}")

    def _counter_key(self, name: str) -> Key:
        """What a plan and a key, or a stage, have in common are the first three parts of a name."""
        tag = ":".join(name.split(":", 3)[:3])
        return self._key("count", tag, name[len(tag) :])

    def _key(self, kind: str, tag: str, rest: str = "") -> Key:
        """The key as it goes over the wire, and its slot. A tag must not be empty nor end in the middle."""
        tag = tag.replace("%", "%25").replace("}", "%7D") or "%"
        key = encode(f"{self._url.prefix}:{kind}:{{{tag}}}{rest}")
        return packed(key), slot_of(key)
