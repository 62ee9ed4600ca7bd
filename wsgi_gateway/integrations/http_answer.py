"""The answer of an HTTP backend, read strictly: head, framing, body.

Why not ``http.client``: it takes the end of the stream in the middle of the headers for success, a bare
carriage return or line feed for the end of a header, and the first of two lengths for the right one. What a
gateway misreads, the next reader reads differently, and one answer becomes two. Here whatever is not HTTP/1.x
by the letter is :class:`BackendBroken`, which the client sees as 502.

Not for: choosing what of the answer goes on to the client.
Source: RFC 9112.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wsgi_gateway.typing import HeaderList

HEAD_LIMIT = 65_536
"""Bytes of a status line with its headers; also of all trailers, and of one chunk's size line."""

HEADER_LIMIT = 256
"""Headers of one answer."""

INTERIM_LIMIT = 50
"""Interim (1xx) answers before the final one."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [\t \x21-\x7e\x80-\xff]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t \x21-\x7e\x80-\xff]*)")
_HIGH_CONTROL = re.compile(rb"[\x80-\x9f]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[\t ]*;[\t \x21-\x7e\x80-\xff]*)?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_INTERIM = frozenset({100, 102, 103})
_BODILESS = frozenset({204, 304})


class BackendBroken(Exception):
    """The backend's answer is cut short or is not HTTP. The text is for logs."""


class BackendSilent(BackendBroken):
    """The connection ended before the first byte of an answer."""


class Incoming:
    """Bytes from a connection. ``receive`` returns the next ones, or none at the end of the stream."""

    __slots__ = ("_at", "_buffer", "_receive", "has_begun")

    def __init__(self, receive: Callable[[], bytes]) -> None:
        self._receive = receive
        self._buffer = b""
        self._at = 0
        self.has_begun = False
        """Whether anything of a line has been received."""

    @property
    def is_drained(self) -> bool:
        """Whether nothing was received beyond what was read."""
        return self._at == len(self._buffer)

    def line(self, limit: int) -> bytes:
        """The next line, without its CRLF and with no other CR or LF in it; at most ``limit`` bytes with
        it."""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > limit:
                raise BackendBroken("a line is too long")
            self._fill("in the middle of a line")
        line = self._buffer[self._at : end + 1]
        self._at = end + 1
        if len(line) > limit or line[-2:] != b"\r\n" or b"\r" in line[:-2]:
            raise BackendBroken("a line is too long or does not end as HTTP wants it")
        return line[:-2]

    def some(self, most: int, where: str) -> bytes:
        """Between one and ``most`` bytes; :class:`BackendBroken` at the end of the stream."""
        if self.is_drained:
            self._fill(where)
        data = self._buffer[self._at : self._at + most]
        self._at += len(data)
        return data

    def rest(self) -> bytes:
        """Whatever comes next; no bytes at the end of the stream."""
        if self.is_drained:
            return self._receive()
        data, self._buffer = self._buffer[self._at :], b""
        self._at = 0
        return data

    def _fill(self, where: str) -> None:
        data = self._receive()
        if not data:
            raise BackendBroken(f"the backend closed the connection {where}")
        self.has_begun = True
        self._buffer = data if self.is_drained else self._buffer[self._at :] + data
        self._at = 0


class Head(NamedTuple):
    """Status, headers as they came, and what follows from them for the connection."""

    status: int
    headers: HeaderList
    length: int | None
    """Bytes of the body; None if it is chunked or ends with the connection."""
    is_chunked: bool
    keeps_alive: bool
    """Whether the connection may be used again once the body is read."""


def read_head(incoming: Incoming, method: str) -> Head:
    """Read up to the final status and its headers. Raises :class:`BackendBroken`."""
    for _ in range(INTERIM_LIMIT + 1):
        minor, status, headers = _read_block(incoming)
        if status not in _INTERIM:
            return _frame(method, minor, status, headers)
    raise BackendBroken(f"more than {INTERIM_LIMIT} interim answers")


def _read_block(incoming: Incoming) -> tuple[int, int, HeaderList]:
    line = incoming.line(HEAD_LIMIT)
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise BackendBroken("not an HTTP/1.x status line")
    return int(match[1]), int(match[2]), _read_headers(incoming, HEAD_LIMIT - len(line))


def _read_headers(incoming: Incoming, limit: int) -> HeaderList:
    headers: HeaderList = []
    while line := incoming.line(limit):
        limit -= len(line) + 2
        match = _HEADER.fullmatch(line)
        if match is None or (_HIGH_CONTROL.search(match[2]) and not _is_text(match[2])):
            raise BackendBroken("a malformed header")
        if len(headers) == HEADER_LIMIT:
            raise BackendBroken(f"more than {HEADER_LIMIT} headers")
        headers.append((match[1].decode("ascii"), match[2].strip(b" \t").decode("latin-1")))
    return headers


def _is_text(value: bytes) -> bool:
    # In UTF-8 these bytes are parts of letters; alone they are control characters of latin-1.
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any("\x80" <= character <= "\x9f" for character in text)


def _frame(method: str, minor: int, status: int, headers: HeaderList) -> Head:
    if status < 200:
        raise BackendBroken(f"status {status} where a final answer was expected")
    lengths = [_length(text) for text in _values(headers, "content-length")]
    codings = [value.lower() for value in _values(headers, "transfer-encoding")]
    if len(set(lengths)) > 1 or (codings and (lengths or minor == 0 or codings != ["chunked"])):
        raise BackendBroken("the length of the body is ambiguous")
    keeps_alive = minor == 1 and not any("close" in value.lower() for value in _values(headers, "connection"))
    if method == "HEAD" or status in _BODILESS:
        return Head(status, headers, 0, False, keeps_alive)
    length = lengths[0] if lengths else None
    return Head(status, headers, length, bool(codings), keeps_alive and (bool(codings) or length is not None))


def _values(headers: HeaderList, name: str) -> list[str]:
    """All values of a header that is a list, taken apart at their commas."""
    return [part.strip(" \t") for key, value in headers if key.lower() == name for part in value.split(",")]


def _length(text: str) -> int:
    if not _LENGTH.fullmatch(text):
        raise BackendBroken("Content-Length is not a number")
    return int(text)


def read_body(incoming: Incoming, head: Head) -> Iterator[bytes]:
    """The body in parts, never an empty one. Raises :class:`BackendBroken` unless it ends as it was
    framed."""
    if head.is_chunked:
        return _chunks(incoming)
    if head.length is not None:
        return _exactly(incoming, head.length)
    return iter(incoming.rest, b"")


def _exactly(incoming: Incoming, left: int) -> Iterator[bytes]:
    while left:
        part = incoming.some(left, "before the end of the body")
        left -= len(part)
        yield part


def _chunks(incoming: Incoming) -> Iterator[bytes]:
    while size := _chunk_size(incoming):
        yield from _exactly(incoming, size)
        if incoming.line(2):
            raise BackendBroken("a chunk is longer than its size")
    _read_headers(incoming, HEAD_LIMIT)


def _chunk_size(incoming: Incoming) -> int:
    match = _CHUNK_SIZE.fullmatch(incoming.line(HEAD_LIMIT))
    if match is None:
        raise BackendBroken("a chunk without a size")
    return int(match[1], 16)
