"""A template that is no Velocity: the parser's error, with the right form of what people commonly write.

Not for finding errors; the compiler of :mod:`wsgi_gateway.mapping.velocity` does.
"""

from __future__ import annotations

import re

from wsgi_gateway.mapping.lint.findings import Findings
from wsgi_gateway.mapping.velocity import TemplateSyntaxError

_NULL = re.compile(r"null\b|nil\b|NULL\b|None\b|undefined\b")
_BOUND = re.compile(r"\btoo (?:large|complex|deeply|many)\b")
_NULL_HINT = 'an absent value is the empty text: compare with "", or with $null, a name that nothing sets'
_QUOTED = "the argument stands in quotes: $input.json('$.a'), $input.params('name')"
_GENERAL = "the template is Velocity 1.7 as API Gateway runs it"

# What stands at the error, what stands before it on the line, and what was probably meant.
_HINTS = tuple(
    (re.compile(at), re.compile(before), hint)
    for at, before, hint in (
        (r"", r"#(?:elif|elsif|elseIf|else[ \t]+if)[ \t]*\([^#]*$", "Velocity's word is #elseif"),
        (r"", r"#(?:for|while)[ \t]*\([^#]*$", "Velocity's loop is #foreach($item in $list)"),
        (r"\\[\"']", r"\($|,\s*$", r"a quote needs no backslash here: $input.path('$.a')"),
        (r"[\"']", r"\.\w+\([^()]*\\.*$", """a backslash does not escape a quote; write '"' for one"""),
        (r"\(\s*[$@\w]", r"\binput\.(?:json|path|params)$", _QUOTED),
        (r"[^\"'\\]", r"\binput\.(?:json|path|params)\([^()\"']*$", _QUOTED),
        (r"=", r"(?:==|!=)$", "== and != are the only signs of equality"),
        (r"==", r"#set\(\s*\$\S+\s*$", "#set takes one ="),
        (r"=", r"#(?:else)?if\s*\(.*$", "== compares"),
        (r"\$|\w", r"#(?:if|elseif)\s+$", "#if and #elseif want their condition in parentheses: #if($a)"),
        (r"\w", r"#set\(\s*$", "variables begin with $: #set($name = ...)"),
        (r"\?", r"", "there is no ?: in Velocity; write #if($a)...#else...#end"),
        (
            r"::",
            r"\$\{\w+$",
            "this is CloudFormation's ${AWS::...}; it has to be filled in before AWS sees it",
        ),
        (r"[\]})]", r",\s*$", "no comma before the closing bracket"),
        (r"\w+\s*:", r"\{\s*$|,\s*$", 'keys of a map stand in quotes: {"a": 1}'),
        (r"-?\$", r"-?$", "Velocity has no sign before a reference: write 0 - $n"),
        (r"[\"']", r"\\.*$", r'a backslash does not escape a quote in a string; write the quote twice: ""'),
        (r"[\"']", r"", "the string that begins here is never closed"),
        (r"#(?:end|else)", r"", "it has no #if, #foreach or #define before it"),
        (r"<?>", r"<?$", "!= compares for being different"),
        (r":", r"#foreach\s*\(.*$", "#foreach($item in $list)"),
    )
)


def note(error: TemplateSyntaxError, findings: Findings) -> None:
    """Add the parser's error, with what to do."""
    offset = findings.offset_of(error.line, error.column) if error.line else 0
    source = findings.source
    if _NULL.match(source, offset):
        message = f"null is no word of Velocity 1.7, and AWS refuses the template: {error.message}"
        findings.add("null-literal", offset, message, _NULL_HINT)
        return
    if _BOUND.search(error.message):
        message = f"this package refuses the template, which AWS may take: {error.message}"
        findings.add(
            "not-checked", offset, message, "write it shorter, or with fewer things inside each other"
        )
        return
    message = f"this is no Velocity, and AWS refuses the template: {error.message}"
    findings.add("syntax", offset, message, _hint(source, offset, error.message))


def _hint(source: str, offset: int, message: str) -> str:
    if "end of the template" in message and (glued := re.search(r"#(end|else)[A-Za-z0-9_@]", source)):
        return f"#{glued[1]} and what follows are one word here: write #{{{glued[1]}}}"
    if "end of the template" in message and "the parenthesis of" in message:
        return "close the parenthesis, or a quote inside it"
    if "end of the template" in message:
        opened = len(re.findall(r"#\{?(?:if|foreach|define|macro)\b", source))
        closed = len(re.findall(r"#\{?end\b", source))
        return "an #end is missing" if opened > closed else "a parenthesis or quote is not closed"
    if "ends after" in message:
        return "a $ or # at the very end is an error: put a blank line, or a character, behind it"
    before = source[max(0, source.rfind("\n", 0, offset) + 1, offset - 200) : offset]
    for at, preceding, hint in _HINTS:
        if at.match(source, offset) and preceding.search(before):
            return hint
    return _GENERAL
