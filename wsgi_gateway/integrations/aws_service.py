"""AwsService: any service of AWS as an integration, type AWS.

Why: a queue, a table or a bucket needs no code of its own in front of it. A mapping makes the request, the
gateway signs it::

    app = AwsService("arn:aws:apigateway:eu-west-1:sqs:path/123456789012/jobs", http_method="POST")
    app = AwsService("arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem", http_method="POST")
    app = AwsService("arn:aws:apigateway:eu-west-1:s3:path/shelf/{key}", http_method="GET", services=services)

* The service, its Region and host are fixed when the app is made
  (:mod:`wsgi_gateway.integrations.aws_services`); placeholders never leave their place in the path, as in
  :class:`~wsgi_gateway.integrations.http.Http`. A path with ``..`` segments is refused by 400, although S3
  would take such keys.
* Sent are the environ's verb, headers and body, with what the service's protocol wants
  (:mod:`wsgi_gateway.integrations.aws_request`), and signed by botocore's Signature Version 4 over exactly
  that. A mapped Host counts for nothing; nor do Authorization, Date, Referer, and the X-Amz-Date,
  X-Amz-Content-Sha256 and X-Amz-Security-Token of a mapping, which are the signature's own.
* Whose rights: :mod:`wsgi_gateway.integrations.aws_credentials`. Without any, 500.
* Tried once, within one deadline, credentials included; redirects are not followed. The answer is buffered,
  up to the payload limit, as is the body that is sent. Its status selects the integration response.
* A subdomain (``shelf.s3:path/{key}``) goes before the host. At an endpoint of one's own it goes into the
  Host header alone, in front of the name that the service has at AWS. Such an endpoint's header names in
  small letters are spelled as AWS has them (``Content-Type``), for mappings tell them apart.

Answers: 504 ``Endpoint request timed out``; 504 ``Network error communicating with endpoint``; 500 if the
endpoint refuses connections or there are no credentials; 502 for an answer that is malformed, cut short or
too large. Not confirmed on AWS: the 500 of a refused connection, the 502.

Not for: functions, which :mod:`wsgi_gateway.integrations.lambda_uri` tells apart; uploads above 10 MB.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsgi_gateway import wsgi
from wsgi_gateway.context import context_of
from wsgi_gateway.errors import (
    DEFAULT_4XX,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.integrations import aws_session
from wsgi_gateway.integrations.aws_names import host_behind
from wsgi_gateway.integrations.aws_request import ServiceRequest
from wsgi_gateway.integrations.aws_services import AwsServices, origin_of
from wsgi_gateway.integrations.aws_uri import parse_aws_uri
from wsgi_gateway.integrations.http_answer import BackendBroken, Head
from wsgi_gateway.integrations.http_connection import BackendUnreachable, NetworkFailure
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded
from wsgi_gateway.integrations.http_response import buffered, client_headers
from wsgi_gateway.integrations.http_upload import Upload, request_headers
from wsgi_gateway.integrations.payload import read_payload
from wsgi_gateway.wsgi import Response, status_line

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.integrations.aws_credentials import CredentialsOf
    from wsgi_gateway.integrations.aws_services import Transport
    from wsgi_gateway.integrations.aws_session import Keys, Service
    from wsgi_gateway.integrations.aws_uri import AwsUri
    from wsgi_gateway.typing import HeaderList, StartResponse, WSGIApplication, WSGIEnvironment

_OF_THE_SIGNATURE = frozenset(
    "authorization date x-amz-date x-amz-content-sha256 x-amz-security-token referer".split()
)
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_SPELLED = {"etag": "ETag"}
_UNFRAMED = frozenset({204, 304})
_ODD_SPACE = re.compile(r"[^\S ]")


class AwsService:
    """One service's path or action as a terminal WSGI app.

    :param uri: ``arn:aws:apigateway:REGION:SERVICE:path/...`` or ``:action/...``; stage variables have been
        put in already.
    :param http_method: the verb; None or ``ANY`` takes the request's.
    :param services: how services are reached; default: as every SDK does.
    :param credentials: the ARN of a role, or keys for a request's Context; default: this process's own.
    :param timeout: seconds for the whole exchange.

    Raises ConfigError with AWS's words for URIs that are none, and for services, actions and options that
    cannot work.
    """

    def __init__(
        self,
        uri: str,
        *,
        http_method: str | None = None,
        services: AwsServices | None = None,
        credentials: CredentialsOf | str | None = None,
        timeout: float = 29.0,
    ) -> None:
        if not timeout > 0:
            raise ConfigError("a timeout is a positive number of seconds")
        self._method = None if http_method in (None, "ANY") else http_method
        self._timeout = timeout
        self._uri = uri
        parsed = parse_aws_uri(uri)
        services = services or AwsServices()
        service, subdomain = services.service(parsed)
        self._service = service
        self._keys = (
            credentials if callable(credentials) else services.credentials(credentials, parsed.region)
        )
        base_path = self._fix_endpoint(services, service, parsed, subdomain)
        self._request = ServiceRequest(parsed, service, base_path=base_path)
        self._transport = services.transport
        self._services = services

    def __repr__(self) -> str:
        return f"<AwsService {self._uri}>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        return self._answer(context_of(environ), environ)(environ, start_response)

    def close(self) -> None:
        """Close idle connections."""
        self._services.close()

    def _fix_endpoint(self, services: AwsServices, service: Service, uri: AwsUri, subdomain: str) -> str:
        """Settle where everything goes; the path that the endpoint's URL has."""
        is_aws = service.url == service.aws_url or services.transport is not None
        origin, host, port, base_path = origin_of(service.aws_url if is_aws else service.url)
        scheme, _, self._host = origin.partition("://")
        operation = service.operation(uri.action) if uri.action else None
        prefix = subdomain or (operation.host_prefix if operation else "")
        if is_aws and "{" not in prefix:
            host, self._host = (host_behind(prefix, service.name, at) for at in (host, self._host))
        elif subdomain:
            self._host = host_behind(subdomain, service.name, origin_of(service.aws_url)[1])
        self._origin = f"{scheme}://{self._host}" if is_aws else origin
        self._place = (self._origin, host, port)
        self._is_aws = is_aws
        if scheme == "https":
            services.check_certificates()
        return base_path

    def _answer(self, ctx: Context, environ: WSGIEnvironment) -> WSGIApplication:
        try:
            response = self._exchange(ctx, environ)
        except GatewayError as refusal:
            return refusal
        except (DeadlineExceeded, TimeoutError) as error:
            return GatewayError(INTEGRATION_TIMEOUT, reason=str(error))
        except BackendUnreachable as error:
            return GatewayError(INTEGRATION_FAILURE, status=500, reason=str(error))
        except NetworkFailure as error:
            return GatewayError(
                INTEGRATION_FAILURE, "Network error communicating with endpoint", reason=str(error)
            )
        except BackendBroken as error:
            return GatewayError(INTEGRATION_FAILURE, status=502, reason=str(error))
        ctx.integration_status = response.status_code
        return response

    def _exchange(self, ctx: Context, environ: WSGIEnvironment) -> Response:
        method = self._method or environ["REQUEST_METHOD"]
        limit = ctx.deployment.payload_limit
        body = b"" if method in _BODILESS else read_payload(environ, limit)
        deadline = Deadline(self._timeout)
        values = ctx.path_parameters if ctx.integration_path is None else ctx.integration_path
        target = self._request.target(values, environ.get("QUERY_STRING", ""))
        headers = _headers(environ)
        body = self._request.complete(headers, body)
        headers += self._signature(method, target, headers, body, self._keys(ctx, deadline))
        told_length = method != "HEAD" or ctx.http_method == "HEAD"
        if self._transport is not None:
            return self._carried(self._transport, method, target, headers, body, limit, told_length)
        sent: WSGIEnvironment = {}
        wsgi.set_body(sent, body)
        upload = Upload(sent, method, limit, deadline)
        endpoint = self._services.endpoint(*self._place)
        reply = endpoint.send(method, target, headers, self._host, upload, deadline)
        try:
            has_length = reply.head.status not in _UNFRAMED and told_length
            answered = client_headers(reply.head, keep_length=has_length)
            return buffered(reply, answered if self._is_aws else _spelled(answered), limit)
        except BaseException:
            reply.close()
            raise

    def _signature(
        self, method: str, target: str, headers: HeaderList, body: bytes, keys: Keys
    ) -> HeaderList:
        texts = [("Host", self._host), *((name, _text(name, value)) for name, value in headers)]
        return aws_session.sign(self._service, keys, method, self._origin + target, texts, body)

    def _carried(
        self,
        transport: Transport,
        method: str,
        target: str,
        headers: HeaderList,
        body: bytes,
        limit: int,
        told_length: bool,
    ) -> Response:
        status, answered, data = transport(method, self._origin + target, headers, body)
        if len(data) > limit:
            raise BackendBroken(f"the answer has more than {limit} bytes")
        head = Head(status, list(answered), len(data), False, False)
        has_length = status not in _UNFRAMED and told_length
        return Response(status_line(status), client_headers(head, keep_length=has_length), [data])


def _spelled(headers: HeaderList) -> HeaderList:
    """Names in small letters as AWS spells them, because mappings of the answer tell them apart."""
    return [
        (
            _SPELLED.get(name, name.title()) if name.islower() and not name.startswith("x-amz") else name,
            value,
        )
        for name, value in headers
    ]


def _headers(environ: WSGIEnvironment) -> HeaderList:
    """What the environ asks to be sent, each value in the spelling that it is signed in."""
    return [
        (name, value if value.isascii() and value.isprintable() else _evenly_spaced(value))
        for name, value in request_headers(environ)
        if name.lower() not in _OF_THE_SIGNATURE
    ]


def _evenly_spaced(value: str) -> str:
    # Botocore takes every blank of Unicode for a space, verifiers take them as they are: send none.
    text = wsgi.header_value(value)
    return wsgi.header_text(_ODD_SPACE.sub(" ", text)) if _ODD_SPACE.search(text) else value


def _text(name: str, value: str) -> str:
    """A header's value as the text whose UTF-8 is what is sent."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except ValueError:
        raise GatewayError(DEFAULT_4XX, reason=f"{name} is not UTF-8, which a signature needs") from None
