"""What of an answer may be given again: its status, headers and body, or nothing at all.

::

    answer = keepable(response, covers={"accept-language"}.__contains__)
    if answer is None:
        ...    # it goes on as it is, for its own client alone

Not kept are other statuses than 2xx, and 206, a part; an answer with Set-Cookie; event streams; more than
:data:`LONGEST` bytes; a body that has not the length it said; one with a ``Content-Encoding`` unless
``covers("accept-encoding")``, since the next client may not read it. ``covers`` tells which request headers
are part of what an answer is found by. With ``respectful`` also not what says ``no-store`` or ``private``,
and what varies by a header that is not covered; without it, as AWS seems to do, neither is looked at.

The body is read whole, if it is short enough; else what was read of it goes first, and the rest streams.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html (size) and
RFC 9111; which answers AWS keeps is not documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wsgi_gateway.stores.kept_answers import Answer

if TYPE_CHECKING:
    from wsgi_gateway.wsgi import Response

LONGEST = 1_048_576
"""Bytes of a body that is kept, AWS's limit."""

_PRIVATE = re.compile(r"(?:^|[,\s])(?:no-store|private)\b", re.IGNORECASE)
_PLAIN = frozenset({"", "identity"})
_EACH_REQUESTS_OWN = frozenset({"x-amzn-trace-id", "x-amzn-requestid", "x-amz-apigw-id"})


def keepable(response: Response, *, covers: Callable[[str], bool], respectful: bool = True) -> Answer | None:
    """An answer as it may be given again; None for one that must not be, which goes on as it is.

    Raises what its body raises.
    """
    if not _may_be_kept(response, covers, respectful):
        return None
    length = response.header("Content-Length")
    if length is not None and not (length.isascii() and length.isdigit() and len(length) < 9):
        return None
    if length is not None and int(length) > LONGEST:
        return None
    body = _whole(response)
    if body is None or (length is not None and int(length) != len(body)):
        return None
    names = [name.lower() for name, _ in response.headerlist]
    headers = tuple(
        pair for pair, name in zip(response.headerlist, names, strict=True) if name not in _EACH_REQUESTS_OWN
    )
    if length is None and response.status[:3] != "204":
        headers = (*headers, ("Content-Length", str(len(body))))
    return Answer(response.status, headers, body, "x-amzn-trace-id" in names)


def _may_be_kept(response: Response, covers: Callable[[str], bool], respectful: bool) -> bool:
    """By the head alone."""
    if response.status[:1] != "2" or response.status[:3] == "206":
        return False
    for name, value in response.headerlist:
        lower = name.lower()
        if lower == "set-cookie" or (lower == "content-type" and value[:17].lower() == "text/event-stream"):
            return False
        if (
            lower == "content-encoding"
            and value.strip().lower() not in _PLAIN
            and not covers("accept-encoding")
        ):
            return False
        if not respectful:
            continue
        if lower == "cache-control" and _PRIVATE.search(value):
            return False
        if lower == "vary" and not all(map(covers, _names(value))):
            return False
    return True


def _names(listed: str) -> Iterator[str]:
    return (name.strip().lower() for name in listed.split(",") if name.strip())


def _whole(response: Response) -> bytes | None:
    """The body if it is short enough; else None, and the response goes on with what was read of it."""
    source = response.app_iter
    if isinstance(source, list):
        return b"".join(source) if sum(map(len, source)) <= LONGEST else None
    parts: list[bytes] = []
    size = 0
    try:
        rest = iter(source)
        for part in rest:
            parts.append(part)
            size += len(part)
            if size > LONGEST:
                response.app_iter = _Resumed(parts, rest, response)
                return None
    except BaseException:
        response.close()
        raise
    response.close()
    response.app_iter = [b"".join(parts)]
    return response.app_iter[0]


class _Resumed:
    """What was read of a body, then the rest of it."""

    def __init__(self, parts: list[bytes], rest: Iterator[bytes], response: Response) -> None:
        self._parts, self._rest = parts, rest
        self._close = getattr(response.app_iter, "close", None)

    def __iter__(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        yield from parts
        del parts
        yield from self._rest

    def close(self) -> None:
        if self._close is not None:
            self._close()
