"""The closed table of ``x-amazon-apigateway-*`` members: where each belongs, and what becomes of it.

A misspelled or misplaced extension would be configuration ignored in silence, so both stop the load where
extensions stand; those that protect stop it anywhere (:mod:`~wsgi_gateway.sources.openapi_strays`).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import re

from wsgi_gateway.config.spelling import closest, did_you_mean
from wsgi_gateway.sources.node import Node, is_foreign
from wsgi_gateway.sources.protection import LOST, empty, is_extension, is_protective

PREFIX = "x-amazon-apigateway-"

ROOT = "the document's root"
PATH_ITEM = "a path item"
OPERATION = "an operation"
SECURITY_SCHEME = "a security scheme"
SERVER = "a server"
COMPONENTS = "components"
INFO = "info"
ELSEWHERE = "this object"

_READ = {
    "any-method": (PATH_ITEM,),
    "api-key-source": (ROOT,),
    "auth": (OPERATION,),
    "authorizer": (SECURITY_SCHEME,),
    "authtype": (SECURITY_SCHEME,),
    "binary-media-types": (ROOT,),
    "endpoint-configuration": (ROOT, SERVER),
    "gateway-responses": (ROOT,),
    "integration": (OPERATION,),
    "integrations": (COMPONENTS,),
    "minimum-compression-size": (ROOT,),
    "policy": (ROOT,),
    "request-validator": (ROOT, OPERATION),
    "request-validators": (ROOT,),
}
_IGNORED = {
    "cors": "it belongs to HTTP APIs; write an OPTIONS method",
    "documentation": None,
    "importexport-version": "it belongs to HTTP APIs",
    "tag-value": "it belongs to HTTP APIs",
}
_IN_FRONT = {
    "security-policy": "set the TLS versions in the server that ends TLS",
    "endpoint-access-mode": "restrict the endpoint in the server that ends TLS",
}
"""What the server in front does, and a WSGI app cannot."""

_PROTECTING = frozenset(
    "api-key-source auth authorizer authtype endpoint-configuration policy request-validator".split()
)
EXTENSIONS = frozenset(PREFIX + name for name in (*_READ, *_IGNORED, *_IN_FRONT))
"""Every extension of REST APIs, and those of HTTP APIs which an import ignores."""

_BEGINNING = re.compile(r"x[-_]*amazon[-_]?api[-_]?gateway[-_]*", re.IGNORECASE)
_LIKE_BEGINNING = re.compile(r"(?:x[-_]*)?(?:a[mw][a-z]*[-_]*)?(?:api[-_]?g[a-z]*[-_]+)?", re.IGNORECASE)


def check_extensions(node: Node, where: str) -> None:
    """Report the extensions of one object that do not belong there, or that have no effect."""
    for name in node.value if node.is_mapping else ():
        if node.report.full:
            return
        if is_extension(name):
            _check(node.child(name), name.removeprefix(PREFIX), where)


def check_strays(node: Node, where: str) -> None:
    """Report what would protect, were it not in an object where nothing reads it."""
    check_extensions(node, where)
    for name in node.value if node.is_mapping else ():
        if is_protective(name) and not is_foreign(name):
            node.child(name).error("member-unknown", f"unknown member {name[:80]!r} of {where}", LOST)


def would_protect(name: str) -> bool:
    """Whether an extension of Amazon's closes something, or is unknown, so that it may have been meant to."""
    beginning = _BEGINNING.match(name)
    if beginning is None:
        return False
    short = name[beginning.end() :].lower()
    return short in _PROTECTING or short in _IN_FRONT or PREFIX + short not in EXTENSIONS


def refuse_stray(node: Node) -> None:
    """Report an extension in an object where nothing reads any."""
    _check(node, node.key.removeprefix(PREFIX), ELSEWHERE)


def _check(node: Node, name: str, where: str) -> None:
    full_name = node.key[:80]
    if full_name not in EXTENSIONS:
        node.error("extension-unknown", f"unknown extension {full_name!r}", _meant(full_name))
    elif name in _IGNORED:
        node.warning("extension-ignored", f"{full_name} has no effect", _IGNORED[name])
    elif name in _IN_FRONT:
        message = f"{full_name} has no effect here: the server in front decides"
        node.warning("without-effect", message, _IN_FRONT[name])
    elif where not in _READ[name]:
        node.error(
            "extension-misplaced",
            f"{full_name} does not belong to {where}",
            f"it belongs to {_READ[name][0]}",
        )
    elif node.value is None and name in _PROTECTING:
        empty(node)


def _meant(full_name: str) -> str | None:
    """A hint by what comes after the words that name the vendor, whatever was written for those."""
    short = _LIKE_BEGINNING.sub("", full_name, count=1)
    near = closest(short, (*_READ, *_IGNORED, *_IN_FRONT))
    return did_you_mean(PREFIX + near if near else full_name, EXTENSIONS, "remove it")
