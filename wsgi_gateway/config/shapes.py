"""Whether every field of a config holds what its annotation says.

The first half of :func:`wsgi_gateway.config.check.check`: the rules of AWS that follow may then rely on
text being text.

Source: the annotations of the config classes themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from wsgi_gateway.errors import Place, Problem

DEPTH_LIMIT = 150
"""Nesting that is looked at; deeper data are refused."""

_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", NoneType: "None"}


def check_shape(value: Any, annotation: Any, place: Place, depth: int = 0) -> Iterator[Problem]:
    """What in ``value`` is of a type that ``annotation`` does not allow."""
    if depth > DEPTH_LIMIT:
        yield Problem("wrong-type", f"nested more than {DEPTH_LIMIT} levels deep", place)
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return
    if origin in (Union, UnionType):
        yield from _check_union(value, arguments, place, depth)
    elif origin is tuple:
        yield from _check_tuple(value, arguments[0], place, depth)
    elif origin is not None:
        yield from _check_mapping(value, arguments, place, depth)
    elif is_dataclass(annotation):
        yield from _check_object(value, annotation, place, depth)
    elif not _is_a(value, annotation):
        yield _wrong(value, _NAMES.get(annotation, str(annotation)), place)


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


def _check_union(value: Any, choices: tuple[Any, ...], place: Place, depth: int) -> Iterator[Problem]:
    if value is not None:
        yield from check_shape(
            value, next(choice for choice in choices if choice is not NoneType), place, depth
        )


def _check_tuple(value: Any, element: Any, place: Place, depth: int) -> Iterator[Problem]:
    if not isinstance(value, tuple):
        yield _wrong(value, "a list", place)
        return
    for index, member in enumerate(value):
        yield from check_shape(member, element, place.at(index), depth + 1)


def _check_mapping(value: Any, arguments: tuple[Any, ...], place: Place, depth: int) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong(value, "a mapping", place)
        return
    for key, member in value.items():
        if not _is_a(key, arguments[0]):
            yield Problem(
                "wrong-type", f"a key must be {_NAMES[arguments[0]]}, not {type(key).__name__}", place
            )
        else:
            yield from check_shape(member, arguments[1], place.at(key), depth + 1)


def _check_object(value: Any, annotation: Any, place: Place, depth: int) -> Iterator[Problem]:
    if not isinstance(value, annotation):
        yield _wrong(value, f"a {annotation.__name__}", place)
        return
    here = own_place(value, place)
    for name, hint in _hints(annotation):
        yield from check_shape(getattr(value, name), hint, here.at(name), depth + 1)


def own_place(config: Any, otherwise: Place) -> Place:
    """Where a config says it was written; ``otherwise`` for one made in code."""
    place = getattr(config, "place", None)
    return place if isinstance(place, Place) and place != Place() else otherwise


@cache
def _hints(annotation: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(annotation)
    return tuple((field.name, hints[field.name]) for field in fields(annotation) if field.name != "place")


def _wrong(value: Any, expected: str, place: Place) -> Problem:
    return Problem("wrong-type", f"{expected} was expected, not {type(value).__name__}", place)
