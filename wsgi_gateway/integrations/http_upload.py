"""The request as it goes out to an HTTP backend: its headers, and its body with the one framing we give it.

Bodies stream. The first 64 KiB are read before a connection is opened, so a short upload that the client cuts
off never reaches the backend; a longer one is cut off there too, for a body that ends early must not look
complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from wsgi_gateway import wsgi
from wsgi_gateway.errors import DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError

if TYPE_CHECKING:
    from wsgi_gateway.integrations.http_deadline import Deadline
    from wsgi_gateway.typing import HeaderList, WSGIEnvironment

NOT_SENT = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "expect", "via"),
        *("proxy-authorization", "proxy-authenticate", "host", "content-length", "content-type"),
    }
)
"""Headers that are not taken from the environ as they stand (hop-by-hop, framing, or recorded as never
sent)."""

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_FRAMED_WHEN_EMPTY = frozenset({"POST", "PUT", "PATCH"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PART = 65_536


def request_headers(environ: WSGIEnvironment) -> HeaderList:
    """``(name, value)`` of every header to send but Host and the framing; ``HTTP_X_FOO`` is ``X-Foo``.

    A mapped name with underscores is remembered by IntegrationRequest under ``wsgi_gateway.header_names``.
    """
    headers = [("Content-Type", environ["CONTENT_TYPE"])] if environ.get("CONTENT_TYPE") else []
    listed = _listed(environ.get("HTTP_CONNECTION", ""))
    exact: dict[str, str] = environ.get("wsgi_gateway.header_names", {})
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = _name(key)
            if name is not None and name.lower() not in listed:
                headers.append((exact.get(key, name), value))
    return headers


@lru_cache(maxsize=1024)
def _name(key: str) -> str | None:
    name = key[5:].replace("_", "-").title()
    return None if name.lower() in NOT_SENT else name


def _listed(connection: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in connection.split(",")) if connection else frozenset()


def request_head(
    method: str, target: str, host: str, headers: Iterable[tuple[str, str]], framing: str
) -> bytes:
    """The head as bytes. ``framing``: one header line, or nothing.

    Raises GatewayError 400 for whatever could end a line: the last gate before the wire.
    """
    words = f"{target}{host}"
    if not _TOKEN.fullmatch(method) or not (words.isascii() and words.isprintable()) or " " in words:
        raise GatewayError(DEFAULT_4XX, reason="a request line that HTTP cannot carry")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    for name, value in headers:
        if not _TOKEN.fullmatch(name):
            raise GatewayError(DEFAULT_4XX, reason="a header name that HTTP cannot carry")
        lines.append(f"{name}: {value}")
    if framing:
        lines.append(framing)
    if any(_CONTROL.search(line) for line in lines):
        raise GatewayError(DEFAULT_4XX, reason="a header value that HTTP cannot carry")
    text = "\r\n".join((*lines, "", ""))
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


class Upload:
    """The body of one request: its ``framing`` header line, and its parts as they go over the wire.

    A body without a declared length that ends within the first part gets one; a longer one goes out in
    chunks. Raises GatewayError, also while it is iterated: 413 above ``limit`` bytes, 400 for a body that is
    malformed or ends early.
    """

    def __init__(self, environ: WSGIEnvironment, method: str, limit: int, deadline: Deadline) -> None:
        self._deadline = deadline
        self._limit = limit
        self._read_bytes = 0
        length = 0 if method in _BODILESS else _declared(environ)
        if length is not None and length > limit:
            raise GatewayError(REQUEST_TOO_LARGE, reason=f"{length} bytes declared, {limit} allowed")
        self._length = length
        self._input = environ["wsgi.input"] if length != 0 else None
        first = self._ahead()
        self.is_short = self._input is None
        """Whether :attr:`first` is all of it, so that it can be sent a second time."""
        self._is_chunked = length is None and self._input is not None
        self.framing = self._framing(method)
        self.first = self._framed(first)
        """What is sent together with the head."""

    def __iter__(self) -> Iterator[bytes]:
        """What is sent after :attr:`first`."""
        while self._input is not None:
            part = self._framed(self._read())
            if part:
                yield part

    def _framing(self, method: str) -> str:
        if self._is_chunked:
            return "Transfer-Encoding: chunked"
        length = self._read_bytes if self._length is None else self._length
        return f"Content-Length: {length}" if length or method in _FRAMED_WHEN_EMPTY else ""

    def _framed(self, data: bytes) -> bytes:
        if not self._is_chunked:
            return data
        return b"%x\r\n%b\r\n" % (len(data), data) if data else b"0\r\n\r\n"

    def _ahead(self) -> bytes:
        parts = []
        while self._input is not None and self._read_bytes < _PART:
            parts.append(self._read())
        return b"".join(parts)

    def _read(self) -> bytes:
        """The next part, none at the end of the body; the input is gone then."""
        wanted = _PART if self._length is None else min(_PART, self._length - self._read_bytes)
        data = self._from_client(wanted)
        self._read_bytes += len(data)
        if self._read_bytes > self._limit:
            raise GatewayError(REQUEST_TOO_LARGE, reason=f"more than {self._limit} bytes")
        if not data and self._length is not None:
            raise GatewayError(DEFAULT_4XX, reason="the body ended before its declared length")
        if not data or self._read_bytes == self._length:
            self._input = None
        return data

    def _from_client(self, wanted: int) -> bytes:
        assert self._input is not None
        self._deadline.pause()
        try:
            return bytes(self._input.read(wanted))
        except wsgi.BodyTooLarge as error:
            raise GatewayError(REQUEST_TOO_LARGE, reason=str(error)) from error
        except Exception as error:
            reason = f"the server could not read the body: {type(error).__name__}"
            raise GatewayError(DEFAULT_4XX, reason=reason) from error
        finally:
            self._deadline.resume()


def _declared(environ: WSGIEnvironment) -> int | None:
    """The body's length, None if only its end will tell; without any framing there is no body."""
    try:
        length = wsgi.content_length(environ)
    except wsgi.BodyMalformed as error:
        raise GatewayError(DEFAULT_4XX, reason=str(error)) from error
    return 0 if length is None and not wsgi.is_chunked(environ) else length
