"""Resources of statements: which ARNs a statement is about, and which of them only the request can tell.

Short resources of resource policies, ``execute-api:/stage/VERB/path``, are made whole with the names of the
API that has the policy::

    >>> OwnNames("eu-west-1", "123456789012", "a1b2").arn_of("execute-api:/dev/GET/*")
    'arn:aws:execute-api:eu-west-1:123456789012:a1b2/dev/GET/*'

Variables may stand behind the fifth colon of an ARN, as on AWS. Without a value for one the resource
matches nothing. As a NotResource it then spares nothing: a Deny applies to everything. An Allow would too,
which AWS's documents do not quite say, and does not apply here.

Not for: what may be done with a resource.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.condition_keys import Asked
from wsgi_gateway.authorizers.conditions import Holds
from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.policy_variables import Text, Token, Variable, components, keys_of, tokens
from wsgi_gateway.authorizers.wildcard import Matcher, anything, compile_wildcard, needle
from wsgi_gateway.identifiers import partition_of

RESOURCE_LIMIT = 512
"""Characters of one resource in a policy that an authorizer returns."""

_SHORT = "execute-api:"
_BEFORE_RESOURCE = 5
"""Colons of an ARN before the part in which variables may stand."""

_NO_NAMES: frozenset[str] = frozenset()


class OwnNames(NamedTuple):
    """What an API is called: the parts of its ARN."""

    region: str
    account_id: str
    api_id: str

    def arn_of(self, resource: str) -> str:
        """A short resource made whole."""
        path = resource.removeprefix(_SHORT).removeprefix("/")
        where = f"{partition_of(self.region)}:execute-api:{self.region}:{self.account_id}"
        return f"arn:{where}:{self.api_id}/{path}"


class Language(NamedTuple):
    """What a policy's statements may say: variables, principals, and short resources if there are names."""

    variables: bool
    resource_policy: bool
    own: OwnNames | None

    @property
    def whose(self) -> str:
        """What a reason begins with."""
        return "resource policy, " if self.resource_policy else ""


Check = tuple[str, Holds]
"""What more than action and resource must be right: its name for traces, and whether it is."""


class Resources(NamedTuple):
    """``applies`` to an ARN, in which ``needle`` is then, if all ``checks`` hold; they ask for ``keys``.
    ``resources``: cut up; none of a NotResource. ``is_void``: a NotResource that leaves nothing over.
    """

    needle: str
    applies: Matcher
    checks: list[Check]
    keys: frozenset[str]
    resources: Sequence[Sequence[Token]]
    is_void: bool


def compile_resources(
    statement: Mapping[str, Any], denies: bool, language: Language, place: str
) -> Resources:
    """The Resource or NotResource of a statement whose effect is Deny, or not. Raises PolicyError."""
    negated, patterns = either_form(statement, "Resource", place)
    patterns = [_whole(pattern, language, place) for pattern in patterns]
    has_variables = language.variables and "${" in " ".join(patterns)
    cut: Sequence[Sequence[Token]] = ()
    if has_variables or language.resource_policy:
        cut = [tokens(pattern, f"{place}: Resource", variables=language.variables) for pattern in patterns]
    named, is_void = (() if negated or not language.resource_policy else cut), negated and "*" in patterns
    # What admits, or spares from a Deny, must not be had by writing another API's name into a path.
    strict = denies == negated
    if has_variables:
        found = _filled_resources(cut, patterns, strict, negated, denies, f"{place}: Resource")
        return Resources(*found, named, is_void)
    applies = any_of(patterns, negated, _strict_matcher if strict else compile_wildcard)
    find = "" if applies is anything or negated or len(patterns) > 1 else needle(patterns[0])
    return Resources(find, applies, [], _NO_NAMES, named, is_void)


def _filled_resources(
    cut: Sequence[Sequence[Token]],
    patterns: Sequence[str],
    strict: bool,
    negated: bool,
    denies: bool,
    place: str,
) -> tuple[str, Matcher, list[Check], frozenset[str]]:
    if any(_colons_before_variable(one) < _BEFORE_RESOURCE for one in cut):
        raise PolicyError(f"{place}: a policy variable stands before the fifth colon")
    texts = tuple(_Segmented(one) if strict else Text(one) for one in cut)
    holds = _none_filled(texts, denies) if negated else _any_filled(texts)
    find = texts[0].needle if len(texts) == 1 and not negated else ""
    keys = _NO_NAMES.union(*(keys_of(pattern, place) for pattern in patterns))
    return find, _perhaps, [("resource with variables", holds)], keys


def _strict_matcher(pattern: str) -> Matcher:
    """The matcher of a pattern, part for part up to the fifth colon if there are wildcards before it."""
    *heads, rest = pattern.split(":", _BEFORE_RESOURCE)
    if len(heads) < _BEFORE_RESOURCE or not any("*" in part or "?" in part for part in heads):
        return compile_wildcard(pattern)
    matches, begins = compile_wildcard(rest), _heads(tuple(heads))

    def applies(text: str) -> bool:
        *found, end = text.split(":", _BEFORE_RESOURCE)
        return matches(end) and begins(tuple(found))

    return applies


@lru_cache(256)
def _heads(parts: tuple[str, ...]) -> Callable[[tuple[str, ...]], bool]:
    """Whether the parts of an ARN before its fifth colon match; of one gateway they are always the same."""
    matchers = [compile_wildcard(part) for part in parts]

    @lru_cache(16)
    def begins(found: tuple[str, ...]) -> bool:
        return len(found) == len(matchers) and all(map(_called, matchers, found))

    return begins


def _called(matcher: Matcher | None, part: str) -> bool:
    return matcher is not None and matcher(part)


class _Segmented(Text):
    """A text with variables that is matched part for part up to the fifth colon."""

    __slots__ = ("_heads",)

    def __init__(self, cut: Sequence[Token]) -> None:
        parts = components(cut)
        whole = len(parts) > _BEFORE_RESOURCE
        self._heads = [Text(part).matcher for part in parts[:-1]] if whole else []
        super().__init__(parts[-1] if whole else cut)

    def matches(self, text: str, asked: Asked, ignore_case: bool = False) -> bool:
        """Whether a text matches what this one becomes for a request."""
        matcher = self.filled(asked)
        return matcher is not None and matcher(text)

    def filled(self, asked: Asked, ignore_case: bool = False) -> Matcher | None:
        """What this one becomes for a request; None if a variable has no value."""
        rest = self.matcher or super().filled(asked)
        if rest is None or not self._heads:
            return rest
        return lambda text: self._matches_all(text, rest)

    def _matches_all(self, text: str, rest: Matcher) -> bool:
        found = text.split(":", _BEFORE_RESOURCE)
        heads = [
            matcher is not None and matcher(part) for matcher, part in zip(self._heads, found, strict=False)
        ]
        return len(found) > len(self._heads) and all(heads) and rest(found[-1])


def _perhaps(text: str) -> bool:
    """The matcher of what only the checks can tell; not :func:`anything`, which passes over the needle."""
    return True


def _whole(resource: str, language: Language, place: str) -> str:
    if len(resource) > RESOURCE_LIMIT and not language.resource_policy:
        raise PolicyError(f"{place}: a resource is longer than {RESOURCE_LIMIT} characters")
    if not resource.startswith(_SHORT):
        return resource
    if language.own is None:
        raise PolicyError(f"{place}: a short resource, but it is not known of which API")
    return language.own.arn_of(resource)


def _colons_before_variable(cut: Sequence[Token]) -> int:
    colons = 0
    for token in cut:
        if isinstance(token, Variable):
            return colons
        colons += token.count(":") if isinstance(token, str) else 0
    return _BEFORE_RESOURCE


def _any_filled(texts: tuple[Text, ...]) -> Holds:
    return lambda asked: any(text.matches(asked.resource, asked) for text in texts)


def _none_filled(texts: tuple[Text, ...], denies: bool) -> Holds:
    """A text without a value matches nothing, so that a Deny applies; an Allow had better not."""

    def holds(asked: Asked) -> bool:
        for text in texts:
            matches = text.filled(asked)
            if matches(asked.resource) if matches is not None else not denies:
                return False
        return True

    return holds


def any_of(
    patterns: Sequence[str], negated: bool, compile_one: Callable[[str], Matcher] = compile_wildcard
) -> Matcher:
    """Whether a text matches any of the patterns, or none."""
    matchers = [compile_one(pattern) for pattern in patterns]
    if negated:
        return lambda text: not any(matches(text) for matches in matchers)
    if len(matchers) == 1:
        return matchers[0]
    if anything in matchers:
        return anything
    pairs = tuple((needle(pattern), matches) for pattern, matches in zip(patterns, matchers, strict=True))

    def applies(text: str) -> bool:
        for find, matches in pairs:  # any() would cost a generator per request  # noqa: SIM110
            if find in text and matches(text):
                return True
        return False

    return applies


def either_form(statement: Mapping[str, Any], name: str, place: str) -> tuple[bool, Sequence[str]]:
    """Whether it is the Not form, and the patterns, of the one of ``Name`` and ``NotName`` that is there."""
    negated = "Not" + name in statement
    if negated == (name in statement):
        raise PolicyError(f"{place} needs exactly one of {name} and Not{name}")
    patterns = statement["Not" + name if negated else name]
    if isinstance(patterns, str):
        patterns = [patterns]
    if not isinstance(patterns, (list, tuple)) or not patterns:
        raise PolicyError(f"{place}: {name} is neither text nor a list of texts")
    for pattern in patterns:
        if not isinstance(pattern, str) or not pattern:
            raise PolicyError(f"{place}: {name} holds something that is no text")
    return negated, patterns
