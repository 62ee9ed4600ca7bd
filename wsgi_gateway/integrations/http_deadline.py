"""Deadline: how much time an exchange with a backend has left.

Timeouts of sockets begin anew with every byte that arrives, so a backend that drips never runs into one. A
deadline is for everything together; whoever is about to wait asks it how long.

The clock stands still while the client is waited for: a slow upload or download is not the backend's fault
(AWS has the whole request before it calls, and the whole answer before it sends).
"""

from __future__ import annotations

import time
from collections.abc import Callable


class DeadlineExceeded(Exception):
    """There is no time left."""


class Deadline:
    """``seconds`` from now on."""

    __slots__ = ("_clock", "_end", "_paused_at")

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._paused_at: float | None = None

    def remaining(self) -> float:
        """Seconds left, more than zero. Raises :class:`DeadlineExceeded`."""
        left = self._end - self._clock()
        if left <= 0:
            raise DeadlineExceeded("no answer in time")
        return left

    def pause(self) -> None:
        """Stop the clock; :meth:`resume` starts it again. Harmless to repeat."""
        if self._paused_at is None:
            self._paused_at = self._clock()

    def resume(self) -> None:
        """Add the time since :meth:`pause` to what is left."""
        if self._paused_at is not None:
            self._end += self._clock() - self._paused_at
            self._paused_at = None
