"""Identifiers of requests: unique across threads, workers and hosts, and cheap.

Each process draws a random prefix, a forked child another one; within a process a counter runs, scrambled so
that an identifier does not tell how many came before it. They are identifiers, not secrets.
"""

from __future__ import annotations

import os
import re
from itertools import count
from random import getrandbits

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACE = re.compile(r"(?:[\w=;:. -]{1,256};\s*)?Root=[\w=;:. -]{1,256}", re.ASCII)
_SPACE = 1 << 48
_STEP = 0x9E3779B97F4B | 1  # odd: multiplying by it permutes the counter's space
_counter = count(getrandbits(47))
_uuid_prefix = ""
_extended_prefix = ""


def _draw() -> None:
    global _uuid_prefix, _extended_prefix
    h = f"{getrandbits(80):020x}"
    _uuid_prefix = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-"
    _extended_prefix = f"{getrandbits(32):08X}"


_draw()
# Unpickling aside, only a fork can give two processes one prefix; random reseeds itself in the child before
# this.
os.register_at_fork(after_in_child=_draw)


def request_ids() -> tuple[str, str]:
    """``$context.requestId``, a version 4 UUID in form, and ``$context.extendedRequestId``, the
    ``x-amz-apigw-id``: characters of base64, ending in ``=``.
    """
    serial = f"{next(_counter) * _STEP % _SPACE:012x}"
    return _uuid_prefix + serial, f"{_extended_prefix}{serial}="


def as_uuid(text: str) -> str | None:
    """The text if it is a UUID in its usual form, else None."""
    return text if _UUID.fullmatch(text) else None


def trace_id(given: str, epoch: float) -> str:
    """An ``X-Amzn-Trace-Id``: the one given, completed with a Parent if it lacks one, or a new one.

    The root need not stand first: load balancers write ``Self=`` before it.

    ``epoch``: the request's time in seconds, which a new root begins with.
    """
    if not _TRACE.fullmatch(given):
        given = f"Root=1-{int(epoch):08x}-{getrandbits(96):024x}"
    sampled = 1 if "Parent=" in given else 0
    if not sampled:
        given = f"{given};Parent={getrandbits(64):016x}"
    return given if "Sampled=" in given else f"{given};Sampled={sampled}"


def partition_of(region: str) -> str:
    """The partition in the ARNs of a Region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
