"""Lambda authorizers: a function that gets AWS's event and answers with a policy.

The function is any callable, so an authorizer written for AWS runs here as it is, and one written here runs
there::

    from wsgi_gateway.authorizers import allow

    def authorize(event):
        user = sessions.get(event["authorizationToken"])
        if user is None:
            raise Exception("Unauthorized")          # 401; any other exception is a 500
        return allow(user.name, team=user.team)      # or deny(...): 403

It may take ``(event)`` or ``(event, context)``, the second an :class:`~wsgi_gateway.functions.Invocation`, be
an object with a method ``authorize(event)``, or a class without arguments whose instances are either. It may
also raise
:class:`~wsgi_gateway.errors.GatewayError`, which is answered as it is.

``sys.exit()`` in it ends the worker: servers stop their workers by that exception, so it is no answer here.

What it gets is described in :mod:`wsgi_gateway.authorizers.events`.

Not for: when to ask and what to do with the answer; that is
:class:`wsgi_gateway.lifecycle.authorizer.Authorizer`.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from wsgi_gateway.authorizers.events import Event, request_event, token_event
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.authorizers.identity import Values, compile_source, header_key
from wsgi_gateway.authorizers.policy import PolicyError
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import (
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    UNAUTHORIZED,
    ConfigError,
    GatewayError,
    Problem,
)
from wsgi_gateway.functions import (
    FunctionFailed,
    FunctionTimedOut,
    FunctionUnreachable,
    Invocation,
    arguments,
    place_of,
)
from wsgi_gateway.identifiers import request_ids
from wsgi_gateway.mapping.patterns import compile_pattern

logger = logging.getLogger("wsgi_gateway")

TIMEOUT = 29.0
"""Seconds that a function is told it has; one of this process cannot be interrupted."""

TTL_LIMIT = 3600
"""Seconds that an answer may be kept at most."""

_WRONG_SHAPE = GatewayError(UNAUTHORIZED, reason="the token does not match identity_validation_expression")

Function = Callable[[Event], Any]


class LambdaAuthorizer:
    """One TOKEN or REQUEST authorizer: what identifies a caller, and how to ask about them.

    ``config``: its declaration. ``function``: see the module. ``ttl``: seconds an answer may be kept, 0 for
    not at all. Raises ConfigError for every other type, and for what such an authorizer cannot have or
    lacks.
    """

    def __init__(self, config: AuthorizerConfig, function: Any) -> None:
        problems = list(_problems(config))
        if problems:
            raise ConfigError(
                Problem("authorizer", f"authorizer {config.name!r}: {p}", config.place) for p in problems
            )
        self.name = config.name
        self.ttl = config.authorizer_result_ttl_in_seconds
        self._sources = config.identity_source
        self._function = callable_of_event(function)
        self._is_valid: Callable[[str], Any] | None = None
        self._token_key = ""
        if config.type == "TOKEN":
            key = self._token_key = header_key(config.identity_source[0])
            self.identity, self.event = _token_identity(key), token_event(key)
            if config.identity_validation_expression:
                pattern = compile_pattern(
                    config.identity_validation_expression, "identityValidationExpression"
                )
                self._is_valid = pattern.fullmatch
        else:
            self.identity, self.event = _request_identity(config), request_event

    identity: Callable[[Context], tuple[Values, ...] | None]
    """The values of all identity sources, in order; None refuses the caller without asking about them."""

    event: Callable[[Context], Event]
    """AWS's event for a request."""

    def missing(self, ctx: Context) -> str:
        """The first identity source that a request has not, for a trace."""
        for expression in self._sources:
            values = compile_source(expression)(ctx)
            if not values or not values[-1] or values[-1].isspace():
                return expression
        return ""

    def ask(self, ctx: Context) -> Grant | GatewayError:
        """Call the function, unless the token has the wrong shape.

        A refusal is returned, not raised; its reason never repeats what came in. The shape is looked at
        here, and not with the identity, because a kept answer proves that it was right.
        """
        if self._is_valid is not None and not self._is_valid(ctx.environ[self._token_key]):
            return _WRONG_SHAPE
        try:
            answer = self._function(self.event(ctx))
        except GatewayError as refusal:
            return refusal
        except Exception as error:
            return _failure(error)
        try:
            return Grant(answer)
        except PolicyError as error:
            return GatewayError(AUTHORIZER_CONFIGURATION_ERROR, reason=str(error))


def _problems(config: AuthorizerConfig) -> list[str]:
    if config.type not in ("TOKEN", "REQUEST"):
        return [f"type {config.type} is not supported"]
    problems = []
    ttl, sources = config.authorizer_result_ttl_in_seconds, config.identity_source
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not 0 <= ttl <= TTL_LIMIT:
        problems.append(
            f"authorizer_result_ttl_in_seconds is {ttl!r}, not a whole number from 0 to {TTL_LIMIT}"
        )
    elif config.type == "REQUEST" and ttl and not sources:
        problems.append("without an identity_source no answer can be kept; set the TTL to 0")
    if config.type == "TOKEN" and len(sources) != 1:
        problems.append("identity_source must be exactly one method.request.header.NAME")
    if config.type == "REQUEST" and config.identity_validation_expression:
        problems.append("identity_validation_expression is for the type TOKEN")
    if config.provider_arns:
        problems.append("provider_arns are for the type COGNITO_USER_POOLS")
    return problems


# ---------------------------------------------------------------- the function


def callable_of_event(function: Any) -> Function:
    """A function of the event alone, from any of the forms that the module describes. Raises ConfigError."""
    if isinstance(function, type):
        try:
            function = function()
        except TypeError as error:
            raise ConfigError(
                f"the authorizer class {function.__name__} needs arguments: give an instance"
            ) from error
    call = function if callable(function) else getattr(function, "authorize", None)
    if not callable(call):
        raise ConfigError(
            f"an authorizer must be callable, or have a method authorize: {type(function).__name__}"
        )
    invoked: Callable[..., Any] = call
    if arguments(call, "an authorizer") != 2:
        return invoked
    name = getattr(call, "__name__", type(call).__name__)
    return lambda event: invoked(event, Invocation(name, request_ids()[0], TIMEOUT))


def _failure(error: Exception) -> GatewayError:
    if isinstance(error, FunctionUnreachable):
        # AWS counts what keeps it from asking as configuration, and what was asked in vain as failure.
        kind = AUTHORIZER_FAILURE if isinstance(error, FunctionTimedOut) else AUTHORIZER_CONFIGURATION_ERROR
        logger.error("an authorizer's function gave no answer: %s", error)
        return GatewayError(kind, reason=f"the authorizer's function gave no answer: {error}")
    if _text(error) == "Unauthorized":
        return GatewayError(UNAUTHORIZED, reason="the authorizer said Unauthorized")
    if isinstance(error, FunctionFailed):
        name = error.error_type or "an error without a type"
        logger.error("an authorizer's function, running elsewhere, failed with %s", name)
        return GatewayError(AUTHORIZER_FAILURE, reason=f"the authorizer's function failed with {name}")
    # The text may hold the token, so that neither the reason nor the log repeats it.
    logger.error("an authorizer raised %s in %s", type(error).__name__, place_of(error))
    return GatewayError(AUTHORIZER_FAILURE, reason=f"the authorizer raised {type(error).__name__}")


def _text(error: Exception) -> str | None:
    try:
        return str(error)
    except Exception:
        return None


# ---------------------------------------------------------------- TOKEN


def _token_identity(key: str) -> Callable[[Context], tuple[Values, ...] | None]:
    def identity(ctx: Context) -> tuple[Values, ...] | None:
        token = ctx.environ.get(key)
        return None if not token or token.isspace() else ((token,),)

    return identity


# ---------------------------------------------------------------- REQUEST


def _request_identity(config: AuthorizerConfig) -> Callable[[Context], tuple[Values, ...] | None]:
    sources = [compile_source(expression) for expression in config.identity_source]
    if not config.authorizer_result_ttl_in_seconds:
        return lambda ctx: ()  # the function itself decides what a missing source means

    def identity(ctx: Context) -> tuple[Values, ...] | None:
        found = tuple([source(ctx) for source in sources])
        for values in found:
            if not values or not values[-1] or values[-1].isspace():
                return None
        return found

    return identity
