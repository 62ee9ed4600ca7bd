"""A rendering that can be watched: every reference with its value, every directive with the way it took, and
which of them wrote which part of the output.

    >>> from wsgi_gateway.mapping.velocity import compile_template
    >>> template = compile_template('#if($x > 1)many#{else}one#end $x', observed=True)
    >>> seen = template.observe({'x': 3})
    >>> [(step.kind, step.value, step.output) for step in seen.steps]
    [('if', True, None), ('text', None, (0, 4)), ('text', None, (4, 5)), ('reference', '3', (5, 6))]

The output is the same as without a watcher, and so are the budgets; it takes several times as long. Strings
in double quotes are told by their value, and the text of an `#evaluate` by what it wrote. After `MAX_STEPS`
no more steps are kept.

Not for every request: a template is compiled anew to be watched.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from wsgi_gateway.mapping.velocity.budget import Output
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import ValueWriter
from wsgi_gateway.mapping.velocity.runtime import Render
from wsgi_gateway.mapping.velocity.scopes import BlockReference
from wsgi_gateway.mapping.velocity.values import HostObject, SilentMap

MAX_STEPS = 50_000
_SHOWN = 1_000
_JUDGED = frozenset(("if", "elseif", "foreach"))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a template did.

    `kind`: text, reference, set, if, elseif, else, foreach, turn, define, call, evaluate, break or stop.
    `start`, `end`: offsets in the template's source; the head only, for a directive.
    `value`: of a reference its text, None if it has none or is a block; of a set the text that was set; of a
    condition whether it held; of a foreach the number of turns; of a turn the text of its variable. Texts are
    cut after 1,000 characters.
    `output`: the characters of the output that this step wrote, None if it wrote none there (a reference in a
    condition does not).
    `depth`: blocks around it, those of macros included.
    `items`: of a foreach, how many there were to go over; API Gateway makes 1,000 turns at most.
    `why`: what the value of a reference does not tell, in words: why there is none, if a name is unknown, or
    what it is that prints as nothing.
    """

    kind: str
    start: int
    end: int
    value: str | bool | int | None
    output: tuple[int, int] | None
    depth: int
    items: int | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen: the output, the steps in their order, and the error which ended them, if any.

    `complete` is False when there were more steps than are kept.
    """

    text: str
    steps: tuple[Step, ...]
    error: TemplateRuntimeError | None
    complete: bool


class ObservedRender(Render):
    """The state of a rendering that is watched."""

    def __init__(self, *state: Any) -> None:
        super().__init__(*state)
        self.seen: list[Step] = []
        self.complete = True
        self.around = 0
        self.unknown: str | None = None
        """What the last look-up found to be no name of its type's."""

    def see(self, kind: str, start: int, end: int, depth: int, value: Any) -> None:
        """Something is about to happen. The value of a foreach is the number of its items, and of its turns
        at most.
        """
        items, why = None, self._why(kind, value)
        if kind == "foreach":
            items, most = value
            value = items if most is None else min(items, most)
        if isinstance(value, BlockReference):
            value = None  # to tell its text is to run it
        elif kind not in _JUDGED and value is not None:
            value = _shown(value)
        self._keep(Step(kind, start, end, value, None, depth + self.around, items, why))

    def write(
        self,
        kind: str,
        start: int,
        end: int,
        depth: int,
        value: Any,
        piece: str,
        writer: Callable[[str], None],
    ) -> None:
        """Write `piece`, the text of `value`."""
        out = self._written()
        writer(piece)
        inside = getattr(writer, "__self__", None) is self.out and piece
        written = kind == "text" or isinstance(value, BlockReference)
        shown = None if value is None else piece[:_SHOWN] if written else _shown(value)
        output = (out, out + len(piece)) if inside else None
        why = self._why(kind, value)
        self._keep(Step(kind, start, end, shown, output, depth + self.around, None, why))

    def _why(self, kind: str, value: Any) -> str | None:
        """Whatever the step, what was unknown before it is none of the next one's business."""
        unknown, self.unknown = self.unknown, None
        if kind != "reference" or value is None:
            return unknown if kind == "reference" else None
        if isinstance(value, SilentMap):
            return "a map, which prints nothing"
        host = isinstance(value, HostObject) and not isinstance(value, BlockReference)
        silent = host and not value.velocity_text()
        return "an object of the gateway's, which prints nothing" if silent else None

    def call(self, *arguments: Any) -> None:
        """`#name(arguments)`"""
        self._whole(super().call, arguments)

    def evaluate(self, *arguments: Any) -> None:
        """`#evaluate(value)`"""
        self._whole(super().evaluate, arguments)

    def _whole(self, function: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        """What nobody else says to have written, the directive has."""
        before, position = self._written(), len(self.seen)
        around, self.around = self.around, self.seen[-1].depth + 1 if self.seen else 0
        function(*arguments)
        self.around = around
        after = self._written()
        if 0 < position == len(self.seen) and after > before and self.complete:
            self.seen[-1] = replace(self.seen[-1], output=(before, after))

    def _written(self) -> int:
        self.out.measure()
        return self.out.size

    def _keep(self, step: Step) -> None:
        if len(self.seen) < MAX_STEPS:
            self.seen.append(step)
        else:
            self.complete = False


class _Enough(Exception):
    """As much as is shown."""


class _Beginning(ValueWriter):
    """Prints the beginning of a value. All of it may be more than a rendering can print, or has time for,
    although the template never prints it.
    """

    def add(self, piece: str) -> None:
        self.parts.append(piece)
        self.size += len(piece)
        if self.size >= _SHOWN:
            raise _Enough

    def write(self, value: Any) -> None:
        if isinstance(value, BlockReference):
            self.add("(a block)")  # to tell its text is to run it
        else:
            super().write(value)


def _shown(value: Any) -> str:
    parts = Output()
    with suppress(_Enough, TemplateRuntimeError):  # too deep to be printed: so much of it as is not
        _Beginning(parts).write(value)
    return "".join(parts)[:_SHOWN]
