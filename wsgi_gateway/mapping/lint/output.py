"""Follows what a template prints through every #if and #foreach, and judges values by where they land.

Of templates that print JSON brackets, commas and quotes are followed, of forms what is printed only. A loop's
body is gone through twice, so that what the end of one turn and the start of the next make together is seen;
``#define`` blocks and macros are followed where they print.

Not for names and directives; :mod:`wsgi_gateway.mapping.lint.names` and
:mod:`wsgi_gateway.mapping.lint.dialect` look at those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from wsgi_gateway.mapping.lint import media, values
from wsgi_gateway.mapping.lint.conditions import Conditions
from wsgi_gateway.mapping.lint.estimates import Estimates, Scope
from wsgi_gateway.mapping.lint.findings import Findings
from wsgi_gateway.mapping.lint.position import IN, OUT, Position, Writer, joined
from wsgi_gateway.mapping.lint.printing import Printing
from wsgi_gateway.mapping.lint.tree import Tree, is_live
from wsgi_gateway.mapping.lint.values import Kind, Value
from wsgi_gateway.mapping.velocity import nodes

_STEPS = 60_000
_DEPTH = 20
_LOOPS_TWICE = 4


class _Enough(Exception):
    """The template has more ways than it is worth to go."""


class Output:
    """One walk through one template; :meth:`follow` does it."""

    def __init__(self, tree: Tree, findings: Findings, printed: str) -> None:
        self._tree = tree
        self._findings = findings
        self._is_json, self._is_form = printed == media.JSON, printed == media.FORM
        self._estimates = Estimates(tree)
        self._conditions = Conditions(tree, self._estimates, findings)
        self._printing = Printing(tree, findings)
        self._writer = Writer(findings if self._is_json else Findings(tree.source))
        self._scope = Scope()
        self._at = Position()
        self._ifs: frozenset[int] = frozenset()
        self._around: frozenset[str] = frozenset()
        self._broken: list[list[Position]] = []
        self._macros: dict[str, nodes.Macro] = {}
        for node in tree.all:
            if isinstance(node, nodes.Macro):
                self._macros.setdefault(node.name, node)
        self._left = _STEPS
        self._depth = self._offset = 0

    def follow(self) -> None:
        """Note every mistake on the way."""
        try:
            self._statement(self._tree.root)
        except _Enough:
            message = "loops and macros are nested so deeply that the output was not followed to its end"
            self._findings.add("not-checked", self._offset, message, "write it with fewer nested loops")
            return
        self._pass_comment()
        self._writer.end(self._at, self._offset)

    def _statement(self, node: nodes.Node) -> None:
        self._left -= 1
        if self._left < 0:
            raise _Enough
        do = self._DO.get(type(node))
        if do is not None:
            do(self, node)

    def _block(self, node: nodes.Block) -> None:
        for statement in node.statements:
            self._statement(statement)

    # What prints
    def _text(self, node: nodes.Text) -> None:
        self._pass_comment()
        self._write(node.value, self._place(node))

    def _place(self, node: nodes.Text) -> int:
        """Where the text stands: a token that begins with what another left over tells too late a place."""
        source, text = self._tree.source, node.value
        start = node.start or self._offset
        if not source.startswith(text, start):
            found = source.find(text, max(self._offset, start - len(text)), start + 2 * len(text) + 4)
            start = found if found >= 0 else start
        self._offset = start + len(text)
        return start

    def _pass_comment(self) -> None:
        """A comment leaves nothing in the tree; one that begins here may take the end of a string away."""
        if self._at.surely(IN):
            self._writer.comment(self._at, self._tree.source, self._offset)

    def _write(self, text: str, offset: int) -> None:
        if self._at.states:
            self._writer.write(self._at, text, offset, self._ifs)

    def _reference(self, node: nodes.Reference) -> None:
        self._offset = max(self._offset, node.end)
        if not is_live(node):
            self._write(self._tree.source[node.start : node.end], node.start)
            return
        value = self._estimates.of(node, self._scope)
        if value.block is not None:
            self._nested(value.block.body)
        elif self._at.states:
            self._print(node, value)

    def _print(self, node: nodes.Reference, value: Value) -> None:
        at = self._at
        if self._is_form:
            self._printing.in_form(node, value, at.tail)
        elif self._is_json and at.surely(IN):
            self._printing.in_string(node, value, at.tail)
        elif self._is_json and at.surely(OUT):
            self._printing.outside(node, value, after_colon=any(m.character == ":" for m in at.last))
        if value.literal is not None:
            self._write(value.literal, node.start)
        elif value.kind == Kind.JSON or value.shape == "document":
            self._writer.value(at, node.start, self._ifs, surely=value.kind == Kind.JSON)
        else:
            at.value(known_brackets=value.kind != Kind.UNKNOWN)

    def _nested(self, body: nodes.Node) -> None:
        if self._depth >= _DEPTH:
            raise _Enough
        self._depth += 1
        self._statement(body)
        self._depth -= 1

    def _call(self, node: nodes.Call) -> None:
        macro = self._macros.get(node.name)
        if macro is None:
            self._write(self._tree.source[node.start : node.end], node.start)
            return
        given = [self._estimates.of(argument, self._scope) for argument in node.arguments]
        given += [values.ABSENT] * (len(macro.parameters) - len(given))
        self._scope.variables.update(zip(macro.parameters, given, strict=False))
        self._nested(macro.body)

    def _opaque(self, node: nodes.Node) -> None:
        self._at.value(known_brackets=False)

    # What assigns
    def _set(self, node: nodes.Set) -> None:
        target = node.target
        if not target.trailers:
            self._scope.variables[target.assigned] = self._estimates.of(node.value, self._scope)
            self._scope.tested -= {target.name}
        elif target.name in self._scope.variables:
            held = self._scope.variables[target.name]
            self._scope.variables[target.name] = replace(held, literal=None)

    def _define(self, node: nodes.Define) -> None:
        self._scope.variables[node.name] = replace(values.UNKNOWN, block=node)

    # Ways
    def _if(self, node: nodes.If) -> None:
        scope, at, ifs, around = self._scope, self._at, self._ifs, self._around
        texts = self._conditions.texts_of(node)
        self._ifs, self._around = ifs | {id(node)}, around.union(texts)
        ends: list[tuple[Scope, Position]] = []
        for condition, body in node.branches:
            self._scope, self._at = scope.copy(), at.copy()
            self._conditions.check(condition, body, self._scope)
            self._scope.tested |= self._conditions.tested(condition)
            self._statement(body)
            ends.append((self._scope, self._at))
        self._scope, self._at = scope.copy(), at.copy()
        if node.otherwise is not None:
            self._statement(node.otherwise)
        else:
            self._at.skip(texts[0], sure=len(texts) == 1 and texts[0] not in around)
        ends.append((self._scope, self._at))
        self._ifs, self._around = ifs, around
        self._meet(scope.tested, ends)

    def _meet(self, tested: frozenset[str], ends: list[tuple[Scope, Position]]) -> None:
        alive = [scope for scope, at in ends if at.states] or [ends[0][0]]
        self._scope = alive[0].copy()
        self._scope.join(alive[1:])
        self._scope.tested = tested
        self._at = joined(at for _, at in ends)

    def _foreach(self, node: nodes.Foreach) -> None:
        held = values.element(self._estimates.of(node.items, self._scope))
        before = self._scope.variables.get(node.variable)
        start, scope = self._at.copy(), self._scope.copy()
        self._broken.append([])
        ends: list[Position] = []
        for _ in range(2 if len(self._broken) <= _LOOPS_TWICE else 1):
            self._scope.variables[node.variable] = held
            self._statement(node.body)
            ends.append(self._at.copy())
            self._scope.join([scope])
        self._at = joined([*ends, *self._broken.pop()])
        if not self._at.states:
            self._at.reset(start)
        if before is None:
            self._scope.variables.pop(node.variable, None)
        else:
            self._scope.variables[node.variable] = before

    def _break(self, node: nodes.Node) -> None:
        if self._broken and self._at.states:
            self._broken[-1].append(self._at.copy())
        self._at.stop()

    def _stop(self, node: nodes.Node) -> None:
        self._at.stop()

    _DO: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        nodes.Block: _block,
        nodes.Text: _text,
        nodes.Reference: _reference,
        nodes.Call: _call,
        nodes.Evaluate: _opaque,
        nodes.Include: _opaque,
        nodes.Verbatim: _opaque,
        nodes.Set: _set,
        nodes.Define: _define,
        nodes.If: _if,
        nodes.Foreach: _foreach,
        nodes.Break: _break,
        nodes.Stop: _stop,
    }
