"""Threads that run functions beside the request: a bounded number of them, kept for the next call.

::

    threads = FunctionThreads(most=8, waiting=100, most_bytes=1_000_000)
    if not threads.submit(lambda: handler(json.loads(event)), len(event)):
        ...                                         # as many run and wait as may

Why: Python cannot stop a function, only wait no longer for it. What nobody waits for any more goes on here
and counts until it has ended, so that functions that hang use up this bound and not the server. What waits
takes memory, which a number of calls alone does not bound: ``most_bytes`` does.

The threads are daemons: one that hangs does not keep the process from ending. :meth:`FunctionThreads.drain`
waits for what has been taken in, and not for ever. A forked process begins with no thread and nothing taken
in: what its parent was given is its parent's to do.

Not for: work that must be done, whatever happens to the process; that wants a queue outside of it.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue

from wsgi_gateway.errors import ConfigError

logger = logging.getLogger("wsgi_gateway")

IDLE_SECONDS = 10.0
"""How long a thread waits for its next function before it ends."""


class FunctionThreads:
    """``most`` functions run at once, ``waiting`` more may wait, with ``most_bytes`` among all of them.

    Raises ConfigError for a ``most`` that is no number above zero.
    """

    def __init__(
        self,
        most: int,
        waiting: int = 0,
        *,
        most_bytes: float = math.inf,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ConfigError(f"how many functions run at once is a whole number above zero, not {most!r}")
        self._most, self._limit, self._idle_seconds = most, most + waiting, idle_seconds
        self._most_bytes = most_bytes
        self._start_anew()
        _ALL.add(self)

    def submit(self, call: Callable[[], object], size: int = 0) -> bool:
        """Have ``call``, which holds ``size`` bytes, run now or when a thread is free; False if that would be
        one too many, or too many bytes.
        """
        with self._changed:
            if self._taken >= self._limit or self._taken_bytes + size > self._most_bytes:
                return False
            if self._taken >= self._running and self._running < self._most:
                try:
                    threading.Thread(target=self._work, name="wsgi_gateway-function", daemon=True).start()
                except RuntimeError:  # the system has no more, or the process is ending
                    if not self._running:
                        return False
                else:
                    self._running += 1
            self._taken += 1
            self._taken_bytes += size
            self._calls.put((call, size))
            return True

    def drain(self, seconds: float) -> bool:
        """Wait until everything taken in has ended, at most so long. Whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._taken, seconds)

    def _work(self) -> None:
        calls, changed = self._calls, self._changed
        while True:
            try:
                call, size = calls.get(timeout=self._idle_seconds)
            except Empty:
                with changed:
                    if calls.empty():
                        self._running -= 1
                        return
                continue
            try:
                call()
            except BaseException as error:  # calls see to their own failures; a thread outlives them
                logger.error("a function's thread met %s", type(error).__name__)
            del call
            with changed:
                self._taken -= 1
                self._taken_bytes -= size
                changed.notify_all()

    def _start_anew(self) -> None:
        """Also in a forked process, where the parent's locks may be held by threads that are not here."""
        self._changed = threading.Condition(threading.Lock())
        self._calls: SimpleQueue[tuple[Callable[[], object], int]] = SimpleQueue()
        self._taken = self._taken_bytes = self._running = 0


_ALL: weakref.WeakSet[FunctionThreads] = weakref.WeakSet()


def _start_all_anew() -> None:
    for threads in list(_ALL):
        threads._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_all_anew)
