"""Connections to Redis servers: one message, one reply, and no reply ever taken for another's.

The door to redis-py, of which it uses the connections and not the client: TCP, TLS, passwords and parser.
What is different here is what happens when something goes wrong::

    server = Server(url, "limits.internal", 6379)
    server.ask(scripts.RECALL, keys, arguments, count)

* **A connection is used again only after a whole, right reply.** After a timeout, half a reply, one that
  cannot be read, an exception of whatever kind in between (a greenlet that is killed): it is closed. The
  reply begins with the nonce of its request; another nonce closes the connection, too.
* A connection that has lain idle is looked at before it is used: one that was closed by the other side, or
  has bytes nobody asked for, is dropped for a new one. That is safe, since nothing was sent yet.
* Nothing is tried twice once it was sent, because nobody knows whether it was counted. The one exception is a
  server which says that it does not know a script: it has not run it.
* Every wait has an end, which no byte that comes postpones: connecting has ``timeout`` seconds, TLS and
  authenticating included, and so have request and reply. Looking up a host's name has none: that is the
  resolver's own.
* A forked process begins with no connections and leaves its parent's alone.

At the first connection of a process a warning is logged if the server may evict keys or is a replica.

Not for: pipelines, subscriptions, or anything but the scripts of this store.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import itertools
import logging
import os
import random
from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakSet

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.errors import StoreRefuses, StoreUnavailable
from wsgi_gateway.stores.redis_deadline import with_deadlines
from wsgi_gateway.stores.redis_errors import (
    HARMLESS,
    REFUSALS,
    Redirected,
    is_answer,
    kind_of,
    redirection_of,
)
from wsgi_gateway.stores.redis_scripts import NONCE_BITS

if TYPE_CHECKING:
    from wsgi_gateway.stores.redis_scripts import Script
    from wsgi_gateway.stores.redis_url import RedisUrl

logger = logging.getLogger("wsgi_gateway")

_THREE = Struct("<ddd")
_MASK = 2**NONCE_BITS - 1
_PERHAPS_NO_TLS = " while TLS was begun; has the server TLS? Without it the URL begins with redis://"


class Server:
    """One Redis server, and this process's idle connections to it; for all threads.

    Raises :class:`~wsgi_gateway.errors.ConfigError` if redis-py is not installed.
    """

    def __init__(self, url: RedisUrl, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._connection, self._settings = _connection_class(url), _settings(url, host, port)
        self._timeout = url.timeout
        self._tls = url.tls
        self._idle: list[Any] = []
        self._closed = False
        self._looked_at = False
        self._nonces = itertools.count(random.SystemRandom().getrandbits(NONCE_BITS - 1))
        _servers.add(self)

    def __repr__(self) -> str:
        return f"<Redis server {self.host}:{self.port}>"

    def ask(
        self, script: Script, keys: Sequence[bytes], arguments: bytes, count: int, asking: bool = False
    ) -> Any:
        """Run a script. ``keys`` and ``arguments`` (``count`` of them, behind the nonce) as :func:`packed`.

        Returns a whole number, or a list that begins with one, both without the nonce. Raises
        StoreUnavailable for whatever goes wrong, :class:`Redirected` for a slot that is elsewhere.
        """
        nonce = next(self._nonces)
        number = b"%d" % nonce
        tail = b"%b$%d\r\n%b\r\n%b" % (b"".join(keys), len(number), number, arguments)
        heads = _heads(script, len(keys), len(keys) + count + 4)
        connection = self._take()
        try:
            connection.begin(self._timeout)
            if asking:
                connection.send_command("ASKING", check_health=False)
                connection.read_response()
            reply = self._exchange(connection, heads, tail)
            if type(reply) is bytes:
                reply = _read(reply)
            code = reply if type(reply) is int else reply[0]
            if code & _MASK != nonce:
                raise ValueError("a reply to another request")
        except BaseException as error:
            self._failed(connection, error)
        self._idle.append(connection)
        if self._closed:
            self.drop_idle()
        if type(reply) is int:
            return code >> NONCE_BITS
        reply[0] = code >> NONCE_BITS
        return reply

    def slots(self) -> Any:
        """What ``CLUSTER SLOTS`` says. Raises StoreUnavailable."""
        connection = self._take()
        try:
            connection.begin(self._timeout)
            connection.send_command("CLUSTER", "SLOTS", check_health=False)
            found = connection.read_response()
        except BaseException as error:
            self._failed(connection, error)
        # Not kept: its reply has no nonce to tell it by.
        connection.disconnect()
        return found

    def close(self) -> None:
        """Close all connections; those in use as soon as their reply is there."""
        self._closed = True
        self.drop_idle()

    def drop_idle(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().disconnect()

    @staticmethod
    def _exchange(connection: Any, heads: tuple[bytes, bytes], tail: bytes) -> Any:
        by_sha, by_text = heads
        connection.send_packed_command((by_sha + tail,), check_health=False)
        try:
            return connection.read_response()
        except Exception as error:
            if kind_of(error) != "NOSCRIPT":
                raise
        connection.send_packed_command((by_text + tail,), check_health=False)
        return connection.read_response()

    def _take(self) -> Any:
        """A connection that is sound as far as can be seen."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._connect()
            try:
                connection.rest()
                if not connection.can_read(0):
                    return connection
            except Exception:
                pass  # closed by the other side
            connection.disconnect()

    def _connect(self) -> Any:
        connection = self._connection(**self._settings)
        try:
            connection.begin(self._timeout)
            connection.connect()
            if not self._looked_at:
                self._look_at(connection)
        except BaseException as error:
            # A server without TLS waits for the rest of what it takes for a command.
            silent = self._tls and kind_of(error) == "TimeoutError"
            self._failed(connection, error, _PERHAPS_NO_TLS if silent else "")
        return connection

    def _look_at(self, connection: Any) -> None:
        """Warn of a server that does not keep what it is given; once, so the next one looks if it fails."""
        self._looked_at = True
        try:
            policy = _told(connection, "CONFIG", "GET", "maxmemory-policy")
            role = _told(connection, "ROLE")
        except BaseException:
            self._looked_at = False
            raise
        if isinstance(policy, list) and len(policy) == 2 and policy[1] != b"noeviction":
            # What has no end is safe from the policies that are called volatile.
            also = "" if policy[1][:8] == b"volatile" else ", API keys and plans"
            logger.warning(
                "%r may evict (maxmemory-policy %s): throttles and quotas may begin anew, and answers of "
                "authorizers%s be lost; set noeviction",
                self,
                policy[1].decode("ascii", "replace")[:40],
                also,
            )
        if isinstance(role, list) and role[:1] == [b"slave"]:
            logger.warning("%r is a replica: it cannot count", self)

    def _failed(self, connection: Any, error: BaseException, hint: str = "") -> NoReturn:
        """Drop the connection unless the server has just said no, and say what happened."""
        kind, there = kind_of(error), redirection_of(error)
        if (kind in HARMLESS or there) and not self._closed:
            self._idle.append(connection)
        else:
            connection.disconnect()
        if not isinstance(error, Exception):
            raise error
        if there is not None:
            raise Redirected(there.host or self.host, there.port, there.for_now) from None
        raise (StoreRefuses if kind in REFUSALS else StoreUnavailable)(f"Redis: {kind}{hint}") from error


def _read(told: bytes) -> list[Any]:
    """What ``tell`` of the scripts made: ``[code, seconds, microseconds, [state, ...]]``."""
    states, at = [], _THREE.size
    while at < len(told):
        begin, at = at + 1, at + 1 + told[at]
        states.append(told[begin:at])
    return [*map(int, _THREE.unpack_from(told)), states]


def packed(*values: str | bytes | int) -> bytes:
    """Arguments of a command as they go over the wire."""
    encoded = [value if isinstance(value, bytes) else encode(str(value)) for value in values]
    return b"".join([b"$%d\r\n%b\r\n" % (len(value), value) for value in encoded])


def encode(text: str) -> bytes:
    """Text as bytes, whatever signs it has."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(512)
def _heads(script: Script, keys: int, parts: int) -> tuple[bytes, bytes]:
    """How a command begins that runs a script: by its SHA-1, and by its text."""
    count = b"*%d\r\n" % parts
    return count + packed("EVALSHA", script.sha, keys), count + packed("EVAL", script.text, keys)


def _told(connection: Any, *command: str) -> Any:
    """The reply, or None if the server will not tell (managed ones often forbid it)."""
    connection.send_command(*command, check_health=False)
    try:
        return connection.read_response()
    except Exception as error:
        if not is_answer(error):
            raise
        logger.debug("Redis does not tell %s: %s", command[0], kind_of(error))
        return None


def _connection_class(url: RedisUrl) -> Any:
    try:
        import redis.connection as library
    except ImportError:
        raise ConfigError(f"{url.scheme}:// needs redis-py: pip install 'wsgi_gateway[redis]'") from None
    return with_deadlines(library.SSLConnection if url.tls else library.Connection)


def _settings(url: RedisUrl, host: str, port: int) -> dict[str, Any]:
    return {
        "host": host,
        "port": port,
        "db": url.db,
        "username": url.username,
        "password": url.password,
        "socket_timeout": url.timeout,
        "socket_connect_timeout": url.timeout,
        "health_check_interval": 0,
        "protocol": 2,
        **_tls(url),
    }


def _tls(url: RedisUrl) -> dict[str, Any]:
    if not url.tls:
        return {}
    checked = url.tls_options.get("ssl_cert_reqs", "required") == "required"
    # Said outright: redis-py's own default for the host's name has changed between versions.
    return {"ssl_cert_reqs": "required", "ssl_check_hostname": checked, **url.tls_options}


_servers: WeakSet[Server] = WeakSet()


def _begin_anew() -> None:
    # What a parent was told must not be read by its child. To let go of a connection closes it here only.
    for server in _servers:
        server._idle = []


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
