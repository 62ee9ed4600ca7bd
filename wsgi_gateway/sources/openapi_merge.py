"""Several OpenAPI documents as one API: AWS's update of an API by import, in its mode ``merge``.

::

    load(["base.yaml", "orders.yaml", "invoices.yaml"])

Each document is complete in itself: its ``$ref``, its security schemes and what stands at its root
(``security``, a request validator, ``basePath``, ``consumes``) are for its own methods. Where two say the
same thing, the later one counts: for a method as a whole, for a model, validator, authorizer or gateway
response of one name, for title, version, policy, API key source and compression size. Binary media types add
up. What is replaced by something else is a warning, since a protection may go with it; title, version and
description protect nothing. That the ``security`` of one document's root is not for another's open methods is
a warning, too.

A model that others refer to is replaced for them, too, as on AWS, where models refer to each other by name.

Not confirmed: that a merge takes over title, version and description; and which methods of an earlier
document an authorizer of the same name guards: here all that name it.

Not for: the mode ``overwrite``, of which nothing but the last document would be left; templates.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-update.html;
binary media types: https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from wsgi_gateway.config import MethodConfig, ModelConfig, RestApiConfig
from wsgi_gateway.config.frozen import freeze
from wsgi_gateway.errors import Place, Problem
from wsgi_gateway.sources.openapi_extensions import PREFIX

_NAMED = ("request_validators", "authorizers", "gateway_responses")
_SINGLE = {
    "api_key_source": "API key source",
    "minimum_compression_size": "minimum compression size",
    "policy": "resource policy",
}
_NOUNS = {
    "request_validators": "request validator",
    "authorizers": "authorizer",
    "gateway_responses": "gateway response",
    "models": "model",
}


def merge(
    documents: Sequence[tuple[Mapping[str, Any], RestApiConfig]],
) -> tuple[RestApiConfig, list[Problem]]:
    """One API of several, and warnings for what later documents replace.

    :param documents: of each the root's members, and the API that it describes; at least one.
    """
    warnings: list[Problem] = []
    (root, merged), *later = documents
    declared = _declared(root)
    if any(members.get("security") for members, _ in documents):
        warnings.extend(problem for members, api in documents for problem in _unguarded(api, members))
    for root, api in later:
        own = _declared(root)
        warnings.extend(_replaced(merged, api, root, declared & own))
        base = _apart(merged, api, declared)
        api = _distinct(api, base, own)
        merged = _merged(_distinct(base, api, declared), api, root)
        declared |= own
    return merged, warnings


def _merged(base: RestApiConfig, more: RestApiConfig, root: Mapping[str, Any]) -> RestApiConfig:
    fields: dict[str, Any] = {name: {**getattr(base, name), **getattr(more, name)} for name in _NAMED}
    for name in _said(more, root):
        fields[name] = getattr(more, name)
        if name == "policy":
            fields["policy_place"] = more.policy_place
    fields["secrets"] = base.secrets | more.secrets
    paths = dict.fromkeys((*base.resources, *more.resources))
    return replace(
        base,
        resources={path: {**base.resources.get(path, {}), **more.resources.get(path, {})} for path in paths},
        models=_models(base.models, more.models),
        binary_media_types=tuple(dict.fromkeys((*base.binary_media_types, *more.binary_media_types))),
        **fields,
    )


def _said(api: RestApiConfig, root: Mapping[str, Any]) -> Iterator[str]:
    """The fields that a document says once for the whole API. ``root``: its members."""
    if root.get(PREFIX + "api-key-source") is not None:
        yield "api_key_source"
    for name in ("version", "description", "minimum_compression_size", "policy"):
        if getattr(api, name) is not None:
            yield name
    info = root.get("info")
    if isinstance(info, Mapping) and info.get("title") is not None:
        yield "name"


# -------------------------------------------------- models, by the names of documents and by invented ones


def _declared(root: Mapping[str, Any]) -> frozenset[str]:
    """The names of models that a document gives itself; others were invented for schemas in place."""
    components = root.get("components")
    holders = (
        root.get("definitions"),
        components.get("schemas") if isinstance(components, Mapping) else None,
    )
    return frozenset(name for holder in holders if isinstance(holder, Mapping) for name in holder)


def _apart(base: RestApiConfig, more: RestApiConfig, declared: frozenset[str]) -> RestApiConfig:
    """``base`` without the methods that ``more`` has, and without the invented models of these."""
    resources = {
        path: {verb: method for verb, method in methods.items() if verb not in more.resources.get(path, {})}
        for path, methods in base.resources.items()
    }
    used = {
        name
        for methods in resources.values()
        for method in methods.values()
        for name in method.named_models()
    }
    models = {name: model for name, model in base.models.items() if name in declared or name in used}
    return replace(base, resources=resources, models=models)


def _distinct(api: RestApiConfig, other: RestApiConfig, declared: frozenset[str]) -> RestApiConfig:
    """``api`` with other names for invented models whose names ``other`` has for something else."""
    taken = {**api.models, **other.models}
    names: dict[str, str] = {}
    for name, model in api.models.items():
        if name not in declared and other.models.get(name, model) != model:
            number = next(number for number in count(2) if f"{name}{number}" not in taken)
            names[name] = f"{name}{number}"
            taken[names[name]] = model
    if not names:
        return api
    return replace(
        api,
        models={
            names.get(name, name): replace(model, name=names.get(name, name))
            for name, model in api.models.items()
        },
        resources={
            path: {verb: _naming(method, names) for verb, method in methods.items()}
            for path, methods in api.resources.items()
        },
    )


def _naming(method: MethodConfig, names: Mapping[str, str]) -> MethodConfig:
    """A method that uses models under their new names."""

    def new(models: Mapping[str, str]) -> dict[str, str]:
        return {media_type: names.get(model, model) for media_type, model in models.items()}

    responses = {
        status: replace(response, response_models=new(response.response_models))
        for status, response in method.method_responses.items()
    }
    return replace(method, request_models=new(method.request_models), method_responses=responses)


def _models(base: Mapping[str, ModelConfig], more: Mapping[str, ModelConfig]) -> dict[str, ModelConfig]:
    """All models; those of ``base`` with the new ones in the place of the old ones that they carry."""
    changed = {
        name: more[name].schema
        for name in base.keys() & more.keys()
        if _body(base[name].schema) != _body(more[name].schema)
    }
    if not changed:
        return {**base, **more}
    kept = {name: _renewed(model, base, changed) for name, model in base.items() if name not in more}
    return {**kept, **more}


def _renewed(
    model: ModelConfig, base: Mapping[str, ModelConfig], changed: Mapping[str, Mapping[str, Any]]
) -> ModelConfig:
    """A model whose definitions are the changed ones, with all that these reach."""
    carried = model.schema.get("definitions", {})
    found = dict(carried)
    for name, schema in changed.items():
        if name in carried and carried[name] == _body(base[name].schema):
            found |= {**schema.get("definitions", {}), name: _body(schema)}
    if found == carried:
        return model
    return replace(model, schema=freeze({**model.schema, "definitions": found}))


def _body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without the others that it carries."""
    return {keyword: value for keyword, value in schema.items() if keyword != "definitions"}


# ----------------------------------------------------------------------------------------- warnings


def _replaced(
    base: RestApiConfig, more: RestApiConfig, root: Mapping[str, Any], models: frozenset[str]
) -> Iterator[Problem]:
    """A warning for each thing that both have, and not alike.

    :param root: the members of ``more``'s document, :param models: those that both declare.
    """
    for path, methods in more.resources.items():
        before = base.resources.get(path, {})
        for verb, method in methods.items():
            if verb in before and before[verb] != method:
                yield _warning(f"the method {verb} {path[:200]}", before[verb].place, method.place)
    for field, noun in _NOUNS.items():
        before, after = getattr(base, field), getattr(more, field)
        for name in after:
            counts = name in before and (field != "models" or name in models)
            if counts and before[name] != after[name]:
                old, new = (getattr(one[name], "place", Place()) for one in (before, after))
                yield _warning(f"the {noun} {name[:80]!r}", old, new if new.file else more.place)
    for field in _said(more, root):
        if field in _SINGLE and getattr(base, field) not in (None, getattr(more, field)):
            places = ((one.policy_place if field == "policy" else one.place) for one in (base, more))
            yield _warning(f"the {_SINGLE[field]}", *places)


def _unguarded(api: RestApiConfig, root: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning for open methods of a document without ``security``, where another one's root has it."""
    is_open = [
        f"{verb} {path[:80]}"
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if method.authorization_type == "NONE" and not method.api_key_required
    ]
    if is_open and "security" not in root:
        message = f"no security of another file is for the methods of this one: {is_open[0]} is open"
        hint = "repeat security at the root of this file, or say security: [] there"
        yield Problem("merge-unguarded", message, api.place, hint, severity="warning")


def _warning(what: str, old: Place, new: Place) -> Problem:
    where = f" of {old.file}" if old.file else ""
    message = f"{what} takes the place of that{where}"
    return Problem("merge-replaced", message, new, severity="warning")
