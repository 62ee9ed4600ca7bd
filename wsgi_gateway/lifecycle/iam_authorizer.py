"""IamAuthorizer: admits requests that are signed, as AWS's authorization type AWS_IAM does.

Why: machines that have AWS credentials need no other secret, and what they may call stands in IAM policies.
Around any WSGI app::

    from wsgi_gateway.authorizers.credentials import Credential
    from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
    from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer

    alice = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", policies=(READ_ONLY,))
    app = IamAuthorizer(app, credentials=[Credential(KEY, SECRET, principal=alice)], region="eu-west-1")

First the signature is verified (:mod:`wsgi_gateway.authorizers.sigv4`), then the caller's identity-based
policies decide on ``execute-api:Invoke`` and the method's ARN: an explicit Deny wins, and silence denies. If
the API has a ``resource_policy`` that is asked too: in the caller's own account an Allow of either is enough,
and callers of other accounts need both. Without one the account does not matter; AWS admits no other account
then.

Behind it the app finds the caller's ARN in ``REMOTE_USER``, ``AUTH_TYPE`` is ``AWS4-HMAC-SHA256``, the
``Authorization`` header is gone, and ``$context.identity`` has AWS's names.

========================================================  ===============================================
no signature                                              403 MISSING_AUTHENTICATION_TOKEN
a signature that is wrong, malformed or too old           403 INVALID_SIGNATURE
temporary credentials past their time                     403 EXPIRED_TOKEN
an unknown key, or a policy that does not allow it        403 ACCESS_DENIED
the method's ARN has more than 1,600 bytes                414
========================================================  ===============================================

The query string of a presigned request goes on as it came, its signature with it: whoever stands behind this
stage could send it again until it expires.

Not for: SigV4a, roles assumed at AWS (a provider of credentials may ask there).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wsgi_gateway.authorizers.access_denied import access_denied, asked_about
from wsgi_gateway.authorizers.decisions import SILENCE, Decision, combine
from wsgi_gateway.authorizers.method_arn import METHOD_ARN_LIMIT, URI_TOO_LONG
from wsgi_gateway.authorizers.request_keys import request_keys
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.sigv4 import Caller, SignatureVerifier
from wsgi_gateway.authorizers.wire_request import from_context, signed_path
from wsgi_gateway.context import canonical_path
from wsgi_gateway.errors import AUTHORIZER_FAILURE, INVALID_SIGNATURE, GatewayError
from wsgi_gateway.functions import place_of
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import Clock, WSGIApplication

logger = logging.getLogger("wsgi_gateway")

AUTH_TYPE = "AWS4-HMAC-SHA256"
_NO_POLICY = SILENCE._replace(why="the caller has no policies")
_NOT_ALLOWED = SILENCE._replace(why="no policy of the caller's allows it")

_OTHER_PATH = GatewayError(INVALID_SIGNATURE, reason="the path that was signed is not the one that is routed")


class IamAuthorizer(LifecycleStage):
    """``IamAuthorizer(app, credentials=provider)``.

    ``credentials``: a mapping or list of :class:`~wsgi_gateway.authorizers.credentials.Credential`, a
    function of the access key's id, or the path of a file. ``region``: that requests must be signed for; None
    for any. ``clock``: seconds since the epoch. ``resource_policy``: the API's own. Raises ConfigError for
    what cannot be looked up in.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        credentials: Any,
        region: str | None = None,
        clock: Clock = time.time,
        resource_policy: AttachedPolicy | None = None,
    ) -> None:
        super().__init__(app)
        self._verifier = SignatureVerifier(credentials, region=region, clock=clock)
        self._resource_policy = resource_policy

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
        decision, resource = self._decide(ctx, arn, caller)
        if not decision.allowed:
            denied = access_denied(caller.principal.arn, arn, decision)
            return self._refuse(ctx, denied, caller, decision, resource)
        _introduce(ctx, caller)
        if ctx.trace is not None:
            self._note(ctx, None, caller, decision, resource)
        return None

    def _decide(self, ctx: Context, arn: str, caller: Caller) -> tuple[Decision, Decision | None]:
        """What the caller's policies and the API's own say together, and what that one says."""
        own = _own_decision(ctx, arn, caller)
        if self._resource_policy is None:
            return own, None
        resource = self._resource_policy.of_caller(ctx, arn, caller)
        same_account = caller.principal.account == ctx.deployment.account_id
        return combine(own, resource, same_account), resource

    def _refuse(self, ctx: Context, refusal: GatewayError, *noted: Any) -> GatewayError:
        if ctx.trace is not None:
            self._note(ctx, refusal, *noted)
        return refusal

    def _note(
        self,
        ctx: Context,
        refusal: GatewayError | None,
        caller: Caller | None = None,
        decision: Decision | None = None,
        resource: Decision | None = None,
    ) -> None:
        assert ctx.trace is not None
        told: dict[str, Any] = {"name": "AWS_IAM"}
        if caller is not None:
            told["user_arn"] = caller.principal.arn
        told.update({} if decision is None else decision.told())
        if resource is not None:
            told["resource_policy"] = resource.why
        if refusal is not None:
            told["reason"] = refusal.reason
        if refusal is not None and decision is not None:
            told.update(asked_about(ctx))
        ctx.trace.note("Authorizer", told)


def _own_decision(ctx: Context, arn: str, caller: Caller) -> Decision:
    """What the caller's policies say together."""
    keys, principal = request_keys(ctx, caller), caller.principal
    found = _NOT_ALLOWED if principal.compiled else _NO_POLICY
    for policy in principal.compiled:
        decision = policy.decide(arn, keys=keys, principal=principal.for_policies)
        if decision.effect == "Deny":
            return decision
        if decision.allowed and not found.allowed:
            found = decision
    return found


def _routed_path(ctx: Context) -> str:
    if ctx.path is None:
        return signed_path(from_context(ctx))  # nobody has routed it
    return quote(ctx.client.get("SCRIPT_NAME", ""), encoding="latin-1") + ctx.path


def _introduce(ctx: Context, caller: Caller) -> None:
    """Tell the app behind who is calling; nothing that stood there before survives."""
    ctx.identity = caller.identity
    ctx.authorizer = None
    environ = ctx.environ
    environ["REMOTE_USER"] = caller.principal.arn.encode().decode("latin-1")
    environ["AUTH_TYPE"] = AUTH_TYPE
    for name in ("HTTP_AUTHORIZATION", "wsgi_gateway.authorizer", "wsgi_gateway.usage_identifier_key"):
        environ.pop(name, None)
