"""Compiles expressions: each becomes the name of a variable (or a constant) holding its value.

A chain of properties tries plain subscripts first and asks the rules of Java only if that fails::

    t1 = v.get('order')
    try:
        t1 = t1['ship']['city']
    except missing:
        t1 = get_property(get_property(t1, 'ship'), 'city')

In profile `aws` a reference without a value is the empty string, in `stock` it is None.
"""

from collections.abc import Callable

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import SLOT, SMALL
from wsgi_gateway.mapping.velocity.writer import Loop, Unit

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
_LOOP_PROPERTIES: dict[str, Callable[[Loop], tuple[str, str]]] = {
    "index": lambda loop: (f"{loop.index} - 1", "int"),
    "count": lambda loop: (loop.index, "int"),
    "hasNext": lambda loop: (f"{loop.index} < {loop.size}", "bool"),
    "first": lambda loop: (f"{loop.index} == 1", "bool"),
    "last": lambda loop: (f"{loop.index} >= {loop.size}", "bool"),
}


class Expressions:
    """The half of the compiler that makes values. `source` and `aws` come from the other half."""

    source: str
    aws: bool
    unit: Unit
    scopes: bool
    printing = False

    def fresh(self, letter: str = "t") -> str:
        """A new variable."""
        raise NotImplementedError

    def string(self, node: nodes.Interpolated) -> str:
        """A rendered string."""
        raise NotImplementedError

    def text_name(self) -> str:
        """The generated name of the text being compiled."""
        raise NotImplementedError

    def read(self, name: str) -> None:
        """Note that `name` is read."""
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

    def assign(self, expression: str) -> str:
        """Keep the value of a Python expression."""
        name = self.fresh()
        self.unit.line(f"{name} = {expression}")
        return name

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
            self.unit.mark(operand.start)
            left = self.assign(f"{_FUNCTIONS[operator]}({left}, {right}{extra})")
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
                return f"({self.chain(node, node.trailers)} is not False)"  # nothing is "", and true
            value = self.reference_value(node)
            return f"({value} is not None and {value} is not False)"
        if isinstance(node, nodes.Logic):
            return self.logic(node)
        if isinstance(node, nodes.Not):
            return f"(not {self.condition(node.operand)})"
        if isinstance(node, nodes.Constant):
            return "True" if node.value is True else "False"
        if isinstance(node, nodes.Binary) and node.rest[-1][0] in _COMPARISONS:
            return self.binary(node)
        return "False"  # 1.7 holds every other literal, and arithmetic, for false without looking

    def logic(self, node: nodes.Logic) -> str:
        """`&&` and `||`, which stop early."""
        result = self.assign(self.condition(node.operands[0]))
        test = result if node.operator == "and" else f"not {result}"
        for operand in node.operands[1:]:
            self.unit.line(f"if {test}:")
            self.unit.indent += 1
            self.unit.line(f"{result} = {self.condition(operand)}")
            self.unit.indent -= 1
        return result

    # References
    def loop_property(self, node: nodes.Reference) -> tuple[str, str] | None:
        """`$foreach.index` and its like, if the loop is at hand: the expression and its type."""
        if node.name != "foreach" or self.scopes or not self.unit.loops or len(node.trailers) != 1:
            return None
        trailer = node.trailers[0]
        make = _LOOP_PROPERTIES.get(trailer.name) if isinstance(trailer, nodes.Property) else None
        return make(self.unit.loops[-1]) if make else None

    def reference_value(self, node: nodes.Reference) -> str:
        """The value of a reference: never None in profile `aws`."""
        loop = self.loop_property(node)
        if loop is not None:
            return self.assign(loop[0])
        if node.bare or not node.computable:
            return "None" if node.bare or not self.aws else "''"
        name = self.chain(node, node.trailers)
        if self.aws:
            self.unit.line(f"if {name} is None: {name} = ''")
        return name

    def chain(self, node: nodes.Reference, trailers: list[nodes.Node]) -> str:
        """The value after `trailers`, None if there is none."""
        self.read(node.name)
        local = self.unit.locals.get(node.name)
        if local is not None and not trailers:
            return self.assign(local)
        name = self.fresh() if local is not None else self.assign(f"v.get({node.name!r})")
        if local is not None and not isinstance(trailers[0], nodes.Property):
            self.unit.line(f"{name} = {local}")
            local = None
        position = 0
        while position < len(trailers):
            run: list[str] = []
            while position < len(trailers):
                trailer = trailers[position]
                if not isinstance(trailer, nodes.Property) or len(run) == 40:
                    break
                run.append(trailer.name)
                position += 1
            if run:
                self.properties(name, local or name, run)
                local = None
            elif position < len(trailers):
                self.step(name, trailers[position])
                position += 1
        return name

    def properties(self, name: str, base: str, run: list[str]) -> None:
        """A run of properties."""
        unit = self.unit
        slow = base
        for item in run:
            slow = f"get_property({slow}, {item!r})"
        if "class" in run or "Class" in run:
            unit.line(f"{name} = {slow}")
            return
        if len(run) == 1 and not self.printing:
            # What is tested is often not there, and an exception costs more than looking twice.
            unit.line(f"{name} = {base}.get({run[0]!r}) if type({base}) is dict else {slow}")
            return
        unit.line("try:")
        unit.line(f"    {name} = {base}" + "".join(f"[{item!r}]" for item in run))
        unit.line("except missing:")
        unit.line(f"    {name} = {slow}")

    def step(self, name: str, trailer: nodes.Node) -> None:
        """A call or an index; its arguments are not looked at if there is nothing to call."""
        unit = self.unit
        unit.line(f"if {name} is not None:")
        unit.indent += 1
        unit.mark(trailer.start)
        if isinstance(trailer, nodes.Method):
            arguments = "".join(f", {self.value(argument)}" for argument in trailer.arguments)
            unit.line(f"{name} = call({name}, {trailer.name!r}{arguments})")
        elif isinstance(trailer, nodes.Index):
            unit.line(f"{name} = get_index({name}, {self.value(trailer.key)})")
        unit.indent -= 1


def end_of(node: nodes.Node) -> int:
    """Where the source of an expression ends."""
    if isinstance(node, nodes.Binary):
        return max(node.end, end_of(node.rest[-1][1]))
    if isinstance(node, nodes.Logic):
        return max(node.end, end_of(node.operands[-1]))
    if isinstance(node, nodes.Not):
        return max(node.end, end_of(node.operand))
    return node.end
