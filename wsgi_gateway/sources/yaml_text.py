"""YAML text as a document: the door of PyYAML, of which only the parser is used, never a constructor.

Scalars resolve by YAML 1.2: ``true``, ``false``, ``null`` and JSON's numbers; everything else is text, so
``no``, ``on``, ``010``, ``1_000``, ``12:30:00`` and ``2024-01-01`` stay what their author wrote.

Tags: ``!!str`` and its siblings work. The short forms of CloudFormation's functions (``!Sub text``) become
what they are short for (``{"Fn::Sub": text}``), in templates alone: documents with ``Resources`` or
``AWSTemplateFormatVersion``. Every other tag is refused.

Source: https://yaml.org/spec/1.2.2/#103-core-schema; https://yaml.org/type/merge.html;
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.builder import Builder
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.json_text import number
from wsgi_gateway.sources.yaml_quick import read_quickly

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))
_SHORT = {
    "!Ref": "Ref",
    "!Condition": "Condition",
    **{
        f"!{name}": f"Fn::{name}"
        for name in (
            "And Base64 Cidr Contains EachMemberEquals EachMemberIn Equals FindInMap GetAtt GetAZs If "
            "ImportValue Join Length Not Or RefAll Select Split Sub ToJsonString Transform ValueOf ValueOfAll"
        ).split()
    },
}
"""Short forms of CloudFormation's functions."""

TEMPLATE_KEYS = ("Resources", "AWSTemplateFormatVersion")
"""A document with one of these members is a CloudFormation template."""


def read_yaml(text: str, file: str | None = None) -> Document:
    """Parse YAML text of one document.

    :raises ConfigError: with the line and column of the first mistake.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = Builder(file)
    reader = _Reader(builder)
    try:
        plain = _plain(yaml.parse(text, Loader=loader), file)
        if plain is not None:
            return plain
        for event in yaml.parse(text, Loader=loader):
            reader.event(type(event).__name__, event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = str(error.problem or "not YAML")[:200]
        raise builder.fail("yaml-syntax", message, line, column, _hint(text, line, error)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise builder.fail("yaml-syntax", str(error.reason)[:200], line, column) from None
    except yaml.YAMLError:
        raise builder.fail("yaml-syntax", "not YAML", 1, 1) from None
    document = builder.document()
    if reader.short is not None and not is_template(document.data):
        raise reader.bad_tag(*reader.short)
    return document


def _plain(events: Iterator[Any], file: str | None) -> Document | None:
    try:
        return read_quickly(events, _resolve, file)
    except ConfigError:
        raise
    except ValueError:
        return None  # a number that is out of range


def is_template(data: Any) -> bool:
    """Whether a document is a CloudFormation template."""
    return isinstance(data, dict) and any(key in data for key in TEMPLATE_KEYS)


_INDENTATION = (
    "compare the indentation of this line and the one before; members of one mapping stand in one column"
)
_QUOTES = {
    "found character that cannot start any token": "a text that begins with @, ` or % stands in quotes",
    "while scanning an alias": "a text that begins with * stands in quotes",
    "while scanning an anchor": "a text that begins with & stands in quotes",
    "mapping values are not allowed in this context": (
        f"a text with ': ' in it stands in quotes; or {_INDENTATION}"
    ),
}
"""By what the parser says: the commonest cause, which is no indentation."""


def _hint(text: str, line: int, error: Any) -> str:
    """What to look for where the syntax breaks."""
    lines = text.splitlines()
    near = [part[: len(part) - len(part.lstrip())] for part in lines[max(0, line - 2) : line]]
    if any("\t" in indentation for indentation in near):
        return "YAML is indented with spaces; this line begins with a tab"
    if any(indentation.strip(" ") for indentation in near):
        return "YAML is indented with spaces; this line begins with blanks of another kind"
    context, mark = str(error.context or ""), error.context_mark
    if "flow" in context and mark is not None:
        bracket = "{" if "mapping" in context else "["
        return (
            f"the {bracket} of line {mark.line + 1} is not closed, or a comma or a quote is missing; "
            "after a blank # begins a comment"
        )
    return _QUOTES.get(str(error.problem)) or _QUOTES.get(context) or _INDENTATION


class _Reader:
    """PyYAML's events, passed on to the builder."""

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.documents = 0
        self.short: tuple[str, int, int] | None = None
        self._wrapped: list[bool] = []

    def event(self, kind: str, event: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        match kind:
            case "ScalarEvent":
                self._scalar(event, line, column)
            case "MappingStartEvent" | "SequenceStartEvent":
                is_short = self._check_tag(event.tag, line, column)
                if is_short:
                    self._wrap(event, line, column)
                self._wrapped.append(is_short)
                self.builder.open(
                    {} if kind[0] == "M" else [], line, column, None if is_short else event.anchor
                )
            case "MappingEndEvent" | "SequenceEndEvent":
                self.builder.close()
                if self._wrapped.pop():
                    self.builder.close()
            case "AliasEvent":
                self.builder.alias(event.anchor, line, column)
            case "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    raise self.builder.fail("yaml-documents", "one document was expected", line, column)

    def _check_tag(self, tag: str | None, line: int, column: int) -> bool:
        """Whether it is the short form of a function."""
        if tag in _SHORT:
            self.short = self.short or (str(tag), line, column)
            return True
        if tag and tag != "!" and tag not in _TAGS:
            raise self.bad_tag(tag, line, column)
        return False

    def bad_tag(self, tag: str, line: int, column: int) -> ConfigError:
        """The error to raise for a tag that is not allowed."""
        hint = None
        if tag.startswith("!"):
            hint = did_you_mean(tag, _SHORT, "short forms such as !Sub belong into CloudFormation templates")
        if tag in _SHORT:
            hint = "short forms such as !Sub belong into CloudFormation templates"
        return self.builder.fail("yaml-tag", f"the tag {tag[:80]!r} is not allowed", line, column, hint)

    def _wrap(self, event: Any, line: int, column: int) -> None:
        """Open the mapping that a short form stands for; the anchor is its."""
        self.builder.open({}, line, column, event.anchor)
        name = _SHORT[event.tag]
        self.builder.scalar(name, name, line, column)

    def _scalar(self, event: Any, line: int, column: int) -> None:
        if self._check_tag(event.tag, line, column):
            self._wrap(event, line, column)
            self.builder.scalar(event.value, event.value, line, column)
            self.builder.close()
            return
        plain = event.implicit[0]
        text = event.value
        if plain and text == "<<" and self.builder.wants_key:
            self.builder.merge()
        try:
            value = _resolve(event.tag, text, plain)
        except ValueError:
            raise self._bad_number(line, column) from None
        self.builder.scalar(value, text, line, column, event.anchor)

    def _bad_number(self, line: int, column: int) -> ConfigError:
        return self.builder.fail("value-type", "a number that is out of range", line, column)


def _resolve(tag: str | None, text: str, plain: bool) -> Any:
    if tag in ("!", _STANDARD + "str") or (tag is None and not plain):
        return text
    if text in _WORDS:
        return _WORDS[text]
    return number(text) if _NUMBER.fullmatch(text) else text
