"""What can go wrong with a template.

Two moments, two classes, one parent. A template that is not Velocity is refused when it is compiled, with
the place and the line itself, so the mistake is found when the API is loaded::

    <template>:1:9: unexpected ')'
    #set($a = )
            ^

A template that fails while it renders (an index out of range, a budget spent) raises
`TemplateRuntimeError`, which the gateway answers with a 500 as AWS does. Nothing else is ever raised by
this package for what a template or its data did.
"""

import unicodedata


class TemplateError(Exception):
    """A mapping template could not be compiled or rendered."""

    def __init__(self, message: str, *, name: str = "<template>", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
        self.line = line
        self.column = column

    def __str__(self) -> str:
        if not self.line:
            return f"{self.name}: {self.message}"
        return f"{self.name}:{self.line}:{self.column}: {self.message}"


class TemplateSyntaxError(TemplateError):
    """The text is no Velocity template. `line` and `column` count from 1; `hint` is what to do, if known."""

    def __init__(
        self, message: str, *, name: str, line: int, column: int, source_line: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, name=name, line=line, column=column)
        self.source_line = source_line
        self.hint = hint

    def __str__(self) -> str:
        # A minified template is one line of kilobytes: show the neighbourhood of the error only.
        start = max(0, self.column - 81)
        shown = self.source_line[start : start + 160]
        before = self.source_line[start : self.column - 1].ljust(self.column - 1 - start)
        # Nothing of a template may steer the terminal on which it is told.
        shown = "".join(char if char.isprintable() or char == "\t" else "\ufffd" for char in shown)
        told = f"{super().__str__()}\n{shown}\n{below(before)}^"
        return f"{told}\nwhat to do: {self.hint}" if self.hint else told


class TemplateRuntimeError(TemplateError):
    """The template failed while it was rendered."""


class Refusal(Exception):
    """Inside this package only: the text is wrong at `offset`. Becomes a `TemplateSyntaxError`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def below(text: str) -> str:
    """Blanks as wide as `text`, so that a caret after them stands below what follows it."""
    if text.isascii():
        return "".join("\t" if char == "\t" else " " for char in text)
    return "".join("\t" if char == "\t" else " " * _width(char) for char in text)


def _width(char: str) -> int:
    """Columns of a terminal."""
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def place_of(source: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, as people count."""
    before = source[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def syntax_error(source: str, name: str, refusal: Refusal) -> TemplateSyntaxError:
    """Say where in `source` the refusal is."""
    line, column = place_of(source, min(refusal.offset, len(source)))
    text = source.replace("\r\n", "\n").replace("\r", "\n").split("\n", line)[line - 1]
    return TemplateSyntaxError(refusal.message, name=name, line=line, column=column, source_line=text)
