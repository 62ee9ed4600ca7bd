"""FunctionUrl: a function behind an HTTP URL, called as if it were a Python function.

Why: who decides about callers may be a service of its own, in any language::

    >>> from wsgi_gateway.integrations.function_url import FunctionUrl
    >>> guard = FunctionUrl("https://auth.internal/decide", headers={"X-Api-Key": "..."}, timeout=5)
    >>> guard
    <FunctionUrl https://auth.internal>

``guard(event)`` posts the event as JSON:

=========================================  ===========================================================
200 with strict JSON                       is the function's answer
200 with Lambda's error document           raises FunctionFailed with its ``errorMessage``
any status, ``X-Amz-Function-Error`` set   the same
200 ``Task timed out after 3.00 seconds``  raises FunctionFailed with that text
401                                        raises FunctionFailed ``Unauthorized``
500                                        raises FunctionFailed without a text
any other status; anything else            raises FunctionUnreachable
no answer within ``timeout`` seconds       raises FunctionTimedOut
=========================================  ===========================================================

The error document is an object with an ``errorMessage`` and nothing but what Lambda's runtimes put beside it:
this and the sentence about the timeout are how AWS's runtime interface emulator
(``http://localhost:9000/2015-03-31/functions/function/invocations``) tells of failures, without a header.

The deadline is for everything together, the integration's own timeout included, however slowly an answer
drips; only the lookup of the name is not interrupted. One try, on a connection that is kept: a server that
closes it at the very moment it is used again fails that call, because nobody can tell whether the call was
served. No redirect is followed, no proxy and no password taken from the environment, and at most
:data:`ANSWER_LIMIT` bytes are read.

Plain ``http`` is for this machine, unless ``allow_http`` says otherwise: whoever can change what comes over
it decides in the function's place. Logs and errors name scheme and host, and nothing else of the URL.

Not for: functions of AWS Lambda, which want signed requests:
:class:`~wsgi_gateway.integrations.lambda_service.LambdaService`; backends: :class:`.Http`.
Source: https://docs.aws.amazon.com/lambda/latest/dg/images-test.html
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.jwks_sources import checked_url
from wsgi_gateway.errors import ConfigError, GatewayError
from wsgi_gateway.functions import (
    FunctionElsewhere,
    FunctionFailed,
    FunctionTimedOut,
    FunctionUnreachable,
    event_payload,
    failure_of,
)
from wsgi_gateway.integrations.http_answer import BackendBroken, Head
from wsgi_gateway.integrations.http_connection import BackendUnreachable, NetworkFailure
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded
from wsgi_gateway.integrations.http_upload import NOT_SENT, Upload, request_head
from wsgi_gateway.integrations.lambda_service import PAYLOAD_LIMIT
from wsgi_gateway.mapping.documents import strict_json

if TYPE_CHECKING:
    import requests

    from wsgi_gateway.typing import HeaderList

ANSWER_LIMIT = PAYLOAD_LIMIT
"""Bytes of an answer, as Lambda has it."""

_OURS = [
    ("Content-Type", "application/json"),
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
]
_RESERVED = NOT_SENT | {"accept", "accept-encoding", "trailer", "upgrade"}
_ERROR_MEMBERS = frozenset({"errorMessage", "errorType", "stackTrace", "trace", "cause", "requestId"})
_TIMED_OUT = re.compile(rb"Task timed out after [0-9]{1,9}\.[0-9]{2} seconds")


class FunctionUrl(FunctionElsewhere):
    """``FunctionUrl(url)``: a function of the event that the URL answers.

    :param url: with a path and query string as they are to be sent; no user information.
    :param timeout: seconds for everything together.
    :param headers: further headers, the same for every call, such as a key of the service; never shown.
    :param allow_http: whether plain http may go to another machine.
    :param session: a ``requests.Session`` whose ``verify`` (a private authority), ``cert`` and hooks count.

    Safe for threads and forks. Raises ConfigError for a URL that may not be called, for headers that are ours
    to set or that HTTP cannot carry, and for a session that does not verify certificates.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 29.0,
        headers: Mapping[str, str] | None = None,
        allow_http: bool = False,
        session: requests.Session | None = None,
    ) -> None:
        from wsgi_gateway.integrations.http_session import EndpointSession

        parts = checked_url(url, "the URL of a function", allow_http=allow_http)
        if parts.port == 0:
            raise ConfigError("the URL of a function has the port 0")
        if not 0 < timeout < math.inf:
            raise ConfigError("a timeout is a positive number of seconds")
        self._origin = self.__name__ = f"{parts.scheme}://{parts.netloc}"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout = timeout
        self._headers = _checked_headers(headers or {})
        port = parts.port or (443 if parts.scheme == "https" else 80)
        # Made now, because what it imports and reads takes time that is not to be the first caller's.
        self._session = EndpointSession(
            self._origin,
            str(parts.hostname),
            port,
            skip_chain=False,
            session=session,
            denies=lambda address: False,
        )

    def __repr__(self) -> str:
        return f"<FunctionUrl {self._origin}>"

    def __call__(self, event: Any) -> Any:
        """What the function answers, decoded.

        Raises FunctionFailed, FunctionTimedOut, FunctionUnreachable; TypeError or ValueError for an event
        that JSON cannot carry.
        """
        return self._invoke(event_payload(event))[1]

    def within(self, seconds: float) -> FunctionUrl:
        """The same function over the same connections, given up after so long."""
        twin = copy.copy(self)
        twin._timeout = min(self._timeout, seconds)
        return twin

    def answer(self, payload: bytes) -> bytes:
        """What the function answers, as it came. Raises what calling it raises."""
        return self._invoke(payload)[0]

    def _invoke(self, payload: bytes) -> tuple[bytes, Any]:
        head, body = self._exchange(payload)
        if any(name.lower() == "x-amz-function-error" for name, _ in head.headers):
            raise failure_of(_parsed(body))
        if head.status == 401:
            raise FunctionFailed("Unauthorized")
        if head.status == 500:
            raise FunctionFailed
        if head.status != 200:
            raise FunctionUnreachable(f"{self._origin}: the status is {head.status}")
        return body, self._decoded(body)

    def close(self) -> None:
        """Close idle connections; the function can be called again."""
        self._session.close()

    def _exchange(self, payload: bytes) -> tuple[Head, bytes]:
        deadline = Deadline(self._timeout)
        body = {"wsgi.input": BytesIO(payload), "CONTENT_LENGTH": str(len(payload))}
        try:
            upload = Upload(body, "POST", len(payload), deadline)
            reply = self._session.send("POST", self._target, self._headers, None, upload, deadline)
            try:
                # Also if only the status counts: else every refused caller would cost a new connection.
                return reply.head, self._whole(reply)
            finally:
                reply.close()
        except DeadlineExceeded:
            raise FunctionTimedOut(f"{self._origin}: no answer in {self._timeout} s") from None
        except (BackendBroken, BackendUnreachable, NetworkFailure, GatewayError) as error:
            raise FunctionUnreachable(f"{self._origin}: {type(error).__name__}: {error}") from None

    def _whole(self, parts: Iterable[bytes]) -> bytes:
        body = bytearray()
        for part in parts:
            body += part
            if len(body) > ANSWER_LIMIT:
                raise FunctionUnreachable(f"{self._origin}: the answer has more than {ANSWER_LIMIT} bytes")
        return bytes(body)

    def _decoded(self, body: bytes) -> Any:
        if _TIMED_OUT.fullmatch(body):
            raise FunctionFailed(body.decode("ascii"), "Sandbox.Timedout")
        try:
            document = strict_json(body)
        except ValueError:
            raise FunctionUnreachable(f"{self._origin}: the answer is not strict JSON") from None
        if isinstance(document, dict) and "errorMessage" in document and document.keys() <= _ERROR_MEMBERS:
            raise failure_of(document)
        return document


def _parsed(body: bytes) -> Any:
    try:
        return strict_json(body)
    except ValueError:
        return None


def _checked_headers(headers: Mapping[str, str]) -> HeaderList:
    """Ours and these. Raises ConfigError, which never repeats a value."""
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ConfigError("the headers of a function's URL are text")
        if name.lower() in _RESERVED:
            raise ConfigError(f"the header {name!r} of a function's URL is not to be set")
    checked = [*_OURS, *headers.items()]
    try:
        request_head("POST", "/", "host", checked, "")
    except GatewayError as error:
        raise ConfigError(f"the headers of a function's URL: {error.reason}") from None
    return checked
