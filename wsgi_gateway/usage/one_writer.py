"""One writer at a time, among all processes and hosts that use a store, by the plain verbs of records.

::

    with one_writer(store, "usage-plans") as renew:
        ...                 # read, decide, write; nobody else does
        renew()             # in between, where that may take longer than LEASE

Whoever wants to write leaves a note, and then looks for notes of others. Alone, it writes. Else the one whose
note sorts first waits for the others to go, and the others take theirs back and come again. Two can never
both believe themselves alone, because each left its note before it looked. No lock is left behind by a
process that is killed: its note expires after :data:`LEASE` seconds.

Limits: a process that is stopped for longer than that in the middle of its writing, or whose clock is that
far from the others', may meet another one. What is written must be safe after every single write, therefore.

Not for: the request path; nobody waits there.

Source: L. Lamport's observation in "A New Solution of Dijkstra's Concurrent Programming Problem" (1974), that
to announce before one looks is enough.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wsgi_gateway.errors import ConfigError, Problem

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, RecordStore

LEASE = 10.0
"""Seconds for which a note counts that is not renewed."""

_PAUSES = 600
_LONGEST_PAUSE = 0.05


@contextmanager
def one_writer(
    store: RecordStore, name: str, clock: Clock = time.time, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Callable[[], None]]:
    """Be the only one inside who named ``name``. Gives a function that renews the lease.

    Raises ConfigError (code ``busy``) after about 30 seconds in which others were there all the time.
    """
    prefix = f"writer:{name}:"
    mine = prefix + secrets.token_hex(8)

    def renew() -> None:
        now = int(clock() * 1_000_000)
        store.keep(mine, b"", now + int(LEASE * 1_000_000), now)

    try:
        for pause in range(_PAUSES):
            renew()
            others = _others(store, prefix, mine, clock)
            if not others:
                break
            if min(others) < mine:
                store.forget(mine)
            sleep(random.uniform(0.5, 1.5) * min(_LONGEST_PAUSE, 0.001 * 2 ** min(pause, 10)))
        else:
            message = "API keys and usage plans are being changed by someone else all the time"
            raise ConfigError([Problem("busy", message, hint="try again")])
        yield renew
    finally:
        with suppress(Exception):  # it expires by itself, and must not hide what went wrong inside
            store.forget(mine)


def _others(store: RecordStore, prefix: str, mine: str, clock: Clock) -> list[str]:
    """The notes of others that have not expired."""
    now = int(clock() * 1_000_000)
    found = [name for name in store.names(prefix) if name != mine]
    return [name for name in found if store.recall(name, now) is not None]
