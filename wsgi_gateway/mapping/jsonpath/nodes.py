"""A parsed path: plain values, no behaviour.

The parser makes these and the compiler turns them into functions; nothing else knows them::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> parse("$.lines[0].sku").steps
    (Member(at=2, name='lines'), Index(at=7, index=0), Member(at=11, name='sku'))

`at` is the position in the text the user wrote, for error messages.  Not for evaluation: a node answers no
question about a document, only about itself (is it definite?).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from wsgi_gateway.mapping.jsonpath.literals import JsonLiteral
from wsgi_gateway.mapping.jsonpath.regex import Pattern


@dataclass(frozen=True, slots=True)
class Member:
    """`.name` or `['name']`."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Members:
    """`['one','two']`: one smaller object at the end of a path, a fan-out before it."""

    at: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """`[3]` or `[-1]`."""

    at: int
    index: int


@dataclass(frozen=True, slots=True)
class Indexes:
    """`[0,2,-1]`, in written order, duplicates kept."""

    at: int
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """`[1:3]`, `[1:]`, `[:3]`; never without both ends."""

    at: int
    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`*` or `[*]`; `added` is the one that `length()` puts behind the path of its argument."""

    at: int
    added: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """`..`: the next step is tried on every container below."""

    at: int


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """`[?(...)]`; equal to itself only, for constants such as 1 and True must not be confused."""

    at: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Function:
    """`name(...)`; arguments are paths, or JSON text that is read when used.

    `of_scan` marks the function that was written behind a deep scan, which is its argument now.
    """

    at: int
    name: str
    arguments: tuple[Path | JsonArgument, ...] = ()
    of_scan: bool = False


@dataclass(frozen=True, slots=True)
class JsonArgument:
    """A function argument written as JSON; it may be none (not `valid`), which matters only if it is used."""

    value: Any
    valid: bool


Step: TypeAlias = Member | Members | Index | Indexes | Slice | Wildcard | Scan | Filter | Function


@dataclass(frozen=True, slots=True)
class Path:
    """A root (`$` the document, `@` the element under test) and the steps from there."""

    text: str
    root: str
    steps: tuple[Step, ...]

    @property
    def is_definite(self) -> bool:
        """Whether the path can lead to one place only, so that its answer is a value and not a list."""
        last = len(self.steps) - 1
        return all(
            isinstance(step, (Member, Index, Function)) or (isinstance(step, Members) and place == last)
            for place, step in enumerate(self.steps)
        )

    @property
    def ends_in_function(self) -> bool:
        """Whether the last step is a function call."""
        return bool(self.steps) and isinstance(self.steps[-1], Function)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant in a filter: None, bool, number, text, JSON text or a pattern."""

    value: bool | int | float | Decimal | str | JsonLiteral | Pattern | None


Operand: TypeAlias = Path | Literal


@dataclass(frozen=True, slots=True)
class Exists:
    """`@.a`, or `!@.a` when `wanted` is False."""

    path: Path
    wanted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; the operator in upper case."""

    left: Operand
    operator: str
    right: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """`!(...)`."""

    term: Condition


@dataclass(frozen=True, slots=True)
class And:
    """`a && b && c`."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """`a || b || c`."""

    terms: tuple[Condition, ...]


Condition: TypeAlias = Exists | Comparison | Not | And | Or
