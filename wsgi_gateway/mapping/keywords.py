"""JSON Schema keywords as this package judges them: short messages, linear patterns, comparisons that stay
cheap.

jsonschema writes the whole instance into the message of every failed alternative; with a body of megabytes
and a hundred alternatives that is gigabytes. The sentences that count are made by
:mod:`wsgi_gateway.mapping.violations`, so these keywords only say which one failed. Verdicts are those of
draft 4.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from wsgi_gateway.mapping.patterns import compile_pattern

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any]]


@cache
def pattern_of(text: str) -> Any:
    """A schema's pattern, compiled once for all schemas."""
    return compile_pattern(text, "model")


def canonical(value: Any) -> str:
    """One text for equal JSON values: 1 and 1.0 are equal, true and 1 are not."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value


def keywords(failure: Callable[..., Any]) -> dict[str, Keyword]:
    """The keywords by name. ``failure``: ``jsonschema.ValidationError``."""
    return {
        **_values(failure),
        **_combinations(failure),
        **_properties(failure),
        **{name: _sized(failure, name, *rule) for name, rule in _SIZES.items()},
    }


def _values(failure: Callable[..., Any]) -> dict[str, Keyword]:
    def type_(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[Any]:
        names = [types] if isinstance(types, str) else types
        if not any(validator.is_type(instance, name) for name in names):
            yield failure("type")

    def enum(validator: Any, values: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if canonical(instance) not in {canonical(value) for value in values}:
            yield failure("enum")

    def pattern(validator: Any, text: str, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, str) and not pattern_of(text).search(instance):
            yield failure("pattern")

    def unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[Any]:
        if wanted and isinstance(instance, list) and len({canonical(i) for i in instance}) < len(instance):
            yield failure("uniqueItems")

    return {"type": type_, "enum": enum, "pattern": pattern, "uniqueItems": unique_items}


def _combinations(failure: Callable[..., Any]) -> dict[str, Keyword]:
    def one_of(validator: Any, schemas: Any, instance: Any, schema: Any) -> Iterator[Any]:
        failures, matched = _alternatives(validator, schemas, instance)
        if matched != 1:
            yield failure("oneOf", context=failures)

    def any_of(validator: Any, schemas: Any, instance: Any, schema: Any) -> Iterator[Any]:
        failures, matched = _alternatives(validator, schemas, instance)
        if not matched:
            yield failure("anyOf", context=failures)

    def not_(validator: Any, refused: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if validator.evolve(schema=refused).is_valid(instance):
            yield failure("not")

    return {"oneOf": one_of, "anyOf": any_of, "not": not_}


def _properties(failure: Callable[..., Any]) -> dict[str, Keyword]:
    def pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[Any]:
        for text, subschema in patterns.items() if isinstance(instance, dict) else ():
            for name, value in instance.items():
                if pattern_of(text).search(name):
                    yield from validator.descend(value, subschema, path=name, schema_path=text)

    def additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
        extra = _extra(instance, schema) if isinstance(instance, dict) else []
        if isinstance(allowed, dict):
            for name in extra:
                yield from validator.descend(instance[name], allowed, path=name)
        elif not allowed and extra:
            yield failure("additionalProperties")

    return {"patternProperties": pattern_properties, "additionalProperties": additional_properties}


_SIZES: dict[str, tuple[type, bool]] = {
    "minLength": (str, True),
    "maxLength": (str, False),
    "minItems": (list, True),
    "maxItems": (list, False),
    "minProperties": (dict, True),
    "maxProperties": (dict, False),
}


def _sized(failure: Callable[..., Any], name: str, kind: type, is_minimum: bool) -> Keyword:
    def sized(validator: Any, limit: int, instance: Any, schema: Any) -> Iterator[Any]:
        if isinstance(instance, kind):
            size = len(instance)  # type: ignore[arg-type]
            if size < limit if is_minimum else size > limit:
                yield failure(name)

    return sized


def _alternatives(validator: Any, schemas: Any, instance: Any) -> tuple[list[Any], int]:
    """The first failure of every alternative that fails, and how many match."""
    failures: list[Any] = []
    for index, subschema in enumerate(schemas):
        failures.extend(
            next(([error] for error in validator.descend(instance, subschema, schema_path=index)), [])
        )
    return failures, len(schemas) - len(failures)


def _extra(instance: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    patterns = [pattern_of(text) for text in schema.get("patternProperties", ())]
    known = schema.get("properties", {})
    return [name for name in instance if name not in known and not any(p.search(name) for p in patterns)]
