"""Records and generations inside one transaction on the counters, in front of those that are durable.

A record that expires lies in the counters' file. One without an end lies in the durable file; until it is
there, and until one that was forgotten is gone from there, the counters' file has it, and what the counters'
file says counts::

    records = RecordsTransaction(txn, files)
    if records.keep("api-key:1", b"{}", None):
        ...     # commit, then fold

Which of the verbs have to be made durable before they return, they say.

Not for: the folding (:mod:`wsgi_gateway.stores.lmdb_checkpoint`), or locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import lmdb_codec as codec
from wsgi_gateway.stores.lmdb_checkpoint import note
from wsgi_gateway.stores.lmdb_codec import EXPIRING, GONE, OVER_DURABLE, PENDING

if TYPE_CHECKING:
    from wsgi_gateway.stores.lmdb_codec import Transaction
    from wsgi_gateway.stores.lmdb_files import Files


class RecordsTransaction:
    """One transaction on the counters' file. The durable one is only read, and only after it has begun."""

    __slots__ = ("_durable", "_txn")

    def __init__(self, txn: Transaction, files: Files) -> None:
        self._txn = txn
        self._durable = files.durable

    def recall(self, name: str, now: int) -> bytes | None:
        """The record, unless it has expired."""
        key = codec.key_of(codec.RECORD, name)
        value = self._txn.get(key)
        if value is None:
            body = self._in_durable(key)
            return None if body is None else codec.value_of(key, body)
        tag = value[0]
        if tag == GONE or (tag in (EXPIRING, OVER_DURABLE) and codec.expires_at(value) <= now):
            return None
        return codec.value_of(key, codec.body_in(value))

    def lies_here(self, name: str) -> bool:
        """Whether the counters' file has something under this name."""
        return self._txn.get(codec.key_of(codec.RECORD, name)) is not None

    def keep(self, name: str, value: bytes, expires_at: int | None) -> bool:
        """Put a record there; whether that has to be made durable."""
        key = codec.key_of(codec.RECORD, name)
        body = codec.body_of(key, name, value)
        if expires_at is None:
            self._change(key, codec.record(PENDING, body))
            return True
        if self._hides_durable(key):
            self._change(key, codec.record(OVER_DURABLE, body, expires_at))
            return True
        self._txn.put(key, codec.record(EXPIRING, body, expires_at))
        return False

    def forget(self, name: str) -> tuple[bool, bool]:
        """Remove a record; whether there was one, and whether that has to be made durable."""
        key = codec.key_of(codec.RECORD, name)
        value = self._txn.get(key)
        if self._hides_durable(key):
            existed = value is None or value[0] != GONE
            self._change(key, codec.record(GONE, codec.body_of(key, name, b"")))
            return existed, True
        return self._txn.delete(key), False

    def names(self, prefix: str, after: str, limit: int) -> list[str]:
        """Names that begin so and sort behind ``after``, by their bytes."""
        start, least = prefix.encode("utf-8", "surrogatepass"), after.encode("utf-8", "surrogatepass")
        with self._durable.begin() as durable:
            both = merge(_scan(self._txn, start, least, 0), _scan(durable, start, least, 1))
            # Of two with one name the counters' file has the say.
            first = (next(same) for _, same in groupby(both, key=lambda found: found[0]))
            found = (name for name, _, there in first if there)
            return [name.decode("utf-8", "surrogatepass") for name in islice(found, max(0, limit))]

    def generation(self, name: str) -> int:
        """The number of the present generation."""
        key = codec.key_of(codec.GENERATION, name)
        value = self._txn.get(key)
        return codec.number(self._in_durable(key) if value is None else value)

    def advance(self, name: str) -> int:
        """Begin the next generation; it is durable with the next fold."""
        count = self.generation(name) + 1
        self._change(codec.key_of(codec.GENERATION, name), codec.number_value(count))
        return count

    def _change(self, key: bytes, value: bytes) -> None:
        self._txn.put(key, value)
        note(self._txn, key)

    def _hides_durable(self, key: bytes) -> bool:
        """Whether under this key something is durable, or is just becoming so."""
        value = self._txn.get(key)
        return self._in_durable(key) is not None if value is None else value[0] != EXPIRING

    def _in_durable(self, key: bytes) -> bytes | None:
        with self._durable.begin() as durable:
            found: bytes | None = durable.get(key)
            return found


def _scan(txn: Transaction, prefix: bytes, after: bytes, source: int) -> Iterator[tuple[bytes, int, bool]]:
    """``(name, source, whether it is there)``, sorted by name."""
    cursor = txn.cursor()
    if not cursor.set_range(codec.start_of(max(prefix, after))):
        return
    heads = codec.start_of(prefix)
    found = _named(cursor, heads, source)
    for _, near in groupby(found, key=lambda item: codec.neighbours(item[0])):
        for item in sorted(near):
            if item[0].startswith(prefix) and (item[0] > after or not after):
                yield item


def _named(cursor: Any, heads: bytes, source: int) -> Iterator[tuple[bytes, int, bool]]:
    for key, value in cursor:
        if not key.startswith(heads):
            return
        if source:  # the durable file has bodies alone
            yield codec.name_of(key, value), source, True
        else:
            yield codec.name_of(key, codec.body_in(value)), source, value[0] != GONE
