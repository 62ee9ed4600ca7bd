"""Lines of generated Python, and the runs of output between them.

Whatever comes from a template enters the source as `repr()` of it; identifiers are letters and a counter.
That is the whole defence against code injection, so `line()` is only ever given text made here and in the
compiler.

Output waits (`pending`) until the program goes elsewhere, and is then written in groups of a few values as
one formatted string: few writes are fast writes. A group is made before anybody can refuse it, hence "a
few", and its size is taken from the function's allowance `k` at once.
"""

from collections.abc import Iterable

MAX_INDENT = 12
LEAVES = 3
"""Values in a group: each may be as long as a body, and they are copied before they are counted."""
ALLOWANCE = 65_536
"""What a function may do before it looks at the budgets: characters written, and as many for its work."""
_TURN, _LINE = 32, 8
"""What a turn of a loop takes from the allowance, and each line of generated code in it."""

Piece = tuple[str, int]
"""A string expression and how many values of unknown size are in it. A literal begins with a quote; nothing
else here does. A name with a `t` is a value itself, and writing it copies nothing; one with a `u` is perhaps
an int, and has to be formatted.
"""


class Unit:
    """One generated function: a template, a macro, a block, an argument."""

    def __init__(self, name: str, signature: str) -> None:
        self.name = name
        self.head = f"def {name}({signature}):"
        self.lines: list[str] = []
        self.marks: list[tuple[int, int]] = []
        self.indent = 1
        self.writers = ["w"]
        self.pending: list[Piece] = []
        self.loops: list[Loop] = []
        self.known: dict[tuple[str, ...], str] = {}
        """What has been looked up and cannot have changed: the steps, and the name that has it."""
        self.setup: list[str] = []
        self.tolls: list[Toll] = []
        self.metered = False

    def line(self, text: str) -> int:
        """Add one line; gives its number, for `blank`."""
        self.lines.append("    " * self.indent + text)
        return len(self.lines) - 1

    def blank(self, numbers: Iterable[int]) -> None:
        """Take back lines that turned out to be of no use."""
        for number in numbers:
            self.lines[number] = ""

    def mark(self, offset: int) -> None:
        """From here on, the code belongs to what stands at `offset` of the template."""
        self.marks.append((len(self.lines), offset))

    def put(self, expression: str, values: int = 0) -> None:
        """Output a string expression, together with its neighbours."""
        self.pending.append((expression, values))

    def flush(self) -> None:
        """Write what is pending before the program goes elsewhere."""
        group: list[Piece] = []
        values = 0
        for piece in self.pending:
            if values + piece[1] > LEAVES:
                self._write(group)
                group, values = [], 0
            group.append(piece)
            values += piece[1]
        self._write(group)
        self.pending.clear()

    def _write(self, group: list[Piece]) -> None:
        if not group:
            return
        writer, whole = self.writers[-1], joined(group)
        if (len(group) == 1 and group[0][0][0] in "tu") or all(_is_literal(piece) for piece in group):
            self.line(f"{writer}({whole})")
            return
        name = f"p{len(self.lines)}"
        self.line(f"{name} = {whole}")
        self.line(f"{writer}({name})")
        self.pay(f"len({name})")

    def pay(self, cost: str) -> None:
        """Take `cost` from the allowance; the turn of the loop around may be paid for with it."""
        toll = self.tolls[-1] if self.tolls else None
        number = self.line(f"k -= {cost}")
        self.line(f"if k < 0: k = R.tick({self.writers[-1]})")
        self.metered = True
        if toll is not None and toll.indent == self.indent and toll.paid is None:
            toll.paid = number

    def enter(self) -> None:
        """A loop's body begins, at this indent."""
        self.tolls.append(Toll(self.indent, len(self.lines)))

    def settle(self) -> None:
        """At the end of a loop's body: its turn is paid for, whatever it did."""
        toll = self.tolls.pop()
        cost = _TURN + _LINE * (len(self.lines) - toll.first)
        if toll.paid is None:
            self.tolls.append(toll)
            self.pay(str(cost))
            self.tolls.pop()
        else:
            self.lines[toll.paid] += f" + {cost}"

    def source(self) -> list[str]:
        """The function's lines, as many as `lines` and `above` more."""
        return [self.head, *self.prologue(), *(self.lines or ["    pass"])]

    def prologue(self) -> list[str]:
        """What stands before the first line."""
        return ["    " + line for line in self.setup] + ([f"    k = {ALLOWANCE}"] if self.metered else [])


class Toll:
    """What a turn of a loop still owes: the line that pays for it, once there is one that always runs."""

    def __init__(self, indent: int, first: int) -> None:
        self.indent = indent
        self.first = first
        self.paid: int | None = None


class Loop:
    """What the body of a `#foreach` may know of its loop: the names of generated variables."""

    def __init__(self, variable: str, index: str, size: str, item: str) -> None:
        self.variable = variable
        self.index = index
        self.size = size
        self.item = item
        self.scope: str | None = None
        self.watched: str | None = None
        self.counts = self.measures = self.sets = False


def _is_literal(piece: Piece) -> bool:
    return piece[0][0] in "'\""


def joined(pieces: list[Piece]) -> str:
    """One string expression for all pieces: Python joins neighbouring literals and formatted strings."""
    if len(pieces) == 1 and pieces[0][0][0] in "to":
        return pieces[0][0]
    return " ".join(text if text[0] in "'\"" else f"f'{{{text}}}'" for text, _ in pieces) or "''"
