"""Models as readers of OpenAPI understand them: JSON Schema draft 4 in the words that a document has.

::

    >>> told = []
    >>> published_schemas({"Pet": {"type": ["string", "null"], "title": "A pet"}}, "oas30", told)
    {'Pet': {'type': 'string', 'nullable': True, 'description': 'A pet'}}

* What a model defines for itself (``definitions``) becomes a schema of its own: ``Order`` and ``line`` make
  ``OrderLine``.
* A list of types is ``anyOf``, ``null`` among them ``nullable``; a list of items, one for each place, is an
  item that is any of them; one pattern of properties is ``additionalProperties``.
* A model is called by its name, so its title is its description, unless it has one.
* What the form cannot say is left out, and told once for a model: a document then allows more than the API
  does. Swagger 2.0 has neither ``anyOf``, ``oneOf``, ``not`` nor ``nullable``.

Not for: validation; the gateway validates by the models as they were written.

Source: https://spec.openapis.org/oas/v3.0.3#schema-object, https://json-schema.org/draft-04
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from wsgi_gateway.config.model_names import COMPONENTS, DEFINITIONS, named, reference
from wsgi_gateway.errors import Place, Problem

_PREFIXES = {"oas30": COMPONENTS, "swagger": DEFINITIONS}
_PLAIN = frozenset(
    "multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems "
    "minItems uniqueItems maxProperties minProperties enum title description format default readOnly".split()
)
_ONLY_OPENAPI_3 = frozenset({"nullable", "writeOnly", "deprecated", "example"})
_CHOICES = ("anyOf", "oneOf")
_UNIMPORTANT = frozenset({"$schema", "id", "definitions", "title", "$comment", "examples", "required"})
_LETTERS = re.compile(r"[A-Za-z0-9]+")


def published_schemas(
    schemas: Mapping[str, Mapping[str, Any]], form: str, told: list[Problem]
) -> dict[str, Any]:
    """The schemas of a document by name, with all that models define for themselves.

    ``told``: a list to which a warning is appended for each model of which something is left out.
    """
    found: dict[str, Any] = {}
    for name, schema in schemas.items():
        writer = _Writer(name, schema, form, {*schemas, *found})
        found |= writer.written()
        if writer.lost:
            message = f"the model {name[:80]} loses in the document: {', '.join(sorted(writer.lost))[:200]}"
            told.append(
                Problem("published-left-out", message, Place().at("models", name), severity="warning")
            )
    return {name: found[name] for name in sorted(found)}


def reached(paths: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``schemas`` to which the operations lead, directly or by way of each other."""
    names: set[str] = set()
    pending = [paths]
    while pending:
        for ref in _references(pending.pop()):
            found = named(ref)
            if found is not None and found.name in schemas and found.name not in names:
                names.add(found.name)
                pending.append(schemas[found.name])
    return {name: schema for name, schema in schemas.items() if name in names}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        ref = value.get("$ref")
        if isinstance(ref, str):
            yield ref
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)


class _Writer:
    """Writes one model. ``lost``: the keywords that the form does not have."""

    def __init__(self, name: str, schema: Mapping[str, Any], form: str, taken: set[str]) -> None:
        self.lost: set[str] = set()
        self._name, self._schema = name, schema
        self._prefix, self._is_3 = _PREFIXES[form], form == "oas30"
        own = schema.get("definitions")
        self._own: Mapping[str, Any] = own if isinstance(own, Mapping) else {}
        self._names: dict[str, str] = {}
        for inner in self._own:
            self._names[inner] = _free(name, inner, taken | set(self._names.values()))

    def written(self) -> dict[str, Any]:
        found = {self._name: self._named(self._schema)}
        for inner, name in self._names.items():
            found[name] = self._named(self._own[inner])
        return found

    def _named(self, schema: Any) -> dict[str, Any]:
        """A schema that is called by its name."""
        written = self._one(schema)
        title = written.pop("title", None)
        if title is not None and "$ref" not in written:
            written.setdefault("description", title)
        return written

    def _one(self, schema: Any) -> dict[str, Any]:
        if not isinstance(schema, Mapping):
            return {} if schema is not False else self._never()
        ref = schema.get("$ref")
        if isinstance(ref, str):
            return {"$ref": self._reference(ref)}
        found = {key: value for key, value in schema.items() if self._is_plain(key)}
        self._bounds(found)
        for add in (self._type, self._required, self._array, self._object, self._combined):
            add(schema, found)
        self.lost |= {
            key
            for key in schema.keys() - found.keys() - _UNIMPORTANT - {"type", "patternProperties", "const"}
            if not key.startswith("x-")
        }
        return found

    def _never(self) -> dict[str, Any]:
        if self._is_3:
            return {"not": {}}
        self.lost.add("false")
        return {}

    def _is_plain(self, key: str) -> bool:
        return key in _PLAIN or (self._is_3 and key in _ONLY_OPENAPI_3)

    def _reference(self, ref: str) -> str:
        found = named(ref)
        if found is not None:
            inner = self._names.get(found.name)
            return ref if inner is None else reference(inner, self._prefix) + found.rest
        if ref == "#" or ref.startswith("#/"):
            return reference(self._name, self._prefix) + ref[1:]
        return ref

    @staticmethod
    def _bounds(found: dict[str, Any]) -> None:
        """Exclusive bounds are switches here, as in draft 4; later drafts have numbers."""
        for bound in ("minimum", "maximum"):
            exclusive = "exclusive" + bound.title()
            value = found.get(exclusive)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                found |= {bound: value, exclusive: True}

    def _type(self, schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        if "const" in schema:
            found.setdefault("enum", [schema["const"]])
        types = schema.get("type", ())
        types = [types] if isinstance(types, str) else list(types)
        named = [one for one in types if one != "null"]
        if len(named) == 1:
            found["type"] = named[0]
        elif named and self._is_3:
            found["anyOf"] = [{"type": one, **({"items": {}} if one == "array" else {})} for one in named]
        elif len(named) > 1:
            self.lost.add("type")
        if "null" in types and self._is_3:
            found["nullable"] = True
            if not named:
                found["enum"] = [None]

    @staticmethod
    def _required(schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        required = schema.get("required")
        if isinstance(required, (list, tuple)) and required:
            found["required"] = list(required)

    def _array(self, schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        items = schema.get("items")
        if isinstance(items, (list, tuple)):
            found["items"] = {"anyOf": [self._one(one) for one in items]} if items and self._is_3 else {}
        elif items is not None:
            found["items"] = self._one(items)
        elif found.get("type") == "array":
            found["items"] = {}

    def _object(self, schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            found["properties"] = {name: self._one(one) for name, one in properties.items()}
        others = schema.get("additionalProperties")
        patterns = schema.get("patternProperties")
        if isinstance(patterns, Mapping) and patterns:
            self.lost.add("patternProperties")
            only = others is False and len(patterns) == 1
            found["additionalProperties"] = self._one(next(iter(patterns.values()))) if only else True
        elif isinstance(others, bool):
            found["additionalProperties"] = others
        elif others is not None:
            found["additionalProperties"] = self._one(others)

    def _combined(self, schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        every = [self._one(one) for one in schema.get("allOf", ())]
        if self._is_3:
            if "not" in schema:
                found["not"] = self._one(schema["not"])
            for key in _CHOICES:
                choice = [self._one(one) for one in schema.get(key, ())]
                if choice and key in found:  # a list of types is there already
                    every.append({key: choice})
                elif choice:
                    found[key] = choice
        if every:
            found["allOf"] = every


def _free(model: str, inner: str, taken: set[str]) -> str:
    words = "".join(word[0].upper() + word[1:] for word in _LETTERS.findall(inner))
    proposal = name = model + words
    number = 2
    while name in taken:
        name, number = f"{proposal}{number}", number + 1
    return name
