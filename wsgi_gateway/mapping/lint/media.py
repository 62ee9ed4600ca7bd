"""What a template prints: JSON, a form, or something that is not followed.

The key under which a template stands says nothing about it: a request template has the type of what comes in.

Not for judging what is printed; :mod:`wsgi_gateway.mapping.lint.printing` does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from wsgi_gateway.mapping.lint.tree import Tree
from wsgi_gateway.mapping.velocity import nodes

JSON, FORM, OTHER = "JSON", "a form", "something else"
_DEPTH = 20
_FIELD = re.compile(r"[\w.%\[\]-]+=(?!=)")
_NEXT_FIELD = re.compile(r"&[\w.%\[\]-]+(?:=(?!=)|$)")


def printed_by(tree: Tree) -> str:
    """JSON begins with a bracket or a quote; a form is ``name=...&name=...``."""
    defined = {node.name: node.body for node in tree.all if isinstance(node, nodes.Define)}
    first = _first(tree.root, defined, _DEPTH) or ""
    if first[:1] in ("{", "[", '"'):
        return JSON
    return FORM if _FIELD.match(first) and _has_more_fields(tree) else OTHER


def _has_more_fields(tree: Tree) -> bool:
    return any(_NEXT_FIELD.search(node.value) for node in tree.all if isinstance(node, nodes.Text))


def _first(node: nodes.Node, defined: dict[str, nodes.Block], depth: int) -> str | None:
    """The first text that is printed; None if nothing is, something else than a bracket if that is open."""
    if isinstance(node, nodes.Text):
        return node.value.strip() or None
    if isinstance(node, nodes.Reference):
        block = defined.get(node.name) if not node.trailers else None
        return _first(block, defined, depth - 1) if block is not None and depth else "$"
    bodies: Sequence[nodes.Node] = ()
    if isinstance(node, nodes.Block):
        bodies = node.statements
    elif isinstance(node, nodes.If):
        bodies = [body for _, body in node.branches] + ([node.otherwise] if node.otherwise else [])
    elif isinstance(node, nodes.Foreach):
        bodies = [node.body]
    elif isinstance(node, (nodes.Call, nodes.Evaluate, nodes.Include, nodes.Verbatim)):
        return "#"
    return next((text for body in bodies if (text := _first(body, defined, depth)) is not None), None)
