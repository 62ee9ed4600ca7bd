"""The authorizer cache: what a function answered, kept for its TTL, asked for once however many are waiting.

What is kept is the *grant* (policy, principal, context), never a verdict: AWS evaluates a kept policy anew
for every method that uses the authorizer, and so does the stage. Denying policies are kept too; failures
and ``Unauthorized`` are not. Give the same cache to all stages that use an authorizer::

    cache = AuthorizerCache(max_entries=50_000)
    app = Authorizer(app, config, authorize=function, cache=cache)

* A key (:class:`CallerKeys`) is the SHA-256 of authorizer, API, stage and all identity values, each with its
  length in front, so that no two callers share one and no token is kept in memory.
* Entries and bytes are bounded; what was used longest ago goes first.
* While one request asks about a caller, others about the same caller wait for its answer and share it, even a
  failure; if the asking one is killed, the next takes over. None waits longer than ``wait`` seconds.
* A forked worker starts with an empty cache, whatever its parent was doing.
* ``shared`` makes processes know each other's answers, see :mod:`wsgi_gateway.authorizers.shared_answers`.
  What comes from there is looked at again within two seconds, and a call is one call per process all
  the same.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from types import MethodType
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.authorizers.identity import Values
from wsgi_gateway.authorizers.shared_answers import SharedAnswers
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import AUTHORIZER_FAILURE, ConfigError, GatewayError
from wsgi_gateway.typing import Clock

Outcome = Grant | GatewayError

ENTRY_OVERHEAD = 400
"""About how many bytes an entry needs beside its grant: key, times and its place in the table."""


class _Entry(NamedTuple):
    grant: Grant
    stored: float
    expires: float
    size: int


class _Flight:
    """One call under way. ``outcome`` stays None if the caller was killed before it had one."""

    __slots__ = ("done", "leader", "outcome")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.leader = threading.get_ident()
        self.outcome: Outcome | None = None


class AuthorizerCache:
    """Grants by caller, in this process. Safe for threads and forks.

    ``max_entries`` and ``max_bytes`` (an estimate) bound it; ``wait`` is how many seconds a request waits for
    another's call at most. ``shared``: answers of other processes. Raises ConfigError for bounds below one.
    """

    def __init__(
        self,
        *,
        max_entries: int = 20_000,
        max_bytes: int = 32 * 1024 * 1024,
        wait: float = 30.0,
        shared: SharedAnswers | None = None,
    ) -> None:
        if max_entries < 1 or max_bytes < 1 or wait <= 0:
            raise ConfigError("max_entries, max_bytes and wait of an AuthorizerCache must be positive")
        self._max_entries, self._max_bytes, self._wait = max_entries, max_bytes, wait
        self._shared = shared
        self._scopes: list[tuple[Any, Any]] = []
        self._start()
        _ALL.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._flights: dict[bytes, _Flight] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<AuthorizerCache {len(self)} entries, about {self.size} bytes>"

    def scope(self, config: Any, function: Any) -> int:
        """What stands for an authorizer in keys: one number per (equal) configuration and function."""
        with self._lock:
            for number, (known, call) in enumerate(self._scopes):
                if known == config and _is_same(call, function):
                    return number
            self._scopes.append((config, function))
            return len(self._scopes) - 1

    def fetch(
        self, key: bytes, ttl: float, clock: Clock, ask: Callable[..., Outcome], *args: Any
    ) -> tuple[Outcome, str]:
        """The grant kept under ``key``, or what ``ask(*args)`` returns; and where it came from.

        The second item is ``hit``, ``miss``, ``shared`` (another request's call) or ``store`` (another
        process's). A grant is kept for ``ttl`` seconds of ``clock``. Raises what ``ask`` raises.
        """
        while True:
            with self._lock:
                entry = self._entries.get(key)
                if entry is not None:
                    if entry.stored <= clock() < entry.expires:
                        self._entries.move_to_end(key)
                        return entry.grant, "hit"
                    self._drop(key)
                flight = self._flights.get(key)
                if flight is None:
                    flight = self._flights[key] = _Flight()
                    break
            if flight.leader == threading.get_ident():
                return ask(*args), "miss"  # the function calls its own gateway: we would wait for ourselves
            if not flight.done.wait(self._wait):
                with self._lock:
                    self._forget(key, flight)
                reason = f"another request's call of the authorizer took longer than {self._wait} s"
                return GatewayError(AUTHORIZER_FAILURE, reason=reason), "shared"
            if flight.outcome is not None:
                return flight.outcome, "shared"
        return self._lead(key, flight, ttl, clock, ask, args)

    def _lead(
        self,
        key: bytes,
        flight: _Flight,
        ttl: float,
        clock: Clock,
        ask: Callable[..., Outcome],
        args: tuple[Any, ...],
    ) -> tuple[Outcome, str]:
        where, fresh_for = "miss", ttl
        try:
            if self._shared is None:
                flight.outcome = outcome = ask(*args)
            else:
                outcome, where, fresh_for = self._shared.ask(key, ttl, clock, ask, args)
                flight.outcome = outcome
            return outcome, where
        finally:
            with self._lock:
                # Abandoned, or cleared away while it was under way: too old to be kept.
                if self._forget(key, flight) and isinstance(flight.outcome, Grant):
                    self._keep(key, flight.outcome, fresh_for, clock())
            flight.done.set()

    def _forget(self, key: bytes, flight: _Flight) -> bool:
        """Whether this call was still the one under way for ``key``; now it is not."""
        if self._flights.get(key) is not flight:
            return False
        del self._flights[key]
        return True

    def _keep(self, key: bytes, grant: Grant, ttl: float, now: float) -> None:
        grant.answer = None
        size = grant.size + ENTRY_OVERHEAD
        if size > self._max_bytes:
            return
        self._entries[key] = _Entry(grant, now, now + ttl, size)
        self.size += size
        while len(self._entries) > self._max_entries or self.size > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        self.size -= self._entries.pop(key).size

    def clear(self) -> None:
        """Forget every answer, also those under way, as AWS's FlushStageAuthorizersCache does for a stage.

        Other processes that share answers forget theirs within two seconds.
        """
        with self._lock:
            self._entries.clear()
            self._flights.clear()
            self.size = 0
        if self._shared is not None:
            self._shared.flush()
            with self._lock:  # what was recalled in the meantime
                self._entries.clear()
                self._flights.clear()
                self.size = 0


class CallerKeys:
    """What stands for a caller in the cache of one authorizer, whose number there is ``scope``.

    ``keys(ctx, identity)`` is the SHA-256 of who asks whom: every part has its length in front, every source
    its number of values.
    """

    __slots__ = ("_known", "_scope")

    def __init__(self, scope: int) -> None:
        self._scope = scope
        self._known: tuple[Deployment | None, str] = (None, "")

    def __call__(self, ctx: Context, identity: tuple[Values, ...]) -> bytes:
        """Of the identity's values, by source."""
        known, text = self._known
        if known is not ctx.deployment:
            text = self._prefix(ctx.deployment)
        for values in identity:
            if len(values) == 1:
                value = values[0]
                text = f"{text}1,{len(value)}:{value}"
            else:
                text += f"{len(values)},"
                for value in values:
                    text += f"{len(value)}:{value}"
        return sha256(text.encode("utf-8", "surrogatepass")).digest()

    def _prefix(self, deployment: Deployment) -> str:
        api, stage = deployment.api_id, deployment.stage
        text = f"{self._scope}:{len(api)}:{api}{len(stage)}:{stage}"
        self._known = (deployment, text)
        return text


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, MethodType) and bool(one == other))


_ALL: weakref.WeakSet[AuthorizerCache] = weakref.WeakSet()


def _start_anew() -> None:
    for cache in list(_ALL):
        cache._start()


if hasattr(os, "register_at_fork"):
    # Another thread of the parent may hold the lock, or lead a flight, that the child will never see end.
    os.register_at_fork(after_in_child=_start_anew)
