"""Shelf: answers to clients in a store that processes share, one of their places beside each one's memory.

::

    shelf = Shelf(store, "a1b2c3/prod")
    mark = shelf.mark(now)
    shelf.keep(key, mark, Answer("200 OK", headers, body), ttl=300, now=now)
    answer, seconds_left = shelf.find(key, mark, now)

* ``store`` is one with the verbs of :class:`~wsgi_gateway.typing.RecordStore`. Records are JSON and bytes.
  Whoever can write the store can answer for the backend: keep it as safe.
* A mark is the generation of the scope, believed for half a second; a flush begins the next one.
* A store that fails is left alone for two seconds. It costs misses and a line in the log, never a request.
* A process puts at most :data:`BUDGET` bytes a minute (or a TTL, if that is longer) there, and no answer of
  more than :data:`LONGEST_SHARED`; the counters of limits lie in the same store.

Source: this project's own.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from wsgi_gateway.wsgi import is_header_name

if TYPE_CHECKING:
    from wsgi_gateway.typing import RecordStore

logger = logging.getLogger("wsgi_gateway")

LONGEST_SHARED = 256 * 1024
BUDGET = 8 * 1024 * 1024

_MARK_BELIEVED = 0.5
_PAUSE = 2.0
_WINDOW = 60.0
_QUIET_SECONDS = 10.0
_OVERHEAD = 600
_STATUS = re.compile(r"[1-5][0-9]{2} [\x20-\x7e]*")
_LINE_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Answer(NamedTuple):
    """Status line, headers and body. ``traced``: whether a trace id belongs to it, each request's own."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    traced: bool = False

    @property
    def size(self) -> int:
        """About how many bytes it occupies."""
        return _OVERHEAD + len(self.body) + sum(150 + len(name) + len(value) for name, value in self.headers)


class Shelf:
    """Answers in a store that processes share. ``scope`` names them there, and has to differ between all that
    must not see each other's.
    """

    def __init__(self, store: RecordStore, scope: str) -> None:
        self._store, self._scope = store, scope
        self._known: tuple[float, int] = (float("-inf"), 0)
        self._paused_until = self._told_at = float("-inf")
        self._spent: tuple[float, int] = (float("-inf"), 0)

    def mark(self, now: float) -> int:
        """The present generation, as far as known."""
        at, generation = self._known
        if at <= now < at + _MARK_BELIEVED or self._is_paused():
            return generation
        try:
            generation = self._store.generation(self._scope)
        except Exception as error:
            self._failed("telling the generation", error)
            return generation
        self._known = (now, generation)
        return generation

    def find(self, key: bytes, mark: int, now: float) -> tuple[Answer, float] | None:
        """An answer, and for how many seconds it holds."""
        if self._is_paused():
            return None
        try:
            record = self._store.recall(self._name(key, mark), int(now * 1_000_000))
        except Exception as error:
            self._failed("recalling an answer", error)
            return None
        return None if record is None else _read(record, now)

    def keep(self, key: bytes, mark: int, answer: Answer, ttl: float, now: float) -> bool:
        """Put an answer there; whether that was done."""
        if self._is_paused() or len(answer.body) > LONGEST_SHARED:
            return False
        record = _written(answer, now, now + ttl)
        if not self._has_room(len(record), now, max(ttl, _WINDOW)):
            return False
        expires = int((now + ttl) * 1_000_000)
        try:
            self._store.keep(self._name(key, mark), record, expires, int(now * 1_000_000))
        except Exception as error:
            self._failed("keeping an answer", error)
            return False
        return True

    def forget(self, key: bytes, mark: int) -> None:
        """Remove one answer, if the store can be had."""
        try:
            self._store.forget(self._name(key, mark))
        except Exception as error:
            self._failed("forgetting an answer", error)

    def flush(self) -> None:
        """Begin the next generation. Raises what the store raises."""
        self._known = (float("-inf"), self._store.advance(self._scope))

    def _name(self, key: bytes, mark: int) -> str:
        return f"{self._scope}:{mark}:{key.hex()}"

    def _has_room(self, size: int, now: float, window: float) -> bool:
        began, spent = self._spent
        if not began <= now < began + window:
            began, spent = now, 0
        if spent + size + _OVERHEAD > BUDGET:
            return False
        self._spent = (began, spent + size + _OVERHEAD)
        return True

    def _is_paused(self) -> bool:
        return time.monotonic() < self._paused_until

    def _failed(self, what: str, error: Exception) -> None:
        now = time.monotonic()
        self._paused_until = now + _PAUSE
        if now >= self._told_at + _QUIET_SECONDS:
            self._told_at = now
            # The kind alone: a store's error text may hold its URL, and that a password.
            logger.warning("response cache: %s raised %s", what, type(error).__name__)


def _written(answer: Answer, stored: float, expires: float) -> bytes:
    head = {
        "status": answer.status,
        "headers": answer.headers,
        "traced": answer.traced,
        "stored": stored,
        "expires": expires,
        "length": len(answer.body),
    }
    return json.dumps(head).encode() + b"\n" + answer.body


def _read(record: bytes, now: float) -> tuple[Answer, float] | None:
    """What a record holds, None for one that is broken, of the future or over: that is a miss."""
    try:
        head, _, body = record.partition(b"\n")
        kept = json.loads(head)
        headers = tuple((name, value) for name, value in kept["headers"])
        age, left = now - kept["stored"], kept["expires"] - now
        if age < 0 or not left > 0 or len(body) != kept["length"] or not _STATUS.fullmatch(kept["status"]):
            return None
        if not all(is_header_name(name) and not _LINE_BREAKS.search(value) for name, value in headers):
            return None
        return Answer(kept["status"], headers, body, bool(kept["traced"])), left
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
