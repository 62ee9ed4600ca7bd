"""How the problems of a definition are told: as text for people, as JSON for programs.

::

    api.yaml:12:7: error: Invalid HTTP endpoint specified for URI [http-uri]
        what to do: write the whole URL, with its scheme

The first line of each has the form that editors and CI systems turn into a link.

Not for finding problems; :func:`wsgi_gateway.load` and :class:`~wsgi_gateway.gateway.Gateway` do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from wsgi_gateway.errors import Place, Problem

_COLOURS = {"error": "red", "warning": "yellow"}


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By place in the document, each once."""
    unique = {(problem.code, problem.message, problem.place): problem for problem in problems}
    return sorted(unique.values(), key=lambda problem: (problem.place.line or 0, problem.place.column or 0))


def as_text(problems: Iterable[Problem], file: str) -> Iterator[str]:
    """Two or three lines a problem: where and what, what to do, and the path where there is no line."""
    for problem in problems:
        severity = click.style(problem.severity, fg=_COLOURS.get(problem.severity), bold=True)
        yield f"{_where(problem.place, file)}: {severity}: {problem.message} [{problem.code}]"
        if problem.place.path != "$":
            yield f"    at: {problem.place.path}"
        if problem.hint:
            yield f"    what to do: {problem.hint}"


def _where(place: Place, file: str) -> str:
    parts = (place.file or file, place.line, place.column)
    return ":".join(str(part) for part in parts if part is not None)


def as_json(problems: Sequence[Problem], file: str) -> str:
    """``{"file", "errors", "warnings", "problems": [{"severity", "code", "message", ...}]}``."""
    errors = sum(problem.severity == "error" for problem in problems)
    document = {
        "file": file,
        "errors": errors,
        "warnings": len(problems) - errors,
        "problems": [_as_object(problem, file) for problem in problems],
    }
    return json.dumps(document, indent=2)


def _as_object(problem: Problem, file: str) -> dict[str, Any]:
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "file": place.file or file,
        "line": place.line,
        "column": place.column,
        "path": place.path,
        "hint": problem.hint,
    }


def counted(problems: Sequence[Problem]) -> str:
    """``"2 problems, 1 warning"``."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    parts = [_number(errors, "problem")] if errors or not warnings else []
    return ", ".join([*parts, *([_number(warnings, "warning")] if warnings else [])])


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def give_up(problems: Iterable[Problem], file: str) -> NoReturn:
    """Tell the problems on stderr and end with status 1."""
    for line in as_text(in_order(problems), file):
        click.echo(line, err=True)
    raise SystemExit(1)
