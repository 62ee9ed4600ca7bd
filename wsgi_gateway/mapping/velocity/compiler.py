"""From tree to Python source: statements, and the functions they live in.

A template becomes one module of functions `(R, v, w)`: the render's state, the variables, and the way to
write. Macros, `#define` blocks and macro arguments are functions beside it, since Velocity runs them where
they are used and not where they stand. Blocks nested deeper than Python likes are functions too. The result
is kept with marks, so an error in line 40 of the generated code is told as line 7 of the template.

A plain template (see `survey`) keeps its variables in the function's own, all others in the dict `v`. An
observed one tells `R.see` of all it does; its code is slower and writes the same.
"""

import itertools
import re

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import SMALL, check
from wsgi_gateway.mapping.velocity.directives import QUIET, STATEMENTS
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.expressions import end_of
from wsgi_gateway.mapping.velocity.parser import parse
from wsgi_gateway.mapping.velocity.printed import Printed
from wsgi_gateway.mapping.velocity.survey import Survey
from wsgi_gateway.mapping.velocity.writer import LEAVES, MAX_INDENT, Piece, Unit, joined

_SIGNATURE = "R, v, w"
_MAX_STRINGS = 12
_MANY_VALUES = 6
_SETS = re.compile(r"#\{?set")
_LARGE = 20_000
"""Characters of a template from which on its program is kept short rather than fast."""


class NotPlain(Exception):
    """The template must keep its variables where other functions find them: compile again with `shared`."""


class Compiler(Printed):
    """Compiles one template; `module()` has the result."""

    def __init__(
        self,
        source: str,
        aws: bool,
        macros: frozenset[str] = frozenset(),
        shared: bool = False,
        observed: bool = False,
    ) -> None:
        super().__init__()
        self.source = source
        self.aws = aws
        self.observed = observed
        self.texts: dict[str, str] = {}
        self.counter = 0
        self.units: list[Unit] = []
        self.names: set[str] = set()
        self.macros: list[tuple[str, list[str], str]] = []
        self.nesting = self.level = 0
        self.place: int | None = None
        self.known = macros
        tree, self.known = parse(source, macros)
        self.survey = Survey(source, aws, shared)
        self.plain = self.survey.plain and not observed
        self.compact = len(source) > _LARGE
        self.pure = self.survey.hosts
        self.unit = self.open("render")
        self.block(tree)
        self.close()
        self.settle()

    def settle(self) -> None:
        """What could only be known at the end: which variables are read where no loop has set them."""
        for name, places in self.restored.items():
            if name not in self.free:
                for unit, numbers in places:
                    unit.blank(numbers)
        self.unit.setup = [
            f"{self.locals[name]} = v.get({name!r})" for name in self.locals if name in self.free
        ]

    def module(self) -> tuple[str, dict[int, int]]:
        """The source, and which of its lines belongs to which offset of the template."""
        lines: list[str] = []
        marks: dict[int, int] = {}
        for unit in self.units:
            at = len(lines) + 2 + len(unit.prologue())
            spans = [*unit.marks, (len(unit.lines), 0)]
            for (first, offset), (last, _) in itertools.pairwise(spans):
                marks.update((at + number, offset) for number in range(first, last))
            lines += unit.source()
        return "\n".join(lines) + "\n", marks

    def open(self, name: str, signature: str = _SIGNATURE) -> Unit:
        """Begin a function."""
        unit = Unit(name, signature)
        self.units.append(unit)
        return unit

    def close(self) -> None:
        """End the function."""
        self.unit.flush()

    def fresh(self, letter: str = "t") -> str:
        """A new variable."""
        self.counter += 1
        return f"{letter}{self.counter}"

    def text_name(self) -> str:
        """The generated name of the text being compiled."""
        if self.source not in self.texts:
            self.texts[self.source] = f"S{len(self.texts)}"
        return self.texts[self.source]

    def read(self, name: str) -> None:
        """Note that `name` is read."""
        self.names.add(name)

    def function(self, body: nodes.Node, letter: str = "f") -> str:
        """A function of its own for a block; its name."""
        outer, self.unit = self.unit, self.open(self.fresh(letter))
        level, self.level = self.level, 0
        self.statement(body)
        self.close()
        self.level = level
        name, self.unit = self.unit.name, outer
        return name

    def thunk(self, node: nodes.Node) -> str:
        """A function that gives the value of an expression, called at each use."""
        outer, self.unit = self.unit, self.open(self.fresh("a"), "R, v")
        plain = isinstance(node, nodes.Reference) and not node.trailers and not node.bare and node.computable
        value = self.chain(node, []) if plain and isinstance(node, nodes.Reference) else self.value(node)
        self.unit.line(f"return {value}")
        name, self.unit = self.unit.name, outer
        return name

    def mark(self, offset: int) -> None:
        """From here on, the code belongs to `offset`; within a string, to the string."""
        self.unit.mark(offset if self.place is None else self.place)

    def see(self, kind: str, node: nodes.Node, value: str) -> None:
        """Tell the observer what is about to happen; strings are told as a whole."""
        if self.observed and self.place is None:
            end = max(end_of(node), node.start)
            self.unit.line(f"R.see({kind!r}, {node.start}, {end}, {self.level}, {value})")

    # Statements
    def block(self, block: nodes.Block) -> None:
        """Compile a run of statements."""
        for statement in block.statements:
            self.statement(statement)

    def statement(self, node: nodes.Node) -> None:
        """Compile one statement."""
        if isinstance(node, nodes.Text):
            if node.value:
                self.unit.put(repr(node.value))
                self.watch("text", node, "None")
            return
        check()
        self.mark(node.start)
        quiet = isinstance(node, (*QUIET, nodes.Reference)) or not self.survey.macros
        if not quiet or self.observed or self.survey.traits(node).values is None:
            self.unit.flush()
        if isinstance(node, nodes.Reference):
            self.output(node)
        elif self.unit.indent > MAX_INDENT and isinstance(node, (nodes.If, nodes.Foreach)):
            self.outlined(node)
        else:
            STATEMENTS[type(node)](self, node)
            self.watch("text", node, "None")

    def watch(self, kind: str, node: nodes.Node, value: str) -> None:
        """Write what is pending in the sight of the observer."""
        if not self.observed:
            return
        unit = self.unit
        if self.place is None and unit.pending:
            piece = joined(unit.pending)
            where = f"{node.start}, {max(node.start, node.end)}, {self.level}"
            unit.line(f"R.write({kind!r}, {where}, {value}, {piece}, {unit.writers[-1]})")
            unit.pending = []
        unit.flush()

    def outlined(self, node: nodes.Node) -> None:
        """Too deep for Python: a function, which returns True if a `#break` in it is meant for us."""
        if self.plain or not self.survey.scopes:
            raise NotPlain
        self.unit.flush()
        outer, self.unit = self.unit, self.open(self.fresh("f"), _SIGNATURE)
        STATEMENTS[type(node)](self, node)
        self.close()
        name, self.unit = self.unit.name, outer
        self.unit.line(f"if {name}(R, v, {self.unit.writers[-1]}):")
        self.unit.indent += 1
        self.leave()
        self.unit.indent -= 1

    def string(self, node: nodes.Interpolated) -> str:
        """Render a string literal: a template of its own, in the middle of ours."""
        tree, trim = self.inner(node)
        if self.plain and _SETS.search(node.value):
            raise NotPlain  # a variable changes within an expression
        outer = self.source, self.place, self.unit.pending
        unit = self.unit
        self.source, self.place = _padded(node.value), node.start if self.place is None else self.place
        # What is pending stays so: we may be in a branch, and it is to be written either way.
        unit.pending = []
        tolls, unit.tolls = unit.tolls, []
        self.nesting += 1
        parts = self.fresh("o")
        first = unit.line(f"{parts} = Output()")
        unit.writers.append(f"{parts}.append")
        self.block(tree)
        whole = f"{parts}.text()"
        if not any(f"{parts}." in line for line in unit.lines[first:]):
            # Nothing was written on the way: no need to collect.
            unit.blank([first])
            whole = _whole(unit.pending)
            unit.pending = []
        unit.flush()
        unit.writers.pop()
        self.nesting -= 1
        unit.tolls = tolls
        self.source, self.place, unit.pending = outer
        return self.assign(whole + ("[:-1]" if trim else ""))

    def inner(self, node: nodes.Interpolated) -> tuple[nodes.Block, bool]:
        """The tree of a string, and whether its last character is the blank that 1.7 adds."""
        if self.nesting >= _MAX_STRINGS:
            raise Refusal("strings are nested too deeply", node.start)
        try:
            tree, _ = parse(_padded(node.value), self.known)
        except Refusal as refusal:
            raise Refusal(f"in a string: {refusal.message}", node.start) from None
        if "##" in node.value:
            return tree, False
        last = tree.statements[-1] if tree.statements else None
        if isinstance(last, nodes.Text) and last.value.endswith(" "):
            last.value = last.value[:-1]
            return tree, False
        return tree, True

    def leave(self) -> None:
        """`#break`: leave the loop, or else the whole of this function."""
        self.unit.line("break" if self.unit.loops else "return True")


def _whole(pieces: list[Piece]) -> str:
    """The expression that joins `pieces`: at once if that makes a small text, else as the budget has it."""
    names = [text for text, values in pieces if values]
    if not names:
        return joined(pieces)
    parts = [text if text[0] in "'\"" or values else f"f'{{{text}}}'" for text, values in pieces]
    free = SMALL - sum(len(text) for text, values in pieces if not values)
    slow = f"join(({', '.join(parts)},))"
    if free <= 0 or len(names) > _MANY_VALUES or sum(values for _, values in pieces) > LEAVES:
        return slow
    size = " + ".join(f"len({name})" for name in names)
    return f"({joined(pieces)} if {size} <= {free} else {slow})"


def _padded(text: str) -> str:
    return text if "##" in text else text + " "
