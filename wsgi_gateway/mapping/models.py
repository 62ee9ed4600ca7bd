"""Models: JSON Schema draft 4, compiled once. The door to jsonschema and jsonschema-rs.

``jsonschema`` words every refusal; where ``jsonschema-rs`` is installed (extra ``fast``) it accepts valid
bodies many times faster, and what it does not accept is judged again by ``jsonschema``::

    >>> model = Model({"type": "object", "required": ["name"]})
    >>> model.violations({"name": "Rex"}), model.violations({})
    ((), ('object has missing required properties (["name"])',))

A ``$ref`` may point into the schema itself (``#/definitions/X``) or to another model of the same API, in any
form that names one (:mod:`wsgi_gateway.config.model_names`). Nothing is ever fetched. Patterns run in linear
time (:mod:`wsgi_gateway.mapping.patterns`). ``format`` is not checked.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from wsgi_gateway.config.frozen import thaw
from wsgi_gateway.config.model_names import named, reference
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.mapping.keywords import keywords, pattern_of
from wsgi_gateway.mapping.violations import word

_DRAFT_4 = "http://json-schema.org/draft-04/schema#"

MAX_REFERENCES = 100
"""How many bare references may follow one another; a longer chain is taken for a circle."""

MAX_VIOLATIONS = 100
"""How many violations of one body are worded; the rest adds nothing a reader could use."""


class Model:
    """A compiled model.

    :param schema: the JSON Schema as data.
    :param models: the other models of the API by name, which it may refer to.

    Raises ConfigError for a schema that is none, a reference that leads nowhere or outside, a pattern that
    cannot run in linear time.
    """

    def __init__(
        self, schema: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self.schema = schema
        """The schema as given."""
        document = _self_contained(thaw(schema), models or {})
        _check(document)
        self._validator = _validator_class()(document)
        self._accepts = _fast(document)

    def violations(self, document: Any) -> tuple[str, ...]:
        """What is wrong with a document, worded; empty when it is valid."""
        if self._accepts is not None and self._accepts(document):
            return ()
        try:
            errors = islice(self._validator.iter_errors(document), MAX_VIOLATIONS)
            # jsonschema reports every missing property by itself, the sentence names them all.
            return tuple(dict.fromkeys(word(error) for error in errors))
        except RecursionError:
            return ("instance is nested too deeply",)
        except _unresolvable():
            return ("the model refers to a schema that is not there",)


def _self_contained(schema: Any, models: Mapping[str, Mapping[str, Any]]) -> Any:
    """Embed every model that is referred to under ``definitions`` and make all references local."""
    definitions: dict[str, Any] = dict(schema.get("definitions") or {}) if isinstance(schema, dict) else {}
    pending: list[Any] = [schema]
    while pending:
        for node in _nodes(pending.pop()):
            ref = node.get("$ref")
            if not isinstance(ref, str):
                continue
            found = named(ref)
            if found is None:
                continue
            node["$ref"] = reference(found.name) + found.rest
            if found.name not in definitions and found.name in models:
                definitions[found.name] = thaw(models[found.name])
                pending.append(definitions[found.name])
    if definitions:
        schema["definitions"] = definitions
    return schema


def _nodes(root: Any) -> Iterator[dict[str, Any]]:
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _check(schema: Any) -> None:
    try:
        for path, part in _parts(schema):
            mistake = _mistake(json.dumps(part, default=str))
            if mistake is not None:
                message, where = mistake
                at = "/".join((*path, *where))
                raise _problem("model-schema", f"the schema is no JSON Schema draft 4: {message} at /{at}")
    except RecursionError as error:
        raise _problem("model-depth", "the schema is nested too deeply") from error
    _check_references(schema)
    for node in _nodes(schema):
        for pattern in (node.get("pattern"), *(node.get("patternProperties") or ())):
            if isinstance(pattern, str):
                pattern_of(pattern)


def _parts(schema: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """A schema without its definitions, and these; each with its path. Models have definitions in common."""
    definitions = schema.get("definitions") if isinstance(schema, dict) else None
    if not isinstance(definitions, dict):
        yield (), schema
        return
    yield (), {keyword: value for keyword, value in schema.items() if keyword != "definitions"}
    for name, part in definitions.items():
        yield ("definitions", str(name)), part


@lru_cache(maxsize=1024)
def _mistake(schema: str) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with a schema, given as JSON, and where; None for one that draft 4 admits."""
    import jsonschema

    data = json.loads(schema)
    if _is_soon_admitted(data):
        return None
    try:
        _validator_class().check_schema(data)
    except jsonschema.SchemaError as error:
        return error.message, tuple(map(str, error.absolute_path))
    return None


def _is_soon_admitted(schema: Any) -> bool:
    """The quick verdict, where there is one; what it does not admit is looked at again."""
    try:
        from jsonschema_rs import meta
    except ImportError:
        return False
    try:
        return isinstance(schema, dict) and meta.is_valid({**schema, "$schema": _DRAFT_4})
    except ValueError:
        return False


def _check_references(schema: Any) -> None:
    """Every ``$ref`` leads somewhere within the schema, and a chain of bare references ends."""
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT4

    resource = DRAFT4.create_resource(schema)
    registry = REGISTRY.with_resource("", resource).crawl()
    pending = [(resource, registry.resolver_with_root(resource))]
    while pending:
        current, resolver = pending.pop()
        node, seen = current.contents, 0
        at = resolver
        while isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            try:
                found = at.lookup(ref)
            except Unresolvable as error:
                message = f"$ref {ref!r} leads nowhere within the API; nothing is fetched"
                raise _problem("model-ref", message) from error
            node, at, seen = found.contents, found.resolver, seen + 1
            if seen > MAX_REFERENCES:
                raise _problem("model-ref-cycle", f"$ref {ref!r} refers to itself")
        pending.extend((part, resolver.in_subresource(part)) for part in current.subresources())


def _problem(code: str, message: str) -> ConfigError:
    return ConfigError([Problem(code, message)])


@cache
def _unresolvable() -> type[Exception]:
    from referencing.exceptions import Unresolvable

    return Unresolvable


@cache
def _validator_class() -> Any:
    """jsonschema's draft 4 with our keywords."""
    import jsonschema
    from jsonschema import validators

    extend: Any = validators.extend
    return extend(jsonschema.Draft4Validator, keywords(jsonschema.ValidationError))


def _fast(schema: Any) -> Any:
    """jsonschema-rs's verdict as a function, or None where it is not installed or cannot take this schema."""
    try:
        import jsonschema_rs
    except ImportError:
        return None
    try:
        return jsonschema_rs.Draft4Validator(schema, pattern_options=jsonschema_rs.RegexOptions()).is_valid
    except ValueError:
        return None
