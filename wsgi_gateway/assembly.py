"""The parts of a Gateway's chains: terminal apps, usage plans and authorizers, made from config and what was
given.

Functions and apps which a definition names are looked up here, in what the caller of Gateway gave; what is
named and not given is a ConfigError. The order in which the parts stand is not decided here but in
:mod:`wsgi_gateway.gateway`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from wsgi_gateway.authorizers.cache import AuthorizerCache
from wsgi_gateway.authorizers.credentials import CredentialProvider, provider_of
from wsgi_gateway.authorizers.token_authorizer import TOKEN_TYPES, TokenAuthorizer, Verifier
from wsgi_gateway.config import AuthorizerConfig, IntegrationConfig, MethodConfig, RestApiConfig, StageConfig
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.functions import imported
from wsgi_gateway.integrations import Http, LambdaProxy, Mock, WsgiApp
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer
from wsgi_gateway.lifecycle.method_request import compile_model
from wsgi_gateway.lifecycle.usage_plan import UsagePlan
from wsgi_gateway.mapping.models import Model
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.key_table import KeyTable

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, Store, WSGIApplication

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_HAS_HOST = re.compile(r"https?://[^./?#:@][^/?#]*", re.IGNORECASE)
_FUNCTION_NAME = re.compile(r":function:([^:/]+)(?::[^/]+)?(?:/|$)")

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller of Gateway gave beside the definition; see there."""

    app: WSGIApplication | None
    store: Store | None
    lambdas: Mapping[str, Function | str]
    integrations: Mapping[str, WSGIApplication]
    authorizers: Mapping[str, Function | str]
    credentials: Any
    clock: Clock


class Parts:
    """Makes the parts of one API's chains."""

    def __init__(self, api: RestApiConfig, stage: StageConfig, given: Given) -> None:
        self.api = api
        self.stage = stage
        self.given = given
        self._store = given.store if given.store is not None else MemoryStore()
        self._keys: KeyTable | None = None
        self._credentials: CredentialProvider | None = None
        self._verifiers: dict[str, Any] = {}
        self._caches: dict[str, AuthorizerCache] = {}
        self._models: dict[str, Model] = {}
        self.limits_are_per_process = False
        """Whether a method has limits and the store that counts them is this process's own."""

    def models(self, method: MethodConfig) -> dict[str, Model]:
        """The compiled models of a method; each model of the API is compiled once."""
        for name in method.request_models.values():
            if name not in self._models and name in self.api.models:
                self._models[name] = compile_model(self.api.models[name], self.api.models)
        return self._models

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
        uri = self._filled(declared)
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
            self._function(self._filled(integration.uri or "")),
            http_method=integration.http_method or "POST",
            binary_media_types=self.api.binary_media_types,
            timeout=integration.timeout_in_millis / 1000,
        )

    def _wsgi(self, integration: IntegrationConfig) -> WSGIApplication:
        name, slash, path = self._filled(integration.uri or "wsgi:").removeprefix("wsgi:").partition("/")
        if not name:
            app = self._wrapped(f"integration type {integration.type}")
        elif name in self.given.integrations:
            app = self.given.integrations[name]
        else:
            raise _unknown("integration", name, self.given.integrations, "integrations={...}")
        return WsgiApp(app, path=slash + path if slash else None)

    def _filled(self, uri: str) -> str:
        """Stage variables put in; an undefined one becomes nothing (reported as tried on AWS)."""
        return _STAGE_VARIABLE.sub(lambda match: self.stage.variables.get(match[1], ""), uri)

    def _function(self, uri: str) -> Callable[..., Any]:
        """The function that a Lambda ARN, or an authorizer's URI with one in it, names."""
        found = _FUNCTION_NAME.search(uri)
        name = found[1] if found else uri
        if name not in self.given.lambdas:
            raise _unknown(
                "function", name, self.given.lambdas, "lambdas={...}, WSGI_GATEWAY_LAMBDAS or serve --lambda"
            )
        return _resolved(self.given.lambdas[name], f"lambdas[{name!r}]")

    def usage_plan(self, app: WSGIApplication, method: MethodConfig) -> WSGIApplication:
        """``app`` behind the UsagePlan stage; all methods share one key table and one store."""
        self.limits_are_per_process = not getattr(self._store, "shared_between_processes", True)
        if self._keys is None:
            self._keys = KeyTable(self.api.usage_plans, self.api.api_keys)
        return UsagePlan(
            app,
            self.api.usage_plans,
            api_keys=self.api.api_keys,
            store=self._store,
            clock=self.given.clock,
            api_key_source=self.api.api_key_source,
            api_key_required=method.api_key_required,
            stage_throttle=self.stage.throttle,
            key_table=self._keys,
        )

    def authorizer(self, app: WSGIApplication, method: MethodConfig) -> WSGIApplication:
        """``app`` behind the Authorizer stage; methods of one authorizer share its cache."""
        if method.authorization_type == "AWS_IAM":
            return self._iam(app)
        if method.authorization_type not in ("CUSTOM", *TOKEN_TYPES):
            raise not_served_yet(f"authorizationType {method.authorization_type}")
        config = self.api.authorizers[method.authorizer or ""]
        if config.type in TOKEN_TYPES:
            if config.name not in self._verifiers:
                self._verifiers[config.name] = self._verifier(config)
            return Authorizer(
                app,
                config,
                authorize=self._verifiers[config.name],
                scopes=method.authorization_scopes,
                clock=self.given.clock,
            )
        if config.name not in self._caches:
            self._caches[config.name] = AuthorizerCache()
        return Authorizer(
            app,
            config,
            authorize=self._authorizer_function(config),
            cache=self._caches[config.name],
            clock=self.given.clock,
        )

    def _iam(self, app: WSGIApplication) -> WSGIApplication:
        if self.given.credentials is None:
            hint = "give them by Gateway(credentials=...): a mapping, a function or the path of a file"
            message = "authorizationType AWS_IAM needs the credentials of those who may sign"
            raise ConfigError([Problem("no-credentials", message, hint=hint)])
        if self._credentials is None:
            self._credentials = provider_of(self.given.credentials)
        return IamAuthorizer(
            app, credentials=self._credentials, region=self.stage.region, clock=self.given.clock
        )

    def _verifier(self, config: AuthorizerConfig) -> Verifier:
        """What verifies an authorizer's tokens: one for all methods, as it keeps the keys."""
        given = self.given.authorizers.get(config.name)
        if given is not None:
            verifier: Any = _resolved(given, f"authorizers[{config.name!r}]")
            return cast(Verifier, verifier)
        return TokenAuthorizer(config, clock=self.given.clock).verifier

    def _authorizer_function(self, config: AuthorizerConfig) -> Callable[..., Any]:
        if config.name in self.given.authorizers:
            return _resolved(self.given.authorizers[config.name], f"authorizers[{config.name!r}]")
        return self._function(self._filled(config.authorizer_uri or config.name))


_INTEGRATIONS: dict[str, Callable[[Parts, IntegrationConfig], WSGIApplication]] = {
    "MOCK": Parts._mock,
    "HTTP": Parts._http,
    "HTTP_PROXY": Parts._http,
    "WSGI": Parts._wsgi,
    "WSGI_PROXY": Parts._wsgi,
    "AWS_PROXY": Parts._lambda_proxy,
}


def _resolved(function: Function | str, option: str) -> Function:
    """A callable as it is; ``"package.module:attribute"`` imported."""
    return imported(function, option) if isinstance(function, str) else function


def not_served_yet(what: str, place: Place | None = None) -> ConfigError:
    """The refusal of something AWS has and this release has not: it must not be ignored."""
    hint = "remove it from the definition, or wait for the release that serves it"
    return ConfigError([Problem("not-served-yet", f"{what} is not served yet", place or Place(), hint=hint)])


def _unknown(kind: str, name: str, known: Mapping[str, Any], option: str) -> ConfigError:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"give it by {option}"
    return ConfigError([Problem(f"unknown-{kind}", f"no {kind} of the name {name!r} is given", hint=hint)])
