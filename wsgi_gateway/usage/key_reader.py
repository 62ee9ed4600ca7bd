"""Reading API keys and usage plans from a store: one by one, by pages, by value.

::

    reader = KeyReader(store)
    for record in reader.each_key(plan="gold"):
        print(record.id, record.name)

Not for: requests (:mod:`wsgi_gateway.usage.stored_keys` keeps what it has read); nor for changes
(:mod:`wsgi_gateway.usage.registry`).

Source: this project's own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wsgi_gateway.config import UsagePlanConfig
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.key_records import (
    DIGEST,
    GENERATION,
    IDENTITY,
    KEY,
    PLAN,
    KeyRecord,
    plan_key,
    shown,
)
from wsgi_gateway.usage.plan_json import plan_from_bytes

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, RecordStore

_PAGE = 500


class KeyReader:
    """What is in a :class:`~wsgi_gateway.typing.RecordStore`. ``clock``: seconds since the epoch.

    What the store raises is raised; ConfigError for a record that cannot be read.
    """

    def __init__(self, store: RecordStore, clock: Clock = time.time) -> None:
        self.store = store
        self._clock = clock

    def generation(self) -> tuple[int, bytes | None]:
        """What differs after every change, and in a store that has lost everything."""
        return self.store.generation(GENERATION), self._recall(IDENTITY)

    def find_key(self, key_id: str) -> KeyRecord | None:
        """The key with this id, or None."""
        raw = self._recall(KEY + key_id)
        return None if raw is None else KeyRecord.from_bytes(raw)

    def get_key(self, key_id: str) -> KeyRecord:
        """The key with this id. ConfigError (``not-found``) if there is none."""
        record = self.find_key(key_id)
        if record is None:
            message = f"Invalid API Key identifier specified: {shown(key_id)!r}"
            raise ConfigError([Problem("not-found", message)])
        return record

    def owner(self, digest: str) -> KeyRecord | None:
        """The key whose value has this SHA-256, in hexadecimal, or None."""
        key_id = self._recall(DIGEST + digest)
        record = None if key_id is None else self.find_key(key_id.decode())
        return record if record is not None and record.digest == digest else None

    def keys(self, after: str = "", limit: int = 100, plan: str | None = None) -> list[KeyRecord]:
        """The first keys behind the id ``after``, at most ``limit``, sorted by id; only those of a plan, if
        one is named. An empty list is the end.
        """
        prefix = KEY if plan is None else plan_key(plan)
        found: list[KeyRecord] = []
        last = after
        while len(found) < limit:
            names = self.store.names(prefix, prefix + last if last else "", limit - len(found))
            if not names:
                break
            last = names[-1][len(prefix) :]
            records = (self.find_key(name[len(prefix) :]) for name in names)
            found += [record for record in records if record and (plan is None or plan in record.plans)]
        return found

    def each_key(self, plan: str | None = None) -> Iterator[KeyRecord]:
        """All keys, or all of a plan, sorted by id, read by pages."""
        page = self.keys("", _PAGE, plan)
        while page:
            yield from page
            page = self.keys(page[-1].id, _PAGE, plan)

    def find_plan(self, plan_id: str) -> UsagePlanConfig | None:
        """The plan with this id, or None."""
        raw = self._recall(PLAN + plan_id)
        return None if raw is None else plan_from_bytes(raw)

    def get_plan(self, plan_id: str) -> UsagePlanConfig:
        """The plan with this id. ConfigError (``not-found``) if there is none."""
        plan = self.find_plan(plan_id)
        if plan is None:
            message = f"Invalid Usage Plan ID specified: {shown(plan_id)!r}"
            raise ConfigError([Problem("not-found", message)])
        return plan

    def plans(self) -> list[UsagePlanConfig]:
        """All plans, sorted by id."""
        found: list[UsagePlanConfig] = []
        names = self.store.names(PLAN)
        while names:
            plans = (self.find_plan(name[len(PLAN) :]) for name in names)
            found += [plan for plan in plans if plan is not None]
            names = self.store.names(PLAN, names[-1])
        return found

    def _now(self) -> int:
        return int(self._clock() * 1_000_000)

    def _recall(self, name: str) -> bytes | None:
        return self.store.recall(name, self._now())
