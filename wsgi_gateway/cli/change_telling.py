"""How a change for callers is told: a line, by ``diff`` and by ``serve`` when the definition changes.

::

    breaking    GET /pets: now asks for an API key [admission]

Not for finding changes; :mod:`wsgi_gateway.exports.diff` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway.cli.problems import styled

if TYPE_CHECKING:
    from wsgi_gateway.exports.diff import Change

_COLOURS = {"breaking": "red", "opening": "yellow", "unclear": "yellow", "compatible": "green"}


def as_line(change: Change) -> str:
    """Its effect, where, what, and the area."""
    effect = styled(f"{change.effect:<10}", fg=_COLOURS[change.effect])
    return f"{effect}  {change.where}: {change.message} [{change.area}]"
