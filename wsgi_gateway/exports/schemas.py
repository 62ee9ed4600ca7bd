"""Models as the named schemas of a document: each once, references between them restored.

A loaded model is complete in itself: it carries all it refers to under ``definitions``. In a document models
refer to each other, so what a model carries of other models is taken out again, and its references lead to
them. What only looks like another model (same name, another schema) stays where it is.

::

    schemas = written_schemas(api.models, "#/components/schemas/")

A model's description is written as its schema's, unless that has one of its own: a document has one place
for both.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wsgi_gateway.config import ModelConfig, model_names
from wsgi_gateway.config.frozen import thaw
from wsgi_gateway.config.model_names import named

_MAPS = frozenset({"properties", "patternProperties", "definitions", "dependencies"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_SINGLE = frozenset({"not", "additionalProperties", "additionalItems", "items"})


def written_schemas(models: Mapping[str, ModelConfig], prefix: str) -> dict[str, Any]:
    """The schemas by model name, plain data. ``prefix``: where a document has its schemas."""
    shared = _shared(models)
    found = {}
    for name, model in models.items():
        body = _body(model.schema, shared[name])
        own = frozenset(body.get("definitions") or ())
        schema = _rewritten(body, lambda ref, own=own: _global(ref, own, models, prefix))  # type: ignore[misc]
        if model.description is not None and "description" not in schema:
            schema["description"] = model.description
        found[name] = schema
    return found


def reference(name: str, prefix: str) -> dict[str, str]:
    """``{"$ref": ...}`` to the schema of a model."""
    return {"$ref": model_names.reference(name, prefix)}


def _shared(models: Mapping[str, ModelConfig]) -> dict[str, frozenset[str]]:
    """Of every model the definitions that are other models, letter for letter, and are referred to."""
    shared = {name: frozenset(_definitions(model.schema)) & models.keys() for name, model in models.items()}
    while True:
        bodies = {name: _body(model.schema, shared[name]) for name, model in models.items()}
        references = {name: {_named(ref) for ref in _references(body)} for name, body in bodies.items()}
        fewer = {}
        for name, model in models.items():
            carried = _definitions(model.schema)
            same = frozenset(one for one in shared[name] if carried[one] == bodies[one])
            fewer[name] = same & _reached(name, same, references)
        if fewer == shared:
            return shared
        shared = fewer


def _reached(start: str, names: frozenset[str], references: Mapping[str, set[str | None]]) -> set[str]:
    """Those of ``names`` to which the references of a model lead, by way of each other too."""
    reached: set[str] = set()
    pending = [start] if names else []
    while pending:
        for name in references[pending.pop()] & names - reached:
            if name is not None:
                reached.add(name)
                pending.append(name)
    return reached


def _definitions(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("definitions")
    return found if isinstance(found, Mapping) else {}


def _body(schema: Mapping[str, Any], shared: frozenset[str]) -> dict[str, Any]:
    """A schema without the definitions that are models of their own."""
    if not shared:
        return dict(schema)
    own = {name: one for name, one in _definitions(schema).items() if name not in shared}
    return {
        key: own if key == "definitions" else value
        for key, value in schema.items()
        if key != "definitions" or own
    }


def _global(ref: str, own: frozenset[str], models: Mapping[str, Any], prefix: str) -> str:
    found = named(ref)
    if found is None or found.name in own or found.name not in models:
        return ref
    return model_names.reference(found.name, prefix) + found.rest


def _named(ref: str) -> str | None:
    found = named(ref)
    return found.name if found is not None else None


def _references(schema: Any) -> Iterator[str]:
    found: list[str] = []
    _rewritten(schema, lambda ref: found.append(ref) or ref)  # type: ignore[func-returns-value]
    return iter(found)


def _rewritten(value: Any, rewrite: Callable[[str], str]) -> Any:
    """A plain copy of a schema, with every reference rewritten. Data (enum, default) are left as they are."""
    if isinstance(value, (list, tuple)):
        return [_rewritten(one, rewrite) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _member(key, one, rewrite) for key, one in value.items()}


def _member(key: str, value: Any, rewrite: Callable[[str], str]) -> Any:
    if key == "$ref" and isinstance(value, str):
        return rewrite(value)
    if key in _MAPS and isinstance(value, Mapping):
        return {name: _rewritten(one, rewrite) for name, one in value.items()}
    if key in _LISTS or key in _SINGLE:
        return _rewritten(value, rewrite)
    return thaw(value)
