"""Schemas of an OpenAPI document, or of a template, as models: draft 4, each complete in itself.

A model's schema refers to others as ``#/definitions/Name`` and carries all it reaches under ``definitions``,
so a validator needs nothing else, and circular schemas work::

    models = Models({"Pet": node, "Pets": other})
    models.all()                        # every schema that has a name
    models.name_of(node, "GetPets")     # the model for a schema in place: named by its $ref, or a new one

What AWS ignores (``nullable``, ``discriminator``, ``readOnly``, a numeric ``exclusiveMinimum``) is a warning;
of OpenAPI 3.1 is kept what draft 4 has words for (:mod:`~wsgi_gateway.sources.openapi_draft4`). ``Empty`` and
``Error``, which every API has, may be referred to without being there
(:data:`~wsgi_gateway.config.default_models.DEFAULT_MODELS`).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wsgi_gateway.config import ModelConfig
from wsgi_gateway.config.default_models import DEFAULT_MODELS
from wsgi_gateway.config.frozen import FrozenDict, freeze
from wsgi_gateway.config.model_names import named, reference
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_draft4 import BOUNDS, beside_reference, in_draft_4, is_translated
from wsgi_gateway.sources.openapi_keywords import (
    CODE,
    INVALID,
    KEYWORDS,
    LEFT_OUT,
    checked_keyword,
    report_unsupported,
)

_MAPS_OF_SCHEMAS = frozenset({"properties", "patternProperties", "definitions"})
_LISTS_OF_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf"})
_SCHEMAS = frozenset({"not", "additionalProperties", "additionalItems", "items"})
_IGNORED = frozenset(
    "nullable discriminator readOnly writeOnly const if then else contains propertyNames prefixItems "
    "dependentSchemas dependentRequired unevaluatedProperties unevaluatedItems $defs $anchor".split()
)
_IGNORED_CODE = "schema-keyword-ignored"
_WORDS_BESIDE = frozenset(("$ref", "description", "summary", "title"))

REFERENCE_LIMIT = 200_000
"""References followed for all models together: hostile schemas must not buy quadratic work."""


class Models:
    """The models of one API: the schemas that have a name, and those written in place, which get one.

    ``is_later``: whether the schemas are OpenAPI 3.1's.
    """

    def __init__(self, schemas: Mapping[str, Node], *, is_later: bool = False) -> None:
        self._schemas = schemas
        self._bodies: dict[str, Any] = {name: model.schema for name, model in DEFAULT_MODELS.items()}
        self._references: dict[str, set[str]] = {name: set() for name in DEFAULT_MODELS}
        self._models: dict[str, ModelConfig] = {}
        self._by_place: dict[tuple[str | int, ...], str] = {}
        self._own: frozenset[str] = frozenset()
        self._definitions: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._reach: dict[str, tuple[str, ...]] = {}
        self._steps, self._exhausted = 0, False
        self._is_later = is_later
        for name, node in self._schemas.items():
            self._bodies[name], self._references[name] = self._body(node)

    def all(self) -> dict[str, ModelConfig]:
        """Every model: the named ones first, then those made by :meth:`name_of`."""
        named = {
            name: self._model(name, name, node, self._bodies[name]) for name, node in self._schemas.items()
        }
        return named | self._models

    def name_of(self, schema: Node, proposal: str, *, checks: bool = True) -> str | None:
        """The name of the model for a schema in place: that of its ``$ref``, or a new one like ``proposal``.

        None for a ``$ref`` to a name that no schema has: an error for a model that ``checks`` requests, else
        a warning in AWS's words. Errors for all other references that lead nowhere.
        """
        target = self._reference(schema)
        if target is not None:
            name, rest = target
            beside = schema.value.keys() - _WORDS_BESIDE
            if not rest and not (beside and self._is_later):
                self._tell_beside(schema)
                return name if self._is_model(name, schema, checks=checks) else None
        if schema.members_path not in self._by_place:
            self._by_place[schema.members_path] = self._add(schema, proposal)
        return self._by_place[schema.members_path]

    def _add(self, schema: Node, proposal: str) -> str:
        name, number = proposal, 2
        while name in self._schemas or name in self._models:
            name, number = f"{proposal}{number}", number + 1
        body, self._references[""] = self._body(schema)
        self._models[name] = self._model(name, "", schema, body)
        return name

    def _body(self, node: Node) -> tuple[Any, set[str]]:
        """A schema rewritten, and the names it refers to; its own definitions hide those of the document."""
        own = node.value.get("definitions") if node.is_mapping else None
        self._own = frozenset(own) if isinstance(own, dict) else frozenset()
        found: set[str] = set()
        body = freeze(self._rewrite(node, found))
        return body, found

    def _model(self, name: str, start: str, node: Node, body: Any) -> ModelConfig:
        reached = self._reached(start, node)
        if reached:
            own = body.get("definitions", {})
            for clash in sorted(own.keys() & set(reached)):
                message = f"{INVALID}: {clash[:80]!r} is defined inside and outside of the schema"
                node.error(CODE, message, "rename one of the two")
            body = freeze(
                {
                    **body,
                    "definitions": {**own, **self._embedded(reached)} if own else self._embedded(reached),
                }
            )
        description = body.get("description")
        return ModelConfig(
            name=name,
            schema=body,
            description=description if isinstance(description, str) else None,
            place=node.place,
        )

    def _embedded(self, names: tuple[str, ...]) -> Mapping[str, Any]:
        """The schemas of these names; models that reach the same ones share them."""
        if names not in self._definitions:
            self._definitions[names] = FrozenDict({name: self._bodies[name] for name in names})
        return self._definitions[names]

    def _reached(self, start: str, node: Node) -> tuple[str, ...]:
        """Names of all schemas to which ``start`` leads, itself too if it comes back to it."""
        reached: set[str] = set()
        pending = list(self._references[start])
        while pending and self._steps <= REFERENCE_LIMIT:
            name = pending.pop()
            self._steps += 1
            if name in self._reach:
                reached |= {name, *self._reach[name]}
            elif name not in reached:
                reached.add(name)
                pending.extend(self._references[name])
        found = tuple(sorted(reached))
        if found not in self._definitions:
            self._steps += len(found)
        if self._steps > REFERENCE_LIMIT:
            if not self._exhausted:
                node.error("models-too-large", "the schemas refer to each other too often")
            self._exhausted = True
            return ()
        if start:
            self._reach[start] = found
        return found

    def _is_model(self, name: str, node: Node, *, checks: bool) -> bool:
        """Whether a whole schema in place is one with a name; what is not is told in AWS's words."""
        if name in self._schemas or name in DEFAULT_MODELS:
            return True
        hint = did_you_mean(name, self._schemas, "declare it among the schemas")
        if checks:
            node.error("ref-not-found", f"Invalid model identifier specified: {name[:80]}", hint)
        else:
            node.warning("ref-not-found", f"Reference to model '{name[:80]}' not found. Ignoring.", hint)
        return False

    def _known(self, name: str, node: Node) -> bool:
        if name in self._schemas or name in DEFAULT_MODELS:
            return True
        node.error("ref-not-found", f"$ref names no schema: {name[:80]!r}", did_you_mean(name, self._schemas))
        return False

    def _reference(self, node: Node) -> tuple[str, str] | None:
        """Name and remaining pointer of a ``$ref``."""
        pointer = node.value.get("$ref") if node.is_mapping else None
        if isinstance(pointer, str) and pointer in self._schemas and "/" not in pointer:
            return pointer, ""  # a bare name, as Swagger 1 had it; AWS's own samples have them
        return named(pointer) if isinstance(pointer, str) else None

    def _rewrite(self, node: Node, found: set[str]) -> dict[str, Any]:
        """A plain copy in draft 4 whose references are ``#/definitions/...``; the names go into ``found``."""
        if isinstance(node.value, bool):
            return {} if node.value else {"not": {}}
        if not node.is_mapping:
            node.error(CODE, f"{INVALID}: a schema must be a mapping")
            return {}
        if "$ref" in node.value:
            return self._rewrite_reference(node, found)
        rewritten = {key: value for key, value in self._members(node, found) if value is not LEFT_OUT}
        return in_draft_4(rewritten) if self._is_later else rewritten

    def _rewrite_reference(self, node: Node, found: set[str]) -> dict[str, Any]:
        target = self._reference(node)
        if target is None:
            if node.follow(node.value["$ref"]) is not None:
                node.error("ref-not-found", f"$ref {node.value['$ref'][:200]!r} names no schema")
            return {}
        name, rest = target
        written = {"$ref": reference(name) + rest}
        is_known = name not in self._own and self._known(name, node)
        if is_known and (not rest or node.follow(f"#{rest}", within=self._named(name, node)) is not None):
            found.add(name)
        beside = node.value.keys() - _WORDS_BESIDE
        if beside and self._is_later:
            members = ((key, self._member(node.child(key), key, found)) for key in sorted(beside))
            siblings = {key: value for key, value in members if value is not LEFT_OUT}
            return beside_reference(written, in_draft_4(siblings))
        self._tell_beside(node)
        return written

    def _tell_beside(self, node: Node) -> None:
        """A warning for all that a ``$ref`` hides, in draft 4 and in OpenAPI 3.0."""
        for member in sorted(node.value.keys() - _WORDS_BESIDE):
            node.child(member).warning(_IGNORED_CODE, f"{member[:80]} has no effect beside $ref")

    def _named(self, name: str, node: Node) -> Node:
        """The schema of that name, which there is; one of AWS's own is in no document."""
        if name in self._schemas:
            return self._schemas[name]
        return Node(DEFAULT_MODELS[name].schema, node.document, node.report)

    def _members(self, node: Node, found: set[str]) -> Iterator[tuple[str, Any]]:
        for keyword in node.value:
            yield keyword, self._member(node.child(keyword), keyword, found)

    def _member(self, node: Node, keyword: str, found: set[str]) -> Any:
        value = node.value
        is_later = self._is_later and is_translated(keyword, value)
        if keyword in _MAPS_OF_SCHEMAS or (is_later and keyword == "dependentSchemas"):
            return {name: self._rewrite(schema, found) for name, schema in node.each()}
        if keyword == "dependencies" and node.is_mapping:
            return {
                name: self._rewrite(entry, found) if entry.is_mapping else entry.value
                for name, entry in node.each()
            }
        is_list = keyword == "items" and isinstance(value, list)
        if keyword in _LISTS_OF_SCHEMAS or is_list or (is_later and keyword == "prefixItems"):
            return [self._rewrite(schema, found) for schema in node.elements()]
        if keyword in _SCHEMAS:
            whole = isinstance(value, bool) and keyword.startswith("additional")
            return value if whole else self._rewrite(node, found)
        if is_later:
            return value
        if keyword in BOUNDS and not isinstance(value, bool):
            node.warning(_IGNORED_CODE, f"a numeric {keyword} means nothing in JSON Schema draft 4")
            return LEFT_OUT
        if keyword in _IGNORED:
            node.warning(_IGNORED_CODE, f"{keyword} means nothing in JSON Schema draft 4")
            return value
        if keyword not in KEYWORDS and not keyword.startswith("x-"):
            report_unsupported(node, keyword)
        return checked_keyword(node, keyword)
