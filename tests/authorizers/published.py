"""What the tests of kept key sets share: a publisher in this process, and a set that asks it."""

from __future__ import annotations

import threading
from typing import Any

from authorizers.tokens import PATIENCE, Clock, key_set

from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwks_sources import Fetched

NO_KEY = "no key of the issuer's set fits the token's kid and alg"
NO_SET = "the issuer's keys cannot be had"


class Published:
    """A publisher, in this process: ``document`` is what it publishes, an exception is raised."""

    def __init__(self, *names: str, max_age: int | None = 3600) -> None:
        self.document: Any = key_set(*names)
        self.max_age = max_age
        self.fetches = 0
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, seconds: float) -> Fetched:
        self.fetches += 1
        self.entered.release()
        assert self.open.wait(PATIENCE)
        if isinstance(self.document, BaseException):
            raise self.document
        return Fetched(self.document, self.max_age)


def kept(published: Any, clock: Clock | None = None, **more: Any) -> KeySet:
    return KeySet(published, **{"clock": clock or Clock(), "timeout": PATIENCE, **more})


def settled(keys: KeySet) -> None:
    """Until the fetch under way is over."""
    assert keys._flight is not None
    assert keys._flight.done.wait(PATIENCE)
