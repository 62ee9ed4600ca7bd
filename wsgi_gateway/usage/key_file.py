"""API keys from a file in AWS's CSV format.

::

    Name,key,description,Enabled,usageplanIds
    MyFirstApiKey,apikey1234abcdefghij0123456789,An imported key,TRUE,c7y23b
    Another,apikey1234abcdefghij0123456780,,,"c7y23b,glvrsr"

    rows = read_keys(text)
    created, overwritten = import_keys(registry, rows)

``Name`` and ``Key`` must be there; the case of columns and their order do not matter. No others than these
five are known, and what is unknown is refused: ``Enable`` for ``Enabled`` would enable every key. Fields may
stand in double quotes (two of them mean one) or in single ones, as AWS writes lists of plans. No two rows may
have the same key.

A key that exists is overwritten, and keeps its id. What the file does not say (no such column, or nothing in
it) stays as it was, so that a file without ``Enabled`` enables nothing that was disabled; a new key is
enabled, without description and in no plan.

A value has 20 to 128 characters, a name at most 1024, as AWS's page says today; in 2023 it still said 30.
Keys made one by one have the same bounds, by AWS's error messages.

Not for: writing such files. Values are not kept, so there is nothing to write.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.usage.key_records import shown
from wsgi_gateway.usage.key_rules import NAME_LENGTH, check_value

if TYPE_CHECKING:
    from wsgi_gateway.usage.registry import Registry

_COLUMNS = {name.lower(): name for name in ("Name", "Key", "Description", "Enabled", "UsagePlanIds")}
_FIELD = re.compile(r"""[ \t]*(?:"((?:[^"]|"")*)"|'([^'\r\n]*)')[ \t]*(?=,|\r|\n|\Z)|([^,\r\n]*)""")
_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key in a file; None for what the file does not say. ``line`` counts from one."""

    line: int
    name: str
    value: str = field(repr=False)
    description: str | None = None
    enabled: bool | None = None
    plans: tuple[str, ...] | None = None


def read_keys(text: str, file: str | None = None) -> list[KeyRow]:
    """The keys in a text. ConfigError with every problem, each with its line; no value stands in one."""
    rows, problems = rows_of(text, file)
    if problems:
        raise ConfigError(problems)
    return rows


def rows_of(text: str, file: str | None = None) -> tuple[list[KeyRow], list[Problem]]:
    """The keys of the rows in which nothing is wrong, and what is wrong in the others.

    ConfigError if not even the first line can be read, or fields cannot be told apart.
    """
    records = list(_records(text.removeprefix("\ufeff"), file))
    if not records:
        raise ConfigError([_problem("the file is empty; Name and Key are its first line", file, 1)])
    line, header = records[0]
    columns = [name.strip().lower() for name in header]
    problems = list(_wrong_columns(columns, header, file, line))
    if problems:
        raise ConfigError(problems)
    rows: dict[str, KeyRow] = {}
    for line, fields in records[1:]:
        if len(fields) != len(columns):
            message = f"{len(fields)} fields, where the first line has {len(columns)}"
            problems.append(_problem(message, file, line))
            continue
        row, wrong = _row(line, columns, fields)
        if row.value in rows:
            wrong.append(f"the key of line {rows[row.value].line} once more")
        problems += [_problem(message, file, line) for message in wrong]
        if not wrong:
            rows[row.value] = row
    return list(rows.values()), problems


def _wrong_columns(columns: list[str], header: list[str], file: str | None, line: int) -> Iterator[Problem]:
    if len(columns) == 1 and ";" in header[0]:
        yield _problem("commas separate columns and fields, not semicolons", file, line)
        return
    for name, shown_name in _COLUMNS.items():
        for what in _wrong_with(name, columns.count(name)):
            yield _problem(f"the column {shown_name} is {what}", file, line)
    known = list(_COLUMNS.values())
    for name, text in zip(columns, header, strict=True):
        if name and name not in _COLUMNS:
            # Without a first line of names this may be anything, a value too.
            hint = did_you_mean(name, known, f"known are {', '.join(known)}")
            yield _problem(f"the column {shown(text.strip())!r} is unknown", file, line, hint)


def import_keys(
    registry: Registry,
    rows: Iterable[KeyRow],
    *,
    dry_run: bool = False,
    file: str | None = None,
    wrong: Sequence[Problem] = (),
) -> tuple[int, int]:
    """Make keys of rows, and change those that exist: ``(how many created, how many overwritten)``.

    ConfigError with every problem, each with its line, before anything is changed; ``wrong``: what is known
    to be wrong with other rows, to be told together. ``dry_run`` changes nothing. A store that fails in the
    middle leaves the first rows imported; importing again is harmless.
    """
    rows = list(rows)
    news, problems = [], list(wrong)
    for row in rows:
        try:
            news.append(_put(registry, row, only_check=True))
        except ConfigError as error:
            problems += [replace(problem, place=Place(file, row.line)) for problem in error.problems]
    if problems:
        raise ConfigError(problems)
    if not dry_run:
        news = [_put(registry, row, only_check=False) for row in rows]
    return sum(news), len(news) - sum(news)


def _put(registry: Registry, row: KeyRow, only_check: bool) -> bool:
    given: dict[str, Any] = {"description": row.description, "enabled": row.enabled, "plans": row.plans}
    return registry.put_key(row.value, row.name, **given, only_check=only_check)[1]


def _records(text: str, file: str | None) -> Iterator[tuple[int, list[str]]]:
    """Lines of fields, and where each begins; lines with nothing in them are left out."""
    at, line = 0, 1
    while at < len(text):
        began, fields = line, []
        while True:
            found = _FIELD.match(text, at)
            assert found is not None  # the last choice matches anything
            if found[3] is not None and found[3].lstrip().startswith('"'):
                raise ConfigError([_problem("a double quote is not closed, or text follows it", file, line)])
            at = found.end()
            line += len(_END.findall(found[0]))
            fields.append(_text(found))
            if text[at : at + 1] != ",":
                break
            at += 1
        end = _END.match(text, at)
        at = len(text) if end is None else end.end()
        line += 1
        if any(fields):
            yield began, fields


def _text(found: re.Match[str]) -> str:
    if found[1] is not None:
        return found[1].replace('""', '"')
    return (found[3] if found[2] is None else found[2]).strip()


def _wrong_with(name: str, count: int) -> Iterator[str]:
    if count > 1:
        yield "there twice"
    elif not count and name in ("name", "key"):
        yield "missing"


def _row(line: int, columns: list[str], texts: list[str]) -> tuple[KeyRow, list[str]]:
    """A row, and what is wrong with it."""
    wrong: list[str] = []
    fields = {name: text for name, text in zip(columns, texts, strict=True) if name}
    if any(text.strip() for name, text in zip(columns, texts, strict=True) if not name):
        wrong.append("a field stands in a column without a name")
    name, value = fields["name"].strip(), fields["key"].strip()
    try:
        check_value(value)
    except ConfigError as error:
        wrong += [problem.message for problem in error.problems]
    if not name or len(name) > NAME_LENGTH:
        wrong.append(f"an API Key's name has 1 to {NAME_LENGTH} characters")
    given: dict[str, Callable[[str], Any]] = {
        "description": str,
        "enabled": lambda text: _boolean(text, wrong),
        "usageplanids": _plans,
    }
    description, enabled, plans = (
        read(text) if (text := fields.get(column, "").strip()) else None for column, read in given.items()
    )
    return KeyRow(line, name, value, description, enabled, plans), wrong


def _plans(text: str) -> tuple[str, ...]:
    return tuple(plan.strip() for plan in text.strip("'\"").split(",") if plan.strip())


def _boolean(text: str, wrong: list[str]) -> bool | None:
    if text.lower() not in ("true", "false"):
        wrong.append(f"Enabled is {shown(text)!r}; it must be true or false")
    return text.lower() == "true"


def _problem(message: str, file: str | None, line: int, hint: str | None = None) -> Problem:
    return Problem("api-key-file", message, Place(file, line), hint)
