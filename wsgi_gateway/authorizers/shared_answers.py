"""Answers of authorizers that processes share, in a store that they share.

::

    cache = AuthorizerCache(shared=SharedAnswers(store, "a1b2c3/prod/guard"))

Why: a function that took 200 ms to answer one worker need not be asked by seven others. ``store`` is one with
the verbs of :class:`~wsgi_gateway.typing.RecordStore`; ``scope`` names the authorizer, and must differ
between all that use the store, since whoever has the same scope believes the same answers. A ``Gateway``
makes it of the API's id, account and Region, the stage with its variables, the whole declaration of the
authorizer, and the text by which its function was given: a dotted name, an ARN or a URL. A function that is
given as such has no name that would be the same in every process, so its answers are not shared; nor are
those of an API without an id of its own.

* What is kept is the answer as JSON, under the hash that stands for the caller, until its TTL is over. One
  that names an API key (``usageIdentifierKey``) or has more than 64 KiB is kept by its process alone, where a
  flush of another process does not reach it.
* A process keeps 2 MiB of them there within one TTL at most; what is more it keeps for itself.
* An answer of the future, by this process's clock, is not believed.
* A flush changes a mark in the store, by which all answers are named, and which all processes see within
  :data:`LOOKED_AT_AGAIN` seconds. A call that was under way keeps its answer under the old mark, where nobody
  looks.
* A store that has gone back to what it was before a flush has its old mark again. So of one that can tell its
  ``incarnation`` (Redis: which run of which server this is) answers of another one are not believed. Not seen
  is a machine that is set back to a picture of its memory.
* A store that fails costs a call of the function, and a line in the log; never a request.

Whoever can write the store can admit whom they like; keep it as safe as the function.

Not for: refusals and failures, which are kept nowhere.

Source: this project's own; AWS's cache belongs to a stage, whichever of its machines answers.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.functions import place_of

if TYPE_CHECKING:
    from wsgi_gateway.errors import GatewayError
    from wsgi_gateway.typing import Clock, RecordStore

logger = logging.getLogger("wsgi_gateway")

LOOKED_AT_AGAIN = 2.0
"""Seconds after which a process has seen a flush by another one."""

_BELIEVED = 1.5
"""Of these, seconds for which it believes an answer; the rest is for the mark."""

_LONGEST = 64 * 1024
_BUDGET = 2 * 1024 * 1024
_ROOM_PER_ANSWER = 400

_QUIET_SECONDS = 10.0

Found = tuple["Grant | GatewayError", str, float]
"""An outcome, where it came from (``store`` or ``miss``), and the seconds for which it may be believed."""


class SharedAnswers:
    """The answers about one authorizer's callers. ``store`` and ``scope``: see the module."""

    def __init__(self, store: RecordStore, scope: str) -> None:
        self._store, self._scope = store, scope
        self._mark: tuple[float, str] | None = None
        self._flushes = 0
        self._spent = (float("-inf"), 0)
        self._told_at = float("-inf")

    def ask(
        self, key: bytes, ttl: float, clock: Clock, ask: Callable[..., Grant | GatewayError], args: Any
    ) -> Found:
        """What another process was answered, or what ``ask(*args)`` returns, which is kept for the others."""
        name = self._name(key, clock())
        found = None if name is None else self._recalled(name, ttl, clock())
        if found is not None:
            return found
        outcome = ask(*args)
        is_shared = (
            name is not None and isinstance(outcome, Grant) and self._kept(name, outcome, clock(), ttl)
        )
        return outcome, "miss", min(ttl, _BELIEVED) if is_shared else ttl

    def flush(self) -> None:
        """Change the mark. Raises what the store raises."""
        self._flushes += 1
        self._mark = None
        self._change_mark(int(time.time() * 1_000_000))

    def _change_mark(self, now: int) -> str:
        mark = token_hex(16)
        self._store.keep(self._scope, mark.encode(), None, now)
        return mark

    def _name(self, key: bytes, now: float) -> str | None:
        """Under what the answer lies, by the present mark; None if the store does not tell that."""
        known = self._mark
        if known is None or not known[0] <= now < known[0] + LOOKED_AT_AGAIN - _BELIEVED:
            flushes = self._flushes
            try:
                found = self._store.recall(self._scope, _microseconds(now))
                mark = self._change_mark(_microseconds(now)) if found is None else found.decode("ascii")
                # Behind the mark: one that is read before a restart must not meet answers from before it.
                mark += self._incarnation()
            except Exception as error:
                self._failed("telling the mark", error)
                return None
            known = (now, mark)
            if flushes == self._flushes:  # else a flush has come in between
                self._mark = known
        return f"{self._scope}:{known[1]}:{key.hex()}"

    def _incarnation(self) -> str:
        tell: Callable[[], str] | None = getattr(self._store, "incarnation", None)
        return tell() if tell is not None else ""

    def _recalled(self, name: str, ttl: float, now: float) -> Found | None:
        try:
            value = self._store.recall(name, _microseconds(now))
        except Exception as error:
            self._failed("recalling an answer", error)
            return None
        if value is None:
            return None
        try:
            kept = json.loads(value)
            age = now - kept["stored"]
            left = min(ttl, kept["ttl"]) - age
            if age < 0 or not left > 0:
                return None
            return Grant(kept["answer"]), "store", min(left, _BELIEVED)
        except (ValueError, TypeError, KeyError, OverflowError, PolicyError, RecursionError) as error:
            self._failed("reading an answer", error)
            return None

    def _kept(self, name: str, grant: Grant, now: float, ttl: float) -> bool:
        """Keep an answer for the others; whether that was done."""
        if grant.usage_identifier_key is not None:
            return False
        try:
            value = json.dumps({"stored": now, "ttl": ttl, "answer": grant.answer}).encode()
        except (TypeError, ValueError, RecursionError):
            return False  # it holds what JSON has not
        if len(value) > _LONGEST or not self._has_room(len(value), now, ttl):
            return False
        try:
            self._store.keep(name, value, _microseconds(now + ttl), _microseconds(now))
        except Exception as error:
            self._failed("keeping an answer", error)
            return False
        return True

    def _has_room(self, size: int, now: float, ttl: float) -> bool:
        """Whether this process may keep so many bytes more: one caller must not fill a store for all."""
        began, kept = self._spent
        if not began <= now < began + ttl:
            began, kept = now, 0
        if kept + size + _ROOM_PER_ANSWER > _BUDGET:
            return False
        self._spent = (began, kept + size + _ROOM_PER_ANSWER)
        return True

    def _failed(self, what: str, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._told_at + _QUIET_SECONDS:
            self._told_at = now
            logger.warning("%s raised %s in %s", what, type(error).__name__, place_of(error))


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
