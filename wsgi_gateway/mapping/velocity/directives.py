"""Compiles directives. `STATEMENTS` says which method does which node."""

from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.expressions import Expressions, end_of
from wsgi_gateway.mapping.velocity.parser import parse
from wsgi_gateway.mapping.velocity.survey import Survey
from wsgi_gateway.mapping.velocity.writer import Loop

# AWS: "1,000 iterations per #foreach"; Velocity's own setting for it stops quietly.
_AWS_TURNS = 1000


class Directives(Expressions):
    """The middle part of the compiler."""

    survey: Survey
    macros: list[tuple[str, list[str], str]]
    known: frozenset[str]

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

    def body(self, node: nodes.Node) -> None:
        """A block one level further in."""
        self.unit.indent += 1
        before = len(self.unit.lines)
        self.statement(node)
        self.unit.flush()
        if len(self.unit.lines) == before:
            self.unit.line("pass")
        self.unit.indent -= 1

    def set(self, node: nodes.Set) -> None:
        """`#set(target = value)`"""
        unit = self.unit
        value = self.value(node.value)
        sure = isinstance(
            node.value, (nodes.Constant, nodes.Interpolated, nodes.ListLiteral, nodes.MapLiteral)
        )
        sure = sure or (self.aws and isinstance(node.value, nodes.Reference) and not node.value.bare)
        if not sure:
            unit.line(f"if {value} is not None:")
            unit.indent += 1
        target = node.target
        if not target.trailers:
            unit.line(f"v[{target.assigned!r}] = {value}")
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

    def if_(self, node: nodes.If) -> None:
        """`#if`"""
        unit = self.unit
        (first, body), *rest = node.branches
        if not rest:
            unit.line(f"if {self.condition(first)}:")
            self.body(body)
            if node.otherwise is not None and node.otherwise.statements:
                unit.line("else:")
                self.body(node.otherwise)
            return
        self.ladder(node)

    def ladder(self, node: nodes.If) -> None:
        """With `#elseif`: conditions need statements, so a flag stands for "none so far"."""
        unit, flag = self.unit, self.fresh()
        unit.line(f"{flag} = True")
        for condition, body in node.branches:
            unit.line(f"if {flag}:")
            unit.indent += 1
            unit.line(f"if {self.condition(condition)}:")
            unit.line(f"    {flag} = False")
            self.body(body)
            unit.indent -= 1
        if node.otherwise is not None:
            unit.line(f"if {flag}:")
            self.body(node.otherwise)

    def foreach(self, node: nodes.Foreach) -> None:
        """`#foreach`: the loop, its counters and its scope."""
        unit, name = self.unit, repr(node.variable)
        if isinstance(node.items, nodes.Range):
            first, last = self.value(node.items.first), self.value(node.items.last)
            items = self.assign(f"number_range({first}, {last}, lazy=True)")
        else:
            items = self.assign(self.value(node.items))
        private = self.private(node.variable)
        index, size, turn, saved = (self.fresh(letter) for letter in "inis")
        unit.line(f"{items} = iterable({items})")
        unit.line(f"if {items}:")
        unit.indent += 1
        if not private:
            unit.line(f"{saved} = v.get({name})")
        unit.line(f"{size} = len({items})")
        unit.line(f"{index} = 0")
        scope = self.enter_loop(size)
        few = f"{items}[:{_AWS_TURNS}] if {size} > {_AWS_TURNS} else {items}" if self.aws else items
        unit.line(f"for {turn} in {few}:")
        unit.indent += 1
        if not private:
            unit.line(f"v[{name}] = {turn}")
        unit.line(f"{index} += 1")
        unit.line(f"if {index} & 31 == 1: R.tick({unit.writers[-1]})")
        unit.line(f"if len({items}) != {size}: R.modified()")
        self.turn(index, size, scope)
        unit.loops.append(Loop(index, size, scope))
        hidden = dict(unit.locals)
        if private:
            unit.locals[node.variable] = turn
        else:
            unit.locals.pop(node.variable, None)
        self.guarded(node.body, scope)
        unit.locals = hidden
        unit.loops.pop()
        unit.indent -= 1
        if not private:
            unit.line(f"if {saved} is None: v.pop({name}, None)")
            unit.line(f"else: v[{name}] = {saved}")
        if scope:
            unit.line(f"R.leave(v, {scope}, {scope}c)")
        unit.indent -= 1

    def private(self, name: str) -> bool:
        """Whether nothing but this function's own text can read or write the loop's variable."""
        shared = self.scopes or self.survey.counters or name == "foreach"
        return not shared and name not in self.survey.assigned

    def enter_loop(self, size: str) -> str | None:
        """The variable of the loop's scope object, if it needs one."""
        if not self.scopes:
            return None
        scope = self.fresh("c")
        self.unit.line(f"{scope}, {scope}c = R.enter(v, {size}, {self.survey.counters})")
        return scope

    def turn(self, index: str, size: str, scope: str | None) -> None:
        """What each turn tells the template."""
        if scope:
            self.unit.line(f"{scope}.index = {index} - 1")
        if self.survey.counters:
            self.unit.line(f"v['velocityCount'] = {index}")
            self.unit.line(f"v['velocityHasNext'] = {index} < {size}")

    def guarded(self, body: nodes.Node, scope: str | None) -> None:
        """The body, and a `#break($foreach)` that may be meant for this loop."""
        unit = self.unit
        if not self.survey.scoped_breaks:
            unit.indent -= 1
            self.body(body)
            unit.indent += 1
            return
        unit.line("try:")
        self.body(body)
        unit.line("except ScopeBreak as broken:")
        unit.line(f"    if broken.scope is not {scope}: raise")
        unit.line("    break")

    def macro(self, node: nodes.Macro) -> None:
        """`#macro`: a function; nothing happens where it stands."""
        self.macros.append((node.name, node.parameters, self.function(node.body)))

    def define(self, node: nodes.Define) -> None:
        """`#define`: the variable is a block from now on."""
        self.unit.line(f"v[{node.name!r}] = R.block({self.function(node.body)}, v, 2)")

    def call(self, node: nodes.Call) -> None:
        """`#name(...)`: which macro that is, if any, is known when it runs."""
        arguments = "".join(f"{self.argument(argument)}, " for argument in node.arguments)
        body = f"R.block({self.function(node.body)}, v, 20)" if node.body is not None else "None"
        literal = self.source[node.start : node.end]
        writers = f"{self.unit.writers[-1]}, {self.unit.extenders[-1]}"
        self.unit.line(f"R.call({node.name!r}, v, {writers}, ({arguments}), {literal!r}, {body})")

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
                raise Refusal(f"in #evaluate: {refusal.message}", node.start) from None
        value = self.value(node.source)
        self.unit.line(f"R.evaluate({value}, v, {self.unit.writers[-1]}, {self.unit.extenders[-1]})")

    def include(self, node: nodes.Include) -> None:
        """`#include` and `#parse`"""
        values = ", ".join([self.value(argument) for argument in node.arguments])
        self.unit.line(f"R.include({node.name!r}, [{values}])")

    def break_(self, node: nodes.Break) -> None:
        """`#break`"""
        if node.scope is None:
            self.leave()
        else:
            self.unit.line(f"raise_break({self.value(node.scope)})")

    def stop(self, node: nodes.Stop) -> None:
        """`#stop`"""
        self.unit.line("raise Stop")

    def verbatim(self, node: nodes.Verbatim) -> None:
        """`#literal`"""
        self.unit.put(repr(self.source[node.start : node.end]))


STATEMENTS: dict[type, Callable[[Any, Any], None]] = {
    nodes.Block: lambda compiler, node: compiler.block(node),
    nodes.Set: Directives.set,
    nodes.If: Directives.if_,
    nodes.Foreach: Directives.foreach,
    nodes.Macro: Directives.macro,
    nodes.Define: Directives.define,
    nodes.Call: Directives.call,
    nodes.Evaluate: Directives.evaluate,
    nodes.Include: Directives.include,
    nodes.Break: Directives.break_,
    nodes.Stop: Directives.stop,
    nodes.Verbatim: Directives.verbatim,
}
