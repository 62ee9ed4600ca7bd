"""API keys that live in a store, found on the request path: changed at any time, never all in memory.

::

    keys = StoredKeys(store_from_url("lmdb:/var/lib/gateway"))
    app = UsagePlan(app, store=store, key_table=keys)

What was found is kept, up to ``max_keys`` keys, and so are values that belong to no key, in a table of their
own: whoever guesses values drives out other guesses, and no key. Of both those go first that were not used
for longest, roughly: a table is two halves, and what is found in the older one moves to the newer.

**Changes** (:mod:`wsgi_gateway.usage.registry`) are seen within ``check_seconds``: that often the store is
asked for the generation, and in another one nothing of before is believed.

**When the store fails**, keys that are kept stay known for ``keep_seconds`` after it last answered. All else
raises what the store raised (:class:`~wsgi_gateway.stores.errors.StoreUnavailable`), which is 503: neither
is somebody admitted because nobody could be asked, nor does a key that may be real get 403.

Cost: one SHA-256 and one look-up in a dict for a key that is kept; two records read for one that is not.
Memory: about 1 kB a key that is kept, 0.2 kB a value that is none. Safe for threads and forks, without locks.

Not for: keys that a definition declares (:class:`~wsgi_gateway.usage.key_table.KeyTable`).

Source: this project's own.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.usage.key_reader import KeyReader
from wsgi_gateway.usage.key_table import ApiKey, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgi_gateway.config import UsagePlanConfig
    from wsgi_gateway.typing import Clock, RecordStore

_T = TypeVar("_T")


class StoredKeys:
    """``find`` as :meth:`KeyTable.find <wsgi_gateway.usage.key_table.KeyTable.find>` does, in a store.

    :param store: where :class:`~wsgi_gateway.usage.registry.Registry` keeps keys and plans.
    :param max_keys: how many keys are kept.
    :param max_unknown: how many values are kept that belong to no key.
    :param check_seconds: how long a change may go unseen.
    :param keep_seconds: how long keys stay known while the store fails.
    :param clock: seconds since the epoch, for the store.
    :param monotonic: seconds that never go back.
    :param on_plan: called with every plan that is read, in each generation once; it must not raise.

    Raises ConfigError for bounds that are not positive.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        max_keys: int = 50_000,
        max_unknown: int = 20_000,
        check_seconds: float = 1.0,
        keep_seconds: float = 60.0,
        clock: Clock = time.time,
        monotonic: Clock = time.monotonic,
        on_plan: Callable[[UsagePlanConfig], object] | None = None,
    ) -> None:
        if max_keys < 2 or max_unknown < 2 or check_seconds <= 0 or keep_seconds < check_seconds:
            raise ConfigError(
                "max_keys and max_unknown must be 2 or more, check_seconds positive, and keep_seconds no less"
            )
        self._reader = KeyReader(store, clock)
        self._sizes = max_keys, max_unknown
        self._check_seconds, self._keep_seconds = check_seconds, keep_seconds
        self._monotonic = monotonic
        self._on_plan = on_plan
        self.failures = 0
        """How often the store could not be asked whether anything has changed."""
        self._tables = _Tables(None, *self._sizes)
        self._ask_at = self._sure_until = self._kept_until = float("-inf")

    def __repr__(self) -> str:
        return f"<StoredKeys, {len(self._tables.known)} kept>"

    def find(self, value: bytes) -> ApiKey | None:
        """The key with this value, or None. Raises what the store raises for values that are not kept."""
        digest = sha256(value).digest()
        now = self._monotonic()
        if now >= self._ask_at:
            self._ask_at = now + self._check_seconds  # at once, so that other threads do not ask as well
            try:
                self._ask(now)
            except Exception:
                self.failures += 1
        if now < self._kept_until:
            key = self._tables.known.newer.get(digest)
            if key is not None:
                return key
        return self._find_kept(digest, now) or self._look_up(digest, now)

    def _find_kept(self, digest: bytes, now: float) -> ApiKey | None:
        return self._tables.known.get(digest) if now < self._kept_until else None

    def _ask(self, now: float) -> None:
        """Ask the store for the generation. Of another one everything is unknown yet."""
        generation = self._reader.generation()
        if generation != self._tables.generation:
            self._tables = _Tables(generation, *self._sizes)
        self._sure_until, self._kept_until = now + self._check_seconds, now + self._keep_seconds

    def _look_up(self, digest: bytes, now: float) -> ApiKey | None:
        if now >= self._sure_until:
            # That a value belonged to no key is no answer if a key may have been made since.
            self._ask(now)
        # These, even if others come while the store is read: what is read is older then.
        tables = self._tables
        if tables.unknown.get(digest):
            return None
        key = self._read(digest, tables)
        if key is None:
            tables.unknown.put(digest, True)
        else:
            tables.known.put(digest, key)
        return key

    def _read(self, digest: bytes, tables: _Tables) -> ApiKey | None:
        record = self._reader.owner(digest.hex())
        if record is None:
            return None
        key = ApiKey(record.id, record.enabled)
        for plan_id in record.plans:
            plan = tables.plans.get(plan_id)
            if plan is None:
                config = self._reader.find_plan(plan_id)
                if config is None:
                    continue  # which admits to nothing
                plan = tables.plans[plan_id] = Plan(config)
                if self._on_plan is not None:
                    self._on_plan(config)
            key.add(plan)
        return key


class _Tables:
    """What is known in one generation."""

    __slots__ = ("generation", "known", "plans", "unknown")

    def __init__(self, generation: Any, max_keys: int, max_unknown: int) -> None:
        self.generation = generation
        self.known: _Recent[ApiKey] = _Recent(max_keys)
        self.unknown: _Recent[bool] = _Recent(max_unknown)
        self.plans: dict[str, Plan] = {}


class _Recent(Generic[_T]):
    """At most ``size`` values by digest, and at least the half of that which was used last.

    A look-up that finds its key in the newer half writes nothing, so it needs no lock, and its cost is that
    of a dict. Two threads that change halves at once lose what was kept, at worst.
    """

    __slots__ = ("_half", "newer", "older")

    def __init__(self, size: int) -> None:
        self._half = size // 2
        self.newer: dict[bytes, _T] = {}
        self.older: dict[bytes, _T] = {}

    def __len__(self) -> int:
        return len(self.newer) + len(self.older)

    def get(self, digest: bytes) -> _T | None:
        found = self.newer.get(digest)
        if found is None:
            found = self.older.pop(digest, None)
            if found is not None:
                self.put(digest, found)
        return found

    def put(self, digest: bytes, value: _T) -> None:
        if len(self.newer) >= self._half:
            self.older, self.newer = self.newer, {}
        self.newer[digest] = value
