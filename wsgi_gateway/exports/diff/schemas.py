"""Which bodies a changed model refuses or lets through, as far as that can be decided.

::

    >>> old, new = {"type": "object"}, {"type": "object", "required": ["name"]}
    >>> [(one.path, one.narrows) for one in schema_changes(old, new)]
    [('$.required', True)]

Decided are types, required members, bounds, enums, closed objects and everything below properties and items.
Patterns, and combinations (allOf, anyOf, oneOf, not) that are not equal, are told as undecided, unless one
side has none: a keyword more can only refuse more.

Source: https://datatracker.ietf.org/doc/html/draft-fge-json-schema-validation-00
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wsgi_gateway.config.model_names import named

_ANNOTATIONS = frozenset(
    "$schema id $id title description default example examples format definitions xml externalDocs "
    "deprecated nullable discriminator readOnly writeOnly $comment".split()
)
_LEAST = frozenset({"minimum", "minLength", "minItems", "minProperties"})
_MOST = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_UNDECIDED = frozenset({"$ref", "patternProperties", "additionalItems", "dependencies"})
_DEPTH = 60


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """``path``: where in the schema. ``narrows``: more is refused (True), less (False), undecided (None)."""

    path: str
    narrows: bool | None


def schema_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[SchemaChange]:
    """What differs between two complete schemas, in draft 4."""
    return list(dict.fromkeys(_Comparison(old, new).run()))


class _Comparison:
    """Two schemas; a pair of references that was compared is not compared again."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[int, int]] = set()

    def run(self) -> Iterator[SchemaChange]:
        return self._schemas(self._old, self._new, "$", 0)

    def _schemas(self, old: Any, new: Any, path: str, depth: int) -> Iterator[SchemaChange]:
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        if (id(old), id(new)) in self._seen:
            return
        self._seen.add((id(old), id(new)))
        if old is _NOTHING or new is _NOTHING:
            if old is not new:
                yield SchemaChange(path, new is _NOTHING)
            return
        if depth > _DEPTH or not isinstance(old, Mapping) or not isinstance(new, Mapping):
            if old != new:
                yield SchemaChange(path, None)
            return
        for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS):
            if not keyword.startswith("x-"):
                yield from self._keyword(keyword, old, new, path, depth)

    def _keyword(
        self, keyword: str, old: Mapping[str, Any], new: Mapping[str, Any], path: str, depth: int
    ) -> Iterator[SchemaChange]:
        at, one, other = f"{path}.{keyword}", old.get(keyword), new.get(keyword)
        if keyword == "properties":
            yield from self._properties(old, new, path, depth)
        elif keyword == "items" and isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from self._schemas(one, other, at, depth + 1)
        elif keyword == "additionalProperties":
            yield from self._additional(one, other, at, depth)
        elif keyword in _UNDECIDED or (keyword != "enum" and _holds_schemas(one)):
            # Equal words may refer to definitions that are not.
            if one != other or _definitions(self._old) != _definitions(self._new):
                both = one is not None and other is not None
                yield SchemaChange(at, None if both else other is not None)
        elif one != other or isinstance(one, bool) is not isinstance(other, bool):
            yield from _scalar(keyword, one, other, at)

    def _properties(
        self, old: Mapping[str, Any], new: Mapping[str, Any], path: str, depth: int
    ) -> Iterator[SchemaChange]:
        before, after = old.get("properties") or {}, new.get("properties") or {}
        for name in sorted(before.keys() | after.keys()):
            at = f"{path}.properties.{name}"
            yield from self._schemas(
                before.get(name, _otherwise(old)), after.get(name, _otherwise(new)), at, depth + 1
            )

    def _additional(self, old: Any, new: Any, at: str, depth: int) -> Iterator[SchemaChange]:
        before, after = (True if one is None else one for one in (old, new))
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self._schemas(before, after, at, depth + 1)
        elif before != after:
            narrows = after is False or before is True
            yield SchemaChange(at, narrows)


def _definitions(schema: Mapping[str, Any]) -> Any:
    """What references of a schema may lead to."""
    return schema.get("definitions") or {}


def _otherwise(schema: Mapping[str, Any]) -> Any:
    """What holds for a member that the properties do not name."""
    rest = schema.get("additionalProperties", True)
    if rest is False:
        return _NOTHING
    return _ANYTHING if rest is True or schema.get("patternProperties") else rest


_ANYTHING: Mapping[str, Any] = {}
_NOTHING: Mapping[str, Any] = {"not": {}}


def _resolved(schema: Any, root: Mapping[str, Any]) -> Any:
    for _ in range(50):
        ref = schema.get("$ref") if isinstance(schema, Mapping) else None
        target = named(ref) if isinstance(ref, str) else None
        found = _definitions(root).get(target.name) if target is not None and not target.rest else None
        if found is None:
            return schema
        schema = found
    return schema


def _holds_schemas(value: Any) -> bool:
    """Whether a keyword's value is a schema or a list of them."""
    first = value[0] if isinstance(value, (list, tuple)) and value else value
    return isinstance(first, Mapping)


def _scalar(keyword: str, old: Any, new: Any, at: str) -> Iterator[SchemaChange]:
    if keyword == "type":
        yield from _sets(_types(old), _types(new), at)
    elif keyword == "enum" and old is not None and new is not None:
        yield from _sets({repr(one) for one in old}, {repr(one) for one in new}, at)
    elif keyword == "required":
        yield from _sets(set(new or ()), set(old or ()), at)
    elif keyword in _LEAST | _MOST and _is_number(old) and _is_number(new):
        yield SchemaChange(at, (new > old) is (keyword in _LEAST))
    elif keyword in ("uniqueItems", "exclusiveMinimum", "exclusiveMaximum"):
        if bool(old) is not bool(new):
            yield SchemaChange(at, bool(new))
    else:
        yield SchemaChange(at, new is not None if old is None or new is None else None)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_ALL_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _types(value: Any) -> set[str]:
    if value is None:
        return set(_ALL_TYPES)
    found = {value} if isinstance(value, str) else set(value)
    return found | {"integer"} if "number" in found else found


def _sets(before: set[str], after: set[str], at: str) -> Iterator[SchemaChange]:
    """What is among the allowed no more, and what is new among them."""
    if before - after:
        yield SchemaChange(at, True)
    if after - before:
        yield SchemaChange(at, False)
