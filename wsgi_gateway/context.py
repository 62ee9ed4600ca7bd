"""Context: what one request knows, AWS's ``$context``.

Stages never know each other; they meet here. One Context is made per request by the outermost stage (or by
``Gateway``, which always starts a fresh one, so gateways nest) and lies in the environ under
``wsgi_gateway.context``. A wrapped app may read it there::

    environ["wsgi_gateway.context"].authorizer["principalId"]

What costs something is worked out on first use. The names that templates read are in
:mod:`wsgi_gateway.variables`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from wsgi_gateway import identifiers, wsgi
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError
from wsgi_gateway.forwarded import source_ip
from wsgi_gateway.identifiers import partition_of

if TYPE_CHECKING:
    from wsgi_gateway.trace import Trace
    from wsgi_gateway.typing import Responder, WSGIEnvironment

PAYLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes of a request or buffered response body, AWS's 10 MB."""

DROPPED_ON_ARRIVAL = frozenset(
    "connection content-length content-md5 expect max-forwards proxy-authenticate server te "
    "transfer-encoding trailer upgrade www-authenticate".split()
)
"""Request headers that nothing behind the front door sees (recorded on AWS, 2024-2025)."""

_SEGMENT_SAFE = "!$&'()*+,;=:@-._~"
_PATH_SAFE = "/" + _SEGMENT_SAFE
_CANONICAL = re.compile(r"[A-Za-z0-9/!$&'()*+,;=:@\-._~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is the same for every request of one gateway: identifiers, stage variables, and how many proxies
    of one's own stand in front of the server.
    """

    api_id: str = "local"
    account_id: str = "123456789012"
    region: str = "us-east-1"
    stage: str = "default"
    deployment_id: str = "local"
    stage_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    payload_limit: int = PAYLOAD_LIMIT
    trusted_proxies: int = 0
    execute_api_arn: str = field(init=False)
    """``arn:aws:execute-api:{region}:{account}:{api}/{stage}``, to which method ARNs append."""

    def __post_init__(self) -> None:
        where = f"{partition_of(self.region)}:execute-api:{self.region}:{self.account_id}"
        arn = f"arn:{where}:{self.api_id}/{self.stage}"
        object.__setattr__(self, "execute_api_arn", arn)


ALONE = Deployment()
"""The deployment of a stage used without a Gateway."""


class HeaderMap(dict[str, str]):
    """Request headers by ``Title-Case`` name, as :func:`request_headers` gives them; look-ups ignore case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.title())

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value, or ``default``."""
        return super().get(name.title(), default) if isinstance(name, str) else default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.title())


class Context:
    """One request. Attributes are set by the stage that learns them; until then they are ``None`` or
    empty.
    """

    __slots__ = (
        "_body",
        "_client",
        "_extended_request_id",
        "_headers",
        "_query",
        "_request_id",
        "_trace_id",
        "api_key",
        "api_key_id",
        "authorizer",
        "client_method",
        "deployment",
        "environ",
        "error",
        "http_method",
        "identity",
        "integration_path",
        "integration_status",
        "is_canary_request",
        "path",
        "path_parameters",
        "rate_limits",
        "request_override",
        "request_time",
        "resource_id",
        "resource_path",
        "responder",
        "response_override",
        "stage_variables",
        "trace",
    )

    def __init__(self, environ: WSGIEnvironment, deployment: Deployment = ALONE) -> None:
        self.environ: WSGIEnvironment = environ
        """The environ which the next stage gets; a stage that reshapes the request puts a new one here."""
        self.deployment = deployment
        """Identifiers and stage variables of the gateway."""
        self.stage_variables: Mapping[str, str] = deployment.stage_variables
        """``$stageVariables`` of this request (a canary has its own)."""
        self.request_time: float = time.time()
        """Arrival, seconds since the epoch."""
        self.client_method: str = environ["REQUEST_METHOD"]
        """The method on the wire, which decides whether the answer may have a body."""
        self.http_method: str = self.client_method
        """The method routed on, after ``X-HTTP-Method-Override``."""
        self.path: str | None = None
        """The path as routed on: percent-encoded as sent, below SCRIPT_NAME; see :func:`request_path`."""
        self.path_parameters: Mapping[str, str] = {}
        """Path parameters by name, never percent-decoded. Set by the router."""
        self.resource_path: str | None = None
        """The matched resource's template, such as ``/pets/{id}``."""
        self.resource_id: str | None = None
        """An identifier of that resource."""
        self.authorizer: dict[str, Any] | None = None
        """``$context.authorizer``: principalId, the authorizer's context, or claims."""
        self.identity: Mapping[str, str | None] = {}
        """``$context.identity`` of a caller who signed the request, by AWS's names."""
        self.api_key: str | None = None
        """The API key's value, once it was admitted."""
        self.api_key_id: str | None = None
        """The API key's id, once it was admitted."""
        self.rate_limits: Any = None  # see wsgi_gateway.usage.rate_limit
        self.is_canary_request: bool | None = None
        """Whether the canary answers; None on a stage without canary settings."""
        self.request_override: dict[str, Any] | None = None
        """``$context.requestOverride``, once a template was rendered."""
        self.response_override: dict[str, Any] | None = None
        """``$context.responseOverride``, once a template was rendered."""
        self.integration_path: Mapping[str, str] | None = None
        """``integration.request.path.*`` as mapped; None when no IntegrationRequest ran."""
        self.integration_status: int | None = None
        """The status with which the integration answered, before it was mapped."""
        self.error: GatewayError | None = None
        """The refusal with which this request was answered; response mappers leave such an answer alone."""
        self.responder: Responder | None = None
        """How refusals are rendered; ``GatewayResponses`` puts it here."""
        self.trace: Trace | None = None
        """The one trace, when tracing is on."""
        self._client: WSGIEnvironment | None = None
        self._request_id: str | None = None
        self._extended_request_id: str | None = None
        self._trace_id: str | None = None
        self._forget()

    def _forget(self) -> None:
        """What was read from the client's environ, to be read on first use."""
        self._headers: HeaderMap | None = None
        self._query: list[tuple[str, str]] | None = None
        self._body: bytes | None = None

    @property
    def client(self) -> WSGIEnvironment:
        """The environ as the client's request left it: what headers, query and variables are read from, on
        the way back too, when ``environ`` is the integration's.
        """
        return self.environ if self._client is None else self._client

    def reshape(self, environ: WSGIEnvironment) -> None:
        """Go on with an environ made for the integration; the client's stays readable."""
        if self._client is None:
            self._client = self.environ
        self.environ = environ

    @property
    def request_id(self) -> str:
        """``$context.requestId``: the client's ``x-amzn-RequestId`` if that is a UUID (documented), else a
        new one.
        """
        if self._request_id is None:
            self._request_id, self._extended_request_id = identifiers.request_ids()
            given = self.client.get("HTTP_X_AMZN_REQUESTID")
            if given:
                self._request_id = identifiers.as_uuid(given) or self._request_id
        return self._request_id

    @property
    def extended_request_id(self) -> str:
        """``$context.extendedRequestId``, the ``x-amz-apigw-id``; a client cannot choose it."""
        if self._extended_request_id is None:
            _ = self.request_id
        return self._extended_request_id  # type: ignore[return-value]

    @property
    def trace_id(self) -> str:
        """The ``X-Amzn-Trace-Id`` sent to backends."""
        if self._trace_id is None:
            given = self.client.get("HTTP_X_AMZN_TRACE_ID", "")
            self._trace_id = identifiers.trace_id(given, self.request_time)
        return self._trace_id

    @property
    def source_ip(self) -> str | None:
        """``$context.identity.sourceIp``: who connected, as far as that can be believed; None if unknown."""
        return source_ip(self.client, self.deployment.trusted_proxies)

    def header(self, name: str) -> str | None:
        """A request header's value; repeated ones come comma-joined, as WSGI has them."""
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            return self.client.get(key) or None
        return self.client.get("HTTP_" + key)

    @property
    def headers(self) -> HeaderMap:
        """The request's headers, without those that AWS drops on arrival."""
        if self._headers is None:
            self._headers = HeaderMap(request_headers(self.client))
        return self._headers

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query string as decoded ``(name, value)`` pairs, in order; ``+`` is a blank."""
        if self._query is None:
            text = self.client.get("QUERY_STRING", "")
            self._query = parse_qsl(text, keep_blank_values=True, errors="replace") if text else []
        return self._query

    @property
    def query_parameters(self) -> dict[str, str]:
        """Query parameters by name; of a repeated one the last value, as recorded on AWS."""
        return dict(self.query)

    def body(self) -> bytes:
        """The whole request body; the environ is left with a fresh, readable copy.

        Raises GatewayError: 413 above the payload limit, 400 when the client's framing is wrong.
        """
        if self._body is None:
            try:
                self._body = wsgi.read_body(self.environ, self.deployment.payload_limit)
            except wsgi.BodyTooLarge as error:
                raise GatewayError(REQUEST_TOO_LARGE, reason=str(error)) from error
            except wsgi.BodyMalformed as error:
                raise GatewayError(DEFAULT_4XX, reason=str(error)) from error
            wsgi.set_body(self.environ, self._body)
        return self._body

    def body_text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD, as recorded on AWS."""
        return self.body().decode("utf-8", "replace")

    @property
    def method_arn(self) -> str:
        """``arn:aws:execute-api:...:{api}/{stage}/{VERB}/{path}`` with the concrete path, as policies name
        it.

        The path is :func:`canonical_path`'s, and ends with a slash if it was asked for with one.
        """
        path = self.path if self.path is not None else request_path(self.client)
        arn = f"{self.deployment.execute_api_arn}/{self.http_method}/{canonical_path(path)}"
        return arn + "/" if path[-1:] == "/" and arn[-1] != "/" else arn


def context_of(environ: WSGIEnvironment) -> Context:
    """The request's Context: the one in the environ, or a fresh one, which is put there."""
    context: Context | None = environ.get(CONTEXT_KEY)
    if context is None:
        context = environ[CONTEXT_KEY] = Context(environ)
    else:
        context.environ = environ
    return context


def request_headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """``(Title-Case name, value)`` of every request header but those dropped on arrival."""
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key[5:].replace("_", "-").title()
            if name.lower() not in DROPPED_ON_ARRIVAL:
                yield name, wsgi.header_value(value)
        elif key == "CONTENT_TYPE" and value:
            yield "Content-Type", value


def request_path(environ: WSGIEnvironment) -> str:
    """The path below SCRIPT_NAME, percent-encoded as the client sent it, always beginning with ``/``.

    PATH_INFO is decoded and has lost ``%2F``; servers keep the raw target in RAW_URI or REQUEST_URI. The
    raw one is believed only if it decodes to SCRIPT_NAME + PATH_INFO, because that is what the wrapped app
    will dispatch on: a route decided on another path than the app's would be a way around its authorizer.
    """
    script_name: str = environ.get("SCRIPT_NAME", "")
    path_info: str = environ.get("PATH_INFO", "")
    target: str | None = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target:
        raw = target.partition("?")[0].partition("#")[0]
        if not script_name and raw == path_info and "%" not in raw and raw.isascii():
            return raw if raw[:1] == "/" else "/" + raw
        if raw[:4].lower() == "http" and "://" in raw[:8]:
            raw = "/" + raw.split("://", 1)[1].partition("/")[2]
        if unquote_to_bytes(raw).decode("latin-1") == script_name + path_info:
            below = _below(raw, script_name)
            if below is not None:
                return below if below[:1] == "/" else "/" + below
    encoded = quote(path_info, safe=_PATH_SAFE, encoding="latin-1")
    return encoded if encoded[:1] == "/" else "/" + encoded


def canonical_path(path: str) -> str:
    """One spelling for all that a server takes for one path: no empty segments, no escape without need.

    ``%2F`` stays, because it separates nothing.
    """
    path = path.strip("/")
    if "//" not in path and _CANONICAL.fullmatch(path):
        return path
    parts = (unquote_to_bytes(part.encode("latin-1")) for part in path.split("/") if part)
    return "/".join(quote(part, safe=_SEGMENT_SAFE) for part in parts)


def _below(raw: str, script_name: str) -> str | None:
    """What follows the encoded form of SCRIPT_NAME in the raw path; None if no cut gives exactly that."""
    if not script_name:
        return raw
    # A character takes three at the most, so no later cut can match.
    for end in range(len(script_name), min(len(raw), 3 * len(script_name)) + 1):
        if raw[end : end + 1] in ("", "/") and unquote_to_bytes(raw[:end]).decode("latin-1") == script_name:
            return raw[end:]
    return None
