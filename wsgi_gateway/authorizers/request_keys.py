"""The condition keys of a request: what an IAM policy's conditions and variables can ask about.

::

    keys = request_keys(ctx, caller)
    policy.decide(arn, keys=keys, principal=caller.principal.for_policies)

``aws:SourceIp`` is :attr:`Context.source_ip <wsgi_gateway.context.Context.source_ip>`: the address that the
server names, or the one that the trusted proxies do. Where there is none nobody can say: an Allow that asks
for it does not apply, and a Deny does. So it is with every key that is not listed here.

``aws:SecureTransport`` is the server's ``wsgi.url_scheme``. Servers believe headers about that, gunicorn
those of its ``secure_scheme_headers`` from this machine; so where one is there and no proxy is trusted,
nobody can say either. With trusted proxies the outermost must set ``X-Forwarded-Proto`` itself.

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
_SCHEME_HEADERS = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_SSL", "HTTP_X_FORWARDED_PROTOCOL")
"""By which servers are told that a proxy spoke TLS."""


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_OF_REQUEST: dict[str, Callable[[Context], str | None]] = {
    "aws:sourceip": lambda ctx: _source_ip(ctx),
    "aws:useragent": lambda ctx: _text(ctx, "HTTP_USER_AGENT"),
    "aws:referer": lambda ctx: _text(ctx, "HTTP_REFERER"),
    "aws:securetransport": lambda ctx: _is_secure(ctx),
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


def can_be_asked(name: str) -> bool:
    """Whether requests can have a key of this lower-case name here."""
    return name in _OF_REQUEST or name in _OF_CALLER or name.startswith(_TAG)


def request_keys(ctx: Context, caller: Caller | None = None) -> Callable[[str], Sequence[str] | None]:
    """The values of a condition key of this request by its lower-case name; None if it has none.

    ``caller``: who signed the request; None for someone unknown.
    """

    def values(name: str) -> Sequence[str] | None:
        if name in _OF_REQUEST:
            value = _OF_REQUEST[name](ctx)
        elif not can_be_asked(name):
            raise UnaskedError(name)
        elif caller is None:
            value = None
        elif name.startswith(_TAG):
            tags = {key.lower(): tag for key, tag in caller.principal.tags.items()}
            value = tags.get(name.removeprefix(_TAG))
        else:
            value = _OF_CALLER[name](caller)
        return None if value is None else (value,)

    return values


def _text(ctx: Context, key: str) -> str | None:
    """A header as text: PEP 3333 has its bytes in disguise."""
    value = ctx.client.get(key)
    return None if value is None else value.encode("latin-1", "replace").decode("utf-8", "replace")


def _is_secure(ctx: Context) -> str:
    client = ctx.client
    if not ctx.deployment.trusted_proxies and any(name in client for name in _SCHEME_HEADERS):
        # The server may have believed it, and anybody can write it.
        raise UnaskedError("aws:securetransport")
    return "true" if client.get("wsgi.url_scheme") == "https" else "false"


def _source_ip(ctx: Context) -> str:
    address = ctx.source_ip
    if address is None:
        raise UnaskedError("aws:sourceip")  # a caller has an address, but nobody tells it
    return address
