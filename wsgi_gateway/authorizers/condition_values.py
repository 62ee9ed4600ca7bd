"""Values of conditions: numbers, instants and addresses, read from text. None is "not one of these".

What is read is remembered, because the statements of a policy, and the policies of a gateway, are asked
about the same value of a request again and again::

    >>> number("007.50") == 7.5, number("1e3"), instant("1970-01-02") == instant("86400")
    (True, None, True)
    >>> address("::ffff:192.0.2.1") == address("192.0.2.1")
    True

Not for: what they are compared with: :mod:`wsgi_gateway.authorizers.condition_operators`.

Source: https://www.w3.org/TR/NOTE-datetime;
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import date
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network

Number = int | Decimal

LONGEST = 100
"""Characters of a value that is worth reading; what is longer should not be asked about, nor remembered."""

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2})(?:"
    r"T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9])(?P<fraction>\.[0-9]{1,9})?)?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))"
    r")?)?)?"
)
_MAPPED = 0xFFFF << 32
_MAPPED_MASK = (1 << 128) - (1 << 32)


@lru_cache(maxsize=1024)
def number(text: str) -> Number | None:
    """An integer or a decimal fraction, exactly."""
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(text) if "." in text else int(text)


@lru_cache(maxsize=1024)
def instant(text: str) -> Number | None:
    """Seconds since the epoch of a W3C date, or of a number of them; of four digits it is the year."""
    found = _DATE.fullmatch(text)
    if found is None:
        return number(text)
    try:
        day = date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return None
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    seconds = timegm((day.year, day.month, day.day, hour, minute, second))
    ahead = int(found["hours"] or 0) * 3600 + int(found["minutes"] or 0) * 60
    seconds += ahead if found["sign"] == "-" else -ahead
    if found["fraction"]:
        return seconds + Decimal("0" + found["fraction"])
    return seconds


@lru_cache(maxsize=1024)
def address(text: str) -> tuple[int, int] | None:
    """An address as its version, 4 or 6, and its bits."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    bits = int(found)
    if found.version == 6 and bits & _MAPPED_MASK == _MAPPED:
        return 4, bits & 0xFFFFFFFF
    return found.version, bits


def network(text: str) -> tuple[int, int, int] | None:
    """A CIDR block as version, mask and bits. Bits that the mask clears do not matter."""
    _, slash, length = text.partition("/")
    if "%" in text or (slash and not length.isdigit()):
        return None
    try:
        block = ip_network(text, strict=False)
    except ValueError:
        return None
    mask, bits = int(block.netmask), int(block.network_address)
    if block.version == 6 and block.prefixlen >= 96 and bits & _MAPPED_MASK == _MAPPED:
        return 4, mask & 0xFFFFFFFF, bits & 0xFFFFFFFF
    return block.version, mask, bits
