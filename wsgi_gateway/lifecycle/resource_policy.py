"""ResourcePolicy: admits whom an API's own policy allows, where nothing else asks who is calling.

Why: an API for some addresses, some hours or one's own proxy needs no login, and no code. Around any WSGI
app::

    from wsgi_gateway.authorizers import AttachedPolicy, OwnNames
    from wsgi_gateway.lifecycle.resource_policy import ResourcePolicy

    office = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource":
    "execute-api:/*",
              "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    policy = AttachedPolicy({"Version": "2012-10-17", "Statement": [office]},
                            OwnNames("us-east-1", "123456789012", "local"))
    app = ResourcePolicy(app, policy)

The policy must allow the request: silence is 403 ACCESS_DENIED, ``User: anonymous is not authorized to
perform: execute-api:Invoke on resource: ...``, and a Deny the same ``with an explicit deny``. A method's ARN
of more than 1,600 bytes is 414. This stage is for methods of type NONE; with an authorizer both decide, see
:mod:`wsgi_gateway.authorizers.attached_policy`.

Not for: preflight requests; they are denied like any other unless a statement allows ``OPTIONS``, as on AWS.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway.authorizers.access_denied import asked_about
from wsgi_gateway.authorizers.attached_policy import AttachedPolicy, refused
from wsgi_gateway.authorizers.method_arn import METHOD_ARN_LIMIT, URI_TOO_LONG
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import WSGIApplication


class ResourcePolicy(LifecycleStage):
    """``ResourcePolicy(app, policy)``; ``policy`` is an
    :class:`~wsgi_gateway.authorizers.attached_policy.AttachedPolicy`.
    """

    def __init__(self, app: WSGIApplication, policy: AttachedPolicy) -> None:
        super().__init__(app)
        self._policy = policy

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Let the request go on if the policy allows it; else refuse it."""
        arn = ctx.method_arn
        if len(arn) > METHOD_ARN_LIMIT:
            return URI_TOO_LONG
        decision = self._policy.of_anyone(ctx, arn)
        if ctx.trace is not None:
            about = {} if decision.allowed else asked_about(ctx)
            ctx.trace.note("ResourcePolicy", {**decision.told(), **about})
        return None if decision.allowed else refused(arn, decision)
