"""Whether every field of a config holds what its annotation says.

The first half of :func:`wsgi_gateway.config.check.check`: the rules of AWS that follow may then rely on
text being text.

Source: the annotations of the config classes themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from wsgi_gateway.config.frozen import FrozenDict
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.errors import Place, Problem

DEPTH_LIMIT = 150
"""Nesting that is looked at; deeper data are refused."""

_NOWHERE = Place()

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


def check_shape(value: Any, annotation: Any, place: Place) -> Iterator[Problem]:
    """What in ``value`` is of a type that ``annotation`` does not allow."""
    return _checker(annotation)(value, place, ())


_Checker = Callable[[Any, Place, Steps], Iterator[Problem]]


@cache
def _checker(annotation: Any) -> _Checker:
    """What checks values of this annotation; made once for each."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return _anything
    if origin in (Union, UnionType):
        return _of_union(next(choice for choice in arguments if choice is not NoneType))
    if origin is Sequence:
        return _of_tuple(arguments[0])
    if origin is not None:
        return _of_mapping(*arguments)
    return _of_object(annotation) if is_dataclass(annotation) else _of_scalar(annotation)


def _anything(value: Any, place: Place, inner: Steps) -> Iterator[Problem]:
    return iter(())


def _of_scalar(annotation: Any) -> _Checker:
    def check(value: Any, place: Place, inner: Steps) -> Iterator[Problem]:
        if not _is_a(value, annotation):
            yield _wrong(value, _NAMES.get(annotation, str(annotation)), place, inner)

    return check


def _of_union(choice: Any) -> _Checker:
    check_choice = _checker(choice)
    return lambda value, place, inner: iter(()) if value is None else check_choice(value, place, inner)


def _of_tuple(element: Any) -> _Checker:
    check_element = _checker(element)

    def check(value: Any, place: Place, inner: Steps) -> Iterator[Problem]:
        if not isinstance(value, tuple):
            yield _wrong(value, "a list", place, inner)
        elif len(inner) >= DEPTH_LIMIT:
            yield _too_deep(place, inner)
        else:
            for index, member in enumerate(value):
                yield from check_element(member, place, (*inner, index))

    return check


def _of_mapping(key_type: Any, member_type: Any) -> _Checker:
    check_member, usual = _checker(member_type), _usual(member_type)

    def check(value: Any, place: Place, inner: Steps) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield _wrong(value, "a mapping", place, inner)
        elif len(inner) >= DEPTH_LIMIT:
            yield _too_deep(place, inner)
        else:
            for key, member in value.items():
                if not _is_a(key, key_type):
                    message = f"a key must be {_NAMES[key_type]}, not {type(key).__name__}"
                    yield Problem("wrong-type", message, place.at(*inner))
                elif type(member) not in usual or (type(member) is str and not member.isascii()):
                    yield from check_member(member, place, (*inner, key))

    return check


def _of_object(annotation: Any) -> _Checker:
    hints = get_type_hints(annotation)
    names = [field.name for field in fields(annotation) if field.name != "place"]
    members = [(name, _checker(hints[name]), _usual(hints[name]), _empty(hints[name])) for name in names]

    def check(value: Any, place: Place, inner: Steps) -> Iterator[Problem]:
        if not isinstance(value, annotation):
            yield _wrong(value, f"a {annotation.__name__}", place, inner)
            return
        own = own_place(value, _NOWHERE)
        if own is not _NOWHERE:
            place, inner = own, ()
        for name, check_member, usual, empty in members:
            member = getattr(value, name)
            kind = type(member)
            is_nothing = kind is empty and not member
            is_usual = kind in usual and (kind is not str or member.isascii())
            if not is_nothing and not is_usual:
                yield from check_member(member, place, (*inner, name))

    return check


def _empty(annotation: Any) -> type | None:
    """The container that needs no look inside where it has nothing."""
    return {Sequence: tuple, Mapping: FrozenDict}.get(get_origin(annotation))


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


def own_place(config: Any, otherwise: Place) -> Place:
    """Where a config says it was written; ``otherwise`` for one made in code."""
    place = getattr(config, "place", None)
    return place if isinstance(place, Place) and place != _NOWHERE else otherwise


@cache
def _usual(annotation: Any) -> frozenset[type]:
    choices = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    return frozenset({str, int, bool, NoneType} & set(choices))


def _wrong(value: Any, expected: str, place: Place, inner: Steps) -> Problem:
    return Problem("wrong-type", f"{expected} was expected, not {type(value).__name__}", place.at(*inner))


def _too_deep(place: Place, inner: Steps) -> Problem:
    return Problem("wrong-type", f"nested more than {DEPTH_LIMIT} levels deep", place.at(*inner))
