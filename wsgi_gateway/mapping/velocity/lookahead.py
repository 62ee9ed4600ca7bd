"""Between scanner and grammar: the questions a grammar with one token of lookahead cannot ask.

Velocity 1.7's own parser looks up to three tokens ahead to tell a property from a method call, a dot of a
reference from a full stop, and `${` from text. Those decisions are taken here, so `velocity.lark` stays
LALR and reads like the language. Here too, nesting is bounded: whatever a template's author (or attacker)
piles up, later stages may recurse safely.
"""

import re
from typing import ClassVar

from wsgi_gateway.mapping.velocity.budget import charge, check
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.scanner import RawToken

MAX_TOKENS = 25_000
"""Of the template and of the templates in its strings."""
MAX_BLOCKS = 100
MAX_BRACKETS = 60
_TOKEN = 2048
"""Bytes that a token takes until it is a line of a program."""
_MARKS = re.compile(r"[$#.\[({+*/%<>=!&|-]")
_WORD = 8
"""Characters of a string for one token, beside those that its marks begin."""

_ARGUMENT_STARTS = frozenset(
    "BLANKS STRING INTEGER FLOAT LBRACKET LEFT_CURLEY TRUE FALSE IDENTIFIER LCURLY CALL_RPAREN".split()
)
_CHAIN = frozenset(("NAME", "PROPERTY", "INDEX_RBRACKET", "CALL_RPAREN"))
_BLOCK_DIRECTIVES = {"foreach": "FOREACH", "macro": "MACRO", "define": "DEFINE", "literal": "LITERAL"}
_LINE_DIRECTIVES = {
    "include": "INCLUDE",
    "parse": "INCLUDE",
    "evaluate": "EVALUATE",
    "break": "BREAK",
    "stop": "STOP",
}
_MAY_BE_BARE = frozenset(("break", "stop", "include", "parse"))
DIRECTIVES = frozenset((*_BLOCK_DIRECTIVES, *_LINE_DIRECTIVES))
_CONDITION_WORDS = frozenset(("if", "end", "set", "else", "elseif"))
_OPENING = {"IF": "block", "FOREACH": "block", "MACRO": "block", "DEFINE": "block", "LITERAL": "block"}
_HEADS = frozenset(
    "SET IF ELSEIF FOREACH MACRO DEFINE LITERAL EVALUATE INCLUDE BREAK STOP CALL BLOCK_CALL".split()
)
_BRACKET = {"LPAREN": 1, "LBRACKET": 1, "LEFT_CURLEY": 1, "INDEX_LBRACKET": 1}
_UNBRACKET = {"RPAREN": 1, "CALL_RPAREN": 1, "RBRACKET": 1, "RIGHT_CURLEY": 1, "INDEX_RBRACKET": 1}


class Token:
    """What the grammar sees. The class attributes are what lark expects of any token."""

    __slots__ = ("end", "image", "lead", "start", "type", "value")

    line: ClassVar[int] = 1
    column: ClassVar[int] = 1
    end_line: ClassVar[int] = 1
    end_column: ClassVar[int] = 1
    start_pos: ClassVar[int] = 0
    end_pos: ClassVar[int] = 0

    def __init__(self, type_: str, raw: RawToken, value: str | None = None) -> None:
        self.type = type_
        self.image = raw.image
        self.start = raw.start
        self.end = raw.end
        self.lead = raw.lead
        self.value = raw.image if value is None else value


class Lookahead:
    """Turns raw tokens into the grammar's."""

    def __init__(self, raw: list[RawToken], macros: frozenset[str]) -> None:
        self.raw = raw
        self.macros = set(macros)
        self.out: list[Token] = []
        self.curly: list[str] = []
        self.blocks = self.brackets = 0
        self.inside = 0  # tokens to come of what is in strings
        self.stray = -1  # mode depth of a parenthesis that opened no call

    def tokens(self) -> list[Token]:
        """Resolve them all."""
        index, count = 0, len(self.raw)
        while index < count:
            index = self._one(index)
            if not index & 255:
                check()
        size = len(self.out) + self.inside
        if size > MAX_TOKENS:
            raise Refusal("the template is too large", self.out[-1].start)
        # A template of the API is on nobody's account, an `#evaluate` is on its rendering's.
        charge(_TOKEN * size)
        return self.out

    def unclosed(self) -> tuple[str, int] | None:
        """Of a template that ends too early: what was opened last and not closed, and where it stands."""
        blocks: list[Token] = []
        head, depth = None, 0
        for token in self.out:
            if token.type in _HEADS:
                head, depth = token, int(token.type == "SET")
            elif token.type == "LPAREN":
                depth += 1
            elif token.type in ("RPAREN", "CALL_RPAREN"):
                depth -= 1
                head = head if depth > 0 else None
            if token.type in _OPENING or token.type == "BLOCK_CALL":
                blocks.append(token)
            elif token.type == "END" and blocks:
                blocks.pop()
        opened = head or (blocks[-1] if blocks else None)
        if opened is None:
            return None
        image = opened.image.strip(" \t(")
        name = f"#{directive_name(image[image.rindex('#') :])}"
        start = opened.start + opened.image.rindex("#")
        return (f"the parenthesis of {name}" if head else f"the {name}"), start

    def _kind(self, index: int) -> str:
        return self.raw[index].kind if index < len(self.raw) else "EOF"

    def _one(self, index: int) -> int:
        raw = self.raw[index]
        resolve = _RESOLVE.get(raw.kind)
        if resolve is not None:
            return resolve(self, index, raw)
        self._put(Token(raw.kind, raw))
        return index + 1

    def _put(self, token: Token) -> None:
        kind = token.type
        if kind in _OPENING:
            self.blocks += 1
            if self.blocks > MAX_BLOCKS:
                raise Refusal("blocks are nested too deeply", token.start)
        elif kind == "END":
            self.blocks -= 1
        elif kind in _BRACKET:
            self.brackets += 1
            if self.brackets > MAX_BRACKETS:
                raise Refusal("brackets are nested too deeply", token.start)
        elif kind in _UNBRACKET:
            self.brackets -= 1
        self.out.append(token)

    def _string(self, index: int, raw: RawToken) -> int:
        image = raw.image
        if image[0] == '"' and ("$" in image or "#" in image):
            # Counted before it is taken apart: strings in strings in strings are met one by one.
            self.inside += len(_MARKS.findall(image)) + len(image) // _WORD
        self._put(Token(raw.kind, raw))
        return index + 1

    def _text(self, index: int, raw: RawToken) -> int:
        self.out.append(Token("TEXT", raw, raw.lead + raw.image))
        return index + 1

    def _identifier(self, index: int, raw: RawToken) -> int:
        if self.out and self.out[-1].type == "DOT" and self._kind(index - 1) == "DOT":
            self.out.pop()
            called = self._kind(index + 1) == "LPAREN" and self._kind(index + 2) in _ARGUMENT_STARTS
            self._put(Token("METHOD" if called else "PROPERTY", raw))
            if self._kind(index + 1) == "LPAREN" and not called:
                self._text(index + 1, self.raw[index + 1])
                self.stray = self.raw[index + 1].depth
                return index + 2
            return index + 1
        self._put(Token("NAME", raw))
        return index + 1

    def _dot(self, index: int, raw: RawToken) -> int:
        if (
            self.out
            and self.out[-1].type in _CHAIN
            and self._kind(index + 1) == "IDENTIFIER"
            and not raw.lead
        ):
            self.out.append(Token("DOT", raw))
            return index + 1
        # `$!.x`: the dot alone is left of the openers before it.
        self.out.append(Token("TEXT", raw, raw.lead + "."))
        return index + 1

    def _lcurly(self, index: int, raw: RawToken) -> int:
        if self._kind(index + 1) != "IDENTIFIER":
            return self._text(index, raw)
        self.curly.append("formal")
        self._put(Token("FORMAL_OPEN", raw))
        return index + 1

    def _left_curley(self, index: int, raw: RawToken) -> int:
        self.curly.append("map")
        self._put(Token("LEFT_CURLEY", raw))
        return index + 1

    def _right_curley(self, index: int, raw: RawToken) -> int:
        if self.curly:
            self.curly.pop()
        self._put(Token("RIGHT_CURLEY", raw))
        return index + 1

    def _rcurly(self, index: int, raw: RawToken) -> int:
        opener = self.curly.pop() if self.curly else ""
        if opener == "formal":
            self._put(Token("FORMAL_CLOSE", raw))
        elif opener == "map":
            self._put(Token("RIGHT_CURLEY", raw))
        else:
            self._text(index, raw)
        return index + 1

    def _blanks(self, index: int, raw: RawToken) -> int:
        before = self.raw[index - 1]
        after = self._kind(index + 1)
        empty_list = before.kind == "LBRACKET" and after == "RBRACKET"
        empty_call = before.kind == "LPAREN" and after == "CALL_RPAREN"
        if empty_list or empty_call or before.kind == "BLANKS" or self.stray == raw.depth:
            raise Refusal("unexpected blank", raw.start)
        return index + 1

    def _not(self, index: int, raw: RawToken) -> int:
        run = 1
        while self._kind(index - run) == "NOT" and run <= MAX_BRACKETS:
            run += 1
        if run > MAX_BRACKETS:
            raise Refusal("too many negations", raw.start)
        self._put(Token("NOT", raw))
        return index + 1

    def _call_word(self, index: int, raw: RawToken) -> int:
        name = directive_name(raw.image)
        if name == "macro":
            # 1.7 knows a macro's name from its definition on, which matters to escapes only.
            self._remember_macro(index)
        kind = _BLOCK_DIRECTIVES.get(name) or _LINE_DIRECTIVES.get(name)
        if kind is None:
            kind = "BLOCK_CALL" if name.startswith("@") else "CALL"
        if kind == "BLOCK_CALL":
            self.blocks += 1
        self._put(Token(kind, raw, name))
        return index + 1

    def _word(self, index: int, raw: RawToken) -> int:
        if raw.image.startswith("{"):
            raise Refusal(f"unexpected {raw.image!r}", raw.start)
        self._put(Token("WORD", raw))
        return index + 1

    def _remember_macro(self, index: int) -> None:
        for raw in self.raw[index + 1 : index + 5]:
            if raw.kind == "WORD":
                self.macros.add(raw.image)
                return

    def _bare_word(self, index: int, raw: RawToken) -> int:
        name = directive_name(raw.image)
        if name in DIRECTIVES and name not in _MAY_BE_BARE:
            raise Refusal(f"#{name} needs arguments in parentheses", raw.start)
        self._put(Token("BARE_" + _LINE_DIRECTIVES[name] if name in _LINE_DIRECTIVES else "BARE", raw, name))
        return index + 1

    def _escaped_directive(self, index: int, raw: RawToken) -> int:
        last = raw.image.rindex("\\")
        word = raw.image[last + 1 :]
        name = word[2:-1] if word[1] == "{" else word[1:]
        known = name in DIRECTIVES or name in _CONDITION_WORDS or name in self.macros
        self.out.append(Token("TEXT", raw, raw.image[: last // 2] + word if known else raw.image))
        return index + 1

    def _double_escapes(self, index: int, raw: RawToken) -> int:
        end = index + 1
        after = self._kind(end)
        word = self.raw[end].image[1:] if after != "EOF" else ""
        control = after in ("IF", "ELSE", "ELSEIF", "END") or word in DIRECTIVES or word in self.macros
        self.out.append(Token("TEXT", raw, ("\\" if control else "\\\\") * (len(raw.image) // 2)))
        return end


def directive_name(image: str) -> str:
    """`#foo` and `#{foo}` are both foo."""
    return image[2:-1] if image.endswith("}") else image[1:]


_RESOLVE = {
    "TEXT": Lookahead._text,
    "ESCAPE": Lookahead._text,
    "EMPTY_INDEX": Lookahead._text,
    "STRING": Lookahead._string,
    "IDENTIFIER": Lookahead._identifier,
    "DOT": Lookahead._dot,
    "LCURLY": Lookahead._lcurly,
    "RCURLY": Lookahead._rcurly,
    "LEFT_CURLEY": Lookahead._left_curley,
    "RIGHT_CURLEY": Lookahead._right_curley,
    "BLANKS": Lookahead._blanks,
    "NOT": Lookahead._not,
    "WORD": Lookahead._word,
    "CALL_WORD": Lookahead._call_word,
    "BARE_WORD": Lookahead._bare_word,
    "ESCAPED_DIRECTIVE": Lookahead._escaped_directive,
    "DOUBLE_ESCAPE": Lookahead._double_escapes,
}
