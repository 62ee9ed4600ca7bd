"""The terminal apps of a Gateway, one for each integration, made from config and what was given.

::

    Terminals(api, stage, given).integration(method.integration)    # an app of WSGI

One function per type. Apps and functions which a definition names are looked up in what the caller of Gateway
gave (:mod:`wsgi_gateway.given`); a type that is not served is a ConfigError, never a method that does less.

Not for: what stands before the integration (:mod:`wsgi_gateway.gateway`, :mod:`wsgi_gateway.assembly`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.integrations import Http, LambdaProxy, Mock, WsgiApp

if TYPE_CHECKING:
    from wsgi_gateway.config import IntegrationConfig, RestApiConfig, StageConfig
    from wsgi_gateway.given import Given
    from wsgi_gateway.typing import WSGIApplication

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_HAS_HOST = re.compile(r"https?://[^./?#:@][^/?#]*", re.IGNORECASE)


class Terminals:
    """Makes the terminal apps of one API."""

    def __init__(self, api: RestApiConfig, stage: StageConfig, given: Given) -> None:
        self.api = api
        self.stage = stage
        self.given = given

    def integration(self, integration: IntegrationConfig | None) -> WSGIApplication:
        """The terminal app; the wrapped one for a method without integration."""
        if integration is None:
            return WsgiApp(self._wrapped("a method without an integration"))
        make = _INTEGRATIONS.get(integration.type)
        if make is None:
            raise not_served_yet(f"integration type {integration.type}")
        return make(self, integration)

    def _wrapped(self, what: str) -> WSGIApplication:
        if self.given.app is None:
            raise ConfigError(
                [
                    Problem(
                        "no-app",
                        f"{what} goes to the wrapped app, and none is given",
                        hint="pass the app: Gateway(api, app) or serve --app; or declare an integration",
                    )
                ]
            )
        return self.given.app

    def _mock(self, integration: IntegrationConfig) -> WSGIApplication:
        return Mock()

    def _http(self, integration: IntegrationConfig) -> WSGIApplication:
        declared = integration.uri or ""
        uri = self.filled(declared)
        if uri != declared and not _HAS_HOST.match(uri):
            return Http.unreachable()
        return Http(
            uri,
            http_method=None if integration.http_method == "ANY" else integration.http_method,
            timeout=integration.timeout_in_millis / 1000,
            proxy=integration.is_proxy,
            streams_at_once=integration.response_transfer_mode == "STREAM",
            insecure_skip_verification=integration.insecure_skip_verification,
        )

    def _lambda_proxy(self, integration: IntegrationConfig) -> WSGIApplication:
        if integration.response_transfer_mode != "BUFFERED":
            raise not_served_yet("responseTransferMode STREAM of AWS_PROXY")
        return LambdaProxy(
            self.given.function(self.filled(integration.uri or "")),
            http_method=integration.http_method or "POST",
            binary_media_types=self.api.binary_media_types,
            timeout=integration.timeout_in_millis / 1000,
        )

    def _wsgi(self, integration: IntegrationConfig) -> WSGIApplication:
        name, slash, path = self.filled(integration.uri or "wsgi:").removeprefix("wsgi:").partition("/")
        if not name:
            app = self._wrapped(f"integration type {integration.type}")
        else:
            app = self.given.wsgi_app(name)
        return WsgiApp(app, path=slash + path if slash else None)

    def filled(self, uri: str) -> str:
        """Stage variables put in; an undefined one becomes nothing (reported as tried on AWS)."""
        return _STAGE_VARIABLE.sub(lambda match: self.stage.variables.get(match[1], ""), uri)


_INTEGRATIONS: dict[str, Callable[[Terminals, IntegrationConfig], WSGIApplication]] = {
    "MOCK": Terminals._mock,
    "HTTP": Terminals._http,
    "HTTP_PROXY": Terminals._http,
    "WSGI": Terminals._wsgi,
    "WSGI_PROXY": Terminals._wsgi,
    "AWS_PROXY": Terminals._lambda_proxy,
}


def not_served_yet(what: str, place: Place | None = None) -> ConfigError:
    """The refusal of something AWS has and this release has not: it must not be ignored."""
    hint = "remove it from the definition, or wait for the release that serves it"
    return ConfigError([Problem("not-served-yet", f"{what} is not served yet", place or Place(), hint=hint)])
