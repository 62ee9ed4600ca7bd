"""What Redis's errors mean, whichever version of redis-py tells them.

::

    kind_of(error)           # "OOM", "READONLY", "TimeoutError": a word with nothing of the request in it
    redirection_of(error)    # a node of a cluster says where else to ask

The server begins an error with a word in capitals. redis-py takes the word away if it has a class for it, and
which classes it has differs between its versions; from within a script the word is in the middle of the text.

Not for: deciding what happens to a request then (:mod:`wsgi_gateway.stores.guarded`).

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
"""

from __future__ import annotations

import re

HARMLESS = frozenset({"OOM", "WRONGTYPE", "MISCONF", "NOPERM", "TRYAGAIN", "MOVED", "ASK"})
"""Refusals after which a connection is as good as before."""

REFUSALS = frozenset({"OOM", "WRONGTYPE", "MISCONF", "NOPERM", "READONLY", "NOREPLICAS"})
"""What a server says that may well do something else: read, for one."""

_KINDS = (
    *("OOM", "WRONGTYPE", "MISCONF", "NOPERM", "TRYAGAIN", "READONLY", "MASTERDOWN", "CLUSTERDOWN"),
    *("CROSSSLOT", "BUSY", "NOREPLICAS"),
)
# redis-py takes the word away from an error that it has a class for.
_CLASSES = {
    "OutOfMemoryError": "OOM",
    "NoPermissionError": "NOPERM",
    "TryAgainError": "TRYAGAIN",
    "ReadOnlyError": "READONLY",
    "MasterDownError": "MASTERDOWN",
    "ClusterDownError": "CLUSTERDOWN",
    "ClusterCrossSlotError": "CROSSSLOT",
    "BusyLoadingError": "LOADING",
    "NoScriptError": "NOSCRIPT",
}
_REDIRECTION = re.compile(r"(?:(MOVED|ASK) )?[0-9]+ (\S*):([0-9]+)")


class Redirected(Exception):
    """A node of a cluster says who else has the slot: ``host``, ``port``, and whether only for now."""

    def __init__(self, host: str, port: int, for_now: bool) -> None:
        super().__init__("another node has the slot")
        self.host, self.port, self.for_now = host, port, for_now


def kind_of(error: BaseException) -> str:
    """What went wrong, in one word that contains nothing of the request."""
    name = type(error).__name__
    if name in _CLASSES:
        return _CLASSES[name]
    if is_answer(error):
        # The server names them in capitals, in the middle of the text if they are from within a script.
        words = set(re.findall(r"[A-Z]{3,}", str(error)))
        return next((kind for kind in _KINDS if kind in words), name)
    return name if isinstance(error, OSError) or "RedisError" in _family(error) else "no such reply"


def redirection_of(error: BaseException) -> Redirected | None:
    """Where a node sends the request instead; no host stands for its own."""
    match = _REDIRECTION.fullmatch(str(error)) if is_answer(error) else None
    word = (match and match[1]) or {"MovedError": "MOVED", "AskError": "ASK"}.get(type(error).__name__)
    if match is None or word is None:
        return None
    return Redirected(match[2], int(match[3]), word == "ASK")


def is_answer(error: BaseException) -> bool:
    """Whether this is what the server has answered, whole, and not the want of an answer."""
    return "ResponseError" in _family(error)


def _family(error: BaseException) -> str:
    return " ".join(kind.__name__ for kind in type(error).__mro__)
