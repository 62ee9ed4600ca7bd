"""Deadlines for redis-py's connections: a reply that drips in has no more time than one that comes at once.

::

    connection = with_deadlines(redis.connection.Connection)(host="limits.internal", ...)
    connection.begin(0.25)       # connecting, TLS and authenticating: a quarter of a second in all
    connection.connect()
    connection.begin(0.25)       # what is sent and read from now on: again as much
    connection.rest()            # nothing is waited for

A timeout of a socket is for one call. Whoever sends a byte now and then, each within it, keeps the one who
waits for as long as it likes; so before each call the timeout is set to what is left until the deadline. Who
comes late because this process stood still (for a processor, or for another thread) is not blamed for it:
behind the deadline it is looked once whether something has come meanwhile.

Not for: looking up a host's name, which is the resolver's own time.

Source: this project's own.
"""

from __future__ import annotations

from functools import lru_cache
from time import monotonic
from typing import Any

_LEAST, _LAST_LOOK = 1e-6, 0.001
_OVER = float("-inf")


class DeadlineSocket:
    """A socket, or what TLS makes of one, for whose calls there is one deadline."""

    __slots__ = ("_socket", "settimeout", "until")

    def __init__(self, inner: Any, until: float | None) -> None:
        self._socket = inner
        self.settimeout = inner.settimeout  # the one that redis-py calls for every request
        self.until = until
        """By :func:`time.monotonic`; None leaves the socket's timeout as it is."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def recv(self, *args: Any) -> bytes:
        """As the socket; raises TimeoutError at the deadline. So do the two below."""
        self._hurry(_LAST_LOOK)
        found: bytes = self._socket.recv(*args)
        return found

    def recv_into(self, *args: Any) -> int:
        """For hiredis, which reads so."""
        self._hurry(_LAST_LOOK)
        count: int = self._socket.recv_into(*args)
        return count

    def sendall(self, message: bytes) -> None:
        """All of it, by one deadline: sockets have that by themselves, those of TLS do not."""
        self._hurry()
        sent = self._socket.send(message)
        while sent < len(message):
            self._hurry()
            sent += self._socket.send(memoryview(message)[sent:])

    def _hurry(self, last_look: float = 0.0) -> None:
        if self.until is not None:
            left = self.until - monotonic()
            if left <= 0:
                if self.until == _OVER or not last_look:
                    raise TimeoutError("the deadline is over")
                self.until, left = _OVER, last_look
            self.settimeout(left)


@lru_cache
def with_deadlines(kind: Any) -> Any:
    """A class of redis-py's connections, made of one of them."""

    class Connection(kind):  # type: ignore[misc]
        _until = 0.0
        _wire: DeadlineSocket | None = None

        def begin(self, seconds: float) -> None:
            """What is waited for from now on ends in so many seconds."""
            self._until = monotonic() + seconds
            if self._wire is not None:
                self._wire.until = self._until

        def rest(self) -> None:
            """No deadline, until the next one begins."""
            if self._wire is not None:
                self._wire.until = None

        def _connect(self) -> DeadlineSocket:
            self._wire = DeadlineSocket(super()._connect(), self._until)
            return self._wire

        def _left(self) -> float:
            return max(_LEAST, self._until - monotonic())

        def _told(self, seconds: Any) -> None:
            pass  # a fixed time, as redis-py knows it

        # redis-py asks for them before each address it tries, and before it begins with TLS.
        socket_timeout = property(_left, _told)
        socket_connect_timeout = property(_left, _told)

    return Connection
