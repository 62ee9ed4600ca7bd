"""Data that came parsed (``json.load``, a dict in code) as a document: checked, copied, without line numbers.

Source: what JSON can express, RFC 8259; keys become text (``200`` is ``"200"``), tuples lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from wsgi_gateway.errors import ConfigError, Place, Problem, json_path
from wsgi_gateway.sources.document import DEPTH_LIMIT, NODE_LIMIT, Document, is_encodable

_LARGEST = 2**1024
"""Integers beyond are no floats, and too long to print."""


def read_parsed(source: Mapping[str, Any]) -> Document:
    """A deep, plain copy of ``source``.

    :raises ConfigError: too deep (a mapping that contains itself is), too many values, or a value JSON lacks.
    """
    return _Copier().copy(source)


class _Copier:
    """Copies without recursion; the stack holds open containers, their members to come and their own keys."""

    def __init__(self) -> None:
        self.stack: list[tuple[Any, Iterator[tuple[Any, Any]], str | int]] = []
        self.count = 0

    def copy(self, source: Mapping[str, Any]) -> Document:
        root: dict[str, Any] = {}
        self.stack.append((root, iter(list(source.items())), "$"))
        while self.stack:
            container, members, _ = self.stack[-1]
            step = next(members, None)
            if step is None:
                self.stack.pop()
            else:
                self._member(container, *step)
        return Document(root)

    def _member(self, container: Any, key: Any, value: Any) -> None:
        self.count += 1
        if self.count > NODE_LIMIT:
            raise self._refuse("document-too-large", f"more than {NODE_LIMIT} values")
        member = key if isinstance(container, list) else self._key(key, container)
        child, inner = self._value(value, member)
        if isinstance(container, list):
            container.append(child)
        else:
            container[member] = child
        if inner is not None:
            if len(self.stack) >= DEPTH_LIMIT:
                raise self._refuse("document-too-deep", f"nested more than {DEPTH_LIMIT} levels deep")
            self.stack.append((child, inner, member))

    def _value(self, value: Any, member: str | int) -> tuple[Any, Iterator[tuple[Any, Any]] | None]:
        """A scalar as it is; of a container an empty copy and its members."""
        if isinstance(value, Mapping):
            return {}, iter(list(value.items()))
        if isinstance(value, (list, tuple)):
            return [], iter(list(enumerate(value)))
        if isinstance(value, (int, float)) and not (
            isfinite(value) if isinstance(value, float) else _fits(value)
        ):
            raise self._refuse("value-type", "a number that is out of range", member)
        if value is not None and not isinstance(value, (str, int, float)):
            raise self._refuse("value-type", f"a {type(value).__name__} is nothing that JSON knows", member)
        if not is_encodable(value):
            raise self._refuse("encoding", "half a surrogate pair is no character", member)
        return value, None

    def _key(self, key: Any, container: dict[str, Any]) -> str:
        if not isinstance(key, (str, float)) and not (isinstance(key, int) and _fits(key)):
            raise self._refuse("key-type", f"a key must be text, not {type(key).__name__}")
        if not is_encodable(key):
            raise self._refuse("encoding", "half a surrogate pair is no character")
        if str(key) in container:
            raise self._refuse("duplicate-key", f"duplicate key {str(key)[:80]!r}", str(key)[:80])
        return str(key)

    def _refuse(self, code: str, message: str, *members: str | int) -> ConfigError:
        path = [key for _, _, key in self.stack[1:9]]
        return ConfigError([Problem(code, message, Place(path=json_path("$", *path, *members)))])


def _fits(value: int) -> bool:
    return -_LARGEST < value < _LARGEST
