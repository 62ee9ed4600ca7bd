"""Statements of policies, compiled: what each is about, to whom and under which conditions it applies.

:func:`compile_statement` checks a statement and takes it apart; :mod:`wsgi_gateway.authorizers.policy`,
which has the manual, puts the parts in the order in which they are asked::

    >>> office = {"Effect": "Allow", "Action": "*", "Resource": "*",
    ...           "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    >>> statement = compile_statement(3, office, Language(variables=True, resource_policy=False, own=None))
    >>> statement.decision.why
    'statement 3: Allow, given IpAddress aws:SourceIp'

Not for: several statements; which of them decides is the policy's affair.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.condition_keys import Asked, UnaskedError
from wsgi_gateway.authorizers.conditions import Holds, compile_conditions
from wsgi_gateway.authorizers.decisions import Decision, PolicyError
from wsgi_gateway.authorizers.policy_variables import Token
from wsgi_gateway.authorizers.principals import IsMeant, compile_principal
from wsgi_gateway.authorizers.resources import Check, Language, any_of, compile_resources, either_form
from wsgi_gateway.authorizers.wildcard import Matcher, compile_wildcard

_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")
_OWN_ACTIONS = ("invoke", "invalidatecache", "manageconnections")
_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_WITH_PRINCIPALS = _ELEMENTS | {"Principal", "NotPrincipal"}


class Statement(NamedTuple):
    """``is_about`` an action in lower case; ``applies`` to a resource, which has ``needle`` in it then; if
    all ``checks`` hold it decides ``decision``. ``keys``: the lower-case names that its checks may ask for.
    ``resources``: cut up; none for a NotResource. ``is_void``: its Not forms leave nothing over.
    ``is_for_signed``: nobody unknown is ever meant.
    """

    is_about: Matcher
    needle: str
    applies: Matcher
    checks: list[Check]
    decision: Decision
    keys: frozenset[str]
    resources: Sequence[Sequence[Token]]
    is_void: bool
    is_for_signed: bool

    @property
    def holds(self) -> Holds | None:
        """All checks as one; None if there are none. Without an answer a Deny holds, and an Allow not."""
        if not self.checks:
            return None
        checks = tuple(check for _, check in self.checks)
        denies = self.decision.effect == "Deny"

        def one_holds(asked: Asked) -> bool:
            try:
                return checks[0](asked)
            except UnaskedError:
                return denies

        def all_hold(asked: Asked) -> bool:
            try:
                for check in checks:  # all() would cost a generator per request  # noqa: SIM110
                    if not check(asked):
                        return False
                return True
            except UnaskedError:
                return denies

        return one_holds if len(checks) == 1 else all_hold


def compile_statement(index: int, statement: Any, language: Language) -> Statement:
    """Check and compile one statement. Raises PolicyError for all that is no statement."""
    place = f"statement {index}"
    if not isinstance(statement, Mapping):
        raise PolicyError(f"{place} is not an object")
    refuse_unknown(statement, _WITH_PRINCIPALS if language.resource_policy else _ELEMENTS, place)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"{place}: Effect is neither Allow nor Deny")
    negated, actions = either_form(statement, "Action", place)
    for action in actions:
        _check_action(action, place)
    is_about = _about(tuple(actions), negated)
    denies = effect == "Deny"
    find, applies, checks, keys, resources, is_void = compile_resources(statement, denies, language, place)
    is_for_signed = False
    if language.resource_policy:
        is_meant = _principal(statement, denies, place)
        if is_meant is not None:
            is_for_signed = not is_meant(None)
            is_void = is_void or statement.get("NotPrincipal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
            checks = [("principal", lambda asked: is_meant(asked.principal)), *checks]
    if "Condition" in statement:
        block = statement["Condition"]
        for one in compile_conditions(block, denies=denies, variables=language.variables, place=place):
            checks.append((one.label, one.holds))
            keys |= one.keys
    why = f"{language.whose}statement {index}: {effect}"
    if checks:
        why += f", given {'; '.join([label for label, _ in checks])}"
    decision = Decision(effect, index, statement.get("Sid"), why)
    return Statement(is_about, find, applies, checks, decision, keys, resources, is_void, is_for_signed)


def refuse_unknown(element: Mapping[Any, Any], known: frozenset[str], place: str) -> None:
    """Raise PolicyError for an element that is not known, and for an Id or Sid that is no text."""
    for key, value in element.items():
        if key not in known:
            raise PolicyError(f"{place} has the element {str(key)[:40]!r}, which cannot be evaluated")
        if key in ("Id", "Sid") and not isinstance(value, str):
            raise PolicyError(f"{place}: {key} is not text")


def _check_action(action: str, place: str) -> None:
    """Refuse what is no action, and what this service has not: a name misspelled would protect nothing."""
    if not _ACTION.fullmatch(action):
        raise PolicyError(f"{place}: {action[:40]!r} is no action; write service:Action, or *")
    if not _exists(action):
        raise PolicyError(f"{place}: execute-api has no action {action[:40]!r}")


@lru_cache(1024)
def _exists(action: str) -> bool:
    """Whether it can be an action: this service's are known."""
    service, _, name = action.lower().partition(":")
    return service != "execute-api" or any(map(compile_wildcard(name), _OWN_ACTIONS))


@lru_cache(1024)
def _about(actions: tuple[str, ...], negated: bool) -> Matcher:
    """What statements are about is nearly always the same."""
    return any_of([action.lower() for action in actions], negated)


def _principal(statement: Mapping[str, Any], denies: bool, place: str) -> IsMeant | None:
    """Whether a caller is meant; None if everyone is."""
    negated = "NotPrincipal" in statement
    if negated == ("Principal" in statement):
        raise PolicyError(f"{place} needs exactly one of Principal and NotPrincipal")
    element = statement["NotPrincipal" if negated else "Principal"]
    return compile_principal(element, negated=negated, denies=denies, place=place)
