"""Bodies that are not JSON, told to openapi-python-client in the words that it has for them.

It leaves out operations with bodies of media types that it does not know, and would read XML by the model of
its JSON. So what is no JSON and no form is bytes (``File``); answers of ``text/*`` are text, unless requests
have that media type too::

    >>> document = {"paths": {"/": {"post": {"responses": {}, "requestBody": {
    ...     "content": {"application/xml": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}}}
    >>> as_raw(document)
    {'application/xml': 'application/octet-stream'}
    >>> document["paths"]["/"]["post"]["requestBody"]["content"]
    {'application/xml': {'schema': {'type': 'string', 'format': 'binary'}}}

Source: https://github.com/openapi-generators/openapi-python-client#content_type_overrides
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_BYTES = "application/octet-stream"
_JSON = re.compile(r"application/(?:.+\+)?json", re.IGNORECASE)
_FORM = re.compile(r"application/x-www-form-urlencoded|multipart/form-data", re.IGNORECASE)
_TEXT = re.compile(r"text/.+", re.IGNORECASE)


def as_raw(document: dict[str, Any]) -> dict[str, str]:
    """Change a document's schemas of such bodies.

    :returns: the media types that are to be treated as others.
    """
    bodies = [_body(one) for one in _operations(document)]
    answers = [
        answer.get("content", {}) for one in _operations(document) for answer in one["responses"].values()
    ]
    raw = {
        kind for content in bodies for kind in content if not (_JSON.fullmatch(kind) or _FORM.fullmatch(kind))
    }
    raw |= {
        kind
        for content in answers
        for kind in content
        if not (_JSON.fullmatch(kind) or _TEXT.fullmatch(kind))
    }
    for content in (*bodies, *answers):
        for kind, told in content.items():
            if kind in raw:
                told["schema"] = {"type": "string", "format": "binary"}
            elif _TEXT.fullmatch(kind):
                told["schema"] = {"type": "string"}
    return {kind: _BYTES for kind in sorted(raw) if kind != _BYTES}


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (operation for item in document["paths"].values() for operation in item.values())


def _body(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    return found
