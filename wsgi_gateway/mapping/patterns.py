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

from wsgi_gateway.errors import ConfigError, Problem

STATUSES = range(100, 1000)
"""Every status an integration can answer with."""


def compile_pattern(pattern: str, what: str) -> Any:
    """Compile for matching in linear time; the result has ``search`` and ``fullmatch``.

    ``what`` names the pattern in the ConfigError raised for one that RE2 cannot run.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        problem = Problem(
            "pattern-not-linear",
            f"{what}: the regular expression {pattern!r} cannot be run in linear time: {error}",
            hint="write it without look-around, back-references and possessive quantifiers",
        )
        raise ConfigError([problem]) from error


def matching_statuses(pattern: str, what: str) -> frozenset[int]:
    """The status codes a selection pattern matches as a whole, as ``java.util.regex`` would."""
    try:
        return _matching(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ConfigError(
            [Problem("pattern-syntax", f"{what}: {pattern!r} is no regular expression: {error}")]
        ) from error


@lru_cache(maxsize=256)
def _matching(pattern: str) -> frozenset[int]:
    """An API has few patterns, and has them at every method."""
    compiled = re.compile(pattern)
    return frozenset(code for code in STATUSES if compiled.fullmatch(str(code)))
