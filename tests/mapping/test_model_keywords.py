"""Every keyword of draft 4 that a schema may hold: what it takes and what it refuses.

The ledger of :mod:`wsgi_gateway.parity` names this file for its words; a keyword that is missing here fails.
"""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.mapping.models import Model
from wsgi_gateway.parity.words import KINDS

NUMBER = {"type": "number"}
KEYWORDS: dict[str, tuple[Any, Any, Any]] = {
    "type": ({"type": "object"}, {}, []),
    "multipleOf": ({"multipleOf": 3}, 9, 10),
    "maximum": ({"maximum": 3}, 3, 4),
    "exclusiveMaximum": ({"maximum": 3, "exclusiveMaximum": True}, 2, 3),
    "minimum": ({"minimum": 3}, 3, 2),
    "exclusiveMinimum": ({"minimum": 3, "exclusiveMinimum": True}, 4, 3),
    "maxLength": ({"maxLength": 2}, "ab", "abc"),
    "minLength": ({"minLength": 2}, "ab", "a"),
    "pattern": ({"pattern": "^a"}, "ab", "ba"),
    "maxItems": ({"maxItems": 1}, [1], [1, 2]),
    "minItems": ({"minItems": 1}, [1], []),
    "uniqueItems": ({"uniqueItems": True}, [1, 2], [1, 1]),
    "maxProperties": ({"maxProperties": 1}, {"a": 1}, {"a": 1, "b": 2}),
    "minProperties": ({"minProperties": 1}, {"a": 1}, {}),
    "required": ({"required": ["a"]}, {"a": 1}, {"b": 1}),
    "enum": ({"enum": [1, "a"]}, "a", "b"),
    "dependencies": ({"dependencies": {"a": ["b"]}}, {"a": 1, "b": 2}, {"a": 1}),
    "properties": ({"properties": {"a": NUMBER}}, {"a": 1}, {"a": "x"}),
    "patternProperties": ({"patternProperties": {"^a": NUMBER}}, {"ab": 1, "b": "x"}, {"ab": "x"}),
    "definitions": ({"definitions": {"A": NUMBER}, "$ref": "#/definitions/A"}, 1, "x"),
    "items": ({"items": NUMBER}, [1], ["x"]),
    "additionalItems": ({"items": [NUMBER], "additionalItems": False}, [1], [1, 2]),
    "additionalProperties": ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, {"b": 1}),
    "not": ({"not": NUMBER}, "x", 1),
    "allOf": ({"allOf": [NUMBER, {"minimum": 1}]}, 1, 0),
    "anyOf": ({"anyOf": [NUMBER, {"type": "null"}]}, None, "x"),
    "oneOf": ({"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, 4, 6),
}
"""A schema with the keyword, what it takes, what it refuses."""

UNCHECKED = {"format"}
"""Keywords that check nothing here."""


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_takes_the_one_and_refuses_the_other(keyword: str) -> None:
    schema, good, bad = KEYWORDS[keyword]
    assert keyword in schema
    model = Model(schema)
    assert not model.violations(good)
    assert model.violations(bad)


def test_every_keyword_that_the_ledger_calls_checked_is_tried() -> None:
    checked = {
        name
        for name, word in KINDS["schema"].items()
        if word.entry in ("ModelConfig.schema", "openapi.schema-checked")
    }
    assert checked - UNCHECKED == KEYWORDS.keys()
