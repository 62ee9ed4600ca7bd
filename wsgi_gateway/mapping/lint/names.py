"""Names that are not there: variables that nothing sets, members that AWS does not have, broken JSONPaths.

On AWS all of these print nothing, without an error.

Not for what the values are; a member of a payload is never unknown.
"""

from __future__ import annotations

from collections.abc import Iterable

from wsgi_gateway.mapping.jsonpath import InvalidPath, compile_path
from wsgi_gateway.mapping.lint import vocabulary as known
from wsgi_gateway.mapping.lint.findings import Findings, did_you_mean
from wsgi_gateway.mapping.lint.tree import Tree, constant_text, is_live, member_of
from wsgi_gateway.mapping.velocity import nodes


class Names:
    """Looks at every reference of one template."""

    def __init__(self, tree: Tree, findings: Findings) -> None:
        self._tree = tree
        self._findings = findings
        self._own = frozenset(_assigned(tree.all))
        self._groups = _holding_groups(tree.all)

    def check(self) -> None:
        """Note every name that is not there."""
        for node in self._tree.all:
            if isinstance(node, nodes.Set) and not node.target.trailers:
                self._check_target(node.target)
            elif isinstance(node, nodes.Set):
                self._check_whole_override(node)
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
        elif node.name in self._groups:
            self._check_group("$" + node.name, node.trailers[:1])
        elif node.name not in self._own and node.name.lower() not in known.NOTHING:
            message = f"nothing sets ${node.name}: on AWS it prints nothing, and #if(${node.name}) is true"
            hint = _of_appsync(node) or did_you_mean(node.name, self._near(node.name), "${}")
            self._findings.add("undefined-name", node.start, message, hint or _to_set(node.name))

    def _near(self, name: str) -> frozenset[str]:
        """Names for which it may be a slip: $inputs is one for $input, $inputRoot a name of its own."""
        names = self._own | known.ALWAYS
        return frozenset(one for one in names if not name.startswith(one) or len(name) - len(one) < 3)

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
            if first.name == "params" and not first.arguments:
                self._check_group("$input.params()", node.trailers[1:2])
        elif isinstance(first, nodes.Property) and first.name == "body":
            second = node.trailers[1] if len(node.trailers) > 1 else None
            if isinstance(second, nodes.Property):
                message = f"$input.body is the payload's text and has no .{second.name}: it prints nothing"
                self._add(second, message, f"$input.path('$.{second.name}')")
        elif isinstance(first, (nodes.Property, nodes.Method)):
            self._no_member("$input", first, _hint_for_input(first))

    def _check_path(self, call: nodes.Method) -> None:
        argument = call.arguments[0] if call.arguments else None
        if isinstance(argument, nodes.Reference) and argument.bare:
            self._check_bare(call.name, argument)
        if argument is None and call.name != "params":
            message = f"$input.{call.name} without a path in quotes prints nothing"
            self._add(call, message, f"$input.{call.name}('$')")
        path = constant_text(argument)
        if path is None or call.name == "params":
            return
        try:
            compile_path(path)
        except InvalidPath as error:
            message = f"AWS answers 500, because {path!r} is no JSONPath: {error}"
            hint = "a path looks like $.order.lines[0].sku, with ['...'] around names of other characters"
            self._findings.add("jsonpath-syntax", call.arguments[0].start, message, hint)

    def _check_bare(self, call: str, argument: nodes.Reference) -> None:
        word = self._tree.source[argument.start : argument.end]
        message = f"{word} is a bare word and has no value: $input.{call} looks for nothing"
        self._findings.add("undefined-name", argument.start, message, f"$input.{call}('{word}')")

    def _check_group(self, holder: str, trailers: list[nodes.Node]) -> None:
        for trailer in trailers:
            name = member_of(trailer)
            if name is not None and name not in known.GROUPS:
                near = "querystring" if name.lower().startswith("query") else name
                hint = did_you_mean(near, known.GROUPS, f"{holder}.{{}}")
                hint = hint or f"$input.params('{name}') finds a parameter of that name in any group"
                message = f"{holder} has no {name}: its groups are path, querystring and header"
                self._findings.add("unknown-member", trailer.start, message, hint)

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
        overrides = known.OVERRIDES.get(first.name)
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
        elif overrides and rest:
            self._check_override(first.name, member_of(rest[0]), rest[0])

    def _check_override(self, holder: str, name: str | None, trailer: nodes.Node) -> None:
        # Any other member is kept and may be read again, so only what looks like a slip is told.
        acting, slips = known.OVERRIDES[holder], known.OVERRIDE_SLIPS[holder]
        if name is None or name in acting:
            return
        hint = did_you_mean(slips.get(name) or name, acting, f"$context.{holder}.{{}}")
        if name in slips and not slips[name]:
            hint = f"$context.{holder} has {', '.join(sorted(acting))}"
        if hint:
            self._add(trailer, f"$context.{holder}.{name} changes nothing in the message", hint)

    def _check_whole_override(self, node: nodes.Set) -> None:
        """``#set($context.responseOverride.header = "text")``, which is a map."""
        names = [member_of(trailer) for trailer in node.target.trailers]
        is_text = isinstance(node.value, (nodes.Constant, nodes.Interpolated, nodes.Binary))
        if node.target.name != "context" or len(names) != 2 or not is_text:
            return
        holder, name = names
        if holder in known.OVERRIDES and name in ("header", "path", "querystring"):
            written = f"$context.{holder}.{name}"
            message = f"{written} is a map by names: a text in its place changes nothing in the message"
            self._add(node.target.trailers[1], message, f"#set({written}.name = ...)")

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


def _holding_groups(found: list[nodes.Node]) -> frozenset[str]:
    """Variables that hold ``$input.params()`` and never anything else."""
    plain = [node for node in found if isinstance(node, nodes.Set) and not node.target.trailers]
    holding = {node.target.name for node in plain if _is_params(node.value)}
    others = {node.target.name for node in plain if not _is_params(node.value)}
    loops = {node.variable for node in found if isinstance(node, nodes.Foreach)}
    return frozenset(holding - others - loops)


def _is_params(node: nodes.Node) -> bool:
    if not isinstance(node, nodes.Reference) or node.name != "input" or len(node.trailers) != 1:
        return False
    (call,) = node.trailers
    return isinstance(call, nodes.Method) and call.name == "params" and not call.arguments


def _to_set(name: str) -> str:
    if name == "inputRoot":
        return "#set($inputRoot = $input.path('$')) before"
    return f"#set(${name} = ...) before, or write \\${name} if the text is meant"


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
