"""What of a backend's answer goes on to the client, and how much of it is read before the head goes.

Once the head is out a broken answer can only be cut off; before that it is a clean 502. So the later the head
goes, the less a client sees of a bad backend, and the longer it waits. There are three ways:

* :func:`buffered`: the whole answer first, up to a limit;
* :func:`read_ahead`: the first 64 KiB first, however they are framed; what is over by then goes out whole,
  with its length, and of the rest there is never more than one part in memory;
* :func:`streamed_at_once`: nothing first.

Headers of the connection end here, and those that would not be headers behind a WSGI server: ``Status``
would be taken for the status line under CGI (PEP 3333 forbids it), ``Trailer`` announces what the gateway
does not send. ``TE`` passes (recorded on AWS).

Not for: renaming headers as AWS does, which is MethodResponse's; closing the reply when one of these raises,
which is the caller's.
Source: RFC 9110, section 7.6.1.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from wsgi_gateway.integrations.http_answer import BackendBroken
from wsgi_gateway.wsgi import Response, status_line

if TYPE_CHECKING:
    from wsgi_gateway.integrations.http_answer import Head
    from wsgi_gateway.integrations.http_session import Reply
    from wsgi_gateway.typing import HeaderList

READ_AHEAD = 65_536
"""Bytes of an answer that are read before its head goes out, unless it streams at once."""

_NOT_PASSED = frozenset(
    ["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "trailers", "status"]
)


def client_headers(head: Head, *, keep_length: bool) -> HeaderList:
    """The headers as they came, without those of the connection and a length that is not the body's."""
    listed = ",".join(value for name, value in head.headers if name.lower() == "connection")
    dropped = _NOT_PASSED | {name.strip().lower() for name in listed.split(",")}
    headers: HeaderList = []
    length = None
    for name, value in head.headers:
        lower = name.lower()
        if lower == "content-length":
            length = (name, value.partition(",")[0].strip())
        elif lower not in dropped and not lower.startswith("proxy-"):
            headers.append((name, value))
    if length is not None and keep_length:
        headers.append(length)
    return headers


def buffered(reply: Reply, headers: HeaderList, limit: int) -> Response:
    """The answer with all of its body. Raises :class:`BackendBroken`, also above ``limit`` bytes."""
    data = None if (reply.head.length or 0) > limit else _up_to(reply, limit)
    if data is None:
        raise BackendBroken(f"the answer has more than {limit} bytes")
    return Response(status_line(reply.head.status), headers, [data])


def read_ahead(reply: Reply, headers: HeaderList, limit: int) -> Response:
    """The answer with all of its body if that ends within :data:`READ_AHEAD`, else streaming the rest.

    Raises :class:`BackendBroken` for what breaks within it; the rest, when it breaks, raises while iterated.
    ``limit`` does not count.
    """
    data = _up_to(reply, READ_AHEAD)
    status = status_line(reply.head.status)
    if data is None:
        return Response(status, headers, reply)
    # An answer that cannot have a body (to HEAD, say) counts as one of length 0; what it declares stays.
    if reply.head.length is None:
        headers = [*headers, ("Content-Length", str(len(data)))]
    return Response(status, headers, [data])


def streamed_at_once(reply: Reply, headers: HeaderList, limit: int) -> Response:
    """The answer with its body unread; whatever breaks raises while it is iterated. ``limit`` does not
    count.
    """
    if reply.head.length == 0:
        return buffered(reply, headers, limit)
    # Servers send the head with the first part, even an empty one; without it a body that breaks at once
    # would be answered by a page of the server's own.
    reply.unread(b"")
    return Response(status_line(reply.head.status), headers, reply)


def _up_to(reply: Reply, limit: int) -> bytes | None:
    """The whole body; None if it is longer than ``limit``: what was read is then handed out again."""
    # Parts may be a byte each; a list of them would take many times their size.
    held = io.BytesIO()
    for part in reply:
        held.write(part)
        if held.tell() > limit:
            reply.unread(held.getvalue())
            return None
    return held.getvalue()
