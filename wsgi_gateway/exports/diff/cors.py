"""CORS: which origins, methods and headers browsers may use.

Read from fixed values of ``Access-Control-Allow-*`` in the integration responses of OPTIONS methods and of
the others, and in gateway responses. What a backend or the wrapped app answers is not known here.

Source: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, OPENING, UNCLEAR, Change

_AREA, _PREFIX = "cors", "access-control-"
_LISTS = ("access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers")

Headers = dict[str, str]


def without_cors(parameters: Mapping[str, str]) -> dict[str, str]:
    """Response parameters but for those told here."""
    return {key: value for key, value in parameters.items() if not _name(key).startswith(_PREFIX)}


def cors_of_refusals(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    """What changes for browsers that are refused."""
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        before, after = (api.gateway_responses.get(kind) for api in (old, new))
        headers = (_cors_of(one.response_parameters if one else {}) for one in (before, after))
        yield from _headers(f"gateway response {kind}", *headers)


def cors(where: str, before: MethodConfig, after: MethodConfig) -> Iterator[Change]:
    """What changes for browsers in the answers of one method."""
    yield from _headers(where, _answered(before), _answered(after))


def _answered(method: MethodConfig) -> Headers:
    integration = method.integration
    if integration is None or integration.is_proxy:
        return {}
    found: Headers = {}
    for response in integration.integration_responses:
        if response.status_code < 400:
            found = _cors_of(response.response_parameters) | found
    return found


def _cors_of(parameters: Mapping[str, str]) -> Headers:
    named = {_name(key): value for key, value in parameters.items()}
    return {name: value for name, value in named.items() if name.startswith(_PREFIX)}


def _name(key: str) -> str:
    return key.rpartition(".header.")[2].lower()


def _headers(where: str, before: Headers, after: Headers) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        if other is None:
            yield Change(_AREA, where, f"browsers get no {name} any more", BREAKING)
        elif one is None:
            yield Change(_AREA, where, f"browsers get {name}", OPENING)
        else:
            yield from _values(where, name, one, other)


def _values(where: str, name: str, before: str, after: str) -> Iterator[Change]:
    if name == "access-control-max-age":
        yield Change(_AREA, where, f"{name} changed", COMPATIBLE)
    elif name not in _LISTS or not (_is_fixed(before) and _is_fixed(after)):
        wider = name == "access-control-allow-origin" and after == "'*'"
        yield Change(_AREA, where, f"{name} changed", OPENING if wider else _unless_fixed(before, after))
    else:
        one, other = _members(before), _members(after)
        if one - other and "*" not in other:
            yield Change(_AREA, where, f"{name} lost {', '.join(sorted(one - other))[:300]}", BREAKING)
        if other - one and "*" not in one:
            yield Change(_AREA, where, f"{name} got {', '.join(sorted(other - one))[:300]}", OPENING)


def _unless_fixed(before: str, after: str) -> str:
    return BREAKING if _is_fixed(before) and _is_fixed(after) else UNCLEAR


def _is_fixed(value: str) -> bool:
    return len(value) > 1 and value[0] == value[-1] == "'"


def _members(value: str) -> set[str]:
    return {member.strip().lower() for member in value.strip("'").split(",") if member.strip()}
