"""LockFile: the file ``lock`` of a store's directory: who opens, who is there, who leads, and for which boot
and PID namespace.

Locks are the kernel's record locks on single bytes of the file. They belong to the process and end with it,
however it ends; so nothing has to be cleaned up, and the process must open the file once only, since closing
any descriptor of it would end them all. The text says for which boot of the machine, and how large,
``counters.mdb`` was made; without a text that file is of no use. Its third word is the PID namespace of the
processes that use the files: LMDB's table of readers and the C library's mutexes know processes and threads
by their numbers, which mean nothing in another one, so one of another must find nobody there.

Not for: threads among each other.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Where the kernel says which boot this is."""

PATIENCE = 5.0
"""Seconds to wait until other processes have let go of files that are to be replaced, or have folded."""

NAMESPACE = Path("/proc/self/ns/pid")
"""Where the kernel says which PID namespace this is."""

NAMESPACE_PATIENCE = 0.5
"""Seconds to wait until processes of another PID namespace, which may be ending, have let go of the files."""

OPENING_PATIENCE = 30.0
"""Seconds to wait until another process has opened the files, or made new ones."""

_OPENING, _PRESENCE, _LEADER, _FOLD = range(4)
_UNKNOWN = "-"


def boot_id() -> str:
    """Which boot of the machine this is; the same for all where the system does not tell."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip() or _UNKNOWN
    except OSError:
        return _UNKNOWN


def namespace() -> str:
    """Which PID namespace this process is in; the same for all where the system does not tell."""
    try:
        return str(NAMESPACE.stat().st_ino)
    except OSError:
        return _UNKNOWN


class LockFile:
    """The open file; OSError if it cannot be opened. Waits until nobody else is opening the files, and raises
    TimeoutError if that takes too long.
    """

    def __init__(self, name: str) -> None:
        self._fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not self._within(OPENING_PATIENCE, _OPENING):
                raise TimeoutError("another process does not finish opening the files; is it stopped?")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file, and end all locks."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def let_others_open(self) -> None:
        """The files are open: from now on whoever has to replace one waits for this process."""
        fcntl.lockf(self._fd, fcntl.LOCK_SH, 1, _PRESENCE)
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, _OPENING)

    def alone(self) -> bool:
        """Wait until no other process has the files open; false if they do not let go of them."""
        return self._within(PATIENCE, _PRESENCE)

    def joins(self) -> bool:
        """Whether the counters are of no use, or the processes that have the files open are of this one's PID
        namespace, or there are none of them, and then those that come must be of it.
        """
        boot, size, known = self._words()
        if not size or known == namespace():
            return True
        if not self._within(NAMESPACE_PATIENCE, _PRESENCE):
            return False
        self._write(f"{boot} {size} {namespace()}")
        return True

    def leads(self) -> bool:
        """Whether this process is the one of all that looks after the files; once true it stays so."""
        return self._try(_LEADER)

    @contextlib.contextmanager
    def folding(self) -> Iterator[None]:
        """While no other process folds. TimeoutError if one does not finish."""
        if not self._within(PATIENCE, _FOLD):
            raise TimeoutError("another process does not finish making changes durable; is it stopped?")
        try:
            yield
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, _FOLD)

    def _within(self, seconds: float, which: int) -> bool:
        """Wait for a lock. The kernel would wait for ever, for a process that is stopped."""
        until, pause = time.monotonic() + seconds, 0.0005
        while not self._try(which):
            if time.monotonic() > until:
                return False
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
        return True

    def _try(self, which: int) -> bool:
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, which)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def made_for(self) -> tuple[str, int]:
        """For which boot the counters were made, and how many bytes; ``("", 0)`` if they are of no use."""
        boot, size, _ = self._words()
        return boot, size

    def remember(self, size: int) -> None:
        """The counters are made, for this boot and of this size, and used in this PID namespace."""
        self._write(f"{boot_id()} {size} {namespace()}")

    def forget(self) -> None:
        """The counters are of no use, until :meth:`remember` says otherwise."""
        os.ftruncate(self._fd, 0)

    def _words(self) -> tuple[str, int, str]:
        words = os.pread(self._fd, 100, 0).decode("ascii", "replace").partition("\n")[0].split()
        return (words[0], int(words[1]), words[2]) if len(words) == 3 and words[1].isdigit() else ("", 0, "")

    def _write(self, text: str) -> None:
        # Never without a text, for this process may die at any time while others have the files open.
        os.pwrite(self._fd, f"{text}\n".encode(), 0)
        os.ftruncate(self._fd, len(text) + 1)
