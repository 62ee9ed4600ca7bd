"""Texts of policies: wildcards, and variables such as ``${aws:username}`` that a request fills in.

A text is cut up once; what a request supplies is then only text, never a wildcard::

    >>> text = Text(tokens("home/${aws:username}/*", "Resource"))
    >>> asked = Asked({"aws:username": ["*"]})
    >>> text.matches("home/*/cv", asked), text.matches("home/alice/cv", asked)
    (True, False)

======================  =====================================================================================
``${aws:username}``     the one value of this key; without one (none, several, or empty) the whole text
                        matches nothing, so that a negated operator holds
``${aws:x, 'public'}``  the same with a value for want of one
``${*} ${?} ${$}``      these characters themselves
======================  =====================================================================================

Names of keys ignore case. Variables exist in policies of version 2012-10-17; in others, and those without a
version, ``${`` is text. What AWS's policy check calls an error is refused: a missing brace or quote, an
empty name, blanks in it.

Not for: VTL and stage variables, whose ``${`` looks the same.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from wsgi_gateway.authorizers.condition_keys import Asked
from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.wildcard import Matcher, Piece, compile_pieces, most_telling


class Wildcard(Enum):
    """What a star and a question mark stand for."""

    TEXT = "*"
    CHARACTER = "?"


class Variable(NamedTuple):
    """``key``: a condition key in lower case. ``default``: what stands for a missing value, or None."""

    key: str
    default: str | None

    def value(self, asked: Asked) -> str | None:
        """What the request fills in, or None."""
        values = asked[self.key]
        return values[0] if len(values) == 1 and values[0] else self.default


Token = str | Wildcard | Variable

_WILDCARD = re.compile(r"([*?])")
_NAME = re.compile(r"([A-Za-z][\w.-]*:[\w.:/=+@-]+)(?:\s*,\s*'([^']*)')?")
_COLONS = 5


def tokens(text: str, place: str, *, variables: bool = True, wildcards: bool = True) -> tuple[Token, ...]:
    """Cut a text up. ``place`` is for messages; what is switched off is plain text.

    Raises :class:`PolicyError` for a variable that is none.
    """
    if not variables:
        return tuple(_plain(text, wildcards))
    first, *others = text.split("${")
    found = list(_plain(first, wildcards))
    for other in others:
        name, brace, rest = other.partition("}")
        if not brace:
            raise PolicyError(f"{place}: a policy variable has no closing brace")
        found.append(name if name in ("*", "?", "$") else _variable(name, place))
        found.extend(_plain(rest, wildcards))
    return tuple(found)


def _plain(text: str, wildcards: bool) -> Iterable[Token]:
    parts = _WILDCARD.split(text) if wildcards else [text]
    for number, part in enumerate(parts):
        if part:
            yield Wildcard(part) if number % 2 else part


def _variable(name: str, place: str) -> Variable:
    found = _NAME.fullmatch(name)
    if found is None:
        raise PolicyError(f"{place}: a policy variable is malformed")
    return Variable(found[1].lower(), found[2])


def keys_of(text: str, place: str) -> frozenset[str]:
    """The keys that the variables of a text ask for. Raises :class:`PolicyError`."""
    return frozenset(token.key for token in tokens(text, place) if isinstance(token, Variable))


def components(cut: Sequence[Token]) -> tuple[tuple[Token, ...], ...]:
    """The at most six parts of an ARN, cut at the first five colons that stand in it literally."""
    parts: list[list[Token]] = [[]]
    for token in cut:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        first, *others = token.split(":", _COLONS + 1 - len(parts))
        parts[-1].append(first)
        parts.extend([other] for other in others)
    return tuple(tuple(part) for part in parts)


class Text:
    """A text that was cut up. What it matches has :attr:`needle` in it, whatever a request fills in.

    :attr:`matcher` is None if that depends on the request.
    """

    __slots__ = ("_pieces", "matcher", "needle")

    def __init__(self, cut: Sequence[Token]) -> None:
        pieces: list[list[str | Variable | None]] = [[]]
        for token in cut:
            if token is Wildcard.TEXT:
                pieces.append([])
            else:
                pieces[-1].append(None if isinstance(token, Wildcard) else token)
        self._pieces = pieces
        self.needle = most_telling([token if isinstance(token, str) else "" for token in cut] or [""])
        self.matcher: Matcher | None = None
        if not any(isinstance(token, Variable) for token in cut):
            self.matcher = compile_pieces([_joined(piece) for piece in pieces])  # type: ignore[arg-type]

    def matches(self, text: str, asked: Asked, ignore_case: bool = False) -> bool:
        """Whether a text matches what this one becomes for a request; with ``ignore_case`` it is lower."""
        matcher = self.matcher or self.filled(asked, ignore_case)
        return matcher is not None and matcher(text)

    def filled(self, asked: Asked, ignore_case: bool = False) -> Matcher | None:
        """What this one becomes for a request; None if a variable has no value."""
        pieces: list[Piece] = []
        for piece in self._pieces:
            units: list[str | None] = []
            for unit in piece:
                if isinstance(unit, Variable):
                    unit = unit.value(asked)
                    if unit is None:
                        return None
                    unit = unit.lower() if ignore_case else unit
                units.append(unit)
            pieces.append(_joined(units))
        return compile_pieces(pieces)


def _joined(units: list[str | None]) -> Piece:
    """Plain text if there is nothing else in it, else its characters."""
    if None not in units:
        return "".join(units)  # type: ignore[arg-type]
    characters: list[str | None] = []
    for unit in units:
        characters.extend([None] if unit is None else unit)
    return tuple(characters)
