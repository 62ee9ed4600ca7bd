"""Stores: where the counters of usage plans live.

A store is any object with the three atomic verbs of :class:`wsgi_gateway.typing.Store`. The arithmetic is not
theirs (:mod:`wsgi_gateway.usage`), nor is the clock: time is an argument. Choose one by URL::

    >>> from wsgi_gateway.stores import store_from_url
    >>> store_from_url("memory:")
    <MemoryStore of 0 counters>

======================  ====================================================  ================================
URL                     Store                                                 Counters
======================  ====================================================  ================================
``memory:``             :class:`~wsgi_gateway.stores.memory.MemoryStore`      of one process, until it ends
``lmdb:``               :class:`~wsgi_gateway.stores.lmdb_store.LMDBStore`    of all workers of one host
``redis://``            :class:`~wsgi_gateway.stores.redis_store.RedisStore`  of all who use one Redis server
``rediss://``           :class:`~wsgi_gateway.stores.redis_store.RedisStore`  the same over TLS
``redis+cluster://``    :class:`~wsgi_gateway.stores.redis_store.RedisStore`  of all who use one Redis Cluster
``rediss+cluster://``   :class:`~wsgi_gateway.stores.redis_store.RedisStore`  the same over TLS
======================  ====================================================  ================================

A store of your own: an entry point in the group ``wsgi_gateway.stores``, named by its URL scheme, that
loads a function from URL to store. A built-in scheme cannot be taken over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    from wsgi_gateway.typing import Store

__all__ = ["BUILT_IN", "GROUP", "store_from_url"]

GROUP = "wsgi_gateway.stores"
"""The entry point group of third parties' stores."""

BUILT_IN = {
    "memory": ("wsgi_gateway.stores.memory", "MemoryStore"),
    "lmdb": ("wsgi_gateway.stores.lmdb_store", "LMDBStore"),
    "redis": ("wsgi_gateway.stores.redis_store", "RedisStore"),
    "rediss": ("wsgi_gateway.stores.redis_store", "RedisStore"),
    "redis+cluster": ("wsgi_gateway.stores.redis_store", "RedisStore"),
    "rediss+cluster": ("wsgi_gateway.stores.redis_store", "RedisStore"),
}
"""URL scheme to the module and the class whose ``from_url`` makes the store; imported when first chosen."""

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


def store_from_url(url: str) -> Store:
    """The store that a URL such as ``memory:`` names.

    Raises :class:`~wsgi_gateway.errors.ConfigError` for an unknown scheme, and whatever the store raises for
    a URL it cannot use. The URL is never repeated in an error, because it may contain a password.
    """
    match = _SCHEME.match(url)
    scheme = match[1].lower() if match else ""
    make = _built_in(scheme) or _third_party(scheme)
    if make is None:
        what = f"scheme {scheme!r} is unknown" if scheme else "a scheme is missing"
        raise ConfigError(f"store URL: {what}; supported are {', '.join(_schemes())}")
    store: Store = make(url)
    return store


def _built_in(scheme: str) -> Callable[[str], Any] | None:
    if scheme not in BUILT_IN:
        return None
    module, name = BUILT_IN[scheme]
    make: Callable[[str], Any] = getattr(import_module(module), name).from_url
    return make


def _third_party(scheme: str) -> Callable[[str], Any] | None:
    for entry_point in entry_points(group=GROUP):
        if entry_point.name == scheme:
            make: Callable[[str], Any] = entry_point.load()
            return make
    return None


def _schemes() -> list[str]:
    return sorted(f"{name}:" for name in {*BUILT_IN, *(found.name for found in entry_points(group=GROUP))})
