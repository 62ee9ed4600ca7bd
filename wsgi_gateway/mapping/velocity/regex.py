r"""Java's regular expressions of `replaceAll`, `matches` and `split`, on RE2.

A template's author is trusted more than its data, yet a pattern like `(a+)+$` and a caller's 64 kB string
would stop a backtracking engine for hours. RE2 runs in linear time. What it cannot do (look-around,
back-references, possessive quantifiers) is an error that says so, never another engine. RE2 is imported
when the first pattern is used.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from wsgi_gateway.mapping.velocity.budget import SLOT, Output, charge, charge_text, check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.patterns import translate

_LITERAL = re.compile(r"(?:[^\\.$|()\[\]{}^?*+]|\\[^A-Za-z0-9])*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MAX_PATTERN = 4_000
_MAX_WORK = 64_000_000
"""Characters times instructions. It takes 5 ns for one, at worst."""
_MAX_MEMORY = 1 << 20


def _expression(pattern: str, subject: str) -> Any:
    """The compiled pattern, if `subject` is not too long for it.

    RE2's time has a bound, which is the product of both: it is met by patterns that keep hundreds of
    possibilities open, and no clock is looked at on the way.
    """
    check()
    if len(pattern) > _MAX_PATTERN:
        raise TemplateRuntimeError(f"a regular expression is longer than {_MAX_PATTERN} characters")
    expression = _compiled(pattern)
    if expression.programsize * len(subject) > _MAX_WORK:
        raise TemplateRuntimeError("a text is too long for so large a regular expression")
    return expression


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return re2.compile(translate(pattern), options)
    except (re2.error, UnicodeError, ValueError):
        shown = pattern if len(pattern) < 80 else pattern[:80] + "..."
        raise TemplateRuntimeError(f"the regular expression {shown!r} is not supported") from None


def _text(value: str) -> str:
    # RE2 reads UTF-8, which has no lone surrogates.
    return value.encode("utf-8", "replace").decode()


def matches(subject: str, pattern: str) -> bool:
    """`String.matches`: the whole of it."""
    return _expression(pattern, subject).fullmatch(_text(subject)) is not None


def found(subject: str, pattern: str) -> bool:
    """Whether there is a match anywhere."""
    return _expression(pattern, subject).search(_text(subject)) is not None


def _matches(expression: Any, subject: str) -> Iterator[Any]:
    """All matches, each once: RE2's own iterator gives an empty one twice if it had to look for it."""
    before = None
    for match in expression.finditer(subject):
        if match.span() != before:
            yield match
        before = match.span()


def replace(subject: str, pattern: str, replacement: str, once: bool = False) -> str:
    """`String.replaceAll`, or `replaceFirst`."""
    literal = _literal(pattern)
    if literal and "\\" not in replacement and "$" not in replacement:
        return _replace_literal(subject, literal, replacement, once)
    expression, subject = _expression(pattern, subject), _text(subject)
    out = Output()
    position = 0
    pieces: list[str | int] | None = None
    for match in _matches(expression, subject):
        check()
        if pieces is None:
            # Java looks at the replacement when there is something to replace.
            pieces = _pieces(replacement, expression)
        out.append(subject[position : match.start()])
        out += [p if isinstance(p, str) else match.group(p) or "" for p in pieces]
        out.measure()
        position = match.end()
        if once:
            break
    out.append(subject[position:])
    return out.text()


@lru_cache(maxsize=64)
def _literal(pattern: str) -> str:
    """The text which is all that the pattern matches; empty if it is not that simple."""
    found = _ESCAPED.sub(r"\1", pattern) if len(pattern) <= _MAX_PATTERN else ""
    return found if _LITERAL.fullmatch(pattern) else ""


def _replace_literal(subject: str, literal: str, replacement: str, once: bool) -> str:
    count = subject.count(literal)
    if not count:
        return subject
    if once:
        count = 1
    size = len(subject) + count * (len(replacement) - len(literal))
    charge_text(size, subject.isascii() and replacement.isascii())
    return subject.replace(literal, replacement, count)


def _pieces(replacement: str, expression: Any) -> list[str | int]:
    return list(_read_replacement(replacement, expression.groups, dict(expression.groupindex)))


def _read_replacement(replacement: str, groups: int, names: dict[str, int]) -> Iterator[str | int]:
    position = 0
    while position < len(replacement):
        char = replacement[position]
        if char not in "\\$":
            end = min((at for mark in "\\$" if (at := replacement.find(mark, position)) >= 0), default=None)
            yield replacement[position:end]
            position = len(replacement) if end is None else end
            continue
        check()
        position += 1
        if char == "\\":
            if position == len(replacement):
                raise TemplateRuntimeError("character to be escaped is missing")
            yield replacement[position]
            position += 1
        elif replacement[position : position + 1] == "{":
            end = replacement.find("}", position)
            name = replacement[position + 1 : end]
            if end < 0 or name not in names:
                raise TemplateRuntimeError(f"no group with name {{{name}}}")
            yield names[name]
            position = end + 1
        else:
            group, position = _group(replacement, position, groups)
            yield group


def _group(replacement: str, position: int, groups: int) -> tuple[int, int]:
    digit = replacement[position : position + 1]
    if not (digit.isascii() and digit.isdigit()):
        raise TemplateRuntimeError("Illegal group reference")
    group = int(digit)
    if group > groups:
        raise TemplateRuntimeError(f"No group {group}")
    position += 1
    while (digit := replacement[position : position + 1]).isascii() and digit.isdigit():
        if group * 10 + int(digit) > groups:
            break
        group = group * 10 + int(digit)
        position += 1
    return group, position


def split(subject: str, pattern: str, limit: int = 0) -> list[str]:
    """`String.split`: without a limit, empty pieces at the end are dropped."""
    subject = _text(subject)
    pieces: list[str] = []
    position = 0
    for match in _matches(_expression(pattern, subject), subject):
        if 0 < limit <= len(pieces) + 1:
            break
        if match.end() == 0:
            continue  # an empty match at the beginning splits nothing
        charge(2 * SLOT)
        pieces.append(subject[position : match.start()])
        position = match.end()
    if not pieces:
        return [subject]
    pieces.append(subject[position:])
    if limit == 0:
        while pieces and not pieces[-1]:
            pieces.pop()
    return pieces
