"""From text to tree: the one module that knows lark, and the only one to import it, when the first template
is compiled.

The grammar is `velocity.lark`; its tokens come from `scanner` and `lookahead`, so lark neither lexes nor
guesses. The `Builder` turns every reduced rule into a node on the spot; no lark tree is kept.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.budget import check
from wsgi_gateway.mapping.velocity.builder import Builder
from wsgi_gateway.mapping.velocity.errors import Refusal, place_of
from wsgi_gateway.mapping.velocity.lookahead import Lookahead
from wsgi_gateway.mapping.velocity.scanner import Scanner


def parse(source: str, macros: frozenset[str] = frozenset()) -> tuple[nodes.Block, frozenset[str]]:
    """The tree of `source` and the macros known after it; or `Refusal`."""
    lookahead = Lookahead(Scanner(source).tokens(), macros)
    tokens = lookahead.tokens()
    engine, unexpected, visit_error = _machine()
    try:
        tree = engine.parse(tokens)
    except unexpected as error:
        found: Any = error.token
        if found.type == "$END":
            raise Refusal(_ended_early(source, lookahead), max(len(source) - 1, 0)) from None
        raise Refusal(f"unexpected {found.image.strip() or found.image!r}", found.start) from None
    except visit_error as error:
        raise error.orig_exc from None
    return tree, frozenset(lookahead.macros)


def _ended_early(source: str, lookahead: Lookahead) -> str:
    opened = lookahead.unclosed()
    if opened is None:
        return "unexpected end of the template"
    line, column = place_of(source, opened[1])
    return f"unexpected end of the template: {opened[0]} at {line}:{column} is never closed"


@cache
def _machine() -> tuple[Any, Any, Any]:
    from lark import Lark
    from lark.exceptions import UnexpectedToken, VisitError
    from lark.lexer import Lexer

    class Ready(Lexer):
        """A lexer whose tokens are ready."""

        def __init__(self, _conf: object) -> None:
            pass

        def lex(self, tokens: Any, _state: object = None) -> Iterator[Any]:
            """Hand them over."""
            for count, token in enumerate(tokens):
                if not count & 255:
                    check()  # an `#evaluate` is parsed on the time of a rendering
                yield token

    grammar = Path(__file__).with_name("velocity.lark").read_text("utf-8")
    lexer: Any = Ready
    builder: Any = Builder()
    engine = Lark(grammar, parser="lalr", lexer=lexer, transformer=builder, maybe_placeholders=False)
    return engine, UnexpectedToken, VisitError
