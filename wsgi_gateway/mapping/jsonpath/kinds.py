"""The kinds of value that a filter compares.

A value is compared by its kind: texts with texts, numbers with numbers, and a text that looks like a number
with both.  `UNDEFINED` is what a path finds that finds nothing::

    >>> kind(1.5), kind([1]), kind(UNDEFINED)
    ('number', 'json', 'undefined')

Not for documents as such: `True` is no number here, whatever Python says.
"""

from __future__ import annotations

from decimal import Decimal
from types import NoneType
from typing import Any

from wsgi_gateway.mapping.jsonpath.call import Call
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath
from wsgi_gateway.mapping.jsonpath.literals import JsonLiteral
from wsgi_gateway.mapping.jsonpath.parser import parse
from wsgi_gateway.mapping.jsonpath.regex import Pattern

_TRIMMED = "".join(map(chr, range(33)))


class KeySet:
    """What `keys()` answers: no list while the path is evaluated, one in its result."""

    __slots__ = ("names",)

    def __init__(self, names: list[str]) -> None:
        self.names = names


class _Undefined:
    __slots__ = ()


class _Incomparable:
    __slots__ = ()


UNDEFINED = _Undefined()
INCOMPARABLE = _Incomparable()
"""An element of a list that is equal to nothing: a text that is itself a path."""

_KINDS: dict[type, str] = {
    NoneType: "null",
    bool: "bool",
    int: "number",
    float: "number",
    Decimal: "number",
    str: "text",
    list: "json",
    dict: "json",
    JsonLiteral: "json",
    Pattern: "pattern",
    _Undefined: "undefined",
    _Incomparable: "incomparable",
    KeySet: "keys",
}


def kind(value: Any) -> str:
    """The name of the value's kind."""
    return _KINDS.get(value.__class__) or _kind_of_subclass(value)


def _kind_of_subclass(value: Any) -> str:
    for known, name in _KINDS.items():
        if isinstance(value, known):
            return name
    return "incomparable"


def elements(value: Any, call: Call) -> list[Any] | None:
    """The elements of a list, ready to be compared; None when the value is JSON but no list.

    Anything that is not JSON is a mismatch, and a list inside the list fails the query.
    """
    if kind(value) != "json":
        call.mismatch("expected a list")
    value = parsed(value, call)
    if not isinstance(value, list):
        return None
    call.charge(len(value))
    return [_element(item, call) for item in value]


def parsed(value: Any, call: Call) -> Any:
    """The list or object itself; a malformed literal fails the query."""
    if isinstance(value, JsonLiteral):
        try:
            return value.value
        except ValueError as error:
            call.fail(f"{error}")
    return value


def _element(item: Any, call: Call) -> Any:
    if isinstance(item, str):
        call.charge_text(item)
        return _text_element(item, call) if item and item[0] in _SUSPECT else item
    if isinstance(item, (list, dict)):
        call.fail("a list that is searched must not contain lists or objects")
    return item


_SUSPECT = "$@[{" + _TRIMMED


def _text_element(item: str, call: Call) -> Any:
    """Inside a list, a text that is a path or JSON is taken as that, and so equals no text."""
    text = item.strip(_TRIMMED)
    call.charge(len(text))
    if text[:1] in ("$", "@"):
        try:
            parse(text)
        except InvalidPath:
            return item
        return INCOMPARABLE
    if len(text) > 1 and text[0] + text[-1] in ("[]", "{}"):
        literal = JsonLiteral(item)
        return item if literal.failure else literal
    return item
