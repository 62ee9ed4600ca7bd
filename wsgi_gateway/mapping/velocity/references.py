"""Compiles references: the variables of a template, and what stands behind their names.

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
from wsgi_gateway.mapping.velocity.hosts import HOST_METHODS
from wsgi_gateway.mapping.velocity.survey import Survey
from wsgi_gateway.mapping.velocity.writer import Loop, Unit

_MANY_KNOWN = 100
_LOOP_PROPERTIES: dict[str, Callable[[Loop], tuple[str, str]]] = {
    "index": lambda loop: (f"{loop.index} - 1", "int"),
    "count": lambda loop: (loop.index, "int"),
    "hasNext": lambda loop: (f"{loop.index} < {loop.size}", "bool"),
    "first": lambda loop: (f"{loop.index} == 1", "bool"),
    "last": lambda loop: (f"{loop.index} >= {loop.size}", "bool"),
}


class References:
    """The part of the compiler that makes the values of references. The rest of it comes from its heirs."""

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

    def value(self, node: nodes.Node) -> str:
        """The variable or constant that holds the value of `node`."""
        raise NotImplementedError

    def read(self, name: str) -> None:
        """Note that `name` is read."""
        raise NotImplementedError

    def see(self, kind: str, node: nodes.Node, value: str) -> None:
        """Tell an observer."""
        raise NotImplementedError

    def mark(self, offset: int) -> None:
        """From here on, the code belongs to `offset`."""
        raise NotImplementedError

    def assign(self, expression: str) -> str:
        """Keep the value of a Python expression."""
        name = self.fresh()
        self.unit.line(f"{name} = {expression}")
        return name

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
