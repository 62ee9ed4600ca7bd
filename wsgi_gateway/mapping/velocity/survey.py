"""What a template cannot be doing, seen from its text alone.

Most templates have no macro, no `#define` and no use of `$foreach` but `$foreach.hasNext`. Their loops need
no scope object and their output need not be asked whether it is a block. Only the text can tell cheaply,
and it may only err on one side: a word that is not there cannot be used.
"""

import re

_FOREACH = re.compile(r"foreach")
_ASSIGNED = re.compile(r"set\}?[ ]*\([ \t\r\n]*\\*\$\\*!?\{?([A-Za-z_][A-Za-z0-9_-]*)")
_HARMLESS = re.compile(
    r"#\{?foreach\b|\$!?\{?foreach\.(?:index|count|hasNext|first|last)(?![A-Za-z0-9_\-\[(]|\.[A-Za-z])"
)


class Survey:
    """`shared` is for templates that live in another's variables (`#evaluate`): they may do everything."""

    def __init__(self, source: str, shared: bool) -> None:
        # An escape in a string could spell any of the words.
        anything = shared or "\\u" in source or "evaluate" in source
        self.everything = anything
        self.macros = anything or "macro" in source or "#@" in source
        self.blocks = self.macros or "define" in source
        self.counters = anything or "velocityCount" in source or "velocityHasNext" in source
        self.scoped_breaks = self.macros or re.search(r"break\}?[ \t\r\n]*\(", source) is not None
        uses = len(_FOREACH.findall(source)) - len(_HARMLESS.findall(source))
        self.assigned = frozenset(_ASSIGNED.findall(source))
        self.scopes = self.blocks or self.scoped_breaks or uses > 0
