"""Context: what one request knows, AWS's ``$context``.

Stages never know each other; they meet here. One Context is made per request by the outermost stage (or by
``Gateway``, which always starts a fresh one, so gateways nest) and lies in the environ under
``wsgi_gateway.context``. A wrapped app may read it there::

    environ["wsgi_gateway.context"].authorizer["principalId"]

Everything that costs something (headers, query string, identifiers, body) is worked out on first use.

:func:`variable` compiles the name of a ``$context`` variable into a function of the Context; names are AWS's:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import getrandbits
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from wsgi_gateway import wsgi
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError

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

_PATH_SAFE = "/!$&'()*+,;=:@-._~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is the same for every request of one gateway: identifiers and stage variables."""

    api_id: str = "local"
    account_id: str = "123456789012"
    region: str = "us-east-1"
    stage: str = "default"
    deployment_id: str = "local"
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    payload_limit: int = PAYLOAD_LIMIT

    @property
    def execute_api_arn(self) -> str:
        """``arn:aws:execute-api:{region}:{account}:{api}/{stage}``, to which method ARNs append."""
        return f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.api_id}/{self.stage}"


ALONE = Deployment()
"""The deployment of a stage used without a Gateway."""


class HeaderMap(dict[str, str]):
    """Request headers by name, as ``Title-Case``; WSGI has lost the client's case, so look-ups ignore it."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.title())

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value, or ``default``."""
        return super().get(name.title(), default) if isinstance(name, str) else default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.title())


class Context:
    """One request. Attributes are set by the stage that learns them; until then they are ``None`` or empty."""

    __slots__ = (
        "_body",
        "_extended_request_id",
        "_headers",
        "_query",
        "_request_id",
        "api_key",
        "api_key_id",
        "authorizer",
        "deployment",
        "environ",
        "error",
        "http_method",
        "integration_path",
        "integration_status",
        "is_canary_request",
        "path",
        "path_parameters",
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
        self.http_method: str = environ["REQUEST_METHOD"]
        """The method routed on, after ``X-HTTP-Method-Override``."""
        self.path: str | None = None
        """The request's path as routed on: percent-encoded as sent, below SCRIPT_NAME. See :func:`request_path`."""
        self.path_parameters: Mapping[str, str] = {}
        """Path parameters by name, never percent-decoded. Set by the router."""
        self.resource_path: str | None = None
        """The matched resource's template, such as ``/pets/{id}``."""
        self.resource_id: str | None = None
        """An identifier of that resource."""
        self.authorizer: dict[str, Any] | None = None
        """``$context.authorizer``: principalId, the authorizer's context, or claims."""
        self.api_key: str | None = None
        """The API key's value, once it was admitted."""
        self.api_key_id: str | None = None
        """The API key's id, once it was admitted."""
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
        """How refusals are rendered; installed by ``GatewayResponses``."""
        self.trace: Trace | None = None
        """The one trace, when tracing is on."""
        self._request_id: str | None = None
        self._extended_request_id: str | None = None
        self._headers: HeaderMap | None = None
        self._query: list[tuple[str, str]] | None = None
        self._body: bytes | None = None

    @property
    def request_id(self) -> str:
        """``$context.requestId``: a random UUID, unique across forked workers."""
        if self._request_id is None:
            # random reseeds itself in a forked child; this is an identifier, not a secret.
            h = f"{getrandbits(128):032x}"
            self._request_id = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"
        return self._request_id

    @property
    def extended_request_id(self) -> str:
        """``$context.extendedRequestId``, the ``x-amz-apigw-id``: base64 that ends in ``=``."""
        if self._extended_request_id is None:
            self._extended_request_id = base64.b64encode(getrandbits(88).to_bytes(11, "big")).decode()
        return self._extended_request_id

    def header(self, name: str) -> str | None:
        """A request header's value; repeated ones come comma-joined, as WSGI has them."""
        key = name.upper().replace("-", "_")
        if key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            return self.environ.get(key) or None
        return self.environ.get("HTTP_" + key)

    @property
    def headers(self) -> HeaderMap:
        """The request's headers, without those that AWS drops on arrival."""
        if self._headers is None:
            self._headers = HeaderMap(request_headers(self.environ))
        return self._headers

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query string as decoded ``(name, value)`` pairs, in order; ``+`` is a blank."""
        if self._query is None:
            text = self.environ.get("QUERY_STRING", "")
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
                raise GatewayError(DEFAULT_4XX, reason=str(error), headers=[("Connection", "close")]) from error
            wsgi.set_body(self.environ, self._body)
        return self._body

    def body_text(self) -> str:
        """The body as text; bytes that are not UTF-8 become U+FFFD, as recorded on AWS."""
        return self.body().decode("utf-8", "replace")

    @property
    def method_arn(self) -> str:
        """``arn:aws:execute-api:...:{api}/{stage}/{VERB}/{path}`` with the concrete path, as policies name it."""
        path = (self.path if self.path is not None else request_path(self.environ)).lstrip("/")
        return f"{self.deployment.execute_api_arn}/{self.http_method}/{path}"


def context_of(environ: WSGIEnvironment) -> Context:
    """The request's Context: the one in the environ, or a fresh one, which is put there."""
    context = environ.get(CONTEXT_KEY)
    if context is None:
        context = environ[CONTEXT_KEY] = Context(environ)
    else:
        context.environ = environ
    return context  # type: ignore[no-any-return]


def request_headers(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """``(Title-Case name, value)`` of every request header but those dropped on arrival."""
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key[5:].replace("_", "-").title()
            if name.lower() not in DROPPED_ON_ARRIVAL:
                yield name, value
        elif key == "CONTENT_TYPE" and value:
            yield "Content-Type", value


def request_path(environ: WSGIEnvironment) -> str:
    """The path below SCRIPT_NAME, percent-encoded as the client sent it, always beginning with ``/``.

    PATH_INFO is decoded and has lost ``%2F``; servers keep the raw target in RAW_URI or REQUEST_URI. The
    raw one is believed only if it decodes to SCRIPT_NAME + PATH_INFO, because that is what the wrapped app
    will dispatch on: a route decided on another path than the app's would be a way around its authorizer.
    """
    script_name, path_info = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target:
        raw = target.partition("?")[0].partition("#")[0]
        if not script_name and raw == path_info and "%" not in raw:
            return raw or "/"
        if raw[:4].lower() == "http" and "://" in raw[:8]:
            raw = "/" + raw.split("://", 1)[1].partition("/")[2]
        if unquote_to_bytes(raw).decode("latin-1") == script_name + path_info:
            below = _below(raw, script_name)
            if below is not None:
                return below or "/"
    return quote(path_info, safe=_PATH_SAFE, encoding="latin-1") or "/"


def _below(raw: str, script_name: str) -> str | None:
    """What follows the encoded form of SCRIPT_NAME in the raw path; None if no cut gives exactly that."""
    if not script_name:
        return raw
    end = 0
    for end in range(len(script_name), len(raw) + 1):
        if raw[end : end + 1] in ("", "/") and unquote_to_bytes(raw[:end]).decode("latin-1") == script_name:
            return raw[end:]
    return None


# ---------------------------------------------------------------- $context variables by name

Getter = Callable[[Context], Any]


def _domain_name(context: Context) -> str | None:
    host: str | None = context.environ.get("HTTP_HOST")
    return host.partition(":")[0] if host else None


def _request_time(context: Context) -> str:
    t = time.gmtime(context.request_time)
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[t.tm_mon - 1]
    return f"{t.tm_mday:02}/{month}/{t.tm_year}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000"


def _error(name: str) -> Getter:
    return lambda context: None if context.error is None else getattr(context.error, name)


IDENTITY: dict[str, Getter] = {
    "cognitoIdentityPoolId": lambda context: None,
    "accountId": lambda context: None,
    "cognitoIdentityId": lambda context: None,
    "caller": lambda context: None,
    "sourceIp": lambda context: context.environ.get("REMOTE_ADDR"),
    "principalOrgId": lambda context: None,
    "accessKey": lambda context: None,
    "cognitoAuthenticationType": lambda context: None,
    "cognitoAuthenticationProvider": lambda context: None,
    "userArn": lambda context: None,
    "userAgent": lambda context: context.environ.get("HTTP_USER_AGENT"),
    "user": lambda context: None,
}
"""The twelve members of ``$context.identity``, in no order that AWS promises."""

VARIABLES: dict[str, Getter] = {
    "resourceId": lambda context: context.resource_id,
    "resourcePath": lambda context: context.resource_path,
    "httpMethod": lambda context: context.http_method,
    "extendedRequestId": lambda context: context.extended_request_id,
    "requestTime": _request_time,
    "path": lambda context: "/" + context.deployment.stage + (context.path or request_path(context.environ)),
    "accountId": lambda context: context.deployment.account_id,
    "protocol": lambda context: context.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
    "stage": lambda context: context.deployment.stage,
    "domainPrefix": lambda context: (_domain_name(context) or "").partition(".")[0] or None,
    "requestTimeEpoch": lambda context: int(context.request_time * 1000),
    "requestId": lambda context: context.request_id,
    "domainName": _domain_name,
    "deploymentId": lambda context: context.deployment.deployment_id,
    "apiId": lambda context: context.deployment.api_id,
}
"""The scalar members of ``$context`` in the order in which AWS iterates them."""

_FURTHER: dict[str, Getter] = {
    "awsEndpointRequestId": lambda context: None,
    "isCanaryRequest": lambda context: (
        None if context.is_canary_request is None else str(context.is_canary_request).lower()
    ),
    "identity.apiKey": lambda context: context.api_key,
    "identity.apiKeyId": lambda context: context.api_key_id,
    "error.message": _error("message"),
    "error.messageString": _error("message_string"),
    "error.responseType": _error("response_type"),
    "error.validationErrorString": _error("validation_error_string"),
    "integration.status": lambda context: context.integration_status,
    "integrationStatus": lambda context: context.integration_status,
}
_MAPS: dict[str, Callable[[Context], Any]] = {
    "authorizer": lambda context: context.authorizer,
    "requestOverride": lambda context: context.request_override,
    "responseOverride": lambda context: context.response_override,
}


def variable(name: str) -> Getter:
    """Compile ``$context.NAME`` (without the prefix) to a function of the Context; None means undefined.

    ``authorizer.*``, ``requestOverride.*`` and ``responseOverride.*`` look into maps; a name AWS does not
    have is always undefined, as it is there.
    """
    known = VARIABLES.get(name) or _FURTHER.get(name)
    if known is not None:
        return known
    head, _, rest = name.partition(".")
    if head == "identity" and rest in IDENTITY:
        return IDENTITY[rest]
    if head in _MAPS and rest:
        return _lookup(_MAPS[head], tuple(rest.split(".")))
    return lambda context: None


def _lookup(root: Getter, members: tuple[str, ...]) -> Getter:
    def find(context: Context) -> Any:
        value = root(context)
        for member in members:
            value = value.get(member) if isinstance(value, Mapping) else None
        return None if isinstance(value, Mapping) else value

    return find
