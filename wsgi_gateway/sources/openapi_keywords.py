"""Keywords of JSON Schema draft 4 that hold no schemas: which values they may have.

A light check with a line number; the compiler of models checks schemas for good.

Source: https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.sources.node import Node

INVALID = "Invalid model schema specified"
CODE = "model-schema"
LEFT_OUT = object()
"""Stands for a keyword that must not be copied."""

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBERS = frozenset({"maximum", "minimum", "multipleOf"})
_COUNTS = frozenset({"maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"})


def checked_keyword(node: Node, keyword: str) -> Any:
    """The value of a keyword that holds no schemas; what draft 4 does not allow there is reported."""
    value, wanted = node.value, None
    if keyword == "type":
        names = value if isinstance(value, list) and value else [value]
        if not all(isinstance(name, str) and name in _TYPES for name in names):
            wanted = f"type must be one of {', '.join(sorted(_TYPES))}"
    elif keyword == "required":
        if value == []:
            return LEFT_OUT
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            wanted = "required must be a list of names"
    elif keyword == "enum" and not (isinstance(value, list) and value):
        wanted = "enum must be a list with at least one value"
    elif keyword in ("pattern", "format") and not isinstance(value, str):
        wanted = f"{keyword} must be text"
    elif keyword in _NUMBERS and (isinstance(value, bool) or not isinstance(value, (int, float))):
        wanted = f"{keyword} must be a number"
    elif keyword in _COUNTS and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        wanted = f"{keyword} must be a whole number"
    elif keyword == "uniqueItems" and not isinstance(value, bool):
        wanted = "uniqueItems must be true or false"
    if wanted:
        node.error(CODE, f"{INVALID}: {wanted}")
    return value
