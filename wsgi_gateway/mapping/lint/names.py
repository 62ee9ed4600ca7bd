"""Names that are not there: variables that nothing sets, members that AWS does not have, broken JSONPaths.

On AWS all of these print nothing, without an error.

Not for what the values are; a member of a payload is never unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

from wsgi_gateway.mapping.jsonpath import InvalidPath, compile_path
from wsgi_gateway.mapping.lint import vocabulary as known
from wsgi_gateway.mapping.lint.findings import Findings, did_you_mean
from wsgi_gateway.mapping.lint.tree import Tree, constant_text, is_live
from wsgi_gateway.mapping.velocity import nodes


class Names:
    """Looks at every reference of one template."""

    def __init__(self, tree: Tree, findings: Findings) -> None:
        self._tree = tree
        self._findings = findings
        self._own = frozenset(_assigned(tree.all))

    def check(self) -> None:
        """Note every name that is not there."""
        for node in self._tree.all:
            if isinstance(node, nodes.Set) and not node.target.trailers:
                self._check_target(node.target)
            elif isinstance(node, nodes.Reference) and is_live(node):
                self._check_reference(node)

    def _check_target(self, target: nodes.Reference) -> None:
        if target.assigned == target.name:
            return
        written = self._tree.source[target.start : target.end]
        message = f"#set({written} = ...) sets nothing that {written} reads"
        hint = f"write #set(${target.name} = ...)"
        self._findings.add("unreadable-set", target.start, message, hint)

    def _check_reference(self, node: nodes.Reference) -> None:
        if node.name in known.ALWAYS:
            self._check_member(node)
        elif node.name not in self._own and node.name.lower() not in known.NOTHING:
            message = f"nothing sets ${node.name}: on AWS it prints nothing, and #if(${node.name}) is true"
            hint = _of_appsync(node) or did_you_mean(node.name, self._own | known.ALWAYS, "${}")
            hint = hint or f"#set(${node.name} = ...) before, or write \\${node.name} if the text is meant"
            self._findings.add("undefined-name", node.start, message, hint)

    def _check_member(self, node: nodes.Reference) -> None:
        if not node.trailers:
            return
        first = node.trailers[0]
        if node.name == "input":
            self._check_input(node, first)
        elif node.name == "util" and isinstance(first, (nodes.Property, nodes.Method)):
            self._check_util(first)
        elif node.name == "context":
            self._check_context(node)
        elif node.name == "foreach" and isinstance(first, nodes.Property):
            self._check_foreach(first)

    def _check_input(self, node: nodes.Reference, first: nodes.Node) -> None:
        if isinstance(first, nodes.Method) and first.name in known.INPUT_METHODS:
            self._check_path(first)
        elif isinstance(first, nodes.Property) and first.name == "body":
            second = node.trailers[1] if len(node.trailers) > 1 else None
            if isinstance(second, nodes.Property):
                message = f"$input.body is the payload's text and has no .{second.name}: it prints nothing"
                self._add(second, message, f"$input.path('$.{second.name}')")
        elif isinstance(first, (nodes.Property, nodes.Method)):
            self._no_member("$input", first, _hint_for_input(first))

    def _check_path(self, call: nodes.Method) -> None:
        path = constant_text(call.arguments[0]) if call.arguments else None
        if path is None or call.name == "params":
            return
        try:
            compile_path(path)
        except InvalidPath as error:
            message = f"AWS answers 500, because {path!r} is no JSONPath: {error}"
            hint = "a path looks like $.order.lines[0].sku, with ['...'] around names of other characters"
            self._findings.add("jsonpath-syntax", call.arguments[0].start, message, hint)

    def _check_util(self, first: nodes.Property | nodes.Method) -> None:
        if first.name in known.UTIL_METHODS and isinstance(first, nodes.Method):
            return
        if first.name in known.UTIL_METHODS:
            hint = f"it is a function: $util.{first.name}(...)"
        else:
            hint = did_you_mean(first.name, known.UTIL_METHODS, "$util.{}") or (
                f"$util has {', '.join(sorted(known.UTIL_METHODS))}; others are AppSync's"
            )
        self._no_member("$util", first, hint)

    def _check_context(self, node: nodes.Reference) -> None:
        first, *rest = node.trailers
        if not isinstance(first, nodes.Property):
            return
        second = rest[0] if rest and isinstance(rest[0], nodes.Property) else None
        if first.name in known.ACCESS_LOG_ONLY:
            message = f"$context.{first.name} exists in access logs only: in a template it prints nothing"
            self._add(first, message, "a response template learns the status by the response it belongs to")
        elif first.name not in known.CONTEXT:
            hint = did_you_mean(first.name, known.CONTEXT, "$context.{}")
            self._no_member("$context", first, hint or _hint_for_identity(first.name))
        elif second is not None and first.name in known.MEMBERS:
            if second.name not in known.MEMBERS[first.name]:
                hint = did_you_mean(second.name, known.MEMBERS[first.name], f"$context.{first.name}.{{}}")
                self._no_member(f"$context.{first.name}", second, hint)
        elif second is not None and first.name in known.OVERRIDES:
            self._check_override(first.name, second)

    def _check_override(self, holder: str, member: nodes.Property) -> None:
        # Any other member is kept and may be read again, so only what looks like a slip is told.
        acting = known.OVERRIDES[holder]
        hint = did_you_mean(member.name, acting, f"$context.{holder}.{{}}")
        if member.name not in acting and hint:
            message = f"$context.{holder}.{member.name} changes nothing in the message"
            self._add(member, message, hint)

    def _check_foreach(self, member: nodes.Property) -> None:
        hint = did_you_mean(member.name, known.FOREACH, "$foreach.{}")
        if hint and member.name[:1].lower() + member.name[1:] not in known.FOREACH:
            self._no_member("$foreach", member, hint)

    def _no_member(self, holder: str, member: nodes.Property | nodes.Method, hint: str) -> None:
        call = "()" if isinstance(member, nodes.Method) else ""
        message = f"{holder} has no {member.name}{call}: it prints nothing"
        self._add(member, message, hint or "the mapping template reference lists what there is")

    def _add(self, node: nodes.Node, message: str, hint: str) -> None:
        self._findings.add("unknown-member", node.start, message, hint)


def _assigned(found: Iterable[nodes.Node]) -> Iterable[str]:
    for node in found:
        if isinstance(node, nodes.Set) and not node.target.trailers:
            yield node.target.name
        elif isinstance(node, nodes.Foreach):
            yield node.variable
        elif isinstance(node, nodes.Define):
            yield node.name
        elif isinstance(node, nodes.Macro):
            yield from node.parameters


def _of_appsync(node: nodes.Reference) -> str:
    if node.name not in known.APPSYNC:
        return ""
    return f"${node.name} is AppSync's; here there are $input, $context, $stageVariables and $util"


def _hint_for_input(first: nodes.Property | nodes.Method) -> str:
    if first.name in known.INPUT_METHODS:
        argument = "'name'" if first.name == "params" else "'$.name'"
        return f"it is a function: $input.{first.name}({argument})"
    if first.name in ("header", "headers", "querystring", "query", "param"):
        return "$input.params('name'), or $input.params().header.get('name')"
    return did_you_mean(first.name, known.INPUT_METHODS | {"body"}, "$input.{}")


def _hint_for_identity(name: str) -> str:
    return f"did you mean $context.identity.{name}?" if name in known.MEMBERS["identity"] else ""
