"""``Change``: one thing that is different for callers, and what that does to them.

Source: none; AWS has no such comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

BREAKING, OPENING, COMPATIBLE, UNCLEAR = "breaking", "opening", "compatible", "unclear"
EFFECTS = (BREAKING, OPENING, UNCLEAR, COMPATIBLE)
"""What a change does: requests that worked are refused or answered otherwise; callers are admitted who were
not; it cannot be told; nobody who does as before will notice. The gravest first.
"""

AREAS = ("route", "admission", "limit", "validation", "integration", "response", "cors")


@dataclass(frozen=True, slots=True)
class Change:
    """``area``: one of :data:`AREAS`. ``where``: a method (``GET /pets``) or a part of the API. ``message``
    names fields, models and headers, never a value that may be secret. ``effect``: one of :data:`EFFECTS`.
    """

    area: str
    where: str
    message: str
    effect: str
