"""IntegrationRequest: reshape the request for what will do the work.

::

    from wsgi_gateway import IntegrationConfig, IntegrationRequest

    app = IntegrationRequest(
        legacy_form_app,
        IntegrationConfig(
            type="WSGI",
            request_parameters={"integration.request.header.Content-Type":
            "'application/x-www-form-urlencoded'"}, request_templates={"application/json":
            "name=$util.urlEncode($input.path('$.name'))"},
        ),
    )

What the next app gets is a new environ: REQUEST_METHOD is the integration's verb, the headers are the ones to
be sent, QUERY_STRING what is to be sent besides the URI's own, the body what the template made of it.

* Parameters: every documented source; a source that is missing is not sent. Mapped headers replace, mapped
  query values of a proxy are appended to the client's.
* Template: by Content-Type; without one the passthrough behaviour decides: the body goes on unchanged, or
  415.
* ``$context.requestOverride`` is applied last and wins.
* Proxies send the client's headers on, others none but what is mapped and a few of the gateway's own.
* ``contentHandling``: the documented table, for HTTP_PROXY too (not confirmed). AWS_PROXY has its own.

A proxy's body streams unless a mapping or a conversion reads it; any other is read, because it has to be made
text.

Not for: calling anything; that is the integration's work.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html; the
header tables were recorded on AWS (2024-2025) and win over the documented ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from wsgi_gateway import wsgi
from wsgi_gateway.context import DROPPED_ON_ARRIVAL, Context
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, DEFAULT_4XX, UNSUPPORTED_MEDIA_TYPE, GatewayError
from wsgi_gateway.mapping.content import BinaryMediaTypes, decode_base64, encode_base64, media_type
from wsgi_gateway.mapping.expressions import RequestMapping, Target
from wsgi_gateway.mapping.templates import MappingTemplate, compile_templates
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.config import IntegrationConfig
    from wsgi_gateway.typing import WSGIApplication, WSGIEnvironment

FORBIDDEN_TARGETS = frozenset(
    {"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"}
)
"""Headers that a mapping must not set: the call breaks with 500 (recorded; the last two reported)."""

FORBIDDEN_FOR_AWS = FORBIDDEN_TARGETS | {"authorization", "connection", "expect", "proxy-authenticate", "te"}
"""The same for the AWS types."""

NEVER_SENT = frozenset({"connection", "expect", "proxy-authenticate", "te", "via"})
"""Headers that may be mapped and are yet never sent to an HTTP backend (recorded)."""

HEADER_NAMES = "wsgi_gateway.header_names"
"""Where an integration finds the exact names of mapped headers that have underscores: environ key to name."""

_NOT_FORWARDED = DROPPED_ON_ARRIVAL | frozenset(
    "host content-encoding via keep-alive proxy-connection proxy-authorization "
    "x-http-method-override x-http-method x-method-override x-original-url x-rewrite-url "
    "forwarded x-real-ip".split()
)
_OTHER_VERBS = ("HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE")
"""By which a wrapped app might do something else than was authorised."""
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_TEXT_FREE = "-._~!$&'()*+,;=:@"


class IntegrationRequest(LifecycleStage):
    """Reshapes the request by an IntegrationConfig.

    :param integration: what to call and how.
    :param binary_media_types: the API's ``binaryMediaTypes``.

    Raises ConfigError for mapping expressions AWS does not have and templates that cannot be compiled.
    """

    def __init__(
        self,
        app: WSGIApplication,
        integration: IntegrationConfig,
        *,
        binary_media_types: Iterable[str] = (),
    ) -> None:
        super().__init__(app)
        kind = integration.type
        self._is_proxy = integration.is_proxy
        self._is_http = kind in ("HTTP", "HTTP_PROXY")
        self._is_wsgi = kind == "WSGI_PROXY"
        self._method = None if integration.http_method in (None, "ANY") else integration.http_method
        written = integration.place.at("request_parameters")
        self._mapping = RequestMapping(integration.request_parameters, place=written)
        self._forbidden = FORBIDDEN_FOR_AWS if kind in ("AWS", "AWS_PROXY") else FORBIDDEN_TARGETS
        # AWS_PROXY ignores mappings, but for the ones that break it (recorded).
        self._applies_mapping = kind != "AWS_PROXY"
        self._templates = (
            {}
            if self._is_proxy
            else compile_templates(integration.request_templates, "requestTemplates", integration.place)
        )
        self._passthrough = integration.passthrough_behavior
        self._handling = integration.content_handling
        self._binary = BinaryMediaTypes(binary_media_types)
        self._base = self._forwarded if self._is_proxy else self._fresh

    def on_request(self, ctx: Context) -> GatewayError | None:
        """Build the environ for the integration."""
        headers: list[tuple[str, str]] = []
        query: list[tuple[str, str]] = []
        path: dict[str, str] = {}
        for target, value in self._mapping.values(ctx):
            self._place(target, value, headers, query, path)
        template = self._template_for(ctx)
        body = None if template is None else self._render(template, ctx)
        if body is None and (not self._is_proxy or self._proxy_converts(ctx)):
            body = self._converted(ctx)
        if ctx.request_override and not self._is_proxy:
            _override(ctx.request_override, headers, query, path, self._forbidden)
        environ = self._base(ctx)
        for name, text in headers:
            _set_header(environ, name, text)
        _add_query(environ, query, keep=self._is_proxy)
        if self._method is not None:
            environ["REQUEST_METHOD"] = self._method
        if body is not None:
            wsgi.set_body(environ, body)
        ctx.integration_path = path
        ctx.reshape(environ)
        return None

    # ------------------------------------------------------------ parameters

    def _place(
        self,
        target: Target,
        value: str | list[str],
        headers: list[tuple[str, str]],
        query: list[tuple[str, str]],
        path: dict[str, str],
    ) -> None:
        if target.location == "header":
            lower = target.name.lower()
            if lower in self._forbidden:
                raise GatewayError(API_CONFIGURATION_ERROR, reason=f"header {target.name} must not be mapped")
            if self._applies_mapping and lower not in NEVER_SENT:
                headers.append((target.name, value if isinstance(value, str) else ",".join(value)))
        elif not self._applies_mapping:
            return
        elif target.location == "querystring":
            values = [value] if isinstance(value, str) else value
            query.extend((target.name, item) for item in values)
        else:
            path[target.name] = _path_text(target, value if isinstance(value, str) else ",".join(value))

    # ------------------------------------------------------------ body

    def _template_for(self, ctx: Context) -> MappingTemplate | None:
        if self._is_proxy:
            return None
        template = self._templates.get(media_type(ctx.environ.get("CONTENT_TYPE")))
        if template is None:
            template = self._templates.get("$default")
        if (template is None or template.is_empty) and (
            self._passthrough == "NEVER" or (self._templates and self._passthrough == "WHEN_NO_TEMPLATES")
        ):
            raise GatewayError(UNSUPPORTED_MEDIA_TYPE, reason=f"passthrough {self._passthrough}")
        return template

    def _render(self, template: MappingTemplate, ctx: Context) -> bytes | None:
        if template.is_empty:
            return None  # an empty template passes the body
        if self._handling == "CONVERT_TO_BINARY" or (self._handling is None and self._is_binary(ctx)):
            self._refuse_bytes(ctx)
        text = template.render(ctx, lambda: self._converted(ctx).decode("utf-8", "replace"))
        return text.encode("utf-8", "replace")

    def _refuse_bytes(self, ctx: Context) -> None:
        """A template that meets bytes is a 500 (recorded)."""
        if self._converted(ctx):
            raise GatewayError(API_CONFIGURATION_ERROR, reason="a template cannot read a binary payload")

    def _is_binary(self, ctx: Context) -> bool:
        declared = ctx.environ.get("CONTENT_TYPE")
        return bool(self._binary and declared) and media_type(declared) in self._binary

    def _proxy_converts(self, ctx: Context) -> bool:
        """Whether a proxy's body is another after contentHandling; if not it streams. The event of AWS_PROXY
        has a way of its own.
        """
        if self._handling is None or not self._applies_mapping:
            return False
        return self._is_binary(ctx) is (self._handling == "CONVERT_TO_TEXT")

    def _converted(self, ctx: Context) -> bytes:
        """The payload after contentHandling (recorded: to text only configured types, to bytes only
        others).
        """
        data = ctx.body()
        binary = self._is_binary(ctx)
        if self._handling == "CONVERT_TO_TEXT" and binary:
            return encode_base64(data)
        if self._handling == "CONVERT_TO_BINARY" and not binary:
            try:
                return decode_base64(data)
            except ValueError as error:
                raise GatewayError(API_CONFIGURATION_ERROR, reason=str(error)) from error
        return data if binary or data.isascii() else data.decode("utf-8", "replace").encode()

    # ------------------------------------------------------------ headers

    def _fresh(self, ctx: Context) -> WSGIEnvironment:
        """The environ of a non-proxy integration: no header of the client's but its Content-Type."""
        source = ctx.environ
        environ = {key: value for key, value in source.items() if not key.startswith("HTTP_")}
        environ["HTTP_ACCEPT"] = "application/json"
        environ["HTTP_USER_AGENT"] = f"AmazonAPIGateway_{ctx.deployment.api_id}"
        self._sign(ctx, environ)
        if "HTTP_HOST" in source:
            environ["HTTP_HOST"] = source["HTTP_HOST"]
        if "HTTP_TRANSFER_ENCODING" in source:
            environ["HTTP_TRANSFER_ENCODING"] = source["HTTP_TRANSFER_ENCODING"]
        if source["REQUEST_METHOD"] in _BODILESS:
            environ.pop("CONTENT_TYPE", None)
        else:
            environ["CONTENT_TYPE"] = source.get("CONTENT_TYPE") or "application/json"
        return environ

    def _forwarded(self, ctx: Context) -> WSGIEnvironment:
        """The environ of a proxy: the client's headers, less what belongs to the connection or to us."""
        environ = dict(ctx.environ)
        if not self._is_http:
            if self._is_wsgi:
                for key in _OTHER_VERBS:
                    environ.pop(key, None)
            return environ
        listed = environ.get("HTTP_CONNECTION", "")
        dropped = _NOT_FORWARDED if not listed else _NOT_FORWARDED | _names(listed)
        for key in [key for key in environ if key.startswith("HTTP_")]:
            name = key[5:].replace("_", "-").lower()
            framing = name == "transfer-encoding"
            if (name in dropped and not framing) or name.startswith(("x-amzn-", "x-forwarded-")):
                del environ[key]
        environ.setdefault("HTTP_ACCEPT", "application/json")
        environ.setdefault("HTTP_USER_AGENT", f"AmazonAPIGateway_{ctx.deployment.api_id}")
        environ["HTTP_X_FORWARDED_FOR"] = ctx.source_ip or environ.get("REMOTE_ADDR", "")
        environ["HTTP_X_FORWARDED_PROTO"] = environ.get("wsgi.url_scheme", "http")
        environ["HTTP_X_FORWARDED_PORT"] = environ.get("SERVER_PORT", "")
        self._sign(ctx, environ)
        return environ

    def _sign(self, ctx: Context, environ: WSGIEnvironment) -> None:
        environ["HTTP_X_AMZN_APIGATEWAY_API_ID"] = ctx.deployment.api_id
        environ["HTTP_X_AMZN_TRACE_ID"] = ctx.trace_id


def _names(listed: str) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in listed.split(","))


def _path_text(target: Target, value: str) -> str:
    """Percent-encode a path value: a client's path is encoded already, other data becomes one segment."""
    if target.is_client_path:
        return quote(value, safe=_TEXT_FREE + "/%", errors="replace")
    return quote(value, safe=_TEXT_FREE + "/" if target.is_configured else _TEXT_FREE, errors="replace")


def _set_header(environ: WSGIEnvironment, name: str, value: str) -> None:
    if not wsgi.is_header_name(name):
        raise GatewayError(API_CONFIGURATION_ERROR, reason=f"{name!r} is no name of a header")
    try:
        text = wsgi.header_text(value)
    except ValueError as error:
        raise GatewayError(DEFAULT_4XX, reason=f"{error} ({name})") from error
    key = name.upper().replace("-", "_")
    if key == "CONTENT_TYPE":
        environ["CONTENT_TYPE"] = text
        return
    environ["HTTP_" + key] = text
    if "_" in name:
        # The environ's key no longer tells an underscore from a dash.
        environ.setdefault(HEADER_NAMES, {})["HTTP_" + key] = name
    if key == "HOST":
        environ["wsgi_gateway.mapped_host"] = text


def _add_query(environ: WSGIEnvironment, query: list[tuple[str, str]], *, keep: bool) -> None:
    mapped = urlencode(query, quote_via=quote, errors="replace") if query else ""
    client = environ.get("QUERY_STRING", "") if keep else ""
    environ["QUERY_STRING"] = f"{client}&{mapped}" if client and mapped else client or mapped


def _override(
    override: dict[str, Any],
    headers: list[tuple[str, str]],
    query: list[tuple[str, str]],
    path: dict[str, str],
    forbidden: frozenset[str],
) -> None:
    """Apply ``$context.requestOverride``: a list makes a repeated query parameter or a joined header."""
    for name, value in _members(override, "header"):
        lower = name.lower()
        if lower in forbidden:
            raise GatewayError(API_CONFIGURATION_ERROR, reason=f"header {name} must not be overridden")
        headers[:] = [pair for pair in headers if pair[0].lower() != lower]
        if lower not in NEVER_SENT:
            headers.append((name, ",".join(_texts(value))))
    for name, value in _members(override, "querystring"):
        query[:] = [pair for pair in query if pair[0] != name]
        query.extend((name, text) for text in _texts(value))
    for name, value in _members(override, "path"):
        path[name] = quote(",".join(_texts(value)), safe=_TEXT_FREE, errors="replace")


def _members(override: dict[str, Any], name: str) -> list[tuple[str, Any]]:
    members = override.get(name)
    if not isinstance(members, dict):
        return []
    return [(str(key), value) for key, value in members.items() if value is not None]


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [str(value).lower() if isinstance(value, bool) else str(value)]
