"""Key sets that are kept: fetched once, renewed while nobody waits, and soon after a key has changed.

::

    keys = KeySet("https://login.example.com/.well-known/jwks.json")   # or a file's path, or a dict
    keys = KeySet.of_issuer("https://login.example.com")               # by OpenID Connect discovery
    verify = keys.find("key-7", "RS256")
    verify(b"header.payload", signature)

* Nothing is fetched before the first token comes. Whoever needs a set that is not there waits for it, at most
  ``timeout`` seconds; there is one fetch at a time, in a thread of its own, and all share it.
* A set is fresh as long as its publisher's Cache-Control says, within 60 seconds and 24 hours (an hour if it
  says nothing; a file one minute). Then the next request has it renewed, and goes on with the old one.
* If it cannot be renewed, the old one serves for ``max_stale`` seconds more; then there is no set.
* An unknown key's name has the set fetched at once, for keys rotate; but within ``cool_down`` seconds of the
  last fetch it is refused at once, so that inventing names costs the publisher one request per cool-down.
* A forked process keeps the set that its parent had, and fetches for itself.

Not for: keys that a token brings along; nothing that a token says is ever fetched.

Source: RFC 7517;
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.jwk import Keys, UnusableKey, Verify, library
from wsgi_gateway.authorizers.jwks_sources import (
    Download,
    Source,
    SourceFailed,
    file_source,
    issuer_source,
    url_source,
)
from wsgi_gateway.authorizers.jws import TokenRefused
from wsgi_gateway.errors import ConfigError

_URL = re.compile(r"https?://", re.IGNORECASE)

logger = logging.getLogger("wsgi_gateway")

FRESH = (60, 24 * 3600)
"""Seconds that a set is fresh, at least and at most, whatever its publisher says."""

FRESH_UNLESS_SAID = 3600

RETRY = 1.0
"""Seconds until the next try while there is no set at all; shorter than any cool-down."""

WAITING = 4
"""Requests that wait for a key set to be renewed, at most, while there is one to go on with."""


class KeysUnavailable(TokenRefused):
    """There are no keys to verify with: not the token's fault. The text is for logs."""


class _Held(NamedTuple):
    keys: Keys
    fresh_until: float
    usable_until: float


class _Flight:
    """One fetch under way."""

    __slots__ = ("done", "started")

    def __init__(self, started: float) -> None:
        self.done = threading.Event()
        self.started = started


class KeySet:
    """The keys of one publisher, from ``source``: an http(s) URL, the path of a file, a JWK set as a
    dict, or a function that fetches one.

    ``name``: for logs. ``timeout``: seconds of a fetch, and that a request waits. ``cool_down``: seconds
    between fetches. ``max_stale``: seconds that an outdated set serves. ``allow_http``: whether plain http
    may leave this machine. ``download``: gets a URL's body, see :mod:`wsgi_gateway.authorizers.jwks_sources`.
    ``clock``: seconds that never go back.

    Raises ConfigError for a URL that may not be fetched, and for a file or dict without a usable key.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any] | Source,
        *,
        name: str | None = None,
        timeout: float = 1.5,
        cool_down: float = 10.0,
        max_stale: float = 4 * 3600.0,
        allow_http: bool = False,
        download: Download | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (timeout > 0 and cool_down >= RETRY and max_stale >= 0):
            raise ConfigError(
                f"of a KeySet, timeout must be positive, cool_down {RETRY} or more, max_stale not negative"
            )
        library()  # takes its time, which is not to be that of the first request
        self._timeout, self._cool_down, self._max_stale = timeout, cool_down, max_stale
        self._clock = clock
        self._held: _Held | None = None
        self._source: Source | None = None
        self._start()
        self._name = name or "of the application"
        if isinstance(source, Mapping):
            self._held = _Held(_usable(lambda: source), float("inf"), float("inf"))
        elif callable(source):
            self._source = source
        elif isinstance(source, str) and _URL.match(source):
            self._name = name or source.partition("?")[0]
            self._source = url_source(source, allow_http=allow_http, download=download)
        else:
            self._name = name or os.fspath(source)
            self._source = file = file_source(source)
            self._keep(_usable(lambda: file(timeout).document), 0)
        _ALL.add(self)

    @classmethod
    def of_issuer(
        cls, issuer: str, *, allow_http: bool = False, download: Download | None = None, **options: Any
    ) -> KeySet:
        """The set that the issuer's discovery document names. Raises ConfigError for an issuer that may not
        be asked; ``options`` are the constructor's.
        """
        source = issuer_source(issuer, allow_http=allow_http, download=download)
        return cls(source, name=issuer, **options)

    def __repr__(self) -> str:
        return f"<KeySet {self._name}>"

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._patient = threading.Semaphore(WAITING)
        self._flight: _Flight | None = None
        self._next = float("-inf")

    def find(self, kid: str | None, alg: str) -> Verify:
        """What verifies the tokens of a key and an algorithm.

        Raises TokenRefused if the set has no such key, and its subclass KeysUnavailable if there is no set.
        """
        held = self._held
        now = self._clock()
        if held is None or now >= held.usable_until:
            held = self._awaited()
        elif now >= held.fresh_until:
            self._fetch()
        verify = held.keys.find(kid, alg)
        if verify is None and not held.keys.knows(kid) and self._source is not None:
            verify = self._renewed(held).keys.find(kid, alg)
        if verify is None:
            raise TokenRefused("no key of the issuer's set fits the token's kid and alg")
        return verify

    def _awaited(self) -> _Held:
        """The set after the fetch under way, or the one that may be started now."""
        flight = self._fetch()
        if flight is not None:
            flight.done.wait(self._timeout)
        held = self._held
        if held is None or self._clock() >= held.usable_until:
            raise KeysUnavailable("the issuer's keys cannot be had")
        return held

    def _renewed(self, held: _Held) -> _Held:
        """The set after the fetch under way, for a token whose key is not in ``held``. Only a few requests
        wait for it: whoever invents keys must not occupy all threads while the issuer is slow.
        """
        if not self._patient.acquire(blocking=False):
            return held
        try:
            return self._awaited()
        finally:
            self._patient.release()

    def _fetch(self) -> _Flight | None:
        """The fetch under way, if need be a new one; None while the last one is too recent."""
        with self._lock:
            now, flight = self._clock(), self._flight
            if flight is not None and not flight.done.is_set() and now < flight.started + 2 * self._timeout:
                return flight
            if now < self._next:
                return None
            self._next = now + self._cool_down
            self._flight = flight = _Flight(now)
        try:
            threading.Thread(target=self._run, args=(flight,), name="wsgi_gateway keys", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is going down
            self._failed("no thread can be started")
            flight.done.set()
        return flight

    def _run(self, flight: _Flight) -> None:
        assert self._source is not None
        try:
            fetched = self._source(self._timeout)
            keys = Keys(fetched.document)
        except (SourceFailed, UnusableKey) as error:
            self._failed(str(error))
        except Exception as error:  # a download of the user's; its text may hold what must not be logged
            self._failed(type(error).__name__)
        else:
            if self._flight is flight:  # else it took so long that another one was started
                self._keep(keys, fetched.max_age)
        finally:
            flight.done.set()

    def _keep(self, keys: Keys, max_age: int | None) -> None:
        for problem in keys.problems:
            logger.warning("key set %s: %s; it is left out", self._name, problem)
        now = self._clock()
        fresh_until = now + min(max(FRESH_UNLESS_SAID if max_age is None else max_age, FRESH[0]), FRESH[1])
        self._held = _Held(keys, fresh_until, fresh_until + self._max_stale)

    def _failed(self, reason: str) -> None:
        logger.warning("key set %s: %s", self._name, reason)
        held, now = self._held, self._clock()
        if held is None or now >= held.usable_until:
            self._next = min(self._next, now + RETRY)


def _usable(read: Callable[[], Mapping[str, Any]]) -> Keys:
    try:
        keys = Keys(read())
    except (SourceFailed, UnusableKey) as error:
        raise ConfigError(f"a key set cannot be used: {error}") from error
    if not keys:
        raise ConfigError("; ".join(("a key set has no usable key", *keys.problems)))
    return keys


_ALL: weakref.WeakSet[KeySet] = weakref.WeakSet()


def _start_anew() -> None:
    for key_set in list(_ALL):
        key_set._start()


if hasattr(os, "register_at_fork"):
    # A thread of the parent may hold the lock, or be fetching what the child will never get.
    os.register_at_fork(after_in_child=_start_anew)
