"""A watched rendering as JSON, for programs: the output, the overrides, and which line wrote which bytes.

::

    {
      "template": "order.vm",
      "output": "{\\"id\\": 7}",
      "request_override": {"header": {"x-tenant": "a"}},
      "response_override": {},
      "warnings": [],
      "spans": [
        {"start_byte": 0, "end_byte": 7, "line": 2, "column": 1},
        {"start_byte": 7, "end_byte": 9, "line": 2, "column": 8}
      ],
      "error": null
    }

An override that holds itself, or more than JSON can, is told as a text. Not for people; ``--explain`` is.
"""

from __future__ import annotations

import json
import reprlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgi_gateway.mapping import Rendering

MEMBERS = 100_000
"""Values of an override that are written."""


def as_json(rendering: Rendering, spans: bool) -> str:
    """The document, one member a line; ``spans``: with the source map, one span a line."""
    members = {
        "template": json.dumps(rendering.name),
        "output": json.dumps(rendering.text),
        "request_override": _override(rendering.request_override),
        "response_override": _override(rendering.response_override),
        "warnings": json.dumps(rendering.warnings),
        **({"spans": _spans(rendering)} if spans else {}),
        "error": json.dumps(None if rendering.error is None else str(rendering.error)),
    }
    lines = ",\n".join(f'  "{name}": {text}' for name, text in members.items())
    return f"{{\n{lines}\n}}"


def _spans(rendering: Rendering) -> str:
    rows = ",\n".join(f"    {json.dumps(span._asdict())}" for span in rendering.source_map)
    return f"[\n{rows}\n  ]" if rows else "[]"


def _override(override: dict[str, Any]) -> str:
    groups = (f"{json.dumps(name)}: {_group(value)}" for name, value in override.items())
    return f"{{{', '.join(groups)}}}"


def _group(value: Any) -> str:
    try:
        return json.dumps(value if _is_small(value) else reprlib.repr(value), allow_nan=False)
    except (ValueError, RecursionError):
        return json.dumps(reprlib.repr(value))


def _is_small(value: Any) -> bool:
    """A template can put one list twice into another, and that twice into the next."""
    waiting, seen = [value], 0
    while waiting:
        item = waiting.pop()
        seen += 1
        if seen + len(waiting) > MEMBERS:
            return False
        if isinstance(item, (dict, list)):
            waiting.extend(item.values() if isinstance(item, dict) else item)
    return True
