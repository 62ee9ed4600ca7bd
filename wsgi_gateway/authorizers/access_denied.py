"""ACCESS_DENIED in AWS's words: who may not call which method, and whether a statement forbade it.

::

    access_denied("anonymous", ctx.method_arn, decision)

The text shows the method's ARN with four digits of the account. What the decision says of statements and
conditions is the reason, which clients do not get.

Not for: callers whom a Lambda authorizer's policy refuses; AWS tells those less.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html;
the digits are as users report them.
"""

from __future__ import annotations

from wsgi_gateway.authorizers.decisions import Decision
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ACCESS_DENIED, GatewayError


def access_denied(user: str, arn: str, decision: Decision) -> GatewayError:
    """The refusal of ``user``, an ARN or ``anonymous``, at the method ``arn`` by ``decision``."""
    parts = arn.split(":", 5)
    parts[4] = "********" + parts[4][-4:]
    text = f"User: {user} is not authorized to perform: execute-api:Invoke on resource: {':'.join(parts)}"
    if decision.effect == "Deny":
        text += " with an explicit deny"
    return GatewayError(ACCESS_DENIED, text, reason=decision.why)


def asked_about(ctx: Context) -> dict[str, str | None]:
    """For a trace of a refusal: what policies were asked about, the method and the address."""
    told = {"method_arn": ctx.method_arn, "source_ip": ctx.source_ip}
    if not ctx.deployment.trusted_proxies and "HTTP_X_FORWARDED_FOR" in ctx.client:
        told["x_forwarded_for"] = "not believed, because trusted_proxies is 0"
    return told
