"""LambdaService: a function deployed on AWS Lambda, called by its ARN as if it were a Python function.

Why: an authorizer or a proxy integration need not be moved into this process to be put behind this gateway::

    >>> from wsgi_gateway.integrations.lambda_service import LambdaService
    >>> guard = LambdaService("arn:aws:lambda:eu-west-1:123456789012:function:guard:live")
    >>> guard
    <LambdaService arn:aws:lambda:eu-west-1:123456789012:function:guard:live>

``guard(event)`` invokes it through boto3 and returns its decoded answer. Credentials, profile and endpoint
(``AWS_PROFILE``, ``AWS_ENDPOINT_URL_LAMBDA``, ``AWS_CA_BUNDLE``, ...) are found as boto3 always finds them.
The caller needs ``lambda:InvokeFunction``; there is no role of the API's that would be assumed.

* The client is made with the first call, once per process: a forked worker makes its own. One that has found
  no credentials is replaced by the first call after :data:`ANEW_AFTER` seconds.
* An invocation is tried once. boto3 would call a function that hangs, or is throttled, up to five times,
  which no client waits for and which doubles whatever the function does.
* An integration waits no longer than its own timeout: :meth:`LambdaService.within`.
* ``timeout`` is for the wait until the answer begins and once more for all of its body, together with up to
  :data:`~.lambda_client.CONNECT_SECONDS` for connecting: not one deadline, as
  :class:`~wsgi_gateway.integrations.function_url.FunctionUrl` has, since boto3 has none. Its timeouts begin
  anew with every byte of the answer's head; name and credentials are looked up without any of ours.
* No proxy is taken from the environment; who needs one gives a ``client``.
* The answer is strict JSON (:mod:`wsgi_gateway.mapping.documents`) of at most :data:`PAYLOAD_LIMIT` bytes.

Raised are :class:`~wsgi_gateway.functions.FunctionFailed` if the function failed (``X-Amz-Function-Error``),
its own timeout included; :class:`~wsgi_gateway.functions.FunctionTimedOut` if we gave up;
:class:`~wsgi_gateway.functions.FunctionForbidden` if we may not invoke it; and
:class:`~wsgi_gateway.functions.FunctionUnreachable` for everything else, with AWS's error code.

Beside the answer there are :meth:`LambdaService.start`, which does not wait for one (``Event``), and
:meth:`LambdaService.stream`, which hands it out as it comes (``InvokeWithResponseStream``).

Not for: functions without AWS's API in front of them; FunctionUrl is.
Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import math
import os
import re
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.jwks_sources import checked_url
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import (
    FunctionElsewhere,
    FunctionTimedOut,
    FunctionUnreachable,
    event_payload,
    failure_of,
)
from wsgi_gateway.integrations.lambda_client import lacks_credentials, made_client, no_answer_of
from wsgi_gateway.integrations.lambda_event_stream import EventStreamBody
from wsgi_gateway.integrations.lambda_payload import RESPONSE_LIMIT
from wsgi_gateway.mapping.documents import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgi_gateway.typing import Clock

PAYLOAD_LIMIT = RESPONSE_LIMIT
"""Bytes of an answer."""

TIMEOUT = 29.0
"""Seconds, where neither a function nor an integration says otherwise."""

ANEW_AFTER = 5.0
"""Seconds after which a client without credentials is replaced: on a machine that has just started, they may
come later, and looking for them takes its time."""

_ARN = re.compile(
    r"(arn:aws[a-z-]*:lambda:([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:function:([A-Za-z0-9_-]{1,64}))"
    r"(?::(\$LATEST(?:\.PUBLISHED)?|[A-Za-z0-9_-]{1,128}))?"
)
_FORM = "arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS if there is one"
_PART = 65_536


def remote_function(text: str, endpoint_url: str | None = None) -> Callable[[Any], Any] | None:
    """The function that ``text`` means if it runs elsewhere, else None.

    An ARN (``arn:...``) is a LambdaService, at ``endpoint_url`` if there is one; a URL (``http://...``,
    ``https://...``) is a FunctionUrl. Raises ConfigError for ARNs and URLs that cannot be called.
    """
    if text.startswith("arn:"):
        return LambdaService(text, endpoint_url=endpoint_url)
    if text.lower().startswith(("http://", "https://")):
        from wsgi_gateway.integrations.function_url import FunctionUrl

        return FunctionUrl(text)
    return None


class LambdaService(FunctionElsewhere):
    """``LambdaService(arn)``: a function of the event that Lambda runs.

    :param arn: of the function, with a version or alias behind it or without.
    :param endpoint_url: where the service is, for LocalStack and the like; plain http is taken, but whoever
        can change what comes over it decides in the function's place. Default: boto3's.
    :param region: whose signature is made; default the ARN's.
    :param timeout: seconds, see the module; default :data:`TIMEOUT`, or what an integration has.
    :param client: a boto3 client for Lambda, which is used as it is set up: its retries, timeouts and proxies
        count, ``timeout`` only for the body. It remains the caller's to close.
    :param clock: seconds that never go back.

    Safe for threads and forks. Raises ConfigError for what is no such ARN, and for options that cannot work.
    """

    can_start = True
    can_stream = True

    def __init__(
        self,
        arn: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        timeout: float | None = None,
        client: Any = None,
        clock: Clock = time.monotonic,
    ) -> None:
        match = _ARN.fullmatch(arn)
        if match is None:
            raise ConfigError(f"not the ARN of a Lambda function: write {_FORM}")
        if timeout is not None and not 0 < timeout < math.inf:
            raise ConfigError("a timeout is a positive number of seconds")
        if endpoint_url is not None:
            checked_url(endpoint_url, "endpoint_url of a Lambda function", allow_http=True)
        if client is not None and (endpoint_url is not None or region is not None):
            raise ConfigError("a client has its endpoint_url and region already: give either")
        self.__name__ = match[3]
        self._arn = arn
        self._request = {"FunctionName": match[1], "InvocationType": "RequestResponse"}
        if match[4]:
            self._request["Qualifier"] = match[4]
        self._endpoint_url, self._region = endpoint_url, region or match[2]
        self._own_timeout, self._clock = timeout, clock
        self._timeout = TIMEOUT if timeout is None else timeout
        self._within: dict[float, LambdaService] = {}
        self._given, self._client = client, client
        self._made_at = 0.0
        self._lock = threading.Lock()
        _ALL.add(self)

    def __repr__(self) -> str:
        return f"<LambdaService {self._arn}>"

    def __call__(self, event: Any) -> Any:
        """What the function answers, decoded.

        Raises FunctionFailed, FunctionTimedOut, FunctionUnreachable; TypeError or ValueError for an event
        that JSON cannot carry.
        """
        return self._invoke(event_payload(event))[1]

    def within(self, seconds: float) -> LambdaService:
        """The same function, invoked by a client with other timeouts; the same one for the same seconds."""
        timeout = seconds if self._own_timeout is None else min(seconds, self._own_timeout)
        if timeout == self._timeout:
            return self
        if timeout not in self._within:
            given: dict[str, Any] = {"client": self._given}
            if self._given is None:
                given = {"endpoint_url": self._endpoint_url, "region": self._region}
            self._within[timeout] = LambdaService(self._arn, timeout=timeout, clock=self._clock, **given)
        return self._within[timeout]

    def answer(self, payload: bytes) -> bytes:
        """What the function answers, as it came. Raises what calling it raises."""
        return self._invoke(payload)[0]

    def start(self, payload: bytes) -> None:
        """Have Lambda invoke the function without waiting for it (``Event``). Raises FunctionTimedOut,
        FunctionForbidden, FunctionUnreachable.
        """
        request = {**self._request, "InvocationType": "Event"}
        # Read, though there is nothing in it: only then can the connection be used again.
        answer, _ = self._called("invoke", request, payload, self._body)
        if answer.get("StatusCode") != 202:
            raise FunctionUnreachable(f"{self.__name__}: the status is {answer.get('StatusCode')}")

    def stream(self, payload: bytes) -> EventStreamBody:
        """What the function answers, as it comes. Raises FunctionTimedOut, FunctionForbidden,
        FunctionUnreachable; its iteration these and FunctionFailed.
        """
        answer, status = self._called("invoke_with_response_stream", self._request, payload, _status)
        body = EventStreamBody(answer["EventStream"], self.__name__, self._unreachable)
        if status != 200:
            body.close()
            raise FunctionUnreachable(f"{self.__name__}: the status is {status}")
        return body

    def _invoke(self, payload: bytes) -> tuple[bytes, Any]:
        answer, body = self._called("invoke", self._request, payload, self._body)
        return body, self._decoded(answer, body)

    def _called(
        self, operation: str, request: dict[str, str], payload: bytes, read: Callable[[Any], Any]
    ) -> tuple[Any, Any]:
        try:
            client = self._client or self._own_client()
            answer = getattr(client, operation)(**request, Payload=payload)
            return answer, read(answer)
        except FunctionUnreachable:
            raise
        except Exception as error:  # whatever boto3 raises, there is no answer
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Close connections, but not a given client; the function can be called again."""
        for twin in list(self._within.values()):
            twin.close()
        if self._given is not None:
            return
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _own_client(self) -> Any:
        lock = self._lock
        if not lock.acquire(timeout=self._timeout):
            raise FunctionTimedOut(f"{self.__name__}: boto3's client is not ready in time")
        try:
            if self._client is None and self._given is not None:
                self._given.close()  # of connections that the parent process goes on using
                self._client = self._given
            elif self._client is None:
                self._client = made_client(self._endpoint_url, self._region, self._timeout)
                self._made_at = self._clock()
            return self._client
        finally:
            lock.release()

    def _body(self, answer: dict[str, Any]) -> bytes:
        end = self._clock() + self._timeout
        body = bytearray()
        with answer["Payload"] as raw:
            # read() waits until it has all it was asked for, however slowly that drips.
            read = getattr(raw, "read1", raw.read)
            while part := read(_PART):
                body += part
                if len(body) > PAYLOAD_LIMIT:
                    raise FunctionUnreachable(
                        f"{self.__name__}: more than {PAYLOAD_LIMIT} bytes of an answer"
                    )
                if self._clock() > end:
                    raise FunctionTimedOut(f"{self.__name__}: the answer does not end in time")
        # boto3 looks at the length only where it reads by itself.
        length = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-length")
        if length is not None and int(length) != len(body):
            raise FunctionUnreachable(f"{self.__name__}: the answer is cut short")
        return bytes(body)

    def _decoded(self, answer: dict[str, Any], body: bytes) -> Any:
        try:
            document, is_json = strict_json(body), True
        except ValueError:
            document, is_json = None, False
        if answer.get("FunctionError") is not None:
            raise failure_of(document)
        if answer.get("StatusCode") != 200:
            raise FunctionUnreachable(f"{self.__name__}: the status is {answer.get('StatusCode')}")
        if not is_json:
            raise FunctionUnreachable(f"{self.__name__}: the answer is not strict JSON")
        return document

    def _unreachable(self, error: Exception) -> FunctionUnreachable:
        if lacks_credentials(error):
            self._discard()
        return no_answer_of(error, self.__name__, self._timeout)

    def _discard(self) -> None:
        with self._lock:
            if self._given is None and self._clock() - self._made_at >= ANEW_AFTER:
                self._client = None

    def _start_anew(self) -> None:
        """In a forked process: nothing of the parent's is used, and nothing that it may have locked."""
        self._lock = threading.Lock()
        if self._client is not None and self._client is not self._given:
            _INHERITED.append(self._client)
        self._client = None


def _status(answer: dict[str, Any]) -> Any:
    return answer.get("StatusCode")


_ALL: weakref.WeakSet[LambdaService] = weakref.WeakSet()

_INHERITED: list[Any] = []
"""Clients of the parent process. Tidying one away would take locks that may have been held while forking, and
stay so here."""


def _start_all_anew() -> None:
    for service in list(_ALL):
        service._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
