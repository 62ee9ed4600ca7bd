"""Estimates of expressions: what ``#set`` assigns, what a reference prints, what a loop runs over.

Not for what they print into; :mod:`wsgi_gateway.mapping.lint.output` follows that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from wsgi_gateway.mapping.lint import values
from wsgi_gateway.mapping.lint.tree import Tree, constant_text
from wsgi_gateway.mapping.lint.values import ABSENT, PLAIN, UNKNOWN, Kind, Value
from wsgi_gateway.mapping.velocity import nodes


@dataclass(slots=True)
class Scope:
    """The variables at one point of a template, and the references that a condition around has tested."""

    variables: dict[str, Value] = field(default_factory=dict)
    tested: frozenset[str] = frozenset()

    def copy(self) -> Scope:
        """The same, to go another way with."""
        return Scope(dict(self.variables), self.tested)

    def join(self, others: Iterable[Scope]) -> None:
        """What holds when the ways meet again."""
        for other in others:
            for name in {*self.variables, *other.variables}:
                mine, theirs = (scope.variables.get(name, ABSENT) for scope in (self, other))
                self.variables[name] = values.joined(mine, theirs)


class Estimates:
    """Estimates the expressions of one template."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def of(self, node: nodes.Node, scope: Scope) -> Value:
        """The value of an expression."""
        if isinstance(node, nodes.Reference):
            return self._reference(node, scope)
        if isinstance(node, nodes.Constant):
            text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
            return Value(Kind.SAFE, literal=text)
        if isinstance(node, nodes.Interpolated):
            return self._composed(self._tree.inside(node).statements, scope)
        if isinstance(node, nodes.Binary):
            if any(operator == "PLUS" for operator, *_ in node.rest):
                return self._composed([node.first, *(step[1] for step in node.rest)], scope)
            return PLAIN
        if isinstance(node, nodes.ListLiteral):
            return replace(self._composed(node.items, scope), shape="texts", literal=None)
        if isinstance(node, (nodes.Logic, nodes.Not, nodes.Range)):
            return PLAIN
        return UNKNOWN

    def _composed(self, parts: list[nodes.Node], scope: Scope) -> Value:
        """A text of several parts; JSON text among others is nothing known any more."""
        found = [self._part(part, scope) for part in parts]
        if len(found) == 1:
            shape = "text" if found[0].shape == "text" else ""
            return replace(found[0], shape=shape, path="", block=None)
        kinds = [Kind.UNKNOWN if value.kind == Kind.JSON else value.kind for value in found]
        kind = max(kinds, default=Kind.SAFE)
        if kind == Kind.SCRIPT and Kind.UNKNOWN in kinds:
            kind = Kind.UNKNOWN
        first = next((value for value in found if value.kind == kind), PLAIN)
        literals = [value.literal for value in found if value.literal is not None]
        literal = "".join(literals) if len(literals) == len(found) else None
        whole = any(value.whole for value in found)
        return Value(kind, origin=first.origin, literal=literal, whole=whole, tried=first.tried)

    def _part(self, part: nodes.Node, scope: Scope) -> Value:
        if isinstance(part, nodes.Text):
            return Value(Kind.SAFE, literal=part.value)
        return self.of(part, scope)

    def _reference(self, node: nodes.Reference, scope: Scope) -> Value:
        if self._tree.name_of(node) in scope.tested:
            return PLAIN
        value = values.ROOTS.get(node.name) or scope.variables.get(node.name, ABSENT)
        for trailer in node.trailers:
            value = self._step(value, trailer, scope)
        return value

    def _step(self, value: Value, trailer: nodes.Node, scope: Scope) -> Value:
        if isinstance(trailer, nodes.Property):
            return _BODY if value.shape == "input" else values.member(value, trailer.name)
        if isinstance(trailer, nodes.Index):
            key = constant_text(trailer.key)
            return values.element(value) if key is None else values.member(value, key)
        assert isinstance(trailer, nodes.Method)
        if value.shape == "input":
            return _of_input(trailer)
        if value.shape == "util":
            arguments = [self.of(argument, scope) for argument in trailer.arguments]
            return _of_util(trailer.name, arguments[0] if arguments else UNKNOWN)
        return values.called(value, trailer)


_BODY = Value(Kind.RAW, "text", origin="$input.body")


def _of_input(call: nodes.Method) -> Value:
    argument = constant_text(call.arguments[0]) if call.arguments else None
    origin = f"$input.{call.name}({'' if not call.arguments else repr(argument) if argument else '...'})"
    if call.name == "params":
        if call.arguments:
            return Value(Kind.RAW, "text", origin=origin)
        return Value(Kind.RAW, "groups", Kind.SAFE, origin)
    if call.name == "path":
        return Value(Kind.RAW, "document", Kind.RAW, origin, argument or "")
    if call.name == "json":
        return Value(Kind.JSON, "text", origin=origin, path=argument or "")
    return UNKNOWN


def _of_util(name: str, argument: Value) -> Value:
    if name == "escapeJavaScript":
        clean = argument.kind == Kind.SAFE or not argument.whole
        return values.text_of(argument, Kind.SAFE if clean else Kind.SCRIPT)
    if name in ("urlEncode", "base64Encode"):
        return values.text_of(argument, Kind.SAFE)
    if name in ("urlDecode", "base64Decode"):
        return values.text_of(argument, Kind.RAW if argument.kind == Kind.RAW else Kind.UNKNOWN)
    if name == "parseJson":
        return Value(Kind.RAW, "document", Kind.RAW, argument.origin)
    return UNKNOWN
