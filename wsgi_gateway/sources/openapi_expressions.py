"""``requestParameters`` and ``responseParameters``: what is mapped to what.

AWS leaves out what is no text, with a warning; here too, in its words.

Source: recorded from an import of ``{"integration.request.header.nothing": true}``.
"""

from __future__ import annotations

import json

from wsgi_gateway.sources.node import Node


def read_expressions(node: Node, name: str, owner: str = "") -> dict[str, str]:
    """The member ``name``: targets to mapping expressions.

    ``owner``: of which method, such as ``of resource '/pets' and method 'GET'`` after a blank.
    """
    found: dict[str, str] = {}
    for target, expression in node.members(name):
        if isinstance(expression.value, str):
            found[target] = expression.value
            continue
        message = (
            f"Invalid format for '{name}'. Expected type string for property '{target[:200]}'{owner} "
            f"but got '{_shown(expression)}'"
        )
        expression.warning("parameter-format", message, "the mapping is left out")
    return found


def _shown(node: Node) -> str:
    """A scalar as JSON. What a container holds is nobody's business."""
    if isinstance(node.value, dict):
        return "{...}"
    return "[...]" if isinstance(node.value, list) else json.dumps(node.value)[:80]
