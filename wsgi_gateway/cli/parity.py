"""``parity``: what becomes of every field of a definition here, and what stands behind that.

::

    $ wsgi-gateway parity stack.yaml
    stack.yaml: 61 fields: 57 as AWS, 4 accepted and without effect here

    accepted and without effect here
      stack.yaml:9:15 $.Resources.Api.Properties.Tags[0].Key
          Tags has no effect here: nothing here has tags
    ...
    as AWS
          3  AuthorizerConfig.type
             tests/conformance/cases/authorizers.json, tests/lifecycle/test_authorizer_tokens.py

Every leaf of the document is marked as AWS, beyond AWS, accepted and without effect here, or refused. Those
as AWS are told by field, with their number; ``--all`` lists each. ``--format json`` has every leaf with its
evidence, ``--format markdown`` a page for a review. No values are told.

Exit status: 0 can be served and every field is classified, 1 otherwise, 2 wrong usage.

Not for: what to do about problems; ``validate`` tells that.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.problem_document import document_of
from wsgi_gateway.cli.problem_excerpt import Excerpts
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.cli.templates import template_options

if TYPE_CHECKING:
    from wsgi_gateway.parity import Row

_MARKS = ("refused", "unclassified", "without-effect", "beyond-aws", "as-aws")
"""In the order in which they are told."""


@click.command("parity")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--only", type=click.Choice(_MARKS), multiple=True, help="Only fields so marked; repeatable.")
@click.option("--all", "every", is_flag=True, help="List every field, those as AWS too.")
@click.option("--stage", metavar="NAME", help="The stage to look at.  [default: all that are declared]")
@click.option("--account-id", metavar="DIGITS", help="The account in ARNs of policies.")
@click.option("--region", metavar="REGION", help="The Region in those ARNs.")
@template_options
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True
)
def command(file: str, form: str, only: tuple[str, ...], every: bool, **options: Any) -> None:
    """Tell what becomes of every field of the definition FILE."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.parity import ledger

    if not os.path.isfile(file):
        raise click.BadParameter(f"{file!r} is no regular file", param_hint="FILE")
    excerpts = Excerpts()
    problems = telling.in_order(map(excerpts.hidden, problems_of(file, **options)))
    try:
        document = document_of(file)
    except ConfigError as error:
        telling.give_up(error.problems, file)
    if any(problem.code == "document-kind" and problem.place.path == "$" for problem in problems):
        telling.give_up(problems, file)
    rows = list(ledger(document, problems))
    told = [row for row in rows if not only or row.mark in only]
    for line in {"text": _as_text, "json": _as_json, "markdown": _as_markdown}[form](file, rows, told, every):
        telling.say(line)
    ruling = {(row.code, row.why) for row in rows}
    errors = [problem for problem in problems if problem.severity == "error"]
    others = [problem for problem in errors if (problem.code, problem.message) not in ruling]
    for line in telling.as_text(others, file, excerpts):
        click.echo(line, err=True)
    if errors or any(row.mark == "unclassified" for row in rows):
        raise SystemExit(1)


def _summary(file: str, rows: Sequence[Row]) -> str:
    counts = Counter(row.mark for row in rows)
    parts = [f"{counts[mark]} {mark.words}" for mark in sorted(counts, key=_MARKS.index, reverse=True)]
    return f"{file}: {len(rows)} fields{': ' if parts else ''}{', '.join(parts)}"


def _by_mark(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    for mark in _MARKS:
        found = [row for row in rows if row.mark == mark]
        if found:
            yield mark, found


def _where(row: Row, file: str) -> str:
    place = row.place
    parts = (place.file or file, place.line, place.column)
    return f"{':'.join(str(part) for part in parts if part is not None)} {place.path}"


def _proof(row: Row) -> list[str]:
    from wsgi_gateway.parity.page import spelled

    return [spelled(evidence) for evidence in row.evidence]


# ----------------------------------------------------------------------- text


def _as_text(file: str, rows: Sequence[Row], told: Sequence[Row], every: bool) -> Iterator[str]:
    yield _summary(file, rows)
    for mark, found in _by_mark(told):
        yield ""
        yield click.style(found[0].mark.words, bold=True)
        if mark == "as-aws" and not every:
            yield from _by_field(found)
            continue
        for row in found:
            yield f"  {_where(row, file)}"
            if row.why:
                yield f"      {row.why}"


def _by_field(rows: Sequence[Row]) -> Iterator[str]:
    """Fields with how often they are there, and what stands behind their mark."""
    fields: dict[str, list[Row]] = {}
    for row in rows:
        fields.setdefault(row.entry.name if row.entry is not None else "", []).append(row)
    for name, found in sorted(fields.items()):
        yield f"  {len(found):5}  {name}"
        yield f"         {', '.join(_proof(found[0])[:2])}"


# ---------------------------------------------------------- for programs, pages


def _as_json(file: str, rows: Sequence[Row], told: Sequence[Row], every: bool) -> Iterator[str]:
    document = {
        "file": file,
        "fields": {mark: sum(row.mark == mark for row in rows) for mark in _MARKS},
        "rows": [_as_object(row, file) for row in told],
    }
    yield json.dumps(document, indent=2)


def _as_object(row: Row, file: str) -> dict[str, Any]:
    return {
        "path": row.place.path,
        "file": row.place.file or file,
        "line": row.place.line,
        "column": row.place.column,
        "field": row.entry.name if row.entry is not None else None,
        "mark": row.mark,
        "why": row.why,
        "code": row.code,
        "evidence": _proof(row),
    }


def _as_markdown(file: str, rows: Sequence[Row], told: Sequence[Row], every: bool) -> Iterator[str]:
    from wsgi_gateway.parity.page import cell, table

    yield f"# Parity of {cell(file)}\n"
    yield f"{cell(_summary(file, rows))}"
    for mark, found in _by_mark(told):
        yield f"\n## {found[0].mark.words}\n"
        if mark == "as-aws" and not every:
            counts = Counter(row.entry.name for row in found if row.entry is not None)
            proofs = {row.entry.name: ", ".join(_proof(row)) for row in found if row.entry is not None}
            yield from table(
                ("field", "times", "behind it"),
                ((f"`{name}`", str(count), cell(proofs[name])) for name, count in sorted(counts.items())),
            )
            continue
        yield from table(
            ("where", "why", "behind it"),
            ((f"`{cell(_where(row, file))}`", cell(row.why), cell(", ".join(_proof(row)))) for row in found),
        )
