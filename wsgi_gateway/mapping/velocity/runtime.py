"""What generated code calls: one `Render` for each rendering, and the budgets it must stay in.

Budgets: macro calls 20 deep; turns of loops in all; seconds of time, looked at every few turns; characters
of a text; bytes of memory. A template that spends one ends in `TemplateRuntimeError`, never in a worker that
hangs or is killed.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from itertools import islice
from sys import getsizeof
from types import CodeType
from typing import Any

from wsgi_gateway.mapping.velocity.budget import MAX_HELD, SLOT, Output, charge, check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.held import held, running
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.scopes import BlockReference, ForeachScope, MacroVariables
from wsgi_gateway.mapping.velocity.values import MAX_LIST, Cursor, MapView, is_number
from wsgi_gateway.mapping.velocity.writer import ALLOWANCE

MAX_MACRO_DEPTH = 20
MAX_STEPS = 20_000_000
MAX_EVALUATE_DEPTH = 20
SECONDS = 0.8
MAX_MACROS = 1000
_SPARE = MAX_HELD // 8
_FRAME = 512
WRONG = object()

Macro = tuple[list[str], Callable[..., Any]]
_INT_BITS = 2**32


class Stop(Exception):
    """`#stop`"""


class ScopeBreak(Exception):
    """`#break($foreach)`"""

    def __init__(self, scope: Any) -> None:
        super().__init__()
        self.scope = scope


class Render:
    """The state of one rendering: where it writes, its variables, and what is left of its budgets.

    `end` is when its time is over, by `time.monotonic`; `evaluate` compiles the text of an `#evaluate`.
    """

    left: float = MAX_HELD
    steps = turns = depth = evaluations = 0
    top: CodeType
    """The function which renders: nothing below it is on this rendering's account."""

    def __init__(
        self, out: Output, macros: dict[str, Macro], evaluate: Callable[..., Any], end: float, variables: Any
    ) -> None:
        self.out = out
        self.macros = macros
        self.template = evaluate
        self.end = end
        self.variables = variables

    def tick(self, writer: Any = None) -> int:
        """Look at the budgets, and at the output which `writer` writes to; gives the next allowance."""
        self.steps += 32
        if self.steps > MAX_STEPS:
            raise TemplateRuntimeError("the template takes too many steps")
        if time.monotonic() > self.end:
            raise TemplateRuntimeError("the template takes too long")
        if writer is not None:
            writer.__self__.measure()
        return ALLOWANCE

    def turn(self) -> None:
        """Something small was done that a template can make many of without a loop."""
        self.turns += 1
        if self.turns & 31 == 0:
            self.tick()

    def replenish(self, wanted: int) -> None:
        """The allowance is spent: look at what is really held."""
        check()
        size = wanted + held([self.variables, self.out, *running(self.top)], MAX_HELD)
        if size > MAX_HELD - _SPARE:
            raise TemplateRuntimeError("the template takes too much memory")
        self.left = MAX_HELD - size

    def hold(self, text: str) -> None:
        """A text is kept until it is written."""
        charge(getsizeof(text))

    def modified(self) -> None:
        """A loop's list changed under it."""
        raise TemplateRuntimeError("java.util.ConcurrentModificationException")

    def show(self, value: Any, variables: Any, null: str) -> str:
        """The text of a value which may be a block."""
        if not isinstance(value, BlockReference):
            return text(value)
        shown = value.run(variables)
        return self.null_text(variables, null) if shown is None else shown

    def before(self, value: Any, literal: str) -> str:
        """What stands before a reference, backslashes for one: nothing if it is a block's."""
        return "" if isinstance(value, BlockReference) else literal

    def null_text(self, variables: Any, literal: str) -> str:
        """How a reference without a value prints: as its source, or as the argument it stands for in a
        macro."""
        argument = variables.get(".literal." + literal)
        return literal if argument is None else argument

    # Loops
    def enter(self, variables: Any, size: int) -> ForeachScope:
        """Begin a loop: its `$foreach`."""
        charge(_FRAME)
        scope = variables["foreach"] = ForeachScope(size, variables.get("foreach"))
        return scope

    def leave(self, variables: Any) -> None:
        """End a loop: put back what its `$foreach` covered."""
        scope = variables.get("foreach")
        if not isinstance(scope, ForeachScope):
            return
        old = scope.parent if scope.parent is not None else scope.replaced
        if old is None:
            variables.pop("foreach")
        else:
            variables["foreach"] = old

    # Blocks, macros, #evaluate
    def block(self, function: Callable[..., Any], variables: Any, limit: int) -> BlockReference:
        """A block of `#define`, or the body handed to a macro."""
        return BlockReference(self, function, variables, limit)

    def call(self, name: str, v: Any, w: Any, arguments: tuple[Any, ...], literal: str, body: Any) -> None:
        """`#name(arguments)`"""
        macro = self.macros.get(name)
        if macro is None:
            w(literal)
            return
        self.tick(w)
        charge(_FRAME)
        parameters, function = macro
        inner = MacroVariables(self, v)
        if any(value is WRONG for _, value, _ in arguments):
            raise TemplateRuntimeError(f"invalid argument in macro #{name}")
        for parameter, (thunk, value, shown) in zip(parameters, arguments, strict=False):
            if thunk is None:
                inner.own[parameter] = value
            else:
                inner.thunks[parameter] = thunk
                inner.own[".literal.$" + parameter] = shown
        if body is not None:
            inner.own["bodyContent"] = body
        if self.depth >= MAX_MACRO_DEPTH:
            raise TemplateRuntimeError(f"macros are nested deeper than {MAX_MACRO_DEPTH} in #{name}")
        self.depth += 1
        function(self, inner, w)
        self.depth -= 1

    def evaluate(self, value: Any, v: Any, w: Any) -> None:
        """`#evaluate(value)`: its variables and macros are ours."""
        self.tick(w)
        if self.evaluations >= MAX_EVALUATE_DEPTH:
            raise TemplateRuntimeError("#evaluate is nested too deeply")
        self.evaluations += 1
        template = self.template(text(value), frozenset(self.macros))
        for name, macro in template.macros.items():
            self.macros.setdefault(name, macro)
        if len(self.macros) > MAX_MACROS:
            raise TemplateRuntimeError(f"more than {MAX_MACROS} macros")
        with contextlib.suppress(Stop):
            template.function(self, v, w)
        self.evaluations -= 1

    def include(self, name: str, values: list[Any], w: Any) -> None:
        """`#include` and `#parse`: a gateway has no other templates, so any name is one too many."""
        if name == "parse" and not values:
            raise TemplateRuntimeError("#parse wants a name")
        for position, value in enumerate(values):
            if value is not None:
                raise TemplateRuntimeError(f"#{name} finds nothing: there are no files to include")
            if name == "include":
                w(f"<!-- include error : error with arg {position} please see log. see error log -->")


def fail(message: str) -> None:
    """What cannot be done, whatever the data."""
    raise TemplateRuntimeError(message)


class Remaining:
    """What an iterator has left, taken from it turn by turn."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.size = len(cursor.items) - cursor.position

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cursor)

    def __getitem__(self, turns: slice) -> Iterator[Any]:
        return islice(self.cursor, turns.stop)


def watched(value: Any, items: Any) -> Any:
    """What must keep its size while `#foreach` goes over `value`, of which `items` was made."""
    return value.source if isinstance(value, MapView) else value if isinstance(value, dict) else items


def raise_break(scope: Any) -> None:
    """`#break(scope)`"""
    if not isinstance(scope, ForeachScope):
        raise TemplateRuntimeError("#break wants a scope such as $foreach")
    raise ScopeBreak(scope)


def iterable(value: Any) -> Any:
    """What `#foreach` goes over; None if it does not."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        charge(8 * len(value))
        return [value[key] for key in value]
    if isinstance(value, MapView):
        return value.items()
    if isinstance(value, Cursor):
        return Remaining(value)
    return value if isinstance(value, range) else None


def number_range(first: Any, last: Any, lazy: bool = False) -> Any:
    """`[first..last]`, upwards or downwards; null unless both are numbers."""
    if not is_number(first) or not is_number(last):
        return None
    start, end = _int(first), _int(last)
    step = -1 if start >= end else 1
    numbers = range(start, end + step, step)
    if lazy:
        return numbers
    if len(numbers) > MAX_LIST:
        raise TemplateRuntimeError("a range is too long")
    charge(SLOT * len(numbers))
    return list(numbers)


def _int(value: Any) -> int:
    if type(value) is float:
        return (
            max(-(2**31), min(int(value), 2**31 - 1))
            if abs(value) < 2**63
            else (2**31 - 1 if value > 0 else -(2**31))
        )
    whole = int(getattr(value, "value", value))
    return (whole + 2**31) % _INT_BITS - 2**31
