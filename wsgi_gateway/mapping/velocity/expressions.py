"""Compiles expressions: each becomes the name of a variable (or a constant) holding its value; and truth, as
`#if` sees it.
"""

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import SLOT, SMALL
from wsgi_gateway.mapping.velocity.references import References
from wsgi_gateway.mapping.velocity.shortcuts import shortcut

_LIST, _MAP = 88, 232

_FUNCTIONS = {
    "PLUS": "add",
    "MINUS": "subtract",
    "TIMES": "multiply",
    "DIVIDE": "divide",
    "MODULO": "modulo",
    "EQ": "equal",
    "NE": "not_equal",
    "LT": "less",
    "LE": "less_equal",
    "GT": "greater",
    "GE": "greater_equal",
}
_COMPARISONS = frozenset(("EQ", "NE", "LT", "LE", "GT", "GE"))


class Expressions(References):
    """The half of the compiler that makes values. `source` and `aws` come from the other half."""

    def string(self, node: nodes.Interpolated) -> str:
        """A rendered string."""
        raise NotImplementedError

    def inner(self, node: nodes.Interpolated) -> tuple[nodes.Block, bool]:
        """The tree of a string."""
        raise NotImplementedError

    def text_name(self) -> str:
        """The generated name of the text being compiled."""
        raise NotImplementedError

    def value(self, node: nodes.Node) -> str:
        """The variable or constant that holds the value of `node`."""
        if isinstance(node, nodes.Reference):
            return self.reference_value(node)
        if isinstance(node, nodes.Constant):
            return self.constant(node)
        if isinstance(node, nodes.Interpolated):
            return self.string(node)
        if isinstance(node, nodes.Binary):
            return self.binary(node)
        if isinstance(node, (nodes.Logic, nodes.Not)):
            return self.assign(self.condition(node))
        if isinstance(node, nodes.Range):
            first, last = self.value(node.first), self.value(node.last)
            return self.assign(f"number_range({first}, {last})")
        if isinstance(node, nodes.ListLiteral):
            items = [self.value(item) for item in node.items]
            self.charge(_LIST, len(items))
            return self.assign(f"[{', '.join(items)}]")
        if isinstance(node, nodes.MapLiteral):
            return self.map(node)
        return "None"

    def charge(self, size: int, members: int) -> None:
        """Compile what a literal of `members` takes from the allowance; its texts may be small ones."""
        size += (SLOT + SMALL) * members
        self.unit.line(f"R.left -= {size}")
        self.unit.line(f"if R.left < 0: R.replenish({size})")

    def constant(self, node: nodes.Constant) -> str:
        """A literal of Velocity as one of Python."""
        value = node.value
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            return "float('inf')" if value > 0 else "float('-inf')"
        return repr(value)

    def map(self, node: nodes.MapLiteral) -> str:
        """`{key: value}`"""
        items = [self.value(item) for item in node.items]
        self.charge(_MAP, len(items))
        keys = [
            self.value(n) if isinstance(n, nodes.Constant) and isinstance(n.value, str) else f"map_key({key})"
            for n, key in zip(node.items[::2], items[::2], strict=True)
        ]
        return self.assign("{" + ", ".join(f"{k}: {v}" for k, v in zip(keys, items[1::2], strict=True)) + "}")

    def binary(self, node: nodes.Binary) -> str:
        """A chain of operators of one precedence, left to right."""
        left = self.value(node.first)
        start, end = node.first.start, end_of(node.first)
        for operator, operand, at, after in node.rest:
            if operand is not node.rest[0][1]:
                end = at  # 1.7 takes what stands between two operators for the source of the left side
            right = self.value(operand)
            extra = ""
            if operator == "PLUS":
                # Joining a string and nothing joins the source of what was nothing.
                extra = f", {self.text_name()}, {start}, {end}, {operand.start}, {end_of(operand)}"
            self.mark(operand.start)
            slow = f"{_FUNCTIONS[operator]}({left}, {right}{extra})"
            left = self.assign(shortcut(operator, left, right, operand, slow))
            start = after
        return left

    # Truth
    def condition(self, node: nodes.Node) -> str:
        """A Python expression, True or False, for what `#if` makes of `node`."""
        if isinstance(node, nodes.Reference):
            loop = self.loop_property(node)
            if loop is not None:
                return loop[0] if loop[1] == "bool" else "True"
            if self.aws and not node.bare and node.computable:
                value = self.chain(node, node.trailers)
                self.see("reference", node, value)
                return f"({value} is not False)"  # nothing is "", and true
            value = self.reference_value(node)
            if not value.isidentifier() or value == "None":
                return "False" if value == "None" else "True"
            return f"({value} is not None and {value} is not False)"
        if isinstance(node, nodes.Logic):
            return self.logic(node)
        if isinstance(node, nodes.Not):
            return f"(not {self.condition(node.operand)})"
        if isinstance(node, nodes.Constant):
            return "True" if node.value is True else "False"
        if isinstance(node, nodes.Binary) and node.rest[-1][0] in _COMPARISONS:
            return self.binary(node)
        self.verify(node)
        return "False"  # 1.7 holds every other literal, and arithmetic, for false without looking

    def verify(self, node: nodes.Node) -> None:
        """Refuse what holds a string that is no template, although nobody looks at its value."""
        if isinstance(node, nodes.Interpolated):
            self.inner(node)
        elif isinstance(node, (nodes.ListLiteral, nodes.MapLiteral)):
            for item in node.items:
                self.verify(item)
        elif isinstance(node, nodes.Binary):
            for operand in (node.first, *(operand for _, operand, _, _ in node.rest)):
                self.verify(operand)

    def logic(self, node: nodes.Logic) -> str:
        """`&&` and `||`, which stop early."""
        unit = self.unit
        result = self.assign(self.condition(node.operands[0]))
        test = result if node.operator == "and" else f"not {result}"
        for operand in node.operands[1:]:
            before = dict(unit.known)
            unit.line(f"if {test}:")
            unit.indent += 1
            unit.line(f"{result} = {self.condition(operand)}")
            unit.indent -= 1
            unit.known = {key: name for key, name in before.items() if unit.known.get(key) == name}
        return result


def end_of(node: nodes.Node) -> int:
    """Where the source of an expression ends."""
    if isinstance(node, nodes.Binary):
        return max(node.end, end_of(node.rest[-1][1]))
    if isinstance(node, nodes.Logic):
        return max(node.end, end_of(node.operands[-1]))
    if isinstance(node, nodes.Not):
        return max(node.end, end_of(node.operand))
    return node.end
