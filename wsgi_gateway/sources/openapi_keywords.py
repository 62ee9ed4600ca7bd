"""Keywords of JSON Schema draft 4 that hold no schemas: which values they may have.

A light check with a line number; the compiler of models checks schemas for good.

Source: https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config.spelling import closest
from wsgi_gateway.sources.node import Node

INVALID = "Invalid model schema specified"
CODE = "model-schema"
LEFT_OUT = object()
"""Stands for a keyword that must not be copied."""

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBERS = frozenset({"maximum", "minimum", "multipleOf"})
_COUNTS = frozenset({"maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"})


KEYWORDS = frozenset(
    "$ref $schema id title description default multipleOf maximum exclusiveMaximum minimum exclusiveMinimum "
    "maxLength minLength pattern additionalItems items maxItems minItems uniqueItems maxProperties "
    "minProperties required additionalProperties definitions properties patternProperties dependencies "
    "enum type format allOf anyOf oneOf not xml externalDocs example examples deprecated "
    "$id $comment $vocabulary contentEncoding contentMediaType contentSchema".split()
)
"""Draft 4's keywords, and the annotations that OpenAPI and later drafts have."""


def report_unsupported(node: Node, keyword: str) -> None:
    """An unknown keyword: an error if it looks like a misspelled one, which would check nothing; else a
    warning.
    """
    near = closest(keyword, KEYWORDS)
    message = f'{INVALID}. Unsupported keyword(s): ["{keyword[:80]}"]'
    if near:
        node.error(CODE, message, f"did you mean {near!r}?")
    else:
        node.warning(CODE, message)


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
