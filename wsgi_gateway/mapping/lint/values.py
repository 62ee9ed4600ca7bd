"""What a reference may hold, as far as the template's text tells: where it comes from and how it is escaped.

A :class:`Value` is an estimate. It errs towards knowing nothing: a method that is not understood gives a
value about which no rule says anything.

Not for the values of a request; nothing is rendered here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

from wsgi_gateway.mapping.lint.regular import left_broken, takes_out
from wsgi_gateway.mapping.lint.tree import constant_text
from wsgi_gateway.mapping.lint.vocabulary import PLAIN_CLAIMS
from wsgi_gateway.mapping.velocity import nodes


class Kind(IntEnum):
    """What prints: the greater, the more it needs care. Of two possible kinds the greater counts."""

    SAFE = 0
    UNKNOWN = 1
    SCRIPT = 2
    """Through ``$util.escapeJavaScript``, apostrophes not yet put right."""
    JSON = 3
    RAW = 4
    """As a client or a backend sent it."""


@dataclass(frozen=True, slots=True)
class Value:
    """One estimate.

    ``shape`` says which members it has, ``keys`` the kind of its names, ``origin`` the reference it was read
    from, ``path`` its JSONPath in the payload, ``literal`` what is known to print, ``block`` the ``#define``
    it is, ``whole`` whether apostrophes may still be in it, ``tried`` which call was to mend it and did not.
    """

    kind: Kind = Kind.UNKNOWN
    shape: str = ""
    keys: Kind = Kind.UNKNOWN
    origin: str = ""
    path: str = ""
    literal: str | None = None
    block: nodes.Define | None = None
    whole: bool = True
    tried: str = ""


UNKNOWN = Value()
PLAIN = Value(Kind.SAFE)
ABSENT = Value(Kind.SAFE, literal="")
"""A variable that nobody set."""

ROOTS = {
    "input": Value(shape="input"),
    "context": Value(shape="context", keys=Kind.SAFE),
    "stageVariables": Value(shape="stageVariables", keys=Kind.SAFE),
    "util": Value(shape="util"),
    "foreach": Value(shape="foreach"),
    "velocityCount": PLAIN,
    "velocityHasNext": PLAIN,
}


def joined(one: Value, other: Value) -> Value:
    """Either of two, as after an ``#if``."""
    if one == other:
        return one
    first = max(one, other, key=lambda value: value.kind)
    return replace(
        first,
        shape=one.shape if one.shape == other.shape else "",
        keys=max(one.keys, other.keys),
        path="",
        literal=None,
        block=None,
    )


def text_of(value: Value, kind: Kind | None = None) -> Value:
    """A text made of the value."""
    kind = value.kind if kind is None else kind
    return Value(kind, "text", origin=value.origin, whole=value.whole, tried=value.tried)


def element(value: Value) -> Value:
    """What a loop's variable holds, or ``[0]``."""
    if value.shape == "document":
        return replace(value, path="")
    if value.shape == "entries":
        return replace(value, shape="entry")
    if value.shape in ("texts", "text"):
        return text_of(value)
    if value.shape in ("group", "authorizer", "claims", "identity"):
        return member(value, "")
    return UNKNOWN


def member(value: Value, name: str) -> Value:
    """``.name`` or ``.get(name)`` or ``[name]``; the empty name is one that is not known."""
    read = _MEMBERS.get(value.shape)
    return read(value, name) if read else UNKNOWN


def _of_document(value: Value, name: str) -> Value:
    path = f"{value.path}.{name}" if value.path and name.isidentifier() else ""
    return replace(value, path=path)


def _of_groups(value: Value, name: str) -> Value:
    # Names of headers and path parameters cannot hold a quote; those of query parameters can.
    keys = {"querystring": Kind.RAW, "header": Kind.SAFE, "path": Kind.SAFE}.get(name, Kind.UNKNOWN)
    return Value(Kind.RAW, "group", keys, value.origin)


def _of_context(value: Value, name: str) -> Value:
    origin = f"$context.{name}"
    if name in ("authorizer", "identity"):
        return Value(Kind.UNKNOWN, name, Kind.SAFE, origin)
    if name in ("requestOverride", "responseOverride", ""):
        return UNKNOWN
    return Value(Kind.SAFE, "text", origin=origin)


def _of_identity(value: Value, name: str) -> Value:
    kind = {"userAgent": Kind.RAW, "": Kind.UNKNOWN}.get(name, Kind.SAFE)
    return Value(kind, "text", origin=f"$context.identity.{name}")


def _of_authorizer(value: Value, name: str) -> Value:
    if name == "claims":
        return Value(Kind.UNKNOWN, "claims", Kind.SAFE, "$context.authorizer.claims")
    kind = Kind.SAFE if name == "principalId" else Kind.RAW
    return Value(kind, "text", origin=f"$context.authorizer.{name or '...'}")


def _of_claims(value: Value, name: str) -> Value:
    kind = Kind.SAFE if name in PLAIN_CLAIMS else Kind.RAW
    return Value(kind, "text", origin=f"$context.authorizer.claims.{name or '...'}")


_MEMBERS: dict[str, Callable[[Value, str], Value]] = {
    "document": _of_document,
    "groups": _of_groups,
    "group": lambda value, name: text_of(value),
    "context": _of_context,
    "identity": _of_identity,
    "authorizer": _of_authorizer,
    "claims": _of_claims,
    "stageVariables": lambda value, name: Value(Kind.SAFE, "text", origin="$stageVariables"),
    "foreach": lambda value, name: PLAIN if name not in ("parent", "topmost") else value,
    "entry": lambda value, name: (
        text_of(value, value.keys) if name in ("key", "Key") else replace(value, shape="document")
    ),
    "texts": lambda value, name: text_of(value),
}

_KEEPING = frozenset("toString trim toLowerCase toUpperCase substring concat intern clone subList".split())
_COUNTING = frozenset(
    "size length isEmpty contains containsKey containsValue equals equalsIgnoreCase indexOf lastIndexOf "
    "matches startsWith endsWith hashCode compareTo compareToIgnoreCase count".split()
)
_LOOKING_UP = frozenset(("get", "getOrDefault", "remove"))
_REPLACING = frozenset(("replace", "replaceAll", "replaceFirst"))


def called(value: Value, call: nodes.Method) -> Value:
    """The value of a Java method of ``value``."""
    name = call.name
    argument = constant_text(call.arguments[0]) if call.arguments else None
    if name in _COUNTING:
        return PLAIN
    if name in _LOOKING_UP:
        return member(value, argument or "")
    if name == "keySet":
        return Value(value.keys, "texts", origin=value.origin)
    if name == "entrySet":
        return replace(value, shape="entries")
    if name == "values":
        return replace(value, path="")
    if name in ("split", "toArray", "toCharArray"):
        return replace(text_of(value), shape="texts")
    if name in _REPLACING:
        return _replaced(value, call)
    # Cutting or joining takes the quotes of JSON text apart.
    keeps = name in _KEEPING and (value.kind != Kind.JSON or name in ("toString", "trim"))
    return text_of(value) if keeps and value.shape != "util" else UNKNOWN


def _replaced(value: Value, call: nodes.Method) -> Value:
    texts = [constant_text(argument) for argument in call.arguments]
    sought, replacement = texts if len(texts) == 2 else (None, None)
    if sought is None or replacement is None:
        return text_of(value, Kind.SAFE) if value.kind == Kind.SCRIPT else _changed(value)
    if value.kind == Kind.SCRIPT:
        return _mended(value, call.name, sought, replacement)
    if "'" in sought and '"' not in sought and takes_out(call.name, sought, replacement):
        return replace(text_of(value), whole=False)
    return _changed(value)


def _changed(value: Value) -> Value:
    return UNKNOWN if value.kind != Kind.SAFE else text_of(value)


def _mended(value: Value, method: str, sought: str, replacement: str) -> Value:
    """After a replacement in what ``$util.escapeJavaScript`` wrote, for which it may be the cure."""
    broken = left_broken(method, sought, replacement)
    if not broken:
        return text_of(value, Kind.SAFE)
    if "'" not in sought and broken == left_broken("replace", "", ""):
        return value
    return replace(text_of(value), tried=f'.{method}("{sought}", "{replacement}") leaves it so: {broken}')
