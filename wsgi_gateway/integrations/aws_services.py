"""AwsServices: how a gateway reaches AWS's services; what ``Gateway(aws=...)`` takes.

Nothing needs to be said: endpoints, profile and credentials are found as every AWS SDK finds them, also
``AWS_ENDPOINT_URL`` and ``AWS_ENDPOINT_URL_S3`` for local stacks. What is to differ is said here::

    Gateway("api.yaml", aws="http://127.0.0.1:5000")
    Gateway("api.yaml", aws=AwsServices(endpoint_urls={"s3": "http://127.0.0.1:9000"}))
    Gateway("api.yaml", aws=AwsServices(session=boto3.Session(profile_name="shop")))

* Endpoints are worked out at load, once; no request changes them. Credentials are looked for by the first
  request of a process, so a forked worker has its own.
* A role that an integration names is assumed through STS, at its endpoint here. ``assume_roles=False``, for
  development, uses the process's own credentials in the place of any role.
* ``AWS_CA_BUNDLE`` and a profile's ``ca_bundle`` say which authorities are believed, unless there is an
  ``http_session``, a ``requests.Session`` with ``verify``. A bundle that is no file stops the load. Proxies
  of the environment are not used.

Not for: Lambda functions, which ``Gateway(lambdas=...)`` names.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wsgi_gateway.authorizers.jwks_sources import checked_url
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.integrations import aws_session
from wsgi_gateway.integrations.aws_credentials import (
    CredentialsOf,
    OwnCredentials,
    RoleCredentials,
    checked_role,
)
from wsgi_gateway.integrations.aws_names import candidates

if TYPE_CHECKING:
    import requests

    from wsgi_gateway.context import Context
    from wsgi_gateway.integrations.aws_session import Keys, Service
    from wsgi_gateway.integrations.aws_uri import AwsUri
    from wsgi_gateway.integrations.http_deadline import Deadline
    from wsgi_gateway.integrations.http_session import EndpointSession
    from wsgi_gateway.typing import HeaderList

Transport = Callable[[str, str, "HeaderList", bytes], tuple[int, "HeaderList", bytes]]
"""``(method, url, headers, body)`` to ``(status, headers, body)``."""

_PORTS = {"http": 80, "https": 443}
_SESSION_NAME = "wsgi-gateway"


class AwsServices:
    """How services are reached.

    :param session: a botocore or boto3 session; default: one with the SDK's defaults, for each process.
    :param endpoint_url: of all services, for local stacks.
    :param endpoint_urls: of single ones, by botocore's name or the URI's: ``{"s3": "http://..."}``.
    :param transport: called in the place of sending anything, with the signed request for the address at AWS.
        STS is not called by it.
    :param assume_roles: whether the roles that integrations name are assumed.
    :param http_session: whose ``verify`` and ``cert`` count.

    Raises ConfigError for options that cannot work.
    """

    def __init__(
        self,
        *,
        session: Any = None,
        endpoint_url: str | None = None,
        endpoint_urls: Mapping[str, str] | None = None,
        transport: Transport | None = None,
        assume_roles: bool = True,
        http_session: requests.Session | None = None,
    ) -> None:
        for url in (endpoint_url, *(endpoint_urls or {}).values()):
            if url is not None:
                checked_url(url, "endpoint_url of an AWS service", allow_http=True)
        if transport is not None and not callable(transport):
            raise ConfigError("transport is a function of method, url, headers and body")
        self.transport = transport
        self._given = session
        self._everywhere, self._urls = endpoint_url, dict(endpoint_urls or {})
        self._assumes = assume_roles
        self._http_session = http_session
        self._process = _Process(session)
        self._available: frozenset[str] = frozenset()
        self._services: dict[tuple[str, str], Service] = {}
        self._endpoints: dict[str, EndpointSession] = {}

    @classmethod
    def of(cls, given: AwsServices | str | None) -> AwsServices:
        """From what ``Gateway(aws=...)`` takes: these, the URL of all services, or None.

        Raises ConfigError.
        """
        if given is None or isinstance(given, str):
            return cls(endpoint_url=given)
        if not isinstance(given, AwsServices):
            raise ConfigError(f"aws is AwsServices or the URL of all services, not a {type(given).__name__}")
        return given

    def __repr__(self) -> str:
        return "<AwsServices>"

    def service(self, uri: AwsUri) -> tuple[Service, str]:
        """The service that a URI names, and the subdomain in front of it. Raises ConfigError."""
        session = self._of_this_process().session
        partition = aws_session.partition_of_region(session, uri.region)
        if partition not in ("", uri.partition):
            hint = f"{uri.region} is a Region of the partition {partition}"
            raise ConfigError([Problem("integration-uri", "Invalid ARN specified in the request", hint=hint)])
        subdomain, rest = "", uri.service
        if not self._available:
            self._available = aws_session.available(session)
        while not (names := [name for name in candidates(rest) if name in self._available]):
            label, dot, rest = rest.partition(".")
            if not dot:
                raise _unknown(uri.service)
            subdomain += label + dot
        found = [self._known(name, uri, rest) for name in names]
        having = [service for service in found if uri.action and service.operation(uri.action)]
        return (having or found)[0], subdomain

    def credentials(self, role: str | None, region: str) -> CredentialsOf:
        """The process's own credentials, or a role's. ``region``: whose STS is asked.

        Raises ConfigError for what is no role's ARN.
        """
        if role is not None:
            checked_role(role)
        if role is None or not self._assumes:
            return lambda ctx, deadline: self._of_this_process().own(ctx, deadline)

        def assumed(ctx: Context, deadline: Deadline) -> Keys:
            found = self._of_this_process().role(role, region, self._url_of("sts", "sts"))
            return found(ctx, deadline)

        return assumed

    def endpoint(self, origin: str, host: str, port: int) -> EndpointSession:
        """Connections to an endpoint, which all integrations share."""
        if origin not in self._endpoints:
            from wsgi_gateway.integrations.http_session import EndpointSession

            made = EndpointSession(
                origin, host, port, skip_chain=False, session=self._http_session, ca=self._ca_bundle()
            )
            self._endpoints.setdefault(origin, made)
        return self._endpoints[origin]

    def check_certificates(self) -> None:
        """Raise ConfigError if a bundle of certificates is configured that is not there."""
        bundle = self._ca_bundle()
        if bundle and self._http_session is None and self.transport is None and not os.path.exists(bundle):
            message = f"the CA bundle that is configured for AWS (AWS_CA_BUNDLE) is no file: {bundle[:200]}"
            hint = "unset it, or give AwsServices(http_session=...), a requests.Session with verify"
            raise ConfigError([Problem("ca-bundle", message, hint=hint)])

    def _ca_bundle(self) -> str | None:
        found: str | None = self._of_this_process().session.get_config_variable("ca_bundle")
        return found

    def close(self) -> None:
        """Close idle connections."""
        for endpoint in self._endpoints.values():
            endpoint.close()

    def url_of_functions(self) -> str | None:
        """Where Lambda is, if somebody said so."""
        return self._url_of("lambda")

    def _url_of(self, *names: str) -> str | None:
        return next((self._urls[name] for name in names if name in self._urls), self._everywhere)

    def _known(self, name: str, uri: AwsUri, prefix: str) -> Service:
        if (name, uri.region) not in self._services:
            session = self._of_this_process().session
            try:
                found = aws_session.known_service(session, name, uri.region, self._url_of(name, prefix))
            except Exception as error:
                code = aws_session.error_code(error)
                raise ConfigError(f"botocore makes no endpoint of {name} in {uri.region}: {code}") from error
            if found.signature not in ("v4", "s3v4"):
                raise ConfigError(f"{name} is not signed by Signature Version 4 ({found.signature})")
            self._services[name, uri.region] = found
        return self._services[name, uri.region]

    def _of_this_process(self) -> _Process:
        process = self._process
        if process.pid != os.getpid():
            # What the parent has may be locked for ever here.
            process = self._process = _Process(self._given)
        return process


class _Process:
    """What a forked process makes anew: the session, unless it was given, and credentials."""

    def __init__(self, given: Any) -> None:
        self.pid = os.getpid()
        self._session = None if given is None else aws_session.botocore_session(given)
        self.own = OwnCredentials(lambda: self.session.get_credentials())
        self._roles: dict[tuple[str, str], RoleCredentials] = {}
        self._lock = threading.Lock()

    @property
    def session(self) -> Any:
        """The botocore session."""
        if self._session is None:
            self._session = aws_session.new_session()
        return self._session

    def role(self, role: str, region: str, sts_url: str | None) -> RoleCredentials:
        """The credentials of a role, one object for all who ask."""
        key = (role, region)
        if key not in self._roles:
            self._roles.setdefault(key, RoleCredentials(role, lambda: self._assume(role, region, sts_url)))
        return self._roles[key]

    def _assume(self, role: str, region: str, sts_url: str | None) -> dict[str, str]:
        self.own.found()
        with self._lock:
            client = aws_session.sts_client(self.session, region, sts_url)
        return aws_session.assume_role(client, role, _SESSION_NAME)


def origin_of(url: str) -> tuple[str, str, int, str]:
    """``scheme://netloc``, host, port and path of an endpoint's URL."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{parts.netloc}", host, parts.port or _PORTS[parts.scheme], parts.path


def _unknown(name: str) -> ConfigError:
    hint = "services are named as in their hosts: sqs, s3, states, monitoring, runtime.sagemaker"
    message = f"AWS service of name {name[:80]!r} is not known to botocore"
    return ConfigError([Problem("integration-uri", message, hint=hint)])
