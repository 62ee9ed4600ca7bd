"""Whether a statement can mean any method of an API: one that can mean none protects nothing.

::

    >>> cut = tokens("arn:aws:execute-api:*:*:api/prod/GET/admin/*", "Resource")
    >>> can_mean_method(cut, "arn:aws:execute-api:eu-west-1:123456789012:api/")
    True
    >>> can_mean_method(cut, "arn:aws:execute-api:eu-west-1:123456789012:other/")
    False

A method's ARN is ``{root}{stage}/{VERB}/{path}``; the path as :attr:`Context.method_arn
<wsgi_gateway.context.Context.method_arn>` writes it, so that small letters in escapes, blanks, braces and
letters beyond ASCII never match.

Not for: matching; this is asked once, when a policy is compiled.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from wsgi_gateway.authorizers.policy_variables import Token, Wildcard, components

VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_STAR = object()
_ONE = object()
_NEVER = re.compile(r"[^!-~]|[\"<>\\^`{|}]|//|%(?![0-9A-F]{2})")
_ESCAPE = re.compile(r"%([0-9A-F]{2})")
_PARTS = re.compile(r"([^{]+|(?={))(\{[^}]*\})?")
_SAFE = "!$&'()*+,;=:@-._~"


def can_mean_method(cut: Sequence[Token], root: str) -> bool:
    """Whether a resource, cut up, matches the ARN of any method of the API whose ARNs begin with ``root``.

    A variable may be any text.
    """
    if any(isinstance(token, str) and _is_never_written(token) for token in cut):
        return False
    parts, named = components(cut), root.split(":", 5)
    if len(parts) < len(named):
        return bool(_through(_Places(cut), root))
    heads = zip(parts, named, strict=True)
    for part, name in list(heads)[:-1]:
        places = _Places(part)
        places.feed(name)
        if not places.at_end:
            return False
    return bool(_through(_Places(parts[-1]), named[-1]))


def can_mean_declared(
    cut: Sequence[Token], root: str, stage: str, resources: Mapping[str, Iterable[str]]
) -> bool:
    """Whether a resource can match the ARN of a method of this stage: ``resources`` are verbs by path
    template.
    """
    begun = _Places(cut)
    if not begun.feed(f"{root}{stage}/"):
        return False
    return any(
        _reaches(begun.copy(), path, verb)
        for path, verbs in resources.items()
        for declared in verbs
        for verb in (VERBS if declared == "ANY" else (declared,))
    )


def _reaches(places: _Places, path: str, verb: str) -> bool:
    places.feed(f"{verb}/")
    for literal, variable in _PARTS.findall(path.lstrip("/")):
        places.feed(quote(literal, safe="/%" + _SAFE))
        if variable:
            places.feed_some_but("" if variable.endswith("+}") else "/")
    if places.at_end:
        return True
    places.feed("/")  # asked for with a slash at the end
    return places.at_end


def _through(places: _Places, root: str) -> bool:
    """Whether the root, a stage, a verb and the beginning of a path lead anywhere."""
    places.feed(root)
    places.feed_some_but("/")
    places.feed("/")
    return any(places.copy().feed(f"{verb}/") for verb in VERBS)


def _is_never_written(text: str) -> bool:
    if _NEVER.search(text):
        return True
    return any(quote(chr(int(code, 16)), safe=_SAFE)[:1] != "%" for code in _ESCAPE.findall(text))


class _Places:
    """The places in a pattern at which one may be after reading a text: a set, so that nothing backtracks."""

    def __init__(self, cut: Iterable[Token]) -> None:
        self.units: list[object] = []
        for token in cut:
            if isinstance(token, str):
                self.units.extend(token)
            else:
                self.units.append(_ONE if token is Wildcard.CHARACTER else _STAR)
        self.places = self._beyond_stars({0})

    def copy(self) -> _Places:
        made = _Places(())
        made.units, made.places = self.units, self.places
        return made

    @property
    def at_end(self) -> bool:
        return len(self.units) in self.places

    def feed(self, text: str) -> bool:
        """Read a text; whether there is any place left."""
        for character in text:
            self.places = self._after(lambda unit, one=character: unit == one)
        return bool(self.places)

    def feed_some_but(self, character: str) -> None:
        """Read one or more characters other than this one, whichever they are."""
        found: set[int] = set()
        while True:
            self.places = self._after(lambda unit: unit != character)
            if self.places <= found:
                break
            found |= self.places
        self.places = found

    def _after(self, is_read: object) -> set[int]:
        reached = set()
        for place in self.places:
            unit = self.units[place] if place < len(self.units) else None
            if unit is _STAR:
                reached.add(place)
            elif unit is _ONE or (unit is not None and is_read(unit)):  # type: ignore[operator]
                reached.add(place + 1)
        return self._beyond_stars(reached)

    def _beyond_stars(self, places: set[int]) -> set[int]:
        """The places, and those behind the stars at them, which may stand for nothing."""
        for place in list(places):
            while place < len(self.units) and self.units[place] is _STAR:
                place += 1
                places.add(place)
        return places
