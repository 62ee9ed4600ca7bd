"""Members that protect: what an author wrote to close something is never lost in silence.

Lost indentation leaves ``security:`` empty, and a slip puts it where nothing reads it; either way a method
would be open that its author believes closed::

    is_protective("securitySchemes")        # True
    is_extension("x-amzn-api-gateway-policy")   # True: meant for Amazon's, and lost
    refuse_empty(operation, "security")

Not for: what the members say; :mod:`~wsgi_gateway.sources.openapi_security` reads them.

Source: the places of ``security`` in https://spec.openapis.org/oas/v3.0.3#security-requirement-object
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateway.sources.node import Node

EMPTY_CODE = "protection-empty"
LOST = "it would protect nothing here; move it to where it counts, or remove it"
"""The hint for a protective name among members that nobody knows."""

# An author protects nothing, but who authorises does.
_PROTECTIVE = re.compile(r"security|polic(y|ies)|auth(?!or(?!i[sz]))", re.IGNORECASE)
_EXTENSION = re.compile(r"x-amazon|apigateway", re.IGNORECASE)
_LIKE_ONE = re.compile(
    r"x[-_]*(?:am[a-z]{0,2}z[a-z]{0,2}(?=api|[^a-z])|amaon|aws(?=api|[^a-z])|api[-_]?(?:gate?wa?y|gw))",
    re.IGNORECASE,
)
_GUARDS = re.compile(_PROTECTIVE.pattern + r"|validator|api-?key-?source", re.IGNORECASE)
_OTHERS = re.compile(
    r"x-(?:alibaba|aliyun|apigee|apisix|azure|google|gravitee|huawei|ibm|kong|krakend|ms|oracle|tencent|tyk"
    r"|wso2|yandex|yc)-",
    re.IGNORECASE,
)
"""Vendors with gateways of their own, whose extensions may say apigateway, too."""


def is_extension(name: str) -> bool:
    """Whether a member is, or was to be, one of Amazon's extensions: those have a table of their own.

    What only resembles their beginning (``x-aws-``, ``x-amzn-``, ``x-api-gateway-``) is, if it would protect.
    """
    if _OTHERS.match(name):
        return False
    return _EXTENSION.search(name) is not None or (
        _LIKE_ONE.match(name) is not None and _GUARDS.search(name) is not None
    )


def is_protective(name: str) -> bool:
    """Whether a member's name says that it restricts who may call: it holds security, auth or policy."""
    return _PROTECTIVE.search(name) is not None and not is_extension(name)


def refuse_empty(node: Node, *names: str) -> None:
    """Report those of the members ``names`` that are there and null."""
    for name in names:
        if node.is_mapping and name in node.value and node.value[name] is None:
            empty(node.child(name))


def empty(member: Node) -> None:
    """Report a member as empty."""
    member.error(EMPTY_CODE, f"{member.key[:80]} is empty; indent its members or remove it")
