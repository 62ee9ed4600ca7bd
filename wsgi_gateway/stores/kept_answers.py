"""KeptAnswers: answers to clients, kept for a while in this process and, if there is one, in a shared store.

::

    kept = KeptAnswers(max_bytes=64 * 2**20, shelf=Shelf(store, "a1b2c3/prod"))
    mark = kept.mark(now)
    answer = kept.find(key, mark, now)
    if answer is None:
        kept.keep(key, mark, Answer("200 OK", headers, body), ttl=300, now=now)

* Bytes are bounded; what was used longest ago goes first. Times are seconds since the epoch, UTC.
* A *mark* is the generation of the whole: :meth:`KeptAnswers.flush` begins the next one, and what was
  fetched under an older one is never found again, whenever it is put there.
* What lies in the shared store a process believes for :data:`BELIEVED` seconds, and the mark for half a
  second: so others see a flush and a dropped entry within two seconds.
* What is shared, and what becomes of a store that fails: :mod:`wsgi_gateway.stores.shelf`.
* A forked worker starts empty.

Source: this project's own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from typing import NamedTuple

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.shelf import Answer, Shelf

__all__ = ["BELIEVED", "Answer", "KeptAnswers", "Shelf"]

BELIEVED = 1.5
"""Seconds for which an answer from the shared store is not looked at again."""


class _Entry(NamedTuple):
    answer: Answer
    mark: int
    stored: float
    believed: float
    size: int


class KeptAnswers:
    """Answers by key. ``max_bytes``: an estimate that bounds them. ConfigError if that is not positive."""

    def __init__(self, *, max_bytes: int = 64 * 2**20, shelf: Shelf | None = None) -> None:
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise ConfigError("the bytes for cached answers must be a positive whole number")
        self._max_bytes, self._shelf = max_bytes, shelf
        self._mark = 0
        self._start()
        _ALL.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<KeptAnswers {len(self)} entries, about {self.size} bytes>"

    def mark(self, now: float) -> int:
        """The present generation."""
        return self._mark if self._shelf is None else self._mark + self._shelf.mark(now)

    def remembered(self, key: bytes, mark: int, now: float) -> Answer | None:
        """What this process keeps under a key and mark."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                if entry.mark == mark and entry.stored <= now < entry.believed:
                    self._entries.move_to_end(key)
                    return entry.answer
                self._drop(key)
        return None

    def find(self, key: bytes, mark: int, now: float) -> Answer | None:
        """What is kept under a key and mark, here or in the shared store."""
        answer = self.remembered(key, mark, now)
        if answer is not None or self._shelf is None:
            return answer
        found = self._shelf.find(key, mark - self._mark, now)
        if found is None:
            return None
        answer, left = found
        self._put(key, mark, answer, min(left, BELIEVED), now)
        return answer

    def keep(self, key: bytes, mark: int, answer: Answer, ttl: float, now: float) -> None:
        """Keep an answer for ``ttl`` seconds."""
        if self._shelf is not None and self._shelf.keep(key, mark - self._mark, answer, ttl, now):
            ttl = min(ttl, BELIEVED)
        self._put(key, mark, answer, ttl, now)

    def _put(self, key: bytes, mark: int, answer: Answer, seconds: float, now: float) -> None:
        size = answer.size
        if size > self._max_bytes:
            return
        with self._lock:
            if key in self._entries:
                self._drop(key)
            self._entries[key] = _Entry(answer, mark, now, now + seconds, size)
            self.size += size
            while self.size > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        self.size -= self._entries.pop(key).size

    def drop(self, key: bytes, mark: int) -> None:
        """Forget the answer under one key; other processes do within two seconds."""
        with self._lock:
            if key in self._entries:
                self._drop(key)
        if self._shelf is not None:
            self._shelf.forget(key, mark - self._mark)

    def flush(self) -> None:
        """Forget everything; other processes that share a store do within two seconds. Raises what the store
        raises, when this process has forgotten all the same.
        """
        with self._lock:
            # Shared generations grow by one a time; a big step keeps the sums of both apart.
            self._mark += 1 << 40
            self._entries.clear()
            self.size = 0
        if self._shelf is not None:
            self._shelf.flush()


_ALL: weakref.WeakSet[KeptAnswers] = weakref.WeakSet()


def _start_anew() -> None:
    for kept in list(_ALL):
        kept._start()


if hasattr(os, "register_at_fork"):
    # Another thread of the parent may have held the lock, in the middle of a change.
    os.register_at_fork(after_in_child=_start_anew)
