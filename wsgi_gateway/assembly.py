"""The parts of a Gateway's chains: usage plans, authorizers and the rest, made from what was given.

Functions which a definition names are looked up in what the caller of Gateway gave
(:mod:`wsgi_gateway.given`); what is named and not given is a ConfigError. The order in which the parts stand
is not decided here but in :mod:`wsgi_gateway.gateway`; terminal apps are made in
:mod:`wsgi_gateway.terminals`.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
from wsgi_gateway.authorizers.cache import AuthorizerCache
from wsgi_gateway.authorizers.credentials import CredentialProvider, provider_of
from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.authorizers.shared_answers import SharedAnswers
from wsgi_gateway.authorizers.token_authorizer import TOKEN_TYPES, TokenAuthorizer, Verifier
from wsgi_gateway.caching import Caching
from wsgi_gateway.config import AuthorizerConfig, IntegrationConfig, MethodConfig, RestApiConfig, StageConfig
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.given import Given
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer
from wsgi_gateway.lifecycle.method_request import compile_model
from wsgi_gateway.lifecycle.resource_policy import ResourcePolicy
from wsgi_gateway.lifecycle.usage_plan import Keys, UsagePlan
from wsgi_gateway.mapping.models import Model
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.terminals import Terminals, not_served_yet
from wsgi_gateway.usage.all_keys import AllKeys, has_records
from wsgi_gateway.usage.key_table import KeyTable
from wsgi_gateway.usage.limited_methods import LimitedMethods
from wsgi_gateway.usage.shared_limits import SharedLimits

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIApplication


class Parts:
    """Makes the parts of one API's chains."""

    def __init__(self, api: RestApiConfig, stage: StageConfig, given: Given) -> None:
        self.api = api
        self.stage = stage
        self.given = given
        self._terminals = Terminals(api, stage, given)
        self._store: Any = given.store if given.store is not None else MemoryStore()
        self._keys: Keys | None = None
        self._credentials: CredentialProvider | None = None
        self._verifiers: dict[str, Any] = {}
        self._signs = False
        self._own_rules: list[AuthorizerConfig] = []
        self.resource_policy: AttachedPolicy | None = None
        """The API's own policy, once :meth:`attach_policy` has compiled it."""
        self._caches: dict[str, AuthorizerCache] = {}
        self._models: dict[str, Model] = {}
        self.caching = Caching(api, stage, given)
        """The response caches."""
        self.limits_are_per_process = False
        """Whether a method has limits and the store that counts them is this process's own."""

    def for_canary(self, api: RestApiConfig, stage: StageConfig, *, use_stage_cache: bool) -> Parts:
        """The parts of the canary beside this deployment: they count in the same place."""
        parts = Parts(api, stage, self.given)
        parts._store = self._store
        scope, beside = ("", self.caching) if use_stage_cache else ("canary", None)
        parts.caching = Caching(api, stage, self.given, scope=scope, beside=beside)
        return parts

    def models(self, method: MethodConfig) -> dict[str, Model]:
        """The compiled models of a method; each model of the API is compiled once."""
        for name in method.request_models.values():
            if name not in self._models and name in self.api.models:
                self._models[name] = compile_model(self.api.models[name], self.api.models)
        return self._models

    def integration(self, integration: IntegrationConfig | None) -> WSGIApplication:
        """The terminal app; the wrapped one for a method without integration."""
        return self._terminals.integration(integration)

    def response_cache(self, app: WSGIApplication, path: str, method: MethodConfig) -> WSGIApplication:
        """``app`` behind the response cache of its method, or as it is if none of its answers is kept."""
        return self.caching.around(app, path, method, lambda: self._credentials)

    @property
    def has_shared_limits(self) -> bool:
        """Whether all callers of a method share a limit."""
        return bool(SharedLimits(self.stage))

    def usage_plan(self, app: WSGIApplication, method: MethodConfig) -> WSGIApplication:
        """``app`` behind the UsagePlan stage; all methods share one key table and one store."""
        self.limits_are_per_process = not getattr(self._store, "shared_between_processes", True)
        if self._keys is None:
            declared = KeyTable(self.api.usage_plans, self.api.api_keys)
            told = LimitedMethods(self.api, self.stage.stage_name)
            self._keys = declared if self.given.store is None else AllKeys(declared, self._store, told)
        return UsagePlan(
            app,
            store=self._store,
            clock=self.given.clock,
            api_key_source=self.api.api_key_source,
            api_key_required=method.api_key_required,
            stage=self.stage,
            key_table=self._keys,
            tells=self.given.rate_limit_headers,
        )

    def authorizer(self, app: WSGIApplication, method: MethodConfig) -> WSGIApplication:
        """``app`` behind the stage that knows who calls, or asks the API's own policy alone; methods of one
        authorizer share its cache.
        """
        policy = self.resource_policy
        if method.authorization_type == "NONE":
            return app if policy is None else ResourcePolicy(app, policy)
        if method.authorization_type == "AWS_IAM":
            return self._iam(app, policy)
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
                resource_policy=policy,
            )
        function = self._authorizer_function(config)
        if config.name not in self._caches:
            self._caches[config.name] = AuthorizerCache(shared=self._shared_answers(config, function))
        return Authorizer(
            app,
            config,
            authorize=function,
            cache=self._caches[config.name],
            clock=self.given.clock,
            resource_policy=policy,
        )

    def _shared_answers(self, config: AuthorizerConfig, function: Any) -> SharedAnswers | None:
        """Where processes share an authorizer's answers: in a store that they share, if it can keep some, and
        if the function has a name that means the same in all of them.
        """
        api, stage, name = self.api, self.stage, self.given.name_of(function)
        shares = getattr(self._store, "shared_between_processes", False)
        if not shares or name is None or api.id == RestApiConfig().id:
            return None
        if not has_records(self._store):
            return None
        uri = self._terminals.filled(config.authorizer_uri or "")
        place = (api.id, stage.account_id, stage.region, stage.stage_name, sorted(stage.variables.items()))
        scope = repr((place, config, uri, name))
        return SharedAnswers(self._store, f"authorizer:{sha256(scope.encode()).hexdigest()}")

    def flush_authorizers_cache(self) -> None:
        """Forget the answers of all authorizers; raises the last of the exceptions that a store raises."""
        failure = None
        for cache in self._caches.values():
            try:
                cache.clear()
            except Exception as error:
                failure = error
        if failure is not None:
            raise failure

    def attach_policy(self) -> None:
        """Compile the API's own policy, once for all methods. Raises ConfigError."""
        if self.api.policy is not None:
            own = OwnNames(self.stage.region, self.stage.account_id, self.api.id)
            self.resource_policy = AttachedPolicy(
                self.api.policy,
                own,
                self.api.policy_place,
                stage=self.stage.stage_name,
                resources=self.api.resources,
            )

    def check_given(self) -> None:
        """Raise ConfigError for what was given and cannot be meant."""
        if self.given.credentials is not None:
            self._credentials = provider_of(self.given.credentials)
        self.given.check_authorizers(self.api.authorizers)

    def _iam(self, app: WSGIApplication, policy: AttachedPolicy | None) -> WSGIApplication:
        if self.given.credentials is None:
            hint = "give Gateway(credentials=...), WSGI_GATEWAY_CREDENTIALS or serve --credentials"
            message = "authorizationType AWS_IAM needs the credentials of those who may sign"
            raise ConfigError([Problem("no-credentials", message, hint=hint)])
        if self._credentials is None:
            raise ConfigError([])  # they cannot be looked up in, which has been told
        self._signs = True
        return IamAuthorizer(
            app,
            credentials=self._credentials,
            region=self.stage.region,
            clock=self.given.clock,
            resource_policy=policy,
        )

    def _verifier(self, config: AuthorizerConfig) -> Verifier:
        """What verifies an authorizer's tokens: one for all methods, as it keeps the keys."""
        made = TokenAuthorizer(config, self.given.authorizer(config.name), clock=self.given.clock)
        if made.has_own_rules:
            self._own_rules.append(config)
        return made.verifier

    def _authorizer_function(self, config: AuthorizerConfig) -> Any:
        given = self.given.authorizer(config.name)
        return (
            given
            if given is not None
            else self.given.function(self._terminals.filled(config.authorizer_uri or config.name))
        )

    def warnings(self) -> Iterator[Problem]:
        """What the author of the definition, or of what was given, should know."""
        policy = self.resource_policy
        if policy is not None:
            yield from policy.warnings
            yield from _open_to_signed(self.api, policy)
        yield from self.given.unused()
        yield from self.caching.warnings()
        yield from self._terminals.warnings
        for config in self._own_rules:
            message = (
                f"the authorizer {config.name!r} is given a verifier with rules of its own: the issuers, "
                "audiences and claims that the definition declares are not looked at; a KeySet gives keys "
                "alone"
            )
            yield Problem("verifier-own-rules", message, config.place, severity="warning")
        if self.given.credentials is not None and not self._signs:
            message = "credentials are given, and no method has the authorization type AWS_IAM"
            yield Problem("name-unused", message, severity="warning")


def _open_to_signed(api: RestApiConfig, policy: AttachedPolicy) -> Iterator[Problem]:
    closed = [
        f"{verb} {path}"
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if method.authorization_type != "AWS_IAM"
    ]
    if policy.is_for_signed and closed:
        more = f" and {len(closed) - 3} more" if len(closed) > 3 else ""
        message = (
            f"nobody can call {', '.join(closed[:3])}{more}: the resource policy allows AWS principals only, "
            "and only methods of the type AWS_IAM know who they are"
        )
        yield Problem("resource-policy-closes", message, api.policy_place, severity="warning")
