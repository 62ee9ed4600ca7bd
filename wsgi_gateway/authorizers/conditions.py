"""The Condition element: operators, the keys they ask about, and what a missing key means to each.

All conditions of a statement must hold. ``compile_conditions`` makes of each a function of what is asked::

    >>> block = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}, "Null": {"aws:username": "true"}}
    >>> compiled = compile_conditions(block, denies=False, variables=True, place="statement 0")
    >>> [(one.label, one.holds(Asked({"aws:sourceip": ["203.0.113.9"]}))) for one in compiled]
    [('IpAddress aws:SourceIp', True), ('Null aws:username', True)]

==========================  ==================================  =============================================
operator                    the key is missing                  the key has values
==========================  ==================================  =============================================
StringEquals, ...           does not hold                       it matches one of the policy's values
StringNotEquals, Not...     holds                               it matches none of them
...IfExists                 holds                               as without
ForAllValues:...            holds, also if all are empty        each value passes
ForAnyValue:...             does not hold, also negated ones    one value passes
Null                        ``true`` holds                      ``false`` holds, if one is not empty
==========================  ==================================  =============================================

Where AWS's documents leave a question open, the stricter answer is given: what would make an Allow apply
does not, and what would make a Deny apply does. These questions are: a value that the operator cannot read
(``soon`` for a date); several values without ForAllValues or ForAnyValue, of which an Allow wants all to
pass and a Deny one; and ``ForAnyValue:...IfExists`` for a missing key, for which two rules disagree.

Names of keys ignore case. Refused, besides what is no grammar: empty blocks and lists, Null with a prefix
or IfExists, more than one value for Bool and Null, and keys that differ in case alone.

Not for: comparing; :mod:`wsgi_gateway.authorizers.condition_operators` does.

Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.condition_keys import Asked
from wsgi_gateway.authorizers.condition_operators import OPERATORS, Test
from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.policy_variables import keys_of

Holds = Callable[[Asked], bool]

_KEY = re.compile(r"[A-Za-z][\w.-]*:[^\x00-\x1f\x7f]+")
_SETS = {"ForAllValues": all, "ForAnyValue": any}
_IF_EXISTS = "IfExists"


class Condition(NamedTuple):
    """One operator on one key: ``label``, both, for traces; ``keys``: the lower-case names it asks for."""

    label: str
    keys: frozenset[str]
    holds: Holds


def compile_conditions(block: Any, *, denies: bool, variables: bool, place: str) -> tuple[Condition, ...]:
    """Compile a Condition element.

    ``denies``: the statement's effect is Deny. ``variables``: its policy's version has them. ``place``: of
    the statement, for messages. Raises :class:`PolicyError`.
    """
    found = []
    for name, keys in _members(block, f"{place}: Condition"):
        where = f"{place}: Condition {name[:40]!r}"
        make = _operator(name, denies, variables, where)
        seen: set[str] = set()
        for key, values in _members(keys, where):
            if not _KEY.fullmatch(key):
                raise PolicyError(f"{where}: {key[:40]!r} is not the name of a key")
            if key.lower() in seen:
                raise PolicyError(f"{where}: {key[:40]!r} is there twice")
            seen.add(key.lower())
            at = f"{where} {key[:40]!r}"
            texts = _texts(values, at)
            asks = {key.lower()}.union(*(keys_of(text, at) for text in texts if variables and "${" in text))
            holds = make(key.lower(), texts, at)
            found.append(Condition(f"{name} {key}", frozenset(asks), holds))
    return tuple(found)


def _members(block: Any, where: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(block, Mapping) or not block:
        raise PolicyError(f"{where} is not an object with members")
    for name, value in block.items():
        if not isinstance(name, str):
            raise PolicyError(f"{where} has a name that is no text")
        yield name, value


def _texts(values: Any, where: str) -> list[str]:
    values = values if isinstance(values, (list, tuple)) else [values]
    if not values:
        raise PolicyError(f"{where} has no values")
    return [_text(value, where) for value in values]


def _text(value: Any, where: str) -> str:
    """The grammar has texts, numbers and booleans."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        try:
            return str(value)
        except ValueError:
            pass  # more digits than Python writes
    raise PolicyError(f"{where} has a value that is no text, number or boolean")


Make = Callable[[str, "list[str]", str], Holds]
"""From a key, the policy's values and the place, the function that tells whether a condition holds."""


def _operator(name: str, denies: bool, variables: bool, where: str) -> Make:
    prefix, colon, rest = name.rpartition(":")
    base = rest.removesuffix(_IF_EXISTS)
    if name == "Null":
        return _null
    if base not in OPERATORS or (colon and prefix not in _SETS):
        raise PolicyError(f"{where} is no operator")
    negated = OPERATORS[base].negated
    mode = _Mode(
        negated=negated,
        missing=negated or base != rest,
        unreadable=denies,
        quantify=any if denies else all,
        of_set=bool(colon),
    )
    if colon:
        missing = prefix == "ForAllValues" or (denies and base != rest)
        mode = mode._replace(missing=missing, quantify=_SETS[prefix])

    def make(key: str, values: list[str], at: str) -> Holds:
        return _holds(key, OPERATORS[base].compile(values, variables, at), mode)

    return make


class _Mode(NamedTuple):
    """What makes an operator of a test: the answers where the test has none, and how many must pass."""

    negated: bool
    missing: bool
    unreadable: bool
    quantify: Callable[[Iterable[bool]], bool]
    of_set: bool


def _holds(key: str, test: Test, mode: _Mode) -> Holds:
    negated, missing, unreadable, quantify, of_set = mode

    def passes(value: str, asked: Asked) -> bool:
        found = test(value, asked)
        return unreadable if found is None else found is not negated

    def holds(asked: Asked) -> bool:
        values = asked[key]
        if len(values) == 1 and values[0]:
            found = test(values[0], asked)  # passes(), without the call
            return unreadable if found is None else found is not negated
        if not values or (of_set and not any(values)):
            return missing
        return quantify(passes(value, asked) for value in values)

    return holds


def _null(key: str, values: list[str], at: str) -> Holds:
    if len(values) != 1 or values[0].lower() not in ("true", "false"):
        raise PolicyError(f"{at}: exactly one of true and false is wanted")
    exists = values[0].lower() == "false"
    return lambda asked: any(asked[key]) is exists
