"""Schemas of OpenAPI 3.1, which are of draft 2020-12, as AWS's draft 4 says the same.

========================================= ===================================================================
``const: 5``                              ``enum: [5]``
``exclusiveMinimum: 5``                   ``minimum: 5, exclusiveMinimum: true``; the stricter bound of two
``prefixItems: [...]`` with ``items``     ``items: [...]`` with ``additionalItems``
``dependentRequired, dependentSchemas``   ``dependencies``
keywords beside ``$ref``                  ``allOf`` of both
========================================= ===================================================================

What draft 4 cannot say (``if``, ``contains``, ``propertyNames``, ``unevaluatedProperties``) stays a warning.

Not for: OpenAPI 3.0 and Swagger 2.0; AWS reads these, and ignores such keywords. AWS does not import OpenAPI
3.1, so nothing is to be confirmed here.

Source: https://json-schema.org/draft/2020-12/json-schema-validation; draft 4,
https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
"""Keywords of two meanings, and the bound that they are about."""


def is_translated(keyword: str, value: Any) -> bool:
    """Whether :func:`in_draft_4` has words for it."""
    if keyword == "dependentRequired":
        return isinstance(value, dict) and all(_is_names(names) for names in value.values())
    if keyword == "dependentSchemas":
        return isinstance(value, dict)
    if keyword == "prefixItems":
        return isinstance(value, list) and bool(value)
    return keyword == "const" or (keyword in BOUNDS and is_number(value))


def in_draft_4(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One schema; those within it are translated already."""
    later = {keyword: value for keyword, value in schema.items() if is_translated(keyword, value)}
    if not later:
        return dict(schema)
    found = {keyword: value for keyword, value in schema.items() if keyword not in later}
    if "const" in later:
        constant = {"enum": [later["const"]]}
        found = found | constant if "enum" not in found else _and(found, constant)
    if "prefixItems" in later:
        rest = {"additionalItems": found["items"]} if "items" in found else {}
        found |= {"items": later["prefixItems"], **rest}
    for exclusive in BOUNDS.keys() & later.keys():
        found = _bounded(found, exclusive, later[exclusive])
    for keyword in ("dependentRequired", "dependentSchemas"):
        for name, wanted in later.get(keyword, {}).items():
            found = _depending(found, name, wanted)
    return found


def beside_reference(reference: dict[str, Any], siblings: dict[str, Any]) -> dict[str, Any]:
    """A ``$ref`` and the keywords beside it, which both hold."""
    return _and(siblings, reference)


def _and(schema: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return schema | {"allOf": [*schema.get("allOf", ()), other]}


def _bounded(schema: dict[str, Any], exclusive: str, limit: Any) -> dict[str, Any]:
    bound = BOUNDS[exclusive]
    also = schema.get(bound)
    is_stricter = is_number(also) and (also > limit if bound == "minimum" else also < limit)
    return schema if is_stricter else schema | {bound: limit, exclusive: True}


def _depending(schema: dict[str, Any], name: str, wanted: Any) -> dict[str, Any]:
    written = schema.get("dependencies", {})
    if not isinstance(written, dict):
        return schema  # no schema at all, which compiling it tells
    dependencies = dict(written)
    if name in dependencies:
        both = [_as_schema(dependencies[name]), _as_schema(wanted)]
        dependencies[name] = {"allOf": both}
    elif wanted != []:
        dependencies[name] = wanted
    return schema | {"dependencies": dependencies} if dependencies else schema


def _as_schema(wanted: Any) -> Any:
    """A dependency of names as one that is a schema."""
    return {"required": list(wanted)} if isinstance(wanted, list) else wanted


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def is_number(value: Any) -> bool:
    """Whether it is one, and not a boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
