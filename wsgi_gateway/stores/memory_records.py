"""Records in memory: small values by key, some of which expire, and generations.

::

    records = Records()
    records.keep("answer", b"allow", expires_at=5, now=0)
    records.recall("answer", now=4)    # b"allow"; None from 5 on

What has expired goes a little at a time, as counters do (:mod:`wsgi_gateway.stores.memory`).

Not for: locks; the store has one.

Source: this project's own.
"""

from __future__ import annotations

from collections import deque

_LOOKED_AT_PER_NEW_RECORD = 2


class Records:
    """Records by key, and generations by name; the store's lock guards them."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, int | None]] = {}
        self.generations: dict[str, int] = {}
        self._queue: deque[str] = deque()

    def recall(self, key: str, now: int) -> bytes | None:
        """The record, unless it has expired."""
        value, expires_at = self.kept.get(key, (None, None))
        return None if expires_at is not None and expires_at <= now else value

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Put a record there, and drop what has expired of two that were not looked at for longest."""
        for _ in range(min(_LOOKED_AT_PER_NEW_RECORD, len(self._queue))):
            old = self._queue.popleft()
            expiry = self.kept.get(old, (b"", 0))[1]
            if expiry is None or expiry > now:
                self._queue.append(old)
            else:
                self.kept.pop(old, None)
        if key not in self.kept:
            self._queue.append(key)
        self.kept[key] = (value, expires_at)
