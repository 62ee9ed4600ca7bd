"""Plain data as YAML text that every reader of YAML understands alike.

::

    >>> print(as_yaml({"openapi": "3.0.1", "a": ["no", True, "{\\n  1\\n}\\n"]}), end="")
    openapi: "3.0.1"
    a:
      - "no"
      - true
      - |
        {
          1
        }

Text is written plain only where YAML 1.1 and 1.2 both take it for text; several lines (templates) as a block;
everything else in quotes.

Not for: tags, anchors, comments. Reading is :mod:`wsgi_gateway.sources.yaml_text`'s.

Source: https://yaml.org/spec/1.2.2/#73-flow-scalar-styles and https://yaml.org/type/bool.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z/$][A-Za-z0-9_/.$-]*(?: [A-Za-z0-9_/.$-]+)*")
_WORDS = frozenset("true false yes no on off null y n".split())
_BLOCK = re.compile(r"[!-~](?:[\t -~\u00a1-\u024f]*\n)+[\t -~\u00a1-\u024f]*")
_UNPRINTABLE = re.compile(
    "[^\\t\\n\\r -~\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

_LONGEST_KEY = 1000
"""Characters; YAML looks 1024 ahead for the colon, unless it is told that this is a key."""


def as_yaml(data: Mapping[str, Any]) -> str:
    """The text of a mapping of plain data, with a line end at its end. Keys are text."""
    return "".join(f"{line}\n" for line in _lines(data)) if data else "{}\n"


def _lines(value: Any) -> Iterator[str]:
    """The lines of a container that is not empty."""
    members = value.items() if isinstance(value, Mapping) else ((None, one) for one in value)
    for key, member in members:
        head = "-" if key is None else f"{_text(key)}:"
        if len(head) > _LONGEST_KEY:
            yield f"? {head[:-1]}"
            head = ":"
        if isinstance(member, (Mapping, list, tuple)) and member:
            inner = _lines(member)
            yield f"- {next(inner)}" if key is None else head
            yield from _indented(inner)
        else:
            first, *rest = _scalar(member)
            yield f"{head} {first}"
            yield from _indented(rest)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else line for line in lines)


def _scalar(value: Any) -> list[str]:
    if isinstance(value, str):
        return _block(value) or [_text(value)]
    if isinstance(value, (Mapping, list, tuple)):
        return ["{}" if isinstance(value, Mapping) else "[]"]
    return [json.dumps(value, allow_nan=False)]


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _block(text: str) -> list[str]:
    """The lines of a literal block; none if quotes are safer."""
    if not _BLOCK.fullmatch(text) or text.endswith("\n\n"):
        return []
    return ["|" if text.endswith("\n") else "|-", *text.removesuffix("\n").split("\n")]
