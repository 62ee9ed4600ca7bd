"""What a method calls and what it answers: integrations, responses, gateway responses.

Of mappings and templates only names are told, for their values may hold secrets. CORS headers are told by
:mod:`wsgi_gateway.exports.diff.cors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from wsgi_gateway.config import IntegrationConfig, IntegrationResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, UNCLEAR, Change
from wsgi_gateway.exports.diff.cors import without_cors

_TOLD_APART = frozenset({"place", "integration_responses", "timeout_in_millis"})
_WITHOUT_MEANING = frozenset({"credentials", "connection_type", "connection_id"})
"""Fields whose change no caller can notice by itself."""


def settings(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    """What changes for all answers of the API."""
    if old.minimum_compression_size != new.minimum_compression_size:
        yield Change("response", "the API", "other answers are compressed", COMPATIBLE)
    if set(old.binary_media_types) != set(new.binary_media_types):
        message = "other media types are binary: bodies of them are passed on otherwise"
        yield Change("integration", "the API", message, UNCLEAR)


def gateway_responses(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    """What changes in refusals."""
    for kind in sorted(old.gateway_responses.keys() | new.gateway_responses.keys()):
        before, after = old.gateway_responses.get(kind), new.gateway_responses.get(kind)
        where = f"gateway response {kind}"
        statuses = getattr(before, "status_code", None), getattr(after, "status_code", None)
        if statuses[0] != statuses[1]:
            one, other = ("AWS's own" if status is None else status for status in statuses)
            yield Change("response", where, f"the status was {one} and is {other}", BREAKING)
        bodies = [getattr(one, "response_templates", {}) for one in (before, after)]
        if bodies[0] != bodies[1]:
            yield Change("response", where, f"the body changed: {_changed(*bodies)}", UNCLEAR)
        headers = [without_cors(getattr(one, "response_parameters", {})) for one in (before, after)]
        yield from _headers(where, *headers)


def integration(where: str, before: MethodConfig, after: MethodConfig) -> Iterator[Change]:
    """What changes in what a method calls, and how."""
    one, other = before.integration, after.integration
    if one is None or other is None:
        if one is not other:
            names = [found.type if found else "the wrapped app" for found in (one, other)]
            yield Change("integration", where, f"was answered by {names[0]}, is by {names[1]}", UNCLEAR)
        return
    if one.type != other.type:
        message = f"the integration was of type {one.type} and is {other.type}"
        yield Change("integration", where, message, UNCLEAR)
    changed = [
        _named(field.name, getattr(one, field.name), getattr(other, field.name))
        for field in fields(IntegrationConfig)
        if field.name not in _TOLD_APART | _WITHOUT_MEANING | {"type"}
        and getattr(one, field.name) != getattr(other, field.name)
    ]
    if changed:
        yield Change("integration", where, f"the integration changed: {', '.join(changed)}", UNCLEAR)
    if one.timeout_in_millis != other.timeout_in_millis:
        message = f"timeout_in_millis was {one.timeout_in_millis} and is {other.timeout_in_millis}"
        effect = BREAKING if other.timeout_in_millis < one.timeout_in_millis else COMPATIBLE
        yield Change("limit", where, message, effect)


def _named(name: str, before: Any, after: Any) -> str:
    return f"{name} ({_changed(before, after)})" if isinstance(before, Mapping) else name


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return ", ".join(keys)[:300]


def responses(where: str, before: MethodConfig, after: MethodConfig) -> Iterator[Change]:
    """What changes in the answers of a method."""
    one, other = _by_pattern(before), _by_pattern(after)
    for pattern in sorted(one.keys() | other.keys()):
        name = f"{where}, {'response ' + repr(pattern)[:80] if pattern else 'default response'}"
        if pattern not in other or pattern not in one:
            is_gone = pattern not in other
            yield Change("response", name, "is gone" if is_gone else "is new", UNCLEAR)
        else:
            yield from _response(name, one[pattern], other[pattern])
    yield from _declared(where, before, after)


def _by_pattern(method: MethodConfig) -> dict[str, IntegrationResponseConfig]:
    """Proxies use none of what they have."""
    found = method.integration
    if found is None or found.is_proxy:
        return {}
    return {one.selection_pattern or "": one for one in found.integration_responses}


def _response(
    where: str, before: IntegrationResponseConfig, after: IntegrationResponseConfig
) -> Iterator[Change]:
    if before.status_code != after.status_code:
        message = f"the status was {before.status_code} and is {after.status_code}"
        yield Change("response", where, message, BREAKING)
    templates = before.response_templates, after.response_templates
    if templates[0] != templates[1]:
        yield Change("response", where, f"the body's template changed: {_changed(*templates)}", UNCLEAR)
    if before.content_handling != after.content_handling:
        yield Change("response", where, "content_handling changed", UNCLEAR)
    yield from _headers(where, *(without_cors(one.response_parameters) for one in (before, after)))


def _headers(where: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    one, other = (
        {key.rpartition(".header.")[2].lower(): value for key, value in found.items()}
        for found in (before, after)
    )
    for words, names, effect in (
        ("has not the header any more", one.keys() - other.keys(), BREAKING),
        ("has the header", other.keys() - one.keys(), COMPATIBLE),
        (
            "has another value of",
            {key for key in one.keys() & other.keys() if one[key] != other[key]},
            UNCLEAR,
        ),
    ):
        for name in sorted(names):
            yield Change("response", where, f"{words} {name[:120]}", effect)


def _declared(where: str, before: MethodConfig, after: MethodConfig) -> Iterator[Change]:
    """What documents and SDKs say of the answers; nothing enforces it."""
    one, other = before.method_responses, after.method_responses
    for status in sorted(one.keys() - other.keys()):
        yield Change("response", where, f"the status {status} is not declared any more", UNCLEAR)
    for status in sorted(other.keys() - one.keys()):
        yield Change("response", where, f"the status {status} is declared", COMPATIBLE)
