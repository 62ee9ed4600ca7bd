"""All API keys that a gateway knows: those of its definition, and those that are administered in its store.

::

    keys = AllKeys(KeyTable(plans, api_keys), store)
    keys.find(b"0123456789abcdefghij")

Declared keys come first, and are found without the store. A store without records has no others.

Not for: administering keys; :mod:`wsgi_gateway.usage.registry` does.

Source: this project's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgi_gateway.typing import RecordStore
from wsgi_gateway.usage.stored_keys import StoredKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgi_gateway.config import UsagePlanConfig
    from wsgi_gateway.usage.key_table import ApiKey, KeyTable


def has_records(store: Any) -> bool:
    """Whether a store keeps records too; one that stands around another says so of that."""
    inner = getattr(store, "has_records", None)
    return isinstance(store, RecordStore) if inner is None else bool(inner)


class AllKeys:
    """``find(value)`` in ``declared``, then in ``store``. ``on_plan``: as of StoredKeys."""

    def __init__(
        self, declared: KeyTable, store: Any, on_plan: Callable[[UsagePlanConfig], object] | None = None
    ) -> None:
        self._declared = declared
        self._stored = StoredKeys(store, on_plan=on_plan) if has_records(store) else None

    def find(self, value: bytes) -> ApiKey | None:
        """The key with this value, or None. Raises what the store raises."""
        key = self._declared.find(value)
        return self._stored.find(value) if key is None and self._stored is not None else key
