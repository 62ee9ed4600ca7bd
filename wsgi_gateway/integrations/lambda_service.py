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
* ``timeout`` is for the wait until the answer begins and once more for all of its body, together with up to
  :data:`CONNECT_SECONDS` for connecting: not one deadline, as
  :class:`~wsgi_gateway.integrations.function_url.FunctionUrl` has, since boto3 has none. Its timeouts begin
  anew with every byte of the answer's head; name and credentials are looked up without any of ours.
* No proxy is taken from the environment; who needs one gives a ``client``.
* The answer is strict JSON (:mod:`wsgi_gateway.mapping.documents`) of at most :data:`PAYLOAD_LIMIT` bytes.

Raised are :class:`~wsgi_gateway.functions.FunctionFailed` if the function failed (``X-Amz-Function-Error``),
its own timeout included; :class:`~wsgi_gateway.functions.FunctionTimedOut` if we gave up; and
:class:`~wsgi_gateway.functions.FunctionUnreachable` for everything else, with AWS's error code.

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
from wsgi_gateway.functions import FunctionTimedOut, FunctionUnreachable, event_payload, failure_of
from wsgi_gateway.mapping.documents import strict_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgi_gateway.typing import Clock

PAYLOAD_LIMIT = 6_291_556
"""Bytes of an answer, Lambda's own limit, which it names in its refusals (6 MiB and 100)."""

CONNECT_SECONDS = 3.0
"""How long connecting may take at most."""

CONNECTIONS = 64
"""How many connections a client keeps."""

ANEW_AFTER = 5.0
"""Seconds after which a client without credentials is replaced: on a machine that has just started, they may
come later, and looking for them takes its time."""

_ARN = re.compile(
    r"(arn:aws[a-z-]*:lambda:([a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:function:([A-Za-z0-9_-]{1,64}))"
    r"(?::(\$LATEST(?:\.PUBLISHED)?|[A-Za-z0-9_-]{1,128}))?"
)
_FORM = "arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :VERSION or :ALIAS if there is one"
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_PART = 65_536


def remote_function(text: str) -> Callable[[Any], Any] | None:
    """The function that ``text`` means if it runs elsewhere, else None.

    An ARN (``arn:...``) is a LambdaService, a URL (``http://...``, ``https://...``) a FunctionUrl, both with
    their defaults. Raises ConfigError for ARNs and URLs that cannot be called.
    """
    if text.startswith("arn:"):
        return LambdaService(text)
    if text.lower().startswith(("http://", "https://")):
        from wsgi_gateway.integrations.function_url import FunctionUrl

        return FunctionUrl(text)
    return None


class LambdaService:
    """``LambdaService(arn)``: a function of the event that Lambda runs.

    :param arn: of the function, with a version or alias behind it or without.
    :param endpoint_url: where the service is, for LocalStack and the like; plain http is taken, but whoever
        can change what comes over it decides in the function's place. Default: boto3's.
    :param region: whose signature is made; default the ARN's.
    :param timeout: seconds, see the module.
    :param client: a boto3 client for Lambda, which is used as it is set up: its retries, timeouts and proxies
        count, ``timeout`` only for the body. It remains the caller's to close.
    :param clock: seconds that never go back.

    Safe for threads and forks. Raises ConfigError for what is no such ARN, and for options that cannot work.
    """

    def __init__(
        self,
        arn: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        timeout: float = 29.0,
        client: Any = None,
        clock: Clock = time.monotonic,
    ) -> None:
        match = _ARN.fullmatch(arn)
        if match is None:
            raise ConfigError(f"not the ARN of a Lambda function: write {_FORM}")
        if not 0 < timeout < math.inf:
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
        self._timeout, self._clock = timeout, clock
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
        payload = event_payload(event)
        try:
            client = self._client or self._own_client()
            answer = client.invoke(**self._request, Payload=payload)
            body = self._body(answer)
        except FunctionUnreachable:
            raise
        except Exception as error:  # whatever boto3 raises, there is no answer
            raise self._unreachable(error) from None
        return self._decoded(answer, body)

    def close(self) -> None:
        """Close connections, but not a given client; the function can be called again."""
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
                self._client = _client(self._endpoint_url, self._region, self._timeout)
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
        from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
        from urllib3.exceptions import TimeoutError as BodyTimeout

        if isinstance(error, ConnectTimeoutError):
            return FunctionTimedOut(f"{self.__name__}: no connection in time")
        if isinstance(error, (ReadTimeoutError, BodyTimeout)):
            return FunctionTimedOut(f"{self.__name__}: no answer in {self._timeout} s")
        if isinstance(error, ClientError):
            return FunctionUnreachable(f"{self.__name__}: the service refused with {_code(error.response)}")
        if isinstance(error, NoCredentialsError):
            self._discard()
        return FunctionUnreachable(f"{self.__name__}: {type(error).__name__}")

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


def _client(endpoint_url: str | None, region: str, timeout: float) -> Any:
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        connect_timeout=min(timeout, CONNECT_SECONDS),
        read_timeout=timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        proxies={},
    )
    # A session of its own, for boto3's default one is not safe for threads.
    return Session().client("lambda", region_name=region, endpoint_url=endpoint_url, config=config)


def _code(response: dict[str, Any]) -> str:
    """AWS's error code, unless what is in its place is something else."""
    code = str(response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "no error code"


_ALL: weakref.WeakSet[LambdaService] = weakref.WeakSet()

_INHERITED: list[Any] = []
"""Clients of the parent process. Tidying one away would take locks that may have been held while forking, and
stay so here."""


def _start_all_anew() -> None:
    for service in list(_ALL):
        service._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
