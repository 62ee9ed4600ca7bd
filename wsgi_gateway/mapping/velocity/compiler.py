"""From tree to Python source: statements, and the functions they live in.

A template becomes one module of functions `(R, v, w, x)`: the render's state, the variables, and the two
ways to write. Macros, `#define` blocks and macro arguments are functions beside it, since Velocity runs
them where they are used and not where they stand. Blocks nested deeper than Python likes are functions too.
The result is kept with marks, so an error in line 40 of the generated code is told as line 7 of the
template.
"""

import itertools

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import SMALL, check
from wsgi_gateway.mapping.velocity.directives import STATEMENTS, Directives
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.parser import parse
from wsgi_gateway.mapping.velocity.survey import Survey
from wsgi_gateway.mapping.velocity.writer import MAX_INDENT, Unit, merged

_SIGNATURE = "R, v, w, x"
_MAX_STRINGS = 12
_MANY_PARTS = 6


class TooDeep(Exception):
    """Loops must keep `$foreach` where a function called from them finds it: compile again with `shared`."""


class Compiler(Directives):
    """Compiles one template; `module()` has the result."""

    def __init__(
        self, source: str, aws: bool, macros: frozenset[str] = frozenset(), shared: bool = False
    ) -> None:
        self.source = source
        self.aws = aws
        self.texts: dict[str, str] = {}
        self.counter = 0
        self.units: list[Unit] = []
        self.names: set[str] = set()
        self.macros: list[tuple[str, list[str], str]] = []
        self.nesting = 0
        self.known = macros
        tree, self.known = parse(source, macros)
        self.survey = Survey(source, shared)
        self.scopes = self.survey.scopes
        self.unit = self.open("render")
        self.block(tree)
        self.close()

    def module(self) -> tuple[str, dict[int, int]]:
        """The source, and which of its lines belongs to which offset of the template."""
        lines: list[str] = []
        marks: dict[int, int] = {}
        for unit in self.units:
            at = len(lines) + 2
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
        self.statement(body)
        self.close()
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
            return
        check()
        self.unit.mark(node.start)
        if isinstance(node, nodes.Reference):
            self.output(node)
            return
        self.unit.flush()
        if self.unit.indent > MAX_INDENT and isinstance(node, (nodes.If, nodes.Foreach)):
            self.outlined(node)
        else:
            STATEMENTS[type(node)](self, node)

    def outlined(self, node: nodes.Node) -> None:
        """Too deep for Python: a function, which returns True if a `#break` in it is meant for us."""
        if not self.scopes:
            raise TooDeep
        outer, self.unit = self.unit, self.open(self.fresh("f"), _SIGNATURE)
        STATEMENTS[type(node)](self, node)
        self.close()
        name, self.unit = self.unit.name, outer
        writer, extender = self.unit.writers[-1], self.unit.extenders[-1]
        self.unit.line(f"if {name}(R, v, {writer}, {extender}):")
        self.unit.indent += 1
        self.leave()
        self.unit.indent -= 1

    def output(self, node: nodes.Reference) -> None:
        """Compile a reference that is printed."""
        unit = self.unit
        null = self.null_text(node)
        if node.bare:
            unit.put(repr(node.name))
            return
        if self.survey.blocks:
            unit.flush()  # what is printed may be a block, which may stop everything
        loop = self.loop_property(node)
        if loop is not None and not node.escaped:
            unit.put(repr(node.prefix + node.more_prefix))
            expression, kind = loop
            unit.put(f"str({expression})" if kind == "int" else f"('true' if {expression} else 'false')")
            return
        if not node.computable:
            value = "None"
        elif self.aws and not self.survey.blocks:
            self.printing = True
            value = self.chain(node, node.trailers)  # text() makes nothing of None
            self.printing = False
        else:
            value = self.reference_value(node)
        if node.escaped:
            self.escaped(node, value, null)
        elif self.aws:
            if node.prefix or node.more_prefix:
                unit.put(repr(node.prefix + node.more_prefix))
            unit.put(self.shown(value, null))
        else:
            before, twice = node.prefix + node.more_prefix, node.prefix * 2 + node.more_prefix
            empty = f"{twice!r} + R.null_text(v, {null!r})" if self.survey.macros else repr(twice + null)
            unit.put(self.assign(f"{empty} if {value} is None else {before!r} + {self.shown(value, null)}"))
        if self.survey.blocks:
            unit.flush()

    def shown(self, value: str, null: str) -> str:
        """The text of a value, as a variable."""
        if value == "None":
            return "''"
        if value[0] in "'\"":
            return value
        show = f"R.show({value}, v, {null!r})" if self.survey.blocks else f"text({value})"
        return self.assign(f"{value} if type({value}) is str else {show}")

    def escaped(self, node: nodes.Reference, value: str, null: str) -> None:
        """Compile a reference behind an odd number of backslashes."""
        shown = f"R.null_text(v, {null!r})" if self.survey.macros else repr(null)
        slash = "''" if self.aws else f"('\\\\' if {value} is None else '')"
        self.unit.put(self.assign(f"{node.prefix!r} + {slash} + {shown}"))

    def null_text(self, node: nodes.Reference) -> str:
        """What is printed for a reference without a value."""
        if node.quiet:
            return ""
        return node.shown if node.shown is not None else self.source[node.start : node.end]

    def string(self, node: nodes.Interpolated) -> str:
        """Render a string literal: a template of its own, in the middle of ours."""
        tree, trim = self.inner(node)
        outer_source, self.source = self.source, _padded(node.value)
        unit = self.unit
        # What is pending stays so: we may be in a branch, and it is to be written either way.
        pending, unit.pending = unit.pending, []
        self.nesting += 1
        parts = self.fresh("o")
        first = len(unit.lines)
        unit.line(f"{parts} = Output()")
        unit.writers.append(f"{parts}.append")
        unit.extenders.append(f"{parts}.extend")
        self.block(tree)
        whole = f"{parts}.text()"
        if not any(f"{parts}." in line for line in unit.lines[first:]):
            # Nothing was written on the way: no need to collect.
            unit.lines[first] = "    " * unit.indent + "pass"
            whole = _joined(merged(unit.pending))
            unit.pending = []
        unit.flush()
        unit.writers.pop()
        unit.extenders.pop()
        self.nesting -= 1
        self.source, unit.pending = outer_source, pending
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


def _joined(pieces: list[str]) -> str:
    """The expression that joins `pieces`: at once if that makes a small text, else on the budget's
    account.
    """
    parts = f"({', '.join([*pieces, ''])})"
    names = [piece for piece in pieces if piece.isidentifier()]
    free = SMALL - sum(len(piece) for piece in pieces if not piece.isidentifier())
    if not 1 <= len(names) <= _MANY_PARTS or free <= 0:
        return f"join({parts})"
    size = " + ".join(f"len({name})" for name in names)
    return f"(''.join({parts}) if {size} <= {free} else join({parts}))"


def _padded(text: str) -> str:
    return text if "##" in text else text + " "
