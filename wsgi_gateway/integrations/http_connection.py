"""One connection to an HTTP backend, and the idle ones that are kept for the next request.

Why not a library's: every wait here ends at the deadline of the exchange, whatever the backend drips; what
was left open by a parent process is never used by its child; a connection on which anything is left unread,
or which the backend has closed, is never used again. A backend may still close one at the very moment that it
is taken: who used it can tell by ``is_reused``.

Names are looked up by the system's resolver, which cannot be interrupted; its own timeouts apply to that
part.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.integrations.http_answer import BackendBroken
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded

if TYPE_CHECKING:
    from wsgi_gateway.integrations.http_tls import TlsClient

IDLE_SECONDS = 55.0
"""How long a connection is kept; load balancers commonly forget theirs after 60 s."""

IDLE_CONNECTIONS = 32
"""How many idle connections are kept for one endpoint by one process."""

_RECEIVE = 65_536
_INTERIM = b"HTTP/1.1 1"


class BackendUnreachable(Exception):
    """The name does not resolve, or nobody listens there. The text is for logs."""


class NetworkFailure(Exception):
    """There is no way to the backend, or TLS with it fails. The text is for logs."""


class Connection:
    """An open connection; ``deadline`` is that of the present exchange."""

    __slots__ = ("_socket", "deadline", "idle_since", "is_reused")

    def __init__(self, open_socket: socket.socket, deadline: Deadline) -> None:
        self._socket = open_socket
        self.deadline = deadline
        self.idle_since = 0.0
        self.is_reused = False
        """Whether it has served an earlier exchange."""

    def receive(self) -> bytes:
        """The next bytes, none at the end of the stream."""
        try:
            self._socket.settimeout(self.deadline.remaining())
            return self._socket.recv(_RECEIVE)
        except TimeoutError:
            raise DeadlineExceeded("no answer in time") from None
        except OSError as error:
            if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
                raise NetworkFailure(f"TLS failed: {_brief(error)}") from error
            raise BackendBroken(f"the connection broke: {type(error).__name__}") from error

    def send(self, data: bytes) -> bool:
        """Send all of ``data``; False if the backend does not take it any more."""
        view = memoryview(data)
        try:
            while view:
                self._socket.settimeout(self.deadline.remaining())
                view = view[self._socket.send(view) :]
        except TimeoutError:
            raise DeadlineExceeded("the backend does not read") from None
        except OSError:
            return False
        return True

    @property
    def has_news(self) -> bool:
        """Whether the backend has sent something, or closed, without being waited for."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    @property
    def has_early_answer(self) -> bool:
        """Whether the backend answers while it is still being sent to; with TLS that cannot be told."""
        # What waits to be read on a TLS connection may be a session ticket.
        if isinstance(self._socket, ssl.SSLSocket) or not self.has_news:
            return False
        try:
            seen = self._socket.recv(len(_INTERIM), socket.MSG_PEEK)
        except OSError:
            return True
        return not seen or not _INTERIM.startswith(seen)

    def close(self) -> None:
        """Close it, so that the backend notices even if a forked process holds a copy."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def forget(self) -> None:
        """Give up this process's copy; the connection itself belongs to another."""
        self._socket.close()


def denies_nothing(address: str) -> bool:
    """Every address may be connected to."""
    return False


class ConnectionPool:
    """Connections to one endpoint: ``take()`` one, ``put()`` it back, or let it close.

    :param host: name or address, without brackets.
    :param tls: how to speak TLS with it; None speaks plainly.
    :param denies: whether an address must not be connected to.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tls: TlsClient | None = None,
        denies: Callable[[str], bool] = denies_nothing,
    ) -> None:
        self._pid = os.getpid()
        self._idle: deque[Connection] = deque()
        self._address = (host, port)
        self._tls = tls
        self._denies = denies

    def take(self, deadline: Deadline) -> Connection:
        """An idle connection that is still good, or a new one.

        Raises BackendUnreachable, NetworkFailure, DeadlineExceeded.
        """
        idle = self._of_this_process()
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return self.connect(deadline)
            connection.deadline = deadline
            connection.is_reused = True
            if time.monotonic() - connection.idle_since < IDLE_SECONDS and not connection.has_news:
                return connection
            connection.close()

    def put(self, connection: Connection) -> None:
        """Keep a connection on which nothing is left to read."""
        idle = self._of_this_process()
        connection.idle_since = time.monotonic()
        idle.append(connection)
        if len(idle) > IDLE_CONNECTIONS:
            idle.popleft().close()

    def close(self) -> None:
        """Close what is idle; the pool can be used again."""
        idle = self._of_this_process()
        while idle:
            idle.pop().close()

    def __del__(self) -> None:
        # Sockets that are merely forgotten are reported as leaks.
        self.close()

    def _of_this_process(self) -> deque[Connection]:
        if self._pid != os.getpid():
            # A lock held while forking would stay locked here; losing this race costs one connection.
            inherited, self._idle, self._pid = self._idle, deque(), os.getpid()
            for connection in inherited:
                connection.forget()
        return self._idle

    def connect(self, deadline: Deadline) -> Connection:
        """A new connection. Raises BackendUnreachable, NetworkFailure, DeadlineExceeded."""
        opened = _open(self._address, deadline, self._denies)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                opened.settimeout(deadline.remaining())
                opened = self._tls.wrap(opened)
        except TimeoutError:
            opened.close()
            raise DeadlineExceeded("TLS is not ready in time") from None
        except OSError as error:
            opened.close()
            raise NetworkFailure(f"TLS failed: {_brief(error)}") from error
        except BaseException:
            opened.close()
            raise
        return Connection(opened, deadline)


def _open(address: tuple[str, int], deadline: Deadline, denies: Callable[[str], bool]) -> socket.socket:
    """Try every address of the name; none may use up the time of those after it."""
    try:
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BackendUnreachable(f"{address[0]} does not resolve") from error
    found = [entry for entry in found if not denies(str(entry[4][0]))]
    if not found:
        raise BackendUnreachable(f"all addresses of {address[0]} are denied")
    failure: OSError | None = None
    for index, (family, kind, protocol, _, place) in enumerate(found):
        try:
            return _connected(
                socket.socket(family, kind, protocol), place, deadline.remaining() / (len(found) - index)
            )
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise DeadlineExceeded(f"{address[0]} does not accept in time") from failure
    if isinstance(failure, ConnectionRefusedError) or failure is None:
        raise BackendUnreachable(f"{address[0]} refuses connections") from failure
    raise NetworkFailure(f"no way to {address[0]}: {_brief(failure)}") from failure


def _connected(attempt: socket.socket, place: Any, seconds: float) -> socket.socket:
    try:
        attempt.settimeout(seconds)
        attempt.connect(place)
    except BaseException:
        attempt.close()
        raise
    return attempt


def _brief(error: OSError) -> str:
    return str(getattr(error, "verify_message", None) or error.strerror or type(error).__name__)
