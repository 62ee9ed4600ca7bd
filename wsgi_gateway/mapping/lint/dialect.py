"""What API Gateway's Velocity does not do: directives it lacks, loops and templates above its limits.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html for the limits. That
``#macro``, ``#evaluate``, ``#parse``, ``#include`` and ranges between references are not available is
reported by users, not documented.
"""

from __future__ import annotations

import re

from wsgi_gateway.mapping.lint import vocabulary as known
from wsgi_gateway.mapping.lint.findings import Findings, did_you_mean
from wsgi_gateway.mapping.lint.tree import Tree
from wsgi_gateway.mapping.velocity import nodes

SIZE_LIMIT = 300 * 1024
TURNS = 1000
_SPACED = re.compile(r"(?<![#\\])#[ \t]+(set|if|elseif|foreach)[ \t]*\(")
_DIRECTIVE_OF = {nodes.Macro: "macro", nodes.Evaluate: "evaluate"}


class Dialect:
    """Looks at the directives of one template."""

    def __init__(self, tree: Tree, findings: Findings) -> None:
        self._tree = tree
        self._findings = findings
        self._macros = frozenset(node.name for node in tree.all if isinstance(node, nodes.Macro))

    def check(self) -> None:
        """Note everything that AWS takes differently."""
        check_size(self._tree.source, self._findings)
        self._check_spaced()
        self._check_empty()
        for node in self._tree.all:
            if isinstance(node, (nodes.Macro, nodes.Evaluate, nodes.Include)):
                self._missing(
                    node, node.name if isinstance(node, nodes.Include) else _DIRECTIVE_OF[type(node)]
                )
            elif isinstance(node, nodes.Call) and node.name not in self._macros:
                self._check_word(node)
            elif isinstance(node, nodes.Foreach) and isinstance(node.items, nodes.Range):
                self._check_range(node.items)

    def _missing(self, node: nodes.Node, name: str) -> None:
        message = f"#{name} is reported not to work on API Gateway (not documented): its text is printed"
        hint = "#define($block) ... #end and $block" if name == "macro" else "write it into the template"
        self._findings.add("not-on-aws", node.start, message, hint)

    def _check_word(self, node: nodes.Call) -> None:
        written = self._tree.source[node.start : node.end]
        called = written.endswith(")")
        right = known.FOREIGN_DIRECTIVES.get(node.name.lower())
        if right is None and node.name.lower() in known.DIRECTIVES:
            right = f"#{node.name.lower()}"
            if node.name == "set" and not called:
                right = "#set takes parentheses: #set($x = 1)"
        if right is None and called:
            right = did_you_mean(node.name, known.DIRECTIVES, "#{}")
        if right:
            kind = "no directive" if called or node.name != "set" else "text without parentheses"
            message = f"#{node.name} is {kind}: it is printed as it stands"
            self._findings.add("unknown-directive", node.start, message, right)

    def _check_spaced(self) -> None:
        for found in _SPACED.finditer(self._tree.source):
            line = self._tree.source.rfind("\n", 0, found.start()) + 1
            if "##" not in self._tree.source[line : found.start()]:
                message = f"a blank after # makes text of #{found[1]}: it is printed as it stands"
                self._findings.add("unknown-directive", found.start(), message, f"#{found[1]}(")

    def _check_range(self, node: nodes.Range) -> None:
        ends = [side.value for side in (node.first, node.last) if isinstance(side, nodes.Constant)]
        if len(ends) == 2 and abs(ends[1] - ends[0]) >= TURNS:
            message = f"{abs(ends[1] - ends[0]) + 1} turns: API Gateway allows {TURNS:,} for a #foreach"
            self._findings.add("loop-limit", node.start, message, "nest two shorter loops")
        elif all(isinstance(side, nodes.Reference) for side in (node.first, node.last)):
            message = (
                "a range between two references is reported to be refused by API Gateway (not documented)"
            )
            hint = "loop over the list itself, or begin the range with a number"
            self._findings.add("not-on-aws", node.start, message, hint)

    def _check_empty(self) -> None:
        if prints(self._tree.root) or any(_overrides(node) for node in self._tree.all):
            return
        if self._tree.source.strip():
            message = "the template prints nothing: AWS sends an empty body"
        else:
            message = "an empty template is as none: AWS sends the body on as it came"
        hint = "print something, $input.json('$') for the whole payload, or leave the template out"
        self._findings.add("empty-template", 0, message, hint)


def check_size(source: str, findings: Findings) -> None:
    """Note a template that AWS does not take for its size."""
    size = len(source.encode("utf-8", "replace"))
    if size > SIZE_LIMIT:
        message = f"{size:,} bytes: API Gateway takes templates up to 300 KB"
        findings.add("template-size", 0, message, "transform that much in the integration")


def prints(node: nodes.Node | None) -> bool:
    """Whether a statement may print anything but blanks."""
    if isinstance(node, nodes.Text):
        return bool(node.value.strip())
    if isinstance(node, nodes.Block):
        return any(prints(one) for one in node.statements)
    if isinstance(node, nodes.If):
        return any(prints(body) for body in (*(body for _, body in node.branches), node.otherwise))
    if isinstance(node, nodes.Foreach):
        return prints(node.body)
    silent = (nodes.Set, nodes.Define, nodes.Macro, nodes.Break, nodes.Stop)
    return node is not None and not isinstance(node, silent)


def _overrides(node: nodes.Node) -> bool:
    """Whether it writes into the message beside the body, which is a purpose of its own."""
    return isinstance(node, nodes.Set) and node.target.name == "context" and bool(node.target.trailers)
