"""Patterns in filters, `=~ /.../flags`, on google-re2.

The dialect's patterns are Java's, and a template may apply one to any text a client sends.  So they run on an
engine whose time is linear in the text, after a translation of what the two spell differently
(`java_regex`)::

    >>> Pattern("al.*", "i").matches("ALPHA"), Pattern("al", "").matches("alpha")
    (True, False)

A pattern must match the whole text.  What a linear engine cannot do is refused with ValueError: references
back, lookbehind, and lookahead anywhere but at the start.  google-re2 is imported here only, with the first
pattern.  Not for patterns elsewhere; request models have their own.
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.mapping.jsonpath.java_regex import FLAGS, translate

__all__ = ["FLAGS", "Pattern"]

_MAX_MEMORY = 4 << 20


class Pattern:
    """A compiled pattern; equal to no other, as the dialect has it."""

    __slots__ = ("_aheads", "_whole", "size")

    def __init__(self, source: str, flags: str) -> None:
        whole, aheads = translate(source, flags)
        self._whole = _compile(whole)
        self._aheads = [(wanted, _compile(ahead)) for wanted, ahead in aheads]
        self.size = sum(part.programsize for part in (self._whole, *(ahead for _, ahead in self._aheads)))
        """Its time for a text has a bound, which is the product of this and the text's length."""

    def matches(self, text: str) -> bool:
        """Whether the pattern matches the whole of the text."""
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return self._whole.fullmatch(text) is not None and all(
            (ahead.match(text) is not None) == wanted for wanted, ahead in self._aheads
        )


def _compile(expression: str) -> Any:
    try:
        import re2
    except ImportError:
        raise ValueError("patterns need google-re2, which is not installed") from None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return re2.compile(expression, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise ValueError(f"the pattern is malformed or not supported: {error}") from None
