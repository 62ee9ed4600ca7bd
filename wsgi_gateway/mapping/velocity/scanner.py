r"""From characters to tokens, with the modes of Velocity 1.7.

Velocity's tokens depend on where one is: `.` is text, or the dot of a property, or a lexical error. The
scanner is a stack of modes with one regular expression each:

=============  =====================================================================
TEXT           the template's own text
REFERENCE      after `$`, up to the first character that cannot go on
MODIFIER       after `$a.`, where `(` opens a call
ARGUMENTS      inside the parentheses of a method call
INDEX          inside `[...]` of a reference
HASH           after `#`, until it is known which directive (if any) this is
DIRECTIVE      inside the parentheses of a directive: expressions
=============  =====================================================================

Two peculiarities of 1.7 are kept because its whitespace rules and error cases follow from them. A `$` or
`#` opens a mode *without ending the token*, so `#$x` is one token whose image is `#$x`. And a character
which ends a mode is put back, the opener being remembered as `lead` of the next token: that is how a `$`
that starts nothing stays text. A `$` or `#` at the very end has no such next token and is an error, in 1.7
and on AWS.

The whitespace rules are in the expressions: `#set` takes the blanks before it if they start a token, a
closing parenthesis takes blanks and one line end after it.
"""

import re
from typing import NamedTuple

from wsgi_gateway.mapping.velocity.budget import charge
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.modes import (
    AHEAD_IS_PAREN,
    ARGUMENTS,
    CONSTANTS,
    DIRECTIVE,
    HASH,
    IN_BLOCK,
    IN_COMMENT,
    IN_LINE_COMMENT,
    INDEX,
    MODES,
    MODIFIER,
    OPERATORS,
    REFERENCE,
    TEXT,
)


class RawToken(NamedTuple):
    """One token: `image` is `source[start:end]`, openers included; `lead` is text put back before it."""

    kind: str
    image: str
    start: int
    end: int
    lead: str = ""
    depth: int = 0


_TOKEN = 400
"""Bytes that a raw token takes."""
_MANY = 256
_MAX_TOKENS = 40_000
MAX_SOURCE = 2**19
"""Characters. AWS takes templates of 300 kB."""


class Scanner:
    """Splits one template; `tokens()` gives the whole list or raises `Refusal`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.mode = TEXT
        self.opened = 0
        self.closed = 0
        self.stack: list[tuple[int, int, int]] = []
        self.in_set = False
        self.found: list[RawToken] = []
        self.lead = ""

    def tokens(self) -> list[RawToken]:
        """Scan to the end."""
        position, end, counted = 0, len(self.source), _MANY
        if end > MAX_SOURCE:
            raise Refusal("the template is too large", MAX_SOURCE)
        while position < end:
            position = self._token(position)
            if len(self.found) >= counted:
                charge(_MANY * _TOKEN)
                counted += _MANY
                if counted > _MAX_TOKENS:
                    raise Refusal("the template is too large", position)
        return self.found

    def _token(self, start: int) -> int:
        """Scan one token from `start`, through however many openers it has; give where it ends."""
        position = start
        while True:
            match = MODES[self.mode].match(self.source, position)
            if match is None:
                at_end = position >= len(self.source)
                what = (
                    "the template ends after '$' or '#'"
                    if at_end
                    else f"unexpected {self.source[position]!r}"
                )
                raise Refusal(what, position)
            kind = match.lastgroup
            assert kind is not None
            position = match.end()
            opener = _ON_OPENER.get(kind)
            if opener is not None:
                ended = opener(self, start, position)
                if ended is not None:
                    return ended
            elif kind == "END_MODE":
                self.lead += _put_back(self.source[start:position])
                self.pop()
                return position - 1
            else:
                self._emit(kind, start, position, match.start())
                return position

    def _emit(self, kind: str, start: int, end: int, body: int) -> None:
        image = self.source[start:end]
        action = _ON_TOKEN.get(kind)
        depth = len(self.stack)
        if action is not None:
            kind = action(self, kind, self.source[body:end], end)
        self.found.append(RawToken(kind, image, start, end, self.lead, depth))
        self.lead = ""

    # The stack of modes. As in 1.7 the count of closed parentheses is saved but not reset.
    def push(self, mode: int) -> None:
        """Enter `mode`."""
        self.stack.append((self.opened, self.closed, self.mode))
        self.opened = 0
        self.mode = mode

    def pop(self) -> bool:
        """Leave the mode; False if there was nothing to go back to."""
        if not self.stack:
            self.opened = 0
            self.mode = TEXT
            return False
        self.opened, self.closed, self.mode = self.stack.pop()
        return True

    # Openers: they change the mode, the token goes on.
    def _open_dollar(self, start: int, end: int) -> int | None:
        if self.mode == REFERENCE:
            self.pop()
        self.push(REFERENCE)
        return None

    def _open_hash(self, start: int, end: int) -> int | None:
        if self.mode in (REFERENCE, MODIFIER):
            self.pop()
        self.push(HASH)
        return None

    def _open_line_comment(self, start: int, end: int) -> int | None:
        if self.mode == REFERENCE:
            self.pop()
        # A comment at the end of the template needs no line end.
        stop, _ = self._comment(IN_LINE_COMMENT, end)
        self._comment_token(self.source[start:end])
        return stop

    def _open_comment(self, start: int, end: int) -> int | None:
        # "#**x": the x is looked at again.
        formal = self.source.startswith("#**", end - 4) and end - 4 >= start
        if end == len(self.source) and not formal:
            raise Refusal("the template ends after '#*'", end)
        stop, touched = self._comment(IN_COMMENT, end - 1 if formal else end)
        self._comment_token(self.source[start:stop] if not touched else "")
        return stop

    def _comment_token(self, image: str) -> None:
        hidden = min((at for at in (image.find("##"), image.find("#*")) if at >= 0), default=0)
        self.found.append(RawToken("COMMENT", image[:hidden], 0, 0, "", len(self.stack)))
        self.lead = ""

    def _comment(self, pattern: re.Pattern[str], position: int) -> tuple[int, bool]:
        """Skip to the end of a comment: where it ends, and whether any text was between."""
        touched = opened = False
        while position < len(self.source):
            match = pattern.match(self.source, position)
            assert match is not None
            position = match.end()
            if match.lastgroup == "end":
                return position, touched
            opened = match.lastgroup == "open"
            touched = touched or not opened
        if opened:
            raise Refusal("the template ends after '$' or '#'", position)
        return position, True

    def _open_block(self, start: int, end: int) -> int | None:
        position = end
        while position < len(self.source):
            match = IN_BLOCK.match(self.source, position)
            assert match is not None
            position = match.end()
            if match.lastgroup == "end":
                image = self.source[start:position]
                self.found.append(RawToken("TEXTBLOCK", image[3:-3], start, position, "", len(self.stack)))
                self.lead = ""
                return position
        raise Refusal("'#[[' is never closed by ']]#'", start)

    # Tokens with consequences: they may change the mode and the kind.
    def _set(self, kind: str, image: str, end: int) -> str:
        self.push(DIRECTIVE)
        self.in_set = True
        self.opened += 1
        return kind

    def _name(self, kind: str, image: str, end: int) -> str:
        return CONSTANTS.get(image, "IDENTIFIER")

    def _dot(self, kind: str, image: str, end: int) -> str:
        self.mode = MODIFIER
        return kind

    def _leave(self, kind: str, image: str, end: int) -> str:
        self.pop()
        return kind

    def _index(self, kind: str, image: str, end: int) -> str:
        self.push(INDEX)
        return kind

    def _lparen(self, kind: str, image: str, end: int) -> str:
        self.opened += 1
        if self.mode == MODIFIER:
            self.mode = ARGUMENTS
        return kind

    def _rparen(self, kind: str, image: str, end: int) -> str:
        while True:
            if self.opened > 0:
                if self.opened == self.closed + 1:
                    self.pop()
                    self.in_set = False
                else:
                    self.closed += 1
                return kind
            if not self.pop():
                return kind

    def _call_rparen(self, kind: str, image: str, end: int) -> str:
        self.mode = REFERENCE
        return kind

    def _literal(self, kind: str, image: str, end: int) -> str:
        outside = self.opened == 0 and not self.in_set
        if outside and (self.mode == DIRECTIVE or (self.mode == HASH and kind != "STRING")):
            self.pop()
        return "INTEGER" if kind == "INTEGER_OF_RANGE" else kind

    def _condition(self, kind: str, image: str, end: int) -> str:
        self.mode = DIRECTIVE
        return kind

    def _operator(self, kind: str, image: str, end: int) -> str:
        return OPERATORS[image]

    def _word(self, kind: str, image: str, end: int) -> str:
        if self.mode == DIRECTIVE:
            return OPERATORS.get(image) or CONSTANTS.get(image) or "WORD"
        if self.stack and self.stack[-1][2] == DIRECTIVE:
            return "WORD"  # an argument that looks like a directive: #nosuch(#word)
        if AHEAD_IS_PAREN.match(self.source, end):
            self.mode = DIRECTIVE
            return "CALL_WORD"
        self.pop()
        return "BARE_WORD"


# After backslashes and their `$` 1.7 skips one character more, whatever it is.
_KEPT = re.compile(r"(\\+\$).?|[#$]", re.DOTALL)


def _put_back(image: str) -> str:
    """What 1.7 keeps of openers that started nothing: `#`, `$` and the backslashes before a `$`."""
    return "".join(m[1] or m[0] for m in _KEPT.finditer(image))


_ON_OPENER = {
    "DOLLAR": Scanner._open_dollar,
    "OPEN_HASH": Scanner._open_hash,
    "LINE_COMMENT": Scanner._open_line_comment,
    "FORMAL": Scanner._open_comment,
    "MULTI": Scanner._open_comment,
    "BLOCK": Scanner._open_block,
}
_ON_TOKEN = {
    "SET": Scanner._set,
    "IDENTIFIER": Scanner._name,
    "CONSTANT": Scanner._name,
    "DOT": Scanner._dot,
    "INDEX_LBRACKET": Scanner._index,
    "INDEX_RBRACKET": Scanner._leave,
    "RCURLY": Scanner._leave,
    "LPAREN": Scanner._lparen,
    "RPAREN": Scanner._rparen,
    "CALL_RPAREN": Scanner._call_rparen,
    **dict.fromkeys(("STRING", "INTEGER", "INTEGER_OF_RANGE", "FLOAT"), Scanner._literal),
    "IF": Scanner._condition,
    "ELSEIF": Scanner._condition,
    "END": Scanner._leave,
    "ELSE": Scanner._leave,
    "OPERATOR": Scanner._operator,
    "WORD": Scanner._word,
}
