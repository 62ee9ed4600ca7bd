"""The resource policy of an API: asked before, beside or instead of an authorizer.

::

    own = OwnNames("eu-west-1", "123456789012", "a1b2c3")
    policy = AttachedPolicy(document, own)
    policy.of_anyone(ctx, ctx.method_arn)            # of a caller whom nobody knows
    policy.of_caller(ctx, ctx.method_arn, caller)    # of one who signed the request

================================  =====================================================================
methods of type                   what is asked
================================  =====================================================================
NONE                              it must allow the request; silence denies
CUSTOM                            before the function is asked: a Deny refuses. Then both policies together
COGNITO_USER_POOLS, JWT           the token first, then both together; a token that holds is an Allow
AWS_IAM                           the signature first, then the policies of the caller and it, together
================================  =====================================================================

"Together" is :func:`~wsgi_gateway.authorizers.decisions.combine`: a Deny of either refuses, and in one
account an Allow of either admits. So a policy that only allows some addresses closes nothing behind an
authorizer; one that denies all others does. AWS's text on user pools wants an Allow besides, its table does
not; here the table holds.

A policy all of whose Allows name AWS principals is for signed requests: every method that is not AWS_IAM
refuses everyone, and a warning says so at start.

What would silently protect nothing is an error: a Deny on the ARN of another API, account or Region, on a
stage or a verb that cannot be one, on a path as no ARN has it (an ARN escapes as ``%C3%A9`` what a URL must
escape, and nothing else), or about another service's actions. On AWS
such ARNs are written with the API's real names; give them, by ``RestApiConfig.id``,
``StageConfig.account_id`` and ``StageConfig.region``, or write ``execute-api:/...``.

Condition keys that only AWS's networks know (``aws:SourceVpce``, ``aws:SourceVpc``) nobody can answer here:
an Allow that asks for one never applies, and a Deny always does.

Not for: policies of callers and of authorizers.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wsgi_gateway.authorizers.access_denied import access_denied
from wsgi_gateway.authorizers.decisions import INVALID_POLICY, SILENCE, Decision, PolicyError
from wsgi_gateway.authorizers.policy import OwnNames, Policy
from wsgi_gateway.authorizers.request_keys import can_be_asked, request_keys
from wsgi_gateway.authorizers.sigv4 import Caller
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ConfigError, GatewayError, Place, Problem

ANONYMOUS = "anonymous"
"""What AWS calls a caller who did not sign."""

_FOR_SIGNED = SILENCE._replace(why="the resource policy allows AWS principals only, and nobody signed")
_HINT = (
    "write execute-api:/stage/VERB/path, or give the API its real names: --api-id, --account-id, --region, "
    "WSGI_GATEWAY_API_ID and so on, or RestApiConfig(id=...) and StageConfig(account_id=..., region=...)"
)


class AttachedPolicy:
    """A resource policy in its place: ``document`` as AWS has it, ``own`` the names of the API.

    ``place``: where it was written. ``stage`` and ``resources``, verbs by path template: what is served, so
    that statements about something else are warned of. ``is_for_signed``: it allows something, to AWS
    principals only. ``warnings``: what its author should know. Raises ConfigError for what is no policy, and
    for a Deny that can never apply.
    """

    def __init__(
        self,
        document: Any,
        own: OwnNames,
        place: Place | None = None,
        *,
        stage: str = "",
        resources: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        place = place or Place()
        try:
            self._policy = Policy(document, resource_policy=True, own=own)
        except PolicyError as error:
            message = f"the resource policy: {error}: {INVALID_POLICY}"
            raise ConfigError([Problem("resource-policy", message, place)]) from error
        idle = list(self._policy.idle(own.arn_of("")))
        for decision, why in idle:
            if decision.effect == "Deny":
                message = f"{decision.why}: {why}, so it would deny nothing"
                raise ConfigError([Problem("resource-policy-idle", message, place, _HINT)])
        self.is_for_signed = self._policy.is_for_signed
        undeclared = [] if resources is None else self._policy.undeclared(own.arn_of(""), stage, resources)
        known = [decision for decision, _ in idle]
        elsewhere = [decision for decision in undeclared if decision not in known]
        self.warnings = (
            *self._warnings(idle, place),
            *(_elsewhere(decision, stage, place) for decision in elsewhere),
        )

    def of_anyone(self, ctx: Context, arn: str) -> Decision:
        """What it says of a request to the method ``arn``, by someone who did not sign."""
        decision = self._policy.decide(arn, keys=request_keys(ctx))
        return _FOR_SIGNED if self.is_for_signed and decision.effect is None else decision

    def of_caller(self, ctx: Context, arn: str, caller: Caller) -> Decision:
        """What it says of a request to the method ``arn``, signed by ``caller``."""
        principal = caller.principal.for_policies
        decision = self._policy.decide(arn, keys=request_keys(ctx, caller), principal=principal)
        # Of an account that it is left to, the root needs no policy of its own.
        return decision._replace(delegates=False) if principal.is_root else decision

    def _warnings(self, idle: list[tuple[Decision, str]], place: Place) -> Iterator[Problem]:
        for decision, why in idle:
            message = f"{decision.why}: {why}, so it allows nothing"
            yield Problem("resource-policy-idle", message, place, _HINT, severity="warning")
        unknown = sorted(key for key in self._policy.keys if not can_be_asked(key))
        if unknown:
            message = (
                f"the resource policy asks for {', '.join(unknown)}, which nobody can answer here: an Allow "
                "with it never applies, and a Deny always does"
            )
            yield Problem("resource-policy-key", message, place, severity="warning")


def _elsewhere(decision: Decision, stage: str, place: Place) -> Problem:
    does = "denies" if decision.effect == "Deny" else "allows"
    message = f"{decision.why}: means no method that the stage {stage!r} has, so it {does} nothing here"
    hint = "is it another stage, or a path or a verb misspelt?"
    return Problem("resource-policy-undeclared", message, place, hint, severity="warning")


def is_final(decision: Decision) -> bool:
    """Whether no authorizer can change it: a Deny, and what is allowed to those who sign only."""
    return decision.effect == "Deny" or decision is _FOR_SIGNED


def refused(arn: str, decision: Decision) -> GatewayError:
    """The refusal of someone who did not sign."""
    return access_denied(ANONYMOUS, arn, decision)
