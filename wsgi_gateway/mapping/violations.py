"""How violations of a model are worded: ``$context.error.validationErrorString``.

AWS words them as the Java library it is known to resemble (fge json-schema-validator) does, for example
``object has missing required properties (["a"])``. The sentences below follow that form as users have
reported it; none was recorded, so compare them loosely.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.documents import to_json

_TYPE_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def _type_name(value: Any) -> str:
    return "null" if value is None else _TYPE_NAMES.get(type(value), "any")


def _listed(names: Any) -> str:
    return to_json(sorted(names, key=str))


def _required(error: Any) -> str:
    missing = [name for name in error.validator_value if name not in error.instance]
    return f"object has missing required properties ({_listed(missing)})"


def _type(error: Any) -> str:
    allowed = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    found = _type_name(error.instance)
    return f"instance type ({found}) does not match any allowed primitive type (allowed: {_listed(allowed)})"


def _additional(error: Any) -> str:
    known = error.schema.get("properties", {})
    extra = [name for name in error.instance if name not in known]
    return f"object instance has properties which are not allowed by the schema: {_listed(extra)}"


_WORDING: dict[str, Callable[[Any], str]] = {
    "required": _required,
    "type": _type,
    "additionalProperties": _additional,
    "enum": lambda e: (
        f"instance value ({to_json(e.instance)}) not found in enum "
        f"(possible values: {to_json(e.validator_value)})"
    ),
    "minLength": lambda e: (
        f"string {to_json(e.instance)} is too short (length: {len(e.instance)}, "
        f"required minimum: {e.validator_value})"
    ),
    "maxLength": lambda e: (
        f"string {to_json(e.instance)} is too long (length: {len(e.instance)}, "
        f"maximum allowed: {e.validator_value})"
    ),
    "pattern": lambda e: (
        f"ECMA 262 regex {to_json(e.validator_value)} does not match input string {to_json(e.instance)}"
    ),
    "minimum": lambda e: (
        f"numeric instance is lower than the required minimum "
        f"(minimum: {e.validator_value}, found: {e.instance})"
    ),
    "maximum": lambda e: (
        f"numeric instance is greater than the required maximum "
        f"(maximum: {e.validator_value}, found: {e.instance})"
    ),
    "minItems": lambda e: (
        f"array is too short: must have at least {e.validator_value} elements "
        f"but instance has {len(e.instance)} elements"
    ),
    "maxItems": lambda e: (
        f"array is too long: must have at most {e.validator_value} elements "
        f"but instance has {len(e.instance)} elements"
    ),
    "uniqueItems": lambda e: "array must not contain duplicate elements",
    "anyOf": lambda e: (
        f"instance failed to match at least one required schema among {len(e.validator_value)}"
    ),
    "oneOf": lambda e: (
        f"instance failed to match exactly one schema (matched {_matched(e)} out of {len(e.validator_value)})"
    ),
    "not": lambda e: "instance matched a schema which it should not have",
    "multipleOf": lambda e: f"remainder of division is not zero ({e.instance} / {e.validator_value})",
}


def _matched(error: Any) -> int:
    failed = {suberror.schema_path[0] for suberror in error.context}
    return len(error.validator_value) - len(failed)


LONGEST = 1_000
"""Characters of a sentence; an instance of megabytes is not repeated whole."""


def word(error: Any) -> str:
    """One sentence for a ``jsonschema.ValidationError``."""
    wording = _WORDING.get(error.validator)
    text = wording(error) if wording is not None else f"instance does not satisfy {error.validator}"
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
