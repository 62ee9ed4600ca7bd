"""Making durable: what changed among the counters is copied to the disk, and back after a power cut.

Whoever changes a quota, a generation, usage by day or a record without an end puts a note beside it, once
until the note is taken. :func:`fold` takes the notes and writes what they name in one synced commit::

    1  counters   notes "changed" become notes "under way"
    2  durable    what is under way is written; the commit is synced
    3  counters   notes "under way" are removed, and what need not be in both files

It may die anywhere: notes under way are taken up by the next one. Quotas stay in the counters' file; all
else lies there only until it is durable, in front of what it replaces. Each step is cut into pieces of
:data:`PIECE` notes, so that nobody waits long for the file.

What a copy says is never more than what was admitted, and never older than the last fold.

Not for: throttles and records that expire: they are lost with the power.
"""

from __future__ import annotations

import contextlib
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from wsgi_gateway.stores import lmdb_codec as codec
from wsgi_gateway.stores.lmdb_files import lmdb_errors
from wsgi_gateway.stores.memory import HISTORY_DAYS

if TYPE_CHECKING:
    import threading

    import lmdb

    from wsgi_gateway.stores.lmdb_codec import Transaction
    from wsgi_gateway.stores.lmdb_sharing import SharedFiles

PIECE = 200
"""How many notes are dealt with in one transaction."""

_RESTORED_AT_ONCE = 10_000


def note(txn: Transaction, key: bytes) -> None:
    """Have what lies under a key made durable by the next fold."""
    txn.put(codec.CHANGED + key, b"")


def fold(files: SharedFiles, stop: threading.Event | None = None) -> None:
    """Make durable all that was noted before; when this returns it is on the disk.

    Nothing happens once ``stop`` is set. Raises what LMDB raises; then the notes stay.
    """
    with files.fold_lock:
        if stop is not None and stop.is_set():
            return
        with files.lock:
            files.reader()
        with files.lock_file.folding():
            _take_notes(files)
            if _write(files):
                _finish(files)


def prepare(durable: lmdb.Environment, counters: lmdb.Environment, new: bool) -> None:
    """When the files have been opened: fill ``new`` counters with the copies of quotas; or, if it is the
    durable file that is new, have all quotas copied into it.
    """
    with durable.begin() as txn:
        is_familiar = txn.get(codec.FAMILIAR) is not None
    if new:
        _restore(durable, counters)
    elif not is_familiar:
        # If there is no room for notes, each quota is copied when it is next used.
        with contextlib.suppress(lmdb_errors().MapFullError):
            _note_all(counters)
    if not is_familiar:
        with durable.begin(write=True) as txn:
            txn.put(codec.FAMILIAR, b"")


def _restore(durable: lmdb.Environment, counters: lmdb.Environment) -> None:
    with durable.begin() as source:
        cursor = source.cursor()
        if not cursor.set_range(codec.COUNTER):
            return
        copies = takewhile(lambda copy: copy[0][:1] == codec.COUNTER, cursor)
        while some := list(islice(copies, _RESTORED_AT_ONCE)):
            with counters.begin(write=True) as txn:
                txn.cursor().putmulti(some, append=True)


def _note_all(counters: lmdb.Environment) -> None:
    after: bytes | None = codec.COUNTER
    while after is not None:
        with counters.begin(write=True) as txn:
            keys = _keys(txn, codec.COUNTER, after)
            for key in keys:
                if (txn.get(key) or b"\0")[0] & codec.QUOTA:
                    note(txn, key)
            after = keys[-1] if len(keys) == PIECE else None


def _take_notes(files: SharedFiles) -> None:
    after: bytes | None = codec.CHANGED
    # By their order and not until there are none: others go on making notes.
    while after is not None:
        with files.lock, files.writing() as txn:
            keys = _keys(txn, codec.CHANGED, after)
            for key in keys:
                noted = key[1:]
                txn.delete(key)
                txn.put(codec.UNDER_WAY + noted, b"")
                value = txn.get(noted)
                if value is not None and noted[:1] == codec.COUNTER:
                    txn.put(noted, codec.without_note(value))
            after = keys[-1] if len(keys) == PIECE else None


def _write(files: SharedFiles) -> bool:
    """Whether there was anything to write."""
    durable = files.durable.begin(write=True)
    try:
        after: bytes | None = codec.UNDER_WAY
        found = False
        while after is not None:
            with files.lock, files.counters.begin() as txn:
                keys = _keys(txn, codec.UNDER_WAY, after)
                values = [txn.get(key[1:]) for key in keys]
            for key, value in zip(keys, values, strict=True):
                _copy(durable, key[1:], value)
            found = found or bool(keys)
            after = keys[-1] if len(keys) == PIECE else None
    except BaseException:
        durable.abort()
        raise
    if found:
        durable.commit()
    else:
        durable.abort()
    return found


def _copy(durable: Transaction, key: bytes, value: bytes | None) -> None:
    kind = key[:1]
    if kind == codec.COUNTER:
        if value is None:
            durable.delete(key)
        else:
            durable.put(key, codec.without_note(value))
    elif value is None:
        return  # an earlier fold, which died, had come as far as to remove it
    elif kind == codec.HISTORY:
        days = codec.days_of(durable.get(key)) | codec.days_of(value)
        newest = max(days, default=0)
        durable.put(
            key, codec.days_value({day: days[day] for day in sorted(days) if day > newest - HISTORY_DAYS})
        )
    elif kind == codec.GENERATION:
        durable.put(key, value)
    elif value[0] == codec.PENDING:
        durable.put(key, codec.body_in(value))
    else:
        durable.delete(key)


def _finish(files: SharedFiles) -> None:
    more = True
    while more:
        with files.lock, files.writing() as txn:
            keys = _keys(txn, codec.UNDER_WAY, codec.UNDER_WAY)
            for key in keys:
                txn.delete(key)
                noted = key[1:]
                # Noted again, it has changed again, and the next fold has it.
                if noted[:1] != codec.COUNTER and txn.get(codec.CHANGED + noted) is None:
                    _uncover(txn, noted)
            more = len(keys) == PIECE


def _uncover(txn: Transaction, key: bytes) -> None:
    """Remove what is durable now, or mark what hides nothing durable any more."""
    value = txn.get(key)
    if value is None:
        return
    if key[:1] == codec.RECORD and value[0] in (codec.OVER_DURABLE, codec.EXPIRING):
        txn.put(key, bytes((codec.EXPIRING,)) + value[1:])
    else:
        txn.delete(key)


def _keys(txn: Transaction, kind: bytes, after: bytes) -> list[bytes]:
    """Up to PIECE keys of a kind, of those behind a key."""
    cursor = txn.cursor()
    if not cursor.set_range(after + b"\0"):
        return []
    found = islice(cursor.iternext(keys=True, values=False), PIECE)
    return list(takewhile(lambda key: key[:1] == kind, found))
