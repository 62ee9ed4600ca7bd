"""Conditions that cannot be false, because on AWS a reference without a value is the empty text, and true.

Source: recorded from AWS; ``#if`` is false for the boolean false and nothing else.
"""

from __future__ import annotations

from wsgi_gateway.mapping.lint.estimates import Estimates, Scope
from wsgi_gateway.mapping.lint.findings import Findings
from wsgi_gateway.mapping.lint.tree import Tree, constant_text, is_live
from wsgi_gateway.mapping.lint.values import Value
from wsgi_gateway.mapping.velocity import nodes


class Conditions:
    """Looks at the conditions of one template."""

    def __init__(self, tree: Tree, estimates: Estimates, findings: Findings) -> None:
        self._tree = tree
        self._estimates = estimates
        self._findings = findings

    def texts_of(self, node: nodes.If) -> list[str]:
        """An ``#if``'s conditions, each as a text that is the same for it and its contrary."""
        return [self._text(condition) for condition, _ in node.branches]

    def _text(self, condition: nodes.Node) -> str:
        if isinstance(condition, nodes.Not):
            return self._text(condition.operand)
        ends = [one.end for one in self._tree.below(condition)]
        text = self._tree.source[condition.start : max(ends, default=condition.end)]
        return " ".join(text.replace("!=", "==").split())

    def check(self, condition: nodes.Node, body: nodes.Block, scope: Scope) -> None:
        """Note the operands of ``condition`` that are always true."""
        asked = [self._tree.name_of(one) for one, _ in self._operands(condition, bare=False)]
        for operand, negated in self._operands(condition, bare=True):
            name = self._tree.name_of(operand)
            # Beside a comparison of the same value the operand does no harm.
            if any(other == name or other.startswith(name + ".") for other in asked):
                continue
            value = self._estimates.of(operand, scope)
            if self._is_always_true(operand, value, body):
                self._note(operand, value, negated)

    def _operands(
        self, node: nodes.Node, bare: bool, negated: bool = False
    ) -> list[tuple[nodes.Reference, bool]]:
        """The references that are operands themselves, or those that are compared; which stand behind a !."""
        if isinstance(node, nodes.Logic):
            return [found for one in node.operands for found in self._operands(one, bare)]
        if isinstance(node, nodes.Not):
            return self._operands(node.operand, bare, not negated)
        if isinstance(node, nodes.Reference):
            asks = (
                bool(node.trailers) and isinstance(node.trailers[-1], nodes.Method) and node.name != "input"
            )
            return [(node, negated)] if is_live(node) and asks is not bare else []
        found = () if bare else self._tree.below(node)
        return [(one, negated) for one in found if isinstance(one, nodes.Reference)]

    def _is_always_true(self, operand: nodes.Reference, value: Value, body: nodes.Block) -> bool:
        if value.shape == "text" and value.origin:
            return True
        if value.shape != "document" or value.path == "$":
            return False
        if not any(isinstance(trailer, nodes.Property) for trailer in operand.trailers):
            return True
        # A value that the branch prints was asked for being there, not for being true.
        name = self._tree.name_of(operand)
        return any(
            isinstance(one, nodes.Reference) and self._tree.name_of(one).startswith(name)
            for one in self._tree.below(body)
        )

    def _note(self, operand: nodes.Reference, value: Value, negated: bool) -> None:
        written = "$" + self._tree.name_of(operand)
        if value.shape == "document":
            message = f"{written} is true whatever it is save the JSON false: absent, empty, null and 0 too"
        elif value.origin.startswith("$context.authorizer"):
            message = f"{written} is a text and always true, even when it is absent or reads false"
        else:
            message = f"{written} is a text and always true, even when it is absent or empty"
        if negated:
            message += f", so !{written} never holds"
        hint = f'compare it: #if({written} {"==" if negated else "!="} "")'
        self._findings.add("always-true-condition", operand.start, message, hint)

    def tested(self, condition: nodes.Node) -> frozenset[str]:
        """The references that have a known form where ``condition`` holds: equal to a text, or matched."""
        if isinstance(condition, nodes.Logic) and condition.operator == "and":
            return frozenset().union(*(self.tested(one) for one in condition.operands))
        if isinstance(condition, nodes.Reference) and condition.trailers:
            last = condition.trailers[-1]
            if isinstance(last, nodes.Method) and last.name in ("matches", "equals"):
                plain = nodes.Reference(condition.name, condition.trailers[:-1], condition.assigned)
                return frozenset((self._tree.name_of(plain),))
        if isinstance(condition, nodes.Binary) and [step[0] for step in condition.rest] == ["EQ"]:
            sides = (condition.first, condition.rest[0][1])
            if any(constant_text(side) is not None for side in sides):
                return frozenset(
                    self._tree.name_of(side) for side in sides if isinstance(side, nodes.Reference)
                )
        return frozenset()
