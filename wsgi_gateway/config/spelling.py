"""Hints for misspelled names: "did you mean ...?".

Source: :mod:`difflib`, as interpreters use it for their own names.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from wsgi_gateway.errors import Problem

_LONGEST = 80
_MOST = 400


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that ``word`` most probably stands for, whatever its case, or None."""
    if len(word) > _LONGEST:
        return None
    by_folded = {name.casefold(): name for name in list(known)[:_MOST]}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.75)
    return by_folded[found[0]] if found else _transposed(word.casefold(), by_folded)


def _transposed(word: str, by_folded: dict[str, str]) -> str | None:
    """``gte`` for ``get``: in short words two letters that change places are half of the word."""
    letters = sorted(word)
    return next(
        (name for known, name in by_folded.items() if len(word) > 2 and sorted(known) == letters), None
    )


def did_you_mean(word: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A hint that names the closest known name; ``otherwise`` if nothing is close."""
    name = closest(word, known)
    return f"did you mean {name!r}?" if name else otherwise


def unknown_options(given: Iterable[str], known: Iterable[str]) -> list[Problem]:
    """A problem for every keyword argument that means nothing."""
    known = tuple(known)
    return [
        Problem(
            "option",
            f"the option {name[:80]!r} means nothing",
            hint=did_you_mean(name, known, f"there are {', '.join(known)}"),
        )
        for name in given
        if name not in known
    ]
