"""The registry: API keys and usage plans kept in a store, changed while gateways run.

::

    registry = Registry(store_from_url("lmdb:/var/lib/gateway"))
    registry.put_plan(UsagePlanConfig(id="gold", api_stages=[ApiStageConfig(stage="prod")]))
    record, value = registry.create_key("Ada", plans=["gold"])     # the value is told here, and nowhere else
    registry.set_enabled(record.id, False)

Of a value only the SHA-256 is kept. Every change begins a new generation, by which the workers
(:mod:`wsgi_gateway.usage.stored_keys`) see it within two seconds.

**Several administrators at once** take turns (:mod:`wsgi_gateway.usage.one_writer`). **A crash in the
middle** of a change leaves what is safe: a new key is complete before its value opens anything, and what is
deleted opens nothing before the rest of it goes. A command that did not end well is to be repeated, for
workers may not have been told of what it did.

Mistakes are ConfigErrors whose problems have the code ``api-key``, ``usage-plan``, ``not-found``,
``conflict`` or ``busy``; no value of a key stands in one. What a store raises is raised.

Not for: requests; nor for keys and plans that a definition declares.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html and the operations beside it
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.key_reader import KeyReader
from wsgi_gateway.usage.key_records import (
    DIGEST,
    GENERATION,
    IDENTITY,
    KEY,
    PLAN,
    VALUE_LENGTH,
    KeyRecord,
    digest_of,
    plan_key,
    shown,
)
from wsgi_gateway.usage.key_rules import check_id, check_told, check_value, contested, refuse
from wsgi_gateway.usage.key_table import Plan
from wsgi_gateway.usage.one_writer import one_writer
from wsgi_gateway.usage.plan_json import plan_to_bytes, problems_of

if TYPE_CHECKING:
    from wsgi_gateway.config import UsagePlanConfig

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


class Registry(KeyReader):
    """Keys and plans in a :class:`~wsgi_gateway.typing.RecordStore`. ``clock``: seconds since the epoch."""

    # ------------------------------------------------------------ keys

    def create_key(
        self,
        name: str,
        *,
        value: str | None = None,
        key_id: str | None = None,
        enabled: bool = True,
        description: str | None = None,
        plans: Sequence[str] = (),
    ) -> tuple[KeyRecord, str]:
        """A new key and its value: 40 letters and digits, unless one of 20 to 128 characters is given.

        Raises ConfigError for values and ids that exist or cannot be, unknown plans, and plans that have a
        stage in common.
        """
        if value is None:
            value = "".join(secrets.choice(_LETTERS_AND_DIGITS) for _ in range(40))
        check_value(value)
        with self._alone():
            if self.owner(digest_of(value.encode())) is not None:
                refuse("conflict", "API Key already exists")
            if key_id is not None and self.find_key(key_id) is not None:
                refuse("conflict", f"API Key {shown(key_id)!r} already exists")
            record = self._new(name, value, key_id, enabled, description, plans)
            self._keep(record, None)
        return record, value

    def put_key(
        self,
        value: str,
        name: str,
        *,
        enabled: bool | None = None,
        description: str | None = None,
        plans: Sequence[str] | None = None,
        only_check: bool = False,
    ) -> tuple[KeyRecord, bool]:
        """The key with this value, changed or made new, and whether it is new. None leaves a thing as it is.

        ``only_check``: say what would be, or raise, and change nothing. Raises as :meth:`create_key`.
        """
        check_value(value)
        with nullcontext() if only_check else self._alone():
            before = self.owner(digest_of(value.encode()))
            if before is None:
                record = self._new(name, value, None, enabled is not False, description, plans or ())
            else:
                record = replace(
                    before,
                    name=name,
                    enabled=before.enabled if enabled is None else enabled,
                    description=before.description if description is None else description,
                    plans=before.plans if plans is None else tuple(dict.fromkeys(plans)),
                )
                self._check(record, value)
            if not only_check:
                self._keep(record, before)
        return record, before is None

    def set_enabled(self, key_id: str, enabled: bool) -> KeyRecord:
        """Enable or disable a key. ConfigError if there is none with this id."""
        with self._alone():
            before = self.get_key(key_id)
            return self._keep(replace(before, enabled=enabled), before)

    def add_to_plan(self, key_id: str, plan_id: str) -> KeyRecord:
        """Put a key into a plan. ConfigError if either is not there, or another plan of the key has one of
        the stages.
        """
        with self._alone():
            before = self.get_key(key_id)
            record = replace(before, plans=tuple(dict.fromkeys((*before.plans, plan_id))))
            self._check_plans(record)
            return self._keep(record, before)

    def remove_from_plan(self, key_id: str, plan_id: str) -> KeyRecord:
        """Take a key out of a plan. ConfigError if it is not in it."""
        with self._alone():
            before = self.get_key(key_id)
            if plan_id not in before.plans:
                refuse("not-found", f"API Key {key_id!r} is not in the usage plan {shown(plan_id)!r}")
            return self._keep(replace(before, plans=tuple(p for p in before.plans if p != plan_id)), before)

    def delete_key(self, key_id: str) -> None:
        """Remove a key, and from all its plans. ConfigError if there is none with this id."""
        with self._alone():
            record = self.get_key(key_id)
            index = DIGEST + record.digest
            if self._recall(index) == key_id.encode():
                self.store.forget(index)  # first, for from here on the value is nobody's
            self.store.forget(KEY + key_id)
            self.store.forget(DIGEST + digest_of(key_id.encode()))
            for plan in record.plans:
                self.store.forget(plan_key(plan, key_id))
            self._changed()

    def _changed(self) -> None:
        """Let the workers know; also that this is not the store it was, if that has lost everything."""
        now = int(self._clock() * 1_000_000)
        if self.store.recall(IDENTITY, now) is None:
            self.store.keep(IDENTITY, secrets.token_hex(16).encode(), None, now)
        self.store.advance(GENERATION)

    # ------------------------------------------------------------ plans

    def put_plan(self, plan: UsagePlanConfig) -> None:
        """Make a plan, or change it; its keys stay in it. ``plan.keys`` must be empty. ConfigError for limits
        that cannot work, and for stages that one of its keys has in another plan already.
        """
        check_id("usage-plan", plan.id)
        if plan.keys:
            refuse("usage-plan", "keys are put into a plan one by one, not with the plan")
        problems = problems_of(plan)
        if problems:
            raise ConfigError(problems)
        with self._alone() as renew:
            self._check_keys_of(plan, renew)
            self.store.keep(PLAN + plan.id, plan_to_bytes(plan), None, self._now())
            self._changed()

    def delete_plan(self, plan_id: str) -> None:
        """Remove a plan. ConfigError if there is none, or keys are in it."""
        with self._alone():
            self.get_plan(plan_id)
            if self.keys("", 1, plan_id):
                message = f"the usage plan {plan_id!r} has API keys"
                refuse("conflict", message, "take them out of it, or delete them")
            self.store.forget(PLAN + plan_id)
            self._changed()

    # ------------------------------------------------------------ inside

    def _alone(self) -> AbstractContextManager[Callable[[], None]]:
        return one_writer(self.store, GENERATION, self._clock)

    def _new(
        self,
        name: str,
        value: str,
        key_id: str | None,
        enabled: bool,
        description: str | None,
        plans: Sequence[str],
    ) -> KeyRecord:
        record = KeyRecord(
            id=self._unused_id() if key_id is None else key_id,
            name=name,
            digest=digest_of(value.encode()),
            enabled=enabled,
            description=description or "",
            plans=tuple(dict.fromkeys(plans)),
            created=int(self._clock()),
        )
        self._check(record, value)
        return record

    def _unused_id(self) -> str:
        while True:
            made = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(10))
            if self.find_key(made) is None:
                return made

    def _check(self, record: KeyRecord, value: str) -> None:
        check_told(record, value)
        # By digests: a value is not even asked for in clear.
        named = self._recall(DIGEST + record.digest)
        if self.owner(digest_of(record.id.encode())) or (named and digest_of(named) == record.digest):
            refuse("api-key", "the id of one API Key is the value of another, and ids are shown")
        self._check_plans(record)

    def _check_plans(self, record: KeyRecord) -> None:
        plans = [Plan(self.get_plan(plan_id)) for plan_id in record.plans]
        problems = [contested(record.id, one, two) for one, two in combinations(plans, 2) if one.meets(two)]
        if problems:
            raise ConfigError(problems)

    def _check_keys_of(self, config: UsagePlanConfig, renew: Callable[[], None]) -> None:
        """Refuse stages that a key of the plan has elsewhere; no key is read if no other plan has them."""
        plan = Plan(config)
        others = [other for other in map(Plan, self.plans()) if other.id != plan.id and plan.meets(other)]
        problems: list[Problem] = []
        for record in self.each_key(plan.id) if others else ():
            problems += [contested(record.id, plan, other) for other in others if other.id in record.plans]
            if len(problems) >= 20:
                break
            renew()
        if problems:
            raise ConfigError(problems)

    def _keep(self, record: KeyRecord, before: KeyRecord | None) -> KeyRecord:
        """Write a key so that between any two writes nothing is open that should not be."""
        now = self._now()
        old = () if before is None else before.plans
        for plan in record.plans:
            if plan not in old:
                self.store.keep(plan_key(plan, record.id), b"", None, now)
        self.store.keep(KEY + record.id, record.to_bytes(), None, now)
        for plan in old:
            if plan not in record.plans:
                self.store.forget(plan_key(plan, record.id))
        if before is None:
            # Never for a key that was there: its deletion may have been cut short.
            if len(record.id) >= VALUE_LENGTH[0]:
                # Leads to a key of another digest, so it opens nothing; it tells that this value is an id.
                self.store.keep(DIGEST + digest_of(record.id.encode()), record.id.encode(), None, now)
            self.store.keep(DIGEST + record.digest, record.id.encode(), None, now)
        self._changed()
        return record
