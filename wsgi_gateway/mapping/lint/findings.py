"""What lint says: a finding has a rule's code, what happens on AWS, the right form and its place.

A finding is silenced where it stands, by a comment on its line or on the line before::

    ## lint: disable=unescaped-input
    "name": "$input.params('name')"

Not for finding anything; the other modules of this package do.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from difflib import get_close_matches

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"##.*?\blint:[ \t]*disable[ \t]*=[ \t]*([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)")

RULES = {
    "syntax": "the template is no Velocity and AWS refuses or fails it",
    "null-literal": "null is no word of Velocity 1.7",
    "unescaped-input": "a client's value stands inside a JSON string as it came",
    "escape-javascript-quote": r"$util.escapeJavaScript writes \', which is no JSON",
    "unquoted-input": "a client's text stands where JSON is due",
    "unencoded-form-value": "a value stands in a form without $util.urlEncode",
    "json-in-quotes": "$input.json brings its own quotes and stands inside others",
    "path-for-json": "$input.path prints Java text, not JSON",
    "empty-template": "the template prints nothing",
    "undefined-name": "a variable that nothing sets",
    "unknown-member": "a member that AWS does not have",
    "jsonpath-syntax": "a path that JSONPath refuses",
    "regular-expression": "a regular expression that Java refuses, or that only Java runs",
    "always-true-condition": "an absent value is the empty text, and that is true",
    "trailing-comma": "a comma stands before a closing bracket",
    "extra-comma": "a comma follows an opening bracket or another comma",
    "missing-comma": "two values follow each other without a comma",
    "missing-value": "a member has no value",
    "invalid-json": "brackets or quotes of the JSON do not match",
    "not-on-aws": "a directive that API Gateway is reported not to have",
    "unknown-directive": "a word after # that is no directive is printed as it stands",
    "unreadable-set": "#set writes to a name that nobody can read",
    "loop-limit": "a #foreach of more than 1,000 turns",
    "template-size": "a template above 300 KB",
    "unknown-rule": "a lint comment names no rule",
    "not-checked": "the template is too large or too entangled to be followed",
}
"""Every rule by its code, with what it is about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake. ``line`` and ``column`` count from one; ``text`` is the line itself."""

    code: str
    message: str
    hint: str
    line: int
    column: int
    text: str


class Findings:
    """Collects findings of one template by offset, each once, and leaves out what comments silence."""

    def __init__(self, source: str) -> None:
        self.source = source
        ends = list(_LINE_END.finditer(source))
        self._starts = [0, *(end.end() for end in ends)]
        self._lines = [
            source[start:end]
            for start, end in zip(self._starts, [*(end.start() for end in ends), len(source)], strict=True)
        ]
        self._found: dict[tuple[str, int], Finding] = {}
        self._silenced: set[tuple[str, int]] = set()
        for number, line in enumerate(self._lines, 1):
            self._read_comment(number, line)

    def _read_comment(self, number: int, line: str) -> None:
        comment = _COMMENT.search(line) if "lint:" in line else None
        for code in re.split(r"[ \t]*,[ \t]*", comment[1]) if comment else ():
            self._silenced |= {(code, number), (code, number + 1)}
            if code not in RULES and comment:
                hint = did_you_mean(code, RULES) or "the codes are those that lint prints in brackets"
                self.add("unknown-rule", self._starts[number - 1] + comment.start(), f"no rule {code}", hint)

    def add(self, code: str, offset: int, message: str, hint: str) -> None:
        """Note a finding at ``offset`` of the source; the first of a code and place stays."""
        offset = max(0, min(offset, len(self.source)))
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        if (code, line) not in self._silenced:
            finding = Finding(code, message, hint, line, column, self._lines[line - 1])
            self._found.setdefault((code, offset), finding)

    def offset_of(self, line: int, column: int) -> int:
        """The offset of a place that is told by line and column."""
        return self._starts[line - 1] + column - 1

    def all(self) -> tuple[Finding, ...]:
        """The findings in the order of the text."""
        return tuple(sorted(self._found.values(), key=lambda one: (one.line, one.column, one.code)))


def did_you_mean(word: str, words: object, form: str = "{}") -> str:
    """``"did you mean X?"`` for the nearest of ``words``, or nothing; ``form`` dresses it up."""
    known = [str(one) for one in words] if isinstance(words, (list, tuple, set, frozenset, dict)) else []
    by_case = {one.lower(): one for one in known}
    near = get_close_matches(word.lower(), list(by_case), 1, 0.7)
    return f"did you mean {form.format(by_case[near[0]])}?" if near else ""
