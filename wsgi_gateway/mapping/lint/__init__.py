r"""Lint of mapping templates: the mistakes that API Gateway's users report, before they deploy.

A mapping template that is wrong mostly renders all the same: an unknown name prints nothing, a quote in a
value breaks the JSON of one request in a thousand, ``#if`` on an absent value is true. :func:`lint` reads the
template and tells what AWS will do::

    >>> from wsgi_gateway.mapping.lint import lint
    >>> (finding,) = lint('''{"name": "$input.params('name')"}''')
    >>> finding.code, finding.line, finding.column
    ('unescaped-input', 1, 11)
    >>> print(finding.hint)
    $util.escapeJavaScript($input.params('name')).replaceAll("\\'", "'")

:data:`RULES` lists every code. A comment on the same line or the one before, ``## lint: disable=CODE``,
silences a finding there.

A template that prints JSON (its first character is a bracket or a quote) is followed through its ``#if`` and
``#foreach``: what is inside a JSON string is told from what is not. Of a form (``name=...&name=...``) the
values are looked at. Silence is no proof: a rule says nothing where the template's text does not tell enough.

Not for: rendering (:class:`wsgi_gateway.mapping.Template`), the templates of gateway responses
(those are no Velocity), or AppSync's.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html and the pages it
links to; where AWS documents nothing, what was recorded from AWS, or is reported by users and said to be.
"""

from __future__ import annotations

import re

from wsgi_gateway.mapping.lint.dialect import Dialect, check_size
from wsgi_gateway.mapping.lint.findings import RULES, Finding, Findings
from wsgi_gateway.mapping.lint.media import OTHER, printed_by
from wsgi_gateway.mapping.lint.names import Names
from wsgi_gateway.mapping.lint.output import Output
from wsgi_gateway.mapping.lint.regular import Regular
from wsgi_gateway.mapping.lint.syntax import note
from wsgi_gateway.mapping.lint.tree import Tree
from wsgi_gateway.mapping.velocity import TemplateSyntaxError, compile_template

__all__ = ["RULES", "Finding", "lint"]

_NEVER_FOLLOWED = re.compile(r"xml|html|csv|javascript", re.IGNORECASE)


def lint(
    source: str, name: str = "<template>", *, media_type: str = "application/json"
) -> tuple[Finding, ...]:
    """What is wrong with a mapping template, in the order of its text.

    :param source: the template.
    :param name: how the template is called; only errors of the compiler's own speak of it.
    :param media_type: the key under which it stands. XML, HTML and CSV are never taken for JSON or a form.

    Never raises for what the template holds: one that is no Velocity has the one finding ``syntax``.
    """
    findings = Findings(source)
    try:
        compile_template(source.rstrip(), name=name)
    except TemplateSyntaxError as error:
        check_size(source, findings)
        note(error, findings)
        return findings.all()
    tree = Tree(source)
    Names(tree, findings).check()
    Dialect(tree, findings).check()
    Regular(tree, findings).check()
    printed = OTHER if _NEVER_FOLLOWED.search(media_type) else printed_by(tree)
    Output(tree, findings, printed).follow()
    return findings.all()
