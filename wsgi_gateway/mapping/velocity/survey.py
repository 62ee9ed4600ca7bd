"""What a template cannot be doing.

Most templates have no macro, no `#define` and no use of `$foreach` but `$foreach.hasNext`. They are *plain*:
nobody but their own text can see their variables, so these are local variables of the generated function,
what was looked up once need not be looked up again, and output need not be asked whether it is a block.

Seen from the text alone, as far as words go: a word that is not there cannot be used. `Traits` are seen
from the tree, once, from the leaves up.
"""

import re
from typing import NamedTuple

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import check
from wsgi_gateway.mapping.velocity.writer import LEAVES

_FOREACH = re.compile(r"foreach")
_HARMLESS = re.compile(
    r"#\{?foreach\b|\$!?\{?foreach\.(?:index|count|hasNext|first|last)(?![A-Za-z0-9_\-\[(]|\.[A-Za-z])"
)
_MACRO = re.compile(r"#\{?macro|#@")
_DEFINE = re.compile(r"#\{?define")
_EVALUATE = re.compile(r"#\{?evaluate")
_SCOPED_BREAK = re.compile(r"break\}?[ \t\r\n]*\(")


_REDEFINED = re.compile(r"(?:set|foreach)\}?[ \t\r\n]*\([ \t\r\n]*\\*\$\\*!?\{?(?:input|util)\b")
_HOSTS = frozenset(("input", "util"))


class Traits(NamedTuple):
    """`values`: how many values of unknown size a statement prints if it only prints and sets (0 for an
    expression), else None. `calls`: whether it may call a method or set a member, which may change anything.
    `levels`: how much deeper than itself any `#if` in it is indented.
    """

    values: int | None
    calls: bool
    levels: int = 0


_STILL = Traits(0, calls=False)
_LOUD = Traits(None, calls=True)


class Survey:
    """`shared` is for templates that live in another's variables (`#evaluate`): they may do everything."""

    def __init__(self, source: str, aws: bool, shared: bool) -> None:
        # An escape in a string could spell any of the words.
        anything = shared or "\\u" in source or _EVALUATE.search(source) is not None
        self.everything = anything
        self.macros = anything or _MACRO.search(source) is not None
        self.blocks = self.macros or _DEFINE.search(source) is not None
        self.counters = [name for name in ("velocityCount", "velocityHasNext") if anything or name in source]
        self.scoped_breaks = self.macros or _SCOPED_BREAK.search(source) is not None
        uses = len(_FOREACH.findall(source)) - len(_HARMLESS.findall(source))
        self.scopes = self.blocks or self.scoped_breaks or uses > 0
        self.plain = not self.scopes
        self.hosts = _HOSTS if aws and not _REDEFINED.search(source) else frozenset()
        """Names of objects whose methods change nothing that a template holds."""
        # With the nodes: trees of strings are dropped, and another node would get the same id.
        self._traits: dict[int, tuple[nodes.Node, Traits]] = {}

    def traits(self, node: nodes.Node) -> Traits:
        """The traits of a statement or expression of the tree that is being compiled."""
        found = self._traits.get(id(node))
        if found is None:
            check()
            found = self._traits[id(node)] = node, self._study(node)
        return found[1]

    def _study(self, node: nodes.Node) -> Traits:
        if isinstance(node, (nodes.Text, nodes.Verbatim, nodes.Constant, nodes.Word, nodes.Property)):
            return _STILL
        if isinstance(node, nodes.Reference):
            quiet = self._quiet(node.trailers) is not None
            return Traits(1 if quiet else None, self._calls(node))
        if isinstance(node, nodes.Block):
            return self._together(node.statements)
        if isinstance(node, nodes.If):
            return self._if(node)
        if isinstance(node, nodes.Set):
            parts: list[nodes.Node] = [node.target, node.value]
            calls = bool(node.target.trailers) or any(self.traits(part).calls for part in parts)
            return Traits(self._quiet(parts), calls)
        if isinstance(node, nodes.Foreach):
            return Traits(None, self.traits(node.items).calls or self.traits(node.body).calls)
        if isinstance(node, nodes.Call) and not self.macros:
            return _STILL
        return self._expression(node)

    def _calls(self, node: nodes.Reference) -> bool:
        steps = list(node.trailers)
        if steps and isinstance(steps[0], nodes.Method) and node.name in self.hosts:
            steps[:1] = steps[0].arguments
        return any(self.traits(step).calls for step in steps)

    def _expression(self, node: nodes.Node) -> Traits:
        if isinstance(node, nodes.Interpolated):
            # A `#stop` in a string ends the template.
            return Traits(None if "#" in node.value else 0, "(" in node.value)
        parts: list[nodes.Node]
        if isinstance(node, nodes.Method):
            return Traits(self._quiet(node.arguments), calls=True)
        if isinstance(node, nodes.Index):
            parts = [node.key]
        elif isinstance(node, (nodes.ListLiteral, nodes.MapLiteral)):
            parts = node.items
        elif isinstance(node, nodes.Range):
            parts = [node.first, node.last]
        elif isinstance(node, nodes.Logic):
            parts = node.operands
        elif isinstance(node, nodes.Not):
            parts = [node.operand]
        elif isinstance(node, nodes.Binary):
            parts = [node.first, *(operand for _, operand, _, _ in node.rest)]
        else:
            return _LOUD
        return Traits(self._quiet(parts), any(self.traits(part).calls for part in parts))

    def _quiet(self, parts: list[nodes.Node]) -> int | None:
        return None if any(self.traits(part).values is None for part in parts) else 0

    def _together(self, parts: list[nodes.Node]) -> Traits:
        found = [self.traits(part) for part in parts]
        values = [traits.values for traits in found]
        calls = any(traits.calls for traits in found)
        levels = max((traits.levels for traits in found), default=0)
        total = None if None in values else sum(count for count in values if count is not None)
        return Traits(None if total is None or total > LEAVES else total, calls, levels)

    def _if(self, node: nodes.If) -> Traits:
        branches = [self.traits(body) for _, body in node.branches]
        if node.otherwise is not None:
            branches.append(self.traits(node.otherwise))
        conditions = [condition for condition, _ in node.branches]
        calls = any(branch.calls for branch in branches)
        calls = calls or any(self.traits(condition).calls for condition in conditions)
        levels = max(branch.levels for branch in branches) + (2 if len(node.branches) > 1 else 1)
        counts = [self._quiet(conditions), *(branch.values for branch in branches)]
        if None in counts:
            return Traits(None, calls, levels)
        return Traits(max(count for count in counts if count is not None), calls, levels)
