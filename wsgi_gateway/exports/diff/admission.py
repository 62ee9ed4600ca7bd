"""Who is admitted: authorization, scopes, API keys, the resource policy.

Authorizers are compared by what they ask of callers, not by their names. Of policies, statements are
compared; whether two different ones mean the same is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig
from wsgi_gateway.exports.diff.change import BREAKING, OPENING, UNCLEAR, Change

_AREA = "admission"
_ANY_ONE = "of which a token must have one"


def of_api(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    """What changes for all methods: the policy, and where keys are looked for."""
    if old.api_key_source != new.api_key_source and _wants_keys(old) and _wants_keys(new):
        where = "the header x-api-key" if new.api_key_source == "HEADER" else "the authorizer's answer"
        yield Change(_AREA, "the API", f"API keys now come from {where}", BREAKING)
    before, after = _statements(old.policy), _statements(new.policy)
    if old.policy is None and new.policy is not None:
        yield Change(
            _AREA, "the API", "has a resource policy now: who is not allowed by it is refused", BREAKING
        )
    elif old.policy is not None and new.policy is None:
        yield Change(_AREA, "the API", "has no resource policy any more", OPENING)
    elif old.policy is not None:
        yield from _policy(before, after)


def _wants_keys(api: RestApiConfig) -> bool:
    return any(method.api_key_required for methods in api.resources.values() for method in methods.values())


def _policy(before: list[Any], after: list[Any]) -> Iterator[Change]:
    for statements, others, verb in ((before, after, "lost"), (after, before, "got")):
        for statement in statements:
            if statement in others:
                continue
            effect = statement.get("Effect") if isinstance(statement, dict) else None
            closes = (effect == "Deny") is (verb == "got")
            message = f"the resource policy {verb} a statement: {str(effect)[:20]}"
            known = effect in ("Allow", "Deny")
            yield Change(_AREA, "the API", message, (BREAKING if closes else OPENING) if known else UNCLEAR)


def _statements(policy: Mapping[str, Any] | None) -> list[Any]:
    found = (policy or {}).get("Statement", ())
    listed = [found] if isinstance(found, Mapping) else list(found)
    return [_plain(statement) for statement in listed]


def _plain(statement: Any) -> Any:
    """A statement without its label, lists of one as that one, other lists in order."""
    if isinstance(statement, Mapping):
        return {key: _plain(value) for key, value in statement.items() if key != "Sid"}
    if isinstance(statement, (list, tuple)):
        members = [_plain(one) for one in statement]
        return members[0] if len(members) == 1 else sorted(members, key=repr)
    return statement


def of_method(
    where: str, before: MethodConfig, after: MethodConfig, old: RestApiConfig, new: RestApiConfig
) -> Iterator[Change]:
    """What changes for one method."""
    if before.api_key_required is not after.api_key_required:
        asks = "now asks for an API key" if after.api_key_required else "asks for no API key any more"
        yield Change(_AREA, where, asks, BREAKING if after.api_key_required else OPENING)
    one, other = before.authorization_type, after.authorization_type
    if one != other:
        effect = OPENING if other == "NONE" else BREAKING
        yield Change(_AREA, where, f"authorization was {one} and is {other}", effect)
        return
    guards = [api.authorizers.get(method.authorizer or "") for api, method in ((old, before), (new, after))]
    if guards[0] is not None and guards[1] is not None:
        yield from _authorizer(where, guards[0], guards[1])
        yield from _scopes(where, set(before.authorization_scopes), set(after.authorization_scopes), one)


def _authorizer(where: str, before: AuthorizerConfig, after: AuthorizerConfig) -> Iterator[Change]:
    if before.type != after.type:
        message = f"the authorizer was of type {before.type} and is {after.type}"
        yield Change(_AREA, where, message, UNCLEAR)
    one, other = set(before.identity_source), set(after.identity_source)
    if one != other:
        added = other - one
        message = (
            f"the authorizer wants {', '.join(sorted(added))} of callers"
            if added
            else f"the authorizer does not want {', '.join(sorted(one - other))} any more"
        )
        yield Change(_AREA, where, message, BREAKING if added else OPENING)
    if before.identity_validation_expression != after.identity_validation_expression:
        yield Change(_AREA, where, "other tokens pass identity_validation_expression", UNCLEAR)
    for field in ("authorizer_uri", "authorizer_result_ttl_in_seconds"):
        if getattr(before, field) != getattr(after, field):
            yield Change(_AREA, where, f"the authorizer has another {field}", UNCLEAR)
    pools = set(before.provider_arns), set(after.provider_arns)
    yield from _gone_and_new(where, *pools, "the tokens of a user pool")
    jwt = before.jwt_configuration, after.jwt_configuration
    if jwt[0] != jwt[1]:
        yield from _jwt(where, *jwt)


def _jwt(where: str, before: Any, after: Any) -> Iterator[Change]:
    issuers = [{one.issuer: one for one in jwt.issuers} if jwt else {} for jwt in (before, after)]
    yield from _gone_and_new(where, set(issuers[0]), set(issuers[1]), "the tokens of an issuer")
    for name in sorted(issuers[0].keys() & issuers[1].keys()):
        one, other = issuers[0][name], issuers[1][name]
        audiences = set(one.audiences), set(other.audiences)
        if audiences[0] and audiences[1]:
            yield from _gone_and_new(where, *audiences, "tokens for an audience")
        elif audiences[0] != audiences[1]:
            effect = BREAKING if audiences[1] else OPENING
            yield Change(_AREA, where, "the audiences of an issuer count now, or do not", effect)
        if one.additional_claims != other.additional_claims:
            yield Change(_AREA, where, "an issuer's rules of claims changed", UNCLEAR)
    algorithms = [set(jwt.default_algorithms) if jwt else set() for jwt in (before, after)]
    yield from _gone_and_new(where, algorithms[0], algorithms[1], "an algorithm of signatures")


def _gone_and_new(where: str, before: set[str], after: set[str], what: str) -> Iterator[Change]:
    if before - after:
        yield Change(_AREA, where, f"{what} are not admitted any more", BREAKING)
    if after - before:
        yield Change(_AREA, where, f"{what} are admitted now", OPENING)


def _scopes(where: str, before: set[str], after: set[str], kind: str) -> Iterator[Change]:
    if before == after or kind == "CUSTOM":
        return
    if not before:
        yield Change(_AREA, where, f"now has scopes, {_ANY_ONE}: {_listed(after)}", BREAKING)
    elif not after:
        # Without scopes, a user pool's identity tokens are taken, with scopes its access tokens.
        effect = UNCLEAR if kind == "COGNITO_USER_POOLS" else OPENING
        yield Change(_AREA, where, f"has no scopes any more, {_ANY_ONE}", effect)
    else:
        if before - after:
            yield Change(
                _AREA, where, f"does not take the scopes any more: {_listed(before - after)}", BREAKING
            )
        if after - before:
            yield Change(_AREA, where, f"takes more scopes: {_listed(after - before)}", OPENING)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))[:300]
