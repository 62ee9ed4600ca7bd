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
========================================================  ===============================================

COGNITO_USER_POOLS and JWT need no function, the token says it all: see
:mod:`wsgi_gateway.authorizers.token_authorizer`. Behind them ``$context.authorizer.claims`` has the claims as
text, ``wsgi_gateway.authorizer`` the claims as the token has them, and ``REMOTE_USER`` the user's name.

Not for: signed requests; AWS_IAM is refused by the constructor.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.cache import AuthorizerCache, cache_key
from wsgi_gateway.authorizers.jwt_claims import claim_texts
from wsgi_gateway.authorizers.lambda_function import LambdaAuthorizer
from wsgi_gateway.authorizers.method_arn import METHOD_ARN_LIMIT, URI_TOO_LONG
from wsgi_gateway.authorizers.token_authorizer import TOKEN_TYPES, TokenAuthorizer
from wsgi_gateway.errors import ACCESS_DENIED, UNAUTHORIZED, ConfigError, GatewayError
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgi_gateway.authorizers.grant import Grant
    from wsgi_gateway.authorizers.identity import Values
    from wsgi_gateway.authorizers.policy import Decision
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
    ``cache``: give one to
    all stages that use this authorizer, so that a caller is asked about once for all of them; without it a
    stage keeps its own, and with a TTL of 0 there is none. ``clock``: seconds since the epoch.

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
    ) -> None:
        super().__init__(app)
        self._clock = clock
        self._cache = None
        self.name = config.name
        if config.type in TOKEN_TYPES:
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
            self._scope = self._cache.scope(config, authorize)

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Let the request go on if the policy of whoever sent it allows this method; else refuse it."""
        arn = ctx.method_arn
        if len(arn) > METHOD_ARN_LIMIT:
            return self._refuse(ctx, URI_TOO_LONG)
        return self._decide(ctx)

    def _by_token(self, ctx: Context) -> WSGIApplication | None:
        verified = self._tokens.ask(ctx)
        if isinstance(verified, GatewayError):
            return self._refuse(ctx, verified)
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
            self._note(ctx, None, None, None)
        return None

    def _by_function(self, ctx: Context) -> WSGIApplication | None:
        arn = ctx.method_arn
        identity = self._authorizer.identity(ctx)
        if identity is None:
            return self._refuse(ctx, _NO_IDENTITY)
        grant, cache = self._grant(ctx, identity)
        if isinstance(grant, GatewayError):
            return self._refuse(ctx, grant, cache)
        ctx.authorizer = dict(grant.variables)
        decision = grant.policy.decide(arn)
        if not decision.allowed:
            return self._refuse(ctx, _SILENT if decision.effect is None else _DENIED, cache, decision)
        _introduce(grant, ctx.environ)
        if ctx.trace is not None:
            self._note(ctx, None, cache, decision)
        return None

    def _grant(self, ctx: Context, identity: tuple[Values, ...]) -> tuple[Grant | GatewayError, str]:
        if self._cache is None:
            return self._authorizer.ask(ctx), "off"
        key = cache_key(self._scope, ctx, identity)
        return self._cache.fetch(key, self._authorizer.ttl, self._clock, lambda: self._authorizer.ask(ctx))

    def _refuse(
        self, ctx: Context, refusal: GatewayError, cache: str | None = None, decision: Decision | None = None
    ) -> GatewayError:
        if ctx.trace is not None:
            self._note(ctx, refusal, cache, decision)
        return refusal

    def _note(
        self, ctx: Context, refusal: GatewayError | None, cache: str | None, decision: Decision | None
    ) -> None:
        assert ctx.trace is not None
        ctx.trace.note(
            "Authorizer",
            {
                "name": self.name,
                "cache": cache,
                "effect": None if decision is None else decision.effect,
                "statement": None if decision is None else decision.statement,
                "reason": None if refusal is None else refusal.reason,
            },
        )


def _introduce(grant: Grant, environ: WSGIEnvironment) -> None:
    """Tell the app behind who is calling; nothing that stood there before survives."""
    environ["REMOTE_USER"] = grant.remote_user
    environ["AUTH_TYPE"] = AUTH_TYPE
    environ[AUTHORIZER_KEY] = dict(grant.context)
    if grant.usage_identifier_key is not None:
        environ[USAGE_IDENTIFIER_KEY] = grant.usage_identifier_key
    else:
        environ.pop(USAGE_IDENTIFIER_KEY, None)
