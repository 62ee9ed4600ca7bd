"""The language between `[?(` and `)]`.

    condition  = and-term { "||" and-term }
    and-term   = factor { "&&" factor }
    factor     = "!" factor | "(" condition ")" | operand [ operator operand ]
    operand    = path | "!" path | text | number | true | false | null | list | object | /pattern/flags

A path alone asks whether it exists; any other operand alone is an error.  Word operators (`in`, `size`, ...)
ignore case and end at a blank::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> parse("$[?(@.n IN [1] && !@.x)]").steps[0].condition.terms[1]
    Exists(path=Path(text='@.x', root='@', steps=(Member(at=21, name='x'),)), wanted=False)

Not for the meaning of the operators (`operators`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from wsgi_gateway.mapping.jsonpath.cursor import Cursor
from wsgi_gateway.mapping.jsonpath.literals import JsonLiteral
from wsgi_gateway.mapping.jsonpath.nodes import (
    And,
    Comparison,
    Condition,
    Exists,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from wsgi_gateway.mapping.jsonpath.numbers import parse_number
from wsgi_gateway.mapping.jsonpath.regex import FLAGS, Pattern
from wsgi_gateway.mapping.jsonpath.text import unescape

SYMBOLS = frozenset({"==", "===", "!=", "!==", "<", "<=", ">", ">=", "=~"})
WORDS = frozenset("IN NIN SUBSETOF ANYOF NONEOF ALL SIZE EMPTY CONTAINS EXISTS TYPE MATCHES".split())
_SYMBOL_CHARS = "<>=~!"

ReadPath: TypeAlias = Callable[[Cursor], Path]


def read_filter(cursor: Cursor, read_path: ReadPath) -> Condition:
    """Read the whole cursor, parentheses included, as one condition."""
    reader = _Reader(cursor, read_path)
    condition = reader.condition()
    cursor.skip_blanks()
    if cursor.within(cursor.at):
        cursor.fail("expected an operator, && or ||, or the end of the filter")
    return condition


class _Reader:
    def __init__(self, cursor: Cursor, read_path: ReadPath) -> None:
        self.cursor = cursor
        self.read_path = read_path

    def condition(self) -> Condition:
        terms = [self.and_term()]
        while self.take("||"):
            terms.append(self.and_term())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def and_term(self) -> Condition:
        terms = [self.factor()]
        while self.take("&&"):
            terms.append(self.factor())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def take(self, symbol: str) -> bool:
        """Move behind a symbol if it comes next."""
        cursor = self.cursor
        cursor.skip_blanks()
        found = cursor.text.startswith(symbol, cursor.at) and cursor.within(cursor.at + len(symbol) - 1)
        cursor.at += len(symbol) * found
        return found

    def peek(self) -> str:
        self.cursor.skip_blanks()
        return self.cursor.current

    def factor(self) -> Condition:
        cursor = self.cursor
        if self.peek() == "!":
            begin = cursor.at
            cursor.at += 1
            if self.peek() not in "$@":
                return Not(self.nested(self.factor))
            cursor.at = begin  # `!@.a` is an operand
        if self.peek() == "(":
            cursor.at += 1
            condition = self.nested(self.condition)
            if self.peek() != ")":
                cursor.fail("expected )")
            cursor.at += 1
            return condition
        return self.comparison()

    def nested(self, read: Callable[[], Condition]) -> Condition:
        self.cursor.deeper()
        condition = read()
        self.cursor.depth -= 1
        return condition

    def comparison(self) -> Condition:
        cursor = self.cursor
        wanted = self.peek() != "!"
        begin = cursor.at
        left = self.operand()
        behind = cursor.at
        operator = self.operator()
        if operator:
            return Comparison(left, operator, self.operand())
        cursor.at = behind
        if not isinstance(left, Path):
            cursor.fail("a constant is no condition", begin)
        return Exists(left, wanted)

    def operator(self) -> str:
        """The operator that comes next, or nothing."""
        cursor = self.cursor
        cursor.skip_blanks()
        begin = cursor.at
        symbolic = cursor.current in _SYMBOL_CHARS
        while cursor.within(cursor.at):
            char = cursor.current
            if char not in _SYMBOL_CHARS if symbolic else char == " ":
                break
            cursor.at += 1
        operator = cursor.text[begin : cursor.at].upper()
        return operator if operator in SYMBOLS or operator in WORDS else ""

    def operand(self) -> Operand:
        cursor = self.cursor
        char = self.peek()
        if char == "!":
            # Before a path that is compared, the ! means nothing.
            cursor.at += 1
            if self.peek() not in "$@":
                cursor.fail("expected a path after !")
            return self.path()
        if char in "$@":
            return self.path()
        if char in "'\"":
            return self.text(char)
        if char in "[{":
            return self.json(char)
        if char == "/":
            return self.pattern()
        if char in "tfn":
            return self.word({"t": "true", "f": "false", "n": "null"}[char])
        return self.number()

    def path(self) -> Path:
        """A path ends at a blank, an operator's symbol or a parenthesis that is not its own."""
        cursor = self.cursor
        begin = cursor.at
        cursor.at += 1
        while cursor.within(cursor.at):
            if cursor.current == "[":
                close = cursor.closing(cursor.at, "[", "]")
                if close == -1:
                    cursor.fail("no closing ]")
                cursor.at = close + 1
            char = cursor.current
            if not cursor.within(cursor.at) or char in _SYMBOL_CHARS or char == " ":
                break
            if char == ")" and not self.closes_call(begin):
                break
            cursor.at += 1
        return self.read_path(cursor.part(begin, cursor.at))

    def closes_call(self, begin: int) -> bool:
        """Whether the `)` here ends a call without arguments, the only one a filter recognises."""
        cursor = self.cursor
        opening = cursor.at - 1
        return cursor.text[opening] == "(" and cursor.text.find(".", begin + 1, opening) != -1

    def text(self, quote: str) -> Literal:
        cursor = self.cursor
        begin = cursor.at
        end = cursor.unescaped(begin, quote)
        if end == -1:
            cursor.fail(f"no closing {quote}")
        cursor.at = end + 1
        try:
            return Literal(unescape(cursor.text[begin + 1 : end]))
        except ValueError:
            cursor.fail("\\u needs four hexadecimal digits", begin)

    def json(self, opening: str) -> Literal:
        cursor = self.cursor
        begin = cursor.at
        close = cursor.closing(begin, opening, {"[": "]", "{": "}"}[opening])
        if close == -1:
            cursor.fail(f"no closing bracket for {opening}")
        cursor.at = close + 1
        return Literal(JsonLiteral(cursor.text[begin : cursor.at]))

    def pattern(self) -> Literal:
        cursor = self.cursor
        begin = cursor.at
        close = cursor.unescaped(begin, "/")
        if close == -1:
            cursor.fail("no closing /")
        cursor.at = close + 1
        while cursor.within(cursor.at) and cursor.current in FLAGS:
            cursor.at += 1
        try:
            return Literal(Pattern(cursor.text[begin + 1 : close], cursor.text[close + 1 : cursor.at]))
        except ValueError as error:
            cursor.fail(f"{error}", begin)

    def word(self, word: str) -> Literal:
        if not self.take(word):
            self.cursor.fail("expected a value")
        return Literal({"true": True, "false": False, "null": None}[word])

    def number(self) -> Literal:
        cursor = self.cursor
        begin = cursor.at
        while cursor.within(cursor.at) and (cursor.current in "-.eE" or _is_digit(cursor.current)):
            cursor.at += 1
        number = parse_number(cursor.text[begin : cursor.at])
        if number is None:
            cursor.fail("expected a value", begin)
        return Literal(number)


def _is_digit(char: str) -> bool:
    return char.isdecimal() and char <= "\uffff"
