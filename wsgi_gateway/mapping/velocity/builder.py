# ruff: noqa: D102 - a method is documented by the rule of velocity.lark it is named after
"""Makes nodes while the grammar is being reduced: one method a rule of `velocity.lark`.

A child is a node already made, or a token. What 1.7 decides when it *initialises* a node (how many
arguments a directive wants, what a reference's escapes mean) is decided here, and refused here.
"""

from typing import Any

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.lookahead import Token
from wsgi_gateway.mapping.velocity.notation import read_notation, unquote

_Children = list[Any]


def _arguments(children: _Children, allow_words: bool = True) -> list[nodes.Node]:
    found = [child for child in children[1].statements if not isinstance(child, Token)]
    for position, child in enumerate(found):
        if isinstance(child, nodes.Word) and not (allow_words and position == 1):
            raise Refusal(f"{child.value!r} is no argument", child.start)
    return found


def _number(token: Token) -> Token:
    if token.image[0] in "#$\\":  # "#1" is text that looks like a directive
        raise Refusal(f"{token.image!r} is no argument", token.start)
    if len(token.image) > 1000:
        raise Refusal("a number of too many digits", token.start)
    return token


class Builder:
    """Stateless; lark calls the method named like the rule."""

    def start(self, children: _Children) -> nodes.Block:
        block: nodes.Block = children[0]
        return block

    def block(self, children: _Children) -> nodes.Block:
        return nodes.Block(children)

    # Text
    def text(self, children: _Children) -> nodes.Text:
        token = children[0]
        value = token.value if token.type == "TEXT" else token.lead + token.image
        return nodes.Text(value, start=token.start, end=token.end)

    def comment(self, children: _Children) -> nodes.Text:
        return nodes.Text(children[0].value, start=children[0].start, end=children[0].end)

    textblock = comment

    # References
    def reference(self, children: _Children) -> nodes.Reference:
        first = children[0]
        formal = first.type == "FORMAL_OPEN"
        last = children[-1]
        trailers = children[2:-1] if formal else children[1:]
        name = children[1].image if formal else None
        return read_notation(first, name, trailers, last.end)

    def property(self, children: _Children) -> nodes.Property:
        token = children[0]
        return nodes.Property(token.image, start=token.start, end=token.end)

    def method(self, children: _Children) -> nodes.Method:
        arguments = [child for child in children if not isinstance(child, Token)]
        return nodes.Method(children[0].image, arguments, start=children[0].start, end=children[-1].end)

    def index(self, children: _Children) -> nodes.Index:
        return nodes.Index(children[1], start=children[0].start, end=children[-1].end)

    # Expressions
    def or_(self, children: _Children) -> nodes.Logic:
        return self._logic("or", children)

    def and_(self, children: _Children) -> nodes.Logic:
        return self._logic("and", children)

    def _logic(self, operator: str, children: _Children) -> nodes.Logic:
        left, _, right = children
        if isinstance(left, nodes.Logic) and left.operator == operator:
            left.operands.append(right)
            return left
        return nodes.Logic(operator, [left, right], start=left.start)

    def binary(self, children: _Children) -> nodes.Binary:
        left, operator, right = children
        step = (operator.type, right, operator.start, operator.end)
        if isinstance(left, nodes.Binary) and not left.end:
            left.rest.append(step)
            return left
        return nodes.Binary(left, [step], start=left.start)

    equality = comparison = sum = product = binary

    def not_(self, children: _Children) -> nodes.Not:
        return nodes.Not(children[1], start=children[0].start)

    def parens(self, children: _Children) -> nodes.Node:
        node: nodes.Node = children[1]
        if isinstance(node, nodes.Binary):
            node.start, node.end = children[0].end, children[2].start
        return node

    def string(self, children: _Children) -> nodes.Node:
        token = children[0]
        value, live = unquote(token.image, token.start)
        kind = nodes.Interpolated if live else nodes.Constant
        return kind(value, start=token.start, end=token.end)

    def integer(self, children: _Children) -> nodes.Constant:
        token = _number(children[0])
        return nodes.Constant(int(token.image), start=token.start, end=token.end)

    def float(self, children: _Children) -> nodes.Constant:
        token = _number(children[0])
        return nodes.Constant(float(token.image), start=token.start, end=token.end)

    def constant(self, children: _Children) -> nodes.Constant:
        token = children[0]
        return nodes.Constant(token.type == "TRUE", start=token.start, end=token.end)

    def list(self, children: _Children) -> nodes.ListLiteral:
        items = [child for child in children if not isinstance(child, Token)]
        return nodes.ListLiteral(items, start=children[0].start, end=children[-1].end)

    def map(self, children: _Children) -> nodes.MapLiteral:
        items = [child for child in children if not isinstance(child, Token)]
        return nodes.MapLiteral(items, start=children[0].start, end=children[-1].end)

    def range(self, children: _Children) -> nodes.Range:
        return nodes.Range(children[1], children[3], start=children[0].start, end=children[-1].end)

    # Directives
    def arguments(self, children: _Children) -> nodes.Block:
        return nodes.Block(children)

    def word(self, children: _Children) -> nodes.Word:
        return nodes.Word(children[0].image, start=children[0].start, end=children[0].end)

    def set(self, children: _Children) -> nodes.Set:
        return nodes.Set(children[1], children[3], start=children[0].start, end=children[-1].start + 1)

    def if_(self, children: _Children) -> nodes.If:
        parts = [child for child in children[4:] if not isinstance(child, Token)]
        otherwise = parts.pop() if len(parts) > 1 and isinstance(parts[-1], nodes.Block) else None
        branches = [(children[2], parts[0]), *parts[1:]]
        return nodes.If(branches, otherwise, start=children[0].start, end=children[3].start + 1)

    def elseif(self, children: _Children) -> tuple[nodes.Node, nodes.Block]:
        block: nodes.Block = children[4]
        block.start, block.end = children[0].start, children[3].start + 1
        return children[2], block

    def else_(self, children: _Children) -> nodes.Block:
        block: nodes.Block = children[1]
        block.start, block.end = children[0].start, children[0].end
        return block

    def foreach(self, children: _Children) -> nodes.Node:
        arguments = _arguments(children)
        start = children[0].start
        if len(arguments) < 2:
            return nodes.Fail("#foreach wants ($item in $items)", start=start, end=children[2].start + 1)
        first = arguments[0]
        variable = first.name if isinstance(first, nodes.Reference) else ""
        # 1.7 takes the third argument for the items and the fourth child for the body, whatever they are.
        items = arguments[2] if len(arguments) > 2 else nodes.Constant(None)
        body = arguments[3] if len(arguments) > 3 else children[3]
        if not isinstance(body, (nodes.Block, nodes.Reference)):
            body = nodes.Block([])
        return nodes.Foreach(variable, items, body, start=start, end=children[2].start + 1)

    def macro(self, children: _Children) -> nodes.Macro:
        arguments = [child for child in children[1].statements if not isinstance(child, Token)]
        start = children[0].start
        if not arguments or not isinstance(arguments[0], nodes.Word):
            raise Refusal("#macro wants a name first", start)
        for argument in arguments[1:]:
            if isinstance(argument, nodes.Word):
                raise Refusal(f"{argument.value!r} is no parameter", argument.start)
        names = [a.assigned if isinstance(a, nodes.Reference) else "" for a in arguments[1:]]
        return nodes.Macro(arguments[0].value, names, children[3], start=start)

    def define(self, children: _Children) -> nodes.Define:
        arguments = _arguments(children, allow_words=False)
        if len(arguments) != 1:
            raise Refusal("#define wants ($name)", children[0].start)
        first = arguments[0]
        name = first.assigned if isinstance(first, nodes.Reference) else ""
        return nodes.Define(name, children[3], start=children[0].start)

    def literal(self, children: _Children) -> nodes.Node:
        arguments = _arguments(children, allow_words=False)
        block = children[3]
        if arguments:  # 1.7 shows the source of its first child, whatever that is
            first = arguments[0]
            return nodes.Verbatim(first, start=first.start, end=first.end)
        if not block.statements:
            raise Refusal("#literal has nothing to show", children[0].start)
        return nodes.Verbatim(block, start=children[2].end, end=children[4].start)

    def call(self, children: _Children) -> nodes.Call:
        arguments = [child for child in children[1].statements if not isinstance(child, Token)]
        first, last = children[0], children[2]
        return nodes.Call(first.value, arguments, start=first.start, end=last.end)

    def block_call(self, children: _Children) -> nodes.Call:
        arguments = [child for child in children[1].statements if not isinstance(child, Token)]
        first, last = children[0], children[4]
        return nodes.Call(first.value[1:], arguments, children[3], start=first.start, end=last.end)

    def bare(self, children: _Children) -> nodes.Node:
        token = children[0]
        if token.value.startswith("@"):
            return nodes.Text("#" + token.value, start=token.start, end=token.end)
        return nodes.Call(token.value, [], start=token.start, end=token.end)

    def evaluate(self, children: _Children) -> nodes.Evaluate:
        arguments = _arguments(children, allow_words=False)
        allowed = (nodes.Reference, nodes.Interpolated, nodes.Constant)
        if len(arguments) != 1 or not isinstance(arguments[0], allowed):
            raise Refusal("#evaluate wants one string or reference", children[0].start)
        if isinstance(arguments[0], nodes.Constant) and not isinstance(arguments[0].value, str):
            raise Refusal("#evaluate wants one string or reference", children[0].start)
        return nodes.Evaluate(arguments[0], start=children[0].start, end=children[2].start + 1)

    def include(self, children: _Children) -> nodes.Include:
        arguments = _arguments(children, allow_words=False) if len(children) > 1 else []
        return nodes.Include(children[0].value, arguments, start=children[0].start)

    def break_(self, children: _Children) -> nodes.Break:
        arguments = _arguments(children, allow_words=False) if len(children) > 1 else []
        if len(arguments) > 1:
            raise Refusal("#break wants one scope at most", children[0].start)
        return nodes.Break(arguments[0] if arguments else None, start=children[0].start)

    def stop(self, children: _Children) -> nodes.Stop:
        arguments = _arguments(children, allow_words=False) if len(children) > 1 else []
        if len(arguments) > 1:
            raise Refusal("#stop wants one message at most", children[0].start)
        return nodes.Stop(start=children[0].start)
