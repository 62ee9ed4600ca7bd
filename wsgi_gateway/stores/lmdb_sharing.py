"""SharedFiles: one opening of a directory's files per process, whoever uses them, and none across a fork.

LMDB does not bear one file being opened twice in a process, nor an opening that a fork has copied. So stores
of the same directory share their files, the last one closes them; and before a fork they are closed, after
which parent and child open them anew when they next need them::

    files = shared("/var/lib/api/limits", 64 * 2**20)
    with files.lock:
        begin = files.begin or files.writer()

With the first use a process starts its housekeeper, a thread that once a second looks whether the files
have been replaced and, in one of all processes that write, makes durable what has changed
(:mod:`wsgi_gateway.stores.lmdb_checkpoint`). Until then the files are closed: who has opened them, and does
not look after them, would be in the way of others that have to replace one.

Not for: servers that fork without telling Python (``os.fork`` and ``multiprocessing`` do); one that tells it
only afterwards, as uWSGI, is provided for as long as nothing is being written at that moment.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores.lmdb_checkpoint import fold, prepare
from wsgi_gateway.stores.lmdb_files import Files

if TYPE_CHECKING:
    from wsgi_gateway.stores.lmdb_codec import Transaction

logger = logging.getLogger("wsgi_gateway")

INTERVAL = 1.0
"""Seconds between two rounds of the housekeeper: what a power cut may cost."""

_COMPLAIN_EVERY = 60.0
_LONGEST_WAIT = 5.0


class SharedFiles(Files):
    """Files that stores of one process share, with their housekeeper."""

    begin: Callable[..., Transaction] | None = None
    """Begins a transaction on the counters; None until the process writes, and while the files are closed."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__(path, size, prepare)
        self.users = 0
        self.forgotten: list[None] = []
        """One for each user that was garbage, and is still counted among the users."""
        self.fold_lock = threading.Lock()
        """Held while changes are made durable; to be taken before ``lock``."""
        self.no_room_at: int | None = None
        """When, by the clock of those who decide, room was last looked for in vain."""
        self.complained_at = float("-inf")
        """When, in monotonic seconds, the log was last told of a failure."""
        self._stop = _stopped()
        self._keeper: threading.Thread | None = None

    def reader(self) -> None:
        """See to it that the files are open and looked after. Whoever calls this holds ``lock``."""
        if not self.is_open:
            _close_forgotten(other for other in list(_shared.values()) if other is not self)
            self.open()
        if self._stop.is_set():
            self._stop = threading.Event()
            self._keeper = threading.Thread(
                target=_keep_house, args=(self, self._stop), name="wsgi_gateway-lmdb", daemon=True
            )
            self._keeper.start()

    def writer(self) -> Callable[..., Transaction]:
        """The same, for one who changes something. Whoever calls this holds ``lock``."""
        self.reader()
        self.begin = self.counters.begin
        return self.begin

    def shut(self) -> None:
        """Close the files and send the housekeeper home. Whoever calls this holds both locks."""
        self.begin = None
        self._stop.set()
        super().shut()

    def abandon(self) -> list[Any]:
        """Forget what is open without closing it; this process cannot open the files a second time."""
        self.begin = None
        self.is_open = False
        return [self.__dict__.pop(name, None) for name in ("counters", "durable", "gate", "lock_file")]

    def dismiss(self) -> None:
        """Wait for the housekeeper to go. Whoever calls this holds no lock."""
        if not self.lock.acquire(timeout=_LONGEST_WAIT):
            return
        # With the lock, since a housekeeper that has not quite been called cannot be waited for.
        self._stop.set()
        keeper, self._keeper = self._keeper, None
        self.lock.release()
        if keeper is not None and keeper is not threading.current_thread():
            keeper.join(_LONGEST_WAIT)

    def close(self) -> None:
        """Dismiss the housekeeper and close the files."""
        self.dismiss()
        with self.fold_lock, self.lock:
            self.shut()

    def look_after(self, stop: threading.Event) -> None:
        """One round of the housekeeper."""
        with self.fold_lock, self.lock:
            if stop.is_set():
                return
            if self.replaced():
                logger.warning("store in %s: its files were replaced; opening them anew", self.path)
                self.shut()
                return
            # One that only reads may be stopped by its user at any time, and would lead for ever.
            leads = self.begin is not None and self.lock_file.leads()
            if leads:
                # Of readers that were killed; no page would be used again after they began, until the file
                # is full, and then a fold fails too.
                self.counters.reader_check()
                self.durable.reader_check()
        if leads:
            fold(self, stop)


def _stopped() -> threading.Event:
    """What tells that there is no housekeeper."""
    stop = threading.Event()
    stop.set()
    return stop


def _keep_house(files: SharedFiles, stop: threading.Event) -> None:
    complained = float("-inf")
    while not stop.wait(INTERVAL):
        try:
            if files.forgotten:
                _close_forgotten([files])
            files.look_after(stop)
        except Exception as error:
            if time.monotonic() - complained > _COMPLAIN_EVERY:
                complained = time.monotonic()
                logger.error("store in %s: what changed cannot be made durable: %s", files.path, error)


# ------------------------------------------------------------ one per path and process

_shared: dict[str, SharedFiles] = {}
# Reentrant, since the garbage collector may run anything while files are being shared.
_registry = threading.RLock()


def shared(path: str, size: int) -> SharedFiles:
    """The files of a directory; ConfigError if they cannot be opened. To be released once."""
    path = os.path.realpath(path)
    with _registry:
        for others in list(_shared.values()):
            _close_unused(others)
        files = _shared.get(path) or SharedFiles(path, size)
        before = files.size
        if size > before:
            files.close()
            files.size = size
        try:
            with files.lock:
                if not files.is_open:
                    files.open()
                    files.shut()
        except BaseException:
            files.size = before  # for those who have been using it
            raise
        files.users += 1
        _shared[path] = files
    return files


def release(files: SharedFiles) -> None:
    """Close the files if nobody else in this process uses them."""
    with _registry:
        files.users -= 1
        _close_unused(files)


def mark_unused(files: SharedFiles) -> None:
    """The same for the garbage collector, which may run in any thread, whatever that holds: the files are
    closed by the next round of their housekeeper, or when the process next shares or opens any.
    """
    files.forgotten.append(None)


def _close_unused(files: SharedFiles) -> None:
    while files.forgotten:
        files.forgotten.pop()
        files.users -= 1
    if not files.users and _shared.get(files.path) is files:
        del _shared[files.path]
        files.close()


def _close_forgotten(some: Iterable[SharedFiles]) -> None:
    """Not if others have the registry, who may be waiting for a lock or a housekeeper that is ours."""
    registry = _registry
    if registry.acquire(blocking=False):
        try:
            for files in some:
                _close_unused(files)
        finally:
            registry.release()


# ------------------------------------------------------------ forks

_held: list[Any] = []
# What a thread of the parent was using when it forked: never to be touched again, nor to be destroyed.
_abandoned: list[Any] = []


def _before_fork() -> None:
    _registry.acquire()
    for files in _shared.values():
        files.dismiss()
        if not files.fold_lock.acquire(timeout=_LONGEST_WAIT):
            continue
        _held.append(files.fold_lock)
        if files.lock.acquire(timeout=_LONGEST_WAIT):
            _held.append(files.lock)
            files.shut()


def _after_in_parent() -> None:
    for files in _shared.values():
        files.begin = None  # so that the next use calls a new housekeeper
    while _held:
        _held.pop().release()
    _registry.release()


def _after_in_child() -> None:
    global _registry
    _held.clear()
    _registry = threading.RLock()
    for files in _shared.values():
        files._stop = _stopped()
        # Still open only if nobody told us before the fork, or somebody did not finish.
        if files.is_open and not files.lock.locked() and not files.fold_lock.locked():
            files.shut()
        elif files.is_open:
            _abandoned.append(files.abandon())
        files.lock, files.fold_lock = threading.Lock(), threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
