"""The response caches of a stage: one place for answers, and a ResponseCache for each method that keeps some.

::

    caching = Caching(api, stage, given)
    app = caching.around(app, "/reports", method)    # app itself, if nothing of it is kept
    caching.flush()

Which methods keep answers their settings say (:mod:`wsgi_gateway.config.method_setting`), and only if the
stage's ``cache_cluster_enabled`` is true. Processes share answers if they share a store that keeps records
and the API has an id of its own, which tells it from others in that store.

Not for: the rules of a cache, which are :mod:`wsgi_gateway.lifecycle.response_cache`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.credentials import CredentialProvider
from wsgi_gateway.authorizers.invalidate_cache import CacheInvalidation
from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.config import MethodConfig, MethodSettingConfig, RestApiConfig, StageConfig
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.config.method_setting import MethodSettings
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.lifecycle.response_cache import ResponseCache
from wsgi_gateway.mapping.cache_key import CacheKey
from wsgi_gateway.stores.flights import Flights
from wsgi_gateway.stores.kept_answers import Answer, KeptAnswers, Shelf
from wsgi_gateway.usage.all_keys import has_records

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.given import Given
    from wsgi_gateway.typing import WSGIApplication


class Caching:
    """Makes the caches of one deployment; ``beside``: that of a stage whose answers a canary uses too."""

    def __init__(
        self,
        api: RestApiConfig,
        stage: StageConfig,
        given: Given,
        *,
        scope: str = "",
        beside: Caching | None = None,
    ) -> None:
        self._api, self._stage, self._given, self._scope = api, stage, given, scope
        self._settings = MethodSettings(stage.method_settings)
        self._kept: KeptAnswers | None = None if beside is None else beside._kept
        self._flights: Flights[Answer] = Flights() if beside is None else beside._flights
        self._warnings: list[Problem] = []

    def around(
        self,
        app: WSGIApplication,
        path: str,
        method: MethodConfig,
        provider: Callable[[], CredentialProvider | None],
    ) -> WSGIApplication:
        """``app`` behind the cache of its method, or as it is. ``provider``: of who may sign, asked only if
        that matters. Raises ConfigError for cache keys that cannot work.
        """
        settings = self._of_verbs(path, method)
        if not settings:
            self._warn_of_key(method)
            return app
        self._warn_of_path(path, method)
        return ResponseCache(
            app,
            settings,
            key=lambda setting: self._key(method, setting, path),
            kept=self.kept,
            flights=self._flights,
            may_invalidate=self._permission(method, provider),
            clock=self._given.clock,
            wait=29.0 if method.integration is None else method.integration.timeout_in_millis / 1000,
        )

    @property
    def kept(self) -> KeptAnswers:
        """Where the answers are, once a method keeps some."""
        if self._kept is None:
            self._kept = KeptAnswers(shelf=self._shelf())
        return self._kept

    def flush(self) -> None:
        """Forget all answers. Raises what a shared store raises."""
        self._flights.clear()
        if self._kept is not None:
            self._kept.flush()

    def _of_verbs(self, path: str, method: MethodConfig) -> dict[str, MethodSettingConfig]:
        """Settings of the verbs whose answers are kept: GET, and any that is named and told to."""
        if not self._stage.cache_cluster_enabled:
            return {}
        streams = method.integration is not None and method.integration.response_transfer_mode == "STREAM"
        verbs = HTTP_METHODS if method.http_method == "ANY" else (method.http_method,)
        found = {}
        for verb in verbs:
            setting = self._settings.of(path, verb)
            says = self._settings.says_caching(path, verb)
            if not setting.caching_enabled or not setting.cache_ttl_in_seconds or not (verb == "GET" or says):
                continue
            if not streams:
                found[verb] = setting
            elif says:
                message = f"{verb} {path} is to be cached, and its response transfer mode is STREAM"
                raise ConfigError([Problem("cache-streams", message, method.place, "choose one of the two")])
        return found

    def _key(self, method: MethodConfig, setting: MethodSettingConfig, path: str) -> CacheKey:
        integration, per_caller = method.integration, setting.cache_per_caller is not False
        identity = self._identity(method)
        if integration is None:
            return CacheKey(identity=identity, per_caller=per_caller, whole_target=True, scope=self._scope)
        variables = {f"method.request.path.{name}" for name in _variables(path)}
        return CacheKey(
            integration.cache_namespace,
            integration.cache_key_parameters,
            mapped=integration.request_parameters,
            declared={*method.request_parameters, *variables},
            identity=identity,
            per_caller=per_caller,
            scope=self._scope,
        )

    def _identity(self, method: MethodConfig) -> list[str]:
        """What of a request the method's authorizer goes by."""
        authorizer = self._api.authorizers.get(method.authorizer or "")
        sources = () if authorizer is None else authorizer.identity_source
        return [source for source in sources if source.startswith("method.request.")]

    def _permission(
        self, method: MethodConfig, provider: Callable[[], CredentialProvider | None]
    ) -> Callable[[Context], bool] | None:
        found = provider() if method.authorization_type == "AWS_IAM" else None
        if found is None:
            return None
        own = OwnNames(self._stage.region, self._stage.account_id, self._api.id)
        return CacheInvalidation(found, policy=self._api.policy, own=own)

    def _shelf(self) -> Shelf | None:
        store: Any = self._given.store
        shares = getattr(store, "shared_between_processes", False) and has_records(store)
        if not shares or self._api.id == RestApiConfig().id:
            return None
        api, stage = self._api, self._stage
        place = (api.id, stage.account_id, stage.region, stage.stage_name, stage.deployment_id, self._scope)
        # Answers of the definition that was served before would be found for as long as their TTL.
        made_by = (sorted(stage.variables.items()), api.resources, api.models, api.binary_media_types)
        return Shelf(store, f"response:{sha256(repr((place, made_by)).encode()).hexdigest()}")

    def _warn_of_key(self, method: MethodConfig) -> None:
        """What would be part of a key, where there is none; AWS exports a namespace for every method."""
        integration = method.integration
        if integration is not None and integration.cache_key_parameters:
            message = "cache_key_parameters has no effect here: the stage's settings do not cache this method"
            place = integration.place.at("cache_key_parameters")
            self._warnings.append(Problem("without-effect", message, place, severity="warning"))

    def _warn_of_path(self, path: str, method: MethodConfig) -> None:
        if method.integration is None:
            return
        named = method.integration.cache_key_parameters
        used = {method.integration.request_parameters.get(name, name) for name in named}
        loose = [name for name in _variables(path) if f"method.request.path.{name}" not in used]
        if loose:
            message = (
                f"{method.http_method} {path} is cached, and {', '.join(loose)} of its path is no cache key "
                "parameter: whatever it is, the answer is the first one's, as on AWS"
            )
            hint = f'"cacheKeyParameters": ["method.request.path.{loose[0]}"]'
            self._warnings.append(Problem("cache-key-path", message, method.place, hint, severity="warning"))

    def warnings(self) -> Iterator[Problem]:
        """What the author of the definition, or of the stage, should know."""
        yield from self._warnings


def _variables(path: str) -> list[str]:
    parts = (part for part in path.split("/") if part[:1] == "{" and part[-1:] == "}")
    return [part[1:-1].removesuffix("+") for part in parts]
