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

__all__ = ["BUILT_IN", "GROUP", "opened", "store_from_url"]

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


def opened(store: Any, *, on_error: str = "closed", lease_seconds: float = 0.0) -> Any:
    """A store as a gateway uses it: by URL or as given, with leases and a policy for its failures.

    ``on_error``: see :mod:`wsgi_gateway.stores.guarded`. ``lease_seconds``: see
    :mod:`wsgi_gateway.stores.leased`; 0 leases nothing. None stays None. Raises ConfigError.
    """
    from wsgi_gateway.stores.guarded import POLICIES, GuardedStore
    from wsgi_gateway.stores.leased import LeasedStore

    if on_error not in POLICIES:
        known = ", ".join(POLICIES)
        raise ConfigError(f"on_store_error is {str(on_error)[:40]!r}; it must be one of {known}")
    if store is None:
        if on_error != "closed" or lease_seconds:
            raise ConfigError("on_store_error and store_lease_seconds are for a store that is given")
        return None
    made = store_from_url(store) if isinstance(store, str) else store
    if lease_seconds:
        made = LeasedStore(made, seconds=lease_seconds)
    if on_error == "closed" and not getattr(made, "shared_between_processes", True):
        return made  # the memory of this process does not fail
    return GuardedStore(made, on_error=on_error)


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
