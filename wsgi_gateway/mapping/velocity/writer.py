"""Lines of generated Python, and the runs of output between them.

Whatever comes from a template enters the source as `repr()` of it; identifiers are letters and a counter.
That is the whole defence against code injection, so `line()` is only ever given text made here and in the
compiler.
"""

MAX_INDENT = 12


class Unit:
    """One generated function: a template, a macro, a block, an argument."""

    def __init__(self, name: str, signature: str) -> None:
        self.name = name
        self.lines: list[str] = []
        self.marks: list[tuple[int, int]] = []
        self.indent = 1
        self.head = f"def {name}({signature}):"
        self.writers = ["w"]
        self.extenders = ["x"]
        self.pending: list[str] = []
        self.loops: list[Loop] = []
        self.locals: dict[str, str] = {}

    def line(self, text: str) -> None:
        """Add one line."""
        self.lines.append("    " * self.indent + text)

    def mark(self, offset: int) -> None:
        """From here on, the code belongs to what stands at `offset` of the template."""
        self.marks.append((len(self.lines), offset))

    def put(self, piece: str) -> None:
        """Output the string expression `piece`, together with its neighbours."""
        self.pending.append(piece)

    def flush(self) -> None:
        """Write what is pending before the program goes elsewhere."""
        if not self.pending:
            return
        pieces = merged(self.pending)
        if len(pieces) == 1:
            self.line(f"{self.writers[-1]}({pieces[0]})")
        else:
            self.line(f"{self.extenders[-1]}(({', '.join(pieces)}))")
        self.pending.clear()

    def source(self) -> list[str]:
        """The function's lines."""
        return [self.head, *(self.lines or ["    pass"])]


class Loop:
    """What the body of a `#foreach` may know of its loop: the names of generated variables."""

    def __init__(self, index: str, size: str, scope: str | None) -> None:
        self.index = index
        self.size = size
        self.scope = scope


def merged(pieces: list[str]) -> list[str]:
    """Neighbouring literals become one. A literal begins with a quote; nothing else here does."""
    found: list[str] = []
    for piece in pieces:
        if found and piece[0] in "'\"" and found[-1][0] in "'\"":
            found[-1] += " " + piece  # Python joins adjacent literals
        else:
            found.append(piece)
    return found
