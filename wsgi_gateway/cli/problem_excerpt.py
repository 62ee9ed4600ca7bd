"""The line of a document that a problem is about, with a caret below: what compilers show.

::

       14 |       uri: ftp://example.org
          |       ^^^

The line is shown as the document has it, but for secrets (:mod:`~wsgi_gateway.cli.problem_secrets`), tabs,
and characters that a terminal would obey, which are spaces and question marks here. A line that is longer
than the terminal is cut so that the caret stays in sight. The caret counts columns of the terminal: wide
characters have two, combining ones none.

Not for: values of several lines; the first is shown.

Source: https://www.unicode.org/reports/tr11/ for the widths.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

from wsgi_gateway.cli.problem_document import document_of
from wsgi_gateway.cli.problem_secrets import MASK, Secrets

if TYPE_CHECKING:
    from wsgi_gateway.errors import Place, Problem

_NARROWEST, _WIDEST, _USUAL = 40, 200, 120
_TAB = "  "
_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'])*'|(?:[^\s:,{}\[\]"']|:(?=\S))+""")
_LONGEST_TOKEN = 60
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


class Excerpts:
    """Lines of documents. ``kept``: where documents lie whose places have other names, such as ``<stdin>``.

    A file is read once, when a problem is told in it; of what cannot be read nothing is shown.
    """

    def __init__(self, kept: dict[str, str] | None = None, width: int | None = None) -> None:
        self._kept = {} if kept is None else kept
        self._files: dict[str, tuple[list[str], Secrets]] = {}
        self._spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
        columns = shutil.get_terminal_size((_USUAL, 24)).columns if width is None else width
        self._width = min(max(columns, _NARROWEST), _WIDEST)

    def of(self, place: Place) -> list[str]:
        """Two lines: the document's, and carets under what stands at the place. None without a line, and for
        the document as a whole.
        """
        is_whole = (place.line, place.column, place.path) == (1, 1, "$")
        if place.file is None or place.line is None or is_whole:
            return []
        lines, secrets = self._file(place.file)
        if not 0 < place.line <= len(lines) or not lines[place.line - 1].strip():
            return []
        line = lines[place.line - 1]
        key = (place.file, place.line)
        if key not in self._spans:
            self._spans[key] = secrets.spans(place.line, line)
        return _drawn(*_masked(line, (place.column or 1) - 1, self._spans[key]), place.line, self._width)

    def hidden(self, problem: Problem, file: str | None = None) -> Problem:
        """A problem without the secrets of its file, and without characters that a terminal would obey.

        ``file``: that of problems which know none.
        """
        file = problem.place.file or file
        return replace(
            problem,
            message=self._hidden(problem.message, file),
            hint=problem.hint and self._hidden(problem.hint, file),
        )

    def _hidden(self, text: str, file: str | None) -> str:
        return _printable(text if file is None else self._file(file)[1].hidden(text))

    def _file(self, file: str) -> tuple[list[str], Secrets]:
        if file not in self._files:
            path = self._kept.get(file, file)
            lines = _lines(path)
            self._files[file] = (lines, _secrets(path, lines))
        return self._files[file]


def _lines(file: str) -> list[str]:
    """As YAML counts them, and JSON, which has but one character that ends a line."""
    from wsgi_gateway.sources.document import SIZE_LIMIT

    path = Path(file)
    try:
        if not path.is_file() or path.stat().st_size > SIZE_LIMIT:
            return []
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return []
    return text.split("\n") if path.suffix.lower() == ".json" else _LINE_END.split(text)


def _secrets(file: str, lines: list[str]) -> Secrets:
    from wsgi_gateway.errors import ConfigError

    try:
        return Secrets.of(document_of(file) if Path(file).is_file() else None, lines)
    except ConfigError:
        return Secrets.of(None, lines)


def _masked(line: str, caret: int, spans: list[tuple[int, int]]) -> tuple[str, int]:
    """The line with its secrets replaced, and where the caret is then."""
    parts, done, at = [], 0, caret
    for start, end in spans:
        parts += [line[done:start], MASK]
        if caret >= end:
            at += len(MASK) - (end - start)
        elif caret >= start:
            at += start - caret
        done = end
    return "".join([*parts, line[done:]]), at


def _drawn(line: str, caret: int, number: int, width: int) -> list[str]:
    gutter = f"{number:5} | "
    caret = min(max(caret, 0), len(line))
    token = _TOKEN.match(line, caret)
    length = min(len(token[0]) if token else 1, _LONGEST_TOKEN)
    start, end = _window(line, caret, length, width - len(gutter))
    before = ("..." if start else "") + _printable(line[start:caret])
    under = _printable(line[caret : min(caret + length, end)])
    rest = _printable(line[caret + length : end]) + ("..." if end < len(line) else "")
    carets = "^" * max(_columns(under), 1)
    empty = " " * (len(gutter) - 2)
    return [f"{gutter}{before}{under}{rest}".rstrip(), f"{empty}| {' ' * _columns(before)}{carets}"]


def _window(line: str, caret: int, length: int, width: int) -> tuple[int, int]:
    """From where to where a line is shown; the caret is about a third into what is cut."""
    if len(line) <= width and _columns(_printable(line)) <= width:
        return 0, len(line)
    room = width - 6
    start = max(0, caret - room // 3)
    if caret + length <= room and _columns(_printable(line[: caret + length])) <= room:
        start = 0
    end, used = start, 0
    while end < len(line):
        used += _columns(_printable(line[end]))
        if used > room:
            break
        end += 1
    return start, max(end, caret)


def _printable(text: str) -> str:
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    return character if character.isprintable() or character == "\n" else "?"


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_column(character) for character in text)


def _column(character: str) -> int:
    if category(character) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1
