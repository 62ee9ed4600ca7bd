r"""Regular expressions of `replaceAll`, `replaceFirst`, `split` and `matches`: those that do not run, and
those that do not mend what `$util.escapeJavaScript` did.

Java takes ``"\'"`` for the apostrophe alone and ``"\\'"`` for a backslash and an apostrophe. What a call
makes of the escaped text is therefore not guessed but tried out, on names as people have them.

Not for running templates; :mod:`wsgi_gateway.mapping.velocity.regex` does, on RE2.

Source: https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
"""

from __future__ import annotations

import json
import re
import warnings
from functools import lru_cache

from wsgi_gateway.mapping.lint.findings import Findings
from wsgi_gateway.mapping.lint.tree import Tree, constant_text
from wsgi_gateway.mapping.velocity import TemplateRuntimeError, Util, nodes, regex
from wsgi_gateway.mapping.velocity.patterns import translate

TAKERS = frozenset(("replaceAll", "replaceFirst", "split", "matches"))
"""Methods whose first argument is a regular expression."""

_NAMES = ("O'Hara", "'n' roll", 'say "x"', r"a\b", r"a\'b")
_OWN = frozenset(("a class in a class", "(?U)"))
"""What Java runs and `translate` refuses; all else that it refuses is wrong in Java too."""
_JAVA = (
    (re.compile(r"\(\?<?[=!]"), "look-ahead and look-behind"),
    (re.compile(r"\(\?>"), "groups that give nothing back"),
    (re.compile(r"[*+?}]\+"), "possessive quantifiers"),
)
_BACKWARDS = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[1-9]|k<)")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_PYTHON = ((re.compile(r"\\[pP]\{\w+\}|\\[hHRvVGZz]"), r"\\w"), (re.compile(r"\(\?<(?=[a-zA-Z])"), "(?P<"))
_HINT = "write it without that, or silence this rule where only AWS runs the template"


class Regular:
    """Looks at the regular expressions of one template."""

    def __init__(self, tree: Tree, findings: Findings) -> None:
        self._tree = tree
        self._findings = findings

    def check(self) -> None:
        """Note every regular expression that fails, here or on AWS too."""
        for node in self._tree.all:
            if isinstance(node, nodes.Method) and node.name in TAKERS and node.arguments:
                pattern = constant_text(node.arguments[0])
                if pattern is not None:
                    self._check(pattern, node.arguments[0].start)

    def _check(self, pattern: str, offset: int) -> None:
        try:
            regex.matches("", pattern)
        except TemplateRuntimeError as error:
            message, hint = _judged(pattern, error.message)
            self._findings.add("regular-expression", offset, message, hint)


def _shown(pattern: str) -> str:
    """As it stands in the template, not with its backslashes doubled."""
    short = pattern if len(pattern) < 80 else pattern[:80] + "..."
    return f'"{short}"' if short.isprintable() else repr(short)


def _judged(pattern: str, refusal: str) -> tuple[str, str]:
    """What to say of a pattern that this package does not run."""
    shown = _shown(pattern)
    wrong = _error_of_java(pattern)
    if wrong:
        message = f"AWS answers 500, because {shown} is no regular expression: {wrong}"
        return message, r"a bracket or sign that is meant as text stands behind a backslash: \( \[ \{ \+ \*"
    feature = _feature_of_java(pattern)
    if feature:
        return f"{shown} runs on AWS and not in this package, which has no {feature}", _HINT
    reason = "" if "not supported" in refusal else f": {refusal}"
    return f"this package does not run {shown}, which AWS may take{reason}", _HINT


def _error_of_java(pattern: str) -> str:
    """What Java has against the pattern; empty if nothing is known."""
    try:
        translate(pattern)
    except ValueError as error:
        return "" if str(error) in _OWN else str(error)
    for java, python in _PYTHON:
        pattern = java.sub(python, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        return "" if "look-behind" in error.msg else error.msg
    except (OverflowError, RecursionError):
        return ""
    return ""


def _feature_of_java(pattern: str) -> str:
    try:
        translate(pattern)
    except ValueError:
        return "classes in classes, nor (?U)"
    plain = _ESCAPED.sub("x", pattern)
    if _BACKWARDS.search(pattern):
        return "back-references"
    return next((name for found, name in _JAVA if found.search(plain)), "")


@lru_cache(maxsize=256)
def left_broken(method: str, sought: str, replacement: str) -> str:
    r"""What is still no JSON after ``$util.escapeJavaScript(x).method(sought, replacement)``, or nothing.

    >>> left_broken("replaceAll", r"\\'", "'")
    ''
    >>> left_broken("replaceAll", r"\'", "'")
    "O'Hara prints as O\\'Hara"
    """
    for name in _NAMES:
        text = Util().escape_java_script(name)
        try:
            text = _replaced(text, method, sought, replacement)
        except TemplateRuntimeError:
            return ""
        if not _is_json(text):
            return f"{name} prints as {text}"
    return ""


def takes_out(method: str, sought: str, replacement: str) -> bool:
    """Whether no apostrophe is left."""
    try:
        return "'" not in _replaced("'n' roll", method, sought, replacement)
    except TemplateRuntimeError:
        return False


def _replaced(text: str, method: str, sought: str, replacement: str) -> str:
    if method == "replace":
        return text.replace(sought, replacement)
    return regex.replace(text, sought, replacement, once=method == "replaceFirst")


def _is_json(text: str) -> bool:
    try:
        json.loads(f'"{text}"')
    except ValueError:
        return False
    return True
