"""The protocol: the only module that calls ``start_response``.

Why: PEP 3333 has four ways to answer (list, generator, ``write()``, ``exc_info``) and one duty that is easily
lost (``close()`` exactly once). They are met here, once, so that no lifecycle stage has to know them.

* :class:`Response` is an answer as data and, like everything that answers here, a WSGI app::

      >>> from wsgi_gateway.wsgi import Response, call_app
      >>> answer = Response("200 OK", [("Content-Type", "text/plain")], [b"hi"])
      >>> call_app(answer, {"REQUEST_METHOD": "GET"}).body()
      b'hi'

* :func:`call_app` runs an app up to its status line and hands back a :class:`Response` whose body still
  streams.
* :func:`read_body` reads a request body with a limit, and tells the ways it may fail apart.

Not for: anything that knows Amazon's rules; those begin in :mod:`wsgi_gateway.errors`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgi_gateway.typing import HeaderList, StartResponse, WSGIApplication, WSGIEnvironment

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_CHUNK = 65_536


def status_line(code: int) -> str:
    """``404`` to ``"404 Not Found"``; a code that no registry knows gets the phrase ``Unknown``."""
    return _STATUS_LINES.get(code) or f"{code} Unknown"


_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def is_header_name(name: str) -> bool:
    """Whether a text may stand as a header's name (RFC 9110's token)."""
    return _TOKEN.fullmatch(name) is not None


def header_text(value: str) -> str:
    """Text as a header value: UTF-8 in latin-1 code points, as WSGI carries it.

    Raises ValueError for control characters, which could end the header and begin another. The opposite of
    :func:`header_value`.
    """
    if not value.isprintable() and any((ch < " " and ch != "\t") or ch == "\x7f" for ch in value):
        raise ValueError("a header value has control characters")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("latin-1")


def header_value(native: str) -> str:
    """The text of a header as WSGI carries it: UTF-8 where it is that, else the latin-1 it looks like."""
    if native.isascii():
        return native
    try:
        return native.encode("latin-1").decode("utf-8")
    except ValueError:
        return native


class Response:
    """One HTTP answer as data: ``status`` line, ``headerlist`` and ``app_iter`` (names as in WebOb).

    The header list is never changed in place, because it may belong to the app that made it.
    To replace the body use :meth:`set_body`, which also closes the old one.
    """

    __slots__ = ("app_iter", "headerlist", "status")

    def __init__(
        self, status: str = "200 OK", headerlist: HeaderList | None = None, app_iter: Iterable[bytes] = ()
    ) -> None:
        self.status = status
        self.headerlist: HeaderList = [] if headerlist is None else headerlist
        self.app_iter = app_iter

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the head and hand over the body."""
        try:
            # A copy, because a server or a middleware may change the list it is given.
            start_response(self.status, list(self.headerlist))
        except BaseException:
            _close(self.app_iter)
            raise
        return self.app_iter

    def __repr__(self) -> str:
        return f"<Response {self.status}>"

    @property
    def status_code(self) -> int:
        """The three digits of the status line."""
        return int(self.status[:3])

    @status_code.setter
    def status_code(self, code: int) -> None:
        self.status = status_line(code)

    def header_values(self, name: str) -> list[str]:
        """All values of a header, in order; the name's case does not matter."""
        name = name.lower()
        return [value for key, value in self.headerlist if key.lower() == name]

    def header(self, name: str) -> str | None:
        """The last value of a header, or None."""
        values = self.header_values(name)
        return values[-1] if values else None

    def set_header(self, name: str, value: str) -> None:
        """Replace all values of a header by one."""
        lower = name.lower()
        self.headerlist = [pair for pair in self.headerlist if pair[0].lower() != lower]
        self.headerlist.append((name, value))

    def remove_headers(self, names: frozenset[str]) -> None:
        """Remove headers by their lower-case names."""
        self.headerlist = [pair for pair in self.headerlist if pair[0].lower() not in names]

    def body(self, limit: int | None = None) -> bytes:
        """The whole body. It is read and its source closed on the first call, and kept for the next.

        Raises :class:`BodyTooLarge` as soon as more than ``limit`` bytes have come.
        """
        if isinstance(self.app_iter, list) and len(self.app_iter) < 2:
            data = self.app_iter[0] if self.app_iter else b""
            if limit is not None and len(data) > limit:
                raise BodyTooLarge(f"more than {limit} bytes")
            return data
        parts: list[bytes] = []
        size = 0
        try:
            for part in self.app_iter:
                parts.append(part)
                size += len(part)
                if limit is not None and size > limit:
                    raise BodyTooLarge(f"more than {limit} bytes")
        finally:
            self.close()
        data = b"".join(parts)
        self.app_iter = [data]
        return data

    def set_body(self, data: bytes) -> None:
        """Replace the body, close the old one, and make Content-Length true."""
        self.close()
        self.app_iter = [data]
        self.set_header("Content-Length", str(len(data)))

    def close(self) -> None:
        """Close the body's source, if it has anything to close. Harmless to repeat."""
        app_iter, self.app_iter = self.app_iter, ()
        _close(app_iter)


def _close(app_iter: Iterable[bytes]) -> None:
    close = getattr(app_iter, "close", None)
    if close is not None:
        close()


class _Chained:
    """What an app has already yielded or written, then the rest of its iterable; closes the original once."""

    __slots__ = ("_iterator", "_original")

    def __init__(self, first: Iterable[bytes], rest: Iterable[bytes], original: Iterable[bytes]) -> None:
        self._iterator = chain(first, rest)
        self._original = original

    def __iter__(self) -> Iterator[bytes]:
        return self._iterator

    def close(self) -> None:
        _close(self._original)


def call_app(app: WSGIApplication, environ: WSGIEnvironment) -> Response:
    """Run an app until its status line is known and return the answer, body unread.

    A generator app is pulled just far enough to make it call ``start_response``. What an app sends by
    ``write()`` comes before its iterable. After the return the head counts as sent: a later
    ``start_response(..., exc_info)`` raises the app's own exception, as PEP 3333 asks of a server.

    Raises whatever the app raises; the app's iterable has been closed then.
    """
    head: list[Any] = []
    written: list[bytes] = []
    sent = False

    def start_response(status: str, headers: HeaderList, exc_info: Any = None) -> Any:
        if exc_info is not None:
            try:
                if sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback refers to this frame: break the cycle
        elif head:
            raise AssertionError("start_response was called a second time without exc_info")
        head[:] = (status, headers)
        return write

    def write(data: bytes) -> None:
        if sent:
            raise AssertionError("write() was called after the application returned its iterable")
        written.append(data)

    app_iter = app(environ, start_response)
    if head and not written:
        sent = True
        return Response(head[0], head[1], app_iter)
    try:
        iterator = iter(app_iter)
        pulled: list[bytes] = []
        while not head:
            try:
                pulled.append(next(iterator))
            except StopIteration:
                break
        if not head:
            raise AssertionError("the application answered without calling start_response")
    except BaseException:
        _close(app_iter)
        raise
    sent = True
    return Response(head[0], head[1], _Chained([*written, *pulled], iterator, app_iter))


class BodyError(Exception):
    """A request body could not be read. The subclass says why; the text is for logs, never for clients."""


class BodyTooLarge(BodyError):
    """The body is longer than the limit."""


class BodyMalformed(BodyError):
    """The framing is wrong: no number in Content-Length, a bad chunk, or the client left in the middle."""


def content_length(environ: WSGIEnvironment) -> int | None:
    """The declared length of the request body in bytes, or None when none is declared.

    Raises :class:`BodyMalformed` for anything but ASCII digits.
    """
    text = environ.get("CONTENT_LENGTH")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BodyMalformed("Content-Length is not a number")
    return int(text.lstrip("0")[:20] or "0")


def is_chunked(environ: WSGIEnvironment) -> bool:
    """Whether the body has no declared length but an end that the server will report."""
    return (
        bool(environ.get("wsgi.input_terminated"))
        or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    )


def is_framing_known(environ: WSGIEnvironment) -> bool:
    """Whether nothing but ``chunked`` is said of how the body was transferred: servers take that off, and
    leave the codings under it, such as ``gzip``, on.
    """
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    return not coding or coding.strip(" \t").lower() == "chunked"


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """Read the request body, at most ``limit`` bytes of it.

    Raises :class:`BodyTooLarge` or :class:`BodyMalformed`. Servers raise errors of their own from
    ``wsgi.input.read()`` (gunicorn has six for chunks alone): all of them mean a malformed request.
    """
    length = content_length(environ)
    if length == 0 or (length is None and not is_chunked(environ)):
        return b""
    if length is not None and length > limit:
        raise BodyTooLarge(f"{length} bytes declared, {limit} allowed")
    wanted = limit + 1 if length is None else length
    parts: list[bytes] = []
    read = environ["wsgi.input"].read
    while wanted > 0:
        try:
            part = read(min(wanted, _CHUNK))
        except BodyError:
            raise
        except Exception as error:
            raise BodyMalformed(f"the server could not read the body: {type(error).__name__}") from error
        if not part:
            break
        parts.append(part)
        wanted -= len(part)
    if length is None and wanted <= 0:
        raise BodyTooLarge(f"more than {limit} bytes")
    if length is not None and wanted:
        raise BodyMalformed(f"the body ended {wanted} bytes before its declared length")
    return b"".join(parts)


def set_body(environ: WSGIEnvironment, body: bytes) -> None:
    """Give ``environ`` a body that has been read or made: input, length, and no other framing."""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("wsgi.input_terminated", None)


class LimitedInput:
    """``wsgi.input`` that raises :class:`BodyTooLarge` once more than ``limit`` bytes have been read."""

    def __init__(self, raw: Any, limit: int) -> None:
        self._raw = raw
        self._left = limit

    def _count(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise BodyTooLarge("the body grew past its limit")
        return data

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; without a size, all that is left within the limit."""
        if size < 0 or size > self._left + 1:
            size = self._left + 1
        return self._count(self._raw.read(size))

    def readline(self, size: int = -1) -> bytes:
        """One line, or the first ``size`` bytes of it."""
        if size < 0 or size > self._left + 1:
            size = self._left + 1
        return self._count(self._raw.readline(size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        """All lines."""
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line
