"""The times that logs have, as whole microseconds since the epoch.

::

    >>> from wsgi_gateway.usage.recorded_time import microseconds
    >>> microseconds("2023-11-14T22:13:20.123Z"), microseconds(1700000000123), microseconds("1700000000.123")
    (1700000000123000, 1700000000123000, 1700000000123000)
    >>> microseconds("14/Nov/2023:23:13:20 +0100")
    1700000000000000

Numbers are seconds, milliseconds, microseconds or nanoseconds since the epoch: the first of these that puts
them before the year 5138. ISO 8601 without a zone is UTC, whatever the TZ variable says. What
is finer than a microsecond is cut off.

Not for: times before 1970 or after 9998.

Source: RFC 3339; https://httpd.apache.org/docs/current/logs.html#common
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST = 253_370_764_800_000_000
_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_COMMON = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)", re.ASCII)
_MONTHS = {
    name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}


def microseconds(value: object) -> int | None:
    """The instant that a number or a text stands for; None if it is none."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            at = _of_number(int(value) if value.isdigit() else Decimal(value))
        else:
            found = _of_text(value)
            if found is None:
                return None
            at = found
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 0 <= value < 1e20:  # NaN is not, either
            return None
        # The shortest decimal of a float is what was written.
        at = _of_number(value if isinstance(value, int) else Decimal(repr(value)))
    else:
        return None
    return at if 0 <= at < _LAST else None


def _of_number(number: int | Decimal) -> int:
    if number < 100_000_000_000:
        return int(number * 1_000_000)
    if number < 100_000_000_000_000:
        return int(number * 1000)
    return int(number if number < 100_000_000_000_000_000 else number // 1000)


@lru_cache(1024)
def _of_text(text: str) -> int | None:
    found = _COMMON.fullmatch(text) if text[2:3] == "/" else None
    if found is not None:
        day, month, year, clock, hours, minutes = found.groups()
        text = f"{year}-{_MONTHS.get(month, 0):02}-{day}T{clock}{hours}:{minutes}"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
