"""IamAuthorizer: admits requests that are signed, as AWS's authorization type AWS_IAM does.

Why: machines that have AWS credentials need no other secret, and what they may call stands in IAM policies.
Around any WSGI app::

    from wsgi_gateway.authorizers.credentials import Credential
    from wsgi_gateway.authorizers.principal_record import PrincipalRecord
    from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer

    alice = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", policies=(READ_ONLY,))
    app = IamAuthorizer(app, credentials=[Credential(KEY, SECRET, principal=alice)], region="eu-west-1")

First the signature is verified (:mod:`wsgi_gateway.authorizers.sigv4`), then the caller's identity-based
policies decide on ``execute-api:Invoke`` and the method's ARN: an explicit Deny wins, and silence denies.
Behind it the app finds the caller's ARN in ``REMOTE_USER``, ``AUTH_TYPE`` is ``AWS4-HMAC-SHA256``, the
``Authorization`` header is gone, and ``$context.identity`` has AWS's names.

========================================================  ===============================================
no signature                                              403 MISSING_AUTHENTICATION_TOKEN
a signature that is wrong, malformed or too old           403 INVALID_SIGNATURE
temporary credentials past their time                     403 EXPIRED_TOKEN
an unknown key, or a policy that does not allow it        403 ACCESS_DENIED
a policy of the caller's that is none                     500 AUTHORIZER_CONFIGURATION_ERROR
the method's ARN has more than 1,600 bytes                414
========================================================  ===============================================

The query string of a presigned request goes on as it came, its signature with it: whoever stands behind this
stage could send it again until it expires.

Not for: resource policies, SigV4a, roles assumed at AWS (a provider of credentials may ask there).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wsgi_gateway.authorizers.decisions import SILENCE, Decision
from wsgi_gateway.authorizers.method_arn import METHOD_ARN_LIMIT, URI_TOO_LONG
from wsgi_gateway.authorizers.policy import Policy, PolicyError
from wsgi_gateway.authorizers.request_keys import request_keys
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.sigv4 import Caller, SignatureVerifier
from wsgi_gateway.authorizers.wire_request import from_context, signed_path
from wsgi_gateway.context import canonical_path
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    INVALID_SIGNATURE,
    GatewayError,
)
from wsgi_gateway.functions import place_of
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.principal_record import PrincipalRecord
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import Clock, WSGIApplication

logger = logging.getLogger("wsgi_gateway")

AUTH_TYPE = "AWS4-HMAC-SHA256"
_KEPT_POLICIES = 1024

_OTHER_PATH = GatewayError(INVALID_SIGNATURE, reason="the path that was signed is not the one that is routed")


class IamAuthorizer(LifecycleStage):
    """``IamAuthorizer(app, credentials=provider)``.

    ``credentials``: a mapping or list of :class:`~wsgi_gateway.authorizers.credentials.Credential`, a
    function of the access key's id, or the path of a file. ``region``: that requests must be signed for; None
    for any. ``clock``: seconds since the epoch. Raises ConfigError for what cannot be looked up in.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        credentials: Any,
        region: str | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(app)
        self._verifier = SignatureVerifier(credentials, region=region, clock=clock)
        self._policies: dict[int, tuple[PrincipalRecord, tuple[Policy, ...]]] = {}

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Let the request go on if it is signed by someone who may call this method; else refuse it."""
        arn = ctx.method_arn
        if len(arn) > METHOD_ARN_LIMIT:
            return self._refuse(ctx, URI_TOO_LONG)
        request = from_context(ctx)
        try:
            caller = self._verifier.verify(request)
        except SignatureRefused as refused:
            return self._refuse(ctx, refused.answer())
        except GatewayError as refusal:
            return self._refuse(ctx, refusal)
        except Exception as error:
            # A provider of credentials failed; its text may hold a secret.
            logger.error("looking up a credential raised %s in %s", type(error).__name__, place_of(error))
            reason = f"looking up a credential raised {type(error).__name__}"
            return self._refuse(ctx, GatewayError(AUTHORIZER_FAILURE, reason=reason))
        if canonical_path(signed_path(request)) != canonical_path(_routed_path(ctx)):
            return self._refuse(ctx, _OTHER_PATH)
        try:
            decision = self._decide(ctx, arn, caller)
        except PolicyError as error:
            return self._refuse(ctx, GatewayError(AUTHORIZER_CONFIGURATION_ERROR, reason=str(error)))
        if not decision.allowed:
            return self._refuse(ctx, _denied(caller, arn, decision), decision)
        _introduce(ctx, caller)
        self._note(ctx, None, decision)
        return None

    def _decide(self, ctx: Context, arn: str, caller: Caller) -> Decision:
        """What the caller's policies say together."""
        keys = request_keys(ctx, caller)
        found = SILENCE
        for policy in self._compiled(caller.principal):
            decision = policy.decide(arn, keys=keys, principal=caller.principal.for_policies)
            if decision.effect == "Deny":
                return decision
            if decision.allowed and not found.allowed:
                found = decision
        return found

    def _compiled(self, principal: PrincipalRecord) -> tuple[Policy, ...]:
        kept = self._policies.get(id(principal))
        if kept is None or kept[0] is not principal:
            if len(self._policies) >= _KEPT_POLICIES:
                self._policies.clear()
            kept = principal, tuple(Policy(document) for document in principal.policies)
            self._policies[id(principal)] = kept
        return kept[1]

    def _refuse(self, ctx: Context, refusal: GatewayError, decision: Decision | None = None) -> GatewayError:
        self._note(ctx, refusal, decision)
        return refusal

    def _note(self, ctx: Context, refusal: GatewayError | None, decision: Decision | None) -> None:
        if ctx.trace is None:
            return
        ctx.trace.note(
            "Authorizer",
            {
                "name": "AWS_IAM",
                "effect": None if decision is None else decision.effect,
                "statement": None if decision is None else decision.statement,
                "why": None if decision is None else decision.why,
                "reason": None if refusal is None else refusal.reason,
            },
        )


def _routed_path(ctx: Context) -> str:
    if ctx.path is None:
        return signed_path(from_context(ctx))  # nobody has routed it
    return quote(ctx.client.get("SCRIPT_NAME", ""), encoding="latin-1") + ctx.path


def _denied(caller: Caller, arn: str, decision: Decision) -> GatewayError:
    """AWS's text: it shows the ARN with four digits of the account, and says if a statement denied it."""
    parts = arn.split(":", 5)
    parts[4] = "********" + parts[4][-4:]
    text = f"User: {caller.principal.arn} is not authorized to perform: execute-api:Invoke on resource: "
    explicit = " with an explicit deny" if decision.effect == "Deny" else ""
    reason = decision.why or "no policy of the caller's allows it"
    return GatewayError(ACCESS_DENIED, text + ":".join(parts) + explicit, reason=reason)


def _introduce(ctx: Context, caller: Caller) -> None:
    """Tell the app behind who is calling; nothing that stood there before survives."""
    ctx.identity = caller.identity
    ctx.authorizer = None
    environ = ctx.environ
    environ["REMOTE_USER"] = caller.principal.arn.encode().decode("latin-1")
    environ["AUTH_TYPE"] = AUTH_TYPE
    for name in ("HTTP_AUTHORIZATION", "wsgi_gateway.authorizer", "wsgi_gateway.usage_identifier_key"):
        environ.pop(name, None)
