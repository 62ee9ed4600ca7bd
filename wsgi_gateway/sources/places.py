"""Exact places for problems that were found in the model, not in the document.

A check of the model knows an object (an integration, say) and its field in snake_case; the document has a
line for the very member, under the name it has there: ``http_method`` is ``httpMethod``, in a template
``HttpMethod``.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterable
from dataclasses import replace

from wsgi_gateway.errors import Place, Problem, json_path
from wsgi_gateway.sources.document import Document, Mark

_STEP = re.compile(
    r"""\.(?P<name>\w+)|\[(?P<index>\d+)\]|\[(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]"""
)
_EXTENSION = "x-amazon-apigateway-"
_RENAMED: dict[str, tuple[str, ...]] = {
    "resources": ("paths",),
    "request_parameters": ("parameters",),
    "request_models": ("requestBody", "content"),
    "method_responses": ("responses",),
    "integration_responses": ("responses",),
    "authorization_type": ("security",),
    "authorization_scopes": ("security",),
    "authorizer": ("security",),
    "provider_arns": ("providerARNs",),
    "insecure_skip_verification": ("tlsConfig",),
    "api_key_source": (_EXTENSION + "api-key-source",),
    "binary_media_types": (_EXTENSION + "binary-media-types",),
    "gateway_responses": (_EXTENSION + "gateway-responses",),
    "minimum_compression_size": (_EXTENSION + "minimum-compression-size",),
    "request_validator": (_EXTENSION + "request-validator",),
    "request_validators": (_EXTENSION + "request-validators",),
}

_IN_TEMPLATES = {
    "http_method": "IntegrationHttpMethod",
    "authorizer": "AuthorizerId",
    "request_validator": "RequestValidatorId",
    "api_key_source": "ApiKeySourceType",
    "stage": "Stage",
}
"""Properties of CloudFormation that are not just written in another case."""


def exact(document: Document, problems: Iterable[Problem]) -> list[Problem]:
    """The problems, each with the path and place of the very member as far as the document has it."""
    return [
        problem
        if problem.place.file not in (None, document.file)
        else replace(problem, place=_locate(document, problem.place))
        for problem in problems
    ]


def _locate(document: Document, place: Place) -> Place:
    value, known, path, mark = document.data, True, "$", None
    for member in _members(document, place.path):
        path = json_path(path, member)
        known = known and _has(value, member)
        if known:
            mark = document.mark(value, member) or mark
            value = value[member]
    return _placed(document, place, path, mark, known)


def _placed(document: Document, place: Place, path: str, mark: Mark | None, known: bool) -> Place:
    if mark is not None and (known or place.line is None):
        return Place(document.file, mark.line, mark.column, path)
    return replace(place, file=document.file, path=path)


def _members(document: Document, path: str) -> list[str | int]:
    """The steps of a path, those of the model renamed to those of the document."""
    members: list[str | int] = []
    value, known = document.data, True
    for step in _STEP.finditer(path):
        member = _member(step)
        known = known and _has(value, member)
        if known:
            value = value[member]
            members.append(member)
        elif step["name"]:
            members.extend(_renamed(str(member), value))
        else:
            members.append(str(member) if members[-1:] == ["responses"] else member)
        if not known:
            value, known = _descend(document, members)
    return members


def _renamed(name: str, holder: object) -> tuple[str, ...]:
    """What a field is called in the document; an integration's request_parameters are not a method's."""
    camel = _camel(name)
    for written in (camel, camel[:1].upper() + camel[1:], _IN_TEMPLATES.get(name, camel)):
        if _has(holder, written):
            return (written,)
    if _is_of_template(holder):
        return (_IN_TEMPLATES.get(name, camel[:1].upper() + camel[1:]),)
    return _RENAMED.get(name, (camel,))


def _is_of_template(holder: object) -> bool:
    """Whether members are written as CloudFormation writes them."""
    return isinstance(holder, dict) and any(name[:1].isupper() for name in holder)


def _descend(document: Document, members: list[str | int]) -> tuple[object, bool]:
    value = document.data
    for member in members:
        if not _has(value, member):
            return None, False
        value = value[member]
    return value, True


def _member(step: re.Match[str]) -> str | int:
    if step["index"]:
        return int(step["index"])
    return str(literal_eval(step["quoted"])) if step["quoted"] else step["name"]


def _has(value: object, member: str | int) -> bool:
    if isinstance(value, dict):
        return member in value
    return isinstance(value, list) and isinstance(member, int) and member < len(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
