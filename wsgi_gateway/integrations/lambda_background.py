"""Functions that nobody waits for: what ``X-Amz-Invocation-Type: Event`` starts in this process.

::

    if not start_later("reports", lambda: handler(json.loads(event)), len(event)):
        ...                                     # RUNNING run and WAITING wait already

Lambda keeps such events in a queue of its own; here they are in the memory of the process. :data:`RUNNING`
run at once, :data:`WAITING` more wait for their turn, :data:`MOST_BYTES` of events in all, and beyond that a
call is refused as Lambda's throttling does it. So an event waits as the bytes it came as and is parsed when
it runs: as Python objects it takes many times as much. As the process ends in an orderly way, what was taken
in is given :data:`DRAIN_SECONDS` to finish; a process that is killed takes its events along.

A function is tried once. Lambda tries an event twice more if the function fails: a function that has to see
every event wants a queue between.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable

from wsgi_gateway.integrations.lambda_failure import log_failure
from wsgi_gateway.integrations.lambda_threads import FunctionThreads

logger = logging.getLogger("wsgi_gateway")

RUNNING = 16
"""Events worked on at once, by a process."""

WAITING = 1000
"""Events that may wait for that."""

MOST_BYTES = 64 * 1024 * 1024
"""Bytes of events that a process keeps, those that run included."""

DRAIN_SECONDS = 25.0
"""How long an ending process waits for them: less than the 30 s after which servers kill their workers."""

_threads = FunctionThreads(RUNNING, WAITING, most_bytes=MOST_BYTES)


def start_later(name: str, call: Callable[[], object], size: int = 0) -> bool:
    """Have ``call``, which holds an event of ``size`` bytes, run on another thread; False if too many wait,
    or too large ones. What it raises is logged under ``name``, without its text.
    """

    def run() -> None:
        try:
            call()
        except BaseException as error:
            log_failure(name, error)

    return _threads.submit(run, size)


def drain(seconds: float = DRAIN_SECONDS) -> bool:
    """Wait until everything started has ended, at most so long. Whether it has."""
    if _threads.drain(seconds):
        return True
    logger.error("functions that were started in the background did not end in %s s", seconds)
    return False


atexit.register(drain)
