"""Gate: one process at a time changes the counters, and nobody waits for ever to be the next.

LMDB has such a lock too, but waits for it without an end: one process that is stopped in a transaction
(SIGSTOP, Ctrl-Z, a debugger, a frozen container) would stop all threads of all others. So who wants to
change something comes through this gate first, and gives up after :data:`DEADLINE`::

    code = OUTSIDE
    try:
        code = ENTERING
        if code := gate.enter():
            code = gate.wait(code)
        gate.inside = True
        ...  # a transaction
    finally:
        if not code:
            gate.leave()
            gate.inside = False

It is a robust mutex of the C library in a file that all processes map: the kernel opens it again when a
process dies, however it does. Only who has entered leaves, for the library knows the owner by the number of
its thread, and threads of two PID namespaces may have the same one. :data:`ENTERING` is for an exception of a
signal handler, which may come when ``enter`` has locked and before its answer is there; so nothing stays
locked. Exactness does not hang on the gate, since LMDB's own lock is behind it; where there is no gate, only
the deadline is missing.

Not for: systems other than 64-bit Linux, and processes with another C library than the one that made the file
(musl beside glibc). They go past the gate. Processes of several PID namespaces:
:mod:`wsgi_gateway.stores.lmdb_lock` keeps them out.

Source: pthread_mutexattr_setrobust(3).
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from wsgi_gateway.stores.errors import StoreUnavailable

DEADLINE = 1.0
"""Seconds to wait for other processes."""

AGAIN = 0.05
"""Seconds to wait soon after others were waited for in vain, so that a queue of threads is over quickly."""

SIZE = 128
"""Bytes of the file: which processes understand it, and the mutex."""

_SOON = 5.0
_MUTEX_AT = 64
_PROCESS_SHARED = _ROBUST = 1
_CLOCK_REALTIME, _CLOCK_MONOTONIC = 0, 1


ENTERING, OUTSIDE = 0, -1
"""What :meth:`Gate.enter` is taken to have said while it is under way, and before."""

_KEPT: list[Any] = []


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Gate:
    """The gate in a file that :func:`make_gate` has made. OSError or ValueError if that is not so."""

    enter: Callable[[], int]
    """0, or what :meth:`wait` is to be told."""

    leave: Callable[[], int]
    """Let the next one in; 0 if this thread was in. Only while a thread of this process is."""

    inside = False
    """Whether a thread of this process has entered and not left."""

    def __init__(self, name: str) -> None:
        self.enter = self.leave = _always_open
        self._failed_at = float("-inf")
        library = _pthread()
        fd = os.open(name, os.O_RDWR | os.O_CLOEXEC)
        try:
            memory = mmap.mmap(fd, SIZE)
        finally:
            os.close(fd)
        if library is None or memory[:_MUTEX_AT].rstrip(b"\0") != _layout():
            return
        self._mutex = ctypes.byref((ctypes.c_char * _MUTEX_AT).from_buffer(memory, _MUTEX_AT))
        # Without letting go of Python's lock: these two never wait.
        self.enter = partial(library.pthread_mutex_trylock, self._mutex)
        self.leave = partial(library.pthread_mutex_unlock, self._mutex)
        self._enter_by, self._clock = _waiting(self._mutex)

    def wait(self, code: int) -> int:
        """Wait to be let in; 0 if this thread is in, and it is not if this raises. Raises StoreUnavailable
        after the deadline. Of any code but 0 LMDB's own lock takes care.
        """
        try:
            if code == errno.EBUSY and self.inside:
                self.leave()  # if something had kept this thread from leaving; for another it does nothing
            if code == errno.EBUSY:
                recently = time.monotonic() - self._failed_at < _SOON
                until = self._instant(AGAIN if recently else DEADLINE)
                code = ENTERING
                code = self._enter_by(until)
            if code == errno.ETIMEDOUT:
                self._failed_at = time.monotonic()
                raise StoreUnavailable("another process holds up the LMDB store; is it stopped?")
            if code == errno.EOWNERDEAD:
                code = ENTERING
                ctypes.PyDLL(None).pthread_mutex_consistent(self._mutex)
            if not code:
                self._failed_at = float("-inf")
        except BaseException:
            if not code:
                self.leave()
            raise
        return code

    def close(self) -> None:
        """Let go of the file, unless somebody is in: if that is a thread of this process, which something has
        kept from leaving, the C library will look at its mutex once more. No thread may be at the gate.
        """
        code = ENTERING
        try:
            code = self.enter()
            if code == errno.EBUSY:
                _KEPT.append(self)
            elif code:
                code = self.wait(code)
        finally:
            if not code:
                self.leave()

    def _instant(self, seconds: float) -> Any:
        until = time.clock_gettime_ns(self._clock) + int(seconds * 1e9)
        return ctypes.byref(_Timespec(*divmod(until, 10**9)))


def make_gate(name: str) -> None:
    """Make the file, open for the first one who comes. OSError if the disk has no room for it."""
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(fd, 0, SIZE) if hasattr(os, "posix_fallocate") else os.ftruncate(fd, SIZE)
        memory = mmap.mmap(fd, SIZE)
    finally:
        os.close(fd)
    library = _pthread()
    if library is None:
        return
    attributes = ctypes.create_string_buffer(_MUTEX_AT)
    mutex = ctypes.byref((ctypes.c_char * _MUTEX_AT).from_buffer(memory, _MUTEX_AT))
    failed = (
        library.pthread_mutexattr_init(attributes)
        or library.pthread_mutexattr_setpshared(attributes, _PROCESS_SHARED)
        or library.pthread_mutexattr_setrobust(attributes, _ROBUST)
        or library.pthread_mutex_init(mutex, attributes)
    )
    if not failed:
        memory[: len(_layout())] = _layout()


def _always_open() -> int:
    return 0


def _waiting(mutex: Any) -> tuple[Callable[[Any], int], int]:
    """What waits until an instant, without Python's lock, and by which clock."""
    library = ctypes.CDLL(None)
    if hasattr(library, "pthread_mutex_clocklock"):
        return partial(library.pthread_mutex_clocklock, mutex, _CLOCK_MONOTONIC), _CLOCK_MONOTONIC
    # An older C library: who sets the clock back while a process is stopped makes others wait as much longer.
    return partial(library.pthread_mutex_timedlock, mutex), _CLOCK_REALTIME


@lru_cache(1)
def _pthread() -> Any:
    """The C library, if it has robust mutexes as we know them."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    library = ctypes.PyDLL(None)
    return library if hasattr(library, "pthread_mutexattr_setrobust") else None


@lru_cache(1)
def _layout() -> bytes:
    """Who knows the mutex: the machine's kind, and the C library's."""
    try:
        libc = (os.confstr("CS_GNU_LIBC_VERSION") or "other").split()[0]
    except (OSError, ValueError):
        libc = "other"
    return f"{os.uname().machine[:32]} {libc}".encode()
