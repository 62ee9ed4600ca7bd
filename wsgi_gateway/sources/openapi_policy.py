"""``x-amazon-apigateway-policy``: the API's resource policy.

It is compiled here for its errors' places, with names invented for the API; the gateway compiles it with the
real ones.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-policy.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.authorizers.decisions import INVALID_POLICY, PolicyError
from wsgi_gateway.authorizers.policy import Policy
from wsgi_gateway.authorizers.resources import OwnNames
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.protection import refuse_empty

POLICY = "x-amazon-apigateway-policy"

_INVENTED = OwnNames("us-east-1", "123456789012", "local")


def read_policy(root: Node) -> dict[str, Any] | None:
    """The policy's document; None if there is none, or none that can be evaluated."""
    refuse_empty(root, POLICY)
    node = root.get(POLICY)
    if node is None:
        return None
    if not node.is_mapping:
        node.wrong_type("a mapping")
        return None
    document: dict[str, Any] = node.value
    check_policy(node, document, _INVENTED)
    return document


def check_policy(node: Node, document: dict[str, Any], own: OwnNames) -> None:
    """Report a resource policy, written at ``node``, that cannot be evaluated. ``own``: the API's names."""
    try:
        Policy(document, resource_policy=True, own=own)
    except PolicyError as error:
        node.error("resource-policy", f"the resource policy: {error}: {INVALID_POLICY}")
