"""IAM policies, compiled once, then asked per request: those of authorizers, callers, and of an API itself.

Why: AWS caches an authorizer's *policy*, not its verdict, and evaluates it anew against the method ARN of
every request. So compiling may cost something and deciding must not::

    >>> policy = Policy(allow("alice", "arn:aws:execute-api:*:*:*/dev/GET/*")["policyDocument"])
    >>> policy.decide("arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets").allowed
    True
    >>> policy.decide("arn:aws:execute-api:us-east-1:123456789012:api/dev/DELETE/pets").effect is None
    True

A resource policy is the API's own; it names principals, and has conditions::

    >>> own = OwnNames("us-east-1", "123456789012", "api")
    >>> office = {"Effect": "Deny", "Principal": "*", "Action": INVOKE, "Resource": "execute-api:/dev/*",
    ...           "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    >>> policy = Policy({"Statement": office}, resource_policy=True, own=own)
    >>> arn = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets"
    >>> policy.decide(arn, keys={"aws:sourceip": ["192.0.2.1"]}).why
    'resource policy, statement 0: Deny, given NotIpAddress aws:SourceIp'

An explicit Deny wins over any Allow, and silence denies. Actions are compared without regard to case,
resources with it. An ARN that ends with a slash is denied if it is denied without, because apps serve one
page under both. What is malformed, unknown or void is refused, never passed over: other elements, empty
lists, principals in an identity's policy, more than 8,192 characters of a resource policy.

A star spans everything, ``/`` and ``:`` too; but what allows never lets it span the colons before an API's
id, so that no path can supply another API's name. In a resource with a star before the verb, such as
``*/GET/*``, the *path* of a request may supply what follows the star (``DELETE /x/GET/y``); write the API
and the stage out.

Conditions: :mod:`wsgi_gateway.authorizers.conditions`; variables (``${aws:username}``):
:mod:`wsgi_gateway.authorizers.policy_variables`; principals: :mod:`wsgi_gateway.authorizers.principals`;
two policies: :mod:`wsgi_gateway.authorizers.decisions`.

Not for: policies of organizations, permission boundaries and sessions.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wsgi_gateway.authorizers.condition_keys import NO_KEYS, Asked, Keys, UnaskedError
from wsgi_gateway.authorizers.conditions import Holds
from wsgi_gateway.authorizers.decisions import SILENCE, Decision, PolicyError, combine
from wsgi_gateway.authorizers.principals import Principal, split_accounts
from wsgi_gateway.authorizers.reach import can_mean_declared, can_mean_method
from wsgi_gateway.authorizers.resources import Language, OwnNames
from wsgi_gateway.authorizers.statements import Statement, compile_statement, refuse_unknown
from wsgi_gateway.authorizers.wildcard import Matcher, anything

__all__ = [
    "INVOKE",
    "NO_KEYS",
    "POLICY_LIMIT",
    "SILENCE",
    "Decision",
    "Keys",
    "OwnNames",
    "Policy",
    "PolicyError",
    "Principal",
    "allow",
    "combine",
    "deny",
]

INVOKE = "execute-api:Invoke"
"""The action of calling a method."""

ACTIONS = (INVOKE, "execute-api:InvalidateCache")
"""What callers of an API do."""

POLICY_LIMIT = 8192
"""Characters of a resource policy, blanks between its elements not counted."""

_SLASHES_OF_THE_ROOT = 3
"""In the ARN of an API's root, ``.../stage/GET/``; the last of them is no slash at the end of a path."""

_APPLIES = ": applies"
_NO_NAMES: frozenset[str] = frozenset()
_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT = frozenset({"Version", "Id", "Statement"})

Rule = tuple[str, Matcher, "Holds | None", Decision]


class Policy:
    """A compiled policy document.

    ``document`` is the dict under ``policyDocument``, or an API's ``policy``. ``resource_policy``: it is the
    latter, so that every statement names principals. ``own``: the names of the API, for short resources
    (``execute-api:/stage/VERB/path``). Raises :class:`PolicyError` for anything that is no policy.
    """

    __slots__ = ("_invoke", "_others", "_statements", "keys")

    def __init__(self, document: Any, *, resource_policy: bool = False, own: OwnNames | None = None) -> None:
        if not isinstance(document, Mapping):
            raise PolicyError("the policy document is not an object")
        refuse_unknown(document, _DOCUMENT, "the policy document")
        if "Version" in document and document["Version"] not in _VERSIONS:
            raise PolicyError("the policy's Version is unknown")
        if resource_policy:
            _refuse_long(document)
        statements = document.get("Statement")
        if isinstance(statements, Mapping):
            statements = [statements]
        if not isinstance(statements, (list, tuple)):
            raise PolicyError("the policy document has no Statement")
        if resource_policy and not statements:
            raise PolicyError("the policy document's Statement is empty")
        language = Language(document.get("Version") == _VERSIONS[0], resource_policy, own)
        self._statements = [
            one for numbered in enumerate(statements) for one in _compiled(*numbered, language)
        ]
        self._invoke = self._rules(INVOKE)
        self._others: dict[str, list[Rule]] = {}
        self.keys: frozenset[str] = frozenset().union(*[one.keys for one in self._statements]) or _NO_NAMES
        """The lower-case names of all condition keys that it may ask for."""

    @property
    def is_for_signed(self) -> bool:
        """Whether it allows something, and nothing to callers whom nobody knows."""
        allows = [one.is_for_signed for one in self._statements if one.decision.effect == "Allow"]
        return bool(allows) and all(allows)

    def idle(self, root: str) -> Iterator[tuple[Decision, str]]:
        """The decisions that no call of a method can bring about, whose ARN begins with ``root``, and why."""
        for one in self._statements:
            if not any(one.is_about(action.lower()) for action in ACTIONS):
                yield one.decision, "is about no call of a method"
            elif one.is_void:
                yield one.decision, "leaves nobody and nothing that it could apply to"
            elif one.resources and not any(can_mean_method(cut, root) for cut in one.resources):
                yield one.decision, "means no method of this API"

    def undeclared(self, root: str, stage: str, resources: Mapping[str, Iterable[str]]) -> Iterator[Decision]:
        """The decisions that no declared method of a stage can bring about; ``resources``: verbs by path."""
        for one in self._statements:
            cuts = one.resources
            if cuts and not any(can_mean_declared(cut, root, stage, resources) for cut in cuts):
                yield one.decision

    def decide(
        self,
        resource: str,
        action: str = INVOKE,
        keys: Keys = NO_KEYS,
        principal: Principal | None = None,
        *,
        bare: bool = False,
    ) -> Decision:
        """What the policy says about one action on one resource, an ARN.

        ``keys`` answers for condition keys by lower-case name, with all values of a key or None, and is
        asked at most once for each. Without it nobody can answer: an Allow that has conditions or variables
        does not apply then, and such a Deny does. ``principal``: who signed the request, or None. ``bare``:
        take a slash at the end for what it is alone.
        """
        if resource[-1:] == "/" and not bare and resource.count("/") > _SLASHES_OF_THE_ROOT:
            return self._of_both(resource, action, keys, principal)
        asked = None
        for needle, applies, holds, decision in self._invoke if action == INVOKE else self._other(action):
            if applies is anything or (needle in resource and applies(resource)):
                if holds is None:
                    return decision
                if asked is None:
                    asked = Asked(keys, resource, principal)
                if holds(asked):
                    return decision
        return SILENCE

    def _of_both(self, resource: str, action: str, keys: Keys, principal: Principal | None) -> Decision:
        """Apps serve one page with and without a slash at the end: a Deny of either denies."""
        decision = self.decide(resource, action, keys, principal, bare=True)
        other = self.decide(resource[:-1], action, keys, principal, bare=True)
        return other if other.effect == "Deny" and decision.effect != "Deny" else decision

    def explain(
        self, resource: str, action: str = INVOKE, keys: Keys = NO_KEYS, principal: Principal | None = None
    ) -> tuple[str, ...]:
        """For a trace: of each statement whether it applies, or the first thing that is not right.

        Like :attr:`Decision.why` it tells nothing of the request.
        """
        asked = Asked(keys, resource, principal)
        is_root = resource.count("/") <= _SLASHES_OF_THE_ROOT
        bare = resource[:-1] if resource[-1:] == "/" and not is_root else None
        told: dict[int | None, str] = {}
        for one in self._statements:
            text = _outcome(one, resource, action, asked)
            if bare is not None and one.decision.effect == "Deny" and not text.endswith(_APPLIES):
                text = _outcome(one, bare, action, Asked(keys, bare, principal))
            if one.decision.statement not in told or text.endswith(_APPLIES):
                told[one.decision.statement] = text
        return tuple(told.values())

    def _other(self, action: str) -> list[Rule]:
        """The rules of an action that is not the usual one; actions are few, the program names them."""
        rules = self._others.get(action)
        if rules is None:
            rules = self._others[action] = self._rules(action)
        return rules

    def _rules(self, action: str) -> list[Rule]:
        """The statements about an action, denying ones first, so that the first that applies decides."""
        action = action.lower()
        about = [one for one in self._statements if one.is_about(action)]
        about.sort(key=lambda one: (one.decision.effect == "Allow", one.decision.delegates))
        return [(one.needle, one.applies, one.holds, one.decision) for one in about]


def _compiled(index: int, statement: Any, language: Language) -> Iterator[Statement]:
    """A statement; of a resource policy's Allow, that for whole accounts apart."""
    parts = [(statement, False)]
    if language.resource_policy and isinstance(statement, Mapping):
        parts = split_accounts(statement)
    for part, delegates in parts:
        compiled = compile_statement(index, part, language)
        yield (
            compiled._replace(decision=compiled.decision._replace(delegates=True)) if delegates else compiled
        )


def _refuse_long(document: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise PolicyError("the policy document cannot be written as JSON") from error
    if len(text) > POLICY_LIMIT:
        raise PolicyError(f"the policy has more than {POLICY_LIMIT} characters")


def _outcome(statement: Statement, resource: str, action: str, asked: Asked) -> str:
    why = statement.decision.why
    if not statement.is_about(action.lower()):
        return f"{why}: is about another action"
    if not statement.applies(resource):
        return f"{why}: is about another resource"
    for label, check in statement.checks:
        try:
            if not check(asked):
                return f"{why}: {label} does not hold"
        except UnaskedError:
            return f"{why}: {label} cannot be told"
    return why + _APPLIES


def allow(
    principal_id: str,
    resource: str | Sequence[str] = "*",
    *,
    usage_identifier_key: str | None = None,
    **context: str | int | float | bool,
) -> dict[str, Any]:
    """A complete authorizer answer that admits ``principal_id`` to ``resource``, an ARN pattern or several.

    Keywords become the answer's context. ``usage_identifier_key`` is an API key's value, for an API whose key
    source is AUTHORIZER.
    """
    return _answer("Allow", principal_id, resource, usage_identifier_key, context)


def deny(
    principal_id: str, resource: str | Sequence[str] = "*", **context: str | int | float | bool
) -> dict[str, Any]:
    """A complete authorizer answer that forbids ``principal_id`` an ARN pattern, or several."""
    return _answer("Deny", principal_id, resource, None, context)


def _answer(
    effect: str, principal_id: str, resource: str | Sequence[str], key: str | None, context: dict[str, Any]
) -> dict[str, Any]:
    resources = resource if isinstance(resource, str) else list(resource)
    statement = {"Action": INVOKE, "Effect": effect, "Resource": resources}
    answer: dict[str, Any] = {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
    if context:
        answer["context"] = context
    if key is not None:
        answer["usageIdentifierKey"] = key
    return answer
