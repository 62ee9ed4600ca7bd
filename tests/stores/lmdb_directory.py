"""Stores in directories of their own, for the suite that every store must pass."""

from __future__ import annotations

import shutil
import tempfile
import weakref

from wsgi_gateway.stores.lmdb_store import LMDBStore


def lmdb_store(size=2**20):
    """A new, empty store; its directory goes when the store does."""
    directory = tempfile.mkdtemp(prefix="limits-")
    store = LMDBStore(directory, size)
    weakref.finalize(store, shutil.rmtree, directory, ignore_errors=True)
    return store
