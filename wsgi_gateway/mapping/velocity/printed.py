"""Compiles references that are printed: their text, what stands before their `$`, and what is printed for one
that has no value.
"""

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.directives import Directives


class Printed(Directives):
    """The part of the compiler that prints references."""

    nesting: int

    def watch(self, kind: str, node: nodes.Node, value: str) -> None:
        """Write what is pending in the sight of the observer."""
        raise NotImplementedError

    def output(self, node: nodes.Reference) -> None:
        """Compile a reference that is printed."""
        unit = self.unit
        if node.bare:
            unit.put(repr(node.name))
            self.watch("text", node, "None")
        elif (loop := self.loop_property(node)) is not None and not node.escaped:
            unit.put(repr(node.prefix + node.more_prefix))
            expression, kind = loop
            unit.put(expression if kind == "int" else self.assign(f"'true' if {expression} else 'false'"), 0)
            self.watch("reference", node, expression)
        else:
            self.chained(node, self.null_text(node))
        if self.survey.blocks:
            unit.flush()

    def chained(self, node: nodes.Reference, null: str) -> None:
        """Compile a printed reference that has to be looked up."""
        unit = self.unit
        if self.survey.blocks:
            unit.flush()  # what is printed may be a block, which may stop everything
        if not node.computable:
            value = "None"
        else:
            self.printing = True
            value = self.chain(node, node.trailers)  # text() makes nothing of None
            self.printing = False
        if node.escaped:
            self.escaped(node, value, null)
            self.watch("text", node, "None")
            return
        if self.aws:
            self.put_before(node, value)
            unit.put(self.shown(value, null), 1)
        else:
            before, twice = node.prefix + node.more_prefix, node.prefix * 2 + node.more_prefix
            empty = f"{twice!r} + R.null_text(v, {null!r})" if self.survey.macros else repr(twice + null)
            shown = self.shown(value, null)
            if before:
                front = f"R.before({value}, {before!r})" if self.survey.blocks else repr(before)
                unit.put(self.assign(f"{empty} if {value} is None else {front}"), 0)
                empty = "''"
            name = self.fresh("t" if self.nesting else "u")
            unit.line(f"{name} = {empty} if {value} is None else {shown}")
            unit.put(name, 1)
        self.watch("reference", node, value)

    def put_before(self, node: nodes.Reference, value: str) -> None:
        """Output what was in front of the reference's `$`: backslashes, other openers."""
        before = node.prefix + node.more_prefix
        if not before:
            return
        # In front of a block it is lost.
        lost = self.survey.blocks
        self.unit.put(self.assign(f"R.before({value}, {before!r})") if lost else repr(before), 0)
        start = node.start - 2 * len(node.prefix) - len(node.more_prefix)
        self.watch("text", nodes.Text(before, start=start, end=node.start), "None")

    def shown(self, value: str, null: str) -> str:
        """The text of a value, as a variable."""
        if value == "None":
            return "''"
        if value[0] in "'\"":
            return value
        if self.survey.blocks:
            return self.assign(f"{value} if type({value}) is str else R.show({value}, v, {null!r})")
        if self.compact:
            return self.assign(f"text({value})")
        # A formatted string shows an int as Java does; a string literal is put together from texts only.
        name = self.fresh("t" if self.nesting else "u")
        ready = "is str" if self.nesting else "is str or c is int"
        number = f"repr({value}) if c is float and 0.001 <= {value} < 1e7"
        rest = f"'' if {value} is None else text({value})" if self.aws else f"text({value})"
        self.unit.line(f"{name} = {value} if (c := type({value})) {ready} else {number} else {rest}")
        return name

    def escaped(self, node: nodes.Reference, value: str, null: str) -> None:
        """Compile a reference behind an odd number of backslashes."""
        shown = f"R.null_text(v, {null!r})" if self.survey.macros else repr(null)
        slash = "''" if self.aws else f"('\\\\' if {value} is None else '')"
        self.unit.put(self.assign(f"{node.prefix!r} + {slash} + {shown}"), 1)

    def null_text(self, node: nodes.Reference) -> str:
        """What is printed for a reference without a value."""
        if node.quiet:
            return ""
        return node.shown if node.shown is not None else self.source[node.start : node.end]
