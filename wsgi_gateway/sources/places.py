"""Exact places for problems that were found in the model, not in the document.

A check of the model knows the object (an integration, say) and its field in snake_case; the document has a
line for the member itself, in camelCase. Only documents with problems pay for the look-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from wsgi_gateway.errors import Place, Problem, json_path
from wsgi_gateway.sources.document import Document

_LAST_NAME = re.compile(r"\.([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?=\[|$)")
_RESPONSES = re.compile(r"\.integration_responses\b")


def exact(document: Document, problems: Iterable[Problem]) -> list[Problem]:
    """The problems, each with the place of the very member if the document has it."""
    problems = list(problems)
    if not problems or document.file is None:
        return [replace(problem, place=_spelled(problem.place)) for problem in problems]
    wanted = {name for problem in problems for name in (problem.place.path, _spelled(problem.place).path)}
    found = {path: place for path, place in _places(document) if path in wanted}
    return [
        replace(p, place=found.get(p.place.path) or found.get(_spelled(p.place).path) or p.place)
        for p in problems
    ]


def _spelled(place: Place) -> Place:
    """The path with the document's spelling of fields: ``http_method`` is ``httpMethod``."""
    path = _LAST_NAME.sub(lambda match: "." + _camel(match[1]), place.path)
    return replace(place, path=path)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _places(document: Document) -> Iterator[tuple[str, Place]]:
    """Every member of the document with its place, without recursion."""
    pending: list[tuple[str, Any]] = [("$", document.data)]
    while pending:
        path, container = pending.pop()
        members = container.items() if isinstance(container, dict) else enumerate(container)
        for member, value in members:
            mark = document.mark(container, member)
            inner = json_path(path, member)
            if mark is not None:
                yield inner, Place(document.file, mark.line, mark.column, inner)
            if isinstance(value, (dict, list)):
                pending.append((inner, value))
