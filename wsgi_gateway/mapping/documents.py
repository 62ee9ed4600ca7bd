"""JSON bodies, read so that everybody behind the gateway reads the same document.

Two parsers that disagree about one body are a way around the one that validates. So what parsers disagree
about is refused: duplicate members, NaN and Infinity, numbers beyond a double, integers of more than 4,300
digits, lone surrogates, byte order marks, UTF-16, invalid UTF-8, more than 128 levels.

    >>> strict_json(b'{"a": [1, 2]}')
    {'a': [1, 2]}

Beyond AWS, which takes the last of duplicate members.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

MAX_DEPTH = 128
"""Levels of arrays and objects; what validates a document follows it by recursion, natively too."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is beyond the range of a double")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_float, parse_constant=_refuse_constant
).decode


def strict_json(data: bytes | str) -> Any:
    """Parse a JSON text. Raises ValueError, whose text is for traces only, for anything said above."""
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    try:
        document = _decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if "\\u" in text:
        _refuse_surrogates(document)
    # Counting brackets is cheap and an upper bound; only a document with many of them is walked.
    if text.count("[") + text.count("{") > MAX_DEPTH and isinstance(document, (dict, list)):
        _refuse_depth(document)
    return document


def _refuse_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [item for node in level for item in _containers(node)]
        if not level:
            return
    raise ValueError("nested too deeply")


def _containers(node: Any) -> Iterable[Any]:
    items = node.values() if isinstance(node, dict) else node
    return (item for item in items if isinstance(item, (dict, list)))


def _refuse_surrogates(document: Any) -> None:
    # Only an escape can bring a lone surrogate in; dumping without escapes is the cheapest complete walk.
    json.dumps(document, ensure_ascii=False).encode("utf-8")


def to_json(value: Any) -> str:
    """Compact JSON text, as AWS prints objects into headers and templates."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
