"""Answers of authorizers that processes share, in a store that they share.

::

    cache = AuthorizerCache(shared=SharedAnswers(store, "a1b2c3/prod/guard"))

Why: a function that took 200 ms to answer one worker need not be asked by seven others. ``store`` is one with
the verbs of :class:`~wsgi_gateway.typing.RecordStore`; ``scope`` names the authorizer, and must differ
between all that use the store, since whoever has the same scope believes the same answers. A ``Gateway``
makes it of the API's id, the stage and the whole declaration of the authorizer, and shares nothing while the
API has no id of its own.

* What is kept is the answer as JSON, under the hash that stands for the caller, until its TTL is over. One
  that names an API key (``usageIdentifierKey``) is never put there: it is a secret.
* A flush begins a new generation, which all processes see within :data:`LOOKED_AT_AGAIN` seconds. A call that
  was under way keeps its answer in the old one, where nobody looks any more.
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
from typing import TYPE_CHECKING, Any

from wsgi_gateway.authorizers.decisions import PolicyError
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.functions import place_of

if TYPE_CHECKING:
    from wsgi_gateway.errors import GatewayError
    from wsgi_gateway.typing import Clock, RecordStore

logger = logging.getLogger("wsgi_gateway")

LOOKED_AT_AGAIN = 2.0
"""Seconds for which a process believes what it has seen in the store."""

_QUIET_SECONDS = 10.0

Found = tuple["Grant | GatewayError", str, float]
"""An outcome, where it came from (``store`` or ``miss``), and the seconds for which it may be believed."""


class SharedAnswers:
    """The answers about one authorizer's callers. ``store`` and ``scope``: see the module."""

    def __init__(self, store: RecordStore, scope: str) -> None:
        self._store, self._scope = store, scope
        self._generation: tuple[float, int] | None = None
        self._told_at = float("-inf")

    def ask(
        self, key: bytes, ttl: float, clock: Clock, ask: Callable[..., Grant | GatewayError], args: Any
    ) -> Found:
        """What another process was answered, or what ``ask(*args)`` returns, which is kept for the others."""
        name = self._name(key, clock())
        found = None if name is None else self._recalled(name, clock())
        if found is not None:
            return found
        outcome = ask(*args)
        if name is not None and isinstance(outcome, Grant) and outcome.usage_identifier_key is None:
            self._kept(name, outcome, clock(), ttl)
        return outcome, "miss", min(ttl, LOOKED_AT_AGAIN)

    def flush(self) -> None:
        """Begin a new generation. A failing store is told in the log, and to the caller by its exception."""
        self._generation = None
        self._store.advance(self._scope)

    def _name(self, key: bytes, now: float) -> str | None:
        """Under what the answer lies in the present generation; None if the store does not tell that."""
        known = self._generation
        if known is None or not known[0] <= now < known[0] + LOOKED_AT_AGAIN / 2:
            try:
                known = self._generation = (now, self._store.generation(self._scope))
            except Exception as error:
                self._failed("telling the generation", error)
                return None
        return f"{self._scope}:{known[1]}:{key.hex()}"

    def _recalled(self, name: str, now: float) -> Found | None:
        try:
            value = self._store.recall(name, _microseconds(now))
        except Exception as error:
            self._failed("recalling an answer", error)
            return None
        if value is None:
            return None
        try:
            kept = json.loads(value)
            left = kept["expires"] - now
            return (Grant(kept["answer"]), "store", min(left, LOOKED_AT_AGAIN)) if left > 0 else None
        except (ValueError, TypeError, KeyError, PolicyError, RecursionError) as error:
            self._failed("reading an answer", error)
            return None

    def _kept(self, name: str, grant: Grant, now: float, ttl: float) -> None:
        try:
            value = json.dumps({"expires": now + ttl, "answer": grant.answer}).encode()
        except (TypeError, ValueError, RecursionError):
            return  # it holds what JSON has not; this process keeps it alone
        try:
            self._store.keep(name, value, _microseconds(now + ttl), _microseconds(now))
        except Exception as error:
            self._failed("keeping an answer", error)

    def _failed(self, what: str, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._told_at + _QUIET_SECONDS:
            self._told_at = now
            logger.warning("%s raised %s in %s", what, type(error).__name__, place_of(error))


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
