"""Condition operators: what each compares one value of a request with, compiled from the policy's values.

:data:`OPERATORS` has all of the grammar but Null by name. Compiled, an operator is a test of one value: True
and False are "matches one of the policy's values" and "matches none", to be negated by whoever asks; None
says that the value is nothing that the operator can compare, such as ``soon`` for a date::

    >>> test = OPERATORS["IpAddress"].compile(["203.0.113.0/24", "2001:db8::/32"], False, "here")
    >>> [test(value, Asked({})) for value in ("203.0.113.9", "192.0.2.1", "somewhere")]
    [True, False, None]

=========  ==================================================================================================
String*    with or without case; wildcards in the two Like operators only; variables
Numeric*   integers and decimal fractions, exactly; no exponents
Date*      W3C's forms of ISO 8601 (with a zone where there is a time), or seconds since the epoch; ``2026``
           is the year
Bool       ``true`` or ``false``, one value; variables
Binary*    base64 on both sides, compared as bytes
IpAddress  addresses and CIDR blocks; without a length it is one address; an IPv4 address mapped into IPv6
           (``::ffff:192.0.2.1``) is that IPv4 address
Arn*       six parts, each compared by itself, wildcards and variables; Equals and Like are the same
=========  ==================================================================================================

Not for: missing keys, several values, negation: :mod:`wsgi_gateway.authorizers.conditions`.

Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import operator
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.condition_keys import Asked
from wsgi_gateway.authorizers.condition_values import LONGEST, address, instant, network, number
from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.policy_variables import Text, Variable, Wildcard, components, tokens

Test = Callable[[str, Asked], "bool | None"]
Compile = Callable[[Sequence[str], bool, str], Test]
"""From the policy's values, whether its version has variables, and the place for messages."""


class Operator(NamedTuple):
    """``compile``: see :data:`Compile`; raises PolicyError. ``negated``: it holds if nothing matches."""

    compile: Compile
    negated: bool = False


# ---------------------------------------------------------------- text


def _equals(ignore_case: bool) -> Compile:
    def compile_(values: Sequence[str], variables: bool, place: str) -> Test:
        if ignore_case:
            values = [value.lower() for value in values]
        known, filled = _constants(values, variables, place)

        def test(value: str, asked: Asked) -> bool:
            if ignore_case:
                value = value.lower()
            if value in known:
                return True
            return bool(filled) and any(text.matches(value, asked, ignore_case) for text in filled)

        return test

    return compile_


def _constants(values: Sequence[str], variables: bool, place: str) -> tuple[frozenset[str], list[Text]]:
    """The texts that are what they are, and those that a request fills in."""
    known, filled = set(), []
    for value in values:
        cut = tokens(value, place, variables=variables, wildcards=False)
        if all(isinstance(token, str) for token in cut):
            known.add("".join(cut))  # type: ignore[arg-type]
        else:
            filled.append(Text(cut))
    return frozenset(known), filled


def _like(values: Sequence[str], variables: bool, place: str) -> Test:
    texts = [Text(tokens(value, place, variables=variables)) for value in values]
    searched = tuple((text.needle, text.matches) for text in texts)

    def test(value: str, asked: Asked) -> bool:
        for needle, matches in searched:  # any() would cost a generator per request  # noqa: SIM110
            if needle in value and matches(value, asked):
                return True
        return False

    return test


def _bool(values: Sequence[str], variables: bool, place: str) -> Test:
    if len(values) != 1:
        raise PolicyError(f"{place}: exactly one of true and false is wanted")
    cut = tokens(values[0].lower(), place, variables=variables, wildcards=False)
    if cut not in (("true",), ("false",)) and not any(not isinstance(token, str) for token in cut):
        raise PolicyError(f"{place}: the value is neither true nor false")
    wanted = Text(cut)

    def test(value: str, asked: Asked) -> bool | None:
        value = value.lower()
        return wanted.matches(value, asked, True) if value in ("true", "false") else None

    return test


def _binary(values: Sequence[str], variables: bool, place: str) -> Test:
    wanted = {_bytes(value) for value in values}
    if None in wanted:
        raise PolicyError(f"{place}: a value is not base64")

    def test(value: str, asked: Asked) -> bool | None:
        found = _bytes(value)
        return None if found is None else found in wanted

    return test


def _bytes(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


# ---------------------------------------------------------------- order


def _ordered(read: Callable[[str], Any], compare: Callable[[Any, Any], bool], bound: Any) -> Compile:
    """Smaller than one of them is smaller than the greatest, so that one bound stands for all values."""

    def compile_(values: Sequence[str], variables: bool, place: str) -> Test:
        limit = bound(_read_all(read, values, place))

        def test(value: str, asked: Asked) -> bool | None:
            found = read(value) if len(value) <= LONGEST else None
            return None if found is None else compare(found, limit)

        return test

    return compile_


def _read_all(read: Callable[[str], Any], values: Sequence[str], place: str) -> list[Any]:
    found = [read(value) if len(value) <= LONGEST else None for value in values]
    if None in found:
        raise PolicyError(f"{place}: a value is no {read.__name__}")
    return found


def _contains(found: Any, wanted: Any) -> bool:
    return found in wanted


def _orders(prefix: str, read: Callable[[str], Any]) -> dict[str, Operator]:
    equals = _ordered(read, _contains, frozenset)
    return {
        prefix + "Equals": Operator(equals),
        prefix + "NotEquals": Operator(equals, negated=True),
        prefix + "LessThan": Operator(_ordered(read, operator.lt, max)),
        prefix + "LessThanEquals": Operator(_ordered(read, operator.le, max)),
        prefix + "GreaterThan": Operator(_ordered(read, operator.gt, min)),
        prefix + "GreaterThanEquals": Operator(_ordered(read, operator.ge, min)),
    }


# ---------------------------------------------------------------- addresses and ARNs


def _ip_address(values: Sequence[str], variables: bool, place: str) -> Test:
    blocks: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for version, mask, base in _read_all(network, values, place):
        blocks[version].append((mask, base))

    def test(value: str, asked: Asked) -> bool | None:
        found = address(value) if len(value) <= LONGEST else None
        if found is None:
            return None
        version, bits = found
        for mask, base in blocks[version]:  # any() would cost a generator per request  # noqa: SIM110
            if bits & mask == base:
                return True
        return False

    return test


def _arn(values: Sequence[str], variables: bool, place: str) -> Test:
    known: set[str] = set()
    others: list[tuple[str, tuple[Text, ...]]] = []
    for value in values:
        cut = tokens(value, place, variables=variables)
        parts = components(cut)
        if any(isinstance(token, Wildcard) for token in cut):
            texts = tuple(Text(part) for part in parts)
            others.append((max((text.needle for text in texts), key=len), texts))
        elif any(isinstance(token, Variable) for token in cut):
            others.append((Text(cut).needle, (Text(cut),)))
            continue  # its variables may fill parts
        else:
            known.add("".join(cut))  # type: ignore[arg-type]
        if len(parts) < 6:
            raise PolicyError(f"{place}: a value has not the six parts of an ARN")

    def test(value: str, asked: Asked) -> bool | None:
        if value.count(":") < 5:
            return None
        if value in known:
            return True
        for needle, texts in others:  # any() would cost a generator per request  # noqa: SIM110
            if needle in value and _parts_match(texts, value, asked):
                return True
        return False

    return test


def _parts_match(texts: tuple[Text, ...], arn: str, asked: Asked) -> bool:
    """Without wildcards the parts are equal if the whole is, whichever parts a variable fills."""
    parts = arn.split(":", 5) if len(texts) > 1 else [arn]
    return all(text.matches(part, asked) for text, part in zip(texts, parts, strict=True))


OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_equals(ignore_case=False)),
    "StringNotEquals": Operator(_equals(ignore_case=False), negated=True),
    "StringEqualsIgnoreCase": Operator(_equals(ignore_case=True)),
    "StringNotEqualsIgnoreCase": Operator(_equals(ignore_case=True), negated=True),
    "StringLike": Operator(_like),
    "StringNotLike": Operator(_like, negated=True),
    **_orders("Numeric", number),
    **_orders("Date", instant),
    "Bool": Operator(_bool),
    "BinaryEquals": Operator(_binary),
    "IpAddress": Operator(_ip_address),
    "NotIpAddress": Operator(_ip_address, negated=True),
    "ArnEquals": Operator(_arn),
    "ArnLike": Operator(_arn),
    "ArnNotEquals": Operator(_arn, negated=True),
    "ArnNotLike": Operator(_arn, negated=True),
}
"""Every operator of the grammar that compares values, by name; Null compares none."""
