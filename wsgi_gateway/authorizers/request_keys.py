"""The condition keys of a request: what an IAM policy's conditions and variables can ask about.

::

    keys = request_keys(ctx, caller)
    policy.decide(arn, keys=keys, principal=caller.principal.for_policies)

``aws:SourceIp`` is the address that the server names (``REMOTE_ADDR``); ``X-Forwarded-For`` is what a client
may write, and is not looked at. Where the server names none, nobody can say: an Allow that asks for it does
not apply, and a Deny does. So it is with every key that is not listed here.

Not for: deciding; :meth:`Policy.decide <wsgi_gateway.authorizers.policy.Policy.decide>` does.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from wsgi_gateway.authorizers.condition_keys import UnaskedError
from wsgi_gateway.authorizers.sigv4 import Caller
from wsgi_gateway.context import Context

_TAG = "aws:principaltag/"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_OF_REQUEST: dict[str, Callable[[Context], str | None]] = {
    "aws:sourceip": lambda ctx: ctx.client["REMOTE_ADDR"],
    "aws:useragent": lambda ctx: ctx.client.get("HTTP_USER_AGENT"),
    "aws:referer": lambda ctx: ctx.client.get("HTTP_REFERER"),
    "aws:securetransport": lambda ctx: "true" if ctx.client.get("wsgi.url_scheme") == "https" else "false",
    "aws:currenttime": lambda ctx: _iso(ctx.request_time),
    "aws:epochtime": lambda ctx: str(int(ctx.request_time)),
}
_OF_CALLER: dict[str, Callable[[Caller], str | None]] = {
    "aws:principalarn": lambda caller: caller.principal.role_arn or caller.principal.arn,
    "aws:principalaccount": lambda caller: caller.principal.account,
    "aws:principaltype": lambda caller: caller.principal.type,
    "aws:principalorgid": lambda caller: caller.principal.org_id,
    "aws:userid": lambda caller: caller.principal.user_id,
    "aws:username": lambda caller: caller.principal.username,
}


def request_keys(ctx: Context, caller: Caller | None = None) -> Callable[[str], Sequence[str] | None]:
    """The values of a condition key of this request by its lower-case name; None if it has none."""

    def values(name: str) -> Sequence[str] | None:
        if name == "aws:sourceip" and not ctx.client.get("REMOTE_ADDR"):
            raise UnaskedError(name)  # a caller has an address, but the server does not tell it
        if name in _OF_REQUEST:
            value = _OF_REQUEST[name](ctx)
        elif caller is None:
            raise UnaskedError(name)
        elif name.startswith(_TAG):
            tags = {key.lower(): tag for key, tag in caller.principal.tags.items()}
            value = tags.get(name.removeprefix(_TAG))
        elif name in _OF_CALLER:
            value = _OF_CALLER[name](caller)
        else:
            raise UnaskedError(name)
        return None if value is None else (value,)

    return values
