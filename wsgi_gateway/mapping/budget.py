"""Whose time it is: the account of the rendering that runs in this thread.

A rendering opens an account and whatever works for it, templates and JSONPath alike, takes from that::

    >>> from types import SimpleNamespace
    >>> mine = SimpleNamespace(end=float("inf"), left=100.0, replenish=print)
    >>> before = start(mine)
    >>> charge(60)
    >>> charge(60)
    60
    >>> start(before) is mine
    True

The account itself says no: `replenish` raises, in the words of its owner. Not for work outside a rendering,
which is on nobody's account and not bounded here.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Meter(Protocol):
    """A rendering, as seen from here: `end` of its time (of `time.monotonic`), and bytes `left`."""

    end: float
    left: float

    def replenish(self, wanted: int) -> None:
        """Find out what is held; raise if the time is over, or `wanted` bytes do not fit beside it."""


class _Unbounded:
    end = left = float("inf")

    def replenish(self, wanted: int) -> None:
        """Infinity is never spent."""


class _Current(threading.local):
    meter: Meter = _Unbounded()


current = _Current()


def start(meter: Meter) -> Meter:
    """Begin a rendering; gives what to put back with `start` afterwards."""
    before = current.meter
    current.meter = meter
    return before


def charge(size: int) -> None:
    """`size` bytes are about to be made: the meter raises if they are too many, or the time is over."""
    meter = current.meter
    meter.left -= size
    if meter.left < 0 or time.monotonic() > meter.end:
        meter.replenish(size)
