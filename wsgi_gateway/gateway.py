"""Gateway: one API definition around one app. The order of the lifecycle is written here, once.

::

    from wsgi_gateway import Gateway

    app.wsgi_app = Gateway("api.yaml", app.wsgi_app)          # around a Flask app
    application = Gateway("api.yaml", get_wsgi_application())  # around a Django app

Every method gets a chain of its own with the stages it needs and no others; what the definition does not ask
for costs nothing. Everything is compiled here; a definition that cannot be served raises one ConfigError with
all its problems.

Functions named by the definition are found by name: ``lambdas={"guard": my_function}`` serves every Lambda
ARN whose function is called ``guard``, as authorizer or as integration; ``authorizers={"tokens":
my_function}`` serves the authorizer of that name whatever its ARN; ``integrations={"reports": app}`` serves
``wsgi:reports``. A function may also be a dotted name, a Lambda ARN or a URL: :mod:`wsgi_gateway.given`.

Methods with AWS_IAM want ``credentials``: those of the people and programs who may sign requests.

A resource policy is asked beside the authorizers, and alone where there is none. ``trusted_proxies`` says how
many proxies stand in front, for the address that it is asked about.

Integrations of type AWS with other services than Lambda call these with the process's own credentials, or
those that they name; ``aws`` says where.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import random as _random
from typing import TYPE_CHECKING, Any

from wsgi_gateway import wsgi
from wsgi_gateway.assembly import Parts
from wsgi_gateway.canary import CanarySplit, Served, canary_api, canary_stage
from wsgi_gateway.chains import Chain
from wsgi_gateway.collector import paused
from wsgi_gateway.config import IntegrationConfig, MethodConfig, RestApiConfig, StageConfig
from wsgi_gateway.config.unserved import closed_methods, without_effect
from wsgi_gateway.context import PAYLOAD_LIMIT, Context
from wsgi_gateway.deployments import definition_of, deployment_of, secret_names, stage_of
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, ConfigError, GatewayError, Problem
from wsgi_gateway.front_door import PayloadLimit
from wsgi_gateway.given import Given
from wsgi_gateway.integrations.http_backends import ANY_BACKEND, HttpBackends
from wsgi_gateway.integrations.lambda_uri import invokes_function
from wsgi_gateway.lifecycle.content_encoding import RequestDecoding, ResponseCompression, decodes
from wsgi_gateway.lifecycle.gateway_responses import GatewayResponses
from wsgi_gateway.lifecycle.integration_request import IntegrationRequest
from wsgi_gateway.lifecycle.integration_response import IntegrationResponse
from wsgi_gateway.lifecycle.method_request import MethodRequest
from wsgi_gateway.lifecycle.method_response import MethodResponse
from wsgi_gateway.lifecycle.rate_limit_headers import RateLimitHeaders
from wsgi_gateway.pipeline import LifecycleStage, fuse
from wsgi_gateway.router import Router, dispatching
from wsgi_gateway.stores import opened
from wsgi_gateway.trace import Trace

if TYPE_CHECKING:
    from wsgi_gateway.integrations.aws_services import AwsServices
    from wsgi_gateway.sources import Definition, Source
    from wsgi_gateway.typing import Clock, StartResponse, Store, WSGIApplication, WSGIEnvironment


logger = logging.getLogger("wsgi_gateway")

_PER_PROCESS = (
    "this API has throttles or quotas, several processes serve it, and its store is the memory of each: "
    "every process admits the full limit. Use one process, or a store that processes share: "
    "store='lmdb:/var/lib/shop', WSGI_GATEWAY_STORE=lmdb:/var/lib/shop."
)


class Gateway:
    """An API around an app, as one WSGI app.

    :param api: a RestApiConfig, a Definition, the path of a definition file, or one already parsed; a list of
        OpenAPI documents for an API that is written in several.
    :param app: the wrapped app; methods without an integration go to it, streamed.
    :param stage: the stage's name, or a StageConfig with variables and limits. A definition that declares
        stages serves the one of that name, or its only one.
    :param api_id: the API's id, in the place of what the definition says, which in a file is nothing.
    :param store: where throttle and quota counters live, and keys and plans that are administered: a store,
        or the URL of one (:mod:`wsgi_gateway.stores`); a MemoryStore of this process by default.
    :param on_store_error: ``closed``, ``open`` or ``local``: what happens while it fails, see
        :mod:`wsgi_gateway.stores.guarded`.
    :param store_lease_seconds: take limits in advance for so long, see :mod:`wsgi_gateway.stores.leased`.
    :param rate_limit_headers: tell callers what is left of their limits.
    :param lambdas: functions by Lambda function name: callables, dotted names ``"module:function"``, ARNs,
        URLs.
    :param integrations: WSGI apps by the name that ``wsgi:NAME`` uses.
    :param authorizers: authorizer functions by the authorizer's name; these come before ``lambdas``. For user
        pools and JWTs verifiers, where those that the definition asks for will not do.
    :param credentials: of those who may sign requests to AWS_IAM methods: a mapping or list of Credentials, a
        function of an access key's id, or the path of a file.
    :param aws: how AWS's services are reached (:mod:`wsgi_gateway.integrations.aws_services`), or the URL of
        all of them, such as a local stack's; by default as every AWS SDK reaches them.
    :param http: what holds for all HTTP backends: networks never called, how many requests may wait for one;
        see :mod:`wsgi_gateway.integrations.http_backends`.
    :param clock: seconds since the epoch, for throttles, quotas and caches.
    :param random: a number from 0 up to 1, by which a canary gets its share of the requests.
    :param trusted_proxies: how many proxies of one's own stand in front of the server, each of which appends
        to ``X-Forwarded-For``; with 0 nothing of that header is believed.
    :param payload_limit: bytes of a request body, and of a response body that has to be buffered.
    :param on_trace: called with the :class:`~wsgi_gateway.trace.Trace` of every request; None traces nothing.

    ``warnings`` has what AWS ignores in the definition, what has no effect here, methods that nobody can
    call, and what was given and nothing uses; it is logged too.

    Raises ConfigError listing every problem of the definition and of these options.
    """

    def __init__(
        self,
        api: RestApiConfig | Definition | Source | Sequence[Source],
        app: WSGIApplication | None = None,
        *,
        stage: StageConfig | str | None = None,
        api_id: str | None = None,
        store: Store | str | None = None,
        on_store_error: str = "closed",
        store_lease_seconds: float = 0.0,
        rate_limit_headers: bool = False,
        lambdas: Mapping[str, Callable[..., Any] | str] | None = None,
        integrations: Mapping[str, WSGIApplication] | None = None,
        authorizers: Mapping[str, Any] | None = None,
        credentials: Any = None,
        aws: AwsServices | str | None = None,
        http: HttpBackends = ANY_BACKEND,
        clock: Clock = time.time,
        random: Callable[[], float] = _random,
        trusted_proxies: int = 0,
        payload_limit: int = PAYLOAD_LIMIT,
        on_trace: Callable[[Trace], object] | None = None,
    ) -> None:
        if not isinstance(rate_limit_headers, bool):
            raise ConfigError(f"rate_limit_headers is True or False, not {str(rate_limit_headers)[:40]!r}")
        ignored: list[Problem] = []
        definition = definition_of(api, ignored, api_id, stage)
        config = self.api = definition.api
        with definition.hiding():
            self.stage = stage_of(stage, definition, ignored)
            self.deployment = deployment_of(config, self.stage, payload_limit, trusted_proxies)
            self._on_trace = on_trace
            self._secret_names = secret_names(config)
            given = Given(
                app=app,
                store=opened(store, on_error=on_store_error, lease_seconds=store_lease_seconds),
                rate_limit_headers=rate_limit_headers,
                lambdas=lambdas,
                integrations=integrations,
                authorizers=authorizers,
                credentials=credentials,
                aws=aws,
                clock=clock,
                http=http,
            )
            parts = Parts(config, self.stage, given)
            self._served = Served(_Assembly(config, self.stage, parts).build(), self.deployment)
            self._split, beside = self._with_canary(parts, random)
        warnings = (
            *ignored,
            *without_effect(config),
            *(() if store is not None else closed_methods(config, self.stage)),
            *dict.fromkeys([*parts.warnings(), *(() if beside is None else beside.warnings())]),
        )
        self.warnings = tuple(map(definition.masked, warnings))
        for warning in self.warnings:
            logger.warning("%s", warning)
        self._limits_are_per_process = parts.limits_are_per_process
        self._parts = (parts,) if beside is None else (parts, beside)

    def _with_canary(
        self, parts: Parts, random: Callable[[], float]
    ) -> tuple[CanarySplit | None, Parts | None]:
        """The choice between this deployment and the canary, and the parts of that."""
        settings = self.stage.canary_settings
        if settings is None:
            return None, None
        api, stage = canary_api(self.api, settings), canary_stage(self.stage, settings)
        limits = self.deployment.payload_limit, self.deployment.trusted_proxies
        beside = parts.for_canary(api, stage, use_stage_cache=settings.use_stage_cache)
        canary = Served(_Assembly(api, stage, beside).build(), deployment_of(api, stage, *limits))
        self._secret_names |= secret_names(api)
        return CanarySplit(self._served, canary, settings.percent_traffic, random), beside

    def flush_authorizers_cache(self) -> None:
        """Forget what authorizers have answered, as AWS's FlushStageAuthorizersCache does: at once in this
        process, within two seconds in others if they share a store, not at all in others if they do not.
        """
        self._each(Parts.flush_authorizers_cache)

    def flush_stage_cache(self) -> None:
        """Forget all kept answers to clients, as AWS's FlushStageCache does; others as above."""
        self._each(lambda parts: parts.caching.flush())

    def _each(self, forget: Callable[[Parts], object]) -> None:
        """A store that fails for one of the two keeps the other from nothing."""
        failure = None
        for parts in self._parts:
            try:
                forget(parts)
            except Exception as error:
                failure = error
        if failure is not None:
            raise failure

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request in a Context of its own."""
        if CONTEXT_KEY in environ:
            # An outer gateway's request goes on in its own environ, and what it knows is not known here.
            environ = {key: value for key, value in environ.items() if not key.startswith("wsgi_gateway.")}
        if self._limits_are_per_process and environ.get("wsgi.multiprocess"):
            self._limits_are_per_process = False
            logger.warning(_PER_PROCESS)
        served = self._served if self._split is None else self._split.choose()
        context = environ[CONTEXT_KEY] = Context(environ, served.deployment)
        context.is_canary_request = served.is_canary
        if self._on_trace is None:
            answer = served.app(environ, start_response)
        else:
            answer = self._traced(served.app, context, self._on_trace, start_response)
        if type(answer) is list:
            # Nothing is left to run. Without the cycle of environ and context a large body is freed at once.
            environ.pop(CONTEXT_KEY, None)
            context.environ.pop(CONTEXT_KEY, None)
        return answer

    def _traced(
        self,
        app: WSGIApplication,
        context: Context,
        on_trace: Callable[[Trace], object],
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        trace = context.trace = Trace(self._secret_names)
        trace.started(context.environ)
        try:
            response = wsgi.call_app(app, context.environ)
            trace.finished(response.status)
        finally:
            try:
                on_trace(trace)
            except Exception as error:
                logger.error("on_trace failed", exc_info=error)
        return response(context.environ, start_response)


class _Assembly:
    """Turns one RestApiConfig into one chain per method, and collects what goes wrong on the way."""

    def __init__(self, api: RestApiConfig, stage: StageConfig, parts: Parts) -> None:
        self.api = api
        self.stage = stage
        self.parts = parts
        self.problems: list[Problem] = []

    @paused()
    def build(self) -> WSGIApplication:
        """GatewayResponses > payload limit > Router > the chains."""
        for examine in (self.parts.attach_policy, self.parts.check_given):
            try:
                examine()
            except ConfigError as error:
                self.problems.extend(error.problems)
        routes = {
            path: {verb: self._attempt(path, verb, method) for verb, method in methods.items()}
            for path, methods in self.api.resources.items()
        }
        outermost: list[LifecycleStage] = []
        try:
            outermost.append(GatewayResponses(Router({}), self.api.gateway_responses))
        except ConfigError as error:
            self.problems.extend(error.problems)
        if self.problems:
            raise ConfigError(self.problems)
        router = Router(routes, dispatching=dispatching(self.api))
        return fuse(GatewayResponses(PayloadLimit(router), self.api.gateway_responses))

    def _attempt(self, path: str, verb: str, method: MethodConfig) -> WSGIApplication:
        try:
            return self._chain(path, method)
        except ConfigError as error:
            for problem in error.problems:
                place = problem.place if problem.place.line or problem.place.file else method.place
                where = f"{verb} {path}: " if place.line is None else ""
                self.problems.append(
                    Problem(problem.code, where + problem.message, place, problem.hint, problem.severity)
                )
            return GatewayError(DEFAULT_4XX)

    def _chain(self, path: str, method: MethodConfig) -> WSGIApplication:
        """THE order: what a request to this method meets, innermost first; absent means absent."""
        integration, parts, binary = method.integration, self.parts, self.api.binary_media_types
        chain = Chain(lambda: parts.integration(integration))
        if integration is not None:
            if not integration.is_proxy:
                answers = integration.integration_responses
                fails = integration.type == "AWS" and invokes_function(integration.uri or "")
                chain.add(
                    lambda app: IntegrationResponse(
                        app, answers, binary_media_types=binary, selects_on_error_message=fails
                    )
                )
            if not integration.type.startswith("WSGI_"):
                declared, kind = method.method_responses, integration.type
                chain.add(lambda app: MethodResponse(app, declared, integration_type=kind))
            if self._reshapes(integration):
                chain.add(lambda app: IntegrationRequest(app, integration, binary_media_types=binary))
        chain.add(lambda app: parts.response_cache(app, path, method))
        validator = self.api.request_validators.get(method.request_validator or "")
        if validator and (validator.validate_request_body or validator.validate_request_parameters):
            chain.add(
                lambda app: MethodRequest(app, method, models=parts.models(method), validator=validator)
            )
        if decodes(integration, validates_body=bool(validator and validator.validate_request_body)):
            keeps = integration is not None and integration.type == "AWS_PROXY"
            chain.add(lambda app: RequestDecoding(app, keeps_header=keeps))
        smallest = self.api.minimum_compression_size
        if smallest is not None and (integration is None or integration.response_transfer_mode != "STREAM"):
            chain.add(lambda app: ResponseCompression(app, minimum_compression_size=smallest))
        if method.api_key_required or self.parts.has_shared_limits:
            chain.add(lambda app: parts.usage_plan(app, method))
            if parts.given.rate_limit_headers:
                chain.add(RateLimitHeaders)
        if method.authorization_type != "NONE" or parts.resource_policy is not None:
            chain.add(lambda app: parts.authorizer(app, method))
        return fuse(chain.finished())

    @staticmethod
    def _reshapes(integration: IntegrationConfig) -> bool:
        """Whether there is anything to reshape: a proxy within reach without mappings gets it as it is."""
        mapped = bool(integration.request_parameters or integration.content_handling)
        if integration.type == "AWS_PROXY":
            return mapped  # its event is made of the client's request
        return integration.type != "WSGI_PROXY" or mapped or bool(integration.http_method)
