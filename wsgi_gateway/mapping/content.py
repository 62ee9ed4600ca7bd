"""Which template, model or conversion a media type selects.

Media types are compared without their parameters and in lower case. A request without Content-Type counts as
``application/json`` (recorded); of an Accept header only the first entry counts (documented).

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import TypeVar

JSON = "application/json"
T = TypeVar("T")


def media_type(header: str | None) -> str:
    """``"Text/XML; charset=utf-8"`` to ``"text/xml"``; no header to ``"application/json"``."""
    if not header:
        return JSON
    return header.partition(";")[0].strip().lower() or JSON


def accepted_type(accept: str | None) -> str:
    """The first media type of an Accept header, ``"application/json"`` without one."""
    return media_type(accept.partition(",")[0]) if accept else JSON


def by_media_type(entries: Mapping[str, T]) -> dict[str, T]:
    """Entries keyed by normalised media type, in the order given."""
    return {key if key.startswith("$") else media_type(key): value for key, value in entries.items()}


def for_response(entries: Mapping[str, T], accept: str | None) -> tuple[str, T]:
    """The ``(media type, entry)`` for an Accept header: that type's, else application/json's, else the
    first.
    """
    wanted = accepted_type(accept)
    for key in (wanted, JSON):
        if key in entries:
            return key, entries[key]
    return next(iter(entries.items()))


class BinaryMediaTypes:
    """An API's ``binaryMediaTypes``: ``image/png``, ``image/*`` or ``*/*``, compiled."""

    def __init__(self, types: Iterable[str] = ()) -> None:
        names = [name.replace("~1", "/").strip().lower() for name in types]
        self._all = "*/*" in names
        # A wildcard on the left matches nothing; a client's matches only the same one declared (recorded).
        self._exact = frozenset(name for name in names if not name.startswith("*"))
        self._any = bool(names)
        self._families = tuple(
            name[:-1] for name in names if name.endswith("/*") and not name.startswith("*")
        )

    def __bool__(self) -> bool:
        return self._any

    def __contains__(self, name: str) -> bool:
        if self._all or name in self._exact:
            return True
        return bool(self._families) and "*" not in name and name.startswith(self._families)


def encode_base64(data: bytes) -> bytes:
    """Base64 without line breaks."""
    return base64.b64encode(data)


def decode_base64(data: bytes) -> bytes:
    """Raises ValueError unless ``data`` is base64, the whole of it."""
    try:
        return base64.b64decode(data.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("the payload is not base64") from error
