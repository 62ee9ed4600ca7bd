"""The parts of a streamed answer: its head taken off, its pace watched, and closed once.

Lambda's form is a JSON object, eight NUL bytes, and the body::

    b'{"statusCode":200}' + bytes(8) + b"the body"

Parts may be cut anywhere, in the middle of the NULs too.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from wsgi_gateway.functions import FunctionTimedOut
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer
from wsgi_gateway.integrations.lambda_failure import log_failure
from wsgi_gateway.mapping.documents import strict_json

HEAD_LIMIT = 16 * 1024
"""Bytes within which the object and the NULs have to lie."""

DELIMITER = bytes(8)
"""What stands between the object and the body."""

LONGEST = 900.0
"""Seconds that a streamed answer may take."""

MOST_IDLE = 300.0
"""Seconds that one of its parts may be waited for."""


class StreamBroken(Exception):
    """A streamed answer cannot go on: the connection is cut, because its head has been sent."""


class Parts:
    """The bytes of an answer as the function makes them. Iterate them once; ``close()`` at any time.

    ``name``: the function's, for logs. ``timeout``: seconds until :meth:`begin`. ``clock``: seconds that
    never go back.
    """

    def __init__(self, name: str, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._timeout = timeout
        self._started_at = clock()
        self._has_begun = False
        self._source: Any = None
        self._iterator: Iterator[Any] = iter(())
        self._unread = b""

    def take(self, source: Any) -> None:
        """Go on with ``source``: bytes, text, an iterable of bytes, or None. Raises MalformedAnswer."""
        if isinstance(source, str):
            source = source.encode("utf-8", "replace")
        if isinstance(source, bytes | bytearray | memoryview) or source is None:
            source = [bytes(source or b"")]
        elif isinstance(source, dict) or not hasattr(source, "__iter__"):
            raise MalformedAnswer(f"a {type(source).__name__} where bytes are to come from")
        self._source = source
        self._iterator = iter(source)

    def begin(self) -> None:
        """The head is about to be sent: from here on a failure is a cut."""
        self._has_begun = True

    def unread(self, data: bytes) -> None:
        """Hand out ``data`` before the rest."""
        self._unread = data

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        if not self._has_begun:
            return self._next()
        try:
            return self._next()
        except StopIteration:
            raise
        except (Exception, SystemExit) as error:
            self.close()
            if not isinstance(error, StreamBroken):
                log_failure(self._name, error)
            # What the function said may hold anything, and servers log what an app raises.
            raise StreamBroken(f"the answer of {self._name} broke off") from None

    def close(self) -> None:
        """Tell the function's iterable that nobody reads on; once, and whatever it raises then is logged."""
        source, self._source = self._source, None
        self._iterator, self._unread = iter(()), b""
        close = getattr(source, "close", None)
        if close is not None:
            try:
                close()
            except Exception as error:
                log_failure(self._name, error)

    def _next(self) -> bytes:
        """The next part that has bytes, in time."""
        while True:
            asked_at = self._clock()
            part = next(self._iterator)
            self._check_pace(asked_at)
            if not isinstance(part, bytes | bytearray | memoryview):
                raise MalformedAnswer(f"a {type(part).__name__} among the parts, which are bytes")
            if part:
                return bytes(part)

    def _check_pace(self, asked_at: float) -> None:
        now = self._clock()
        if not self._has_begun and now - self._started_at > self._timeout:
            raise FunctionTimedOut(f"{self._name}: no head in {self._timeout} s")
        if now - asked_at > MOST_IDLE or now - self._started_at > LONGEST:
            raise FunctionTimedOut(f"{self._name}: the answer takes too long")


def metadata(parts: Parts) -> dict[str, Any]:
    """Take the object off an answer in Lambda's form. Raises MalformedAnswer."""
    head = bytearray()
    while (end := head.find(DELIMITER, 0, HEAD_LIMIT)) < 0:
        if len(head) >= HEAD_LIMIT:
            raise MalformedAnswer(f"no eight NUL bytes within {HEAD_LIMIT} bytes")
        part = next(parts, None)
        if part is None:
            raise MalformedAnswer("it ends before its eight NUL bytes")
        head += part
    parts.unread(bytes(head[end + len(DELIMITER) :]))
    try:
        members = strict_json(bytes(head[:end]))
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise MalformedAnswer("what stands before the eight NUL bytes is no JSON object")
    return members
