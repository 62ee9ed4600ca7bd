"""Where ``lint`` finds templates: a file is one, or an OpenAPI document or CloudFormation template that holds
many. Of what CloudFormation's functions make no template is read.

In a document a finding is told at its own line of the file where the text stands there as it is (a YAML block
or a plain scalar); else, as in JSON with its escapes, at the member that holds the template.

Not for judging them; :mod:`wsgi_gateway.mapping.lint` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from wsgi_gateway.errors import ConfigError, Place, Problem, json_path
from wsgi_gateway.mapping.lint import Finding, lint
from wsgi_gateway.sources.document import SIZE_LIMIT, Document
from wsgi_gateway.sources.reading import read as read_document
from wsgi_gateway.sources.yaml_text import is_template

_INTEGRATION = "x-amazon-apigateway-integration"
_PROXIES = ("aws_proxy", "http_proxy", "wsgi_proxy")
_NO_VELOCITY = ("syntax", "null-literal", "not-checked")
_DOCUMENTS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Told:
    """A problem, the line of the template in which it stands, and the column of the caret below it."""

    problem: Problem
    text: str = ""
    caret: int = 1


class Template(NamedTuple):
    """A template in a document: its holder and key there, its path, its text."""

    holder: Any
    media_type: str
    path: tuple[str | int, ...]
    source: str


def read(path: str, content: bytes) -> Iterator[Told]:
    """Everything that is wrong with the templates at ``path``, whose content is given."""
    if path != "-" and Path(path).suffix.lower() in _DOCUMENTS:
        try:
            document = read_document(path)
        except ConfigError as error:
            if not path.lower().endswith(".json"):
                return (Told(problem) for problem in error.problems)
        else:
            if _is_openapi(document.data) or is_template(document.data):
                return of_document(document, content)
            if not path.lower().endswith(".json"):
                return iter((_not_openapi(path),))
    return _of_file(path, content)


def syntax_errors(path: str) -> list[Problem]:
    """The templates of the OpenAPI document at ``path`` that are no Velocity, each at its line.

    The problems are those of :func:`read`; none is told of what is no regular file.
    """
    if not Path(path).is_file():
        return []  # a pipe gives its text once
    told = read(path, Path(path).read_bytes())
    return [one.problem for one in told if one.problem.code in _NO_VELOCITY]


def _is_openapi(data: Any) -> bool:
    return isinstance(data, dict) and ("openapi" in data or "swagger" in data)


def _not_openapi(path: str) -> Told:
    hint = "of YAML files lint reads definitions; a template on its own ends in .vtl or anything else"
    return Told(Problem("document-kind", "an OpenAPI document was expected", Place(path), hint))


def _of_file(path: str, content: bytes) -> Iterator[Told]:
    name = "<stdin>" if path == "-" else path
    if len(content) > SIZE_LIMIT:
        yield Told(
            Problem("template-size", f"larger than {SIZE_LIMIT} bytes", Place(name), "AWS takes 300 KB")
        )
        return
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Told(Problem("encoding", "the file is not UTF-8", Place(name, line), "save it as UTF-8"))
        return
    for finding in lint(source, name):
        yield _told(finding, Place(name, finding.line, finding.column), finding.message)


def _told(finding: Finding, place: Place, message: str) -> Told:
    return Told(Problem(finding.code, message, place, finding.hint), finding.text, finding.column)


def of_document(document: Document, content: bytes) -> Iterator[Told]:
    """The same of an OpenAPI document or a template that is read already; ``content``: of its file."""
    lines = content.decode("utf-8-sig").splitlines()
    for template in _templates(document.data):
        mark = document.mark(template.holder, template.media_type)
        member = Place(
            document.file, mark and mark.line, mark and mark.column, json_path("$", *template.path)
        )
        offset = _beginning(lines, template.source.splitlines(), mark.line if mark else None)
        for finding in lint(template.source, str(member), media_type=template.media_type):
            yield _placed(finding, member, lines, offset)


def _placed(finding: Finding, member: Place, lines: list[str], offset: int | None) -> Told:
    """At its own line, if the template begins ``offset`` lines into the file; else at the member."""
    if offset is None:
        inside = f"line {finding.line}, column {finding.column} of the template: "
        return _told(finding, member, inside + finding.message)
    line = offset + finding.line
    before = lines[line - 1].find(finding.text.rstrip()) if line <= len(lines) else 0
    place = Place(member.file, line, max(before, 0) + finding.column, member.path)
    return _told(finding, place, finding.message)


def _beginning(lines: list[str], template: list[str], near: int | None) -> int | None:
    """How many lines of the file stand before the template's first; None if it is written otherwise."""
    for before in (near - 1, near, near + 1) if near is not None and template else ():
        found = lines[before : before + len(template)]
        if len(found) == len(template) and all(
            one.rstrip() in other for one, other in zip(template, found, strict=True)
        ):
            return before
    return None


def _templates(data: Any) -> Iterator[Template]:
    """Every mapping template of a definition, each once, in the document's order."""
    seen: set[int] = set()
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if id(value) in seen or not isinstance(value, (dict, list)):
            continue
        seen.add(id(value))
        members = list(value.items() if isinstance(value, dict) else enumerate(value))
        waiting.extend((member, (*path, key)) for key, member in reversed(members))
        if path[-1:] == (_INTEGRATION,) or path[-2:-1] == (_INTEGRATION + "s",):
            yield from _of_integration(value, path)
        elif path[-2:] == ("Properties", "Integration"):
            yield from _of_method(value, path)


def _of_integration(value: Any, path: tuple[str | int, ...]) -> Iterator[Template]:
    if not isinstance(value, dict) or str(value.get("type")).lower() in _PROXIES:
        return
    yield from _of_map(value.get("requestTemplates"), (*path, "requestTemplates"))
    responses = value.get("responses")
    for pattern, response in responses.items() if isinstance(responses, dict) else ():
        if isinstance(response, dict):
            where = (*path, "responses", pattern, "responseTemplates")
            yield from _of_map(response.get("responseTemplates"), where)


def _of_method(value: Any, path: tuple[str | int, ...]) -> Iterator[Template]:
    """The integration of an AWS::ApiGateway::Method."""
    if not isinstance(value, dict) or str(value.get("Type")).lower() in _PROXIES:
        return
    yield from _of_map(value.get("RequestTemplates"), (*path, "RequestTemplates"))
    responses = value.get("IntegrationResponses")
    for index, response in enumerate(responses if isinstance(responses, list) else ()):
        if isinstance(response, dict):
            where = (*path, "IntegrationResponses", index, "ResponseTemplates")
            yield from _of_map(response.get("ResponseTemplates"), where)


def _of_map(templates: Any, path: tuple[str | int, ...]) -> Iterator[Template]:
    for media_type, source in templates.items() if isinstance(templates, dict) else ():
        if isinstance(source, str):
            yield Template(templates, media_type, (*path, media_type), source)
