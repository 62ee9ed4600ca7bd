"""Regular expressions of definitions, run on a linear-time engine: the door to google-re2.

Selection patterns, identity validation expressions and schema patterns are matched against what strangers
send. A backtracking engine can be made to hang by that, so these patterns run on RE2 or not at all: what RE2
cannot do (look-around, back-references, possessive quantifiers) is refused when the definition is loaded.

The one exception loses nothing: a pattern over HTTP status codes is worked out for all of them on load
(:func:`matching_statuses`), where any Java pattern may be used because the subject has three characters.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from wsgi_gateway.errors import ConfigError, Place, Problem

_NOWHERE = Place()
_JAVA_ALONE = re.compile(r"\\[pP]\{\w+\}|\\[hHRXQEGz]")
"""What Java has and no engine here: no slip of the pen, but nothing that can be run."""

STATUSES = range(100, 1000)
"""Every status an integration can answer with."""


def compile_pattern(pattern: str, what: str, place: Place = _NOWHERE) -> Any:
    """Compile for matching in linear time; the result has ``search`` and ``fullmatch``.

    ``what`` names the pattern in the ConfigError raised for one that RE2 cannot run, ``place`` is its own.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        if not _is_expression(pattern):
            raise _no_expression(pattern, what, why, place) from error
        problem = Problem(
            "pattern-not-linear",
            f"{what}: the regular expression {pattern!r} cannot be run in linear time: {why}",
            place,
            "write it without look-around, back-references and possessive quantifiers",
        )
        raise ConfigError([problem]) from error


def _is_expression(pattern: str) -> bool:
    """Whether an engine that can do more than RE2 reads a pattern, so that it is no slip of the pen."""
    try:
        re.compile(_JAVA_ALONE.sub("a", pattern))
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _no_expression(pattern: str, what: str, why: object, place: Place) -> ConfigError:
    return ConfigError(
        [Problem("pattern-syntax", f"{what}: {pattern!r} is no regular expression: {why}", place)]
    )


def matching_statuses(pattern: str, what: str, place: Place = _NOWHERE) -> frozenset[int]:
    """The status codes a selection pattern matches as a whole, as ``java.util.regex`` would."""
    try:
        return _matching(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise _no_expression(pattern, what, error, place) from error


@lru_cache(maxsize=256)
def _matching(pattern: str) -> frozenset[int]:
    """An API has few patterns, and has them at every method."""
    compiled = re.compile(pattern)
    return frozenset(code for code in STATUSES if compiled.fullmatch(str(code)))
