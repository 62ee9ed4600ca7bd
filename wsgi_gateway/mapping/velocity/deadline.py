"""The time budget of the rendering that runs in this thread.

Loops look at the clock themselves. A single call can take long as well (a pattern that matches a million
times, a string of megabytes), and what does the work there knows of no rendering: it asks here.
"""

import threading
import time

from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError

LARGE = 65_536
"""Strings longer than this make those who make them look at the clock."""


class _Current(threading.local):
    end = float("inf")


_current = _Current()


def start(end: float) -> float:
    """Begin a rendering which must be over by `end`; gives what to put back with `start` afterwards."""
    before = _current.end
    _current.end = end
    return before


def check() -> None:
    """Raise if the time is over."""
    if time.monotonic() > _current.end:
        raise TemplateRuntimeError("the template takes too long")
