"""The door to ``requests``: a session whose adapter for one endpoint is ours.

Everything goes through ``Session.send``, so that what hooks into sessions (instrumentation, hooks, a custom
``verify`` or ``cert``) keeps working; what happens on the wire is in the neighbouring modules. The adapter
follows no redirect, keeps no cookie, decodes nothing and asks the environment for no proxy or password.

It tries once. Only if a kept connection ends before the first byte of an answer does it try once more, on a
new one, and only what may be sent twice: an idempotent verb (RFC 9110, section 9.2.2) with a body that is
still in memory. A backend that closes its idle connections would else fail a request now and then, without
having seen it.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.http_answer import (
    BackendBroken,
    BackendSilent,
    Head,
    Incoming,
    read_body,
    read_head,
)
from wsgi_gateway.integrations.http_connection import Connection, ConnectionPool, denies_nothing
from wsgi_gateway.integrations.http_tls import TlsClient
from wsgi_gateway.integrations.http_upload import Upload, request_head

if TYPE_CHECKING:
    import requests

    from wsgi_gateway.integrations.http_deadline import Deadline
    from wsgi_gateway.typing import HeaderList

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Reply:
    """A backend's answer, body unread. Iterate it once; ``close()`` it at any time, any number of times."""

    def __init__(
        self, head: Head, body: Iterator[bytes], connection: Connection, exchange: _Exchange
    ) -> None:
        self.head = head
        self._body = body
        self._connection: Connection | None = connection
        self._exchange = exchange
        self._unread: bytes | None = None
        connection.deadline.pause()

    def __iter__(self) -> Reply:
        return self

    def __next__(self) -> bytes:
        if self._unread is not None:
            data, self._unread = self._unread, None
            return data
        if self._connection is None:
            raise StopIteration
        deadline = self._connection.deadline
        deadline.resume()
        try:
            return next(self._body)
        except StopIteration:
            self._finish(reusable=self.head.keeps_alive)
            raise
        except BaseException:
            self._finish(reusable=False)
            raise
        finally:
            deadline.pause()

    def unread(self, data: bytes) -> None:
        """Hand out ``data`` before the rest."""
        self._unread = data

    def close(self) -> None:
        """Give the connection up unless the body has been read to its end."""
        self._unread = None
        self._finish(reusable=False)

    def _finish(self, *, reusable: bool) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._exchange.finish(connection, reusable)


class _Exchange:
    """One request and its answer on one connection."""

    def __init__(self, pool: ConnectionPool, incoming: Incoming) -> None:
        self._pool = pool
        self._incoming = incoming
        self.was_sent_whole = False

    def finish(self, connection: Connection, reusable: bool) -> None:
        if reusable and self.was_sent_whole and self._incoming.is_drained:
            self._pool.put(connection)
        else:
            connection.close()


class _Call:
    """What a prepared request has for a body: how to send it, and the reply once there is one."""

    def __init__(self, upload: Upload, deadline: Deadline) -> None:
        self.upload = upload
        self.deadline = deadline
        self.reply: Reply | None = None


class EndpointAdapter:
    """A transport adapter, as ``requests.Session.mount`` takes it, for the one endpoint of ``pool``."""

    def __init__(self, pool: ConnectionPool, host: str) -> None:
        self.pool = pool
        self._host = host

    def send(self, request: Any, **options: Any) -> Any:
        """Send a prepared request made by EndpointSession; the answer's ``raw`` is a :class:`Reply`."""
        import requests

        call: _Call = request.body
        # The adapter is mounted under the endpoint's origin, so what follows is the target.
        target = "/" + request.url.split("/", 3)[3]
        host = request.headers.pop("Host", self._host)
        head = request_head(request.method, target, host, request.headers.items(), call.upload.framing)
        response = requests.Response()
        call.reply = response.raw = self._exchange(head, call.upload, request.method, call.deadline)
        response.status_code = call.reply.head.status
        response.request = request
        return response

    def _exchange(self, head: bytes, upload: Upload, method: str, deadline: Deadline) -> Reply:
        connection = self.pool.take(deadline)
        if connection.is_reused and upload.is_short and method in _IDEMPOTENT:
            try:
                return self._try(connection, head, upload, method)
            except BackendSilent:
                connection = self.pool.connect(deadline)
        return self._try(connection, head, upload, method)

    def _try(self, connection: Connection, head: bytes, upload: Upload, method: str) -> Reply:
        incoming = Incoming(connection.receive)
        exchange = _Exchange(self.pool, incoming)
        try:
            exchange.was_sent_whole = _send(connection, head, upload)
            answer = read_head(incoming, method)
            return Reply(answer, read_body(incoming, answer), connection, exchange)
        except BaseException as error:
            connection.close()
            if isinstance(error, BackendBroken) and not incoming.has_begun:
                raise BackendSilent(str(error)) from error
            raise

    def close(self) -> None:
        """Close idle connections."""
        self.pool.close()


def _send(connection: Connection, head: bytes, upload: Upload) -> bool:
    """Whether all was sent; not, if the backend answered or hung up before: its answer is then read."""
    if not connection.send(head + upload.first):
        return False
    return all(not connection.has_early_answer and connection.send(part) for part in upload)


class EndpointSession:
    """How one endpoint is spoken to.

    :param origin: ``https://host:port``, without a path; ``host`` and ``port`` the same taken apart.
    :param session: a session of the caller's, whose ``verify`` and ``cert`` count; None makes one.
    :param ca: path of the certificates of authorities that are believed, where there is no session.
    :param denies: whether an address must not be connected to.

    Raises ConfigError if the session asks for what would take protection away.
    """

    def __init__(
        self,
        origin: str,
        host: str,
        port: int,
        *,
        skip_chain: bool,
        session: requests.Session | None,
        ca: str | None = None,
        denies: Callable[[str], bool] = denies_nothing,
    ) -> None:
        import requests

        # A copy, because one session may serve apps that trust different certificates.
        self._session = requests.Session() if session is None else copy.copy(session)
        if session is None and ca is not None:
            self._session.verify = ca
        self._session.trust_env = False
        self._session.adapters = OrderedDict()
        self._origin = origin
        tls = _tls(self._session, host, skip_chain) if origin.startswith("https:") else None
        self._pool = ConnectionPool(host, port, tls, denies)
        self._session.mount(origin + "/", EndpointAdapter(self._pool, origin.partition("://")[2]))  # type: ignore[arg-type]

    def send(
        self,
        method: str,
        target: str,
        headers: HeaderList,
        host: str | None,
        upload: Upload,
        deadline: Deadline,
    ) -> Reply:
        """The answer to one request.

        Raises GatewayError, BackendBroken, BackendUnreachable, NetworkFailure, DeadlineExceeded.
        """
        import requests
        from requests.structures import CaseInsensitiveDict

        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.url = self._origin + target
        prepared.headers = CaseInsensitiveDict(headers)
        if host is not None:
            prepared.headers["Host"] = host
        prepared.hooks = self._session.hooks
        call = _Call(upload, deadline)
        prepared.body = call  # type: ignore[assignment]
        try:
            response = self._session.send(prepared, stream=True, allow_redirects=False, proxies={})
            reply: object = response.raw
            if call.reply is None or reply is not call.reply:
                raise BackendBroken("a hook replaced the answer")
        except BaseException:
            if call.reply is not None:
                call.reply.close()
            raise
        return call.reply

    def close(self) -> None:
        """Close idle connections; the session can be used again."""
        self._pool.close()


def _tls(session: requests.Session, host: str, skip_chain: bool) -> TlsClient:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    if session.verify is False and not skip_chain:
        raise ConfigError("the session does not verify certificates; say so by insecure_skip_verification")
    ca = session.verify if isinstance(session.verify, str) else DEFAULT_CA_BUNDLE_PATH
    return TlsClient(host, ca=ca, certificate=session.cert, skip_chain=skip_chain)
