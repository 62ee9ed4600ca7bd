"""Rules of HTTP itself, which hold whatever AWS accepts: final statuses, names of headers.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-15.2 (a response below 200 is never the last one) and
https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 (a name is a token).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wsgi_gateway.errors import Place, Problem

FINAL_STATUSES = range(200, 600)

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TOKEN_HINT = "the name of a header has letters, digits and !#$%&'*+-.^_`|~"


def check_status(status: int, at: Place) -> Iterator[Problem]:
    """Whether a status can be that of an answer."""
    if status not in FINAL_STATUSES:
        first, last = FINAL_STATUSES[0], FINAL_STATUSES[-1]
        yield Problem("status-code", f"Invalid status code {status}: it must be {first} to {last}", at)


def check_header_targets(targets: Iterable[str], prefix: str, at: Place) -> Iterator[Problem]:
    """Whether what follows ``prefix`` (such as ``integration.request.header.``) may name a header.

    Targets of other kinds are left to those who compile them. ``at``: the mapping of the targets.
    """
    for target in targets:
        if target.startswith(prefix) and not _TOKEN.fullmatch(target, len(prefix)):
            message = f"Invalid mapping expression parameter specified: {target[:200]}"
            yield Problem("parameter-name", message, at.at(target), _TOKEN_HINT)
