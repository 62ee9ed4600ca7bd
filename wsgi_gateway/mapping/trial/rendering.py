"""Rendering: what came out of a mapping template that was watched, and how.

::

    rendering = Template.from_file("templates/order.vm").observe({"id": 7})
    rendering.json()                      # the output as JSON; an error names the template's line
    rendering.request_override            # {'header': {'x-tenant': 'a'}}
    rendering.source_map                  # (Span(start_byte=0, end_byte=7, line=2, column=1), ...)
    print(rendering.explain())            # the template, with the value of every reference below its line

Not for serving: watching costs several times what rendering does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.mapping.velocity import HostObject, TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import text as printed
from wsgi_gateway.mapping.velocity.values import plain_key

if TYPE_CHECKING:
    from wsgi_gateway.mapping.velocity.observed import Step

__tracebackhide__ = True  # a failed test shows its own lines, not these

_LINE_END = re.compile(r"\r\n|\n|\r")


class Span(NamedTuple):
    """Bytes ``start_byte`` up to ``end_byte`` of the output (in UTF-8) were written by what stands at
    ``line`` and ``column`` of the template, both from one.
    """

    start_byte: int
    end_byte: int
    line: int
    column: int


class Lines:
    """A text by lines: ``\\r\\n``, ``\\n`` and ``\\r`` end one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, from one."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The line of this number, without its end; empty beyond the last."""
        if number > len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end].rstrip("\r\n")


@dataclass(frozen=True, eq=False)
class Rendering:
    """One watched rendering.

    ``text``: the output, up to the failure if there was one. ``steps``: what the template did, in order,
    places as offsets into ``source``; ``complete`` is False if there were more than are kept. ``error``: why
    it failed, or None. ``request_override`` and ``response_override``: what ``$context`` holds under these
    names afterwards, in plain Python, empty maps left out. ``warnings``: what went otherwise than one may
    expect, though nothing failed, a text each (:mod:`wsgi_gateway.mapping.trial.cautions`).
    """

    name: str
    text: str
    error: TemplateRuntimeError | None
    request_override: dict[str, Any]
    response_override: dict[str, Any]
    profile: str = field(default="aws", repr=False)
    source: str = field(default="", repr=False)
    steps: tuple[Step, ...] = field(default=(), repr=False)
    complete: bool = field(default=True, repr=False)
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text

    @cached_property
    def lines(self) -> Lines:
        """The template by lines."""
        return Lines(self.source)

    @cached_property
    def source_map(self) -> tuple[Span, ...]:
        """Which place of the template wrote which bytes of the output, in the order of the output.

        Text that goes over several lines has a span for each. What a macro or a block writes belongs to it.
        """
        pieces = sorted(self._pieces())
        # The offsets are in order, so the text before each is encoded once.
        spans, at, size = [], 0, 0
        for start, end, offset in pieces:
            size += len(self.text[at:start].encode())
            first, at = size, end
            size += len(self.text[start:end].encode())
            spans.append(Span(first, size, *self.lines.at(offset)))
        return tuple(spans)

    def _pieces(self) -> Iterator[tuple[int, int, int]]:
        """``(start, end, offset of the template)`` in characters."""
        for step in self.steps:
            if step.output is None or step.output[0] == step.output[1]:
                continue
            if step.kind == "text":
                yield from self._by_line(step, *step.output)
            else:
                yield (*step.output, step.start)

    def _by_line(self, step: Step, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        places = [match.end() for match in _LINE_END.finditer(self.source, step.start, step.end)]
        cuts = [match.end() for match in _LINE_END.finditer(self.text, start, end)]
        if len(places) != len(cuts):  # written otherwise than it stands there
            yield start, end, step.start
            return
        starts = [start, *cuts]
        for begin, stop, offset in zip(starts, [*cuts, end], [step.start, *places], strict=True):
            if begin < stop:
                yield begin, stop, offset

    def json(self) -> Any:
        """The output as JSON.

        Raises the rendering's own error if it failed, and ValueError (``json.JSONDecodeError``) for what is
        no JSON, with the line of the template that wrote the wrong character.
        """
        if self.error is not None:
            raise self.error
        try:
            return json.loads(self.text, parse_constant=_refused)
        except json.JSONDecodeError as error:
            # The exception adds line and column, and these are the output's.
            message = f"{self.name} wrote no JSON ({self._author(error.pos)}): {error.msg}, in the output at"
            raise json.JSONDecodeError(message, error.doc, error.pos) from None

    def _author(self, at: int) -> str:
        """Who wrote the character there, or the last one before."""
        byte = len(self.text[:at].encode())
        found = bisect_right(self.source_map, (byte, float("inf"))) - 1
        return f"line {self.source_map[found].line} of the template" if found >= 0 else "nothing at all"

    def explain(self) -> str:
        """The template line by line with what each line did, and the output at the end: text for people."""
        from wsgi_gateway.mapping.trial.listing import listing

        return "\n".join(row.text for row in listing(self))


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def written(override: Any) -> dict[str, Any]:
    """``$context.requestOverride`` after a rendering, in plain Python; its empty maps left out."""
    found = plain(override) if isinstance(override, dict) else {}
    return {name: value for name, value in found.items() if value not in ({}, None)}


def plain(value: Any) -> Any:
    """A template's value in Python's own types. What holds itself does so again; nothing recurses."""
    top = [value]
    waiting: list[Any] = [top]
    made: dict[int, Any] = {}
    while waiting:
        holder = waiting.pop()
        for key, item in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if not isinstance(item, (dict, list)):
                holder[key] = _leaf(item)
                continue
            if id(item) not in made:
                made[id(item)] = _shell(item)
                waiting.append(made[id(item)])
            holder[key] = made[id(item)]
    return top[0]


def _shell(item: Any) -> Any:
    if isinstance(item, list):
        return list(item)
    return {str(printed(plain_key(key))): value for key, value in item.items()}


def _leaf(item: Any) -> Any:
    if item is None or type(item) in (str, int, float, bool):
        return item
    if isinstance(item, str):
        return str(item)
    try:
        return "" if isinstance(item, HostObject) else printed(item)
    except TemplateRuntimeError:  # too much to be printed
        return ""
