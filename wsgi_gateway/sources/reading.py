"""Reading: a YAML or JSON file, or data already parsed, becomes a document.

::

    document = read("api.yaml")

Duplicate keys and tags are refused, and nothing recurses. Keys are text. Scalars are YAML 1.2's: ``no``,
``on``, ``010`` and dates are text.

Not for: remote files; an external ``$ref`` is refused where it is met.

Source: https://yaml.org/spec/1.2.2/#103-core-schema, RFC 8259
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.sources.document import SIZE_LIMIT, Document, broken
from wsgi_gateway.sources.json_quick import read_quickly
from wsgi_gateway.sources.json_text import read_json
from wsgi_gateway.sources.parsed import read_parsed
from wsgi_gateway.sources.yaml_text import read_yaml


def read(source: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    """A file (by its path) or parsed data as a :class:`Document`.

    :raises ConfigError: one problem: unreadable, not UTF-8, not YAML or JSON, too large, too deep.
    """
    if isinstance(source, Mapping):
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
        hint = "AWS's limit for imports"
        raise broken("document-too-large", f"larger than {SIZE_LIMIT} bytes", file, 1, 1, hint)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise broken("encoding", "the file is not UTF-8", file, line, column) from None


def _parse(text: str, file: str) -> Document:
    """By the file's extension; a brace at the start of anything else makes JSON the first guess."""
    extension = Path(file).suffix.lower()
    if extension == ".json":
        return read_quickly(text, file) or read_json(text, file)
    if text.lstrip()[:1] in ("{", "["):
        try:
            return read_quickly(text, file) or read_json(text, file)
        except ConfigError as error:
            if error.problems[0].code != "json-syntax":
                raise
    return read_yaml(text, file)
