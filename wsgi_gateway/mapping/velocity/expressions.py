"""Compiles expressions: each becomes the name of a variable (or a constant) holding its value.

A chain of properties tries plain subscripts first and asks the rules of Java only if that fails::

    try:
        t1 = n1['ship']['city']
    except missing:
        t1 = get_property(get_property(n1, 'ship'), 'city')

In a plain template (see `survey`) `n1` is the template's variable itself, elsewhere a copy from the dict of
variables. No generated name but those of variables is ever assigned twice on one way through the code.

In profile `aws` a reference without a value is the empty string, in `stock` it is None.
"""

from collections.abc import Callable

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import SLOT, SMALL
from wsgi_gateway.mapping.velocity.hosts import HOST_METHODS
from wsgi_gateway.mapping.velocity.shortcuts import shortcut
from wsgi_gateway.mapping.velocity.survey import Survey
from wsgi_gateway.mapping.velocity.writer import Loop, Unit

_LIST, _MAP = 88, 232
_MANY_KNOWN = 100

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
    plain: bool
    observed: bool
    unit: Unit
    survey: Survey
    pure: frozenset[str]
    compact: bool
    printing = False

    def __init__(self) -> None:
        self.locals: dict[str, str] = {}
        self.bound: frozenset[str] = frozenset()
        self.free: set[str] = set()
        """Names that are read where no loop has set them,"""
        self.given: set[str] = set()
        """and those of which the rendering's own value may be read."""
        self.certain: set[str] = set()
        self.restored: dict[str, list[tuple[Unit, list[int]]]] = {}

    def fresh(self, letter: str = "t") -> str:
        """A new variable."""
        raise NotImplementedError

    def string(self, node: nodes.Interpolated) -> str:
        """A rendered string."""
        raise NotImplementedError

    def inner(self, node: nodes.Interpolated) -> tuple[nodes.Block, bool]:
        """The tree of a string."""
        raise NotImplementedError

    def text_name(self) -> str:
        """The generated name of the text being compiled."""
        raise NotImplementedError

    def read(self, name: str) -> None:
        """Note that `name` is read."""
        raise NotImplementedError

    def see(self, kind: str, node: nodes.Node, value: str) -> None:
        """Tell an observer."""
        raise NotImplementedError

    # Variables
    def load(self, name: str, free: bool = True) -> str:
        """The Python variable that has the value of the template's variable, or None."""
        if not self.plain:
            return self.assign(f"v.get({name!r})")
        if free and name not in self.bound:
            self.free.add(name)
            if name not in self.certain:
                self.given.add(name)
        if name not in self.locals:
            self.locals[name] = self.fresh("n")
        return self.locals[name]

    def hidden(self, name: str) -> str:
        """In the turn of a null, the variable of the loop cannot be set: 1.7 hides it."""
        loops = [loop for loop in self.unit.loops if loop.variable == name]
        for loop in loops:
            loop.sets = True
        return f"if {' is not None and '.join(loop.item for loop in loops)} is not None: " if loops else ""

    def store(self, name: str, value: str) -> None:
        """Compile the assignment of a variable."""
        unit = self.unit
        if not self.plain:
            unit.line(f"{self.hidden(name)}v[{name!r}] = {value}")
            return
        local = self.load(name, free=False)
        unit.line(f"{self.hidden(name)}{local} = {value}")
        if unit.indent == 1:
            self.certain.add(name)
        unit.known = {key: known for key, known in unit.known.items() if key[0] != local}

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

    # References
    def loop_property(self, node: nodes.Reference) -> tuple[str, str] | None:
        """`$foreach.index` and its like, if the loop is at hand: the expression and its type."""
        if node.name != "foreach" or self.survey.scopes or not self.unit.loops or len(node.trailers) != 1:
            return None
        trailer, loop = node.trailers[0], self.unit.loops[-1]
        make = _LOOP_PROPERTIES.get(trailer.name) if isinstance(trailer, nodes.Property) else None
        if make is None:
            return None
        found = make(loop)
        loop.counts = True
        loop.measures |= loop.size in found[0]
        return found

    def reference_value(self, node: nodes.Reference) -> str:
        """The value of a reference: never None in profile `aws`."""
        loop = self.loop_property(node)
        if loop is not None:
            return self.assign(loop[0])
        if node.bare or not node.computable:
            return "None" if node.bare or not self.aws else "''"
        name = self.chain(node, node.trailers)
        self.see("reference", node, name)
        # A new name: `$x.length()` of an `$x` without a value is nothing, not 0.
        return self.assign(f"'' if {name} is None else {name}") if self.aws else name

    def chain(self, node: nodes.Reference, trailers: list[nodes.Node]) -> str:
        """The value after `trailers`, None if there is none."""
        self.read(node.name)
        name = base = self.load(node.name)
        position = 0
        while position < len(trailers):
            run: list[str] = []
            while position < len(trailers) and len(run) < 40:
                trailer = trailers[position]
                if not isinstance(trailer, nodes.Property):
                    break
                run.append(trailer.name)
                position += 1
            if run:
                name = self.looked_up(node, name, run, known=name is base)
                continue
            host = node.name if position == 0 and node.name in self.pure else None
            name = self.step(name, trailers[position], host)
            if isinstance(trailers[position], nodes.Method) and host is None:
                self.unit.known.clear()
            position += 1
        return name

    def looked_up(self, node: nodes.Reference, base: str, run: list[str], known: bool) -> str:
        """The value of a run of properties: looked up, unless it has been."""
        key = (base, *run)
        name = self.unit.known.get(key) if known else None
        if name is None:
            name = self.fresh()
            self.properties(name, base, run, quick=node.name not in self.pure and not self.compact)
            if known and self.plain:
                if len(self.unit.known) >= _MANY_KNOWN:
                    self.unit.known.clear()
                self.unit.known[key] = name
        return name

    def properties(self, name: str, base: str, run: list[str], quick: bool) -> None:
        """Look up a run of properties."""
        unit = self.unit
        slow = base
        for item in run:
            slow = f"get_property({slow}, {item!r})"
        if "class" in run or "Class" in run or not quick:
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

    def step(self, owner: str, trailer: nodes.Node, host: str | None) -> str:
        """A call or an index; its arguments are not looked at if there is nothing to call.

        `host`: the name of the gateway's object that this is a step of.
        """
        unit = self.unit
        name = self.assign("None")
        unit.line(f"if {owner} is not None:")
        unit.indent += 1
        before = dict(unit.known)
        self.mark(trailer.start)
        if isinstance(trailer, nodes.Method):
            arguments = "".join(f", {self.value(argument)}" for argument in trailer.arguments)
            slow = f"call({owner}, {trailer.name!r}{arguments})"
            quick = HOST_METHODS.get((host or "", trailer.name, len(trailer.arguments)))
            if quick is not None:
                kind, function = quick
                slow = f"{function}({owner}{arguments}) if type({owner}) is {kind} else {slow}"
            unit.line(f"{name} = {slow}")
        elif isinstance(trailer, nodes.Index):
            unit.line(f"{name} = get_index({owner}, {self.value(trailer.key)})")
        unit.known = {key: known for key, known in before.items() if unit.known.get(key) == known}
        unit.indent -= 1
        return name

    def mark(self, offset: int) -> None:
        """From here on, the code belongs to `offset`."""
        raise NotImplementedError


def end_of(node: nodes.Node) -> int:
    """Where the source of an expression ends."""
    if isinstance(node, nodes.Binary):
        return max(node.end, end_of(node.rest[-1][1]))
    if isinstance(node, nodes.Logic):
        return max(node.end, end_of(node.operands[-1]))
    if isinstance(node, nodes.Not):
        return max(node.end, end_of(node.operand))
    return node.end
