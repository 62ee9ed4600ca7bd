"""Whether every field of a config holds what its annotation says.

The first half of :func:`wsgi_gateway.config.check.check`: the rules of AWS that follow may then rely on
text being text.

Source: the annotations of the config classes themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.errors import Place, Problem

DEPTH_LIMIT = 150
"""Nesting that is looked at; deeper data are refused."""

Steps = tuple[str | int, ...]
"""From a place inwards; made into a path only if something is wrong there."""

_NAMES: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "None",
    Secrets: "Secrets",
}


def check_shape(value: Any, annotation: Any, place: Place, inner: Steps = ()) -> Iterator[Problem]:
    """What in ``value`` is of a type that ``annotation`` does not allow."""
    if len(inner) > DEPTH_LIMIT:
        yield Problem("wrong-type", f"nested more than {DEPTH_LIMIT} levels deep", place.at(*inner))
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return
    if origin in (Union, UnionType):
        yield from _check_union(value, arguments, place, inner)
    elif origin is Sequence:
        yield from _check_tuple(value, arguments[0], place, inner)
    elif origin is not None:
        yield from _check_mapping(value, arguments, place, inner)
    elif is_dataclass(annotation):
        yield from _check_object(value, annotation, place, inner)
    elif not _is_a(value, annotation):
        yield _wrong(value, _NAMES.get(annotation, str(annotation)), place, inner)


def _is_a(value: Any, annotation: Any) -> bool:
    if annotation is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value)
    if annotation is str:
        return isinstance(value, str) and _is_encodable(value)
    return isinstance(value, annotation) and (annotation is bool or not isinstance(value, bool))


def _is_finite(value: float) -> bool:
    try:
        return isfinite(value)
    except OverflowError:
        return False


def _is_encodable(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _check_union(value: Any, choices: tuple[Any, ...], place: Place, inner: Steps) -> Iterator[Problem]:
    if value is not None:
        choice = next(choice for choice in choices if choice is not NoneType)
        yield from check_shape(value, choice, place, inner)


def _check_tuple(value: Any, element: Any, place: Place, inner: Steps) -> Iterator[Problem]:
    if not isinstance(value, tuple):
        yield _wrong(value, "a list", place, inner)
        return
    for index, member in enumerate(value):
        yield from check_shape(member, element, place, (*inner, index))


def _check_mapping(value: Any, arguments: tuple[Any, ...], place: Place, inner: Steps) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong(value, "a mapping", place, inner)
        return
    usual = _usual(arguments[1])
    for key, member in value.items():
        if not _is_a(key, arguments[0]):
            message = f"a key must be {_NAMES[arguments[0]]}, not {type(key).__name__}"
            yield Problem("wrong-type", message, place.at(*inner))
        elif type(member) not in usual or (type(member) is str and not member.isascii()):
            yield from check_shape(member, arguments[1], place, (*inner, key))


def _check_object(value: Any, annotation: Any, place: Place, inner: Steps) -> Iterator[Problem]:
    if not isinstance(value, annotation):
        yield _wrong(value, f"a {annotation.__name__}", place, inner)
        return
    own = own_place(value, Place())
    if own != Place():
        place, inner = own, ()
    for name, hint, usual in _hints(annotation):
        member = getattr(value, name)
        if type(member) not in usual or (type(member) is str and not member.isascii()):
            yield from check_shape(member, hint, place, (*inner, name))


def own_place(config: Any, otherwise: Place) -> Place:
    """Where a config says it was written; ``otherwise`` for one made in code."""
    place = getattr(config, "place", None)
    return place if isinstance(place, Place) and place != Place() else otherwise


@cache
def _hints(annotation: Any) -> tuple[tuple[str, Any, frozenset[type]], ...]:
    """Name and annotation of every field, and the scalar types that need no second look."""
    hints = get_type_hints(annotation)
    names = [field.name for field in fields(annotation) if field.name != "place"]
    return tuple((name, hints[name], _usual(hints[name])) for name in names)


@cache
def _usual(annotation: Any) -> frozenset[type]:
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return frozenset({str, int, bool, NoneType} & set(choices))


def _wrong(value: Any, expected: str, place: Place, inner: Steps) -> Problem:
    return Problem("wrong-type", f"{expected} was expected, not {type(value).__name__}", place.at(*inner))
