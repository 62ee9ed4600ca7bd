"""Compiles directives. `STATEMENTS` says which method does which node.

An `#if` that only prints and sets does not interrupt the output around it: its text becomes a piece of the
line it stands in.
"""

from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.expressions import end_of
from wsgi_gateway.mapping.velocity.loops import Loops
from wsgi_gateway.mapping.velocity.parser import parse
from wsgi_gateway.mapping.velocity.writer import MAX_INDENT, joined

_HELD = 4096
"""Characters of the text of an `#if` from which on it is charged."""
Kept = list[set[tuple[str, ...]]]
"""For each branch, what is still known after it of what was before."""


class Directives(Loops):
    """The middle part of the compiler."""

    macros: list[tuple[str, list[str], str]]
    known: frozenset[str]
    stopped = False
    """Whether there was a `#stop` or a `#break`."""

    @property
    def certain_to_run(self) -> bool:
        """Whether what stands here runs whenever the template does."""
        return self.unit.indent == 1 and self.unit.name == "render" and not self.stopped

    level: int

    def block(self, block: nodes.Block) -> None:
        """Compile a run of statements."""
        raise NotImplementedError

    def statement(self, node: nodes.Node) -> None:
        """Compile one statement."""
        raise NotImplementedError

    def function(self, body: nodes.Node) -> str:
        """Compile a block as a function of its own."""
        raise NotImplementedError

    def thunk(self, node: nodes.Node) -> str:
        """Compile an expression as a function of its own."""
        raise NotImplementedError

    def leave(self) -> None:
        """Compile a `#break`."""
        raise NotImplementedError

    def body(self, node: nodes.Node, out: str | None = None) -> bool:
        """A block one level further in, which writes, or leaves its text in `out`; whether it has any."""
        unit = self.unit
        unit.indent += 1
        self.level += 1
        before = len(unit.lines)
        self.statement(node)
        printed = bool(unit.pending)
        if out is None:
            unit.flush()
        elif printed:
            unit.line(f"{out} = {joined(unit.pending)}")
            if any(values for _, values in unit.pending):
                unit.line(f"if len({out}) > {_HELD}: R.hold({out})")
            unit.pending = []
        if not any(unit.lines[before:]):
            unit.line("pass")
        unit.indent -= 1
        self.level -= 1
        return printed

    def branch(self, node: nodes.Node, out: str | None, kept: Kept) -> bool:
        """A block that may not run: what it looks up is known to it alone, what it spoils to all."""
        unit = self.unit
        before = dict(unit.known)
        printed = self.body(node, out)
        kept.append({key for key, name in unit.known.items() if before.get(key) == name})
        unit.known = before
        return printed

    def set(self, node: nodes.Set) -> None:
        """`#set(target = value)`"""
        unit = self.unit
        value = self.value(node.value)
        sure = isinstance(
            node.value, (nodes.Constant, nodes.Interpolated, nodes.ListLiteral, nodes.MapLiteral)
        )
        sure = sure or (self.aws and isinstance(node.value, nodes.Reference) and not node.value.bare)
        self.see("set", node, value)
        if not sure:
            unit.line(f"if {value} is not None:")
            unit.indent += 1
        target = node.target
        if not target.trailers:
            self.store(target.assigned, value)
        else:
            self.set_member(target, value)
        if not sure:
            unit.indent -= 1

    def set_member(self, target: nodes.Reference, value: str) -> None:
        """`#set` of a property or an index."""
        unit = self.unit
        owner = "None" if target.bare or not target.computable else self.chain(target, target.trailers[:-1])
        last = target.trailers[-1]
        unit.line(f"if {owner} is not None:")
        unit.indent += 1
        if isinstance(last, nodes.Index):
            unit.line(f"set_index({owner}, {self.value(last.key)}, {value})")
        elif isinstance(last, (nodes.Property, nodes.Method)):
            unit.line(f"set_property({owner}, {last.name!r}, {value})")
        unit.indent -= 1
        unit.known.clear()

    def if_(self, node: nodes.If) -> None:
        """`#if`, with every `#elseif` of it"""
        unit = self.unit
        out = None
        traits = self.survey.traits(node)
        if self.observed or self.survey.blocks or traits.values is None or self.is_deep(traits.levels):
            unit.flush()
        else:
            out = self.fresh("o")
        pending, unit.pending = unit.pending, []
        first = unit.line(f"{out} = ''") if out else 0
        kept: Kept = []
        printed = self.ladder(node, out, kept) if node.branches[1:] else self.simple(node, out, kept)
        unit.known = {key: name for key, name in unit.known.items() if all(key in keys for keys in kept)}
        unit.pending = pending
        if out and printed:
            unit.put(out, traits.values or 0)
        elif out:
            unit.blank([first])

    def is_deep(self, levels: int) -> bool:
        """Whether something so many levels further in will be a function of its own."""
        return self.unit.indent + levels > MAX_INDENT

    def simple(self, node: nodes.If, out: str | None, kept: Kept) -> bool:
        """One condition, and perhaps an `#else`."""
        condition, body = node.branches[0]
        test = self.condition(condition)
        if self.observed:
            test = self.assign(test)
            self.see("if", node, test)
        self.unit.line(f"if {test}:")
        printed = self.branch(body, out, kept)
        if node.otherwise is not None and node.otherwise.statements:
            self.unit.line("else:")
            printed |= self.otherwise(node, out, kept)
        return printed

    def ladder(self, node: nodes.If, out: str | None, kept: Kept) -> bool:
        """With `#elseif`: conditions need statements, so a flag stands for "none so far"."""
        unit, flag = self.unit, self.fresh()
        printed = False
        unit.line(f"{flag} = True")
        for position, (condition, body) in enumerate(node.branches):
            unit.line(f"if {flag}:")
            unit.indent += 1
            before = dict(unit.known)
            test = self.assign(self.condition(condition))
            self.see("elseif" if position else "if", body if position else node, test)
            unit.line(f"if {test}:")
            unit.line(f"    {flag} = False")
            printed |= self.branch(body, out, kept)
            unit.known = {key: name for key, name in unit.known.items() if before.get(key) == name}
            unit.indent -= 1
        if node.otherwise is not None:
            unit.line(f"if {flag}:")
            printed |= self.otherwise(node, out, kept)
        return printed

    def otherwise(self, node: nodes.If, out: str | None, kept: Kept) -> bool:
        """`#else`"""
        block = node.otherwise or nodes.Block([])
        if self.observed:
            self.unit.indent += 1
            self.see("else", block, "None")
            self.unit.indent -= 1
        return self.branch(block, out, kept)

    def macro(self, node: nodes.Macro) -> None:
        """`#macro`: a function; nothing happens where it stands."""
        self.macros.append((node.name, node.parameters, self.function(node.body)))

    def define(self, node: nodes.Define) -> None:
        """`#define`: the variable is a block from now on."""
        self.see("define", node, "None")
        self.unit.line(f"v[{node.name!r}] = R.block({self.function(node.body)}, v, 2)")

    def call(self, node: nodes.Call) -> None:
        """`#name(...)`: which macro that is, if any, is known when it runs."""
        literal = self.source[node.start : node.end]
        if not self.survey.macros:
            for argument in node.arguments:
                self.verify(argument)
            self.unit.put(repr(literal))
            return
        arguments = "".join(f"{self.argument(argument)}, " for argument in node.arguments)
        body = f"R.block({self.function(node.body)}, v, 20)" if node.body is not None else "None"
        self.see("call", node, "None")
        self.unit.line(
            f"R.call({node.name!r}, v, {self.unit.writers[-1]}, ({arguments}), {literal!r}, {body})"
        )

    def argument(self, node: nodes.Node) -> str:
        """A macro's argument: a constant, or a function that is called at each use."""
        if isinstance(node, nodes.Word):
            return f"(None, WRONG, {node.value!r})"
        if isinstance(node, nodes.Constant) and not isinstance(node.value, str):
            return f"(None, {self.constant(node)}, '')"
        return f"({self.thunk(node)}, None, {self.source[node.start : end_of(node)]!r})"

    def evaluate(self, node: nodes.Evaluate) -> None:
        """`#evaluate`; a literal that cannot be compiled is refused now."""
        if isinstance(node.source, nodes.Constant):
            try:
                parse(node.source.value, self.known)
            except Refusal as refusal:
                message = f"in #evaluate: {refusal.message}"
                if self.certain_to_run:
                    raise Refusal(message, node.start) from None
                self.unit.line(f"fail({message!r})")
                return
        value = self.value(node.source)
        self.see("evaluate", node, value)
        self.unit.line(f"R.evaluate({value}, v, {self.unit.writers[-1]})")

    def include(self, node: nodes.Include) -> None:
        """`#include` and `#parse`"""
        values = ", ".join([self.value(argument) for argument in node.arguments])
        self.unit.line(f"R.include({node.name!r}, [{values}], {self.unit.writers[-1]})")

    def break_(self, node: nodes.Break) -> None:
        """`#break`"""
        self.see("break", node, "None")
        self.stopped = True
        if node.scope is None:
            self.leave()
        else:
            self.unit.line(f"raise_break({self.value(node.scope)})")

    def stop(self, node: nodes.Stop) -> None:
        """`#stop`"""
        self.see("stop", node, "None")
        self.stopped = True
        self.unit.line("raise Stop")

    def verbatim(self, node: nodes.Verbatim) -> None:
        """`#literal`"""
        self.unit.put(repr(self.source[node.start : node.end]))


STATEMENTS: dict[type, Callable[[Any, Any], None]] = {
    nodes.Block: lambda compiler, node: compiler.block(node),
    nodes.Set: Directives.set,
    nodes.If: Directives.if_,
    nodes.Foreach: Loops.foreach,
    nodes.Macro: Directives.macro,
    nodes.Define: Directives.define,
    nodes.Call: Directives.call,
    nodes.Evaluate: Directives.evaluate,
    nodes.Fail: lambda compiler, node: compiler.unit.line(f"fail({node.message!r})"),
    nodes.Include: Directives.include,
    nodes.Break: Directives.break_,
    nodes.Stop: Directives.stop,
    nodes.Verbatim: Directives.verbatim,
}
QUIET = (nodes.Set, nodes.If, nodes.Block, nodes.Verbatim, nodes.Macro)
"""Statements before which output need not be written: they do not write, or see to it themselves."""
