"""Http: an HTTP backend as an integration, types HTTP and HTTP_PROXY.

Why: most gateways stand before servers of their own. One request goes out and its answer comes back::

    >>> from wsgi_gateway.integrations.http import Http
    >>> app = Http("https://orders.example.com/v1/{id}?source=gateway", http_method="GET", timeout=5)
    >>> app
    <Http https://orders.example.com/v1/{id}>

* Scheme, host and port are fixed when the app is made; nothing in a request can change them. Placeholders are
  filled from the mapped path parameters and can never leave their place in the path; one without a value
  stays as it is written. The URI's own query string comes first, then the request's.
* What is sent is what the environ says: its method, its headers (``HTTP_X_FOO`` as ``X-Foo``), its body with
  one framing of ours. ``Host`` is the endpoint's, or ``environ["wsgi_gateway.mapped_host"]``.
* The target begins with one slash: what the template or a value adds to it is dropped, because some servers
  take ``//host`` for an authority.
* Redirects are not followed, cookies not kept, bodies not decoded, no proxy is used. What fails is not tried
  again but for one case: a connection kept from an earlier request may end just when it is used again. If
  nothing of an answer has come, the verb is GET, HEAD, OPTIONS, PUT or DELETE and the whole body was in
  memory (up to 64 KiB), there is one more try, on a new connection and within the same deadline. So such a
  request may reach a backend twice; any other, once at most.
* ``timeout`` is a deadline for everything, not a limit per read: connecting, sending, and the whole answer.
  Only the time that the client takes to send or to read is not counted, and the lookup of the name is not
  interrupted.
* ``proxy=False`` buffers the answer, so that a broken one is a clean error. ``proxy=True`` reads up to 64 KiB
  before the head goes out, whatever the framing: what ends or breaks within is answered whole or by 502, what
  is longer streams on, without the 10 MB limit of AWS's BUFFERED, and is cut off before the client if it
  breaks then. With ``streams_at_once=True`` (the
  response transfer mode STREAM) the head goes out as soon as it is there, and so does every part. A streamed
  answer has no limit but the deadline.

Answers: 504 ``Endpoint request timed out``; 504 ``Network error communicating with endpoint`` without a way
to the backend or when TLS fails; 500 if it refuses connections or its name does not resolve; 502 for an
answer that is malformed, cut short or, when buffered, above the payload limit. Not confirmed on AWS: the 500,
the 502, and the text of the second 504.

Not for: backends behind an outgoing proxy; VPC links.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import (
    API_CONFIGURATION_ERROR,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.integrations.http_answer import BackendBroken
from wsgi_gateway.integrations.http_backends import ANY_BACKEND
from wsgi_gateway.integrations.http_connection import BackendUnreachable, NetworkFailure
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded
from wsgi_gateway.integrations.http_response import buffered, client_headers, read_ahead, streamed_at_once
from wsgi_gateway.integrations.http_upload import Upload, request_headers
from wsgi_gateway.integrations.path_template import PathTemplate, encode

if TYPE_CHECKING:
    import requests

    from wsgi_gateway.context import Context
    from wsgi_gateway.integrations.http_backends import HttpBackends
    from wsgi_gateway.integrations.http_session import EndpointSession, Reply
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment
    from wsgi_gateway.wsgi import Response

MAPPED_HOST = "wsgi_gateway.mapped_host"
"""Where in the environ a mapped Host header lies."""

LENGTH_IS_OURS = "wsgi_gateway.length_is_ours"
"""Where in the environ it stands that an answer's Content-Length is none of the backend's."""

_URI = re.compile(r"(https?)://([^/?#\\]*)(/[^?#\\]*)?(?:\?([^#]*))?", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"([A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?"
)
_METHOD = re.compile(r"[A-Z]+")
_PORTS = {"http": 80, "https": 443}
_UNFRAMED = frozenset({204, 304})


class Http:
    """An HTTP endpoint as a terminal WSGI app.

    :param uri: ``http`` or ``https`` URL; stage variables have been put in already.
    :param http_method: the verb; None or ``ANY`` takes the request's.
    :param timeout: seconds for the whole exchange.
    :param proxy: whether an answer of more than 64 KiB streams.
    :param streams_at_once: whether every answer streams, beginning with its head.
    :param insecure_skip_verification: whether the chain of the backend's certificate is not checked.
    :param session: a ``requests.Session`` to send through; its ``verify``, ``cert`` and hooks count.
    :param backends: what holds for all backends, see :mod:`wsgi_gateway.integrations.http_backends`.

    Raises ConfigError "Invalid HTTP endpoint specified for URI" for another scheme, user information, a
    placeholder or nothing in the place of the host, a fragment; and for options that cannot work. A URI that
    came out like that only because a stage variable is missing is served by :meth:`unreachable` instead.
    """

    def __init__(
        self,
        uri: str,
        *,
        http_method: str | None = None,
        timeout: float = 29.0,
        proxy: bool = False,
        streams_at_once: bool = False,
        insecure_skip_verification: bool = False,
        session: requests.Session | None = None,
        backends: HttpBackends = ANY_BACKEND,
    ) -> None:
        scheme, authority, path, query = _parts(uri)
        self._origin = f"{scheme}://{authority[0]}"
        self._host, self._port = authority[1:]
        if backends.denies(self._host):
            raise ConfigError(f"the host of the URI is in deny_networks: {self._host}")
        self._denies, self._places = backends.denies, backends.places(self._origin)
        self._template = PathTemplate(path, query)
        self._shown = f"{self._origin}{path}"
        self._method = None if http_method in (None, "ANY") else http_method
        if self._method is not None and not _METHOD.fullmatch(self._method):
            raise ConfigError(f"not an HTTP method: {http_method!r}")
        if not timeout > 0:
            raise ConfigError("a timeout is a positive number of seconds")
        if streams_at_once and not proxy:
            raise ConfigError("only the answer of a proxy can stream")
        self._timeout = timeout
        self._is_proxy = proxy
        self._respond = streamed_at_once if streams_at_once else read_ahead if proxy else buffered
        self._skip_chain = insecure_skip_verification
        self._given_session = session
        self._made: dict[str, EndpointSession] = {}
        if session is not None:
            self._endpoint()

    @staticmethod
    def unreachable() -> WSGIApplication:
        """The app for a URI which a missing stage variable left without a host: always 500 (recorded)."""

        def invalid_endpoint(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            refusal = GatewayError(API_CONFIGURATION_ERROR, reason="Invalid endpoint address")
            return refusal(environ, start_response)

        return invalid_endpoint

    def __repr__(self) -> str:
        return f"<Http {self._shown}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        ctx, places = context_of(environ), self._places
        if places is None:
            answer = self._answer(ctx, environ)
        elif places.acquire(blocking=False):
            try:
                answer = self._answer(ctx, environ)
            finally:
                places.release()
        else:
            reason = f"too many requests wait for {self._origin}"
            answer = GatewayError(INTEGRATION_FAILURE, "Service Unavailable", status=503, reason=reason)
        return answer(environ, start_response)

    def close(self) -> None:
        """Close idle connections."""
        for made in self._made.values():
            made.close()

    def _answer(self, ctx: Context, environ: WSGIEnvironment) -> WSGIApplication:
        try:
            method = self._method or environ["REQUEST_METHOD"]
            reply = self._exchange(ctx, environ, method)
            response = self._received(ctx, method, reply)
            if reply.head.length is None:
                environ[LENGTH_IS_OURS] = True
        except GatewayError as refusal:
            return refusal
        except DeadlineExceeded as error:
            return GatewayError(INTEGRATION_TIMEOUT, reason=str(error))
        except BackendUnreachable as error:
            return GatewayError(INTEGRATION_FAILURE, status=500, reason=str(error))
        except NetworkFailure as error:
            return GatewayError(
                INTEGRATION_FAILURE, "Network error communicating with endpoint", reason=str(error)
            )
        except BackendBroken as error:
            return GatewayError(INTEGRATION_FAILURE, status=502, reason=str(error))
        ctx.integration_status = reply.head.status
        return response

    def _exchange(self, ctx: Context, environ: WSGIEnvironment, method: str) -> Reply:
        target = self._target(ctx, environ)
        host = environ.get(MAPPED_HOST)
        deadline = Deadline(self._timeout)
        upload = Upload(environ, method, ctx.deployment.payload_limit, deadline)
        return self._endpoint().send(method, target, request_headers(environ), host, upload, deadline)

    def _target(self, ctx: Context, environ: WSGIEnvironment) -> str:
        """Path and query string; the URI's own parameters come first."""
        values = ctx.path_parameters if ctx.integration_path is None else ctx.integration_path
        path = self._template.path(values)
        own, more = self._template.query(values), encode(environ.get("QUERY_STRING", ""))
        query = f"{own}&{more}" if own and more else own or more
        return f"{path}?{query}" if query else path

    def _endpoint(self) -> EndpointSession:
        if not self._made:
            from wsgi_gateway.integrations.http_session import EndpointSession

            # Two threads may both come here first: both go on with the same one, and no lock can stay locked
            # in a forked process.
            made = EndpointSession(
                self._origin,
                self._host,
                self._port,
                skip_chain=self._skip_chain,
                session=self._given_session,
                denies=self._denies,
            )
            self._made.setdefault("", made)
        return self._made[""]

    def _received(self, ctx: Context, method: str, reply: Reply) -> Response:
        head = reply.head
        # The answer to a HEAD tells the length of what a GET would have got.
        has_length = head.status not in _UNFRAMED and (method != "HEAD" or ctx.http_method == "HEAD")
        headers = client_headers(head, keep_length=has_length)
        if self._is_proxy:
            # Recorded for HTTP_PROXY; the header itself ends at this connection.
            headers.extend(
                ("x-amzn-Remapped-Connection", value)
                for name, value in head.headers
                if name.lower() == "connection"
            )
        try:
            return self._respond(reply, headers, ctx.deployment.payload_limit)
        except BaseException:
            reply.close()
            raise


def _parts(uri: str) -> tuple[str, tuple[str, str, int], str, str]:
    """Scheme, authority (as written, host, port), path and query string of a URI."""
    match = _URI.fullmatch(uri)
    authority = _AUTHORITY.fullmatch(match[2]) if match else None
    if match is None or authority is None or ".." in authority[1] or not 0 < int(authority[2] or 1) < 65_536:
        raise ConfigError("Invalid HTTP endpoint specified for URI")
    scheme = match[1].lower()
    host, port = authority[1].strip("[]"), int(authority[2] or _PORTS[scheme])
    return scheme, (match[2], host, port), match[3] or "", match[4] or ""
