"""The tree of a template as lint reads it: strings opened up, every node reachable, references by their text.

The parser keeps a string in double quotes as text until it is rendered. :class:`Tree` parses it in place, its
offsets those of the template, so that a mistake inside one is told where it stands.

Not for running templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache
from typing import Any

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.parser import parse


class Tree:
    """One template. Raises ``Refusal`` when it is no Velocity."""

    def __init__(self, source: str) -> None:
        self.source = source
        # AWS strips templates; only what stands at the end decides whether there is an error.
        self.root, _ = parse(source.rstrip())
        self._inside: dict[int, nodes.Block] = {}
        self.all = list(self._walk(self.root))

    def inside(self, string: nodes.Interpolated) -> nodes.Block:
        """What a string in double quotes is made of."""
        block = self._inside.get(id(string))
        if block is None:
            block = self._inside[id(string)] = self._opened(string)
        return block

    def _opened(self, string: nodes.Interpolated) -> nodes.Block:
        block = _parsed(string.value)
        as_written = self.source[string.start + 1 : string.end - 1] == string.value
        for node in _below(block):
            node.start = string.start + 1 + node.start if as_written else string.start
            node.end = string.start + 1 + node.end if as_written else string.end
        return block

    def _walk(self, node: nodes.Node) -> Iterator[nodes.Node]:
        yield node
        for child in children(node):
            yield from self._walk(child)
        if isinstance(node, nodes.Interpolated):
            yield from self._walk(self.inside(node))

    def below(self, node: nodes.Node) -> Iterator[nodes.Node]:
        """The node and all within it, strings opened up."""
        return self._walk(node)

    def name_of(self, reference: nodes.Reference) -> str:
        """A reference without its notation: ``${a.b}`` and ``$!a.b`` are ``a.b``."""
        return reference.name + "".join(self._trailer(trailer) for trailer in reference.trailers)

    def _trailer(self, trailer: nodes.Node) -> str:
        if isinstance(trailer, nodes.Property):
            return f".{trailer.name}"
        lead = "." if isinstance(trailer, nodes.Method) else ""
        return lead + "".join(self.source[trailer.start : trailer.end].split())


def children(node: nodes.Node) -> Iterator[nodes.Node]:
    """The nodes right below, in the order of the text."""
    for field in fields(node):
        yield from _nodes(getattr(node, field.name))


def _nodes(value: Any) -> Iterator[nodes.Node]:
    if isinstance(value, nodes.Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _nodes(item)


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in children(node):
        yield from _below(child)


def member_of(trailer: nodes.Node | None) -> str | None:
    """The member that it reads or puts: ``.name``, ``['name']``, ``.get('name')``, ``.put('name', x)``."""
    if isinstance(trailer, nodes.Property):
        return trailer.name
    if isinstance(trailer, nodes.Index):
        return constant_text(trailer.key)
    if isinstance(trailer, nodes.Method) and trailer.name in ("get", "put") and trailer.arguments:
        return constant_text(trailer.arguments[0])
    return None


def is_live(reference: nodes.Reference) -> bool:
    """Whether it is read at all: not ``\\$escaped``, not a bare word."""
    return not reference.escaped and not reference.bare and reference.computable


def constant_text(node: nodes.Node | None) -> str | None:
    """The text of a string literal without references: ``'$.a'``, and ``"$.a"`` with its idle dollar."""
    if isinstance(node, nodes.Interpolated):
        return _idle_text(node.value)
    text = node.value if isinstance(node, nodes.Constant) else None
    return text if isinstance(text, str) else None


@lru_cache(maxsize=1024)
def _idle_text(value: str) -> str | None:
    statements = _parsed(value).statements
    texts = [node.value for node in statements if isinstance(node, nodes.Text)]
    return "".join(texts) if len(texts) == len(statements) else None


def _parsed(value: str) -> nodes.Block:
    """A string as the compiler takes it, with a blank behind: a ``$`` or ``#`` at its end is text."""
    try:
        block, _ = parse(value if "##" in value else value + " ")
    except Refusal:
        # Nobody looks into what is printed as it stands: #literal, the arguments of a macro that is none.
        return nodes.Block([nodes.Verbatim(nodes.Block([]))])
    last = block.statements[-1] if block.statements else None
    if isinstance(last, nodes.Text) and "##" not in value:
        last.value = last.value.removesuffix(" ")
    return block
