r"""Java's regular expressions in the words of RE2.

Most patterns mean the same in both. Where they differ, `translate` writes what Java means: `.` stops at any
of Java's line ends, `\s` knows the vertical tab, `\h`, `\R`, `\uXXXX` and `\p{Alpha}` exist, a `{` that
repeats nothing is an error. Where RE2 would take something else in silence (a class in a class, `&&`,
`(?U)`) it is refused::

    >>> from wsgi_gateway.mapping.velocity.patterns import translate
    >>> translate(r'\p{Alpha}+')
    '[a-zA-Z]+'

Known to differ: `$` before a line end at the end of the text, `\b` and `(?i)` beyond ASCII. Not an engine:
that is `regex`. See https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
"""

import re

_LINE_ENDS = r"\n\r\x{85}\x{2028}\x{2029}"
_VERTICAL = rf"\x0b\f{_LINE_ENDS}"
_CLASSES = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
    "Blank": r" \t",
    "ASCII": r"\x00-\x7f",
    "Cntrl": r"\x00-\x1f\x7f",
    "Graph": "!-~",
    "Print": " -~",
}
_LETTERS = {
    "s": _CLASSES["Space"],
    "h": r" \t\x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}",
    "v": _VERTICAL,
}
_SINGLE = {"e": r"\x1b", "_": "_"}
_UNKNOWN = frozenset("CEFIJKLMNOTUXYgijlmoqy")
_REPEAT = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_FLAGS = re.compile(r"\(\?([a-zA-Z-]+)[:)]")
_OCTAL = re.compile(r"\\0([0-3]?[0-7]{1,2})")
_OPENING = re.compile(r"\[\^?\]?")


def translate(pattern: str) -> str:
    """The pattern for RE2; ValueError if that would mean something else. `re2.compile` may refuse more."""
    reader = _Reader(pattern)
    while reader.position < len(pattern):
        reader.step()
    return "".join(reader.out)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.out: list[str] = []
        self.in_class = False
        self.any_dot = False

    def take(self, end: int, written: str | None = None) -> None:
        """Go on at `end`; what was before becomes `written`."""
        self.out.append(self.pattern[self.position : end] if written is None else written)
        self.position = end

    def step(self) -> None:
        char = self.pattern[self.position]
        if char == "\\":
            self.escape()
        elif self.in_class:
            self.member(char)
        elif char == "[":
            opening = _OPENING.match(self.pattern, self.position)
            assert opening is not None
            self.in_class = True
            self.take(opening.end())
        elif char == ".":
            self.take(self.position + 1, "." if self.any_dot else f"[^{_LINE_ENDS}]")
        elif char == "(":
            self.group()
        elif char == "{" and not _REPEAT.match(self.pattern, self.position):
            raise ValueError("Illegal repetition")
        else:
            self.take(self.position + 1)

    def member(self, char: str) -> None:
        if char == "[" or self.pattern.startswith("&&", self.position):
            raise ValueError("a class in a class")
        self.in_class = char != "]"
        self.take(self.position + 1)

    def group(self) -> None:
        flags = _FLAGS.match(self.pattern, self.position)
        if flags is not None:
            if "U" in flags[1]:
                raise ValueError("(?U)")
            on, _, off = flags[1].partition("-")
            self.any_dot = "s" not in off and (self.any_dot or "s" in on)
            if flags[0][-1] == ")" and self.pattern[flags.end() :][:1] in ("*", "+", "?", "{"):
                raise ValueError("Dangling meta character")
        self.take(self.position + 1)

    def escape(self) -> None:
        start, kind = self.position, self.pattern[self.position + 1 : self.position + 2]
        if kind.lower() in _LETTERS and kind:
            self.letter(kind)
        elif kind in _SINGLE:
            self.take(start + 2, _SINGLE[kind])
        elif kind == "R" and not self.in_class:
            self.take(start + 2, rf"(?:\r\n|[{_VERTICAL}])")
        elif kind == "u":
            self.take(start + 6, "\\x{" + self.pattern[start + 2 : start + 6] + "}")
        elif kind == "Q":
            self.quoted()
        elif kind == "0":
            octal = _OCTAL.match(self.pattern, start)
            if octal is None:
                raise ValueError("Illegal octal escape sequence")
            self.take(octal.end(), f"\\x{{{int(octal[1], 8):x}}}")
        elif kind in ("p", "P"):
            self.named(kind)
        elif kind == "x":
            self.braced()
        elif kind in _UNKNOWN:
            raise ValueError("Illegal/unsupported escape sequence")
        else:
            self.take(start + 2, kind if kind and not kind.isascii() else None)

    def letter(self, kind: str) -> None:
        members = _LETTERS[kind.lower()]
        if self.in_class and kind.isupper():
            if kind != "S":
                raise ValueError("a class in a class")
            self.take(self.position + 2)
        else:
            negated = "^" if kind.isupper() else ""
            self.take(self.position + 2, members if self.in_class else f"[{negated}{members}]")

    def named(self, kind: str) -> None:
        """`\\p{Alpha}` and its kin; the rest of them is RE2's."""
        end = self.pattern.find("}", self.position)
        name = self.pattern[self.position + 3 : end] if self.pattern[self.position + 2 :][:1] == "{" else ""
        members = _CLASSES.get(name) if end >= 0 else None
        if members is None or (self.in_class and kind == "P"):
            self.braced()
        else:
            negated = "^" if kind == "P" else ""
            self.take(end + 1, members if self.in_class else f"[{negated}{members}]")

    def braced(self) -> None:
        """`\\p{L}`, `\\x{41}`: the braces belong to the escape."""
        end = self.pattern.find("}", self.position) if self.pattern[self.position + 2 :][:1] == "{" else -1
        self.take(end + 1 if end >= 0 else self.position + 2)

    def quoted(self) -> None:
        end = self.pattern.find("\\E", self.position)
        stop = end if end >= 0 else len(self.pattern)
        literal = self.pattern[self.position + 2 : stop]
        self.take(min(stop + 2, len(self.pattern)), "".join(map(_literal, literal)))


def _literal(char: str) -> str:
    return "\\" + char if char.isascii() and not char.isalnum() and char != "_" else char
