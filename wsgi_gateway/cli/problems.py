"""How the problems of a definition are told: as text for people, as JSON for programs.

::

    api.yaml:12:7: error: Invalid HTTP endpoint specified for URI [integration-uri]
       12 |       uri: ftp://example.org
          |       ^^^
        what to do: http://HOST/PATH or https://HOST/PATH

The first line of each has the form that editors and CI systems turn into a link. Colours are for terminals
alone, and not where ``NO_COLOR`` is set. In every form, messages and hints are told without the secrets of
the file that they are about (:mod:`~wsgi_gateway.cli.problem_secrets`).

Not for finding problems; :mod:`~wsgi_gateway.cli.problem_finding` does. Annotations of GitHub's workflows are
in :mod:`~wsgi_gateway.cli.problem_github`.

Source: https://no-color.org
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wsgi_gateway.cli.problem_excerpt import Excerpts

if TYPE_CHECKING:
    from wsgi_gateway.errors import Place, Problem

LIMIT = 100
"""Problems that are told unless more are asked for."""

_COLOURS = {"error": "red", "warning": "yellow"}


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """By place in the document, each once."""
    unique = {(problem.code, problem.message, problem.place): problem for problem in problems}
    return sorted(unique.values(), key=lambda problem: (problem.place.line or 0, problem.place.column or 0))


def limited(found: Mapping[str, list[Problem]], limit: int) -> tuple[dict[str, list[Problem]], int]:
    """At most ``limit`` problems (all for 0), errors before warnings, in their order; how many are left."""
    every = [(name, problem) for name, problems in found.items() for problem in problems]
    every.sort(key=lambda one: one[1].severity != "error")
    kept = {id(problem) for _, problem in (every[:limit] if limit else every)}
    told = {name: [one for one in problems if id(one) in kept] for name, problems in found.items()}
    return told, len(every) - len(kept)


def as_text(
    problems: Iterable[Problem],
    file: str,
    excerpts: Excerpts | None = None,
    hiding: Excerpts | None = None,
) -> Iterator[str]:
    """A few lines a problem: where and what, the line itself, its path, and what to do.

    ``excerpts``: where lines of documents come from; none are shown without. ``hiding``: what reads files for
    their secrets, if it is at hand.
    """
    hiding = excerpts or hiding or Excerpts()
    for problem in (hiding.hidden(one, file) for one in problems):
        severity = styled(problem.severity, fg=_COLOURS.get(problem.severity), bold=True)
        yield f"{_where(problem.place, file)}: {severity}: {problem.message} [{problem.code}]"
        if excerpts is not None:
            yield from _coloured(excerpts.of(problem.place), problem.severity)
        if problem.place.path != "$":
            yield f"    at: {problem.place.path}"
        if problem.hint:
            yield f"    what to do: {problem.hint}"


def _coloured(excerpt: list[str], severity: str) -> Iterator[str]:
    for line, below in zip(excerpt[::2], excerpt[1::2], strict=True):
        yield line
        gutter, bar, carets = below.partition("|")
        yield f"{gutter}{bar}{styled(carets, fg=_COLOURS.get(severity))}"


def styled(text: str, **style: Any) -> str:
    """A text in the colours of :func:`click.style`, unless the environment asks for none."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def say(line: str) -> None:
    """A line on standard output; what its encoding lacks is told by escapes."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(line.encode(encoding, "backslashreplace").decode(encoding))


def _where(place: Place, file: str) -> str:
    parts = (place.file or file, place.line, place.column)
    return ":".join(str(part) for part in parts if part is not None)


def as_json(found: Mapping[str, list[Problem]], limit: int = 0, hiding: Excerpts | None = None) -> str:
    """``{"files", "errors", "warnings", "left", "problems": [{"severity", "code", "message", ...}]}``.

    ``found``: problems by the name of their definition. ``left``: how many are not told, beyond ``limit``.
    ``hiding``: as of :func:`as_text`.
    """
    hiding = hiding or Excerpts()
    told, left = limited(found, limit)
    every = [problem for problems in found.values() for problem in problems]
    errors = sum(problem.severity == "error" for problem in every)
    document = {
        "files": list(found),
        "errors": errors,
        "warnings": len(every) - errors,
        "left": left,
        "problems": [
            _as_object(hiding.hidden(problem, name), name)
            for name, problems in told.items()
            for problem in problems
        ],
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


def counted(problems: Sequence[Problem], files: int = 1) -> str:
    """``"2 problems, 1 warning"``, of several files ``"... in 3 files"``."""
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    parts = [_number(errors, "problem")] if errors or not warnings else []
    told = ", ".join([*parts, *([_number(warnings, "warning")] if warnings else [])])
    return told if files == 1 else f"{told} in {files} files"


def _number(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


def give_up(problems: Iterable[Problem], file: str) -> NoReturn:
    """Tell the problems on stderr and end with status 1."""
    for line in as_text(in_order(problems), file):
        click.echo(line, err=True)
    raise SystemExit(1)
