"""Compiles `#foreach`: the loop, what each turn tells the template, and what each turn costs.

A turn that asks for no index has none, a body without method calls cannot change the list it goes over and is
not watched, and a variable which is only read in loops is not kept around them.
"""

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.expressions import Expressions
from wsgi_gateway.mapping.velocity.writer import Loop

# AWS: "1,000 iterations per #foreach"; Velocity's own setting for it stops quietly.
_AWS_TURNS = 1000


class Loops(Expressions):
    """The part of the compiler that makes loops."""

    level: int

    def body(self, node: nodes.Node, out: str | None = None) -> bool:
        """Compile a block one level further in."""
        raise NotImplementedError

    def foreach(self, node: nodes.Foreach) -> None:
        """`#foreach`: the loop, its counters and its scope."""
        unit = self.unit
        source, items = self.iterable(node.items)
        self.see("foreach", node, f"(len({items}) if {items} else 0, {_AWS_TURNS if self.aws else None})")
        if node.variable == "foreach":
            unit.line(f"if {items} is not None: fail('java.lang.NullPointerException')")
        loop = Loop(node.variable, self.fresh("i"), self.fresh("n"), self.fresh())
        unit.line(f"if {items}:")
        unit.indent += 1
        saved = self.saved([node.variable, *self.survey.counters])
        loop.watched = self.watched(node.body, source, items)
        measuring = unit.line(f"{loop.size} = len({loop.watched or items})")
        if self.survey.scopes:
            loop.scope = self.assign(f"R.enter(v, {loop.size})")
        few = f"{items}[:{_AWS_TURNS}] if len({items}) > {_AWS_TURNS} else {items}" if self.aws else items
        heading = unit.line("")
        unit.indent += 1
        here = self.turn(node, loop)
        unit.indent -= 1
        counted = f"for {loop.index}, {here} in enumerate({few}, 1):"
        unit.lines[heading] = "    " * unit.indent + (counted if loop.counts else f"for {here} in {few}:")
        if loop.watched:
            # Java notices behind the last turn too, but of a list only.
            unit.line("else:")
            unit.line(f"    if {loop.index} == {loop.size} != len({items}): R.modified()")
        if not loop.measures:
            unit.blank([measuring])
        self.restore(saved)
        if loop.scope:
            unit.line("R.leave(v)")
        unit.indent -= 1
        unit.known.clear()

    def saved(self, names: list[str]) -> list[tuple[str, str, int]]:
        """Keep variables which a loop is about to cover: each name, where its value is, and in which line."""
        found = []
        for name in names:
            old = self.fresh("s")
            value = self.load(name, free=False) if self.plain else f"v.get({name!r})"
            found.append((name, old, self.unit.line(f"{old} = {value}")))
        return found

    def restore(self, saved: list[tuple[str, str, int]]) -> None:
        """Uncover them; what nobody reads outside of loops needs neither."""
        unit = self.unit
        for name, old, number in saved:
            if not self.plain:
                unit.line(f"if {old} is None: v.pop({name!r}, None)")
                unit.line(f"else: v[{name!r}] = {old}")
                continue
            after = unit.line(f"{self.load(name, free=False)} = {old}")
            if name not in self.bound:
                self.restored.setdefault(name, []).append((unit, [number, after]))

    def iterable(self, node: nodes.Node) -> tuple[str, str]:
        """The variables with what a loop is given, and with what it goes over."""
        if isinstance(node, nodes.Range):
            first, last = self.value(node.first), self.value(node.last)
            numbers = self.assign(f"number_range({first}, {last}, lazy=True)")
            return numbers, numbers
        source = self.value(node)
        return source, self.assign(f"{source} if type({source}) in LISTS else iterable({source})")

    def watched(self, body: nodes.Node, source: str, items: str) -> str | None:
        """The variable with what must keep its size; None if nothing in the body could change it."""
        if self.plain and not self.survey.traits(body).calls:
            return None
        if not source.isidentifier():
            return items
        return self.assign(f"{items} if {items} is {source} else watched({source}, {items})")

    def turn(self, node: nodes.Foreach, loop: Loop) -> str:
        """The body, what each turn tells it, and what each turn costs; gives the variable of the item."""
        unit = self.unit
        unit.known.clear()
        local = self.load(node.variable, free=False) if self.plain else f"v[{node.variable!r}]"
        hidden = self.hidden(node.variable)
        unit.loops.append(loop)
        assigning = unit.line(f"{hidden}{local} = {loop.item}")
        if loop.scope:
            unit.line(f"{loop.scope}.index = {loop.index} - 1")
            loop.counts = True
        for name in self.survey.counters:
            more = name == "velocityHasNext"
            self.store(name, f"{loop.index} < {loop.size}" if more else loop.index)
            loop.counts, loop.measures = True, loop.measures or more
        if loop.watched:
            loop.counts = loop.measures = True
            unit.line(f"if len({loop.watched}) != {loop.size}: R.modified()")
        self.see("turn", node, loop.item)
        unit.enter()
        bound = self.bound
        self.bound = bound | {node.variable, *self.survey.counters}
        self.guarded(node.body, loop.scope)
        self.bound = bound
        unit.settle()
        unit.loops.pop()
        if not self.plain or hidden or loop.sets:
            return loop.item
        unit.blank([assigning])
        return local

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
