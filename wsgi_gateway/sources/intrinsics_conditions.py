"""Conditions of a template: Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition.

::

    conditions = Conditions(template.conditions, resolve)
    conditions.hold("IsProd", node)         # node names it, and gets what is wrong

A condition is worked out when it is first asked for, and once. One that leads back to itself is an error.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.intrinsics_text import comparable
from wsgi_gateway.sources.node import Node

_COUNTS = {"Fn::Equals": (2, 2), "Fn::Not": (1, 1), "Fn::And": (2, 10), "Fn::Or": (2, 10)}
_DEPTH = 20


class Conditions:
    """The conditions at ``nodes``; ``resolve`` works out the values that are compared."""

    def __init__(self, nodes: Mapping[str, Node], resolve: Callable[[Node], Any]) -> None:
        self._nodes = nodes
        self._resolve = resolve
        self._decided: dict[str, bool | None] = {}
        self._depth = 0

    def hold(self, name: str, node: Node) -> bool:
        """Whether the condition ``name`` holds, which ``node`` names; False, reported, for none."""
        if name not in self._decided:
            found = self._nodes.get(name)
            if found is None or self._depth >= _DEPTH:
                self._refuse(name, node, found is None)
                return False
            self._decided[name] = None
            self._depth += 1
            self._decided[name] = self._truth(found)
            self._depth -= 1
        decided = self._decided[name]
        if decided is None:
            node.error("circular", f"Template format error: Circular dependency of the condition {name[:80]}")
        return bool(decided)

    def _refuse(self, name: str, node: Node, is_missing: bool) -> None:
        if is_missing:
            hint = did_you_mean(name, self._nodes)
            node.error("condition", f"Template format error: Unresolved condition {name[:80]}", hint)
        else:
            node.error("condition", f"conditions made of conditions, more than {_DEPTH} deep")

    def _truth(self, node: Node) -> bool:
        name = str(next(iter(node.value))) if node.is_mapping and len(node.value) == 1 else ""
        if name == "Condition":
            return self._named(node.child(name))
        if name not in _COUNTS:
            node.error("condition", "a condition is one of Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition")
            return False
        argument = node.child(name)
        elements = list(argument.elements()) if isinstance(argument.value, list) else []
        least, most = _COUNTS[name]
        if not least <= len(elements) <= most:
            argument.error("function", f"Template error: {name} has a wrong number of arguments")
            return False
        if name == "Fn::Equals":
            one, other = (comparable(self._resolve(element)) for element in elements)
            return bool(one == other)
        decided = [self._truth(element) for element in elements]
        if name == "Fn::Not":
            return not decided[0]
        return all(decided) if name == "Fn::And" else any(decided)

    def _named(self, node: Node) -> bool:
        if isinstance(node.value, str):
            return self.hold(node.value, node)
        node.wrong_type("the name of a condition")
        return False
