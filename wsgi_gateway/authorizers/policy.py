"""IAM policies as an authorizer returns them: compiled once, then asked per request.

Why: AWS caches an authorizer's *policy*, not its verdict, and evaluates it anew against the method ARN of
every request. So compiling may cost something and deciding must not::

    >>> policy = Policy(allow("alice", "arn:aws:execute-api:*:*:*/dev/GET/*")["policyDocument"])
    >>> policy.decide("arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets").allowed
    True
    >>> policy.decide("arn:aws:execute-api:us-east-1:123456789012:api/dev/DELETE/pets").effect is None
    True

An explicit Deny wins over any Allow, and silence denies. Actions are compared without regard to case,
resources with it. What cannot be evaluated here is refused, never passed over: Condition, Principal,
NotPrincipal, policy variables (``${...}``), unknown elements, and empty lists, which would make a Deny void.

A star spans everything, ``/`` and ``:`` too. In a resource with a star before the verb, such as
``*/GET/*``, the *path* of a request may supply what follows the star (``DELETE /x/GET/y``); write the API
and the stage out.

Not for: policies of AWS accounts and buckets; only what an authorizer for ``execute-api`` needs is known.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.wildcard import Matcher, anything, compile_wildcard

INVOKE = "execute-api:Invoke"
"""The action of calling a method."""

RESOURCE_LIMIT = 512
"""Characters of one resource in a policy that an authorizer returns."""

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"})


class PolicyError(ValueError):
    """An authorizer's answer is unusable. The text is for logs; it names places, never values."""


class Decision(NamedTuple):
    """What a policy says: ``effect`` is ``"Allow"``, ``"Deny"`` or None for silence.

    ``statement`` is the index of the statement that decided, or None.
    """

    effect: str | None
    statement: int | None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.effect == "Allow"


SILENCE = Decision(None, None)
"""No statement applies: denied implicitly."""


class Policy:
    """A compiled policy document.

    ``document`` is the dict under ``policyDocument``. Raises :class:`PolicyError` for anything that is no
    policy, or that says more than can be evaluated here.
    """

    __slots__ = ("_invoke", "_statements")

    def __init__(self, document: Any) -> None:
        if not isinstance(document, Mapping):
            raise PolicyError("the policy document is not an object")
        _refuse_unknown(document, _DOCUMENT, "the policy document")
        if "Version" in document and document["Version"] not in _VERSIONS:
            raise PolicyError("the policy's Version is unknown")
        statements = document.get("Statement")
        if isinstance(statements, Mapping):
            statements = [statements]
        if not isinstance(statements, (list, tuple)):
            raise PolicyError("the policy document has no Statement")
        self._statements = tuple(_Statement(index, one) for index, one in enumerate(statements))
        self._invoke = self._rules(INVOKE)

    def decide(self, resource: str, action: str = INVOKE) -> Decision:
        """What the policy says about one action on one resource, an ARN."""
        for applies, decision in self._invoke if action == INVOKE else self._rules(action):
            if applies is anything or applies(resource):
                return decision
        return SILENCE

    def _rules(self, action: str) -> tuple[tuple[Matcher, Decision], ...]:
        """The statements about an action, denying ones first, so that the first that applies decides."""
        about = [one for one in self._statements if one.is_about(action.lower())]
        about.sort(key=lambda one: one.decision.effect == "Allow")
        return tuple((one.applies, one.decision) for one in about)


class _Statement:
    """One statement: whether it is about an action, whether it applies to a resource, and what it decides."""

    __slots__ = ("applies", "decision", "is_about")

    def __init__(self, index: int, statement: Any) -> None:
        where = f"statement {index}"
        if not isinstance(statement, Mapping):
            raise PolicyError(f"{where} is not an object")
        _refuse_unknown(statement, _STATEMENT, where)
        effect = statement.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise PolicyError(f"{where}: Effect is neither Allow nor Deny")
        self.decision = Decision(effect, index)
        negated, actions = _either(statement, "Action", where)
        self.is_about = _any_of((action.lower() for action in actions), negated)
        negated, resources = _either(statement, "Resource", where)
        if any(len(resource) > RESOURCE_LIMIT for resource in resources):
            raise PolicyError(f"{where}: a resource is longer than {RESOURCE_LIMIT} characters")
        self.applies = _any_of(resources, negated)


def _refuse_unknown(element: Mapping[Any, Any], known: frozenset[str], where: str) -> None:
    for key, value in element.items():
        if key not in known:
            raise PolicyError(f"{where} has the element {str(key)[:40]!r}, which cannot be evaluated")
        if key in ("Id", "Sid") and not isinstance(value, str):
            raise PolicyError(f"{where}: {key} is not text")


def _either(statement: Mapping[str, Any], name: str, where: str) -> tuple[bool, Sequence[str]]:
    """Whether it is the Not form, and the patterns, of the one of ``Name`` and ``NotName`` that is there."""
    negated = "Not" + name in statement
    if negated == (name in statement):
        raise PolicyError(f"{where} needs exactly one of {name} and Not{name}")
    patterns = statement["Not" + name if negated else name]
    if isinstance(patterns, str):
        patterns = [patterns]
    if not isinstance(patterns, (list, tuple)) or not patterns:
        raise PolicyError(f"{where}: {name} is neither text nor a list of texts")
    for pattern in patterns:
        if not isinstance(pattern, str) or not pattern:
            raise PolicyError(f"{where}: {name} holds something that is no text")
        if "${" in pattern:
            raise PolicyError(f"{where}: policy variables are not supported")
    return negated, patterns


def _any_of(patterns: Iterable[str], negated: bool) -> Matcher:
    matchers = tuple(compile_wildcard(pattern) for pattern in patterns)
    if negated:
        return lambda text: not any(matches(text) for matches in matchers)
    if anything in matchers:
        return anything
    if len(matchers) == 1:
        return matchers[0]

    def applies(text: str) -> bool:
        for matches in matchers:  # any() would cost a generator per request  # noqa: SIM110
            if matches(text):
                return True
        return False

    return applies


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
