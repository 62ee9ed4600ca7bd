"""Why a request was refused for its API key, and where the key was looked for: lines in the log of ``serve``.

::

    refusals = KeyRefusals()
    made = Gateway("api.yaml", app, store=store, on_trace=refusals)
    refusals.where = where_keys_are(made.api, "lmdb:/var/lib/shop", store)

    GET /prices: 403, unknown API key (looked in: the definition, 0 keys; lmdb:/var/lib/shop)

The client reads "Forbidden" in every case. The lines are of the logger ``wsgi_gateway``, level INFO, and have
the ids of keys, never a value.

Not for: other refusals; ``serve --trace`` tells those, and so does ``Gateway(on_trace=...)``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wsgi_gateway.cli.store_option import VARIABLE, shown

if TYPE_CHECKING:
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.trace import Trace
    from wsgi_gateway.typing import Store

logger = logging.getLogger("wsgi_gateway")

_TYPES = ("INVALID_API_KEY", "DEFAULT_5XX")
"""What the stage UsagePlan refuses with because of a key, or because nobody could be asked about it."""


class KeyRefusals:
    """An ``on_trace``. ``then``: the next one."""

    def __init__(self, then: Callable[[Trace], object] | None = None) -> None:
        self.where = ""
        """Where keys are looked for; known when the gateway is made."""
        self._then = then

    def __call__(self, trace: Trace) -> None:
        """Log the refusal of a request, if it was one for its key."""
        for event in trace.events:
            if event.phase == "refusal" and event.stage == "UsagePlan" and event.text in _TYPES:
                request = trace.events[0].text.partition("?")[0]
                why, status = event.details.get("reason", event.text), event.details["status"]
                logger.info("%s: %s, %s (looked in: %s)", request, status, why, self.where)
        if self._then is not None:
            self._then(trace)


def where_keys_are(api: RestApiConfig, url: str | None, store: Store | None) -> str:
    """``the definition, 0 keys; lmdb:/var/lib/shop``: where a gateway looks for API keys, in this order."""
    from wsgi_gateway.usage.all_keys import has_records

    count = len(api.api_keys)
    declared = f"the definition, {count} key{'' if count == 1 else 's'}"
    if url is None:
        return f"{declared}; no store: neither --store nor {VARIABLE} names one"
    if not has_records(store):
        return f"{declared}; not in {shown(url)}, which keeps no keys"
    if not getattr(store, "shared_between_processes", True):
        return f"{declared}; {shown(url)}, into which no command can put any"
    return f"{declared}; {shown(url)}"


@contextmanager
def told_on_stderr() -> Iterator[None]:
    """The package's log from INFO on, as plain lines, for the time of a command."""
    handler, level = logging.StreamHandler(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
