"""Authorizer: asks a function whether the caller may call this method, as AWS's Lambda authorizers do.

Why: the decision who may call what is taken before anything else is done for a request, and by one function
for a whole API. Around any WSGI app::

    from wsgi_gateway.authorizers import allow
    from wsgi_gateway.config import AuthorizerConfig
    from wsgi_gateway.lifecycle.authorizer import Authorizer

    def guard(event):
        if event["authorizationToken"] != "open sesame":
            raise Exception("Unauthorized")
        return allow("ali", team="forty")

    config = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))
    app = Authorizer(app, config, authorize=guard)

Behind it the app finds the principal in ``REMOTE_USER`` (with ``AUTH_TYPE`` = ``custom``), the context with
its original values in ``wsgi_gateway.authorizer``, and the API key's value that the authorizer named, if
any, in ``wsgi_gateway.usage_identifier_key``. What stood there before is replaced or removed.
``$context.authorizer`` has the same context as text.

========================================================  ===============================================
no token, an empty one, or one of the wrong shape         401 UNAUTHORIZED, function not called
REQUEST with a TTL, any identity source missing or empty  401 UNAUTHORIZED, function not called
the function raises exactly ``Unauthorized``              401 UNAUTHORIZED
it raises anything else                                   500 AUTHORIZER_FAILURE
its answer is unusable                                    500 AUTHORIZER_CONFIGURATION_ERROR
the policy denies                                         403 ACCESS_DENIED, "... with an explicit deny"
the policy is silent                                      403 ACCESS_DENIED
the method's ARN has more than 1,600 bytes                414
the API's resource policy refuses                         403 ACCESS_DENIED, "User: anonymous is not ..."
========================================================  ===============================================

The policy that a function returned is asked about each request anew, with the request's condition keys
(:mod:`wsgi_gateway.authorizers.request_keys`), and together with the API's ``resource_policy`` if there is
one: that may refuse before the function is asked, and admit where the function's policy is silent
(:mod:`wsgi_gateway.authorizers.attached_policy`).

COGNITO_USER_POOLS and JWT need no function, the token says it all: see
:mod:`wsgi_gateway.authorizers.token_authorizer`. Behind them ``$context.authorizer.claims`` has the claims as
text, ``wsgi_gateway.authorizer`` the claims as the token has them, and ``REMOTE_USER`` the user's name.

Not for: signed requests; AWS_IAM is refused by the constructor.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.access_denied import asked_about
from wsgi_gateway.authorizers.attached_policy import is_final, refused
from wsgi_gateway.authorizers.cache import AuthorizerCache, CallerKeys
from wsgi_gateway.authorizers.condition_keys import NO_KEYS
from wsgi_gateway.authorizers.decisions import Decision, combine
from wsgi_gateway.authorizers.jwt_claims import claim_texts
from wsgi_gateway.authorizers.lambda_function import LambdaAuthorizer
from wsgi_gateway.authorizers.method_arn import METHOD_ARN_LIMIT, URI_TOO_LONG
from wsgi_gateway.authorizers.request_keys import request_keys
from wsgi_gateway.authorizers.token_authorizer import TOKEN_TYPES, TokenAuthorizer
from wsgi_gateway.errors import ACCESS_DENIED, UNAUTHORIZED, ConfigError, GatewayError
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
    from wsgi_gateway.authorizers.grant import Grant
    from wsgi_gateway.authorizers.identity import Values
    from wsgi_gateway.config import AuthorizerConfig
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import Clock, WSGIApplication, WSGIEnvironment

AUTH_TYPE = "custom"
"""The CGI variable of that name behind this stage: OpenAPI's ``x-amazon-apigateway-authtype``."""

BEARER = "Bearer"
"""The same behind the types of tokens."""

AUTHORIZER_KEY = "wsgi_gateway.authorizer"
"""Where the principal and the authorizer's context lie in the environ, values as the authorizer gave them."""

USAGE_IDENTIFIER_KEY = "wsgi_gateway.usage_identifier_key"
"""Where the API key's value lies that the authorizer named; absent if it named none."""

_TOKEN_HOLDS = Decision("Allow", None, None, "the token holds")
_NO_IDENTITY = GatewayError(UNAUTHORIZED, reason="identity source missing or empty")
_SILENT = GatewayError(ACCESS_DENIED, reason="no statement of the policy allows it")
_DENIED = GatewayError(
    ACCESS_DENIED,
    "User is not authorized to access this resource with an explicit deny",
    reason="a statement of the policy denies it",
)


class Authorizer(LifecycleStage):
    """``Authorizer(app, config, authorize=function)``.

    ``authorize``: the function, see :mod:`wsgi_gateway.authorizers.lambda_function`; for the types of tokens
    a verifier, or None for the one that ``config`` asks for. ``scopes``: a method's, for the types of tokens.
    ``cache``: give one to all stages that use this authorizer, so that a caller is asked about once for all
    of them; without it a stage keeps its own, and with a TTL of 0 there is none. ``clock``: seconds since the
    epoch. ``resource_policy``: the API's own.

    Raises ConfigError for an unknown type, and for a configuration that cannot work.
    """

    def __init__(
        self,
        app: WSGIApplication,
        config: AuthorizerConfig,
        *,
        authorize: Any = None,
        cache: AuthorizerCache | None = None,
        clock: Clock = time.time,
        scopes: Iterable[str] = (),
        resource_policy: AttachedPolicy | None = None,
    ) -> None:
        super().__init__(app)
        self._clock = clock
        self._cache = None
        self._resource_policy = resource_policy
        self.name, self._type = config.name, config.type
        if config.type in TOKEN_TYPES:
            if cache is not None:
                raise ConfigError(f"authorizer {config.name!r}: {config.type} keeps no answers in a cache")
            self._tokens = TokenAuthorizer(config, authorize, scopes=scopes, clock=clock)
            self._decide = self._by_token
            return
        if scopes:
            raise ConfigError(
                f"authorizer {config.name!r}: scopes are for tokens, not for the type {config.type}"
            )
        self._decide = self._by_function
        self._authorizer = LambdaAuthorizer(config, authorize)
        if self._authorizer.ttl:
            self._cache = AuthorizerCache() if cache is None else cache
            self._caller_key = CallerKeys(self._cache.scope(config, authorize))

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Let the request go on if the policy of whoever sent it allows this method; else refuse it."""
        arn = ctx.method_arn
        if len(arn) > METHOD_ARN_LIMIT:
            return self._refuse(ctx, URI_TOO_LONG)
        return self._decide(ctx, arn)

    def _by_token(self, ctx: Context, arn: str) -> WSGIApplication | None:
        verified = self._tokens.ask(ctx)
        if isinstance(verified, GatewayError):
            return self._refuse(ctx, verified)
        resource = self._first_phase(ctx, arn)
        if isinstance(resource, GatewayError):
            return resource
        ctx.authorizer = {"claims": claim_texts(verified.claims)}
        ctx.identity = {}
        environ = ctx.environ
        name = self._tokens.principal(verified.claims)
        environ.pop("REMOTE_USER", None)
        environ.pop(USAGE_IDENTIFIER_KEY, None)
        if name is not None:
            environ["REMOTE_USER"] = name.encode().decode("latin-1")
        environ["AUTH_TYPE"] = BEARER
        environ[AUTHORIZER_KEY] = {"claims": verified.claims}
        if ctx.trace is not None:
            self._note(ctx, decision=_TOKEN_HOLDS, resource=resource)
        return None

    def _by_function(self, ctx: Context, arn: str) -> WSGIApplication | None:
        resource = None if self._resource_policy is None else self._first_phase(ctx, arn)
        if isinstance(resource, GatewayError):
            return resource
        identity = self._authorizer.identity(ctx)
        if identity is None:
            return self._refuse(ctx, _NO_IDENTITY, resource=resource)
        grant, cache = self._grant(ctx, identity)
        if isinstance(grant, GatewayError):
            return self._refuse(ctx, grant, cache, resource=resource)
        ctx.authorizer = dict(grant.variables)
        policy = grant.policy
        decision = policy.decide(arn, keys=request_keys(ctx) if policy.keys else NO_KEYS)
        if resource is not None:
            decision = combine(decision, resource, same_account=True)
        if not decision.allowed:
            refusal = _SILENT if decision.effect is None else _DENIED
            return self._refuse(ctx, refusal, cache, decision, resource)
        _introduce(grant, ctx.environ)
        if ctx.trace is not None:
            self._note(ctx, None, cache, decision, resource)
        return None

    def _first_phase(self, ctx: Context, arn: str) -> Decision | GatewayError | None:
        """What the API's own policy says, None if it has none, or its refusal."""
        if self._resource_policy is None:
            return None
        decision = self._resource_policy.of_anyone(ctx, arn)
        return (
            self._refuse(ctx, refused(arn, decision), resource=decision) if is_final(decision) else decision
        )

    def _grant(self, ctx: Context, identity: tuple[Values, ...]) -> tuple[Grant | GatewayError, str]:
        if self._cache is None:
            return self._authorizer.ask(ctx), "off"
        authorizer, key = self._authorizer, self._caller_key(ctx, identity)
        return self._cache.fetch(key, authorizer.ttl, self._clock, authorizer.ask, ctx)

    def _refuse(self, ctx: Context, refusal: GatewayError, *noted: Any, **more: Any) -> GatewayError:
        if ctx.trace is not None:
            self._note(ctx, refusal, *noted, **more)
        return refusal

    def _note(
        self,
        ctx: Context,
        refusal: GatewayError | None = None,
        cache: str | None = None,
        decision: Decision | None = None,
        resource: Decision | None = None,
    ) -> None:
        """Which authorizer, kept or asked, which statement decided and why; the whole of it, for the
        trace.
        """
        assert ctx.trace is not None
        told: dict[str, Any] = {"name": self.name, "type": self._type}
        if cache is not None:
            told["cache"] = cache
        told.update({} if decision is None else decision.told())
        if resource is not None:
            told["resource_policy"] = resource.why
        if refusal is not None:
            told["reason"] = refusal.reason
        if refusal is _NO_IDENTITY:
            told["missing"] = self._authorizer.missing(ctx)
        elif refusal is not None and (decision is not None or resource is not None):
            told.update(asked_about(ctx))
        ctx.trace.note("Authorizer", told)


def _introduce(grant: Grant, environ: WSGIEnvironment) -> None:
    """Tell the app behind who is calling; nothing that stood there before survives."""
    environ["REMOTE_USER"] = grant.remote_user
    environ["AUTH_TYPE"] = AUTH_TYPE
    environ[AUTHORIZER_KEY] = dict(grant.context)
    if grant.usage_identifier_key is not None:
        environ[USAGE_IDENTIFIER_KEY] = grant.usage_identifier_key
    else:
        environ.pop(USAGE_IDENTIFIER_KEY, None)
