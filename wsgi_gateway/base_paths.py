"""DomainName: several gateways under one host, by the beginning of the path, as AWS's base path mappings.

::

    application = DomainName({
        "": Gateway("shop.yaml", shop),               # all that no other mapping takes
        "orders/v1": Gateway("orders.yaml", orders),
        "orders": Gateway("orders-beta.yaml", orders),
    })

``/orders/v1/7`` goes to the second as ``/7``, ``/orders/7`` to the third, ``/orders-old`` to the first. The
longest mapping wins, whether or not its API has such a route. Only whole segments count, and case does; a
percent-escape stands for its character, but ``%2F`` separates nothing.

What was matched moves from PATH_INFO to SCRIPT_NAME, so that an app behind a gateway makes URLs that lead
back here. ``$context.path`` and the path in the event of a Lambda proxy begin with the base path, where
without a domain name the stage stands; ``$context.customDomain.basePathMatched`` is the mapping, ``(none)``
for ``""``.

Without a match: 403 ``{"message":"Forbidden"}``.

Not confirmed on AWS: that segments have to match whole, the refusal without a match, how ``(none)`` is
printed. Not for: choosing by host name or by rules on headers (AWS's routing rules), TLS. Any WSGI app can be
mapped.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from wsgi_gateway.context import request_path
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, ConfigError, GatewayError, Place, Problem
from wsgi_gateway.lifecycle.gateway_responses import GatewayResponses
from wsgi_gateway.variables import BASE_PATH_KEY

if TYPE_CHECKING:
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

NONE = "(none)"
"""How AWS writes the mapping of all the rest; ``""`` means the same."""

_BASE_PATH = re.compile(r"[A-Za-z0-9$\-_.+!*'()]+(?:/[A-Za-z0-9$\-_.+!*'()]+)*")
_LONGEST = 300
_DOTS = frozenset({".", ".."})

_FORBIDDEN = GatewayError(
    DEFAULT_4XX, "Forbidden", status=403, error_type="ForbiddenException", reason="no base path is mapped"
)


class DomainName:
    """``mappings``: base path, without slashes at its ends, to the app for it.

    Raises ConfigError for base paths that AWS would not take, and for two that are the same.
    """

    def __init__(self, mappings: Mapping[str, WSGIApplication]) -> None:
        problems = list(_problems(mappings))
        if problems:
            raise ConfigError(problems)
        self._apps = {
            tuple(base.split("/")) if base not in ("", NONE) else (): app for base, app in mappings.items()
        }
        self._depth = max(map(len, self._apps))
        self._refusal = GatewayResponses(_FORBIDDEN)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to the app of the longest base path that it begins with."""
        segments = request_path(environ)[1:].split("/", self._depth)[: self._depth]
        matched = tuple(unquote(segment) if "%" in segment else segment for segment in segments)
        while matched not in self._apps:
            if not matched:
                return self._refusal(dict(environ), start_response)
            matched = matched[:-1]
        return self._apps[matched](_below(environ, "/".join(matched)), start_response)


def _below(environ: WSGIEnvironment, base: str) -> WSGIEnvironment:
    """The environ for what is mapped there. What an outer gateway knows of the request is not known here."""
    if CONTEXT_KEY in environ:
        environ = {key: value for key, value in environ.items() if not key.startswith("wsgi_gateway.")}
    else:
        environ = dict(environ)
    if base:
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{base}"
        environ["PATH_INFO"] = environ["PATH_INFO"][len(base) + 1 :]
    environ[BASE_PATH_KEY] = base
    return environ


def _problems(mappings: Any) -> Iterable[Problem]:
    place = Place(path="$.mappings")
    if not isinstance(mappings, Mapping) or not mappings:
        yield Problem("base-path", "base path mappings are a mapping from base paths to apps", place)
        return
    if "" in mappings and NONE in mappings:
        yield Problem("base-path", "'' and '(none)' are one base path", place)
    for base, app in mappings.items():
        if not callable(app):
            yield Problem("base-path", f"what {str(base)[:80]!r} is mapped to is no WSGI app", place)
        if base in ("", NONE):
            continue
        is_sound = isinstance(base, str) and len(base) <= _LONGEST and _BASE_PATH.fullmatch(base)
        if not is_sound or not _DOTS.isdisjoint(str(base).split("/")):
            hint = "segments of letters, digits and $-_.+!*'(), no slash at the ends, 300 characters at most"
            yield Problem("base-path", f"{str(base)[:80]!r} is no base path", place, hint)
