"""Documents: plain Python data that knows where everything stands.

::

    document = read("api.yaml")                        # wsgi_gateway.sources.reading
    document.data["paths"]["/pets"]
    document.mark(document.data["paths"], "/pets")     # Mark(line=12, column=3, text=None)

A document comes from someone else. Whatever it holds, reading it ends in data or in one readable
:class:`~wsgi_gateway.errors.ConfigError`, soon and in little memory: size, nesting and the number of values
(aliases and merge keys counted as often as they are used) are bounded.

Source: AWS's limit for imports is 6 MB,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wsgi_gateway.errors import ConfigError, Place, Problem

SIZE_LIMIT = 6 * 1024 * 1024
"""Bytes of a file."""

DEPTH_LIMIT = 128
"""Nested mappings and lists."""

NODE_LIMIT = 300_000
"""Keys and values, those which aliases and merge keys repeat counted again: what 6 MB hold where a value
takes 20 bytes, as in the definitions that people have.
"""


class Mark(NamedTuple):
    """Where a member stands (from one), and the text of a scalar that is not a string."""

    line: int
    column: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """``data`` and the marks of its members. ``file`` is None for data that came parsed. ``path``: where it
    stands in another document, such as the API in a template.
    """

    data: Any
    file: str | None = None
    marks: Mapping[int, Mapping[str | int, Mark]] = field(default_factory=dict, repr=False)
    path: tuple[str | int, ...] = ()

    def mark(self, container: Any, member: str | int) -> Mark | None:
        """Where ``container[member]`` stands, if ``container`` is part of this document."""
        members = self.marks.get(id(container))
        return members.get(member) if members else None


def broken(
    code: str, message: str, file: str | None, line: int, column: int, hint: str | None = None
) -> ConfigError:
    """The error to raise for a document that cannot be read on."""
    return ConfigError([Problem(code, message, Place(file, line, column), hint)])


def too_large(file: str | None, line: int, column: int) -> ConfigError:
    """The error to raise for a document of more than :data:`NODE_LIMIT` keys and values."""
    message = f"more than {NODE_LIMIT} values, counting those repeated by aliases"
    return broken("document-too-large", message, file, line, column)


def is_encodable(value: Any) -> bool:
    """Whether a string can be sent as UTF-8; True for whatever is not a string."""
    if not isinstance(value, str) or value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
