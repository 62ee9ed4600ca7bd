"""Breaker: something that failed is left alone for a while, and then tried by one.

::

    if breaker.is_open and not breaker.enter():
        raise StoreUnavailable("left alone")
    try:
        answer = ask()
    except Exception:
        if breaker.failed():
            logger.error("it fails")
    else:
        if breaker.is_open and breaker.succeeded():
            logger.warning("it is back")
    finally:
        breaker.leave()

``failed`` and ``succeeded`` say whether the state has changed, so that each change is told once, however many
threads notice it. What has only :meth:`answered` is let in again, and not yet back. Whoever is
interrupted while it tries, by an exception of a signal's handler for instance, is not waited for: after
:data:`LONGEST` seconds another one may try.

Not for: counting failures; the first one is enough, since a store that hangs costs every thread its timeout.

Source: this project's own; the name is Michael Nygard's.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock


LONGEST = 10.0
"""Seconds after which a trial that has not ended counts as given up."""


class Breaker:
    """``Breaker(1.0)``: left alone for ``retry_seconds``, by ``clock``, which never goes back."""

    def __init__(self, retry_seconds: float, clock: Clock) -> None:
        self.is_open = False
        """Whether it has failed, and not succeeded since."""
        self._told = False
        self._retry_seconds, self._clock = retry_seconds, clock
        self._retry_at: float | None = None
        self.renew()
        _ALL.add(self)

    def renew(self) -> None:
        """Forget who was trying: in a child that was forked these are threads of its parent."""
        self._changing = threading.Lock()
        self._trier: int | None = None
        self._tried_at = 0.0

    def enter(self) -> bool:
        """Whether the caller may ask although it is open; then it must :meth:`leave`."""
        if self._retry_at is None:
            return True
        with self._changing:
            return self._may_try(self._clock(), self._retry_at)

    def _may_try(self, now: float, retry_at: float | None) -> bool:
        if retry_at is None:
            return True  # another thread was quicker
        if now < retry_at or (self._trier is not None and now < self._tried_at + LONGEST):
            return False
        self._trier, self._tried_at = threading.get_ident(), now
        return True

    def leave(self) -> None:
        """The caller has asked. Of those who have not entered, nothing is changed."""
        if self._trier == threading.get_ident():
            self._trier = None

    def failed(self) -> bool:
        """It has failed; whether that is news."""
        with self._changing:
            self._retry_at = self._clock() + self._retry_seconds
            news, self.is_open, self._told = not self._told, True, True
            return news

    def suspect(self) -> None:
        """Something else has failed that it depends on: leave it alone as well, and say nothing of it."""
        with self._changing:
            if not self.is_open:
                self.is_open, self._retry_at = True, self._clock() + self._retry_seconds

    def answered(self) -> None:
        """It has answered, which does not show yet that it is back: all may ask."""
        with self._changing:
            self._retry_at = None

    def succeeded(self) -> bool:
        """It is back; whether that is news."""
        with self._changing:
            news, self.is_open, self._told, self._retry_at = self._told, False, False, None
            return news


_ALL: weakref.WeakSet[Breaker] = weakref.WeakSet()


def _renew_locks() -> None:
    for breaker in list(_ALL):
        breaker.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_locks)
