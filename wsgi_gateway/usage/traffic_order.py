"""Recorded requests in the order of time, however many and however mixed up, in bounded memory.

A log is written when requests end, and so is almost in order; the logs of several hosts, or rotated ones
given in any order, are not::

    >>> from wsgi_gateway.usage.traffic import Request
    >>> from wsgi_gateway.usage.traffic_order import in_order
    >>> [request.at for request in in_order(Request(at, "ada", "GET", "/") for at in (3, 1, 2))]
    [1, 2, 3]

Requests of the same instant stay in the order in which they come. ``at_once`` requests are sorted in memory;
beyond, sorted runs go to an unnamed temporary file, which vanishes with the process, and are merged. A run
that begins where the last one ended continues it, so that a log in order is only written and read again.

Not for: endless streams; nothing comes out before everything has gone in.

Source: this project's own; the method is the external merge sort of every textbook.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter
from tempfile import TemporaryFile
from typing import IO

from wsgi_gateway.usage.traffic import Request

AT_ONCE = 50_000
"""Requests sorted in memory, of which as many again are read ahead: some 40 MB."""

_BLOCK = 500
_AT = itemgetter(0)


def in_order(requests: Iterable[Request], at_once: int = AT_ONCE) -> Iterator[Request]:
    """The requests, sorted by time. Raises OSError if the temporary file cannot be written."""
    coming = iter(requests)
    part = sorted(islice(coming, at_once), key=_AT)
    following = sorted(islice(coming, at_once), key=_AT)
    if not following:
        yield from part
        return
    with TemporaryFile() as file:
        runs: list[_Run] = []
        while part:
            _write(file, runs, part)
            part, following = following, sorted(islice(coming, at_once), key=_AT)
        yield from merge(*(run.read(file) for run in runs), key=_AT)


class _Run:
    """A sorted run: where its blocks are in the file, and the last instant of it."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, int]] = []
        self.last = 0

    def read(self, file: IO[bytes]) -> Iterator[Request]:
        for begin, size in self.blocks:
            file.seek(begin)
            yield from map(Request._make, marshal.loads(file.read(size)))


def _write(file: IO[bytes], runs: list[_Run], part: list[Request]) -> None:
    """Add a sorted part to the last run if it continues that, else as a run of its own.

    To the last one only: of two requests of one instant the later would come first, had an older run got it.
    """
    if not runs or part[0].at < runs[-1].last:
        runs.append(_Run())
    run = runs[-1]
    run.last = part[-1].at
    for begin in range(0, len(part), _BLOCK):
        block = marshal.dumps([tuple(request) for request in part[begin : begin + _BLOCK]])
        run.blocks.append((file.tell(), file.write(block)))
