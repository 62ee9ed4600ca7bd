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
from functools import partial
from typing import TYPE_CHECKING

from wsgi_gateway.authorizers.credentials import provider_of
from wsgi_gateway.config.integration import USUAL_TIMEOUT
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError, Place, Problem
from wsgi_gateway.functions import BoundedFunction, FunctionElsewhere
from wsgi_gateway.integrations import Http, LambdaCustom, LambdaProxy, LambdaStream, Mock, WsgiApp
from wsgi_gateway.integrations.aws_credentials import CALLER, CallerCredentials
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.lambda_uri import function_uri, invokes_function

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
        self.warnings: list[Problem] = []
        """What of the integrations made so far has no effect."""

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
                        hint="pass the app: Gateway(api, app), WSGI_GATEWAY_APP or serve --app; or declare "
                        "an integration",
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
            backends=self.given.http,
        )

    def _aws(self, integration: IntegrationConfig) -> WSGIApplication:
        if invokes_function(integration.uri or ""):
            return self._lambda(LambdaCustom, integration)
        return self._aws_service(integration)

    def _aws_service(self, integration: IntegrationConfig) -> WSGIApplication:
        declared = integration.uri or ""
        try:
            return AwsService(
                self.filled(declared),
                http_method=integration.http_method,
                services=self.given.aws_services(),
                credentials=self._rights(integration),
                timeout=integration.timeout_in_millis / 1000,
            )
        except ConfigError:
            if not self._lacks_variable(declared + (integration.credentials or "")):
                raise
            return GatewayError(API_CONFIGURATION_ERROR, reason="a stage variable is missing in an ARN")

    def _rights(self, integration: IntegrationConfig) -> CallerCredentials | str | None:
        """Whose rights a service is called with: the ARN of a role, the caller's, or None for our own."""
        if integration.credentials is None:
            return None
        arn = self.filled(integration.credentials)
        if not CALLER.fullmatch(arn):
            return arn
        methods = (method for verbs in self.api.resources.values() for method in verbs.values())
        unsigned = any(m.integration is integration and m.authorization_type != "AWS_IAM" for m in methods)
        if unsigned or self.given.credentials is None:
            message = "the caller's own credentials are known only where callers sign"
            hint = "set authorizationType AWS_IAM, and give Gateway(credentials=...)"
            raise ConfigError([Problem("credentials", message, hint=hint)])
        return CallerCredentials(provider_of(self.given.credentials))

    def _lambda_proxy(self, integration: IntegrationConfig) -> WSGIApplication:
        if not invokes_function(integration.uri or ""):
            raise not_served_yet("AWS_PROXY of anything but functions")
        streams = integration.response_transfer_mode == "STREAM"
        binary = self.api.binary_media_types
        make = partial(LambdaStream if streams else LambdaProxy, binary_media_types=binary)
        return self._lambda(make, integration, streams=streams)

    def _lambda(
        self, make: Callable[..., WSGIApplication], integration: IntegrationConfig, *, streams: bool = False
    ) -> WSGIApplication:
        declared = integration.uri or ""
        uri = self.filled(declared)
        try:
            name = function_uri(uri, streams=streams).name
        except ConfigError:
            if not self._lacks_variable(declared):
                raise
            return GatewayError(API_CONFIGURATION_ERROR, reason="a stage variable is missing in an ARN")
        function = self.given.function(uri)
        if not isinstance(function, (BoundedFunction, FunctionElsewhere)):
            self._warn_of_time(integration, "give LambdaFunction(handler, timeout=...)")
        return make(
            function,
            http_method=integration.http_method or "POST",
            timeout=integration.timeout_in_millis / 1000,
            name=name,
        )

    def _wsgi(self, integration: IntegrationConfig) -> WSGIApplication:
        self._warn_of_time(integration, "let the server limit the time of a request")
        name, slash, path = self.filled(integration.uri or "wsgi:").removeprefix("wsgi:").partition("/")
        if not name:
            app = self._wrapped(f"integration type {integration.type}")
        else:
            app = self.given.wsgi_app(name)
        return WsgiApp(app, path=slash + path if slash else None)

    def _warn_of_time(self, integration: IntegrationConfig, hint: str) -> None:
        """Nobody can stop what runs on the request's own thread; who says a time should know."""
        if integration.timeout_in_millis != USUAL_TIMEOUT:
            message = "timeout_in_millis has no effect here: what runs in this process cannot be given up on"
            place = own_place(integration, Place()).at("timeout_in_millis")
            self.warnings.append(Problem("without-effect", message, place, hint, severity="warning"))

    def filled(self, uri: str) -> str:
        """Stage variables put in; an undefined one becomes nothing (reported as tried on AWS)."""
        return _STAGE_VARIABLE.sub(lambda match: self.stage.variables.get(match[1], ""), uri)

    def _lacks_variable(self, uri: str) -> bool:
        return any(not self.stage.variables.get(name) for name in _STAGE_VARIABLE.findall(uri))


_INTEGRATIONS: dict[str, Callable[[Terminals, IntegrationConfig], WSGIApplication]] = {
    "MOCK": Terminals._mock,
    "HTTP": Terminals._http,
    "HTTP_PROXY": Terminals._http,
    "WSGI": Terminals._wsgi,
    "WSGI_PROXY": Terminals._wsgi,
    "AWS": Terminals._aws,
    "AWS_PROXY": Terminals._lambda_proxy,
}


def not_served_yet(what: str, place: Place | None = None) -> ConfigError:
    """The refusal of something AWS has and this release has not: it must not be ignored."""
    hint = "remove it from the definition, or wait for the release that serves it"
    return ConfigError([Problem("not-served-yet", f"{what} is not served yet", place or Place(), hint=hint)])
