"""LMDBStore: counters and records of all workers of one host, in a directory, without a server.

The embedded default: exact across threads and processes, a decision costs some microseconds, and what a
killed worker had counted is counted::

    >>> from tempfile import TemporaryDirectory
    >>> from wsgi_gateway.stores import store_from_url
    >>> from wsgi_gateway.usage import Quota
    >>> with TemporaryDirectory() as directory:
    ...     one, two = (store_from_url(f"lmdb:{directory}?size=1MiB") for worker in range(2))
    ...     answers = [store.admit((), [("q", Quota(1, "DAY"))], now=0) for store in (one, two)]
    ...     one.close(), two.close()
    (None, None)
    >>> answers
    [None, 'q']

``lmdb:PATH[?size=...]``: an absolute path of a directory, which is made (for its owner alone) if it is not
there; ``size``: room for what does not last (throttles, quotas, answers that expire), in bytes or with
``KiB``, ``MiB``, ``GiB``; default 64 MiB, enough for some 200,000 counters. All of it is taken from the disk
at once. It grows when a larger size is asked for and never shrinks.

======================  ==============================================================================
what happens            what is lost
======================  ==============================================================================
a process is killed     what it had not finished: at most one decision each of its threads
the power is cut        of quotas, usage by day and generations the last second, while the disk keeps
                        up; throttles and records that expire; no API key and no other record without
                        an end, since a call that keeps one returns when it is on the disk
======================  ==============================================================================

Full, it drops what is over and else refuses what is new with
:class:`~wsgi_gateway.stores.errors.StoreUnavailable`; what is known goes on being counted. So it does while
the disk is full; only what has to be durable, such as keys, is then refused. Deleted or replaced files are
noticed within a second by every process that counts or reads, and opened anew, or made anew with the quotas
of a second ago.
Damage that LMDB finds is treated in the same way. **Do not truncate** ``counters.mdb``: a process that
touches a page which is gone is killed by the system (SIGBUS); the next one makes a new file.

Forks may happen at any time; each process opens the files for itself.

**A process that is stopped** (SIGSTOP, Ctrl-Z, a debugger, a frozen container) while it changes something
holds up all that want to do so too. Each waits a second, then raises StoreUnavailable, and soon after that
raises it at once; a call that keeps something durable waits 5 seconds, opening the files 30. What to do: find
the process (``fuser -v PATH/counters.mdb``; its state in ``ps`` is T), and continue or kill it. One that is
stopped while it reads keeps old pages from being used again, until the file is full; one that is stopped
while it leads keeps quotas from becoming durable. This holds on 64-bit Linux; elsewhere there is no deadline.

**Threads that compute** hold others up: a decision lets go of Python's lock some five times while it has the
file's, and no process decides until it has it back. To make that short, Python's switch interval is lowered
to 0.2 ms (``sys.setswitchinterval``) during each decision, for the whole process, and set back to what it
was. A call that keeps Python's lock, such as a regular expression that runs for seconds, cannot be
interrupted; it is to others as a process that is stopped.

**Containers** that share a directory share the PID namespace too (``docker run --pid=container:NAME``,
``shareProcessNamespace`` of a pod), since LMDB and the C library know who holds a lock by the number of a
process or thread. While the files are open in one namespace, those of another are refused: ConfigError when
they make a store, StoreUnavailable later. A container that takes the place of one that has ended is not.

Not for: directories on network file systems (NFS, SMB), or shared by machines or by containers with
different kernels; Windows. Several hosts: a Redis store.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Sequence
from sys import getswitchinterval, setswitchinterval
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import lmdb_attempts as attempts
from wsgi_gateway.stores import lmdb_counters as counters
from wsgi_gateway.stores.lmdb_attempts import SOON
from wsgi_gateway.stores.lmdb_gate import ENTERING, OUTSIDE
from wsgi_gateway.stores.lmdb_records import RecordsTransaction
from wsgi_gateway.stores.lmdb_sharing import SharedFiles, mark_unused, release, shared

if TYPE_CHECKING:
    from wsgi_gateway.stores.lmdb_codec import Transaction
    from wsgi_gateway.usage.quota import Quota
    from wsgi_gateway.usage.throttle import TokenBucket

DEFAULT_SIZE = 64 * 2**20
"""Bytes for what does not last."""

LEAST_SIZE = 2**20
"""The smallest size that makes sense."""

_SIZE = re.compile(r"(?P<number>[0-9]{1,15})(?P<unit>|B|KiB|MiB|GiB)", re.ASCII)
_UNITS = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


class LMDBStore:
    """A :class:`~wsgi_gateway.typing.Store` in the directory ``path``, with ``size`` bytes for counters.

    Raises :class:`~wsgi_gateway.errors.ConfigError`, naming the directory, if it cannot work: no rights, no
    room, something else in its place. Its verbs raise
    :class:`~wsgi_gateway.stores.errors.StoreUnavailable` when there is no room or the disk fails, and
    RuntimeError after :meth:`close`. The names of buckets and quotas must differ.
    """

    shared_between_processes = True
    """All processes of the host that use the directory count together."""

    def __init__(self, path: str, size: int = DEFAULT_SIZE) -> None:
        if size < LEAST_SIZE:
            raise ConfigError(f"store URL: size must be at least {LEAST_SIZE} bytes")
        self._files: SharedFiles | None = shared(path, -(-size // 2**16) * 2**16)
        self._forgotten = weakref.finalize(self, mark_unused, self._files)
        self._forgotten.atexit = False

    @classmethod
    def from_url(cls, url: str) -> LMDBStore:
        """The store of ``lmdb:/absolute/path?size=64MiB``; ConfigError for anything else."""
        location, question_mark, query = url.partition(":")[2].partition("?")
        path = unquote(location)
        if path.startswith("//"):
            path = path[2:]
        if not path.startswith("/") or "\0" in path:
            raise ConfigError("store URL: lmdb: must be followed by the absolute path of a directory")
        if not question_mark:
            return cls(path)
        name, _, value = query.partition("=")
        size = _SIZE.fullmatch(value)
        if name != "size" or size is None:
            raise ConfigError("store URL: lmdb: has the one option size=, in bytes or with KiB, MiB or GiB")
        return cls(path, int(size["number"]) * _UNITS[size["unit"]])

    def __repr__(self) -> str:
        return "<LMDBStore, closed>" if self._files is None else f"<LMDBStore in {self._files.path}>"

    # ------------------------------------------------------------ counters

    def admit(
        self,
        buckets: Sequence[tuple[str, TokenBucket]],
        quotas: Sequence[tuple[str, Quota]],
        now: int,
        told: list[Any] | None = None,
    ) -> str | None:
        """Take one of everything or nothing; the name of the first limit that refuses, or ``None``."""

        files = self._open()
        try:
            # As attempts.write does it, whose calls would cost half a microsecond.
            with files.lock:
                begin = files.begin or files.writer()
                gate = files.gate
                usual = getswitchinterval()
                code = OUTSIDE
                try:
                    try:
                        if usual > SOON:
                            setswitchinterval(SOON)
                        code = ENTERING
                        if code := gate.enter():
                            code = gate.wait(code)
                        gate.inside = True
                        txn = begin(None, None, True)
                        try:
                            refusing = counters.admit(txn, files, buckets, quotas, now, told)
                        except BaseException:
                            txn.abort()
                            raise
                        txn.commit()
                        return refusing
                    finally:
                        if not code:
                            gate.leave()
                            gate.inside = False
                finally:
                    if usual > SOON:
                        setswitchinterval(usual)
        except Exception as error:
            if told is not None:
                told.clear()
            return attempts.write_again(
                files, error, lambda txn, files: counters.admit(txn, files, buckets, quotas, now, told), now
            )

    def states(
        self, buckets: Sequence[tuple[str, TokenBucket]], quotas: Sequence[tuple[str, Quota]], now: int
    ) -> list[Any]:
        """What the counters hold; None for one never used."""
        return attempts.read(self._open(), lambda txn, files: counters.states(txn, buckets, quotas))

    def set_used(self, key: str, quota: Quota, used: int, now: int) -> None:
        """Say how much of a quota is used in the present period; durable within a second."""
        attempts.write(
            self._open(), lambda txn, files: counters.set_used(txn, files, key, quota, used, now), now
        )

    def usage(
        self, key: str, quota: Quota, first_day: int, last_day: int, now: int
    ) -> dict[int, tuple[int, int]]:
        """Requests admitted and remaining by day."""
        found = attempts.read(self._open(), lambda txn, files: counters.usage(txn, files, key, quota))
        return {day: found[day] for day in sorted(found) if first_day <= day <= last_day}

    # ------------------------------------------------------------ records

    def recall(self, key: str, now: int) -> bytes | None:
        """What is kept under ``key``, unless it has expired."""
        return attempts.read(self._open(), lambda txn, files: RecordsTransaction(txn, files).recall(key, now))

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        """Keep ``value``; without an end (None) it is on the disk when this returns."""

        def put(txn: Transaction, files: SharedFiles) -> bool:
            records = RecordsTransaction(txn, files)
            if records.lies_here(key):
                files.see_to_room(len(value))
            else:
                counters.make_way(txn, files, now, len(value))
            return records.keep(key, value, expires_at)

        if attempts.write(self._open(), put, now):
            attempts.make_durable(self._open())

    def forget(self, key: str) -> bool:
        """Remove a record, from the disk too; whether there was one."""
        existed, lasting = attempts.write(
            self._open(), lambda txn, files: RecordsTransaction(txn, files).forget(key)
        )
        if lasting:
            attempts.make_durable(self._open())
        return existed

    def names(self, prefix: str, after: str = "", limit: int = 1000) -> list[str]:
        """Keys of records that begin so, in the order of their bytes."""
        return attempts.read(
            self._open(), lambda txn, files: RecordsTransaction(txn, files).names(prefix, after, limit)
        )

    def generation(self, name: str) -> int:
        """The number of the present generation."""
        return attempts.read(self._open(), lambda txn, files: RecordsTransaction(txn, files).generation(name))

    def advance(self, name: str) -> int:
        """Begin the next generation; durable within a second."""
        return attempts.write(self._open(), lambda txn, files: RecordsTransaction(txn, files).advance(name))

    def close(self) -> None:
        """Close the files, unless another store of this process uses them."""
        files, self._files = self._files, None
        if files is not None and self._forgotten.detach():
            release(files)

    # ------------------------------------------------------------ transactions

    def _open(self) -> SharedFiles:
        if self._files is None:
            raise RuntimeError("the store is closed")
        return self._files
