"""Files: the two LMDB files of a directory, opened, watched and closed; the only module that imports lmdb.

::

    counters.mdb    counters, answers that expire; never synced, all of its room taken from the disk at once
    durable.mdb     API keys, plans, usage by day, copies of quotas; every commit synced
    gate            wsgi_gateway.stores.lmdb_gate; it is made and goes with counters.mdb
    lock            wsgi_gateway.stores.lmdb_lock

``counters.mdb`` is written through a memory map and never synced. That is safe whatever happens to processes,
because the kernel has the pages; it is not when the power goes, and LMDB cannot tell. So the file is valid
for one boot of the machine, whose id is in ``lock``: after another it is dropped unread, and rebuilt from the
copies in ``durable.mdb``. It is dropped too if it is missing, shorter than it was made, or no LMDB file.
Room on the disk is taken when the file is made, because a map that the disk cannot back kills whoever
writes to it; the same for the lock files.

Opening is one process's business at a time. Who has to replace a file first waits until all others have let
go of the old one (each looks once a second), since two processes with different lock files would destroy
what they share.

Not for: network file systems, where neither maps nor locks are shared; systems without ``fcntl``. Where there
is no boot id (not Linux), a power cut goes unnoticed: remove ``counters.mdb`` by hand.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    import lmdb

    from wsgi_gateway.stores.lmdb_gate import Gate
    from wsgi_gateway.stores.lmdb_lock import LockFile

logger = logging.getLogger("wsgi_gateway")

DURABLE_SIZE = 2**34 if sys.maxsize > 2**32 else 2**29
"""Bytes that ``durable.mdb`` may grow to; it takes what it needs."""

READERS = 1024
"""Transactions that only read, of all processes at a time."""

RESERVE = 32, 32
"""Of the counters' file, so many pages or one part in so many, whichever is more, are kept for changes of
what is known and for removing what is over: both are copies first."""

_COUNTERS = ("counters.mdb", "counters.mdb-lock", "gate")
_ALL = (*_COUNTERS, "durable.mdb", "durable.mdb-lock", "lock")

_LOCKS_SIZE = 2**17  # of LMDB's lock files: more than so many readers need

_FOREIGN = (
    "processes of another PID namespace have it open (another container?); share the PID namespace, or give"
    " each container its own directory, or use a Redis store"
)

_WALK = """
import sys, lmdb
env = lmdb.open(sys.argv[1], subdir=False, readonly=True, lock=False)
with env.begin() as txn:
    for key, value in txn.cursor():
        pass
"""


class FullError(Exception):
    """There is no room for something new among the counters."""


def lmdb_errors() -> Any:
    """The module whose exceptions its environments raise."""
    import lmdb

    return lmdb


class Files:
    """Both files of a directory. What needs them open holds ``lock`` meanwhile.

    ``prepare(durable, counters, new)`` is called when they have been opened, ``new``: the counters were made
    just now. ConfigError for a directory that cannot work.
    """

    counters: lmdb.Environment
    durable: lmdb.Environment
    gate: Gate
    lock_file: LockFile

    def __init__(self, path: str, size: int, prepare: Callable[[Any, Any, bool], None]) -> None:
        self.path = path
        self.size = size
        self.lock = threading.Lock()
        """Held around every use, so that none is under way when the files are closed."""
        self.is_open = False
        self._prepare = prepare
        self._seen: list[tuple[int, int] | None] = []

    # ------------------------------------------------------------ open and close

    def open(self) -> None:
        """Open both. Raises ConfigError, naming the directory, if that cannot be."""
        # Here, because a system without fcntl can still use the other stores.
        from wsgi_gateway.stores.lmdb_lock import LockFile

        try:
            os.makedirs(self.path, 0o700, exist_ok=True)
            self.lock_file = LockFile(self._name("lock"))
            self._open_both()
            self.lock_file.let_others_open()
        except (OSError, lmdb_errors().Error) as error:
            self.shut()
            raise self._refusal(getattr(error, "strerror", None) or str(error)) from error
        except BaseException:
            self.shut()
            raise
        self._seen = self._identities()
        self.is_open = True

    def _open_both(self) -> None:
        from wsgi_gateway.stores.lmdb_lock import boot_id

        if not self.lock_file.joins():
            raise self._refusal(_FOREIGN)
        boot, made = self.lock_file.made_for()
        valid = made > 0 and boot == boot_id() and self._counters_are_whole(made)
        self._look_at_durable(made)
        torn = self._exists("durable.mdb") != self._exists("durable.mdb-lock")
        if torn or not valid:
            self._wait_for_others()
        self.durable = self._open_durable()
        if valid:
            self.size = max(self.size, made)
            valid = self._open_counters(made)
        if valid:
            self._prepare(self.durable, self.counters, False)
        else:
            if made and boot == boot_id():
                logger.warning("store in %s: the counters are gone or damaged; making new ones", self.path)
            self._make_counters()
        # Last, so that whoever comes after a crash in between begins again.
        if self.size != made or not valid:
            self.lock_file.remember(self.size)

    def _look_at_durable(self, made: int) -> None:
        """LMDB takes an empty file for a new one; where there have been counters, it was not."""
        if not made and not self._exists("counters.mdb"):
            return
        try:
            is_empty = os.stat(self._name("durable.mdb")).st_size == 0
        except FileNotFoundError:
            logger.warning(
                "store in %s: durable.mdb is gone, and with it all API keys and plans; making a new one",
                self.path,
            )
            return
        if is_empty:
            hint = "put a copy of it in its place, or remove it to begin without API keys and plans"
            raise self._refusal(f"durable.mdb is empty, and it was not; {hint}")

    def _counters_are_whole(self, size: int) -> bool:
        try:
            size_now = os.stat(self._name("counters.mdb")).st_size
            return size_now >= size and self._exists("counters.mdb-lock") and self._exists("gate")
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _wait_for_others(self) -> None:
        if not self.lock_file.alone():
            raise self._refusal("a file has to be replaced, but another process does not let go of it")

    def _make_counters(self) -> None:
        self._wait_for_others()
        self.lock_file.forget()
        self._remove_counters()
        try:
            self._open_counters(0)
            self._prepare(self.durable, self.counters, True)
        except BaseException:
            self._remove_counters()
            raise

    def _remove_counters(self) -> None:
        for name in _COUNTERS:
            Path(self._name(name)).unlink(missing_ok=True)

    def _open_counters(self, made: int) -> bool:
        """Open the counters, of which there are ``made`` bytes; false if they are no LMDB file."""
        import lmdb

        from wsgi_gateway.stores.lmdb_gate import Gate, make_gate

        name = self._name("counters.mdb")
        if made:
            _take_room(name, self.size, made)
        else:
            _take_room(f"{name}-lock", _LOCKS_SIZE)
            make_gate(self._name("gate"))
        try:
            self.gate = Gate(self._name("gate"))
            self.counters = lmdb.open(
                name, self.size, subdir=False, mode=0o600, sync=False, writemap=True, max_readers=READERS
            )
        except (lmdb.InvalidError, lmdb.CorruptedError, lmdb.VersionMismatchError, ValueError):
            if not made:
                raise
            return False
        if not made:
            _take_room(name, self.size)
        self.counters.reader_check()
        return True

    def _open_durable(self) -> lmdb.Environment:
        import lmdb

        name = self._name("durable.mdb")
        _take_room(f"{name}-lock", _LOCKS_SIZE)
        durable = lmdb.open(name, DURABLE_SIZE, subdir=False, mode=0o600, max_readers=READERS)
        size = (durable.info()["last_pgno"] + 1) * durable.stat()["psize"]
        # Free pages at its end may be missing. Who reads one that matters is killed: so another one looks.
        if os.stat(name).st_size < size and _walk(name) != 0:
            durable.close()
            raise self._refusal("durable.mdb is shorter than it was; put a copy of it in its place")
        durable.reader_check()
        return durable

    def shut(self) -> None:
        """Close what is open. Whoever calls this holds ``lock``, or is alone."""
        self.is_open = False
        for name in ("gate", "counters", "durable", "lock_file"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def condemn(self) -> None:
        """The counters are damaged: let everybody make new ones. Whoever calls this holds ``lock``."""
        Path(self._name("counters.mdb")).unlink(missing_ok=True)
        self.shut()

    # ------------------------------------------------------------ while they are open

    @contextlib.contextmanager
    def writing(self) -> Iterator[Any]:
        """A transaction that changes the counters. Whoever calls this holds ``lock``."""
        from wsgi_gateway.stores.lmdb_gate import ENTERING, OUTSIDE

        gate = self.gate
        code = OUTSIDE
        try:
            code = ENTERING
            if code := gate.enter():
                code = gate.wait(code)
            gate.inside = True
            with self.counters.begin(write=True) as txn:
                yield txn
        finally:
            if not code:
                gate.leave()
                gate.inside = False

    def replaced(self) -> bool:
        """Whether other files, or shorter ones, are in the place of those that are open."""
        return not self._counters_are_whole(self.size) or self._identities() != self._seen

    def see_to_room(self, more: int) -> None:
        """Raise FullError if something new of so many bytes would touch the reserve."""
        stat = self.counters.stat()
        size = stat["psize"]
        used = stat["branch_pages"] + stat["leaf_pages"] + stat["overflow_pages"]
        reserve = max(RESERVE[0] * size, self.size // RESERVE[1])
        if used * size + more > self.size - reserve:
            raise FullError

    def _identities(self) -> list[tuple[int, int] | None]:
        return [_identity(self._name(name)) for name in _ALL]

    def _exists(self, name: str) -> bool:
        return os.path.exists(self._name(name))

    def _name(self, name: str) -> str:
        return os.path.join(self.path, name)

    def _refusal(self, why: str) -> ConfigError:
        return ConfigError(f"store in {self.path}: {why}")


def _take_room(name: str, size: int, before: int = 0) -> None:
    """Have the disk back every page of a map; ``before``: what to go back to if it has no room."""
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(fd, 0, size)
    except OSError:
        if before:
            os.ftruncate(fd, before)
        raise
    finally:
        os.close(fd)


def _walk(name: str) -> int:
    """Read the whole file in another process; its exit code."""
    return subprocess.run([sys.executable, "-c", _WALK, name], stderr=subprocess.DEVNULL).returncode


def _identity(name: str) -> tuple[int, int] | None:
    try:
        stat = os.stat(name)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino
