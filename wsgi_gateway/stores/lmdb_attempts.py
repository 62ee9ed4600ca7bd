"""Transactions of an LMDB store: begun, ended, and tried a second time after what failed them was cured.

===============================  =====================================================================
what LMDB says                   before the second attempt
===============================  =====================================================================
no room                          what a killed reader held is free again; else what is over is dropped; else
                                 what has become durable leaves the file
another process made it larger   the files are opened anew
the file is damaged              it is given up, for all processes; a new one has the durable quotas
===============================  =====================================================================

All else, and a second failure, is a :class:`~wsgi_gateway.stores.errors.StoreUnavailable` that tells the kind
of the failure alone.

Not for: what is done in a transaction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from sys import getswitchinterval, setswitchinterval
from typing import TYPE_CHECKING, Any, TypeVar

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import lmdb_counters as counters
from wsgi_gateway.stores.errors import StoreFull, StoreUnavailable
from wsgi_gateway.stores.lmdb_checkpoint import fold
from wsgi_gateway.stores.lmdb_files import FullError, lmdb_errors
from wsgi_gateway.stores.lmdb_gate import ENTERING, OUTSIDE

if TYPE_CHECKING:
    from wsgi_gateway.stores.lmdb_sharing import SharedFiles

logger = logging.getLogger("wsgi_gateway")

_T = TypeVar("_T")

SOON = 0.0002
"""Seconds until a thread that decides gets Python's lock back from one that computes.

LMDB lets go of that lock in each of its calls, some five times between begin and commit, while no other
process may write. To get it back takes Python's switch interval, which is 5 ms unless somebody has chosen
otherwise; so it is this short for as long as a transaction takes.
"""

_ROUNDS, _LOOKED_AT_PER_ROUND = 16, 64
_LOOK_AGAIN_AFTER = 100_000  # microseconds
_COMPLAIN_EVERY = 60.0  # seconds


def write(files: SharedFiles, do: Callable[[Any, Any], _T], now: int | None = None) -> _T:
    """``do(transaction, files)`` in a transaction that writes, and what it returns."""
    try:
        return _written(files, do)
    except Exception as error:
        return write_again(files, error, do, now)


def write_again(
    files: SharedFiles, error: Exception, do: Callable[[Any, Any], _T], now: int | None = None
) -> _T:
    """The second attempt after an error of the first."""
    _cure(files, error, now)
    try:
        return _written(files, do)
    except (FullError, lmdb_errors().Error) as again:
        raise unavailable(again) from again


def read(files: SharedFiles, do: Callable[[Any, Any], _T]) -> _T:
    """``do(transaction, files)`` in a transaction that only reads, and what it returns."""
    try:
        return _read(files, do)
    except Exception as error:
        _cure(files, error, None)
    try:
        return _read(files, do)
    except lmdb_errors().Error as again:
        raise unavailable(again) from again


def make_durable(files: SharedFiles) -> None:
    """Fold; when this returns, what was changed before is on the disk."""
    try:
        fold(files)
    except (OSError, lmdb_errors().Error) as error:
        _complain(files, error)
        raise unavailable(error) from error


def unavailable(error: Exception) -> StoreUnavailable:
    """What the verbs of the store raise. LMDB's own texts may name paths."""
    if isinstance(error, (FullError, lmdb_errors().MapFullError)):
        return StoreFull("the LMDB store is full: give it a larger size")
    return StoreUnavailable(f"the LMDB store failed: {type(error).__name__}")


def _written(files: SharedFiles, do: Callable[[Any, Any], _T]) -> _T:
    with files.lock:
        begin = files.begin or files.writer()
        gate = files.gate
        usual = getswitchinterval()
        code = OUTSIDE
        # Two, since an exception of a signal handler may come in the first thing that a finally does.
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
                    result = do(txn, files)
                except BaseException:
                    txn.abort()
                    raise
                txn.commit()
                return result
            finally:
                if not code:
                    gate.leave()
                    gate.inside = False
        finally:
            if usual > SOON:
                setswitchinterval(usual)


def _read(files: SharedFiles, do: Callable[[Any, Any], _T]) -> _T:
    with files.lock:
        files.reader()
        with files.counters.begin() as txn:
            return do(txn, files)


def _cure(files: SharedFiles, error: Exception, now: int | None) -> None:
    """Do what lets a second attempt succeed; raise if there is nothing."""
    lmdb = lmdb_errors()
    if isinstance(error, (FullError, lmdb.MapFullError)):
        _make_room(files, error, now)
    elif isinstance(error, lmdb.MapResizedError):
        with files.fold_lock, files.lock:
            files.shut()
    elif isinstance(error, (lmdb.CorruptedError, lmdb.PageNotFoundError, lmdb.PanicError)):
        logger.error("store in %s: the counters are damaged (%s)", files.path, error)
        with files.fold_lock, files.lock:
            files.condemn()
    elif isinstance(error, StoreUnavailable):
        _complain(files, error)
        raise error
    elif isinstance(error, (ConfigError, lmdb.Error)):
        _complain(files, error)
        raise unavailable(error) from error
    else:
        raise error


def _complain(files: SharedFiles, error: Exception) -> None:
    """Tell the log why, once a minute; who gets the exception is told the kind alone."""
    now = time.monotonic()
    if now - files.complained_at > _COMPLAIN_EVERY:
        files.complained_at = now
        logger.error("store in %s: %s", files.path, error)


def _make_room(files: SharedFiles, error: Exception, now: int | None) -> None:
    """Drop what is over, in small transactions because large ones need room themselves; else fold."""
    last = files.no_room_at
    if now is not None and last is not None and last <= now < last + _LOOK_AGAIN_AFTER:
        raise unavailable(error) from error
    with files.lock:
        files.reader()
        # A process that was killed while it read has kept all pages since then from being used again.
        if files.counters.reader_check():
            return
    if now is not None and _drop_what_is_over(files, now):
        return
    # The fold may help this once; who comes next and is not as lucky need not try.
    files.no_room_at = now
    make_durable(files)


def _drop_what_is_over(files: SharedFiles, now: int) -> int:
    dropped = 0
    try:
        for _ in range(_ROUNDS):
            dropped += _written(files, lambda txn, _: counters.reclaim(txn, now, _LOOKED_AT_PER_ROUND))
    except lmdb_errors().MapFullError:
        pass
    return dropped
