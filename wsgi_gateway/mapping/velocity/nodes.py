"""The tree of a template: plain immutable records, made by the parser, read by the compiler.

`start` and `end` are offsets into the source: an unresolved reference prints its own source in profile
`stock`, and errors are told by line and column.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """Anything with a place in the source."""

    start: int = field(default=0, kw_only=True)
    end: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Block(Node):
    """A run of statements."""

    statements: list[Node]


@dataclass(slots=True)
class Text(Node):
    """Characters that are written as they are."""

    value: str


@dataclass(slots=True)
class Property(Node):
    """`.name`"""

    name: str


@dataclass(slots=True)
class Method(Node):
    """`.name(arguments)`"""

    name: str
    arguments: list[Node]


@dataclass(slots=True)
class Index(Node):
    """`[key]`"""

    key: Node


@dataclass(slots=True)
class Reference(Node):
    """`$name`, its trailers, and what its notation says about printing it.

    `assigned` is the name `#set` writes to, which in 1.7 is the image after its first character: `#set($!x
    = 1)` sets nothing anyone can read. `computable` is False for a bare word (`null` as an argument).
    """

    name: str
    trailers: list[Node]
    assigned: str
    prefix: str = ""
    more_prefix: str = ""
    escaped: bool = False
    quiet: bool = False
    bare: bool = False
    computable: bool = True
    shown: str | None = None


@dataclass(slots=True)
class Constant(Node):
    """A number, a boolean or a string without references."""

    value: Any


@dataclass(slots=True)
class Interpolated(Node):
    """A string in double quotes that has to be rendered."""

    value: str


@dataclass(slots=True)
class ListLiteral(Node):
    """`[a, b]`"""

    items: list[Node]


@dataclass(slots=True)
class MapLiteral(Node):
    """`{a: b}`, keys and values in turn."""

    items: list[Node]


@dataclass(slots=True)
class Range(Node):
    """`[first..last]`"""

    first: Node
    last: Node


@dataclass(slots=True)
class Word(Node):
    """A bare word among the arguments of a directive."""

    value: str


@dataclass(slots=True)
class Logic(Node):
    """A chain of `&&` (or of `||`); left to right, stopping early."""

    operator: str
    operands: list[Node]


@dataclass(slots=True)
class Not(Node):
    """`!operand`"""

    operand: Node


@dataclass(slots=True)
class Binary(Node):
    """A left-associative chain `first (operator operand)*`; each operator with where it stands.

    `end` is set if the chain is in parentheses.
    """

    first: Node
    rest: list[tuple[str, Node, int, int]]


@dataclass(slots=True)
class Set(Node):
    """`#set(target = value)`"""

    target: Reference
    value: Node


@dataclass(slots=True)
class If(Node):
    """`#if` with every `#elseif`; `otherwise` is the `#else`."""

    branches: list[tuple[Node, Block]]
    otherwise: Block | None


@dataclass(slots=True)
class Foreach(Node):
    """`#foreach($variable in items)`"""

    variable: str
    items: Node
    body: Node


@dataclass(slots=True)
class Macro(Node):
    """A definition; the compiler collects them."""

    name: str
    parameters: list[str]
    body: Block


@dataclass(slots=True)
class Call(Node):
    """`#name(arguments)`, of a macro perhaps; prints its own source if there is none of that name."""

    name: str
    arguments: list[Node]
    body: Block | None = None


@dataclass(slots=True)
class Define(Node):
    """`#define($name) ... #end`"""

    name: str
    body: Block


@dataclass(slots=True)
class Evaluate(Node):
    """`#evaluate(source)`"""

    source: Node


@dataclass(slots=True)
class Include(Node):
    """`#include` and `#parse`: there is nothing to include, so it only ever fails."""

    name: str
    arguments: list[Node]


@dataclass(slots=True)
class Fail(Node):
    """What 1.7 accepts, and fails at when it gets there."""

    message: str


@dataclass(slots=True)
class Break(Node):
    """`#break`, or `#break($scope)`"""

    scope: Node | None


@dataclass(slots=True)
class Stop(Node):
    """`#stop`"""


@dataclass(slots=True)
class Verbatim(Node):
    """`#literal() ... #end`: the source of a block, comments left out."""

    block: Node
