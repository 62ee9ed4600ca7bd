"""The records of API keys and usage plans: under what names they are kept, and how they are written.

======================  =====================================================================
Name                    What is kept
======================  =====================================================================
``apikey:ID``           the key, JSON: all but its value, of which there is the SHA-256
``apikey-sha256:HEX``   the id of the key whose value has this digest
``plan:ID``             the plan, JSON in AWS's spelling (:mod:`wsgi_gateway.usage.plan_json`)
``plan-key:PLAN:ID``    nothing; the key may be in the plan, if its own record says so too
======================  =====================================================================

A digest that leads to no key, or to a key of another digest, is no key.

Not for: reading and writing the store (:mod:`wsgi_gateway.usage.registry`).

Source: this project's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.key_table import counter_name

GENERATION = "usage-plans"
"""The name whose generation begins anew with every change."""

IDENTITY = "usage-plans"
"""The record that tells one store from another: one that was lost begins with another one."""

KEY, DIGEST, PLAN, PLAN_KEY = "apikey:", "apikey-sha256:", "plan:", "plan-key:"
"""How the names of records begin."""


VALUE_LENGTH = (20, 128)
"""Characters of a key's value."""


def digest_of(value: bytes) -> str:
    """The SHA-256 of a key's value, in hexadecimal."""
    return sha256(value).hexdigest()


def plan_key(plan_id: str, key_id: str = "") -> str:
    """The name of the note that a key is in a plan; without a key, how those of the plan begin."""
    return f"{PLAN_KEY}{counter_name(plan_id)}:{key_id}"


def shown(text: str) -> str:
    """An id, as it may be told. What is as long as a value may have been meant as one, so little of it is."""
    return text if len(text) < VALUE_LENGTH[0] else f"{text[:4]}..."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An API key as it is kept. ``created`` is in seconds since the epoch, ``digest`` in hexadecimal."""

    id: str
    name: str
    digest: str = field(repr=False)
    enabled: bool = True
    description: str = ""
    plans: tuple[str, ...] = ()
    created: int = 0

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeyRecord:
        """As it was kept. ConfigError if it cannot be read: nobody may take that for a key, or for none."""
        try:
            data = json.loads(raw)
            record = cls(
                id=data["id"],
                name=data["name"],
                digest=data["digest"],
                enabled=data["enabled"] is True,
                description=data["description"],
                plans=tuple(data["plans"]),
                created=data["created"],
            )
        except (ValueError, KeyError, TypeError):
            raise ConfigError([Problem("record", "the record of an API key cannot be read")]) from None
        return record
