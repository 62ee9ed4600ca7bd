"""Documents: a YAML or JSON file, or parsed data, as plain Python data that knows where everything stands.

::

    document = read("api.yaml")
    document.data["paths"]["/pets"]
    document.mark(document.data["paths"], "/pets")     # Mark(line=12, column=3, text=None)

A document is data from someone else. Whatever it holds, reading it ends in data or in one readable
:class:`~wsgi_gateway.errors.ConfigError`, soon and in little memory: size, nesting and the number of values
(aliases and merge keys counted as often as they are used) are bounded, duplicate keys and tags are refused,
and nothing recurses. Keys are text. Scalars are YAML 1.2's: ``no``, ``on``, ``010`` and dates are text.

Not for: remote files; an external ``$ref`` is refused where it is met.

Source: https://yaml.org/spec/1.2.2/#103-core-schema, RFC 8259; AWS's limit for imports is 6 MB.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wsgi_gateway.errors import ConfigError, Place, Problem

SIZE_LIMIT = 6 * 1024 * 1024
"""Bytes of a file."""

DEPTH_LIMIT = 128
"""Nested mappings and lists."""

NODE_LIMIT = 250_000
"""Keys and values, those which aliases and merge keys repeat counted again."""


class Mark(NamedTuple):
    """Where a member stands (from one), and the text of a scalar that is not a string."""

    line: int
    column: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """``data`` and the marks of its members. ``file`` is None for data that came parsed."""

    data: Any
    file: str | None = None
    marks: Mapping[int, Mapping[str | int, Mark]] = field(default_factory=dict, repr=False)

    def mark(self, container: Any, member: str | int) -> Mark | None:
        """Where ``container[member]`` stands, if ``container`` is part of this document."""
        members = self.marks.get(id(container))
        return members.get(member) if members else None


def broken(
    code: str, message: str, file: str | None, line: int, column: int, hint: str | None = None
) -> ConfigError:
    """The error to raise for a document that cannot be read on."""
    return ConfigError([Problem(code, message, Place(file, line, column), hint)])


def is_encodable(value: Any) -> bool:
    """Whether a string can be sent as UTF-8; True for whatever is not a string."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read(source: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    """A file (by its path) or parsed data as a :class:`Document`.

    :raises ConfigError: one problem: unreadable, not UTF-8, not YAML or JSON, too large, too deep.
    """
    if isinstance(source, Mapping):
        from wsgi_gateway.sources.parsed import read_parsed

        return read_parsed(source)
    if not isinstance(source, (str, os.PathLike)):
        raise ConfigError(f"a path or a mapping was expected, not {type(source).__name__}")
    file = os.fspath(source)
    if not isinstance(file, str):
        raise ConfigError("a path must be text, not bytes")
    return _parse(_text(file), file)


def _text(file: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        hint = "pass a path, or the parsed document" if "\n" in file or file[:1] == "{" else None
        reason = getattr(error, "strerror", None) or "not a path"
        raise ConfigError([Problem("file-unreadable", reason, Place(file[:200]), hint)]) from None
    if len(raw) > SIZE_LIMIT:
        raise broken(
            "document-too-large", f"larger than {SIZE_LIMIT} bytes", 1, 1, "AWS's limit for imports"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise broken("encoding", "the file is not UTF-8", line, column) from None


def _parse(text: str, file: str) -> Document:
    """By the file's extension; a brace at the start of anything else makes JSON the first guess."""
    from wsgi_gateway.sources.json_text import read_json
    from wsgi_gateway.sources.yaml_text import read_yaml

    extension = Path(file).suffix.lower()
    if extension == ".json":
        return read_json(text, file)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_json(text, file)
        except ConfigError as error:
            if error.problems[0].code != "json-syntax":
                raise
    return read_yaml(text, file)
