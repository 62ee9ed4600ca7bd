"""Wildcards of IAM policies, matched in linear time: ``*`` is any text, ``?`` is any one character.

Why not ``re`` or ``fnmatch``: both backtrack, and ``*a*a*a*b`` against a long path is then a way to stop a
worker. Here a pattern is cut at its stars; the first and the last piece are anchored, every piece between
them is looked for once, from where the one before it ended, because taking the leftmost place is never
wrong. A piece with ``?`` in it is looked for with one machine word operation per character of the text::

    >>> matches = compile_wildcard("arn:aws:execute-api:*:*:api/*/GET/pets/?")
    >>> matches("arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets/7")
    True
    >>> matches("arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets/77")
    False

A star spans ``/`` and ``:`` alike, as IAM documents it.

Not for: file names and URLs; there is no character class, and escaping is what
:mod:`wsgi_gateway.authorizers.policy_variables` does.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Matcher = Callable[[str], bool]
Piece = str | tuple[str | None, ...]
"""What stands between two stars: plain text, or its characters with None for any one of them."""


def anything(text: str) -> bool:
    """The matcher of ``*``; callers may recognise it and not call it at all."""
    return True


def compile_wildcard(pattern: str) -> Matcher:
    """A function telling whether a text matches the pattern as a whole. Case matters."""
    if "?" in pattern:
        return compile_pieces([_piece(text) for text in pattern.split("*")])
    return _compile_literals(pattern.split("*"))


def compile_pieces(pieces: Sequence[Piece]) -> Matcher:
    """The same for a pattern that was cut at its stars, in which ``*`` and ``?`` mean themselves."""
    literals = [piece for piece in pieces if isinstance(piece, str)]
    if len(literals) == len(pieces):
        return _compile_literals(literals)
    return _Starred(pieces).matches if len(pieces) > 1 else _Fixed(pieces[0]).matches


def _compile_literals(pieces: Sequence[str]) -> Matcher:
    if len(pieces) == 1:
        return pieces[0].__eq__
    if not any(pieces):
        return anything
    if len(pieces) == 2 and not pieces[1]:
        head = pieces[0]
        return lambda text: text.startswith(head)
    return _literals(pieces)


def needle(pattern: str) -> str:
    """A text without which nothing matches: ``needle in text`` costs a tenth of asking the matcher."""
    return most_telling(pattern.replace("?", "*").split("*") if "?" in pattern else pattern.split("*"))


def most_telling(literals: Sequence[str]) -> str:
    """Of the literal texts of a pattern, in order, the one that is likely to be missing elsewhere.

    What patterns begin with is what they have in common, unless nothing worth looking for follows.
    """
    if len(literals) == 1:
        return literals[0]
    later = max(literals[1:], key=len)
    return later if len(later) > 3 else max(literals, key=len)


def _literals(pieces: Sequence[str]) -> Matcher:
    """The common case, stars and plain text, with nothing but calls of the interpreter's string search."""
    head, *middle, tail = pieces
    between = tuple((piece, len(piece)) for piece in middle if piece)
    head_length, tail_length, shortest = len(head), len(tail), sum(map(len, pieces))

    def matches(text: str) -> bool:
        if len(text) < shortest or not text.startswith(head) or not text.endswith(tail):
            return False
        find, place, end = text.find, head_length, len(text) - tail_length
        for piece, length in between:
            place = find(piece, place, end)
            if place < 0:
                return False
            place += length
        return True

    return matches


class _Literal:
    """A piece without wildcards, found by the string search of the interpreter."""

    __slots__ = ("piece",)

    def __init__(self, piece: str) -> None:
        self.piece = piece

    def is_at(self, text: str, start: int) -> bool:
        return text.startswith(self.piece, start)

    def find(self, text: str, start: int, end: int) -> int:
        """Where the leftmost occurrence within ``text[start:end]`` ends, or -1."""
        found = text.find(self.piece, start, end)
        return found if found < 0 else found + len(self.piece)


class _Masked:
    """A piece with ``?`` in it. Bit n of the search state says that its first n+1 characters end here."""

    __slots__ = ("_accept", "_masks", "_others", "piece")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self._accept = 1 << (len(piece) - 1)
        self._others = sum(1 << place for place, character in enumerate(piece) if character is None)
        self._masks: dict[str, int] = {}
        for place, character in enumerate(piece):
            if character is not None:
                self._masks[character] = self._masks.get(character, self._others) | 1 << place

    def is_at(self, text: str, start: int) -> bool:
        return all(c is None or c == text[place] for place, c in enumerate(self.piece, start))

    def find(self, text: str, start: int, end: int) -> int:
        """Where the leftmost occurrence within ``text[start:end]`` ends, or -1."""
        mask, others, accept = self._masks.get, self._others, self._accept
        state = 0
        for place in range(start, end):
            state = (state << 1 | 1) & mask(text[place], others)
            if state & accept:
                return place + 1
        return -1


class _Fixed:
    """A pattern with ``?`` and without ``*``: all its matches have its own length."""

    __slots__ = ("_length", "_whole")

    def __init__(self, piece: Piece) -> None:
        self._length = len(piece)
        self._whole = _Masked(piece)

    def matches(self, text: str) -> bool:
        return len(text) == self._length and self._whole.is_at(text, 0)


class _Starred:
    """A pattern with stars and ``?``, cut at the stars: anchored head, pieces in order, anchored tail."""

    __slots__ = ("_between", "_head", "_head_length", "_shortest", "_tail", "_tail_length")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._head, self._tail = _search(pieces[0]), _search(pieces[-1])
        self._head_length, self._tail_length = len(pieces[0]), len(pieces[-1])
        self._between = tuple(_search(piece) for piece in pieces[1:-1] if piece)
        self._shortest = sum(map(len, pieces))

    def matches(self, text: str) -> bool:
        end = len(text) - self._tail_length
        if len(text) < self._shortest or not self._head.is_at(text, 0) or not self._tail.is_at(text, end):
            return False
        place = self._head_length
        for piece in self._between:
            place = piece.find(text, place, end)
            if place < 0:
                return False
        return True


def _search(piece: Piece) -> _Literal | _Masked:
    return _Literal(piece) if isinstance(piece, str) else _Masked(piece)


def _piece(text: str) -> Piece:
    return tuple(None if c == "?" else c for c in text) if "?" in text else text
